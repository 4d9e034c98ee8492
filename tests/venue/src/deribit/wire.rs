//! Frames as Deribit writes them: numbers are JSON numbers that were floats.
//!
//! Owns: texts. Never: when or to whom they are sent.

use super::rpc::told;
use super::session::Kind;
use crate::market::{Book, Fill, Outcome};
use crate::moment::{From, Mark};
use crate::text::{Text, pointed};
use crate::view::View;
use engine_model::market::{Level, Side};

/// `units * 10^-decimals` as the venue writes it.
pub(super) fn number(units: i128, decimals: u8) -> String {
    pointed(&Text::new().decimal(units, decimals).take())
}

pub(super) fn price(from: From<'_>, ticks: i64) -> String {
    let grid = from.listing.instrument.grid;
    number(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

pub(super) fn amount(from: From<'_>, lots: i64) -> String {
    let grid = from.listing.instrument.grid;
    number(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

pub(super) fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

fn rows(from: From<'_>, levels: &[Level], action: &str) -> String {
    let row = |level: &Level| {
        let action = if level.qty.0 == 0 { "delete" } else { action };
        format!(r#"["{action}",{},{}]"#, price(from, level.px.0), amount(from, level.qty.0))
    };
    levels.iter().map(row).collect::<Vec<_>>().join(",")
}

/// A book as it is.
pub(super) fn whole_book(from: From<'_>, view: &View) -> String {
    let [bids, asks] = [Side::Buy, Side::Sell].map(|side| rows(from, &view.levels(side), "new"));
    let (symbol, at_ms, id) = (from.listing.name(), view.made_at_ms, view.sequence);
    let data = format!(
        r#"{{"type":"snapshot","timestamp":{at_ms},"instrument_name":"{symbol}","change_id":{id},"bids":[{bids}],"asks":[{asks}]}}"#
    );
    told(&Kind::Book.channel(symbol), &data)
}

/// What changed of it since `previous`.
pub(super) fn book_change(from: From<'_>, previous: u64, view: &View, changes: &[Vec<Level>; 2]) -> String {
    let [bids, asks] = [0, 1].map(|side: usize| rows(from, &changes[side], "change"));
    let (symbol, at_ms, id) = (from.listing.name(), view.made_at_ms, view.sequence);
    let data = format!(
        r#"{{"type":"change","timestamp":{at_ms},"prev_change_id":{previous},"instrument_name":"{symbol}","change_id":{id},"bids":[{bids}],"asks":[{asks}]}}"#
    );
    told(&Kind::Book.channel(symbol), &data)
}

/// Trades of an outcome; `number` of the first. Bitcoin's have bare numbers, others their currency in front.
pub(super) fn trades(from: From<'_>, outcome: &Outcome, number: u64) -> String {
    let parts = outcome.fills.iter().flat_map(|fill| fill.trades().map(move |(_, lots)| (fill, lots)));
    let rows: Vec<String> =
        parts.enumerate().map(|(place, (fill, lots))| trade(from, fill, lots.0, number + place as u64)).collect();
    told(&Kind::Trade.channel(from.listing.name()), &format!("[{}]", rows.join(",")))
}

/// The id of that trade.
pub(super) fn trade_id(symbol: &str, number: u64) -> String {
    let currency = symbol.split(['-', '_']).next().unwrap_or_default();
    if currency == "BTC" { number.to_string() } else { format!("{currency}-{number}") }
}

fn trade(from: From<'_>, fill: &Fill, lots: i64, number: u64) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    let (px, amount, id) = (price(from, fill.level.px.0), amount(from, lots), trade_id(symbol, number));
    let liquidation = if fill.liquidation { r#""liquidation":"T","# } else { "" };
    format!(
        r#"{{"trade_seq":{number},"trade_id":"{id}","timestamp":{at_ms},"tick_direction":0,"price":{px},{liquidation}"mark_price":{px},"instrument_name":"{symbol}","index_price":{px},"direction":"{}","amount":{amount}}}"#,
        side(fill.aggressor)
    )
}

/// Prices, funding for eight hours, open interest.
pub(super) fn ticker(from: From<'_>, mark: Mark, book: &Book, interest_lots: i64) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    let [mark_px, index] = [mark.mark_e12, mark.index_e12].map(|px| number(px / 1_000_000, 6));
    let (rate, interest) = (number(mark.rate_e8, 8), amount(from, interest_lots));
    let data = format!(
        r#"{{"timestamp":{at_ms},"state":"open","settlement_price":{index},"open_interest":{interest},"mark_price":{mark_px},{},"instrument_name":"{symbol}","index_price":{index},"funding_8h":{rate},"current_funding":{rate}}}"#,
        best(from, book)
    );
    told(&Kind::Ticker.channel(symbol), &data)
}

/// The best bid and ask.
pub(super) fn quote(from: From<'_>, book: &Book) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    let data = format!(r#"{{"timestamp":{at_ms},"instrument_name":"{symbol}",{}}}"#, best(from, book));
    told(&Kind::Quote.channel(symbol), &data)
}

fn best(from: From<'_>, book: &Book) -> String {
    let [bid, ask] = [Side::Buy, Side::Sell].map(|side| book.best(side));
    format!(
        r#""best_bid_price":{},"best_bid_amount":{},"best_ask_price":{},"best_ask_amount":{}"#,
        price(from, bid.px.0),
        amount(from, bid.qty.0),
        price(from, ask.px.0),
        amount(from, ask.qty.0)
    )
}
