//! What can go wrong with history.

use super::table::{Conflict, TooLong};
use crate::time::utc;

/// See the variants. Each message says what was found and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A file of text has not the columns of what it should be.
    #[error("found the columns {}, missing: {}", found.join(", "), missing.join(", "))]
    Columns {
        /// What the file has.
        found: Vec<String>,
        /// What it lacks.
        missing: Vec<&'static str>,
    },
    /// A row is none.
    #[error("row {row} (below the names): {what}")]
    Row {
        /// Which, from 1.
        row: usize,
        /// What was found, and what expected.
        what: String,
    },
    /// There are no rows.
    #[error("found no row below the names, expected one at least")]
    Empty,
    /// The store has another row of that time.
    #[error(
        "found `{}` of {}, but the store has `{}` of that time: is it of another market or archive? Then name it otherwise",
        .0.there, time(.0.at_ns), .0.here
    )]
    Conflict(Conflict),
    /// A number does not fit its column.
    #[error("a number has more digits than the others of its column leave room for (38 in all)")]
    TooLong,
    /// A name that is no folder.
    #[error("found `{0}`, expected a name of 1 to 100 letters that is not `.` or `..`")]
    Name(String),
    /// A place that is none.
    #[error("{place}: {what}")]
    Place {
        /// What was asked for.
        place: String,
        /// Why not.
        what: String,
    },
    /// Somebody else writes.
    #[error("{0} is being written by another process: wait for it")]
    Busy(String),
    /// Folders or servers do not do what they should.
    #[error(transparent)]
    Object(#[from] object_store::Error),
    /// A file of the store is not what it should be.
    #[error("{file}: {what}; remove it and import again")]
    Damaged {
        /// Which.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// A file of columns cannot be made or read.
    #[error(transparent)]
    Columnar(#[from] parquet::errors::ParquetError),
    /// The machine says no.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<TooLong> for HistoryError {
    fn from(TooLong: TooLong) -> Self {
        Self::TooLong
    }
}

/// A time for people.
pub(super) fn time(at_ns: i64) -> String {
    u64::try_from(at_ns).map_or_else(|_| format!("{at_ns} ns before 1970"), utc)
}
