//! Moments, regressions, ranks.

mod pair;
mod rank;
mod regression;

pub use pair::{Beta, Correlation};
pub use rank::{PercentRank, Percentile};
pub use regression::{Forecast, Reading};

use super::block::Moments;
use super::catalogue::{Entry, rows};
use super::{Filter, PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { Statistics, TALIB;
    "BETA" "Beta", PAIR -> ["real"] Ratio,
        (timeperiod: usize = 5 in 1..=PERIOD_MAX), timeperiod => Beta::new(timeperiod);
    "CORREL" "Pearson's Correlation Coefficient (r)", PAIR -> ["real"] Ratio,
        (timeperiod: usize = 30 in 1..=PERIOD_MAX), timeperiod - 1 => Correlation::new(timeperiod);
    "LINEARREG" "Linear Regression", CLOSE -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Forecast::new(timeperiod, Reading::End);
    "LINEARREG_ANGLE" "Linear Regression Angle", CLOSE -> ["real"] Degrees,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Forecast::new(timeperiod, Reading::Angle);
    "LINEARREG_INTERCEPT" "Linear Regression Intercept", CLOSE -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Forecast::new(timeperiod, Reading::Intercept);
    "LINEARREG_SLOPE" "Linear Regression Slope", CLOSE -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Forecast::new(timeperiod, Reading::Slope);
    "PERCENTILE" "Percentile over period", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 1..=PERIOD_MAX, percentile: f64 = 50.0 in 0.0..=100.0),
        timeperiod - 1 => Percentile::new(timeperiod, percentile / 100.0);
    "PERCENTRANK" "Percent rank over period", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 100 in 1..=PERIOD_MAX), timeperiod => PercentRank::new(timeperiod);
    "STDDEV" "Standard Deviation", CLOSE -> ["real"] Input,
        (timeperiod: usize = 5 in 2..=PERIOD_MAX, nbdev: f64 = 1.0 in -1e6..=1e6),
        timeperiod - 1 => Deviation { moments: Moments::new(timeperiod), times: nbdev };
    "TSF" "Time Series Forecast", CLOSE -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Forecast::new(timeperiod, Reading::Next);
    "VAR" "Variance", CLOSE -> ["real"] InputSquared,
        (timeperiod: usize = 5 in 1..=PERIOD_MAX, nbdev: f64 = 1.0 in -1e6..=1e6),
        timeperiod - 1 => variance(timeperiod, nbdev);
};

/// TA-Lib's variance has a parameter of deviations and takes no notice of it.
fn variance(period: usize, _nbdev: f64) -> Variance {
    Variance(Moments::new(period))
}

#[derive(Debug)]
struct Variance(Moments);

impl Filter for Variance {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input).1
    }
}

#[derive(Debug)]
struct Deviation {
    moments: Moments,
    times: f64,
}

impl Filter for Deviation {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.moments.next(input).1.sqrt() * self.times
    }
}
