//! Claims: each end of a ring is handed out once, by name.
//!
//! Owns the reasons for saying no. Every message names the ring, the end, and who is concerned, because it is read by
//! somebody whose platform has just refused to start.

use std::fmt;

/// Why an end was not handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// The ring has no end of that name.
    Unknown {
        /// The ring.
        ring: String,
        /// What was asked for: reader or tap.
        end: End,
        /// The name that was asked for.
        name: String,
        /// The names the ring grants for this kind of end.
        granted: Vec<String>,
    },
    /// The end was handed out before.
    Taken {
        /// The ring.
        ring: String,
        /// What was asked for.
        end: End,
        /// Who asked now.
        by: String,
        /// Who has it.
        held_by: String,
    },
}

/// The kinds of end a ring has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The one writing end.
    Writer,
    /// A reading end that holds the writer back.
    Reader,
    /// A reading end that may be lapped.
    Tap,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::Tap => "tap",
        })
    }
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { ring, end, name, granted } if granted.is_empty() => {
                write!(f, "ring `{ring}` has no {end} `{name}`: it grants no {end} at all")
            }
            Self::Unknown { ring, end, name, granted } => {
                write!(f, "ring `{ring}` has no {end} `{name}`: it grants {}", granted.join(", "))
            }
            Self::Taken { ring, end, by, held_by } => {
                write!(f, "{end} of ring `{ring}` claimed by `{by}` is already held by `{held_by}`")
            }
        }
    }
}

impl std::error::Error for ClaimError {}
