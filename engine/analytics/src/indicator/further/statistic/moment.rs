//! Shape of a window: spread, skew, tails, order.

use crate::indicator::Filter;
use crate::indicator::block::{Moments, Ring, Sma, Sorted, Sum};
use crate::indicator::further::beyond_rounding;
use crate::indicator::price::MeanDeviation;

/// Which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `sqrt(n (n - 1)) / (n - 2) * m3 / m2^1.5`.
    Skew,
    /// Excess, corrected for the sample: `(n - 1) / ((n - 2) (n - 3)) * ((n + 1) (m4 / m2² - 3) + 6)`.
    Kurtosis,
}

/// Third or fourth moment about the mean, corrected for the sample; no value where nothing moves. As many steps an input as
/// the window is long: sums of fourth powers that are kept lose too much.
#[derive(Clone, Debug)]
pub struct HigherMoment {
    mean: Sma,
    shape: Shape,
}

impl HigherMoment {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, shape: Shape) -> Self {
        Self { mean: Sma::new(length), shape }
    }
}

impl Filter for HigherMoment {
    fn next(&mut self, input: f64) -> f64 {
        let mean = self.mean.next(input);
        if mean.is_nan() {
            return f64::NAN;
        }
        let n = self.mean.window().length() as f64;
        let (mut m2, mut m3, mut m4) = (0.0, 0.0, 0.0);
        for value in self.mean.window().iter() {
            let (distance, square) = (value - mean, (value - mean).powi(2));
            m2 += square;
            m3 += square * distance;
            m4 += square * square;
        }
        (m2, m3, m4) = (m2 / n, m3 / n, m4 / n);
        // What stands still has no shape; its distances to the mean are what the mean was rounded by.
        if beyond_rounding(m2.sqrt(), mean) == 0.0 {
            return f64::NAN;
        }
        match self.shape {
            Shape::Skew => (n * (n - 1.0)).sqrt() / (n - 2.0) * m3 / m2.powf(1.5),
            Shape::Kurtosis => (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * (m4 / (m2 * m2) - 3.0) + 6.0),
        }
    }
}

/// Middle of a row in order: the mean of both if there are two.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// Median of the window.
#[derive(Clone, Debug)]
pub struct Median(Sorted);

impl Median {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Sorted::new(length))
    }
}

impl Filter for Median {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input).map_or(f64::NAN, middle)
    }
}

/// Median distance to the median. Sorts the distances at every input.
#[derive(Clone, Debug)]
pub struct MedianDeviation {
    window: Sorted,
    distances: Vec<f64>,
}

impl MedianDeviation {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { window: Sorted::new(length), distances: Vec::with_capacity(length) }
    }
}

impl Filter for MedianDeviation {
    fn next(&mut self, input: f64) -> f64 {
        let Some(sorted) = self.window.next(input) else { return f64::NAN };
        let median = middle(sorted);
        self.distances.clear();
        self.distances.extend(sorted.iter().map(|value| (value - median).abs()));
        self.distances.sort_unstable_by(f64::total_cmp);
        middle(&self.distances)
    }
}

/// Value at `share * (n - 1)` of the window in order, by a straight line between neighbours.
#[derive(Clone, Debug)]
pub struct Quantile {
    window: Sorted,
    share: f64,
}

impl Quantile {
    /// `share` 0 to 1. Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, share: f64) -> Self {
        Self { window: Sorted::new(length), share }
    }
}

impl Filter for Quantile {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let Some(sorted) = self.window.next(input) else { return f64::NAN };
        let place = self.share * (sorted.len() - 1) as f64;
        let below = place as usize;
        let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
        low + (high - low) * place.fract()
    }
}

/// Mean distance to the mean.
pub type MeanAbsolute = MeanDeviation;

/// How many population deviations it is from the mean; 0 where there is none.
#[derive(Clone, Debug)]
pub struct ZScore(Moments);

impl ZScore {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Moments::new(length))
    }
}

impl Filter for ZScore {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (mean, variance) = self.0.next(input);
        if variance == 0.0 { 0.0 } else { (input - mean) / variance.sqrt() }
    }
}

/// Entropy of the window's shares, in bits: `-Σ p log2 p`, each `p` an input by the sum of the window that ends with it.
#[derive(Clone, Debug)]
pub struct Entropy {
    whole: Sum,
    parts: Sum,
}

impl Entropy {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { whole: Sum::new(length), parts: Sum::new(length) }
    }
}

impl Filter for Entropy {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let share = input / self.whole.next(input);
        -self.parts.next(share * share.log2())
    }
}

/// Hurst's exponent of a window of log returns, by rescaled ranges: slope of `ln(R / S)` over `ln(s)` for chunks
/// of 8, 16, 32 … returns, at most half of the window; of each size the mean over chunks side by side from the
/// oldest, but for those that stand still. As many steps an input as the window is long, for each size.
#[derive(Clone, Debug)]
pub struct Hurst {
    last: f64,
    returns: Ring,
    flat: Vec<f64>,
}

impl Hurst {
    /// Least chunk.
    const LEAST: usize = 8;

    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: f64::NAN, returns: Ring::new(length), flat: Vec::with_capacity(length) }
    }
}

impl Filter for Hurst {
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let change = (input / std::mem::replace(&mut self.last, input)).ln();
        if change.is_nan() {
            return f64::NAN;
        }
        self.returns.push(change);
        if !self.returns.is_full() {
            return f64::NAN;
        }
        self.flat.clear();
        self.flat.extend(self.returns.iter());
        let (mut n, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let mut size = Self::LEAST;
        while size <= self.flat.len() / 2 {
            let (mut sum, mut count) = (0.0, 0.0);
            for rescaled in self.flat.chunks_exact(size).filter_map(rescaled_range) {
                sum += rescaled;
                count += 1.0;
            }
            if count > 0.0 {
                let (log_size, log_range) = ((size as f64).ln(), f64::ln(sum / count));
                (n, x, y) = (n + 1.0, x + log_size, y + log_range);
                (xx, xy) = (xx + log_size * log_size, xy + log_size * log_range);
            }
            size *= 2;
        }
        (n * xy - x * y) / (n * xx - x * x)
    }
}

/// How far the sum of distances to the mean strays, by the deviation.
fn rescaled_range(chunk: &[f64]) -> Option<f64> {
    let n = chunk.len() as f64;
    let mean = chunk.iter().sum::<f64>() / n;
    let (mut sum, mut low, mut high, mut squares) = (0.0, f64::INFINITY, f64::NEG_INFINITY, 0.0);
    for value in chunk {
        sum += value - mean;
        squares += (value - mean).powi(2);
        (low, high) = (sum.min(low), sum.max(high));
    }
    let deviation = f64::sqrt(squares / n);
    (deviation > 0.0).then(|| (high - low) / deviation)
}
