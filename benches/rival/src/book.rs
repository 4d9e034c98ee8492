//! Other people's books: a `BTreeMap`, `hftbacktest`'s depth over a region of interest, `nautilus-model`'s order book.
//! Updates are turned into each one's own form beforehand.

use benches::book::{DepthBook, Maker, Update, contender};
use engine_model::market::Side;
use hftbacktest::depth::{INVALID_MAX, INVALID_MIN, L2MarketDepth as _, MarketDepth as _, ROIVectorMarketDepth};
use nautilus_model::data::{BookOrder, OrderBookDelta};
use nautilus_model::enums::{BookAction, BookType, OrderSide};
use nautilus_model::identifiers::InstrumentId;
use nautilus_model::orderbook::OrderBook;
use nautilus_model::types::{Price, Quantity};
use std::collections::BTreeMap;

/// Every rival by name.
pub(crate) fn rivals() -> Vec<(&'static str, Maker)> {
    vec![
        (Tree::NAME, Maker(contender::<Tree>)),
        (Roi::NAME, Maker(contender::<Roi>)),
        (Nautilus::NAME, Maker(contender::<Nautilus>)),
    ]
}

/// What most bots have.
struct Tree {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl DepthBook for Tree {
    const NAME: &'static str = "btreemap";
    type Prepared = Update;

    fn new(_: i64) -> Self {
        Self { bids: BTreeMap::new(), asks: BTreeMap::new() }
    }

    fn prepare(update: &Update) -> Update {
        *update
    }

    #[inline]
    fn apply(&mut self, update: &Update) {
        let side = match update.side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        match update.qty {
            0 => side.remove(&update.px),
            qty => side.insert(update.px, qty),
        };
    }

    #[inline]
    fn best(&self) -> (i64, i64) {
        let bid = self.bids.last_key_value().map_or(0, |(px, _)| *px);
        (bid, self.asks.first_key_value().map_or(0, |(px, _)| *px))
    }
}

/// A tick of 0.1 and a lot of 0.001, as the instruments that these books are used for.
const TICK: f64 = 0.1;
const LOT: f64 = 0.001;
/// Half of the region of interest, in ticks: as wide in all as a side of our window.
const REGION: i64 = 16_384;

/// `hftbacktest`: a vector over a region, floats in.
struct Roi(ROIVectorMarketDepth);

impl DepthBook for Roi {
    const NAME: &'static str = "hftbacktest-roi";
    type Prepared = (Side, f64, f64);

    fn new(middle: i64) -> Self {
        let [low, high] = [middle - REGION, middle + REGION].map(|px| px as f64 * TICK);
        Self(ROIVectorMarketDepth::new(TICK, LOT, low, high))
    }

    fn prepare(update: &Update) -> Self::Prepared {
        (update.side, update.px as f64 * TICK, update.qty as f64 * LOT)
    }

    #[inline]
    fn apply(&mut self, &(side, px, qty): &Self::Prepared) {
        match side {
            Side::Buy => self.0.update_bid_depth(px, qty, 0),
            Side::Sell => self.0.update_ask_depth(px, qty, 0),
        };
    }

    #[inline]
    fn best(&self) -> (i64, i64) {
        let known = |px: i64| if px == INVALID_MIN || px == INVALID_MAX { 0 } else { px };
        (known(self.0.best_bid_tick()), known(self.0.best_ask_tick()))
    }
}

/// `nautilus-model`: fixed-point prices, levels of orders.
struct Nautilus(OrderBook);

/// Raw units of a nautilus price in one tick.
const RAW_TICK: i64 = 100_000_000;

fn btcusdt() -> InstrumentId {
    InstrumentId::from("BTCUSDT.BINANCE")
}

impl DepthBook for Nautilus {
    const NAME: &'static str = "nautilus";
    type Prepared = OrderBookDelta;

    fn new(_: i64) -> Self {
        Self(OrderBook::new(btcusdt(), BookType::L2_MBP))
    }

    fn prepare(update: &Update) -> OrderBookDelta {
        let action = if update.qty == 0 { BookAction::Delete } else { BookAction::Update };
        let side = match update.side {
            Side::Buy => OrderSide::Buy,
            Side::Sell => OrderSide::Sell,
        };
        let (px, qty) = (Price::new(update.px as f64 * TICK, 1), Quantity::new(update.qty as f64 * LOT, 3));
        let order = BookOrder::new(side, px, qty, update.px.unsigned_abs());
        OrderBookDelta::new(btcusdt(), action, order, 0, 0, 0.into(), 0.into())
    }

    #[inline]
    fn apply(&mut self, delta: &OrderBookDelta) {
        // The checks are part of what its users pay; a refusal would show in the best prices.
        let _ = self.0.apply_delta(delta);
    }

    #[inline]
    fn best(&self) -> (i64, i64) {
        let ticks = |px: Option<Price>| px.map_or(0, |px| px.raw / RAW_TICK);
        (ticks(self.0.best_bid_price()), ticks(self.0.best_ask_price()))
    }
}
