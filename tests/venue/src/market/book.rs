//! One instrument's true book at the venue: two sorted sides of absolute quantities.
//!
//! Owns: levels, and the promise that the best bid is below the best ask. Never: randomness, time, text.

use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use std::collections::BTreeMap;

/// The levels of both sides, in lots by ticks.
#[derive(Clone, Debug, Default)]
pub struct Book {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl Book {
    fn side(&self, side: Side) -> &BTreeMap<i64, i64> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<i64, i64> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Levels on a side.
    #[must_use]
    pub fn depth(&self, side: Side) -> usize {
        self.side(side).len()
    }

    /// Quantity at a price; 0 where there is no level.
    #[must_use]
    pub fn qty_at(&self, side: Side, px: i64) -> i64 {
        self.side(side).get(&px).copied().unwrap_or(0)
    }

    /// Puts the absolute quantity of a level; 0 deletes it.
    pub fn set(&mut self, side: Side, px: i64, qty: i64) {
        debug_assert!(qty >= 0);
        match qty {
            0 => self.side_mut(side).remove(&px),
            _ => self.side_mut(side).insert(px, qty),
        };
    }

    /// Best level; zero lots on an empty side.
    #[must_use]
    pub fn best(&self, side: Side) -> Level {
        self.nth(side, 0)
    }

    /// The `index`-th level from the best.
    #[must_use]
    pub fn nth(&self, side: Side, index: usize) -> Level {
        self.levels(side).nth(index).unwrap_or_default()
    }

    /// The level furthest from the best.
    #[must_use]
    pub fn worst(&self, side: Side) -> Level {
        let worst = match side {
            Side::Buy => self.bids.first_key_value(),
            Side::Sell => self.asks.last_key_value(),
        };
        worst.map_or(Level::default(), level)
    }

    /// A side's levels from the best.
    pub fn levels(&self, side: Side) -> Box<dyn Iterator<Item = Level> + '_> {
        match side {
            Side::Buy => Box::new(self.bids.iter().rev().map(level)),
            Side::Sell => Box::new(self.asks.iter().map(level)),
        }
    }
}

fn level((&px, &qty): (&i64, &i64)) -> Level {
    Level { px: Ticks(px), qty: Lots(qty) }
}
