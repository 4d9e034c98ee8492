//! Running totals, and where the extremes of a window were.

use crate::indicator::block::{ExtremeOrder, Highest, Located, Lowest, Maximum, Minimum};
use crate::indicator::{Filter, Indicator};

/// Sum of all that came.
#[derive(Clone, Copy, Debug, Default)]
pub struct CumulativeSum(f64);

impl Filter for CumulativeSum {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.0 += input;
        self.0
    }
}

/// Number of the bar, from 0, that has the extreme of the window; 0 until the window is full.
#[derive(Clone, Debug)]
pub struct IndexOf<O>(Located<O>);

/// Where the greatest was.
pub type MaxIndex = IndexOf<Highest>;
/// Where the least was.
pub type MinIndex = IndexOf<Lowest>;

impl<O: ExtremeOrder> IndexOf<O> {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Located::scanning(period))
    }
}

impl<O: ExtremeOrder> Filter for IndexOf<O> {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let extreme = self.0.next(input);
        if extreme.is_nan() { 0.0 } else { self.0.number() as f64 }
    }
}

/// Two filters of one series.
#[derive(Clone, Debug)]
pub struct Extremes<L, H> {
    low: L,
    high: H,
}

impl Extremes<Minimum, Maximum> {
    /// The least and the greatest. Panics on a period of 0.
    #[must_use]
    pub fn values(period: usize) -> Self {
        Self { low: Minimum::new(period), high: Maximum::new(period) }
    }
}

impl Extremes<MinIndex, MaxIndex> {
    /// Where they were. Panics on a period of 0.
    #[must_use]
    pub fn indexes(period: usize) -> Self {
        Self { low: MinIndex::new(period), high: MaxIndex::new(period) }
    }
}

impl<L: Filter, H: Filter> Indicator<1, 2> for Extremes<L, H> {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        [self.low.next(input), self.high.next(input)]
    }
}
