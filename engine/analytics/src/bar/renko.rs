//! Renko bricks (S. Nison, *Beyond Candlesticks*, 1994): the price in whole steps, time left out.
//!
//! Bricks lie on the whole multiples of their height, so that it does not matter where a series begins. One follows its
//! predecessor when the price has gone a whole height on; it turns when the price has gone two heights back. Only closed
//! bricks exist.

use super::candle::Candle;
use super::cut::Bar;
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// Most bricks made by one trade; a longer jump keeps its last so many. Bounds the work of one trade.
pub const BRICKS_MAX: i64 = 1_024;

/// Makes bricks of one instrument and one height.
#[derive(Clone, Copy, Debug)]
pub struct RenkoBuilder {
    height: i64,
    /// Where the last brick ended, in heights: where the first trade was, before there is one.
    level: Option<i64>,
    /// Up: 1, down: -1, no brick yet: 0.
    direction: i64,
    /// What has traded since the last brick.
    since: Option<Bar>,
}

impl RenkoBuilder {
    /// Of so many ticks. Panics on less than one: configuration is checked before it gets here.
    #[must_use]
    pub fn new(height: i64) -> Self {
        assert!(height > 0, "a brick has a height");
        Self { height, level: None, direction: 0, since: None }
    }

    /// Takes a trade; hands each brick that it closes to `each`, in order. What has traded since the last one is all in the
    /// first; the others have no trades.
    pub fn trade(&mut self, at: Nanos, px: Ticks, qty: Lots, aggressor: Side, mut each: impl FnMut(&Bar)) {
        let level = *self.level.get_or_insert_with(|| px.0.div_euclid(self.height));
        let mut since = self.since.unwrap_or_else(|| Bar { candle: Candle::first(at.0, px), end_at_ns: at, value: 0 });
        since.candle.add(px, qty, aggressor);
        let value = i128::from(px.0) * i128::from(qty.0);
        (since.end_at_ns, since.value) = (at, since.value.saturating_add(value));
        self.since = Some(since);
        // Whole heights that the price has passed upwards, and downwards.
        let (above, below) = (px.0.div_euclid(self.height), -(-px.0).div_euclid(self.height));
        // The other way the last brick itself has to be passed first.
        let (up_from, down_from) = (level + i64::from(self.direction < 0), level - i64::from(self.direction > 0));
        let (direction, first, count) =
            if above > up_from { (1, up_from, above - up_from) } else { (-1, down_from, down_from - below) };
        if count <= 0 {
            return;
        }
        let skipped = (count - BRICKS_MAX).max(0);
        for brick in skipped..count {
            let (open, close) = (first + direction * brick, first + direction * (brick + 1));
            let (open, close) = (Ticks(open * self.height), Ticks(close * self.height));
            let mut bar =
                self.since.take().unwrap_or(Bar { candle: Candle::first(at.0, open), end_at_ns: at, value: 0 });
            (bar.candle.open, bar.candle.close) = (open, close);
            (bar.candle.high, bar.candle.low) = (open.max(close), open.min(close));
            each(&bar);
        }
        (self.level, self.direction) = (Some(first + direction * count), direction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(height: i64, prices: &[i64]) -> Vec<Bar> {
        let (mut builder, mut made) = (RenkoBuilder::new(height), Vec::new());
        for (at, px) in (0..).zip(prices) {
            builder.trade(Nanos(at), Ticks(*px), Lots(1), Side::Buy, |bar| made.push(*bar));
        }
        made
    }

    fn steps(height: i64, prices: &[i64]) -> Vec<(i64, i64)> {
        run(height, prices).iter().map(|bar| (bar.candle.open.0, bar.candle.close.0)).collect()
    }

    /// The obvious way: the price walks tick by tick, and each tick may end one brick.
    fn slow(height: i64, prices: &[i64]) -> Vec<(i64, i64)> {
        let mut made: Vec<(i64, i64)> = Vec::new();
        let Some(first) = prices.first() else { return made };
        let (mut at, start) = (*first, first.div_euclid(height) * height);
        for px in prices {
            loop {
                let (up, down) = match made.last() {
                    None => ((start, start + height), (start, start - height)),
                    Some((open, close)) if close > open => ((*close, close + height), (*open, open - height)),
                    Some((open, close)) => ((*open, open + height), (*close, close - height)),
                };
                if at >= up.1 {
                    made.push(up);
                } else if at <= down.1 {
                    made.push(down);
                } else if at == *px {
                    break;
                } else {
                    at += (px - at).signum();
                }
            }
        }
        made
    }

    proptest! {
        #[test]
        fn equals_a_walk_by_single_ticks(height in 1..9_i64, prices in prop::collection::vec(-60..60_i64, 0..60)) {
            prop_assert_eq!(steps(height, &prices), slow(height, &prices));
        }

        #[test]
        fn no_trade_is_lost(height in 1..9_i64, prices in prop::collection::vec(-60..60_i64, 1..60)) {
            let bars = run(height, &prices);
            let trades: u32 = bars.iter().map(|bar| bar.candle.trades).sum();
            let last = bars.last().map_or(0, |bar| bar.end_at_ns.0 + 1);
            prop_assert_eq!(u64::from(trades), last, "all until the last brick");
        }
    }

    #[test]
    fn a_turn_takes_two_heights_and_a_jump_is_bounded_work() {
        assert_eq!(
            steps(10, &[100, 119, 120, 105, 101, 100, 90, 99, 110]),
            [(100, 110), (110, 120), (110, 100), (100, 90), (100, 110)]
        );
        let far = steps(1, &[0, 1_000_000]);
        assert_eq!((far.len() as i64, far[far.len() - 1]), (BRICKS_MAX, (999_999, 1_000_000)));
    }
}
