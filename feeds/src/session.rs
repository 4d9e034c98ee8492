//! One venue's market data: frames in, whole and checked messages out through a [`MarketSink`].
//!
//! Owns: per instrument the state of its book (waiting, in sync, lost), the deltas kept while a snapshot is awaited,
//! trade totals, and the counts. Never: sockets, requests (it says which snapshots it wants), the books themselves,
//! clocks (times are handed in), logs.
//!
//! The rules are those of [`crate::chain`] and, for what waits, these. Where snapshots come in the stream, a delta that
//! finds its book waiting or lost is dropped. Where they come by REST it is kept, the one that caused a gap included, the
//! one that crossed the book not; a snapshot loads the book if what is kept continues it without a hole, otherwise it is
//! too old and changes nothing.

mod funding;
mod holes;
mod score;
mod status;

pub use status::{BookStatus, Losses, TradeStats};

use crate::chain::{Chain, Place, SnapshotSource, Step};
use crate::checksum::Checksums;
use crate::counts::{Counts, EventKind};
use crate::decoded::{Book, BookKind, Decoded, Derivative, Ids, Proof, Scratch, Trade};
use crate::error::{FrameError, Refusal, RefusalLog};
use crate::grid::Grids;
use crate::integrity::Fault;
use crate::keep::{Keep, Kept};
use crate::rejection::{Rejection, RejectionLog};
use crate::two_lines::{self, TwoLines};
use crate::venue::{self, Decoder};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::VerifiedMessage;
use engine_model::market::{Applied, BookState, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp};
use engine_model::planted::planted;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use funding::FundingClock;

/// Snapshots without a name that may wait for the first delta. More than one happens in no capture.
const NAMELESS_MAX: usize = 4;

/// A snapshot that names no instrument, until the first delta does.
#[derive(Debug)]
struct Nameless {
    received_at_ns: Nanos,
    body: Vec<u8>,
}

/// Where a socket stands whose messages are numbered.
#[derive(Clone, Copy, Debug)]
struct Socket {
    channel: u32,
    last: u64,
}

/// Where a frame came from.
#[derive(Clone, Copy, Debug)]
struct From {
    channel: u32,
    received_at_ns: Nanos,
    /// It answers a request of ours, and stands anywhere in the stream.
    is_answer: bool,
    /// Its socket has brought it before: it is counted, and has no effect.
    is_double: bool,
}

/// Default bound on deltas that wait for snapshots: one minute of the busiest real stream (19 depth messages a second of
/// 68 levels) takes 1.4 MB, and snapshots come within seconds.
pub const KEEP_BYTES: usize = 8 << 20;

/// Sockets of one venue whose messages are numbered; a run has a few.
const SOCKETS_MAX: usize = 64;

/// Market data of one venue.
#[derive(Debug)]
pub struct Session {
    venue: VenueId,
    chain: Chain,
    snapshots: SnapshotSource,
    /// Whether each level of a delta has a number of its own.
    has_row_ids: bool,
    decoder: Decoder,
    grids: Grids,
    scratch: Scratch,
    sockets: Vec<Socket>,
    checksums: Checksums,
    /// The instruments of this venue.
    own: Box<[InstrumentId]>,
    /// By instrument index, those of other venues included and never touched.
    books: Box<[BookStatus]>,
    stats: Box<[TradeStats]>,
    /// Whether trades that were told before are known by their ids.
    has_rising_trades: bool,
    /// By instrument index: id and venue time of the last trade.
    last_trades: Box<[(u64, Nanos)]>,
    /// By instrument index.
    funding: Box<[FundingClock]>,
    keep: Keep,
    /// Where each stream comes by two lines.
    two_lines: Option<Box<TwoLines>>,
    nameless: Vec<Nameless>,
    first_delta: Option<InstrumentId>,
    counts: Counts,
    told_market: bool,
    refusals: RefusalLog,
    rejections: RejectionLog,
    /// The least score of a book that is taken in.
    floor: u64,
}

