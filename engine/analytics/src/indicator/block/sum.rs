//! Sums over a window.

use super::Ring;
use crate::indicator::Filter;

/// Sum of the last `length` inputs.
#[derive(Clone, Debug)]
pub struct Sum {
    window: Ring,
    sum: f64,
    /// Sum of what came since the ring started anew.
    fresh: f64,
}

impl Sum {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { window: Ring::new(length), sum: 0.0, fresh: 0.0 }
    }

    /// Inputs in the window.
    #[must_use]
    pub fn length(&self) -> usize {
        self.window.length()
    }

    /// What is summed, oldest first.
    pub fn window(&self) -> &Ring {
        &self.window
    }
}

impl Filter for Sum {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.fresh += input;
        let leaving = self.window.push(input);
        self.sum += input - leaving;
        if self.window.is_round() {
            self.sum = self.fresh;
            self.fresh = 0.0;
        }
        if self.window.is_full() { self.sum } else { f64::NAN }
    }
}
