//! The whole universe of the run: where volume is unusual, and the first ten by something.

use super::super::ask::TopBy;
use super::super::figure::{short_e8, usd};
use super::super::markup::Markup;
use super::market::answering;
use super::{View, change, dollars, dot, named};
use crate::desk::Desk;
use crate::desk::flow::{Timeframe, Window};
use crate::desk::overview::{self, is_spot};
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;

const FOUND_SHOWN: usize = 5;

pub(super) fn volume_scan(desk: &Desk, threshold_pct: u32, frame: Timeframe) -> View {
    let mut text = Markup::default();
    text.head(format!("Volume above {threshold_pct}% of usual · {}", frame.name()));
    let (mut found, mut unknown) = (Vec::new(), 0);
    for instrument in desk.instruments().iter() {
        match desk.volume(instrument.id, frame) {
            Ok(known) if known.value.percent >= f64::from(threshold_pct) => found.push((instrument, known)),
            Ok(_) => {}
            Err(_) => unknown += 1,
        }
    }
    found.sort_by(|a, b| b.1.value.percent.total_cmp(&a.1.value.percent));
    text.say(format!("{} of {} markets", found.len(), desk.instruments().len()));
    for (instrument, known) in found.iter().take(FOUND_SHOWN) {
        let reading = &known.value;
        let worth = desk.window(instrument.id, frame.length_ns()).ok();
        let worth = worth.and_then(|known| overview::dollars(instrument, &known.value)).map(dollars);
        let worth = worth.map_or_else(|| "n/a".to_owned(), |worth| format!("{worth} in the running {}", frame.name()));
        let told = format!("[{} {}]", known.source.name(), super::super::figure::age(known.age_ns));
        text.say(format!("{} {} {:+.0}%, {worth} {told}", named(instrument), reading.spike.name(), reading.percent));
    }
    if found.len() > FOUND_SHOWN {
        text.say(format!("and {} more", found.len() - FOUND_SHOWN));
    }
    if unknown > 0 {
        text.say(format!("{unknown} markets n/a (too few closed bars were heard, or nothing is usual there)"));
    }
    answering(&mut text, desk, desk.instruments().iter());
    View::text(text)
}

pub(super) fn top_ten(desk: &Desk, by: TopBy) -> View {
    let mut text = Markup::default();
    text.head(format!("Top 10 · {}", by.name()));
    text.say("market cap n/a (no venue tells it)");
    match by {
        TopBy::Spot | TopBy::Perps | TopBy::Volume => by_volume(&mut text, desk, by),
        TopBy::OpenInterest => by_open_interest(&mut text, desk),
        TopBy::Funding => by_funding(&mut text, desk),
    }
    answering(&mut text, desk, desk.instruments().iter());
    View::text(text)
}

fn by_volume(text: &mut Markup, desk: &Desk, by: TopBy) {
    let takes = |instrument: &&Instrument| match by {
        TopBy::Spot => is_spot(instrument),
        TopBy::Perps => !is_spot(instrument),
        _ => true,
    };
    let all: Vec<&Instrument> = desk.instruments().iter().filter(takes).collect();
    let worth = |instrument: &Instrument, window: &Window| overview::dollars(instrument, window).unwrap_or(0.0);
    let known = all.iter().filter_map(|instrument| Some((*instrument, desk.window(instrument.id, Nanos::DAY).ok()?)));
    let mut known: Vec<_> = known.collect();
    known.sort_by(|a, b| worth(b.0, &b.1.value).total_cmp(&worth(a.0, &a.1.value)));
    for (place, (instrument, told)) in known.iter().take(10).enumerate() {
        let window = &told.value;
        let moved = window.change().map_or_else(|| "n/a".to_owned(), |share| change(share, 2));
        let sign = dot(window.change().unwrap_or(0.0));
        let price = instrument.grid.price_text(window.last_px);
        let age = super::super::figure::age(told.age_ns);
        text.line().bold(format!("{}. {}", place + 1, named(instrument)));
        text.say(format!(
            "  {price} {sign} {moved}, {} [{} {age}]",
            dollars(worth(instrument, window)),
            told.source.name()
        ));
        if by == TopBy::Perps {
            contract(text, desk, instrument);
        }
    }
    if all.len() > known.len() {
        text.say(format!("{} markets n/a (no trade was heard yet)", all.len() - known.len()));
    }
}

fn contract(text: &mut Markup, desk: &Desk, instrument: &Instrument) {
    let base = crate::desk::coin::coin(instrument.base.as_str()).0;
    let open = desk.open_interest(base);
    let own = open.markets.iter().find(|one| one.instrument.id == instrument.id).and_then(|one| one.usd_e8);
    let own = own.map_or_else(|| "n/a".to_owned(), usd);
    let overview = desk.overview(base, Timeframe::M15);
    let market = overview.iter().flat_map(|all| &all.markets).find(|one| one.instrument.id == instrument.id);
    let funding = market.and_then(|one| one.funding.as_ref().ok()).map(|known| change(known.value.rate, 4));
    text.say(format!("  OI {own}, funding {}", funding.unwrap_or_else(|| "n/a".to_owned())));
}

fn by_open_interest(text: &mut Markup, desk: &Desk) {
    let sums = desk.coins().map(|base| {
        let counted = desk.open_interest(base).markets.into_iter().filter(|market| market.counts);
        let add = |(coins, dollars): (i128, i128), market: crate::desk::derivatives::OpenInterest<'_>| {
            (coins + market.coins_e8.unwrap_or(0), dollars + market.usd_e8.unwrap_or(0))
        };
        (base, counted.fold((0, 0), add))
    });
    let mut sums: Vec<_> = sums.filter(|(_, (_, dollars))| *dollars > 0).collect();
    sums.sort_by_key(|(_, (_, dollars))| std::cmp::Reverse(*dollars));
    if sums.is_empty() {
        text.say("n/a (no venue tells open interest now)");
    }
    for (place, (base, (coins, dollars))) in sums.iter().take(10).enumerate() {
        text.say(format!("{}. {base} {} ({}) [sum, now]", place + 1, short_e8(*coins), usd(*dollars)));
    }
}

fn by_funding(text: &mut Markup, desk: &Desk) {
    let mut rates = Vec::new();
    for base in desk.coins() {
        let Some(overview) = desk.overview(base, Timeframe::M15) else { continue };
        for market in &overview.markets {
            if let Ok(known) = &market.funding
                && let Some(rate_8h) = known.value.rate_8h
            {
                rates.push((market.instrument, rate_8h, known.age_ns));
            }
        }
    }
    rates.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    if rates.is_empty() {
        text.say("n/a (no venue has told a rate with its interval yet)");
    }
    for (place, (instrument, rate, age_ns)) in rates.iter().take(10).enumerate() {
        let age = super::super::figure::age(*age_ns);
        text.say(format!("{}. {} {} per 8h [stream {age}]", place + 1, named(instrument), change(*rate, 4)));
    }
}
