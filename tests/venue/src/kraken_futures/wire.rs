//! Frames as Kraken Futures writes them: numbers are JSON numbers that were floats, with one decimal at least, small ones
//! with an exponent.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::candle::Candle;
use crate::market::{Book, Change, Fill};
use crate::moment::{From, Mark};
use crate::text::{Text, pointed};
use engine_model::market::{Level, Side};
use std::collections::VecDeque;

/// `units * 10^-decimals` as a float is written.
pub(super) fn number(units: i128, decimals: u8) -> String {
    let text = Text::new().decimal(units, decimals).take();
    match text.trim_start_matches('-').strip_prefix("0.000") {
        Some(small) if units != 0 => exponential(if units < 0 { "-" } else { "" }, small),
        _ => pointed(&text),
    }
}

/// `0.00001234` as `1.234e-5`: what stands behind the first three zeros.
fn exponential(sign: &str, small: &str) -> String {
    let zeros = small.bytes().take_while(|byte| *byte == b'0').count();
    let (first, more) = small[zeros..].trim_end_matches('0').split_at(1);
    let point = if more.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{more}e-{}", zeros + 4)
}

pub(super) fn price(from: From<'_>, ticks: i64) -> String {
    let grid = from.listing.instrument.grid;
    number(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

fn quantity(from: From<'_>, lots: i64) -> String {
    let grid = from.listing.instrument.grid;
    number(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// One level of a book.
pub(super) fn change(from: From<'_>, change: &Change, sequence: u64) -> String {
    let (product, at_ms, side) = (from.listing.name(), from.at_ms, side(change.side));
    let (px, qty) = (price(from, change.level.px.0), quantity(from, change.level.qty.0));
    format!(
        r#"{{"feed":"book","product_id":"{product}","side":"{side}","seq":{sequence},"price":{px},"qty":{qty},"timestamp":{at_ms}}}"#
    )
}

/// Every level of a book.
pub(super) fn snapshot(from: From<'_>, book: &Book, sequence: u64) -> String {
    let (product, at_ms) = (from.listing.name(), from.at_ms);
    let level =
        |level: Level| format!(r#"{{"price":{},"qty":{}}}"#, price(from, level.px.0), quantity(from, level.qty.0));
    let [bids, asks] = [Side::Buy, Side::Sell].map(|side| book.levels(side).map(level).collect::<Vec<_>>().join(","));
    format!(
        r#"{{"feed":"book_snapshot","product_id":"{product}","timestamp":{at_ms},"seq":{sequence},"tickSize":null,"bids":[{bids}],"asks":[{asks}]}}"#
    )
}

/// A part of a fill; `sequence`: among the trades of the product.
pub(super) fn trade(from: From<'_>, fill: &Fill, lots: i64, sequence: u64) -> String {
    let (product, at_ms, side) = (from.listing.name(), from.at_ms, side(fill.aggressor));
    let (px, qty) = (price(from, fill.level.px.0), quantity(from, lots));
    let kind = if fill.liquidation { "liquidation" } else { "fill" };
    // An id without order.
    let spread = (sequence + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (low, uid) = (spread & 0xffff_ffff_ffff, spread >> 16);
    let uid = format!("{:08x}-{:04x}-4000-8000-{low:012x}", uid >> 16, uid & 0xffff);
    format!(
        r#"{{"feed":"trade","product_id":"{product}","uid":"{uid}","side":"{side}","type":"{kind}","seq":{sequence},"time":{at_ms},"qty":{qty},"price":{px}}}"#
    )
}

/// Trades as they were told, the newest first.
pub(super) fn history(from: From<'_>, trades: &VecDeque<String>) -> String {
    let (product, trades) = (from.listing.name(), trades.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    format!(r#"{{"feed":"trade_snapshot","product_id":"{product}","trades":[{trades}]}}"#)
}

/// What a ticker tells besides the product: the last look at the mark, the day, the book, open interest.
pub(super) struct Ticked<'a> {
    pub(super) mark: Mark,
    pub(super) day: &'a Candle,
    pub(super) book: &'a Book,
    pub(super) interest_lots: i64,
}

pub(super) fn ticker(from: From<'_>, ticked: &Ticked<'_>) -> String {
    let Ticked { mark, day, book, interest_lots } = ticked;
    let (product, at_ms, next_ms) = (from.listing.name(), from.at_ms, mark.next_at_ms);
    // An hour of what is paid elsewhere in eight; and the same in dollars a contract.
    let relative_e16 = mark.rate_e8 * 100_000_000 / 8;
    let relative = number(relative_e16, 16);
    let rate = number(relative_e16 / 10_000 * (mark.index_e12 / 1_000_000) / 1_000_000, 12);
    let (bid, ask) = (book.best(Side::Buy), book.best(Side::Sell));
    let [bid_px, ask_px, last, open, high, low] =
        [bid.px.0, ask.px.0, day.close, day.open, day.high, day.low].map(|px| price(from, px));
    let [bid_qty, ask_qty, volume, interest] =
        [bid.qty.0, ask.qty.0, day.lots, *interest_lots].map(|lots| quantity(from, lots));
    let (mark_px, index) = (number(mark.mark_e12, 12), number(mark.index_e12, 12));
    let premium = number((mark.mark_e12 - mark.index_e12) * 1_000 / mark.index_e12.max(1), 1);
    let change = number(i128::from(day.close - day.open) * 1_000_000 / i128::from(day.open.max(1)), 4);
    let turnover = number(day.turnover_e8(from.listing, day.tick_lots), 8);
    let pair = format!("{}:USD", product.trim_end_matches("USD").split('_').nth(1).unwrap_or_default());
    format!(
        r#"{{"time":{at_ms},"product_id":"{product}","funding_rate":{rate},"funding_rate_prediction":{rate},"relative_funding_rate":{relative},"relative_funding_rate_prediction":{relative},"next_funding_rate_time":{next_ms},"feed":"ticker","bid":{bid_px},"ask":{ask_px},"bid_size":{bid_qty},"ask_size":{ask_qty},"volume":{volume},"dtm":0,"leverage":"50x","index":{index},"premium":{premium},"last":{last},"change":{change},"suspended":false,"tag":"perpetual","pair":"{pair}","openInterest":{interest},"markPrice":{mark_px},"maturityTime":0,"post_only":false,"volumeQuote":{turnover},"open":{open},"high":{high},"low":{low}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_floats_are() {
        for (units, decimals, text) in [
            (61_801, 0, "61801.0"),
            (20_024, 1, "2002.4"),
            (20_050, 1, "2005.0"),
            (4_787_000, 3, "4787.0"),
            (12_345, 9, "1.2345e-5"),
            (1_000, 9, "1e-6"),
            (-6_260, 9, "-6.26e-6"),
            (1_234, 6, "0.001234"),
            (0, 9, "0.0"),
            (30_072_580, 0, "30072580.0"),
        ] {
            assert_eq!(number(units, decimals), text);
        }
    }
}
