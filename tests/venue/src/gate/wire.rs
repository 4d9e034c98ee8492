//! Frames as Gate writes them: field order and number formats are those of real captures, sizes of contracts as texts with
//! decimals.
//!
//! No number has a zero behind its decimals. Owns: texts. Never: when or to whom they are sent.

use super::is_spot;
use crate::candle::Candle;
use crate::market::{Fill, Outcome};
use crate::moment::{From, Mark};
use crate::text::{Text, trimmed};
use engine_model::instrument::ContractKind;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};

/// Funding of every contract here is paid each eight hours.
const FUNDING_S: u64 = 8 * 3_600;

pub(super) fn price(from: From<'_>, ticks: i64) -> String {
    trimmed(&from.listing.instrument.grid.price_text(Ticks(ticks))).to_owned()
}

pub(super) fn qty(from: From<'_>, lots: i64) -> String {
    trimmed(&from.listing.instrument.grid.qty_text(Lots(lots))).to_owned()
}

fn frame(from: From<'_>, channel: &str, result: &str) -> String {
    let (at_ms, market) = (from.at_ms, if is_spot(from.listing.instrument.venue) { "spot" } else { "futures" });
    let s = at_ms / 1_000;
    format!(r#"{{"time":{s},"time_ms":{at_ms},"channel":"{market}.{channel}","event":"update","result":{result}}}"#)
}

/// Levels of spot `["px","qty"]`, of contracts `{"p":"px","s":"qty"}`.
pub(super) fn levels(from: From<'_>, levels: &[Level]) -> String {
    let is_spot = is_spot(from.listing.instrument.venue);
    let level = |level: &Level| {
        let (px, qty) = (price(from, level.px.0), qty(from, level.qty.0));
        if is_spot { format!(r#"["{px}","{qty}"]"#) } else { format!(r#"{{"p":"{px}","s":"{qty}"}}"#) }
    };
    levels.iter().map(level).collect::<Vec<_>>().join(",")
}

/// What was told of a book since the last time: the ids in it, and the levels.
pub(super) fn book_change(from: From<'_>, (first, last): (u64, u64), [bids, asks]: &[Vec<Level>; 2]) -> String {
    let (symbol, at_ms, bids, asks) = (from.listing.name(), from.at_ms, levels(from, bids), levels(from, asks));
    let result = if is_spot(from.listing.instrument.venue) {
        let s = at_ms / 1_000;
        format!(
            r#"{{"t":{at_ms},"e":"depthUpdate","E":{s},"s":"{symbol}","U":{first},"u":{last},"b":[{bids}],"a":[{asks}]}}"#
        )
    } else {
        format!(r#"{{"t":{at_ms},"U":{first},"u":{last},"s":"{symbol}","a":[{asks}],"b":[{bids}],"l":"100"}}"#)
    };
    frame(from, "order_book_update", &result)
}

/// The whole book of a contract.
pub(super) fn whole_book(from: From<'_>, last: u64, [bids, asks]: &[Vec<Level>; 2]) -> String {
    let (symbol, at_ms, bids, asks) = (from.listing.name(), from.at_ms, levels(from, bids), levels(from, asks));
    let result = format!(
        r#"{{"t":{at_ms},"full":true,"U":{last},"u":{last},"s":"{symbol}","a":[{asks}],"b":[{bids}],"l":"100"}}"#
    );
    frame(from, "order_book_update", &result)
}

/// The best bid and ask.
pub(super) fn quote(from: From<'_>, update_id: u64, bid: Level, ask: Level) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    let [bid_px, ask_px] = [bid, ask].map(|level| price(from, level.px.0));
    let [bid_qty, ask_qty] = [bid, ask].map(|level| qty(from, level.qty.0));
    let result = format!(
        r#"{{"t":{at_ms},"u":{update_id},"s":"{symbol}","b":"{bid_px}","B":"{bid_qty}","a":"{ask_px}","A":"{ask_qty}"}}"#
    );
    frame(from, "book_ticker", &result)
}

/// A frame a trade on spot, all trades of an event in one of contracts.
pub(super) fn trades(from: From<'_>, outcome: &Outcome) -> Vec<String> {
    let row = |fill: &Fill, (id, lots): (u64, Lots)| {
        let (symbol, at_ms, px) = (from.listing.name(), from.at_ms, price(from, fill.level.px.0));
        let s = at_ms / 1_000;
        if is_spot(from.listing.instrument.venue) {
            let (side, qty) = (if fill.aggressor == Side::Buy { "buy" } else { "sell" }, qty(from, lots.0));
            return format!(
                r#"{{"id":{id},"create_time":{s},"create_time_ms":"{at_ms}.0","side":"{side}","currency_pair":"{symbol}","amount":"{qty}","price":"{px}"}}"#
            );
        }
        let size = signed(from, fill.aggressor, lots.0);
        format!(
            r#"{{"contract":"{symbol}","create_time":{s},"create_time_ms":{at_ms},"id":{id},"price":"{px}","size":"{size}"}}"#
        )
    };
    let rows: Vec<String> =
        outcome.fills.iter().flat_map(|fill| fill.trades().map(move |trade| row(fill, trade))).collect();
    if is_spot(from.listing.instrument.venue) {
        return rows.iter().map(|row| frame(from, "trades", row)).collect();
    }
    vec![frame(from, "trades", &format!("[{}]", rows.join(",")))]
}

/// A size of contracts: below zero is sold.
fn signed(from: From<'_>, side: Side, lots: i64) -> String {
    format!("{}{}", if side == Side::Buy { "" } else { "-" }, qty(from, lots))
}

/// The order that closed a position, with its sign.
pub(super) fn liquidation(from: From<'_>, fill: &Fill) -> String {
    let (symbol, at_ms, px) = (from.listing.name(), from.at_ms, price(from, fill.level.px.0));
    let (s, size) = (at_ms / 1_000, signed(from, fill.aggressor, fill.level.qty.0));
    let row = format!(r#"{{"price":{px},"size":"{size}","time":{s},"time_ms":{at_ms},"contract":"{symbol}"}}"#);
    frame(from, "public_liquidates", &format!("[{row}]"))
}

/// A running candle, or a closed one.
pub(super) fn candle(from: From<'_>, candle: &Candle, closed: bool) -> String {
    let (symbol, s) = (from.listing.name(), candle.starts_at_ms / 1_000);
    let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(|px| price(from, px));
    let lots = qty(from, candle.lots);
    if is_spot(from.listing.instrument.venue) {
        let turnover = Text::new().decimal(candle.turnover_e8(from.listing, candle.tick_lots), 8).take();
        let turnover = trimmed(&turnover);
        let row = format!(
            r#"{{"t":"{s}","v":"{turnover}","c":"{close}","h":"{high}","l":"{low}","o":"{open}","n":"1m_{symbol}","a":"{lots}","w":{closed}}}"#
        );
        return frame(from, "candlesticks", &row);
    }
    let lots = lots.split('.').next().unwrap_or_default();
    let row = format!(
        r#"[{{"t":{s},"v":{lots},"c":"{close}","h":"{high}","l":"{low}","o":"{open}","n":"1m_{symbol}","w":{closed}}}]"#
    );
    frame(from, "candlesticks", &row)
}

/// What a contract's ticker tells besides the mark.
pub(super) struct Day<'a> {
    /// Since the market began: the simulated venue has no yesterday.
    pub(super) candle: &'a Candle,
    pub(super) interest_lots: i64,
}

/// Prices, funding and open interest of a contract.
pub(super) fn ticker(from: From<'_>, mark: &Mark, day: &Day<'_>) -> String {
    let grid = from.listing.instrument.grid;
    let e12 = |value: i128| {
        let decimals = grid.price_decimals.min(12);
        trimmed(&Text::new().decimal(value / 10i128.pow(12 - u32::from(decimals)), decimals).take()).to_owned()
    };
    let rate = Text::new().decimal(mark.rate_e8, 8).take();
    let rate = trimmed(&rate);
    let (symbol, at_ms, next_s) = (from.listing.name(), from.at_ms, mark.next_at_ms / 1_000);
    let Candle { open, high, low, close, lots, .. } = *day.candle;
    let change = Text::new().decimal(i128::from(close - open) * 1_000_000 / i128::from(open.max(1)), 4).take();
    let [last, high, low] = [close, high, low].map(|px| price(from, px));
    let (mark_px, index_px, interest) = (e12(mark.mark_e12), e12(mark.index_e12), qty(from, day.interest_lots));
    let [volume, base, quote] = volumes(from, day.candle, lots);
    let row = format!(
        r#"{{"contract":"{symbol}","last":"{last}","change_percentage":"{change}","total_size":"{interest}","volume_24h":"{volume}","volume_24h_base":"{base}","volume_24h_quote":"{quote}","volume_24h_settle":"{quote}","mark_price":"{mark_px}","funding_rate":"{rate}","funding_rate_indicative":"{rate}","index_price":"{index_px}","quanto_base_rate":"","low_24h":"{low}","high_24h":"{high}","funding_interval":{FUNDING_S},"funding_offset":0,"funding_next_apply":{next_s},"t":{at_ms}}}"#
    );
    frame(from, "tickers", &format!("[{row}]"))
}

/// Traded contracts, coins, and quote; whole numbers, as the venue writes them.
fn volumes(from: From<'_>, candle: &Candle, lots: i64) -> [String; 3] {
    let instrument = &from.listing.instrument;
    let contracts = qty(from, lots).split('.').next().unwrap_or_default().to_owned();
    let size = i128::from(instrument.contract_size);
    let scale = 10i128.pow(u32::from(instrument.contract_decimals));
    let coins = i128::from(lots) * size / scale / 10i128.pow(u32::from(instrument.grid.qty_decimals));
    let quote = match instrument.kind {
        ContractKind::Inverse => i128::from(lots),
        _ => candle.turnover_e8(from.listing, candle.tick_lots) / 100_000_000 * size / scale,
    };
    [contracts, coins.to_string(), quote.to_string()]
}
