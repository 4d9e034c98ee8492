//! Frames as Bybit writes them: field order and number formats are those of real captures.
//!
//! Contracts: `topic`, `type`, `ts`, every decimal written. Spot: `topic`, `ts`, `type`, no trailing zero. A level that is
//! gone has the quantity `0`. Owns: texts. Never: when or to whom they are sent.

use crate::market::{Fill, Outcome};
use crate::moment::From;
use crate::text::{Text, trimmed};
use crate::view::View;
use engine_model::market::{Level, Side};
use std::fmt::Write as _;

/// The way of the price from trade to trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    px: i64,
    rose: bool,
}

impl Walk {
    pub(super) fn from(px: i64) -> Self {
        Self { px, rose: true }
    }

    /// What the venue calls a step to that price.
    fn step(&mut self, px: i64) -> &'static str {
        let stays = px == self.px;
        self.rose = px > self.px || (stays && self.rose);
        self.px = px;
        match (stays, self.rose) {
            (true, true) => "ZeroPlusTick",
            (true, false) => "ZeroMinusTick",
            (false, true) => "PlusTick",
            (false, false) => "MinusTick",
        }
    }

    pub(super) fn follow(&mut self, fill: &Fill) -> &'static str {
        fill.trades().fold("", |_, _| self.step(fill.level.px.0))
    }
}

pub(super) fn is_spot(from: From<'_>) -> bool {
    from.listing.category() == "spot"
}

/// A number as the socket's category writes it.
fn number(from: From<'_>, units: i128, decimals: u8) -> String {
    let text = Text::new().decimal(units, decimals).take();
    if is_spot(from) { trimmed(&text).to_owned() } else { text }
}

pub(super) fn price(from: From<'_>, ticks: i64) -> String {
    let grid = from.listing.instrument.grid;
    number(from, i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

pub(super) fn qty(from: From<'_>, lots: i64) -> String {
    let grid = from.listing.instrument.grid;
    match lots {
        0 => "0".to_owned(),
        _ => number(from, i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals),
    }
}

/// `{"topic":"…","type":"…","ts":…`
pub(super) fn head(from: From<'_>, topic: &str, kind: &str) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    if is_spot(from) {
        format!(r#"{{"topic":"{topic}.{symbol}","ts":{at_ms},"type":"{kind}""#)
    } else {
        format!(r#"{{"topic":"{topic}.{symbol}","type":"{kind}","ts":{at_ms}"#)
    }
}

fn levels(from: From<'_>, levels: &[Level]) -> String {
    let level = |level: &Level| format!(r#"["{}","{}"]"#, price(from, level.px.0), qty(from, level.qty.0));
    levels.iter().map(level).collect::<Vec<_>>().join(",")
}

/// A change of the book, which the view already shows.
pub(super) fn book_delta(from: From<'_>, update_id: u64, view: &View, [bids, asks]: &[Vec<Level>; 2]) -> String {
    book(from, "delta", update_id, view, [bids, asks])
}

/// The whole view.
pub(super) fn book_snapshot(from: From<'_>, update_id: u64, view: &View) -> String {
    book(from, "snapshot", update_id, view, [&view.levels(Side::Buy), &view.levels(Side::Sell)])
}

fn book(from: From<'_>, kind: &str, update_id: u64, view: &View, [bids, asks]: [&[Level]; 2]) -> String {
    let head = head(from, "orderbook.200", kind);
    let (symbol, bids, asks) = (from.listing.name(), levels(from, bids), levels(from, asks));
    let View { sequence, made_at_ms, .. } = view;
    format!(
        r#"{head},"data":{{"s":"{symbol}","b":[{bids}],"a":[{asks}],"u":{update_id},"seq":{sequence}}},"cts":{made_at_ms}}}"#
    )
}

/// All trades of an event in one frame.
pub(super) fn trades(from: From<'_>, outcome: &Outcome, sequence: u64, mut walk: Walk) -> String {
    let mut rows = String::new();
    for fill in &outcome.fills {
        for (id, lots) in fill.trades() {
            let separator = if rows.is_empty() { "" } else { "," };
            let direction = walk.step(fill.level.px.0);
            rows += separator;
            rows += &trade(from, fill, (id, lots.0), sequence, direction);
        }
    }
    format!("{},\"data\":[{rows}]}}", head(from, "publicTrade", "snapshot"))
}

fn trade(from: From<'_>, fill: &Fill, (id, lots): (u64, i64), sequence: u64, direction: &str) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    let (px, qty, side) = (price(from, fill.level.px.0), qty(from, lots), side(fill.aggressor));
    if is_spot(from) {
        return format!(
            r#"{{"i":"22900000{id:011}","T":{at_ms},"p":"{px}","v":"{qty}","S":"{side}","seq":{sequence},"s":"{symbol}","BT":false,"RPI":false}}"#
        );
    }
    let id = unique(symbol, id);
    format!(
        r#"{{"T":{at_ms},"s":"{symbol}","S":"{side}","v":"{qty}","p":"{px}","L":"{direction}","i":"{id}","BT":false,"RPI":false,"seq":{sequence}}}"#
    )
}

/// A contract's trade has an id without order.
fn unique(symbol: &str, id: u64) -> String {
    // FNV-1a of the symbol, then a multiplication that spreads the number over all bits.
    let hash = symbol
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let spread = (hash ^ id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut text = String::with_capacity(36);
    // Writing to a String cannot fail.
    let _ = write!(text, "{:08x}-{:04x}-5{:03x}-", spread >> 32, spread >> 16 & 0xffff, spread & 0xfff);
    let _ = write!(text, "b{:03x}-{:012x}", hash & 0xfff, id & 0xffff_ffff_ffff);
    text
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "Buy",
        Side::Sell => "Sell",
    }
}

/// The position that was closed, at the price at which it was bankrupt.
pub(super) fn liquidation(from: From<'_>, fill: &Fill) -> String {
    let (symbol, at_ms, px) = (from.listing.name(), from.at_ms, fill.level.px.0);
    // Beyond where it filled: 4 in 1000 here.
    let bankrupt_px = price(from, px + fill.aggressor.sign() * (px / 250));
    let (qty, closed) = (qty(from, fill.level.qty.0), side(fill.aggressor.opposite()));
    let head = head(from, "allLiquidation", "snapshot");
    format!(r#"{head},"data":[{{"T":{at_ms},"s":"{symbol}","S":"{closed}","v":"{qty}","p":"{bankrupt_px}"}}]}}"#)
}
