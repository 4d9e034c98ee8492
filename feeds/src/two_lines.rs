//! One feed taken twice: which copy of a message counts.
//!
//! Owns: what the lines have brought, as far back as one may lag behind the other: hashes of frames (most copies are equal
//! to the byte), ids of trades, the venue time of each book, and since when a book has a hole that the other line may fill.
//! Never: sequence rules ([`crate::chain`]), books. The relief of a line that ends is judged elsewhere, before its frames
//! are read: it may have to wait, and these never do.

use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;
use std::hash::{DefaultHasher, Hasher as _};

/// A hole is left open for the other line for so long: ten times what two paths to one venue usually differ by (1 to 20 ms).
/// Longer would be a book that stands still.
pub(crate) const HOLE_NS: u64 = 200_000_000;

/// A whole book may tell the time at which it was served, and that be after changes with higher numbers that are on their
/// way. Nobody serves a book so long, and no venue begins its numbers anew so fast.
const SERVED_NS: u64 = 1_000_000_000;

/// Places for frames: a bucket for each low part of a hash. In all 8,192: at the busiest second recorded (2,527 messages)
/// one line may lag behind the other by three seconds.
const BUCKETS: usize = 2_048;
const A_BUCKET: usize = 4;
/// Trades of one instrument that are remembered by their ids.
const TRADES: usize = 64;

/// A frame that one line brought and the other has not, so far.
#[derive(Clone, Copy, Debug, Default)]
struct Brought {
    /// 0: none.
    hash: u64,
    channel: u32,
    is_market: bool,
}

/// What is known of one instrument.
#[derive(Clone, Debug)]
struct Known {
    /// Venue time of the last message in the book.
    book_at_ns: Nanos,
    /// When a message came that does not follow; 0: there is no hole.
    hole_since_ns: u64,
    trades: [u64; TRADES],
    next_trade: usize,
}

/// What two lines have brought.
#[derive(Debug)]
pub(crate) struct TwoLines {
    buckets: Box<[[Brought; A_BUCKET]]>,
    /// Which place of a bucket is overwritten next.
    next: Box<[u8]>,
    /// By instrument index.
    known: Box<[Known]>,
}

impl TwoLines {
    pub(crate) fn new(instruments: usize) -> Self {
        let known = Known { book_at_ns: Nanos(0), hole_since_ns: 0, trades: [0; TRADES], next_trade: 0 };
        Self {
            buckets: vec![[Brought::default(); A_BUCKET]; BUCKETS].into(),
            next: vec![0; BUCKETS].into(),
            known: vec![known; instruments].into(),
        }
    }

    /// Whether another line has brought the same bytes, and then whether they told of a market. Each copy counts against
    /// one other: what a line says twice it means twice.
    pub(crate) fn take_copy(&mut self, channel: u32, hash: u64) -> Option<bool> {
        let bucket = &mut self.buckets[hash as usize % BUCKETS];
        let copy = bucket.iter_mut().find(|brought| brought.hash == hash && brought.channel != channel)?;
        copy.hash = 0;
        Some(copy.is_market)
    }

    /// A frame counted: its copy will not.
    pub(crate) fn brought(&mut self, channel: u32, hash: u64, is_market: bool) {
        let place = hash as usize % BUCKETS;
        let (bucket, next) = (&mut self.buckets[place], &mut self.next[place]);
        let free = bucket.iter().position(|brought| brought.hash == 0);
        let at = free.unwrap_or(*next as usize % A_BUCKET);
        *next = (at as u8 + 1) % A_BUCKET as u8;
        bucket[at] = Brought { hash, channel, is_market };
    }

