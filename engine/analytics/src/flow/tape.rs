//! Which way the tape runs: the signed share of the newest trades, and whether one side follows upon itself.

use super::{Trade, known, ratio};
use crate::indicator::Filter;
use crate::indicator::block::Sum;

/// Bought less sold as a share of both, over the last so many trades: -1 to 1.
#[derive(Clone, Debug)]
pub struct TradeFlow {
    signed: Sum,
    amounts: Sum,
}

impl TradeFlow {
    /// Over `length` trades. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { signed: Sum::new(length), amounts: Sum::new(length) }
    }

    /// Takes the next trade; `None` before there were `length`.
    #[inline]
    pub fn update(&mut self, trade: &Trade) -> Option<f64> {
        let signed = self.signed.next(trade.sign() * trade.amount);
        ratio(signed, self.amounts.next(trade.amount))
    }
}

/// Pearson correlation of the signs of trades (+1 bought, -1 sold) with those of the trades before each, over the whole tape.
/// Counted in whole numbers: nothing drifts.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignCorrelation {
    last: Option<f64>,
    pairs: f64,
    sum: f64,
    sum_before: f64,
    product: f64,
}

impl SignCorrelation {
    /// Takes the next trade.
    #[inline]
    pub fn update(&mut self, trade: &Trade) {
        let sign = trade.sign();
        if let Some(before) = self.last.replace(sign) {
            self.pairs += 1.0;
            self.sum += sign;
            self.sum_before += before;
            self.product += sign * before;
        }
    }

    /// The correlation; `None` while all trades were on one side.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let (n, x, y) = (self.pairs, self.sum, self.sum_before);
        // The square of a sign is 1.
        let spread = (n * n - x * x) * (n * n - y * y);
        known((n * self.product - x * y) / spread.sqrt())
    }
}
