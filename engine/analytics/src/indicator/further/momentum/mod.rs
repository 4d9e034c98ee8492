//! Momentum.

mod average;
mod dynamic;
mod oscillator;
mod signal;

pub use average::{
    Bias, Ergodic, ForecastError, FractalEfficiency, Impulse, KnowSureThing, PriceMomentum, VolumeMacd, WaveTrend,
};
pub use dynamic::{DynamicMomentum, Rsx, Woodie};
pub use oscillator::{
    BrAr, Connors, DeMarker, Fisher, Gravity, Inertia, InverseFisherRsi, LaguerreRsi, MomentumRsi, PrettyGood,
    Psychological, Qqe, RankCorrelation, SchaffCycle, Setup, Squeeze, Vigor,
};
pub use signal::{Divergence, Sequential};

use super::statistic::{Fit, Fitness, SQUARE_MAX};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Momentum, FURTHER;
    "BIAS" "Distance to the average", CLOSE -> ["bias"] Ratio,
        (length: usize = 26 in 1..=PERIOD_MAX), length - 1 => Bias::new(length);
    "BRAR" "Sentiment BR and AR", OHLC -> ["ar", "br"] Percent,
        (length: usize = 26 in 1..=PERIOD_MAX), length => BrAr::new(length);
    "CFO" "Chande forecast oscillator", CLOSE -> ["cfo"] Percent,
        (length: usize = 9 in 2..=PERIOD_MAX), length - 1 => ForecastError::new(length);
    "CG" "Centre of gravity", CLOSE -> ["cg"] Bars,
        (length: usize = 10 in 1..=PERIOD_MAX), length - 1 => Gravity::new(length);
    "CRSI" "Connors RSI", CLOSE -> ["crsi", "streak", "rank"] Percent,
        (rsi: usize = 3 in 1..=PERIOD_MAX, streak: usize = 2 in 1..=PERIOD_MAX, rank: usize = 100 in 1..=PERIOD_MAX),
        rsi.max(streak).max(rank + 1) => Connors::new(rsi, streak, rank);
    "CTI" "Correlation trend indicator", CLOSE -> ["cti"] Ratio,
        (length: usize = 12 in 2..=PERIOD_MAX), length - 1 => Fitness::new(length, Fit::Correlation);
    "DEMARKER" "DeMarker", HL -> ["demarker"] Ratio,
        (length: usize = 14 in 1..=PERIOD_MAX), length => DeMarker::new(length);
    "ELDER_IMPULSE" "Elder impulse", CLOSE -> ["impulse"] Sign,
        (length: usize = 13 in 1..=PERIOD_MAX), length.max(34) => Impulse::new(length);
    "DIVERGENCE" "Regular and hidden divergence of price and oscillator", HL_OSCILLATOR -> ["regular", "hidden"] Sign,
        (pivot: usize = 5 in 1..=SQUARE_MAX), 2 * pivot => Divergence::new(pivot);
    "DYN_MI" "Dynamic momentum index", CLOSE -> ["dmi"] Percent,
        (length: usize = 14 in 5..=30), DynamicMomentum::MOST => DynamicMomentum::new(length);
    "FISHER" "Fisher transform", HL -> ["fisher", "signal"] Ratio,
        (length: usize = 9 in 1..=PERIOD_MAX), length => Fisher::new(length);
    "IFT_RSI" "Inverse Fisher transform of RSI", CLOSE -> ["ift"] Ratio,
        (length: usize = 5 in 1..=PERIOD_MAX, smooth: usize = 9 in 1..=PERIOD_MAX),
        length + smooth - 1 => InverseFisherRsi::new(length, smooth);
    "INERTIA" "Inertia", OHLC -> ["inertia"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX, rvgi: usize = 10 in 1..=PERIOD_MAX),
        length + rvgi + 1 => Inertia::new(length, rvgi);
    "KST" "Know sure thing", CLOSE -> ["kst", "signal"] Percent,
        (r1: usize = 10 in 1..=PERIOD_MAX, r2: usize = 15 in 1..=PERIOD_MAX, r3: usize = 20 in 1..=PERIOD_MAX,
         r4: usize = 30 in 1..=PERIOD_MAX, s1: usize = 10 in 1..=PERIOD_MAX, s2: usize = 10 in 1..=PERIOD_MAX,
         s3: usize = 10 in 1..=PERIOD_MAX, s4: usize = 15 in 1..=PERIOD_MAX, signal: usize = 9 in 1..=PERIOD_MAX),
        (r1 + s1).max(r2 + s2).max(r3 + s3).max(r4 + s4) + signal - 2 =>
            KnowSureThing::new([r1, r2, r3, r4], [s1, s2, s3, s4], signal);
    "LRSI" "Laguerre RSI", CLOSE -> ["lrsi"] Percent, (gamma: f64 = 0.5 in 0.0..=1.0), 0 => LaguerreRsi::new(gamma);
    "PFE" "Polarised fractal efficiency", CLOSE -> ["pfe"] Percent,
        (length: usize = 10 in 1..=PERIOD_MAX, smooth: usize = 5 in 1..=PERIOD_MAX),
        length + smooth - 1 => FractalEfficiency::new(length, smooth);
    "PGO" "Pretty good oscillator", HLC -> ["pgo"] Ratio,
        (length: usize = 14 in 1..=PERIOD_MAX), length => PrettyGood::new(length);
    "PMO" "Price momentum oscillator", CLOSE -> ["pmo", "signal"] Percent,
        (first: usize = 35 in 2..=PERIOD_MAX, second: usize = 20 in 2..=PERIOD_MAX,
         signal: usize = 10 in 1..=PERIOD_MAX),
        first + second + signal - 2 => PriceMomentum::new(first, second, signal);
    "PSL" "Psychological line", CLOSE -> ["psl"] Percent,
        (length: usize = 12 in 1..=PERIOD_MAX), length => Psychological::new(length);
    "QQE" "Quantitative qualitative estimation", CLOSE -> ["rsi_ma", "line", "trend"] Percent,
        (length: usize = 14 in 1..=PERIOD_MAX, smooth: usize = 5 in 1..=PERIOD_MAX, factor: f64 = 4.236 in 0.0..=1e6),
        5 * length + smooth - 4 => Qqe::new(length, smooth, factor);
    "RCI" "Rank correlation index", CLOSE -> ["rci"] Percent,
        (length: usize = 9 in 2..=SQUARE_MAX), length - 1 => RankCorrelation::new(length);
    "RMI" "Relative momentum index", CLOSE -> ["rmi"] Percent,
        (length: usize = 14 in 1..=PERIOD_MAX, momentum: usize = 5 in 1..=PERIOD_MAX),
        length + momentum - 1 => MomentumRsi::new(length, momentum);
    "RSX" "Jurik-type smoothed RSI", CLOSE -> ["rsx"] Percent,
        (length: usize = 14 in 2..=PERIOD_MAX), length - 1 => Rsx::new(length);
    "RVGI" "Relative vigor index", OHLC -> ["rvgi", "signal"] Ratio,
        (length: usize = 10 in 1..=PERIOD_MAX), length + 5 => Vigor::new(length);
    "SMI_ERGODIC" "Ergodic stochastic momentum", CLOSE -> ["smi", "signal", "osc"] Ratio,
        (fast: usize = 5 in 1..=PERIOD_MAX, slow: usize = 20 in 1..=PERIOD_MAX, signal: usize = 5 in 1..=PERIOD_MAX),
        fast + slow + signal - 2 => Ergodic::new(fast, slow, signal);
    "SQUEEZE" "Squeeze momentum", HLC -> ["on", "off", "momentum"] Input,
        (length: usize = 20 in 2..=PERIOD_MAX, bb_mult: f64 = 2.0 in 0.0..=1e6, kc_mult: f64 = 1.5 in 0.0..=1e6),
        (2 * (length - 1)).max(length) => Squeeze::new(length, bb_mult, kc_mult);
    "STC" "Schaff trend cycle", CLOSE -> ["stc"] Percent,
        (cycle: usize = 10 in 1..=PERIOD_MAX, fast: usize = 23 in 1..=PERIOD_MAX, slow: usize = 50 in 1..=PERIOD_MAX,
         factor: f64 = 0.5 in 0.0..=1.0),
        fast.max(slow) - 1 + 2 * (cycle - 1) => SchaffCycle::new(cycle, fast, slow, factor);
    "TD_SETUP" "TD sequential setup", CLOSE -> ["td"] Bars, (), Setup::LAG => Setup::new();
    "TD_SEQ" "TD sequential countdown", HLC -> ["setup", "countdown"] Bars, (), Setup::LAG => Sequential::new();
    "VW_MACD" "Volume weighted MACD", CV -> ["macd", "signal", "hist"] Input,
        (fast: usize = 12 in 1..=PERIOD_MAX, slow: usize = 26 in 1..=PERIOD_MAX, signal: usize = 9 in 1..=PERIOD_MAX),
        fast.max(slow) + signal - 2 => VolumeMacd::new(fast, slow, signal);
    "WOODIES_CCI" "Woodie's CCI", HLC -> ["cci", "tcci"] Ratio,
        (length: usize = 14 in 2..=PERIOD_MAX, turbo: usize = 6 in 2..=PERIOD_MAX),
        length.max(turbo) - 1 => Woodie::new(length, turbo);
    "WAVETREND" "Wave trend", HLC -> ["wt1", "wt2"] Percent,
        (channel: usize = 10 in 1..=PERIOD_MAX, average: usize = 21 in 1..=PERIOD_MAX,
         signal: usize = 4 in 1..=PERIOD_MAX),
        2 * (channel - 1) + average + signal - 2 => WaveTrend::new(channel, average, signal);
};
