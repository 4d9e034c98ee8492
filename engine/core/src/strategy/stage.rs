//! The strategy stage: market events and reports in, intents out.
//!
//! Inputs: every venue's `market` ring, the `report` ring. Output: the `intent` ring; a wish that finds it full is refused
//! at once, counted, and its author told. Each intent carries how far this stage had read when its author spoke.
//!
//! Never: judges a wish, looks at a book, remembers an order for longer than its author needs.

use super::account::Account;
use super::catalog::Strategy;
use super::context::Context;
use super::outbox::Outbox;
use super::view::View;
use crate::topology::Stage as Place;
use engine_model::instrument::Instruments;
use engine_model::intent::{Intent, Seen, StrategyId};
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

/// Events taken from one ring before the next ring has its turn: small, so that what the first ones cause is on its way
/// while the rest is read.
const BATCH: usize = 64;

/// Where the time of timers comes from.
#[derive(Clone, Debug)]
pub enum Time {
    /// The clock, read once a poll: timers also run while the market is silent.
    Clock(Clock),
    /// The receive times of events alone: the same events give the same calls, on whatever thread and however fast. For
    /// everything that is compared with another run.
    Events,
}

/// What the stage counts. One writer, any readers.
#[derive(Debug, Default)]
pub struct StrategyCounters {
    /// Market events read.
    pub events: Counter,
    /// Reports read.
    pub reports: Counter,
    /// Timer calls made.
    pub timers: Counter,
    /// Intents published.
    pub intents: Counter,
    /// Wishes refused because the ring was full or the call had used up its bound.
    pub refused: Counter,
}

/// The stage.
#[derive(Debug)]
pub struct StrategyStage {
    /// By slot of their venue.
    markets: Vec<(usize, Reader<MarketEvent>)>,
    reports: Reader<Report>,
    time: Time,
    host: Host,
}

/// Everything but the inputs.
#[derive(Debug)]
struct Host {
    instruments: Arc<Instruments>,
    views: Box<[View]>,
    seats: Box<[Seat]>,
    /// By instrument: the seats that hear of it.
    audience: Box<[Box<[usize]>]>,
    outbox: Outbox,
    seen: Seen,
    now: Nanos,
    /// When the first timer is due.
    timer_at_ns: Nanos,
    counters: Arc<CachePadded<StrategyCounters>>,
}

/// One strategy and what belongs to it.
#[derive(Debug)]
struct Seat {
    strategy: Strategy,
    account: Account,
    timer_at_ns: Nanos,
}

impl StrategyStage {
    /// The strategies get the ids 1, 2, 3 … in the order given: 0 is the operator. `epoch` numbers the run, 24 bits.
    ///
    /// # Panics
    /// With more than 255 strategies, or on an instrument that is not in the table: configuration is checked before.
    #[must_use]
    pub fn new(
        strategies: Vec<Strategy>,
        epoch: u32,
        instruments: Arc<Instruments>,
        markets: Vec<(VenueId, Reader<MarketEvent>)>,
        reports: Reader<Report>,
        intents: Writer<Intent>,
        time: Time,
    ) -> Self {
        assert!(strategies.len() < 256, "an order id has eight bits for its strategy");
        let count = instruments.len();
        let mut audience = vec![Vec::new(); count];
        let mut seats = Vec::with_capacity(strategies.len());
        for (index, strategy) in strategies.into_iter().enumerate() {
            strategy.instruments().into_iter().for_each(|id| audience[id.index()].push(index));
            let account = Account::new(StrategyId(index as u8 + 1), epoch, count);
            seats.push(Seat { strategy, account, timer_at_ns: Nanos(0) });
        }
        let host = Host {
            instruments,
            views: vec![View::default(); count].into_boxed_slice(),
            seats: seats.into_boxed_slice(),
            audience: audience.into_iter().map(Vec::into_boxed_slice).collect(),
            outbox: Outbox::new(intents),
            seen: Seen::default(),
            now: Nanos(0),
            timer_at_ns: Nanos(0),
            counters: Arc::default(),
        };
        let slot = |(venue, market)| (host.instruments.slot(venue), market);
        Self { markets: markets.into_iter().map(slot).collect(), reports, time, host }
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<CachePadded<StrategyCounters>> {
        self.host.counters.clone()
    }

    /// What each strategy knows of its own orders and positions, in order of their ids.
    pub fn accounts(&self) -> impl Iterator<Item = (&'static str, &Account)> {
        self.host.seats.iter().map(|seat| (seat.strategy.name(), &seat.account))
    }
}

impl Stage for StrategyStage {
    fn name(&self) -> &str {
        Place::Strategy.name()
    }

