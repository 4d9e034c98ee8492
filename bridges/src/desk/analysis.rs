//! Questions that take many numbers of one market together. Every part is known or says why not; a sum counts what is known,
//! and says of how much.

use super::Desk;
use super::answer::{Answer, Known, Source, Unknown};
use super::candle::Candle;
use super::flow::{Timeframe, Window, window};
use super::reading::{Absorption, Activity, Control, Momentum, Spike};
use super::session::Today;
use crate::hub::flow::series::Bar;
use engine_analytics::indicator::Filter;
use engine_analytics::indicator::momentum::Rsi;
use engine_analytics::indicator::volatility::Atr;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::units::{Lots, Nanos, Ticks};

/// Period of RSI and ATR.
const PERIOD: usize = 14;
/// Bars before a Wilder average has forgotten how it began: (13/14)^96 is 8e-4, less than is printed of an RSI. A day of
/// quarters of an hour; venues tell a hundred candles at once.
const WARM_UP: usize = 96;
/// Bars that a trend is looked for in.
const TREND_BARS: usize = 20;
/// Bars before the last one that its volume is held against.
const BASELINE_BARS: usize = 96;
/// Returns that the volatility is taken of.
const RETURNS: usize = 24;
/// A trend of CVD smaller than so much of the volume is none.
const FLAT: f64 = 0.05;
/// One larger than so much is strong.
const STRONG: f64 = 0.2;
/// A line that explains less of a series is no trend.
const R2_MIN: f64 = 0.5;

/// Where cumulative delta goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trend {
    /// Change of cumulative delta by its line over the bars, as a share of their volume: -1 to 1.
    pub(crate) cvd_share: f64,
    /// Change of price by its line over the same bars, as a share.
    pub(crate) price_share: f64,
    /// Bars that were looked at.
    pub(crate) bars: usize,
    /// `Some(true)`: price falls while takers buy; `Some(false)`: it rises while they sell. Both lines must fit.
    pub(crate) divergence_is_bullish: Option<bool>,
}

impl Trend {
    pub(crate) fn name(&self) -> &'static str {
        match self.cvd_share {
            share if share > FLAT => "RISING",
            share if share < -FLAT => "FALLING",
            _ => "FLAT",
        }
    }
}

/// Volume of the last closed bar against the bars before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct VolumeReading {
    /// When that bar began.
    pub(crate) start: Nanos,
    pub(crate) volume: Lots,
    /// Median of the bars before.
    pub(crate) baseline: f64,
    /// Bars that it is the median of.
    pub(crate) bars: usize,
    /// Above the baseline, in percent of it.
    pub(crate) percent: f64,
    pub(crate) spike: Spike,
}

/// Bands of two standard deviations around the mean of 20 closes, in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bands {
    pub(crate) lower: f64,
    pub(crate) middle: f64,
    pub(crate) upper: f64,
}

/// What the parts say together: above 30 buyers, below -30 sellers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    /// -100 to 100 of what is known.
    pub(crate) total: f64,
    /// -3 to 3, by the change of a day.
    pub(crate) price: i32,
    /// -2 to 2.
    pub(crate) cvd: i32,
    /// -2 to 2: volume amplifies the direction that price and CVD have together.
    pub(crate) volume: Option<i32>,
    /// -1 to 1.
    pub(crate) rsi: Option<i32>,
}

