//! Oscillators made of gains, extremes and ranks.

use super::super::statistic::rank;
use crate::indicator::block::{Ema, Lag, LineFit, Maximum, Minimum, Moments, Ring, Rma, Sma, Sum, TrueRange, Wma};
use crate::indicator::further::beyond_rounding;
use crate::indicator::momentum::Rsi;
use crate::indicator::statistic::PercentRank;
use crate::indicator::{Filter, Indicator};

/// `part` of `whole` in percent; 0 of nothing.
#[inline]
fn percent(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { 100.0 * part / whole }
}

/// Sentiment: sums of how far the high lies above the open by how far that lies above the low, and the same about the close
/// before, in percent.
#[derive(Clone, Debug)]
pub struct BrAr {
    close: f64,
    sums: [Sum; 4],
}

impl BrAr {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { close: f64::NAN, sums: std::array::from_fn(|_| Sum::new(length)) }
    }
}

impl Indicator<4, 2> for BrAr {
    #[inline]
    fn update(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 2] {
        let before = std::mem::replace(&mut self.close, close);
        // The greater of 0 and NaN is 0: the first bar has no close before it.
        let (up, down) =
            if before.is_nan() { (before, before) } else { ((high - before).max(0.0), (before - low).max(0.0)) };
        let [ar_up, ar_down, br_up, br_down] = &mut self.sums;
        let ar = 100.0 * ar_up.next(high - open) / ar_down.next(open - low);
        [ar, 100.0 * br_up.next(up) / br_down.next(down)]
    }
}

/// Ehlers' centre of gravity: `-Σ (k + 1) p_k / Σ p_k`, `k` bars back.
#[derive(Clone, Debug)]
pub struct Gravity {
    sum: Sum,
    weighted: Wma,
    length: f64,
}

impl Gravity {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { sum: Sum::new(length), weighted: Wma::new(length), length: length as f64 }
    }
}

impl Filter for Gravity {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let n = self.length;
        // Weights that fall from the newest are n + 1 less those that rise to it.
        let rising = self.weighted.next(input) * n * (n + 1.0) / 2.0;
        rising / self.sum.next(input) - (n + 1.0)
    }
}

/// Connors' RSI: the mean of an RSI, of an RSI of the streak (closes in a row up or down, 0 unchanged), and of the
/// percent rank of the return among those before it.
#[derive(Clone, Debug)]
pub struct Connors {
    last: f64,
    streak: f64,
    rsi: Rsi,
    streak_rsi: Rsi,
    rank: PercentRank,
}

impl Connors {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(rsi: usize, streak: usize, rank: usize) -> Self {
        let (rsi, streak_rsi) = (Rsi::new(rsi), Rsi::new(streak));
        Self { last: f64::NAN, streak: 0.0, rsi, streak_rsi, rank: PercentRank::new(rank) }
    }
}

impl Indicator<1, 3> for Connors {
    /// The mean, the streak, the rank.
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        if input.is_nan() {
            return [f64::NAN; 3];
        }
        let before = std::mem::replace(&mut self.last, input);
        self.streak = if input > before {
            self.streak.max(0.0) + 1.0
        } else if input < before {
            self.streak.min(0.0) - 1.0
        } else {
            0.0
        };
        let rank = self.rank.next(input / before - 1.0);
        let mean = (self.rsi.next(input) + self.streak_rsi.next(self.streak) + rank) / 3.0;
        [mean, self.streak, rank]
    }
}

/// DeMark's: average of how far the high rose, by that and the average of how far the low fell; 0 to 1.
#[derive(Clone, Debug)]
pub struct DeMarker {
    last: [f64; 2],
    up: Sma,
    down: Sma,
}

impl DeMarker {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: [f64::NAN; 2], up: Sma::new(length), down: Sma::new(length) }
    }
}

impl Indicator<2, 1> for DeMarker {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        let [last_high, last_low] = std::mem::replace(&mut self.last, [high, low]);
        if (last_high + last_low + high + low).is_nan() {
            return [f64::NAN];
        }
        let (up, down) = (self.up.next((high - last_high).max(0.0)), self.down.next((last_low - low).max(0.0)));
        [percent(up, up + down) / 100.0]
    }
}

