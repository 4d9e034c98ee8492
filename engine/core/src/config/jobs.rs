//! Work in the background.

use std::path::PathBuf;
use std::time::Duration;

/// The queue of jobs: backtests, sweeps, back-fills, reports, snapshots, backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// Whether there is one, where somebody may ask: users, Telegram, or a schedule.
    pub enabled: bool,
    /// For its database where there are no users, for backups, and for the lock of who works.
    pub folder: PathBuf,
    /// The store of history that it reads and fills.
    pub history: PathBuf,
    /// So many at once.
    pub at_once: u32,
    /// So many wait at most.
    pub waiting_max: u32,
    /// Of one user.
    pub own_waiting_max: u32,
    /// So many that are over are kept.
    pub kept: u32,
    /// One that takes longer is ended.
    pub longest: Duration,
    /// Memory of one.
    pub memory_mib: u64,
    /// What is begun by the clock.
    pub schedules: Vec<Schedule>,
}

/// A job that is begun by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What it is called.
    pub name: String,
    /// When: a cron expression, in UTC.
    pub cron: String,
    /// What.
    pub work: ScheduledWork,
}

/// What can be begun by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduledWork {
    /// What a venue tells of the last days, into the store of history.
    Backfill {
        /// Which venue.
        venue: String,
        /// Its own spelling.
        symbol: String,
        /// Length of a candle; `None`: trades.
        interval: Option<String>,
        /// How far back.
        days: u32,
    },
    /// A strategy over the past. As the API takes it, in JSON: the core reads none.
    Backtest {
        /// That.
        asked: String,
    },
    /// Its parameters over the past.
    Optimize {
        /// The same.
        asked: String,
    },
    /// How the account stands and what it has made.
    Report,
    /// How every market stands.
    Snapshot,
    /// A copy of the database of users, audit and jobs.
    Backup,
}
