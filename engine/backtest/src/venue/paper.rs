//! The paper venue: real books, our own matching.
//!
//! Purpose: a [`MarketSink`] that passes every call on to the [`Market`] it wraps, and matches our orders against it.
//! Inputs: the feed's calls; requests from a ring. Outputs: replies to a ring; all that the market says.
//! State: orders on their way in, the matcher, replies on their way out.
//!
//! **Order of things at time `t`** (the receive time of a call, or the `now` of a turn): first all requests that reach the
//! venue by `t`, in the order sent, against the book before the call; then the call itself and what it fills; replies that
//! are due by `t` leave last. So the same calls and requests give the same replies.
//!
//! **Paced** (replays): a reply, like a market event, leaves only when everything published before has been consumed, and
//! [`MarketSink::ready`] stays false until all that is due by now has been answered. Then the layout of threads does not
//! matter.
//!
//! Never: reads a clock, drops a request or a reply.

use super::counters::PaperCounters;
use super::fee::Fees;
use super::latency::{Delayed, Latency, Spread, Ways};
use super::margin::Collateral;
use super::matching::{Matcher, REPLIES_MAX};
use super::queue::Footprint;
use super::schedule::FeeSchedule;
use engine_core::config::{Impact, QueueModel};
use engine_core::market::Market;
use engine_core::risk::legacy::Holding;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Applied, BookState, Level, MarketChange, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_model::venue::{Reply, Request, RequestKind, VenueId};
use engine_ring::counter::CachePadded;
use engine_ring::ring::{Reader, Writer};
use engine_ring::ring_gauges::RingGauges;
use std::sync::Arc;

/// Requests on their way to the matching; more stay on the ring, whose writer refuses when that is full.
const REQUESTS_WAITING_MAX: usize = 1_024;
/// Replies on their way back. With less room than one event's worth, nothing further is taken in.
const REPLIES_WAITING_MAX: usize = 4_096;

const _: () = assert!(REPLIES_WAITING_MAX >= 2 * REPLIES_MAX, "one event's replies never fill it");

/// How the venue is simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperConfig {
    /// What executions cost.
    pub fees: FeeSchedule,
    /// How long the ways are.
    pub latency: Latency,
    /// How they spread around that.
    pub spread: Spread,
    /// What everything drawn depends on.
    pub seed: u64,
    /// Where an order stands in the real queue.
    pub queue: QueueModel,
    /// Whether what our orders take is gone.
    pub footprint: Footprint,
    /// What taking does to the price.
    pub impact: Impact,
    /// The account's money; `None`: nobody asks what stands behind a position.
    pub collateral: Option<Collateral>,
}

impl PaperConfig {
    /// A venue with the usual fees, no way to it, and our own counting of the queue.
    #[must_use]
    pub fn of(venue: VenueId) -> Self {
        Self {
            fees: Fees::of(venue).into(),
            latency: Latency::default(),
            spread: Spread::default(),
            seed: 1,
            queue: QueueModel::default(),
            footprint: Footprint::default(),
            impact: Impact::default(),
            collateral: None,
        }
    }
}

/// A venue made of software around real books.
#[derive(Debug)]
pub struct PaperMarket {
    market: Market,
    requests: Reader<Request>,
    replies: Writer<Reply>,
    ways: Ways,
    incoming: Delayed<Request>,
    matcher: Matcher,
    is_paced: bool,
    /// The latest time that a call or turn brought.
    now: Nanos,
}

impl PaperMarket {
    /// Wraps the books of a venue; holds the venue's ends of its request and reply rings. Allocates all there is to
    /// allocate.
    #[must_use]
    pub fn new(
        market: Market,
        instruments: &Instruments,
        requests: Reader<Request>,
        replies: Writer<Reply>,
        config: &PaperConfig,
    ) -> Self {
        Self {
            matcher: Matcher::new(market.venue(), instruments, config, REPLIES_WAITING_MAX),
            market,
            requests,
            replies,
            ways: Ways::new(config.latency, &config.spread, config.seed),
            incoming: Delayed::new(REQUESTS_WAITING_MAX),
            is_paced: false,
            now: Nanos(0),
        }
    }

    /// The same, with what an earlier run left at this venue: what stands behind positions is counted from there.
    #[must_use]
    pub fn with_legacy(mut self, holdings: &[Holding]) -> Self {
        self.matcher.inherit(holdings);
        self
    }

    /// From now on nothing leaves unless everything before has been consumed: see [`Market::pace`].
    pub fn pace(&mut self, rings: Vec<Arc<RingGauges>>) {
        self.is_paced = true;
        self.market.pace(rings);
    }

