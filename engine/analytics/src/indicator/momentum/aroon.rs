//! How long ago the extremes were.

use crate::indicator::block::{Highest, Located, Lowest};
use crate::indicator::{Filter, Indicator};

/// Ages of the extremes of `period + 1` bars, 100 for the newest bar and 0 for the oldest.
#[derive(Clone, Debug)]
pub struct Aroon {
    high: Located<Highest>,
    low: Located<Lowest>,
    period: f64,
}

impl Aroon {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        assert!(period > 0, "ages of nothing");
        Self { high: Located::new(period + 1), low: Located::new(period + 1), period: period as f64 }
    }
}

impl Indicator<2, 2> for Aroon {
    /// Down and up.
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let (highest, lowest) = (self.high.next(high), self.low.next(low));
        let share = |age: usize| 100.0 * ((self.period - age as f64) / self.period);
        if (highest + lowest).is_nan() { [f64::NAN; 2] } else { [share(self.low.age()), share(self.high.age())] }
    }
}

/// Up less down.
#[derive(Clone, Debug)]
pub struct AroonOscillator(pub Aroon);

impl Indicator<2, 1> for AroonOscillator {
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 1] {
        let [down, up] = self.0.update(bar);
        [up - down]
    }
}
