//! The venue's matching: what a request or a market event does to our orders.
//!
//! | event | effect on our orders |
//! |---|---|
//! | a request arrives | checked, then crosses what is displayed as taker (level by level), the rest stands or is withdrawn |
//! | a trade | moves the queue at its price; what is left of it fills us as maker; through our price: filled whole |
//! | a book message | nobody is further behind than the level is deep; the other side at or beyond our price fills us |
//! | the book is lost | nothing; orders stand, new ones find no market |
//!
//! The venue's own BBO channel has no part in it: it tells of the same quantity as depth and trades do, at another time.
//! | too little behind a position | all of ours is withdrawn, positions are closed: see [`margin`](super::margin) |
//!
//! Our orders are not in the real book: two of ours never trade with each other, and `reduce_only` is risk's business.
//!
//! Owns: resting orders, accounts of eaten levels, the venue's trade ids. Never: a clock, a ring.

use super::counters::PaperCounters;
use super::funding::Funding;
use super::latency::{Delayed, Ways};
use super::margin::Margin;
use super::paper::PaperConfig;
use super::queue::{Arrival, Filled, Hit, ORDERS_MAX};
use super::schedule::Charges;
use super::shelf::{Crossing, Shelf, WALK_LEVELS_MAX, is_within};
use engine_core::market::Book;
use engine_core::risk::legacy::Holding;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::planted::planted;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, Reply, ReplyKind, VenueId};
use engine_ring::counter::CachePadded;
use std::sync::Arc;

/// The most replies that one request, one market event or one step of a liquidation makes: accepted, a fill a level,
/// withdrawn; a fill an order; or every order withdrawn and a position closed.
pub(super) const REPLIES_MAX: usize = if WALK_LEVELS_MAX > ORDERS_MAX { WALK_LEVELS_MAX } else { ORDERS_MAX } + 2;

/// The replies on their way back.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) waiting: Delayed<Reply>,
    ways: Ways,
}

/// The matching of one venue.
#[derive(Debug)]
pub(super) struct Matcher {
    venue: VenueId,
    pub(super) instruments: Instruments,
    charges: Charges,
    pub(super) shelves: Box<[Shelf]>,
    /// By strategy: the highest id seen. Ids are never reused and rise, so one not above it was used before.
    last_ids: Box<[ClientOrderId]>,
    pub(super) trade_id: u64,
    pub(super) outbox: Outbox,
    pub(super) funding: Funding,
    /// What stands behind our positions, if anybody asks.
    pub(super) margin: Option<Margin>,
    /// Room for what one liquidation takes of a book.
    pub(super) levels: Vec<Level>,
    pub(super) counters: Arc<CachePadded<PaperCounters>>,
}

impl Outbox {
    pub(super) fn say(
        &mut self,
        at_ns: Nanos,
        instrument: InstrumentId,
        client_order_id: ClientOrderId,
        what: ReplyKind,
    ) {
        let (venue_at_ns, received_at_ns) = self.ways.replied_at(at_ns);
        let reply = Reply { client_order_id, instrument, venue_at_ns, received_at_ns, what };
        self.waiting.push(received_at_ns, reply);
    }
}

impl Matcher {
    pub(super) fn new(venue: VenueId, instruments: &Instruments, config: &PaperConfig, replies: usize) -> Self {
        // Replies have dice of their own: what is asked does not change how long an answer takes.
        let ways = Ways::new(config.latency, &config.spread, !config.seed);
        Self {
            venue,
            shelves: instruments.iter().map(|i| Shelf::new(i, config)).collect(),
            instruments: instruments.clone(),
            charges: Charges::new(&config.fees, instruments),
            last_ids: vec![ClientOrderId(0); 1 << u8::BITS].into_boxed_slice(),
            trade_id: 0,
            outbox: Outbox { waiting: Delayed::new(replies), ways },
            funding: Funding::new(instruments),
            margin: config.collateral.map(|collateral| Margin::new(venue, instruments, collateral)),
            levels: Vec::with_capacity(WALK_LEVELS_MAX),
            counters: Arc::default(),
        }
    }

