//! A coin at a glance, and one market looked at closely.

use super::super::figure::{age, clock};
use super::super::markup::Markup;
use super::{View, change, dollars, dot, find, missing, named, percent, plain, price_text, short, shown};
use crate::desk::Desk;
use crate::desk::answer::{Answer, Known};
use crate::desk::flow::{Timeframe, Window};
use crate::desk::overview::{self, FundingNow, Market, Overview, is_spot};
use crate::desk::reading::{Absorption, Activity, Control, Momentum};
use crate::desk::session::{Pace, Stretch, Today, UsualDay};
use engine_model::instrument::Instrument;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::VenueId;

pub(super) fn price(desk: &Desk, symbol: &str, frame: Timeframe, venue: Option<VenueId>) -> View {
    let Some(overview) = desk.overview(symbol, frame) else { return super::unfound(desk, symbol) };
    let mut text = Markup::default();
    text.head(format!("{} · {}", overview.coin, frame.name()));
    // A house has its spot and its contracts at venues of their own.
    let house = |venue: VenueId| venue.name().split('-').next();
    let here = |market: &&Market<'_>| venue.is_none_or(|venue| house(market.instrument.venue) == house(venue));
    let in_spot = overview.markets.iter().filter(here).find(|market| is_spot(market.instrument));
    let spot = if venue.is_some() { in_spot } else { overview.spot() };
    let in_perp = overview.markets.iter().filter(here).find(|market| !is_spot(market.instrument));
    let perp = if venue.is_some() { in_perp } else { overview.perp() };
    match spot {
        Some(market) => block(&mut text, desk, ("SPOT", market), frame),
        None => text.say("SPOT n/a (this run has no such spot market)"),
    }
    match perp {
        Some(market) => {
            block(&mut text, desk, ("PERP", market), frame);
            perpetual(&mut text, desk, market);
            intelligence(&mut text, market, frame);
        }
        None => text.say("PERP n/a (this run has no such contract)"),
    }
    across(&mut text, desk, &overview);
    View::text(text)
}

