//! What a strategy sees of one instrument's market: a fold of the `market` ring.

use engine_model::market::{BookState, Level, MarketChange, MarketEvent};
use engine_model::units::Ticks;

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
}

impl View {
    /// Takes the event in. Events of other instruments are the caller's to keep away.
    pub(super) fn fold(&mut self, event: &MarketEvent) {
        match event.change {
            MarketChange::Book(BookState::Synced) => self.book = BookState::Synced,
            // A top from before the loss must not be mistaken for a price.
            MarketChange::Book(book) => *self = Self { book, ..Self::default() },
            MarketChange::Top { bid, ask, imbalance_bps } => {
                *self = Self { book: self.book, bid, ask, imbalance_bps };
            }
            _ => {}
        }
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
    use engine_model::units::Lots;

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
}
