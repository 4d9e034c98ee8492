//! What a perpetual costs more than its coin, and which of both is bought.

use super::{known, ratio};
use crate::indicator::Filter;
use crate::indicator::block::Ema;

/// Perpetual less spot, in units of the price.
#[must_use]
#[inline]
pub fn basis(perp: f64, spot: f64) -> f64 {
    perp - spot
}

/// The same in hundredths of a percent of the spot price.
#[must_use]
#[inline]
pub fn basis_bps(perp: f64, spot: f64) -> Option<f64> {
    ratio(1e4 * basis(perp, spot), spot)
}

/// Basis in hundredths of a percent, averaged exponentially from the mean of its first values on.
#[derive(Clone, Debug)]
pub struct Premium(Ema);

impl Premium {
    /// Over `length` values. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Ema::new(length))
    }

    /// Takes the next pair of prices; `None` before there were `length`.
    pub fn update(&mut self, perp: f64, spot: f64) -> Option<f64> {
        known(self.0.next(basis_bps(perp, spot)?))
    }
}

/// Cumulative volume delta of spot less that of the perpetual: above 0 the coin is bought more than the bet on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpotPerpCvd {
    value: f64,
}

impl SpotPerpCvd {
    /// Takes the deltas of both in the next bar; gives the difference of their sums.
    pub fn update(&mut self, spot_delta: f64, perp_delta: f64) -> f64 {
        self.value += spot_delta - perp_delta;
        self.value
    }
}
