//! Why something about people was not done: each says what was found and what is accepted.

use super::password::PASSWORD_CHARS_MIN;
use crate::role::Role;
use crate::store::operational::StoreError;
use std::io;
use std::path::PathBuf;

/// See the variants.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Which of the two is wrong is not said.
    #[error("no user has this name and this password")]
    NotKnown,
    /// Not a session or key that is good now.
    #[error("the key or session is not known: it expired, was revoked, or never was")]
    NoToken,
    /// A key is used from where it may not be.
    #[error("the key is not for use from {from}")]
    WrongPlace {
        /// The caller's address.
        from: String,
    },
    /// The one-time secret is wrong, used or too old.
    #[error(
        "the one-time secret does not hold: it is wrong, used, or older than an hour; a new start without users makes a new one"
    )]
    NoClaim,
    /// Too often.
    #[error("too often: again in {again_in_s} s")]
    TooMany {
        /// Whole seconds.
        again_in_s: u64,
    },
    /// A name that nobody can have.
    #[error("a name has 1 to 32 of a-z, 0-9, '.', '_' and '-': {found}")]
    Name {
        /// As asked.
        found: String,
    },
    /// A password that nobody should have.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters and at most 1,024 bytes")]
    Password,
    /// The name is somebody's.
    #[error("the name is taken: {found}")]
    Taken {
        /// As asked.
        found: String,
    },
    /// Nobody has that name.
    #[error("there is no user {found}")]
    NoUser {
        /// As asked.
        found: String,
    },
    /// No key of that id is the caller's.
    #[error("there is no key {found}")]
    NoKey {
        /// As asked.
        found: String,
    },
    /// Nobody gives away what he has not.
    #[error("the role {} is above your own: at most {}", found.name(), most.name())]
    RoleTooHigh {
        /// As asked.
        found: Role,
        /// Of the caller.
        most: Role,
    },
    /// A key that is to hold longer than anybody looks ahead.
    #[error("a key holds {most_s} s at most, or until it is revoked: {found_s} s")]
    TooLong {
        /// As asked.
        found_s: u64,
        /// The bound.
        most_s: u64,
    },
    /// Nobody would be left.
    #[error("{found} is the last admin who is not disabled: make another one first")]
    LastAdmin {
        /// As asked.
        found: String,
    },
    /// Not a list of networks.
    #[error("not a network: {found}; accepted are at most 16 like 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32, by commas")]
    Networks {
        /// As asked.
        found: String,
    },
    /// More keys than anybody needs.
    #[error("a user has at most {most} keys and sessions: revoke one first")]
    TooManyTokens {
        /// The bound.
        most: usize,
    },
    /// Argon2 does not take that.
    #[error(
        "users.password_memory_kib = {memory_kib} and users.password_passes = {passes}: Argon2 wants 8 KiB and a pass at least"
    )]
    Cost {
        /// As configured.
        memory_kib: u32,
        /// As configured.
        passes: u32,
    },
    /// The system has none.
    #[error("the system gives no random numbers")]
    Random,
    /// The bridge is ending.
    #[error("the bridge is ending")]
    Ended,
    /// A file beside the database.
    #[error("cannot keep {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
