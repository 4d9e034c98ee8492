//! Money: equity, positions, orders, executions, how it went. All of it as the engine tells it, with the age of what
//! it told.

use super::super::ask::Window;
use super::super::figure::{age, change_of, clock, dot, share, short_e8, side, usd, usd_signed};
use super::super::markup::Markup;
use super::{View, find, named, part};
use crate::desk::Desk;
use crate::desk::answer::Unknown;
use crate::desk::behind::Behind;
use crate::desk::risk::OF_ACCOUNT;
use crate::desk::sight::Sight;
use crate::picture;
use engine_core::portfolio::books::{ATOMS_PER_E8, Group};
use engine_model::image::PortfolioImage;
use engine_model::instrument::{Grid, Instrument, is_dollar};
use engine_model::order::OrderEvent;
use engine_model::position::Position;
use engine_model::report::Liquidity;
use engine_model::units::{Nanos, Quote, Ticks};

const NONE_YET: &str = "n/a (the engine has told no positions yet)";

/// The engine's picture, and what stands behind each of its figures.
fn told(desk: &Desk, sight: &Sight) -> Option<(PortfolioImage, String)> {
    let image = desk.portfolio(sight)?;
    let source = format!("[engine {}]", age(desk.now().since(image.at_ns)));
    Some((image, source))
}

fn held(image: &PortfolioImage) -> impl Iterator<Item = &Position> {
    image.positions[..image.positions_count as usize].iter().filter(|position| position.qty.0 != 0)
}

pub(super) fn portfolio(desk: &Desk, sight: &Sight, window: Window) -> View {
    if let Some(of) = desk.part(sight) {
        return part::earned(desk, sight, "Portfolio", &of);
    }
    let Some((image, source)) = told(desk, sight) else { return View::line(format!("portfolio {NONE_YET}")) };
    let mut text = Markup::default();
    text.head(format!("Portfolio {source}"));
    text.say(format!("equity {}", usd(wide(image.equity))));
    let day = wide(image.equity) - wide(image.day_open);
    text.say(format!("today (UTC) {} {} ({})", dot(day), usd_signed(day), change_of(day, wide(image.day_open))));
    let run = wide(image.equity) - wide(image.equity_start);
    text.say(format!("this run {} {} ({})", dot(run), usd_signed(run), change_of(run, wide(image.equity_start))));
    text.say(format!("{} {}", window.name(), over(desk, sight, &image, window)));
    exposure(&mut text, desk, sight, &image);
    text.say(format!("below the peak {} ({})", usd(fall(&image)), share(fall(&image), wide(image.peak), 2)));
    text.say(format!("deepest fall {}", usd(wide(image.drawdown))));
    text.gap();
    by(&mut text, desk, "By venue", &image, |instrument| {
        instrument.venue.name().split('-').next().unwrap_or("?").to_owned()
    });
    by(&mut text, desk, "By asset", &image, |instrument| {
        crate::desk::coin::coin(instrument.base.as_str()).0.to_owned()
    });
    if !image.is_complete {
        text.say("not all positions are in this picture: sums are of those that are");
    }
    View { text, picture: equity_chart(desk, sight) }
}

/// What the equity did in that time, where the run is that old.
fn over(desk: &Desk, sight: &Sight, image: &PortfolioImage, window: Window) -> String {
    match desk.equity_ago(sight, window.0 * Nanos::SECOND) {
        Ok(then) => {
            let result = wide(image.equity) - wide(then);
            format!("{} {} ({})", dot(result), usd_signed(result), change_of(result, wide(then)))
        }
        Err(unknown) => unknown.shown(),
    }
}

