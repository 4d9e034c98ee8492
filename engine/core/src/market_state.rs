//! One instrument's market, as a fold of the events on its `market` ring: what risk prices with, and what the state hash
//! says of the market.
//!
//! Never looks at a book (depth does not cross a ring), never at a clock: the same events give the same state.

use crate::tape::carry;
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side};
use engine_model::units::{Lots, Nanos, Ticks};

/// A mark this much older than the top of the book is told no more, and prices nothing. Venues tell it every 1 to 3 s; one
/// that tells changes only is silent for longer in a market so quiet that the mid is as good.
pub const MARK_AGE_MAX_NS: u64 = 10 * Nanos::SECOND;

/// The last trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastTrade {
    /// Price.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
    /// Who crossed the spread.
    pub aggressor: Side,
    /// The venue's id of the trade.
    pub trade_id: u64,
    /// When it reached us.
    pub received_at_ns: Nanos,
}

carry!(LastTrade { px, qty, aggressor, trade_id, received_at_ns });

/// What the last [`MarketChange::BookDigest`] said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// First eight bytes of the BLAKE3 of all levels.
    pub digest: u64,
    /// Levels on the bid side.
    pub bid_levels: u32,
    /// Levels on the ask side.
    pub ask_levels: u32,
    /// Id of the last message applied.
    pub update_id: u64,
}

carry!(Depth { digest, bid_levels, ask_levels, update_id });

/// One instrument's market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketState {
    /// Trust in the book.
    pub book: BookState,
    /// Best bid; zero lots = none.
    pub bid: Level,
    /// Best ask; zero lots = none.
    pub ask: Level,
    /// When the best bid or ask last changed, our time.
    pub top_at_ns: Nanos,
    /// The last trade.
    pub trade: Option<LastTrade>,
    /// The venue's own best bid and ask.
    pub quote: Option<(Level, Level)>,
    /// Mark price.
    pub mark: Option<Ticks>,
    /// When it was last told, our time.
    pub mark_at_ns: Nanos,
    /// Index price.
    pub index: Option<Ticks>,
    /// Funding rate in 1e-8 and when it is paid.
    pub funding: Option<(i64, Nanos, u32)>,
    /// Open interest.
    pub open_interest: Option<Lots>,
    /// Digest of the whole book.
    pub depth: Depth,
    /// Last price that the instrument could be valued at; stays when the book is lost.
    known_px: Option<Ticks>,
    /// When that was said, our time.
    known_at_ns: Nanos,
}

carry!(MarketState {
    book,
    bid,
    ask,
    top_at_ns,
    trade,
    quote,
    mark,
    mark_at_ns,
    index,
    funding,
    open_interest,
    depth,
    known_px,
    known_at_ns
});

impl MarketState {
    /// Takes the event in. Events of other instruments are the caller's to keep away.
    #[inline]
    pub fn apply(&mut self, event: &MarketEvent) {
        match event.change {
            MarketChange::Book(state) => self.book_is(state),
            MarketChange::Top { bid, ask, .. } => {
                self.bid = bid;
                self.ask = ask;
                self.top_at_ns = event.at.received_at_ns;
            }
            MarketChange::Trade { px, qty, aggressor, trade_id } => {
                let received_at_ns = event.at.received_at_ns;
                self.trade = Some(LastTrade { px, qty, aggressor, trade_id, received_at_ns });
                return; // a trade values nothing: it may be far from where one could close
            }
            MarketChange::Quote { bid, ask } => self.quote = Some((bid, ask)),
            MarketChange::Mark { px } => {
                self.mark = Some(px);
                self.mark_at_ns = event.at.received_at_ns;
            }
            MarketChange::Index { px } => self.index = Some(px),
            MarketChange::Funding { rate_e8, next_at_ns, interval_s } => {
                self.funding = Some((rate_e8, next_at_ns, interval_s));
            }
            MarketChange::OpenInterest { qty } => self.open_interest = Some(qty),
            // What lies behind the top values nothing and is judged by nobody: routes are made of it.
            MarketChange::Liquidation { .. } | MarketChange::Depth { .. } => {}
            MarketChange::BookDigest { digest, bid_levels, ask_levels, update_id } => {
                self.depth = Depth { digest, bid_levels, ask_levels, update_id };
            }
        }
        if let Some((px, at_ns)) = self.valued() {
            (self.known_px, self.known_at_ns) = (Some(px), at_ns);
        }
    }

