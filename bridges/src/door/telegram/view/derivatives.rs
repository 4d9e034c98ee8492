//! Open interest, funding, long against short: over all venues that tell them, and which do not.

use super::super::figure::{age, change_of, clock, dot, percent_e8, share, short_e8, usd};
use super::super::markup::Markup;
use super::market::answering;
use super::{View, named, shown};
use crate::desk::Desk;
use crate::desk::coin::{coin, margin};
use crate::desk::derivatives::{LongShort, Missing, OpenInterest, Told};
use crate::desk::flow::Timeframe;
use crate::desk::overview::{Overview, is_spot};
use crate::hub::polled::Crowd;
use crate::picture::{OpenInterestBar, open_interest as bars};
use engine_model::instrument::Instrument;

/// What open interest is held against, in the order of the desk.
const AGO: [&str; 3] = ["15m", "1h", "24h"];

pub(super) fn open_interest(desk: &Desk, symbol: &str) -> View {
    let Some(base) = desk.coin(symbol) else { return super::unfound(desk, symbol) };
    let all = desk.open_interest(base);
    let mut counted: Vec<&OpenInterest<'_>> = all.markets.iter().filter(|market| market.counts).collect();
    counted.sort_by_key(|market| std::cmp::Reverse(market.usd_e8));
    let sum = |of: &dyn Fn(&OpenInterest<'_>) -> bool, what: fn(&OpenInterest<'_>) -> Option<i128>| -> i128 {
        counted.iter().filter(|market| of(market)).filter_map(|market| what(market)).sum()
    };
    let (coins, dollars) = (sum(&|_| true, |m| m.coins_e8), sum(&|_| true, |m| m.usd_e8));
    let mut text = Markup::default();
    text.head(format!("{base} open interest"));
    if counted.is_empty() {
        text.say("n/a (no market tells it now)");
    } else {
        let oldest = counted.iter().map(|market| market.told.age_ns).max().unwrap_or(0);
        text.say(format!("total {} {base} ({}) [sum, oldest {}]", short_e8(coins), usd(dollars), age(oldest)));
        for (name, is_coin) in [("stable-margined", false), ("coin-margined", true)] {
            let of = |market: &OpenInterest<'_>| (margin(market.instrument) == "inverse") == is_coin;
            let part = sum(&of, |m| m.usd_e8);
            text.say(format!("{name} {} ({})", usd(part), share(part, dollars, 1)));
        }
    }
    let both = |place: usize| {
        let pairs = counted.iter().filter_map(|market| Some((market.coins_e8?, market.before_e8[place]?)));
        let (now, before, count) = pairs.fold((0, 0, 0), |sum, (now, before)| (sum.0 + now, sum.1 + before, sum.2 + 1));
        (count > 0).then_some((now, before, count))
    };
    for (place, name) in AGO.into_iter().enumerate() {
        match both(place) {
            Some((now, before, count)) => {
                let of = format!("{count} of {} markets", counted.len());
                text.say(format!("{name} {} [{of}, our snapshots]", changed(now, before, base)));
            }
            None => text.say(format!("{name} n/a (no snapshot of ours is that old)")),
        }
    }
    text.gap();
    for market in &counted {
        text.line().bold(named(market.instrument)).text(format!(" {}", margin(market.instrument)));
        one_open_interest(&mut text, market);
        let part = market.usd_e8.map_or_else(|| "n/a".to_owned(), |part| share(part, dollars, 1));
        text.say(format!("  share {part}"));
    }
    missing(&mut text, &all.missing);
    answering(
        &mut text,
        desk,
        all.markets.iter().map(|m| m.instrument).chain(all.missing.iter().map(|m| m.instrument)),
    );
    let picture = (!counted.is_empty()).then(|| chart(desk, base, &counted));
    View { text, picture }
}