fn block(text: &mut Markup, desk: &Desk, (heading, market): (&str, &Market<'_>), frame: Timeframe) {
    let instrument = market.instrument;
    text.gap();
    text.line().bold(heading).text(format!(" {}", named(instrument)));
    text.say(format!("price {}", shown(&market.last, |px| instrument.grid.price_text(*px))));
    window(text, instrument, "24h", &market.day);
    window(text, instrument, frame.name(), &market.recent);
    let atr = desk.analysis(instrument.id, frame).atr_ticks;
    text.say(format!("ATR 14 (Wilder) {}", shown(&atr, |ticks| price_text(instrument, *ticks))));
}

/// What was traded in a window: price, volume, delta, who took.
fn window(text: &mut Markup, instrument: &Instrument, name: &str, answer: &Answer<Window>) {
    let known = match answer {
        Ok(known) => known,
        Err(unknown) => return text.say(format!("{name} {}", missing(unknown))),
    };
    let window = &known.value;
    let moved = window.change().map_or_else(|| "n/a (a price is not above 0)".to_owned(), |share| change(share, 2));
    let by = price_text(instrument, (window.last_px.0 - window.from_px.0) as f64);
    let by = if by.starts_with('-') { by } else { format!("+{by}") };
    let sign = dot((window.last_px.0 - window.from_px.0) as f64);
    text.say(format!("{name} {sign} {moved} ({by}) [{} {}{}]", known.source.name(), age(known.age_ns), heard(window)));
    let (volume, delta) = (window.volume().0, window.delta().0);
    text.say(format!("  volume {}", amount(instrument, window, volume)));
    let shares = window
        .buy_share()
        .map(|share| format!(", takers {} buy / {} sell", percent(share, 0), percent(1.0 - share, 0)));
    let split = shares.unwrap_or_else(|| ", nothing was traded".to_owned());
    text.say(format!("  delta {} {}{split}", dot(delta as f64), amount(instrument, window, delta)));
}

/// How much of it was heard, where that is not all.
fn heard(window: &Window) -> String {
    match (window.heard_ns < window.asked_ns, window.holes) {
        (false, 0) => String::new(),
        (false, holes) => format!(", {holes} hole(s)"),
        (true, _) => format!(", {} of {} heard", age(window.heard_ns), age(window.asked_ns)),
    }
}

/// Coins and dollars of so many lots, at the window's mean price.
pub(super) fn amount(instrument: &Instrument, window: &Window, lots: i64) -> String {
    let ticks = window.vwap_ticks.unwrap_or(window.last_px.0 as f64);
    let coins = overview::coins(instrument, lots, ticks).map(short);
    let volume = window.volume().0;
    let usd = overview::dollars(instrument, window)
        .map(|all| if volume == 0 { 0.0 } else { all * lots as f64 / volume as f64 });
    let base = crate::desk::coin::coin(instrument.base.as_str()).0;
    let coins = coins.unwrap_or_else(|| "n/a".to_owned());
    let usd = usd.map_or_else(|| "n/a".to_owned(), dollars);
    format!("{coins} {base} ({usd})")
}

fn perpetual(text: &mut Markup, desk: &Desk, market: &Market<'_>) {
    let instrument = market.instrument;
    text.say(format!("mark {}", shown(&market.mark, |px| instrument.grid.price_text(*px))));
    let coin = crate::desk::coin::coin(instrument.base.as_str()).0;
    let open = desk.open_interest(coin);
    let own = open.markets.iter().find(|one| one.instrument.id == instrument.id);
    match own {
        Some(one) => super::derivatives::one_open_interest(text, one),
        None => {
            let reason = open.missing.iter().find(|missing| missing.instrument.id == instrument.id);
            let reason = reason.map_or("nobody tells it", |missing| missing.reason.as_str());
            text.say(format!("OI n/a ({reason})"));
        }
    }
    text.say(format!("funding {}", shown(&market.funding, funding)));
    if let Ok(Known { value: FundingNow { next_at: Some(next_at), .. }, .. }) = &market.funding {
        let left = next_at.since(desk.now());
        text.say(format!("  next at {} UTC, in {}", clock(*next_at, 0), age(left)));
    }
}

pub(super) fn funding(now: &FundingNow) -> String {
    let every = now.interval_s.map_or_else(|| "n/a".to_owned(), |seconds| format!("{}h", seconds / 3_600));
    let rate_8h = now.rate_8h.map_or_else(|| "n/a (no interval)".to_owned(), |rate| change(rate, 4));
    let year = now.year_percent.map_or_else(|| "n/a (no interval)".to_owned(), |year| change(year / 100.0, 2));
    format!("{} per {every}, {rate_8h} per 8h, {year} a year", change(now.rate, 4))
}

/// How it reads, by the perpetual's trades.
fn intelligence(text: &mut Markup, market: &Market<'_>, frame: Timeframe) {
    text.gap();
    text.head("READING (of the perpetual's trades)");
    let control = |answer: &Answer<Window>| match answer {
        Ok(known) => known.value.buy_share().map_or_else(
            || "n/a (nothing was traded)".to_owned(),
            |share| format!("{} {} buy", Control::of(share).name(), percent(share, 0)),
        ),
        Err(unknown) => missing(unknown),
    };
    text.say(format!("24h {}", control(&market.day)));
    text.say(format!("{} {}", frame.name(), control(&market.recent)));
    let (Ok(day), Ok(recent)) = (&market.day, &market.recent) else { return };
    let momentum = Momentum::of(&recent.value, &day.value).map(Momentum::name);
    text.say(format!("momentum {}", momentum.unwrap_or("n/a (nothing was traded, or as much bought as sold)")));
    match Activity::of(&recent.value, &day.value) {
        Some((times, activity)) => text.say(format!("activity {} {times:.1}x", activity.name())),
        None => text.say("activity n/a (it takes a whole day of trades)"),
    }
    if let Some(absorption) = Absorption::of(&recent.value) {
        text.say(format!("absorption {}", absorption.name()));
    }
}

/// Over all markets of the coin.
fn across(text: &mut Markup, desk: &Desk, overview: &Overview<'_>) {
    text.gap();
    text.head("ACROSS VENUES");
    let best = |answer: &Answer<overview::Best<'_>>| {
        shown(answer, |best| {
            let instrument = best.instrument;
            format!("{} {}", instrument.grid.price_text(best.level.px), instrument.venue.name())
        })
    };
    for (name, (bid, ask)) in [("spot", &overview.best_spot), ("perp", &overview.best_perp)] {
        text.say(format!("{name} bid {}", best(bid)));
        text.say(format!("{name} ask {}", best(ask)));
    }
    let basis = |pair: &overview::SpotPerp| format!("{:+.2} ({})", pair.basis, change(pair.basis_bps / 10_000.0, 3));
    text.say(format!("perp less spot {}", shown(&overview.spot_perp, basis)));
    text.say(format!("perp/spot volume 24h {}", shown(&overview.volume_ratio, |ratio| format!("{ratio:.2}x"))));
    answering(text, desk, overview.markets.iter().map(|market| market.instrument));
}

