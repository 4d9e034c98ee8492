//! What the ticker of one instrument tells: whole at first, then only what changed. On spot always whole.
//!
//! Owns: the running day, mark and index, and which fields were told with which values. Never: when.

use super::wire::{Walk, head, is_spot, price, qty};
use crate::candle::Candle;
use crate::listing::Listing;
use crate::market::{Book, Outcome};
use crate::moment::{From, Mark};
use crate::text::{Text, trimmed};
use engine_model::instrument::ContractKind;
use engine_model::market::Side;

type Fields = Vec<(&'static str, String)>;

/// Told together when one of them changes.
const PAIRS: [[&str; 2]; 2] = [["bid1Price", "bid1Size"], ["ask1Price", "ask1Size"]];
const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60_000;

pub(super) struct Ticker {
    /// Since the market began: the simulated venue has no yesterday.
    day: Candle,
    walk: Walk,
    direction: &'static str,
    mark: Mark,
    marked_at_ms: u64,
    told: Fields,
}

impl Ticker {
    pub(super) fn new(listing: &Listing, at_ms: u64) -> Self {
        let px = listing.start_px.0;
        Self {
            // A day that has a price: the first trade does not open it.
            day: Candle { trades: 1, ..Candle::starting(at_ms, px) },
            walk: Walk::from(px),
            direction: "ZeroPlusTick",
            mark: Mark { mark_e12: 0, index_e12: 0, rate_e8: 0, next_at_ms: 0 },
            marked_at_ms: 0,
            told: Vec::new(),
        }
    }

    /// The way of the price so far.
    pub(super) fn walk(&self) -> Walk {
        self.walk
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        for fill in &outcome.fills {
            self.day.add(fill);
            self.direction = self.walk.follow(fill);
        }
    }

    /// Whether mark and index are due: each second.
    pub(super) fn wants_mark(&self, at_ms: u64) -> bool {
        at_ms / SECOND_MS != self.marked_at_ms / SECOND_MS
    }

    /// The funding rate is settled each minute only.
    pub(super) fn set_mark(&mut self, mark: Mark, at_ms: u64) {
        let same_minute = at_ms / MINUTE_MS == self.marked_at_ms / MINUTE_MS;
        let rate_e8 = if same_minute { self.mark.rate_e8 } else { mark.rate_e8 };
        (self.mark, self.marked_at_ms) = (Mark { rate_e8, ..mark }, at_ms);
    }

    /// Looks once more: the frame that tells what differs.
    pub(super) fn turn(&mut self, from: From<'_>, book: &Book, interest_lots: i64, sequence: u64) -> Option<String> {
        let now = if is_spot(from) { self.of_spot(from) } else { self.of_contract(from, book, interest_lots) };
        let before = std::mem::replace(&mut self.told, now);
        if before.is_empty() {
            return None;
        }
        let differs = |name: &str| {
            let of = |fields: &Fields| fields.iter().position(|(known, _)| *known == name);
            of(&before).map(|at| &before[at]) != of(&self.told).map(|at| &self.told[at])
        };
        if is_spot(from) {
            return before.iter().any(|(name, _)| differs(name)).then(|| self.snapshot(from, sequence));
        }
        let is_told = |name: &str| match PAIRS.iter().find(|pair| pair.contains(&name)) {
            Some(pair) => pair.iter().any(|name| differs(name)),
            None => name == "symbol" || differs(name),
        };
        let changed: Fields = self.told.iter().filter(|(name, _)| is_told(name)).cloned().collect();
        (changed.len() > 1).then(|| frame(from, "delta", &changed, sequence))
    }

    /// Everything as it was last told.
    pub(super) fn snapshot(&self, from: From<'_>, sequence: u64) -> String {
        frame(from, "snapshot", &self.told, sequence)
    }

    fn change(&self, decimals: u8) -> String {
        let scale = 10i128.pow(u32::from(decimals));
        let units = i128::from(self.day.close - self.day.open) * scale / i128::from(self.day.open.max(1));
        Text::new().decimal(units, decimals).take()
    }

    fn of_spot(&self, from: From<'_>) -> Fields {
        let turnover = Text::new().decimal(self.day.turnover_e8(from.listing, self.day.tick_lots), 8).take();
        vec![
            ("symbol", from.listing.name().to_owned()),
            ("lastPrice", price(from, self.day.close)),
            ("highPrice24h", price(from, self.day.high)),
            ("lowPrice24h", price(from, self.day.low)),
            ("prevPrice24h", price(from, self.day.open)),
            ("volume24h", qty(from, self.day.lots)),
            ("turnover24h", trimmed(&turnover).to_owned()),
            ("price24hPcnt", self.change(4)),
            ("usdIndexPrice", Text::new().decimal(self.mark.index_e12 / 1_000_000, 6).take()),
        ]
    }

    fn of_contract(&self, from: From<'_>, book: &Book, interest_lots: i64) -> Fields {
        let grid = from.listing.instrument.grid;
        let (bid, ask) = (book.best(Side::Buy), book.best(Side::Sell));
        let e12 = |value: i128| {
            let decimals = grid.price_decimals.min(12);
            Text::new().decimal(value / 10i128.pow(12 - u32::from(decimals)), decimals).take()
        };
        let turnover_e4 = self.day.turnover_e8(from.listing, self.day.tick_lots) / 10_000;
        let rate = Text::new().decimal(self.mark.rate_e8, 8).take();
        vec![
            ("symbol", from.listing.name().to_owned()),
            ("tickDirection", self.direction.to_owned()),
            ("price24hPcnt", self.change(6)),
            ("lastPrice", price(from, self.day.close)),
            ("prevPrice24h", price(from, self.day.open)),
            ("highPrice24h", price(from, self.day.high)),
            ("lowPrice24h", price(from, self.day.low)),
            ("prevPrice1h", price(from, self.day.open)),
            ("markPrice", e12(self.mark.mark_e12)),
            ("indexPrice", e12(self.mark.index_e12)),
            ("openInterest", qty(from, interest_lots)),
            ("openInterestValue", self.value(from.listing, interest_lots)),
            ("turnover24h", Text::new().decimal(turnover_e4, 4).take()),
            ("volume24h", volume(from.listing, self.day.lots)),
            ("fundingIntervalHour", "8".to_owned()),
            ("fundingCap", "0.005".to_owned()),
            // One side of it; both sides are the same.
            ("singleOpenInterest", qty(from, interest_lots / 2)),
            ("singleOpenInterestValue", self.value(from.listing, interest_lots / 2)),
            ("nextFundingTime", self.mark.next_at_ms.to_string()),
            ("fundingRate", trimmed(&rate).to_owned()),
            ("bid1Price", price(from, bid.px.0)),
            ("bid1Size", qty(from, bid.qty.0)),
            ("ask1Price", price(from, ask.px.0)),
            ("ask1Size", qty(from, ask.qty.0)),
            ("preOpenPrice", String::new()),
            ("preQty", String::new()),
            ("curPreListingPhase", String::new()),
        ]
    }

    /// Open interest at the mark price: in dollars, of an inverse contract in coins.
    fn value(&self, listing: &Listing, lots: i64) -> String {
        let grid = listing.instrument.grid;
        let units = i128::from(lots) * i128::from(grid.lot_step);
        let scale = 10i128.pow(u32::from(grid.qty_decimals));
        let e2 = if listing.instrument.kind == ContractKind::Inverse {
            units * 100_000_000_000_000 / self.mark.mark_e12.max(1) / scale
        } else {
            units * (self.mark.mark_e12 / 10_000_000_000) / scale
        };
        Text::new().decimal(e2, 2).take()
    }
}

/// Four decimals whatever the step is.
fn volume(listing: &Listing, lots: i64) -> String {
    let grid = listing.instrument.grid;
    let units = i128::from(lots) * i128::from(grid.lot_step) * 10_000 / 10i128.pow(u32::from(grid.qty_decimals));
    Text::new().decimal(units, 4).take()
}

fn frame(from: From<'_>, kind: &str, fields: &Fields, sequence: u64) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
    let (topic, fields, at_ms) = ("tickers", fields.join(","), from.at_ms);
    if is_spot(from) {
        return format!(r#"{},"cs":{sequence},"data":{{{fields}}}}}"#, head(from, topic, kind));
    }
    // Of contracts the time comes last.
    let symbol = from.listing.name();
    format!(r#"{{"topic":"{topic}.{symbol}","type":"{kind}","data":{{{fields}}},"cs":{sequence},"ts":{at_ms}}}"#)
}
