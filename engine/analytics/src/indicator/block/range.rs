//! True range.

/// How far a bar reached, seen from the close before it.
#[derive(Clone, Copy, Debug)]
pub struct TrueRange {
    close: f64,
}

impl TrueRange {
    /// Before the first bar.
    #[must_use]
    pub fn new() -> Self {
        Self { close: f64::NAN }
    }

    /// Takes the next bar; NaN at the first, which has no close before it.
    #[inline]
    pub fn next(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let before = std::mem::replace(&mut self.close, close);
        if before.is_nan() {
            return f64::NAN;
        }
        (high - low).max((high - before).abs()).max((low - before).abs())
    }
}

impl Default for TrueRange {
    fn default() -> Self {
        Self::new()
    }
}