/// How many of the venues that should tell do so, and which do not.
pub(super) fn answering<'i>(text: &mut Markup, desk: &Desk, instruments: impl Iterator<Item = &'i Instrument>) {
    let mut asked: Vec<VenueId> = instruments.map(|instrument| instrument.venue).collect();
    asked.sort_unstable();
    asked.dedup();
    let venues = desk.venues();
    let is_well = |id: &VenueId| venues.iter().any(|venue| venue.venue == *id && venue.state.name() == "synced");
    let away: Vec<&str> = asked.iter().filter(|id| !is_well(id)).map(|id| id.name()).collect();
    let well = asked.len() - away.len();
    let missing = if away.is_empty() { String::new() } else { format!(", missing: {}", away.join(", ")) };
    text.say(format!("venues {well}/{}{missing}", asked.len()));
}

pub(super) fn analysis(desk: &Desk, symbol: &str, frame: Timeframe) -> View {
    let instrument = match find(desk, symbol) {
        Ok(instrument) => instrument,
        Err(view) => return view,
    };
    let analysis = desk.analysis(instrument.id, frame);
    let mut text = Markup::default();
    text.head(format!("{} · {}", named(instrument), frame.name()));
    text.say(format!("price {}", shown(&analysis.last, |px| instrument.grid.price_text(*px))));
    window(&mut text, instrument, "24h", &analysis.day);
    window(&mut text, instrument, frame.name(), &analysis.recent);
    text.gap();
    text.say(format!("volume {}", shown(&analysis.volume, |reading| reading_text(instrument, reading))));
    text.say(format!("CVD {}", shown(&analysis.trend, super::flow::trend_text)));
    today(&mut text, desk, instrument, &analysis.today);
    text.gap();
    text.head("TECHNICAL");
    text.say(format!("RSI 14 (Wilder) {}", shown(&analysis.rsi, |rsi| format!("{rsi:.1} {}", zone(*rsi)))));
    text.say(format!("ATR 14 (Wilder) {}", shown(&analysis.atr_ticks, |ticks| price_text(instrument, *ticks))));
    text.say(format!("volatility (24 bars) {}", shown(&analysis.volatility, |share| percent(*share, 3))));
    let last = analysis.last.as_ref().ok().map(|known| known.value.0 as f64);
    text.say(format!(
        "VWAP (00:00 UTC) {}",
        shown(&analysis.vwap, |(ticks, is_whole)| {
            let side = last.map_or("", |last| if last >= *ticks { ", price above" } else { ", price below" });
            let part = if *is_whole { "" } else { ", not all of the day was heard" };
            format!("{}{side}{part}", price_text(instrument, *ticks))
        })
    ));
    let bands = |bands: &crate::desk::analysis::Bands| {
        let text = |ticks| price_text(instrument, ticks);
        format!("{} / {} / {}", text(bands.lower), text(bands.middle), text(bands.upper))
    };
    text.say(format!("Bollinger 20, 2σ {}", shown(&analysis.bands, bands)));
    text.gap();
    text.head("WHO HAS THE MARKET");
    text.say(format!("24h {}", plain(&analysis.control, |control| control.name().to_owned())));
    text.say(format!("momentum {}", plain(&analysis.momentum, |momentum| momentum.name().to_owned())));
    let activity = |(times, activity): &(f64, Activity)| format!("{} {times:.1}x", activity.name());
    text.say(format!("activity {}", plain(&analysis.activity, activity)));
    let absorption = |seen: &Option<Absorption>| seen.map_or("none", Absorption::name).to_owned();
    text.say(format!("absorption {}", plain(&analysis.absorption, absorption)));
    text.say(format!(
        "score {}",
        shown(&analysis.score, |score| {
            let part = |name: &str, value: Option<i32>| {
                value.map_or(format!("{name} n/a"), |value| format!("{name} {value:+}"))
            };
            let parts = [
                part("price", Some(score.price)),
                part("CVD", Some(score.cvd)),
                part("volume", score.volume),
                part("RSI", score.rsi),
            ];
            format!("{} {:+.0} ({})", score.name(), score.total, parts.join(", "))
        })
    ));
    super::derivatives::brief(&mut text, desk, instrument);
    answering(&mut text, desk, std::iter::once(instrument));
    View { text, picture: super::flow::candles(desk, instrument, frame) }
}

