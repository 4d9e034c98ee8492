//! Candles as a venue's stage: one message a poll, through the same sink as a venue's own.
//!
//! Inputs: the candles, of one instrument or of several. Outputs: the sink's. State: how far it has told them, the touches
//! that stand, the clock's hand, which it alone moves: the run's time is that of the point in hand.
//!
//! The next message waits until everybody downstream has finished with the last one, so the consequences of each are complete
//! before the next, and what the sink has due in between happens at its own time. Where somebody waits for a price on the way
//! to the next point, that price is a point of its own. Of several instruments the point that is due first is told first; at
//! one time touches before trades, in the order of the instruments. Where one has no candle, nothing of it is told. The touch
//! of an open comes a nanosecond early, but for the last instrument: so when that one's says that bars are over, and somebody
//! acts on them, the prices of all stand as they open. Never: a book deeper than the touch.

use super::path::{Point, point, points, touch};
use super::waits::Waits;
use super::{Candles, Telling};
use engine_model::instrument::InstrumentId;
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::ClockHand;
use engine_ring::flag::{StopFlag, Switch};
use engine_ring::snapshot::SnapshotReader;
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

/// What stands at a touch whose candles tell no volumes: nobody empties it.
const ENDLESS: Lots = Lots(1_000_000_000_000);

/// What the feed holds of the run around it.
#[derive(Debug)]
pub struct Around<S, F> {
    /// The stage's name.
    pub name: String,
    /// Where events go.
    pub sink: S,
    /// Whether everybody downstream has read all that was published.
    pub settled: F,
    /// The run's time.
    pub hand: ClockHand,
    /// Raised when all is told and its consequences are complete.
    pub done: StopFlag,
    /// Switched on when a tenth is told: what allocates, has by then.
    pub warm: Switch,
}

/// What is told, of which instrument.
#[derive(Clone, Debug)]
pub struct Told {
    /// The candles.
    pub candles: Arc<Candles>,
    /// How.
    pub telling: Telling,
    /// Of what.
    pub instrument: InstrumentId,
    /// Where.
    pub venue: VenueId,
}

/// See the module.
#[derive(Debug)]
pub struct CandleFeed<S, F> {
    around: Around<S, F>,
    /// One for each instrument.
    lines: Vec<Line>,
    now: Nanos,
    end: End,
    messages: u64,
    /// Prices at which somebody waits, if anybody tells them.
    waits: Option<SnapshotReader<Waits>>,
}

/// The candles of one instrument, and how far they are told.
#[derive(Debug)]
struct Line {
    told: Told,
    next: Next,
    market: Standing,
}

/// What comes next: the touch of a point, then its trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Next {
    candle: usize,
    point: u32,
    /// The point on the way to that one at which the price stands, if it does.
    on_the_way: Option<Point>,
    is_trade: bool,
}

impl Next {
    /// Whether it is the touch of a candle's open.
    fn is_open(self) -> bool {
        self.point == 0 && !self.is_trade
    }
}

/// What was told last.
#[derive(Clone, Copy, Debug)]
struct Standing {
    touch: Option<(Ticks, Ticks)>,
    /// What stands at each side.
    size: Lots,
    px: Ticks,
    /// When it came there.
    at: Nanos,
    /// Lots that this candle has traded on the way between its points.
    on_the_way: i64,
    aggressor: Side,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Candles are left, or their consequences are still under way.
    Ahead,
    /// The sink has said its last words; they are under way.
    Told,
    /// All is done.
    Reached,
}

impl Line {
    fn new(told: Told) -> Self {
        let size = if told.candles.has_volumes() { Lots(1) } else { ENDLESS };
        let (touch, aggressor) = (None, Side::Buy);
        let market = Standing { touch, size, px: Ticks(0), at: Nanos(0), on_the_way: 0, aggressor };
        Self { told, next: Next::default(), market }
    }

