//! A journal on its way to another host: who serves it, who follows it, and the words between them.
//!
//! Owns the line: each side proves that it knows the shared secret before anything is said, and every frame bears a code
//! that only they two can make, with its number, so that nothing that was changed, left out, repeated or made up on the way
//! is believed. Off loopback the line is TLS, too.
//!
//! Never: a byte that the primary's disk does not have; an engine's thread. Who serves is a process of its own beside the
//! engine and reads files: the files are the queue, and a follower that does not take what it asked for is cut.

mod follow;
mod lag;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

pub use follow::{Following, Line, LineState, follow};
pub use lag::{FollowerLag, followers_in};
pub use serve::{Fencing, Primary, Serving};
pub use wire::SharedSecret;

use std::net::SocketAddr;
use std::path::PathBuf;

/// What can go wrong with a standby's line. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StandbyError {
    /// The secret is no secret.
    #[error("{0}")]
    Secret(String),
    /// Anybody could listen.
    #[error(
        "{0} is not a loopback address: off loopback a journal is served by TLS only: set the certificate and its key"
    )]
    NotLoopback(SocketAddr),
    /// The TLS files are not what they should be.
    #[error("{}: {why}", path.display())]
    Tls {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The other side does not know the secret, or is no standby's.
    #[error("the other side does not prove that it knows the secret: is standby.secret the same on both?")]
    Stranger,
    /// A frame that was not sent so.
    #[error("FRAME_REFUSED: a frame was changed, left out or repeated on its way: {0}")]
    Forged(&'static str),
    /// The other side said no.
    #[error("refused by the other side: {0}")]
    Refused(String),
    /// No seat is left.
    #[error("{0} follow already: one more is not let in")]
    Full(usize),
    /// It did not take what it asked for.
    #[error("the follower took nothing for {0} s: it is cut")]
    Slow(u64),
    /// The bytes are not those of a journal.
    #[error("what comes is not the journal that it should be: {0}")]
    Fault(#[from] engine_core::journal::reader::Fault),
    /// The network or the disk.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
