//! Patterns of four and five candles.

use super::candle::{Candle, Candles};
use super::{either, fall, rise};

pub(super) fn three_black_crows(candles: &Candles) -> f64 {
    let [a, b, c, d] = candles.last();
    let black = |c: &Candle| c.black() && c.bare_below;
    let opens = |before: &Candle, after: &Candle| after.open < before.open && after.open > before.close;
    let falls = a.high > b.close && b.close > c.close && c.close > d.close;
    fall(a.white && black(b) && black(c) && black(d) && opens(b, c) && opens(c, d) && falls)
}

pub(super) fn three_line_strike(candles: &Candles) -> f64 {
    let [a, b, c, d] = candles.last();
    let opens = |before: &Candle, after: &Candle| {
        after.open >= before.bottom - before.near && after.open <= before.top + before.near
    };
    let strikes = if c.white {
        c.close > b.close && b.close > a.close && d.open > c.close && d.close < a.open
    } else {
        c.close < b.close && b.close < a.close && d.open < c.close && d.close > a.open
    };
    let colours = a.white == b.white && b.white == c.white && c.white != d.white;
    either(c.sign(), colours && opens(a, b) && opens(b, c) && strikes)
}

pub(super) fn concealing_baby_swallow(candles: &Candles) -> f64 {
    let [a, b, c, d] = candles.last();
    let bare = |c: &Candle| c.bare_below && c.bare_above;
    let third = c.gaps_down(b) && c.upper > c.very_short && c.high > b.close;
    let black = a.black() && b.black() && c.black() && d.black();
    rise(black && bare(a) && bare(b) && third && d.high > c.high && d.low < c.low)
}

pub(super) fn breakaway(candles: &Candles) -> f64 {
    let [a, b, c, d, e] = candles.last();
    let colours = a.white == b.white && b.white == d.white && d.white != e.white;
    let goes = if a.white {
        let rises = c.high > b.high && c.low > b.low && d.high > c.high && d.low > c.low;
        b.gaps_up(a) && rises && e.close < b.open && e.close > a.close
    } else {
        let falls = c.high < b.high && c.low < b.low && d.high < c.high && d.low < c.low;
        b.gaps_down(a) && falls && e.close > b.open && e.close < a.close
    };
    either(e.sign(), a.long && colours && goes)
}

pub(super) fn ladder_bottom(candles: &Candles) -> f64 {
    let [a, b, c, d, e] = candles.last();
    let black = a.black() && b.black() && c.black() && d.black();
    let falls = a.open > b.open && b.open > c.open && a.close > b.close && b.close > c.close;
    let turns = d.upper > d.very_short && e.white && e.open > d.open && e.close > d.high;
    rise(black && falls && turns)
}

pub(super) fn mat_hold(candles: &Candles, penetration: f64) -> f64 {
    let [a, b, c, d, e] = candles.last();
    let sizes = a.long && b.short && c.short && d.short;
    let deepest = a.close - a.body * penetration;
    let holds = |c: &Candle| c.bottom < a.close && c.bottom > deepest;
    let falls = c.top < b.open && d.top < c.top;
    let rises = e.open > d.close && e.close > b.high.max(c.high).max(d.high);
    rise(sizes && a.white && b.black() && e.white && b.gaps_up(a) && holds(c) && holds(d) && falls && rises)
}

pub(super) fn rise_fall_three_methods(candles: &Candles) -> f64 {
    let [a, b, c, d, e] = candles.last();
    let sizes = a.long && b.short && c.short && d.short && e.long;
    let colours = a.white != b.white && b.white == c.white && c.white == d.white && d.white != e.white;
    let inside = |c: &Candle| c.bottom < a.high && c.top > a.low;
    let sign = a.sign();
    let beyond = |one: f64, other: f64| one * sign > other * sign;
    let goes =
        beyond(b.close, c.close) && beyond(c.close, d.close) && beyond(e.open, d.close) && beyond(e.close, a.close);
    either(sign, sizes && colours && inside(b) && inside(c) && inside(d) && goes)
}
