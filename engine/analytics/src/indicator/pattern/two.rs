//! Patterns of two candles.

use super::candle::{Candle, Candles};
use super::{all, by, either, fall, rise};

pub(super) fn counterattack(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    either(b.white, all([a.white != b.white, a.long, b.long, a.equals(a.close, b.close)]))
}

pub(super) fn dark_cloud_cover(candles: &Candles, penetration: f64) -> i32 {
    let [a, b] = candles.last();
    let pierces = all([b.close > a.open, b.close < a.close - a.body * penetration]);
    fall(all([a.white, a.long, b.black(), b.open > a.high, pierces]))
}

pub(super) fn doji_star(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    either(a.black(), all([a.long, b.doji, by(a.white, b.gaps_up(a), b.gaps_down(a))]))
}

/// 100 or -100, or 80 where an end is shared.
fn shared(white: bool, holds: bool, strictly: bool) -> i32 {
    either(white, holds) / 5 * if strictly { 5 } else { 4 }
}

pub(super) fn engulfing(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    let (above, below) = (b.top > a.top, b.bottom < a.bottom);
    let covers = all([b.top >= a.top, b.bottom <= a.bottom, above | below]);
    shared(b.white, all([a.white != b.white, covers]), all([above, below]))
}

/// A body within a long one; 80 where an end is shared.
fn within(a: &Candle, b: &Candle, small: bool) -> i32 {
    let holds = all([a.long, small, b.top <= a.top, b.bottom >= a.bottom]);
    shared(a.black(), holds, all([b.top < a.top, b.bottom > a.bottom]))
}

pub(super) fn harami(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    within(a, b, !b.long)
}

pub(super) fn harami_cross(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    within(a, b, b.doji)
}

pub(super) fn homing_pigeon(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    let inside = all([b.open < a.open, b.close > a.close]);
    rise(all([a.black(), b.black(), a.long, !b.long, inside]))
}

/// A white candle that opens below a long black one's low.
fn recovers(a: &Candle, b: &Candle) -> bool {
    all([a.black(), a.long, b.white, b.open < a.low])
}

pub(super) fn in_neck(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    fall(all([recovers(a, b), b.close <= a.close + a.equal, b.close >= a.close]))
}

pub(super) fn on_neck(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    fall(all([recovers(a, b), a.equals(a.low, b.close)]))
}

pub(super) fn thrusting(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    fall(all([recovers(a, b), b.close > a.close + a.equal, b.close <= a.close + a.body * 0.5]))
}

pub(super) fn piercing(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    rise(all([recovers(a, b), b.long, b.close < a.open, b.close > a.close + a.body * 0.5]))
}

/// Two bare long candles of either colour, apart from each other.
fn kicks(a: &Candle, b: &Candle) -> bool {
    let bare = |c: &Candle| all([c.long, c.bare_above, c.bare_below]);
    let apart = by(a.white, b.leaps_down(a), b.leaps_up(a));
    all([a.white != b.white, bare(a), bare(b), apart])
}

pub(super) fn kicking(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    either(b.white, kicks(a, b))
}

pub(super) fn kicking_by_length(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    either(by(b.body > a.body, b.white, a.white), kicks(a, b))
}

pub(super) fn matching_low(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    rise(all([a.black(), b.black(), a.equals(a.close, b.close)]))
}

pub(super) fn separating_lines(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    let bare = by(b.white, b.bare_below, b.bare_above);
    either(b.white, all([a.white != b.white, a.equals(a.open, b.open), b.long, bare]))
}