    pub(super) fn counters(&self) -> &Arc<CachePadded<PaperCounters>> {
        &self.counters
    }

    pub(super) fn replies(&mut self) -> &mut Delayed<Reply> {
        &mut self.outbox.waiting
    }

    pub(super) fn pending(&self) -> &Delayed<Reply> {
        &self.outbox.waiting
    }

    /// Whether the instrument is this venue's.
    pub(super) fn knows(&self, instrument: InstrumentId) -> bool {
        instrument.index() < self.instruments.len() && self.instruments.get(instrument).venue == self.venue
    }

    /// Orders that rest on an instrument.
    pub(super) fn resting(&self, instrument: InstrumentId) -> usize {
        self.shelves.get(instrument.index()).map_or(0, |shelf| shelf.bids.len() + shelf.asks.len())
    }

    /// Goes on from what an earlier run left.
    pub(super) fn inherit(&mut self, holdings: &[Holding]) {
        let is_here = |held: &&Holding| self.instruments.get(held.instrument).venue == self.venue;
        for held in holdings.iter().filter(is_here) {
            self.funding.inherit(held);
            if let Some(margin) = &mut self.margin {
                margin.inherit(held);
            }
        }
    }

    /// What the account is worth, in 1e-8 dollars.
    pub(super) fn equity(&self) -> Option<i128> {
        self.margin.as_ref().map(Margin::equity)
    }

    /// Withdraws an order that rests.
    pub(super) fn cancel(&mut self, id: ClientOrderId, instrument: InstrumentId, at_ns: Nanos) {
        let shelf = self.shelves.get_mut(instrument.index());
        let found = shelf.and_then(|shelf| shelf.bids.remove(id).or_else(|| shelf.asks.remove(id)));
        let what = match found {
            Some(_) => ReplyKind::Canceled,
            None => ReplyKind::CancelRejected(RejectReason::UnknownOrder),
        };
        self.outbox.say(at_ns, instrument, id, what);
    }

    /// Enters an order. `book`: the instrument's, and how far it can be trusted; none when it is not this venue's.
    pub(super) fn place(&mut self, order: &Order, book: Option<(&Book, BookState)>, at_ns: Nanos) {
        let id = order.client_order_id;
        let (instrument, limit) = (order.instrument, limit_of(order));
        let book = book.filter(|(_, state)| *state == BookState::Synced).map(|(book, _)| book);
        if book.is_some() {
            self.shelves[instrument.index()].pressure.fade(at_ns);
        }
        let judged = match book {
            Some(book) => self.judge(order, limit, book).map(|()| book),
            None => Err(RejectReason::NoMarket),
        };
        let last_id = &mut self.last_ids[usize::from(id.strategy())];
        *last_id = id.max(*last_id);
        let book = match judged {
            Ok(book) => book,
            Err(reason) => {
                self.counters.rejected.add(1);
                return self.outbox.say(at_ns, instrument, id, ReplyKind::Rejected(reason));
            }
        };
        self.counters.accepted.add(1);
        self.outbox.say(at_ns, instrument, id, ReplyKind::Accepted);
        let left = self.cross(order, limit, book, at_ns);
        if left > 0 {
            self.rest_or_withdraw(order, left, book, at_ns);
        }
    }

