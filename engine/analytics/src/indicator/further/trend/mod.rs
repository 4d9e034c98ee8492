//! Whether a price trends, and where it turned.

mod leg;
mod measure;
mod regime;
mod structure;
mod zigzag;

pub use leg::{Fibonacci, Pitchfork};
pub use measure::{Choppiness, HiLo, RandomWalk, TrendIntensity, TtmTrend};
pub use regime::Regime;
pub use structure::Structure;
pub use zigzag::ZigZag;

use super::statistic::SQUARE_MAX;
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Overlap, FURTHER;
    "AUTOFIB" "Fibonacci levels of the running swing", HL -> ["fib_0", "fib_236", "fib_382", "fib_500", "fib_618", "fib_786",
        "fib_1"] Input, (pct: f64 = 5.0 in 0.001..=99.0), 0 => Fibonacci::new(pct);
    "CHOP" "Choppiness index", HLC -> ["chop"] Percent,
        (length: usize = 14 in 2..=PERIOD_MAX), length => Choppiness::new(length);
    "HILO" "Gann high-low activator", HLC -> ["hilo"] Input,
        (high_length: usize = 13 in 1..=PERIOD_MAX, low_length: usize = 21 in 1..=PERIOD_MAX),
        high_length.max(low_length) => HiLo::new(high_length, low_length);
    "PITCHFORK" "Andrews' pitchfork", HL -> ["median", "upper", "lower"] Input,
        (pct: f64 = 5.0 in 0.001..=99.0), 0 => Pitchfork::new(pct);
    "RWI" "Random walk index", HLC -> ["rwi_high", "rwi_low"] Ratio,
        (length: usize = 14 in 2..=SQUARE_MAX), length + 1 => RandomWalk::new(length);
    "SMC" "Market structure", OHLC -> ["bos", "choch", "fvg", "sweep", "ob_high", "ob_low"] Sign,
        (swing: usize = 5 in 1..=SQUARE_MAX), 2 * swing => Structure::new(swing);
    "TII" "Trend intensity index", CLOSE -> ["tii"] Percent,
        (major: usize = 60 in 1..=PERIOD_MAX, minor: usize = 30 in 1..=PERIOD_MAX),
        major + minor - 2 => TrendIntensity::new(major, minor);
    "TREND_REGIME" "Trend regime by ADX", HLC -> ["label"] Sign,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), 2 * timeperiod - 1 => Regime::new(timeperiod);
    "TTM_TREND" "TTM trend", HLC -> ["ttm_trend"] Sign,
        (length: usize = 6 in 1..=PERIOD_MAX), length - 1 => TtmTrend::new(length);
    "ZIGZAG" "Zigzag", HL -> ["pivot", "direction"] Input, (pct: f64 = 5.0 in 0.001..=99.0), 0 => ZigZag::new(pct);
};
