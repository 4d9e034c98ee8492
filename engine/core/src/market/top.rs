//! What of a book is worth telling: best bid, best ask, and the imbalance of the best few levels.
//!
//! Most updates lie below the fifth level and change none of these; the book knows the best price that a message touched,
//! so such a message costs two comparisons.
//!
//! Owns: the last top that was told. Never: the book.

use super::book::Book;
use engine_model::market::{IMBALANCE_LEVELS, Level, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};

/// A top that did not change is told again after that time, with the next message on its book: its readers take the age of
/// a price for the age of its telling, and a quiet market is not a dead feed. A fifth of the usual limit of one second.
const TELL_AGAIN_NS: u64 = 200 * Nanos::MILLI;

/// The best few levels of one side.
#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    /// Their quantity. Saturates: beyond 64 bits an imbalance has no meaning that anyone trades on.
    lots: i64,
    /// The worst of them; `None` while there are fewer, when every touch counts.
    worst: Option<Ticks>,
}

/// The last top that was told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Top {
    told: Option<Told>,
    told_at_ns: Nanos,
    bids: Depth,
    asks: Depth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    bid: Level,
    ask: Level,
    imbalance_bps: i16,
}

impl Depth {
    /// Looks again if the last message touched any of the levels. Says whether it did.
    fn refresh(&mut self, book: &Book, side: Side) -> bool {
        if self.worst.is_some_and(|worst| !book.touched(side, worst)) {
            return false;
        }
        let (Lots(lots), worst) = book.best_few(side, IMBALANCE_LEVELS);
        *self = Self { lots, worst };
        true
    }
}

impl Top {
    /// To be called after every message on a book in sync, with the time it came. What to publish, if anything.
    pub(super) fn refresh(&mut self, book: &Book, at: Nanos) -> Option<MarketChange> {
        // Both sides, always: `|` and not `||`.
        let touched = self.bids.refresh(book, Side::Buy) | self.asks.refresh(book, Side::Sell);
        let is_old = at.since(self.told_at_ns) >= TELL_AGAIN_NS;
        if !touched && !is_old && self.told.is_some() {
            return None;
        }
        let now = Told {
            bid: book.best_bid().unwrap_or_default(),
            ask: book.best_ask().unwrap_or_default(),
            imbalance_bps: imbalance_bps(self.bids.lots, self.asks.lots),
        };
        if self.told.replace(now) == Some(now) && !is_old {
            return None;
        }
        self.told_at_ns = at;
        let Told { bid, ask, imbalance_bps } = now;
        Some(MarketChange::Top { bid, ask, imbalance_bps })
    }

    /// Forgets: the next top will be told whatever it is.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// `(bids - asks) / (bids + asks)` in 1/10000, towards zero; 0 of nothing.
fn imbalance_bps(bids: i64, asks: i64) -> i16 {
    let Some(sum) = bids.checked_add(asks).filter(|&sum| sum < i64::MAX / 10_000) else {
        let (bids, asks) = (i128::from(bids), i128::from(asks));
        return ((bids - asks) * 10_000 / (bids + asks)) as i16;
    };
    if sum == 0 { 0 } else { ((bids - asks) * 10_000 / sum) as i16 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Applied;
    use proptest::prelude::*;

    #[test]
    fn a_quiet_top_is_told_again_before_it_would_look_stale() {
        let (mut book, mut top) = (Book::default(), Top::default());
        let level = |px| Level { px: Ticks(px), qty: Lots(1) };
        assert_eq!(book.snapshot(&[level(10)], &[level(11)]), Applied::Valid);
        let told_at: Vec<u64> = (0..=45)
            .filter(|tenth| {
                // Far below the top: nothing that is told changes.
                assert_eq!(book.apply(&[level(1)], &[]), Applied::Valid);
                top.refresh(&book, Nanos(1_000_000_000 + tenth * 10_000_000)).is_some()
            })
            .collect();
        assert_eq!(told_at, [0, 20, 40]);
    }

    #[test]
    fn imbalance_is_a_signed_share_and_survives_the_largest_quantities() {
        assert_eq!(imbalance_bps(0, 0), 0);
        assert_eq!(imbalance_bps(3, 1), 5_000);
        assert_eq!(imbalance_bps(1, 3), -5_000);
        assert_eq!(imbalance_bps(0, 7), -10_000);
        assert_eq!(imbalance_bps(i64::MAX, i64::MAX), 0);
        assert_eq!(imbalance_bps(i64::MAX, 0), 10_000);
        assert_eq!(imbalance_bps(i64::MAX / 10_000, 1), 9_999);
    }

    fn slow(book: &Book) -> MarketChange {
        let lots = |side| book.levels(side).take(5).map(|level| level.qty.0).sum();
        let imbalance_bps = imbalance_bps(lots(Side::Buy), lots(Side::Sell));
        MarketChange::Top {
            bid: book.levels(Side::Buy).next().unwrap_or_default(),
            ask: book.levels(Side::Sell).next().unwrap_or_default(),
            imbalance_bps,
        }
    }

    proptest! {
        /// What a reader of the changes knows equals what one sees who looks at the whole book after every message.
        #[test]
        fn telling_only_changes_leaves_nothing_out_and_repeats_nothing(
            messages in prop::collection::vec(prop::collection::vec((any::<bool>(), 0..12i64, 0..5i64), 1..5), 1..80),
        ) {
            let (mut book, mut top, mut known) = (Book::default(), Top::default(), None);
            for message in messages {
                let side = |buy: bool, sign: i64| -> Vec<Level> {
                    let own = message.iter().filter(|(is_buy, ..)| *is_buy == buy);
                    own.map(|&(_, off, qty)| Level { px: Ticks(100 + sign * (1 + off)), qty: Lots(qty) }).collect()
                };
                let _ = book.apply(&side(true, -1), &side(false, 1));
                if let Some(change) = top.refresh(&book, Nanos(1)) {
                    prop_assert_ne!(known, Some(change), "repeats");
                    known = Some(change);
                }
                prop_assert_eq!(known, Some(slow(&book)));
            }
        }
    }
}
