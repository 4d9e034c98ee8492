//! Turns of at least some percent.

use crate::indicator::Indicator;

/// Follows highs up and lows down, and turns when the other side is so many percent away. The pivot's price is
/// drawn at its own bar, which is known to be one only later; the direction is known at its bar.
#[derive(Clone, Copy, Debug)]
pub struct ZigZag {
    share: f64,
    /// 1 up, -1 down, 0 before either side has moved.
    direction: f64,
    /// The greatest high and the least low since the last turn, with the bars since.
    high: (f64, usize),
    low: (f64, usize),
    /// Bars back to the pivot that was just confirmed.
    back: usize,
}

impl ZigZag {
    /// Reversal in percent.
    #[must_use]
    pub fn new(percent: f64) -> Self {
        let none = (f64::NAN, 0);
        Self { share: percent / 100.0, direction: 0.0, high: none, low: none, back: 0 }
    }

    /// The pivot that the running leg comes from, and the extreme that it has reached; `None` before the first pivot.
    pub(super) fn leg(&self) -> Option<(f64, f64)> {
        let (high, low) = (self.high.0, self.low.0);
        if self.direction > 0.0 { Some((low, high)) } else { (self.direction < 0.0).then_some((high, low)) }
    }

    /// The price of a pivot that this bar confirms.
    fn turn(&mut self, high: f64, low: f64) -> Option<(f64, usize)> {
        let falls = low <= self.high.0 * (1.0 - self.share);
        let rises = high >= self.low.0 * (1.0 + self.share);
        if self.direction > 0.0 {
            if high > self.high.0 {
                self.high = (high, 0);
            } else if falls {
                (self.direction, self.low) = (-1.0, (low, 0));
                return Some(self.high);
            }
        } else if self.direction < 0.0 {
            if low < self.low.0 {
                self.low = (low, 0);
            } else if rises {
                (self.direction, self.high) = (1.0, (high, 0));
                return Some(self.low);
            }
        } else if rises {
            (self.direction, self.high) = (1.0, (high, 0));
            return Some(self.low);
        } else if falls {
            (self.direction, self.low) = (-1.0, (low, 0));
            return Some(self.high);
        } else {
            if high > self.high.0 {
                self.high = (high, 0);
            }
            if low < self.low.0 {
                self.low = (low, 0);
            }
        }
        None
    }
}

impl Indicator<2, 2> for ZigZag {
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        if (high + low).is_nan() {
            return [f64::NAN; 2];
        }
        self.back = 0;
        if self.high.0.is_nan() {
            (self.high, self.low) = ((high, 0), (low, 0));
            return [f64::NAN, 0.0];
        }
        self.high.1 += 1;
        self.low.1 += 1;
        let Some((price, back)) = self.turn(high, low) else { return [f64::NAN, self.direction] };
        self.back = back;
        [price, self.direction]
    }

    const DRAWS_BACK: bool = true;

    fn back(&self, output: usize) -> usize {
        if output == 0 { self.back } else { 0 }
    }
}
