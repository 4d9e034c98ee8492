//! Order flow: volume, cumulative delta, volume by price, liquidations.

use super::super::ask::Window as Span;
use super::super::figure::{age, clock};
use super::super::markup::Markup;
use super::market::{amount, answering, reading_text};
use super::{View, change, dollars, dot, find, missing, named, plain, price_text, shown};
use crate::desk::Desk;
use crate::desk::analysis::Trend;
use crate::desk::candle::Candle;
use crate::desk::coin::coin;
use crate::desk::flow::{Liquidations, Timeframe};
use crate::desk::overview;
use crate::picture;
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::units::Nanos;

/// Bars of a chart.
const CHART_BARS: usize = 96;
/// Bins of volume by price beside candles.
const BINS: usize = 24;
const LIQUIDATIONS_SHOWN: usize = 5;

pub(super) fn volume(desk: &Desk, symbol: &str, frame: Timeframe) -> View {
    let instrument = match find(desk, symbol) {
        Ok(instrument) => instrument,
        Err(view) => return view,
    };
    let mut text = Markup::default();
    text.head(format!("{} volume · {}", named(instrument), frame.name()));
    let reading = desk.volume(instrument.id, frame);
    text.say(format!("last closed bar {}", shown(&reading, |reading| reading_text(instrument, reading))));
    text.say(plain(&reading, |reading| {
        (if reading.spike.is_significant() { "significant" } else { "normal" }).to_owned()
    }));
    text.gap();
    text.head(format!("The last {} up to now (running), by venue", frame.name()));
    let base = coin(instrument.base.as_str()).0;
    for one in desk.on(base) {
        let window = desk.window(one.id, frame.length_ns());
        text.say(format!("{} {}", named(one), shown(&window, |window| amount(one, window, window.volume().0))));
    }
    answering(&mut text, desk, desk.on(base));
    View::text(text)
}

pub(super) fn trend_text(trend: &Trend) -> String {
    let apart = match trend.divergence_is_bullish {
        Some(true) => "bullish divergence",
        Some(false) => "bearish divergence",
        None => "no divergence",
    };
    format!(
        "{} {} of the volume over {} bars, price {}, {apart}",
        trend.name(),
        change(trend.cvd_share, 1),
        trend.bars,
        change(trend.price_share, 2)
    )
}

pub(super) fn cvd(desk: &Desk, symbol: &str, frame: Timeframe) -> View {
    let instrument = match find(desk, symbol) {
        Ok(instrument) => instrument,
        Err(view) => return view,
    };
    let mut text = Markup::default();
    text.head(format!("{} CVD · {}", named(instrument), frame.name()));
    text.say(format!("trend {}", shown(&desk.trend(instrument.id, frame), trend_text)));
    let base = coin(instrument.base.as_str()).0;
    for (name, length_ns) in [(frame.name(), frame.length_ns()), ("24h", Nanos::DAY)] {
        text.gap();
        text.head(format!("Delta of {name}, by venue"));
        for one in desk.on(base) {
            let window = desk.window(one.id, length_ns);
            let line = shown(&window, |window| {
                let delta = window.delta().0;
                let part = if window.is_whole() { "" } else { ", not all was heard" };
                format!("{} {}{part}", dot(delta as f64), amount(one, window, delta))
            });
            text.say(format!("{} {line}", named(one)));
        }
    }
    text.gap();
    text.say("delta: what takers bought less what they sold");
    answering(&mut text, desk, desk.on(base));
    View { text, picture: delta_chart(desk, instrument, frame) }
}