impl Session {
    /// Allocates everything: `keep_bytes` bounds the deltas that wait for snapshots.
    #[must_use]
    pub fn new(venue: VenueId, instruments: &Instruments, keep_bytes: usize) -> Self {
        let has_row_ids = venue::has_row_ids(venue);
        let (scratch, keep) = (Scratch::new(), Keep::new(keep_bytes));
        let (scratch, keep) = if has_row_ids { (scratch.with_row_ids(), keep.with_row_ids()) } else { (scratch, keep) };
        Self {
            venue,
            chain: venue::chain(venue),
            snapshots: venue::snapshot_source(venue),
            has_row_ids,
            decoder: Decoder::new(venue),
            grids: Grids::of_run(venue, instruments),
            scratch,
            sockets: Vec::with_capacity(SOCKETS_MAX),
            checksums: Checksums::new(venue::recipe(venue), venue, instruments),
            own: instruments.iter().filter(|i| i.venue == venue).map(|i| i.id).collect(),
            books: vec![BookStatus::default(); instruments.len()].into(),
            stats: vec![TradeStats::default(); instruments.len()].into(),
            has_rising_trades: venue::has_rising_trades(venue),
            last_trades: vec![(0, Nanos(0)); instruments.len()].into(),
            funding: FundingClock::of(instruments),
            keep,
            two_lines: None,
            nameless: Vec::with_capacity(NAMELESS_MAX),
            first_delta: None,
            counts: Counts::default(),
            told_market: false,
            refusals: RefusalLog::default(),
            rejections: RejectionLog::new(),
            floor: 0,
        }
    }

    /// A socket was opened. Some venues say only in its address which market it is.
    pub fn on_open(&mut self, channel: u32, url: &str) {
        self.sockets.retain(|socket| socket.channel != channel);
        self.decoder.opened(channel, url);
    }

    /// Takes in a frame of a socket; `channel` tells sockets apart.
    #[inline]
    pub fn on_frame<S: MarketSink>(&mut self, channel: u32, frame: &[u8], received_at_ns: Nanos, sink: &mut S) {
        self.counts.messages += 1;
        let hash = match &mut self.two_lines {
            None => 0,
            Some(lines) => {
                let hash = two_lines::hash(frame);
                if let Some(is_market) = lines.take_copy(channel, hash) {
                    self.counts.copies += 1;
                    self.told_market = is_market;
                    return;
                }
                hash
            }
        };
        self.count_frame(channel, frame, received_at_ns, sink);
        if let Some(lines) = &mut self.two_lines {
            lines.brought(channel, hash, self.told_market);
        }
    }

    /// A frame that is no copy.
    #[inline]
    fn count_frame<S: MarketSink>(&mut self, channel: u32, frame: &[u8], received_at_ns: Nanos, sink: &mut S) {
        match self.decoder.frame(&mut self.grids, channel, frame, &mut self.scratch) {
            Ok(decoded) => {
                let mut from = From { channel, received_at_ns, is_answer: false, is_double: false };
                if let Some(sequence) = self.scratch.socket_sequence {
                    from.is_double = self.number(sequence, from, sink);
                }
                self.told_market = !matches!(decoded, Decoded::Control | Decoded::Unknown);
                self.take(&decoded, from, frame, sink);
            }
            Err(error) => {
                self.told_market = false;
                self.refuse(error, received_at_ns, frame);
            }
        }
    }

    /// Whether the last frame told anything of a market: answers, heartbeats and what cannot be read show that somebody is
    /// there, and nothing of how the market is.
    #[inline]
    #[must_use]
    pub fn told_market(&self) -> bool {
        self.told_market
    }

