//! Candles: those that a venue told of the time before, and those made of the trades of this run, in one row.
//!
//! Never: a bar heard by half in place of a candle that was told whole; a price that stood still through a time of which
//! nothing is known.

use super::Desk;
use super::flow::Timeframe;
use crate::hub::flow::series::Bar;
use crate::hub::polled::ToldCandle;
use engine_model::instrument::InstrumentId;
use engine_model::units::{Lots, Nanos, Ticks};

/// What was traded from `start` on, for one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candle {
    pub(crate) start: Nanos,
    pub(crate) open: Ticks,
    pub(crate) high: Ticks,
    pub(crate) low: Ticks,
    pub(crate) close: Ticks,
    pub(crate) volume: Lots,
    /// The same by the trades of this run, with their sides; `None` where it has not heard them.
    pub(crate) heard: Option<Bar>,
    /// Whether the venue told it.
    pub(crate) is_told: bool,
}

/// Candles of one length.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candles {
    pub(crate) timeframe: Timeframe,
    /// Oldest first.
    pub(crate) rows: Vec<Candle>,
    /// Whether the last one is over.
    pub(crate) is_closed: bool,
    /// What began before, and was not told by the venue, is not whole; `None`: nothing was heard yet.
    pub(crate) heard_since: Option<Nanos>,
    /// There are older ones than these, before this time.
    pub(crate) older: Option<Nanos>,
}

impl Candle {
    fn heard(bar: &Bar) -> Self {
        let Bar { start, open, high, low, close, .. } = *bar;
        Self { start, open, high, low, close, volume: bar.volume(), heard: Some(*bar), is_told: false }
    }

    fn told(candle: &ToldCandle, heard: Option<Bar>) -> Self {
        let ToldCandle { start, open, high, low, close, volume } = *candle;
        Self { start, open, high, low, close, volume, heard, is_told: true }
    }

    /// One in which nothing was traded: the price stood where it was.
    fn quiet(start: Nanos, px: Ticks, is_heard: bool) -> Self {
        let (open, high, low, close, none) = (px, px, px, px, Lots(0));
        let bar = Bar { start, open, high, low, close, buy: none, sell: none, turnover: 0.0, trades: 0 };
        Self { start, open, high, low, close, volume: none, heard: is_heard.then_some(bar), is_told: false }
    }
}

impl Desk {
    /// The last `limit` candles that began before `before`; the last may still run.
    pub(crate) fn candles(
        &self,
        id: InstrumentId,
        timeframe: Timeframe,
        limit: usize,
        before: Option<Nanos>,
    ) -> Candles {
        let (mut rows, heard_since) = self.rows(id, timeframe);
        let now = self.now();
        if let Some(before) = before {
            rows.truncate(rows.partition_point(|row| row.start < before));
        }
        let last = rows.split_off(rows.len().saturating_sub(limit));
        Candles {
            timeframe,
            is_closed: last.last().is_none_or(|last| last.start.plus(timeframe.length_ns()) <= now),
            older: last.first().filter(|_| !rows.is_empty()).map(|first| first.start),
            rows: last,
            heard_since,
        }
    }

    /// Whole candles that are over, without a gap, up to the newest; and now.
    pub(super) fn closed(&self, id: InstrumentId, timeframe: Timeframe) -> (Vec<Candle>, Nanos) {
        let ((rows, heard_since), now) = (self.rows(id, timeframe), self.now());
        (closed(&rows, timeframe.length_ns(), heard_since.unwrap_or(now), now), now)
    }

    /// All that is known, and since when trades are heard.
    fn rows(&self, id: InstrumentId, timeframe: Timeframe) -> (Vec<Candle>, Option<Nanos>) {
        let told = self.told(id, timeframe);
        let image = self.hub.image();
        let flow = &image.instrument(id).flow;
        let heard_since = flow.heard_since();
        (joined(&told, &flow.bars(timeframe.length_ns()), heard_since.unwrap_or(Nanos(u64::MAX))), heard_since)
    }

    /// The price at that time as the venue told it, by the shortest candles that reach it.
    pub(super) fn told_price(&self, id: InstrumentId, at: Nanos) -> Option<Ticks> {
        [Timeframe::M1, Timeframe::M5, Timeframe::M15, Timeframe::H1]
            .into_iter()
            .find_map(|timeframe| close_at(&(self.told)(id, timeframe.length_ns()), timeframe.length_ns(), at))
    }

