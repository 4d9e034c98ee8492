//! Volume at price, by side.

use super::Trade;
use engine_model::market::Side;

/// What was traded at one level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Number of the level: its lowest price divided by the height.
    pub index: i64,
    /// What takers bought.
    pub buy: f64,
    /// What takers sold.
    pub sell: f64,
}

impl Level {
    /// Both together.
    #[must_use]
    #[inline]
    pub fn volume(&self) -> f64 {
        self.buy + self.sell
    }
}

/// Levels at which something was traded, lowest first. They grow with the prices: at most as many are kept as was said, and
/// what is traded beyond is counted as [`missed`](Self::missed). What is said of all levels is unknown from then on.
#[derive(Debug)]
pub struct Levels {
    height: f64,
    levels: Vec<Level>,
    missed: f64,
}

impl Levels {
    /// Of `height` in units of the price, at most `capacity`. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(height: f64, capacity: usize) -> Self {
        assert!(height > 0.0 && capacity > 0, "levels of nothing");
        Self { height, levels: Vec::with_capacity(capacity), missed: 0.0 }
    }

    /// Number of the level that a price is in. A price on an edge, up to a billionth of a level, is above it.
    #[must_use]
    #[inline]
    pub fn index(&self, price: f64) -> i64 {
        (price / self.height + 1e-9).floor() as i64
    }

    /// Takes the next trade.
    #[inline]
    pub fn update(&mut self, trade: &Trade) {
        let (buy, sell) = match trade.aggressor {
            Side::Buy => (trade.amount, 0.0),
            Side::Sell => (0.0, trade.amount),
        };
        self.add(Level { index: self.index(trade.price), buy, sell });
    }

    /// Adds to a level. One that is new moves those above it: a copy of at most `capacity` levels.
    pub(crate) fn add(&mut self, more: Level) {
        match self.levels.binary_search_by_key(&more.index, |level| level.index) {
            Ok(at) => {
                self.levels[at].buy += more.buy;
                self.levels[at].sell += more.sell;
            }
            Err(at) if self.levels.len() < self.levels.capacity() => self.levels.insert(at, more),
            Err(_) => self.miss(more.volume()),
        }
    }

    /// Counts volume that has no place.
    pub(crate) fn miss(&mut self, volume: f64) {
        self.missed += volume;
    }

    /// How many there can be.
    pub(super) fn capacity(&self) -> usize {
        self.levels.capacity()
    }

    /// Starts anew, in the same memory.
    pub fn clear(&mut self) {
        self.levels.clear();
        self.missed = 0.0;
    }

    /// All of them, lowest first.
    #[must_use]
    pub fn all(&self) -> &[Level] {
        &self.levels
    }

    /// Volume that had no place.
    #[must_use]
    pub fn missed(&self) -> f64 {
        self.missed
    }

    /// A level by its number.
    #[must_use]
    pub fn at(&self, index: i64) -> Option<&Level> {
        self.levels.binary_search_by_key(&index, |level| level.index).ok().map(|at| &self.levels[at])
    }

    /// Point of control: the level with the largest volume, the lower one of equals. `None` where nothing was traded, or not
    /// all is known.
    #[must_use]
    pub fn poc(&self) -> Option<&Level> {
        let larger = |best, level| if Level::volume(level) > Level::volume(best) { level } else { best };
        self.complete()?.iter().reduce(larger)
    }

    /// All of them, if nothing was missed.
    pub(crate) fn complete(&self) -> Option<&[Level]> {
        (self.missed <= 0.0).then_some(&self.levels[..])
    }
}
