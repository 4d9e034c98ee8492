//! Averages, bands and stops: what is drawn over a price.

use super::block::{Ema, Sma, Wma};
use super::catalogue::{Entry, rows};
use super::{PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { Overlap, TALIB;
    "SMA" "Simple Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Sma::new(timeperiod);
    "EMA" "Exponential Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Ema::new(timeperiod);
    "WMA" "Weighted Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Wma::new(timeperiod);
};
