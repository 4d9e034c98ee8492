//! Stops that risk itself sets behind each strategy's position and pulls: so far back from the best price since it was
//! entered (in parts of that price, or in average true ranges of a minute), or so long after.
//!
//! Owns a [`Stop`] for each position of a strategy that has such a limit, the band of prices in which none of an
//! instrument's stops has anything to say, and the average true ranges. A stop that is pulled halts its strategy (which
//! cannot know that its position goes) and closes the position by orders of risk's own, see `flatten.rs`.
//!
//! A better price moves a stop along in steps of a 64th of its distance, and each step is written down as the pull is:
//! between such moments nothing of a stop depends on how events of several rings came to lie, so a replay finds the same.
//!
//! Never: looks at a stop while the price stays within its band.

use crate::execution::OrderRow;
use crate::risk::flatten::STEP_NS;
use crate::risk::legacy::LeftStop;
use crate::risk::{Cause, Decision, DecisionKind, Risk};
use crate::tape::carry;
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Intent, StrategyId};
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::market::Side;
use engine_model::units::{Nanos, Ticks};

/// A stop follows in such parts of its distance.
const STEPS: i64 = 64;
/// Bars of an average true range, each a minute long.
const BARS: i64 = 14;
const BAR_NS: u64 = 60 * Nanos::SECOND;
/// How long the strategy's own orders have to be gone: what they fill need not be closed.
const ORDERS_NS: u64 = 5 * Nanos::SECOND;
/// Thousandths of a tick.
const MILLI: i64 = 1_000;

/// Behind one strategy's position.
#[derive(Clone, Copy, Debug, Default)]
struct Stop {
    /// Whose, among the traders.
    place: u16,
    /// Long or short.
    side: Side,
    entered_at: Nanos,
    /// Best price since then, as far as it was followed.
    best: Ticks,
    /// When it was pulled: the position is being closed.
    pulled_at: Option<Nanos>,
}

carry!(Stop { place, side, entered_at, best, pulled_at });

/// Average true range of an instrument, from prices alone.
#[derive(Clone, Copy, Debug, Default)]
struct Ranges {
    /// Of the minute that is running.
    low: i64,
    high: i64,
    last: i64,
    ends_at: Nanos,
    /// Minutes that were averaged, at most as many as are asked for.
    bars: i64,
    /// Thousandths of a tick.
    average: i64,
}

carry!(Ranges { low, high, last, ends_at, bars, average });

impl Ranges {
    /// The price became `px`; whether a minute was over.
    fn see(&mut self, px: Ticks, now: Nanos) -> bool {
        let is_over = now >= self.ends_at;
        if is_over {
            self.turn(now);
        }
        if self.last == 0 {
            (self.low, self.high) = (px.0, px.0);
        }
        (self.low, self.high, self.last) = (self.low.min(px.0), self.high.max(px.0), px.0);
        is_over
    }

    /// A minute is over; the last price of before is in the next one's range, so that a jump between them counts.
    #[cold]
    fn turn(&mut self, now: Nanos) {
        if self.last > 0 {
            let range = (self.high - self.low).saturating_mul(MILLI);
            self.bars = (self.bars + 1).min(BARS);
            self.average += (range - self.average) / self.bars;
            (self.low, self.high) = (self.last, self.last);
        }
        self.ends_at = Nanos((now.0 / BAR_NS + 1).saturating_mul(BAR_NS));
    }

    /// `None` until there are enough minutes.
    fn average(&self) -> Option<i64> {
        (self.bars == BARS).then_some(self.average)
    }
}

/// All of an instrument's.
#[derive(Clone, Debug)]
struct Post {
    /// By place, ascending.
    stops: Vec<Stop>,
    ranges: Ranges,
    /// Beyond these some stop has something to say.
    low: i64,
    high: i64,
    is_due: bool,
}

carry!(Post { stops, ranges, low, high, is_due });

/// Every stop.
#[derive(Clone, Debug)]
pub(super) struct Stops {
    /// Some strategy has such limits.
    is_used: bool,
    posts: Box<[Post]>,
    /// Instruments with something to look at.
    due: usize,
    /// The next moment at which a position is too old.
    old_at: Nanos,
    pulled: usize,
}

carry!(Stops { posts, due, old_at, pulled } fixed { is_used });

