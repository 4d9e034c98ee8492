//! True range.

/// How far a bar reached, seen from the close before it. A bar of which one price is no number is none: nothing moves, and
/// the bar after it is seen from the close before it.
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
        if (high + low + close).is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.close, close);
        Self::of(high, low, before)
    }

    /// The same for a block of one bar at least, none of which lacks a price; all columns of one length.
    #[inline]
    pub fn over(&mut self, [highs, lows, closes]: [&[f64]; 3], ranges: &mut [f64]) {
        let length = ranges.len();
        let (highs, lows, closes) = (&highs[..length], &lows[..length], &closes[..length]);
        ranges[0] = Self::of(highs[0], lows[0], self.close);
        for at in 1..length {
            ranges[at] = Self::of(highs[at], lows[at], closes[at - 1]);
        }
        self.close = closes[length - 1];
    }

    #[inline]
    fn of(high: f64, low: f64, before: f64) -> f64 {
        // A comparison, not `max`: of no close before comes no number, and it costs less.
        let greater = |one: f64, other: f64| if one > other { one } else { other };
        greater(greater(high - low, (high - before).abs()), (low - before).abs())
    }
}

impl Default for TrueRange {
    fn default() -> Self {
        Self::new()
    }
}
