//! Patterns of four and five candles.

use super::candle::{Candle, Candles};
use super::{all, by, either, fall, rise};

pub(super) fn three_black_crows(candles: &Candles) -> i32 {
    let [a, b, c, d] = candles.last();
    let black = |c: &Candle| all([c.black(), c.bare_below]);
    let opens = |before: &Candle, after: &Candle| all([after.open < before.open, after.open > before.close]);
    let falls = all([a.high > b.close, b.close > c.close, c.close > d.close]);
    fall(all([a.white, black(b), black(c), black(d), opens(b, c), opens(c, d), falls]))
}

pub(super) fn three_line_strike(candles: &Candles) -> i32 {
    let [a, b, c, d] = candles.last();
    let opens = |before: &Candle, after: &Candle| {
        all([after.open >= before.bottom - before.near, after.open <= before.top + before.near])
    };
    let down = all([c.close > b.close, b.close > a.close, d.open > c.close, d.close < a.open]);
    let up = all([c.close < b.close, b.close < a.close, d.open < c.close, d.close > a.open]);
    let colours = all([a.white == b.white, b.white == c.white, c.white != d.white]);
    either(c.white, all([colours, opens(a, b), opens(b, c), by(c.white, down, up)]))
}

pub(super) fn concealing_baby_swallow(candles: &Candles) -> i32 {
    let [a, b, c, d] = candles.last();
    let bare = |c: &Candle| all([c.bare_below, c.bare_above]);
    let third = all([c.gaps_down(b), c.upper > c.very_short, c.high > b.close]);
    let black = all([a, b, c, d].map(Candle::black));
    rise(all([black, bare(a), bare(b), third, d.high > c.high, d.low < c.low]))
}

pub(super) fn breakaway(candles: &Candles) -> i32 {
    let [a, b, c, d, e] = candles.last();
    let colours = all([a.white == b.white, b.white == d.white, d.white != e.white]);
    let rises = all([c.high > b.high, c.low > b.low, d.high > c.high, d.low > c.low]);
    let falls = all([c.high < b.high, c.low < b.low, d.high < c.high, d.low < c.low]);
    let up = all([b.gaps_up(a), rises, e.close < b.open, e.close > a.close]);
    let down = all([b.gaps_down(a), falls, e.close > b.open, e.close < a.close]);
    either(e.white, all([a.long, colours, by(a.white, up, down)]))
}

pub(super) fn ladder_bottom(candles: &Candles) -> i32 {
    let [a, b, c, d, e] = candles.last();
    let black = all([a, b, c, d].map(Candle::black));
    let falls = all([a.open > b.open, b.open > c.open, a.close > b.close, b.close > c.close]);
    let turns = all([d.upper > d.very_short, e.white, e.open > d.open, e.close > d.high]);
    rise(all([black, falls, turns]))
}

pub(super) fn mat_hold(candles: &Candles, penetration: f64) -> i32 {
    let [a, b, c, d, e] = candles.last();
    let sizes = all([a.long, b.short, c.short, d.short]);
    let deepest = a.close - a.body * penetration;
    let holds = |c: &Candle| all([c.bottom < a.close, c.bottom > deepest]);
    let falls = all([c.top < b.open, d.top < c.top]);
    let highest = all([b, c, d].map(|candle| e.close > candle.high));
    let rises = all([e.open > d.close, highest]);
    rise(all([sizes, a.white, b.black(), e.white, b.gaps_up(a), holds(c), holds(d), falls, rises]))
}

pub(super) fn rise_fall_three_methods(candles: &Candles) -> i32 {
    let [a, b, c, d, e] = candles.last();
    let sizes = all([a.long, b.short, c.short, d.short, e.long]);
    let colours = all([a.white != b.white, b.white == c.white, c.white == d.white, d.white != e.white]);
    let inside = |c: &Candle| all([c.bottom < a.high, c.top > a.low]);
    let up = all([b.close > c.close, c.close > d.close, e.open > d.close, e.close > a.close]);
    let down = all([b.close < c.close, c.close < d.close, e.open < d.close, e.close < a.close]);
    either(a.white, all([sizes, colours, inside(b), inside(c), inside(d), by(a.white, up, down)]))
}