    /// What the venue told; made of shorter ones where it does not know that length.
    pub(super) fn told(&self, id: InstrumentId, timeframe: Timeframe) -> Vec<ToldCandle> {
        let length_ns = timeframe.length_ns();
        let told = (self.told)(id, length_ns);
        let shorter = match timeframe {
            Timeframe::M30 => Timeframe::M15,
            Timeframe::H4 => Timeframe::H1,
            _ => return told,
        };
        if told.is_empty() {
            folded(&(self.told)(id, shorter.length_ns()), shorter.length_ns(), length_ns)
        } else {
            told
        }
    }
}

/// The close of the candle that ended last before that time, if the next one ends behind it.
fn close_at(told: &[ToldCandle], length_ns: u64, at: Nanos) -> Option<Ticks> {
    let place = told.partition_point(|candle| candle.start.plus(length_ns) <= at).checked_sub(1)?;
    let last = told[place];
    (at.since(last.start.plus(length_ns)) < length_ns).then_some(last.close)
}

/// Longer candles, without those at the ends that are not whole.
fn folded(told: &[ToldCandle], from_ns: u64, to_ns: u64) -> Vec<ToldCandle> {
    let start_of = |at: Nanos| Nanos(at.0 / to_ns * to_ns);
    let begins = told.iter().position(|candle| candle.start == start_of(candle.start)).unwrap_or(told.len());
    let ends = told.iter().rposition(|candle| candle.start.plus(from_ns) == start_of(candle.start).plus(to_ns));
    let whole = ends.map_or(0..0, |ends| begins..(ends + 1).max(begins));
    let mut longer: Vec<ToldCandle> = Vec::new();
    for candle in &told[whole] {
        let start = start_of(candle.start);
        match longer.last_mut().filter(|last| last.start == start) {
            Some(last) => {
                last.high = last.high.max(candle.high);
                last.low = last.low.min(candle.low);
                last.close = candle.close;
                last.volume = Lots(last.volume.0.saturating_add(candle.volume.0));
            }
            None => longer.push(ToldCandle { start, ..*candle }),
        }
    }
    longer
}

/// Both in one row. What was told stands before what was heard: the venue has missed none of its own trades.
fn joined(told: &[ToldCandle], heard: &[Bar], heard_since: Nanos) -> Vec<Candle> {
    let whole = |start: Nanos| {
        let place = heard.binary_search_by_key(&start, |bar| bar.start).ok()?;
        Some(heard[place]).filter(|bar| bar.start >= heard_since)
    };
    let is_told = |bar: &&Bar| told.binary_search_by_key(&bar.start, |candle| candle.start).is_ok();
    let mut all: Vec<Candle> = told.iter().map(|candle| Candle::told(candle, whole(candle.start))).collect();
    all.extend(heard.iter().filter(|bar| !is_told(bar)).map(Candle::heard));
    all.sort_unstable_by_key(|candle| candle.start);
    all
}