    /// Takes in a REST answer; `url` where it is known.
    pub fn on_rest<S: MarketSink>(&mut self, url: Option<&str>, body: &[u8], received_at_ns: Nanos, sink: &mut S) {
        self.counts.messages += 1;
        match self.decoder.answer(&mut self.grids, url, body, self.first_delta, &mut self.scratch) {
            Ok(decoded) => {
                let from = From { channel: 0, received_at_ns, is_answer: true, is_double: false };
                self.take(&decoded, from, body, sink);
            }
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
            self.fault(instrument, Fault::Dropped, at_ns);
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

    /// The next thing that the venue said no to, and that nobody has taken yet.
    pub fn take_rejection(&mut self) -> Option<Rejection> {
        self.rejections.take()
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

    /// The number of a message among all of its socket. A hole may hide a change of any book that this socket feeds: they
    /// are all lost. Whether the message was here before.
    fn number<S: MarketSink>(&mut self, sequence: u64, from: From, sink: &mut S) -> bool {
        let known = self.sockets.iter_mut().find(|socket| socket.channel == from.channel);
        let Some(socket) = known else {
            if self.sockets.len() == SOCKETS_MAX {
                self.sockets.remove(0);
            }
            self.sockets.push(Socket { channel: from.channel, last: sequence });
            return false;
        };
        if sequence <= socket.last {
            return true;
        }
        let has_hole = sequence != socket.last + 1;
        socket.last = sequence;
        if has_hole {
            self.counts.gaps += 1;
            for place in 0..self.own.len() {
                let book = self.books[self.own[place].index()];
                if book.state == BookState::Synced && book.channel == from.channel {
                    self.gap(self.own[place], from.received_at_ns);
                    self.lose(self.stamp(self.own[place], Nanos(0), from.received_at_ns), sink);
                }
            }
        }
        false
    }

    #[inline]
    fn take<S: MarketSink>(&mut self, decoded: &Decoded, from: From, frame: &[u8], sink: &mut S) {
        match *decoded {
            Decoded::Book(ref book) => self.book_message(book, from, frame, sink),
            Decoded::Many => self.many(from, frame, sink),
            _ => self.event(decoded, from, frame, sink),
        }
    }

    fn many<S: MarketSink>(&mut self, from: From, frame: &[u8], sink: &mut S) {
        for place in 0..self.scratch.many().len() {
            let decoded = self.scratch.many()[place];
            self.take(&decoded, from, frame, sink);
        }
    }

    /// Anything but a book: counted, and passed on where it says something of an instrument of ours.
    #[inline]
    fn event<S: MarketSink>(&mut self, decoded: &Decoded, from: From, frame: &[u8], sink: &mut S) {
        let From { received_at_ns, is_double, .. } = from;
        let (kind, instrument) = match *decoded {
            Decoded::Quote { instrument, venue_at_ns, sides } => {
                if let (Some(instrument), Some([bid, ask])) = (instrument, sides) {
                    let at = self.stamp(instrument, venue_at_ns, received_at_ns);
                    sink.event(MarketEvent { at, change: MarketChange::Quote { bid, ask } });
                }
                (EventKind::Quote, instrument)
            }
            Decoded::Trade(ref trade) => {
                if !is_double {
                    self.trade(trade, received_at_ns, sink);
                }
                (EventKind::Trade, trade.instrument)
            }
            Decoded::Liquidation { instrument, venue_at_ns, order } => {
                if let (Some(instrument), Some((Level { px, qty }, closed))) = (instrument, order) {
                    let at = self.stamp(instrument, venue_at_ns, received_at_ns);
                    sink.event(MarketEvent { at, change: MarketChange::Liquidation { px, qty, closed } });
                }
                (EventKind::Liquidation, instrument)
            }
            Decoded::OpenInterest { instrument, venue_at_ns, qty } => {
                if let (Some(instrument), Some(qty)) = (instrument, qty) {
                    let at = self.stamp(instrument, venue_at_ns, received_at_ns);
                    sink.event(MarketEvent { at, change: MarketChange::OpenInterest { qty } });
                }
                (EventKind::OpenInterest, instrument)
            }
            Decoded::Candle { instrument } => (EventKind::Candle, instrument),
            Decoded::Ticker(ref told) => {
                self.derivative(told, received_at_ns, sink, |_, _| {});
                (EventKind::Ticker, told.instrument)
            }
            Decoded::Derivative(ref told) => {
                return self.derivative(told, received_at_ns, sink, |counts, kind| {
                    counts.add(kind);
                    counts.foreign += u64::from(told.instrument.is_none());
                });
            }
            Decoded::NamelessSnapshot => {
                if self.nameless.len() == NAMELESS_MAX {
                    self.nameless.remove(0);
                }
                self.nameless.push(Nameless { received_at_ns, body: frame.to_vec() });
                return self.counts.add(EventKind::BookSnapshot);
            }
            Decoded::Instruments => return self.counts.add(EventKind::Instrument),
            Decoded::Control => return self.control(from, frame),
            Decoded::Unknown => return self.counts.unknown += 1,
            Decoded::Book(_) | Decoded::Many => return,
        };
        self.counts.add(kind);
        self.counts.foreign += u64::from(instrument.is_none());
    }

    /// An answer or a heartbeat. A no is remembered: nothing else would tell why a stream stays silent.
    #[cold]
    fn control(&mut self, from: From, frame: &[u8]) {
        self.counts.control += 1;
        if !from.is_answer && venue::is_rejection(self.venue, frame) {
            self.rejections.note(Rejection::new(from.channel, frame));
        }
    }

    #[inline]
    fn trade<S: MarketSink>(&mut self, trade: &Trade, received_at_ns: Nanos, sink: &mut S) {
        let Some(instrument) = trade.instrument else { return };
        let Trade { px, qty, aggressor, trade_id, .. } = *trade;
        if self.is_told_again(instrument, trade) {
            return;
        }
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

    fn derivative<S: MarketSink>(
        &mut self,
        told: &Derivative,
        received_at_ns: Nanos,
        sink: &mut S,
        mut count: impl FnMut(&mut Counts, EventKind),
    ) {
        let changes = [
            told.mark.map(|px| (EventKind::Mark, MarketChange::Mark { px })),
            told.index.map(|px| (EventKind::Index, MarketChange::Index { px })),
            told.funding.map(|f| {
                let clock = told.instrument.map(|instrument| &mut self.funding[instrument.index()]);
                let interval_s = clock.map_or(f.interval_s, |clock| clock.interval_s(&f));
                let (rate_e8, next_at_ns) = (f.rate_e8, f.next_at_ns);
                (EventKind::Funding, MarketChange::Funding { rate_e8, next_at_ns, interval_s })
            }),
            told.open_interest.map(|qty| (EventKind::OpenInterest, MarketChange::OpenInterest { qty })),
        ];
        for (kind, change) in changes.into_iter().flatten() {
            count(&mut self.counts, kind);
            if let Some(instrument) = told.instrument {
                sink.event(MarketEvent { at: self.stamp(instrument, told.venue_at_ns, received_at_ns), change });
            }
        }
    }

    /// A message of a book, its levels in the scratch.
    #[inline]
    fn book_message<S: MarketSink>(&mut self, book: &Book, from: From, frame: &[u8], sink: &mut S) {
        if book.kind == BookKind::Snapshot {
            return self.snapshot_message(book, from, sink);
        }
        self.counts.add(EventKind::BookDelta);
        if self.snapshots == SnapshotSource::Rest && self.first_delta.is_none() {
            self.name_the_nameless(book.instrument, frame, from, sink);
        }
        let Some(instrument) = book.instrument else { return self.counts.foreign += 1 };
        if from.is_double {
            return;
        }
        let stamp = self.stamp(instrument, book.venue_at_ns, from.received_at_ns);
        let known = &mut self.books[instrument.index()];
        if known.state != BookState::Synced {
            return self.keep_delta(book);
        }
        let mut step = known.place.step(self.chain, book.kind, book.ids);
        if let Some(lines) = &mut self.two_lines {
            match step {
                // Without numbers times tell what the other line has brought.
                Step::Next if book.ids == Ids::NONE && lines.is_before(instrument, book.venue_at_ns) => {
                    step = Step::Old
                }
                Step::Next => lines.applied(instrument, book.venue_at_ns),
                Step::Gap if lines.awaits(instrument, from.received_at_ns) => return self.keep_any(book),
                Step::Gap | Step::Old => {}
            }
        }
        match step {
            Step::Old => {}
            Step::Gap => {
                self.counts.gaps += 1;
                self.gap(instrument, from.received_at_ns);
                self.lose(stamp, sink);
                self.keep_delta(book);
            }
            Step::Next => {
                let before = known.place.update_id;
                known.place = Place { update_id: book.ids.last, fresh: false };
                let newer;
                let book = if self.has_row_ids {
                    newer = self.newer_rows(before, book);
                    &newer
                } else {
                    book
                };
                let applied = if book.proof == Proof::NONE {
                    let (bids, asks) = (self.scratch.bids.get(book.bids), self.scratch.asks.get(book.asks));
                    sink.book_delta(stamp, book.ids.last, bids, asks)
                } else {
                    self.apply_verified(stamp, book, sink)
                };
                self.judge(stamp, applied, book.proof, sink);
                if self.two_lines.as_ref().is_some_and(|lines| lines.hole(instrument).is_some()) {
                    self.fill(stamp, sink);
                }
            }
        }
    }

    /// A message without the levels that are in the book already, by their own numbers: one that overlaps a snapshot may
    /// have some that are older than what the snapshot has of the same price.
    fn newer_rows(&mut self, update_id: u64, book: &Book) -> Book {
        let bids = self.scratch.bids.retain_above(update_id, book.bids);
        let asks = self.scratch.asks.retain_above(update_id, book.asks);
        Book { bids, asks, ..*book }
    }

    /// Applies a message that says something of the book behind it.
    #[inline(never)]
    fn apply_verified<S: MarketSink>(&mut self, stamp: Stamp, book: &Book, sink: &mut S) -> Applied {
        let checksums = &mut self.checksums;
        let message = VerifiedMessage {
            is_snapshot: book.kind == BookKind::Snapshot,
            update_id: book.ids.last,
            bids: self.scratch.bids.get(book.bids),
            asks: self.scratch.asks.get(book.asks),
            depth_max: (book.proof.depth_max > 0).then_some(book.proof.depth_max as usize),
            proof_levels: book.proof.checksum.map_or(0, |_| checksums.levels()),
        };
        let mut holds =
            |bids: &[Level], asks: &[Level]| book.proof.checksum == checksums.of(stamp.instrument, bids, asks);
        sink.book_verified(stamp, &message, &mut holds)
    }

    /// Counts what a book said of a message, and lets go of it if it is wrong.
    #[inline]
    fn judge<S: MarketSink>(&mut self, stamp: Stamp, applied: Applied, proof: Proof, sink: &mut S) {
        let at_ns = stamp.received_at_ns.0;
        let BookStatus { losses, integrity, .. } = &mut self.books[stamp.instrument.index()];
        let applied = if planted("session/checksum-unread") { Applied::Valid } else { applied };
        if applied == Applied::Mismatch {
            losses.checksum_failed += 1;
            integrity.add(Fault::Checksum, at_ns);
            self.counts.checksum_failed += 1;
        } else {
            self.counts.checksum_ok += u64::from(proof.checksum.is_some());
            if applied == Applied::Valid {
                return;
            }
            losses.crossed += 1;
            integrity.add(Fault::Crossed, at_ns);
            self.counts.crossed += 1;
        }
        self.lose(stamp, sink);
    }

    fn snapshot_message<S: MarketSink>(&mut self, book: &Book, from: From, sink: &mut S) {
        self.counts.add(EventKind::BookSnapshot);
        let Some(instrument) = book.instrument else { return self.counts.foreign += 1 };
        if from.is_double || self.is_held_back(instrument, from.received_at_ns) {
            return;
        }
        let stamp = self.stamp(instrument, book.venue_at_ns, from.received_at_ns);
        if from.is_answer {
            return self.answered_snapshot(stamp, book, sink);
        }
        if self.is_second_snapshot(instrument, book) {
            return;
        }
        // It stands in the stream where it belongs: what was kept is before it.
        self.keep.forget(instrument);
        self.load(stamp, book, from.channel, sink);
    }

    /// A delta that finds its book waiting or lost. One that names what is not there cannot wait.
    #[cold]
    fn keep_delta(&mut self, book: &Book) {
        if self.snapshots == SnapshotSource::Rest {
            self.keep_any(book);
        }
    }

    #[cold]
    fn keep_any(&mut self, book: &Book) {
        let Some(instrument) = book.instrument else { return };
        if book.kind == BookKind::Delta {
            let (bids, asks) = (self.scratch.bids.rows(book.bids), self.scratch.asks.rows(book.asks));
            self.counts.keep_overflows += self.keep.push(instrument, book.venue_at_ns, book.ids, bids, asks);
        }
    }

    #[cold]
    fn lose<S: MarketSink>(&mut self, stamp: Stamp, sink: &mut S) {
        self.books[stamp.instrument.index()].state = BookState::Lost;
        self.let_hole_go(stamp.instrument);
        sink.book_lost(stamp);
    }

    /// The first delta of the stream names the snapshots that came without a name. It stands behind them, so they are
    /// loaded first; and since they pass through the same scratch, its own frame is read once more.
    #[cold]
    fn name_the_nameless<S: MarketSink>(
        &mut self,
        instrument: Option<InstrumentId>,
        frame: &[u8],
        from: From,
        sink: &mut S,
    ) {
        self.first_delta = instrument;
        if instrument.is_none() || self.nameless.is_empty() {
            return;
        }
        for Nameless { received_at_ns, body } in std::mem::take(&mut self.nameless) {
            match self.decoder.answer(&mut self.grids, None, &body, instrument, &mut self.scratch) {
                Ok(Decoded::Book(book)) => {
                    if let Some(instrument) = book.instrument {
                        self.answered_snapshot(self.stamp(instrument, book.venue_at_ns, received_at_ns), &book, sink);
                    }
                }
                Ok(_) => {}
                Err(error) => self.refuse(error, received_at_ns, &body),
            }
        }
        let again = self.decoder.frame(&mut self.grids, from.channel, frame, &mut self.scratch);
        debug_assert!(again.is_ok(), "a frame reads the same twice");
    }

    /// A snapshot that was asked for, of an instrument of ours, its levels in the scratch.
    fn answered_snapshot<S: MarketSink>(&mut self, stamp: Stamp, book: &Book, sink: &mut S) {
        let last = book.ids.last;
        let usable = match self.books[stamp.instrument.index()].update_id() {
            Some(update_id) => last >= update_id,
            None => self.continues(stamp.instrument, last),
        };
        if usable {
            self.load(stamp, book, 0, sink);
            if !planted("session/kept-deltas-forgotten") {
                self.apply_kept(stamp, sink);
            }
        }
    }

    /// Whether what is kept goes on from a snapshot at `last` without a hole.
    fn continues(&self, instrument: InstrumentId, last: u64) -> bool {
        let place = Place::after_snapshot(last);
        (0..self.keep.len())
            .filter_map(|index| self.keep.get(index, instrument))
            .map(|kept| place.judge(self.chain, kept.ids))
            .find(|step| *step != Step::Old)
            .is_none_or(|step| step == Step::Next)
    }

    fn load<S: MarketSink>(&mut self, stamp: Stamp, book: &Book, channel: u32, sink: &mut S) {
        let known = &mut self.books[stamp.instrument.index()];
        if known.state == BookState::Lost {
            self.counts.resyncs += 1;
            known.losses.resyncs += 1;
        }
        let (state, place) = (BookState::Synced, Place::after_snapshot(book.ids.last));
        *known = BookStatus { state, place, channel, ..*known };
        let applied = if book.proof == Proof::NONE {
            let (bids, asks) = (self.scratch.bids.get(book.bids), self.scratch.asks.get(book.asks));
            sink.book_snapshot(stamp, book.ids.last, bids, asks)
        } else {
            self.apply_verified(stamp, book, sink)
        };
        self.judge(stamp, applied, book.proof, sink);
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
            match self.books[index].place.judge(self.chain, kept.ids) {
                Step::Old => self.keep.release(place),
                Step::Gap => {
                    self.counts.gaps += 1;
                    self.gap(stamp.instrument, stamp.received_at_ns);
                    self.lose(stamp, sink);
                }
                Step::Next => {
                    self.keep.release(place);
                    self.apply_one_kept(stamp, &kept, sink);
                }
            }
        }
        self.keep.sweep();
    }

    fn apply_one_kept<S: MarketSink>(&mut self, stamp: Stamp, kept: &Kept, sink: &mut S) {
        let known = &mut self.books[stamp.instrument.index()];
        let before = known.place.update_id;
        known.place = Place { update_id: kept.ids.last, fresh: false };
        let kept = if self.has_row_ids { self.keep.retain_above(before, kept) } else { *kept };
        let (bids, asks) = self.keep.levels_of(&kept);
        let stamp = Stamp { venue_at_ns: kept.venue_at_ns, ..stamp };
        let applied = sink.book_delta(stamp, kept.ids.last, bids, asks);
        self.judge(stamp, applied, Proof::NONE, sink);
    }
}
