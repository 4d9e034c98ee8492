//! Averages, bands and stops: what is drawn over a price.

mod average;
mod bands;
mod kind;
mod mama;
mod sar;
mod stop;
mod variable;

pub use average::{Averaged, Cascade, Dema, Hma, Kama, T3, Tema, Trima, Vwma, Zlema};
pub use bands::{Acceleration, Bollinger, Donchian, Keltner};
pub(super) use kind::KIND_MAX;
pub use kind::{Average, Kind};
pub use mama::{Mama, MamaValue};
pub use sar::{Pace, Sar};
pub use stop::Supertrend;
pub use variable::Variable;

use super::block::{Ema, Rma, Sma, Wma};
use super::catalogue::{Entry, rows};
use super::math::Extremes;
use super::{Indicator, PERIOD_MAX, TALIB};

/// Most periods that an average of a changing one keeps ready: its memory grows with their square.
const VARIABLE_MAX: usize = 1_000;

pub(super) const ROWS: &[Entry] = rows! { Overlap, TALIB;
    "ACCBANDS" "Acceleration Bands", HLC -> ["upperband", "middleband", "lowerband"] Input,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX), timeperiod - 1 => Acceleration::new(timeperiod);
    "BBANDS" "Bollinger Bands", CLOSE -> ["upperband", "middleband", "lowerband"] Input,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX, nbdevup: f64 = 2.0 in -1e6..=1e6, nbdevdn: f64 = 2.0 in -1e6..=1e6,
         matype: Kind = 0 in 0..=KIND_MAX),
        matype.lookback(timeperiod).max(timeperiod - 1) => Bollinger::new(timeperiod, nbdevup, nbdevdn, matype);
    "DEMA" "Double Exponential Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), 2 * (timeperiod - 1) => Dema::new(timeperiod);
    "DONCHIAN" "Donchian Channel", HL -> ["upperband", "middleband", "lowerband"] Input,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX), timeperiod - 1 => Donchian::new(timeperiod);
    "EMA" "Exponential Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Ema::new(timeperiod);
    "HMA" "Hull Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX), Kind::Hma.lookback(timeperiod) => Hma::new(timeperiod);
    "KAMA" "Kaufman Adaptive Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod => Kama::new(timeperiod);
    "KC" "Keltner Channel", HLC -> ["upperband", "middleband", "lowerband"] Input,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX, atrperiod: usize = 10 in 1..=PERIOD_MAX,
         nbdev: f64 = 2.0 in 0.0..=1e6),
        (timeperiod - 1).max(atrperiod) => Keltner::new(timeperiod, atrperiod, nbdev);
    "MA" "Moving average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 1..=PERIOD_MAX, matype: Kind = 0 in 0..=KIND_MAX),
        matype.lookback(timeperiod) => Average::new(matype, timeperiod);
    "MAMA" "MESA Adaptive Moving Average", CLOSE -> ["mama", "fama"] Input,
        (fastlimit: f64 = 0.5 in 0.01..=0.99, slowlimit: f64 = 0.05 in 0.01..=0.99),
        Mama::LOOKBACK => Mama::new(fastlimit, slowlimit);
    "MAVP" "Moving average with variable period", CLOSE_PERIODS -> ["real"] Input,
        (minperiod: usize = 2 in 2..=VARIABLE_MAX, maxperiod: usize = 30 in 2..=VARIABLE_MAX,
         matype: Kind = 0 in 0..=KIND_MAX),
        matype.lookback(maxperiod.max(minperiod)) => Variable::new(minperiod, maxperiod, matype);
    "MIDPOINT" "MidPoint over period", CLOSE -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => MidPoint(Extremes::values(timeperiod));
    "MIDPRICE" "Midpoint Price over period", HL -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => MidPrice(Donchian::new(timeperiod));
    "RMA" "Wilder's Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 1..=PERIOD_MAX), timeperiod - 1 => Rma::new(timeperiod);
    "SAR" "Parabolic SAR", HL -> ["real"] Input,
        (acceleration: f64 = 0.02 in 0.0..=1e6, maximum: f64 = 0.2 in 0.0..=1e6), 1 => Sar::new(acceleration, maximum);
    "SAREXT" "Parabolic SAR - Extended", HL -> ["real"] Input,
        (startvalue: f64 = 0.0 in -1e12..=1e12, offsetonreverse: f64 = 0.0 in 0.0..=1e6,
         accelerationinitlong: f64 = 0.02 in 0.0..=1e6, accelerationlong: f64 = 0.02 in 0.0..=1e6,
         accelerationmaxlong: f64 = 0.2 in 0.0..=1e6, accelerationinitshort: f64 = 0.02 in 0.0..=1e6,
         accelerationshort: f64 = 0.02 in 0.0..=1e6, accelerationmaxshort: f64 = 0.2 in 0.0..=1e6),
        1 => Sar::extended(startvalue, offsetonreverse,
            Pace { first: accelerationinitlong, step: accelerationlong, max: accelerationmaxlong },
            Pace { first: accelerationinitshort, step: accelerationshort, max: accelerationmaxshort });
    "SMA" "Simple Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Sma::new(timeperiod);
    "SUPERTREND" "SuperTrend", HLC -> ["supertrend", "trend"] Input,
        (timeperiod: usize = 10 in 2..=PERIOD_MAX, multiplier: f64 = 3.0 in 0.0..=1e6),
        timeperiod => Supertrend::new(timeperiod, multiplier);
    "T3" "Triple Exponential Moving Average (T3)", CLOSE -> ["real"] Input,
        (timeperiod: usize = 5 in 2..=PERIOD_MAX, vfactor: f64 = 0.7 in 0.0..=1.0),
        6 * (timeperiod - 1) => T3::new(timeperiod, vfactor);
    "TEMA" "Triple Exponential Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), 3 * (timeperiod - 1) => Tema::new(timeperiod);
    "TRIMA" "Triangular Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Trima::new(timeperiod);
    "VWMA" "Volume Weighted Moving Average", CLOSE_AND_VOLUME -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Vwma::new(timeperiod);
    "WMA" "Weighted Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Wma::new(timeperiod);
    "ZLEMA" "Zero Lag Exponential Moving Average", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), Kind::Zlema.lookback(timeperiod) => Zlema::new(timeperiod);
};

/// Middle between the extremes of one series.
#[derive(Debug)]
struct MidPoint(Extremes<super::block::Minimum, super::block::Maximum>);

impl Indicator<1, 1> for MidPoint {
    #[inline]
    fn update(&mut self, input: [f64; 1]) -> [f64; 1] {
        let [low, high] = self.0.update(input);
        [(low + high) / 2.0]
    }
}

/// Middle of Donchian's channel.
#[derive(Debug)]
struct MidPrice(Donchian);

impl Indicator<2, 1> for MidPrice {
    #[inline]
    fn update(&mut self, input: [f64; 2]) -> [f64; 1] {
        let [_, middle, _] = self.0.update(input);
        [middle]
    }
}
