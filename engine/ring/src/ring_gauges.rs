//! What anybody may know about a ring while it runs.
//!
//! Owns the positions of a ring's writer, readers and taps as single-writer numbers on lines of their own, and
//! [`settled`], the question whether anything is still on its way. Never touches the ring itself.

use crate::counter::{CachePadded, Counter};
use crate::lossy::TapGauge;
use crate::sync::{AtomicU64, Ordering, Weakness, order};
use std::sync::Arc;

/// A gauge with the name of the end whose it is, as in the topology.
#[derive(Debug)]
pub(crate) struct Named<T> {
    pub(crate) name: String,
    pub(crate) gauge: T,
}

impl<T: Default> Named<T> {
    pub(crate) fn from_name(name: &&str) -> Self {
        Self { name: (*name).to_owned(), gauge: T::default() }
    }
}

/// A ring's positions. Sequences count from zero, so a position is also a number of events.
#[derive(Debug)]
pub struct RingGauges {
    /// The ring's name.
    pub name: String,
    /// How many slots it has.
    pub depth: usize,
    /// Events published, and publications refused.
    pub(crate) writer: CachePadded<WriterGauge>,
    /// How far each gating reader has come.
    pub(crate) readers: Vec<Named<Arc<CachePadded<Position>>>>,
    /// How far each tap has come.
    pub(crate) taps: Vec<Named<Arc<CachePadded<TapGauge>>>>,
}

/// What the writer shows.
#[derive(Debug, Default)]
pub(crate) struct WriterGauge {
    published: AtomicU64,
    pub(crate) refusals: Counter,
}

impl WriterGauge {
    /// Counts one event more, before it can be read: then whoever has seen a reader's position sees a count that covers
    /// it, because the release of that position came after the acquire of the event.
    #[inline]
    pub(crate) fn count_published(&self) {
        self.published.store(self.published.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// How many events a gating reader has consumed.
#[derive(Debug, Default)]
pub(crate) struct Position(AtomicU64);

impl Position {
    /// Shows that `count` events are consumed, after all that followed from them.
    #[inline]
    pub(crate) fn show(&self, count: u64) {
        self.0.store(count, order(Ordering::Release, Weakness::PositionShownRelaxed, Ordering::Relaxed));
    }

    /// For the reader itself.
    #[inline]
    pub(crate) fn own(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    fn seen(&self) -> u64 {
        self.0.load(order(Ordering::Acquire, Weakness::PositionSeenRelaxed, Ordering::Relaxed))
    }
}

impl RingGauges {
    pub(crate) fn new(name: &str, depth: usize, readers: &[&str], taps: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            depth,
            writer: CachePadded::new(WriterGauge::default()),
            readers: readers.iter().map(Named::from_name).collect(),
            taps: taps.iter().map(Named::from_name).collect(),
        }
    }

    /// Events published so far.
    #[inline]
    #[must_use]
    pub fn published(&self) -> u64 {
        self.writer.published.load(Ordering::Relaxed)
    }

    /// How often the writer found the ring full. A writer that waits by trying again counts each try.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.writer.refusals.get()
    }

    /// Each gating reader's name and how many events it has consumed.
    pub fn readers(&self) -> impl Iterator<Item = (&str, u64)> {
        self.readers.iter().map(|reader| (reader.name.as_str(), reader.gauge.seen()))
    }

    /// How many events the gating reader at that place among [`RingGauges::readers`] has consumed.
    ///
    /// # Panics
    /// If there are not that many readers.
    #[inline]
    #[must_use]
    pub fn reader(&self, place: usize) -> u64 {
        self.readers[place].gauge.seen()
    }

    /// Each tap's name and what it shows.
    pub fn taps(&self) -> impl Iterator<Item = (&str, &TapGauge)> {
        self.taps.iter().map(|tap| (tap.name.as_str(), &**tap.gauge))
    }

    /// How many events every gating reader has consumed.
    #[inline]
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.readers.iter().map(|reader| reader.gauge.seen()).min().unwrap_or(0)
    }

    /// How many slots hold events that some gating reader has not consumed.
    #[must_use]
    pub fn depth_used(&self) -> u64 {
        let consumed = self.consumed();
        self.published().saturating_sub(consumed)
    }
}

/// Whether every event published on these rings has been consumed by every gating reader, at one moment during this call.
///
/// All consumed positions are read first, then all published ones. A reader shows its position only after it has run its
/// work for the batch, and a writer shows an event no later than the event itself; so an event that was the consequence of
/// a consumed one is counted as published here, and if any is not yet consumed the sums differ. That holds for stages which
/// publish what follows from an event *inside* the closure they give to [`Reader::take`](crate::ring::Reader::take).
#[must_use]
pub fn settled(rings: &[Arc<RingGauges>]) -> bool {
    // Each ring's consumed is at most its later-read published, so equal sums mean equal terms.
    let consumed: u64 = rings.iter().map(|ring| ring.consumed()).sum();
    let published: u64 = rings.iter().map(|ring| ring.published()).sum();
    consumed == published
}

/// What [`Writer`](crate::ring::Writer) and [`Reader`](crate::ring::Reader) do to the gauges, for the model of
/// [`settled`]: the rings themselves stand on atomics that the model does not see.
#[cfg(loom)]
impl RingGauges {
    /// The gauges of a ring with one reader.
    #[must_use]
    pub fn modelled() -> Arc<Self> {
        Arc::new(Self::new("modelled", 1, &["reader"], &[]))
    }

    /// What the writer shows before the event.
    pub fn count_published(&self) {
        self.writer.count_published();
    }

    /// What the reader shows after its work.
    pub fn show_consumed(&self, count: u64) {
        self.readers[0].gauge.show(count);
    }
}
