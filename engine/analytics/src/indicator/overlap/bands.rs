//! Bands around a price.

use super::{Average, Kind};
use crate::indicator::block::{After, Ema, Maximum, Minimum, Moments, Rma, Sma, TrueRange};
use crate::indicator::{Filter, Indicator};

/// Bollinger's bands: so many deviations around an average.
#[derive(Clone, Debug)]
pub struct Bollinger {
    moments: Moments,
    /// `None`: the mean of the moments is it.
    average: Option<Average>,
    up: f64,
    down: f64,
}

impl Bollinger {
    /// Deviations above and below. Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, up: f64, down: f64, kind: Kind) -> Self {
        let plain = matches!(kind, Kind::Sma | Kind::Default);
        let average = (!plain).then(|| Average::new(kind, period));
        Self { moments: Moments::new(period), average, up, down }
    }
}

impl Indicator<1, 3> for Bollinger {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        let (mean, variance) = self.moments.next(input);
        let middle = self.average.as_mut().map_or(mean, |average| average.next(input));
        let deviation = variance.sqrt();
        let (upper, lower) = (middle + self.up * deviation, middle - self.down * deviation);
        [upper, if upper.is_nan() { f64::NAN } else { middle }, lower]
    }

    #[inline]
    fn block(&mut self, [inputs]: [&[f64]; 1], [upper, middle, lower]: [&mut [f64]; 3]) {
        middle.copy_from_slice(inputs);
        self.moments.over(middle, lower);
        if let Some(average) = &mut self.average {
            middle.copy_from_slice(inputs);
            average.over(middle);
        }
        for ((upper, middle), lower) in upper.iter_mut().zip(middle).zip(lower) {
            let deviation = lower.sqrt();
            (*upper, *lower) = (*middle + self.up * deviation, *middle - self.down * deviation);
            *middle = if upper.is_nan() { f64::NAN } else { *middle };
        }
    }
}

/// Donchian's channel: the extremes of the window.
#[derive(Clone, Debug)]
pub struct Donchian {
    high: Maximum,
    low: Minimum,
}

impl Donchian {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { high: Maximum::new(period), low: Minimum::new(period) }
    }
}

impl Indicator<2, 3> for Donchian {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 3] {
        let (upper, lower) = (self.high.next(high), self.low.next(low));
        [upper, (upper + lower) / 2.0, lower]
    }
}

/// Headley's acceleration bands.
#[derive(Clone, Debug)]
pub struct Acceleration([Sma; 3]);

impl Acceleration {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self([Sma::new(period), Sma::new(period), Sma::new(period)])
    }
}

impl Indicator<3, 3> for Acceleration {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let sum = high + low;
        let width = if sum == 0.0 { 0.0 } else { 4.0 * (high - low) / sum };
        let [upper, middle, lower] = &mut self.0;
        [upper.next(high * (1.0 + width)), middle.next(close), lower.next(low * (1.0 - width))]
    }
}

/// Keltner's channel: an average of the typical price, and so many average ranges around it. Both have their first value
/// on the same bar.
#[derive(Clone, Debug)]
pub struct Keltner {
    middle: After<Ema>,
    range: TrueRange,
    average_range: After<Rma>,
    width: f64,
}

impl Keltner {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, range: usize, width: f64) -> Self {
        let lookback = (period - 1).max(range);
        Self {
            middle: After::new(lookback + 1 - period, Ema::new(period)),
            range: TrueRange::new(),
            average_range: After::new(lookback - range, Rma::new(range)),
            width,
        }
    }
}

impl Indicator<3, 3> for Keltner {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let middle = self.middle.next((high + low + close) / 3.0);
        let range = self.average_range.next(self.range.next(high, low, close));
        [middle + self.width * range, middle, middle - self.width * range]
    }
}
