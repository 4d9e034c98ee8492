//! Changes over a number of bars.

use crate::indicator::Filter;
use crate::indicator::block::{Ema, Lag, Sma, Sum, Wma};
use crate::indicator::overlap::Cascade;

/// How a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Difference,
    Fraction,
    Percent,
    Quotient,
    QuotientPercent,
}

/// The input against the one of some inputs ago; 0 against 0.
#[derive(Clone, Debug)]
pub struct Rate {
    lag: Lag,
    form: Form,
}

impl Rate {
    fn of(period: usize, form: Form) -> Self {
        Self { lag: Lag::new(period), form }
    }

    /// What it is more.
    #[must_use]
    pub fn difference(period: usize) -> Self {
        Self::of(period, Form::Difference)
    }

    /// What it is more, as a share.
    #[must_use]
    pub fn fraction(period: usize) -> Self {
        Self::of(period, Form::Fraction)
    }

    /// What it is more, in percent.
    #[must_use]
    pub fn percent(period: usize) -> Self {
        Self::of(period, Form::Percent)
    }

    /// How many times as much it is.
    #[must_use]
    pub fn quotient(period: usize) -> Self {
        Self::of(period, Form::Quotient)
    }

    /// How many percent of it it is.
    #[must_use]
    pub fn quotient_percent(period: usize) -> Self {
        Self::of(period, Form::QuotientPercent)
    }
}

impl Filter for Rate {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let before = self.lag.next(input);
        match self.form {
            Form::Difference => input - before,
            _ if before == 0.0 => 0.0,
            Form::Fraction => (input - before) / before,
            Form::Percent => 100.0 * ((input - before) / before),
            Form::Quotient => input / before,
            Form::QuotientPercent => 100.0 * (input / before),
        }
    }
}

/// Coppock's curve: a weighted average of two rates.
#[derive(Clone, Debug)]
pub struct Coppock {
    rates: [Rate; 2],
    average: Wma,
}

impl Coppock {
    /// Panics on an average of 0.
    #[must_use]
    pub fn new(average: usize, one: usize, other: usize) -> Self {
        Self { rates: [Rate::percent(one), Rate::percent(other)], average: Wma::new(average) }
    }
}

impl Filter for Coppock {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let [one, other] = self.rates.each_mut().map(|rate| rate.next(input));
        self.average.next(one + other)
    }
}

/// Price of half a period ago less the average: what is left without the trend.
#[derive(Clone, Debug)]
pub struct Detrended {
    lag: Lag,
    average: Sma,
}

impl Detrended {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { lag: Lag::new(period / 2 + 1), average: Sma::new(period) }
    }
}

impl Filter for Detrended {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.lag.next(input) - self.average.next(input)
    }
}

/// Kaufman's efficiency: how far it went, by the way that it went, 0 to 1.
#[derive(Clone, Debug)]
pub struct Efficiency {
    gone: Rate,
    step: Rate,
    way: Sum,
}

impl Efficiency {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { gone: Rate::difference(period), step: Rate::difference(1), way: Sum::new(period) }
    }
}

impl Filter for Efficiency {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (gone, way) = (self.gone.next(input).abs(), self.way.next(self.step.next(input).abs()));
        if way == 0.0 { 0.0 } else { gone / way }
    }
}

/// One bar's growth of a threefold exponential average, in percent.
#[derive(Clone, Debug)]
pub struct Trix {
    averages: Cascade,
    rate: Rate,
}

impl Trix {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { averages: Cascade::new(period), rate: Rate::percent(1) }
    }
}

impl Filter for Trix {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.rate.next(self.averages.next(input).thrice)
    }
}

/// True strength: the change, averaged twice, by its size, averaged twice.
#[derive(Clone, Debug)]
pub struct TrueStrength {
    change: Rate,
    change_averages: [Ema; 2],
    size_averages: [Ema; 2],
}

impl TrueStrength {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(first: usize, second: usize) -> Self {
        let averages = [Ema::new(first), Ema::new(second)];
        Self { change: Rate::difference(1), change_averages: averages, size_averages: averages }
    }
}

impl Filter for TrueStrength {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let change = self.change.next(input);
        let twice =
            |averages: &mut [Ema; 2], input| averages.iter_mut().fold(input, |value, average| average.next(value));
        let (change, size) = (twice(&mut self.change_averages, change), twice(&mut self.size_averages, change.abs()));
        super::rsi::percent(change, size)
    }
}
