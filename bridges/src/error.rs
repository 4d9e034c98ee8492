//! What can go wrong when the bridge starts, and when it is asked for something afterwards.

use crate::desk::jobs::JobsError;
use crate::desk::people::PeopleError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// See the variants. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// Only this machine may reach a door without locks.
    #[error(
        "address {address} is not a loopback address: without users and TLS the door only opens on 127.0.0.1 or [::1]"
    )]
    NotLoopback {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The file of alerts cannot be read.
    #[error("the alerts in {} cannot be read ({why}): mend the file, or move it away to begin without any", path.display())]
    Alerts {
        /// Where.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Somebody listens there.
    #[error(
        "address {address} is taken: another engine or program listens there; end it, or choose another port (0 takes any free one)"
    )]
    AddressTaken {
        /// What was asked for.
        address: SocketAddr,
    },
    /// Any other trouble with the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Users are on, and cannot be.
    #[error("users")]
    People(#[from] PeopleError),
    /// There cannot be a queue of jobs.
    #[error("jobs")]
    Jobs(#[from] JobsError),
    /// No TLS from what was given.
    #[error("TLS with {}: {why}", path.display())]
    Tls {
        /// Certificates or key.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// No socket for the operator.
    #[error("cannot make the operator's socket {}", path.display())]
    Line {
        /// Where it was to be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No Telegram door as it was asked for.
    #[error("telegram: {why}")]
    Telegram {
        /// What is wrong, and what to do.
        why: String,
    },
    /// The system gave no thread, or no poller for it.
    #[error("cannot start the bridge thread")]
    Thread {
        /// What the system says.
        source: io::Error,
    },
    /// Commands come faster than the engine takes them.
    #[error("the command was not taken: {waiting} others wait for the engine; try again")]
    CommandQueueFull {
        /// How many wait.
        waiting: usize,
    },
    /// The bridge has ended.
    #[error("the command was not taken: the bridge has ended")]
    Stopped,
    /// A bug: the thread ended by a panic.
    #[error("the bridge thread panicked")]
    Panicked,
}
