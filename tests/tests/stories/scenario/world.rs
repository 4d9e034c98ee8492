//! The engine of a scenario: acts line by line, and remembers what was told.

use super::told::{self, Names};
use super::words::{self, Given};
use crate::engine::{EPOCH, Parts, Plan, put_together, state_of, state_of_journal};
use crate::scratch::Scratch;
use engine_backtest::venue::PaperMarket;
use engine_core::execution::stage::ExecutionStage;
use engine_core::journal::stage::JournalStage;
use engine_core::risk::Decision;
use engine_core::risk::stage::RiskStage;
use engine_core::topology::Stage as Place;
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::{Intent, IntentKind, Seen, StrategyId};
use engine_model::limit::TradingState;
use engine_model::market::{Applied, MarketChange, MarketEvent, MarketSink, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::{Clock, ClockHand};
use engine_ring::flag::Switch;
use engine_ring::lossy::{Tap, Tapped};
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::{Poll, Stage};
use std::collections::VecDeque;
use std::sync::Arc;

/// Noon of a day, so that a wait of seconds stays in it.
const NOON: Nanos = Nanos(1_767_268_800 * Nanos::SECOND);
/// Rounds after which a scenario that does not rest never will.
const ROUNDS_MAX: usize = 10_000;
/// Whose wishes they are.
const STRATEGY: StrategyId = StrategyId(1);

pub(super) struct World {
    instruments: Arc<Instruments>,
    now: Nanos,
    hand: ClockHand,
    papers: Vec<PaperMarket>,
    risk: RiskStage,
    execution: ExecutionStage,
    is_asleep: bool,
    journal: JournalStage,
    kill: Switch,
    markets: Vec<(VenueId, Reader<MarketEvent>)>,
    reports: Reader<Report>,
    intents: Writer<Intent>,
    commands: Writer<Command>,
    decisions: Tap<Decision>,
    names: Names,
    /// The number of the strategy's last order.
    counter: u32,
    update_id: u64,
    told: VecDeque<String>,
    scratch: Scratch,
}

impl World {
    pub(super) fn new(given: &Given) -> Self {
        let instruments = Arc::new(words::instruments());
        let (clock, mut hand) = Clock::manual();
        hand.set(NOON.0);
        let scratch = Scratch::new();
        let Parts { mut wiring, papers, risk, execution, journal, kill } = put_together(&Plan {
            instruments: &instruments,
            venues: &[VenueId::BinanceUsdm, VenueId::BinanceSpot],
            limits: given.limits,
            equity: given.equity,
            open_orders_max: given.open_orders_max,
            rings: given.rings,
            latency: given.latency,
            clock,
            journal: Some(scratch.path()),
        });
        Self {
            markets: wiring.market_readers(Place::Strategy).expect("free"),
            reports: wiring.report().reader(Place::Strategy.name()).expect("free"),
            intents: wiring.intent().writer(Place::Strategy.name()).expect("free"),
            commands: wiring.command().writer(Place::Bridge.name()).expect("free"),
            decisions: wiring.order().tap(Place::Bridge.name()).expect("free"),
            instruments,
            now: NOON,
            hand,
            papers,
            risk,
            execution,
            is_asleep: false,
            journal: journal.expect("asked for"),
            kill,
            names: Names::default(),
            counter: 0,
            update_id: 0,
            told: VecDeque::new(),
            scratch,
        }
    }

    /// Does what a line says.
    pub(super) fn act(&mut self, line: &str, place: &str) {
        if let Some(expected) = line.strip_prefix("expect ") {
            for what in expected.split(", ") {
                let told = self.told.pop_front().unwrap_or_else(|| "nothing more".to_owned());
                assert_eq!(told, what, "{place}: told otherwise; behind it {:?}", self.told);
            }
            return;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["check", question @ ..] = words.as_slice() {
            return self.check(question, place);
        }
        self.expect_silence(place);
        self.event(&words, place);
        self.settle();
    }

    fn expect_silence(&self, place: &str) {
        assert!(self.told.is_empty(), "before {place}: told and not expected: {:?}", self.told);
    }

    fn check(&self, question: &[&str], place: &str) {
        let risk = self.risk.risk();
        match question {
            ["position", symbol, qty] => {
                let instrument = self.instrument(symbol);
                let found = risk.portfolio().qty(instrument.id);
                let sign = if qty.starts_with('-') { -1 } else { 1 };
                let expected = sign * words::qty(instrument, qty.trim_start_matches('-')).0;
                assert_eq!(found, expected, "{place}: found {found} lots");
            }
            ["state", state] => assert_eq!(risk.trading_state().name(), *state, "{place}"),
            ["open", number] => {
                let found = self.execution.execution().orders().open_count();
                assert_eq!(found.to_string(), *number, "{place}: found {found}");
            }
            _ => panic!("{place}: no such question"),
        }
    }

    fn event(&mut self, words: &[&str], place: &str) {
        match words {
            ["book", symbol, sides @ ..] => self.book(symbol, sides, true),
            ["change", symbol, sides @ ..] => self.book(symbol, sides, false),
            ["trade", symbol, side, qty, "@", px] => {
                let instrument = *self.instrument(symbol);
                let level = words::level(&instrument, px, qty);
                let aggressor = words::side(side);
                let change = MarketChange::Trade { px: level.px, qty: level.qty, aggressor, trade_id: 0 };
                let at = self.stamp(&instrument);
                self.paper(instrument.venue).event(MarketEvent { at, change });
            }
            ["lost", symbol] => {
                let instrument = *self.instrument(symbol);
                let at = self.stamp(&instrument);
                self.paper(instrument.venue).book_lost(at);
            }
            ["wait", number, unit] => self.wait(words::time_ns(number, unit)),
            ["strategy", "wants", name, side, qty, symbol, "@", px, how @ ..] => {
                let instrument = *self.instrument(symbol);
                let qty = words::qty(&instrument, qty);
                let side = words::side(side);
                let order = Order { instrument: instrument.id, side, qty, ..Order::default() };
                let order = match *px {
                    "market" => Order { order_type: OrderType::Market, ..order },
                    px => Order { px: words::level(&instrument, px, "0").px, ..order },
                };
                self.want(name, how, order, place);
            }
            ["strategy", "cancels", name] => {
                let id = self.names.id(name);
                self.wish(IntentKind::Cancel(id));
            }
            ["operator", "sets", state] => self.command(CommandKind::SetTradingState(match *state {
                "active" => TradingState::Active,
                "reducing" => TradingState::Reducing,
                "halted" => TradingState::Halted,
                _ => panic!("{place}: no such state"),
            })),
            ["operator", "cancels", "everything"] => self.command(CommandKind::CancelAll),
            ["kill", "switch", position] => self.kill.set(*position == "on"),
            ["execution", "sleeps"] => self.is_asleep = true,
            ["execution", "wakes"] => self.is_asleep = false,
            _ => panic!("{place}: no such event"),
        }
    }

    fn want(&mut self, name: &str, how: &[&str], order: Order, place: &str) {
        let mut counter = self.counter + 1;
        let order = how.iter().fold(order, |order, how| match *how {
            "post" => Order { post_only: true, ..order },
            "ioc" => Order { time_in_force: TimeInForce::Ioc, ..order },
            "fok" => Order { time_in_force: TimeInForce::Fok, ..order },
            "reduce" => Order { reduce_only: true, ..order },
            other => {
                let number = other.strip_prefix("id=").unwrap_or_else(|| panic!("{place}: {other}"));
                counter = number.parse().expect("a number");
                order
            }
        });
        if counter == self.counter + 1 {
            self.counter = counter;
        }
        let client_order_id = ClientOrderId::new(STRATEGY.0, EPOCH, counter);
        self.names.give(client_order_id, name);
        self.wish(IntentKind::Submit(Order { client_order_id, ..order }));
    }

    fn wish(&mut self, what: IntentKind) {
        let mut seen = Seen { report: self.reports.position() as u32, ..Seen::default() };
        for (venue, market) in &self.markets {
            seen.market[self.instruments.slot(*venue)] = market.position() as u32;
        }
        let intent = Intent { strategy: STRATEGY, seen, caused_at_ns: self.now, what };
        self.intents.try_publish(intent).expect("room for a wish");
    }

    fn command(&mut self, what: CommandKind) {
        self.commands.try_publish(Command { id: 1, asked_at_ns: self.now, what }).expect("room for a command");
    }

    fn book(&mut self, symbol: &str, sides: &[&str], whole: bool) {
        let instrument = *self.instrument(symbol);
        let (bids, asks) = words::sides(&instrument, sides);
        self.update_id += 1;
        let (at, update_id) = (self.stamp(&instrument), self.update_id);
        let paper = self.paper(instrument.venue);
        let applied = if whole {
            paper.book_snapshot(at, update_id, &bids, &asks)
        } else {
            paper.book_delta(at, update_id, &bids, &asks)
        };
        assert_eq!(applied, Applied::Valid, "a scenario's books are not crossed");
    }

    /// Stands still wherever something is due on the way.
    fn wait(&mut self, ns: u64) {
        let until = self.now.plus(ns);
        loop {
            let due = self.papers.iter().filter_map(MarketSink::next_due).min().filter(|due| *due <= until);
            self.now = due.unwrap_or(until).max(self.now);
            self.hand.set(self.now.0);
            self.settle();
            if due.is_none() {
                return;
            }
        }
    }

    /// Turns every stage until all rest.
    fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut worked = false;
            for paper in &mut self.papers {
                worked |= paper.turn(self.now);
            }
            worked |= self.listen();
            worked |= self.risk.poll() == Poll::Worked;
            worked |= !self.is_asleep && self.execution.poll() == Poll::Worked;
            worked |= self.journal.poll() == Poll::Worked;
            if !worked {
                return;
            }
        }
        panic!("the stages do not come to rest");
    }

    /// Reads as the strategy would, and writes down what is told.
    fn listen(&mut self) -> bool {
        let Self { markets, reports, decisions, names, instruments, told, .. } = self;
        let mut taken = 0;
        for (_, market) in markets {
            taken += market.take(usize::MAX, |_, _| ());
        }
        loop {
            match decisions.next() {
                Tapped::Event(_, decision) => told.extend(told::decision(names, &decision)),
                Tapped::Lapped { missed } => panic!("{missed} decisions unheard"),
                Tapped::Empty => break,
            }
        }
        taken += reports.take(usize::MAX, |_, report| told.extend(told::report(names, instruments, report)));
        taken > 0
    }

    /// Nothing is left unsaid, and the journal leads to the same state.
    pub(super) fn end(mut self, name: &str) {
        self.is_asleep = false;
        self.settle();
        self.expect_silence(&format!("the end of {name}"));
        let state = state_of(&self.risk, &self.execution);
        self.journal.finish();
        assert_eq!(state_of_journal(self.journal.path()), Ok(state), "{name}: the journal tells another story");
        assert!(self.scratch.path().is_dir());
    }

    fn instrument(&self, symbol: &str) -> &Instrument {
        let found = self.instruments.iter().find(|instrument| instrument.symbol.as_str() == symbol);
        found.unwrap_or_else(|| panic!("no instrument {symbol}"))
    }

    fn stamp(&self, instrument: &Instrument) -> Stamp {
        let (instrument, venue) = (instrument.id, instrument.venue);
        Stamp { venue_at_ns: self.now, received_at_ns: self.now, instrument, venue }
    }

    fn paper(&mut self, venue: VenueId) -> &mut PaperMarket {
        self.papers.iter_mut().find(|paper| paper.market().venue() == venue).expect("a venue of the scenario")
    }
}
