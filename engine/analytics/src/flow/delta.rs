//! Who wanted it: what takers bought less what they sold.

use super::Trade;
use engine_model::market::Side;

/// Bought and sold since it began, and how far the difference went on its way. Over a whole tape its difference is the
/// cumulative volume delta (CVD), over a bar the bar's delta.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delta {
    /// What takers bought.
    pub buy: f64,
    /// What takers sold.
    pub sell: f64,
    /// Largest difference on the way, which starts at 0.
    pub max: f64,
    /// Smallest one.
    pub min: f64,
}

impl Delta {
    /// Takes the next trade.
    #[inline]
    pub fn update(&mut self, trade: &Trade) {
        match trade.aggressor {
            Side::Buy => self.buy += trade.amount,
            Side::Sell => self.sell += trade.amount,
        }
        self.max = self.max.max(self.value());
        self.min = self.min.min(self.value());
    }

    /// Bought less sold.
    #[must_use]
    #[inline]
    pub fn value(&self) -> f64 {
        self.buy - self.sell
    }

    /// Bought and sold together.
    #[must_use]
    #[inline]
    pub fn volume(&self) -> f64 {
        self.buy + self.sell
    }

    /// Bought less sold as a share of both: -1 to 1. `None` where nothing was traded.
    #[must_use]
    pub fn imbalance(&self) -> Option<f64> {
        super::ratio(self.value(), self.volume())
    }
}

/// Delta of exactly the last `length_ms`, to the trade, whatever bars there are: of the last 24 h, of the last 15 min.
///
/// It holds every trade of the window, so it is told how many there can be. When more come it does not know the window any
/// more, and says so until the first trade that it had to forget is too old to count.
#[derive(Clone, Debug)]
pub struct RollingDelta {
    length_ms: i64,
    /// Time and signed amount, oldest at `first`.
    trades: Box<[(i64, f64)]>,
    first: usize,
    count: usize,
    sum: f64,
    /// The oldest so many are not in `fresh`, the others are. When they are gone it takes the place of `sum`, so that the
    /// rounding of what was taken away does not stay.
    older: usize,
    fresh: f64,
    /// The window is known if it begins after this time.
    blind_until_ms: Option<i64>,
}

impl RollingDelta {
    /// Over `length_ms`, of at most `capacity` trades at once. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(length_ms: i64, capacity: usize) -> Self {
        assert!(length_ms > 0 && capacity > 0, "a window of nothing");
        Self {
            length_ms,
            trades: vec![(0, 0.0); capacity].into(),
            first: 0,
            count: 0,
            sum: 0.0,
            older: 0,
            fresh: 0.0,
            blind_until_ms: None,
        }
    }

    /// Takes the next trade.
    pub fn update(&mut self, trade: &Trade) {
        // What was traded before the first trade seen is not known.
        self.blind_until_ms.get_or_insert(trade.time_ms - 1);
        self.forget_until(trade.time_ms - self.length_ms);
        if self.count == self.trades.len() {
            let lost_ms = self.trades[self.first].0;
            self.blind_until_ms = self.blind_until_ms.max(Some(lost_ms));
            self.forget();
        }
        let signed = trade.sign() * trade.amount;
        let at = (self.first + self.count) % self.trades.len();
        self.trades[at] = (trade.time_ms, signed);
        self.count += 1;
        if self.count == 1 {
            (self.older, self.sum, self.fresh) = (1, signed, 0.0);
        } else {
            self.sum += signed;
            self.fresh += signed;
        }
    }

    /// Bought less sold in the `length_ms` up to `now_ms`, the start not included; `None` while it has not seen all of that.
    pub fn at(&mut self, now_ms: i64) -> Option<f64> {
        let start_ms = now_ms - self.length_ms;
        self.forget_until(start_ms);
        (start_ms >= self.blind_until_ms?).then_some(self.sum)
    }

    fn forget_until(&mut self, start_ms: i64) {
        while self.count > 0 && self.trades[self.first].0 <= start_ms {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.sum -= self.trades[self.first].1;
        self.first = (self.first + 1) % self.trades.len();
        self.count -= 1;
        self.older -= 1;
        if self.older == 0 {
            (self.older, self.sum, self.fresh) = (self.count, self.fresh, 0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(time_ms: i64, aggressor: Side, amount: f64) -> Trade {
        Trade { time_ms, aggressor, price: 1.0, amount }
    }

    #[test]
    fn a_window_of_time_is_exact_to_the_trade_and_known_only_when_it_was_seen() {
        let mut rolling = RollingDelta::new(100, 3);
        assert_eq!(rolling.at(0), None);
        rolling.update(&trade(10, Side::Buy, 5.0));
        assert_eq!(rolling.at(108), None);
        assert_eq!(rolling.at(109), Some(5.0));
        assert_eq!(rolling.at(110), Some(0.0));
        rolling.update(&trade(120, Side::Sell, 2.0));
        rolling.update(&trade(130, Side::Buy, 0.5));
        assert_eq!(rolling.at(130), Some(-1.5));
        assert_eq!(rolling.at(220), Some(0.5));
    }

    #[test]
    fn a_window_with_more_trades_than_it_holds_is_unknown_until_they_are_too_old() {
        let mut rolling = RollingDelta::new(100, 3);
        for time_ms in [10, 200, 201, 202, 203] {
            rolling.update(&trade(time_ms, Side::Buy, 1.0));
        }
        assert_eq!(rolling.at(203), None);
        assert_eq!(rolling.at(299), None);
        assert_eq!(rolling.at(300), Some(3.0));
        assert_eq!(rolling.at(302), Some(1.0));
    }

    #[test]
    fn rounding_does_not_stay() {
        let mut rolling = RollingDelta::new(10, 10);
        for time_ms in 0..1_000 {
            rolling.update(&trade(time_ms, Side::Buy, if time_ms == 500 { 1e16 } else { 0.1 }));
        }
        assert!((rolling.at(999).unwrap() - 1.0).abs() < 1e-12);
    }
}
