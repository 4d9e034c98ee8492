//! The whole system in one thread: venues, networks, disk, clock, people and one engine after the other, for so much
//! simulated time, all of it out of one seed. What must always hold is looked at in every tick; what must come right, in the
//! end.

use crate::dice::Dice;
use crate::engine::{self, Engine, OPEN_MAX, POSITION_MAX_USD, VENUES, usual_px};
use crate::options::Options;
use crate::venue::Site;
use engine_core::journal::disk::{file_name, segment_name, segment_of};
use engine_core::journal::format::Damage;
use engine_core::journal::reader::{Entry, Fault, Reader};
use engine_core::journal::record::{Record, Verdict};
use engine_core::journal::replay::replay;
use engine_core::journal::simulated::{Faults, Files, SimulatedDisk};
use engine_core::state::hex;
use engine_model::command::CommandKind;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::limit::{Scope, TradingState};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::units::Nanos;
use engine_ring::clock::{Clock, ClockHand};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::sync::Arc;

/// A tick.
const TICK: Nanos = Nanos(200 * Nanos::MILLI);
/// Noon of a day: a story stays in it.
const NOON: Nanos = Nanos(1_767_268_800 * Nanos::SECOND);
/// Nothing goes wrong at first.
const CALM_S: u64 = 10;

/// And nothing happens at last.
const STILL_S: u64 = 10;

/// What a story came to. Twice the same seed is twice the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) simulated_s: u64,
    pub(crate) faults: u64,
    pub(crate) orders: u64,
    pub(crate) fills: u64,
    pub(crate) runs: u64,
    /// Journals that were replayed, and records in them.
    pub(crate) records: u64,
    /// Whether something of a run before was executed behind its successor's back: then positions may differ, and say so.
    pub(crate) is_disturbed: bool,
    /// Of every run that ended: the state that its journal leads to.
    pub(crate) states: Vec<String>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Killed,
    Power,
    Ended,
}

pub(crate) struct World {
    options: Options,
    dice: Dice,
    instruments: Arc<Instruments>,
    now: Nanos,
    clock: Clock,
    hand: ClockHand,
    sites: Vec<Site>,
    disk: SimulatedDisk,
    engine: Engine,
    epoch: u32,
    began_at: Nanos,
    /// The lowest price so far, by instrument.
    lowest: Vec<i64>,
    /// Orders that had arrived, by venue, when it was last looked at.
    arrived: Vec<usize>,
    /// Orders that had left when the kill switch was on for the first time, and when this run is given up.
    killed: Option<(u64, Nanos)>,
    full_until: Nanos,
    /// No market moves, and nobody wishes for anything.
    is_still: bool,
    outcome: Outcome,
}

impl World {
    pub(crate) fn new(options: Options) -> Self {
        let mut dice = Dice::new(options.seed);
        let instruments = Arc::new(engine::instruments());
        let (clock, mut hand) = Clock::manual();
        hand.set(NOON.0);
        let sites = VENUES.iter().map(|venue| Site::new(*venue, &instruments, usual_px, &mut dice)).collect();
        let disk = SimulatedDisk::new(Faults::default());
        let engine = Engine::start(&options, &instruments, 1, &disk, &clock);
        Self {
            lowest: instruments.iter().map(usual_px).collect(),
            arrived: vec![0; VENUES.len()],
            options,
            dice,
            instruments,
            now: NOON,
            clock,
            hand,
            sites,
            disk,
            engine,
            epoch: 1,
            began_at: NOON,
            killed: None,
            full_until: Nanos(0),
            is_still: false,
            outcome: Outcome { runs: 1, ..Outcome::default() },
        }
    }

    /// The whole story.
    pub(crate) fn play(mut self) -> Outcome {
        let Options { trouble_s, peace_s, .. } = self.options;
        self.pass(CALM_S, false);
        self.trouble(true);
        self.pass(trouble_s, true);
        self.trouble(false);
        self.heal();
        let before: usize = self.sites.iter().map(|site| site.gateway.arrived().count()).sum();
        self.pass(peace_s, false);
        let after: usize = self.sites.iter().map(|site| site.gateway.arrived().count()).sum();
        assert!(after > before, "nothing is traded once all is well");
        // Nothing moves any more, so that nothing is under way when all is compared.
        self.is_still = true;
        self.pass(STILL_S, false);
        self.judge();
        self.end(Way::Ended);
        self.outcome.simulated_s = (self.now.0 - NOON.0) / Nanos::SECOND;
        self.outcome.faults += self.sites.iter().map(|site| site.faults + site.gateway.faults()).sum::<u64>();
        self.outcome.orders = after as u64;
        self.outcome
    }

