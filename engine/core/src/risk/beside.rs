//! By what a position is priced on the way out of everything, while its own book prices nothing: it is stale, was lost, or is
//! crossed. Else a position at a venue whose stream fell silent could not be closed, when that is wanted most.
//!
//! Owns: which other price is taken, and how old it may be. For the closings of a flatten alone, which only reduce: what an
//! old price is wrong by, their limit bounds.
//! Never: passes the gate of a venue whose gateway is not there.

use crate::market_state::MARK_AGE_MAX_NS;
use crate::risk::Risk;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::order::Order;
use engine_model::units::Nanos;

/// What a book said last prices a way out for so long.
pub(super) const KNOWN_MAX_NS: u64 = 60 * Nanos::SECOND;

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
        let market = &self.markets[id.index()];
        let is_young = now.since(market.top_at_ns) <= self.limits.price_age_max_ns;
        if is_young && market.mid_doubled().is_some() && market.bid.px < market.ask.px {
            return None;
        }
        let is_told = now.since(market.mark_at_ns) <= MARK_AGE_MAX_NS;
        let mark = market.mark.filter(|px| px.0 > 0 && is_told).map(|px| (Beside::Mark, 2 * i128::from(px.0)));
        let known = || market.known_px().filter(|_| self.known_age_ns(id, now) <= KNOWN_MAX_NS);
        mark.or_else(|| known().map(|px| (Beside::Book, 2 * i128::from(px.0)))).or_else(|| self.peers_price(id, now))
    }

    /// How old the last price is that was known of it.
    pub(super) fn known_age_ns(&self, id: InstrumentId, now: Nanos) -> u64 {
        let market = &self.markets[id.index()];
        now.since(market.top_at_ns.max(market.mark_at_ns))
    }

    /// Of the first of its peers that has a young one, in ticks of this instrument.
    fn peers_price(&self, id: InstrumentId, now: Nanos) -> Option<(Beside, i128)> {
        let desk = &self.desks[id.index()];
        let tick = i128::from(desk.tick?);
        let others = desk.peers.iter().filter(|peer| **peer != id);
        let mid = others.copied().find_map(|peer| self.young_mid(peer, now, &self.limits))?;
        (mid >= tick).then(|| (Beside::Peer, mid / tick))
    }
}
