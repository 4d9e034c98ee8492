//! Stops that follow a price.

use crate::indicator::Indicator;
use crate::indicator::volatility::Atr;

/// A line below a rising price or above a falling one, some average ranges away; it changes sides when the close crosses
/// it, and else only comes nearer.
#[derive(Clone, Debug)]
pub struct Supertrend {
    range: Atr,
    multiplier: f64,
    upper: f64,
    lower: f64,
    close: f64,
    rising: bool,
}

impl Supertrend {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize, multiplier: f64) -> Self {
        let (upper, lower, close) = (f64::NAN, f64::NAN, f64::NAN);
        Self { range: Atr::new(period), multiplier, upper, lower, close, rising: true }
    }
}

impl Indicator<3, 2> for Supertrend {
    /// The line, and 1 for a rising trend, -1 for a falling one, 0 while it warms up.
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let range = self.range.next(high, low, close);
        if range.is_nan() {
            return [f64::NAN, 0.0];
        }
        let (middle, width) = ((high + low) / 2.0, self.multiplier * range);
        let (upper, lower) = (middle + width, middle - width);
        // The first bar has no band before it: nothing is less than NaN, and nothing more.
        if self.upper.is_nan() || upper < self.upper || self.close > self.upper {
            self.upper = upper;
        }
        if self.lower.is_nan() || lower > self.lower || self.close < self.lower {
            self.lower = lower;
        }
        if !self.close.is_nan() {
            self.rising = if self.rising { close >= self.lower } else { close > self.upper };
        }
        self.close = close;
        if self.rising { [self.lower, 1.0] } else { [self.upper, -1.0] }
    }
}
