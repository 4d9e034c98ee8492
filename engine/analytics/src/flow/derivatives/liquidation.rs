//! Liquidations: who was closed by force, and whether that is much.

use crate::indicator::block::Moments;

/// Liquidations as they come, bar by bar.
#[derive(Clone, Debug)]
pub struct Liquidations {
    times: f64,
    cumulative: f64,
    totals: Moments,
    /// Mean and variance of the totals before; NaN while there are too few.
    before: (f64, f64),
}

/// What a bar's liquidations say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Liquidated {
    /// Of longs, less of shorts.
    pub net: f64,
    /// Sum of that so far.
    pub cumulative: f64,
    /// Of both together: more than so many standard deviations above the mean of the bars before. `None` before there were
    /// enough.
    pub is_spike: Option<bool>,
}

impl Liquidations {
    /// A spike is above the mean of the `length` totals before by more than `times` their standard deviation (population).
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, times: f64) -> Self {
        Self { times, cumulative: 0.0, totals: Moments::new(length), before: (f64::NAN, f64::NAN) }
    }

    /// Takes the liquidations of longs and of shorts in the next bar.
    pub fn update(&mut self, longs: f64, shorts: f64) -> Liquidated {
        let (net, total) = (longs - shorts, longs + shorts);
        self.cumulative += net;
        let (mean, variance) = std::mem::replace(&mut self.before, self.totals.next(total));
        let is_spike = (!mean.is_nan()).then(|| total > mean + self.times * variance.sqrt());
        Liquidated { net, cumulative: self.cumulative, is_spike }
    }
}
