//! Pairs: how much of one hedges the other, and whether what is left comes back.

use crate::indicator::Indicator;
use crate::indicator::block::Ring;
use crate::performance::special::normal_below;

/// Hedge ratio by Kalman's filter (Chan 2013): `y = beta x + alpha + noise`, both walking at random. The variance of a step
/// is `delta / (1 - delta)` of each, that of the noise is said. Both begin as 0, known for certain.
#[derive(Clone, Copy, Debug)]
pub struct KalmanHedge {
    step: f64,
    noise: f64,
    /// Beta and alpha.
    state: [f64; 2],
    /// Their variances, and their covariance.
    variances: [f64; 2],
    covariance: f64,
}

impl KalmanHedge {
    /// `delta` in 0 to 1, without the ends.
    #[must_use]
    pub fn new(delta: f64, noise: f64) -> Self {
        Self { step: delta / (1.0 - delta), noise, state: [0.0; 2], variances: [0.0; 2], covariance: 0.0 }
    }
}

impl Indicator<2, 4> for KalmanHedge {
    /// Beta, alpha, what the newest `y` differs from the forecast by, and the deviation that was expected of that.
    #[inline]
    fn update(&mut self, [y, x]: [f64; 2]) -> [f64; 4] {
        let ([beta, alpha], both) = (self.state, self.covariance);
        let [of_beta, of_alpha] = self.variances.map(|variance| variance + self.step);
        let error = y - (beta * x + alpha);
        let (gain_beta, gain_alpha) = (of_beta * x + both, both * x + of_alpha);
        let variance = gain_beta * x + gain_alpha + self.noise;
        let (k_beta, k_alpha) = (gain_beta / variance, gain_alpha / variance);
        self.state = [beta + k_beta * error, alpha + k_alpha * error];
        self.variances = [of_beta - k_beta * gain_beta, of_alpha - k_alpha * gain_alpha];
        self.covariance = both - k_beta * gain_alpha;
        [self.state[0], self.state[1], error, variance.sqrt()]
    }
}

/// Engle and Granger's (1987) test whether two series are tied together: what is left of the least squares of the first on
/// the second, with intercept, over the window, and Dickey and Fuller's statistic of that, without a constant and without
/// lags; its probability if they are not tied is MacKinnon's (1994) for two series and a constant.
#[derive(Clone, Debug)]
pub struct Cointegration {
    xs: Ring,
    ys: Ring,
    left: Box<[f64]>,
}

impl Cointegration {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { xs: Ring::new(length), ys: Ring::new(length), left: vec![0.0; length].into() }
    }
}

impl Indicator<2, 2> for Cointegration {
    /// Statistic and probability.
    fn update(&mut self, [y, x]: [f64; 2]) -> [f64; 2] {
        self.xs.push(x);
        self.ys.push(y);
        if !self.xs.is_full() {
            return [f64::NAN; 2];
        }
        let n = self.left.len() as f64;
        let (mean_x, mean_y) = (self.xs.iter().sum::<f64>() / n, self.ys.iter().sum::<f64>() / n);
        let (mut xx, mut xy) = (0.0, 0.0);
        for (x, y) in self.xs.iter().zip(self.ys.iter()) {
            let x = x - mean_x;
            xx += x * x;
            xy += x * (y - mean_y);
        }
        let beta = xy / xx;
        for (left, (x, y)) in self.left.iter_mut().zip(self.xs.iter().zip(self.ys.iter())) {
            *left = y - mean_y - beta * (x - mean_x);
        }
        let (mut squares, mut product) = (0.0, 0.0);
        for [before, now] in self.left.array_windows() {
            squares += before * before;
            product += before * (now - before);
        }
        let pull = product / squares;
        let off = |[before, now]: &[f64; 2]| (now - before - pull * before) * (now - before - pull * before);
        let rest = self.left.array_windows().map(off).sum::<f64>() / (n - 2.0);
        let statistic = pull / (rest / squares).sqrt();
        [statistic, probability(statistic)]
    }
}

/// MacKinnon's surfaces for two series and a constant.
fn probability(statistic: f64) -> f64 {
    const LEAST: f64 = -18.86;
    const GREATEST: f64 = 0.92;
    const BEND: f64 = -2.62;
    if statistic > GREATEST {
        return 1.0;
    }
    if statistic < LEAST {
        return 0.0;
    }
    let t = statistic;
    let small = 2.92 + t * (1.5012 + t * 0.039_796);
    let large = 2.1945 + t * (0.646_95 + t * (-0.291_98 - t * 0.042_377));
    normal_below(if t <= BEND { small } else { large })
}
