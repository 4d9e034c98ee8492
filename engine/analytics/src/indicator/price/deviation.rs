//! Mean deviation.

use crate::indicator::Filter;
use crate::indicator::block::Sma;

/// Mean distance of the last inputs to their mean. As many steps an input as the window holds: the mean moves, and all
/// distances with it.
#[derive(Clone, Debug)]
pub struct MeanDeviation {
    mean: Sma,
}

impl MeanDeviation {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { mean: Sma::new(period) }
    }

    /// Mean, and mean distance to it; NaN until the window is full.
    #[inline]
    pub fn both(&mut self, input: f64) -> (f64, f64) {
        let mean = self.mean.next(input);
        if mean.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let window = self.mean.window();
        let sum: f64 = window.iter().map(|value| (value - mean).abs()).sum();
        (mean, sum / window.length() as f64)
    }
}

impl Filter for MeanDeviation {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.both(input).1
    }
}
