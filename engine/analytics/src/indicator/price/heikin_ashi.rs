//! Heikin-Ashi candles.

use crate::indicator::Indicator;

/// Candles that begin in the middle of the one before, so that a trend is one colour.
#[derive(Clone, Copy, Debug)]
pub struct HeikinAshi {
    /// Middle of the last candle's body; NaN before the first.
    middle: f64,
}

impl HeikinAshi {
    /// Before the first bar, which begins in the middle of its own body.
    #[must_use]
    pub fn new() -> Self {
        Self { middle: f64::NAN }
    }
}

impl Default for HeikinAshi {
    fn default() -> Self {
        Self::new()
    }
}

impl Indicator<4, 4> for HeikinAshi {
    #[inline]
    fn update(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 4] {
        let ha_close = (open + high + low + close) / 4.0;
        let ha_open = if self.middle.is_nan() { (open + close) / 2.0 } else { self.middle };
        self.middle = (ha_open + ha_close) / 2.0;
        [ha_open, high.max(ha_open).max(ha_close), low.min(ha_open).min(ha_close), ha_close]
    }
}
