//! Numbers with one writer and any readers.
//!
//! Owns [`Counter`], [`Reading`] and [`Heartbeat`]. A counter costs its writer one plain load and one plain store (no locked
//! instruction: 0.3 ns against 5 ns), which is correct only because there is one writer. Never orders other memory unless
//! the method's name says so (`_release`, `_acquire`).

use std::sync::atomic::{AtomicU64, Ordering};

pub use crossbeam::utils::CachePadded;

/// A single-writer number. Group the counters of one writer in one struct and pad the group with [`CachePadded`]: padding
/// each one alone would spread a stage's counters over a dozen cache lines.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// A counter at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds `n`. For the one writer only: two writers would lose additions (never corrupt anything else).
    #[inline]
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// Replaces the value. For the one writer only.
    #[inline]
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Raises the value to `value` if that is higher. For the one writer only.
    #[inline]
    pub fn raise_to(&self, value: u64) {
        if value > self.0.load(Ordering::Relaxed) {
            self.0.store(value, Ordering::Relaxed);
        }
    }

    /// Replaces the value; everything the writer did before is visible to who reads it with [`Counter::get_acquire`].
    #[inline]
    pub fn set_release(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }

    /// The value, some time ago.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The value, and with it all that its writer did before [`Counter::set_release`].
    #[inline]
    #[must_use]
    pub fn get_acquire(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// A counter's value with its name and meaning: an entry of a stage's declared list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// One word, or several with underscores.
    pub name: &'static str,
    /// A sentence.
    pub meaning: &'static str,
    /// Whether it goes up and down, instead of only up.
    pub is_level: bool,
    /// Some time ago.
    pub value: u64,
}

impl Reading {
    /// Of what only rises.
    #[must_use]
    pub fn count(name: &'static str, meaning: &'static str, counter: &Counter) -> Self {
        Self { name, meaning, is_level: false, value: counter.get() }
    }

    /// Of what rises and falls.
    #[must_use]
    pub fn level(name: &'static str, meaning: &'static str, counter: &Counter) -> Self {
        Self { name, meaning, is_level: true, value: counter.get() }
    }
}

/// When something last showed that it lives. One writer.
#[derive(Debug, Default)]
pub struct Heartbeat(Counter);

impl Heartbeat {
    /// A heartbeat that never beat.
    #[must_use]
    pub const fn new() -> Self {
        Self(Counter::new())
    }

    /// Beats now.
    #[inline]
    pub fn beat(&self, now_ns: u64) {
        self.0.set(now_ns);
    }

    /// The last beat, or `None` before the first.
    #[must_use]
    pub fn last_at_ns(&self) -> Option<u64> {
        let at_ns = self.0.get();
        (at_ns != 0).then_some(at_ns)
    }

    /// How long ago the last beat was; `None` before the first.
    #[must_use]
    pub fn age_ns(&self, now_ns: u64) -> Option<u64> {
        self.last_at_ns().map(|at_ns| now_ns.saturating_sub(at_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counter_adds_sets_and_never_lowers_on_raise() {
        let counter = Counter::new();
        counter.add(3);
        counter.add(4);
        assert_eq!(counter.get(), 7);
        counter.raise_to(5);
        assert_eq!(counter.get(), 7);
        counter.raise_to(9);
        assert_eq!(counter.get_acquire(), 9);
        counter.set(1);
        assert_eq!(counter.get(), 1);
    }

    #[test]
    fn heartbeat_has_no_age_before_its_first_beat() {
        let heart = Heartbeat::new();
        assert_eq!(heart.age_ns(50), None);
        heart.beat(20);
        assert_eq!(heart.age_ns(50), Some(30));
        assert_eq!(heart.age_ns(10), Some(0), "a reader whose clock is behind sees no negative age");
    }
}
