//! How two series move together.

use crate::indicator::Indicator;
use crate::indicator::block::CoMoments;

/// Correlation of two series; 0 where one of them stands still.
#[derive(Clone, Debug)]
pub struct Correlation(CoMoments);

impl Correlation {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(CoMoments::new(period))
    }
}

impl Indicator<2, 1> for Correlation {
    #[inline]
    fn update(&mut self, [x, y]: [f64; 2]) -> [f64; 1] {
        let Some(both) = self.0.next(x, y) else { return [f64::NAN] };
        let product = both.var_x * both.var_y;
        [if product > 0.0 { both.cov / product.sqrt() } else { 0.0 }]
    }
}

/// Slope of the second series' returns over the first's; 0 where the first stands still.
#[derive(Clone, Debug)]
pub struct Beta {
    returns: CoMoments,
    last: Option<[f64; 2]>,
}

impl Beta {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { returns: CoMoments::new(period), last: None }
    }
}

impl Indicator<2, 1> for Beta {
    #[inline]
    fn update(&mut self, input: [f64; 2]) -> [f64; 1] {
        if input.iter().any(|value| value.is_nan()) {
            return [f64::NAN];
        }
        let Some(last) = self.last.replace(input) else { return [f64::NAN] };
        let change = |now: f64, before: f64| if before == 0.0 { 0.0 } else { (now - before) / before };
        let Some(both) = self.returns.next(change(input[0], last[0]), change(input[1], last[1])) else {
            return [f64::NAN];
        };
        [if both.var_x > 0.0 { both.cov / both.var_x } else { 0.0 }]
    }
}
