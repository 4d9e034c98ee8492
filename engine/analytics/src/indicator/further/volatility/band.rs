//! Ranges and bands.

use crate::indicator::block::{Ema, Maximum, Moments, Sma, TrueRange};
use crate::indicator::volatility::Atr;
use crate::indicator::{Filter, Indicator};

/// Plain average of the typical price, and an average range around it: middle, upper, lower.
#[derive(Clone, Debug)]
pub struct Aberration {
    middle: Sma,
    range: Atr,
}

impl Aberration {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, range: usize) -> Self {
        Self { middle: Sma::new(length), range: Atr::new(range) }
    }
}

impl Indicator<3, 3> for Aberration {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let (middle, range) = (self.middle.next((high + low + close) / 3.0), self.range.next(high, low, close));
        [middle, middle + range, middle - range]
    }
}

/// Place between Bollinger's bands, 0 the lower and 1 the upper, and how wide they are in percent of the middle.
#[derive(Clone, Debug)]
pub struct PercentB {
    moments: Moments,
    times: f64,
}

impl PercentB {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, times: f64) -> Self {
        Self { moments: Moments::new(length), times }
    }
}

impl Indicator<1, 2> for PercentB {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        let (middle, variance) = self.moments.next(input);
        let width = self.times * variance.sqrt();
        [(input - (middle - width)) / (2.0 * width), 100.0 * 2.0 * width / middle]
    }
}

/// Elder's thermometer, `max(|L1 - L|, |H - H1|)`, and its exponential average.
#[derive(Clone, Copy, Debug)]
pub struct Thermometer {
    last: (f64, f64),
    signal: Ema,
}

impl Thermometer {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: (f64::NAN, f64::NAN), signal: Ema::new(length) }
    }
}

impl Indicator<2, 2> for Thermometer {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let (last_high, last_low) = std::mem::replace(&mut self.last, (high, low));
        let heat = (last_low - low).abs().max((high - last_high).abs());
        [heat, self.signal.next(heat)]
    }
}

/// Root of the mean square of the drawdowns, in percent, from the greatest of each window.
#[derive(Clone, Debug)]
pub struct Ulcer {
    high: Maximum,
    mean: Sma,
}

impl Ulcer {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { high: Maximum::new(length), mean: Sma::new(length) }
    }
}

impl Filter for Ulcer {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let high = self.high.next(input);
        let drawdown = 100.0 * (input - high) / high;
        self.mean.next(drawdown * drawdown).sqrt()
    }
}

/// True range by the average range of the bar before.
#[derive(Clone, Copy, Debug)]
pub struct RangeRatio {
    range: TrueRange,
    average: Atr,
    before: f64,
}

impl RangeRatio {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { range: TrueRange::new(), average: Atr::new(length), before: f64::NAN }
    }
}

impl Indicator<3, 1> for RangeRatio {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.before, self.average.next(high, low, close));
        [self.range.next(high, low, close) / before]
    }
}
