//! Costs and impact of trading, guessed from candles alone.

use crate::indicator::block::{CoMoments, Sum};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, Filter, Indicator, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Microstructure, FURTHER;
    "AMIHUD" "Amihud illiquidity", CV -> ["amihud"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX), length => Amihud::new(length);
    "CORWIN_SCHULTZ" "Corwin-Schultz spread", HL -> ["spread"] Ratio, (), 1 => CorwinSchultz { last: [f64::NAN; 2] };
    "ROLL_SPREAD" "Roll spread", CLOSE -> ["roll"] Input,
        (length: usize = 20 in 2..=PERIOD_MAX), length + 1 => Roll::new(length);
};

/// Mean of `|return| / (close * volume)`, of the bars of the window that have a turnover; no value if none has.
#[derive(Clone, Debug)]
pub struct Amihud {
    close: f64,
    impact: Sum,
    count: Sum,
}

impl Amihud {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { close: f64::NAN, impact: Sum::new(length), count: Sum::new(length) }
    }
}

impl Indicator<2, 1> for Amihud {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.close, close);
        if before.is_nan() {
            return [f64::NAN];
        }
        let turnover = close * volume;
        let traded = turnover > 0.0;
        let impact = self.impact.next(if traded { (close / before - 1.0).abs() / turnover } else { 0.0 });
        let count = self.count.next(f64::from(u8::from(traded)));
        [if count == 0.0 { f64::NAN } else { impact / count }]
    }
}

/// Spread from the ranges of two bars, and of both together: with `beta` the sum of `ln(H / L)²` of both, `gamma` that of the
/// range of both, `k = 3 - 2 sqrt 2`, `alpha = (sqrt(2 beta) - sqrt(beta)) / k - sqrt(gamma / k)`, it is
/// `2 (e^alpha - 1) / (1 + e^alpha)`, at least 0.
#[derive(Clone, Copy, Debug)]
pub struct CorwinSchultz {
    last: [f64; 2],
}

impl Indicator<2, 1> for CorwinSchultz {
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        let [last_high, last_low] = std::mem::replace(&mut self.last, [high, low]);
        if (last_high + last_low + high + low).is_nan() {
            return [f64::NAN];
        }
        let square = |high: f64, low: f64| (high / low).ln().powi(2);
        let beta = square(high, low) + square(last_high, last_low);
        let gamma = square(high.max(last_high), low.min(last_low));
        let k = 3.0 - 2.0 * std::f64::consts::SQRT_2;
        let alpha = ((2.0 * beta).sqrt() - beta.sqrt()) / k - (gamma / k).sqrt();
        [(2.0 * (alpha.exp() - 1.0) / (1.0 + alpha.exp())).max(0.0)]
    }
}

/// `2 sqrt(-cov)` of the sample covariance of changes with those before; 0 where it is not negative.
#[derive(Clone, Debug)]
pub struct Roll {
    close: f64,
    change: f64,
    both: CoMoments,
    sample: f64,
}

impl Roll {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let sample = length as f64 / (length as f64 - 1.0);
        Self { close: f64::NAN, change: f64::NAN, both: CoMoments::new(length), sample }
    }
}

impl Filter for Roll {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let change = input - std::mem::replace(&mut self.close, input);
        let before = std::mem::replace(&mut self.change, change);
        let Some(both) = self.both.next(before, change) else { return f64::NAN };
        let cov = both.cov * self.sample;
        if cov < 0.0 { 2.0 * (-cov).sqrt() } else { 0.0 }
    }
}
