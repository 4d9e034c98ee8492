//! A replay that follows a journal by its files: from the newest good snapshot on, and further as the journal grows.
//!
//! Owns: how far it has come, and the snapshots that it takes there.
//! Never: holds the writer back; it reads files, from whatever thread or process. [`Follower::follow`] never knows more than
//! the disk; [`Follower::advance`] is for a journal whose writer is gone: it takes all that is whole.

use super::format::Damage;
use super::hashes::{EVERY, Hashed};
use super::reader::{Cursor, Entry, Fault};
use super::record::{Record, Run};
use super::replay::{Replay, ReplayError, Replayed};
use super::snapshot::{self, Snapshot};
use super::stored::Stored;
use super::stream::Stream;
use super::trail::Trail;
use crate::state::state_hash;
use engine_model::units::Nanos;
use std::io;
use std::path::{Path, PathBuf};

/// Later than anything.
const FOREVER: Nanos = Nanos(u64::MAX);

/// See the module.
#[derive(Debug)]
pub struct Follower {
    first: PathBuf,
    build_id: [u8; 16],
    epoch: u32,
    run: Run,
    replay: Replay,
    at: Cursor,
    /// All before that record is known to be on the disk.
    synced: u64,
    /// A snapshot that waits until all that it holds is.
    taken: Option<Snapshot>,
    /// Snapshots that could not be believed, and why.
    skipped: Vec<(PathBuf, &'static str)>,
    /// Of the snapshot that it began with.
    begun_at: Option<u64>,
    /// Where it is read on while it grows.
    trail: Option<Trail>,
    /// Hashes that nobody has taken yet; `None`: nobody wants them.
    hashes: Option<Vec<Hashed>>,
    /// Time of the last event that was replayed.
    last_at: Nanos,
}

/// How a journal goes on where reading it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Its writer has closed it.
    Closed,
    /// There is room that was set aside, or a record that is not whole: its writer goes on, or was cut off.
    Open,
}

impl Follower {
    /// Begins with the newest snapshot that can be believed, else with the journal. `None`: it holds no run yet.
    ///
    /// # Errors
    /// What is wrong with the journal, or that it is only being begun ([`ReplayError::Begins`]: look again); what the system
    /// says.
    pub fn open(first: &Path, build_id: [u8; 16]) -> io::Result<Result<Option<Self>, ReplayError>> {
        let mut found = None;
        loop {
            match Self::begin(first, build_id)? {
                Err(ReplayError::Fault(fault)) if found != Some(fault) => found = Some(fault),
                opened => return Ok(opened),
            }
        }
    }

    fn begin(first: &Path, build_id: [u8; 16]) -> io::Result<Result<Option<Self>, ReplayError>> {
        let stored = Stored::read(first)?;
        match stored.begun()? {
            None => {}
            Some(0) => return Ok(Ok(None)),
            Some(written) => return Ok(Err(ReplayError::Begins { written })),
        }
        let mut stream = match stored.reader() {
            Ok(stream) => stream,
            Err(fault) => return Ok(Err(ReplayError::Fault(fault))),
        };
        let epoch = stream.prologue().epoch;
        let run = match stream.next() {
            None | Some(Err(Fault { damage: Damage::Torn, .. })) => return Ok(Ok(None)),
            Some(Err(fault)) => return Ok(Err(ReplayError::Fault(fault))),
            Some(Ok(entry)) => match entry.record {
                Record::Run(run) => run,
                _ => return Ok(Err(ReplayError::Empty)),
            },
        };
        let replay = match Replay::new(&run, epoch) {
            Ok(replay) => replay,
            Err(error) => return Ok(Err(error)),
        };
        let at = stream.cursor();
        let mut follower = Self {
            first: first.to_owned(),
            build_id,
            epoch,
            run,
            replay,
            at,
            synced: 0,
            taken: None,
            skipped: Vec::new(),
            begun_at: None,
            trail: None,
            hashes: None,
            last_at: Nanos(0),
        };
        follower.skip_to_snapshot(&stored)?;
        Ok(Ok(Some(follower)))
    }

    fn skip_to_snapshot(&mut self, stored: &Stored) -> io::Result<()> {
        for path in snapshot::all(&self.first, self.epoch)? {
            let found = snapshot::read(&path, self.build_id, self.epoch, &self.run);
            let found = found.and_then(|found| match follows(stored, found.at) {
                true => Ok(found),
                false => Err("is of another journal"),
            });
            match found {
                Ok(Snapshot { replay, at }) => {
                    (self.replay, self.at, self.begun_at) = (replay, at, Some(at.sequence));
                    self.synced = at.sequence;
                    return Ok(());
                }
                Err(why) => self.skipped.push((path, why)),
            }
        }
        Ok(())
    }

    /// With the hash of the state behind every so many records, see [`EVERY`].
    #[must_use]
    pub fn hashing(self) -> Self {
        Self { hashes: Some(Vec::new()), ..self }
    }

    /// Replays what came since, as far as it is known to be on the disk: some megabytes at most. Whether anything came.
    ///
    /// # Errors
    /// What is wrong with the journal; what the system says.
    pub fn follow(&mut self) -> io::Result<Result<bool, ReplayError>> {
        let mut trail = match self.trail.take() {
            Some(trail) => trail,
            None => match Trail::open(&self.first)? {
                Ok(Some(trail)) => trail.from(self.at),
                Ok(None) => return Ok(Ok(false)),
                Err(fault) => return Ok(Err(fault.into())),
            },
        };
        let came = match trail.read()? {
            Ok(came) => came,
            Err(fault) => return Ok(Err(fault.into())),
        };
        while let Some((entry, at)) = trail.next_synced() {
            if let Err(error) = self.replay_one(entry, at) {
                return Ok(Err(error));
            }
        }
        self.synced = self.synced.max(trail.proven().sequence);
        self.trail = Some(trail);
        Ok(Ok(came))
    }

