//! Where a value lies among the last ones.

use crate::indicator::Filter;
use crate::indicator::block::Ring;

/// The least value of the window that a share of it does not exceed: one of its values, never between two. The window is
/// kept in order, so an input costs a search and a shift.
#[derive(Clone, Debug)]
pub struct Percentile {
    window: Ring,
    /// What the window holds, least first.
    sorted: Vec<f64>,
    share: f64,
}

impl Percentile {
    /// `share` 0 to 1. Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, share: f64) -> Self {
        Self { window: Ring::new(period), sorted: Vec::with_capacity(period), share }
    }
}

impl Filter for Percentile {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let was_full = self.window.is_full();
        let leaving = self.window.push(input);
        if was_full {
            let at = self.sorted.partition_point(|value| *value < leaving);
            self.sorted.remove(at);
        }
        let at = self.sorted.partition_point(|value| *value < input);
        self.sorted.insert(at, input);
        if !self.window.is_full() {
            return f64::NAN;
        }
        let rank = (self.share * self.sorted.len() as f64).ceil() as usize;
        self.sorted[rank.max(1) - 1]
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
