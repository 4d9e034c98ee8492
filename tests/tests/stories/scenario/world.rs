//! The engine of a scenario: acts line by line, and remembers what was told.

use super::spoken::{self, Spoken};
use super::told::{self, Names};
use super::words::{self, Given};
use super::works;
use crate::engine::{EPOCH, Parts, Plan, put_together, state_of, state_of_journal};
use crate::scratch::Scratch;
use engine_backtest::venue::PaperMarket;
use engine_core::execution::Anomaly;
use engine_core::execution::stage::ExecutionStage;
use engine_core::journal::stage::JournalStage;
use engine_core::risk::stage::RiskStage;
use engine_core::risk::{Decision, DecisionKind, Rules};
use engine_core::strategy::context::Context;
use engine_core::strategy::seat::{Floor, Seat};
use engine_core::topology::Stage as Place;
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::{Change, Intent, IntentKind, StrategyId};
use engine_model::limit::Scope;
use engine_model::market::{Applied, MarketChange, MarketEvent, MarketSink, Stamp};
use engine_model::order::{ClientOrderId, Contingency, Order};
use engine_model::refusal::Refusal;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
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
    spoken: Spoken,
    risk: RiskStage,
    execution: ExecutionStage,
    is_asleep: bool,
    journal: JournalStage,
    kill: Switch,
    markets: Vec<(VenueId, Reader<MarketEvent>)>,
    reports: Reader<Report>,
    seat: Seat,
    floor: Floor,
    /// For lists.
    drafts: Vec<(String, Order)>,
    commands: Writer<Command>,
    decisions: Tap<Decision>,
    names: Names,
    update_id: u64,
    /// How far the venues' clocks are ahead of ours.
    ahead_ns: i64,
    told: VecDeque<String>,
    scratch: Scratch,
}

