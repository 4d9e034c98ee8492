//! The path that a candle's price is taken to have gone: a pure function of the candle, point by point.
//!
//! Owns: prices, times and trades of the points. Never: an event, a stage.

use super::{Candle, Telling, Way};
use engine_model::units::{Lots, Nanos, Ticks};

/// Ways from one of a candle's four prices to the next.
const LEGS: u32 = 3;

/// A point of a candle's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub at: Nanos,
    /// The price there.
    pub px: Ticks,
    /// What trades there; none of a candle that traded nothing.
    pub qty: Lots,
}

/// How many points a candle has.
#[must_use]
pub const fn points(telling: &Telling) -> u32 {
    telling.steps * LEGS + 1
}

/// The prices that a candle passes, in order.
#[must_use]
pub fn corners(candle: &Candle, way: Way) -> [Ticks; 4] {
    let Candle { open, high, low, close, .. } = *candle;
    let (up, down) = (high.0 - open.0, open.0 - low.0);
    let is_high_first = match way {
        Way::Near => up < down,
        Way::Far => up >= down,
        Way::High => true,
        Way::Low => false,
    };
    if is_high_first { [open, high, low, close] } else { [open, low, high, close] }
}

/// The point of that number, from 0. `has_volumes`: a candle without volume traded nothing, and not an unknown number.
#[must_use]
pub fn point(candle: &Candle, telling: &Telling, (period_ns, has_volumes): (u64, bool), number: u32) -> Point {
    let corners = corners(candle, telling.way);
    let (leg, part) = match number.checked_sub(1) {
        None => (0, 0),
        Some(before) => (before / telling.steps, before % telling.steps + 1),
    };
    let (from, to) = (corners[leg as usize].0, corners[leg as usize + 1].0);
    let gone = i128::from(to - from) * i128::from(part) / i128::from(telling.steps);
    let last = points(telling) - 1;
    let qty = match candle.volume.0 {
        0 if has_volumes => 0,
        volume if number == last => (volume - i64::from(last)).max(1),
        _ => 1,
    };
    let passed = u128::from(period_ns) * u128::from(number) / u128::from(last + 1);
    Point { at: candle.at.plus(passed as u64), px: Ticks(from + gone as i64), qty: Lots(qty) }
}

/// Bid and ask around a price: a tick at least to each side, and rounded to what is worse for who crosses.
#[must_use]
pub fn touch(px: Ticks, slip_e9: u32) -> (Ticks, Ticks) {
    const E9: i128 = 1_000_000_000;
    let away = (i128::from(px.0) * i128::from(slip_e9) + E9 - 1) / E9;
    let away = (away as i64).clamp(1, (px.0 - 1).max(1));
    (Ticks(px.0 - away), Ticks(px.0 + away))
}
