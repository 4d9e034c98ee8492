//! Volume by where in its range a bar closed.

use crate::indicator::block::Sum;
use crate::indicator::{Filter, Indicator};

/// Volume, times 1 for a close at the high, -1 at the low; 0 for a bar without a range.
#[inline]
fn flow(high: f64, low: f64, close: f64, volume: f64) -> f64 {
    let range = high - low;
    if range > 0.0 { ((close - low) - (high - close)) / range * volume } else { 0.0 * volume }
}

/// Chaikin's accumulation and distribution: the sum of all flow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accumulation(f64);

impl Accumulation {
    #[inline]
    fn next(&mut self, [high, low, close, volume]: [f64; 4]) -> f64 {
        let flow = flow(high, low, close, volume);
        if flow.is_nan() {
            return f64::NAN;
        }
        self.0 += flow;
        self.0
    }
}

impl Indicator<4, 1> for Accumulation {
    #[inline]
    fn update(&mut self, bar: [f64; 4]) -> [f64; 1] {
        [self.next(bar)]
    }
}

/// A fast average of accumulation less a slow one. Both begin at the first value, and are not seeded with a mean.
#[derive(Clone, Copy, Debug)]
pub struct AccumulationOscillator {
    line: Accumulation,
    weights: [f64; 2],
    averages: [f64; 2],
    silent: usize,
}

impl AccumulationOscillator {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize) -> Self {
        let weights = [fast, slow].map(|period| 2.0 / (period as f64 + 1.0));
        Self { line: Accumulation::default(), weights, averages: [f64::NAN; 2], silent: fast.max(slow) - 1 }
    }
}

impl Indicator<4, 1> for AccumulationOscillator {
    #[inline]
    fn update(&mut self, bar: [f64; 4]) -> [f64; 1] {
        let line = self.line.next(bar);
        if line.is_nan() {
            return [f64::NAN];
        }
        for (average, weight) in self.averages.iter_mut().zip(self.weights) {
            *average = if average.is_nan() { line } else { weight * line + (1.0 - weight) * *average };
        }
        if self.silent > 0 {
            self.silent -= 1;
            return [f64::NAN];
        }
        [self.averages[0] - self.averages[1]]
    }
}

/// Chaikin's money flow: the flow of the window by its volume.
#[derive(Clone, Debug)]
pub struct MoneyFlow {
    flow: Sum,
    volume: Sum,
}

impl MoneyFlow {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { flow: Sum::new(period), volume: Sum::new(period) }
    }
}

impl Indicator<4, 1> for MoneyFlow {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let (flow, volume) = (self.flow.next(flow(high, low, close, volume)), self.volume.next(volume));
        [if volume == 0.0 { 0.0 } else { flow / volume }]
    }
}
