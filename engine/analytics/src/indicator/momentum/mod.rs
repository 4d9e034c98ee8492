//! How fast a price moves.

mod aroon;
mod bar;
mod directional;
mod macd;
mod rate;
mod rsi;
mod stochastic;
mod swing;

pub use aroon::{Aroon, AroonOscillator};
pub use bar::{
    Cci, ElderRay, ForecastOscillator, Intraday, MoneyFlowIndex, QStick, Ultimate, VerticalHorizontal, Vortex,
    WilliamsAccumulation,
};
pub use directional::{Adx, Adxr, Direction, Directional, DirectionalMovement, DirectionalSystem, Dx, System};
pub use macd::{Accelerator, Awesome, Macd, MacdValue, Oscillator};
pub use rate::{Coppock, Detrended, Efficiency, Rate, Trix, TrueStrength};
pub use rsi::{Cmo, PlainCmo, Rsi, Swing, Swings};
pub use stochastic::{Kdj, Stochastic, StochasticRsi, WilliamsR};
pub use swing::{Fractal, StochasticMomentum};

use super::block::{Each, Sma};
use super::catalogue::{Entry, rows};
use super::overlap::{KIND_MAX, Kind};
use super::{Indicator, PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { Momentum, TALIB;
    "AC" "Accelerator Oscillator", HL -> ["real"] Input,
        (fastperiod: usize = 5 in 2..=PERIOD_MAX, slowperiod: usize = 34 in 2..=PERIOD_MAX,
         signalperiod: usize = 5 in 2..=PERIOD_MAX),
        fastperiod.max(slowperiod) + signalperiod - 2 => Accelerator::new(fastperiod, slowperiod, signalperiod);
    "ADX" "Average Directional Movement Index", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), 2 * timeperiod - 1 => Adx::new(timeperiod);
    "ADXR" "Average Directional Movement Index Rating", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), 3 * timeperiod - 2 => Adxr::new(timeperiod);
    "AO" "Awesome Oscillator", HL -> ["real"] Input,
        (fastperiod: usize = 5 in 2..=PERIOD_MAX, slowperiod: usize = 34 in 2..=PERIOD_MAX),
        fastperiod.max(slowperiod) - 1 => Awesome::new(fastperiod, slowperiod);
    "APO" "Absolute Price Oscillator", CLOSE -> ["real"] Input,
        (fastperiod: usize = 12 in 2..=PERIOD_MAX, slowperiod: usize = 26 in 2..=PERIOD_MAX,
         matype: Kind = 1 in 0..=KIND_MAX),
        Oscillator::lookback(fastperiod, slowperiod, matype.or(Kind::Ema)) =>
            Oscillator::absolute(fastperiod, slowperiod, matype.or(Kind::Ema));
    "AROON" "Aroon", HL -> ["aroondown", "aroonup"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Aroon::new(timeperiod);
    "AROONOSC" "Aroon Oscillator", HL -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => AroonOscillator(Aroon::new(timeperiod));
    "BOP" "Balance Of Power", OHLC -> ["real"] Ratio, (),
        0 => Each(|[o, h, l, c]: [f64; 4]| [if h - l <= 0.0 { 0.0 } else { (c - o) / (h - l) }]);
    "CCI" "Commodity Channel Index", HLC -> ["real"] Ratio,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Cci::new(timeperiod);
    "CMO" "Chande Momentum Oscillator", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Cmo::new(timeperiod);
    "CMOU" "Chande Momentum Oscillator, unsmoothed", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => PlainCmo::new(timeperiod);
    "COPPOCK" "Coppock Curve", CLOSE -> ["real"] Percent,
        (wmaperiod: usize = 10 in 2..=PERIOD_MAX, roc1period: usize = 11 in 1..=PERIOD_MAX,
         roc2period: usize = 14 in 1..=PERIOD_MAX),
        wmaperiod - 1 + roc1period.max(roc2period) => Coppock::new(wmaperiod, roc1period, roc2period);
    "DPO" "Detrended Price Oscillator", CLOSE -> ["real"] Input,
        (timeperiod: usize = 20 in 2..=PERIOD_MAX),
        (timeperiod - 1).max(timeperiod / 2 + 1) => Detrended::new(timeperiod);
    "DX" "Directional Movement Index", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Dx::new(timeperiod);
    "ER" "Efficiency Ratio", CLOSE -> ["real"] Ratio,
        (timeperiod: usize = 10 in 1..=PERIOD_MAX), timeperiod => Efficiency::new(timeperiod);
    "ERI" "Elder Ray Index", HLC -> ["bullpower", "bearpower"] Input,
        (timeperiod: usize = 13 in 2..=PERIOD_MAX), timeperiod - 1 => ElderRay::new(timeperiod);
    "FOSC" "Forecast Oscillator", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 5 in 2..=PERIOD_MAX), timeperiod => ForecastOscillator::new(timeperiod);
    "FRACTAL" "Williams Fractals", HL -> ["swinghigh", "swinglow"] Sign,
        (leftbars: usize = 2 in 1..=PERIOD_MAX, rightbars: usize = 2 in 1..=PERIOD_MAX),
        leftbars + rightbars => Fractal::new(leftbars, rightbars);
    "IMI" "Intraday Momentum Index", OC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Intraday::new(timeperiod);
    "KDJ" "KDJ Stochastic", HLC -> ["k", "d", "j"] Percent,
        (fastk_period: usize = 9 in 1..=PERIOD_MAX, slowk_period: usize = 3 in 1..=PERIOD_MAX,
         slowk_matype: Kind = 13 in 0..=KIND_MAX, slowd_period: usize = 3 in 1..=PERIOD_MAX,
         slowd_matype: Kind = 13 in 0..=KIND_MAX),
        Stochastic::lookback(fastk_period, (slowk_period, slowk_matype.or(Kind::Rma)),
            (slowd_period, slowd_matype.or(Kind::Rma))) =>
            Kdj(Stochastic::new(fastk_period, (slowk_period, slowk_matype.or(Kind::Rma)),
                (slowd_period, slowd_matype.or(Kind::Rma))));
    "MACD" "Moving Average Convergence/Divergence", CLOSE -> ["macd", "macdsignal", "macdhist"] Input,
        (fastperiod: usize = 12 in 2..=PERIOD_MAX, slowperiod: usize = 26 in 2..=PERIOD_MAX,
         signalperiod: usize = 9 in 1..=PERIOD_MAX),
        fastperiod.max(slowperiod) + signalperiod - 2 => Macd::new(fastperiod, slowperiod, signalperiod);
    "MACDEXT" "MACD with controllable MA type", CLOSE -> ["macd", "macdsignal", "macdhist"] Input,
        (fastperiod: usize = 12 in 2..=PERIOD_MAX, fastmatype: Kind = 0 in 0..=KIND_MAX,
         slowperiod: usize = 26 in 2..=PERIOD_MAX, slowmatype: Kind = 0 in 0..=KIND_MAX,
         signalperiod: usize = 9 in 1..=PERIOD_MAX, signalmatype: Kind = 0 in 0..=KIND_MAX),
        fastmatype.lookback(fastperiod).max(slowmatype.lookback(slowperiod)) + signalmatype.lookback(signalperiod) =>
            Macd::of((fastperiod, fastmatype), (slowperiod, slowmatype), (signalperiod, signalmatype));
    "MACDFIX" "Moving Average Convergence/Divergence Fix 12/26", CLOSE -> ["macd", "macdsignal", "macdhist"] Input,
        (signalperiod: usize = 9 in 1..=PERIOD_MAX), 24 + signalperiod => Macd::fixed(signalperiod);
    "MFI" "Money Flow Index", HLCV -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => MoneyFlowIndex::new(timeperiod);
    "MINUS_DI" "Minus Directional Indicator", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Minus(Directional::new(timeperiod));
    "MINUS_DM" "Minus Directional Movement", HL -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Minus(DirectionalMovement::new(timeperiod));
    "MOM" "Momentum", CLOSE -> ["real"] Input,
        (timeperiod: usize = 10 in 1..=PERIOD_MAX), timeperiod => Rate::difference(timeperiod);
    "PLUS_DI" "Plus Directional Indicator", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Plus(Directional::new(timeperiod));
    "PLUS_DM" "Plus Directional Movement", HL -> ["real"] Input,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => Plus(DirectionalMovement::new(timeperiod));
    "PPO" "Percentage Price Oscillator", CLOSE -> ["real"] Percent,
        (fastperiod: usize = 12 in 2..=PERIOD_MAX, slowperiod: usize = 26 in 2..=PERIOD_MAX,
         matype: Kind = 1 in 0..=KIND_MAX),
        Oscillator::lookback(fastperiod, slowperiod, matype.or(Kind::Ema)) =>
            Oscillator::percent(fastperiod, slowperiod, matype.or(Kind::Ema));
    "QSTICK" "Qstick", OC -> ["real"] Input,
        (timeperiod: usize = 10 in 2..=PERIOD_MAX), timeperiod - 1 => QStick(Sma::new(timeperiod));
    "ROC" "Rate of change: ((price/prevPrice)-1)*100", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 10 in 1..=PERIOD_MAX), timeperiod => Rate::percent(timeperiod);
    "ROCP" "Rate of change Percentage: (price-prevPrice)/prevPrice", CLOSE -> ["real"] Ratio,
        (timeperiod: usize = 10 in 1..=PERIOD_MAX), timeperiod => Rate::fraction(timeperiod);
    "ROCR" "Rate of change ratio: (price/prevPrice)", CLOSE -> ["real"] Ratio,
        (timeperiod: usize = 10 in 1..=PERIOD_MAX), timeperiod => Rate::quotient(timeperiod);
    "ROCR100" "Rate of change ratio 100 scale: (price/prevPrice)*100", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 10 in 1..=PERIOD_MAX), timeperiod => Rate::quotient_percent(timeperiod);
    "RSI" "Relative Strength Index", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Rsi::new(timeperiod);
    "SMI" "Stochastic Momentum Index", HLC -> ["smi", "smisignal"] Percent,
        (timeperiod: usize = 13 in 2..=PERIOD_MAX, fastperiod: usize = 2 in 2..=PERIOD_MAX,
         slowperiod: usize = 25 in 2..=PERIOD_MAX, signalperiod: usize = 9 in 2..=PERIOD_MAX),
        timeperiod + fastperiod + slowperiod + signalperiod - 4 =>
            StochasticMomentum::new(timeperiod, fastperiod, slowperiod, signalperiod);
    "STOCH" "Stochastic", HLC -> ["slowk", "slowd"] Percent,
        (fastk_period: usize = 5 in 1..=PERIOD_MAX, slowk_period: usize = 3 in 1..=PERIOD_MAX,
         slowk_matype: Kind = 0 in 0..=KIND_MAX, slowd_period: usize = 3 in 1..=PERIOD_MAX,
         slowd_matype: Kind = 0 in 0..=KIND_MAX),
        Stochastic::lookback(fastk_period, (slowk_period, slowk_matype), (slowd_period, slowd_matype)) =>
            Stochastic::new(fastk_period, (slowk_period, slowk_matype), (slowd_period, slowd_matype));
    "STOCHF" "Stochastic Fast", HLC -> ["fastk", "fastd"] Percent,
        (fastk_period: usize = 5 in 1..=PERIOD_MAX, fastd_period: usize = 3 in 1..=PERIOD_MAX,
         fastd_matype: Kind = 0 in 0..=KIND_MAX),
        fastk_period - 1 + fastd_matype.lookback(fastd_period) =>
            Stochastic::fast(fastk_period, (fastd_period, fastd_matype));
    "STOCHRSI" "Stochastic Relative Strength Index", CLOSE -> ["fastk", "fastd"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX, fastk_period: usize = 5 in 1..=PERIOD_MAX,
         fastd_period: usize = 3 in 1..=PERIOD_MAX, fastd_matype: Kind = 0 in 0..=KIND_MAX),
        timeperiod + fastk_period - 1 + fastd_matype.lookback(fastd_period) =>
            StochasticRsi::new(timeperiod, fastk_period, (fastd_period, fastd_matype));
    "TRIX" "1-day Rate-Of-Change (ROC) of a Triple Smooth EMA", CLOSE -> ["real"] Percent,
        (timeperiod: usize = 30 in 1..=PERIOD_MAX), 3 * (timeperiod - 1) + 1 => Trix::new(timeperiod);
    "TSI" "True Strength Index", CLOSE -> ["real"] Percent,
        (firstperiod: usize = 25 in 2..=PERIOD_MAX, secondperiod: usize = 13 in 2..=PERIOD_MAX),
        firstperiod + secondperiod - 1 => TrueStrength::new(firstperiod, secondperiod);
    "ULTOSC" "Ultimate Oscillator", HLC -> ["real"] Percent,
        (timeperiod1: usize = 7 in 1..=PERIOD_MAX, timeperiod2: usize = 14 in 1..=PERIOD_MAX,
         timeperiod3: usize = 28 in 1..=PERIOD_MAX),
        timeperiod1.max(timeperiod2).max(timeperiod3) => Ultimate::new([timeperiod1, timeperiod2, timeperiod3]);
    "VHF" "Vertical Horizontal Filter", CLOSE -> ["real"] Ratio,
        (timeperiod: usize = 28 in 2..=PERIOD_MAX), timeperiod => VerticalHorizontal::new(timeperiod);
    "VORTEX" "Vortex Indicator", HLC -> ["plusvi", "minusvi"] Ratio,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod => Vortex::new(timeperiod);
    "WAD" "Williams Accumulation/Distribution", HLC -> ["real"] Input, (), 0 => WilliamsAccumulation::default();
    "WILLR" "Williams' %R", HLC -> ["real"] Percent,
        (timeperiod: usize = 14 in 2..=PERIOD_MAX), timeperiod - 1 => WilliamsR::new(timeperiod);
};

/// The upward one of two directions.
#[derive(Debug)]
struct Plus<T>(T);

/// The downward one of two directions.
#[derive(Debug)]
struct Minus<T>(T);

impl Indicator<2, 1> for Plus<DirectionalMovement> {
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 1] {
        let [up, _] = self.0.update(bar);
        [up]
    }
}

impl Indicator<2, 1> for Minus<DirectionalMovement> {
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 1] {
        let [_, down] = self.0.update(bar);
        [down]
    }
}

impl Indicator<3, 1> for Plus<Directional> {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.0.next(high, low, close).map_or(f64::NAN, |direction| direction.plus)]
    }
}

impl Indicator<3, 1> for Minus<Directional> {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.0.next(high, low, close).map_or(f64::NAN, |direction| direction.minus)]
    }
}
