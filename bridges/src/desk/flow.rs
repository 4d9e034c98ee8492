//! Questions about what was traded: windows that end now, bars, profiles, liquidations. All from what this run heard; what
//! it did not hear is said, and never guessed.

use super::Desk;
use super::answer::{Answer, Known, Source, Unknown};
use crate::hub::flow::series::Bar;
use crate::hub::flow::{Flow, LEVELS_MAX, Liquidation};
use engine_analytics::flow::profile::{BarProfile, ValueArea};
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

const SECOND: u64 = Nanos::SECOND;
const HOUR: u64 = 3_600 * SECOND;

/// Length of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeframe {
    M1,
    M5,
    M15,
    M30,
    H1,
    H4,
    D1,
}

impl Timeframe {
    pub(crate) const ALL: [Self; 7] = [Self::M1, Self::M5, Self::M15, Self::M30, Self::H1, Self::H4, Self::D1];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timeframe| timeframe.name().eq_ignore_ascii_case(name))
    }

    pub(crate) const fn length_ns(self) -> u64 {
        match self {
            Self::M1 => 60 * SECOND,
            Self::M5 => 300 * SECOND,
            Self::M15 => 900 * SECOND,
            Self::M30 => 1_800 * SECOND,
            Self::H1 => HOUR,
            Self::H4 => 4 * HOUR,
            Self::D1 => 24 * HOUR,
        }
    }
}

/// What was traded in a time that ends now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// What was asked for.
    pub(crate) asked_ns: u64,
    /// How much of it the run has heard.
    pub(crate) heard_ns: u64,
    /// Times in it at which trades may have been missed.
    pub(crate) holes: u64,
    /// The last price before it, else the first in it.
    pub(crate) from_px: Ticks,
    /// Whether `from_px` is of before, heard or told by the venue: else the way from there is a part of it.
    pub(crate) is_from_before: bool,
    /// The last price.
    pub(crate) last_px: Ticks,
    /// Highest and lowest price in it; `None` without a trade.
    pub(crate) range: Option<(Ticks, Ticks)>,
    /// What takers bought.
    pub(crate) buy: Lots,
    /// What takers sold.
    pub(crate) sell: Lots,
    /// Mean price by amount, in ticks.
    pub(crate) vwap_ticks: Option<f64>,
    pub(crate) trades: u64,
}

impl Window {
    /// Heard from end to end, without a hole.
    pub(crate) fn is_whole(&self) -> bool {
        self.heard_ns == self.asked_ns && self.holes == 0
    }

    pub(crate) fn volume(&self) -> Lots {
        Lots(self.buy.0.saturating_add(self.sell.0))
    }

    pub(crate) fn delta(&self) -> Lots {
        Lots(self.buy.0 - self.sell.0)
    }

    /// Share that takers bought, 0 to 1; `None` without a trade.
    pub(crate) fn buy_share(&self) -> Option<f64> {
        let volume = self.volume().0;
        (volume > 0).then(|| self.buy.0 as f64 / volume as f64)
    }

    /// Bought over sold; `None` where nothing was sold.
    pub(crate) fn taker_ratio(&self) -> Option<f64> {
        engine_analytics::flow::derivatives::position::taker_ratio(self.buy.0 as f64, self.sell.0 as f64)
    }

    /// How far the price went, as a share of where it came from.
    pub(crate) fn change(&self) -> Option<f64> {
        (self.from_px.0 > 0).then(|| (self.last_px.0 - self.from_px.0) as f64 / self.from_px.0 as f64)
    }
}

/// Prices where most was traded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    /// Middle of the level with the largest volume.
    pub(crate) poc: Ticks,
    /// Highest price of the value area.
    pub(crate) high: Ticks,
    /// Lowest one.
    pub(crate) low: Ticks,
    /// Part of the volume in it.
    pub(crate) share: f64,
    /// Mean price by amount, in ticks.
    pub(crate) vwap_ticks: f64,
}

