//! Who is on which side.

use super::{ZScore, ratio};

/// What takers bought by what they sold; `None` where they sold nothing.
#[must_use]
pub fn taker_ratio(bought: f64, sold: f64) -> Option<f64> {
    ratio(bought, sold)
}

/// Long by short: of accounts or of positions, as the share that it is given is.
#[derive(Clone, Debug)]
pub struct LongShort(ZScore);

/// What a share says of itself among others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LongShortRatio {
    /// Long by short; `None` where nobody is short.
    pub ratio: Option<f64>,
    /// Standard deviations from the mean of the last so many; `None` before there were, or where all are one.
    pub score: Option<f64>,
}

impl LongShort {
    /// Scored among `length` ratios. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(ZScore::new(length))
    }

    /// Takes the next share of those who are long: 0 to 1.
    pub fn update(&mut self, long_share: f64) -> LongShortRatio {
        let ratio = ratio(long_share, 1.0 - long_share);
        LongShortRatio { ratio, score: ratio.and_then(|ratio| self.0.update(ratio)) }
    }
}