/// `None` until there are two minutes of it.
fn equity_chart(desk: &Desk, sight: &Sight) -> Option<String> {
    let curve = desk.equity(sight);
    if curve.len() < 2 {
        return None;
    }
    let mut peak = f64::MIN;
    let points = curve.iter().map(|(at, equity)| {
        let equity = equity.0 as f64 / 1e8;
        peak = peak.max(equity);
        (at.0 / Nanos::SECOND, equity, if peak > 0.0 { (peak - equity) / peak } else { 0.0 })
    });
    let note = format!("the engine's equity by the minute, {} UTC, {}", clock(desk.now(), 0), desk.run.mode);
    Some(picture::equity(&picture::Curve { title: "Equity".to_owned(), note, points: points.collect() }))
}

fn exposure(text: &mut Markup, desk: &Desk, sight: &Sight, image: &PortfolioImage) {
    let net: Option<i128> = held(image)
        .map(|position| position.notional.map(|notional| wide(notional) * i128::from(position.qty.0.signum())))
        .sum();
    let net = net.map_or_else(|| "n/a (a position has no price)".to_owned(), usd_signed);
    text.say(format!("exposure {} gross, {net} net", usd(wide(image.gross))));
    let equity = wide(image.equity);
    let leverage = if equity > 0 {
        let hundredths = wide(image.gross) * 100 / equity;
        format!("{}.{:02}x", hundredths / 100, hundredths % 100)
    } else {
        "n/a (no equity)".to_owned()
    };
    text.say(format!("leverage {leverage}, open orders {}", desk.trading(sight).open_orders));
}

fn by(text: &mut Markup, desk: &Desk, heading: &str, image: &PortfolioImage, of: impl Fn(&Instrument) -> String) {
    let mut sums: Vec<(String, i128)> = Vec::new();
    for position in held(image) {
        let key = of(desk.instruments().get(position.instrument));
        let worth = position.notional.map_or(0, wide);
        match sums.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum += worth,
            None => sums.push((key, worth)),
        }
    }
    sums.sort_by_key(|(_, worth)| std::cmp::Reverse(*worth));
    let listed: Vec<String> = sums.iter().map(|(key, worth)| format!("{key} {}", usd(*worth))).collect();
    text.say(format!("{heading}: {}", if listed.is_empty() { "flat".to_owned() } else { listed.join(", ") }));
}

pub(super) fn positions(desk: &Desk, sight: &Sight) -> View {
    if let Some(of) = desk.part(sight) {
        return part::positions(desk, &of, "Positions", |_| true);
    }
    let Some((image, source)) = told(desk, sight) else { return View::line(format!("positions {NONE_YET}")) };
    let mut text = Markup::default();
    let count = held(&image).count();
    text.head(format!("Positions: {count} {source}"));
    for position in held(&image) {
        one_position(&mut text, desk, position, desk.behind(position));
    }
    if count == 0 {
        text.say("flat everywhere");
    }
    if !image.is_complete {
        text.say("there are more than this picture has room for");
    }
    View::text(text)
}

pub(super) fn position(desk: &Desk, sight: &Sight, symbol: &str) -> View {
    let instrument = match find(desk, symbol) {
        Ok(instrument) => instrument,
        Err(view) => return view,
    };
    let base = crate::desk::coin::coin(instrument.base.as_str()).0;
    let of_coin = |position: &Position| {
        let other = desk.instruments().get(position.instrument);
        other.id == instrument.id || crate::desk::coin::coin(other.base.as_str()).0 == base
    };
    if let Some(of) = desk.part(sight) {
        return part::positions(desk, &of, base, of_coin);
    }
    let Some((image, source)) = told(desk, sight) else { return View::line(format!("position {NONE_YET}")) };
    let mut text = Markup::default();
    text.head(format!("{base} {source}"));
    let mut is_flat = true;
    for position in held(&image).filter(|position| of_coin(position)) {
        is_flat = false;
        one_position(&mut text, desk, position, desk.behind(position));
        paid(&mut text, desk, position);
    }
    if is_flat {
        text.say(format!("no position in {base}"));
    }
    View::text(text)
}