/// A profile of one look-back.
#[derive(Clone, Debug)]
pub(crate) struct ProfileRow {
    /// `session` (since 00:00 UTC, by trades), `15m`, `1h`, `4h`, `24h`, `7d` (by bars).
    pub(crate) look_back: &'static str,
    pub(crate) area: Answer<Area>,
    /// Whether all of it was heard.
    pub(crate) is_whole: bool,
}

/// Look-backs that are made of bars.
const LOOK_BACKS: [(&str, u64); 5] =
    [("15m", HOUR / 4), ("1h", HOUR), ("4h", 4 * HOUR), ("24h", 24 * HOUR), ("7d", 7 * 24 * HOUR)];

/// Liquidations of one instrument.
#[derive(Clone, Debug)]
pub(crate) struct Liquidations<'d> {
    pub(crate) instrument: &'d Instrument,
    /// Oldest first; the last that were kept.
    pub(crate) last: Vec<Liquidation>,
    /// More came in the window than are kept, or the venue tells only the last of each second: sums are a lower bound.
    pub(crate) is_lower_bound: bool,
}

impl Desk {
    /// The last trade's price.
    pub(crate) fn last_price(&self, id: InstrumentId) -> Answer<Ticks> {
        let now = self.now();
        let image = self.hub.image();
        let last = image.instrument(id).flow.last();
        last.map(|bar| Known::new(bar.close, Source::Trades, bar.start, now))
            .ok_or_else(|| Unknown::because("no trade was heard yet"))
    }

    /// What was traded in the last `length_ns`: to the second up to a quarter of an hour, to 10 s up to a day, to the minute
    /// up to two days, else to the hour.
    pub(crate) fn window(&self, id: InstrumentId, length_ns: u64) -> Answer<Window> {
        let now = self.now();
        let told = self.told_price(id, Nanos(now.0.saturating_sub(length_ns)));
        window(&self.hub.image().instrument(id).flow, length_ns, told, now)
    }

    /// The last `limit` bars of this run's own trades, and whether the last is over.
    pub(crate) fn bars(&self, id: InstrumentId, timeframe: Timeframe, limit: usize) -> (Vec<Bar>, bool) {
        let now = self.now();
        let mut bars = self.hub.image().instrument(id).flow.bars(timeframe.length_ns());
        bars.drain(..bars.len().saturating_sub(limit));
        let is_closed = bars.last().is_none_or(|last| last.start.plus(timeframe.length_ns()) <= now);
        (bars, is_closed)
    }

    /// Mean price by amount since 00:00 UTC, in ticks; and whether the run has heard all of the day.
    pub(crate) fn session_vwap(&self, id: InstrumentId) -> Answer<(f64, bool)> {
        let now = self.now();
        let image = self.hub.image();
        let flow = &image.instrument(id).flow;
        let today = flow.session_vwap().filter(|(_, session)| now.since(*session) < Nanos::DAY);
        let last = flow.last().map_or(now, |bar| bar.start);
        today
            .map(|(vwap, session)| Known::new((vwap, is_whole(flow, session)), Source::Trades, last, now))
            .ok_or_else(|| Unknown::because("no trade was heard today (UTC)"))
    }

    /// Where most was traded, by look-back.
    pub(crate) fn profile(&self, id: InstrumentId) -> Vec<ProfileRow> {
        let now = self.now();
        let image = self.hub.image();
        let flow = &image.instrument(id).flow;
        let midnight = Nanos(now.0 / Nanos::DAY * Nanos::DAY);
        let session =
            ProfileRow { look_back: "session", area: session_area(flow, now), is_whole: is_whole(flow, midnight) };
        let of_bars = LOOK_BACKS.map(|(look_back, length_ns)| {
            let from = Nanos(now.0.saturating_sub(length_ns));
            ProfileRow { look_back, area: bar_area(flow, length_ns, now), is_whole: is_whole(flow, from) }
        });
        std::iter::once(session).chain(of_bars).collect()
    }

