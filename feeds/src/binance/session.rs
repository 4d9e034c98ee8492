//! One venue's market data: frames in, whole and checked messages out through a [`MarketSink`].
//!
//! Owns: per instrument the state of its book (waiting, in sync, lost), the deltas kept while a snapshot is awaited,
//! trade totals, and the counts. Never: sockets, requests (it says which snapshots it wants), the books themselves,
//! clocks (times are handed in), logs.
//!
//! The rules are those of `binance::chain` and, for what waits, these: a delta that finds its book waiting or lost is
//! kept, the one that caused a gap included, the one that crossed the book not. A snapshot loads the book if what is
//! kept continues it without a hole; otherwise it is too old and changes nothing.

use super::chain::{Place, Step};
use super::decode::{Decoded, DecodedAnswer, Decoder, Delta, Mark, Trade};
use super::keep::Keep;
use crate::counts::{Counts, EventKind};
use crate::error::{FrameError, Refusal, RefusalLog};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Applied, BookState, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp};
use engine_model::units::{Nanos, Ticks};
use engine_model::venue::VenueId;

/// Snapshots without a name that may wait for the first delta. More than one happens in no capture.
const NAMELESS_MAX: usize = 4;

/// What a session knows of one book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BookStatus {
    /// Trust.
    pub state: BookState,
    place: Place,
}

impl BookStatus {
    /// Id of the last message in the book; `None` while it is not in sync.
    #[must_use]
    pub fn update_id(&self) -> Option<u64> {
        (self.state == BookState::Synced).then_some(self.place.update_id)
    }
}

/// Trades of one instrument since the session began, as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TradeStats {
    /// How many.
    pub trades: u64,
    /// Lots that takers bought. Wide: a day of a coin with 9 decimals passes 64 bits.
    pub buy_lots: i128,
    /// Lots that takers sold.
    pub sell_lots: i128,
    /// Price of the last one.
    pub last_px: Option<Ticks>,
}

/// A snapshot that names no instrument, until the first delta does.
#[derive(Debug)]
struct Nameless {
    received_at_ns: Nanos,
    body: Vec<u8>,
}

/// Market data of one Binance venue.
#[derive(Debug)]
pub struct Session {
    venue: VenueId,
    decoder: Decoder,
    /// The instruments of this venue.
    own: Box<[InstrumentId]>,
    /// By instrument index, those of other venues included and never touched.
    books: Box<[BookStatus]>,
    stats: Box<[TradeStats]>,
    keep: Keep,
    nameless: Vec<Nameless>,
    first_delta: Option<InstrumentId>,
    counts: Counts,
    refusals: RefusalLog,
}

impl Session {
    /// Allocates everything: `keep_bytes` bounds the deltas that wait for snapshots.
    #[must_use]
    pub fn new(venue: VenueId, instruments: &Instruments, keep_bytes: usize) -> Self {
        Self {
            venue,
            decoder: Decoder::new(venue, instruments),
            own: instruments.iter().filter(|i| i.venue == venue).map(|i| i.id).collect(),
            books: vec![BookStatus::default(); instruments.len()].into(),
            stats: vec![TradeStats::default(); instruments.len()].into(),
            keep: Keep::new(keep_bytes),
            nameless: Vec::with_capacity(NAMELESS_MAX),
            first_delta: None,
            counts: Counts::default(),
            refusals: RefusalLog::default(),
        }
    }

    /// Takes in a frame of a socket.
    #[inline]
    pub fn on_frame<S: MarketSink>(&mut self, frame: &[u8], received_at_ns: Nanos, sink: &mut S) {
        self.counts.messages += 1;
        match self.decoder.frame(frame) {
            Ok(Decoded::Delta(delta)) => {
                if self.first_delta.is_none() {
                    self.name_the_nameless(&delta, frame, sink);
                }
                self.delta(&delta, received_at_ns, sink);
            }
            Ok(decoded) => self.event(&decoded, received_at_ns, sink),
            Err(error) => self.refuse(error, received_at_ns, frame),
        }
    }