/// What it has cost to hold.
pub(super) fn paid(text: &mut Markup, desk: &Desk, position: &Position) {
    text.say(format!(
        "  fees {}, funding and interest {}",
        settled(desk.instruments().get(position.instrument), position.fees),
        settled(desk.instruments().get(position.instrument), position.payments)
    ));
}

pub(super) fn one_position(text: &mut Markup, desk: &Desk, position: &Position, behind: Behind) {
    let instrument = desk.instruments().get(position.instrument);
    let grid = &instrument.grid;
    let side = if position.qty.0 > 0 { "LONG" } else { "SHORT" };
    text.line().bold(format!("{side} {}", named(instrument))).text(format!(" {}", grid.qty_text(position.qty)));
    let entry = Grid { price_decimals: grid.price_decimals + 3, ..*grid }.price_text(Ticks(position.avg_px_milliticks));
    let mark = position.mark_px.map_or_else(|| "n/a (no price)".to_owned(), |px| grid.price_text(px));
    text.say(format!("  entry {entry}, mark {mark}"));
    let worth = position.notional.map_or_else(|| "n/a (no price)".to_owned(), |notional| usd(wide(notional)));
    let open = position.unrealised.map_or_else(
        || "n/a (no price)".to_owned(),
        |result| format!("{} {}", dot(wide(result)), settled(instrument, result)),
    );
    // Coins are no part of a worth in dollars.
    let in_dollars = position.unrealised.filter(|_| is_dollar(instrument.settlement())).map(wide);
    let part = in_dollars
        .zip(position.notional.map(wide))
        .map(|(result, worth)| format!(" ({})", change_of(result, worth - result)));
    text.say(format!("  worth {worth}, open {open}{}", part.unwrap_or_default()));
    text.say(format!("  realised {}", settled(instrument, position.realised)));
    tell_behind(text, desk, position, behind);
}

/// Where it ends by force, what it takes, which stop comes before that, whose it is.
fn tell_behind(text: &mut Markup, desk: &Desk, position: &Position, behind: Behind) {
    let grid = &desk.instruments().get(position.instrument).grid;
    let Behind { margin, liquidation, stops, opened_at, strategies } = behind;
    match margin {
        Ok(margin) => {
            let at = liquidation.map_or_else(|unknown| unknown.shown(), |px| grid.price_text(px));
            text.say(format!("  liquidation {at}"));
            text.say(format!("  margin {} at the least, {} must stay", usd(margin.initial), usd(margin.maintenance)));
        }
        Err(unknown) => text.say(format!("  liquidation and margin {}", unknown.shown())),
    }
    match stops {
        Ok(stops) => {
            for order in stops {
                let at = match order.trigger_px {
                    _ if order.order_type.trails() => "trails".to_owned(),
                    Ticks(0) => "n/a (it may have been moved, and nobody told where to)".to_owned(),
                    px => grid.price_text(px),
                };
                let (of, id) = (grid.qty_text(order.qty), order.client_order_id);
                text.say(format!("  stop {at} for {of} ({}, {id})", order.order_type.name()));
            }
        }
        Err(unknown) => text.say(format!("  stop {}", unknown.shown())),
    }
    let names: Vec<&str> = strategies.iter().map(|of| desk.strategy_name(*of)).collect();
    if let Some(at) = opened_at {
        text.say(format!("  open for {}, of {}", age(desk.now().since(at)), names.join(", ")));
    }
}

