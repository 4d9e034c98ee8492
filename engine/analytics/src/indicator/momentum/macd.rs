//! Moving average convergence/divergence.

use crate::indicator::block::Ema;
use crate::indicator::{Filter, Indicator};

/// Difference of a fast and a slow average, the average of that difference, and what lies between the two. Both
/// averages end their seeds on the same input.
#[derive(Clone, Copy, Debug)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

/// One result of a [`Macd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacdValue {
    /// Fast average less slow average.
    pub macd: f64,
    /// Average of `macd`.
    pub signal: f64,
    /// `macd` less `signal`.
    pub histogram: f64,
}

impl Macd {
    /// Panics on a period of 0. A fast period above the slow one is exchanged with it.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let (fast, slow) = (fast.min(slow), fast.max(slow));
        Self { fast: Ema::new(fast).after(slow - fast), slow: Ema::new(slow), signal: Ema::new(signal) }
    }

    /// Takes the next input; all three NaN before input `slow + signal - 1`.
    #[inline]
    pub fn next(&mut self, input: f64) -> MacdValue {
        let macd = self.fast.next(input) - self.slow.next(input);
        let signal = self.signal.next(macd);
        let histogram = macd - signal;
        MacdValue { macd: if signal.is_nan() { f64::NAN } else { macd }, signal, histogram }
    }
}

impl Indicator<1, 3> for Macd {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        let MacdValue { macd, signal, histogram } = self.next(input);
        [macd, signal, histogram]
    }
}
