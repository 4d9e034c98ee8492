//! Bars of order flow: a candle, and who wanted it.

use super::delta::Delta;
use super::vwap::Vwap;
use super::{Trade, period, ratio};

/// What was traded in one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowBar {
    /// When the period began, in ms since the epoch.
    pub start_ms: i64,
    /// Price of the first trade.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Price of the last trade.
    pub close: f64,
    /// Who wanted it.
    pub delta: Delta,
    /// Delta of the tape from its first trade to the last of this bar.
    pub cvd: f64,
    /// Number of trades.
    pub trades: u32,
    /// Mean price by amount.
    pub vwap: Vwap,
}

impl FlowBar {
    fn starting_with(trade: &Trade, start_ms: i64, cvd: f64) -> Self {
        let (open, delta, vwap) = (trade.price, Delta::default(), Vwap::default());
        let mut bar = Self { start_ms, open, high: open, low: open, close: open, delta, cvd, trades: 0, vwap };
        bar.update(trade);
        bar
    }

    fn update(&mut self, trade: &Trade) {
        self.high = self.high.max(trade.price);
        self.low = self.low.min(trade.price);
        self.close = trade.price;
        self.delta.update(trade);
        self.cvd += trade.sign() * trade.amount;
        self.trades += 1;
        self.vwap.update(trade.price, trade.amount);
    }

    /// Mean amount of a trade.
    #[must_use]
    pub fn average_size(&self) -> Option<f64> {
        ratio(self.delta.volume(), f64::from(self.trades))
    }
}

/// Makes bars of a tape. A period without a trade has none.
#[derive(Clone, Debug)]
pub struct FlowBars {
    length_ms: i64,
    open: Option<FlowBar>,
}

impl FlowBars {
    /// Of `length_ms` each. Panics if that is not above 0.
    #[must_use]
    pub fn new(length_ms: i64) -> Self {
        assert!(length_ms > 0, "a period of nothing");
        Self { length_ms, open: None }
    }

    /// Takes the next trade; gives the bar that it closes, if it is the first of another period.
    #[inline]
    pub fn update(&mut self, trade: &Trade) -> Option<FlowBar> {
        let start_ms = period(trade.time_ms, self.length_ms);
        match &mut self.open {
            Some(bar) if bar.start_ms == start_ms => {
                bar.update(trade);
                None
            }
            open => {
                let cvd = open.map_or(0.0, |bar| bar.cvd);
                open.replace(FlowBar::starting_with(trade, start_ms, cvd))
            }
        }
    }

    /// The bar that is not closed yet.
    #[must_use]
    pub fn running(&self) -> Option<&FlowBar> {
        self.open.as_ref()
    }
}
