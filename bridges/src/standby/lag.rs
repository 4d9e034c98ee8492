//! How far followers are behind, as the primary's side knows it.
//!
//! Owns: what each follower said that its copy has, held against what the run's disk has; and the file beside the run's page
//! in which the process that serves says so. The engine's door reads that file: an engine that hangs is waited for by nobody.
//! Never: believes a file that nobody renews; it tells of nobody.

use engine_core::journal::reader::Cursor;
use engine_ring::clock::Clock;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Moments that are kept of one follower: more than are between two words of one that is not cut.
const MOMENTS_MAX: usize = 1_024;
/// The file is renewed so often.
pub(super) const TOLD_EVERY: Duration = Duration::from_millis(500);
/// And says nothing any more behind that.
const STALE_NS: u64 = 3_000_000_000;

/// How far one follower is behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowerLag {
    /// Its seat, from 1.
    pub seat: u8,
    /// Where it is.
    pub address: String,
    /// Records that the run's disk has and the copy's has not, as far as the run's side has read: one that comes back after
    /// an hour is told by what is on its way to it, not by the hour.
    pub records: u64,
    /// The same in bytes of the journal.
    pub bytes: u64,
    /// For how long the oldest of them has been on the run's disk, in ms; 0: it has all.
    pub ms: u64,
}

/// What stands in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    /// By the engine's clock.
    at_ns: u64,
    followers: Vec<FollowerLag>,
}

/// Those who follow now, by file; `None`: nobody serves, or the one that did is silent.
#[must_use]
pub fn followers_in(file: &Path) -> Option<Vec<FollowerLag>> {
    let told: Told = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let age_ns = Clock::machine().now().saturating_sub(told.at_ns);
    (age_ns < STALE_NS).then_some(told.followers)
}

/// Everybody who follows.
#[derive(Clone, Debug, Default)]
pub(super) struct Lags(Arc<Mutex<BTreeMap<u8, Behind>>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    lags: Lags,
    number: u8,
}

impl Lags {
    /// Gives the first seat that is free.
    pub(super) fn seat(&self, address: String) -> Seat {
        let mut all = self.all();
        let number = (1..=u8::MAX).find(|number| !all.contains_key(number)).unwrap_or(u8::MAX);
        all.insert(number, Behind { address, ..Behind::default() });
        Seat { lags: self.clone(), number }
    }

    /// How far each is behind.
    pub(super) fn told(&self, now: Instant) -> Vec<FollowerLag> {
        self.all().iter().map(|(seat, behind)| behind.told(*seat, now)).collect()
    }