impl Score {
    pub(crate) fn name(&self) -> &'static str {
        match self.total {
            total if total > 30.0 => "BUYERS",
            total if total < -30.0 => "SELLERS",
            _ => "BALANCED",
        }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Analysis<'d> {
    pub(crate) instrument: &'d Instrument,
    pub(crate) timeframe: Timeframe,
    pub(crate) last: Answer<Ticks>,
    /// The last 24 h.
    pub(crate) day: Answer<Window>,
    /// The last timeframe, up to now.
    pub(crate) recent: Answer<Window>,
    pub(crate) control: Answer<Control>,
    pub(crate) momentum: Answer<Momentum>,
    /// How many times the usual volume, and what that is called.
    pub(crate) activity: Answer<(f64, Activity)>,
    /// `None`: none to be seen.
    pub(crate) absorption: Answer<Option<Absorption>>,
    pub(crate) volume: Answer<VolumeReading>,
    pub(crate) trend: Answer<Trend>,
    /// Wilder's, over 14 closed bars.
    pub(crate) rsi: Answer<f64>,
    /// Wilder's, over 14 closed bars, in ticks.
    pub(crate) atr_ticks: Answer<f64>,
    pub(crate) bands: Answer<Bands>,
    /// Standard deviation of the last 24 returns of one bar, as a share.
    pub(crate) volatility: Answer<f64>,
    /// Session VWAP in ticks, and whether all of the day was heard.
    pub(crate) vwap: Answer<(f64, bool)>,
    pub(crate) score: Answer<Score>,
    /// The running session and day against what is usual.
    pub(crate) today: Today,
}

impl Desk {
    pub(crate) fn analysis(&self, id: InstrumentId, timeframe: Timeframe) -> Analysis<'_> {
        let (bars, now) = self.closed(id, timeframe);
        let [of_day, of_recent] = [Nanos::DAY, timeframe.length_ns()]
            .map(|length_ns| self.told_price(id, Nanos(now.0.saturating_sub(length_ns))));
        let (day, recent, last) = {
            let image = self.hub.image();
            let flow = &image.instrument(id).flow;
            let last = flow.last().map(|bar| Known::new(bar.close, Source::Trades, bar.start, now));
            let windowed = |length_ns, told| window(flow, length_ns, told, now);
            (windowed(Nanos::DAY, of_day), windowed(timeframe.length_ns(), of_recent), last)
        };
        let at = end(&bars, timeframe, now);
        let volume = answer(volume(&bars), at, now);
        let trend = answer(trend(&bars), at, now);
        let rsi = answer(rsi(&bars), at, now);
        Analysis {
            instrument: self.instruments.get(id),
            timeframe,
            last: last.ok_or_else(|| Unknown::because("no trade was heard yet")),
            control: of_window(&day, |day| day.buy_share().map(Control::of), "nothing was traded"),
            momentum: of_both(&recent, &day, Momentum::of, "nothing was traded, or as much bought as sold"),
            activity: of_both(&recent, &day, Activity::of, "it takes a whole day of trades"),
            absorption: of_window(&recent, |recent| Some(Absorption::of(recent)), ""),
            score: score(&day, &trend, &volume, &rsi, now),
            atr_ticks: answer(atr(&bars), at, now),
            bands: answer(bands(&bars), at, now),
            volatility: answer(volatility(&bars), at, now),
            vwap: self.session_vwap(id),
            today: self.today(id),
            volume,
            trend,
            rsi,
            day,
            recent,
        }
    }

    /// Where cumulative delta goes over the last bars of that length.
    pub(crate) fn trend(&self, id: InstrumentId, timeframe: Timeframe) -> Answer<Trend> {
        let (bars, now) = self.closed(id, timeframe);
        answer(trend(&bars), end(&bars, timeframe, now), now)
    }

    /// Volume of the last closed bar of that length against those before it.
    pub(crate) fn volume(&self, id: InstrumentId, timeframe: Timeframe) -> Answer<VolumeReading> {
        let (bars, now) = self.closed(id, timeframe);
        answer(volume(&bars), end(&bars, timeframe, now), now)
    }
}

/// What is made of bars is as old as the end of the last.
fn end(bars: &[Candle], timeframe: Timeframe, now: Nanos) -> Nanos {
    bars.last().map_or(now, |bar| bar.start.plus(timeframe.length_ns()))
}

fn answer<T>(value: Result<T, Unknown>, at: Nanos, now: Nanos) -> Answer<T> {
    Ok(Known::new(value?, Source::Computed, at, now))
}

