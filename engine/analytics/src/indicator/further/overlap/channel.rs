//! Bands and stops by ranges.

use crate::indicator::block::{LineFit, Maximum, Minimum, Moments, Sma};
use crate::indicator::volatility::Atr;
use crate::indicator::{Filter, Indicator};

/// Chandelier exits: greatest high less so many average ranges, least low and so many more.
#[derive(Clone, Debug)]
pub struct Chandelier {
    high: Maximum,
    low: Minimum,
    range: Atr,
    times: f64,
}

impl Chandelier {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, times: f64) -> Self {
        Self { high: Maximum::new(length), low: Minimum::new(length), range: Atr::new(length), times }
    }
}

impl Indicator<3, 2> for Chandelier {
    /// Long and short.
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let width = self.times * self.range.next(high, low, close);
        [self.high.next(high) - width, self.low.next(low) + width]
    }
}

/// Chande and Kroll's stop: the extremes, over a second window, of chandelier exits.
#[derive(Clone, Debug)]
pub struct ChandeKroll {
    first: Chandelier,
    long: Maximum,
    short: Minimum,
}

impl ChandeKroll {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, times: f64, second: usize) -> Self {
        Self { first: Chandelier::new(length, times), long: Maximum::new(second), short: Minimum::new(second) }
    }
}

impl Indicator<3, 2> for ChandeKroll {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 2] {
        let [long, short] = self.first.update(bar);
        [self.long.next(long), self.short.next(short)]
    }
}

/// A plain average, and so many percent around it: upper, middle, lower.
#[derive(Clone, Debug)]
pub struct Envelope {
    middle: Sma,
    share: f64,
}

impl Envelope {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, percent: f64) -> Self {
        Self { middle: Sma::new(length), share: percent / 100.0 }
    }
}

impl Indicator<1, 3> for Envelope {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        let middle = self.middle.next(input);
        [middle * (1.0 + self.share), middle, middle * (1.0 - self.share)]
    }
}

/// End of the line of least squares, and so many population deviations of what lies off it: upper, middle, lower.
#[derive(Clone, Debug)]
pub struct RegressionChannel {
    fit: LineFit,
    moments: Moments,
    times: f64,
}

impl RegressionChannel {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize, times: f64) -> Self {
        Self { fit: LineFit::new(length), moments: Moments::new(length), times }
    }
}

impl Indicator<1, 3> for RegressionChannel {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        let (_, variance) = self.moments.next(input);
        let Some(line) = self.fit.next(input) else { return [f64::NAN; 3] };
        let length = self.fit.window().length() as f64;
        let middle = line.at(length - 1.0);
        let off = (variance - line.slope * line.slope * (length * length - 1.0) / 12.0).max(0.0);
        let width = self.times * off.sqrt();
        [middle + width, middle, middle - width]
    }
}

/// Stoller's channel: a plain average of the close and so many average ranges around it: upper, middle, lower.
#[derive(Clone, Debug)]
pub struct Starc {
    middle: Sma,
    range: Atr,
    times: f64,
}

impl Starc {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, range: usize, times: f64) -> Self {
        Self { middle: Sma::new(length), range: Atr::new(range), times }
    }
}

impl Indicator<3, 3> for Starc {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let (middle, width) = (self.middle.next(close), self.times * self.range.next(high, low, close));
        [middle + width, middle, middle - width]
    }
}
