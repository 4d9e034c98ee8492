//! Patterns of three candles.

use super::candle::{Candle, Candles};
use super::{all, any, by, either, fall, rise};

pub(super) fn two_crows(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let opens_in = all([c.open < b.open, c.open > b.close]);
    let closes_in = all([c.close > a.open, c.close < a.close]);
    fall(all([a.white, a.long, b.black(), b.gaps_up(a), c.black(), opens_in, closes_in]))
}

pub(super) fn three_inside(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let inside = all([a.long, !b.long, b.top < a.top, b.bottom > a.bottom]);
    let leaves = by(a.white, all([c.black(), c.close < a.open]), all([c.white, c.close > a.open]));
    either(a.black(), all([inside, leaves]))
}

pub(super) fn three_outside(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let rises = all([a.black(), b.close > a.open, b.open < a.close, c.close > b.close]);
    let falls = all([a.white, b.open > a.close, b.close < a.open, c.close < b.close]);
    either(b.white, by(b.white, rises, falls))
}

pub(super) fn three_stars_in_south(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let first = all([a.long, a.lower > a.body]);
    let opens = all([b.open > a.close, b.open <= a.high]);
    let second = all([b.body < a.body, opens, b.low < a.close, b.low >= a.low, b.lower > b.very_short]);
    let third = all([c.short, c.bare_below, c.bare_above, c.low > b.low, c.high < b.high]);
    rise(all([a.black(), b.black(), c.black(), first, second, third]))
}

/// Three white candles that close ever higher, each opening in or near the body before.
fn advance(a: &Candle, b: &Candle, c: &Candle) -> bool {
    let opens =
        |before: &Candle, after: &Candle| all([after.open > before.open, after.open <= before.close + before.near]);
    all([a.white, b.white, c.white, c.close > b.close, b.close > a.close, opens(a, b), opens(b, c)])
}

pub(super) fn three_white_soldiers(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let bare = all([a.bare_above, b.bare_above, c.bare_above]);
    let lasts = all([b.body > a.body - a.far, c.body > b.body - b.far, c.long]);
    rise(all([bare, advance(a, b, c), lasts]))
}

pub(super) fn advance_block(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let shrinks = all([b.body < a.body, c.body < b.body]);
    let tires = any([
        all([b.body < a.body - a.far, c.body < b.body + b.near]),
        c.body < b.body - b.far,
        all([shrinks, any([c.upper > c.short_shadow, b.upper > b.short_shadow])]),
        all([c.body < b.body, c.upper > c.body]),
    ]);
    fall(all([advance(a, b, c), a.long, a.upper < a.short_shadow, tires]))
}

pub(super) fn stalled(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let rises = all([a.white, b.white, c.white, c.close > b.close, b.close > a.close]);
    let second = all([b.bare_above, b.open > a.open, b.open <= a.close + a.near]);
    let third = all([c.short, c.open >= b.close - c.body - b.near]);
    fall(all([rises, a.long, b.long, second, third]))
}

/// A long candle, a star and a body that goes the other way, back into the first one's by a share of it.
fn star_turns(a: &Candle, b: &Candle, c: &Candle, penetration: f64) -> bool {
    let depth = a.body * penetration;
    let into = by(a.white, c.close < a.close - depth, c.close > a.close + depth);
    let gaps = by(a.white, b.gaps_up(a), b.gaps_down(a));
    all([a.long, gaps, c.long, a.white != c.white, into])
}

pub(super) fn evening_star(candles: &Candles, penetration: f64) -> i32 {
    let [a, b, c] = candles.last();
    fall(all([a.white, !b.long, star_turns(a, b, c, penetration)]))
}

pub(super) fn evening_doji_star(candles: &Candles, penetration: f64) -> i32 {
    let [a, b, c] = candles.last();
    fall(all([a.white, b.doji, star_turns(a, b, c, penetration)]))
}

pub(super) fn morning_star(candles: &Candles, penetration: f64) -> i32 {
    let [a, b, c] = candles.last();
    rise(all([a.black(), !b.long, star_turns(a, b, c, penetration)]))
}

pub(super) fn morning_doji_star(candles: &Candles, penetration: f64) -> i32 {
    let [a, b, c] = candles.last();
    rise(all([a.black(), b.doji, star_turns(a, b, c, penetration)]))
}

pub(super) fn abandoned_baby(candles: &Candles, penetration: f64) -> i32 {
    let [a, b, c] = candles.last();
    let above = all([b.leaps_up(a), c.leaps_down(b)]);
    let below = all([b.leaps_down(a), c.leaps_up(b)]);
    either(c.white, all([b.doji, by(a.white, above, below), star_turns(a, b, c, penetration)]))
}

pub(super) fn side_by_side_white(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let up = b.gaps_up(a);
    let gaps = any([all([up, c.gaps_up(a)]), all([b.gaps_down(a), c.gaps_down(a)])]);
    let alike = all([c.body >= b.body - b.near, c.body <= b.body + b.near, b.equals(b.open, c.open)]);
    either(up, all([gaps, b.white, c.white, alike]))
}

pub(super) fn identical_three_crows(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let black = |c: &Candle| all([c.black(), c.bare_below]);
    let falls = all([a.close > b.close, b.close > c.close]);
    fall(all([black(a), black(b), black(c), falls, a.equals(a.close, b.open), b.equals(b.close, c.open)]))
}

pub(super) fn stick_sandwich(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    rise(all([a.black(), b.white, c.black(), b.low > a.close, a.equals(a.close, c.close)]))
}

pub(super) fn tasuki_gap(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let alike = (b.body - c.body).abs() < b.near;
    let opens_in = all([c.open < b.top, c.open > b.bottom]);
    let up = all([b.gaps_up(a), c.black(), c.close < b.open, c.close > a.top]);
    let down = all([b.gaps_down(a), c.white, c.close > b.open, c.close < a.bottom]);
    either(b.white, all([by(b.white, up, down), opens_in, alike]))
}

pub(super) fn tristar(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let small = all([a, b, c].map(|candle| candle.body <= a.very_short));
    let down = all([b.gaps_up(a), c.top < b.top]);
    let up = all([!down, b.gaps_down(a), c.bottom > b.bottom]);
    fall(all([small, down])) + rise(all([small, up]))
}

pub(super) fn unique_three_river(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let second = all([b.black(), b.close > a.close, b.open <= a.open, b.low < a.low]);
    rise(all([a.long, a.black(), second, c.short, c.white, c.open > b.low]))
}

pub(super) fn upside_gap_two_crows(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let second = all([b.black(), !b.long, b.gaps_up(a)]);
    let third = all([c.black(), c.open > b.open, c.close < b.close, c.close > a.close]);
    fall(all([a.white, a.long, second, third]))
}

pub(super) fn gap_three_methods(candles: &Candles) -> i32 {
    let [a, b, c] = candles.last();
    let gaps = by(a.white, b.gaps_up(a), b.gaps_down(a));
    let closes = all([c.open < b.top, c.open > b.bottom, c.close < a.top, c.close > a.bottom]);
    either(a.white, all([a.white == b.white, b.white != c.white, gaps, closes]))
}
