//! How far apart are two cores?
//!
//! Owns the probe: two pinned threads pass a word to and fro. A hypervisor may put two virtual cores on one cache or on
//! two; 90 to 100 ns and 470 to 510 ns a round trip were seen on one machine within minutes, so a latency without this
//! number beside it means nothing. Takes a few milliseconds, at start. Never runs on a hot thread.

use crate::affinity::{PinError, pin};
use crate::clock::Clock;
use crate::counter::CachePadded;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Round trips faster than this are near: halfway, in ratio, between the two states seen.
const NEAR_NS: u64 = 220;
/// Round trips in a batch; the batch's mean is one sample.
const BATCH: u64 = 100;
/// Batches; the median counts, so that a few interrupted ones do not.
const BATCHES: u64 = 15;
/// The probe gives up after this long: the other thread may not get its core.
const LIMIT_NS: u64 = 50_000_000;

/// Two cores and the time a word takes there and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// One core.
    pub from: usize,
    /// The other.
    pub to: usize,
    /// Median round trip; `None` if the probe did not get both cores for long enough.
    pub round_trip_ns: Option<u64>,
}

impl Distance {
    /// Whether the two share a near cache; `None` if it could not be measured.
    #[must_use]
    pub fn is_near(&self) -> Option<bool> {
        self.round_trip_ns.map(|ns| ns < NEAR_NS)
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, round_trip_ns } = self;
        match (round_trip_ns, self.is_near()) {
            (Some(ns), Some(true)) => write!(f, "cores {from} and {to}: near, {ns} ns round trip"),
            (Some(ns), _) => write!(f, "cores {from} and {to}: far, {ns} ns round trip"),
            (None, _) => write!(f, "cores {from} and {to}: not measured, the cores were busy"),
        }
    }
}

/// Measures the distance between two different cores, with two threads of its own.
///
/// # Errors
/// If one of the threads could not be pinned.
pub fn probe(from: usize, to: usize) -> Result<Distance, PinError> {
    let word = Arc::new(CachePadded::new(AtomicU64::new(0)));
    let echoing = word.clone();
    let echo = std::thread::spawn(move || pin(to).map(|()| echo(&echoing)));
    let ping = std::thread::spawn(move || pin(from).map(|()| ping(&word)));
    let round_trip_ns = ping.join().unwrap_or(Ok(None));
    let echoed = echo.join().unwrap_or(Ok(()));
    echoed.and(round_trip_ns).map(|round_trip_ns| Distance { from, to, round_trip_ns })
}

/// Sends odd numbers, waits for the even one after each.
fn ping(word: &AtomicU64) -> Option<u64> {
    let clock = Clock::machine();
    let limit_ns = clock.now() + LIMIT_NS;
    let mut samples = Vec::with_capacity(BATCHES as usize);
    let mut turn = 1;
    // One batch more than is counted: the first waits for the other thread to exist.
    for batch in 0..=BATCHES {
        let start_ns = clock.now();
        for _ in 0..BATCH {
            word.store(turn, Ordering::Release);
            wait_for(word, turn + 1, &clock, limit_ns)?;
            turn += 2;
        }
        if batch > 0 {
            samples.push((clock.now() - start_ns) / BATCH);
        }
    }
    samples.sort_unstable();
    Some(samples[samples.len() / 2])
}

/// Answers each odd number with the even one after it.
fn echo(word: &AtomicU64) {
    let clock = Clock::machine();
    let limit_ns = clock.now() + LIMIT_NS;
    for answer in 1..=BATCH * (BATCHES + 1) {
        if wait_for(word, 2 * answer - 1, &clock, limit_ns).is_none() {
            return;
        }
        word.store(2 * answer, Ordering::Release);
    }
}

fn wait_for(word: &AtomicU64, value: u64, clock: &Clock, limit_ns: u64) -> Option<()> {
    loop {
        for _ in 0..200 {
            if word.load(Ordering::Acquire) == value {
                return Some(());
            }
            std::hint::spin_loop();
        }
        if clock.now() > limit_ns {
            return None;
        }
        // Both threads may share one core for a moment while they are moved.
        std::thread::yield_now();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn distance_says_near_and_far_in_words() {
        let distance = |ns| Distance { from: 0, to: 1, round_trip_ns: ns }.to_string();
        assert_eq!(distance(Some(95)), "cores 0 and 1: near, 95 ns round trip");
        assert_eq!(distance(Some(480)), "cores 0 and 1: far, 480 ns round trip");
        assert_eq!(distance(None), "cores 0 and 1: not measured, the cores were busy");
    }

    #[test]
    fn probe_refuses_a_core_that_is_not_there() {
        assert!(matches!(probe(crate::affinity::cores()[0], 9_999), Err(PinError::NoSuchCore { core: 9_999, .. })));
    }
}
