//! Risk: limits and how much of each is used, what was refused, how large a position may be.

use super::super::figure::{age, clock, percent_e8, share, side, usd};
use super::super::markup::Markup;
use super::{View, find, named, percent, shown};
use crate::desk::Desk;
use crate::desk::risk::{LimitUse, OF_ACCOUNT};
use crate::desk::sight::Sight;
use engine_analytics::performance::loss::Tail;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::limit::Unit;
use engine_model::refusal::Refusal;
use engine_model::units::{Lots, Ticks};

/// Positions that are named as the largest.
const LARGEST: usize = 3;

pub(super) fn risk(desk: &Desk, sight: &Sight) -> View {
    let mut text = Markup::default();
    let source = desk.portfolio(sight).map(|image| format!("[engine {}]", age(desk.now().since(image.at_ns))));
    text.head(format!("Risk {}", source.as_deref().unwrap_or("")));
    text.append(super::super::deed::standing(&desk.trading(sight)));
    let metrics = desk.risk_metrics(sight);
    let lost = |tail: &Tail| format!("{} / {}", percent(tail.var, 3), percent(tail.cvar, 3));
    text.say(format!("VaR / CVaR 95%, a minute, historical {}", shown(&metrics.minute, lost)));
    text.say(format!("VaR 95%, a day, normal {}", shown(&metrics.day_var, |share| percent(*share, 2))));
    text.say(format!("volatility of a minute {}", shown(&metrics.volatility, |share| percent(*share, 4))));
    text.say(format!("deepest fall {}", shown(&metrics.drawdown, |share| percent(*share, 2))));
    for key in ["leverage_max_pct", "daily_loss_reduce_bps", "daily_loss_halt_bps", "drawdown_max_bps"] {
        if let Some(limit) = desk.limits(sight).iter().find(|limit| limit.name == key) {
            one_limit(&mut text, desk, sight, limit);
        }
    }
    if let Some(image) = desk.portfolio(sight) {
        let mut held: Vec<_> =
            image.positions[..image.positions_count as usize].iter().filter(|p| p.qty.0 != 0).collect();
        held.sort_by_key(|position| std::cmp::Reverse(position.notional));
        for position in held.iter().take(LARGEST) {
            let worth = position.notional.map_or_else(|| "n/a (no price)".to_owned(), |worth| usd(i128::from(worth.0)));
            text.say(format!("largest: {} {worth}", named(desk.instruments().get(position.instrument))));
        }
    }
    let verdicts = desk.verdicts(sight);
    if let Some((state, by)) = verdicts.whole {
        text.say(format!("state set by {}: {}", super::strategy::who(by), state.name()));
    }
    View::text(text)
}

pub(super) fn limits(desk: &Desk, sight: &Sight) -> View {
    let mut text = Markup::default();
    let source = desk.portfolio(sight).map(|image| format!("[engine {}]", age(desk.now().since(image.at_ns))));
    let why_not = if sight.is_whole() { "the engine has told none yet" } else { OF_ACCOUNT };
    text.head(format!("Limits {}", source.unwrap_or_else(|| format!("use n/a ({why_not})"))));
    for limit in desk.limits(sight) {
        one_limit(&mut text, desk, sight, &limit);
    }
    View::text(text)
}

fn one_limit(text: &mut Markup, desk: &Desk, sight: &Sight, limit: &LimitUse) {
    let none = if limit.unit == Unit::Lots { "the venue's own" } else { "off" };
    let value = limit.limit.map_or_else(|| none.to_owned(), |value| amount(value, limit.unit));
    let line = text.line().code(limit.name).text(format!(" {value}"));
    let Some(used) = limit.used else {
        // Whether it judges each order or what is held, is in what is used of it.
        if sight.is_whole() {
            line.text(", judges each order");
        }
        return;
    };
    let share = limit.share().map_or(String::new(), |share| format!(" ({})", percent_e8((share * 1e8) as i128, 0)));
    let by = limit.by.map_or(String::new(), |id| format!(" by {}", named(desk.instruments().get(id))));
    let state = limit.state().map_or(String::new(), |state| format!(" {state}"));
    line.text(format!(", used {}{share}{by}{state}", amount(used, limit.unit)));
    if let Some(left) = limit.headroom() {
        text.say(format!("  left {}", amount(left, limit.unit)));
    }
}

/// A number of risk's, in its unit.
pub(super) fn amount(value: i64, unit: Unit) -> String {
    match unit {
        Unit::Usd => usd(i128::from(value)),
        Unit::Bps => format!("{value} bps"),
        Unit::Percent => format!("{value}%"),
        Unit::Lots => format!("{value} lots"),
        Unit::Time => age(value.unsigned_abs()),
        Unit::PerSecond => format!("{value}/s"),
        Unit::Count => value.to_string(),
    }
}

/// What was found and what is allowed, in the units of the check.
pub(super) fn found(refusal: &Refusal, sight: &Sight) -> String {
    let code = refusal.check.code();
    let Some(refusal) = sight.figures(refusal) else { return format!("{OF_ACCOUNT} ({code})") };
    let told = |value: i64| refusal.check.unit().map_or_else(|| value.to_string(), |unit| amount(value, unit));
    format!("found {}, limit {} ({})", told(refusal.value), told(refusal.limit), code)
}

