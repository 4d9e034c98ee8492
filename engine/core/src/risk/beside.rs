//! By what a position is priced on the way out of everything, while its own book prices nothing: it is stale, was lost, or is
//! crossed. Else a position at a venue whose stream fell silent could not be closed, when that is wanted most.
//!
//! Owns: which other price is taken, how old it may be, and how far beyond it such an order is limited. For the closings of a
//! flatten alone, which only reduce: what an old price is wrong by, their limit bounds.
//! Never: passes the gate of a venue whose gateway is not there; holds a mark against anything: it is what the venue
//! liquidates by, and what the position is worth here.

use crate::market_state::MARK_AGE_MAX_NS;
use crate::portfolio::wide::product;
use crate::risk::Risk;
use crate::risk::check::price;
use crate::risk::every::median;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::order::{Order, OrderEvent};
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::RejectReason;

/// What a book said last prices a way out for so long.
pub(super) const KNOWN_MAX_NS: u64 = 60 * Nanos::SECOND;
/// A book in sync whose top is no older is one of a quiet market: its orders are limited as near as any market order.
const QUIET_NS: u64 = 5 * Nanos::SECOND;
/// How far the price of a peer may lie from the last one of the instrument itself, of whatever age: farther is another
/// product of the same coin (an option, a spread of two futures), and no price of this one.
const PEER_OFF_MAX_BPS: i64 = 2_000;
/// Refusals that bring it nearer: each to a quarter of the way that is left, with the last to nothing of it.
const REFUSED_MAX: u8 = 16;

/// In whose place the book's price stands, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The venue's mark, told within [`MARK_AGE_MAX_NS`].
    Mark,
    /// What the book said last, within a minute.
    Book,
    /// The young book of another venue, of the same coin.
    Peer,
}

impl Beside {
    /// All of them, by number.
    pub const ALL: [Self; 3] = [Self::Mark, Self::Book, Self::Peer];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Mark => "the venue's mark",
            Self::Book => "what the book said last",
            Self::Peer => "the same coin at another venue",
        }
    }
}

impl Risk {
    /// Whether the order is one of a flatten's own.
    pub(super) fn flattens(&self, strategy: StrategyId, order: &Order) -> bool {
        self.is_flattening && strategy == StrategyId(0) && order.reduce_only
    }

    /// What that order of a flatten is priced by beside its book, and twice that price in ticks. `None`: by the book, which
    /// is young and whole, or by nothing.
    #[must_use]
    pub fn beside(&self, strategy: StrategyId, order: &Order, now: Nanos) -> Option<(Beside, i128)> {
        if !self.flattens(strategy, order) {
            return None;
        }
        self.price_beside(order.instrument, now)
    }

    pub(super) fn price_beside(&self, id: InstrumentId, now: Nanos) -> Option<(Beside, i128)> {
        if self.is_whole(id, self.limits.price_age_max_ns, now) {
            return None;
        }
        let market = &self.markets[id.index()];
        let is_told = now.since(market.mark_at_ns) <= MARK_AGE_MAX_NS;
        let mark = market.mark.filter(|px| px.0 > 0 && is_told).map(|px| (Beside::Mark, 2 * i128::from(px.0)));
        let known = || market.known_px().filter(|_| now.since(market.known_at_ns()) <= KNOWN_MAX_NS);
        mark.or_else(|| known().map(|px| (Beside::Book, 2 * i128::from(px.0)))).or_else(|| self.peers_price(id, now))
    }

    /// Twice that price, and how far beyond it the order is limited: as far as any limit may lie, for what stands in for the
    /// book is less sure. Nearer with each of them that the venue refused, and in a market that is only quiet.
    pub(super) fn terms_beside(&self, id: InstrumentId, now: Nanos) -> Option<(i128, i64)> {
        let (_, px_doubled) = self.price_beside(id, now)?;
        let far = self.collar_of(0, id).min(self.limits.price_collar_hard_bps);
        let near = self.market_collar(&self.limits, id).min(far);
        let is_quiet = self.is_whole(id, QUIET_NS, now);
        let collar_bps =
            if is_quiet { near } else { near + ((far - near) >> (2 * self.desks[id.index()].refused_beside)) };
        Some((px_doubled, collar_bps))
    }

    /// Whether its book is in sync, has both sides, which do not meet, and is no older.
    fn is_whole(&self, id: InstrumentId, age_max_ns: u64, now: Nanos) -> bool {
        let market = &self.markets[id.index()];
        now.since(market.top_at_ns) <= age_max_ns && market.mid_doubled().is_some() && market.bid.px < market.ask.px
    }

    /// The median of those of its peers that have a young one, in ticks of this instrument.
    fn peers_price(&self, id: InstrumentId, now: Nanos) -> Option<(Beside, i128)> {
        let desk = &self.desks[id.index()];
        let tick = i128::from(desk.tick?);
        let last = product(2 * i128::from(self.valued_px(id)?.0), tick)?;
        let others = desk.peers.iter().copied().filter(|peer| *peer != id);
        let whole = others.filter(|peer| self.is_whole(*peer, self.limits.price_age_max_ns, now));
        let mids = whole.filter_map(|peer| self.young_mid(peer, now, &self.limits));
        let (mid, _) = median(mids.filter(|mid| price::deviation(*mid, last, PEER_OFF_MAX_BPS).is_ok()))?;
        (mid >= tick).then(|| (Beside::Peer, mid / tick))
    }

    /// The venue refused a way out, perhaps for its price: the next is limited nearer to what it is priced by.
    pub(super) fn go_nearer(&mut self, report: &Report) {
        let is_refused = matches!(report.event, OrderEvent::Rejected(RejectReason::Filter | RejectReason::Other));
        if is_refused && self.is_flattening && report.strategy == StrategyId(0) {
            let refused = &mut self.desks[report.instrument.index()].refused_beside;
            *refused = (*refused + 1).min(REFUSED_MAX);
        }
    }
}
