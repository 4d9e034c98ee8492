//! A session whose streams come by two lines: what one line misses, the other fills in.
//!
//! Owns: how long a message that does not follow waits, which of two snapshots counts, and which trades were told before.
//! Never: what a line is.

use super::Session;
use crate::chain::{SnapshotSource, Step};
use crate::decoded::{Book, NO_ID, Trade};
use crate::two_lines::{HOLE_NS, TwoLines};
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, MarketSink, Stamp};
use engine_model::units::Nanos;

impl Session {
    /// The same for a venue each of whose streams comes by two sockets: the first copy of a message counts, and what one
    /// line misses the other fills in.
    #[must_use]
    pub fn on_two_lines(self) -> Self {
        Self { two_lines: Some(Box::new(TwoLines::new(self.books.len()))), ..self }
    }

    /// Applies what waited for the other line to fill a hole, as far as it follows now.
    #[cold]
    pub(super) fn fill<S: MarketSink>(&mut self, stamp: Stamp, sink: &mut S) {
        let index = stamp.instrument.index();
        let mut waits = false;
        for place in 0..self.keep.len() {
            if self.books[index].state != BookState::Synced {
                break;
            }
            let Some(kept) = self.keep.get(place, stamp.instrument) else { continue };
            match self.books[index].place.judge(self.chain, kept.ids) {
                Step::Gap => waits = true,
                Step::Old => self.keep.release(place),
                Step::Next => {
                    self.keep.release(place);
                    self.apply_one_kept(stamp, &kept, sink);
                }
            }
        }
        self.keep.sweep();
        if !waits {
            self.counts.filled += 1;
            self.two_lines.iter_mut().for_each(|lines| lines.close_hole(stamp.instrument));
        }
    }

    /// Holes that the other line has not filled in time are gaps: their books are lost.
    pub fn close_holes<S: MarketSink>(&mut self, at_ns: Nanos, sink: &mut S) {
        for place in 0..self.own.len() {
            let of = self.own[place];
            let Some(lines) = &mut self.two_lines else { return };
            if lines.hole(of).is_some_and(|since| at_ns.0.saturating_sub(since) >= HOLE_NS) {
                self.counts.gaps += 1;
                self.gap(of, at_ns);
                self.lose(self.stamp(of, Nanos(0), at_ns), sink);
            }
        }
    }

    /// A book that is lost waits for nothing; of one that comes whole in the stream nothing is kept, either.
    pub(super) fn let_hole_go(&mut self, instrument: InstrumentId) {
        if let Some(lines) = &mut self.two_lines {
            lines.close_hole(instrument);
            if self.snapshots == SnapshotSource::Stream {
                self.keep.forget(instrument);
            }
        }
    }

    /// Whether the other line has brought the book further than this snapshot. A smaller number at a much later time is a
    /// venue that began anew.
    pub(super) fn is_second_snapshot(&mut self, instrument: InstrumentId, book: &Book) -> bool {
        let known = self.books[instrument.index()];
        let Some(lines) = &mut self.two_lines else { return false };
        let is_numbered = book.ids.last != NO_ID && known.place.update_id != NO_ID;
        let is_second = match known.state {
            BookState::Synced if is_numbered => {
                book.ids.last <= known.place.update_id
                    && (lines.is_served_late(instrument, book.venue_at_ns) || book.ids.last == known.place.update_id)
            }
            BookState::Synced => lines.is_before(instrument, book.venue_at_ns),
            BookState::Waiting | BookState::Lost => false,
        };
        if !is_second {
            lines.applied(instrument, book.venue_at_ns);
            lines.close_hole(instrument);
        }
        is_second
    }

    /// Whether a trade was here before. A venue tells its last ones again to whoever subscribes anew.
    #[inline]
    pub(super) fn is_told_again(&mut self, instrument: InstrumentId, trade: &Trade) -> bool {
        let (id, at_ns) = (trade.trade_id, trade.venue_at_ns);
        if let Some(lines) = &mut self.two_lines {
            return lines.is_known_trade(instrument, id, self.has_rising_trades);
        }
        // Trades of Bitget's first generation have no ids.
        if !self.has_rising_trades || id == 0 {
            return false;
        }
        // Both must be old: ids may start again.
        let last = &mut self.last_trades[instrument.index()];
        let is_told = id <= last.0 && at_ns <= last.1;
        if !is_told {
            *last = (id, at_ns);
        }
        is_told
    }
}
