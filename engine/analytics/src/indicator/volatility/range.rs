//! Averages of ranges.

use crate::indicator::block::{Ema, Rma, Sum, TrueRange};
use crate::indicator::{Filter, Indicator};

/// Average true range, by Wilder's average.
#[derive(Clone, Copy, Debug)]
pub struct Atr {
    range: TrueRange,
    average: Rma,
}

impl Atr {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { range: TrueRange::new(), average: Rma::new(period) }
    }

    /// Takes the next bar; NaN for the first `period`.
    #[inline]
    pub fn next(&mut self, high: f64, low: f64, close: f64) -> f64 {
        self.average.next(self.range.next(high, low, close))
    }
}

impl Indicator<3, 1> for Atr {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.next(high, low, close)]
    }

    #[inline]
    fn block(&mut self, bars: [&[f64]; 3], [ranges]: [&mut [f64]; 1]) {
        self.range.over(bars, ranges);
        self.average.over(ranges);
    }
}

/// Average true range in percent of the close.
#[derive(Clone, Copy, Debug)]
pub struct Natr(pub Atr);

impl Indicator<3, 1> for Natr {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let range = self.0.next(high, low, close);
        [if close == 0.0 { 0.0 * range } else { range / close * 100.0 }]
    }
}

/// Dorsey's mass index: an average by its own average, summed. It swells before a range turns.
#[derive(Clone, Debug)]
pub struct Mass {
    once: Ema,
    twice: Ema,
    sum: Sum,
}

impl Mass {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(average: usize, sum: usize) -> Self {
        Self { once: Ema::new(average), twice: Ema::new(average), sum: Sum::new(sum) }
    }
}

impl Filter for Mass {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let once = self.once.next(input);
        let twice = self.twice.next(once);
        self.sum.next(if twice == 0.0 { 0.0 } else { once / twice })
    }
}
