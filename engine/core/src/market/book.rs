//! The book of one instrument: two [`Ladder`]s, and the judgement of a whole message.
//!
//! Owns: levels of both sides. Never: sequence rules (the venue's session has them), events, time, a clock.

use super::ladder::{FAR_LEVELS, Keys, Ladder, WINDOW_BLOCKS};
use engine_model::market::{Applied, Level, Side};
use engine_model::planted::planted;
use engine_model::units::{Lots, Ticks};

/// All price levels of one instrument. Any price of 64 bits is kept, however far from the others; those within a window of
/// `BLOCKS` times 4,096 ticks a side are reached in one step.
#[derive(Debug)]
pub struct Book<const BLOCKS: usize = WINDOW_BLOCKS> {
    bids: Ladder<BLOCKS>,
    asks: Ladder<BLOCKS>,
}

/// The bits to turn a price into a key: none for a bid, all for an ask. The same turns it back.
const fn flip(side: Side) -> i64 {
    match side {
        Side::Buy => 0,
        Side::Sell => -1,
    }
}

/// Levels as keys of a side and quantities.
fn keys(levels: &[Level], side: Side) -> impl Iterator<Item = (i64, i64)> + Clone {
    let flip = flip(side);
    levels.iter().map(move |level| (level.px.0 ^ flip, level.qty.0))
}

impl Default for Book {
    fn default() -> Self {
        Self::new(FAR_LEVELS)
    }
}

impl<const BLOCKS: usize> Book<BLOCKS> {
    /// `far_levels` a side: room from the start for levels outside of the window.
    #[must_use]
    pub fn new(far_levels: usize) -> Self {
        Self { bids: Ladder::new(far_levels), asks: Ladder::new(far_levels) }
    }

    /// Replaces all levels. In any order; best first is fastest.
    pub fn snapshot(&mut self, bids: &[Level], asks: &[Level]) -> Applied {
        match planted("book/snapshot-keeps-what-was") {
            true => self.bids.apply(keys(bids, Side::Buy)),
            false => self.bids.load(keys(bids, Side::Buy)),
        }
        self.asks.load(keys(asks, Side::Sell));
        self.judge()
    }

    /// Applies absolute quantities in the order given, bids then asks; 0 lots deletes, and to delete what is not there
    /// is fine. Judged after the whole message: venues cross their own books for the length of one.
    #[inline]
    pub fn apply(&mut self, bids: &[Level], asks: &[Level]) -> Applied {
        self.bids.apply(keys(bids, Side::Buy));
        self.asks.apply(keys(asks, Side::Sell));
        self.judge()
    }

    /// Takes away what lies behind the best `depth` levels of each side, and judges the book again.
    pub fn cut(&mut self, depth: usize) -> Applied {
        for side in [Side::Buy, Side::Sell] {
            while let Some(level) = self.levels(side).nth(depth) {
                self.side_mut(side).set(level.px.0 ^ flip(side), 0);
            }
        }
        self.judge()
    }

    /// Takes all levels away.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    /// Highest bid.
    #[must_use]
    #[inline]
    pub fn best_bid(&self) -> Option<Level> {
        self.best(Side::Buy)
    }

    /// Lowest ask.
    #[must_use]
    #[inline]
    pub fn best_ask(&self) -> Option<Level> {
        self.best(Side::Sell)
    }

    /// Best level of a side.
    #[must_use]
    #[inline]
    pub fn best(&self, side: Side) -> Option<Level> {
        let ladder = self.side(side);
        (!ladder.is_empty()).then(|| Level { px: Ticks(ladder.best() ^ flip(side)), qty: Lots(ladder.best_qty()) })
    }

    /// What stands at a price; zero when there is no level. One step within the window.
    #[must_use]
    #[inline]
    pub fn qty_at(&self, side: Side, px: Ticks) -> Lots {
        Lots(self.side(side).get(px.0 ^ flip(side)))
    }

    /// Levels of a side, best first.
    #[must_use]
    #[inline]
    pub fn levels(&self, side: Side) -> Levels<'_, BLOCKS> {
        Levels { keys: self.side(side).iter(), flip: flip(side) }
    }

    /// Quantity of the `count` best levels of a side, which saturates, and the worst price among them; `None` when there
    /// are fewer.
    pub(super) fn best_few(&self, side: Side, count: usize) -> (Lots, Option<Ticks>) {
        let (qty, worst) = self.side(side).best_few(count);
        (Lots(qty), worst.map(|key| Ticks(key ^ flip(side))))
    }

    /// How many levels a side has.
    #[must_use]
    pub fn len(&self, side: Side) -> usize {
        self.side(side).len()
    }

    /// Whether neither side has a level.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    /// Times that a list outside of a window outgrew its room and had to allocate.
    #[must_use]
    pub fn far_growths(&self) -> u64 {
        self.bids.far_growths() + self.asks.far_growths()
    }

    /// Whether the last message touched a level of that side at `px` or better.
    #[inline]
    pub(super) fn touched(&self, side: Side, px: Ticks) -> bool {
        self.side(side).touched() >= px.0 ^ flip(side)
    }

    #[inline]
    fn side(&self, side: Side) -> &Ladder<BLOCKS> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    #[inline]
    fn side_mut(&mut self, side: Side) -> &mut Ladder<BLOCKS> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    #[inline]
    fn judge(&self) -> Applied {
        // In keys: bid >= ask. An empty side has the lowest key, which an ask's turns into the highest price; a bid at
        // the very top of i64 would meet it, hence the second question.
        let crossed = self.bids.best() >= self.asks.best() ^ flip(Side::Sell);
        let crossed = crossed && !planted("book/crossed-is-valid");
        if crossed && !self.bids.is_empty() && !self.asks.is_empty() { Applied::Crossed } else { Applied::Valid }
    }
}

/// Levels of one side, best first.
#[derive(Clone, Debug)]
pub struct Levels<'a, const BLOCKS: usize = WINDOW_BLOCKS> {
    keys: Keys<'a, BLOCKS>,
    flip: i64,
}

impl<const BLOCKS: usize> Iterator for Levels<'_, BLOCKS> {
    type Item = Level;

    #[inline]
    fn next(&mut self) -> Option<Level> {
        self.keys.next().map(|(key, qty)| Level { px: Ticks(key ^ self.flip), qty: Lots(qty) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.keys.size_hint()
    }
}

impl<const BLOCKS: usize> ExactSizeIterator for Levels<'_, BLOCKS> {}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