pub(super) fn alerts(desk: &Desk, sight: &Sight, count: usize) -> View {
    let verdicts = desk.verdicts(sight);
    let denied = verdicts.denied.all.last(count);
    let mut text = Markup::default();
    text.head(format!("Refused by risk: {} in this run [decisions]", verdicts.denied.all.pushed()));
    for one in denied.iter().rev() {
        let (denial, order) = (&one.denial, &one.denial.order);
        let instrument = desk.instruments().get(order.instrument);
        let checks: Vec<&str> = denial.breaches.iter().map(|check| check.code()).collect();
        text.line().bold(checks.join(", ")).text(format!(" {}", clock(one.at_ns, 0)));
        text.say(format!("  {}", found(&denial.refusal, sight)));
        let (qty, px) = (instrument.grid.qty_text(order.qty), instrument.grid.price_text(order.px));
        let what = format!("{} {qty} {} at {px}", side(order.side), named(instrument));
        text.say(format!("  DENIED {what}, strategy {}", one.strategy.0));
    }
    if denied.is_empty() {
        text.say("none");
    }
    if verdicts.missed > 0 {
        text.say(format!("{} decisions were missed: there may be more", verdicts.missed));
    }
    View::text(text)
}

pub(super) fn position_size(desk: &Desk, sight: &Sight, symbol: &str, share_bps: u32, stop: Option<&str>) -> View {
    let instrument = match find(desk, symbol) {
        Ok(instrument) => instrument,
        Err(view) => return view,
    };
    let Some(image) = desk.portfolio(sight) else {
        let why_not = if sight.is_whole() { "the engine has told no equity yet" } else { OF_ACCOUNT };
        return View::line(format!("n/a ({why_not})"));
    };
    let last = desk.last_price(instrument.id);
    let px = match &last {
        Ok(px) => px,
        Err(unknown) => return View::line(format!("n/a: no price of {} ({})", named(instrument), unknown.0)),
    };
    let mut text = Markup::default();
    let (equity, part) = (i128::from(image.equity.0), i128::from(share_bps));
    text.head(format!("{} · {} of the equity", named(instrument), percent_e8(part * 10_000, 2)));
    let told = age(desk.now().since(image.at_ns));
    text.say(format!("equity {} [engine {told}]", usd(equity)));
    text.say(format!("price {} [trades {}]", instrument.grid.price_text(px.value), age(px.age_ns)));
    let wanted = equity.max(0) * part / 10_000;
    let lot = instrument.notional(px.value, Lots(1)).map(|worth| i128::from(worth.0)).filter(|worth| *worth > 0);
    let lots = match lot {
        Some(lot) => wanted / lot,
        // A lot that is worth less than 1e-8 dollars.
        None => return View::line("n/a: a lot of it has no worth in dollars"),
    };
    let lots = Lots(i64::try_from(lots).unwrap_or(i64::MAX).min(instrument.max_qty.0));
    let worth = instrument.notional(px.value, lots).map_or(0, |worth| i128::from(worth.0));
    text.say(format!("quantity {} (rounded down to the lot)", instrument.grid.qty_text(lots)));
    text.say(format!("worth {}, {} of the equity", usd(worth), share(worth, equity, 2)));
    at_stop(&mut text, instrument, px.value, lots, stop);
    binding(&mut text, &desk.limits(sight), instrument, worth, equity, lots);
    View::text(text)
}

fn at_stop(text: &mut Markup, instrument: &Instrument, px: Ticks, lots: Lots, stop: Option<&str>) {
    let Some(stop) = stop else {
        return text.say("loss at a stop n/a (no stop was given)");
    };
    let Ok(stop) = instrument.grid.ticks(stop.as_bytes()) else {
        return text.say(format!("loss at the stop n/a ({stop} is not on the price grid)"));
    };
    let (now, then) = (instrument.notional(px, lots), instrument.notional(stop, lots));
    let loss = now.zip(then).map(|(now, then)| i128::from(now.0).abs_diff(i128::from(then.0)));
    let linear = instrument.kind != ContractKind::Inverse;
    match loss.filter(|_| linear) {
        Some(loss) => text.say(format!("loss at {} {}", instrument.grid.price_text(stop), usd(loss as i128))),
        None => text.say("loss at the stop n/a (an inverse contract's is not told here)"),
    }
}

/// The limit that would say no first.
fn binding(text: &mut Markup, limits: &[LimitUse], instrument: &Instrument, worth: i128, equity: i128, lots: Lots) {
    let of = |key: &str| limits.iter().find(|limit| limit.name == key).and_then(|limit| limit.limit).map(i128::from);
    let breaks = [
        ("order_notional_max_usd", of("order_notional_max_usd").is_some_and(|limit| worth > limit)),
        ("position_notional_max_usd", of("position_notional_max_usd").is_some_and(|limit| worth > limit)),
        ("position_share_max_bps", of("position_share_max_bps").is_some_and(|limit| worth * 10_000 > limit * equity)),
        ("the least order", lots < instrument.min_qty),
    ];
    let broken: Vec<&str> = breaks.iter().filter(|(_, is_broken)| *is_broken).map(|(key, _)| *key).collect();
    let told = if broken.is_empty() {
        "no limit of size binds".to_owned()
    } else {
        format!("would break {}", broken.join(", "))
    };
    text.say(told);
}
