//! Follows a trend: long while a short average is above a long one.

use super::Wanted;
use crate::indicator::Filter as _;
use crate::indicator::block::Sma;

/// Long while the mean of the last `fast` closes is above that of the last `slow`; flat while the slow one warms up.
#[derive(Clone, Debug)]
pub struct SmaCross {
    fast: Sma,
    slow: Sma,
}

impl SmaCross {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Sma::new(fast), slow: Sma::new(slow) }
    }

    /// Takes the next close.
    #[inline]
    pub fn update(&mut self, close: f64) -> Wanted {
        let (fast, slow) = (self.fast.next(close), self.slow.next(close));
        // Nothing compares with NaN: flat until both have a value.
        Wanted::long_if(fast > slow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_long_while_the_fast_mean_is_above_and_flat_when_they_are_equal() {
        let mut signal = SmaCross::new(1, 2);
        let wanted = [3.0, 4.0, 4.0, 3.0, 5.0].map(|close| signal.update(close));
        assert_eq!(wanted, [Wanted::Flat, Wanted::Long, Wanted::Flat, Wanted::Flat, Wanted::Long]);
    }
}
