//! Frames as Coinbase writes them: field order and number formats are those of real captures.
//!
//! Numbers are texts without trailing zeros; each frame has a place for its number among all of its socket. Owns: texts.
//! Never: when or to whom they are sent.

use crate::candle::Candle;
use crate::market::Fill;
use crate::moment::From;
use crate::text::{Text, iso, trimmed};
use engine_model::market::{Level, Side};
use engine_model::units::Lots;

/// Where the number goes.
const UNNUMBERED: &str = "\"sequence_num\":#";

/// The text with its number; `None` of one that has none.
pub(super) fn numbered(text: &str, number: u64) -> Option<String> {
    let (before, after) = text.split_once(UNNUMBERED)?;
    Some(format!(r#"{before}"sequence_num":{number}{after}"#))
}

fn decimal(units: i128, decimals: u8) -> String {
    trimmed(&Text::new().decimal(units, decimals).take()).to_owned()
}

pub(super) fn price(from: From<'_>, ticks: i64) -> String {
    let grid = from.listing.instrument.grid;
    decimal(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

pub(super) fn qty(from: From<'_>, lots: i64) -> String {
    let grid = from.listing.instrument.grid;
    decimal(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

/// A frame of one event.
fn frame(channel: &str, at_ms: u64, event: &str) -> String {
    let time = iso(at_ms, 6);
    format!(r#"{{"channel":"{channel}","timestamp":"{time}",{UNNUMBERED},"events":[{{{event}}}]}}"#)
}

/// Orders of an account: those that stand, or one that changed.
pub(super) fn user(at_ms: u64, is_snapshot: bool, rows: &str) -> String {
    let positions = r#""positions":{"perpetual_futures_positions":[],"expiring_futures_positions":[]}"#;
    frame("user", at_ms, &format!(r#"{},"orders":[{rows}],{positions}"#, kind(is_snapshot)))
}

fn kind(is_snapshot: bool) -> &'static str {
    if is_snapshot { r#""type":"snapshot""# } else { r#""type":"update""# }
}

/// Levels of a book, bids first: all of it, or what changed.
pub(super) fn book(from: From<'_>, is_snapshot: bool, [bids, asks]: &[Vec<Level>; 2]) -> String {
    let time = iso(from.at_ms, 6);
    let row = |side: &str, level: &Level| {
        let (px, qty) = (price(from, level.px.0), qty(from, level.qty.0));
        format!(r#"{{"side":"{side}","event_time":"{time}","price_level":"{px}","new_quantity":"{qty}"}}"#)
    };
    let bids = bids.iter().map(|level| row("bid", level));
    let rows: Vec<String> = bids.chain(asks.iter().map(|level| row("offer", level))).collect();
    let (kind, name, rows) = (kind(is_snapshot), from.listing.name(), rows.join(","));
    frame("l2_data", from.at_ms, &format!(r#"{kind},"product_id":"{name}","updates":[{rows}]"#))
}

/// One maker's part of a fill. The side told is the maker's.
pub(super) fn trade(from: From<'_>, fill: &Fill, (id, lots): (u64, Lots)) -> String {
    let (name, time) = (from.listing.name(), iso(from.at_ms, 6));
    let (px, qty) = (price(from, fill.level.px.0), qty(from, lots.0));
    let side = match fill.aggressor {
        Side::Buy => "SELL",
        Side::Sell => "BUY",
    };
    format!(
        r#"{{"product_id":"{name}","trade_id":"{id}","price":"{px}","size":"{qty}","time":"{time}","side":"{side}"}}"#
    )
}

/// Rows of trades, the newest first.
pub(super) fn trades(from: From<'_>, is_snapshot: bool, rows: &[String]) -> String {
    let (kind, rows) = (kind(is_snapshot), rows.join(","));
    frame("market_trades", from.at_ms, &format!(r#"{kind},"trades":[{rows}]"#))
}

/// The day began with the market: the simulated venue has no yesterday.
pub(super) fn ticker(from: From<'_>, is_snapshot: bool, day: &Candle, [bid, ask]: [Level; 2]) -> String {
    let (kind, name) = (kind(is_snapshot), from.listing.name());
    let [last, low, high, bid_px, ask_px] =
        [day.close, day.low, day.high, bid.px.0, ask.px.0].map(|ticks| price(from, ticks));
    let [volume, bid_qty, ask_qty] = [day.lots, bid.qty.0, ask.qty.0].map(|lots| qty(from, lots));
    let percent = decimal(i128::from(day.close - day.open) * 10_000_000_000 / i128::from(day.open.max(1)), 8);
    frame(
        "ticker",
        from.at_ms,
        &format!(
            r#"{kind},"tickers":[{{"type":"ticker","product_id":"{name}","price":"{last}","volume_24_h":"{volume}","low_24_h":"{low}","high_24_h":"{high}","low_52_w":"{low}","high_52_w":"{high}","price_percent_chg_24_h":"{percent}","best_bid":"{bid_px}","best_ask":"{ask_px}","best_bid_quantity":"{bid_qty}","best_ask_quantity":"{ask_qty}"}}]"#
        ),
    )
}

pub(super) fn heartbeat(at_ms: u64, counter: u64) -> String {
    let time = iso(at_ms, 9).replace('T', " ").replace('Z', "");
    let running = format!("{counter}.{:09}", at_ms % 1_000 * 1_000_000);
    let event = format!(r#""current_time":"{time} +0000 UTC m=+{running}","heartbeat_counter":{counter}"#);
    frame("heartbeats", at_ms, &event)
}

/// Everything that a socket is subscribed to, by channel.
pub(super) fn subscriptions(subscribed: &[(&'static str, Vec<String>)], at_ms: u64) -> String {
    let channel = |(channel, names): &(&str, Vec<String>)| format!(r#""{channel}":["{}"]"#, names.join("\",\""));
    let channels = subscribed.iter().map(channel).collect::<Vec<_>>().join(",");
    frame("subscriptions", at_ms, &format!(r#""subscriptions":{{{channels}}}"#))
}
