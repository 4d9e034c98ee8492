//! Sums over a window.

use super::Ring;
use crate::indicator::{Filter, any_nan};

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

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        if !self.window.is_full() || any_nan(values) {
            return values.iter_mut().for_each(|value| *value = self.next(*value));
        }
        let (mut sum, mut fresh) = (self.sum, self.fresh);
        self.window.push_all(values, |input, leaving, is_round| {
            fresh += input;
            sum += input - leaving;
            if is_round {
                sum = fresh;
                fresh = 0.0;
            }
            sum
        });
        (self.sum, self.fresh) = (sum, fresh);
    }
}
