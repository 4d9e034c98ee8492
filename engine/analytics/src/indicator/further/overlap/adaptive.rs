//! Averages that choose their own speed.

use crate::indicator::block::{Ema, Lag, Maximum, Minimum, Sum};
use crate::indicator::{Filter, Indicator};

/// Ehlers' fractal average of `(high + low) / 2`.
///
/// With `N3` the range of the window by its length, `N1` and `N2` those of its newer and older half, the dimension is
/// `(ln(N1 + N2) - ln N3) / ln 2`; it stays what it was (1 at first) when one of them is 0. The weight is
/// `exp(-4.6 (D - 1))`, 0.01 to 1. It starts as the price.
#[derive(Clone, Debug)]
pub struct Frama {
    half: usize,
    newer: (Maximum, Minimum),
    older: (Lag, Lag),
    dimension: f64,
    value: f64,
}

impl Frama {
    /// An odd length counts as the even one below. Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let half = length / 2;
        let newer = (Maximum::new(half), Minimum::new(half));
        Self { half, newer, older: (Lag::new(half), Lag::new(half)), dimension: 1.0, value: f64::NAN }
    }
}

impl Indicator<2, 1> for Frama {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        let (newer_high, newer_low) = (self.newer.0.next(high), self.newer.1.next(low));
        let (older_high, older_low) = (self.older.0.next(newer_high), self.older.1.next(newer_low));
        if older_high.is_nan() {
            return [f64::NAN];
        }
        let half = self.half as f64;
        let (newer, older) = ((newer_high - newer_low) / half, (older_high - older_low) / half);
        let whole = (newer_high.max(older_high) - newer_low.min(older_low)) / (2.0 * half);
        if newer > 0.0 && older > 0.0 && whole > 0.0 {
            self.dimension = ((newer + older).ln() - whole.ln()) / std::f64::consts::LN_2;
        }
        let weight = (-4.6 * (self.dimension - 1.0)).exp().clamp(0.01, 1.0);
        let price = (high + low) / 2.0;
        self.value = if self.value.is_nan() { price } else { weight * price + (1.0 - weight) * self.value };
        [self.value]
    }
}

/// McGinley's dynamic: `md += (p - md) / (n (p / md)^4)`, starting as the mean of the first inputs. It goes to the price at
/// most: after a fall to a half or less the divisor is below 1, and the formula alone would leap to the other side of 0 and
/// never come back.
#[derive(Clone, Copy, Debug)]
pub struct McGinley {
    seed: Ema,
    length: f64,
    value: f64,
}

impl McGinley {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { seed: Ema::new(length), length: length as f64, value: f64::NAN }
    }
}

impl Filter for McGinley {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        if self.value.is_nan() {
            self.value = self.seed.next(input);
        } else {
            self.value += (input - self.value) / (self.length * (input / self.value).powi(4)).max(1.0);
        }
        self.value
    }
}

/// Chande's average: an exponential one whose weight is times how much of the movement went one way,
/// `|up - down| / (up + down)`. It starts as the first input with a full window of moves.
#[derive(Clone, Debug)]
pub struct Vidya {
    last: f64,
    up: Sum,
    down: Sum,
    weight: f64,
    value: f64,
}

impl Vidya {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (up, down) = (Sum::new(length), Sum::new(length));
        Self { last: f64::NAN, up, down, weight: 2.0 / (length as f64 + 1.0), value: f64::NAN }
    }
}

impl Filter for Vidya {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let change = input - std::mem::replace(&mut self.last, input);
        if change.is_nan() {
            return f64::NAN;
        }
        let (up, down) = (self.up.next(change.max(0.0)), self.down.next((-change).max(0.0)));
        if up.is_nan() {
            return f64::NAN;
        }
        let one_way = if up + down == 0.0 { 0.0 } else { (up - down).abs() / (up + down) };
        let weight = self.weight * one_way;
        self.value = if self.value.is_nan() { input } else { weight * input + (1.0 - weight) * self.value };
        self.value
    }
}
