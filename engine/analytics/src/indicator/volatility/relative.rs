//! Relative volatility.

use crate::indicator::Filter;
use crate::indicator::block::{Moments, Rma};

/// Share of the deviation that came while the price rose, 0 to 100, by Wilder's averages.
#[derive(Clone, Debug)]
pub struct RelativeVolatility {
    moments: Moments,
    last: f64,
    up: Rma,
    down: Rma,
}

impl RelativeVolatility {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(average: usize, deviation: usize) -> Self {
        let moments = Moments::new(deviation);
        Self { moments, last: f64::NAN, up: Rma::new(average), down: Rma::new(average) }
    }
}

impl Filter for RelativeVolatility {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let deviation = self.moments.next(input).1.sqrt();
        let before = std::mem::replace(&mut self.last, input);
        if deviation.is_nan() {
            return f64::NAN;
        }
        let up = self.up.next(if input > before { deviation } else { 0.0 });
        let down = self.down.next(if input < before { deviation } else { 0.0 });
        if up + down == 0.0 { 0.0 } else { 100.0 * up / (up + down) }
    }
}
