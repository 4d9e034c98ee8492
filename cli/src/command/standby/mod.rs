//! `standby`: follows a run's journal, and goes on in its place when it is told to.
//!
//! Owns: what is followed, when it is lawful to take over, and the order of that: fence, catch up, prove, begin. Following,
//! proving and fencing are `engine_core::journal`'s, the line to another host `bridges::standby`'s, the run that begins is
//! [`run`](super::run)'s.
//! Never: takes over by itself. Nobody here can tell a host that is off from one that is out of reach.

mod ask;
mod follow;
mod serve;
mod takeover;

pub(crate) use serve::followers_of;

use crate::args::{Standby, StandbyAsked};
use crate::exit::Exit;

/// The end of the name of a standby's socket.
const SOCKET: &str = "standby";

/// Runs the command.
pub(crate) fn run(args: &Standby) -> Result<(), Exit> {
    match &args.asked {
        Some(StandbyAsked::Status(of)) => ask::status(of),
        Some(StandbyAsked::Takeover(wanted)) => ask::takeover(wanted),
        Some(StandbyAsked::Serve(of)) => serve::run(of),
        None => follow::run(args),
    }
}