    fn trouble(&mut self, is_troubled: bool) {
        self.sites.iter_mut().for_each(|site| site.gateway.set_trouble(is_troubled));
    }

    fn pass(&mut self, seconds: u64, is_troubled: bool) {
        for _ in 0..seconds * Nanos::SECOND / TICK.0 {
            self.tick(is_troubled);
        }
    }

    fn tick(&mut self, is_troubled: bool) {
        self.now = self.now.plus(TICK.0);
        self.hand.set(self.now.0);
        let (options, now) = (self.options, self.now);
        for (site, end) in self.sites.iter_mut().zip(&mut self.engine.ends) {
            if is_troubled {
                site.trouble(&options, now, end, &mut self.dice);
            }
            if !self.is_still {
                site.tell(is_troubled.then_some(&options), now, end, &mut self.dice);
            }
            site.gateway.pass_to(now);
        }
        self.wish();
        if is_troubled {
            self.fail();
        }
        self.engine.settle(&mut self.sites, now);
        self.check();
        if is_troubled {
            self.end_by_chance();
        }
    }

    fn wish(&mut self) {
        if self.is_still || !self.dice.once(self.options.wish) {
            return;
        }
        let touches: Vec<_> = self.sites.iter().flat_map(Site::touches).collect();
        let (of, touch) = touches[self.dice.below(touches.len() as u64) as usize];
        self.engine.trader.wish(of, touch, self.now, &mut self.dice);
    }

    /// The disk and people.
    fn fail(&mut self) {
        let Self { options, dice, disk, engine, now, .. } = self;
        if dice.once(options.hang) {
            engine.hangs_until = now.plus(dice.below(30) * Nanos::SECOND);
            self.outcome.faults += 1;
        }
        if dice.once(options.full) {
            let (used, _) = disk.used();
            disk.fail_by(|faults| faults.room_bytes = Some(used));
            self.full_until = now.plus((1 + dice.below(30)) * Nanos::SECOND);
            self.outcome.faults += 1;
        } else if *now >= self.full_until {
            disk.fail_by(|faults| faults.room_bytes = None);
        }
        if dice.once(options.error) {
            let (_, syncs) = disk.used();
            disk.fail_by(|faults| faults.sync_fails_at = Some(syncs));
            self.outcome.faults += 1;
        }
        if dice.once(options.kill_switch) {
            engine.kill.set(true);
        }
        if dice.once(options.command) {
            let venue = VENUES[dice.below(VENUES.len() as u64) as usize];
            let states = [TradingState::Active, TradingState::Active, TradingState::Reducing, TradingState::Halted];
            let what = match dice.below(6) {
                0 => CommandKind::CancelAll,
                1 => CommandKind::Flatten,
                2 => CommandKind::SetGate { venue, is_open: dice.below(3) > 0 },
                _ => CommandKind::SetTradingState { scope: Scope::Whole, state: states[dice.below(4) as usize] },
            };
            engine.command(what, *now);
        }
    }

    /// What must hold at any time.
    fn check(&mut self) {
        self.check_arrivals();
        self.check_limits();
        self.check_kill();
    }

    /// Nothing arrives that was not decided on, and nothing twice.
    fn check_arrivals(&mut self) {
        for (site, from) in self.sites.iter().zip(&mut self.arrived) {
            for id in site.arrived_since(*from) {
                *from += 1;
                let is_decided = id.epoch() < self.epoch || self.engine.decided.contains(&id);
                assert!(is_decided, "{}: {id} arrived, and nobody decided on it", site.venue.name());
            }
            assert_eq!(site.gateway.duplicates(), 0, "{}: a number came twice", site.venue.name());
        }
    }

