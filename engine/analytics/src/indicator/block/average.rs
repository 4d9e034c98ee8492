//! Plain, exponential, Wilder's and linearly weighted averages.

use super::{Ring, Sum};
use crate::indicator::Filter;

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
}

/// Inputs of a stretch of an [`Ema`].
const STRETCH: usize = 8;

/// Average with a fixed weight on the newest input, seeded with the mean of the first inputs.
///
/// Every value is made of the one before: written so, each waits for two additions and a multiplication. So the series is
/// cut into stretches. A value is what came since the stretch began, averaged, and the value at its beginning with what is
/// left of its weight: stretches are worked on side by side, and only their beginnings wait for each other. Bar by bar as
/// in a batch, to the same bits.
#[derive(Clone, Copy, Debug)]
pub struct Ema {
    length: usize,
    weight: f64,
    keep: f64,
    /// What is left of the beginning's weight after each input.
    left: [f64; STRETCH],
    /// Inputs taken into the seed so far.
    seeded: usize,
    /// Sum of the seed, then the average at the beginning of the stretch.
    begin: f64,
    /// What came since, averaged.
    since: f64,
    /// Inputs since.
    step: usize,
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
        let keep = 1.0 - weight;
        let left = std::array::from_fn(|step| keep.powi(step as i32 + 1));
        Self { length, weight, keep, left, seeded: 0, begin: 0.0, since: 0.0, step: 0 }
    }

    /// While it is not seeded.
    #[cold]
    fn seed(&mut self, input: f64) -> f64 {
        self.seeded += 1;
        self.begin += input;
        if self.seeded < self.length {
            return f64::NAN;
        }
        self.begin /= self.length as f64;
        self.begin
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
        self.since = self.since * self.keep + input * self.weight;
        let value = self.begin * self.left[self.step] + self.since;
        self.step += 1;
        if self.step == STRETCH {
            (self.begin, self.since, self.step) = (value, 0.0, 0);
        }
        value
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
}

impl Filter for Rma {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input)
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
