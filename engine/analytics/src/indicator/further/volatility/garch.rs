//! Volatility that clusters: GARCH(1,1), fitted.

use crate::indicator::Indicator;
use crate::indicator::block::Ring;

/// Most that a shock and the variance before may weigh together: below 1, or the variance has no mean.
const STAY_MAX: f64 = 0.999;
/// First and last step of the search.
const STEP: f64 = 0.1;
const STEP_MIN: f64 = 1e-4;
/// Where the search begins: slow, as returns of days mostly are, slower, and quick. One alone may end on a lesser hill.
const BEGINS: [(f64, f64); 3] = [(0.1, 0.8), (0.05, 0.93), (0.3, 0.3)];

/// Bollerslev's (1986) GARCH(1,1) of the last log returns `r` (their mean taken as 0): `h = w + a r1² + b h1`, begun at the
/// mean square, with `w = (1 - a - b)` times the mean square (variance targeting). `a` and `b` are the most likely for normal
/// returns: the best of searches from three places in eight directions, whose steps are halved from 0.1 to 0.0001 where none
/// is better.
/// They are fitted anew every so many bars; the forecast is made anew at every bar.
#[derive(Clone, Debug)]
pub struct Garch {
    last: f64,
    squares: Ring,
    values: Box<[f64]>,
    refit: usize,
    /// Bars until the next fit.
    due: usize,
    fitted: (f64, f64),
}

impl Garch {
    /// Over so many returns. Panics on a length or a refit of 0.
    #[must_use]
    pub fn new(length: usize, refit: usize) -> Self {
        assert!(refit > 0, "never fitted");
        let (squares, values) = (Ring::new(length), vec![0.0; length].into());
        Self { last: f64::NAN, squares, values, refit, due: 0, fitted: BEGINS[0] }
    }

    /// Minus twice the logarithm of the likelihood, without what is the same for all; and the variance that is next.
    fn cost(values: &[f64], mean: f64, (a, b): (f64, f64)) -> (f64, f64) {
        let (base, mut variance, mut cost) = ((1.0 - a - b) * mean, mean, 0.0);
        for square in values {
            cost += (variance / mean).ln() + square / variance;
            variance = base + a * square + b * variance;
        }
        (cost, variance)
    }

    /// The most likely of what the searches find.
    fn fit(values: &[f64], mean: f64) -> (f64, f64) {
        let all = BEGINS.map(|begin| Self::search(values, mean, begin));
        let better = |best: (f64, (f64, f64)), other: (f64, (f64, f64))| if other.0 < best.0 { other } else { best };
        all.into_iter().reduce(better).map_or(BEGINS[0], |best| best.1)
    }

    /// What it costs, and where.
    fn search(values: &[f64], mean: f64, begin: (f64, f64)) -> (f64, (f64, f64)) {
        let (mut best, mut step) = (begin, STEP);
        let mut least = Self::cost(values, mean, best).0;
        while step >= STEP_MIN {
            let mut moved = false;
            for (da, db) in [(1, -1), (-1, 1), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)] {
                let (a, b) = (best.0 + step * f64::from(da), best.1 + step * f64::from(db));
                let (a, b) = (a.max(0.0), b.max(0.0));
                if a + b > STAY_MAX {
                    continue;
                }
                let cost = Self::cost(values, mean, (a, b)).0;
                if cost < least {
                    (best, least, moved) = ((a, b), cost, true);
                }
            }
            if !moved {
                step /= 2.0;
            }
        }
        (least, best)
    }
}

impl Indicator<1, 3> for Garch {
    /// Deviation forecast for the next return, `a`, `b`. No value where nothing moves.
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        if input.is_nan() {
            return [f64::NAN; 3];
        }
        let change = (input / std::mem::replace(&mut self.last, input)).ln();
        if change.is_nan() {
            return [f64::NAN; 3];
        }
        self.squares.push(change * change);
        if !self.squares.is_full() {
            return [f64::NAN; 3];
        }
        for (place, square) in self.values.iter_mut().zip(self.squares.iter()) {
            *place = square;
        }
        let mean = self.values.iter().sum::<f64>() / self.values.len() as f64;
        if mean <= 0.0 {
            return [f64::NAN; 3];
        }
        if self.due == 0 {
            (self.fitted, self.due) = (Self::fit(&self.values, mean), self.refit);
        }
        self.due -= 1;
        let (_, variance) = Self::cost(&self.values, mean, self.fitted);
        [variance.sqrt(), self.fitted.0, self.fitted.1]
    }
}
