//! Moving average convergence/divergence.

use super::Ema;

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
    pub fn new(fast: u32, slow: u32, signal: u32) -> Self {
        let (fast, slow) = (fast.min(slow), fast.max(slow));
        Self { fast: Ema::starting_after(fast, slow - fast), slow: Ema::new(slow), signal: Ema::new(signal) }
    }

    /// Takes the next input; results from input `slow + signal - 1` on.
    pub fn update(&mut self, input: f64) -> Option<MacdValue> {
        let (fast, slow) = (self.fast.update(input), self.slow.update(input));
        let macd = fast? - slow?;
        let signal = self.signal.update(macd)?;
        Some(MacdValue { macd, signal, histogram: macd - signal })
    }
}
