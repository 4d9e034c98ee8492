//! The lossy ring: one writer that never waits, any number of taps that may be lapped and know it.
//!
//! Owns the broadcast ring behind a tap. The writer overwrites the oldest slot without looking at anybody; a tap that was
//! too slow is told exactly how many events it missed and goes on half a ring behind the newest, so that it is not lapped
//! again at once. The slow side (bridges) reads here, and can die without the hot thread noticing.
//!
//! Never blocks the writer, never hands out half an event, never loses an event silently.

use crate::counter::{CachePadded, Counter};
use crate::ring::Event;
use crate::slots::{Found, Slots};
use crate::sync::{Arc, AtomicU64, Ordering};

/// What both ends share.
struct Shared<E> {
    slots: Slots<E>,
    /// Events written so far. Only a hint where a lapped tap should go on, so relaxed on both sides: a stale value costs a
    /// second lap, never a wrong event.
    head: CachePadded<AtomicU64>,
}

/// The writing end of a lossy ring.
pub struct LossyWriter<E> {
    shared: Arc<Shared<E>>,
    next: u64,
}

/// A reading end of a lossy ring. It reads from the moment it was made.
pub struct Tap<E> {
    shared: Arc<Shared<E>>,
    gauge: std::sync::Arc<CachePadded<TapGauge>>,
    next: u64,
}

/// How far a tap has come. Written by the tap, readable from any thread.
#[derive(Debug, Default)]
pub struct TapGauge {
    /// The sequence the tap will read next: events read and events missed.
    pub position: Counter,
    /// Events that were overwritten before the tap came to them.
    pub missed: Counter,
    /// How often the tap was lapped.
    pub laps: Counter,
}

/// What a tap found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tapped<E> {
    /// The next event and its sequence.
    Event(u64, E),
    /// The writer came round: this many events are gone, the next call goes on after them.
    Lapped {
        /// How many events were overwritten unread.
        missed: u64,
    },
    /// Nothing new.
    Empty,
}

/// Makes the writing end of a lossy ring of `depth` slots.
///
/// # Panics
/// If `depth` is not a power of two.
#[must_use]
pub fn lossy<E: Event>(depth: usize) -> LossyWriter<E> {
    let shared = Shared { slots: Slots::new(depth), head: CachePadded::new(AtomicU64::new(0)) };
    LossyWriter { shared: Arc::new(shared), next: 0 }
}

impl<E: Event> LossyWriter<E> {
    /// Publishes the event and says under which sequence. Never waits, never fails.
    #[inline]
    pub fn publish(&mut self, event: &E) -> u64 {
        let sequence = self.next;
        self.shared.slots.write(sequence, event);
        self.next = sequence + 1;
        self.shared.head.store(self.next, Ordering::Relaxed);
        sequence
    }

    /// A new reading end, which reads what is published from now on and reports to `gauge`.
    #[must_use]
    pub fn tap(&self, gauge: std::sync::Arc<CachePadded<TapGauge>>) -> Tap<E> {
        gauge.position.set(self.next);
        Tap { shared: self.shared.clone(), gauge, next: self.next }
    }
}

impl<E: Event> Tap<E> {
    /// The next event, or how many were missed, or nothing.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator would end at Empty; a tap goes on")]
    pub fn next(&mut self) -> Tapped<E> {
        match self.shared.slots.read(self.next) {
            Found::Event(event) => {
                let sequence = self.next;
                self.next += 1;
                self.gauge.position.set(self.next);
                Tapped::Event(sequence, event)
            }
            Found::NotYet => Tapped::Empty,
            Found::Overwritten(seen) => Tapped::Lapped { missed: self.skip_lap(seen) },
        }
    }

    /// The sequence that will be read next.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.next
    }

    /// Goes on half a ring behind the newest event known; `seen` is the sequence found where ours should have been, at
    /// least a whole ring later.
    #[cold]
    fn skip_lap(&mut self, seen: u64) -> u64 {
        let depth = self.shared.slots.depth();
        debug_assert!(seen >= self.next + depth, "a slot only ever holds sequences of its own index");
        let newest = self.shared.head.load(Ordering::Relaxed).max(seen);
        let resume = newest - depth / 2;
        let missed = resume - self.next;
        self.next = resume;
        self.gauge.position.set(resume);
        self.gauge.missed.add(missed);
        self.gauge.laps.add(1);
        missed
    }
}

impl<E> std::fmt::Debug for LossyWriter<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LossyWriter").field("next", &self.next).finish_non_exhaustive()
    }
}

impl<E> std::fmt::Debug for Tap<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("next", &self.next).finish_non_exhaustive()
    }
}
