//! What strategies know when a run begins: the venue's candles that are over, of the lengths that they trade by. An average
//! of fifty hours needs no fifty hours of waiting, and what was held over a restart is not judged by a rule that has seen
//! nothing.
//!
//! Owns: which candles those are. Never: holds a run up for long, or makes up what a venue does not tell.

use crate::polling;
use anyhow::{Context as _, ensure};
use engine_analytics::bar::frames::Frames;
use engine_core::config::Config;
use engine_core::market::candle::Candle;
use engine_core::strategy::bars::KEPT;
use engine_core::strategy::catalog::Strategy;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::units::{Lots, Nanos};
use engine_ring::clock::Clock;
use feeds::poll::answer::{self, Rows};
use feeds::poll::backfill::{Backfill, Part};
use feeds::poll::offers;
use feeds::poll::question::{Period, Question, Span};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

/// Venues that are slow do not hold a run up: what was not told by then is learned from trades.
const WITHIN: Duration = Duration::from_secs(20);
/// The same while nobody minds what stands: a run that takes over from another.
const WITHIN_OF_TAKEOVER: Duration = Duration::from_secs(3);
/// How often it is looked at whether that is over.
const NAP: Duration = Duration::from_millis(20);
/// Rows that are asked for at most, where a venue's candles are a part of the length that is wanted.
const ROWS_MAX: u64 = 5_000;

/// Asks the venues, and teaches the strategies of a run.
pub(crate) fn learn(
    (config, instruments): (&Config, &Instruments),
    strategies: &mut [Strategy],
    clock: &Clock,
    interrupted: &AtomicBool,
    is_takeover: bool,
) {
    let mut by_candles = strategies.iter_mut().filter(|strategy| !strategy.frames_ns().is_empty()).peekable();
    if config.run.past_candles == 0 || by_candles.peek().is_none() {
        return;
    }
    let within = if is_takeover { WITHIN_OF_TAKEOVER } else { WITHIN };
    let (begun, is_done, is_late) = (Instant::now(), AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Relaxed) && !interrupted.load(Relaxed) && begun.elapsed() < within {
                thread::sleep(NAP);
            }
            is_late.store(true, Relaxed);
        });
        let mut past = Past { config, clock, is_late: &is_late, told: BTreeMap::new() };
        by_candles.for_each(|strategy| teach(strategy, &mut past, instruments));
        is_done.store(true, Relaxed);
    });
}

fn teach(strategy: &mut Strategy, past: &mut Past<'_>, instruments: &Instruments) {
    let mut learned = Vec::new();
    for id in strategy.instruments() {
        for (frame, length_ns) in strategy.frames_ns().iter().enumerate() {
            let of = instruments.get(id);
            let candles = past.candles(of, *length_ns);
            let (name, symbol, length) = (strategy.name(), of.symbol.as_str(), Duration::from_nanos(*length_ns));
            match candles.len() {
                0 => tracing::info!("{name}: begins without a past of {symbol}, candles of {length:?}"),
                count => tracing::info!("{name}: knows {count} candles of {length:?} of {symbol}"),
            }
            learned.push((id, frame, candles));
        }
    }
    strategy.learn_past(&learned);
}

/// What was asked for, once for all strategies.
struct Past<'a> {
    config: &'a Config,
    clock: &'a Clock,
    is_late: &'a AtomicBool,
    /// By instrument and length.
    told: BTreeMap<(InstrumentId, u64), Vec<Candle>>,
}

