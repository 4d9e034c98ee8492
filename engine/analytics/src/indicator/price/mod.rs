//! One price made of a bar.

mod deviation;
mod heikin_ashi;

pub use deviation::MeanDeviation;
pub use heikin_ashi::HeikinAshi;

use super::block::Each;
use super::catalogue::{Entry, rows};
use super::{PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { PriceTransform, TALIB;
    "AVGDEV" "Average Deviation", CLOSE -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => MeanDeviation::new(timeperiod);
    "AVGPRICE" "Average Price", OHLC -> ["real"] Input, (), 0 => Each(|[o, h, l, c]: [f64; 4]| [(o + h + l + c) / 4.0]);
    "HA" "Heikin-Ashi Candles", OHLC -> ["haopen", "hahigh", "halow", "haclose"] Input, (), 0 => HeikinAshi::new();
    "MEDPRICE" "Median Price", HL -> ["real"] Input, (), 0 => Each(|[high, low]: [f64; 2]| [(high + low) / 2.0]);
    "TYPPRICE" "Typical Price", HLC -> ["real"] Input, (), 0 => Each(|[h, l, c]: [f64; 3]| [(h + l + c) / 3.0]);
    "WCLPRICE" "Weighted Close Price", HLC -> ["real"] Input, (),
        0 => Each(|[h, l, c]: [f64; 3]| [(h + l + 2.0 * c) / 4.0]);
};
