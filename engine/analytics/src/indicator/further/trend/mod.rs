//! Whether a price trends, and where it turned.

mod measure;
mod zigzag;

pub use measure::{Choppiness, HiLo, RandomWalk, TrendIntensity, TtmTrend};
pub use zigzag::ZigZag;

use super::statistic::SQUARE_MAX;
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Overlap, FURTHER;
    "CHOP" "Choppiness index", HLC -> ["chop"] Percent,
        (length: usize = 14 in 2..=PERIOD_MAX), length => Choppiness::new(length);
    "HILO" "Gann high-low activator", HLC -> ["hilo"] Input,
        (high_length: usize = 13 in 1..=PERIOD_MAX, low_length: usize = 21 in 1..=PERIOD_MAX),
        high_length.max(low_length) => HiLo::new(high_length, low_length);
    "RWI" "Random walk index", HLC -> ["rwi_high", "rwi_low"] Ratio,
        (length: usize = 14 in 2..=SQUARE_MAX), length + 1 => RandomWalk::new(length);
    "TII" "Trend intensity index", CLOSE -> ["tii"] Percent,
        (major: usize = 60 in 1..=PERIOD_MAX, minor: usize = 30 in 1..=PERIOD_MAX),
        major + minor - 2 => TrendIntensity::new(major, minor);
    "TTM_TREND" "TTM trend", HLC -> ["ttm_trend"] Sign,
        (length: usize = 6 in 1..=PERIOD_MAX), length - 1 => TtmTrend::new(length);
    "ZIGZAG" "Zigzag", HL -> ["pivot", "direction"] Input, (pct: f64 = 5.0 in 0.001..=99.0), 0 => ZigZag::new(pct);
};
