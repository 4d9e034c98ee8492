//! Why a question has no answer.

use crate::error::{Field, FrameError};
use crate::json::JsonError;
use crate::net::error::NetError;
use thiserror::Error;

/// Why a question has no answer. Whatever it is, the answer before stays, and grows older.
#[derive(Debug, Error)]
pub enum PollError {
    /// Nothing came, or not with status 200.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The venue answered that it will not.
    #[error("the venue refused with code {code}: {told}; check the symbol in the configuration")]
    Refused {
        /// Its code.
        code: String,
        /// Its words.
        told: String,
    },
    /// The answer cannot be read.
    #[error("the answer cannot be used: {0}; it will be asked for again")]
    Unreadable(#[from] FrameError),
    /// The answer is about another instrument.
    #[error("the answer is about {found}, expected {expected}")]
    OtherSymbol {
        /// Named in the answer.
        found: String,
        /// Asked for.
        expected: String,
    },
    /// A number that can be read and cannot be.
    #[error("{field} is {found}, expected {expected}")]
    Absurd {
        /// Which.
        field: Field,
        /// Its text.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A page that was there already.
    #[error("the venue gives the same page again and again; ask for a shorter span")]
    SamePage,
    /// A list without a row.
    #[error("the answer has no rows")]
    Empty,
}

impl From<JsonError> for PollError {
    fn from(error: JsonError) -> Self {
        Self::Unreadable(error.into())
    }
}

impl PollError {
    /// Whether the venue will not answer this question: of a time that is too long ago, perhaps.
    pub(crate) const fn is_refusal(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Net(NetError::Status { status, .. }) => *status == 400,
            _ => false,
        }
    }

    /// Whether the venue as a whole did not answer: it, not the question, is in trouble.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        match self {
            Self::Net(NetError::Status { status, .. }) => *status >= 500 || matches!(*status, 403 | 451),
            Self::Net(_) => true,
            _ => false,
        }
    }
}
