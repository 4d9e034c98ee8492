//! Frames as the venue writes them: field order and number formats are those of real captures.
//!
//! Spot: strings of eight decimals, `M` in trades, a `bookTicker` without any time. USD-M: `T` everywhere, `pu` in
//! depth, `X` in trades. COIN-M: the same with the pair `ps`, and `u` before `e` in `bookTicker`.
//! Owns: texts. Never: when or to whom they are sent.

use crate::candle::Candle;
use crate::market::Fill;
use crate::moment::{From, Mark};
use crate::text::Text;
use engine_model::market::{Level, Side};
use engine_model::venue::VenueId;

/// Ids of a depth frame.
#[derive(Clone, Copy)]
pub(super) struct DepthIds {
    /// `U`
    pub(super) first: u64,
    /// `u`
    pub(super) last: u64,
    /// `pu`
    pub(super) previous_last: u64,
}

impl From<'_> {
    fn venue(&self) -> VenueId {
        self.listing.instrument.venue
    }

    fn symbol(&self) -> &str {
        self.listing.instrument.symbol.as_str()
    }

    /// `,"T":` on futures, nothing on spot.
    fn futures_time(&self, text: &mut Text) {
        if self.venue() != VenueId::BinanceSpot {
            text.raw(",\"T\":").number(self.at_ms);
        }
    }

    /// `,"s":"…"` and on COIN-M `,"ps":"…"`
    fn symbol_and_pair(&self, text: &mut Text) {
        text.raw(",\"s\":\"").raw(self.symbol()).raw("\"");
        if self.venue() == VenueId::BinanceCoinm {
            text.raw(",\"ps\":\"").raw(self.listing.pair()).raw("\"");
        }
    }

    /// `,"m":…` and on spot the always true `,"M":true`
    fn maker_flags(&self, aggressor: Side, text: &mut Text) {
        text.raw(if aggressor == Side::Sell { ",\"m\":true" } else { ",\"m\":false" });
        text.raw(if self.venue() == VenueId::BinanceSpot { ",\"M\":true}" } else { "}" });
    }

    fn price_and_qty(&self, level: Level, text: &mut Text) {
        let grid = &self.listing.instrument.grid;
        text.raw(",\"p\":\"").price(grid, level.px.0).raw("\",\"q\":\"").qty(grid, level.qty.0).raw("\"");
    }

    pub(super) fn depth(&self, ids: DepthIds, bids: &[Level], asks: &[Level]) -> String {
        let grid = &self.listing.instrument.grid;
        let mut text = Text::new();
        text.raw("{\"e\":\"depthUpdate\",\"E\":").number(self.at_ms);
        self.futures_time(&mut text);
        self.symbol_and_pair(&mut text);
        text.raw(",\"U\":").number(ids.first).raw(",\"u\":").number(ids.last);
        if self.venue() != VenueId::BinanceSpot {
            text.raw(",\"pu\":").number(ids.previous_last);
        }
        text.raw(",\"b\":").levels(grid, bids.iter().copied());
        text.raw(",\"a\":").levels(grid, asks.iter().copied()).raw("}").take()
    }

    pub(super) fn book_ticker(&self, update_id: u64, bid: Level, ask: Level) -> String {
        let grid = &self.listing.instrument.grid;
        let mut text = Text::new();
        match self.venue() {
            VenueId::BinanceSpot => text.raw("{\"u\":").number(update_id),
            VenueId::BinanceCoinm => text.raw("{\"u\":").number(update_id).raw(",\"e\":\"bookTicker\""),
            _ => text.raw("{\"e\":\"bookTicker\",\"u\":").number(update_id),
        };
        self.symbol_and_pair(&mut text);
        text.raw(",\"b\":\"").price(grid, bid.px.0).raw("\",\"B\":\"").qty(grid, bid.qty.0);
        text.raw("\",\"a\":\"").price(grid, ask.px.0).raw("\",\"A\":\"").qty(grid, ask.qty.0).raw("\"");
        if self.venue() != VenueId::BinanceSpot {
            text.raw(",\"T\":").number(self.at_ms).raw(",\"E\":").number(self.at_ms);
        }
        text.raw("}").take()
    }

    /// One maker's part of a fill.
    pub(super) fn trade(&self, fill: &Fill, trade_id: u64, part: Level) -> String {
        let mut text = Text::new();
        text.raw("{\"e\":\"trade\",\"E\":").number(self.at_ms);
        self.futures_time(&mut text);
        text.raw(",\"s\":\"").raw(self.symbol()).raw("\",\"t\":").number(trade_id);
        self.price_and_qty(part, &mut text);
        if self.venue() == VenueId::BinanceSpot {
            text.raw(",\"T\":").number(self.at_ms);
        } else {
            text.raw(",\"X\":\"MARKET\"");
        }
        self.maker_flags(fill.aggressor, &mut text);
        text.take()
    }

    pub(super) fn agg_trade(&self, fill: &Fill) -> String {
        let mut text = Text::new();
        text.raw("{\"e\":\"aggTrade\",\"E\":").number(self.at_ms);
        if self.venue() == VenueId::BinanceSpot {
            text.raw(",\"s\":\"").raw(self.symbol()).raw("\",\"a\":").number(fill.aggregate_id);
        } else {
            text.raw(",\"a\":").number(fill.aggregate_id).raw(",\"s\":\"").raw(self.symbol()).raw("\"");
        }
        self.price_and_qty(fill.level, &mut text);
        let last = fill.trades().last().map_or(fill.first_trade_id, |(id, _)| id);
        text.raw(",\"f\":").number(fill.first_trade_id).raw(",\"l\":").number(last).raw(",\"T\":").number(self.at_ms);
        self.maker_flags(fill.aggressor, &mut text);
        text.take()
    }

    pub(super) fn mark_price(&self, mark: &Mark) -> String {
        let mut text = Text::new();
        text.raw("{\"e\":\"markPriceUpdate\",\"E\":").number(self.at_ms);
        text.raw(",\"s\":\"").raw(self.symbol()).raw("\",\"p\":\"").decimal(mark.mark_e12 / 10_000, 8);
        text.raw("\",\"P\":\"")
            .decimal(mark.index_e12 / 10_000, 8)
            .raw("\",\"i\":\"")
            .decimal(mark.index_e12 / 10_000, 8);
        text.raw("\",\"r\":\"").decimal(mark.rate_e8, 8).raw("\",\"T\":").number(mark.next_at_ms).raw("}").take()
    }

    pub(super) fn force_order(&self, fill: &Fill) -> String {
        let grid = &self.listing.instrument.grid;
        let (px, qty) = (fill.level.px.0, fill.level.qty.0);
        let side = if fill.aggressor == Side::Sell { "SELL" } else { "BUY" };
        let mut text = Text::new();
        text.raw("{\"e\":\"forceOrder\",\"E\":")
            .number(self.at_ms)
            .raw(",\"o\":{\"s\":\"")
            .raw(self.symbol())
            .raw("\"");
        if self.venue() == VenueId::BinanceCoinm {
            text.raw(",\"ps\":\"").raw(self.listing.pair()).raw("\"");
        }
        text.raw(",\"S\":\"").raw(side).raw("\",\"o\":\"LIMIT\",\"f\":\"IOC\",\"q\":\"").qty(grid, qty);
        // The bankruptcy price lies beyond where it filled: 4 in 1000 here.
        let bankrupt_px = px + fill.aggressor.sign() * (px / 250);
        text.raw("\",\"p\":\"").price(grid, bankrupt_px).raw("\",\"ap\":\"").price(grid, px);
        text.raw("\",\"X\":\"FILLED\",\"l\":\"").qty(grid, qty).raw("\",\"z\":\"").qty(grid, qty);
        text.raw("\",\"T\":").number(self.at_ms);
        if self.venue() == VenueId::BinanceUsdm {
            // Since 2026 live frames end so.
            text.raw(",\"ps\":\"").raw(self.listing.pair()).raw("\",\"st\":1");
        }
        text.raw("}}").take()
    }

    pub(super) fn kline(&self, candle: &Candle, closed: bool) -> String {
        let grid = &self.listing.instrument.grid;
        let mut text = Text::new();
        text.raw("{\"e\":\"kline\",\"E\":").number(self.at_ms).raw(",\"s\":\"").raw(self.symbol());
        text.raw("\",\"k\":{\"t\":").number(candle.starts_at_ms).raw(",\"T\":").number(candle.ends_at_ms());
        text.raw(",\"s\":\"").raw(self.symbol()).raw("\",\"i\":\"1m\",\"f\":").number(candle.first_trade_id);
        text.raw(",\"L\":").number(candle.last_trade_id);
        for (name, px) in [("o", candle.open), ("c", candle.close), ("h", candle.high), ("l", candle.low)] {
            text.raw(",\"").raw(name).raw("\":\"").price(grid, px).raw("\"");
        }
        text.raw(",\"v\":\"").qty(grid, candle.lots).raw("\",\"n\":").number(candle.trades);
        text.raw(if closed { ",\"x\":true" } else { ",\"x\":false" });
        text.raw(",\"q\":\"").decimal(candle.turnover_e8(self.listing, candle.tick_lots), 8);
        text.raw("\",\"V\":\"").qty(grid, candle.bought_lots);
        text.raw("\",\"Q\":\"").decimal(candle.turnover_e8(self.listing, candle.bought_tick_lots), 8);
        text.raw("\",\"B\":\"0\"}}").take()
    }
}