impl Stops {
    pub(super) fn new<'a>(instruments: usize, limits: impl Iterator<Item = &'a Limits>) -> Self {
        let (mut traders, mut is_used) = (0, false);
        for limits in limits {
            (traders, is_used) = (traders + 1, is_used || has_stops(limits));
        }
        let post = |_| Post {
            stops: Vec::with_capacity(if is_used { traders } else { 0 }),
            ranges: Ranges::default(),
            low: i64::MIN,
            high: i64::MAX,
            is_due: false,
        };
        Self { is_used, posts: (0..instruments).map(post).collect(), due: 0, old_at: Nanos(u64::MAX), pulled: 0 }
    }

    /// The stop behind a trader's position, for the run after this one.
    pub(super) fn of(&self, id: InstrumentId, place: usize) -> Option<LeftStop> {
        let stop = self.posts[id.index()].stops.iter().find(|stop| usize::from(stop.place) == place)?;
        Some(LeftStop { entered_at: stop.entered_at, best: stop.best, is_pulled: stop.pulled_at.is_some() })
    }

    /// The price of an instrument became `px`.
    #[inline]
    pub(super) fn see(&mut self, id: InstrumentId, px: Ticks, now: Nanos) {
        if !self.is_used {
            return;
        }
        let post = &mut self.posts[id.index()];
        let is_over = post.ranges.see(px, now);
        if (is_over && !post.stops.is_empty() || px.0 < post.low || px.0 > post.high) && !post.is_due {
            post.is_due = true;
            self.due += 1;
        }
        if now >= self.old_at {
            self.all_due();
        }
    }

    #[cold]
    fn all_due(&mut self) {
        self.old_at = Nanos(u64::MAX);
        for post in self.posts.iter_mut().filter(|post| !post.stops.is_empty() && !post.is_due) {
            post.is_due = true;
            self.due += 1;
        }
    }

    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.due > 0
    }

    #[inline]
    pub(super) fn is_closing(&self) -> bool {
        self.pulled > 0
    }

    /// Whether a position of the instrument is being closed.
    pub(super) fn closes(&self, id: InstrumentId) -> bool {
        self.pulled > 0 && self.posts[id.index()].stops.iter().any(|stop| stop.pulled_at.is_some())
    }

    /// Whether the one of that trader is.
    pub(super) fn closes_of(&self, id: InstrumentId, place: usize) -> bool {
        let is_it = |stop: &Stop| stop.pulled_at.is_some() && usize::from(stop.place) == place;
        self.pulled > 0 && self.posts[id.index()].stops.iter().any(is_it)
    }
}

/// Whether such limits ask for a stop.
fn has_stops(limits: &Limits) -> bool {
    let none = [limits.stop_trailing_bps, limits.stop_atr_pct].iter().all(|limit| *limit == i64::MAX);
    !none || limits.stop_age_ns < i64::MAX as u64
}

impl Stop {
    /// How far the price is behind the best, in ticks; negative beyond it.
    fn behind(&self, px: Ticks) -> i128 {
        (i128::from(self.best.0) - i128::from(px.0)) * i128::from(self.side.sign())
    }

    /// How far it may fall behind, in ticks, and why then it is pulled: the nearer of both.
    fn distance(&self, limits: &Limits, ranges: &Ranges) -> (i64, Cause) {
        let by_share = by_share(self.best, limits);
        let average = ranges.average().filter(|_| limits.stop_atr_pct < i64::MAX);
        let by_range = average.map_or(i64::MAX, |milli| part(milli, limits.stop_atr_pct, 100 * i128::from(MILLI)));
        if by_range < by_share { (by_range, Cause::StopAtr) } else { (by_share, Cause::StopTrailing) }
    }

    /// What is to be done at this price.
    fn asks(&self, px: Ticks, now: Nanos, limits: &Limits, ranges: &Ranges) -> Option<Ask> {
        let (distance, cause) = self.distance(limits, ranges);
        let behind = self.behind(px);
        if behind > i128::from(distance) {
            return Some(Ask::Pull(cause));
        }
        if now.since(self.entered_at) > limits.stop_age_ns {
            return Some(Ask::Pull(Cause::StopAge));
        }
        (distance < i64::MAX && behind <= -i128::from(step(distance))).then_some(Ask::Follow)
    }
}

fn part(whole: i64, limit: i64, unit: i128) -> i64 {
    i64::try_from(i128::from(whole) * i128::from(limit) / unit).unwrap_or(i64::MAX)
}

/// How far the price may fall behind the best by its share alone, in ticks.
fn by_share(best: Ticks, limits: &Limits) -> i64 {
    part(best.0, limits.stop_trailing_bps, 10_000)
}

/// The first price that pulls a stop which trails so far behind `best`, a share of it; `None`: no limit asks for one.
#[must_use]
pub fn trailing_px(side: Side, best: Ticks, limits: &Limits) -> Option<Ticks> {
    let distance = by_share(best, limits).checked_add(1).filter(|_| limits.stop_trailing_bps < i64::MAX)?;
    Some(Ticks(best.0.saturating_sub(distance.saturating_mul(side.sign()))))
}

