//! What takers paid for being quick: effective and realised spread, and the impact that is between them.

use super::Trade;
use super::book::Quote;
use std::collections::VecDeque;

/// What a trade paid, known once the quotes have moved on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Number of the trade, counted from 0 among those given.
    pub trade: u64,
    /// Twice what it paid beyond the mid of the newest quote at it.
    pub effective: f64,
    /// Twice what it paid beyond the mid of some quotes later: what its maker was left with.
    pub realised: f64,
}

impl Cost {
    /// How far the mid went with the trade, twice.
    #[must_use]
    pub fn impact(&self) -> f64 {
        self.effective - self.realised
    }
}

/// A trade whose quotes have not moved on.
#[derive(Clone, Copy, Debug)]
struct Pending {
    number: u64,
    sign: f64,
    price: f64,
    effective: f64,
    /// Number of the quote that settles it.
    due: u64,
}

/// Follows trades through the quotes that come after. Give quotes and trades as they came; of one time, the quote first.
///
/// At most so many trades are under way at once: one that comes beyond has its effective spread and is not followed.
#[derive(Debug)]
pub struct Costs {
    horizon: u64,
    capacity: usize,
    mid: Option<f64>,
    quotes: u64,
    trades: u64,
    pending: VecDeque<Pending>,
}

impl Costs {
    /// Realised `horizon` quotes after the one at the trade, for at most `capacity` trades at once. Panics if one of them
    /// is 0.
    #[must_use]
    pub fn new(horizon: u64, capacity: usize) -> Self {
        assert!(horizon > 0 && capacity > 0, "a way of nothing");
        let pending = VecDeque::with_capacity(capacity);
        Self { horizon, capacity, mid: None, quotes: 0, trades: 0, pending }
    }

    /// Takes the next quote; `settled` is told of each trade whose horizon it is, oldest first.
    #[inline]
    pub fn quote(&mut self, quote: &Quote, mut settled: impl FnMut(Cost)) {
        let mid = quote.mid();
        self.mid = Some(mid);
        self.quotes += 1;
        while let Some(trade) = self.pending.pop_front_if(|trade| trade.due <= self.quotes) {
            let realised = 2.0 * trade.sign * (trade.price - mid);
            settled(Cost { trade: trade.number, effective: trade.effective, realised });
        }
    }

    /// Takes the next trade; gives its effective spread, `None` before the first quote.
    #[inline]
    pub fn trade(&mut self, trade: &Trade) -> Option<f64> {
        let number = self.trades;
        self.trades += 1;
        let effective = 2.0 * trade.sign() * (trade.price - self.mid?);
        if self.pending.len() < self.capacity {
            let due = self.quotes + self.horizon;
            self.pending.push_back(Pending { number, sign: trade.sign(), price: trade.price, effective, due });
        }
        Some(effective)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;

    #[test]
    fn a_trade_is_followed_if_it_has_a_quote_and_there_is_room() {
        let mut costs = Costs::new(2, 1);
        let trade = |price| Trade { time_ms: 0, aggressor: Side::Sell, price, amount: 1.0 };
        let quote = |mid| Quote { bid: mid - 0.5, bid_size: 1.0, ask: mid + 0.5, ask_size: 1.0 };
        let mut settled = Vec::new();
        assert_eq!(costs.trade(&trade(10.0)), None);
        costs.quote(&quote(10.0), |cost| settled.push(cost));
        assert_eq!(costs.trade(&trade(9.0)), Some(2.0));
        assert_eq!(costs.trade(&trade(8.0)), Some(4.0));
        costs.quote(&quote(50.0), |cost| settled.push(cost));
        assert_eq!(settled, []);
        costs.quote(&quote(8.0), |cost| settled.push(cost));
        costs.quote(&quote(50.0), |cost| settled.push(cost));
        assert_eq!(settled, [Cost { trade: 1, effective: 2.0, realised: -2.0 }]);
        assert!((settled[0].impact() - 4.0).abs() < 1e-12);
    }
}