impl World {
    pub(super) fn new(given: &Given) -> Self {
        let instruments = Arc::new(words::instruments());
        let (clock, mut hand) = Clock::manual();
        hand.set(NOON.0);
        let scratch = Scratch::new();
        let mut rules = Rules::open(given.limits, &instruments);
        rules.mandates[0].instruments.retain(|id| Some(*id) != given.forbidden);
        let Parts { mut wiring, papers, risk, execution, journal, kill } = put_together(&Plan {
            instruments: &instruments,
            venues: &[VenueId::BinanceUsdm, VenueId::BinanceSpot],
            spoken: &[spoken::VENUE],
            rules: &rules,
            equity: given.equity,
            open_orders_max: given.open_orders_max,
            rings: given.rings,
            latency: given.latency,
            clock,
            journal: Some(scratch.path()),
        });
        Self {
            spoken: Spoken::new(&instruments, &mut wiring),
            markets: wiring.market_readers(Place::Strategy).expect("free"),
            reports: wiring.report().reader(Place::Strategy.name()).expect("free"),
            seat: Seat::new(STRATEGY, EPOCH, instruments.len()),
            floor: Floor::new(Arc::clone(&instruments), wiring.intent().writer(Place::Strategy.name()).expect("free")),
            drafts: Vec::new(),
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
            update_id: 0,
            ahead_ns: 0,
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
            ["hidden", name, qty] => {
                let found = self.seat.desk().hidden(self.names.id(name));
                let instrument = &self.instruments.get(InstrumentId(0));
                assert_eq!(found, words::qty(instrument, qty), "{place}");
            }
            ["anomaly", name, number] => {
                let found = Anomaly::ALL.into_iter().find(|anomaly| anomaly.name() == *name).expect("an anomaly");
                assert_eq!(self.execution.execution().anomalies().count(found).to_string(), *number, "{place}");
            }
            ["followed", number] => assert_eq!(self.seat.desk().followed().to_string(), *number, "{place}"),
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
                self.sink(instrument.venue).event(MarketEvent { at, change });
            }
            ["lost", symbol] => {
                let instrument = *self.instrument(symbol);
                let at = self.stamp(&instrument);
                self.sink(instrument.venue).book_lost(at);
            }
            ["wait", number, unit] => self.wait(words::time_ns(number, unit)),
            ["venue", "says", name, words @ ..] => {
                let (id, instrument) = (self.names.id(name), *self.instrument("XRPUSDT"));
                self.spoken.say(id, &instrument, self.now, words, place);
            }
            ["mark", symbol, px] => self.price(symbol, px, |px| MarketChange::Mark { px }),
            ["index", symbol, px] => self.price(symbol, px, |px| MarketChange::Index { px }),
            ["strategy", rest @ ..] => self.strategy(rest, place),
            ["operator", "sets", state] => {
                self.command(CommandKind::SetTradingState { scope: Scope::Whole, state: words::state(state) })
            }
            ["operator", "sets", scope, state] => {
                let scope = Scope::of_name(scope, self.instruments.iter().as_slice());
                let scope = scope.unwrap_or_else(|| panic!("{place}: no such scope"));
                self.command(CommandKind::SetTradingState { scope, state: words::state(state) });
            }
            ["operator", "flattens"] => self.command(CommandKind::Flatten),
            ["gate", venue, position] => {
                let venue = VenueId::ALL.into_iter().find(|known| known.name() == *venue).expect("a venue");
                self.command(CommandKind::SetGate { venue, is_open: *position == "open" });
            }
            ["venues", "are", "ahead", "by", number, unit] => self.ahead_ns = words::time_ns(number, unit) as i64,
            ["operator", "cancels", "everything"] => self.command(CommandKind::CancelAll),
            ["kill", "switch", position] => self.kill.set(*position == "on"),
            ["execution", "sleeps"] => self.is_asleep = true,
            ["execution", "wakes"] => self.is_asleep = false,
            _ => panic!("{place}: no such event"),
        }
    }

    fn strategy(&mut self, words: &[&str], place: &str) {
        match words {
            ["wants", name, rest @ ..] => {
                let (order, number) = words::order(|symbol| *self.instrument(symbol), rest, NOON, place);
                let worth = rest[1].strip_suffix("usd").map(|usd| Quote::whole(usd.parse().expect("dollars")));
                match number {
                    None if worth.is_some() => self.submit_worth(name, order, worth.unwrap_or_default()),
                    None => self.submit(name, order),
                    Some(number) => self.misnumber(name, order, number),
                }
            }
            ["works", name, rest @ ..] => {
                let how = rest.iter().position(|word| *word == "as").unwrap_or_else(|| panic!("{place}: as what?"));
                let (order, _) = words::order(|symbol| *self.instrument(symbol), &rest[..how], NOON, place);
                let work = works::work(self.instruments.get(order.instrument), &rest[how + 1..], place);
                let done = work.map_err(|fault| fault.to_string()).and_then(|work| {
                    self.context().work(order, &work).map_err(|refusal| refusal.check.code().to_owned())
                });
                match done {
                    Ok(id) => {
                        self.names.give(id, name);
                        self.names.is_worked(id);
                    }
                    Err(why) => self.told.push_back(format!("{name} refused {}", why.replace(", ", " and "))),
                }
            }
            ["drafts", name, rest @ ..] => {
                let (order, _) = words::order(|symbol| *self.instrument(symbol), rest, NOON, place);
                self.drafts.push(((*name).to_owned(), order));
            }
            ["sends", names @ .., "tied", tie] => self.send_list(names, words::tie(tie)),
            ["changes", name, "to", qty, "@", px] => {
                let id = self.names.id(name);
                let level = words::level(self.instrument_of(id), px, qty);
                let change = Change { client_order_id: id, px: level.px, qty: level.qty };
                let done = self.context().modify(change);
                self.refused(name, done);
            }
            ["moves", "the", "trigger", "of", name, "to", px] => {
                let id = self.names.id(name);
                let px = words::level(self.instrument_of(id), px, "0").px;
                let done = self.context().move_trigger(id, px);
                self.refused(name, done);
            }
            ["cancels", name] => {
                let id = self.names.id(name);
                let done = self.context().cancel(id);
                self.refused(name, done);
            }
            _ => panic!("{place}: no such wish"),
        }
    }

    fn context(&mut self) -> Context<'_> {
        self.floor.now = self.now;
        self.seat.context(&mut self.floor, self.now)
    }

    fn submit_worth(&mut self, name: &str, order: Order, worth: Quote) {
        match self.context().submit_worth(worth, order) {
            Ok(id) => self.names.give(id, name),
            Err(refusal) => self.refused(name, Err(refusal)),
        }
    }

    fn submit(&mut self, name: &str, order: Order) {
        let done = self.context().submit(order);
        match done {
            Ok(id) => {
                self.names.give(id, name);
                if order.display_qty != Lots(0) {
                    self.names.is_worked(id);
                }
            }
            Err(refusal) => self.refused(name, Err(refusal)),
        }
    }

    /// `E with T and S`, or `A and B`.
    fn send_list(&mut self, words: &[&str], tie: Contingency) {
        let names: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "with" | "and")).collect();
        let has_parent = words.get(1) == Some(&"with");
        let drafts = &self.drafts;
        let draft = |name: &&str| drafts.iter().find(|(known, _)| known == name).expect("a draft").1;
        let mut orders: Vec<Order> = names.iter().map(draft).collect();
        let done = if has_parent {
            let parent = orders.remove(0);
            self.context().submit_with_children(parent, tie, &orders)
        } else {
            self.context().submit_list(tie, &orders)
        };
        match done {
            Ok(first) => {
                for (name, place) in names.iter().zip(first.counter()..) {
                    self.names.give(ClientOrderId::new(STRATEGY.0, EPOCH, place), name);
                }
            }
            Err(refusal) => self.refused(names[0], Err(refusal)),
        }
    }

    /// What the desk itself does not take.
    fn refused(&mut self, name: &str, done: Result<(), Refusal>) {
        if let Err(refusal) = done {
            self.told.push_back(format!("{name} refused {}", refusal.check.code()));
        }
    }

    /// A wish under a number of its own choice, past the desk.
    fn misnumber(&mut self, name: &str, order: Order, number: u32) {
        let client_order_id = ClientOrderId::new(STRATEGY.0, EPOCH, number);
        self.names.give(client_order_id, name);
        let what = IntentKind::Submit(Order { client_order_id, ..order });
        let intent = Intent { strategy: STRATEGY, seen: self.floor.seen, caused_at_ns: self.now, what };
        self.floor.pass(intent).expect("room for a wish");
    }

    fn price(&mut self, symbol: &str, px: &str, change: fn(Ticks) -> MarketChange) {
        let instrument = *self.instrument(symbol);
        let change = change(words::level(&instrument, px, "0").px);
        let at = self.stamp(&instrument);
        self.sink(instrument.venue).event(MarketEvent { at, change });
    }

    fn command(&mut self, what: CommandKind) {
        self.commands.try_publish(Command { id: 1, asked_at_ns: self.now, what }).expect("room for a command");
    }

    fn book(&mut self, symbol: &str, sides: &[&str], whole: bool) {
        let instrument = *self.instrument(symbol);
        let (bids, asks) = words::sides(&instrument, sides);
        self.update_id += 1;
        let (at, update_id) = (self.stamp(&instrument), self.update_id);
        let sink = self.sink(instrument.venue);
        let applied = if whole {
            sink.book_snapshot(at, update_id, &bids, &asks)
        } else {
            sink.book_delta(at, update_id, &bids, &asks)
        };
        assert_eq!(applied, Applied::Valid, "a scenario's books are not crossed");
    }

    /// Stands still wherever something is due on the way.
    fn wait(&mut self, ns: u64) {
        let until = self.now.plus(ns);
        loop {
            let own = Some(self.seat.desk().due_at_ns()).filter(|due| *due > self.now);
            let due = self.papers.iter().filter_map(MarketSink::next_due).chain(own).min().filter(|due| *due <= until);
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
            worked |= self.spoken.listen();
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

    /// Reads as the strategy stage would, and writes down what is told.
    fn listen(&mut self) -> bool {
        let Self { markets, reports, decisions, names, instruments, told, seat, floor, .. } = self;
        floor.now = self.now;
        seat.on_time(floor);
        let mut taken = 0;
        loop {
            match decisions.next() {
                Tapped::Event(_, decision) => {
                    match decision.what {
                        DecisionKind::Submit(order) => names.give_to_slice(&order),
                        DecisionKind::Denied(denial) => names.give_to_slice(&denial.order),
                        _ => {}
                    }
                    told.extend(told::decision(names, instruments, &decision));
                }
                Tapped::Lapped { missed } => panic!("{missed} decisions unheard"),
                Tapped::Empty => break,
            }
        }
        taken += reports.take(usize::MAX, |sequence, report| {
            told.extend(told::report(names, instruments, report));
            floor.seen.report = (sequence + 1) as u32;
            seat.on_report(floor, report);
        });
        for (venue, market) in markets {
            let slot = instruments.slot(*venue);
            taken += market.take(usize::MAX, |sequence, event| {
                floor.seen.market[slot] = (sequence + 1) as u32;
                floor.fold(event);
                let prices = floor.prices(event);
                seat.on_market(floor, &prices, event);
            });
        }
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

    /// What an order is of; an order that is over is looked for no more, and is of the first.
    fn instrument_of(&self, id: ClientOrderId) -> &Instrument {
        let own = self.seat.account().working().iter().find(|working| working.order.client_order_id == id);
        self.instruments.get(own.map_or(InstrumentId(0), |working| working.order.instrument))
    }

    fn instrument(&self, symbol: &str) -> &Instrument {
        let found = self.instruments.iter().find(|instrument| instrument.symbol.as_str() == symbol);
        found.unwrap_or_else(|| panic!("no instrument {symbol}"))
    }

    fn stamp(&self, instrument: &Instrument) -> Stamp {
        let (instrument, venue) = (instrument.id, instrument.venue);
        let venue_at_ns = Nanos(self.now.0.wrapping_add_signed(self.ahead_ns));
        Stamp { venue_at_ns, received_at_ns: self.now, instrument, venue }
    }

    fn sink(&mut self, venue: VenueId) -> &mut dyn MarketSink {
        if venue == spoken::VENUE {
            return &mut self.spoken.market;
        }
        let papers = &mut self.papers;
        papers.iter_mut().find(|paper| paper.market().venue() == venue).expect("a venue of the scenario")
    }
}
