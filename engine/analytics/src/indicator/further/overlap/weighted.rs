//! Averages with weights of their own. As many steps an input as the window is long.

use crate::indicator::Filter;
use crate::indicator::block::Ring;

/// Sum of the window times weights that sum to 1.
#[derive(Clone, Debug)]
pub struct Weighted {
    window: Ring,
    /// Oldest first.
    weights: Box<[f64]>,
}

impl Weighted {
    fn of(weights: Vec<f64>) -> Self {
        let sum: f64 = weights.iter().sum();
        let window = Ring::new(weights.len());
        Self { window, weights: weights.into_iter().map(|weight| weight / sum).collect() }
    }

    /// Legoux's average: weights are a bell around `offset` (0 the oldest, 1 the newest), `length / sigma` wide. Panics on a
    /// length of 0.
    #[must_use]
    pub fn bell(length: usize, offset: f64, sigma: f64) -> Self {
        let (middle, width) = (offset * (length as f64 - 1.0), length as f64 / sigma);
        let weight = |k: usize| (-(k as f64 - middle).powi(2) / (2.0 * width * width)).exp();
        Self::of((0..length).map(weight).collect())
    }

    /// Weights are Fibonacci's numbers, the greatest on the newest. Panics on a length of 0.
    #[must_use]
    pub fn fibonacci(length: usize) -> Self {
        let mut last = (0.0, 1.0);
        let weights = (0..length).map(|_| {
            last = (last.1, last.0 + last.1);
            last.0
        });
        Self::of(weights.collect())
    }

    /// Weights are the last row of Pascal's triangle of that height. Panics on a length of 0.
    #[must_use]
    pub fn pascal(length: usize) -> Self {
        let mut weight = 1.0;
        let weights = (0..length).map(|k| {
            let this = weight;
            weight *= (length - 1 - k) as f64 / (k + 1) as f64;
            this
        });
        Self::of(weights.collect())
    }

    /// Weights are half a wave. Panics on a length of 0.
    #[must_use]
    pub fn sine(length: usize) -> Self {
        let weight = |k: usize| (std::f64::consts::PI * (k + 1) as f64 / (length + 1) as f64).sin();
        Self::of((0..length).map(weight).collect())
    }

    /// Weights rise by one to the middle and fall again. Panics on a length of 0.
    #[must_use]
    pub fn triangle(length: usize) -> Self {
        Self::of((0..length).map(|k| (k + 1).min(length - k) as f64).collect())
    }
}

impl Filter for Weighted {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.window.push(input);
        if !self.window.is_full() {
            return f64::NAN;
        }
        self.window.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum()
    }
}