fn of_window<T>(of: &Answer<Window>, f: impl FnOnce(&Window) -> Option<T>, none: &str) -> Answer<T> {
    let known = of.as_ref().map_err(Clone::clone)?;
    let value = f(&known.value).ok_or_else(|| Unknown::because(none))?;
    Ok(Known { value, source: Source::Computed, at: known.at, age_ns: known.age_ns })
}

fn of_both<T>(
    part: &Answer<Window>,
    all: &Answer<Window>,
    f: impl FnOnce(&Window, &Window) -> Option<T>,
    none: &str,
) -> Answer<T> {
    let all = all.as_ref().map_err(Clone::clone)?;
    of_window(part, |part| f(part, &all.value), none)
}

fn take(bars: &[Candle], count: usize, what: &str) -> Result<(), Unknown> {
    let known = bars.len();
    if known >= count { Ok(()) } else { Err(Unknown(format!("{what} takes {count} closed bars, {known} are known"))) }
}

fn rsi(bars: &[Candle]) -> Result<f64, Unknown> {
    take(bars, WARM_UP, "RSI")?;
    let mut rsi = Rsi::new(PERIOD);
    Ok(bars.iter().fold(f64::NAN, |_, bar| rsi.next(bar.close.0 as f64)))
}

fn atr(bars: &[Candle]) -> Result<f64, Unknown> {
    take(bars, WARM_UP, "ATR")?;
    let mut atr = Atr::new(PERIOD);
    let next = |_, bar: &Candle| atr.next(bar.high.0 as f64, bar.low.0 as f64, bar.close.0 as f64);
    Ok(bars.iter().fold(f64::NAN, next))
}

fn bands(bars: &[Candle]) -> Result<Bands, Unknown> {
    take(bars, TREND_BARS, "Bollinger's bands")?;
    let (mean, deviation) = moments(bars[bars.len() - TREND_BARS..].iter().map(|bar| bar.close.0 as f64));
    Ok(Bands { lower: mean - 2.0 * deviation, middle: mean, upper: mean + 2.0 * deviation })
}

fn volatility(bars: &[Candle]) -> Result<f64, Unknown> {
    take(bars, RETURNS + 1, "volatility")?;
    let last = &bars[bars.len() - RETURNS - 1..];
    if last.iter().any(|bar| bar.close.0 <= 0) {
        return Err(Unknown::because("a price is not above 0"));
    }
    let returns = last.windows(2).map(|pair| pair[1].close.0 as f64 / pair[0].close.0 as f64 - 1.0);
    Ok(moments(returns).1)
}

/// Mean and standard deviation (population).
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

fn volume(bars: &[Candle]) -> Result<VolumeReading, Unknown> {
    take(bars, BASELINE_BARS / 4 + 1, "a baseline of volume")?;
    let (last, before) = bars.split_last().ok_or_else(|| Unknown::because("no bar is over yet"))?;
    let mut volumes: Vec<i64> =
        before[before.len().saturating_sub(BASELINE_BARS)..].iter().map(|bar| bar.volume.0).collect();
    volumes.sort_unstable();
    let middle = volumes.len() / 2;
    let baseline = if volumes.len().is_multiple_of(2) {
        (volumes[middle - 1] as f64 + volumes[middle] as f64) / 2.0
    } else {
        volumes[middle] as f64
    };
    if baseline <= 0.0 {
        return Err(Unknown::because("in half of the bars before nothing was traded"));
    }
    let percent = 100.0 * (last.volume.0 as f64 - baseline) / baseline;
    let (start, volume, bars) = (last.start, last.volume, volumes.len());
    Ok(VolumeReading { start, volume, baseline, bars, percent, spike: Spike::of(percent) })
}

