//! Patterns of two candles.

use super::candle::{Candle, Candles};
use super::{either, fall, rise};

pub(super) fn counterattack(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    either(b.sign(), a.white != b.white && a.long && b.long && a.equals(a.close, b.close))
}

pub(super) fn dark_cloud_cover(candles: &Candles, penetration: f64) -> f64 {
    let [a, b] = candles.last();
    let pierces = b.close > a.open && b.close < a.close - a.body * penetration;
    fall(a.white && a.long && b.black() && b.open > a.high && pierces)
}

pub(super) fn doji_star(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    let gaps = if a.white { b.gaps_up(a) } else { b.gaps_down(a) };
    either(-a.sign(), a.long && b.doji && gaps)
}

pub(super) fn engulfing(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    let covers = b.top >= a.top && b.bottom <= a.bottom && (b.top > a.top || b.bottom < a.bottom);
    if a.white == b.white || !covers {
        return 0.0;
    }
    b.sign() * if b.top > a.top && b.bottom < a.bottom { 100.0 } else { 80.0 }
}

/// A body within a long one; 80 where an end is shared.
fn within(a: &Candle, b: &Candle, small: bool) -> f64 {
    if !a.long || !small || b.top > a.top || b.bottom < a.bottom {
        return 0.0;
    }
    -a.sign() * if b.top < a.top && b.bottom > a.bottom { 100.0 } else { 80.0 }
}

pub(super) fn harami(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    within(a, b, !b.long)
}

pub(super) fn harami_cross(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    within(a, b, b.doji)
}

pub(super) fn homing_pigeon(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    let inside = b.open < a.open && b.close > a.close;
    rise(a.black() && b.black() && a.long && !b.long && inside)
}

/// A white candle that opens below a long black one's low.
fn recovers(a: &Candle, b: &Candle) -> bool {
    a.black() && a.long && b.white && b.open < a.low
}

pub(super) fn in_neck(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    fall(recovers(a, b) && b.close <= a.close + a.equal && b.close >= a.close)
}

pub(super) fn on_neck(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    fall(recovers(a, b) && a.equals(a.low, b.close))
}

pub(super) fn thrusting(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    fall(recovers(a, b) && b.close > a.close + a.equal && b.close <= a.close + a.body * 0.5)
}

pub(super) fn piercing(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    rise(recovers(a, b) && b.long && b.close < a.open && b.close > a.close + a.body * 0.5)
}

/// Two bare long candles of either colour, apart from each other.
fn kicks(a: &Candle, b: &Candle) -> bool {
    let bare = |c: &Candle| c.long && c.bare_above && c.bare_below;
    let apart = if a.white { b.leaps_down(a) } else { b.leaps_up(a) };
    a.white != b.white && bare(a) && bare(b) && apart
}

pub(super) fn kicking(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    either(b.sign(), kicks(a, b))
}

pub(super) fn kicking_by_length(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    either(if b.body > a.body { b.sign() } else { a.sign() }, kicks(a, b))
}

pub(super) fn matching_low(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    rise(a.black() && b.black() && a.equals(a.close, b.close))
}

pub(super) fn separating_lines(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    let bare = if b.white { b.bare_below } else { b.bare_above };
    either(b.sign(), a.white != b.white && a.equals(a.open, b.open) && b.long && bare)
}