    /// Whether that trade was here before, by its id; remembers it. Without an id the bytes of its frame decide. Where ids
    /// rise, one below all that are remembered is told again.
    pub(crate) fn is_known_trade(&mut self, instrument: InstrumentId, trade_id: u64, has_rising_ids: bool) -> bool {
        let known = &mut self.known[instrument.index()];
        if trade_id == 0 {
            return false;
        }
        if known.trades.contains(&trade_id) || (has_rising_ids && known.trades.iter().all(|id| trade_id < *id)) {
            return true;
        }
        known.trades[known.next_trade] = trade_id;
        known.next_trade = (known.next_trade + 1) % TRADES;
        false
    }

    /// Whether a message of a book is of a time before what is in the book. Untold times decide nothing.
    pub(crate) fn is_before(&self, instrument: InstrumentId, venue_at_ns: Nanos) -> bool {
        venue_at_ns != Nanos(0) && venue_at_ns < self.known[instrument.index()].book_at_ns
    }

    /// Whether a whole book with a smaller number is one of before, served late, and not of a venue that began anew.
    pub(crate) fn is_served_late(&self, instrument: InstrumentId, venue_at_ns: Nanos) -> bool {
        venue_at_ns < self.known[instrument.index()].book_at_ns.plus(SERVED_NS)
    }

    /// A message went into the book.
    pub(crate) fn applied(&mut self, instrument: InstrumentId, venue_at_ns: Nanos) {
        let known = &mut self.known[instrument.index()];
        known.book_at_ns = known.book_at_ns.max(venue_at_ns);
    }

    /// A message does not follow: whether the other line is still waited for.
    pub(crate) fn awaits(&mut self, instrument: InstrumentId, received_at_ns: Nanos) -> bool {
        let since = &mut self.known[instrument.index()].hole_since_ns;
        if *since == 0 {
            *since = received_at_ns.0.max(1);
        }
        received_at_ns.0.saturating_sub(*since) < HOLE_NS
    }

    /// Whether a book has a hole, and since when.
    pub(crate) fn hole(&self, instrument: InstrumentId) -> Option<u64> {
        let since = self.known[instrument.index()].hole_since_ns;
        (since > 0).then_some(since)
    }

    /// The hole is filled, or the book lost.
    pub(crate) fn close_hole(&mut self, instrument: InstrumentId) {
        self.known[instrument.index()].hole_since_ns = 0;
    }
}

/// What tells frames apart; never 0. 64 bits: at 10,000 messages a second and 8,192 remembered, two different ones are
/// taken for copies once in some thousand years.
pub(crate) fn hash(frame: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(frame);
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_copy_counts_against_one_of_the_other_line() {
        let mut lines = TwoLines::new(1);
        let [a, b] = [b"a", b"b"].map(|frame| hash(frame));
        assert_eq!(lines.take_copy(0, a), None);
        lines.brought(0, a, true);
        assert_eq!(lines.take_copy(0, a), None, "a line repeats itself on purpose");
        assert_eq!((lines.take_copy(1, b), lines.take_copy(1, a), lines.take_copy(1, a)), (None, Some(true), None));
    }

    #[test]
    fn what_is_never_copied_is_forgotten_in_the_end() {
        let mut lines = TwoLines::new(1);
        (1..=5).for_each(|n| lines.brought(0, 7 + n * BUCKETS as u64, false));
        assert_eq!(lines.take_copy(1, 7 + BUCKETS as u64), None, "the oldest of a full bucket");
        assert_eq!(lines.take_copy(1, 7 + 5 * BUCKETS as u64), Some(false));
    }

    #[test]
    fn a_hole_is_open_for_a_while() {
        let (mut lines, of) = (TwoLines::new(1), InstrumentId(0));
        assert!(lines.awaits(of, Nanos(5)) && lines.awaits(of, Nanos(4 + HOLE_NS)) && lines.hole(of) == Some(5));
        assert!(!lines.awaits(of, Nanos(5 + HOLE_NS)));
        lines.close_hole(of);
        assert!(lines.hole(of).is_none() && lines.awaits(of, Nanos(9 + HOLE_NS)));
    }
}