fn trend(bars: &[Candle]) -> Result<Trend, Unknown> {
    // Of sides only what was heard: a candle that a venue tells has none.
    let mut last: Vec<Bar> = bars.iter().rev().map_while(|bar| bar.heard).take(TREND_BARS).collect();
    last.reverse();
    let heard = last.len();
    if heard < TREND_BARS {
        return Err(Unknown(format!("a trend takes {TREND_BARS} closed bars with their sides, {heard} were heard")));
    }
    let mut sum = 0.0;
    let cvd: Vec<f64> = last
        .iter()
        .map(|bar| {
            sum += bar.delta().0 as f64;
            sum
        })
        .collect();
    let closes: Vec<f64> = last.iter().map(|bar| bar.close.0 as f64).collect();
    let volume: f64 = last.iter().map(|bar| bar.volume().0 as f64).sum();
    if volume <= 0.0 || closes[0] <= 0.0 {
        return Err(Unknown::because("nothing was traded in those bars"));
    }
    let ((cvd_rise, cvd_r2), (price_rise, price_r2)) = (line(&cvd), line(&closes));
    let (cvd_share, price_share) = (cvd_rise / volume, price_rise / closes[0]);
    let both_fit = cvd_r2 >= R2_MIN && price_r2 >= R2_MIN && cvd_share.abs() > FLAT;
    let is_apart = both_fit && cvd_share * price_share < 0.0;
    let divergence_is_bullish = is_apart.then_some(cvd_share > 0.0);
    Ok(Trend { cvd_share, price_share, bars: TREND_BARS, divergence_is_bullish })
}

