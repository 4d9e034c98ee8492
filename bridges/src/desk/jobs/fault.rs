//! Why a job is not begun, not shown or not ended.

use crate::desk::people::PeopleError;
use crate::store::operational::StoreError;
use std::io;
use std::path::PathBuf;

/// See the variants. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// There is no queue.
    #[error("this run has no queue for jobs: it has one with users or Telegram, and [jobs] enabled = true")]
    Off,
    /// What was asked for is not one.
    #[error("{what}: found {found}, accepted: {}", expected.join(", "))]
    Bad {
        /// Which part.
        what: &'static str,
        /// What stood there.
        found: String,
        /// What would be right.
        expected: Vec<String>,
    },
    /// As many wait as may.
    #[error("{} wait already, and {most} is the most: cancel one, or wait", if *is_own { "so many of yours" } else { "so many jobs" })]
    Full {
        /// Of one's own; else of all.
        is_own: bool,
        /// The most.
        most: u32,
    },
    /// There is none of that number, or it is somebody else's.
    #[error("you have no job {id}")]
    NoJob {
        /// What was asked for.
        id: i64,
    },
    /// It is over: nothing can be ended.
    #[error("job {id} is {state} already")]
    Over {
        /// Which.
        id: i64,
        /// How.
        state: &'static str,
    },
    /// It has not come to anything, or not yet.
    #[error("job {id} has no result: it is {state}")]
    NoResult {
        /// Which.
        id: i64,
        /// Where it stands.
        state: &'static str,
    },
    /// A schedule that is none.
    #[error("schedule {name}: {why}")]
    Schedule {
        /// Which.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The folder or something in it.
    #[error("jobs: {} cannot be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The store of history.
    #[error("jobs: the store of history {} cannot be read: {why}", path.display())]
    History {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The database.
    #[error("the database of jobs does not answer")]
    Store(#[from] StoreError),
    /// The audit.
    #[error("it could not be written down, and what is begun must be")]
    Audit(#[from] PeopleError),
}
