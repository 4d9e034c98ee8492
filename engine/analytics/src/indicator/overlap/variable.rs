//! An average whose period changes from bar to bar.

use super::{Average, Kind};
use crate::indicator::block::After;
use crate::indicator::{Filter, Indicator};

/// Keeps an average of every period that may be asked for.
#[derive(Clone, Debug)]
pub struct Variable {
    averages: Box<[After<Average>]>,
    least: usize,
}

impl Variable {
    /// Periods below the least count as it, above the greatest as that; if the least is above the greatest, they change
    /// places. All averages have their first value on the same input. Panics on a period of 0.
    #[must_use]
    pub fn new(least: usize, greatest: usize, kind: Kind) -> Self {
        let (least, greatest) = (least.min(greatest), least.max(greatest));
        let lookback = kind.lookback(greatest);
        let average = |period| After::new(lookback - kind.lookback(period), Average::new(kind, period));
        Self { averages: (least..=greatest).map(average).collect(), least }
    }
}

impl Indicator<2, 1> for Variable {
    #[inline]
    fn update(&mut self, [input, period]: [f64; 2]) -> [f64; 1] {
        let wanted = (period as usize).saturating_sub(self.least).min(self.averages.len() - 1);
        let mut told = f64::NAN;
        for (at, average) in self.averages.iter_mut().enumerate() {
            let value = average.next(input);
            if at == wanted {
                told = value;
            }
        }
        [told]
    }
}
