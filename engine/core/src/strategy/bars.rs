//! Bars for strategies: candles of one or more lengths for each instrument, made of trades.
//!
//! Owns: the builders, and the last [`KEPT`] closed candles of each series. Never: a clock; a running candle among the closed
//! ones: who wants it asks for it, and gets it marked as [`Running`].

use crate::market::candle::{Candle, CandleBuilder, Silence};
use engine_model::instrument::InstrumentId;
use engine_model::market::{MarketChange, MarketEvent};
use engine_model::units::Nanos;

/// Lengths that one strategy may ask for.
pub const FRAMES_MAX: usize = 4;
/// Closed candles that are kept of each series: the longest look-back of any parameter, and what a strategy that is set anew
/// learns from.
pub const KEPT: usize = 1_024;

/// A candle that is over: it will not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Of what.
    pub instrument: InstrumentId,
    /// Which of the strategy's lengths.
    pub frame: usize,
    /// What traded.
    pub candle: Candle,
}

/// A candle that is not over: it will change, and is not to be mistaken for one that has closed.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a>(&'a Candle);

impl Running<'_> {
    /// What traded so far.
    #[must_use]
    pub fn so_far(&self) -> &Candle {
        self.0
    }
}

/// What one event closed, by length.
pub(super) type Closed = [Option<Bar>; FRAMES_MAX];

/// The bars of one strategy.
#[derive(Debug)]
pub struct Bars {
    /// Lengths, shortest first.
    frames_ns: Box<[u64]>,
    /// Of the first instrument, then of the second: one for each length.
    series: Box<[Series]>,
}

#[derive(Debug)]
struct Series {
    instrument: InstrumentId,
    builder: CandleBuilder,
    /// A ring: the next one goes to `closed % KEPT`.
    kept: Box<[Candle]>,
    closed: usize,
}

impl Bars {
    /// # Panics
    /// On more than [`FRAMES_MAX`] lengths, or lengths that do not grow: the strategy's table is wrong.
    #[must_use]
    pub fn new(instruments: &[InstrumentId], frames_ns: &[u64]) -> Self {
        assert!(frames_ns.len() <= FRAMES_MAX && frames_ns.is_sorted_by(|a, b| a < b), "{frames_ns:?}: shortest first");
        let series = |&instrument: &InstrumentId| {
            frames_ns.iter().map(move |period_ns| Series {
                instrument,
                builder: CandleBuilder::new(*period_ns, Silence::Skip),
                kept: vec![Candle::default(); KEPT].into_boxed_slice(),
                closed: 0,
            })
        };
        Self { frames_ns: frames_ns.into(), series: instruments.iter().flat_map(series).collect() }
    }

    /// The lengths, shortest first, in ns.
    #[must_use]
    pub fn frames_ns(&self) -> &[u64] {
        &self.frames_ns
    }

    /// A candle that is over, the newest first: 0 is the last one.
    #[must_use]
    pub fn closed(&self, instrument: InstrumentId, frame: usize, back: usize) -> Option<&Candle> {
        self.find(instrument, frame)?.back(back)
    }

    /// The candle that is being made, if a trade has come in its time.
    #[must_use]
    pub fn running(&self, instrument: InstrumentId, frame: usize) -> Option<Running<'_>> {
        self.find(instrument, frame)?.builder.current().map(Running)
    }

    fn find(&self, instrument: InstrumentId, frame: usize) -> Option<&Series> {
        let at = self.series.iter().position(|series| series.instrument == instrument)?;
        self.series[at..].iter().take(self.frames_ns.len()).nth(frame)
    }

    /// Takes a trade of one of the instruments.
    #[inline]
    pub(super) fn on_market(&mut self, event: &MarketEvent) -> Closed {
        let MarketChange::Trade { px, qty, aggressor, .. } = event.change else { return Closed::default() };
        let (at, id) = (event.at.received_at_ns, event.at.instrument);
        self.each(id, |builder, closed| builder.trade(at, px, qty, aggressor, |candle| *closed = Some(*candle)))
    }

    /// Lets time pass at one of the instruments.
    pub(super) fn advance(&mut self, id: InstrumentId, now: Nanos) -> Closed {
        self.each(id, |builder, closed| builder.advance(now, |candle| *closed = Some(*candle)))
    }

    /// One step closes at most one candle of each length: silence makes none.
    #[inline]
    fn each(&mut self, id: InstrumentId, step: impl Fn(&mut CandleBuilder, &mut Option<Candle>)) -> Closed {
        let mut all = Closed::default();
        let mine = self.series.iter_mut().filter(|series| series.instrument == id);
        for (frame, series) in mine.enumerate() {
            let mut closed = None;
            step(&mut series.builder, &mut closed);
            if let Some(candle) = closed {
                series.keep(candle);
                all[frame] = Some(Bar { instrument: id, frame, candle });
            }
        }
        all
    }

    /// Takes in candles that were over before the run began, oldest first: as if they had been made here. What is newer than
    /// one that was, or no candle of that length, is none of them.
    pub(super) fn fill(&mut self, instrument: InstrumentId, frame: usize, past: &[Candle]) {
        let Some(length_ns) = self.frames_ns.get(frame).copied() else { return };
        let own = self.series.iter_mut().filter(|series| series.instrument == instrument).nth(frame);
        let Some(series) = own else { return };
        for candle in past {
            let last = series.back(0).map(|last| last.start_at_ns);
            if candle.start_at_ns.0.is_multiple_of(length_ns) && last.is_none_or(|last| last < candle.start_at_ns) {
                series.keep(*candle);
            }
        }
    }

    /// Every bar that is kept, in the order in which they were over, the longer of two first.
    pub(super) fn again(&self, mut each: impl FnMut(&Bar)) {
        let frames = self.frames_ns.len();
        let mut left: Vec<usize> = self.series.iter().map(|series| series.closed.min(KEPT)).collect();
        let end = |at: usize, left: usize| {
            let candle = self.series[at].back(left.checked_sub(1)?)?;
            Some((candle.start_at_ns.0.saturating_add(self.frames_ns[at % frames]), frames - at % frames, at))
        };
        while let Some((_, _, at)) = (0..left.len()).filter_map(|at| end(at, left[at])).min() {
            left[at] -= 1;
            if let Some(candle) = self.series[at].back(left[at]) {
                each(&Bar { instrument: self.series[at].instrument, frame: at % frames, candle: *candle });
            }
        }
    }
}