    /// Says so in that file, at once or not at all.
    pub(super) fn tell(&self, file: &Path) -> io::Result<()> {
        let told = Told { at_ns: Clock::machine().now(), followers: self.told(Instant::now()) };
        let new = file.with_extension("followers-new");
        std::fs::write(&new, serde_json::to_vec(&told)?)?;
        std::fs::rename(new, file)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<u8, Behind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The run's disk has all before that record.
    pub(super) fn disk_has(&self, synced: u64, now: Instant) {
        self.change(|behind| behind.disk_has(synced, now));
    }

    /// So has the copy's, and so many bytes of the journal are between the two.
    pub(super) fn copy_has(&self, at: Cursor, bytes: u64) {
        self.change(|behind| behind.copy_has(at.sequence, bytes));
    }

    fn change(&self, change: impl FnOnce(&mut Behind)) {
        if let Some(behind) = self.lags.all().get_mut(&self.number) {
            change(behind);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lags.all().remove(&self.number);
    }
}

/// One follower.
#[derive(Debug, Default)]
struct Behind {
    address: String,
    /// The run's disk has all before that record.
    synced: u64,
    /// The copy's has all before that one.
    has: u64,
    bytes: u64,
    /// Until where the disk had come, and when that was seen, as far as the copy does not have it. Oldest first.
    moments: VecDeque<(u64, Instant)>,
}

impl Behind {
    fn disk_has(&mut self, synced: u64, now: Instant) {
        if synced <= self.synced.max(self.has) {
            return;
        }
        self.synced = synced;
        if self.moments.len() == MOMENTS_MAX {
            // The oldest says how late it is: between the newest it may be told a little too late.
            self.moments.pop_back();
        }
        self.moments.push_back((synced, now));
    }

    fn copy_has(&mut self, has: u64, bytes: u64) {
        (self.has, self.bytes) = (has, bytes);
        while self.moments.front().is_some_and(|(synced, _)| *synced <= has) {
            self.moments.pop_front();
        }
    }

    fn told(&self, seat: u8, now: Instant) -> FollowerLag {
        let age = self.moments.front().map(|(_, seen)| now.saturating_duration_since(*seen));
        FollowerLag {
            seat,
            address: self.address.clone(),
            records: self.synced.saturating_sub(self.has),
            bytes: self.bytes,
            ms: age.map_or(0, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_is_as_late_as_the_oldest_record_that_it_lacks() {
        let (began, lags) = (Instant::now(), Lags::default());
        let at = |ms| began + Duration::from_millis(ms);
        let (first, second) = (lags.seat("10.0.0.1:1".to_owned()), lags.seat("10.0.0.2:1".to_owned()));
        let has = |sequence| Cursor { sequence, ..Cursor::default() };
        let told =
            |ms| lags.told(at(ms)).into_iter().map(|of| (of.seat, of.records, of.bytes, of.ms)).collect::<Vec<_>>();
        first.disk_has(10, at(0));
        first.disk_has(10, at(50));
        first.disk_has(25, at(100));
        first.copy_has(has(3), 2_200);
        assert_eq!(told(130), [(1, 22, 2_200, 130), (2, 0, 0, 0)]);
        first.copy_has(has(10), 1_500);
        assert_eq!(told(130)[0], (1, 15, 1_500, 30), "all that the disk had before the last look");
        first.copy_has(has(25), 0);
        assert_eq!(told(900)[0], (1, 0, 0, 0));
        first.disk_has(25, at(950));
        assert_eq!(told(990)[0], (1, 0, 0, 0), "nothing came");
        drop(first);
        let third = lags.seat("10.0.0.3:1".to_owned());
        assert_eq!(lags.told(at(990))[0].address, "10.0.0.3:1", "the seat that was left");
        drop((second, third));
        assert!(lags.told(at(990)).is_empty());
    }

    #[test]
    fn one_that_is_far_behind_keeps_its_oldest_moment_and_takes_no_more_room() {
        let (began, lags) = (Instant::now(), Lags::default());
        let seat = lags.seat(String::new());
        for step in 0..5 * MOMENTS_MAX as u64 {
            seat.disk_has(step + 1, began + Duration::from_millis(step));
        }
        let now = began + Duration::from_millis(6_000);
        assert_eq!((lags.told(now)[0].records, lags.told(now)[0].ms), (5 * MOMENTS_MAX as u64, 6_000));
        assert_eq!(lags.all()[&1].moments.len(), MOMENTS_MAX);
        seat.copy_has(Cursor { sequence: 5 * MOMENTS_MAX as u64, ..Cursor::default() }, 0);
        assert_eq!(lags.told(now)[0].ms, 0);
    }

    #[test]
    fn a_file_that_nobody_renews_tells_of_nobody() {
        let file = std::env::temp_dir().join(format!("ringside-lags-{}.followers", std::process::id()));
        assert_eq!(followers_in(&file), None, "there is none");
        let lags = Lags::default();
        let _seat = lags.seat("127.0.0.1:9".to_owned());
        lags.tell(&file).unwrap();
        assert_eq!(followers_in(&file).map(|all| all.len()), Some(1));
        let old = Told { at_ns: Clock::machine().now() - STALE_NS, followers: lags.told(Instant::now()) };
        std::fs::write(&file, serde_json::to_vec(&old).unwrap()).unwrap();
        assert_eq!(followers_in(&file), None);
        std::fs::write(&file, b"{\"at_ns\":").unwrap();
        assert_eq!(followers_in(&file), None);
        std::fs::remove_file(&file).unwrap();
    }
}