    fn judge(&self, order: &Order, limit: Ticks, book: &Book) -> Result<(), RejectReason> {
        let instrument = self.instruments.get(order.instrument);
        let shelf = &self.shelves[order.instrument.index()];
        let last_id = self.last_ids[usize::from(order.client_order_id.strategy())];
        if order.client_order_id <= last_id && !planted("paper/id-taken-twice") {
            return Err(RejectReason::DuplicateId);
        }
        if order.order_type.has_trigger() {
            return Err(RejectReason::NotAllowed); // a run on it holds what waits on its own side
        }
        if !passes_filters(order, limit, instrument, &self.charges, book) {
            return Err(RejectReason::Filter);
        }
        if shelf.bids.len() + shelf.asks.len() >= ORDERS_MAX {
            return Err(RejectReason::TooManyOrders);
        }
        let (id, side) = (order.instrument, order.side);
        let px = if order.order_type == OrderType::Limit {
            Some(order.px)
        } else {
            book.best(side.opposite()).map(|l| l.px)
        };
        let is_borne = |margin: &Margin| px.is_none_or(|px| margin.bears(id, side, px, order.qty));
        if !self.margin.as_ref().is_none_or(is_borne) {
            return Err(RejectReason::InsufficientFunds);
        }
        let best = book.best(order.side.opposite());
        if order.post_only
            && !planted("paper/post-only-takes")
            && best.is_some_and(|level| is_within(order.side, limit, level.px))
        {
            return Err(RejectReason::PostOnlyWouldTake);
        }
        let fill_or_kill = order.time_in_force == TimeInForce::Fok;
        let crossing = Crossing { instrument, book, side: order.side, limit, lots: order.qty.0 };
        if fill_or_kill && !planted("paper/fill-or-kill-in-part") && shelf.takeable(&crossing) < order.qty.0 {
            return Err(RejectReason::CannotFillWhole);
        }
        Ok(())
    }

    /// Takes what is displayed within the limit; gives back what is left.
    fn cross(&mut self, order: &Order, limit: Ticks, book: &Book, at_ns: Nanos) -> i64 {
        let Self { instruments, charges, shelves, trade_id, outbox, funding, margin, counters, .. } = self;
        let instrument = instruments.get(order.instrument);
        let crossing = Crossing { instrument, book, side: order.side, limit, lots: order.qty.0 };
        let taken = shelves[order.instrument.index()].cross(&crossing, |level| {
            *trade_id += 1;
            counters.taker_fills.add(1);
            let fee = charges.charge(instrument, level, Liquidity::Taker, at_ns);
            funding.filled(order.instrument, order.side, level.px, level.qty);
            if let Some(margin) = margin {
                margin.filled(order.instrument, order.side, level.px, level.qty, fee);
            }
            let what = filled(*trade_id, level, fee, Liquidity::Taker);
            outbox.say(at_ns, order.instrument, order.client_order_id, what);
        });
        order.qty.0 - taken
    }