pub(super) fn trades(desk: &Desk, sight: &Sight, count: usize) -> View {
    let (_, start) = desk.portfolio_start(sight, count);
    let mut text = Markup::default();
    text.head(format!("Last executions: {} [reports, now]", start.fills.len()));
    for report in start.fills.iter().rev() {
        let instrument = desk.instruments().get(report.instrument);
        let (px, qty, fee, how) = match report.event {
            OrderEvent::Filled { last_px, last_qty, fee, liquidity, .. } => (last_px, last_qty, fee, took(liquidity)),
            OrderEvent::ClosedOut(closeout) => (closeout.px, closeout.qty, closeout.fee, closeout.cause.name()),
            _ => continue,
        };
        let (px, qty) = (instrument.grid.price_text(px), instrument.grid.qty_text(qty));
        let at = clock(report.received_at_ns, 0);
        text.line().bold(format!("{} {qty} {}", side(report.side), named(instrument))).text(format!(" at {px}"));
        let settled = instrument.settlement();
        text.say(format!("  {how}, fee {fee} {settled}, {at}, strategy {}", report.strategy.0));
    }
    if start.fills.is_empty() {
        text.say("none in this run");
    }
    View::text(text)
}

pub(super) fn balance(desk: &Desk, sight: &Sight, is_full: bool) -> View {
    if !sight.is_whole() {
        return View::line(format!("balance n/a ({OF_ACCOUNT}); what your part has earned is in /portfolio"));
    }
    let Some((image, source)) = told(desk, sight) else { return View::line(format!("balance {NONE_YET}")) };
    let mut text = Markup::default();
    text.head(format!("Balance {source}"));
    text.say(format!("equity {}", usd(wide(image.equity))));
    text.gap();
    text.say("what this run has changed, by venue and asset [books, now]");
    let ledger = desk.books(sight, |books, _, is_whole| {
        let name =
            |asset| books.instruments().asset_name(asset).map_or_else(|| "?".to_owned(), |name| name.to_string());
        // Atoms are 1e-18.
        let row = |(venue, asset, atoms): &(_, _, i128)| (*venue, name(*asset), atoms / 10_000_000_000);
        (books.ledger().iter().map(row).collect::<Vec<(engine_model::venue::VenueId, String, i128)>>(), is_whole)
    });
    match ledger {
        Ok((rows, is_whole)) => {
            let is_dust = |amount: i128| amount.abs() < 100_000;
            let hidden = rows.iter().filter(|row| is_dust(row.2)).count();
            for (venue, asset, amount) in rows.iter().filter(|row| is_full || !is_dust(row.2)) {
                text.row(format!("{:<14} {:>10} {asset}", venue.name(), short_e8(*amount)));
            }
            if hidden > 0 && !is_full {
                text.say(format!("{hidden} below 0.001 hidden; /balance full shows them"));
            }
            if rows.is_empty() {
                text.say("nothing");
            }
            if !is_whole {
                text.say("some reports were missed: not all of it is here");
            }
        }
        Err(fault) => text.say(format!("n/a ({fault})")),
    }
    View::text(text)
}

pub(super) fn performance(desk: &Desk, sight: &Sight, heading: &str, window: Window) -> View {
    if let Some(of) = desk.part(sight) {
        return part::earned(desk, sight, heading, &of);
    }
    let Some((image, source)) = told(desk, sight) else { return View::line(format!("performance {NONE_YET}")) };
    let mut text = Markup::default();
    text.head(format!("{heading} {source}"));
    let up_ns = desk.now().since(desk.run.started_at_ns);
    let then = desk.equity_ago(sight, window.0 * Nanos::SECOND);
    let of = match &then {
        Ok(_) => window.name(),
        Err(Unknown(why)) => format!("this run ({} of {}; {why})", age(up_ns), window.name()),
    };
    text.say(format!("of {of}"));
    let Stretch { first, deepest, peak } = stretch(desk, sight, &image, then.ok().map(|then| (window, then)));
    let result = wide(image.equity) - first;
    text.say(format!("result {} {} ({})", dot(result), usd_signed(result), change_of(result, first)));
    text.say(format!("deepest fall {} ({})", usd(deepest), share(deepest, peak, 2)));
    text.say("Sharpe, Sortino, win rate n/a (they are told of backtests alone)");
    text.gap();
    text.head("Since the start of the run");
    text.say(format!("realised {}, open {}", usd_signed(wide(image.realised)), usd_signed(wide(image.unrealised))));
    text.say(format!("fees {}, funding and interest {}", usd(wide(image.fees)), usd_signed(wide(image.payments))));
    text.say(format!("orders {}, denied {}, executions {}", image.orders, image.denied, image.fills));
    text.gap();
    by_strategy_and_market(&mut text, desk, sight);
    View::text(text)
}

