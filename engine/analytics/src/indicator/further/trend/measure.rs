//! Measures of a trend.

use crate::indicator::block::{Maximum, Minimum, Ring, Sma, Sum, TrueRange};
use crate::indicator::{Filter, Indicator};

/// `100 log10(Σ true range / range of the window) / log10(n)`: near 100 where the price goes nowhere.
#[derive(Clone, Debug)]
pub struct Choppiness {
    range: TrueRange,
    way: Sum,
    high: Maximum,
    low: Minimum,
    length: f64,
}

impl Choppiness {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (high, low) = (Maximum::new(length), Minimum::new(length));
        Self { range: TrueRange::new(), way: Sum::new(length), high, low, length: length as f64 }
    }
}

impl Indicator<3, 1> for Choppiness {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let way = self.way.next(self.range.next(high, low, close));
        let range = self.high.next(high) - self.low.next(low);
        [100.0 * (way / range).log10() / self.length.log10()]
    }
}

/// Gann's activator: the average of lows while the close was last above that of highs, the average of highs while it was last
/// below that of lows. The averages are those of the bar before.
#[derive(Clone, Debug)]
pub struct HiLo {
    highs: Sma,
    lows: Sma,
    before: (f64, f64),
    line: f64,
}

impl HiLo {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(high: usize, low: usize) -> Self {
        Self { highs: Sma::new(high), lows: Sma::new(low), before: (f64::NAN, f64::NAN), line: f64::NAN }
    }
}

impl Indicator<3, 1> for HiLo {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let now = (self.highs.next(high), self.lows.next(low));
        let before = std::mem::replace(&mut self.before, now);
        if close > before.0 {
            self.line = now.1;
        } else if close < before.1 {
            self.line = now.0;
        }
        [self.line]
    }
}

/// Poulos' random walk: for each number `k` of bars from 2 on, `(H - L_k)` and `(H_k - L)` by `sqrt k` times the
/// mean of the `k` true ranges before this bar; the greatest of each.
#[derive(Clone, Debug)]
pub struct RandomWalk {
    range: TrueRange,
    ranges: Ring,
    bars: Ring,
    lows: Ring,
    length: usize,
}

impl RandomWalk {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (bars, lows) = (Ring::new(length + 1), Ring::new(length + 1));
        Self { range: TrueRange::new(), ranges: Ring::new(length), bars, lows, length }
    }
}

impl Indicator<3, 2> for RandomWalk {
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        self.bars.push(high);
        self.lows.push(low);
        let mut told = [f64::NAN; 2];
        if self.ranges.is_full() {
            let mut sum = self.ranges.back(0);
            told = [f64::NEG_INFINITY; 2];
            for k in 2..=self.length {
                sum += self.ranges.back(k - 1);
                if sum <= 0.0 {
                    continue;
                }
                let scale = sum / k as f64 * (k as f64).sqrt();
                told[0] = told[0].max((high - self.lows.back(k)) / scale);
                told[1] = told[1].max((self.bars.back(k) - low) / scale);
            }
        }
        let range = self.range.next(high, low, close);
        if !range.is_nan() {
            self.ranges.push(range);
        }
        told
    }
}

/// Share of what the closes lay above their average in all that they lay off it, 0 to 100.
#[derive(Clone, Debug)]
pub struct TrendIntensity {
    average: Sma,
    up: Sum,
    down: Sum,
}

impl TrendIntensity {
    /// Window of the average, window of the sums. Panics on a length of 0.
    #[must_use]
    pub fn new(major: usize, minor: usize) -> Self {
        Self { average: Sma::new(major), up: Sum::new(minor), down: Sum::new(minor) }
    }
}

impl Filter for TrendIntensity {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let off = input - self.average.next(input);
        if off.is_nan() {
            return f64::NAN;
        }
        let (up, down) = (self.up.next(off.max(0.0)), self.down.next((-off).max(0.0)));
        if up + down == 0.0 { 0.0 } else { 100.0 * up / (up + down) }
    }
}

/// 1 for a close above the mean of the bars' middles, else -1.
#[derive(Clone, Debug)]
pub struct TtmTrend(Ring);

impl TtmTrend {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Ring::new(length))
    }
}

impl Indicator<3, 1> for TtmTrend {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        if (high + low).is_nan() {
            return [f64::NAN];
        }
        self.0.push((high + low) / 2.0);
        // Added up anew: a close is often equal to the mean, and a sum that is kept is not exact to the last bit.
        let mean = self.0.iter().sum::<f64>() / self.0.length() as f64;
        [if !self.0.is_full() {
            f64::NAN
        } else if close > mean {
            1.0
        } else {
            -1.0
        }]
    }
}
