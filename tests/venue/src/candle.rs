//! The running one-minute candle of one instrument, from its trades.

use crate::listing::Listing;
use crate::market::Fill;
use engine_model::instrument::ContractKind;
use engine_model::market::Side;

/// A minute in milliseconds.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// Prices in ticks, quantities in lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candle {
    pub(crate) starts_at_ms: u64,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) close: i64,
    pub(crate) lots: i64,
    pub(crate) bought_lots: i64,
    /// Sum of price times quantity.
    pub(crate) tick_lots: i128,
    pub(crate) bought_tick_lots: i128,
    pub(crate) trades: u64,
    pub(crate) first_trade_id: u64,
    pub(crate) last_trade_id: u64,
    /// Whether a trade came since it was last told.
    pub(crate) fresh: bool,
}

impl Candle {
    /// An empty candle of the minute of that time, opening where the last one closed.
    pub(crate) fn starting(at_ms: u64, px: i64) -> Self {
        let starts_at_ms = at_ms - at_ms % MINUTE_MS;
        Self { starts_at_ms, open: px, high: px, low: px, close: px, ..Self::default() }
    }

    pub(crate) fn ends_at_ms(&self) -> u64 {
        self.starts_at_ms + MINUTE_MS - 1
    }

    pub(crate) fn add(&mut self, fill: &Fill) {
        let (px, qty) = (fill.level.px.0, fill.level.qty.0);
        if self.trades == 0 {
            (self.open, self.high, self.low, self.first_trade_id) = (px, px, px, fill.first_trade_id);
        }
        (self.high, self.low, self.close) = (self.high.max(px), self.low.min(px), px);
        self.lots += qty;
        self.tick_lots += i128::from(px) * i128::from(qty);
        if fill.aggressor == Side::Buy {
            self.bought_lots += qty;
            self.bought_tick_lots += i128::from(px) * i128::from(qty);
        }
        for (id, _) in fill.trades() {
            self.trades += 1;
            self.last_trade_id = id;
        }
        self.fresh = true;
    }

    /// Quote turnover (COIN-M: base turnover at the close) in 1e-8.
    pub(crate) fn turnover_e8(&self, listing: &Listing, tick_lots: i128) -> i128 {
        let grid = &listing.instrument.grid;
        let decimals = u32::from(grid.price_decimals) + u32::from(grid.qty_decimals);
        let units = tick_lots * i128::from(grid.tick_step) * i128::from(grid.lot_step);
        if listing.instrument.kind == ContractKind::Inverse {
            let lots = tick_lots / i128::from(self.close.max(1));
            let px_units = i128::from(self.close.max(1)) * i128::from(grid.tick_step);
            let scale = 10i128.pow(8 + u32::from(grid.price_decimals));
            return lots * i128::from(listing.instrument.contract_size) * scale / px_units;
        }
        if decimals >= 8 { units / 10i128.pow(decimals - 8) } else { units * 10i128.pow(8 - decimals) }
    }
}
