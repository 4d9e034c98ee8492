//! Bars of one length, out of trades: the last so many, in whole numbers.

use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};
use std::collections::VecDeque;

/// What was traded from `start` on, for one step of its series. A step without a trade has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) start: Nanos,
    pub(crate) open: Ticks,
    pub(crate) high: Ticks,
    pub(crate) low: Ticks,
    pub(crate) close: Ticks,
    /// What takers bought.
    pub(crate) buy: Lots,
    /// What takers sold.
    pub(crate) sell: Lots,
    /// Ticks times lots, summed.
    pub(crate) turnover: f64,
    pub(crate) trades: u32,
}

impl Bar {
    pub(super) fn of(start: Nanos, px: Ticks, qty: Lots, aggressor: Side) -> Self {
        let (buy, sell) = match aggressor {
            Side::Buy => (qty, Lots(0)),
            Side::Sell => (Lots(0), qty),
        };
        let turnover = px.0 as f64 * qty.0 as f64;
        Self { start, open: px, high: px, low: px, close: px, buy, sell, turnover, trades: 1 }
    }

    /// Bought and sold together.
    pub(crate) fn volume(&self) -> Lots {
        Lots(self.buy.0.saturating_add(self.sell.0))
    }

    /// Bought less sold.
    pub(crate) fn delta(&self) -> Lots {
        Lots(self.buy.0 - self.sell.0)
    }

    /// Mean price by amount, in ticks.
    pub(crate) fn vwap_ticks(&self) -> Option<f64> {
        let volume = self.volume().0;
        (volume > 0).then(|| self.turnover / volume as f64)
    }

    /// With what came after it.
    pub(crate) fn then(mut self, later: &Self) -> Self {
        self.close = later.close;
        self.with(later);
        self
    }

    /// With what came some time in it.
    fn with(&mut self, other: &Self) {
        self.high = self.high.max(other.high);
        self.low = self.low.min(other.low);
        self.buy.0 = self.buy.0.saturating_add(other.buy.0);
        self.sell.0 = self.sell.0.saturating_add(other.sell.0);
        self.turnover += other.turnover;
        self.trades = self.trades.saturating_add(other.trades);
    }
}

/// The last bars of one length, oldest first. Memory grows with what was traded, up to `capacity` bars.
#[derive(Debug)]
pub(crate) struct Series {
    step_ns: u64,
    capacity: usize,
    bars: VecDeque<Bar>,
}

impl Series {
    pub(super) const fn new(step_ns: u64, capacity: usize) -> Self {
        Self { step_ns, capacity, bars: VecDeque::new() }
    }

    pub(crate) fn step_ns(&self) -> u64 {
        self.step_ns
    }

    /// How far back it can reach.
    pub(crate) fn reach_ns(&self) -> u64 {
        self.step_ns * (self.capacity as u64 - 1)
    }

    pub(crate) fn bars(&self) -> &VecDeque<Bar> {
        &self.bars
    }

    /// Takes a trade. One that comes late goes where it belongs, and closes no bar anew.
    pub(super) fn take(&mut self, at: Nanos, px: Ticks, qty: Lots, aggressor: Side) {
        let start = self.start_of(at);
        let one = Bar::of(start, px, qty, aggressor);
        match self.bars.back_mut() {
            Some(last) if last.start == start => *last = last.then(&one),
            Some(last) if last.start > start => self.take_late(one),
            _ => self.push(one),
        }
    }

    fn take_late(&mut self, bar: Bar) {
        match self.bars.binary_search_by_key(&bar.start, |known| known.start) {
            Ok(place) => self.bars[place].with(&bar),
            // Older than all that is kept: forgotten like what is.
            Err(0) if self.bars.len() == self.capacity => {}
            Err(place) => {
                self.bars.insert(place, bar);
                self.keep();
            }
        }
    }

    fn push(&mut self, bar: Bar) {
        self.bars.push_back(bar);
        self.keep();
    }

    fn keep(&mut self) {
        if self.bars.len() > self.capacity {
            self.bars.pop_front();
        }
    }

    /// Where the step begins that a time is in. Counted from the epoch, so days begin at 00:00 UTC.
    pub(crate) fn start_of(&self, at: Nanos) -> Nanos {
        Nanos(at.0 / self.step_ns * self.step_ns)
    }

    /// The bars that begin at `from` or later.
    pub(crate) fn since(&self, from: Nanos) -> impl DoubleEndedIterator<Item = &Bar> {
        self.bars.range(self.bars.partition_point(|bar| bar.start < from)..)
    }

    /// The last price before `at`.
    pub(crate) fn close_before(&self, at: Nanos) -> Option<Ticks> {
        let place = self.bars.partition_point(|bar| bar.start < at).checked_sub(1)?;
        Some(self.bars[place].close)
    }

    /// Longer bars, oldest first: `step_ns` must be a multiple of this series' own.
    pub(crate) fn folded(&self, step_ns: u64) -> Vec<Bar> {
        let mut folded: Vec<Bar> = Vec::new();
        for bar in &self.bars {
            let start = Nanos(bar.start.0 / step_ns * step_ns);
            match folded.last_mut() {
                Some(last) if last.start == start => *last = last.then(bar),
                _ => folded.push(Bar { start, ..*bar }),
            }
        }
        folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(series: &mut Series, at: u64, px: i64, qty: i64, side: Side) {
        series.take(Nanos(at), Ticks(px), Lots(qty), side);
    }

    #[test]
    fn a_late_trade_goes_where_it_belongs_and_the_oldest_is_forgotten() {
        let mut series = Series::new(10, 3);
        for (at, px) in [(10, 5), (19, 7), (31, 6), (25, 9), (12, 1), (40, 8), (9, 2)] {
            trade(&mut series, at, px, 1, Side::Buy);
        }
        let shown: Vec<_> =
            series.bars().iter().map(|b| (b.start.0, b.open.0, b.high.0, b.low.0, b.close.0, b.buy.0)).collect();
        assert_eq!(shown, [(20, 9, 9, 9, 9, 1), (30, 6, 6, 6, 6, 1), (40, 8, 8, 8, 8, 1)], "the bar at 10 had to go");
        assert_eq!((series.close_before(Nanos(30)), series.close_before(Nanos(20))), (Some(Ticks(9)), None));
        assert_eq!(series.since(Nanos(30)).count(), 2);
    }

    #[test]
    fn longer_bars_hold_what_shorter_ones_hold() {
        let mut series = Series::new(10, 100);
        for (at, px, side) in [(0, 5, Side::Buy), (11, 9, Side::Sell), (22, 3, Side::Sell), (35, 4, Side::Buy)] {
            trade(&mut series, at, px, 2, side);
        }
        let folded = series.folded(30);
        assert_eq!((folded.len(), folded[0].volume(), folded[0].delta()), (2, Lots(6), Lots(-2)));
        assert_eq!((folded[0].open.0, folded[0].high.0, folded[0].low.0, folded[0].close.0), (5, 9, 3, 3));
        assert_eq!(folded[0].vwap_ticks(), Some(34.0 / 6.0));
        assert_eq!(folded[1].start, Nanos(30));
    }
}
