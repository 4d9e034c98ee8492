//! Swings: extremes among their neighbours, and momentum about the middle of them.

use crate::indicator::block::{Ema, Extreme, ExtremeOrder, Highest, Lag, Lowest, Maximum, Minimum};
use crate::indicator::{Filter, Indicator};

/// Whether a bar beats all of so many before it and so many behind it.
#[derive(Clone, Debug)]
struct Peak<O> {
    left: Extreme<O>,
    right: Extreme<O>,
    pivot: Lag,
    before: Lag,
}

impl<O: ExtremeOrder> Peak<O> {
    fn new(left: usize, right: usize) -> Self {
        let (pivot, before) = (Lag::new(right), Lag::new(right + 1));
        Self { left: Extreme::new(left), right: Extreme::new(right), pivot, before }
    }

    #[inline]
    fn next(&mut self, input: f64) -> bool {
        let (right, pivot) = (self.right.next(input), self.pivot.next(input));
        let left = self.left.next(self.before.next(input));
        !left.is_nan() && O::beats(pivot, left) && O::beats(pivot, right)
    }
}

/// Williams' fractals: 100 at the bar that shows that the one of `right` bars ago was a swing.
#[derive(Clone, Debug)]
pub struct Fractal {
    high: Peak<Highest>,
    low: Peak<Lowest>,
}

impl Fractal {
    /// Bars before and behind it that a swing must beat. Panics on 0.
    #[must_use]
    pub fn new(left: usize, right: usize) -> Self {
        Self { high: Peak::new(left, right), low: Peak::new(left, right) }
    }
}

impl Indicator<2, 2> for Fractal {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        [self.high.next(high), self.low.next(low)].map(|swing| if swing { 100.0 } else { 0.0 })
    }
}

/// Blau's stochastic momentum: distance to the middle of the range by half of the range, each averaged twice.
#[derive(Clone, Debug)]
pub struct StochasticMomentum {
    high: Maximum,
    low: Minimum,
    distance: [Ema; 2],
    range: [Ema; 2],
    signal: Ema,
}

impl StochasticMomentum {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(window: usize, fast: usize, slow: usize, signal: usize) -> Self {
        let averages = [Ema::new(slow), Ema::new(fast)];
        let (high, low) = (Maximum::new(window), Minimum::new(window));
        Self { high, low, distance: averages, range: averages, signal: Ema::new(signal) }
    }
}

impl Indicator<3, 2> for StochasticMomentum {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let (high, low) = (self.high.next(high), self.low.next(low));
        let twice =
            |averages: &mut [Ema; 2], input| averages.iter_mut().fold(input, |value, average| average.next(value));
        let distance = twice(&mut self.distance, close - (high + low) / 2.0);
        let half = twice(&mut self.range, high - low) / 2.0;
        let value = super::rsi::percent(distance, half);
        let signal = self.signal.next(value);
        [if signal.is_nan() { f64::NAN } else { value }, signal]
    }
}
