//! The strategy stage: market events and reports in, intents out.
//!
//! Inputs: every venue's `market` ring, the `report` ring. Output: the `intent` ring; a wish that finds it full is refused
//! at once, counted, and its author told. Each intent carries how far this stage had read when its author spoke.
//!
//! Never: judges a wish, looks at a book, remembers an order for longer than its author needs.

use super::account::Account;
use super::board::Board;
use super::catalog::Strategy;
use super::context::Context;
use super::seat::{Floor, Seat};
use crate::risk::legacy::Share;
use crate::topology::Stage as Place;
use engine_model::closeout::{Closeout, shares};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::{Intent, StrategyId};
use engine_model::market::MarketEvent;
use engine_model::native::StopsAt;
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use engine_model::steer::{Mode, Steer};
use engine_model::units::{Lots, Nanos};
use engine_model::venue::VenueId;
use engine_ring::alloc_guard::uncounted;
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
    floor: Floor,
    players: Box<[Player]>,
    /// By instrument: the players that hear of it.
    audience: Box<[Box<[usize]>]>,
    /// Players and what of theirs the venue closed; empty between two reports.
    closed: Vec<(usize, i64)>,
    /// When the first timer is due.
    timer_at_ns: Nanos,
    counters: Arc<CachePadded<StrategyCounters>>,
    board: Arc<Board>,
}

