//! What was traded.

mod flow;
mod money;
mod running;

pub use flow::{Accumulation, AccumulationOscillator, MoneyFlow};
pub use money::{Force, RelativeVolume, Vwap};
pub use running::{OnBalance, PriceVolumeTrend, VolumeIndex, VolumeSide};

use super::block::Each;
use super::catalogue::{Entry, rows};
use super::momentum::Oscillator;
use super::overlap::{KIND_MAX, Kind};
use super::{PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { Volume, TALIB;
    "AD" "Chaikin A/D Line", HLCV -> ["real"] Volume, (), 0 => Accumulation::default();
    "ADOSC" "Chaikin A/D Oscillator", HLCV -> ["real"] Volume,
        (fastperiod: usize = 3 in 2..=PERIOD_MAX, slowperiod: usize = 10 in 2..=PERIOD_MAX),
        fastperiod.max(slowperiod) - 1 => AccumulationOscillator::new(fastperiod, slowperiod);
    "CMF" "Chaikin Money Flow", HLCV -> ["real"] Ratio,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX), timeperiod - 1 => MoneyFlow::new(timeperiod);
    "EFI" "Elder's Force Index", CV -> ["real"] Money,
        (timeperiod: usize = 13 in 1..=PERIOD_MAX), timeperiod => Force::new(timeperiod);
    "MARKETFI" "Market Facilitation Index", HLV -> ["real"] Ratio, (),
        0 => Each(|[high, low, volume]: [f64; 3]| [if volume == 0.0 { 0.0 } else { (high - low) / volume }]);
    "NVI" "Negative Volume Index", CV -> ["real"] Ratio, (), 0 => VolumeIndex::new(VolumeSide::Falling);
    "OBV" "On Balance Volume", CLOSE_AND_VOLUME -> ["real"] Volume, (), 0 => OnBalance::default();
    "PVI" "Positive Volume Index", CV -> ["real"] Ratio, (), 0 => VolumeIndex::new(VolumeSide::Rising);
    "PVO" "Percentage Volume Oscillator", VOLUME -> ["real"] Percent,
        (fastperiod: usize = 12 in 2..=PERIOD_MAX, slowperiod: usize = 26 in 2..=PERIOD_MAX,
         matype: Kind = 1 in 0..=KIND_MAX),
        Oscillator::lookback(fastperiod, slowperiod, matype.or(Kind::Ema)) =>
            Oscillator::percent(fastperiod, slowperiod, matype.or(Kind::Ema));
    "PVT" "Price Volume Trend", CV -> ["real"] Volume, (), 0 => PriceVolumeTrend::default();
    "RVOL" "Relative Volume", VOLUME -> ["real"] Ratio,
        (timeperiod: usize = 20 in 1..=PERIOD_MAX), timeperiod => RelativeVolume::new(timeperiod);
    "VWAP" "Volume Weighted Average Price", HLCV -> ["real"] Input, (), 0 => Vwap::default();
};
