//! The gating ring: one writer, up to [`READERS_MAX`] readers it never overtakes, and taps that it does.
//!
//! Owns [`Writer`] and [`Reader`], which stand on the `disruptor` crate's single producer and event pollers (all readers
//! side by side, none behind another), and [`Ends`], from which each end is claimed once, by name. On top of the crate it
//! adds what a declared topology needs: positions that other threads may read, free room for reserves, taps on the same
//! stream, claims.
//!
//! Never waits: a full ring is [`Full`], an empty one is zero events, and the stage decides. Never allocates after
//! [`ring`]; all slots are touched there.

use crate::claim::{ClaimError, End};
use crate::counter::CachePadded;
use crate::lossy::{LossyWriter, lossy};
use crate::ring_gauges::{Position, RingGauges};
use disruptor::{
    BusySpin, EventPoller, MultiConsumerBarrier, Producer, SingleConsumerBarrier, SingleProducer,
    SingleProducerBarrier, build_single_producer,
};
use std::fmt;
use std::sync::Arc;

pub use crate::lossy::{Tap, Tapped};
pub use crate::ring_gauges::settled;

/// The most gating readers a ring may have: every one of them is a line the writer reads once a lap.
pub const READERS_MAX: usize = 4;

/// What may travel on a ring: a fixed-size value. Keep it `repr(C, align(64))` so that slots do not share lines.
pub trait Event: Copy + Default + Send + Sync + 'static {}

impl<E: Copy + Default + Send + Sync + 'static> Event for E {}

/// A ring's row of the topology.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    /// The ring's name.
    pub name: &'a str,
    /// How many slots; a power of two.
    pub depth: usize,
    /// The names of its gating readers, at least one.
    pub readers: &'a [&'a str],
    /// The names of its taps.
    pub taps: &'a [&'a str],
}

/// The ring is full: some gating reader has not consumed the oldest event yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ring is full")
    }
}

impl std::error::Error for Full {}

/// A ring's ends, to be claimed.
pub struct Ends<E: Event> {
    gauges: Arc<RingGauges>,
    writer: Claimable<Writer<E>>,
    readers: Vec<Claimable<Reader<E>>>,
    taps: Vec<Claimable<Tap<E>>>,
}

/// An end and, once it is handed out, to whom.
enum Claimable<T> {
    Free(T),
    HeldBy(String),
}

impl<T> Claimable<T> {
    fn claim(&mut self, by: &str) -> Result<T, String> {
        match std::mem::replace(self, Self::HeldBy(by.to_owned())) {
            Self::Free(end) => Ok(end),
            Self::HeldBy(holder) => {
                *self = Self::HeldBy(holder.clone());
                Err(holder)
            }
        }
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::Free(_))
    }
}

/// Makes a ring: allocates and touches all of its memory.
///
/// # Panics
/// If the depth is not a power of two, or there is no gating reader or more than [`READERS_MAX`]: specs come from a table
/// that is checked at compile time.
#[must_use]
pub fn ring<E: Event>(spec: &Spec<'_>) -> Ends<E> {
    let Spec { name, depth, readers, taps } = *spec;
    assert!(depth.is_power_of_two(), "ring `{name}`: depth must be a power of two, not {depth}");
    let count = readers.len();
    assert!((1..=READERS_MAX).contains(&count), "ring `{name}`: 1 to {READERS_MAX} gating readers, not {count}");

    let mut builder = build_single_producer(depth, E::default, BusySpin).with_multi_consumer();
    let mut pollers = Vec::with_capacity(count);
    for _ in readers {
        let (poller, next) = builder.new_event_poller();
        pollers.push(poller);
        builder = next;
    }
    // Behind all readers stands one more poller, the gate, which the writer itself moves when it runs short. So the
    // crate's producer looks at one cursor instead of looping over many, whatever the number of readers: the loop, inlined
    // into every publication, had cost 0.8 ns of registers saved and restored.
    let (gate, builder) = builder.and_then().new_event_poller();
    let producer = builder.build();
    let gauges = Arc::new(RingGauges::new(name, depth, readers, taps));
    let broadcast = (!taps.is_empty()).then(|| lossy(depth));
    let tap_end = |writer: &LossyWriter<E>, index: usize| Claimable::Free(writer.tap(gauges.taps[index].gauge.clone()));
    let tap_ends = broadcast.iter().flat_map(|writer| (0..taps.len()).map(|index| tap_end(writer, index))).collect();
    let reader_end =
        |(poller, index): (_, usize)| Claimable::Free(Reader { poller, gauge: gauges.readers[index].gauge.clone() });
    let reader_ends = pollers.into_iter().zip(0..).map(reader_end).collect();
    let writer = Writer { producer, gate, broadcast, gauges: gauges.clone(), clear: depth as u64 };
    Ends { gauges, writer: Claimable::Free(writer), readers: reader_ends, taps: tap_ends }
}