    /// The books.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<CachePadded<PaperCounters>> {
        Arc::clone(self.matcher.counters())
    }

    /// How many of our orders rest on an instrument.
    #[must_use]
    pub fn resting(&self, instrument: InstrumentId) -> usize {
        self.matcher.resting(instrument)
    }

    /// What the account is worth to the venue, in 1e-8 dollars; `None` where nobody asks.
    #[must_use]
    pub fn equity(&self) -> Option<i128> {
        self.matcher.equity()
    }

    /// Lets everything happen that reaches the venue by `now`.
    fn advance(&mut self, now: Nanos) -> bool {
        self.now = self.now.max(now);
        let taken = self.take_requests();
        let mut worked = taken > 0;
        worked |= self.liquidate(self.now);
        while self.has_room() && self.matcher.pay_funding(self.now) {
            worked = true;
            self.liquidate(self.now);
        }
        while self.has_room() && self.incoming.due(self.now).is_some() {
            if let Some((due_ns, request)) = self.incoming.pop() {
                self.serve(&request, due_ns);
                self.liquidate(due_ns);
                worked = true;
            }
        }
        worked
    }

    fn take_requests(&mut self) -> usize {
        let Self { requests, incoming, ways, .. } = self;
        let taken = requests.take(incoming.room(), |_, request| {
            incoming.push(ways.matched_at(request.sent_at_ns), *request);
        });
        self.matcher.counters().requests.add(taken as u64);
        taken
    }

    /// Does to the account whatever what stands behind it asks for. What finds no room goes on at the next turn, before
    /// anything else.
    #[inline]
    fn liquidate(&mut self, at_ns: Nanos) -> bool {
        let mut worked = false;
        while self.has_room() && self.matcher.liquidate(&self.market, at_ns) {
            worked = true;
        }
        worked
    }

    fn serve(&mut self, request: &Request, at_ns: Nanos) {
        match &request.what {
            RequestKind::Cancel => self.matcher.cancel(request.client_order_id, request.instrument, at_ns),
            RequestKind::Place(order) => {
                let listing = self.matcher.knows(order.instrument).then(|| self.market.listing(order.instrument));
                self.matcher.place(order, listing.map(|l| (l.book(), l.state())), at_ns);
            }
            RequestKind::Modify { px, qty } => {
                let id = (request.client_order_id, request.instrument);
                let listing = self.matcher.knows(id.1).then(|| self.market.listing(id.1));
                self.matcher.modify(id, (*px, *qty), listing.map(|l| (l.book(), l.state())), at_ns);
            }
        }
    }

    /// Puts replies that are due on the ring. One at a time when paced.
    fn release(&mut self) -> bool {
        let mut released = 0;
        while let Some(reply) = self.matcher.pending().due(self.now) {
            if self.is_paced && !(self.market.ready() && self.market.is_settled()) {
                break;
            }
            if self.replies.room() == 0 || self.replies.try_publish(*reply).is_err() {
                self.matcher.counters().reply_waits.add(1);
                break;
            }
            self.matcher.replies().pop();
            released += 1;
        }
        self.matcher.counters().replies.add(released);
        released > 0
    }

    fn has_room(&self) -> bool {
        self.matcher.pending().room() >= REPLIES_MAX
    }

    fn after_book(&mut self, at: Stamp, applied: Applied, whole: bool, bids: &[Level], asks: &[Level]) -> Applied {
        let listing = self.market.listing(at.instrument);
        if applied == Applied::Valid && listing.state() == BookState::Synced {
            self.matcher.book_changed(at, listing.book(), whole, bids, asks);
            self.liquidate(at.received_at_ns);
        }
        self.release();
        applied
    }
}

impl MarketSink for PaperMarket {
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.advance(at.received_at_ns);
        let applied = self.market.book_snapshot(at, update_id, bids, asks);
        self.after_book(at, applied, true, bids, asks)
    }

    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.advance(at.received_at_ns);
        let applied = self.market.book_delta(at, update_id, bids, asks);
        self.after_book(at, applied, false, bids, asks)
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        self.advance(at.received_at_ns);
        let applied = self.market.book_verified(at, message, holds);
        self.after_book(at, applied, message.is_snapshot, message.bids, message.asks)
    }

    fn book_lost(&mut self, at: Stamp) {
        self.advance(at.received_at_ns);
        self.market.book_lost(at);
        self.release();
    }

    fn event(&mut self, event: MarketEvent) {
        self.advance(event.at.received_at_ns);
        self.market.event(event);
        self.matcher.told(&event);
        if let MarketChange::Trade { px, qty, aggressor, .. } = event.change {
            self.matcher.trade(event.at, px, qty, aggressor);
        }
        self.liquidate(event.at.received_at_ns);
        self.release();
    }

    fn ready(&self) -> bool {
        let unpaced_or_answered = !self.is_paced
            || (self.market.is_settled()
                && !self.requests.has_next()
                && self.matcher.pending().due(self.now).is_none());
        self.market.ready() && self.has_room() && unpaced_or_answered
    }

    fn turn(&mut self, now: Nanos) -> bool {
        // All of them, always: `|` and not `||`.
        self.advance(now) | self.market.turn(now) | self.release()
    }

    fn end(&mut self, now: Nanos) {
        self.advance(now);
        self.market.end(now);
        self.release();
    }

    fn next_due(&self) -> Option<Nanos> {
        let replied_at = self.matcher.pending().next_due();
        self.incoming.next_due().into_iter().chain(replied_at).min()
    }
}
