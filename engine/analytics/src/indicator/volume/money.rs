//! Volume and price together.

use crate::indicator::block::{Ema, Sma};
use crate::indicator::{Filter, Indicator};

/// Elder's force: an average of what the price moved, times what was traded.
#[derive(Clone, Copy, Debug)]
pub struct Force {
    last: f64,
    average: Ema,
}

impl Force {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { last: f64::NAN, average: Ema::new(period) }
    }
}

impl Indicator<2, 1> for Force {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        if close.is_nan() || volume.is_nan() {
            return [f64::NAN];
        }
        let before = std::mem::replace(&mut self.last, close);
        [self.average.next((close - before) * volume)]
    }
}

/// Volume by the mean of the bars before.
#[derive(Clone, Debug)]
pub struct RelativeVolume {
    mean: Sma,
    before: f64,
}

impl RelativeVolume {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { mean: Sma::new(period), before: f64::NAN }
    }
}

impl Filter for RelativeVolume {
    #[inline]
    fn next(&mut self, volume: f64) -> f64 {
        if volume.is_nan() {
            return f64::NAN;
        }
        let before = self.before;
        self.before = self.mean.next(volume);
        if before == 0.0 { 0.0 } else { volume / before }
    }
}

/// Mean price of all that was traded, taking a bar's typical price for its trades.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vwap {
    money: f64,
    volume: f64,
}

impl Indicator<4, 1> for Vwap {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let typical = (high + low + close) / 3.0;
        if (typical * volume).is_nan() {
            return [f64::NAN];
        }
        self.money += typical * volume;
        self.volume += volume;
        [if self.volume == 0.0 { typical } else { self.money / self.volume }]
    }
}
