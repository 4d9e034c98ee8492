//! Frames as Kraken writes them: prices and quantities are JSON numbers with every decimal of the pair.
//!
//! Owns: texts. Never: when or to whom they are sent.

use super::checksum;
use crate::candle::Candle;
use crate::market::Outcome;
use crate::moment::From;
use crate::text::iso;
use crate::view::View;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};

fn levels(from: From<'_>, levels: &[Level]) -> String {
    let grid = from.listing.instrument.grid;
    let level = |level: &Level| {
        let (px, qty) = (grid.price_text(level.px), grid.qty_text(level.qty));
        format!(r#"{{"price":{px},"qty":{qty}}}"#)
    };
    levels.iter().map(level).collect::<Vec<_>>().join(",")
}

/// A change of the book, which the view already shows.
pub(super) fn book_update(from: From<'_>, view: &View, [bids, asks]: &[Vec<Level>; 2]) -> String {
    book(from, "update", view, [bids, asks])
}

/// The whole view.
pub(super) fn book_snapshot(from: From<'_>, view: &View) -> String {
    book(from, "snapshot", view, [&view.levels(Side::Buy), &view.levels(Side::Sell)])
}

fn book(from: From<'_>, kind: &str, view: &View, [bids, asks]: [&[Level]; 2]) -> String {
    let grid = &from.listing.instrument.grid;
    let checksum = checksum::of(grid, &view.levels(Side::Buy), &view.levels(Side::Sell));
    let (symbol, at) = (from.listing.name(), iso(view.made_at_ms, 6));
    let (bids, asks) = (levels(from, bids), levels(from, asks));
    format!(
        r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{bids}],"asks":[{asks}],"checksum":{checksum},"timestamp":"{at}"}}]}}"#
    )
}

/// The same frame with a checksum that does not hold.
pub(super) fn with_wrong_checksum(text: &str) -> Option<String> {
    let (before, rest) = text.split_once(r#""checksum":"#)?;
    let (checksum, behind) = rest.split_once(',')?;
    let wrong = checksum.parse::<u32>().ok()? ^ 1;
    Some(format!(r#"{before}"checksum":{wrong},{behind}"#))
}

/// All trades of an event in one frame.
pub(super) fn trades(from: From<'_>, outcome: &Outcome) -> String {
    let grid = from.listing.instrument.grid;
    let (symbol, at) = (from.listing.name(), iso(from.at_ms, 6));
    let fills = outcome.fills.iter().flat_map(|fill| fill.trades().map(move |(id, lots)| (fill, id, lots)));
    let rows = fills.map(|(fill, id, lots)| {
        let side = match fill.aggressor {
            Side::Buy => "buy",
            Side::Sell => "sell",
        };
        let (px, qty) = (grid.price_text(fill.level.px), grid.qty_text(lots));
        format!(
            r#"{{"symbol":"{symbol}","side":"{side}","price":{px},"qty":{qty},"ord_type":"market","trade_id":{id},"timestamp":"{at}"}}"#
        )
    });
    format!(r#"{{"channel":"trade","type":"update","data":[{}]}}"#, rows.collect::<Vec<_>>().join(","))
}

pub(super) fn candle(from: From<'_>, candle: &Candle) -> String {
    let grid = from.listing.instrument.grid;
    let (symbol, at) = (from.listing.name(), iso(from.at_ms, 6));
    let [open, high, low, close] =
        [candle.open, candle.high, candle.low, candle.close].map(|px| grid.price_text(Ticks(px)));
    let average = i64::try_from(candle.tick_lots / i128::from(candle.lots.max(1))).unwrap_or(candle.close);
    let vwap = grid.price_text(Ticks(if candle.lots > 0 { average } else { candle.close }));
    let (volume, trades) = (grid.qty_text(Lots(candle.lots)), candle.trades);
    let (begin, end) = (iso(candle.starts_at_ms, 9), iso(candle.ends_at_ms() + 1, 6));
    format!(
        r#"{{"channel":"ohlc","type":"update","timestamp":"{at}","data":[{{"symbol":"{symbol}","open":{open},"high":{high},"low":{low},"close":{close},"trades":{trades},"volume":{volume},"vwap":{vwap},"interval_begin":"{begin}","interval":1,"timestamp":"{end}"}}]}}"#
    )
}