    /// What could be held if all that stands was executed is within its limit, and so is the number of orders. What is of a
    /// run before does not count: its successor may not know of it yet.
    fn check_limits(&mut self) {
        for site in &self.sites {
            for (of, (bid, _)) in site.touches() {
                let lowest = &mut self.lowest[of.index()];
                *lowest = bid.min(*lowest);
                let (mut worst, mut open) = ([0, 0], 0);
                for (order, leaves) in site.gateway.open() {
                    if order.client_order_id.epoch() == self.epoch && order.instrument == of {
                        worst[usize::from(order.side == Side::Sell)] += leaves.0;
                        open += 1;
                    }
                }
                let known = self.engine.risk.risk().portfolio().qty(of);
                let most = (known + worst[0]).abs().max((known - worst[1]).abs());
                let instrument = self.instruments.get(of);
                let px = engine_model::units::Ticks(*lowest);
                let worth = instrument.notional(px, engine_model::units::Lots(most)).map_or(i64::MAX, |worth| worth.0);
                // What it may not make larger it may hold: adopted, or grown with its price.
                let is_own = self.epoch == 1;
                let limit = engine_model::units::Quote::whole(POSITION_MAX_USD).0;
                assert!(!is_own || worth <= limit + limit / 20, "{}: {most} lots", instrument.symbol);
                assert!(open <= OPEN_MAX, "{}: {open} orders stand", site.venue.name());
            }
        }
    }

    /// Behind the kill switch no order leaves.
    fn check_kill(&mut self) {
        if !self.engine.kill.is_on() {
            return;
        }
        let placed = self.engine.execution.counters().placed.get();
        let until = self.now.plus((1 + self.dice.below(20)) * Nanos::SECOND);
        let (before, _) = *self.killed.get_or_insert((placed, until));
        assert_eq!(placed, before, "an order left behind the kill switch");
    }

    fn end_by_chance(&mut self) {
        let Self { options, dice, .. } = self;
        let given_up = self.killed.is_some_and(|(_, until)| until <= self.now);
        let chances = [(options.killed, Way::Killed), (options.power, Way::Power), (options.ended, Way::Ended)];
        let mut way = None;
        for (chance, of) in chances {
            way = way.or(dice.once(chance).then_some(of));
        }
        if let Some(way) = way.or(given_up.then_some(Way::Killed)) {
            self.outcome.faults += 1;
            self.end(way);
            self.begin();
        }
    }

    /// A run ends, and what it left behind is what it was.
    fn end(&mut self, way: Way) {
        let Self { options, instruments, epoch, clock, .. } = self;
        // The engine that begins in its place; until then its journal is on a disk that nobody looks at.
        let spare = Engine::start(options, instruments, *epoch, &SimulatedDisk::new(Faults::default()), clock);
        let engine = std::mem::replace(&mut self.engine, spare);
        let (durable, state) = (engine.gauges.durable.get(), engine.state());
        let is_whole = engine.gauges.fault().is_none() && engine.hangs_until <= self.now;
        let files = match way {
            Way::Killed => self.disk.after_kill(),
            Way::Power => {
                let dice = &mut self.dice;
                self.disk.after_power_cut(|below| dice.below(below))
            }
            Way::Ended => {
                engine.finish();
                self.disk.after_kill()
            }
        };
        let found = Found::of(&files, self.epoch);
        assert!(found.records >= durable, "{} of {durable} records that the disk said it has", found.records);
        if self.options.sync_before_send && way != Way::Ended {
            let arrived = self.sites.iter().flat_map(|site| site.arrived_since(0));
            let lost: Vec<_> = arrived.filter(|id| id.epoch() == self.epoch && !found.decided.contains(id)).collect();
            assert!(lost.is_empty(), "{way:?}: they arrived, and the journal does not know of them: {lost:?}");
        }
        if way == Way::Ended && is_whole {
            assert_eq!(found.state, state, "the journal tells another story than the run");
        }
        self.outcome.records += found.records;
        self.outcome.states.push(found.state);
        let latest = files.keys().filter_map(|name| segment_of(OsStr::new(name))).map(|(epoch, _)| epoch).max();
        self.epoch = latest.expect("a journal") + 1;
    }