    /// Takes in a REST answer; `url` where it is known.
    pub fn on_rest<S: MarketSink>(&mut self, url: Option<&str>, body: &[u8], received_at_ns: Nanos, sink: &mut S) {
        self.counts.messages += 1;
        match self.decoder.answer(url, body, self.first_delta) {
            Ok(DecodedAnswer::Snapshot { instrument, venue_at_ns, last }) => {
                self.counts.add(EventKind::BookSnapshot);
                match instrument {
                    Some(instrument) => self.snapshot(self.stamp(instrument, venue_at_ns, received_at_ns), last, sink),
                    None => self.counts.foreign += 1,
                }
            }
            Ok(DecodedAnswer::NamelessSnapshot) => {
                self.counts.add(EventKind::BookSnapshot);
                if self.nameless.len() == NAMELESS_MAX {
                    self.nameless.remove(0);
                }
                self.nameless.push(Nameless { received_at_ns, body: body.to_vec() });
            }
            Ok(DecodedAnswer::Instruments) => self.counts.add(EventKind::Instrument),
            Ok(DecodedAnswer::OpenInterest) => self.counts.add(EventKind::OpenInterest),
            Ok(DecodedAnswer::Unknown) => self.counts.unknown += 1,
            Err(error) => self.refuse(error, received_at_ns, body),
        }
    }