pub(super) fn profile(desk: &Desk, symbol: &str) -> View {
    let instrument = match find(desk, symbol) {
        Ok(instrument) => instrument,
        Err(view) => return view,
    };
    let mut text = Markup::default();
    text.head(format!("{} profile", named(instrument)));
    let last = desk.last_price(instrument.id);
    text.say(format!("price {}", shown(&last, |px| instrument.grid.price_text(*px))));
    let last = last.ok().map(|known| known.value);
    let (mut inside, mut known) = (0, 0);
    for row in desk.profile(instrument.id) {
        text.gap();
        let area = match &row.area {
            Ok(area) => area,
            Err(unknown) => {
                text.line().bold(row.look_back).text(format!(" {}", missing(unknown)));
                continue;
            }
        };
        let (area, told) = (&area.value, format!("[{} {}]", area.source.name(), age(area.age_ns)));
        let is_in = last.is_some_and(|px| area.low <= px && px <= area.high);
        known += 1;
        inside += usize::from(is_in);
        let part = if row.is_whole { "" } else { ", not all was heard" };
        let place = if last.is_none() {
            ""
        } else if is_in {
            " inside value"
        } else {
            " outside value"
        };
        text.line().bold(row.look_back).text(format!("{place} {told}{part}"));
        let mut levels = [
            ("VAH", area.high.0 as f64),
            ("POC", area.poc.0 as f64),
            ("VAL", area.low.0 as f64),
            ("VWAP", area.vwap_ticks),
        ];
        levels.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (name, ticks) in levels {
            // Cut, not rounded: the distance is never told larger than it is.
            let far = last.filter(|_| name == "VWAP").map(|px| (px.0 as f64 / ticks - 1.0) * 100.0);
            let far = far.map_or(String::new(), |far| format!(" {:+.2}%", (far * 100.0).trunc() / 100.0));
            text.row(format!("{name:<5}{}{far}", price_text(instrument, ticks)));
        }
    }
    text.gap();
    let verdict = match (inside, known) {
        (_, 0) => "n/a (no look-back is known)",
        (inside, known) if inside * 2 > known => "BALANCED",
        (inside, known) if inside * 5 <= known => "TRENDING",
        _ => "TRANSITIONING",
    };
    text.say(format!("inside value on {inside} of {known} look-backs: {verdict}"));
    answering(&mut text, desk, std::iter::once(instrument));
    View { text, picture: candles(desk, instrument, Timeframe::M15) }
}

pub(super) fn liquidations(desk: &Desk, symbol: Option<&str>, span: Span) -> View {
    let base = match symbol.map(|symbol| desk.any_coin(symbol).ok_or(symbol)) {
        None => None,
        Some(Ok(base)) => Some(base),
        Some(Err(symbol)) => return super::unfound(desk, symbol),
    };
    let of = |instrument: &Instrument| {
        !overview::is_spot(instrument) && base.is_none_or(|base| coin(instrument.base.as_str()).0 == base)
    };
    let told = desk.liquidations(span.0 * Nanos::SECOND, of);
    let mut text = Markup::default();
    text.head(format!("Liquidations {} · {}", base.unwrap_or("all"), span.name()));
    if told.is_empty() {
        text.say("n/a (this run has no contract on it)");
        return View::text(text);
    }
    let mut last = Vec::new();
    let (mut longs, mut shorts, mut count) = (0.0, 0.0, 0);
    for one in &told {
        let (long, short) = sums(one);
        (longs, shorts, count) = (longs + long, shorts + short, count + one.last.len());
        last.extend(one.last.iter().map(|liquidation| (one.instrument, *liquidation)));
    }
    let is_lower = told.iter().any(|one| one.is_lower_bound);
    let bound = if is_lower { "at least " } else { "" };
    text.say(format!("{bound}{count} [stream]"));
    text.say(format!("longs closed {bound}{}", dollars(longs)));
    text.say(format!("shorts closed {bound}{}", dollars(shorts)));
    let worth = |instrument: &Instrument, one: &crate::hub::flow::Liquidation| usd(instrument, one);
    let largest = last.iter().max_by(|a, b| worth(a.0, &a.1).total_cmp(&worth(b.0, &b.1)));
    if let Some((instrument, one)) = largest {
        text.say(format!("largest {} {}", dollars(worth(instrument, one)), named(instrument)));
    }
    text.gap();
    for one in told.iter().filter(|one| !one.last.is_empty()) {
        let (long, short) = sums(one);
        let bound = if one.is_lower_bound { " (a lower bound)" } else { "" };
        let sides = format!("longs {}, shorts {}", dollars(long), dollars(short));
        text.say(format!("{} {}: {sides}{bound}", named(one.instrument), one.last.len()));
    }
    last.sort_by_key(|(_, one)| std::cmp::Reverse(one.at));
    for (instrument, one) in last.iter().take(LIQUIDATIONS_SHOWN) {
        let side = if one.closed == Side::Buy { "long" } else { "short" };
        let at = clock(one.at, 0);
        let at = at.rsplit(' ').next().unwrap_or_default();
        text.row(format!("{at} {side:<5} {:>9} {}", dollars(usd(instrument, one)), instrument.base));
    }
    answering(&mut text, desk, told.iter().map(|one| one.instrument));
    View::text(text)
}

fn sums(one: &Liquidations<'_>) -> (f64, f64) {
    let of = |side| one.last.iter().filter(|l| l.closed == side).map(|l| usd(one.instrument, l)).sum();
    (of(Side::Buy), of(Side::Sell))
}

