//! Footprint: what was traded at each level of a bar, by side, and where one side overran the other.

use super::levels::{Level, Levels};
use super::{Trade, period};
use std::mem;

/// The levels of one period.
#[derive(Debug)]
pub struct Footprint {
    /// When the period began, in ms since the epoch.
    pub start_ms: i64,
    /// What was traded.
    pub levels: Levels,
}

impl Footprint {
    /// Levels at which buyers overran the sellers below: bought at least `times` of what was sold one level lower, where both
    /// did something. `None` where not all levels are known.
    pub fn buy_imbalances(&self, times: f64) -> Option<impl Iterator<Item = &Level>> {
        let overran = move |below: &Level, level: &Level| level.buy >= times * below.sell && below.sell > 0.0;
        Some(self.neighbours()?.filter(move |(below, level)| overran(below, level)).map(|(_, level)| level))
    }

    /// Levels at which sellers overran the buyers above: sold at least `times` of what was bought one level higher, where
    /// both did something. `None` where not all levels are known.
    pub fn sell_imbalances(&self, times: f64) -> Option<impl Iterator<Item = &Level>> {
        let overran = move |level: &Level, above: &Level| level.sell >= times * above.buy && above.buy > 0.0;
        Some(self.neighbours()?.filter(move |(level, above)| overran(level, above)).map(|(level, _)| level))
    }

    fn neighbours(&self) -> Option<impl Iterator<Item = (&Level, &Level)>> {
        let pairs = self.levels.complete()?.array_windows().map(|[below, level]| (below, level));
        Some(pairs.filter(|(below, level)| below.index + 1 == level.index))
    }
}

/// Makes footprints of a tape, in the memory of two. A period without a trade has none.
#[derive(Debug)]
pub struct Footprints {
    length_ms: i64,
    running: Footprint,
    closed: Footprint,
}

impl Footprints {
    /// A footprint each `length_ms`, of levels of `height`, at most `capacity` of them. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(length_ms: i64, height: f64, capacity: usize) -> Self {
        assert!(length_ms > 0, "a period of nothing");
        let empty = || Footprint { start_ms: i64::MIN, levels: Levels::new(height, capacity) };
        Self { length_ms, running: empty(), closed: empty() }
    }

    /// Takes the next trade; gives the footprint that it closes, if it is the first of another period.
    #[inline]
    pub fn update(&mut self, trade: &Trade) -> Option<&Footprint> {
        let start_ms = period(trade.time_ms, self.length_ms);
        let is_first = start_ms != self.running.start_ms;
        if is_first {
            mem::swap(&mut self.running, &mut self.closed);
            self.running.levels.clear();
            self.running.start_ms = start_ms;
        }
        self.running.levels.update(trade);
        (is_first && self.closed.start_ms != i64::MIN).then_some(&self.closed)
    }

    /// The footprint that is not closed yet; `None` before the first trade.
    #[must_use]
    pub fn running(&self) -> Option<&Footprint> {
        (self.running.start_ms != i64::MIN).then_some(&self.running)
    }
}