/// What a stop asks for.
enum Ask {
    Pull(Cause),
    Follow,
}

/// How much better the price must be before a stop follows.
fn step(distance: i64) -> i64 {
    (distance / STEPS).max(1)
}

impl Risk {
    /// A trader's position changed, by an execution at `px`.
    pub(super) fn set_stop(&mut self, place: usize, id: InstrumentId, px: Ticks, at: Nanos) {
        let trader = &self.traders[place];
        if !self.stops.is_used || place == 0 || !has_stops(&trader.limits[0]) {
            return;
        }
        let qty = trader.purse.qty(id);
        let side = if qty > 0 { Side::Buy } else { Side::Sell };
        let Stops { posts, pulled, .. } = &mut self.stops;
        let stops = &mut posts[id.index()].stops;
        let known = stops.binary_search_by_key(&place, |stop| usize::from(stop.place));
        let fresh = Stop { place: place as u16, side, entered_at: at, best: px, pulled_at: None };
        match known {
            Ok(known) if qty == 0 => *pulled -= usize::from(stops.remove(known).pulled_at.is_some()),
            Ok(known) if stops[known].side != side => {
                *pulled -= usize::from(stops[known].pulled_at.is_some());
                stops[known] = fresh;
            }
            Ok(_) => {}
            Err(_) if qty == 0 => {}
            Err(next) => stops.insert(next, fresh), // never grows: room for every trader, each once
        }
        self.set_band(id);
    }

    /// The stop behind a trader's position was pulled by the run before. Its orders are gone, so nothing is waited for.
    pub(super) fn go_on_pulling(&mut self, place: usize, id: InstrumentId) {
        let stops = &mut self.stops.posts[id.index()].stops;
        let Some(stop) = stops.iter_mut().find(|stop| usize::from(stop.place) == place) else { return };
        stop.pulled_at = Some(stop.entered_at);
        self.stops.pulled += 1;
        self.set_band(id);
    }

    /// Between which prices an instrument's stops have nothing to say, and when one is too old.
    fn set_band(&mut self, id: InstrumentId) {
        let Self { stops: Stops { posts, old_at, due, .. }, traders, .. } = self;
        let Post { stops, ranges, low, high, is_due } = &mut posts[id.index()];
        (*low, *high) = (i64::MIN, i64::MAX);
        for stop in stops.iter().filter(|stop| stop.pulled_at.is_none()) {
            let limits = &traders[usize::from(stop.place)].limits[0];
            let (distance, _) = stop.distance(limits, ranges);
            if distance < i64::MAX {
                let best = stop.best.0;
                // The last price that is not too far behind, and the last that is not far enough ahead to follow.
                let (behind, ahead) = (distance, step(distance) - 1);
                let (least, most) = match stop.side {
                    Side::Buy => (best.saturating_sub(behind), best.saturating_add(ahead)),
                    Side::Sell => (best.saturating_sub(ahead), best.saturating_add(behind)),
                };
                (*low, *high) = ((*low).max(least), (*high).min(most));
            }
            if limits.stop_age_ns < i64::MAX as u64 {
                *old_at = (*old_at).min(stop.entered_at.plus(limits.stop_age_ns).plus(1));
            }
        }
        let is_beyond = self.markets[id.index()].known_px().is_some_and(|px| px.0 < *low || px.0 > *high);
        if is_beyond && !*is_due {
            *is_due = true;
            *due += 1;
        }
    }

    /// What a stop asks for, one at a time: to be moved along, or pulled. Of several the first by instrument, whichever came
    /// first.
    #[cold]
    pub(super) fn watch_stops(&mut self, now: Nanos) -> Option<Decision> {
        if now >= self.stops.old_at {
            self.stops.all_due();
        }
        for id in (0..self.desks.len() as u32).map(InstrumentId) {
            if !self.stops.posts[id.index()].is_due {
                continue;
            }
            if let Some((px, place, ask)) = self.asking(id, now) {
                return Some(self.obey(id, px, place, &ask, now));
            }
            self.stops.posts[id.index()].is_due = false;
            self.stops.due -= 1;
            self.set_band(id);
        }
        None
    }

    /// The first stop of the instrument that asks for something, by its place in the list.
    fn asking(&self, id: InstrumentId, now: Nanos) -> Option<(Ticks, usize, Ask)> {
        let px = self.markets[id.index()].known_px()?;
        let post = &self.stops.posts[id.index()];
        let waiting = post.stops.iter().enumerate().filter(|(_, stop)| stop.pulled_at.is_none());
        { waiting }.find_map(|(at, stop)| {
            let limits = &self.traders[usize::from(stop.place)].limits[0];
            Some((px, at, stop.asks(px, now, limits, &post.ranges)?))
        })
    }

