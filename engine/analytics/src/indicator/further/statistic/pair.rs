//! How a series moves with another, with itself, with time.

use crate::indicator::block::{CoMoments, Lag, LineFit, Moments, Ring};
use crate::indicator::{Filter, Indicator};

/// Correlation of the newest log returns with those some bars earlier.
#[derive(Clone, Debug)]
pub struct Autocorrelation {
    last: f64,
    earlier: Lag,
    both: CoMoments,
}

impl Autocorrelation {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, lag: usize) -> Self {
        Self { last: f64::NAN, earlier: Lag::new(lag), both: CoMoments::new(length) }
    }
}

impl Filter for Autocorrelation {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let change = (input / std::mem::replace(&mut self.last, input)).ln();
        let earlier = self.earlier.next(change);
        self.both.next(change, earlier).map_or(f64::NAN, |both| both.cov / (both.var_x * both.var_y).sqrt())
    }
}

/// Population covariance of two series.
#[derive(Clone, Debug)]
pub struct Covariance(CoMoments);

impl Covariance {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(CoMoments::new(length))
    }
}

impl Indicator<2, 1> for Covariance {
    #[inline]
    fn update(&mut self, [x, y]: [f64; 2]) -> [f64; 1] {
        [self.0.next(x, y).map_or(f64::NAN, |both| both.cov)]
    }
}

/// Bars in which half of a distance to the mean is made good: `-ln 2 / slope` of the changes over the values before; no
/// value where nothing is made good.
#[derive(Clone, Debug)]
pub struct HalfLife {
    last: f64,
    both: CoMoments,
}

impl HalfLife {
    /// Over so many values. Panics below 2.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: f64::NAN, both: CoMoments::new(length - 1) }
    }
}

impl Filter for HalfLife {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.last, input);
        let Some(both) = self.both.next(before, input - before) else { return f64::NAN };
        let slope = both.cov / both.var_x;
        if slope < 0.0 { -std::f64::consts::LN_2 / slope } else { f64::NAN }
    }
}

/// What is asked of the line of least squares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Squared correlation with time; 0 where nothing moves.
    RSquared,
    /// Root of what lies off the line, squared, by `n - 2`.
    StandardError,
    /// Correlation with time.
    Correlation,
}

/// How well the line of least squares fits the window.
#[derive(Clone, Debug)]
pub struct Fitness {
    line: LineFit,
    moments: Moments,
    fit: Fit,
}

impl Fitness {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize, fit: Fit) -> Self {
        Self { line: LineFit::new(length), moments: Moments::new(length), fit }
    }
}

impl Filter for Fitness {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (_, variance) = self.moments.next(input);
        let Some(line) = self.line.next(input) else { return f64::NAN };
        let n = self.line.window().length() as f64;
        let time = (n * n - 1.0) / 12.0;
        let correlation = if variance > 0.0 { line.slope * (time / variance).sqrt() } else { 0.0 };
        match self.fit {
            Fit::Correlation => correlation,
            Fit::RSquared => correlation * correlation,
            Fit::StandardError => ((variance - line.slope * line.slope * time).max(0.0) * n / (n - 2.0)).sqrt(),
        }
    }
}

/// Spearman's correlation of two series: of their ranks, of which equal values share the mean; 0 if one stands still.
/// Square of the length many steps an input.
#[derive(Clone, Debug)]
pub struct Spearman {
    xs: Ring,
    ys: Ring,
}

impl Spearman {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { xs: Ring::new(length), ys: Ring::new(length) }
    }
}

/// Rank of a value among the window's, from 1; equal ones share the mean.
pub(in crate::indicator::further) fn rank(window: &Ring, value: f64) -> f64 {
    let (mut below, mut not_above) = (0.0, 0.0);
    for other in window.iter() {
        below += f64::from(u8::from(other < value));
        not_above += f64::from(u8::from(other <= value));
    }
    (below + not_above + 1.0) / 2.0
}

impl Indicator<2, 1> for Spearman {
    fn update(&mut self, [x, y]: [f64; 2]) -> [f64; 1] {
        if x.is_nan() || y.is_nan() {
            return [f64::NAN];
        }
        self.xs.push(x);
        self.ys.push(y);
        if !self.xs.is_full() {
            return [f64::NAN];
        }
        let middle = (self.xs.length() as f64 + 1.0) / 2.0;
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (x, y) in self.xs.iter().zip(self.ys.iter()) {
            let (x, y) = (rank(&self.xs, x) - middle, rank(&self.ys, y) - middle);
            (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
        }
        [if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }]
    }
}
