//! Patterns of three candles.

use super::candle::{Candle, Candles};
use super::{either, fall, rise};

pub(super) fn two_crows(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let opens_in = c.open < b.open && c.open > b.close;
    let closes_in = c.close > a.open && c.close < a.close;
    fall(a.white && a.long && b.black() && b.gaps_up(a) && c.black() && opens_in && closes_in)
}

pub(super) fn three_inside(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let inside = a.long && !b.long && b.top < a.top && b.bottom > a.bottom;
    let leaves = if a.white { c.black() && c.close < a.open } else { c.white && c.close > a.open };
    either(-a.sign(), inside && leaves)
}

pub(super) fn three_outside(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let holds = if b.white {
        a.black() && b.close > a.open && b.open < a.close && c.close > b.close
    } else {
        a.white && b.open > a.close && b.close < a.open && c.close < b.close
    };
    either(b.sign(), holds)
}

pub(super) fn three_stars_in_south(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let first = a.long && a.lower > a.body;
    let second = b.body < a.body
        && b.open > a.close
        && b.open <= a.high
        && b.low < a.close
        && b.low >= a.low
        && b.lower > b.very_short;
    let third = c.short && c.bare_below && c.bare_above && c.low > b.low && c.high < b.high;
    rise(a.black() && b.black() && c.black() && first && second && third)
}

/// Three white candles that close ever higher, each opening in or near the body before.
fn advance(a: &Candle, b: &Candle, c: &Candle) -> bool {
    let opens = |before: &Candle, after: &Candle| after.open > before.open && after.open <= before.close + before.near;
    a.white && b.white && c.white && c.close > b.close && b.close > a.close && opens(a, b) && opens(b, c)
}

pub(super) fn three_white_soldiers(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let bare = a.bare_above && b.bare_above && c.bare_above;
    let lasts = b.body > a.body - a.far && c.body > b.body - b.far && c.long;
    rise(bare && advance(a, b, c) && lasts)
}

pub(super) fn advance_block(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let shrinks = b.body < a.body && c.body < b.body;
    let tires = (b.body < a.body - a.far && c.body < b.body + b.near)
        || c.body < b.body - b.far
        || (shrinks && (c.upper > c.short_shadow || b.upper > b.short_shadow))
        || (c.body < b.body && c.upper > c.body);
    fall(advance(a, b, c) && a.long && a.upper < a.short_shadow && tires)
}

pub(super) fn stalled(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let rises = a.white && b.white && c.white && c.close > b.close && b.close > a.close;
    let second = b.bare_above && b.open > a.open && b.open <= a.close + a.near;
    let third = c.short && c.open >= b.close - c.body - b.near;
    fall(rises && a.long && b.long && second && third)
}

/// A long candle, a star and a body that goes the other way, back into the first one's by a share of it.
fn star_turns(a: &Candle, b: &Candle, c: &Candle, penetration: f64) -> bool {
    let into =
        if a.white { c.close < a.close - a.body * penetration } else { c.close > a.close + a.body * penetration };
    let gaps = if a.white { b.gaps_up(a) } else { b.gaps_down(a) };
    a.long && gaps && c.long && a.white != c.white && into
}

pub(super) fn evening_star(candles: &Candles, penetration: f64) -> f64 {
    let [a, b, c] = candles.last();
    fall(a.white && !b.long && star_turns(a, b, c, penetration))
}

pub(super) fn evening_doji_star(candles: &Candles, penetration: f64) -> f64 {
    let [a, b, c] = candles.last();
    fall(a.white && b.doji && star_turns(a, b, c, penetration))
}

pub(super) fn morning_star(candles: &Candles, penetration: f64) -> f64 {
    let [a, b, c] = candles.last();
    rise(a.black() && !b.long && star_turns(a, b, c, penetration))
}

pub(super) fn morning_doji_star(candles: &Candles, penetration: f64) -> f64 {
    let [a, b, c] = candles.last();
    rise(a.black() && b.doji && star_turns(a, b, c, penetration))
}

pub(super) fn abandoned_baby(candles: &Candles, penetration: f64) -> f64 {
    let [a, b, c] = candles.last();
    let alone = if a.white { b.leaps_up(a) && c.leaps_down(b) } else { b.leaps_down(a) && c.leaps_up(b) };
    either(c.sign(), b.doji && alone && star_turns(a, b, c, penetration))
}

pub(super) fn side_by_side_white(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let up = b.gaps_up(a);
    let gaps = (up && c.gaps_up(a)) || (b.gaps_down(a) && c.gaps_down(a));
    let alike = c.body >= b.body - b.near && c.body <= b.body + b.near && b.equals(b.open, c.open);
    either(if up { 1.0 } else { -1.0 }, gaps && b.white && c.white && alike)
}

pub(super) fn identical_three_crows(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let black = |c: &Candle| c.black() && c.bare_below;
    let falls = a.close > b.close && b.close > c.close;
    fall(black(a) && black(b) && black(c) && falls && a.equals(a.close, b.open) && b.equals(b.close, c.open))
}

pub(super) fn stick_sandwich(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    rise(a.black() && b.white && c.black() && b.low > a.close && a.equals(a.close, c.close))
}

pub(super) fn tasuki_gap(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let alike = (b.body - c.body).abs() < b.near;
    let holds = if b.white {
        b.gaps_up(a) && c.black() && c.open < b.close && c.open > b.open && c.close < b.open && c.close > a.top
    } else {
        b.gaps_down(a) && c.white && c.open < b.open && c.open > b.close && c.close > b.open && c.close < a.bottom
    };
    either(b.sign(), holds && alike)
}

pub(super) fn tristar(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    if [a, b, c].iter().any(|candle| candle.body > a.very_short) {
        return 0.0;
    }
    if b.gaps_up(a) && c.top < b.top {
        -100.0
    } else if b.gaps_down(a) && c.bottom > b.bottom {
        100.0
    } else {
        0.0
    }
}

pub(super) fn unique_three_river(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let second = b.black() && b.close > a.close && b.open <= a.open && b.low < a.low;
    rise(a.long && a.black() && second && c.short && c.white && c.open > b.low)
}

pub(super) fn upside_gap_two_crows(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let second = b.black() && !b.long && b.gaps_up(a);
    let third = c.black() && c.open > b.open && c.close < b.close && c.close > a.close;
    fall(a.white && a.long && second && third)
}

pub(super) fn gap_three_methods(candles: &Candles) -> f64 {
    let [a, b, c] = candles.last();
    let gaps = if a.white { b.gaps_up(a) } else { b.gaps_down(a) };
    let closes = c.open < b.top && c.open > b.bottom && c.close < a.top && c.close > a.bottom;
    either(a.sign(), a.white == b.white && b.white != c.white && gaps && closes)
}
