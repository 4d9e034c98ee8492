//! `journal state-at`: what stood at a time: positions, working orders, best prices, limits and what trades.

use super::Answer;
use super::replay::{Told, json, name, text, told};
use super::words::{book_state, side};
use crate::decimal::wide;
use crate::exit::Exit;
use crate::time::utc;
use engine_core::execution::order_table::OrderRow;
use engine_core::market_state::MarketState;
use engine_model::instrument::Instrument;
use engine_model::limit::{Limits, Row};
use engine_model::market::Level;
use engine_model::units::Nanos;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Replays the last of the files until then.
pub(super) fn state_at(files: &[PathBuf], at: Nanos) -> Result<Answer, Exit> {
    let told = told(files, Some(at))?;
    Ok(Answer { text: whole_text(&told, at), json: whole_json(&told, at), holds: true })
}

fn orders(told: &Told) -> Vec<(&OrderRow, &Instrument)> {
    let mut ids = Vec::new();
    told.replayed.orders.open_ids(&mut ids);
    let row = |id| told.replayed.orders.get(id).and_then(|row| Some((row, told.run.get(row.instrument.index())?)));
    ids.into_iter().filter_map(row).collect()
}

fn books(told: &Told) -> impl Iterator<Item = (&MarketState, &Instrument)> {
    told.replayed.risk.markets().iter().zip(&told.run)
}

/// In the unit of each one's key, to the last digit; `None` where none is set.
pub(super) fn limits(limits: &Limits) -> impl Iterator<Item = (&'static str, Option<String>)> {
    let told = |row: &Row| {
        let value = Some(row.get(limits)).filter(|value| *value != i64::MAX);
        // Scales are powers of ten.
        value.map(|value| wide(i128::from(value), row.scale.ilog10() as u8))
    };
    Limits::TABLE.iter().map(move |row| (row.key, told(row)))
}

fn whole_text(told: &Told, at: Nanos) -> String {
    let mut out = format!("{:<14} {}\n", "at", utc(at.0)) + text(told).as_str();
    let mut line = |name: &str, value: String| out += format!("{name:<14} {value}\n").as_str();
    for (row, instrument) in orders(told) {
        let grid = &instrument.grid;
        let (filled, qty, px) = (grid.qty_text(row.filled_qty), grid.qty_text(row.qty), grid.price_text(row.px));
        let (id, side, status) = (row.client_order_id, side(row.side), row.status.name());
        line("order", format!("{id} {} {side} {filled} of {qty} at {px}, {status}", name(instrument)));
    }
    for (book, instrument) in books(told) {
        let level = |level: Level| match level.qty.0 {
            0 => "none".to_owned(),
            _ => format!("{} at {}", instrument.grid.qty_text(level.qty), instrument.grid.price_text(level.px)),
        };
        let (bid, ask) = (level(book.bid), level(book.ask));
        line("book", format!("{} {}, bid {bid}, ask {ask}", name(instrument), book_state(book.book)));
    }
    let scopes = told.replayed.risk.states().map(|(scope, state)| (scope.name(&told.run), state.name()));
    scopes.for_each(|(scope, state)| line("state", format!("{scope} {state}")));
    limits(told.replayed.risk.limits())
        .for_each(|(key, value)| line("limit", format!("{key} {}", value.unwrap_or_else(|| "none".to_owned()))));
    out
}

fn whole_json(told: &Told, at: Nanos) -> Value {
    let order = |(row, instrument): (&OrderRow, &Instrument)| {
        json!({
            "id": row.client_order_id.to_string(),
            "instrument": name(instrument),
            "side": side(row.side),
            "status": row.status.name(),
            "qty": instrument.grid.qty_text(row.qty),
            "filled_qty": instrument.grid.qty_text(row.filled_qty),
            "px": instrument.grid.price_text(row.px),
        })
    };
    let book = |(book, instrument): (&MarketState, &Instrument)| {
        let px = |level: Level| (level.qty.0 != 0).then(|| instrument.grid.price_text(level.px));
        let qty = |level: Level| (level.qty.0 != 0).then(|| instrument.grid.qty_text(level.qty));
        json!({
            "instrument": name(instrument),
            "state": book_state(book.book),
            "bid_px": px(book.bid),
            "bid_qty": qty(book.bid),
            "ask_px": px(book.ask),
            "ask_qty": qty(book.ask),
        })
    };
    let states = told.replayed.risk.states().map(|(scope, state)| (scope.name(&told.run), json!(state.name())));
    let mut all = json(told);
    all["at"] = json!(utc(at.0));
    all["at_ns"] = json!(at.0);
    all["open_orders"] = orders(told).into_iter().map(order).collect();
    all["books"] = books(told).map(book).collect();
    all["trading_states"] = states.collect::<Map<_, _>>().into();
    all["limits"] = limits(told.replayed.risk.limits())
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect::<Map<_, _>>()
        .into();
    all
}
