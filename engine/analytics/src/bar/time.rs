//! Candles of equal length in time, made of trades.
//!
//! The boundaries are the whole multiples of the period since the epoch, in whatever clock the caller hands in; a
//! strategy hands in the receive time, the same clock that its timers run on. A period without a trade makes no candle,
//! unless the builder was told to fill: then it makes a flat one at the last close, as chart series want it.
//!
//! Owns: the candle that is being made. Never: a clock; finished candles, which it hands out at once.

pub use super::candle::Candle;

use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// Most flat candles made for one silence; a longer one keeps its last so many. Bounds the work of one trade.
pub const FILL_MAX: u64 = 1_024;

/// What a period without a trade makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Silence {
    /// Nothing.
    #[default]
    Skip,
    /// A flat candle at the last close, at most [`FILL_MAX`] in a row.
    Fill,
}

/// Makes candles of one instrument and one length.
#[derive(Clone, Copy, Debug)]
pub struct CandleBuilder {
    period_ns: u64,
    silence: Silence,
    /// The candle being made.
    open: Option<Candle>,
    /// What the next filled-in candle repeats, and where it starts: set once a candle is finished.
    last: Option<(Ticks, u64)>,
}

impl CandleBuilder {
    /// Panics on an empty period: configuration is checked before it gets here.
    #[must_use]
    pub fn new(period_ns: u64, silence: Silence) -> Self {
        assert!(period_ns > 0, "a candle has a length");
        Self { period_ns, silence, open: None, last: None }
    }

    /// The candle being made, if a trade has come in its period.
    #[must_use]
    pub fn current(&self) -> Option<&Candle> {
        self.open.as_ref()
    }

    /// Takes a trade; hands each candle that it finishes to `each`, oldest first. A trade from before the running
    /// period, which clocks that run apart do produce, counts into the running one: a finished candle never changes.
    pub fn trade(&mut self, at: Nanos, px: Ticks, qty: Lots, aggressor: Side, each: impl FnMut(&Candle)) {
        self.advance(at, each);
        let start = self.start_of(at);
        let last = self.last.map_or(0, |(_, next)| next);
        self.open.get_or_insert_with(|| Candle::first(start.max(last), px)).add(px, qty, aggressor);
    }

    /// Lets time pass without a trade; hands each candle that ends by then to `each`.
    pub fn advance(&mut self, now: Nanos, mut each: impl FnMut(&Candle)) {
        if let Some(candle) = self.open
            && now.since(candle.start_at_ns) >= self.period_ns
        {
            self.open = None;
            self.last = Some((candle.close, candle.start_at_ns.0.saturating_add(self.period_ns)));
            each(&candle);
        }
        if self.silence == Silence::Fill && self.open.is_none() {
            self.fill(now, each);
        }
    }

    /// Flat candles for the periods that have ended since the last one.
    fn fill(&mut self, now: Nanos, mut each: impl FnMut(&Candle)) {
        let Some((close, next)) = self.last else { return };
        let end = self.start_of(now);
        if end <= next {
            return;
        }
        let count = ((end - next) / self.period_ns).min(FILL_MAX);
        for back in (1..=count).rev() {
            each(&Candle::first(end - back * self.period_ns, close));
        }
        self.last = Some((close, end));
    }

    fn start_of(&self, at: Nanos) -> u64 {
        at.0 - at.0 % self.period_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Trade = (u64, i64, i64, bool);

    fn run(trades: &[Trade], period: u64, silence: Silence, end: u64) -> Vec<Candle> {
        let (mut builder, mut made) = (CandleBuilder::new(period, silence), Vec::new());
        for &(at, px, qty, buy) in trades {
            let side = if buy { Side::Buy } else { Side::Sell };
            builder.trade(Nanos(at), Ticks(px), Lots(qty), side, |candle| made.push(*candle));
        }
        builder.advance(Nanos(end), |candle| made.push(*candle));
        made
    }

    /// The obvious way: all trades sorted into periods, each period looked at as a whole.
    fn slow(trades: &[Trade], period: u64, silence: Silence, end: u64) -> Vec<Candle> {
        let mut periods: BTreeMap<u64, Vec<Trade>> = BTreeMap::new();
        let mut latest = 0;
        for &trade in trades {
            latest = latest.max(trade.0 / period);
            periods.entry(latest).or_default().push(trade);
        }
        let mut made: Vec<Candle> = Vec::new();
        for index in periods.keys().next().copied().unwrap_or(u64::MAX)..end / period {
            match (periods.get(&index), silence) {
                (Some(trades), _) => made.push(Candle {
                    start_at_ns: Nanos(index * period),
                    open: Ticks(trades[0].1),
                    high: Ticks(trades.iter().map(|t| t.1).max().unwrap_or_default()),
                    low: Ticks(trades.iter().map(|t| t.1).min().unwrap_or_default()),
                    close: Ticks(trades[trades.len() - 1].1),
                    volume: Lots(trades.iter().map(|t| t.2).sum()),
                    buy_volume: Lots(trades.iter().filter(|t| t.3).map(|t| t.2).sum()),
                    trades: trades.len() as u32,
                }),
                (None, Silence::Skip) => {}
                (None, Silence::Fill) => {
                    let close = made.last().map_or(Ticks(0), |candle| candle.close);
                    made.push(Candle::first(index * period, close));
                }
            }
        }
        made
    }

    proptest! {
        #[test]
        fn equals_trades_sorted_into_periods(
            steps in prop::collection::vec((-3..40i64, -50..50i64, 1..1_000i64, any::<bool>()), 0..200),
            period in 1..60u64, fill in any::<bool>(), after in 0..500u64,
        ) {
            let mut at = 1_000u64;
            let trades: Vec<Trade> = steps.into_iter().map(|(step, px, qty, buy)| {
                at = at.saturating_add_signed(step);
                (at, px, qty, buy)
            }).collect();
            let end = trades.iter().map(|t| t.0).max().unwrap_or(0) + after;
            let silence = if fill { Silence::Fill } else { Silence::Skip };
            prop_assert_eq!(run(&trades, period, silence, end), slow(&trades, period, silence, end));
        }
    }

    #[test]
    fn a_year_of_silence_is_bounded_work_and_ends_at_the_present() {
        let made = run(&[(5, 7, 1, true)], 10, Silence::Fill, 10_000_000);
        assert_eq!(made.len() as u64, 1 + FILL_MAX);
        assert_eq!(made[made.len() - 1].start_at_ns, Nanos(9_999_990));
    }

    #[test]
    fn a_trade_that_comes_after_its_candle_was_finished_counts_into_the_next() {
        let mut builder = CandleBuilder::new(10, Silence::Skip);
        builder.trade(Nanos(15), Ticks(1), Lots(1), Side::Buy, |_| {});
        builder.advance(Nanos(20), |candle| assert_eq!(candle.start_at_ns, Nanos(10)));
        builder.trade(Nanos(19), Ticks(2), Lots(1), Side::Buy, |_| {});
        assert_eq!(builder.current().map(|candle| candle.start_at_ns), Some(Nanos(20)));
    }
}