impl<E: Event> Ends<E> {
    /// Claims the writing end for the stage `by`.
    ///
    /// # Errors
    /// If it is already held.
    pub fn writer(&mut self, by: &str) -> Result<Writer<E>, ClaimError> {
        let ring = &self.gauges.name;
        self.writer.claim(by).map_err(|held_by| taken(ring, End::Writer, by, held_by))
    }

    /// Claims the gating reading end of the stage `name`.
    ///
    /// # Errors
    /// If the ring has no reader of that name, or it is already held.
    pub fn reader(&mut self, name: &str) -> Result<Reader<E>, ClaimError> {
        let names = self.gauges.readers.iter().map(|reader| reader.name.as_str());
        claim_named(&self.gauges.name, End::Reader, name, names, &mut self.readers)
    }

    /// Claims the tap `name`.
    ///
    /// # Errors
    /// If the ring has no tap of that name, or it is already held.
    pub fn tap(&mut self, name: &str) -> Result<Tap<E>, ClaimError> {
        let names = self.gauges.taps.iter().map(|tap| tap.name.as_str());
        claim_named(&self.gauges.name, End::Tap, name, names, &mut self.taps)
    }

    /// The ends that nobody has claimed. A platform whose list is not empty must not start: an unclaimed reader would stop
    /// the writer for ever once the ring is full.
    #[must_use]
    pub fn unclaimed(&self) -> Vec<String> {
        let RingGauges { name: ring, readers, taps, .. } = &*self.gauges;
        let writer = self.writer.is_free().then(|| format!("writer of ring `{ring}`"));
        let free_readers = readers.iter().zip(&self.readers).filter(|(_, end)| end.is_free());
        let free_taps = taps.iter().zip(&self.taps).filter(|(_, end)| end.is_free());
        writer
            .into_iter()
            .chain(free_readers.map(|(reader, _)| format!("reader `{}` of ring `{ring}`", reader.name)))
            .chain(free_taps.map(|(tap, _)| format!("tap `{}` of ring `{ring}`", tap.name)))
            .collect()
    }

    /// The ring's positions, for monitors and for [`settled`].
    #[must_use]
    pub fn gauges(&self) -> Arc<RingGauges> {
        self.gauges.clone()
    }
}

fn taken(ring: &str, end: End, by: &str, held_by: String) -> ClaimError {
    ClaimError::Taken { ring: ring.to_owned(), end, by: by.to_owned(), held_by }
}

fn claim_named<'a, T>(
    ring: &str,
    end: End,
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    ends: &mut [Claimable<T>],
) -> Result<T, ClaimError> {
    match names.clone().position(|granted| granted == name) {
        Some(index) => ends[index].claim(name).map_err(|held_by| taken(ring, end, name, held_by)),
        None => {
            let granted = names.map(str::to_owned).collect();
            Err(ClaimError::Unknown { ring: ring.to_owned(), end, name: name.to_owned(), granted })
        }
    }
}