    /// What venues closed by force in the last `length_ns`, of the instruments that `of` takes.
    pub(crate) fn liquidations<'d>(
        &'d self,
        length_ns: u64,
        of: impl Fn(&Instrument) -> bool,
    ) -> Vec<Liquidations<'d>> {
        let from = Nanos(self.now().0.saturating_sub(length_ns));
        let image = self.hub.image();
        let mut told = Vec::new();
        for instrument in self.instruments.iter().filter(|instrument| of(instrument)) {
            let trail = &image.instrument(instrument.id).flow.liquidations;
            let all = trail.last(usize::MAX);
            let last: Vec<_> = all.iter().filter(|one| one.at >= from).copied().collect();
            let is_cut = last.len() == all.len() && trail.pushed() > all.len() as u64;
            let tells_last_only = instrument.venue.name().starts_with("binance");
            told.push(Liquidations { instrument, last, is_lower_bound: is_cut || tells_last_only });
        }
        told
    }
}

impl Liquidations<'_> {
    /// Lots of longs and of shorts that were closed.
    pub(crate) fn sums(&self) -> (Lots, Lots) {
        let sum = |side| self.last.iter().filter(|one| one.closed == side).map(|one| one.qty.0).sum();
        (Lots(sum(Side::Buy)), Lots(sum(Side::Sell)))
    }
}

/// All trades since then were heard.
fn is_whole(flow: &Flow, from: Nanos) -> bool {
    flow.heard_since().is_some_and(|since| since <= from) && flow.holes_since(from) == 0
}

/// `told`: the price at its beginning as the venue told it.
pub(super) fn window(flow: &Flow, length_ns: u64, told: Option<Ticks>, now: Nanos) -> Answer<Window> {
    let (Some(last), Some(heard_since)) = (flow.last(), flow.heard_since()) else {
        return Err(Unknown::because("no trade was heard yet"));
    };
    let from = Nanos(now.0.saturating_sub(length_ns) + 1);
    let series = flow.reaching(length_ns);
    let all = series.since(from).copied().reduce(|all, bar| all.then(&bar));
    let before = series.close_before(from).or(told);
    let heard_ns = now.since(heard_since).min(length_ns);
    let window = Window {
        asked_ns: length_ns,
        heard_ns,
        holes: flow.holes_since(from),
        from_px: before.or(all.map(|bar| bar.open)).unwrap_or(last.close),
        is_from_before: before.is_some(),
        last_px: last.close,
        range: all.map(|bar| (bar.high, bar.low)),
        buy: all.map_or(Lots(0), |bar| bar.buy),
        sell: all.map_or(Lots(0), |bar| bar.sell),
        vwap_ticks: all.and_then(|bar| bar.vwap_ticks()),
        trades: all.map_or(0, |bar| u64::from(bar.trades)),
    };
    Ok(Known::new(window, Source::Trades, last.start, now))
}

fn session_area(flow: &Flow, now: Nanos) -> Answer<Area> {
    let today = flow.session_vwap().filter(|(_, session)| now.since(*session) < Nanos::DAY);
    let (vwap_ticks, _) = today.ok_or_else(|| Unknown::because("no trade was heard today (UTC)"))?;
    let (area, level) = flow.session_area().ok_or_else(too_many_levels)?;
    let last = flow.last().map_or(now, |bar| bar.start);
    Ok(Known::new(Area::new(area, level, vwap_ticks), Source::Trades, last, now))
}

fn bar_area(flow: &Flow, length_ns: u64, now: Nanos) -> Answer<Area> {
    let from = Nanos(now.0.saturating_sub(length_ns) + 1);
    let mut profile = BarProfile::new(flow.level_ticks() as f64, LEVELS_MAX);
    let mut sum: Option<Bar> = None;
    for bar in flow.reaching(length_ns).since(from) {
        profile.update(bar.high.0 as f64, bar.low.0 as f64, bar.volume().0 as f64);
        sum = Some(sum.map_or(*bar, |sum| sum.then(bar)));
    }
    let vwap = sum.and_then(|sum| sum.vwap_ticks());
    let vwap_ticks = vwap.ok_or_else(|| Unknown::because("no trade was heard in that time"))?;
    let area = profile.value_area().ok_or_else(too_many_levels)?;
    let last = flow.last().map_or(now, |bar| bar.start);
    Ok(Known::new(Area::new(area, flow.level_ticks(), vwap_ticks), Source::Trades, last, now))
}

