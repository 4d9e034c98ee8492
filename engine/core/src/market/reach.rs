//! How much of a book stands near its best price, for whoever routes orders over venues. The book stays where it is: what
//! crosses the ring is a summary of 64 bytes a side.
//!
//! Told with the first message of a book and whenever a best price changed, and else at most every
//! [`TELL_AGAIN_NS`]: at fifty changes of the top a second that is a hundred events of 64 bytes. Only of instruments that
//! were asked for ([`Market::tell_depth`](super::Market::tell_depth)); of others it costs one comparison a message.
//!
//! Owns: what was told last. Never: the book, more than [`LEVELS_MAX`] of its levels.

use super::book::Book;
use engine_model::market::{DEPTH_REACHES_BPS, MarketChange, Side, reach};
use engine_model::units::{Nanos, Ticks};

/// Depth that did not move its best price is told again after that time.
const TELL_AGAIN_NS: u64 = 50 * Nanos::MILLI;
/// Levels of a side that are looked at. What is beyond counts as not there: a route is made of less, never of more.
const LEVELS_MAX: usize = 64;

/// What was told of one book.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// Best price, and when it was told, of bids and of asks.
    told: [Option<(Ticks, Nanos)>; 2],
}

impl Reach {
    /// To be called after every message on a book in sync. What to publish of a side, if anything.
    pub(super) fn refresh(&mut self, book: &Book, side: Side, at: Nanos) -> Option<MarketChange> {
        let best = if side == Side::Buy { book.best_bid() } else { book.best_ask() };
        let px = best?.px;
        let told = &mut self.told[side as usize];
        if told.is_some_and(|(then, told_at)| then == px && at.since(told_at) < TELL_AGAIN_NS) {
            return None;
        }
        *told = Some((px, at));
        Some(MarketChange::Depth { side, qty: within(book, side, px), px })
    }

    /// Forgets: the next depth will be told whatever it is.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn within(book: &Book, side: Side, best: Ticks) -> [u32; DEPTH_REACHES_BPS.len()] {
    let mut levels = book.levels(side).take(LEVELS_MAX).peekable();
    let mut sum: i64 = 0;
    DEPTH_REACHES_BPS.map(|bps| {
        let worst = reach(side, best, bps);
        let is_within = |px: Ticks| if side == Side::Buy { px >= worst } else { px <= worst };
        while let Some(level) = levels.next_if(|level| is_within(level.px)) {
            sum = sum.saturating_add(level.qty.0);
        }
        u32::try_from(sum).unwrap_or(u32::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::{Applied, Level};
    use engine_model::units::Lots;

    fn book(bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Book {
        let level = |(px, qty): &(i64, i64)| Level { px: Ticks(*px), qty: Lots(*qty) };
        let mut book = Book::default();
        let levels = |side: &[(i64, i64)]| side.iter().map(level).collect::<Vec<_>>();
        assert_eq!(book.snapshot(&levels(bids), &levels(asks)), Applied::Valid);
        book
    }

    #[test]
    fn quantities_add_up_outwards_and_stop_at_each_reach() {
        let book = book(
            &[(100_000, 1), (99_990, 2), (99_989, 4), (99_360, 8), (99_359, 16)],
            &[(100_001, u32::MAX.into()), (100_641, 1)],
        );
        let told = |side, at| Reach::default().refresh(&book, side, Nanos(at));
        let bids = MarketChange::Depth { side: Side::Buy, qty: [3, 7, 7, 7, 7, 7, 15], px: Ticks(100_000) };
        assert_eq!(told(Side::Buy, 1), Some(bids), "10 ticks to a basis point");
        let asks = MarketChange::Depth { side: Side::Sell, qty: [u32::MAX; 7], px: Ticks(100_001) };
        assert_eq!(told(Side::Sell, 1), Some(asks), "more than can be told is told as the most");
    }

    #[test]
    fn it_is_told_when_the_best_price_moves_and_else_every_twentieth_of_a_second() {
        let (one, other) = (book(&[(100, 1)], &[]), book(&[(101, 1)], &[]));
        let mut reach = Reach::default();
        let mut is_told = |book: &Book, ms: u64| reach.refresh(book, Side::Buy, Nanos(ms * Nanos::MILLI)).is_some();
        let told =
            [(&one, 0), (&one, 49), (&other, 49), (&other, 98), (&other, 99)].map(|(book, ms)| is_told(book, ms));
        assert_eq!(told, [true, false, true, false, true]);
        assert!(reach.refresh(&one, Side::Sell, Nanos(0)).is_none(), "nothing stands there");
    }
}
