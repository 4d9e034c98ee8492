//! Widths of channels, and how a deviation stands to others.

use super::Historical;
use crate::indicator::block::{Maximum, Minimum, Moments, Sorted, Sum};
use crate::indicator::overlap::Keltner;
use crate::indicator::{Filter, Indicator};

/// Greatest high less least low of the window, and the same in percent of the middle of both.
#[derive(Clone, Debug)]
pub struct DonchianWidth {
    high: Maximum,
    low: Minimum,
}

impl DonchianWidth {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { high: Maximum::new(length), low: Minimum::new(length) }
    }
}

impl Indicator<2, 2> for DonchianWidth {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let (high, low) = (self.high.next(high), self.low.next(low));
        [high - low, 100.0 * (high - low) / ((high + low) / 2.0)]
    }
}

/// Upper less lower line of [`Keltner`]'s channel, and the same in percent of the middle one.
#[derive(Clone, Debug)]
pub struct KeltnerWidth(Keltner);

impl KeltnerWidth {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, range: usize, times: f64) -> Self {
        Self(Keltner::new(length, range, times))
    }
}

impl Indicator<3, 2> for KeltnerWidth {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 2] {
        let [upper, middle, lower] = self.0.update(bar);
        [upper - lower, 100.0 * (upper - lower) / middle]
    }
}

/// Sample deviation of the last few log returns by that of more of them. No value where nothing moves.
#[derive(Clone, Debug)]
pub struct VolatilityRatio {
    last: f64,
    short: (Moments, f64),
    long: (Moments, f64),
}

impl VolatilityRatio {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(short: usize, long: usize) -> Self {
        assert!(short > 1 && long > 1, "a deviation of one");
        let of = |length: usize| (Moments::new(length), length as f64 / (length as f64 - 1.0));
        Self { last: f64::NAN, short: of(short), long: of(long) }
    }
}

impl Filter for VolatilityRatio {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let change = (input / std::mem::replace(&mut self.last, input)).ln();
        let of = |(moments, sample): &mut (Moments, f64)| (moments.next(change).1 * *sample).sqrt();
        of(&mut self.short) / of(&mut self.long)
    }
}

/// Realised variance of the window, the sum of its squared log returns; bipower variation (Barndorff-Nielsen, Shephard 2004),
/// `pi / 2` times the sum of the products of neighbouring sizes, by `n / (n - 1)`, in which a jump hardly counts; and what
/// the first has beyond the second, at least 0: the jumps.
#[derive(Clone, Debug)]
pub struct Realised {
    last: f64,
    size: f64,
    squares: Sum,
    products: Sum,
    share: f64,
}

impl Realised {
    /// Over so many returns. Panics below 2.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let n = length as f64;
        let share = std::f64::consts::FRAC_PI_2 * n / (n - 1.0);
        let (squares, products) = (Sum::new(length), Sum::new(length - 1));
        Self { last: f64::NAN, size: f64::NAN, squares, products, share }
    }
}

impl Indicator<1, 3> for Realised {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        if input.is_nan() {
            return [f64::NAN; 3];
        }
        let size = (input / std::mem::replace(&mut self.last, input)).ln().abs();
        let before = std::mem::replace(&mut self.size, size);
        let (realised, bipower) = (self.squares.next(size * size), self.share * self.products.next(size * before));
        // The maximum of a number and NaN is the number.
        let jumps = realised - bipower;
        [realised, bipower, if jumps < 0.0 { 0.0 } else { jumps }]
    }
}

/// Horizons of a [`Cone`], in bars.
pub(super) const HORIZONS: [usize; 4] = [10, 20, 60, 120];

/// The cone of volatility: for horizons of 10, 20, 60 and 120 bars, the [`Historical`] volatilities of the window by least,
/// quarter, half, three quarters (interpolated), greatest, and the newest.
#[derive(Clone, Debug)]
pub struct Cone([(Historical, Sorted); 4]);

impl Cone {
    /// Over so many returns, so many bars a year. Panics if the longest horizon does not fit in.
    #[must_use]
    pub fn new(length: usize, year: f64) -> Self {
        Self(HORIZONS.map(|horizon| (Historical::new(horizon, year), Sorted::new(length + 1 - horizon))))
    }
}

impl Indicator<1, 24> for Cone {
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 24] {
        let mut table = [f64::NAN; 24];
        for ((volatility, window), row) in self.0.iter_mut().zip(table.chunks_exact_mut(6)) {
            let newest = volatility.next(input);
            let Some(sorted) = window.next(newest) else { continue };
            let last = sorted.len() - 1;
            let at = |share: f64| {
                let place = share * last as f64;
                let (low, high) = (sorted[place as usize], sorted[(place as usize + 1).min(last)]);
                low + (high - low) * place.fract()
            };
            row.copy_from_slice(&[at(0.0), at(0.25), at(0.5), at(0.75), at(1.0), newest]);
        }
        table
    }
}
