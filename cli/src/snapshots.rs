//! Snapshots of a run while it runs, on a thread of their own: a replay that follows the journal by its files.
//!
//! Never: in the way of a stage, or the end of a run: what cannot be snapshot is told, and the journal is whole without.

use crate::outcome;
use anyhow::{Context as _, anyhow};
use engine_core::journal::follower::Follower;
use engine_ring::flag::StopFlag;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks: whether the run has ended, and whether what was taken is on the disk by now.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The thread. Dropping it ends it.
pub(crate) struct Snapshots {
    stop: StopFlag,
    thread: Option<JoinHandle<()>>,
}

impl Snapshots {
    /// Begins to follow the journal that begins in that file.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(first: PathBuf, every: Duration) -> io::Result<Self> {
        let stop = StopFlag::new();
        let stopped = stop.clone();
        let body = move || {
            if let Err(error) = follow(&first, every, &stopped) {
                tracing::warn!("{}: no more snapshots of this run: {error:#}", first.display());
            }
        };
        let thread = std::thread::Builder::new().name("journal-snapshots".into()).spawn(body)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        self.stop.raise();
        // A panic of the thread has left its mark in the process' panic output.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn follow(first: &Path, every: Duration, stop: &StopFlag) -> anyhow::Result<()> {
    let mut follower = None;
    let mut due = Instant::now() + every;
    while !stop.is_raised() {
        std::thread::sleep(LOOK_EVERY);
        if Instant::now() < due {
            continue;
        }
        if follower.is_none() {
            follower = Follower::open(first, outcome::build_id())?.map_err(|error| anyhow!(error))?;
        }
        // Its first record may not be on the disk yet.
        let Some(follower) = &mut follower else { continue };
        follower.advance()?.map_err(|error| anyhow!(error))?;
        if let Some(path) = follower.snapshot().context("it cannot be written")? {
            tracing::info!("snapshot {}", path.display());
            due = Instant::now() + every;
        }
    }
    Ok(())
}
