//! Why a bench has no answer.

use engine_model::venue::VenueId;
use std::path::PathBuf;
use thiserror::Error;

/// Why a bench has no answer.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The captures given cannot be read.
    #[error(transparent)]
    Capture(#[from] feeds::capture::CaptureError),
    /// The captures given hold nothing that can be measured.
    #[error("{0} holds no message to measure with")]
    Empty(String),
    /// A venue was named, and the recordings are not there.
    #[error("no recording of {} beside the repository (`RINGSIDE_SHARED` names another folder)", .0.name())]
    Unrecorded(VenueId),
    /// Two contenders did the same work and ended differently: no time of either means anything.
    #[error("{rival} and ringside end differently: {what}")]
    Differ {
        /// Who.
        rival: String,
        /// The first difference.
        what: String,
    },
    /// A ring's end was refused: the rig and the topology do not fit.
    #[error(transparent)]
    Claim(#[from] engine_ring::claim::ClaimError),
    /// A strategy of the rig was refused.
    #[error("strategy of the bench: {0}")]
    Strategy(String),
    /// A frame of the bench led to no order, so there is nothing to time.
    #[error("frame {0} led to no order")]
    NoOrder(u64),
    /// The network of the bench.
    #[error(transparent)]
    Net(#[from] feeds::net::error::NetError),
    /// The gateway of the bench was refused.
    #[error(transparent)]
    Gateway(#[from] feeds::gateway::desk::GatewayError),
    /// The simulated venue's sockets.
    #[error("a socket of the simulated venue")]
    Socket(#[from] std::io::Error),
    /// A contender opened a connection that the simulated venue does not have.
    #[error("a contender asks for `{0}`, which the simulated venue does not have")]
    Path(String),
    /// Frames of the bench were not understood, or left a book out of sync.
    #[error("{count} frames or books of {venue} went wrong: the bench's frames are not the venue's any more")]
    Misread {
        /// Whose.
        venue: &'static str,
        /// How many.
        count: u64,
    },
    /// There is no fixed work to count instructions of.
    #[error("`{0}` has no fixed work, only work in time: --steady takes every bench but wire and rest")]
    NotSteady(&'static str),
    /// The gate of the bench said something else than it must: the world of the bench does not fit the limits.
    #[error("a wish of the bench was judged otherwise than it must be: {0}")]
    Judged(String),
    /// A backtest that cannot be: the bars or the terms of the bench are not what they must be.
    #[error("a backtest of the bench cannot be run: {0}")]
    Bars(String),
    /// Judging allocated.
    #[error("{0} allocations while the gate judged, expected none")]
    Allocated(u64),
    /// Nobody of that name.
    #[error("no rival `{found}`; there are: {accepted}")]
    UnknownRival {
        /// What was asked for.
        found: String,
        /// Who there is.
        accepted: String,
    },
    /// The door of the bench was not to be had, or a read was not answered well.
    #[error("the door of the bench, or this program, says otherwise than it must: {0}")]
    Answer(String),
    /// A measuring thread panicked.
    #[error("a measuring thread died")]
    Thread,
    /// The histogram cannot be written.
    #[error("cannot write {}", file.display())]
    Write {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
