//! Oscillators made of averages.

use crate::indicator::block::{Ema, Lag, LineFit, Sma, Sum};
use crate::indicator::further::beyond_rounding;
use crate::indicator::momentum::Rate;
use crate::indicator::overlap::Vwma;
use crate::indicator::{Filter, Indicator};

/// Input by its plain average, less 1.
#[derive(Clone, Debug)]
pub struct Bias(Sma);

impl Bias {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Sma::new(length))
    }
}

impl Filter for Bias {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        input / self.0.next(input) - 1.0
    }
}

/// What the input is above the end of the line of least squares, in percent of the input.
#[derive(Clone, Debug)]
pub struct ForecastError(LineFit);

impl ForecastError {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(LineFit::new(length))
    }
}

impl Filter for ForecastError {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let last = self.0.window().length() as f64 - 1.0;
        self.0.next(input).map_or(f64::NAN, |line| 100.0 * (input - line.at(last)) / input)
    }
}

/// Know sure thing: four rates in percent, each averaged, weighed 1 to 4; and the plain average of that.
#[derive(Clone, Debug)]
pub struct KnowSureThing {
    parts: [(Rate, Sma); 4],
    signal: Sma,
}

impl KnowSureThing {
    /// Panics on an average of 0.
    #[must_use]
    pub fn new(rates: [usize; 4], averages: [usize; 4], signal: usize) -> Self {
        let part = |k: usize| (Rate::percent(rates[k]), Sma::new(averages[k]));
        Self { parts: std::array::from_fn(part), signal: Sma::new(signal) }
    }
}

impl Indicator<1, 2> for KnowSureThing {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        let parts = self.parts.each_mut().map(|(rate, average)| average.next(rate.next(input)));
        let sum = parts[0] + 2.0 * parts[1] + 3.0 * parts[2] + 4.0 * parts[3];
        [sum, self.signal.next(sum)]
    }
}

/// Price momentum oscillator: one bar's growth in percent, averaged with weight `2 / first`, times 10, averaged with weight
/// `2 / second`; and the exponential average of that.
#[derive(Clone, Copy, Debug)]
pub struct PriceMomentum {
    last: f64,
    first: Ema,
    second: Ema,
    signal: Ema,
}

impl PriceMomentum {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(first: usize, second: usize, signal: usize) -> Self {
        let average = |length: usize| Ema::weighted(length, 2.0 / length as f64);
        Self { last: f64::NAN, first: average(first), second: average(second), signal: Ema::new(signal) }
    }
}

impl Indicator<1, 2> for PriceMomentum {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        if input.is_nan() {
            return [f64::NAN; 2];
        }
        let growth = 100.0 * (input / std::mem::replace(&mut self.last, input) - 1.0);
        let momentum = self.second.next(10.0 * self.first.next(growth));
        [momentum, self.signal.next(momentum)]
    }
}

/// Ergodic: the change, averaged twice, by its size, averaged twice; its signal, and what lies between.
#[derive(Clone, Copy, Debug)]
pub struct Ergodic {
    last: f64,
    change: [Ema; 2],
    size: [Ema; 2],
    signal: Ema,
}

impl Ergodic {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let averages = [Ema::new(slow), Ema::new(fast)];
        Self { last: f64::NAN, change: averages, size: averages, signal: Ema::new(signal) }
    }
}

impl Indicator<1, 3> for Ergodic {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        if input.is_nan() {
            return [f64::NAN; 3];
        }
        let change = input - std::mem::replace(&mut self.last, input);
        let twice =
            |averages: &mut [Ema; 2], input| averages.iter_mut().fold(input, |value, average| average.next(value));
        let (change, size) = (twice(&mut self.change, change), twice(&mut self.size, change.abs()));
        let value = if size == 0.0 { 0.0 } else { change / size };
        let signal = self.signal.next(value);
        [value, signal, value - signal]
    }
}

/// Difference of a fast and a slow average weighed by volume, its exponential average, and what lies between.
#[derive(Clone, Debug)]
pub struct VolumeMacd {
    fast: Vwma,
    slow: Vwma,
    signal: Ema,
}

impl VolumeMacd {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        Self { fast: Vwma::new(fast), slow: Vwma::new(slow), signal: Ema::new(signal) }
    }
}

impl Indicator<2, 3> for VolumeMacd {
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 3] {
        let ([fast], [slow]) = (self.fast.update(bar), self.slow.update(bar));
        let macd = fast - slow;
        let signal = self.signal.next(macd);
        [macd, signal, macd - signal]
    }
}

/// Wave trend: with `e` and `d` the averages of the typical price and of its distance to `e`, the average of
/// `(tp - e) / (0.015 d)`, 0 where nothing moves; and the plain average of that.
#[derive(Clone, Debug)]
pub struct WaveTrend {
    middle: Ema,
    distance: Ema,
    average: Ema,
    signal: Sma,
}

impl WaveTrend {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(channel: usize, average: usize, signal: usize) -> Self {
        let (middle, distance) = (Ema::new(channel), Ema::new(channel));
        Self { middle, distance, average: Ema::new(average), signal: Sma::new(signal) }
    }
}

impl Indicator<3, 2> for WaveTrend {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let typical = (high + low + close) / 3.0;
        let off = beyond_rounding(typical - self.middle.next(typical), typical);
        let distance = self.distance.next(off.abs());
        let wave = self.average.next(if distance == 0.0 { 0.0 } else { off / (0.015 * distance) });
        [wave, self.signal.next(wave)]
    }
}

/// Elder's impulse: 1 where an average and the histogram of MACD (12, 26, 9; each average seeded by itself) both
/// rise, -1 where both fall, else 0.
#[derive(Clone, Copy, Debug)]
pub struct Impulse {
    average: Ema,
    fast: Ema,
    slow: Ema,
    signal: Ema,
    last: (f64, f64),
}

impl Impulse {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (fast, slow, signal) = (Ema::new(12), Ema::new(26), Ema::new(9));
        Self { average: Ema::new(length), fast, slow, signal, last: (f64::NAN, f64::NAN) }
    }
}

impl Filter for Impulse {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let macd = self.fast.next(input) - self.slow.next(input);
        let now = (self.average.next(input), macd - self.signal.next(macd));
        let last = std::mem::replace(&mut self.last, now);
        if (last.0 + last.1).is_nan() {
            f64::NAN
        } else if now.0 > last.0 && now.1 > last.1 {
            1.0
        } else if now.0 < last.0 && now.1 < last.1 {
            -1.0
        } else {
            0.0
        }
    }
}

/// Polarised efficiency: the straight way of the window, with its sign, by the way that was gone, in percent, averaged.
#[derive(Clone, Debug)]
pub struct FractalEfficiency {
    whole: Lag,
    step: Lag,
    way: Sum,
    smooth: Ema,
    length: f64,
}

impl FractalEfficiency {
    /// Panics on an average of 0.
    #[must_use]
    pub fn new(length: usize, smooth: usize) -> Self {
        let (whole, step) = (Lag::new(length), Lag::new(1));
        Self { whole, step, way: Sum::new(length), smooth: Ema::new(smooth), length: length as f64 }
    }
}

impl Filter for FractalEfficiency {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (gone, step) = (input - self.whole.next(input), input - self.step.next(input));
        let way = self.way.next(step.hypot(1.0));
        let sign = if gone == 0.0 { 0.0 } else { gone.signum() };
        self.smooth.next(100.0 * sign * gone.hypot(self.length) / way)
    }
}