/// Ehlers' Fisher transform of where `(H + L) / 2` lies in the window: `v = 0.33 x + 0.67 v1`, `x` from -1 to 1,
/// held within 0.999 when beyond 0.99; `f = ln((1 + v) / (1 - v)) / 2 + f1 / 2`. The signal is the value before.
#[derive(Clone, Debug)]
pub struct Fisher {
    high: Maximum,
    low: Minimum,
    place: f64,
    value: f64,
    begun: bool,
}

impl Fisher {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { high: Maximum::new(length), low: Minimum::new(length), place: 0.0, value: 0.0, begun: false }
    }
}

impl Indicator<2, 2> for Fisher {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let price = (high + low) / 2.0;
        let (high, low) = (self.high.next(price), self.low.next(price));
        if high.is_nan() {
            return [f64::NAN; 2];
        }
        let x = if high > low { 2.0 * ((price - low) / (high - low) - 0.5) } else { -1.0 };
        self.place = 0.33 * x + 0.67 * self.place;
        if self.place.abs() > 0.99 {
            self.place = 0.999_f64.copysign(self.place);
        }
        let before = self.value;
        self.value = 0.5 * ((1.0 + self.place) / (1.0 - self.place)).ln() + 0.5 * before;
        [self.value, if std::mem::replace(&mut self.begun, true) { before } else { f64::NAN }]
    }
}

/// Hyperbolic tangent of the weighted average of `0.1 (RSI - 50)`.
#[derive(Clone, Debug)]
pub struct InverseFisherRsi {
    rsi: Rsi,
    smooth: Wma,
}

impl InverseFisherRsi {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, smooth: usize) -> Self {
        Self { rsi: Rsi::new(length), smooth: Wma::new(smooth) }
    }
}

impl Filter for InverseFisherRsi {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.smooth.next(0.1 * (self.rsi.next(input) - 50.0)).tanh()
    }
}

/// Relative vigor: bodies by ranges, each smoothed over four bars and summed; and the same smoothing of that.
#[derive(Clone, Debug)]
pub struct Vigor {
    bodies: (Smooth, Sum),
    ranges: (Smooth, Sum),
    signal: Smooth,
}

/// `(a + 2 a1 + 2 a2 + a3) / 6`.
#[derive(Clone, Copy, Debug)]
struct Smooth([f64; 4]);

impl Smooth {
    fn new() -> Self {
        Self([f64::NAN; 4])
    }

    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.0 = [input, self.0[0], self.0[1], self.0[2]];
        (self.0[0] + 2.0 * self.0[1] + 2.0 * self.0[2] + self.0[3]) / 6.0
    }
}

impl Vigor {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let part = || (Smooth::new(), Sum::new(length));
        Self { bodies: part(), ranges: part(), signal: Smooth::new() }
    }
}

impl Indicator<4, 2> for Vigor {
    #[inline]
    fn update(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 2] {
        let body = self.bodies.1.next(self.bodies.0.next(close - open));
        let range = self.ranges.1.next(self.ranges.0.next(high - low));
        let vigor = body / range;
        [vigor, self.signal.next(vigor)]
    }
}

/// End of the line of least squares through relative vigor.
#[derive(Clone, Debug)]
pub struct Inertia {
    vigor: Vigor,
    line: LineFit,
}

impl Inertia {
    /// Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize, vigor: usize) -> Self {
        Self { vigor: Vigor::new(vigor), line: LineFit::new(length) }
    }
}

impl Indicator<4, 1> for Inertia {
    #[inline]
    fn update(&mut self, bar: [f64; 4]) -> [f64; 1] {
        let [vigor, _] = self.vigor.update(bar);
        let last = self.line.window().length() as f64 - 1.0;
        [self.line.next(vigor).map_or(f64::NAN, |line| line.at(last))]
    }
}

/// Ehlers' Laguerre RSI: share of rises in all that four stages of a filter differ by; all stages start as the first input.
#[derive(Clone, Copy, Debug)]
pub struct LaguerreRsi {
    gamma: f64,
    stages: [f64; 4],
}

impl LaguerreRsi {
    /// Damping, 0 to 1.
    #[must_use]
    pub fn new(gamma: f64) -> Self {
        Self { gamma, stages: [f64::NAN; 4] }
    }
}

impl Filter for LaguerreRsi {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        if self.stages[0].is_nan() {
            self.stages = [input; 4];
        }
        let (gamma, before) = (self.gamma, self.stages);
        self.stages[0] = (1.0 - gamma) * input + gamma * before[0];
        for k in 1..4 {
            self.stages[k] = -gamma * self.stages[k - 1] + before[k - 1] + gamma * before[k];
        }
        let (mut up, mut down) = (0.0, 0.0);
        for pair in self.stages.windows(2) {
            up += (pair[0] - pair[1]).max(0.0);
            down += (pair[1] - pair[0]).max(0.0);
        }
        percent(up, up + down)
    }
}