impl Past<'_> {
    /// The newest candles of that length that are over, oldest first.
    fn candles(&mut self, of: &Instrument, length_ns: u64) -> Vec<Candle> {
        if let Some(told) = self.told.get(&(of.id, length_ns)) {
            return told.clone();
        }
        let candles = self.ask(of, length_ns).unwrap_or_else(|error| {
            tracing::warn!("{}: no candles of the past: {error:#}", of.symbol);
            Vec::new()
        });
        self.told.insert((of.id, length_ns), candles.clone());
        candles
    }

    fn ask(&self, of: &Instrument, length_ns: u64) -> anyhow::Result<Vec<Candle>> {
        let offered = Period::ALL.into_iter().rev().filter(|period| offers(of, Question::Candles(*period)));
        let fits = |period: &Period| length_ns.is_multiple_of(period.ns());
        let Some(period) = offered.filter(|_| !self.is_late.load(Relaxed)).find(fits) else { return Ok(Vec::new()) };
        let sources = polling::sources(&self.config.venues);
        let source = sources.into_iter().find(|source| source.venue == of.venue).context("a venue of the run")?;
        let Some(mut backfill) = Backfill::new(&source, of, Question::Candles(period), self.clock)? else {
            return Ok(Vec::new());
        };
        let Some(span) = span(Nanos(self.clock.now()), period.ns(), length_ns, self.config.run.past_candles) else {
            return Ok(Vec::new());
        };
        let mut rows = Vec::new();
        let is_whole = backfill.fetch::<anyhow::Error>(span, self.is_late, &mut |part| {
            if let Part::Rows(Rows::Candles(some)) = part {
                rows.extend(some);
            }
            Ok(())
        })?;
        // The oldest come first: without the newest they are the past of another day.
        ensure!(is_whole, "not told in time");
        Ok(joined(&rows, period.ns(), length_ns))
    }
}

/// From the first candle that is wanted to the last one that is over, of a venue's length; whole ones of the length wanted.
fn span(now: Nanos, part_ns: u64, length_ns: u64, candles: usize) -> Option<Span> {
    let end = now.0 / length_ns * length_ns;
    let count = (candles as u64).min(ROWS_MAX / (length_ns / part_ns)).max(1);
    let from = end.checked_sub(count * length_ns)?;
    Some(Span { from: Nanos(from), to: Nanos(end - part_ns) })
}

/// Candles of one length out of shorter ones, all of them over. As with those that are made of trades: none where nothing was
/// traded. Who bought, and how often, venues' candles do not tell: 0.
fn joined(rows: &[answer::Candle], part_ns: u64, length_ns: u64) -> Vec<Candle> {
    let mut frames = Frames::new(part_ns, &[length_ns], KEPT);
    for row in rows.iter().filter(|row| row.volume > Lots(0)) {
        let answer::Candle { opened_at: start_at_ns, open, high, low, close, volume } = *row;
        frames.candle(&Candle { start_at_ns, open, high, low, close, volume, ..Candle::default() });
    }
    frames.advance(Nanos(u64::MAX));
    (0..KEPT).rev().filter_map(|back| frames.closed(length_ns, back).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::Ticks;

    const M: u64 = 60 * Nanos::SECOND;

    #[test]
    fn the_span_ends_with_the_last_candle_that_is_over_and_begins_with_a_whole_one() {
        let span = |now, part, length, count| span(Nanos(now), part, length, count).map(|s| (s.from.0 / M, s.to.0 / M));
        assert_eq!(span(100 * M, M, M, 3), Some((97, 99)));
        assert_eq!(span(100 * M + 1, M, M, 3), Some((97, 99)), "the one that has begun is none");
        assert_eq!(span(101 * M, M, 2 * M, 3), Some((94, 99)), "of two minutes, six of one");
        assert_eq!(span(10_000 * M, M, 10 * M, 1_024), Some((5_000, 9_999)), "no more rows than that");
        assert_eq!(span(2 * M, M, M, 3), None, "there was no such time");
    }

    #[test]
    fn longer_candles_are_made_of_shorter_ones_and_none_of_silence() {
        let row = |minute: u64, open, high, low, close, volume| answer::Candle {
            opened_at: Nanos(minute * M),
            open: Ticks(open),
            high: Ticks(high),
            low: Ticks(low),
            close: Ticks(close),
            volume: Lots(volume),
        };
        let rows = [row(4, 5, 9, 4, 6, 1), row(5, 6, 7, 2, 3, 2), row(6, 3, 3, 3, 3, 0), row(9, 8, 8, 7, 7, 4)];
        let made = joined(&rows, M, 2 * M);
        let told = made.iter().map(|c| (c.start_at_ns.0 / M, c.open.0, c.high.0, c.low.0, c.close.0, c.volume.0));
        assert_eq!(told.collect::<Vec<_>>(), [(4, 5, 9, 2, 3, 3), (8, 8, 8, 7, 7, 4)]);
    }
}