impl Series {
    fn keep(&mut self, candle: Candle) {
        self.kept[self.closed % KEPT] = candle;
        self.closed += 1;
    }

    fn back(&self, back: usize) -> Option<&Candle> {
        (back < self.closed.min(KEPT)).then(|| &self.kept[(self.closed - 1 - back) % KEPT])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::{Side, Stamp};
    use engine_model::units::{Lots, Ticks};

    fn trade(id: u32, at_s: u64, px: i64) -> MarketEvent {
        let at =
            Stamp { received_at_ns: Nanos(at_s * Nanos::SECOND), instrument: InstrumentId(id), ..Stamp::default() };
        let change = MarketChange::Trade { px: Ticks(px), qty: Lots(1), aggressor: Side::Buy, trade_id: at_s };
        MarketEvent { at, change }
    }

    fn bars() -> Bars {
        Bars::new(&[InstrumentId(4), InstrumentId(7)], &[10 * Nanos::SECOND, 30 * Nanos::SECOND])
    }

    #[test]
    fn a_longer_bar_is_over_when_its_time_is_and_until_then_it_is_marked_as_running() {
        let (mut bars, id) = (bars(), InstrumentId(7));
        for (at_s, px) in [(1, 5), (12, 9), (21, 7)] {
            assert_eq!(bars.on_market(&trade(7, at_s, px))[1], None, "the long one runs");
        }
        assert_eq!(bars.closed(id, 1, 0), None, "nobody sees what is not over");
        assert_eq!(bars.running(id, 1).expect("running").so_far().high, Ticks(9));
        assert_eq!(bars.closed(id, 0, 0).map(|candle| candle.close), Some(Ticks(9)));
        assert_eq!(bars.closed(id, 0, 1).map(|candle| candle.close), Some(Ticks(5)));
        let closed = bars.on_market(&trade(7, 30, 100));
        assert_eq!(closed.map(|bar| bar.map(|bar| bar.candle.close.0)), [Some(7), Some(7), None, None]);
        assert_eq!(bars.closed(id, 1, 0).map(|candle| candle.high), Some(Ticks(9)), "without the trade behind it");
        assert!(bars.running(InstrumentId(4), 0).is_none());
        assert_eq!(bars.closed(id, 2, 0), None);
    }

    #[test]
    fn what_is_kept_comes_again_in_the_order_in_which_it_was_over() {
        let mut bars = bars();
        let mut live = Vec::new();
        for (id, at_s, px) in [(4, 1, 5), (7, 2, 6), (4, 11, 7), (7, 31, 8), (4, 32, 9), (7, 61, 3)] {
            let closed = bars.on_market(&trade(id, at_s, px));
            live.extend(closed.into_iter().flatten().rev());
        }
        let mut again = Vec::new();
        bars.again(|bar| again.push((bar.instrument.0, bar.frame, bar.candle.close.0)));
        assert_eq!(again, [(4, 0, 5), (7, 0, 6), (4, 0, 7), (4, 1, 7), (7, 1, 6), (7, 0, 8), (7, 1, 8)]);
        assert_eq!(again.len(), live.len());
    }

    #[test]
    fn only_the_newest_are_kept() {
        let mut bars = Bars::new(&[InstrumentId(0)], &[Nanos::SECOND]);
        for at_s in 0..=KEPT as u64 + 5 {
            bars.on_market(&trade(0, at_s, at_s as i64));
        }
        let close = |back| bars.closed(InstrumentId(0), 0, back).map(|candle| candle.close.0);
        assert_eq!((close(0), close(KEPT - 1), close(KEPT)), (Some(KEPT as i64 + 4), Some(5), None));
        let mut again = Vec::new();
        bars.again(|bar| again.push(bar.candle.close.0));
        assert_eq!((again.len(), again[0]), (KEPT, 5));
    }
}
