//! How fast a price moves.

mod macd;
mod rsi;

pub use macd::{Macd, MacdValue};
pub use rsi::Rsi;

use super::catalogue::{Entry, rows};
use super::{PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { Momentum, TALIB;
    "RSI" "Relative Strength Index", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Rsi::new(timeperiod);
    "MACD" "Moving Average Convergence/Divergence", CLOSE -> ["macd", "macdsignal", "macdhist"] Input,
        (fastperiod: usize = 12 in 2..=PERIOD_MAX, slowperiod: usize = 26 in 2..=PERIOD_MAX,
         signalperiod: usize = 9 in 1..=PERIOD_MAX),
        fastperiod.max(slowperiod) + signalperiod - 2 => Macd::new(fastperiod, slowperiod, signalperiod);
};
