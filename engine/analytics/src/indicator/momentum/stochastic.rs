//! Where the close lies between the extremes.

use crate::indicator::block::{Maximum, Minimum};
use crate::indicator::overlap::{Average, Kind};
use crate::indicator::{BLOCK, Filter, Indicator};

use super::Rsi;

/// Place of the close in the range of the window, 0 to 100; 0 where there is no range.
#[derive(Clone, Debug)]
pub(super) struct Place {
    high: Maximum,
    low: Minimum,
}

impl Place {
    pub(super) fn new(period: usize) -> Self {
        Self { high: Maximum::new(period), low: Minimum::new(period) }
    }

    #[inline]
    pub(super) fn next(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let (high, low) = (self.high.next(high), self.low.next(low));
        super::rsi::percent(close - low, high - low)
    }

    /// The same for at most [`BLOCK`] bars.
    #[inline]
    pub(super) fn over(&mut self, [highs, lows, closes]: [&[f64]; 3], places: &mut [f64]) {
        let mut least = [0.0; BLOCK];
        let least = &mut least[..lows.len()];
        least.copy_from_slice(lows);
        places.copy_from_slice(highs);
        self.low.over(least);
        self.high.over(places);
        for ((place, low), close) in places.iter_mut().zip(least).zip(closes) {
            *place = super::rsi::percent(close - *low, *place - *low);
        }
    }
}

/// The place, averaged once, and that averaged again.
#[derive(Clone, Debug)]
pub struct Stochastic {
    place: Place,
    smooth: Average,
    signal: Average,
}

impl Stochastic {
    /// Window, then period and kind of both averages. Panics on a period of 0.
    #[must_use]
    pub fn new(window: usize, smooth: (usize, Kind), signal: (usize, Kind)) -> Self {
        let average = |(period, kind): (usize, Kind)| Average::new(kind, period);
        Self { place: Place::new(window), smooth: average(smooth), signal: average(signal) }
    }

    /// Bars before the first value.
    #[must_use]
    pub fn lookback(window: usize, smooth: (usize, Kind), signal: (usize, Kind)) -> usize {
        window - 1 + smooth.1.lookback(smooth.0) + signal.1.lookback(signal.0)
    }

    /// Takes the next bar: the place, its average, and the average of that. What is not smoothed (a [`fast`](Self::fast)
    /// stochastic of the same window, its signal being our first average) is told by the first two.
    #[inline]
    pub fn all(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let place = self.place.next(high, low, close);
        let k = self.smooth.next(place);
        let d = self.signal.next(k);
        [place, k, d]
    }

    /// Not smoothed but for its signal.
    #[must_use]
    pub fn fast(window: usize, signal: (usize, Kind)) -> Self {
        Self::new(window, (1, Kind::Disabled), signal)
    }
}

impl Indicator<3, 2> for Stochastic {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 2] {
        let [_, k, d] = self.all(bar);
        [if d.is_nan() { f64::NAN } else { k }, d]
    }

    #[inline]
    fn block(&mut self, bars: [&[f64]; 3], [k, d]: [&mut [f64]; 2]) {
        self.place.over(bars, k);
        self.smooth.over(k);
        d.copy_from_slice(k);
        self.signal.over(d);
        for (k, d) in k.iter_mut().zip(d) {
            *k = if d.is_nan() { f64::NAN } else { *k };
        }
    }
}

/// A stochastic with a third line: thrice the first less twice the second.
#[derive(Clone, Debug)]
pub struct Kdj(pub Stochastic);

impl Indicator<3, 3> for Kdj {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 3] {
        let [k, d] = self.0.update(bar);
        [k, d, 3.0 * k - 2.0 * d]
    }
}

/// Stochastic of an RSI.
#[derive(Clone, Debug)]
pub struct StochasticRsi {
    rsi: Rsi,
    stochastic: Stochastic,
}

impl StochasticRsi {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, window: usize, signal: (usize, Kind)) -> Self {
        Self { rsi: Rsi::new(period), stochastic: Stochastic::fast(window, signal) }
    }
}

impl Indicator<1, 2> for StochasticRsi {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        let rsi = self.rsi.next(input);
        self.stochastic.update([rsi; 3])
    }
}

/// Williams' %R: how far below the greatest high the close is, -100 to 0.
#[derive(Clone, Debug)]
pub struct WilliamsR {
    high: Maximum,
    low: Minimum,
}

impl WilliamsR {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { high: Maximum::new(period), low: Minimum::new(period) }
    }
}

impl Indicator<3, 1> for WilliamsR {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let (high, low) = (self.high.next(high), self.low.next(low));
        [-super::rsi::percent(high - close, high - low)]
    }
}
