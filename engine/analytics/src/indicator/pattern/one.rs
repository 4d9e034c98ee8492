//! Patterns of one candle, or of one and its place above or below the one before.

use super::candle::{Candle, Candles};
use super::{all, by, either, fall, rise};

fn newest(candles: &Candles) -> &Candle {
    let [candle] = candles.last();
    candle
}

pub(super) fn belt_hold(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.long, by(c.white, c.bare_below, c.bare_above)]))
}

pub(super) fn closing_marubozu(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.long, by(c.white, c.bare_above, c.bare_below)]))
}

pub(super) fn doji(candles: &Candles) -> i32 {
    rise(newest(candles).doji)
}

pub(super) fn dragonfly_doji(candles: &Candles) -> i32 {
    let c = newest(candles);
    rise(all([c.doji, c.bare_above, c.lower > c.very_short]))
}

pub(super) fn gravestone_doji(candles: &Candles) -> i32 {
    let c = newest(candles);
    rise(all([c.doji, c.bare_below, c.upper > c.very_short]))
}

pub(super) fn high_wave(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.short, c.upper > 2.0 * c.body, c.lower > 2.0 * c.body]))
}

pub(super) fn long_legged_doji(candles: &Candles) -> i32 {
    let c = newest(candles);
    rise(c.doji & ((c.lower > c.body) | (c.upper > c.body)))
}

pub(super) fn long_line(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.long, c.upper < c.short_shadow, c.lower < c.short_shadow]))
}

pub(super) fn marubozu(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.long, c.bare_above, c.bare_below]))
}

pub(super) fn rickshaw_man(candles: &Candles) -> i32 {
    let c = newest(candles);
    let middle = c.low + (c.high - c.low) / 2.0;
    let central = all([c.bottom <= middle + c.near, c.top >= middle - c.near]);
    rise(all([c.doji, c.lower > c.body, c.upper > c.body, central]))
}

pub(super) fn short_line(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.short, c.upper < c.short_shadow, c.lower < c.short_shadow]))
}

pub(super) fn spinning_top(candles: &Candles) -> i32 {
    let c = newest(candles);
    either(c.white, all([c.short, c.upper > c.body, c.lower > c.body]))
}

pub(super) fn takuri(candles: &Candles) -> i32 {
    let c = newest(candles);
    rise(all([c.doji, c.bare_above, c.lower > 2.0 * c.body]))
}

pub(super) fn hammer(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    rise(all([b.short, b.lower > b.body, b.bare_above, b.bottom <= a.low + a.near]))
}

pub(super) fn hanging_man(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    fall(all([b.short, b.lower > b.body, b.bare_above, b.bottom >= a.high - a.near]))
}

pub(super) fn inverted_hammer(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    rise(all([b.short, b.upper > b.body, b.bare_below, b.gaps_down(a)]))
}

pub(super) fn shooting_star(candles: &Candles) -> i32 {
    let [a, b] = candles.last();
    fall(all([b.short, b.upper > b.body, b.bare_below, b.gaps_up(a)]))
}
