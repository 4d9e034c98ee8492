//! Volatility from candles: a year's standard deviation of returns, as a fraction unless said.

use crate::indicator::block::{Moments, Sma};
use crate::indicator::{Filter, Indicator};

/// `sqrt(year * mean)` of something a bar; a negative mean gives 0.
#[derive(Clone, Debug)]
pub struct Annual<E> {
    mean: Sma,
    year: f64,
    estimate: E,
}

/// What a candle says of the variance.
pub trait Estimate: std::fmt::Debug + Send + 'static {
    /// From open, high, low, close.
    fn of(&self, bar: [f64; 4]) -> f64;
}

/// `ln(H / L)² / (4 ln 2)`.
#[derive(Clone, Copy, Debug)]
pub struct Parkinson;

/// `ln(H / L)² / 2 - (2 ln 2 - 1) ln(C / O)²`.
#[derive(Clone, Copy, Debug)]
pub struct GarmanKlass;

/// `ln(H / C) ln(H / O) + ln(L / C) ln(L / O)`.
#[derive(Clone, Copy, Debug)]
pub struct RogersSatchell;

impl Estimate for Parkinson {
    #[inline]
    fn of(&self, [_, high, low, _]: [f64; 4]) -> f64 {
        (high / low).ln().powi(2) / (4.0 * std::f64::consts::LN_2)
    }
}

impl Estimate for GarmanKlass {
    #[inline]
    fn of(&self, [open, high, low, close]: [f64; 4]) -> f64 {
        0.5 * (high / low).ln().powi(2) - (2.0 * std::f64::consts::LN_2 - 1.0) * (close / open).ln().powi(2)
    }
}

impl Estimate for RogersSatchell {
    #[inline]
    fn of(&self, [open, high, low, close]: [f64; 4]) -> f64 {
        (high / close).ln() * (high / open).ln() + (low / close).ln() * (low / open).ln()
    }
}

impl<E: Estimate> Annual<E> {
    /// Bars of the window, bars of a year. Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, year: f64, estimate: E) -> Self {
        Self { mean: Sma::new(length), year, estimate }
    }
}

impl<E: Estimate> Indicator<4, 1> for Annual<E> {
    #[inline]
    fn update(&mut self, bar: [f64; 4]) -> [f64; 1] {
        let mean = self.mean.next(self.estimate.of(bar));
        [if mean < 0.0 { 0.0 } else { (mean * self.year).sqrt() }]
    }
}

/// Yang and Zhang's: `Var(ln(O / C1)) + k Var(ln(C / O)) + (1 - k) RS`, `k = 0.34 / (1.34 + (n + 1) / (n - 1))`, sample
/// variances, `RS` the mean of Rogers and Satchell's.
#[derive(Clone, Debug)]
pub struct YangZhang {
    close: f64,
    overnight: Moments,
    day: Moments,
    drift_free: Sma,
    length: f64,
    year: f64,
}

impl YangZhang {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize, year: f64) -> Self {
        let (overnight, day) = (Moments::new(length), Moments::new(length));
        Self { close: f64::NAN, overnight, day, drift_free: Sma::new(length), length: length as f64, year }
    }
}

impl Indicator<4, 1> for YangZhang {
    #[inline]
    fn update(&mut self, bar: [f64; 4]) -> [f64; 1] {
        let [open, _, _, close] = bar;
        let before = std::mem::replace(&mut self.close, close);
        let (_, overnight) = self.overnight.next((open / before).ln());
        let (_, day) = self.day.next((close / open).ln());
        let drift_free = self.drift_free.next(RogersSatchell.of(bar));
        let (n, sample) = (self.length, self.length / (self.length - 1.0));
        let share = 0.34 / (1.34 + (n + 1.0) / (n - 1.0));
        let variance = sample * overnight + share * sample * day + (1.0 - share) * drift_free;
        [(variance * self.year).sqrt()]
    }
}

/// Sample deviation of log returns, a year's, in percent.
#[derive(Clone, Debug)]
pub struct Historical {
    last: f64,
    returns: Moments,
    factor: f64,
}

impl Historical {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize, year: f64) -> Self {
        assert!(length > 1, "a deviation of one");
        let sample = length as f64 / (length as f64 - 1.0);
        Self { last: f64::NAN, returns: Moments::new(length), factor: 100.0 * (sample * year).sqrt() }
    }
}

impl Filter for Historical {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.last, input);
        self.returns.next((input / before).ln()).1.sqrt() * self.factor
    }
}

/// Root of `v = decay v + (1 - decay) r²` of log returns, starting as the first.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    last: f64,
    variance: f64,
    decay: f64,
}

impl Ewma {
    /// Before the first input.
    #[must_use]
    pub fn new(decay: f64) -> Self {
        Self { last: f64::NAN, variance: f64::NAN, decay }
    }
}

impl Filter for Ewma {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let square = (input / std::mem::replace(&mut self.last, input)).ln().powi(2);
        if square.is_nan() {
            return f64::NAN;
        }
        let first = self.variance.is_nan();
        self.variance = if first { square } else { self.decay * self.variance + (1.0 - self.decay) * square };
        self.variance.sqrt()
    }
}
