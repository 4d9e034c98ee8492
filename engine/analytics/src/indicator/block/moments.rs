//! Mean, variance and covariance over a window.
//!
//! Sums of squares are kept of the distance to a nearby value, not of the value itself: a price of 100,000 that moves by 1
//! would lose ten digits otherwise. The reference is the first input after the ring started anew, so it follows the price.

use super::Ring;
use crate::indicator::any_nan;

/// Sums of one turn of the ring, of distances to `from`.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    from: (f64, f64),
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Sums {
    fn starting_at(x: f64, y: f64) -> Self {
        Self { from: (x, y), ..Self::default() }
    }

    #[inline]
    fn add(&mut self, x: f64, y: f64) {
        let (x, y) = (x - self.from.0, y - self.from.1);
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    #[inline]
    fn remove(&mut self, x: f64, y: f64) {
        let (x, y) = (x - self.from.0, y - self.from.1);
        self.x -= x;
        self.y -= y;
        self.xx -= x * x;
        self.yy -= y * y;
        self.xy -= x * y;
    }
}

/// Mean and variance of the last `length` inputs.
#[derive(Clone, Debug)]
pub struct Moments {
    window: Ring,
    /// An input's share in the mean.
    share: f64,
    from: f64,
    sum: f64,
    squares: f64,
    fresh: (f64, f64, f64),
}

impl Moments {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let share = 1.0 / length as f64;
        Self { window: Ring::new(length), share, from: 0.0, sum: 0.0, squares: 0.0, fresh: (0.0, 0.0, 0.0) }
    }

    /// Takes the next input: mean and population variance, NaN until the window is full or if it is no input.
    #[inline]
    pub fn next(&mut self, input: f64) -> (f64, f64) {
        if input.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        if self.window.is_round() {
            self.fresh = (input, 0.0, 0.0);
        }
        let was_full = self.window.is_full();
        let leaving = self.window.push(input);
        let distance = input - self.fresh.0;
        self.fresh.1 += distance;
        self.fresh.2 += distance * distance;
        if self.window.is_round() {
            (self.from, self.sum, self.squares) = self.fresh;
        } else if was_full {
            let (new, old) = (input - self.from, leaving - self.from);
            self.sum += new - old;
            self.squares += new * new - old * old;
        } else {
            return (f64::NAN, f64::NAN);
        }
        Self::of(self.from, self.sum * self.share, self.squares * self.share)
    }

    /// The same for so many inputs, which become means.
    #[inline]
    pub fn over(&mut self, values: &mut [f64], variances: &mut [f64]) {
        if !self.window.is_full() || any_nan(values) {
            for (value, variance) in values.iter_mut().zip(variances) {
                (*value, *variance) = self.next(*value);
            }
            return;
        }
        let (mut values, mut variances) = (values, variances);
        while !values.is_empty() {
            let begins = self.window.is_round();
            let (places, is_round) = self.window.turn(values.len());
            let (turn, later) = values.split_at_mut(places.len());
            let (turn_variances, later_variances) = variances.split_at_mut(places.len());
            if begins {
                self.fresh = (turn[0], 0.0, 0.0);
            }
            // A turn has one reference, so its sums are told first and become mean and variance together.
            let (from, mut sum, mut squares) = (self.from, self.sum, self.squares);
            let (fresh_from, mut fresh_sum, mut fresh_squares) = self.fresh;
            for ((value, variance), place) in turn.iter_mut().zip(&mut *turn_variances).zip(places) {
                let (input, leaving) = (*value, std::mem::replace(place, *value));
                let distance = input - fresh_from;
                fresh_sum += distance;
                fresh_squares += distance * distance;
                let (new, old) = (input - from, leaving - from);
                sum += new - old;
                squares += new * new - old * old;
                (*value, *variance) = (sum, squares);
            }
            self.fresh = (fresh_from, fresh_sum, fresh_squares);
            (self.sum, self.squares) = (sum, squares);
            for (value, variance) in turn.iter_mut().zip(&mut *turn_variances) {
                (*value, *variance) = Self::of(from, *value * self.share, *variance * self.share);
            }
            if is_round {
                (self.from, self.sum, self.squares) = self.fresh;
                if let ([.., value], [.., variance]) = (turn, turn_variances) {
                    (*value, *variance) = Self::of(self.from, self.sum * self.share, self.squares * self.share);
                }
            }
            (values, variances) = (later, later_variances);
        }
    }

    /// Mean and variance of sums of distances to `from`, each divided by the count.
    #[inline]
    fn of(from: f64, mean: f64, square: f64) -> (f64, f64) {
        let variance = square - mean * mean;
        (from + mean, if variance > 0.0 { variance } else { 0.0 })
    }

    /// What it is about, oldest first.
    #[must_use]
    pub fn window(&self) -> &Ring {
        &self.window
    }
}

/// How two series move together over the last `length` pairs.
#[derive(Clone, Debug)]
pub struct CoMoments {
    xs: Ring,
    ys: Ring,
    sums: Sums,
    fresh: Sums,
}

/// What [`CoMoments`] knows of a full window; population forms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Together {
    /// Mean of the first.
    pub mean_x: f64,
    /// Mean of the second.
    pub mean_y: f64,
    /// Variance of the first.
    pub var_x: f64,
    /// Variance of the second.
    pub var_y: f64,
    /// Covariance.
    pub cov: f64,
}

impl CoMoments {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (sums, fresh) = (Sums::default(), Sums::default());
        Self { xs: Ring::new(length), ys: Ring::new(length), sums, fresh }
    }

    /// Takes the next pair; `None` until the window is full or if one of them is NaN.
    #[inline]
    pub fn next(&mut self, x: f64, y: f64) -> Option<Together> {
        if x.is_nan() || y.is_nan() {
            return None;
        }
        if self.xs.is_round() {
            self.fresh = Sums::starting_at(x, y);
        }
        let was_full = self.xs.is_full();
        let (old_x, old_y) = (self.xs.push(x), self.ys.push(y));
        self.fresh.add(x, y);
        if self.xs.is_round() {
            self.sums = self.fresh;
        } else if was_full {
            self.sums.remove(old_x, old_y);
            self.sums.add(x, y);
        } else {
            return None;
        }
        let (n, sums) = (self.xs.length() as f64, &self.sums);
        let (x, y) = (sums.x / n, sums.y / n);
        Some(Together {
            mean_x: sums.from.0 + x,
            mean_y: sums.from.1 + y,
            var_x: (sums.xx / n - x * x).max(0.0),
            var_y: (sums.yy / n - y * y).max(0.0),
            cov: sums.xy / n - x * y,
        })
    }
}
