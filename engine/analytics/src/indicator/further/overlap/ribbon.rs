//! Many averages of one series, and averages that look ahead.

use crate::indicator::block::{Ema, Sma};
use crate::indicator::{Filter, Indicator};

/// Guppy's lengths: six for those who trade, six for those who invest.
pub(super) const GUPPY: [usize; 12] = [3, 5, 8, 10, 12, 15, 30, 35, 40, 45, 50, 60];

/// Guppy's ribbon: exponential averages of 3, 5, 8, 10, 12, 15 and of 30, 35, 40, 45, 50, 60 inputs.
#[derive(Clone, Debug)]
pub struct Guppy([Ema; 12]);

impl Guppy {
    /// Before the first input.
    #[must_use]
    pub fn new() -> Self {
        Self(GUPPY.map(Ema::new))
    }
}

impl Default for Guppy {
    fn default() -> Self {
        Self::new()
    }
}

impl Indicator<1, 12> for Guppy {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 12] {
        self.0.each_mut().map(|average| average.next(input))
    }
}

/// Widner's rainbow: a plain average, its plain average, and so on, ten times.
#[derive(Clone, Debug)]
pub struct Rainbow([Sma; 10]);

impl Rainbow {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(std::array::from_fn(|_| Sma::new(length)))
    }
}

impl Indicator<1, 10> for Rainbow {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 10] {
        let mut value = input;
        self.0.each_mut().map(|average| {
            value = average.next(value);
            value
        })
    }
}

/// Holt and Winters' average with level `F`, trend `V` and its change `A`:
/// `F = (1 - na) (F1 + V1 + A1 / 2) + na p`, `V = (1 - nb) (V1 + A1) + nb (F - F1)`, `A = (1 - nc) A1 + nc (V - V1)`; it is
/// `F + V + A / 2`. The level begins as the first input, both others as 0.
#[derive(Clone, Copy, Debug)]
pub struct HoltWinters {
    weights: [f64; 3],
    level: f64,
    trend: f64,
    change: f64,
}

impl HoltWinters {
    /// Weights of what is new in level, trend and its change, 0 to 1 each.
    #[must_use]
    pub fn new(level: f64, trend: f64, change: f64) -> Self {
        Self { weights: [level, trend, change], level: f64::NAN, trend: 0.0, change: 0.0 }
    }
}

impl Filter for HoltWinters {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        if self.level.is_nan() {
            self.level = input;
        }
        let [na, nb, nc] = self.weights;
        let level = (1.0 - na) * (self.level + self.trend + 0.5 * self.change) + na * input;
        let trend = (1.0 - nb) * (self.trend + self.change) + nb * (level - self.level);
        self.change = (1.0 - nc) * self.change + nc * (trend - self.trend);
        (self.level, self.trend) = (level, trend);
        level + trend + 0.5 * self.change
    }
}

/// The public approximation of Jurik's average (everget's, power 2), whose own is a secret.
///
/// With `beta = 0.45 (n - 1) / (0.45 (n - 1) + 2)`, `alpha = beta²`, `ratio` 0.5 to 2.5 by the phase:
/// `e0 += (1 - alpha) (p - e0)`, `e1 = (p - e0) (1 - beta) + beta e1`,
/// `e2 = (e0 + ratio e1 - jma) (1 - alpha)² + alpha² e2`, `jma += e2`. It begins as the first input.
#[derive(Clone, Copy, Debug)]
pub struct Jurik {
    alpha: f64,
    beta: f64,
    ratio: f64,
    stages: [f64; 3],
    value: f64,
    silent: usize,
}

impl Jurik {
    /// `phase` -100 to 100: from smooth to quick. Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, phase: f64) -> Self {
        let reach = 0.45 * (length as f64 - 1.0);
        let beta = reach / (reach + 2.0);
        let ratio = (phase / 100.0 + 1.5).clamp(0.5, 2.5);
        Self { alpha: beta * beta, beta, ratio, stages: [0.0; 3], value: f64::NAN, silent: length - 1 }
    }
}

impl Filter for Jurik {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        if self.value.is_nan() {
            (self.stages, self.value) = ([input, 0.0, 0.0], input);
        }
        let [level, detail, step] = &mut self.stages;
        *level = (1.0 - self.alpha) * input + self.alpha * *level;
        *detail = (input - *level) * (1.0 - self.beta) + self.beta * *detail;
        let (keep, take) = (self.alpha * self.alpha, (1.0 - self.alpha) * (1.0 - self.alpha));
        *step = (*level + self.ratio * *detail - self.value) * take + keep * *step;
        self.value += *step;
        if self.silent > 0 {
            self.silent -= 1;
            return f64::NAN;
        }
        self.value
    }
}
