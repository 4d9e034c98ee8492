//! Longer candles out of shorter ones, several lengths side by side.
//!
//! **No look-ahead.** What is asked for is closed: a candle whose period has ended by what was taken in. The one that is
//! still being made is handed out as [`Running`], so that nobody takes it for the other by mistake.
//!
//! The last few closed candles of each length are kept in room set aside at the start.

use super::candle::Candle;
use engine_model::units::Nanos;

/// A candle that is not over: its high, low, close and volume are those so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running<'a>(pub &'a Candle);

/// Candles of several lengths, each a whole multiple of the one that they are made of.
#[derive(Clone, Debug)]
pub struct Frames {
    base_ns: u64,
    keep: usize,
    frames: Vec<Frame>,
}

/// One length.
#[derive(Clone, Debug)]
struct Frame {
    period_ns: u64,
    running: Option<Candle>,
    /// The last closed ones; the newest is at `count - 1`, around the end.
    closed: Vec<Candle>,
    count: u64,
}

impl Frame {
    fn close(&mut self, keep: usize) {
        let Some(candle) = self.running.take() else { return };
        let place = (self.count % keep as u64) as usize;
        match self.closed.get_mut(place) {
            Some(old) => *old = candle,
            None => self.closed.push(candle),
        }
        self.count += 1;
    }

    fn closed(&self, back: usize) -> Option<&Candle> {
        // Fewer than the room for them are kept only while they come in from the start.
        let place = self.count.checked_sub(1 + back as u64).filter(|_| back < self.closed.len())?;
        self.closed.get((place % self.closed.len() as u64) as usize)
    }

    fn has_ended(&self, now_ns: u64) -> bool {
        self.running.is_some_and(|candle| now_ns.saturating_sub(candle.start_at_ns.0) >= self.period_ns)
    }
}

impl Frames {
    /// Made of candles of `base_ns`; the last `keep` of each length are kept. Panics on a length that is no whole multiple of
    /// the base, and on room for none: configuration is checked before it gets here.
    #[must_use]
    pub fn new(base_ns: u64, periods_ns: &[u64], keep: usize) -> Self {
        assert!(base_ns > 0 && keep > 0, "candles have a length, and there is room for one");
        let frame = |period_ns: &u64| {
            assert!(*period_ns > 0 && period_ns.is_multiple_of(base_ns), "{period_ns} is no multiple of {base_ns}");
            Frame { period_ns: *period_ns, running: None, closed: Vec::with_capacity(keep), count: 0 }
        };
        Self { base_ns, keep, frames: periods_ns.iter().map(frame).collect() }
    }

    /// Takes the next closed candle of the base.
    pub fn candle(&mut self, candle: &Candle) {
        let (start, end) = (candle.start_at_ns.0, candle.start_at_ns.0.saturating_add(self.base_ns));
        for frame in &mut self.frames {
            if frame.has_ended(start) {
                frame.close(self.keep);
            }
            let begins = start - start % frame.period_ns;
            match &mut frame.running {
                Some(running) => running.join(candle),
                running => *running = Some(Candle { start_at_ns: Nanos(begins), ..*candle }),
            }
            if frame.has_ended(end) {
                frame.close(self.keep);
            }
        }
    }

    /// Lets time pass without a candle: what has ended by then is closed.
    pub fn advance(&mut self, now: Nanos) {
        for frame in &mut self.frames {
            if frame.has_ended(now.0) {
                frame.close(self.keep);
            }
        }
    }

    /// A closed candle of a length: the newest, or so many before it. `None` of a length that is not kept, and where there is
    /// none yet, or no more.
    #[must_use]
    pub fn closed(&self, period_ns: u64, back: usize) -> Option<&Candle> {
        self.frame(period_ns)?.closed(back)
    }

    /// How many of a length have closed so far: whoever remembers the number sees that there is a new one.
    #[must_use]
    pub fn count(&self, period_ns: u64) -> u64 {
        self.frame(period_ns).map_or(0, |frame| frame.count)
    }

    /// The candle of a length that is being made.
    #[must_use]
    pub fn running(&self, period_ns: u64) -> Option<Running<'_>> {
        self.frame(period_ns)?.running.as_ref().map(Running)
    }

    fn frame(&self, period_ns: u64) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.period_ns == period_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::{CandleBuilder, Silence};
    use super::*;
    use engine_model::market::Side;
    use engine_model::units::{Lots, Ticks};
    use proptest::prelude::*;

    type Trade = (u64, i64, i64);

    fn candles(trades: &[Trade], period: u64, end: u64) -> Vec<Candle> {
        let (mut builder, mut made) = (CandleBuilder::new(period, Silence::Skip), Vec::new());
        for (at, px, qty) in trades {
            builder.trade(Nanos(*at), Ticks(*px), Lots(*qty), Side::Buy, |candle| made.push(*candle));
        }
        builder.advance(Nanos(end), |candle| made.push(*candle));
        made
    }

    proptest! {
        /// Whatever comes later: what is closed now is what the trades until now make of the periods that have ended by now.
        #[test]
        fn closed_candles_are_those_of_the_trades_themselves_and_know_nothing_later(
            steps in prop::collection::vec((0..25_u64, 1..50_i64, 1..9_i64), 1..150),
            times in 2..6_u64, keep in 1..5_usize,
        ) {
            let (base, mut at) = (10, 1_000);
            let trades: Vec<Trade> = steps.into_iter().map(|(step, px, qty)| {
                at += step;
                (at, px, qty)
            }).collect();
            let period = base * times;
            let mut frames = Frames::new(base, &[base, period], keep);
            for candle in candles(&trades, base, at + base) {
                frames.candle(&candle);
                let now = candle.start_at_ns.0 + base;
                let until: Vec<Trade> = trades.iter().copied().filter(|trade| trade.0 < now).collect();
                let wanted = candles(&until, period, now - now % period);
                prop_assert_eq!(frames.count(period), wanted.len() as u64);
                for back in 0..keep {
                    let wanted = wanted.len().checked_sub(1 + back).map(|place| &wanted[place]);
                    prop_assert_eq!(frames.closed(period, back), wanted);
                }
                prop_assert_eq!(frames.closed(period, keep), None);
                prop_assert_eq!(frames.closed(base, 0), Some(&candle));
                let running = candles(&until, period, now - now % period + period).get(wanted.len()).copied();
                prop_assert_eq!(frames.running(period).map(|running| *running.0), running);
            }
        }
    }

    #[test]
    fn time_alone_closes_a_candle_and_never_early() {
        let mut frames = Frames::new(10, &[30], 2);
        let [candle] = candles(&[(30, 5, 1)], 10, 40)[..] else { panic!("one candle") };
        frames.candle(&candle);
        frames.advance(Nanos(59));
        assert_eq!((frames.count(30), frames.closed(30, 0)), (0, None));
        assert_eq!(frames.running(30), Some(Running(&candle)));
        frames.advance(Nanos(60));
        assert_eq!((frames.closed(30, 0), frames.running(30)), (Some(&candle), None));
        assert_eq!(frames.closed(20, 0), None, "a length that nobody asked for");
    }
}
