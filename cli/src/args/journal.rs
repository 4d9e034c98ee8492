//! What is asked of a journal.

use crate::time;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `journal`.
#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// Checks every checksum and sequence number.
    #[command(after_help = "Example:\n  ringside journal verify journal")]
    Verify(JournalPath),
    /// Prints its records, one a line: symbols, prices as decimals, refusal codes.
    #[command(after_help = "Example:\n  ringside journal inspect journal --kind decision --limit 20")]
    Inspect(JournalInspect),
    /// Judges every wish of it again: must reach the state hash that the run printed.
    #[command(after_help = "Example:\n  ringside journal replay journal --json")]
    Replay(JournalReplay),
    /// Positions, orders, books and limits as they were at a time.
    #[command(after_help = "Example:\n  ringside journal state-at 2026-11-26T04:00:00Z journal")]
    StateAt(JournalStateAt),
}

/// `journal replay`.
#[derive(Args, Debug)]
pub(crate) struct JournalReplay {
    #[command(flatten)]
    pub(crate) at: JournalPath,
    /// Only what had happened by then, in UTC.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) until: Option<u64>,
}

/// `journal state-at`.
#[derive(Args, Debug)]
pub(crate) struct JournalStateAt {
    /// In UTC, to the nanosecond.
    #[arg(value_name = "TIME", value_parser = time::parse)]
    pub(crate) time: u64,
    #[command(flatten)]
    pub(crate) at: JournalPath,
}

/// Where a journal is.
#[derive(Args, Debug)]
pub(crate) struct JournalPath {
    /// A journal, or a folder of them: `verify` takes them all, `state-at` and `replay --until` the run that had begun by
    /// then, the others the newest.
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `journal inspect`.
#[derive(Args, Debug)]
pub(crate) struct JournalInspect {
    #[command(flatten)]
    pub(crate) at: JournalPath,
    /// Only records of this kind.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<KindName>,
    /// At most so many records.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// A kind of record as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    /// What the run began with.
    Run,
    /// What venues told.
    Market,
    /// What risk decided.
    Decision,
    /// What became of orders.
    Report,
}

impl From<KindName> for engine_core::journal::format::RecordKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Run => Self::Run,
            KindName::Market => Self::Market,
            KindName::Decision => Self::Decision,
            KindName::Report => Self::Report,
        }
    }
}