    fn poll(&mut self) -> Poll {
        let Self { markets, reports, time, host } = self;
        if let Time::Clock(clock) = time {
            // Never back: receive times of venues may run ahead of the clock by a little.
            host.now = host.now.max(Nanos(clock.now()));
            host.run_timers();
        }
        // Reports first: who acts on a price should know of its own fills.
        let mut done = reports.take(BATCH, |sequence, report| host.on_report(sequence, report));
        for (slot, market) in markets {
            done += market.take(BATCH, |sequence, event| host.on_market(*slot, sequence, event));
        }
        Poll::from_count(done)
    }
}

impl Host {
    fn on_report(&mut self, sequence: u64, report: &Report) {
        self.counters.reports.add(1);
        self.now = self.now.max(report.received_at_ns);
        self.seen.report = place(sequence);
        // Strategy 0 is the operator: its orders are none of ours.
        let seat = usize::from(report.strategy.0).wrapping_sub(1);
        if seat < self.seats.len() {
            self.seats[seat].account.fold(report);
            self.call(seat, report.received_at_ns, |strategy, context| strategy.on_report(context, report));
        }
        self.run_timers();
    }

    fn on_market(&mut self, slot: usize, sequence: u64, event: &MarketEvent) {
        self.counters.events.add(1);
        self.now = self.now.max(event.at.received_at_ns);
        self.seen.market[slot] = place(sequence);
        let instrument = event.at.instrument.index();
        self.views[instrument].fold(event);
        for listener in 0..self.audience[instrument].len() {
            let seat = self.audience[instrument][listener];
            self.call(seat, event.at.received_at_ns, |strategy, context| strategy.on_market(context, event));
        }
        self.run_timers();
    }

    /// Calls each strategy whose time has come, once, however many of its periods went by. After the event that brought
    /// the time, so that no timer acts on a market that is known to be old.
    #[inline]
    fn run_timers(&mut self) {
        if self.now >= self.timer_at_ns {
            self.run_due_timers();
        }
    }

    #[inline(never)]
    fn run_due_timers(&mut self) {
        self.timer_at_ns = Nanos(u64::MAX);
        for seat in 0..self.seats.len() {
            let period = self.seats[seat].strategy.timer_ns();
            if self.now >= self.seats[seat].timer_at_ns {
                self.seats[seat].timer_at_ns = Nanos((self.now.0 / period).saturating_add(1).saturating_mul(period));
                self.counters.timers.add(1);
                self.call(seat, self.now, |strategy, context| strategy.on_timer(context));
            }
            self.timer_at_ns = self.timer_at_ns.min(self.seats[seat].timer_at_ns);
        }
    }

    fn call(&mut self, seat: usize, caused_at_ns: Nanos, each: impl FnOnce(&mut Strategy, &mut Context<'_>)) {
        let Seat { strategy, account, .. } = &mut self.seats[seat];
        self.outbox.begin();
        let mut context = Context {
            now: self.now,
            caused_at_ns,
            seen: self.seen,
            instruments: &self.instruments,
            views: &self.views,
            account,
            outbox: &mut self.outbox,
        };
        each(strategy, &mut context);
        self.counters.intents.set(self.outbox.sent);
        self.counters.refused.set(self.outbox.refused);
    }
}

/// How far a ring was read once its event of that sequence was.
fn place(sequence: u64) -> u32 {
    (sequence + 1) as u32
}

#[cfg(test)]
#[path = "stage_tests.rs"]
pub(in crate::strategy) mod tests;
