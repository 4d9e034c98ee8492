//! Volatility.

mod band;
mod estimate;
mod garch;
mod width;

pub use band::{Aberration, PercentB, RangeRatio, Thermometer, Ulcer};
pub use estimate::{Annual, Estimate, Ewma, GarmanKlass, Historical, Parkinson, RogersSatchell, YangZhang};
pub use garch::Garch;
pub use width::{Cone, DonchianWidth, KeltnerWidth, Realised, VolatilityRatio};

use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Volatility, FURTHER;
    "ABERRATION" "Aberration", HLC -> ["middle", "upper", "lower"] Input,
        (length: usize = 5 in 1..=PERIOD_MAX, atr_length: usize = 15 in 1..=PERIOD_MAX),
        (length - 1).max(atr_length) => Aberration::new(length, atr_length);
    "BB_PERCENT_B" "Bollinger %B and bandwidth", CLOSE -> ["percent_b", "bandwidth"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX, mult: f64 = 2.0 in 0.0..=1e6), length - 1 => PercentB::new(length, mult);
    "DONCHIAN_W" "Donchian width", HL -> ["width", "width_pct"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => DonchianWidth::new(length);
    "EWMA_VOL" "Exponentially weighted volatility", CLOSE -> ["vol"] Ratio,
        (decay: f64 = 0.94 in 0.0..=1.0), 1 => Ewma::new(decay);
    "GARCH11" "GARCH(1,1) forecast, fitted", CLOSE -> ["sigma", "alpha", "beta"] Ratio,
        (length: usize = 100 in 10..=PERIOD_MAX, refit: usize = 10 in 1..=PERIOD_MAX),
        length => Garch::new(length, refit);
    "GARMAN_KLASS" "Garman-Klass volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9),
        length - 1 => Annual::new(length, year, GarmanKlass);
    "HV" "Historical volatility", CLOSE -> ["hv"] Percent,
        (length: usize = 20 in 2..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9), length => Historical::new(length, year);
    "KELTNER_W" "Keltner width", HLC -> ["width", "width_pct"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX, atr_length: usize = 10 in 1..=PERIOD_MAX, mult: f64 = 2.0 in 0.0..=1e6),
        (length - 1).max(atr_length) => KeltnerWidth::new(length, atr_length, mult);
    "PARKINSON" "Parkinson volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9),
        length - 1 => Annual::new(length, year, Parkinson);
    "REALISED_VOL" "Realised and bipower variation", CLOSE -> ["rv", "bv", "jump"] Ratio,
        (length: usize = 60 in 2..=PERIOD_MAX), length => Realised::new(length);
    "ROGERS_SATCHELL" "Rogers-Satchell volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9),
        length - 1 => Annual::new(length, year, RogersSatchell);
    "THERMO" "Elder thermometer", HL -> ["thermo", "signal"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX), length => Thermometer::new(length);
    "ULCER" "Ulcer index", CLOSE -> ["ulcer"] Percent,
        (length: usize = 14 in 1..=PERIOD_MAX), 2 * (length - 1) => Ulcer::new(length);
    "VOLTY_RATIO" "True range by the average range before", HLC -> ["ratio"] Ratio,
        (length: usize = 14 in 1..=PERIOD_MAX), length + 1 => RangeRatio::new(length);
    "VOL_CONE" "Volatility cone", CLOSE -> ["min_10", "p25_10", "p50_10", "p75_10", "max_10", "now_10", "min_20", "p25_20",
        "p50_20", "p75_20", "max_20", "now_20", "min_60", "p25_60", "p50_60", "p75_60", "max_60", "now_60", "min_120", "p25_120",
        "p50_120", "p75_120", "max_120", "now_120"] Percent,
        (length: usize = 252 in 120..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9), length => Cone::new(length, year);
    "VOL_RATIO" "Short by long volatility", CLOSE -> ["ratio"] Ratio,
        (short: usize = 10 in 2..=PERIOD_MAX, long: usize = 50 in 2..=PERIOD_MAX),
        short.max(long) => VolatilityRatio::new(short, long);
    "YANG_ZHANG" "Yang-Zhang volatility", OHLC -> ["vol"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX, year: f64 = 365 in 0.0..=1e9), length => YangZhang::new(length, year);
};
