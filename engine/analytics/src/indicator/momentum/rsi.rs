//! Relative strength index.

use crate::indicator::Filter;
use crate::indicator::block::Rma;

/// Share of gains in all movement, 0 to 100, by Wilder's averages.
#[derive(Clone, Copy, Debug)]
pub struct Rsi {
    last: f64,
    gain: Rma,
    loss: Rma,
}

impl Rsi {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { last: f64::NAN, gain: Rma::new(period), loss: Rma::new(period) }
    }
}

impl Filter for Rsi {
    /// From the input after the `period`-th on. A series that never moved has index 0.
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let change = input - std::mem::replace(&mut self.last, input);
        if change.is_nan() {
            return f64::NAN;
        }
        let (gain, loss) = (self.gain.next(change.max(0.0)), self.loss.next((-change).max(0.0)));
        let movement = gain + loss;
        // NaN while it warms up is not 0.
        if movement == 0.0 { 0.0 } else { 100.0 * (gain / movement) }
    }
}
