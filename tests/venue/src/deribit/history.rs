//! Answers about the past: candles as a list a column, trades of a span from either end.

use super::wire::{amount, number as decimal, price};
use crate::floor::Floor;
use crate::http::Request;
use crate::listing::Listing;
use crate::past::{PastCandle, PastTrade, candles, first_trades, last_trades, number, numbers};
use engine_model::instrument::ContractKind;

/// The most rows of an answer, and how many where the question does not say.
const TRADES: (u64, u64) = (1_000, 10);
const CANDLES_MAX: usize = 5_000;

/// `None` of a resolution that there is not, and of a span that is none.
pub(super) fn chart(floor: &Floor, listing: &Listing, request: &Request, at_ms: u64) -> Option<String> {
    let minutes = match request.parameter("resolution")? {
        "1D" => 1_440,
        minutes => {
            minutes.parse().ok().filter(|minutes| [1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720].contains(minutes))?
        }
    };
    let (from_ms, to_ms) = (number(request, "start_timestamp")?, number(request, "end_timestamp")?.min(at_ms));
    let rows = candles(listing, (from_ms, to_ms), minutes * 60_000);
    let rows = &rows[rows.len().saturating_sub(CANDLES_MAX)..];
    let from = floor.from(listing.instrument.id.index(), at_ms);
    let list = |column: &dyn Fn(&PastCandle) -> String| rows.iter().map(column).collect::<Vec<_>>().join(",");
    let px = |of: fn(&PastCandle) -> i64| list(&|candle| price(from, of(candle)));
    let (open, close) = (px(|candle| candle.open.0), px(|candle| candle.close.0));
    let (high, low) = (px(|candle| candle.high.0), px(|candle| candle.low.0));
    let ticks = list(&|candle| candle.opened_at_ms.to_string());
    // What is counted in coins is the volume, what is counted in money the cost: amounts of inverse contracts are money.
    let (counted, other) = (list(&|candle| amount(from, candle.volume.0)), list(&|_| decimal(5, 1)));
    let is_inverse = listing.instrument.kind == ContractKind::Inverse;
    let (volume, cost) = if is_inverse { (other, counted) } else { (counted, other) };
    let status = if rows.is_empty() { "no_data" } else { "ok" };
    Some(format!(
        r#"{{"volume":[{volume}],"ticks":[{ticks}],"status":"{status}","open":[{open}],"low":[{low}],"high":[{high}],"cost":[{cost}],"close":[{close}]}}"#
    ))
}

/// `None` of a span that is none.
pub(super) fn trades(floor: &Floor, listing: &Listing, request: &Request, at_ms: u64) -> Option<String> {
    let (from_ms, to_ms) = (number(request, "start_timestamp")?, number(request, "end_timestamp")?.min(at_ms));
    let count = number(request, "count").unwrap_or(TRADES.1).min(TRADES.0);
    let span = numbers((from_ms, to_ms));
    let more = (span.end() + 1).saturating_sub(*span.start()) > count;
    let rows = match request.parameter("sorting") {
        Some("asc") => first_trades(listing, span, count),
        _ => last_trades(listing, span, count).into_iter().rev().collect(),
    };
    let (from, name) = (floor.from(listing.instrument.id.index(), at_ms), listing.name());
    let currency = listing.instrument.base.as_str();
    let row = |trade: &PastTrade| {
        let (px, qty, direction) = (price(from, trade.px.0), amount(from, trade.qty.0), side(trade));
        // Bitcoin's have bare numbers.
        let id = if currency == "BTC" { trade.id.to_string() } else { format!("{currency}-{}", trade.id) };
        let (at_ms, seq) = (trade.at_ms, trade.id);
        format!(
            r#"{{"trade_seq":{seq},"trade_id":"{id}","timestamp":{at_ms},"tick_direction":0,"price":{px},"mark_price":{px},"instrument_name":"{name}","index_price":{px},"direction":"{direction}","amount":{qty}}}"#
        )
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    Some(format!(r#"{{"trades":[{}],"has_more":{more}}}"#, rows.join(",")))
}

const fn side(trade: &PastTrade) -> &'static str {
    if trade.is_bought { "buy" } else { "sell" }
}