/// How many average ranges the close lies above its plain average.
#[derive(Clone, Debug)]
pub struct PrettyGood {
    average: Sma,
    range: TrueRange,
    average_range: Ema,
}

impl PrettyGood {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { average: Sma::new(length), range: TrueRange::new(), average_range: Ema::new(length) }
    }
}

impl Indicator<3, 1> for PrettyGood {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let range = self.average_range.next(self.range.next(high, low, close));
        [(close - self.average.next(close)) / range]
    }
}

/// Share of rising closes in the window, in percent.
#[derive(Clone, Debug)]
pub struct Psychological {
    last: f64,
    rises: Sum,
    length: f64,
}

impl Psychological {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: f64::NAN, rises: Sum::new(length), length: length as f64 }
    }
}

impl Filter for Psychological {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.last, input);
        let rise = if before.is_nan() { f64::NAN } else { f64::from(u8::from(input > before)) };
        100.0 * self.rises.next(rise) / self.length
    }
}

/// Quantitative qualitative estimation: a smoothed RSI, and a stop that follows it at some times its twice averaged step.
///
/// With `s` the RSI, smoothed, and `d` the step: the long stop is `s - d`, but does not fall while `s` was and is above it;
/// the short stop mirrored. The trend is up when `s` crosses above the short stop before, down when below the long one.
#[derive(Clone, Copy, Debug)]
pub struct Qqe {
    rsi: Rsi,
    smooth: Ema,
    step: [Ema; 2],
    factor: f64,
    last: f64,
    long: f64,
    short: f64,
    trend: f64,
}

impl Qqe {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, smooth: usize, factor: f64) -> Self {
        Self {
            rsi: Rsi::new(length),
            smooth: Ema::new(smooth),
            step: [Ema::new(2 * length - 1); 2],
            factor,
            last: f64::NAN,
            long: f64::NAN,
            short: f64::NAN,
            trend: 1.0,
        }
    }
}

impl Indicator<1, 3> for Qqe {
    /// The smoothed RSI, the stop in force, 1 up or -1 down.
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        let smooth = self.smooth.next(self.rsi.next(input));
        if smooth.is_nan() {
            return [f64::NAN; 3];
        }
        let last = std::mem::replace(&mut self.last, smooth);
        let step = self.step.iter_mut().fold((smooth - last).abs(), |value, average| average.next(value));
        let width = step * self.factor;
        if width.is_nan() {
            return [smooth, f64::NAN, f64::NAN];
        }
        let (long, short) = (self.long, self.short);
        let (below, above) = (smooth - width, smooth + width);
        // Nothing is above or below a stop that is not there yet.
        self.long = if last > long && smooth > long { below.max(long) } else { below };
        self.short = if last < short && smooth < short { above.min(short) } else { above };
        if smooth > short && last <= short {
            self.trend = 1.0;
        } else if smooth < long && last >= long {
            self.trend = -1.0;
        }
        [smooth, if self.trend > 0.0 { self.long } else { self.short }, self.trend]
    }
}

/// Rank correlation of the window with time: `100 (1 - 6 Σ d² / (n (n² - 1)))`, equal values share the mean rank.
/// Square of the length many steps an input.
#[derive(Clone, Debug)]
pub struct RankCorrelation(Ring);

impl RankCorrelation {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Ring::new(length))
    }
}

impl Filter for RankCorrelation {
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.0.push(input);
        if !self.0.is_full() {
            return f64::NAN;
        }
        let n = self.0.length() as f64;
        let apart = |(at, value): (usize, f64)| (at as f64 + 1.0 - rank(&self.0, value)).powi(2);
        let sum: f64 = self.0.iter().enumerate().map(apart).sum();
        100.0 * (1.0 - 6.0 * sum / (n * (n * n - 1.0)))
    }
}

/// An RSI of changes over several bars.
#[derive(Clone, Debug)]
pub struct MomentumRsi {
    lag: Lag,
    up: Rma,
    down: Rma,
}

impl MomentumRsi {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, momentum: usize) -> Self {
        Self { lag: Lag::new(momentum), up: Rma::new(length), down: Rma::new(length) }
    }
}

