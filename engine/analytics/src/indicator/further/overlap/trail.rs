//! Stops that trail an average, a close, a half trend.

use crate::indicator::block::{Ema, Maximum, Minimum, Sma};
use crate::indicator::further::beyond_rounding;
use crate::indicator::volatility::Atr;
use crate::indicator::{Filter, Indicator};

/// Özbilgic's profit maximiser: an exponential average `M` of `(high + low) / 2`, and a stop so many average ranges below it
/// while it rises, above it while it falls. A stop only comes nearer while `M` is on its side of it; the trend turns when `M`
/// crosses the stop of the bar before. It begins as a rising one.
#[derive(Clone, Copy, Debug)]
pub struct ProfitMaximiser {
    average: Ema,
    range: Atr,
    times: f64,
    long: f64,
    short: f64,
    rises: bool,
}

impl ProfitMaximiser {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, times: f64) -> Self {
        let (average, range) = (Ema::new(length), Atr::new(length));
        Self { average, range, times, long: f64::NAN, short: f64::NAN, rises: true }
    }
}

impl Indicator<3, 2> for ProfitMaximiser {
    /// The line, and 1 rising, -1 falling.
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let price = (high + low) / 2.0;
        let mut average = self.average.next(price);
        // Of a price that stands still it differs by its rounding, and a stop without a width is crossed by that.
        if beyond_rounding(average - price, price) == 0.0 {
            average = price;
        }
        let width = self.times * self.range.next(high, low, close);
        if width.is_nan() {
            return [f64::NAN; 2];
        }
        // No number is above or below that of no bar.
        let (long_before, short_before) = (self.long, self.short);
        self.long = if average > long_before { long_before.max(average - width) } else { average - width };
        self.short = if average < short_before { short_before.min(average + width) } else { average + width };
        if self.rises && average < long_before {
            self.rises = false;
        } else if !self.rises && average > short_before {
            self.rises = true;
        }
        if self.rises { [self.long, 1.0] } else { [self.short, -1.0] }
    }
}

/// Yo's trailing stop, known as UT bot: the close less, or more, so many average ranges. While two closes in a row are on
/// one side of it, it only comes nearer; a close beyond it takes it to the other side. The signal is 1 at the bar whose close
/// crosses it upwards, -1 downwards, else 0.
#[derive(Clone, Copy, Debug)]
pub struct UtBot {
    range: Atr,
    times: f64,
    close: f64,
    stop: f64,
}

impl UtBot {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(times: f64, length: usize) -> Self {
        Self { range: Atr::new(length), times, close: f64::NAN, stop: f64::NAN }
    }
}

impl Indicator<3, 2> for UtBot {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let width = self.times * self.range.next(high, low, close);
        let before = std::mem::replace(&mut self.close, close);
        if width.is_nan() {
            return [f64::NAN; 2];
        }
        let stop = self.stop;
        self.stop = if close > stop && before > stop {
            stop.max(close - width)
        } else if close < stop && before < stop {
            stop.min(close + width)
        } else if close > stop || stop.is_nan() {
            close - width
        } else {
            close + width
        };
        let up = close > self.stop && before <= stop;
        let down = close < self.stop && before >= stop;
        [self.stop, f64::from(i8::from(up) - i8::from(down))]
    }
}

/// Everget's half trend. With `n` bars, `Hx` the greatest high and `Lx` the least low of them, `Ha` and `La` the plain
/// averages of highs and lows: while it rises it follows the greatest `Lx` since it turned, and falls once `Ha` is below
/// that and the close below the low before; while it falls it follows the least `Hx`, and rises once `La` is above that and
/// the close above the high before. At a turn it starts from the line it was on. Upper and lower are the line and so many
/// halves of the average range of 100.
#[derive(Clone, Debug)]
pub struct HalfTrend {
    high: Maximum,
    low: Minimum,
    highs: Sma,
    lows: Sma,
    range: Atr,
    times: f64,
    last: (f64, f64),
    /// Greatest low, or least high, since it turned.
    bound: f64,
    line: f64,
    rises: bool,
}

impl HalfTrend {
    /// Bars of the average range.
    pub const RANGE: usize = 100;

    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, times: f64) -> Self {
        Self {
            high: Maximum::new(length),
            low: Minimum::new(length),
            highs: Sma::new(length),
            lows: Sma::new(length),
            range: Atr::new(Self::RANGE),
            times,
            last: (f64::NAN, f64::NAN),
            bound: f64::NAN,
            line: f64::NAN,
            rises: true,
        }
    }
}

impl Indicator<3, 4> for HalfTrend {
    /// Line, direction (1 or -1), upper, lower.
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 4] {
        let (highest, lowest) = (self.high.next(high), self.low.next(low));
        let (highs, lows) = (self.highs.next(high), self.lows.next(low));
        let width = self.times * self.range.next(high, low, close) / 2.0;
        let (last_high, last_low) = std::mem::replace(&mut self.last, (high, low));
        if lows.is_nan() {
            return [f64::NAN; 4];
        }
        // The maximum of a number and NaN is the number.
        let turned = if self.rises {
            self.bound = self.bound.max(lowest);
            highs < self.bound && close < last_low
        } else {
            self.bound = self.bound.min(highest);
            lows > self.bound && close > last_high
        };
        if turned {
            self.rises = !self.rises;
            self.bound = if self.rises { lowest } else { highest };
        } else if self.rises {
            self.line = self.line.max(self.bound);
        } else {
            self.line = self.line.min(self.bound);
        }
        if width.is_nan() {
            return [f64::NAN; 4];
        }
        [self.line, if self.rises { 1.0 } else { -1.0 }, self.line + width, self.line - width]
    }
}