    /// Instruments whose book needs a REST snapshot: waiting or lost.
    pub fn snapshot_wanted(&self) -> impl Iterator<Item = InstrumentId> + '_ {
        self.own.iter().copied().filter(|id| self.books[id.index()].state != BookState::Synced)
    }

    /// The socket is gone, or was replaced without overlap: every book in sync is lost, and what was kept is of a
    /// sequence that will not go on.
    pub fn lose_all<S: MarketSink>(&mut self, at_ns: Nanos, sink: &mut S) {
        for place in 0..self.own.len() {
            self.drop_book(self.own[place], at_ns, sink);
        }
    }

    /// The feed trusts this book no more (it has been silent for too long, say).
    pub fn drop_book<S: MarketSink>(&mut self, instrument: InstrumentId, at_ns: Nanos, sink: &mut S) {
        self.keep.forget(instrument);
        if self.books[instrument.index()].state == BookState::Synced {
            self.counts.dropped_books += 1;
            self.lose(self.stamp(instrument, Nanos(0), at_ns), sink);
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The newest refused frame, at most one a second.
    pub fn take_refusal(&mut self, now: Nanos) -> Option<Refusal> {
        self.refusals.take(now)
    }

    /// State of a book.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> BookStatus {
        self.books[instrument.index()]
    }

    /// Trades of an instrument.
    #[must_use]
    pub fn trade_stats(&self, instrument: InstrumentId) -> TradeStats {
        self.stats[instrument.index()]
    }

    /// Of which venue.
    #[must_use]
    pub fn venue(&self) -> VenueId {
        self.venue
    }

    fn stamp(&self, instrument: InstrumentId, venue_at_ns: Nanos, received_at_ns: Nanos) -> Stamp {
        Stamp { venue_at_ns, received_at_ns, instrument, venue: self.venue }
    }

    #[cold]
    fn refuse(&mut self, error: FrameError, received_at_ns: Nanos, frame: &[u8]) {
        self.counts.add_error(error.kind());
        self.refusals.note(error, received_at_ns, frame);
    }

    /// Anything but a delta: counted, and passed on where it says something of an instrument of ours.
    #[inline]
    fn event<S: MarketSink>(&mut self, decoded: &Decoded, received_at_ns: Nanos, sink: &mut S) {
        let (kind, instrument) = match *decoded {
            Decoded::Quote { instrument, venue_at_ns, sides } => {
                if let (Some(instrument), Some([bid, ask])) = (instrument, sides) {
                    let at = self.stamp(instrument, venue_at_ns, received_at_ns);
                    sink.event(MarketEvent { at, change: MarketChange::Quote { bid, ask } });
                }
                (EventKind::Quote, instrument)
            }
            Decoded::Trade(ref trade) => {
                self.trade(trade, received_at_ns, sink);
                (EventKind::Trade, trade.instrument)
            }
            Decoded::Liquidation { instrument, venue_at_ns, order } => {
                if let (Some(instrument), Some((Level { px, qty }, closed))) = (instrument, order) {
                    let at = self.stamp(instrument, venue_at_ns, received_at_ns);
                    sink.event(MarketEvent { at, change: MarketChange::Liquidation { px, qty, closed } });
                }
                (EventKind::Liquidation, instrument)
            }
            Decoded::Candle { instrument } => (EventKind::Candle, instrument),
            Decoded::Ticker { instrument } => (EventKind::Ticker, instrument),
            Decoded::Mark(ref mark) => return self.mark(mark, received_at_ns, sink),
            Decoded::Control => return self.counts.control += 1,
            Decoded::Unknown | Decoded::Delta(_) => return self.counts.unknown += 1,
        };
        self.counts.add(kind);
        self.counts.foreign += u64::from(instrument.is_none());
    }

    #[inline]
    fn trade<S: MarketSink>(&mut self, trade: &Trade, received_at_ns: Nanos, sink: &mut S) {
        let Some(instrument) = trade.instrument else { return };
        let Trade { px, qty, aggressor, trade_id, .. } = *trade;
        let stats = &mut self.stats[instrument.index()];
        stats.trades += 1;
        stats.last_px = Some(px);
        match aggressor {
            Side::Buy => stats.buy_lots += i128::from(qty.0),
            Side::Sell => stats.sell_lots += i128::from(qty.0),
        }
        // USD-M sends trades of the insurance fund with price and quantity 0: counted, but nothing was traded.
        if px.0 > 0 && qty.0 > 0 {
            let at = self.stamp(instrument, trade.venue_at_ns, received_at_ns);
            sink.event(MarketEvent { at, change: MarketChange::Trade { px, qty, aggressor, trade_id } });
        }
    }

    fn mark<S: MarketSink>(&mut self, mark: &Mark, received_at_ns: Nanos, sink: &mut S) {
        let changes = [
            mark.mark.map(|px| (EventKind::Mark, MarketChange::Mark { px })),
            mark.index.map(|px| (EventKind::Index, MarketChange::Index { px })),
            mark.rate_e8.map(|rate_e8| {
                let next_at_ns = mark.next_funding_at_ns;
                (EventKind::Funding, MarketChange::Funding { rate_e8, next_at_ns })
            }),
        ];
        for (kind, change) in changes.into_iter().flatten() {
            self.counts.add(kind);
            match mark.instrument {
                Some(instrument) => {
                    sink.event(MarketEvent { at: self.stamp(instrument, mark.venue_at_ns, received_at_ns), change });
                }
                None => self.counts.foreign += 1,
            }
        }
    }

    /// A delta, its levels in the decoder's scratch.
    #[inline]
    fn delta<S: MarketSink>(&mut self, delta: &Delta, received_at_ns: Nanos, sink: &mut S) {
        self.counts.add(EventKind::BookDelta);
        let Some(instrument) = delta.instrument else { return self.counts.foreign += 1 };
        let stamp = self.stamp(instrument, delta.venue_at_ns, received_at_ns);
        let book = &mut self.books[instrument.index()];
        if book.state != BookState::Synced {
            return self.keep_delta(delta);
        }
        match book.place.judge(self.decoder.futures, delta.ids) {
            Step::Old => {}
            Step::Gap => {
                self.counts.gaps += 1;
                self.lose(stamp, sink);
                self.keep_delta(delta);
            }
            Step::Next => {
                book.place = Place { update_id: delta.ids.last, fresh: false };
                let (bids, asks) = (self.decoder.bids.filled(), self.decoder.asks.filled());
                if sink.book_delta(stamp, delta.ids.last, bids, asks) == Applied::Crossed {
                    self.counts.crossed += 1;
                    self.lose(stamp, sink);
                }
            }
        }
    }

    #[cold]
    fn keep_delta(&mut self, delta: &Delta) {
        let Some(instrument) = delta.instrument else { return };
        let (bids, asks) = (self.decoder.bids.filled(), self.decoder.asks.filled());
        self.counts.keep_overflows += self.keep.push(instrument, delta.venue_at_ns, delta.ids, bids, asks);
    }

    #[cold]
    fn lose<S: MarketSink>(&mut self, stamp: Stamp, sink: &mut S) {
        self.books[stamp.instrument.index()].state = BookState::Lost;
        sink.book_lost(stamp);
    }

    /// The first delta of the stream names the snapshots that came without a name. It stands behind them, so they are
    /// loaded first; and since they pass through the same scratch, its own frame is read once more.
    #[cold]
    fn name_the_nameless<S: MarketSink>(&mut self, delta: &Delta, frame: &[u8], sink: &mut S) {
        self.first_delta = delta.instrument;
        if delta.instrument.is_none() || self.nameless.is_empty() {
            return;
        }
        for Nameless { received_at_ns, body } in std::mem::take(&mut self.nameless) {
            match self.decoder.answer(None, &body, delta.instrument) {
                Ok(DecodedAnswer::Snapshot { instrument: Some(instrument), venue_at_ns, last }) => {
                    self.snapshot(self.stamp(instrument, venue_at_ns, received_at_ns), last, sink);
                }
                Ok(_) => {}
                Err(error) => self.refuse(error, received_at_ns, &body),
            }
        }
        let again = self.decoder.frame(frame);
        debug_assert_eq!(again, Ok(Decoded::Delta(*delta)), "a frame reads the same twice");
    }

    /// A snapshot of an instrument of ours, its levels in the decoder's scratch.
    fn snapshot<S: MarketSink>(&mut self, stamp: Stamp, last: u64, sink: &mut S) {
        let book = self.books[stamp.instrument.index()];
        let usable = match book.update_id() {
            Some(update_id) => last >= update_id,
            None => self.continues(stamp.instrument, last),
        };
        if !usable {
            return;
        }
        self.load(stamp, last, sink);
        self.apply_kept(stamp, sink);
    }

    /// Whether what is kept goes on from a snapshot at `last` without a hole.
    fn continues(&self, instrument: InstrumentId, last: u64) -> bool {
        let place = Place::after_snapshot(last);
        (0..self.keep.len())
            .filter_map(|index| self.keep.get(index, instrument))
            .map(|kept| place.judge(self.decoder.futures, kept.ids))
            .find(|step| *step != Step::Old)
            .is_none_or(|step| step == Step::Next)
    }

    fn load<S: MarketSink>(&mut self, stamp: Stamp, last: u64, sink: &mut S) {
        let book = &mut self.books[stamp.instrument.index()];
        if book.state == BookState::Lost {
            self.counts.resyncs += 1;
        }
        *book = BookStatus { state: BookState::Synced, place: Place::after_snapshot(last) };
        if sink.book_snapshot(stamp, last, self.decoder.bids.filled(), self.decoder.asks.filled()) == Applied::Crossed {
            self.counts.crossed += 1;
            self.lose(stamp, sink);
        }
    }

    /// Applies what is kept to the book just loaded, until the book is lost again: from there on it stays kept.
    /// Their receive time is the snapshot's, for it is now that they take effect.
    fn apply_kept<S: MarketSink>(&mut self, stamp: Stamp, sink: &mut S) {
        let index = stamp.instrument.index();
        for place in 0..self.keep.len() {
            if self.books[index].state != BookState::Synced {
                break;
            }
            let Some(kept) = self.keep.get(place, stamp.instrument) else { continue };
            match self.books[index].place.judge(self.decoder.futures, kept.ids) {
                Step::Old => self.keep.release(place),
                Step::Gap => {
                    self.counts.gaps += 1;
                    self.lose(stamp, sink);
                }
                Step::Next => {
                    self.keep.release(place);
                    self.books[index].place = Place { update_id: kept.ids.last, fresh: false };
                    let (bids, asks) = self.keep.levels_of(&kept);
                    let stamp = Stamp { venue_at_ns: kept.venue_at_ns, ..stamp };
                    if sink.book_delta(stamp, kept.ids.last, bids, asks) == Applied::Crossed {
                        self.counts.crossed += 1;
                        self.lose(stamp, sink);
                    }
                }
            }
        }
        self.keep.sweep();
    }
}
