//! What a derivatives venue says beside its prices: open interest, funding, premium, positions, liquidations.
//!
//! Each value is that of one snapshot or one bar; whoever calls says how far they are apart.

pub mod funding;
pub mod liquidation;
pub mod open_interest;
pub mod position;
pub mod premium;

use super::{known, ratio};
use crate::indicator::block::Moments;

/// How many standard deviations (population) the newest value is from the mean of the last so many, itself included.
#[derive(Clone, Debug)]
struct ZScore(Moments);

impl ZScore {
    fn new(length: usize) -> Self {
        Self(Moments::new(length))
    }

    #[inline]
    fn update(&mut self, value: f64) -> Option<f64> {
        let (mean, variance) = self.0.next(value);
        ratio(value - mean, variance.sqrt())
    }
}
