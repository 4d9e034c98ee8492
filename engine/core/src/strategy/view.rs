//! What a strategy sees of one instrument's market: a fold of the `market` ring.

use engine_model::market::{BookState, DEPTH_REACHES_BPS, Level, MarketChange, MarketEvent, Side, reach};
use engine_model::units::{Lots, Nanos, Ticks};

/// Levels of a side that a view can tell: the best one, and one for each reach of depth.
pub const VIEW_LEVELS: usize = DEPTH_REACHES_BPS.len() + 1;

/// What stands within each reach of a best price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Within {
    px: Ticks,
    qty: [u32; DEPTH_REACHES_BPS.len()],
}

/// The top of one book, and how far to trust it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Trust. While it is not in sync there is no price.
    pub book: BookState,
    /// Best bid; zero lots = none.
    pub bid: Level,
    /// Best ask; zero lots = none.
    pub ask: Level,
    /// Imbalance of the best levels, in 1/10000: positive when more is bid.
    pub imbalance_bps: i16,
    /// When the top was last told, our time.
    pub top_at_ns: Nanos,
    /// Of bids and of asks.
    within: [Within; 2],
}

impl View {
    /// Takes the event in. Events of other instruments are the caller's to keep away.
    pub(super) fn fold(&mut self, event: &MarketEvent) {
        match event.change {
            MarketChange::Book(BookState::Synced) => self.book = BookState::Synced,
            // A top from before the loss must not be mistaken for a price.
            MarketChange::Book(book) => *self = Self { book, ..Self::default() },
            MarketChange::Top { bid, ask, imbalance_bps } => {
                *self = Self { bid, ask, imbalance_bps, top_at_ns: event.at.received_at_ns, ..*self };
            }
            MarketChange::Depth { side, qty, px } => self.within[side as usize] = Within { px, qty },
            _ => {}
        }
    }

    /// What stands on a side, best first, and how many levels of it: the best one, and where depth is told, what stands
    /// within each reach as if at its far end, so that nothing costs more than it seems. None of a book out of sync.
    #[must_use]
    pub fn levels(&self, side: Side) -> ([Level; VIEW_LEVELS], usize) {
        let mut levels = [Level::default(); VIEW_LEVELS];
        let best = if side == Side::Buy { self.bid } else { self.ask };
        if self.book != BookState::Synced || best.qty.0 <= 0 {
            return (levels, 0);
        }
        levels[0] = best;
        let (mut count, mut told) = (1, best.qty.0);
        let within = self.within[side as usize];
        // Depth of another best price is of another moment.
        for (bps, qty) in DEPTH_REACHES_BPS.into_iter().zip(within.qty).filter(|_| within.px == best.px) {
            let more = i64::from(qty) - told;
            if more > 0 {
                levels[count] = Level { px: reach(side, best.px, bps), qty: Lots(more) };
                (count, told) = (count + 1, i64::from(qty));
            }
        }
        (levels, count)
    }

    /// Best bid and best ask of a book in sync that has both.
    #[must_use]
    pub fn touch(&self) -> Option<(Ticks, Ticks)> {
        let both = self.book == BookState::Synced && self.bid.qty.0 > 0 && self.ask.qty.0 > 0;
        both.then_some((self.bid.px, self.ask.px))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_touch_before_sync_after_a_loss_or_with_one_side_only() {
        let mut view = View::default();
        let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
        let mut fold = |change| {
            view.fold(&MarketEvent { change, ..MarketEvent::default() });
            view.touch()
        };
        let top = MarketChange::Top { bid: level(10, 1), ask: level(12, 1), imbalance_bps: 0 };
        assert_eq!(fold(top), None);
        assert_eq!(fold(MarketChange::Book(BookState::Synced)), Some((Ticks(10), Ticks(12))));
        assert_eq!(fold(MarketChange::Book(BookState::Lost)), None);
        assert_eq!(fold(MarketChange::Book(BookState::Synced)), None, "the top of before the loss is no price");
        let one_sided = MarketChange::Top { bid: Level::default(), ask: level(12, 1), imbalance_bps: -10_000 };
        assert_eq!(fold(one_sided), None);
    }

    #[test]
    fn depth_is_told_as_if_at_its_far_ends_and_only_beside_its_own_top() {
        let mut view = View { book: BookState::Synced, ..View::default() };
        let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
        let mut fold = |change| {
            view.fold(&MarketEvent { change, ..MarketEvent::default() });
            let (levels, count) = view.levels(Side::Sell);
            levels[..count].to_vec()
        };
        let top = |ask| MarketChange::Top { bid: level(9_999, 1), ask: level(ask, 3), imbalance_bps: 0 };
        assert_eq!(fold(top(10_000)), [level(10_000, 3)]);
        let depth = MarketChange::Depth { side: Side::Sell, qty: [3, 8, 8, 9, 9, 9, 9], px: Ticks(10_000) };
        assert_eq!(fold(depth), [level(10_000, 3), level(10_002, 5), level(10_008, 1)]);
        assert_eq!(fold(top(10_001)), [level(10_001, 3)], "until it is told again");
        assert_eq!(fold(MarketChange::Book(BookState::Lost)), []);
    }
}
