//! The straight line of least squares through the last inputs.

use super::Ring;

/// A line through a window; `x` is 0 at the oldest input and `length - 1` at the newest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Height at the oldest input.
    pub intercept: f64,
    /// Rise from one input to the next.
    pub slope: f64,
}

impl Line {
    /// Height at `x`.
    #[must_use]
    #[inline]
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }
}

/// Fits a [`Line`] at a fixed number of steps an input. Distances to a nearby value are summed, as in
/// [`Moments`](super::Moments).
#[derive(Clone, Debug)]
pub struct LineFit {
    window: Ring,
    from: f64,
    sum: f64,
    /// Sum of `x * y`, `x` from 0 at the oldest.
    weighted: f64,
    /// Reference, both sums, and inputs since the ring started anew.
    fresh: (f64, f64, f64, f64),
    length: f64,
    /// Mean of all `x`, and sum of their squared distances to it.
    middle: f64,
    spread: f64,
}

impl LineFit {
    /// Panics on a length below 2: no line goes through one point only.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 1, "a line through one point");
        let n = length as f64;
        Self {
            window: Ring::new(length),
            from: 0.0,
            sum: 0.0,
            weighted: 0.0,
            fresh: (0.0, 0.0, 0.0, 0.0),
            length: n,
            middle: (n - 1.0) / 2.0,
            spread: n * (n * n - 1.0) / 12.0,
        }
    }

    /// Takes the next input; `None` until the window is full or if it is NaN.
    #[inline]
    pub fn next(&mut self, input: f64) -> Option<Line> {
        if input.is_nan() {
            return None;
        }
        if self.window.is_round() {
            self.fresh = (input, 0.0, 0.0, 0.0);
        }
        let was_full = self.window.is_full();
        let leaving = self.window.push(input);
        let (reference, sum, weighted, count) = self.fresh;
        let distance = input - reference;
        self.fresh = (reference, sum + distance, weighted + count * distance, count + 1.0);
        if self.window.is_round() {
            (self.from, self.sum, self.weighted, _) = self.fresh;
        } else if was_full {
            let (new, old) = (input - self.from, leaving - self.from);
            // All others become one older.
            self.weighted += (self.length - 1.0) * new - (self.sum - old);
            self.sum += new - old;
        } else {
            return None;
        }
        let slope = (self.weighted - self.middle * self.sum) / self.spread;
        Some(Line { intercept: self.from + self.sum / self.length - slope * self.middle, slope })
    }

    /// What it goes through, oldest first.
    #[must_use]
    pub fn window(&self) -> &Ring {
        &self.window
    }
}
