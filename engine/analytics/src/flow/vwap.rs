//! Mean price by amount.

use super::{DAY_MS, Trade, period, ratio};

/// Mean price of what it was given, each price weighing as much as was traded at it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vwap {
    turnover: f64,
    volume: f64,
}

impl Vwap {
    /// Takes the next price, and how much was traded at it.
    #[inline]
    pub fn update(&mut self, price: f64, amount: f64) {
        self.turnover += price * amount;
        self.volume += amount;
    }

    /// The mean; `None` where nothing was traded.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        ratio(self.turnover, self.volume)
    }
}

/// VWAP since the last anchor; anchors are at 00:00 UTC, every so many ms.
#[derive(Clone, Copy, Debug)]
pub struct AnchoredVwap {
    length_ms: i64,
    start_ms: i64,
    vwap: Vwap,
}

impl AnchoredVwap {
    /// Anchored every `length_ms`. Panics if that is not above 0.
    #[must_use]
    pub fn new(length_ms: i64) -> Self {
        assert!(length_ms > 0, "a period of nothing");
        Self { length_ms, start_ms: i64::MIN, vwap: Vwap::default() }
    }

    /// Anchored at the start of each day, 00:00 UTC.
    #[must_use]
    pub fn daily() -> Self {
        Self::new(DAY_MS)
    }

    /// Takes the next trade; gives the mean of those since the anchor, this one included.
    #[inline]
    pub fn update(&mut self, trade: &Trade) -> Option<f64> {
        let start_ms = period(trade.time_ms, self.length_ms);
        if start_ms != self.start_ms {
            (self.start_ms, self.vwap) = (start_ms, Vwap::default());
        }
        self.vwap.update(trade.price, trade.amount);
        self.vwap.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;

    #[test]
    fn a_day_begins_at_midnight() {
        let mut vwap = AnchoredVwap::daily();
        let mut at = |time_ms, price, amount| vwap.update(&Trade { time_ms, aggressor: Side::Buy, price, amount });
        assert_eq!(at(DAY_MS - 2, 10.0, 0.0), None);
        assert_eq!(at(DAY_MS - 1, 10.0, 1.0), Some(10.0));
        assert_eq!(at(DAY_MS, 20.0, 1.0), Some(20.0));
        assert_eq!(at(DAY_MS + 1, 30.0, 3.0), Some(27.5));
    }
}