    fn replay_one(&mut self, entry: Entry, at: Cursor) -> Result<(), ReplayError> {
        self.last_at = self.last_at.max(Nanos(entry.head.at_ns));
        self.replay.take(entry, FOREVER)?;
        self.at = at;
        if let Some(hashes) = self.hashes.as_mut().filter(|_| at.sequence.is_multiple_of(EVERY)) {
            let hash = state_hash(&self.replay.risk, &self.replay.orders);
            hashes.push(Hashed { sequence: at.sequence, hash });
        }
        Ok(())
    }

    /// The hashes that came since they were taken last.
    pub fn take_hashes(&mut self) -> Vec<Hashed> {
        self.hashes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Behind the last record that was replayed.
    #[must_use]
    pub fn at(&self) -> Cursor {
        self.at
    }

    /// When the last event was that was replayed.
    #[must_use]
    pub fn last_at(&self) -> Nanos {
        self.last_at
    }

    /// Of the state that it has come to; decisions whose events are not all there are not in it.
    #[must_use]
    pub fn state_hash(&self) -> [u8; 32] {
        state_hash(&self.replay.risk, &self.replay.orders)
    }

    /// Replays what the journal holds by now. A record that is not whole may be one that is being written.
    ///
    /// # Errors
    /// What is wrong with the journal; what the system says.
    pub fn advance(&mut self) -> io::Result<Result<Tail, ReplayError>> {
        self.trail = None;
        let stored = Stored::read(&self.first)?;
        let stream = match stored.reader() {
            Ok(stream) => stream.from(self.at),
            Err(fault) => return Ok(Err(ReplayError::Fault(fault))),
        };
        let tail = |at: &Cursor, is_torn: bool| if !is_torn && stored.ends_at(at) { Tail::Closed } else { Tail::Open };
        Ok(self.take(stream).map(|is_torn| tail(&self.at, is_torn)))
    }

    /// Whether it ended with a record that is not whole.
    fn take(&mut self, mut stream: Stream) -> Result<bool, ReplayError> {
        let is_torn = loop {
            match stream.next() {
                Some(Ok(entry)) => self.replay_one(entry, stream.cursor())?,
                None => break false,
                Some(Err(Fault { damage: Damage::Torn, .. })) => break true,
                Some(Err(fault)) => return Err(ReplayError::Fault(fault)),
            }
        };
        if !is_torn {
            self.at = stream.cursor();
        }
        self.synced = self.synced.max(stream.synced());
        Ok(is_torn)
    }

    /// Takes a snapshot of what was replayed, or writes the one that was taken before: not until all of it is known to be on
    /// the disk, which a later look tells. Where it lies, once it does; what is older than the newest two goes.
    ///
    /// # Errors
    /// What the disk says. The snapshots of before are still there.
    pub fn snapshot(&mut self) -> io::Result<Option<PathBuf>> {
        if self.taken.is_none() && self.replay.is_settled() {
            self.taken = Some(Snapshot { replay: self.replay.clone(), at: self.at });
        }
        let Some(mut taken) = self.taken.take_if(|taken| taken.at.sequence <= self.synced) else { return Ok(None) };
        let path = snapshot::write(&self.first, self.build_id, self.epoch, &mut taken)?;
        snapshot::prune(&self.first, self.build_id, self.epoch, &self.run)?;
        Ok(Some(path))
    }

    /// The number of the run that it follows.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// What that run began with.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The sequence at which the snapshot was taken that it began with, if it did.
    #[must_use]
    pub fn begun_at(&self) -> Option<u64> {
        self.begun_at
    }

    /// Snapshots that could not be believed, and why.
    #[must_use]
    pub fn skipped(&self) -> &[(PathBuf, &'static str)] {
        &self.skipped
    }

    /// The state behind all that was replayed.
    ///
    /// # Errors
    /// When a report at the end does not follow.
    pub fn finish(self) -> Result<Replayed, ReplayError> {
        self.replay.finish(FOREVER)
    }
}

/// What is wrong with a journal that grows, until it is certain: a fault counts when the next look finds the very same.
#[derive(Debug, Default)]
pub struct Doubt(Option<Fault>);

impl Doubt {
    /// What was read; `None`: something seems wrong, and a later look will tell.
    ///
    /// # Errors
    /// What is wrong, for certain.
    pub fn weigh<T>(&mut self, read: Result<T, ReplayError>) -> Result<Option<T>, ReplayError> {
        match read {
            Err(ReplayError::Fault(fault)) if self.0 != Some(fault) => {
                self.0 = Some(fault);
                Ok(None)
            }
            // Nothing is wrong, however often it is seen so.
            Err(error) if error.is_begun() => {
                self.0 = None;
                Ok(None)
            }
            Err(error) => Err(error),
            Ok(read) => {
                self.0 = None;
                Ok(Some(read))
            }
        }
    }
}

/// Whether the journal goes on from that place, or ends there.
fn follows(stored: &Stored, at: Cursor) -> bool {
    let Ok(stream) = stored.reader() else { return false };
    let is_other = |damage| matches!(damage, Damage::Chain { .. } | Damage::Sequence { .. });
    stored.reaches(&at) && !stream.from(at).next().is_some_and(|next| next.is_err_and(|fault| is_other(fault.damage)))
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
pub(super) mod tests;