/// The one writing end of a ring.
pub struct Writer<E: Event> {
    producer: SingleProducer<E, SingleConsumerBarrier>,
    /// Stands where the slowest reader stood when it was last moved.
    gate: EventPoller<E, MultiConsumerBarrier>,
    broadcast: Option<LossyWriter<E>>,
    gauges: Arc<RingGauges>,
    /// How many events the gate lets through in all: those it has passed, and a ring more.
    clear: u64,
}

impl<E: Event> Writer<E> {
    /// Publishes the event to all readers and taps, and says under which sequence; sequences count from zero.
    ///
    /// # Errors
    /// [`Full`] if a gating reader still needs the slot. Nothing is published then, not to the taps either.
    #[inline]
    pub fn try_publish(&mut self, event: E) -> Result<u64, Full> {
        // Room is looked for without the event: lending it out to the cold side would force it into memory always, where it
        // is put together field by field and read back in larger pieces, which waits for the fields to be written.
        if self.clear == self.published() && self.look_for_room() == 0 {
            return self.refuse();
        }
        let Self { producer, broadcast, gauges, .. } = self;
        let published = producer.try_publish(|slot| {
            *slot = event;
            gauges.writer.count_published();
        });
        let Ok(sequence) = published else { return self.refuse() };
        if let Some(broadcast) = broadcast {
            broadcast.publish(&event);
        }
        Ok(sequence as u64)
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self) -> Result<u64, Full> {
        self.gauges.writer.refusals.add(1);
        Err(Full)
    }

    /// How many events can be published now without being refused; never more than there are. The readers are looked at
    /// only when the cached answer is below half the depth, so a reserve of up to half the ring can be kept by comparing
    /// with this.
    #[inline]
    pub fn room(&mut self) -> usize {
        let cached = (self.clear - self.published()) as usize;
        if cached > self.gauges.depth / 2 { cached } else { self.look_for_room() }
    }

    /// Moves the gate up to the slowest reader.
    #[cold]
    #[inline(never)]
    fn look_for_room(&mut self) -> usize {
        if let Ok(passed) = &mut self.gate.poll() {
            self.clear += passed.len() as u64;
        }
        (self.clear - self.published()) as usize
    }

    /// How many slots the ring has.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.gauges.depth
    }

    /// How many events have been published.
    #[inline]
    #[must_use]
    pub fn published(&self) -> u64 {
        self.gauges.published()
    }
}

/// A gating reading end of a ring.
pub struct Reader<E: Event> {
    poller: EventPoller<E, SingleProducerBarrier>,
    /// How many events were read so far; for the others and, having no second copy to keep, for the reader itself.
    gauge: Arc<CachePadded<Position>>,
}

impl<E: Event> Reader<E> {
    /// Gives up to `limit` waiting events to `each`, in order with their sequences, and says how many.
    ///
    /// The slots are released, and the position shown to others, after `each` has run for the whole batch. So publish what
    /// follows from an event inside `each`: only then can [`settled`] not overlook it.
    #[inline]
    pub fn take(&mut self, limit: usize, mut each: impl FnMut(u64, &E)) -> usize {
        // An empty ring, a writer that is gone: to a stage both are "nothing to read".
        let Ok(mut events) = self.poller.take(limit as u64) else { return 0 };
        let first = self.gauge.own();
        let mut next = first;
        for event in &mut events {
            each(next, event);
            next += 1;
        }
        drop(events);
        self.gauge.show(next);
        (next - first) as usize
    }

    /// How many events were read so far: the sequence that comes next.
    #[inline]
    #[must_use]
    pub fn position(&self) -> u64 {
        self.gauge.own()
    }

    /// Whether an event waits to be read.
    #[inline]
    #[must_use]
    pub fn has_next(&self) -> bool {
        self.poller.has_available()
    }
}

impl<E: Event> fmt::Debug for Ends<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").field("unclaimed", &self.unclaimed()).finish_non_exhaustive()
    }
}

impl<E: Event> fmt::Debug for Writer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("ring", &self.gauges.name)
            .field("published", &self.published())
            .finish_non_exhaustive()
    }
}

impl<E: Event> fmt::Debug for Reader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("position", &self.position()).finish_non_exhaustive()
    }
}
