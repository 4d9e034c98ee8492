//! Averages, bands, stops and levels.

mod adaptive;
mod channel;
mod higher;
mod pivots;
mod ribbon;
mod shifted;
mod trail;
mod weighted;

pub use adaptive::{Frama, McGinley, Vidya};
pub use channel::{ChandeKroll, Chandelier, Envelope, RegressionChannel, Starc};
pub use higher::Higher;
pub use pivots::Pivots;
pub use ribbon::{Guppy, HoltWinters, Jurik, Rainbow};
pub use shifted::{Alligator, Ichimoku};
pub use trail::{HalfTrend, ProfitMaximiser, UtBot};
pub use weighted::Weighted;

use crate::indicator::block::Sma;
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, Filter, Indicator, PERIOD_MAX};

/// Weights of longer rows are beyond what a float can hold.
const TRIANGLE_MAX: usize = 1_000;

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Overlap, FURTHER;
    "ALLIGATOR" "Alligator and gator", HL -> ["jaw", "teeth", "lips", "jaw_plot", "teeth_plot", "lips_plot", "gator_upper",
        "gator_lower"] Input,
        (jaw: usize = 13 in 1..=PERIOD_MAX, teeth: usize = 8 in 1..=PERIOD_MAX, lips: usize = 5 in 1..=PERIOD_MAX),
        (jaw + 7).max(teeth + 4).max(lips + 2) => Alligator::new(jaw, teeth, lips);
    "ALMA" "Arnaud Legoux moving average", CLOSE -> ["alma"] Input,
        (length: usize = 9 in 1..=PERIOD_MAX, offset: f64 = 0.85 in 0.0..=1.0, sigma: f64 = 6.0 in 0.1..=1e6),
        length - 1 => Weighted::bell(length, offset, sigma);
    "CHANDELIER" "Chandelier exit", HLC -> ["long", "short"] Input,
        (length: usize = 22 in 1..=PERIOD_MAX, mult: f64 = 3.0 in 0.0..=1e6), length => Chandelier::new(length, mult);
    "CKSP" "Chande Kroll stop", HLC -> ["long", "short"] Input,
        (p: usize = 10 in 1..=PERIOD_MAX, x: f64 = 1.0 in 0.0..=1e6, q: usize = 9 in 1..=PERIOD_MAX),
        p + q - 1 => ChandeKroll::new(p, x, q);
    "ENVELOPE" "Moving average envelope", CLOSE -> ["upper", "middle", "lower"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX, pct: f64 = 2.5 in 0.0..=1e6), length - 1 => Envelope::new(length, pct);
    "FRAMA" "Fractal adaptive moving average", HL -> ["frama"] Input,
        (length: usize = 16 in 2..=PERIOD_MAX), length / 2 * 2 - 1 => Frama::new(length);
    "FWMA" "Fibonacci weighted moving average", CLOSE -> ["fwma"] Input,
        (length: usize = 10 in 1..=TRIANGLE_MAX), length - 1 => Weighted::fibonacci(length);
    "GMMA" "Guppy multiple moving averages", CLOSE -> ["ema3", "ema5", "ema8", "ema10", "ema12", "ema15", "ema30", "ema35",
        "ema40", "ema45", "ema50", "ema60"] Input, (), 59 => Guppy::new();
    "HT_CHANNEL" "Half trend", HLC -> ["line", "direction", "upper", "lower"] Input,
        (amplitude: usize = 2 in 1..=PERIOD_MAX, mult: f64 = 2.0 in 0.0..=1e6),
        (amplitude - 1).max(HalfTrend::RANGE) => HalfTrend::new(amplitude, mult);
    "HWMA" "Holt-Winters moving average", CLOSE -> ["hwma"] Input,
        (na: f64 = 0.2 in 0.0..=1.0, nb: f64 = 0.1 in 0.0..=1.0, nc: f64 = 0.1 in 0.0..=1.0),
        0 => HoltWinters::new(na, nb, nc);
    "ICHIMOKU" "Ichimoku cloud", HLC -> ["conversion", "base", "span_a_raw", "span_b_raw", "span_a", "span_b", "lagging"]
        Input,
        (conversion: usize = 9 in 1..=PERIOD_MAX, base: usize = 26 in 1..=PERIOD_MAX,
         span: usize = 52 in 1..=PERIOD_MAX, displacement: usize = 26 in 1..=PERIOD_MAX),
        conversion.max(base).max(span) + displacement - 2 => Ichimoku::new(conversion, base, span, displacement);
    "JMA" "Jurik moving average, public approximation", CLOSE -> ["jma"] Input,
        (length: usize = 7 in 1..=PERIOD_MAX, phase: f64 = 0.0 in -100.0..=100.0),
        length - 1 => Jurik::new(length, phase);
    "LRCHANNEL" "Linear regression channel", CLOSE -> ["upper", "middle", "lower"] Input,
        (length: usize = 100 in 2..=PERIOD_MAX, mult: f64 = 2.0 in 0.0..=1e6),
        length - 1 => RegressionChannel::new(length, mult);
    "MCGINLEY" "McGinley dynamic", CLOSE -> ["mcginley"] Input,
        (length: usize = 14 in 1..=PERIOD_MAX), length - 1 => McGinley::new(length);
    "MTF_MA" "Average of the closes of longer bars", CLOSE_TIME -> ["ma"] Input,
        (minutes: usize = 1440 in 1..=525_600, length: usize = 20 in 1..=PERIOD_MAX),
        length => Higher::new(minutes, length);
    "PIVOTS" "Pivot points of the day before", OHLCT -> ["p", "r1", "s1", "r2", "s2", "r3", "s3", "fib_r1", "fib_r2", "fib_r3",
        "fib_s1", "fib_s2", "fib_s3", "cam_r1", "cam_r2", "cam_r3", "cam_r4", "cam_s1", "cam_s2", "cam_s3", "cam_s4", "wood_p",
        "wood_r1", "wood_s1", "bc", "tc", "dm_p", "dm_r1", "dm_s1"] Input, (), 1 => Pivots::new();
    "PMAX" "Profit maximiser", HLC -> ["line", "direction"] Input,
        (length: usize = 10 in 1..=PERIOD_MAX, mult: f64 = 3.0 in 0.0..=1e6),
        length => ProfitMaximiser::new(length, mult);
    "PWMA" "Pascal weighted moving average", CLOSE -> ["pwma"] Input,
        (length: usize = 10 in 1..=TRIANGLE_MAX), length - 1 => Weighted::pascal(length);
    "RAINBOW" "Rainbow moving averages", CLOSE -> ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10"] Input,
        (length: usize = 2 in 1..=PERIOD_MAX), 10 * (length - 1) => Rainbow::new(length);
    "SINWMA" "Sine weighted moving average", CLOSE -> ["sinwma"] Input,
        (length: usize = 14 in 1..=PERIOD_MAX), length - 1 => Weighted::sine(length);
    "STARC" "Stoller average range channel", HLC -> ["upper", "middle", "lower"] Input,
        (length: usize = 6 in 1..=PERIOD_MAX, atr_length: usize = 15 in 1..=PERIOD_MAX, mult: f64 = 2.0 in 0.0..=1e6),
        (length - 1).max(atr_length) => Starc::new(length, atr_length, mult);
    "SWMA" "Symmetric weighted moving average", CLOSE -> ["swma"] Input,
        (length: usize = 10 in 1..=PERIOD_MAX), length - 1 => Weighted::triangle(length);
    "TWAP" "Time weighted average price", OHLC -> ["twap"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => Twap(Sma::new(length));
    "UT_BOT" "ATR trailing stop and its signal", HLC -> ["stop", "signal"] Input,
        (mult: f64 = 1.0 in 0.0..=1e6, length: usize = 10 in 1..=PERIOD_MAX),
        length => UtBot::new(mult, length);
    "VIDYA" "Variable index dynamic average", CLOSE -> ["vidya"] Input,
        (length: usize = 14 in 1..=PERIOD_MAX), length => Vidya::new(length);
};

/// Mean of the bars' average prices.
#[derive(Debug)]
struct Twap(Sma);

impl Indicator<4, 1> for Twap {
    #[inline]
    fn update(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 1] {
        [self.0.next((open + high + low + close) / 4.0)]
    }
}