fn too_many_levels() -> Unknown {
    Unknown(format!("the price moved over more than {LEVELS_MAX} levels"))
}

impl Area {
    fn new(area: ValueArea, level: i64, vwap_ticks: f64) -> Self {
        Self {
            poc: Ticks(area.poc * level + (level - 1) / 2),
            high: Ticks((area.high + 1) * level - 1),
            low: Ticks(area.low * level),
            share: area.share,
            vwap_ticks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Nanos = Nanos(20_500 * Nanos::DAY + 12 * HOUR);

    fn ago(seconds: u64) -> Nanos {
        Nanos(NOW.0 - seconds * SECOND)
    }

    #[test]
    fn a_window_says_what_was_bought_and_how_much_of_it_was_heard() {
        let mut flow = Flow::new();
        assert_eq!(window(&flow, HOUR, None, NOW).unwrap_err().0, "no trade was heard yet");
        flow.heard(ago(600));
        flow.trade(ago(400), Ticks(100), Lots(1), Side::Buy);
        flow.trade(ago(200), Ticks(110), Lots(40_245), Side::Buy);
        flow.trade(ago(2), Ticks(105), Lots(25_655), Side::Sell);
        let known = window(&flow, 300 * SECOND, None, NOW).expect("known");
        let five = known.value;
        assert!(five.is_whole() && known.age_ns == 2 * SECOND);
        assert_eq!((five.from_px, five.last_px, five.range), (Ticks(100), Ticks(105), Some((Ticks(110), Ticks(105)))));
        // 65.90 with a delta of 14.59 is 61 % to 39 %, 1.57.
        let share = five.buy_share().expect("traded");
        assert_eq!(five.volume(), Lots(65_900));
        assert!((share - 0.6107).abs() < 5e-5, "{share}");
        assert!((five.taker_ratio().expect("sold") - 1.5687).abs() < 5e-5);
        assert_eq!(five.change(), Some(0.05));
        let hour = window(&flow, HOUR, None, NOW).expect("known").value;
        assert_eq!((hour.heard_ns, hour.is_whole(), hour.from_px), (600 * SECOND, false, Ticks(100)));
        assert!(!hour.is_from_before, "the first in it");
        let told = window(&flow, HOUR, Some(Ticks(84)), NOW).expect("known").value;
        assert_eq!((told.change(), told.is_from_before), (Some(0.25), true), "the venue told the price of an hour ago");
        flow.hole(ago(100));
        assert!(!window(&flow, 300 * SECOND, None, NOW).expect("known").value.is_whole(), "something may be missing");
    }

    #[test]
    fn each_look_back_has_a_profile_of_its_own() {
        let mut flow = Flow::new();
        flow.heard(ago(20 * 3_600));
        flow.trade(ago(13 * 3_600), Ticks(900), Lots(1_000), Side::Buy);
        flow.trade(ago(3 * 3_600), Ticks(500), Lots(100), Side::Buy);
        flow.trade(ago(60), Ticks(510), Lots(10), Side::Sell);
        let poc = |length_ns| bar_area(&flow, length_ns, NOW).expect("known").value.poc;
        assert_eq!([HOUR, 4 * HOUR, 24 * HOUR].map(poc), [Ticks(510), Ticks(500), Ticks(900)]);
        let session = session_area(&flow, NOW).expect("known").value;
        assert_eq!((session.poc, session.low, session.high), (Ticks(500), Ticks(500), Ticks(500)));
    }
}