/// What each strategy that is seen has earned, and what they have in each market.
pub(super) fn by_strategy_and_market(text: &mut Markup, desk: &Desk, sight: &Sight) {
    let groups = desk.books(sight, |books, _, _| {
        let by_strategy: Vec<_> = books.by(|_, owner| owner.strategy).into_iter().collect();
        let by_market = books.by(|id, owner| sight.sees(owner.strategy).then_some(id));
        let by_market: Vec<_> = by_market.into_iter().filter_map(|(id, group)| Some((id?, group))).collect();
        (by_strategy, by_market)
    });
    match groups {
        Ok((by_strategy, by_market)) => {
            text.head("By strategy [books, now]");
            for (strategy, group) in by_strategy.into_iter().filter(|(strategy, _)| sight.sees(*strategy)) {
                result_line(text, desk.strategy_name(strategy), earned(&group), group.fills);
            }
            text.head("By market [books, now]");
            for (instrument, group) in by_market.into_iter().filter(|(_, group)| group.fills > 0) {
                let name = named(desk.instruments().get(instrument));
                result_line(text, &name, earned(&group), group.fills);
            }
        }
        Err(fault) => text.say(format!("by strategy and market n/a ({fault})")),
    }
}

/// The equity of a time: what it began with, its deepest fall, and the peak that this was a fall from.
struct Stretch {
    first: i128,
    deepest: i128,
    peak: i128,
}

/// Of the last `window`, which began with that, minute by minute; without one of the whole run, which the engine itself has
/// watched.
fn stretch(desk: &Desk, sight: &Sight, image: &PortfolioImage, window: Option<(Window, Quote)>) -> Stretch {
    let Some((window, then)) = window else {
        return Stretch { first: wide(image.equity_start), deepest: wide(image.drawdown), peak: wide(image.peak) };
    };
    let from = Nanos(desk.now().0.saturating_sub(window.0 * Nanos::SECOND));
    let minutes = desk.equity(sight).into_iter().filter(|(at, _)| *at >= from).map(|(_, equity)| wide(equity));
    let all = minutes.chain(std::iter::once(wide(image.equity)));
    let first = wide(then);
    let (mut highest, mut of) = (first, Stretch { first, deepest: 0, peak: first });
    for equity in all {
        highest = highest.max(equity);
        if highest - equity > of.deepest {
            (of.deepest, of.peak) = (highest - equity, highest);
        }
    }
    of
}

fn result_line(text: &mut Markup, name: &str, result: i128, fills: u64) {
    text.say(format!("{name}: {} {} in {fills} executions", dot(result), usd_signed(result)));
}

const fn took(liquidity: Liquidity) -> &'static str {
    match liquidity {
        Liquidity::Maker => "maker",
        Liquidity::Taker => "taker",
    }
}

/// What a group of the books has earned after fees, funding and interest, in 1e-8 dollars: the number of every other door.
pub(super) fn earned(group: &Group) -> i128 {
    group.parts.total() / ATOMS_PER_E8
}

/// An amount of what the contract settles in: dollars, or so many coins.
fn settled(instrument: &Instrument, amount: Quote) -> String {
    let currency = instrument.settlement();
    if is_dollar(currency) { usd_signed(wide(amount)) } else { format!("{amount} {currency}") }
}

fn wide(amount: Quote) -> i128 {
    i128::from(amount.0)
}

fn fall(image: &PortfolioImage) -> i128 {
    wide(image.peak) - wide(image.equity)
}
