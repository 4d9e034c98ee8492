//! Plain, exponential, Wilder's and linearly weighted averages.

use super::{Fading, Ring, STRETCH, Sum};
use crate::indicator::{Filter, any_nan};

/// Mean of the last inputs.
#[derive(Clone, Debug)]
pub struct Sma {
    sum: Sum,
    length: f64,
}

impl Sma {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { sum: Sum::new(length), length: length as f64 }
    }

    /// What is averaged, oldest first.
    pub fn window(&self) -> &Ring {
        self.sum.window()
    }
}

impl Filter for Sma {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.sum.next(input) / self.length
    }

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        // Divided by themselves: two and more at once, where the sums wait for each other.
        self.sum.over(values);
        values.iter_mut().for_each(|value| *value /= self.length);
    }
}

/// Average with a fixed weight on the newest input, seeded with the mean of the first inputs.
#[derive(Clone, Copy, Debug)]
pub struct Ema {
    length: usize,
    weight: f64,
    /// Inputs taken into the seed so far, and their sum.
    seeded: usize,
    seed: f64,
    average: Fading,
}

impl Ema {
    /// Weight `2 / (length + 1)`. Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self::weighted(length, 2.0 / (length as f64 + 1.0))
    }

    /// With a weight of its own; `length` inputs make the seed. Panics on a length of 0.
    #[must_use]
    pub fn weighted(length: usize, weight: f64) -> Self {
        assert!(length > 0, "an average of nothing");
        Self { length, weight, seeded: 0, seed: 0.0, average: Fading::new(1.0 - weight) }
    }

    /// Inputs until it begins a stretch; `None` while it is not seeded.
    #[inline]
    pub(in crate::indicator) fn until_stretch(&self) -> Option<usize> {
        (self.seeded == self.length).then(|| self.average.until_stretch())
    }

    /// Takes a stretch of inputs at its beginning, none of which is NaN.
    #[inline]
    pub(in crate::indicator) fn stretch(&mut self, inputs: [f64; STRETCH]) -> [f64; STRETCH] {
        let weight = self.weight;
        self.average.stretch(inputs.map(|input| input * weight))
    }

    /// While it is not seeded.
    #[cold]
    fn seed(&mut self, input: f64) -> f64 {
        self.seeded += 1;
        self.seed += input;
        if self.seeded < self.length {
            return f64::NAN;
        }
        let mean = self.seed / self.length as f64;
        self.average.start(mean);
        mean
    }
}

impl Filter for Ema {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        if self.seeded < self.length {
            return self.seed(input);
        }
        self.average.next(input * self.weight)
    }

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        if self.seeded < self.length || any_nan(values) {
            values.iter_mut().for_each(|value| *value = self.next(*value));
        } else {
            let weight = self.weight;
            self.average.over(values, |input| input * weight);
        }
    }

    #[inline]
    fn through(&mut self, inputs: &[f64], values: &mut [f64]) {
        if self.seeded == self.length {
            // Nobody asks whether one is no number: the last value tells it, and then all is done again.
            let (weight, mut average) = (self.weight, self.average);
            average.through(inputs, values, |input| input * weight);
            if values.last().is_none_or(|last| !last.is_nan()) {
                self.average = average;
                return;
            }
        }
        values.iter_mut().zip(inputs).for_each(|(value, input)| *value = self.next(*input));
    }
}

/// Wilder's average: an [`Ema`] of weight `1 / length`.
#[derive(Clone, Copy, Debug)]
pub struct Rma(Ema);

impl Rma {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Ema::weighted(length, 1.0 / length as f64))
    }

    /// See [`Ema::until_stretch`].
    #[inline]
    pub(in crate::indicator) fn until_stretch(&self) -> Option<usize> {
        self.0.until_stretch()
    }

    /// See [`Ema::stretch`].
    #[inline]
    pub(in crate::indicator) fn stretch(&mut self, inputs: [f64; STRETCH]) -> [f64; STRETCH] {
        self.0.stretch(inputs)
    }
}

impl Filter for Rma {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input)
    }

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        self.0.over(values);
    }

    #[inline]
    fn through(&mut self, inputs: &[f64], values: &mut [f64]) {
        self.0.through(inputs, values);
    }
}

/// Average whose weights rise from 1 at the oldest input to `length` at the newest.
#[derive(Clone, Debug)]
pub struct Wma {
    window: Ring,
    length: f64,
    weights: f64,
    sum: f64,
    weighted: f64,
    /// The same two of what came since the ring started anew, and how many came.
    fresh: (f64, f64, f64),
}

impl Wma {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let n = length as f64;
        Self {
            window: Ring::new(length),
            length: n,
            weights: n * (n + 1.0) / 2.0,
            sum: 0.0,
            weighted: 0.0,
            fresh: (0.0, 0.0, 0.0),
        }
    }
}

impl Filter for Wma {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.weighted += self.length * input - self.sum;
        self.sum += input - self.window.push(input);
        let (sum, weighted, count) = self.fresh;
        self.fresh = (sum + input, weighted + (count + 1.0) * input, count + 1.0);
        if self.window.is_round() {
            (self.sum, self.weighted, _) = self.fresh;
            self.fresh = (0.0, 0.0, 0.0);
        }
        if self.window.is_full() { self.weighted / self.weights } else { f64::NAN }
    }
}
