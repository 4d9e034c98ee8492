//! How far a price moves.

mod range;
mod relative;

pub use range::{Atr, Mass, Natr};
pub use relative::RelativeVolatility;

use super::block::{Ema, Sma, TrueRange};
use super::catalogue::{Entry, rows};
use super::momentum::Rate;
use super::{Filter, Indicator, PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { Volatility, TALIB;
    "ADR" "Average Daily Range", HL -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Spread(Sma::new(timeperiod));
    "ATR" "Average True Range", HLC -> ["real"] Input,
        (timeperiod: usize = 14 in 1..=PERIOD_MAX), timeperiod => Atr::new(timeperiod);
    "CVI" "Chaikin's Volatility", HL -> ["real"] Percent,
        (timeperiod: usize = 10 in 2..=PERIOD_MAX, rocperiod: usize = 10 in 1..=PERIOD_MAX),
        timeperiod - 1 + rocperiod => Spread(Growth { average: Ema::new(timeperiod), rate: Rate::percent(rocperiod) });
    "MASSI" "Mass Index", HL -> ["real"] Ratio,
        (fastperiod: usize = 9 in 2..=PERIOD_MAX, slowperiod: usize = 25 in 2..=PERIOD_MAX),
        2 * (fastperiod - 1) + slowperiod - 1 => Spread(Mass::new(fastperiod, slowperiod));
    "NATR" "Normalized Average True Range", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 1..=PERIOD_MAX), timeperiod => Natr(Atr::new(timeperiod));
    "RVI" "Relative Volatility Index", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX, stddevperiod: usize = 10 in 2..=PERIOD_MAX),
        timeperiod + stddevperiod - 2 => RelativeVolatility::new(timeperiod, stddevperiod);
    "TRANGE" "True Range", HLC -> ["real"] Input, (), 1 => TrueRange::new();
};

impl Indicator<3, 1> for TrueRange {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.next(high, low, close)]
    }
}

/// A filter of what lies between high and low.
#[derive(Debug)]
struct Spread<F>(F);

impl<F: Filter> Indicator<2, 1> for Spread<F> {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        [self.0.next(high - low)]
    }
}

/// Growth of an average.
#[derive(Debug)]
struct Growth {
    average: Ema,
    rate: Rate,
}

impl Filter for Growth {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.rate.next(self.average.next(input))
    }
}
