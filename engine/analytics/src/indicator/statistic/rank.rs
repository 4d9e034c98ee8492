//! Where a value lies among the last ones.

use crate::indicator::Filter;
use crate::indicator::block::{Ring, Sorted};

/// The least value of the window that a share of it does not exceed: one of its values, never between two.
#[derive(Clone, Debug)]
pub struct Percentile {
    window: Sorted,
    share: f64,
}

impl Percentile {
    /// `share` 0 to 1. Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, share: f64) -> Self {
        Self { window: Sorted::new(period), share }
    }
}

impl Filter for Percentile {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let Some(sorted) = self.window.next(input) else { return f64::NAN };
        let rank = (self.share * sorted.len() as f64).ceil() as usize;
        sorted[rank.max(1) - 1]
    }
}

/// Share of the last `period` values before this one that are below it, 0 to 100.
#[derive(Clone, Debug)]
pub struct PercentRank(Ring);

impl PercentRank {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Ring::new(period))
    }
}

impl Filter for PercentRank {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let told = if self.0.is_full() {
            let below = self.0.iter().filter(|value| *value < input).count();
            100.0 * below as f64 / self.0.length() as f64
        } else {
            f64::NAN
        };
        self.0.push(input);
        told
    }
}
