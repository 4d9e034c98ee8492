//! Patterns of one candle, or of one and its place above or below the one before.

use super::candle::{Candle, Candles};
use super::{either, fall, rise};

fn newest(candles: &Candles) -> &Candle {
    let [candle] = candles.last();
    candle
}

pub(super) fn belt_hold(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.long && if c.white { c.bare_below } else { c.bare_above })
}

pub(super) fn closing_marubozu(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.long && if c.white { c.bare_above } else { c.bare_below })
}

pub(super) fn doji(candles: &Candles) -> f64 {
    rise(newest(candles).doji)
}

pub(super) fn dragonfly_doji(candles: &Candles) -> f64 {
    let c = newest(candles);
    rise(c.doji && c.bare_above && c.lower > c.very_short)
}

pub(super) fn gravestone_doji(candles: &Candles) -> f64 {
    let c = newest(candles);
    rise(c.doji && c.bare_below && c.upper > c.very_short)
}

pub(super) fn high_wave(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.short && c.upper > 2.0 * c.body && c.lower > 2.0 * c.body)
}

pub(super) fn long_legged_doji(candles: &Candles) -> f64 {
    let c = newest(candles);
    rise(c.doji && (c.lower > c.body || c.upper > c.body))
}

pub(super) fn long_line(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.long && c.upper < c.short_shadow && c.lower < c.short_shadow)
}

pub(super) fn marubozu(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.long && c.bare_above && c.bare_below)
}

pub(super) fn rickshaw_man(candles: &Candles) -> f64 {
    let c = newest(candles);
    let middle = c.low + (c.high - c.low) / 2.0;
    let central = c.bottom <= middle + c.near && c.top >= middle - c.near;
    rise(c.doji && c.lower > c.body && c.upper > c.body && central)
}

pub(super) fn short_line(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.short && c.upper < c.short_shadow && c.lower < c.short_shadow)
}

pub(super) fn spinning_top(candles: &Candles) -> f64 {
    let c = newest(candles);
    either(c.sign(), c.short && c.upper > c.body && c.lower > c.body)
}

pub(super) fn takuri(candles: &Candles) -> f64 {
    let c = newest(candles);
    rise(c.doji && c.bare_above && c.lower > 2.0 * c.body)
}

pub(super) fn hammer(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    rise(b.short && b.lower > b.body && b.bare_above && b.bottom <= a.low + a.near)
}

pub(super) fn hanging_man(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    fall(b.short && b.lower > b.body && b.bare_above && b.bottom >= a.high - a.near)
}

pub(super) fn inverted_hammer(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    rise(b.short && b.upper > b.body && b.bare_below && b.gaps_down(a))
}

pub(super) fn shooting_star(candles: &Candles) -> f64 {
    let [a, b] = candles.last();
    fall(b.short && b.upper > b.body && b.bare_below && b.gaps_up(a))
}