    /// A book that is not in sync has no price: its last top must not be mistaken for one.
    fn book_is(&mut self, state: BookState) {
        self.book = state;
        if state != BookState::Synced {
            self.bid = Level::default();
            self.ask = Level::default();
        }
    }

    /// Best bid plus best ask of a book in sync with both sides, in ticks: twice the mid, which may lie on half a tick.
    /// Positive: at a price of nothing or less every value limit would pass.
    #[inline]
    #[must_use]
    pub fn mid_doubled(&self) -> Option<i128> {
        let doubled = i128::from(self.bid.px.0) + i128::from(self.ask.px.0);
        self.mid_down().map(|_| doubled)
    }

    /// The mid rounded down, where there is one. Positive. Half of a sum that need not fit, without making it: what both
    /// have in common, and half of what they have not.
    #[inline]
    fn mid_down(&self) -> Option<Ticks> {
        let both = self.book == BookState::Synced && self.bid.qty.0 > 0 && self.ask.qty.0 > 0;
        let (bid, ask) = (self.bid.px.0, self.ask.px.0);
        let mid = (bid & ask) + ((bid ^ ask) >> 1);
        (both && mid > 0).then_some(Ticks(mid))
    }

    /// The mid rounded up, where there is one.
    #[inline]
    #[must_use]
    pub fn mid_up(&self) -> Option<Ticks> {
        self.mid_down().map(|Ticks(down)| Ticks(down + ((self.bid.px.0 ^ self.ask.px.0) & 1)))
    }

    /// Where a position is valued: the venue's mark while it is told, else the mid rounded down. Positive. The age of a
    /// mark is counted in times of events, so that a replay values alike.
    #[inline]
    #[must_use]
    pub fn value_px(&self) -> Option<Ticks> {
        self.valued().map(|(px, _)| px)
    }

    /// The same, and when it was said.
    #[inline]
    fn valued(&self) -> Option<(Ticks, Nanos)> {
        let is_told = self.top_at_ns.since(self.mark_at_ns) <= MARK_AGE_MAX_NS;
        let mark = self.mark.filter(|px| px.0 > 0 && is_told).map(|px| (px, self.mark_at_ns));
        mark.or_else(|| self.mid_down().map(|px| (px, self.top_at_ns)))
    }

    /// The last [`MarketState::value_px`] there was: worse than a price, better than none.
    #[inline]
    #[must_use]
    pub fn known_px(&self) -> Option<Ticks> {
        self.known_px
    }

    /// When the market said [`MarketState::known_px`], our time: what values nothing makes it no younger.
    #[inline]
    #[must_use]
    pub fn known_at_ns(&self) -> Nanos {
        self.known_at_ns
    }

    /// Writes every field, little-endian; an absent one is a zero byte, a present one follows a one. Not the time of the
    /// last price: it follows from the others' of before, and the hashes of older journals do not know it.
    pub fn digest(&self, instrument: InstrumentId, hasher: &mut blake3::Hasher) {
        hasher.update(&instrument.0.to_le_bytes());
        hasher.update(&[self.book as u8]);
        level(hasher, self.bid);
        level(hasher, self.ask);
        hasher.update(&self.top_at_ns.0.to_le_bytes());
        option(hasher, self.trade, |h, trade| {
            h.update(&trade.px.0.to_le_bytes());
            h.update(&trade.qty.0.to_le_bytes());
            h.update(&[trade.aggressor as u8]);
            h.update(&trade.trade_id.to_le_bytes());
            h.update(&trade.received_at_ns.0.to_le_bytes());
        });
        option(hasher, self.quote, |h, (bid, ask)| {
            level(h, bid);
            level(h, ask);
        });
        for px in [self.mark, self.index, self.known_px] {
            option(hasher, px, |h, px| {
                h.update(&px.0.to_le_bytes());
            });
        }
        option(hasher, self.open_interest, |h, qty| {
            h.update(&qty.0.to_le_bytes());
        });
        option(hasher, self.funding, |h, (rate_e8, next_at_ns, interval_s)| {
            h.update(&interval_s.to_le_bytes());
            h.update(&rate_e8.to_le_bytes());
            h.update(&next_at_ns.0.to_le_bytes());
        });
        hasher.update(&self.mark_at_ns.0.to_le_bytes());
        hasher.update(&self.depth.digest.to_le_bytes());
        hasher.update(&self.depth.bid_levels.to_le_bytes());
        hasher.update(&self.depth.ask_levels.to_le_bytes());
        hasher.update(&self.depth.update_id.to_le_bytes());
    }
}

