//! Strategies: how each stands.

use super::super::figure::{age, dot, usd_signed};
use super::super::markup::Markup;
use super::View;
use crate::desk::Desk;
use crate::desk::coin::coin;
use crate::desk::sight::Sight;
use crate::desk::steering;
use crate::desk::strategies::StrategyNow;
use crate::hub::verdicts::StateSetBy;
use engine_core::portfolio::books::ATOMS_PER_E8;
use engine_model::limit::TradingState;
use engine_model::market::Side;

/// What it was asked to be, what risk lets it do beside that, and by which parameters.
pub(in super::super) fn standing(one: &StrategyNow<'_>) -> Markup {
    let mut text = Markup::default();
    let mode = one.row.map_or("n/a (it has told nothing)", |row| row.mode().name());
    text.line().bold(one.name).text(format!(" {mode}"));
    if let Some(fault) = one.row.and_then(|row| row.fault()) {
        text.say(format!("  gave up: {fault}"));
    }
    if one.state != TradingState::Active {
        let by = one.set_by.map_or_else(String::new, |by| format!(" by {}", who(by)));
        text.say(format!("  beside that {}{by}: ringside resume strategy:{}", one.state.name(), one.id.0));
    }
    let params = one.row.map(steering::params).unwrap_or_default();
    let params: Vec<String> = params.iter().map(|param| format!("{}={}", param.name, param.value)).collect();
    // Three fit on a phone.
    params.chunks(3).for_each(|some| text.say(format!("  {}", some.join(" "))));
    text
}

pub(super) fn status(desk: &Desk, sight: &Sight) -> View {
    let mut text = Markup::default();
    let (all, now) = (desk.strategies(sight), desk.now());
    text.head(format!("Strategies: {}", all.len()));
    for one in &all {
        text.append(standing(one));
        match &one.earned {
            Some(earned) => {
                let result = super::money::earned(earned);
                let parts = (usd_signed(earned.realised / ATOMS_PER_E8), usd_signed(earned.unrealised / ATOMS_PER_E8));
                text.say(format!(
                    "  {} {}, before costs {} realised, {} open",
                    dot(result),
                    usd_signed(result),
                    parts.0,
                    parts.1
                ));
                text.say(format!("  {} executions [books, now]", earned.fills));
            }
            None => text.say("  earned n/a (the books of this run cannot be kept)"),
        }
        text.say(format!("  open orders {}", one.open_orders));
        let ago = |at: Option<engine_model::units::Nanos>, none: &str| {
            at.map_or_else(|| none.to_owned(), |at| format!("{} ago", age(now.since(at))))
        };
        text.say(format!("  last execution {}", ago(one.last_fill, "n/a (none is kept)")));
        text.say(format!("  last refusal of risk {}", ago(one.last_denied, "none that is kept")));
    }
    if all.is_empty() {
        text.say("this run has none");
    }
    View::text(text)
}

/// What each strategy wished for last: its opinion is its order. A strategy tells no strength, and an order says itself how
/// long it holds.
pub(super) fn signals(desk: &Desk, sight: &Sight, symbol: Option<&str>) -> View {
    // A coin is meant wherever it trades: strategies choose their markets.
    let of = match symbol.map(|symbol| desk.any_coin(symbol).ok_or(symbol)).transpose() {
        Ok(found) => found,
        Err(symbol) => return super::unfound(desk, symbol),
    };
    let is_meant = |id| of.is_none_or(|of| coin(desk.instruments().get(id).base.as_str()).0 == of);
    let (now, wishes) = (desk.now(), desk.verdicts(sight).wishes);
    let mut text = Markup::default();
    text.head("Signals: the last order that each strategy wished for");
    let mut told = 0;
    for (id, wished) in wishes.iter().filter(|(_, wished)| is_meant(wished.order.instrument)) {
        let order = &wished.order;
        let instrument = desk.instruments().get(order.instrument);
        let grid = &instrument.grid;
        let name = desk.strategy_name(*id);
        let side = if order.side == Side::Buy { "🟢 BUY" } else { "🔴 SELL" };
        let px = if order.price().0 > 0 { grid.price_text(order.price()) } else { "the market".to_owned() };
        text.line().bold(name).text(format!(" {side} {}.{}", instrument.symbol, instrument.venue.name()));
        let kind = order.order_type.name();
        text.say(format!("  {} at {px}, {kind} {}", grid.qty_text(order.qty), order.time_in_force.name()));
        text.say(format!("  [decision {} ago]", age(now.since(wished.at_ns))));
        text.say(match &wished.refusal {
            Some(refusal) => format!("  denied: {}", super::risk::found(refusal, sight)),
            None => "  passed risk".to_owned(),
        });
        told += 1;
    }
    if told == 0 {
        text.say("none: no strategy has wished for such an order yet");
    }
    text.say("strength n/a (strategies tell none)");
    View::text(text)
}

/// Who set a trading state.
pub(super) fn who(by: StateSetBy) -> String {
    match by {
        StateSetBy::RunBefore => "the run before".to_owned(),
        StateSetBy::Command => "a command".to_owned(),
        StateSetBy::Risk(cause) => format!("risk ({})", cause.name()),
    }
}