    /// What is told next: the point that the price stands at, else the next that it comes to; and whether that lies on the
    /// way to a point of the candle.
    fn point(&self, waits: Option<&mut SnapshotReader<Waits>>, now: Nanos) -> Option<(Point, bool)> {
        if let Some(point) = self.next.on_the_way {
            return Some((point, true));
        }
        let Told { candles, telling, .. } = &self.told;
        let candle = candles.list().get(self.next.candle)?;
        let end = point(candle, telling, (candles.period_ns(), candles.has_volumes()), self.next.point);
        if self.next.is_trade {
            // What traded on the way is no longer left.
            return Some((Point { qty: Lots((end.qty.0 - self.market.on_the_way).max(1)), ..end }, false));
        }
        let stop = self.stop_before(end.px, waits);
        Some(stop.map_or((end, false), |px| (self.on_the_way_to(end, px, now), true)))
    }

    /// The first price on the way at which somebody waits. There is no way to a candle's open.
    fn stop_before(&self, px: Ticks, waits: Option<&mut SnapshotReader<Waits>>) -> Option<Ticks> {
        let is_way = self.next.point > 0 && self.market.touch.is_some();
        let waits = waits.filter(|_| is_way)?;
        waits.read().between(self.market.px, px)
    }

    /// Where the price comes by on its even way to a point.
    fn on_the_way_to(&self, end: Point, px: Ticks, now: Nanos) -> Point {
        let Standing { px: from, at, .. } = self.market;
        let (gone, all) = (px.0.abs_diff(from.0), end.px.0.abs_diff(from.0));
        let passed = u128::from(end.at.since(at)) * u128::from(gone) / u128::from(all);
        Point { at: at.plus(passed as u64).max(now), px, qty: Lots(end.qty.0.min(1)) }
    }

    fn tell(&mut self, sink: &mut impl MarketSink, number: u64, (point, is_on_the_way): (Point, bool)) {
        let Told { instrument, venue, .. } = self.told;
        let at = Stamp { venue_at_ns: point.at, received_at_ns: point.at, instrument, venue };
        if self.next.is_trade {
            let Point { px, qty, .. } = point;
            let change = MarketChange::Trade { px, qty, aggressor: self.market.aggressor, trade_id: number };
            sink.event(MarketEvent { at, change });
            self.market.on_the_way += if is_on_the_way { point.qty.0 } else { 0 };
        } else {
            self.tell_touch(sink, number, at, point.px);
            (self.market.at, self.next.on_the_way) = (point.at, is_on_the_way.then_some(point));
        }
        self.go_on(point.qty.0 > 0);
    }

    fn tell_touch(&mut self, sink: &mut impl MarketSink, number: u64, at: Stamp, px: Ticks) {
        let Standing { touch: before, size, .. } = self.market;
        self.market.aggressor = match px.cmp(&self.market.px) {
            std::cmp::Ordering::Greater => Side::Buy,
            std::cmp::Ordering::Less => Side::Sell,
            std::cmp::Ordering::Equal => self.market.aggressor,
        };
        self.market.px = px;
        let (bid, ask) = touch(px, self.told.telling.slip_e9);
        let level = |px| Level { px, qty: size };
        let gone = |px| Level { px, qty: Lots(0) };
        let applied = match before {
            None => sink.book_snapshot(at, number, &[level(bid)], &[level(ask)]),
            Some((old_bid, old_ask)) => {
                let moved = |old: Ticks, new: Ticks| [gone(old), level(new)];
                let (bids, asks) = (moved(old_bid, bid), moved(old_ask, ask));
                // Where it did not move, it is told all the same: what our own orders took there stands again. It was not
                // gone in between: whoever stands in front of them there goes on doing so.
                let from = |old, new| usize::from(old == new);
                sink.book_delta(at, number, &bids[from(old_bid, bid)..], &asks[from(old_ask, ask)..])
            }
        };
        // A bid below its ask, by construction; were it not, there would be no price, and nothing would be traded.
        if applied != Applied::Valid {
            sink.book_lost(at);
        }
        self.market.touch = (applied == Applied::Valid).then_some((bid, ask));
    }