fn level(hasher: &mut blake3::Hasher, level: Level) {
    hasher.update(&level.px.0.to_le_bytes());
    hasher.update(&level.qty.0.to_le_bytes());
}

fn option<T>(hasher: &mut blake3::Hasher, value: Option<T>, write: impl FnOnce(&mut blake3::Hasher, T)) {
    hasher.update(&[u8::from(value.is_some())]);
    if let Some(value) = value {
        write(hasher, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Stamp;

    fn apply(state: &mut MarketState, change: MarketChange) {
        apply_at(state, 7, change);
    }

    fn apply_at(state: &mut MarketState, at_ns: u64, change: MarketChange) {
        let at = Stamp { received_at_ns: Nanos(at_ns), ..Stamp::default() };
        state.apply(&MarketEvent { at, change });
    }

    fn top(bid: i64, ask: i64) -> MarketChange {
        let at = |px| Level { px: Ticks(px), qty: Lots(1) };
        MarketChange::Top { bid: at(bid), ask: at(ask), imbalance_bps: 0 }
    }

    #[test]
    fn there_is_no_mid_before_sync_after_a_loss_or_with_one_side_only() {
        let mut state = MarketState::default();
        apply(&mut state, top(10, 13));
        assert_eq!(state.mid_doubled(), None, "waiting for a snapshot");
        apply(&mut state, MarketChange::Book(BookState::Synced));
        assert_eq!((state.mid_doubled(), state.value_px()), (Some(23), Some(Ticks(11))));
        apply(&mut state, MarketChange::Book(BookState::Lost));
        assert_eq!((state.mid_doubled(), state.value_px(), state.known_px()), (None, None, Some(Ticks(11))));
        assert_eq!((state.bid, state.ask), (Level::default(), Level::default()));
        apply(&mut state, MarketChange::Book(BookState::Synced));
        assert_eq!(state.mid_doubled(), None, "the top of before the loss is no price");
        let ask = Level { px: Ticks(13), qty: Lots(1) };
        apply(&mut state, MarketChange::Top { bid: Level::default(), ask, imbalance_bps: 0 });
        assert_eq!(state.mid_doubled(), None);
    }

    #[test]
    fn the_mid_is_rounded_down_and_up_at_the_ends_of_the_range_as_in_between() {
        let mut state = MarketState::default();
        apply(&mut state, MarketChange::Book(BookState::Synced));
        let prices = [i64::MIN, -7, -1, 0, 1, 2, 3, 600_004, 600_005, i64::MAX - 1, i64::MAX];
        for (bid, ask) in prices.into_iter().flat_map(|bid| prices.map(|ask| (bid, ask))) {
            apply(&mut state, top(bid, ask));
            let doubled = i128::from(bid) + i128::from(ask);
            let half = |rounded: i128| (doubled > 1).then(|| Ticks(i64::try_from(rounded).expect("between two i64")));
            assert_eq!(state.mid_doubled(), (doubled > 1).then_some(doubled), "{bid} {ask}");
            assert_eq!(state.value_px(), half(doubled.div_euclid(2)), "{bid} {ask}");
            assert_eq!(state.mid_up(), half((doubled + 1).div_euclid(2)), "{bid} {ask}");
        }
    }

    #[test]
    fn the_mark_values_before_the_mid() {
        let mut state = MarketState::default();
        apply(&mut state, MarketChange::Book(BookState::Synced));
        apply(&mut state, top(10, 13));
        apply(&mut state, MarketChange::Mark { px: Ticks(15) });
        assert_eq!(state.value_px(), Some(Ticks(15)));
        apply(&mut state, MarketChange::Book(BookState::Lost));
        assert_eq!(state.value_px(), Some(Ticks(15)), "a mark does not depend on the book");
        assert_eq!(state.mid_doubled(), None, "but it prices no order");
    }

    #[test]
    fn a_mark_much_older_than_the_top_values_nothing() {
        let mut state = MarketState::default();
        apply_at(&mut state, 0, MarketChange::Book(BookState::Synced));
        apply_at(&mut state, 1_000, MarketChange::Mark { px: Ticks(15) });
        for (age_ns, px) in [(MARK_AGE_MAX_NS - 1, 15), (MARK_AGE_MAX_NS, 15), (MARK_AGE_MAX_NS + 1, 11)] {
            apply_at(&mut state, 1_000 + age_ns, top(10, 13));
            assert_eq!(state.value_px(), Some(Ticks(px)), "{age_ns}");
        }
        apply_at(&mut state, 2_000 + MARK_AGE_MAX_NS, MarketChange::Book(BookState::Lost));
        assert_eq!((state.value_px(), state.known_px()), (None, Some(Ticks(11))), "worse than no price");
        apply_at(&mut state, 3_000 + MARK_AGE_MAX_NS, MarketChange::Mark { px: Ticks(16) });
        assert_eq!(state.value_px(), Some(Ticks(16)), "told again, it counts again");
        apply_at(&mut state, 0, top(10, 13));
        assert_eq!(state.value_px(), Some(Ticks(16)), "a mark newer than the top has no age");
    }

    #[test]
    fn the_last_price_is_as_old_as_who_said_it_whatever_is_heard_later() {
        let mut state = MarketState::default();
        apply_at(&mut state, 1, MarketChange::Book(BookState::Synced));
        apply_at(&mut state, 2, top(10, 13));
        assert_eq!((state.known_px(), state.known_at_ns()), (Some(Ticks(11)), Nanos(2)));
        let ask = Level { px: Ticks(13), qty: Lots(1) };
        apply_at(&mut state, 30, MarketChange::Top { bid: Level::default(), ask, imbalance_bps: 0 });
        apply_at(&mut state, 31, MarketChange::Mark { px: Ticks(0) });
        apply_at(&mut state, 32, MarketChange::OpenInterest { qty: Lots(1) });
        assert_eq!((state.known_px(), state.known_at_ns()), (Some(Ticks(11)), Nanos(2)), "a side alone is no price");
        apply_at(&mut state, 40, MarketChange::Mark { px: Ticks(15) });
        apply_at(&mut state, 50, MarketChange::OpenInterest { qty: Lots(2) });
        assert_eq!((state.known_px(), state.known_at_ns()), (Some(Ticks(15)), Nanos(40)));
    }

    #[test]
    fn a_price_of_nothing_or_less_values_nothing() {
        let mut state = MarketState::default();
        apply(&mut state, MarketChange::Book(BookState::Synced));
        for (bid, ask) in [(-1, 0), (0, 1), (-5, 5)] {
            apply(&mut state, top(bid, ask));
            assert_eq!((state.mid_doubled(), state.value_px(), state.known_px()), (None, None, None), "{bid} {ask}");
        }
        for mark in [0, -1] {
            apply(&mut state, MarketChange::Mark { px: Ticks(mark) });
            assert_eq!(state.value_px(), None);
        }
        apply(&mut state, top(1, 2));
        assert_eq!(state.value_px(), Some(Ticks(1)), "the mid, where the mark is no price");
    }

    #[test]
    fn every_kind_of_event_that_changes_the_state_changes_the_digest() {
        let hash = |state: &MarketState| {
            let mut hasher = blake3::Hasher::new();
            state.digest(InstrumentId(3), &mut hasher);
            hasher.finalize()
        };
        let level = Level { px: Ticks(1), qty: Lots(2) };
        let changes = [
            MarketChange::Book(BookState::Synced),
            top(10, 13),
            MarketChange::Trade { px: Ticks(1), qty: Lots(1), aggressor: Side::Sell, trade_id: 9 },
            MarketChange::Quote { bid: level, ask: level },
            MarketChange::Mark { px: Ticks(0) },
            MarketChange::Index { px: Ticks(0) },
            MarketChange::Funding { rate_e8: 0, next_at_ns: Nanos(0), interval_s: 0 },
            MarketChange::OpenInterest { qty: Lots(0) },
            MarketChange::BookDigest { digest: 1, bid_levels: 0, ask_levels: 0, update_id: 0 },
        ];
        let mut state = MarketState::default();
        let mut seen = vec![hash(&state)];
        for change in changes {
            apply(&mut state, change);
            let now = hash(&state);
            assert!(!seen.contains(&now), "{change:?}");
            seen.push(now);
        }
        apply_at(&mut state, 8, MarketChange::Mark { px: Ticks(0) });
        assert!(!seen.contains(&hash(&state)), "the same mark, told later");
    }
}
