//! What a longer bar says to a shorter one.

use crate::indicator::block::Sma;
use crate::indicator::{Filter, Indicator};

const MINUTE_MS: f64 = 60_000.0;

/// Plain average of the closes of longer bars, cut at whole multiples of their length since the epoch. Only closed ones
/// count: one is closed by the first bar of the next, which does not see that bar's close, so nothing is known before its
/// time.
#[derive(Clone, Debug)]
pub struct Higher {
    length_ms: f64,
    /// Number of the running longer bar, and its last close.
    running: (f64, f64),
    average: Sma,
    value: f64,
}

impl Higher {
    /// Of bars of so many minutes. Panics on a length of 0.
    #[must_use]
    pub fn new(minutes: usize, length: usize) -> Self {
        let none = (f64::NAN, f64::NAN);
        Self { length_ms: minutes as f64 * MINUTE_MS, running: none, average: Sma::new(length), value: f64::NAN }
    }
}

impl Indicator<2, 1> for Higher {
    #[inline]
    fn update(&mut self, [close, time_ms]: [f64; 2]) -> [f64; 1] {
        let number = (time_ms / self.length_ms).floor();
        let (before, last) = std::mem::replace(&mut self.running, (number, close));
        if before < number {
            self.value = self.average.next(last);
        }
        [self.value]
    }
}
