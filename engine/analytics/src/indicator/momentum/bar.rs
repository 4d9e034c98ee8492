//! Where in its bar, or in its last bars, a price went.

use crate::indicator::block::{Ema, Lag, Maximum, Minimum, Sma, Sum, TrueRange};
use crate::indicator::price::MeanDeviation;
use crate::indicator::statistic::{Forecast, Reading};
use crate::indicator::{Filter, Indicator};

use super::rsi::percent;

/// How many times its mean deviation, and 0.015, the typical price is from its mean.
#[derive(Clone, Debug)]
pub struct Cci(MeanDeviation);

impl Cci {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(MeanDeviation::new(period))
    }
}

impl Indicator<3, 1> for Cci {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let typical = (high + low + close) / 3.0;
        let (mean, deviation) = self.0.both(typical);
        let distance = typical - mean;
        [if distance == 0.0 || deviation == 0.0 { 0.0 } else { distance / (0.015 * deviation) }]
    }
}

/// Elder's rays: how far the high and the low are above an average of the close.
#[derive(Clone, Copy, Debug)]
pub struct ElderRay(Ema);

impl ElderRay {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Ema::new(period))
    }
}

impl Indicator<3, 2> for ElderRay {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let average = self.0.next(close);
        [high - average, low - average]
    }
}

/// What the close is more than the line through the bars before forecast, in percent of the close.
#[derive(Clone, Debug)]
pub struct ForecastOscillator {
    forecast: Forecast,
    expected: f64,
}

impl ForecastOscillator {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { forecast: Forecast::new(period, Reading::Next), expected: f64::NAN }
    }
}

impl Filter for ForecastOscillator {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let expected = std::mem::replace(&mut self.expected, self.forecast.next(input));
        if input == 0.0 { 0.0 * expected } else { 100.0 * (input - expected) / input }
    }
}

/// Share of rising bodies in all bodies, 0 to 100.
#[derive(Clone, Debug)]
pub struct Intraday {
    up: Sum,
    down: Sum,
}

impl Intraday {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { up: Sum::new(period), down: Sum::new(period) }
    }
}

impl Indicator<2, 1> for Intraday {
    #[inline]
    fn update(&mut self, [open, close]: [f64; 2]) -> [f64; 1] {
        let body = close - open;
        if body.is_nan() {
            return [f64::NAN];
        }
        let (up, down) = (self.up.next(body.max(0.0)), self.down.next((-body).max(0.0)));
        [percent(up, up + down)]
    }
}

/// Share of money that moved with a rising typical price, 0 to 100.
#[derive(Clone, Debug)]
pub struct MoneyFlowIndex {
    last: f64,
    up: Sum,
    down: Sum,
}

impl MoneyFlowIndex {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { last: f64::NAN, up: Sum::new(period), down: Sum::new(period) }
    }
}

impl Indicator<4, 1> for MoneyFlowIndex {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let typical = (high + low + close) / 3.0;
        let money = typical * volume;
        if money.is_nan() {
            return [f64::NAN];
        }
        let before = std::mem::replace(&mut self.last, typical);
        if before.is_nan() {
            return [f64::NAN];
        }
        let up = self.up.next(if typical > before { money } else { 0.0 });
        let down = self.down.next(if typical < before { money } else { 0.0 });
        [percent(up, up + down)]
    }
}

/// Mean body of the last bars.
#[derive(Clone, Debug)]
pub struct QStick(pub Sma);

impl Indicator<2, 1> for QStick {
    #[inline]
    fn update(&mut self, [open, close]: [f64; 2]) -> [f64; 1] {
        [self.0.next(close - open)]
    }
}

/// How far it went from end to end, by the way that it went: the vertical horizontal filter.
#[derive(Clone, Debug)]
pub struct VerticalHorizontal {
    high: Maximum,
    low: Minimum,
    lag: Lag,
    way: Sum,
}

impl VerticalHorizontal {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let (high, low) = (Maximum::new(period), Minimum::new(period));
        Self { high, low, lag: Lag::new(1), way: Sum::new(period) }
    }
}

impl Filter for VerticalHorizontal {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let range = self.high.next(input) - self.low.next(input);
        let way = self.way.next((input - self.lag.next(input)).abs());
        if way == 0.0 { 0.0 } else { range / way }
    }
}

/// Buying pressure by true range over three windows, the shorter the heavier.
#[derive(Clone, Debug)]
pub struct Ultimate {
    range: TrueRange,
    close: f64,
    windows: [(Sum, Sum); 3],
}

impl Ultimate {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(mut periods: [usize; 3]) -> Self {
        periods.sort_unstable();
        let windows = periods.map(|period| (Sum::new(period), Sum::new(period)));
        Self { range: TrueRange::new(), close: f64::NAN, windows }
    }
}

impl Indicator<3, 1> for Ultimate {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let range = self.range.next(high, low, close);
        let before = std::mem::replace(&mut self.close, close);
        if range.is_nan() {
            return [f64::NAN];
        }
        let pressure = close - low.min(before);
        let shares = self.windows.each_mut().map(|(pressures, ranges)| {
            let (pressure, range) = (pressures.next(pressure), ranges.next(range));
            if range == 0.0 { 0.0 } else { pressure / range }
        });
        [100.0 * ((4.0 * shares[0] + 2.0 * shares[1] + shares[2]) / 7.0)]
    }
}

/// Vortex: reach from the low before to the high, and from the high before to the low, by the true range.
#[derive(Clone, Debug)]
pub struct Vortex {
    range: TrueRange,
    last: (f64, f64),
    sums: [Sum; 3],
}

impl Vortex {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let sums = [Sum::new(period), Sum::new(period), Sum::new(period)];
        Self { range: TrueRange::new(), last: (f64::NAN, f64::NAN), sums }
    }
}

impl Indicator<3, 2> for Vortex {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let range = self.range.next(high, low, close);
        let (last_high, last_low) = std::mem::replace(&mut self.last, (high, low));
        let reach = [range, (high - last_low).abs(), (low - last_high).abs()];
        let mut values = self.sums.iter_mut().zip(reach).map(|(sum, reach)| sum.next(reach));
        let [range, plus, minus] = [(); 3].map(|()| values.next().unwrap_or(f64::NAN));
        if range == 0.0 { [0.0; 2] } else { [plus / range, minus / range] }
    }
}

/// Williams' accumulation: what a close gained above the true low or lost below the true high, summed.
#[derive(Clone, Copy, Debug, Default)]
pub struct WilliamsAccumulation {
    last: Option<f64>,
    sum: f64,
}

impl Indicator<3, 1> for WilliamsAccumulation {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        if (high + low + close).is_nan() {
            return [f64::NAN];
        }
        if let Some(last) = self.last.replace(close) {
            if close > last {
                self.sum += close - low.min(last);
            } else if close < last {
                self.sum += close - high.max(last);
            }
        }
        [self.sum]
    }
}