/// One market's, with its change where there are snapshots of then.
pub(super) fn one_open_interest(text: &mut Markup, market: &OpenInterest<'_>) {
    let base = coin(market.instrument.base.as_str()).0;
    let coins = market.coins_e8.map_or_else(|| "n/a".to_owned(), short_e8);
    let dollars = market.usd_e8.map_or_else(|| "n/a (no price)".to_owned(), usd);
    let stale = if market.counts { "" } else { ", too old to count" };
    text.say(format!("OI {coins} {base} ({dollars}) {}{stale}", source(&market.told)));
    let Some(now) = market.coins_e8.filter(|_| market.counts) else { return };
    let told = AGO.into_iter().zip(market.before_e8).map(|(name, before)| match before {
        Some(before) => format!("{name} {}", changed(now, before, base)),
        None => format!("{name} n/a"),
    });
    let told: Vec<String> = told.collect();
    text.say(format!("  change {} [our snapshots]", told.join(", ")));
}

/// What became of it, as a share of what it was.
fn changed(now: i128, before: i128, base: &str) -> String {
    let by = now - before;
    let share = change_of(by, before);
    format!("{} {} {base} ({share})", dot(by), short_e8(by))
}

fn chart(desk: &Desk, base: &str, counted: &[&OpenInterest<'_>]) -> String {
    let mut all: Vec<OpenInterestBar> = Vec::new();
    for market in counted {
        let name = market.instrument.venue.name();
        let exchange = name.split('-').next().unwrap_or(name);
        let place = match margin(market.instrument).as_str() {
            "inverse" => 2,
            "linear-usdc" => 1,
            _ => 0,
        };
        let worth = market.usd_e8.unwrap_or(0) as f64 / 1e8;
        match all.iter_mut().find(|bar| bar.venue == exchange) {
            Some(bar) => bar.usd[place] += worth,
            None => {
                let mut bar = OpenInterestBar { venue: exchange.to_owned(), usd: [0.0; 3] };
                bar.usd[place] = worth;
                all.push(bar);
            }
        }
    }
    let note = format!("as venues tell it, {} UTC, {}", clock(desk.now(), 0), desk.run.mode);
    bars(&format!("{base} open interest by venue"), &note, &all)
}

pub(super) fn funding(desk: &Desk, symbol: &str) -> View {
    let Some(overview) = desk.overview(symbol, Timeframe::M15) else { return super::unfound(desk, symbol) };
    let mut text = Markup::default();
    text.head(format!("{} funding", overview.coin));
    let contracts = || overview.markets.iter().filter(|market| !crate::desk::overview::is_spot(market.instrument));
    for market in contracts() {
        text.line().bold(named(market.instrument));
        text.say(format!("  {}", shown(&market.funding, super::market::funding)));
        let next = market.funding.as_ref().ok().and_then(|known| known.value.next_at);
        if let Some(next) = next {
            text.say(format!("  next at {} UTC, in {}", clock(next, 0), age(next.since(desk.now()))));
        }
    }
    let paid = desk.coin(symbol).map(|base| desk.funding(base));
    for market in paid.iter().flat_map(|all| &all.markets) {
        if let Some((at, rate_e8)) = market.paid.last() {
            let rate = percent_e8(i128::from(*rate_e8), 4);
            text.say(format!(
                "{} paid {rate} at {} UTC {}",
                named(market.instrument),
                clock(*at, 0),
                source(&market.told)
            ));
        }
    }
    text.gap();
    text.say("a long pays while it is above 0; 0.01% per 8h is the usual interest");
    answering(&mut text, desk, contracts().map(|market| market.instrument));
    View::text(text)
}

pub(super) fn long_short(desk: &Desk, symbol: &str) -> View {
    let Some(base) = desk.coin(symbol) else { return super::unfound(desk, symbol) };
    let all = desk.long_short(base);
    let mut text = Markup::default();
    text.head(format!("{base} long / short"));
    if all.markets.is_empty() {
        text.say("n/a (no venue of this run tells it now)");
    }
    let mut last: Option<&Instrument> = None;
    for market in &all.markets {
        if last.is_none_or(|last| last.id != market.instrument.id) {
            text.gap();
            text.head(named(market.instrument));
            edge(&mut text, &all.markets, market.instrument);
        }
        last = Some(market.instrument);
        one_ratio(&mut text, base, market);
    }
    missing(&mut text, &all.missing);
    text.gap();
    text.say("top traders' positions are by size; accounts are by head");
    View::text(text)
}

fn one_ratio(text: &mut Markup, base: &str, market: &LongShort<'_>) {
    let (long, short) = (i128::from(market.long_e8), 100_000_000 - i128::from(market.long_e8));
    let who = match market.crowd {
        Crowd::TopPositions => "top traders, positions",
        Crowd::TopAccounts => "top traders, accounts",
        Crowd::AllAccounts => "all accounts",
    };
    let stale = if market.fresh { "" } else { ", too old to count" };
    text.say(format!("{who} {} / {} {}{stale}", percent_e8(long, 1), percent_e8(short, 1), source(&market.told)));
    if let Some(coins) = market.coins_e8 {
        let part = |share: i128| short_e8(coins * share / 100_000_000);
        text.say(format!("  of the open interest {} / {} {base}", part(long), part(short)));
    }
}

/// How much more of the top traders' positions than of all accounts is long.
fn edge(text: &mut Markup, markets: &[LongShort<'_>], of: &Instrument) {
    let long = |crowd| {
        let is_one = |m: &&LongShort<'_>| m.instrument.id == of.id && m.crowd == crowd && m.fresh;
        markets.iter().find(is_one).map(|market| i128::from(market.long_e8))
    };
    if let (Some(top), Some(all)) = (long(Crowd::TopPositions), long(Crowd::AllAccounts)) {
        let points = percent_e8(top - all, 1);
        text.say(format!(
            "edge {} {} points of top positions over all accounts",
            dot(top - all),
            points.trim_end_matches('%')
        ));
    }
}

/// The contract's open interest, funding and ratios in a few lines of an analysis; of a spot market those of its coin's
/// first perpetual.
pub(super) fn brief(text: &mut Markup, desk: &Desk, instrument: &Instrument) {
    let base = coin(instrument.base.as_str()).0;
    text.gap();
    let overview = desk.overview(base, Timeframe::M15);
    let instrument = match is_spot(instrument) {
        false => instrument,
        true => match overview.as_ref().and_then(Overview::perp) {
            Some(market) => market.instrument,
            None => return text.say("DERIVATIVES n/a (this run has no contract of it)"),
        },
    };
    text.head(format!("DERIVATIVES of {}", named(instrument)));
    let (open, ratios) = (desk.open_interest(base), desk.long_short(base));
    match open.markets.iter().find(|one| one.instrument.id == instrument.id) {
        Some(one) => one_open_interest(text, one),
        None => text.say("OI n/a (nobody tells it)"),
    }
    if let Some(overview) = &overview
        && let Some(market) = overview.markets.iter().find(|one| one.instrument.id == instrument.id)
    {
        text.say(format!("funding {}", shown(&market.funding, super::market::funding)));
    }
    let own: Vec<&LongShort<'_>> = ratios.markets.iter().filter(|one| one.instrument.id == instrument.id).collect();
    if own.is_empty() {
        text.say("long/short n/a (this venue tells none)");
    } else {
        edge(text, &ratios.markets, instrument);
    }
    own.iter().for_each(|one| one_ratio(text, base, one));
}

fn missing(text: &mut Markup, missing: &[Missing<'_>]) {
    for one in missing {
        let crowd = one.crowd.map_or(String::new(), |crowd| format!(" {}", crowd.name()));
        text.say(format!("{}{crowd} n/a ({})", named(one.instrument), one.reason));
    }
}

fn source(told: &Told) -> String {
    format!("[{} {}]", told.from.name(), age(told.age_ns))
}