    fn rest_or_withdraw(&mut self, order: &Order, left: i64, book: &Book, at_ns: Nanos) {
        let immediate = matches!(order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        let stands = order.order_type == OrderType::Limit && !immediate;
        let shelf = &mut self.shelves[order.instrument.index()];
        // Price protection: an order does not rest in front of what it could have had.
        if !stands || shelf.has_more(book, order.side, order.px) {
            return self.outbox.say(at_ns, order.instrument, order.client_order_id, ReplyKind::Canceled);
        }
        let arrival = Arrival {
            id: order.client_order_id,
            px: order.px,
            left,
            filled: order.qty.0 - left,
            post_only: order.post_only,
            level_lots: if planted("paper/queue-jumped") { Lots(0) } else { book.qty_at(order.side, order.px) },
            book_at_ns: shelf.book_at_ns,
        };
        shelf.queue(order.side).insert(arrival);
    }

    /// Changes an order that rests. Made smaller at its price it keeps its place; any other change is a new arrival, which
    /// takes what it can.
    pub(super) fn modify(
        &mut self,
        (id, instrument): (ClientOrderId, InstrumentId),
        (px, qty): (Ticks, Lots),
        book: Option<(&Book, BookState)>,
        at_ns: Nanos,
    ) {
        let refuse = |outbox: &mut Outbox, reason| outbox.say(at_ns, instrument, id, ReplyKind::ModifyRejected(reason));
        let shelf = self.shelves.get_mut(instrument.index());
        let found = shelf.and_then(|shelf| {
            let bid = shelf.bids.find(id).map(|order| (Side::Buy, *order));
            bid.or_else(|| shelf.asks.find(id).map(|order| (Side::Sell, *order)))
        });
        let Some((side, old)) = found else { return refuse(&mut self.outbox, RejectReason::UnknownOrder) };
        let Some((book, BookState::Synced)) = book else { return refuse(&mut self.outbox, RejectReason::NoMarket) };
        let order =
            Order { client_order_id: id, instrument, side, post_only: old.post_only, px, qty, ..Order::default() };
        if qty.0 <= old.filled || !passes_filters(&order, px, self.instruments.get(instrument), &self.charges, book) {
            return refuse(&mut self.outbox, RejectReason::Filter);
        }
        let best = book.best(side.opposite());
        if old.post_only && best.is_some_and(|level| is_within(side, px, level.px)) {
            return refuse(&mut self.outbox, RejectReason::PostOnlyWouldTake);
        }
        let left = Lots(qty.0 - old.filled);
        if self.margin.as_ref().is_some_and(|margin| left.0 > old.left && !margin.bears(instrument, side, px, left)) {
            return refuse(&mut self.outbox, RejectReason::InsufficientFunds);
        }
        self.outbox.say(at_ns, instrument, id, ReplyKind::Updated { px, qty });
        let shelf = &mut self.shelves[instrument.index()];
        shelf.pressure.fade(at_ns);
        let queue = shelf.queue(side);
        let left = qty.0 - old.filled;
        if px == old.px && left <= old.left {
            return queue.shorten(id, left);
        }
        queue.remove(id);
        // What was executed before is no part of what arrives.
        let left = self.cross(&Order { qty: Lots(left), ..order }, px, book, at_ns);
        if left > 0 {
            self.rest_or_withdraw(&order, left, book, at_ns);
        }
    }

    /// What the market tells of a contract's mark and funding.
    pub(super) fn told(&mut self, event: &MarketEvent) {
        self.funding.told(event);
        if let (Some(margin), MarketChange::Mark { px }) = (&mut self.margin, event.change) {
            margin.marked(event.at.instrument, px);
        }
        self.somebody_was_liquidated(event);
    }

    /// Pays the next funding that is due by `at_ns`. Whether there was one.
    pub(super) fn pay_funding(&mut self, at_ns: Nanos) -> bool {
        let due = self.funding.pay(at_ns);
        if let Some((instrument, payment)) = due {
            if let Some(margin) = &mut self.margin {
                margin.paid(instrument, &payment);
            }
            self.outbox.say(at_ns, instrument, ClientOrderId(0), ReplyKind::Paid(payment));
        }
        due.is_some()
    }

    /// A trade of the market.
    pub(super) fn trade(&mut self, at: Stamp, px: Ticks, qty: Lots, aggressor: Side) {
        let Some(shelf) = self.shelves.get_mut(at.instrument.index()).filter(|_| qty.0 > 0) else { return };
        let side = aggressor.opposite();
        let venue_at_ns = shelf.venue_time(at);
        if venue_at_ns > shelf.book_at_ns {
            shelf.accounts.trade(side, px, qty.0, venue_at_ns);
        }
        let hit = Hit { px, lots: qty.0, at_ns: venue_at_ns };
        let instrument = self.instruments.get(at.instrument);
        let mut maker = Maker {
            instrument,
            charges: &mut self.charges,
            trade_id: &mut self.trade_id,
            outbox: &mut self.outbox,
            funding: &mut self.funding,
            margin: self.margin.as_mut(),
            counters: &self.counters,
            at_ns: at.received_at_ns,
        };
        shelf.queue(side).hit(hit, |filled| maker.fill(side, filled));
    }

    /// A book message was applied. `whole`: it replaced the book.
    pub(super) fn book_changed(&mut self, at: Stamp, book: &Book, whole: bool, bids: &[Level], asks: &[Level]) {
        if let Some(margin) = &mut self.margin {
            margin.shown(at.instrument, book.best_bid().map(|l| l.px), book.best_ask().map(|l| l.px));
        }
        let shelf = &mut self.shelves[at.instrument.index()];
        let venue_at_ns = shelf.venue_time(at);
        shelf.book_at_ns = shelf.book_at_ns.max(venue_at_ns);
        if whole {
            shelf.accounts.clear();
        } else {
            shelf.accounts.shown(venue_at_ns, bids, asks);
        }
        let mut maker = Maker {
            instrument: self.instruments.get(at.instrument),
            charges: &mut self.charges,
            trade_id: &mut self.trade_id,
            outbox: &mut self.outbox,
            funding: &mut self.funding,
            margin: self.margin.as_mut(),
            counters: &self.counters,
            at_ns: at.received_at_ns,
        };
        let book_at_ns = shelf.book_at_ns;
        for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
            let queue = shelf.queue(side);
            if whole {
                queue.show_all(book_at_ns, |px| book.qty_at(side, px));
            } else {
                queue.show(book_at_ns, levels);
            }
            shelf.meet(side, book, |filled| maker.fill(side, filled));
        }
    }
}

