//! Relative strength, smoothed or of a length that follows the market; two channels at once.

use crate::indicator::block::{Moments, Ring, Sma};
use crate::indicator::momentum::Cci;
use crate::indicator::{Filter, Indicator};

/// Jurik's smoothed RSI, as it is publicly known: three times an exponential average of weight `3 / (n + 2)` once and a half,
/// less half its own average, of the changes and of their sizes; `50 (changes / sizes + 1)`, 50 where nothing moves.
#[derive(Clone, Copy, Debug)]
pub struct Rsx {
    last: f64,
    weight: f64,
    changes: [(f64, f64); 3],
    sizes: [(f64, f64); 3],
    silent: usize,
}

impl Rsx {
    /// The first value is that of input `length`. Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let weight = 3.0 / (length as f64 + 2.0);
        Self { last: f64::NAN, weight, changes: [(0.0, 0.0); 3], sizes: [(0.0, 0.0); 3], silent: length - 1 }
    }

    #[inline]
    fn smooth(weight: f64, stages: &mut [(f64, f64); 3], input: f64) -> f64 {
        stages.iter_mut().fold(input, |value, (once, twice)| {
            *once += weight * (value - *once);
            *twice += weight * (*once - *twice);
            1.5 * *once - 0.5 * *twice
        })
    }
}

impl Filter for Rsx {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.last, input);
        if before.is_nan() {
            return f64::NAN;
        }
        let change = input - before;
        let changes = Self::smooth(self.weight, &mut self.changes, change);
        let sizes = Self::smooth(self.weight, &mut self.sizes, change.abs());
        if self.silent > 1 {
            self.silent -= 1;
            return f64::NAN;
        }
        if sizes > 0.0 { ((changes / sizes + 1.0) * 50.0).clamp(0.0, 100.0) } else { 50.0 }
    }
}

/// Chande and Kroll's dynamic momentum index: a relative strength of plain sums, over `n / V` changes, rounded down and
/// held in 5 to 30, `V` being the deviation of 5 closes by the mean of its last 10. 0 where nothing moves.
#[derive(Clone, Debug)]
pub struct DynamicMomentum {
    length: f64,
    moments: Moments,
    usual: Sma,
    last: f64,
    changes: Ring,
}

impl DynamicMomentum {
    /// Fewest and most changes, closes of a deviation, deviations of the mean.
    const FEWEST: f64 = 5.0;
    /// Also the bars before the first value.
    pub const MOST: usize = 30;
    const DEVIATION: usize = 5;
    const MEAN: usize = 10;

    /// Before the first input.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (moments, usual) = (Moments::new(Self::DEVIATION), Sma::new(Self::MEAN));
        Self { length: length as f64, moments, usual, last: f64::NAN, changes: Ring::new(Self::MOST) }
    }
}

impl Filter for DynamicMomentum {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let deviation = self.moments.next(input).1.sqrt();
        let volatility = deviation / self.usual.next(deviation);
        let change = input - std::mem::replace(&mut self.last, input);
        if change.is_nan() {
            return f64::NAN;
        }
        self.changes.push(change);
        if !self.changes.is_full() {
            return f64::NAN;
        }
        // Where nothing moves there is no volatility, and the longest look is taken.
        let most = Self::MOST as f64;
        let length = (self.length / volatility).floor();
        let length = if length < most { length.max(Self::FEWEST) } else { most };
        let (mut up, mut down) = (0.0, 0.0);
        for age in 0..length as usize {
            let change = self.changes.back(age);
            up += change.max(0.0);
            down += (-change).max(0.0);
        }
        if up + down == 0.0 { 0.0 } else { 100.0 * up / (up + down) }
    }
}

/// Woodie's pair of commodity channel indexes: a long and a turbo one.
#[derive(Clone, Debug)]
pub struct Woodie {
    long: Cci,
    turbo: Cci,
}

impl Woodie {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(long: usize, turbo: usize) -> Self {
        Self { long: Cci::new(long), turbo: Cci::new(turbo) }
    }
}

impl Indicator<3, 2> for Woodie {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 2] {
        let ([long], [turbo]) = (self.long.update(bar), self.turbo.update(bar));
        [long, turbo]
    }
}