/// Whole candles that are over, with flat ones where nothing was traded: a price that stood still did so for as long as it
/// did. A time of which nothing is known parts them; the longest part is what there is.
fn closed(rows: &[Candle], length_ns: u64, heard_since: Nanos, now: Nanos) -> Vec<Candle> {
    let mut parts: Vec<Vec<Candle>> = Vec::new();
    let is_whole = |row: &&Candle| (row.is_told || row.start >= heard_since) && row.start.plus(length_ns) <= now;
    for row in rows.iter().filter(is_whole) {
        let part = parts.last_mut().filter(|part| goes_on(part, row, length_ns, heard_since));
        let Some(part) = part else {
            parts.push(vec![*row]);
            continue;
        };
        while let Some(last) = part.last().filter(|last| last.start.plus(length_ns) < row.start) {
            let start = last.start.plus(length_ns);
            part.push(Candle::quiet(start, last.close, start >= heard_since));
        }
        part.push(*row);
    }
    parts.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

/// Whether nothing can be missing between those candles and the next one.
fn goes_on(part: &[Candle], next: &Candle, length_ns: u64, heard_since: Nanos) -> bool {
    part.last().is_some_and(|last| {
        let end = last.start.plus(length_ns);
        end >= next.start || end >= heard_since || (last.is_told && next.is_told)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: u64 = 60;

    fn told(start: u64, px: i64) -> ToldCandle {
        let (open, high, low, close) = (Ticks(px - 1), Ticks(px + 5), Ticks(px - 5), Ticks(px));
        ToldCandle { start: Nanos(start), open, high, low, close, volume: Lots(10) }
    }

    fn bar(start: u64, px: i64) -> Bar {
        let (open, high, low, close) = (Ticks(px), Ticks(px), Ticks(px), Ticks(px));
        Bar { start: Nanos(start), open, high, low, close, buy: Lots(3), sell: Lots(1), turnover: 0.0, trades: 2 }
    }

    fn shown(candles: &[Candle]) -> Vec<(u64, i64, i64, bool)> {
        candles.iter().map(|c| (c.start.0, c.close.0, c.volume.0, c.heard.is_some())).collect()
    }

    #[test]
    fn what_was_told_and_what_was_heard_make_one_row() {
        // The run begins in the middle of the minute that begins at 120.
        let heard = [bar(120, 7), bar(180, 8), bar(240, 9)];
        let rows = joined(&[told(0, 100), told(60, 101), told(120, 102), told(180, 103)], &heard, Nanos(150));
        let expected =
            [(0, 100, 10, false), (60, 101, 10, false), (120, 102, 10, false), (180, 103, 10, true), (240, 9, 4, true)];
        assert_eq!(shown(&rows), expected);
        assert_eq!(shown(&closed(&rows, STEP, Nanos(150), Nanos(299))), expected[..4], "the last one still runs");
        assert_eq!(shown(&closed(&rows, STEP, Nanos(150), Nanos(300))), expected);
    }

    #[test]
    fn a_time_of_which_nothing_is_known_parts_them() {
        // Nobody has told of the minute at 120, and it was heard by half.
        let heard = [bar(120, 7), bar(180, 8)];
        let rows = joined(&[told(0, 100), told(60, 101)], &heard, Nanos(150));
        assert_eq!(shown(&closed(&rows, STEP, Nanos(150), Nanos(240))), [(0, 100, 10, false), (60, 101, 10, false)]);
        let longer = [bar(120, 7), bar(180, 8), bar(240, 9), bar(300, 10)];
        let rows = joined(&[told(0, 100), told(60, 101)], &longer, Nanos(150));
        let own = [(180, 8, 4, true), (240, 9, 4, true), (300, 10, 4, true)];
        assert_eq!(shown(&closed(&rows, STEP, Nanos(150), Nanos(360))), own);
    }

    #[test]
    fn where_all_was_heard_or_told_a_gap_is_a_price_that_stood_still() {
        let rows = joined(&[told(0, 100), told(120, 102)], &[bar(300, 9)], Nanos(150));
        let expected = [
            (0, 100, 10, false),
            (60, 100, 0, false),
            (120, 102, 10, false),
            (180, 102, 0, true),
            (240, 102, 0, true),
            (300, 9, 4, true),
        ];
        assert_eq!(shown(&closed(&rows, STEP, Nanos(150), Nanos(360))), expected);
    }

    #[test]
    fn the_price_of_a_time_is_that_of_the_candle_before_it() {
        let all = [told(0, 100), told(60, 101), told(300, 102)];
        let at = |at| close_at(&all, STEP, Nanos(at)).map(|px| px.0);
        assert_eq!(
            [59, 60, 119, 120, 179, 180, 360].map(at),
            [None, Some(100), Some(100), Some(101), Some(101), None, Some(102)]
        );
    }

    #[test]
    fn longer_candles_are_made_of_whole_ones_only() {
        let short: Vec<ToldCandle> = [60, 120, 180, 240].map(|start| told(start, start as i64)).to_vec();
        let longer = folded(&short, 60, 120);
        let made =
            ToldCandle { open: Ticks(119), high: Ticks(185), low: Ticks(115), volume: Lots(20), ..told(120, 180) };
        assert_eq!(longer, [made], "the ends hold one of two");
        assert_eq!(folded(&short[..1], 60, 120), []);
        assert_eq!(folded(&[], 60, 120), []);
    }
}
