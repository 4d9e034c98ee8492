//! Frames as OKX writes them: field order and number formats are those of real captures.
//!
//! Every number but the ids of a book is a text without trailing zeros. Owns: texts. Never: when or to whom they are sent.

use super::{instrument_type, pair};
use crate::candle::Candle;
use crate::market::Fill;
use crate::moment::{From, Mark};
use crate::text::{Text, trimmed};
use crate::view::View;
use engine_model::market::{Level, Side};

/// What it says of itself since 2026: nothing.
const NO_CHECKSUM: &str = "\"checksum\":0";

fn decimal(units: i128, decimals: u8) -> String {
    trimmed(&Text::new().decimal(units, decimals).take()).to_owned()
}

fn price(from: From<'_>, ticks: i64) -> String {
    let grid = from.listing.instrument.grid;
    decimal(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

fn qty(from: From<'_>, lots: i64) -> String {
    let grid = from.listing.instrument.grid;
    decimal(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

/// A price of a mark or an index, in its instrument's decimals.
fn average(from: From<'_>, e12: i128) -> String {
    let decimals = from.listing.instrument.grid.price_decimals.min(12);
    decimal(e12 / 10i128.pow(12 - u32::from(decimals)), decimals)
}

/// `{"arg":{"channel":"…","instId":"…"}`
fn head(channel: &str, name: &str) -> String {
    format!(r#"{{"arg":{{"channel":"{channel}","instId":"{name}"}}"#)
}

/// `["price","quantity","0","orders"]`: how many orders there are is made up.
fn level(from: From<'_>, level: Level) -> String {
    let orders = if level.qty.0 == 0 { 0 } else { 1 + level.qty.0 % 9 };
    format!(r#"["{}","{}","0","{orders}"]"#, price(from, level.px.0), qty(from, level.qty.0))
}

fn levels(from: From<'_>, levels: &[Level]) -> String {
    levels.iter().map(|l| level(from, *l)).collect::<Vec<_>>().join(",")
}

/// The whole view.
pub(super) fn book_snapshot(from: From<'_>, view: &View) -> String {
    book(from, "snapshot", &[view.levels(Side::Buy), view.levels(Side::Sell)], view.sequence, "-1")
}

/// A change of the book behind that id, which the view already shows. Nothing changed: a sign of life.
pub(super) fn book_update(from: From<'_>, view: &View, changes: &[Vec<Level>; 2], previous: u64) -> String {
    book(from, "update", changes, view.sequence, &previous.to_string())
}

fn book(from: From<'_>, action: &str, [bids, asks]: &[Vec<Level>; 2], sequence: u64, previous: &str) -> String {
    let (head, at_ms) = (head("books", from.listing.name()), from.at_ms);
    let (bids, asks) = (levels(from, bids), levels(from, asks));
    format!(
        r#"{head},"action":"{action}","data":[{{"asks":[{asks}],"bids":[{bids}],"ts":"{at_ms}",{NO_CHECKSUM},"seqId":{sequence},"prevSeqId":{previous}}}]}}"#
    )
}

/// The same with a checksum, which is none of that book.
pub(super) fn with_wrong_checksum(text: &str) -> String {
    text.replacen(NO_CHECKSUM, "\"checksum\":-855196043", 1)
}

pub(super) fn quote(from: From<'_>, [bid, ask]: [Level; 2], sequence: u64) -> String {
    let (head, at_ms) = (head("bbo-tbt", from.listing.name()), from.at_ms);
    let (bid, ask) = (level(from, bid), level(from, ask));
    format!(r#"{head},"data":[{{"asks":[{ask}],"bids":[{bid}],"ts":"{at_ms}","seqId":{sequence}}}]}}"#)
}

/// What a taker had at one price.
pub(super) fn trade(from: From<'_>, fill: &Fill) -> String {
    let (name, at_ms) = (from.listing.name(), from.at_ms);
    let (head, px, qty) = (head("trades", name), price(from, fill.level.px.0), qty(from, fill.level.qty.0));
    let (side, count) = (side(fill.aggressor), fill.trades().count());
    let id = fill.trades().last().map_or(fill.first_trade_id, |(id, _)| id);
    format!(
        r#"{head},"data":[{{"instId":"{name}","tradeId":"{id}","px":"{px}","sz":"{qty}","side":"{side}","ts":"{at_ms}","count":"{count}"}}]}}"#
    )
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

pub(super) fn mark(from: From<'_>, mark: &Mark) -> String {
    let (name, at_ms, px) = (from.listing.name(), from.at_ms, average(from, mark.mark_e12));
    let head = head("mark-price", name);
    format!(r#"{head},"data":[{{"instId":"{name}","instType":"SWAP","markPx":"{px}","ts":"{at_ms}"}}]}}"#)
}

/// The day has not moved: the simulated venue has no yesterday.
pub(super) fn index(from: From<'_>, mark: &Mark) -> String {
    let (name, at_ms, px) = (pair(from.listing), from.at_ms, average(from, mark.index_e12));
    let (head, open) = (head("index-tickers", name), price(from, from.listing.start_px.0));
    format!(
        r#"{head},"data":[{{"instId":"{name}","idxPx":"{px}","open24h":"{open}","high24h":"{px}","low24h":"{px}","sodUtc0":"{open}","sodUtc8":"{open}","ts":"{at_ms}"}}]}}"#
    )
}

pub(super) fn funding(from: From<'_>, mark: &Mark) -> String {
    let (name, at_ms, paid) = (from.listing.name(), from.at_ms, mark.next_at_ms);
    let (head, rate) = (head("funding-rate", name), decimal(mark.rate_e8, 8));
    // Eight hours between two payments.
    let next = paid + 8 * 3_600_000;
    format!(
        r#"{head},"data":[{{"formulaType":"withRate","fundingRate":"{rate}","fundingTime":"{paid}","impactValue":"20000","instId":"{name}","instType":"SWAP","interestRate":"0.0001","maxFundingRate":"0.00375","method":"current_period","minFundingRate":"-0.00375","nextFundingRate":"","nextFundingTime":"{next}","premium":"0","settFundingRate":"{rate}","settState":"settled","ts":"{at_ms}"}}]}}"#
    )
}

pub(super) fn open_interest(from: From<'_>, lots: i64, mark: &Mark) -> String {
    let (name, at_ms) = (from.listing.name(), from.at_ms);
    let (head, contracts) = (head("open-interest", name), qty(from, lots));
    let [coins_e8, usd_e8] = values_e8(from, lots, mark.mark_e12);
    let (coins, usd) = (decimal(coins_e8, 8), decimal(usd_e8, 8));
    format!(
        r#"{head},"data":[{{"instId":"{name}","instType":"SWAP","oi":"{contracts}","oiCcy":"{coins}","oiUsd":"{usd}","ts":"{at_ms}"}}]}}"#
    )
}

/// So many lots in coins, and in what prices are in, at that price.
fn values_e8(from: From<'_>, lots: i64, px_e12: i128) -> [i128; 2] {
    let instrument = &from.listing.instrument;
    let units = i128::from(lots) * i128::from(instrument.grid.lot_step) * i128::from(instrument.contract_size);
    let decimals = u32::from(instrument.grid.qty_decimals) + u32::from(instrument.contract_decimals);
    let held_e8 = units * 100_000_000 / 10i128.pow(decimals);
    if instrument.kind == engine_model::instrument::ContractKind::Inverse {
        [held_e8 * 1_000_000_000_000 / px_e12.max(1), held_e8]
    } else {
        [held_e8, held_e8 * px_e12 / 1_000_000_000_000]
    }
}

/// A position that was closed, at the price at which it was bankrupt. It names no instrument in its subscription.
pub(super) fn liquidation(from: From<'_>, fill: &Fill) -> String {
    let (name, at_ms, px) = (from.listing.name(), from.at_ms, fill.level.px.0);
    // Beyond where it filled: 4 in 1000 here.
    let bankrupt_px = price(from, px + fill.aggressor.sign() * (px / 250));
    let (qty, side, pair) = (qty(from, fill.level.qty.0), side(fill.aggressor), pair(from.listing));
    let closed = if fill.aggressor == Side::Sell { "long" } else { "short" };
    format!(
        r#"{{"arg":{{"channel":"liquidation-orders","instType":"SWAP"}},"data":[{{"details":[{{"bkLoss":"0","bkPx":"{bankrupt_px}","ccy":"","posSide":"{closed}","side":"{side}","sz":"{qty}","ts":"{at_ms}"}}],"instFamily":"{pair}","instId":"{name}","instType":"{}","uly":"{pair}"}}]}}"#,
        instrument_type(from.listing)
    )
}

/// Of spot the second volume is in what prices are in, of a swap in coins.
pub(super) fn candle(from: From<'_>, candle: &Candle, closed: bool) -> String {
    let head = head("candle1m", from.listing.name());
    let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(|ticks| price(from, ticks));
    let grid = from.listing.instrument.grid;
    let scale = 10i128.pow(12u32.saturating_sub(u32::from(grid.price_decimals)));
    let close_e12 = i128::from(candle.close) * i128::from(grid.tick_step) * scale;
    let [coins, worth] = values_e8(from, candle.lots, close_e12).map(|e8| decimal(e8, 8));
    let second = if instrument_type(from.listing) == "SPOT" { &worth } else { &coins };
    let (starts, lots, confirm) = (candle.starts_at_ms, qty(from, candle.lots), u8::from(closed));
    format!(
        r#"{head},"data":[["{starts}","{open}","{high}","{low}","{close}","{lots}","{second}","{worth}","{confirm}"]]}}"#
    )
}