/// The running session and day against the same hours of the days before.
fn today(text: &mut Markup, desk: &Desk, instrument: &Instrument, today: &Today) {
    let hour = |ns: u64| ns / (3_600 * Nanos::SECOND);
    let Stretch { from, until, .. } = today.of_session;
    let (begun, ends) = today.session.hours();
    text.gap();
    text.line().bold("SESSION SNAPSHOT").text(format!(
        " {}, hour {} of {} ({begun:02}:00 to {ends:02}:00 UTC)",
        today.session.name(),
        hour(desk.now().since(from)) + 1,
        hour(until.since(from)),
    ));
    stretch(text, instrument, &today.of_session);
    let shares = |(now, usual): &(f64, f64)| format!("{}, usually {}", percent(*now, 0), percent(*usual, 0));
    text.say(format!("of the day so far {}", shown(&today.share, shares)));
    text.gap();
    text.line().bold("DAILY CONTEXT").text(" since 00:00 UTC");
    stretch(text, instrument, &today.of_day);
    let usual = |day: &UsualDay| {
        let progress = day
            .progress
            .map(|(now, usual)| format!(", {} of that by now, usually {}", percent(now, 0), percent(usual, 0)));
        let lots = Lots(day.lots.round() as i64);
        let volume = format!("{} {}", instrument.grid.qty_text(lots), instrument.base);
        format!("{volume} (median of {} days){}", day.days, progress.unwrap_or_default())
    };
    text.say(format!("usual day {}", shown(&today.usual_day, usual)));
}

fn stretch(text: &mut Markup, instrument: &Instrument, stretch: &Stretch) {
    let volume =
        shown(&stretch.window, |window| format!("{}{}", amount(instrument, window, window.volume().0), heard(window)));
    text.say(format!("volume {volume}"));
    // What a lot is worth is taken from what was traded now.
    let dollars_of = |lots: f64| {
        let window = stretch.window.as_ref().ok().map(|known| known.value)?;
        let all = overview::dollars(instrument, &window).filter(|_| window.volume().0 > 0)?;
        Some(format!("{}/h", dollars(all * lots / window.volume().0 as f64)))
    };
    let pace = |pace: &Pace| {
        let (now, usual) = pace.per_hour();
        let hourly = dollars_of(now).zip(dollars_of(usual)).map(|(now, usual)| format!(", {now} against {usual}"));
        let hourly = hourly.unwrap_or_else(|| ", $/h n/a (nothing was traded)".to_owned());
        format!("{:.1}x {} of the median of {} days{hourly}", pace.times(), pace.name(), pace.days)
    };
    text.say(format!("pace {}", shown(&stretch.pace, pace)));
}

pub(super) fn reading_text(instrument: &Instrument, reading: &crate::desk::analysis::VolumeReading) -> String {
    let base = instrument.base.as_str();
    format!(
        "{} {:+.0}% of the median of {} closed bars ({} {base} against {} {base})",
        reading.spike.name(),
        reading.percent,
        reading.bars,
        instrument.grid.qty_text(reading.volume),
        instrument.grid.qty_text(engine_model::units::Lots(reading.baseline.round() as i64)),
    )
}

fn zone(rsi: f64) -> &'static str {
    match rsi {
        rsi if rsi >= 70.0 => "OVERBOUGHT",
        rsi if rsi <= 30.0 => "OVERSOLD",
        _ => "NEUTRAL",
    }
}
