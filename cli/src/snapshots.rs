//! Snapshots of a run while it runs, on a thread of their own: a replay that follows the journal by its files. It also tells
//! the state's hash every so many records, for standbys to hold theirs against.
//!
//! Never: in the way of a stage, or the end of a run: what cannot be snapshot is told, and the journal is whole without.

use crate::outcome;
use anyhow::{Context as _, anyhow};
use engine_core::journal::follower::{Doubt, Follower};
use engine_core::journal::hashes::{path_of, tell};
use engine_ring::flag::StopFlag;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks: whether the run has ended, and whether what was taken is on the disk by now.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Between two looks at what came.
const FOLLOWS_EVERY: Duration = Duration::from_secs(1);

/// The thread. Dropping it ends it.
pub(crate) struct Snapshots {
    stop: StopFlag,
    thread: Option<JoinHandle<()>>,
}

impl Snapshots {
    /// Begins to follow the journal that begins in that file. `every`: without one it takes no snapshots, only tells hashes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(first: PathBuf, every: Option<Duration>) -> io::Result<Self> {
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

fn follow(first: &Path, every: Option<Duration>, stop: &StopFlag) -> anyhow::Result<()> {
    let (mut follower, mut doubt): (Option<Follower>, _) = (None, Doubt::default());
    let (mut due, mut look) = (every.map(|every| Instant::now() + every), Instant::now());
    while !stop.is_raised() {
        std::thread::sleep(LOOK_EVERY);
        if Instant::now() < look {
            continue;
        }
        look = Instant::now() + FOLLOWS_EVERY;
        if follower.is_none() {
            let opened = doubt.weigh(Follower::open(first, outcome::build_id())?).map_err(|error| anyhow!(error))?;
            follower = opened.flatten().map(Follower::hashing);
        }
        // Its first record may not be on the disk yet.
        let Some(follower) = &mut follower else { continue };
        while !stop.is_raised() && doubt.weigh(follower.follow()?).map_err(|error| anyhow!(error))? == Some(true) {}
        tell(&path_of(first, follower.epoch()), &follower.take_hashes()).context("hashes cannot be told")?;
        if due.is_some_and(|due| Instant::now() >= due)
            && let Some(path) = follower.snapshot().context("it cannot be written")?
        {
            tracing::info!("snapshot {}", path.display());
            due = every.map(|every| Instant::now() + every);
        }
    }
    Ok(())
}
