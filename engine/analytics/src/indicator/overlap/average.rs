//! Averages made of averages.

use crate::indicator::block::{Ema, Lag, Ring, Sma, Sum, Wma};
use crate::indicator::{Filter, Indicator};

/// An exponential average, its own average, and the average of that: what [`Dema`], [`Tema`] and a
/// [`Trix`](crate::indicator::momentum::Trix) are made of.
#[derive(Clone, Copy, Debug)]
pub struct Cascade([Ema; 3]);

/// What a [`Cascade`] says at an input; each NaN while it warms up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averaged {
    /// The average.
    pub once: f64,
    /// Its average.
    pub twice: f64,
    /// The average of that.
    pub thrice: f64,
}

impl Cascade {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self([Ema::new(period); 3])
    }

    /// Takes the next input.
    #[inline]
    pub fn next(&mut self, input: f64) -> Averaged {
        let once = self.0[0].next(input);
        let twice = self.0[1].next(once);
        let thrice = self.0[2].next(twice);
        Averaged { once, twice, thrice }
    }
}

impl Averaged {
    /// What [`Dema`] says.
    #[must_use]
    #[inline]
    pub fn dema(self) -> f64 {
        2.0 * self.once - self.twice
    }

    /// What [`Tema`] says.
    #[must_use]
    #[inline]
    pub fn tema(self) -> f64 {
        3.0 * self.once - 3.0 * self.twice + self.thrice
    }
}

/// Double exponential average: twice the average less its own average.
#[derive(Clone, Copy, Debug)]
pub struct Dema([Ema; 2]);

impl Dema {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self([Ema::new(period); 2])
    }
}

impl Filter for Dema {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let once = self.0[0].next(input);
        let twice = self.0[1].next(once);
        Averaged { once, twice, thrice: f64::NAN }.dema()
    }
}

/// Triple exponential average.
#[derive(Clone, Copy, Debug)]
pub struct Tema(Cascade);

impl Tema {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Cascade::new(period))
    }
}

impl Filter for Tema {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input).tema()
    }
}

/// Tillson's average: six exponential ones, weighed so that it neither lags nor shoots over much.
#[derive(Clone, Copy, Debug)]
pub struct T3 {
    averages: [Ema; 6],
    weights: [f64; 4],
}

impl T3 {
    /// `factor` 0 to 1: how much of the lag is taken back. Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, factor: f64) -> Self {
        let (square, cube) = (factor * factor, factor * factor * factor);
        let weights = [
            -cube,
            3.0 * (square + cube),
            -6.0 * square - 3.0 * (factor + cube),
            1.0 + 3.0 * factor + cube + 3.0 * square,
        ];
        Self { averages: [Ema::new(period); 6], weights }
    }
}

impl Filter for T3 {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let mut value = input;
        let averages = self.averages.each_mut().map(|average| {
            value = average.next(value);
            value
        });
        let [_, _, third, fourth, fifth, sixth] = averages;
        self.weights[0] * sixth + self.weights[1] * fifth + self.weights[2] * fourth + self.weights[3] * third
    }
}

/// Average whose weights rise to the middle of the window and fall behind it: a plain average of a plain average.
#[derive(Clone, Debug)]
pub struct Trima(Sma, Sma);

impl Trima {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Sma::new(period.div_ceil(2)), Sma::new(period / 2 + 1))
    }
}

impl Filter for Trima {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.1.next(self.0.next(input))
    }
}

/// Hull's average: a weighted average of what a fast one leads a slow one by.
#[derive(Clone, Debug)]
pub struct Hma {
    half: Wma,
    whole: Wma,
    smooth: Wma,
}

impl Hma {
    /// Window of the last step: the root of the period, rounded down.
    #[must_use]
    pub fn smoothing(period: usize) -> usize {
        (period as f64).sqrt() as usize
    }

    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let smooth = Wma::new(Self::smoothing(period));
        Self { half: Wma::new(period / 2), whole: Wma::new(period), smooth }
    }
}

impl Filter for Hma {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (half, whole) = (self.half.next(input), self.whole.next(input));
        self.smooth.next(2.0 * half - whole)
    }
}

/// Exponential average of the price and its rise over half the period.
#[derive(Clone, Debug)]
pub struct Zlema {
    lag: Lag,
    average: Ema,
}

impl Zlema {
    /// Inputs that it looks back for the rise.
    #[must_use]
    pub fn lag(period: usize) -> usize {
        (period - 1) / 2
    }

    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { lag: Lag::new(Self::lag(period)), average: Ema::new(period) }
    }
}

impl Filter for Zlema {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.average.next(2.0 * input - self.lag.next(input))
    }
}

/// Kaufman's average: fast where the price goes somewhere, slow where it only goes to and fro.
#[derive(Clone, Debug)]
pub struct Kama {
    window: Ring,
    last: f64,
    /// Distances of neighbours over the window: their sum.
    way: Sum,
    value: f64,
}

impl Kama {
    /// Weights at no efficiency and at full.
    const SLOW: f64 = 2.0 / 31.0;
    const FAST: f64 = 2.0 / 3.0;

    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let way = Sum::new(period);
        Self { window: Ring::new(period), last: f64::NAN, way, value: f64::NAN }
    }
}

impl Filter for Kama {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.last, input);
        let oldest = self.window.push(input);
        let way = self.way.next((input - before).abs());
        if way.is_nan() {
            return f64::NAN;
        }
        let gone = (input - oldest).abs();
        let efficiency = if way <= gone || way <= 0.0 { 1.0 } else { gone / way };
        let weight = efficiency * (Self::FAST - Self::SLOW) + Self::SLOW;
        if self.value.is_nan() {
            self.value = before;
        }
        self.value += (input - self.value) * (weight * weight);
        self.value
    }
}

/// Average weighed by what was traded.
#[derive(Clone, Debug)]
pub struct Vwma {
    money: Sum,
    volume: Sum,
}

impl Vwma {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { money: Sum::new(period), volume: Sum::new(period) }
    }
}

impl Indicator<2, 1> for Vwma {
    #[inline]
    fn update(&mut self, [price, volume]: [f64; 2]) -> [f64; 1] {
        [self.money.next(price * volume) / self.volume.next(volume)]
    }
}