impl Filter for MomentumRsi {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let change = input - self.lag.next(input);
        if change.is_nan() {
            return f64::NAN;
        }
        let (up, down) = (self.up.next(change.max(0.0)), self.down.next((-change).max(0.0)));
        percent(up, up + down)
    }
}

/// Squeeze: 1 where Bollinger's bands lie inside of Keltner's (plain averages of close and true range), 1 where they lie
/// outside, and the end of the line through the close less the mean of the range's middle and the average.
#[derive(Clone, Debug)]
pub struct Squeeze {
    moments: Moments,
    range: TrueRange,
    average_range: Sma,
    high: Maximum,
    low: Minimum,
    line: LineFit,
    widths: (f64, f64),
}

impl Squeeze {
    /// Bollinger's and Keltner's widths. Panics on a length below 2.
    #[must_use]
    pub fn new(length: usize, deviations: f64, ranges: f64) -> Self {
        Self {
            moments: Moments::new(length),
            range: TrueRange::new(),
            average_range: Sma::new(length),
            high: Maximum::new(length),
            low: Minimum::new(length),
            line: LineFit::new(length),
            widths: (deviations, ranges),
        }
    }
}

impl Indicator<3, 3> for Squeeze {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let (mean, variance) = self.moments.next(close);
        let range = self.average_range.next(self.range.next(high, low, close));
        let middle = (self.high.next(high) + self.low.next(low)) / 2.0;
        let last = self.line.window().length() as f64 - 1.0;
        let line = self.line.next(close - f64::midpoint(middle, mean));
        let momentum = line.map_or(f64::NAN, |line| line.at(last));
        let (inner, outer) = (self.widths.0 * variance.sqrt(), self.widths.1 * range);
        let flag = |holds: bool| if outer.is_nan() { f64::NAN } else { f64::from(u8::from(holds)) };
        [flag(inner < outer), flag(inner > outer), momentum]
    }
}

/// Schaff's cycle: where the difference of two averages lies in its window, smoothed, and once more the same of
/// that. A window without a range keeps the place before.
#[derive(Clone, Debug)]
pub struct SchaffCycle {
    fast: Ema,
    slow: Ema,
    stages: [Stage; 2],
    factor: f64,
}

/// A place in a window, smoothed.
#[derive(Clone, Debug)]
struct Stage {
    high: Maximum,
    low: Minimum,
    place: f64,
    value: f64,
}

impl Stage {
    fn new(window: usize) -> Self {
        Self { high: Maximum::new(window), low: Minimum::new(window), place: 0.0, value: f64::NAN }
    }

    #[inline]
    /// `of` is what the input was computed from: a range that is rounding of that is none.
    fn next(&mut self, input: f64, of: f64, factor: f64) -> f64 {
        let (high, low) = (self.high.next(input), self.low.next(input));
        if high.is_nan() {
            return f64::NAN;
        }
        if beyond_rounding(high - low, of) > 0.0 {
            self.place = 100.0 * (input - low) / (high - low);
        }
        self.value = if self.value.is_nan() { self.place } else { self.value + factor * (self.place - self.value) };
        self.value
    }
}

impl SchaffCycle {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(cycle: usize, fast: usize, slow: usize, factor: f64) -> Self {
        Self { fast: Ema::new(fast), slow: Ema::new(slow), stages: [Stage::new(cycle), Stage::new(cycle)], factor }
    }
}

impl Filter for SchaffCycle {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let difference = self.fast.next(input) - self.slow.next(input);
        let [of_price, of_place] = &mut self.stages;
        // Places are percents.
        of_place.next(of_price.next(difference, input, self.factor), 100.0, self.factor)
    }
}

/// DeMark's setup: closes in a row above the one four bars before, counted up, or below, counted down; equal is 0.
#[derive(Clone, Debug)]
pub struct Setup {
    lag: Lag,
    count: f64,
}

impl Setup {
    /// Bars between the closes that are compared.
    pub const LAG: usize = 4;

    /// Before the first input.
    #[must_use]
    pub fn new() -> Self {
        Self { lag: Lag::new(Self::LAG), count: 0.0 }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl Filter for Setup {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let before = self.lag.next(input);
        if before.is_nan() {
            return f64::NAN;
        }
        self.count = if input > before {
            self.count.max(0.0) + 1.0
        } else if input < before {
            self.count.min(0.0) - 1.0
        } else {
            0.0
        };
        self.count
    }
}
