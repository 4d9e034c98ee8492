//! Strategies: how each stands.

use super::super::figure::{age, dot, usd_signed};
use super::super::markup::Markup;
use super::View;
use crate::desk::Desk;
use crate::hub::verdicts::StateSetBy;
use engine_core::portfolio::books::ATOMS_PER_E8;

/// The scope of a strategy of that name, or of that number.
pub(in super::super) fn scope(desk: &Desk, name: &str) -> Result<String, String> {
    let names = &desk.run.strategies;
    let named = names.iter().position(|known| known.eq_ignore_ascii_case(name)).map(|place| place + 1);
    let number = name.parse::<usize>().ok().filter(|number| (1..=names.len()).contains(number));
    match named.or(number) {
        Some(number) => Ok(format!("strategy:{number}")),
        None if names.is_empty() => Err("this run has no strategy".to_owned()),
        None => Err(format!(
            "there is no such strategy; there are {} - for example: /strategy stop {}",
            names.join(", "),
            names[0]
        )),
    }
}

pub(super) fn status(desk: &Desk) -> View {
    let mut text = Markup::default();
    let (all, now) = (desk.strategies(), desk.now());
    text.head(format!("Strategies: {}", all.len()));
    for one in &all {
        text.line().bold(one.name).text(format!(" {}", one.state.name()));
        if let Some(by) = one.set_by {
            text.say(format!("  set by {}", who(by)));
        }
        match &one.earned {
            Some(earned) => {
                let result = super::money::earned(earned);
                let parts = (usd_signed(earned.realised / ATOMS_PER_E8), usd_signed(earned.unrealised / ATOMS_PER_E8));
                text.say(format!("  {} {} = {} realised, {} open", dot(result), usd_signed(result), parts.0, parts.1));
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

pub(super) fn signals(desk: &Desk, symbol: Option<&str>) -> View {
    if let Some(symbol) = symbol
        && let Err(view) = super::find(desk, symbol)
    {
        return view;
    }
    View::line(
        "n/a: strategies of this engine wish orders and tell no signals; /orders and /strategy_status show what they do",
    )
}

/// Who set a trading state.
pub(super) fn who(by: StateSetBy) -> String {
    match by {
        StateSetBy::RunBefore => "the run before".to_owned(),
        StateSetBy::Command => "a command".to_owned(),
        StateSetBy::Risk(cause) => format!("risk ({})", cause.name()),
    }
}
