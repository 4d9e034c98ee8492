//! `order place|cancel|modify`: a person's order in a running engine, over its line or its API.
//!
//! Owns: what is asked back, how the outcome reads. Never: whether it passes; risk says, and the venue.

use super::engine::{Engine, one};
use super::operate::confirmed;
use crate::args::{Cancel, Modify, OrderAsked, Place};
use crate::exit::Exit;
use crate::output;
use bridges::dto::{NewOrder, OrderChange, OrderOutcome};
use bridges::operator::words::{Answer, Ask};
use serde_json::json;
use std::io::{self, IsTerminal as _};

/// `order …`.
pub(crate) fn run(args: &OrderAsked) -> Result<(), Exit> {
    match args {
        OrderAsked::Place(args) => place(args),
        OrderAsked::Cancel(args) => cancel(args),
        OrderAsked::Modify(args) => modify(args),
    }
}

fn place(args: &Place) -> Result<(), Exit> {
    let engine = one(&args.whom)?;
    let order = NewOrder {
        symbol: args.symbol.clone(),
        venue: None,
        side: args.side.clone(),
        kind: args.kind.clone(),
        qty: args.qty.clone(),
        price: args.price.clone(),
        trigger_price: args.trigger_price.clone(),
        trigger_by: args.trigger_by.clone(),
        trailing_offset: args.trailing_offset.clone(),
        limit_offset: args.limit_offset.clone(),
        time_in_force: args.time_in_force.clone(),
        expire_at_s: args.expire_at,
        post_only: args.post_only,
        reduce_only: args.reduce_only,
        display_qty: args.display_qty.clone(),
        client_order_id: args.id.clone(),
        confirm_usd: None,
    };
    let what = format!("{} {} {}", order.side, order.qty, order.symbol);
    let ask = |confirm_usd| Ask::Place { order: Box::new(NewOrder { confirm_usd, ..order.clone() }) };
    tell(&engine, args.whom.here.json, asked(&engine, args.yes, &what, ask)?)
}

fn cancel(args: &Cancel) -> Result<(), Exit> {
    let engine = one(&args.whom)?;
    let answer = engine.ask(&Ask::Cancel { order: args.order.clone() })?;
    tell(&engine, args.whom.here.json, outcome(&engine, answer)?)
}

fn modify(args: &Modify) -> Result<(), Exit> {
    let engine = one(&args.whom)?;
    let Modify { order, price, qty, trigger_price, .. } = args;
    let to = |confirm_usd| OrderChange {
        price: price.clone(),
        qty: qty.clone(),
        trigger_price: trigger_price.clone(),
        confirm_usd,
    };
    let ask = |confirm_usd| Ask::Modify { order: order.clone(), to: to(confirm_usd) };
    tell(&engine, args.whom.here.json, asked(&engine, args.yes, order, ask)?)
}

/// Asks; once more with what it is worth, if that is wanted and somebody says it.
fn asked(engine: &Engine, yes: bool, what: &str, ask: impl Fn(Option<String>) -> Ask) -> Result<OrderOutcome, Exit> {
    let answer = engine.ask(&ask(None))?;
    let Answer::Confirm { worth_usd } = answer else { return outcome(engine, answer) };
    let is_meant = yes
        || io::stdin().is_terminal()
            && confirmed(&format!("{what}: worth about {worth_usd} USD."), &format!("Type {worth_usd}: "), &worth_usd)?;
    if !is_meant {
        return Err(Exit::Refused(format!(
            "not confirmed: worth about {worth_usd} USD, nothing was entered; in a script say --yes"
        )));
    }
    match engine.ask(&ask(Some(worth_usd)))? {
        Answer::Confirm { worth_usd } => Err(Exit::Refused(format!(
            "its price moved meanwhile: worth about {worth_usd} USD now, nothing was entered"
        ))),
        answer => outcome(engine, answer),
    }
}

fn outcome(engine: &Engine, answer: Answer) -> Result<OrderOutcome, Exit> {
    match answer {
        Answer::Order(outcome) => Ok(outcome),
        _ => Err(engine.misunderstood()),
    }
}

/// A no is told, and ends the call as one.
fn tell(engine: &Engine, as_json: bool, outcome: OrderOutcome) -> Result<(), Exit> {
    if as_json {
        output::print_json(&engine.json(json!({ "order": outcome })))?;
    } else {
        output::print(&text(&engine.to_string(), &outcome))?;
    }
    let why = outcome.denied.map(|denied| denied.text).or(outcome.rejected);
    match (why, outcome.status.as_str()) {
        (Some(why), _) => Err(Exit::Refused(why)),
        (None, "UNKNOWN") => Err(Exit::Unreachable(format!(
            "{engine} has not taken it in time, and may still: look at `ringside orders` before you ask again"
        ))),
        (None, _) => Ok(()),
    }
}

fn text(engine: &str, outcome: &OrderOutcome) -> String {
    let OrderOutcome { order, symbol, venue, status, qty, filled_qty, .. } = outcome;
    let order = order.as_ref().map(|order| format!(" {order}")).unwrap_or_default();
    let filled = match (qty, filled_qty) {
        (Some(qty), Some(filled)) => format!(", filled {filled} of {qty}"),
        _ => String::new(),
    };
    format!("{engine}:{order} {symbol}.{venue} {status}{filled}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_reads_in_one_line() {
        let outcome = OrderOutcome {
            order: Some("R6-1-3".to_owned()),
            client_order_id: None,
            symbol: "BTCUSDT".to_owned(),
            venue: "bybit".to_owned(),
            status: "PARTIALLY_FILLED".to_owned(),
            qty: Some("0.20".to_owned()),
            filled_qty: Some("0.05".to_owned()),
            denied: None,
            rejected: None,
        };
        assert_eq!(
            text("process 7", &outcome),
            "process 7: R6-1-3 BTCUSDT.bybit PARTIALLY_FILLED, filled 0.05 of 0.20\n"
        );
        let unknown = OrderOutcome { order: None, qty: None, status: "UNKNOWN".to_owned(), ..outcome };
        assert_eq!(text("process 7", &unknown), "process 7: BTCUSDT.bybit UNKNOWN\n");
    }
}