/// How far the line of least squares rises from the first value to the last, and how much of the series it explains.
fn line(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let (x_mean, y_mean) = ((count - 1.0) / 2.0, values.iter().sum::<f64>() / count);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in values.iter().enumerate() {
        let (x, y) = (x as f64 - x_mean, y - y_mean);
        (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
    }
    let r2 = if yy > 0.0 { xy * xy / (xx * yy) } else { 0.0 };
    (xy / xx * (count - 1.0), r2)
}

fn score(
    day: &Answer<Window>,
    trend: &Answer<Trend>,
    volume: &Answer<VolumeReading>,
    rsi: &Answer<f64>,
    now: Nanos,
) -> Answer<Score> {
    let day = day.as_ref().map_err(Clone::clone)?;
    if !day.value.is_from_before {
        return Err(Unknown::because("it takes the price of a day ago, which was neither heard nor told"));
    }
    let change = day.value.change().ok_or_else(|| Unknown::because("a price is not above 0"))?;
    let trend = trend.as_ref().map_err(Clone::clone)?;
    let price = graded(100.0 * change, [0.0, 2.0, 5.0]);
    let apart = trend.value.divergence_is_bullish.map_or(0, |is_bullish| if is_bullish { 1 } else { -1 });
    let cvd = (graded(trend.value.cvd_share, [FLAT, STRONG, f64::INFINITY]) + apart).clamp(-2, 2);
    let direction = (price + cvd).signum();
    let volume = volume.as_ref().ok().map(|volume| match volume.value.spike {
        Spike::Extreme | Spike::High => 2 * direction,
        Spike::Moderate | Spike::Low => direction,
        Spike::Normal => 0,
    });
    let rsi = rsi.as_ref().ok().map(|rsi| graded(rsi.value - 50.0, [10.0, f64::INFINITY, f64::INFINITY]));
    let reachable = 5 + volume.map_or(0, |_| 2) + rsi.map_or(0, |_| 1);
    let sum = price + cvd + volume.unwrap_or(0) + rsi.unwrap_or(0);
    let total = 100.0 * f64::from(sum) / f64::from(reachable);
    let at = day.at.min(trend.at);
    Ok(Known::new(Score { total, price, cvd, volume, rsi }, Source::Computed, at, now))
}

/// How many of the bounds a value is beyond, with its sign. Alike on both sides, and 0 of 0.
fn graded(value: f64, bounds: [f64; 3]) -> i32 {
    let count = bounds.iter().filter(|bound| value.abs() > **bound).count() as i32;
    if value < 0.0 { -count } else { count }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60 * Nanos::SECOND;

    fn bars(closes: &[i64], delta: impl Fn(usize) -> i64, volume: i64) -> Vec<Candle> {
        let one = |(index, px): (usize, &i64)| {
            let (start, px) = (Nanos(index as u64 * MINUTE), Ticks(*px));
            let (buy, sell) = (Lots((volume + delta(index)) / 2), Lots((volume - delta(index)) / 2));
            let (open, high, low, close) = (px, px, px, px);
            let bar = Bar { start, open, high, low, close, buy, sell, turnover: 0.0, trades: 1 };
            Candle { start, open, high, low, close, volume: Lots(volume), heard: Some(bar), is_told: false }
        };
        closes.iter().enumerate().map(one).collect()
    }

    #[test]
    fn what_takes_more_bars_than_were_heard_says_so() {
        let few = bars(&[100; 60], |_| 0, 10);
        assert_eq!(rsi(&few).unwrap_err().0, "RSI takes 96 closed bars, 60 are known");
        assert!(atr(&few).is_err() && bands(&few).is_ok() && volatility(&few).is_ok());
        assert_eq!(volume(&few[..24]).unwrap_err().0, "a baseline of volume takes 25 closed bars, 24 are known");
    }

    #[test]
    fn a_divergence_has_a_direction_and_takes_two_lines_that_fit() {
        let falling: Vec<i64> = (0..20).map(|n| 10_000 - 10 * n).collect();
        let bought = trend(&bars(&falling, |_| 4, 10)).unwrap();
        assert_eq!((bought.name(), bought.divergence_is_bullish), ("RISING", Some(true)));
        let sold = trend(&bars(&falling, |_| -4, 10)).unwrap();
        assert_eq!((sold.name(), sold.divergence_is_bullish), ("FALLING", None), "both fall");
        let restless: Vec<i64> = (0..20).map(|n| 10_000 - 10 * (n % 2)).collect();
        assert_eq!(trend(&bars(&restless, |_| 4, 10)).unwrap().divergence_is_bullish, None, "no line fits the price");
        let even = trend(&bars(&falling, |n| if n % 2 == 0 { 1 } else { -1 }, 1_000)).unwrap();
        assert_eq!(even.name(), "FLAT");
    }

    #[test]
    fn the_score_is_symmetric_and_nothing_is_nothing() {
        assert_eq!([-5.1, -5.0, -0.1, 0.0, 0.1, 5.1].map(|v| graded(v, [0.0, 2.0, 5.0])), [-3, -2, -1, 0, 1, 3]);
        let window = |to| Window {
            asked_ns: 1,
            heard_ns: 1,
            holes: 0,
            from_px: Ticks(1_000),
            is_from_before: true,
            last_px: Ticks(to),
            range: None,
            buy: Lots(1),
            sell: Lots(1),
            vwap_ticks: None,
            trades: 2,
        };
        let known = |to, cvd_share| {
            let trend = Trend { cvd_share, price_share: 0.0, bars: 20, divergence_is_bullish: None };
            let day = Ok(Known::new(window(to), Source::Trades, Nanos(5), Nanos(9)));
            let trend = Ok(Known::new(trend, Source::Computed, Nanos(4), Nanos(9)));
            let few = || Unknown::because("too few");
            score(&day, &trend, &Err(few()), &Err(few()), Nanos(9)).unwrap()
        };
        let (up, down, still) = (known(1_060, 0.3), known(940, -0.3), known(1_000, 0.0));
        assert_eq!((up.value.total, down.value.total, still.value.total), (100.0, -100.0, 0.0));
        assert_eq!((up.value.name(), still.value.name(), up.age_ns), ("BUYERS", "BALANCED", 5));
    }

    #[test]
    fn candles_that_were_told_have_a_price_and_no_sides() {
        let mut told = bars(&[100; 120], |_| 4, 10);
        told.iter_mut().take(110).for_each(|candle| (candle.heard, candle.is_told) = (None, true));
        assert!(rsi(&told).is_ok() && atr(&told).is_ok() && volume(&told).is_ok());
        assert_eq!(trend(&told).unwrap_err().0, "a trend takes 20 closed bars with their sides, 10 were heard");
    }
}