/// One strategy and what belongs to it.
#[derive(Debug)]
struct Player {
    strategy: Strategy,
    seat: Seat,
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
        let board = Arc::new(Board::new(&strategies));
        let mut audience = vec![Vec::new(); count];
        let mut players = Vec::with_capacity(strategies.len());
        for (index, strategy) in strategies.into_iter().enumerate() {
            strategy.instruments().into_iter().for_each(|id| audience[id.index()].push(index));
            let seat = Seat::new(StrategyId(index as u8 + 1), epoch, count);
            players.push(Player { strategy, seat, timer_at_ns: Nanos(0) });
        }
        let host = Host {
            floor: Floor::new(instruments, intents),
            closed: Vec::with_capacity(players.len()),
            players: players.into_boxed_slice(),
            audience: audience.into_iter().map(Vec::into_boxed_slice).collect(),
            timer_at_ns: Nanos(0),
            counters: Arc::default(),
            board,
        };
        let slot = |(venue, market)| (host.floor.instruments.slot(venue), market);
        Self { markets: markets.into_iter().map(slot).collect(), reports, time, host }
    }

    /// What a taker pays for each instrument, in millionths of the value: what routes are compared by. Nothing, where
    /// it is not told.
    #[must_use]
    pub fn with_taker_fees(mut self, ppm: impl Fn(&Instrument) -> i64) -> Self {
        self.host.floor.set_taker_fees(ppm);
        self
    }

    /// The same, the strategies' stops held there.
    #[must_use]
    pub fn with_stops(mut self, stops: StopsAt) -> Self {
        let seated =
            |Player { strategy, seat, timer_at_ns }| Player { seat: seat.with_stops(stops), strategy, timer_at_ns };
        self.host.players = self.host.players.into_iter().map(seated).collect();
        self
    }

    /// The same, each strategy with what an earlier run left it.
    #[must_use]
    pub fn with_legacy(mut self, shares: &[Share]) -> Self {
        for share in Share::of_strategies(shares) {
            let player = usize::from(share.strategy.0) - 1;
            if let Some(player) = self.host.players.get_mut(player) {
                player.seat.account.inherit(share.instrument, Lots(share.ledger.qty));
            }
        }
        self
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<CachePadded<StrategyCounters>> {
        self.host.counters.clone()
    }

    /// What everybody may read of the strategies.
    #[must_use]
    pub fn board(&self) -> Arc<Board> {
        self.host.board.clone()
    }

    /// Writes what each strategy is and remembers, and what it may do: the same after the same events. Allocates, not for the
    /// hot path.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        for Player { strategy, seat, .. } in &self.host.players {
            hasher.update(&[seat.mode as u8]);
            strategy.digest(hasher);
        }
    }

    /// What each strategy knows of its own orders and positions, in order of their ids.
    pub fn accounts(&self) -> impl Iterator<Item = (&'static str, &Account)> {
        self.host.players.iter().map(|player| (player.strategy.name(), player.seat.account()))
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
            host.floor.now = host.floor.now.max(Nanos(clock.now()));
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
        self.floor.now = self.floor.now.max(report.received_at_ns);
        self.floor.seen.report = place(sequence);
        match report.event {
            OrderEvent::ClosedOut(closeout) => {
                self.close_out(report, &closeout);
                return self.run_timers();
            }
            OrderEvent::Steered(what) => {
                self.steer(report, what);
                return self.run_timers();
            }
            _ => {}
        }
        // Strategy 0 is the operator: its orders are none of ours.
        let player = usize::from(report.strategy.0).wrapping_sub(1);
        if player < self.players.len() {
            self.players[player].seat.on_report(&mut self.floor, report);
            self.call(player, report.received_at_ns, |strategy, context| strategy.on_report(context, report));
        }
        self.run_timers();
    }

    /// A person asked that of a strategy. It takes memory, and is not counted among what the run takes.
    #[cold]
    fn steer(&mut self, report: &Report, what: Steer) {
        let player = usize::from(report.strategy.0).wrapping_sub(1);
        if matches!(what, Steer::Withdraw | Steer::Stop) {
            let Self { players, floor, .. } = self;
            let is_meant = |number: usize| report.strategy == StrategyId(0) || number == player;
            let meant = players.iter_mut().enumerate().filter(|(number, _)| is_meant(*number));
            meant.for_each(|(_, player)| player.seat.give_up(floor, false));
        }
        if player >= self.players.len() || what == Steer::Withdraw {
            return;
        }
        let Self { players, floor, board, .. } = self;
        let (Player { strategy, seat, timer_at_ns }, row) = (&mut players[player], &board.rows[player]);
        let done = uncounted(|| match what {
            Steer::Set { param, value, is_last } => {
                let staged = strategy.stage(usize::from(param), value);
                if is_last { staged.and_then(|()| strategy.retune(&floor.instruments)) } else { staged }
            }
            // Whoever gave up begins anew.
            Steer::Start if strategy.gave_up() => strategy.retune(&floor.instruments),
            Steer::Start | Steer::Pause | Steer::Stop | Steer::Withdraw => Ok(()),
        });
        let is_retuned = done.is_ok() && matches!(what, Steer::Set { is_last: true, .. });
        match (done, what.mode()) {
            (Ok(()), Some(mode)) => seat.mode = mode,
            (Ok(()), None) => {}
            // Who asked has held it against the same rules. What a command says all the same is left undone, and counted.
            (Err(_), _) => floor.outbox.refused += 1,
        }
        row.set_mode(seat.mode);
        row.set_values(strategy.values());
        // What may not stand is withdrawn with the timers; and its own may have become shorter.
        (*timer_at_ns, self.timer_at_ns) = (Nanos(0), Nanos(0));
        if is_retuned {
            self.call(player, report.received_at_ns, Strategy::on_retuned);
            self.board.rows[player].set_answer(self.players[player].strategy.answer());
        }
    }

    /// What may not stand in a strategy's mode is withdrawn; whether something found no room. Of one that was stopped
    /// execution withdraws all.
    fn withdraw(&mut self, player: usize) -> bool {
        let Player { seat, .. } = &mut self.players[player];
        let is_left = matches!(seat.mode, Mode::Paused | Mode::Failed) && seat.withdraw(&mut self.floor);
        self.counters.intents.set(self.floor.outbox.sent);
        is_left
    }

    /// A strategy said that it cannot go on.
    #[cold]
    fn fail(&mut self, player: usize) {
        let Self { players, board, .. } = self;
        let Player { strategy, seat, .. } = &mut players[player];
        seat.mode = Mode::Failed;
        board.rows[player].set_mode(Mode::Failed);
        uncounted(|| board.rows[player].set_fault(strategy.fault().unwrap_or("it gave up")));
        self.timer_at_ns = Nanos(0);
    }

    /// The venue closed a position of the account: each of those who held it is told, once it knows what it has left.
    #[cold]
    fn close_out(&mut self, report: &Report, closeout: &Closeout) {
        let id = report.instrument;
        let Self { players, closed, .. } = self;
        let counts = |number: u8| closeout.cause.counts(StrategyId(number), report.strategy);
        let held = (1..=u8::MAX).zip(players.iter());
        let held = held.map(|(number, player)| if counts(number) { player.seat.account().position(id).0 } else { 0 });
        closed.clear();
        shares(report.side.sign() * closeout.qty.0, held, |player, part| closed.push((player, part)));
        for at in 0..self.closed.len() {
            let (player, part) = self.closed[at];
            self.players[player].seat.closed_out(&mut self.floor, report, closeout, part);
            self.call(player, report.received_at_ns, |strategy, context| strategy.on_report(context, report));
        }
    }

    fn on_market(&mut self, slot: usize, sequence: u64, event: &MarketEvent) {
        self.counters.events.add(1);
        self.floor.now = self.floor.now.max(event.at.received_at_ns);
        self.floor.seen.market[slot] = place(sequence);
        self.floor.fold(event);
        let (instrument, prices) = (event.at.instrument.index(), self.floor.prices(event));
        for listener in 0..self.audience[instrument].len() {
            let player = self.audience[instrument][listener];
            // The desk first: what waits for a price is let go before its strategy makes up its mind about it.
            self.players[player].seat.on_market(&mut self.floor, &prices, event);
            self.call(player, event.at.received_at_ns, |strategy, context| strategy.on_market(context, event));
        }
        self.run_timers();
    }

    /// Calls each strategy whose time has come, once, however many of its periods went by. After the event that brought
    /// the time, so that no timer acts on a market that is known to be old.
    #[inline]
    fn run_timers(&mut self) {
        if self.floor.now >= self.timer_at_ns {
            self.run_due_timers();
        }
    }

    #[inline(never)]
    fn run_due_timers(&mut self) {
        let now = self.floor.now;
        self.timer_at_ns = Nanos(u64::MAX);
        for player in 0..self.players.len() {
            // First what may not stand: else a slice whose time has come would leave of what is paused.
            if self.withdraw(player) {
                self.timer_at_ns = self.timer_at_ns.min(now.plus(Nanos::MILLI));
            }
            self.players[player].seat.on_time(&mut self.floor);
            if now >= self.players[player].timer_at_ns {
                self.players[player].timer_at_ns = self.players[player].strategy.next_turn(now);
                self.counters.timers.add(1);
                self.call(player, now, |strategy, context| strategy.on_timer(context));
            }
            let Player { seat, timer_at_ns, .. } = &self.players[player];
            self.timer_at_ns = self.timer_at_ns.min(*timer_at_ns).min(seat.desk().due_at_ns());
        }
    }

    fn call(&mut self, player: usize, caused_at_ns: Nanos, each: impl FnOnce(&mut Strategy, &mut Context<'_>)) {
        let Player { strategy, seat, .. } = &mut self.players[player];
        if strategy.gave_up() {
            return;
        }
        each(strategy, &mut seat.context(&mut self.floor, caused_at_ns));
        let gave_up = strategy.gave_up();
        // An order that ends by itself may end before any timer.
        self.timer_at_ns = self.timer_at_ns.min(seat.desk().due_at_ns());
        self.counters.intents.set(self.floor.outbox.sent);
        self.counters.refused.set(self.floor.outbox.refused);
        if gave_up {
            self.fail(player);
        }
    }
}

/// How far a ring was read once its event of that sequence was.
fn place(sequence: u64) -> u32 {
    (sequence + 1) as u32
}

#[cfg(test)]
#[path = "steer_tests.rs"]
mod steer_tests;
#[cfg(test)]
#[path = "stage_tests.rs"]
pub(in crate::strategy) mod tests;
