//! Volatility.

mod band;
mod estimate;

pub use band::{Aberration, PercentB, RangeRatio, Thermometer, Ulcer};
pub use estimate::{Annual, Estimate, Ewma, GarmanKlass, Historical, Parkinson, RogersSatchell, YangZhang};

use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Volatility, FURTHER;
    "ABERRATION" "Aberration", HLC -> ["middle", "upper", "lower"] Input,
        (length: usize = 5 in 1..=PERIOD_MAX, atr_length: usize = 15 in 1..=PERIOD_MAX),
        (length - 1).max(atr_length) => Aberration::new(length, atr_length);
    "BB_PERCENT_B" "Bollinger %B and bandwidth", CLOSE -> ["percent_b", "bandwidth"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX, mult: f64 = 2.0 in 0.0..=1e6), length - 1 => PercentB::new(length, mult);
    "EWMA_VOL" "Exponentially weighted volatility", CLOSE -> ["vol"] Ratio,
        (decay: f64 = 0.94 in 0.0..=1.0), 1 => Ewma::new(decay);
    "GARMAN_KLASS" "Garman-Klass volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9),
        length - 1 => Annual::new(length, year, GarmanKlass);
    "HV" "Historical volatility", CLOSE -> ["hv"] Percent,
        (length: usize = 20 in 2..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9), length => Historical::new(length, year);
    "PARKINSON" "Parkinson volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9),
        length - 1 => Annual::new(length, year, Parkinson);
    "ROGERS_SATCHELL" "Rogers-Satchell volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9),
        length - 1 => Annual::new(length, year, RogersSatchell);
    "THERMO" "Elder thermometer", HL -> ["thermo", "signal"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX), length => Thermometer::new(length);
    "ULCER" "Ulcer index", CLOSE -> ["ulcer"] Percent,
        (length: usize = 14 in 1..=PERIOD_MAX), 2 * (length - 1) => Ulcer::new(length);
    "VOLTY_RATIO" "True range by the average range before", HLC -> ["ratio"] Ratio,
        (length: usize = 14 in 1..=PERIOD_MAX), length + 1 => RangeRatio::new(length);
    "YANG_ZHANG" "Yang-Zhang volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9), length => YangZhang::new(length, year);
};
