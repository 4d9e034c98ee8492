//! A candle, in ticks and lots.

use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// What traded in one bar: a period, or whatever the bar is cut by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candle {
    /// Start of the period, included; the end is not. Of a bar that is not cut by time, when its first trade was.
    pub start_at_ns: Nanos,
    /// Price of the first trade.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Price of the last trade.
    pub close: Ticks,
    /// Quantity traded. Saturates.
    pub volume: Lots,
    /// The part of it in which the taker bought.
    pub buy_volume: Lots,
    /// Number of trades; 0 marks a filled-in period, or a brick that no trade of its own made.
    pub trades: u32,
}

impl Candle {
    pub(super) fn first(start_ns: u64, px: Ticks) -> Self {
        let start_at_ns = Nanos(start_ns);
        Self { start_at_ns, open: px, high: px, low: px, close: px, ..Self::default() }
    }

    /// Takes a trade.
    pub(super) fn add(&mut self, px: Ticks, qty: Lots, aggressor: Side) {
        self.high = self.high.max(px);
        self.low = self.low.min(px);
        self.close = px;
        self.volume.0 = self.volume.0.saturating_add(qty.0);
        if aggressor == Side::Buy {
            self.buy_volume.0 = self.buy_volume.0.saturating_add(qty.0);
        }
        self.trades = self.trades.saturating_add(1);
    }

    /// Takes a later candle.
    pub(super) fn join(&mut self, next: &Self) {
        self.high = self.high.max(next.high);
        self.low = self.low.min(next.low);
        self.close = next.close;
        self.volume.0 = self.volume.0.saturating_add(next.volume.0);
        self.buy_volume.0 = self.buy_volume.0.saturating_add(next.buy_volume.0);
        self.trades = self.trades.saturating_add(next.trades);
    }
}