fn usd(instrument: &Instrument, one: &crate::hub::flow::Liquidation) -> f64 {
    let coins = overview::coins(instrument, one.qty.0, one.px.0 as f64).unwrap_or(0.0);
    let many = coin(instrument.base.as_str()).1 as f64;
    coins / many * one.px.0 as f64 * instrument.grid.tick_size()
}

/// Candles with the mean price since 00:00 UTC and volume by price; `None` while there is no bar.
pub(super) fn candles(desk: &Desk, instrument: &Instrument, frame: Timeframe) -> Option<String> {
    let bars = desk.candles(instrument.id, frame, CHART_BARS, None).rows;
    if bars.is_empty() {
        return None;
    }
    let tick = instrument.grid.tick_size();
    let (mut day, mut turnover, mut volume) = (u64::MAX, 0.0, 0.0);
    let drawn = bars.iter().map(|bar| {
        let today = bar.start.0 / Nanos::DAY;
        if today != day {
            (day, turnover, volume) = (today, 0.0, 0.0);
        }
        // Of a candle that the venue told only its prices are known: their middle stands for the mean.
        let middle = (bar.high.0 + bar.low.0 + bar.close.0) as f64 / 3.0;
        turnover += bar.heard.map_or(middle * bar.volume.0 as f64, |bar| bar.turnover);
        volume += bar.volume.0 as f64;
        picture::Bar {
            at_s: bar.start.0 / Nanos::SECOND,
            open: bar.open.0 as f64 * tick,
            high: bar.high.0 as f64 * tick,
            low: bar.low.0 as f64 * tick,
            close: bar.close.0 as f64 * tick,
            volume: overview::coins(instrument, bar.volume.0, bar.close.0 as f64).unwrap_or(0.0),
            vwap: if volume > 0.0 { turnover / volume * tick } else { f64::NAN },
        }
    });
    let drawn: Vec<picture::Bar> = drawn.collect();
    let session = desk.profile(instrument.id).into_iter().find(|row| row.look_back == "24h");
    let area = session.and_then(|row| row.area.ok()).map(|known| known.value);
    let profile = area.map(|area| picture::Profile {
        bins: bins(&bars, tick),
        poc: area.poc.0 as f64 * tick,
        vah: area.high.0 as f64 * tick,
        val: area.low.0 as f64 * tick,
    });
    let title = format!("{} {}", named(instrument), frame.name());
    let told = if bars.iter().any(|bar| bar.is_told) { "the venue's candles and " } else { "" };
    let note = format!("{told}{}", note(desk));
    Some(picture::candles(&picture::Candles { title, note, bars: drawn, profile }))
}

/// Volume by price of the bars that are drawn, each spread evenly over its range.
fn bins(bars: &[Candle], tick: f64) -> Vec<(f64, f64, f64)> {
    let low = bars.iter().map(|bar| bar.low.0).min().unwrap_or(0) as f64;
    let high = bars.iter().map(|bar| bar.high.0).max().unwrap_or(0) as f64 + 1.0;
    let step = (high - low) / BINS as f64;
    let mut all = vec![0.0; BINS];
    for bar in bars {
        let (from, to) = (bar.low.0 as f64, bar.high.0 as f64 + 1.0);
        for (place, bin) in all.iter_mut().enumerate() {
            let (left, right) = (low + step * place as f64, low + step * (place + 1) as f64);
            let share = (right.min(to) - left.max(from)).max(0.0) / (to - from);
            *bin += bar.volume.0 as f64 * share;
        }
    }
    let edge = |place: usize| (low + step * place as f64) * tick;
    all.into_iter().enumerate().map(|(place, volume)| (edge(place), edge(place + 1), volume)).collect()
}

fn delta_chart(desk: &Desk, instrument: &Instrument, frame: Timeframe) -> Option<String> {
    let (bars, _) = desk.bars(instrument.id, frame, CHART_BARS);
    if bars.is_empty() {
        return None;
    }
    let mut sum = 0.0;
    let points = bars.iter().map(|bar| {
        sum += overview::coins(instrument, bar.delta().0, bar.close.0 as f64).unwrap_or(0.0);
        (bar.start.0 / Nanos::SECOND, bar.close.0 as f64 * instrument.grid.tick_size(), sum)
    });
    let title = format!("{} CVD {}", named(instrument), frame.name());
    Some(picture::cvd(&picture::Curve { title, note: note(desk), points: points.collect() }))
}

/// Whence a chart's numbers are, and when.
pub(super) fn note(desk: &Desk) -> String {
    format!("trades heard by this run, {} UTC, {}", clock(desk.now(), 0), desk.run.mode)
}