/// What it takes to tell a fill of a resting order.
struct Maker<'a> {
    instrument: &'a Instrument,
    charges: &'a mut Charges,
    trade_id: &'a mut u64,
    outbox: &'a mut Outbox,
    funding: &'a mut Funding,
    margin: Option<&'a mut Margin>,
    counters: &'a PaperCounters,
    at_ns: Nanos,
}

impl Maker<'_> {
    fn fill(&mut self, side: Side, fill: Filled) {
        *self.trade_id += 1;
        self.funding.filled(self.instrument.id, side, fill.px, Lots(fill.lots));
        self.counters.maker_fills.add(1);
        let level = Level { px: fill.px, qty: Lots(fill.lots) };
        let fee = self.charges.charge(self.instrument, level, Liquidity::Maker, self.at_ns);
        if let Some(margin) = &mut self.margin {
            margin.filled(self.instrument.id, side, level.px, level.qty, fee);
        }
        let what = filled(*self.trade_id, level, fee, Liquidity::Maker);
        self.outbox.say(self.at_ns, self.instrument.id, fill.id, what);
    }
}

fn filled(trade_id: u64, level: Level, fee: Quote, liquidity: Liquidity) -> ReplyKind {
    ReplyKind::Filled { trade_id, last_px: level.px, last_qty: level.qty, fee, liquidity }
}

/// The limit price; a market order takes any.
fn limit_of(order: &Order) -> Ticks {
    match (order.order_type, order.side) {
        (OrderType::Limit, _) => order.px,
        (_, Side::Buy) => Ticks(i64::MAX),
        (_, Side::Sell) => Ticks(0),
    }
}

/// Quantity, price and value within the venue's bounds, and a fee that can be told at every price the order could get.
fn passes_filters(order: &Order, limit: Ticks, instrument: &Instrument, charges: &Charges, book: &Book) -> bool {
    let best = book.best(order.side.opposite()).map(|level| level.px);
    let px = if order.order_type == OrderType::Limit { Some(order.px) } else { best };
    let Some(px) = px.filter(|px| px.0 > 0) else { return false };
    let qty_fits = (instrument.min_qty..=instrument.max_qty).contains(&order.qty) && order.qty.0 > 0;
    let worth_it = instrument.notional(px, order.qty).is_some_and(|value| value >= instrument.min_notional);
    let crosses_at = best.filter(|best| is_within(order.side, limit, *best));
    let tellable = |px| charges.can_tell(instrument, px, order.qty);
    qty_fits && worth_it && tellable(px) && crosses_at.is_none_or(tellable)
}