    /// To the next message.
    fn go_on(&mut self, trades: bool) {
        let Next { candle, point, on_the_way, is_trade } = self.next;
        let is_last = point + 1 == points(&self.told.telling);
        self.next = if !is_trade && trades {
            Next { is_trade: true, ..self.next }
        } else if on_the_way.is_some() {
            Next { on_the_way: None, is_trade: false, ..self.next }
        } else if is_last {
            Next { candle: candle + 1, ..Next::default() }
        } else {
            Next { point: point + 1, is_trade: false, ..self.next }
        };
        if self.next.candle == candle {
            return;
        }
        self.market.on_the_way = 0;
        // Known from now on: the next candle may be traded as much as this one was.
        let volume = self.told.candles.list().get(candle).map_or(Lots(0), |candle| candle.volume);
        if volume.0 > 0 {
            self.market.size = volume;
        }
    }

    /// Whether a tenth of it is told.
    fn is_warm(&self) -> bool {
        self.next.candle >= (self.told.candles.list().len() / 10).max(1)
    }
}

impl<S: MarketSink, F: FnMut() -> bool> CandleFeed<S, F> {
    /// Of a run that has not begun.
    #[must_use]
    pub fn new(around: Around<S, F>, told: Vec<Told>) -> Self {
        let lines = told.into_iter().map(Line::new).collect();
        Self { around, lines, now: Nanos(0), end: End::Ahead, messages: 0, waits: None }
    }

    /// The same, and no price is jumped over at which somebody waits.
    #[must_use]
    pub fn with_waits(self, waits: Option<SnapshotReader<Waits>>) -> Self {
        Self { waits, ..self }
    }

    /// The sink: the books.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.around.sink
    }

    /// Messages told so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// What is told next, and of which line: the earliest; of several at one time touches before trades, the first line's.
    fn next(&mut self) -> Option<(usize, (Point, bool))> {
        let Self { lines, waits, now, .. } = self;
        let point = |(n, line): (usize, &Line)| {
            let (point, is_on_the_way) = line.point(waits.as_mut(), *now)?;
            let early = u64::from(n + 1 < lines.len() && line.next.is_open());
            Some((n, (Point { at: Nanos(point.at.0.saturating_sub(early)), ..point }, is_on_the_way)))
        };
        let next = lines.iter().enumerate().filter_map(point);
        next.min_by_key(|(n, (point, _))| (point.at, lines[*n].next.is_trade, *n))
    }

    /// What the sink has due before the next message happens at its own time. `false` when there is nothing.
    fn stand_at_what_is_due(&mut self, next: Nanos) -> bool {
        let due = self.around.sink.next_due().filter(|due| due.0 > self.now.0 && due.0 <= next.0);
        due.is_some_and(|due| {
            self.stand_at(due);
            true
        })
    }

    fn stand_at(&mut self, at: Nanos) {
        self.now = at;
        self.around.hand.set(at.0);
    }

    fn tell(&mut self, line: usize, told: (Point, bool)) {
        self.stand_at(told.0.at);
        self.messages += 1;
        self.lines[line].tell(&mut self.around.sink, self.messages, told);
        if self.lines.iter().all(Line::is_warm) {
            self.around.warm.set(true);
        }
    }
}

impl<S, F> Stage for CandleFeed<S, F>
where
    S: MarketSink + Send + 'static,
    F: FnMut() -> bool + Send + 'static,
{
    fn name(&self) -> &str {
        &self.around.name
    }

    fn poll(&mut self) -> Poll {
        if self.around.sink.turn(self.now) {
            return Poll::Worked;
        }
        if self.end == End::Reached {
            return Poll::Idle;
        }
        if !self.around.sink.ready() || !(self.around.settled)() {
            return Poll::Blocked;
        }
        match (self.end, self.next()) {
            (End::Ahead, Some((line, told))) => {
                if !self.stand_at_what_is_due(told.0.at) {
                    self.tell(line, told);
                }
            }
            (End::Ahead, None) => {
                self.around.sink.end(self.now);
                self.end = End::Told;
            }
            (End::Told | End::Reached, _) => {
                self.around.done.raise();
                self.end = End::Reached;
            }
        }
        Poll::Worked
    }
}

#[cfg(test)]
impl<S, F> CandleFeed<S, F> {
    /// For tests that make something due.
    pub(super) fn around_mut(&mut self) -> &mut Around<S, F> {
        &mut self.around
    }

    /// What the sink has heard.
    pub(super) fn into_sink(self) -> S {
        self.around.sink
    }
}