    fn obey(&mut self, id: InstrumentId, px: Ticks, at: usize, ask: &Ask, now: Nanos) -> Decision {
        let stop = &mut self.stops.posts[id.index()].stops[at];
        let strategy = StrategyId(stop.place as u8);
        let cause = match ask {
            Ask::Follow => {
                stop.best = px;
                None
            }
            Ask::Pull(cause) => {
                stop.pulled_at = Some(now);
                self.stops.pulled += 1;
                Some(*cause)
            }
        };
        let best = stop.best;
        self.set_band(id);
        if cause.is_some() {
            self.set_state(Scope::Strategy(strategy), TradingState::Halted);
            self.owe_mark();
        }
        let what = DecisionKind::Stop { instrument: id, cause, best, px };
        self.own_of(strategy, now, what)
    }

    /// The next wish out of a position whose stop was pulled, if one is due. Nothing leaves while all is halted:
    /// whoever halted means it.
    pub(super) fn next_stopped(&mut self, now: Nanos) -> Option<Intent> {
        if !self.stops.is_closing() || self.state == TradingState::Halted {
            return None;
        }
        let all = (0..self.desks.len() as u32).map(InstrumentId);
        let (id, side, lots) = all.into_iter().find_map(|id| {
            let is_due = now.since(self.desks[id.index()].closed_at) >= STEP_NS;
            let (side, lots) = is_due.then(|| self.left_to_stop(id, now))??;
            Some((id, side, lots))
        })?;
        self.desks[id.index()].closed_at = now;
        Some(self.closing(id, side, self.step_of(id, lots, now), now))
    }

    /// What is left of an instrument's stopped positions and not on its way out, as far as it makes the account's smaller.
    fn left_to_stop(&self, id: InstrumentId, now: Nanos) -> Option<(Side, i64)> {
        self.stops.posts[id.index()].stops.iter().find_map(|stop| {
            let waits = now.since(stop.pulled_at?) < ORDERS_NS && self.has_orders(stop.place, id);
            let side = stop.side.opposite();
            let held = self.traders[usize::from(stop.place)].purse.qty(id).saturating_abs();
            let left = held.saturating_sub(self.on_its_way(stop.place, id, side));
            let before = self.exposure.working(id).position_if_filled(self.portfolio.qty(id), side);
            let free = i64::try_from(before * i128::from(stop.side.sign())).unwrap_or(i64::MAX);
            let lots = left.min(free);
            (lots > 0 && !waits).then_some((side, lots))
        })
    }

    /// What orders of risk's own and of that trader may still fill on one side, in lots. The account's position alone would
    /// not show that it was sent: what others hold stands behind it.
    fn on_its_way(&self, place: u16, id: InstrumentId, side: Side) -> i64 {
        let is_its = |row: &&OrderRow| [0, usize::from(place)].contains(&self.place(row.strategy));
        let there = self.orders.open().filter(|row| row.instrument == id && row.side == side);
        there.filter(is_its).fold(0, |sum, row| sum.saturating_add(row.weight().0))
    }

    /// Whether orders of that trader may still fill there.
    fn has_orders(&self, place: u16, id: InstrumentId) -> bool {
        let is_its = |row: &OrderRow| usize::from(place) == self.place(row.strategy) && row.instrument == id;
        self.orders.open().any(|row| is_its(row) && row.leaves().0 > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever is told where a stop waits, waits where it is pulled: there, and a tick nearer not.
    #[test]
    fn a_trailing_stop_is_pulled_at_the_price_that_is_told_and_not_a_tick_before() {
        let (mut best, now) = (7, Nanos(1));
        for bps in [0, 1, 37, 500, 9_999] {
            let limits = Limits { stop_trailing_bps: bps, ..Limits::default() };
            for side in [Side::Buy, Side::Sell] {
                best = best * 31 % 99_991 + 2;
                let stop = Stop { side, best: Ticks(best), entered_at: now, ..Stop::default() };
                let px = trailing_px(side, stop.best, &limits).expect("a limit asks for one");
                let is_pulled = |px: i64| {
                    let asked = stop.asks(Ticks(px), now, &limits, &Ranges::default());
                    matches!(asked, Some(Ask::Pull(Cause::StopTrailing)))
                };
                assert!(is_pulled(px.0) && !is_pulled(px.0 + side.sign()), "{bps} bps behind {best}: {px:?}");
            }
        }
        assert_eq!(trailing_px(Side::Buy, Ticks(100), &Limits::default()), None);
    }
}
