//! What looks at every value of its window anew, or at every pair of them.

use crate::indicator::block::{CoMoments, Ring};
use crate::indicator::{Filter, Indicator};

/// Kendall's rank correlation of two series, tau-b: pairs of the window that are in one order less those that are in both, by
/// the root of the pairs that differ in the first times those that differ in the second; 0 if one stands still. Square of the
/// length many steps an input.
#[derive(Clone, Debug)]
pub struct Kendall {
    xs: Ring,
    ys: Ring,
}

impl Kendall {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { xs: Ring::new(length), ys: Ring::new(length) }
    }
}

impl Indicator<2, 1> for Kendall {
    fn update(&mut self, [x, y]: [f64; 2]) -> [f64; 1] {
        self.xs.push(x);
        self.ys.push(y);
        if !self.xs.is_full() {
            return [f64::NAN];
        }
        let order = |one: f64, other: f64| i64::from(one > other) - i64::from(one < other);
        let (mut together, mut differ_x, mut differ_y) = (0_i64, 0_i64, 0_i64);
        for newer in 0..self.xs.length() {
            for older in newer + 1..self.xs.length() {
                let x = order(self.xs.back(newer), self.xs.back(older));
                let y = order(self.ys.back(newer), self.ys.back(older));
                together += x * y;
                differ_x += x * x;
                differ_y += y * y;
            }
        }
        let whole = differ_x as f64 * differ_y as f64;
        [if whole > 0.0 { together as f64 / whole.sqrt() } else { 0.0 }]
    }
}

/// A series against a benchmark, by the least squares of its simple returns on the benchmark's: slope, intercept a bar, and
/// the squared correlation.
#[derive(Clone, Debug)]
pub struct AgainstBenchmark {
    last: [f64; 2],
    both: CoMoments,
}

impl AgainstBenchmark {
    /// Over so many returns. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: [f64::NAN; 2], both: CoMoments::new(length) }
    }
}

impl Indicator<2, 3> for AgainstBenchmark {
    /// Beta, alpha, R².
    #[inline]
    fn update(&mut self, [price, benchmark]: [f64; 2]) -> [f64; 3] {
        let [last, last_benchmark] = std::mem::replace(&mut self.last, [price, benchmark]);
        let Some(both) = self.both.next(benchmark / last_benchmark - 1.0, price / last - 1.0) else {
            return [f64::NAN; 3];
        };
        let beta = both.cov / both.var_x;
        [beta, both.mean_y - beta * both.mean_x, both.cov * both.cov / (both.var_x * both.var_y)]
    }
}

/// Sample entropy (Richman, Moorman 2000): `-ln(A / B)`, `B` the pairs of stretches of `m` values that nowhere differ by more
/// than `r` population deviations of the window, `A` those that do not with the value behind them, too. No value where there
/// are none. Square of the length many steps an input.
#[derive(Clone, Debug)]
pub struct SampleEntropy {
    window: Ring,
    stretch: usize,
    tolerance: f64,
    /// The window, oldest first: what is asked for by pairs lies in a row.
    values: Box<[f64]>,
}

impl SampleEntropy {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, stretch: usize, tolerance: f64) -> Self {
        Self { window: Ring::new(length), stretch, tolerance, values: vec![0.0; length].into() }
    }
}

impl Filter for SampleEntropy {
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.window.push(input);
        if !self.window.is_full() {
            return f64::NAN;
        }
        for (place, value) in self.values.iter_mut().zip(self.window.iter()) {
            *place = value;
        }
        let (values, n) = (&self.values, self.values.len());
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n as f64;
        let near = self.tolerance * variance.sqrt();
        let (mut short, mut long) = (0.0_f64, 0.0_f64);
        for one in 0..n.saturating_sub(self.stretch) {
            for other in one + 1..n - self.stretch {
                let alike = |place: usize| (values[one + place] - values[other + place]).abs() <= near;
                if (0..self.stretch).all(alike) {
                    short += 1.0;
                    long += f64::from(u8::from(alike(self.stretch)));
                }
            }
        }
        if long > 0.0 { -(long / short).ln() } else { f64::NAN }
    }
}

/// Horizons of a [`VarianceRatio`], in bars.
const HORIZONS: [usize; 3] = [2, 4, 8];

/// Lo and MacKinlay's (1988) ratio of the variance of the log returns of `q` bars to `q` times that of one bar, overlapping
/// and unbiased, and its score that allows for changing variance; for `q` of 2, 4 and 8. Of a random walk it is 1; above 1
/// trends, below 1 comes back. No value where nothing moves.
#[derive(Clone, Debug)]
pub struct VarianceRatio {
    logs: Ring,
    values: Box<[f64]>,
}

impl VarianceRatio {
    /// Over so many returns. Panics below 9: the longest horizon has to fit in.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 8, "a window shorter than its horizon");
        Self { logs: Ring::new(length + 1), values: vec![0.0; length + 1].into() }
    }

    fn of(values: &[f64], horizon: usize) -> (f64, f64) {
        let returns = values.len() - 1;
        let (n, q) = (returns as f64, horizon as f64);
        let mean = (values[returns] - values[0]) / n;
        let off = |at: usize| values[at] - values[at - 1] - mean;
        let squares = (1..=returns).map(|at| off(at) * off(at)).sum::<f64>();
        let far = |at: usize| values[at] - values[at - horizon] - q * mean;
        let wide = (horizon..=returns).map(|at| far(at) * far(at)).sum::<f64>();
        let ratio = wide / (q * (n - q + 1.0) * (1.0 - q / n)) / (squares / (n - 1.0));
        let spread: f64 = (1..horizon)
            .map(|lag| {
                let both = (lag + 1..=returns).map(|at| off(at) * off(at) * off(at - lag) * off(at - lag)).sum::<f64>();
                let share = 2.0 * (q - lag as f64) / q;
                share * share * both / (squares * squares)
            })
            .sum();
        (ratio, (ratio - 1.0) / spread.sqrt())
    }
}

impl Indicator<1, 6> for VarianceRatio {
    /// Ratio and score of each horizon.
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 6] {
        if input.is_nan() {
            return [f64::NAN; 6];
        }
        self.logs.push(input.ln());
        if !self.logs.is_full() {
            return [f64::NAN; 6];
        }
        for (place, value) in self.values.iter_mut().zip(self.logs.iter()) {
            *place = value;
        }
        let [two, four, eight] = HORIZONS.map(|horizon| Self::of(&self.values, horizon));
        [two.0, two.1, four.0, four.1, eight.0, eight.1]
    }
}