    /// The next run, on a disk of its own.
    fn begin(&mut self) {
        let Self { options, instruments, epoch, clock, .. } = self;
        self.disk = SimulatedDisk::new(Faults::default());
        self.engine = Engine::start(options, instruments, *epoch, &self.disk, clock);
        (self.killed, self.full_until, self.began_at) = (None, Nanos(0), self.now);
        self.outcome.runs += 1;
        for site in &mut self.sites {
            site.gateway.meet_run(*epoch, options.adopts);
        }
    }

    /// What people do when all is over: a run that may trade.
    fn heal(&mut self) {
        self.disk.fail_by(|faults| *faults = Faults::default());
        self.engine.hangs_until = Nanos(0);
        if self.engine.kill.is_on() || self.engine.gauges.fault().is_some() {
            self.end(Way::Killed);
            self.begin();
        }
        let scope = Scope::Whole;
        self.engine.command(CommandKind::SetTradingState { scope, state: TradingState::Active }, self.now);
        VENUES
            .iter()
            .for_each(|venue| self.engine.command(CommandKind::SetGate { venue: *venue, is_open: true }, self.now));
    }

    /// All agree, and nothing is left to ask.
    fn judge(&mut self) {
        let disturbed = self.sites.iter().any(|site| site.gateway.is_disturbed(self.epoch, self.began_at));
        for (site, end) in self.sites.iter().zip(&self.engine.ends) {
            let (venue, gateway) = (site.venue.name(), &site.gateway);
            assert!(gateway.is_ready(), "{venue}: orders pass again");
            assert_eq!(gateway.unknown(), None, "{venue}: what became of it is not known");
            for (of, touch) in site.touches() {
                assert!(end.is_synced(of), "{venue}: {of:?} is not in sync");
                let market = &self.engine.risk.risk().markets()[of.index()];
                assert_eq!((market.bid.px.0, market.ask.px.0), touch, "{venue}: another book than the venue's");
                let (ours, theirs) = (self.engine.risk.risk().portfolio().qty(of), gateway.position(of).0);
                assert!(ours == theirs || disturbed, "{venue}: {of:?}: we hold {ours}, the account {theirs}");
            }
            let stands: BTreeSet<ClientOrderId> = gateway.open().map(|(order, _)| order.client_order_id).collect();
            let rows = self.engine.execution.execution().orders().open();
            let at = |of: InstrumentId| self.instruments.get(of).venue == site.venue;
            let believed =
                rows.filter(|row| !row.is_held && at(row.instrument)).map(|row| row.client_order_id).collect();
            assert_eq!(stands, believed, "{venue}: other orders stand than are believed to");
        }
        self.outcome.is_disturbed = disturbed;
        self.outcome.fills = self.engine.risk.risk().portfolio().fills();
    }
}

/// What a journal says.
struct Found {
    records: u64,
    decided: BTreeSet<ClientOrderId>,
    state: String,
}

impl Found {
    /// Of the run's files. What is not proved ends at a torn tail, never in the middle.
    fn of(files: &Files, epoch: u32) -> Self {
        let segments = || {
            let names =
                (0..).map(move |number| if number == 0 { file_name(epoch) } else { segment_name(epoch, number) });
            names.map_while(|name| files.get(&name).map(Vec::as_slice)).collect::<Vec<_>>()
        };
        let (mut records, mut decided) = (0, BTreeSet::new());
        for entry in Reader::over(segments()).expect("begins well") {
            match entry {
                Ok(Entry { record: Record::Decision(judgement), .. }) => {
                    records += 1;
                    if let Verdict::Submit(order) | Verdict::Release(order) = judgement.verdict {
                        decided.insert(order.client_order_id);
                    }
                }
                Ok(_) => records += 1,
                Err(Fault { damage: Damage::Torn, .. }) => {}
                Err(fault) => panic!("what the disk has is damaged: {fault}"),
            }
        }
        if records == 0 {
            // The power went before its first record was on the disk: nothing was done by then that anybody relies on.
            return Self { records, decided, state: String::new() };
        }
        let is_torn = |fault: &Fault| fault.damage == Damage::Torn;
        let proved =
            Reader::over(segments()).expect("begins well").take_while(|entry| !entry.as_ref().is_err_and(is_torn));
        let replayed = replay(proved, epoch);
        let state = replayed.map(|replayed| hex(&replayed.state_hash()));
        Self { records, decided, state: state.unwrap_or_else(|error| panic!("cannot be replayed: {error}")) }
    }
}
