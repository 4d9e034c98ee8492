//! The engine of a scenario: acts line by line, and remembers what was told.

use super::house::{House, Kind, Open, Stages};
use super::listener::Listener;
use super::spoken::{self, Spoken};
use super::told::Names;
use super::words::{self, Given};
use super::works;
use crate::engine::{EPOCH, Parts, Plan, put_together, state_of, state_of_journal};
use crate::scratch::Scratch;
use engine_backtest::venue::PaperMarket;
use engine_core::execution::Anomaly;
use engine_core::execution::stage::ExecutionStage;
use engine_core::journal::stage::JournalStage;
use engine_core::risk::Rules;
use engine_core::risk::stage::RiskStage;
use engine_core::strategy::seat::{Floor, Seat};
use engine_core::topology::Stage as Place;
use engine_model::closeout::Cause;
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::{Change, Intent, IntentKind, StrategyId};
use engine_model::limit::Scope;
use engine_model::market::{Applied, MarketChange, MarketEvent, MarketSink, Side, Stamp};
use engine_model::order::{ClientOrderId, Contingency, Order};
use engine_model::refusal::Refusal;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::{Clock, ClockHand};
use engine_ring::flag::Switch;
use engine_ring::ring::Writer;
use engine_ring::stage::{Poll, Stage};
use std::collections::VecDeque;
use std::sync::Arc;

/// Noon of a day, so that a wait of seconds stays in it.
const NOON: Nanos = Nanos(1_767_268_800 * Nanos::SECOND);
/// Whose wishes they are.
const STRATEGY: StrategyId = StrategyId(1);

pub(super) struct World {
    instruments: Arc<Instruments>,
    now: Nanos,
    hand: ClockHand,
    kind: Kind,
    house: House,
    papers: Vec<Open<Paper>>,
    spoken: Open<Spoken>,
    strategy: Open<Listener>,
    risk: Open<RiskStage>,
    execution: Open<ExecutionStage>,
    journal: Open<JournalStage>,
    kill: Switch,
    /// For lists.
    drafts: Vec<(String, Order)>,
    commands: Writer<Command>,
    update_id: u64,
    /// How far the venues' clocks are ahead of ours.
    ahead_ns: i64,
    /// With the order that it is of; decisions are of none.
    told: VecDeque<(Option<ClientOrderId>, String)>,
    scratch: Scratch,
}

/// A paper venue as a stage; its market is brought by the story.
struct Paper {
    market: PaperMarket,
    clock: Clock,
}

impl Stage for Paper {
    fn name(&self) -> &str {
        self.market.market().venue().name()
    }

    fn poll(&mut self) -> Poll {
        if self.market.turn(Nanos(self.clock.now())) { Poll::Worked } else { Poll::Idle }
    }
}

impl World {
    pub(super) fn new(given: &Given, kind: Kind) -> Self {
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
            collateral: given.collateral,
            clock: clock.clone(),
            journal: Some(scratch.path()),
        });
        let listener = Listener {
            seat: Seat::new(STRATEGY, EPOCH, instruments.len()),
            floor: Floor::new(Arc::clone(&instruments), wiring.intent().writer(Place::Strategy.name()).expect("free")),
            names: Names::default(),
            heard: Vec::new(),
            markets: wiring.market_readers(Place::Strategy).expect("free"),
            reports: wiring.report().reader(Place::Strategy.name()).expect("free"),
            decisions: wiring.order().tap(Place::Bridge.name()).expect("free"),
            instruments: Arc::clone(&instruments),
            clock: clock.clone(),
        };
        let mut stages = Stages::default();
        let paper = |market| Paper { market, clock: clock.clone() };
        Self {
            papers: papers.into_iter().map(|market| stages.open(paper(market))).collect(),
            spoken: stages.open(Spoken::new(&instruments, &mut wiring)),
            strategy: stages.open(listener),
            risk: stages.open(risk),
            execution: stages.open(execution),
            journal: stages.open(journal.expect("asked for")),
            house: stages.run(kind),
            kind,
            drafts: Vec::new(),
            commands: wiring.command().writer(Place::Bridge.name()).expect("free"),
            instruments,
            now: NOON,
            hand,
            kill,
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
                self.expect(what, place);
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

    /// The next of what was told. On one thread its order as a whole is known; on several, whether the answer to one order
    /// or the step of another comes first is up to them, and only what risk decides and what becomes of each order have one.
    fn expect(&mut self, what: &str, place: &str) {
        let Self { told, kind, .. } = self;
        let is_next = |at: &usize| {
            let of = told[*at].0;
            *at == 0 || *kind != Kind::Inline && told.iter().take(*at).all(|(before, _)| *before != of)
        };
        let found = (0..told.len()).filter(is_next).find(|at| told[*at].1 == what);
        assert!(found.is_some(), "{kind:?}, {place}: told otherwise than {what}: {told:?}");
        told.remove(found.unwrap_or(0));
    }

    fn expect_silence(&self, place: &str) {
        assert!(self.told.is_empty(), "{:?}, before {place}: told and not expected: {:?}", self.kind, self.told);
    }

    fn check(&self, question: &[&str], place: &str) {
        match question {
            ["position", symbol, qty] => {
                let instrument = self.instrument(symbol);
                let found = self.risk.look().risk().portfolio().qty(instrument.id);
                let sign = if qty.starts_with('-') { -1 } else { 1 };
                let expected = sign * words::qty(instrument, qty.trim_start_matches('-')).0;
                assert_eq!(found, expected, "{place}: found {found} lots");
            }
            ["state", state] => assert_eq!(self.risk.look().risk().trading_state().name(), *state, "{place}"),
            ["open", number] => {
                let found = self.execution.look().execution().orders().open_count();
                assert_eq!(found.to_string(), *number, "{place}: found {found}");
            }
            ["hidden", name, qty] => {
                let strategy = self.strategy.look();
                let found = strategy.seat.desk().hidden(strategy.names.id(name));
                let instrument = &self.instruments.get(InstrumentId(0));
                assert_eq!(found, words::qty(instrument, qty), "{place}");
            }
            ["anomaly", name, number] => {
                let found = Anomaly::ALL.into_iter().find(|anomaly| anomaly.name() == *name).expect("an anomaly");
                let count = self.execution.look().execution().anomalies().count(found);
                assert_eq!(count.to_string(), *number, "{place}");
            }
            ["followed", number] => {
                let found = self.strategy.look().seat.desk().followed();
                assert_eq!(found.to_string(), *number, "{place}");
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
                self.at_venue(instrument.venue, |sink| sink.event(MarketEvent { at, change }));
            }
            ["liquidation", symbol, closed, qty, "@", px] => {
                let instrument = *self.instrument(symbol);
                let level = words::level(&instrument, px, qty);
                let closed = if *closed == "long" { Side::Buy } else { Side::Sell };
                let change = MarketChange::Liquidation { px: level.px, qty: level.qty, closed };
                let at = self.stamp(&instrument);
                self.at_venue(instrument.venue, |sink| sink.event(MarketEvent { at, change }));
            }
            ["lost", symbol] => {
                let instrument = *self.instrument(symbol);
                let at = self.stamp(&instrument);
                self.at_venue(instrument.venue, |sink| sink.book_lost(at));
            }
            ["wait", number, unit] => self.wait(words::time_ns(number, unit)),
            ["venue", "says", name, words @ ..] => {
                let (id, instrument) = (self.id(name), *self.instrument("XRPUSDT"));
                self.spoken.look().say(id, &instrument, self.now, words, place);
            }
            ["venue", "sells", words @ .., "by", "deleveraging"] => {
                let (of, instrument) = ((Cause::Deleveraging, ClientOrderId(0)), *self.instrument("XRPUSDT"));
                self.spoken.look().close(&instrument, self.now, Side::Sell, of, words);
            }
            ["venue", "keeps", words @ .., "of", name] => {
                let (of, instrument) = ((Cause::CoinFee, self.id(name)), *self.instrument("XRPUSDT"));
                self.spoken.look().close(&instrument, self.now, Side::Sell, of, words);
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
            ["execution", "sleeps"] => self.execution.sleep(true),
            ["execution", "wakes"] => self.execution.sleep(false),
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
                    let mut strategy = self.strategy.look();
                    let done = strategy.context(self.now).work(order, &work);
                    done.map_err(|refusal| refusal.check.code().to_owned())
                });
                match done {
                    Ok(id) => {
                        let mut strategy = self.strategy.look();
                        strategy.names.give(id, name);
                        strategy.names.is_worked(id);
                    }
                    Err(why) => {
                        self.told.push_back((None, format!("{name} refused {}", why.replace(", ", " and "))));
                    }
                }
            }
            ["drafts", name, rest @ ..] => {
                let (order, _) = words::order(|symbol| *self.instrument(symbol), rest, NOON, place);
                self.drafts.push(((*name).to_owned(), order));
            }
            ["sends", names @ .., "tied", tie] => self.send_list(names, words::tie(tie)),
            ["changes", name, "to", qty, "@", px] => {
                let id = self.id(name);
                let level = words::level(self.instrument_of(id), px, qty);
                let change = Change { client_order_id: id, px: level.px, qty: level.qty };
                let done = self.strategy.look().context(self.now).modify(change);
                self.refused(name, done);
            }
            ["moves", "the", "trigger", "of", name, "to", px] => {
                let id = self.id(name);
                let px = words::level(self.instrument_of(id), px, "0").px;
                let done = self.strategy.look().context(self.now).move_trigger(id, px);
                self.refused(name, done);
            }
            ["cancels", name] => {
                let id = self.id(name);
                let done = self.strategy.look().context(self.now).cancel(id);
                self.refused(name, done);
            }
            _ => panic!("{place}: no such wish"),
        }
    }

    /// What the desk takes has a name from now on.
    fn submit_worth(&mut self, name: &str, order: Order, worth: Quote) {
        let done = self.strategy.look().context(self.now).submit_worth(worth, order);
        self.named(name, false, done);
    }

    fn submit(&mut self, name: &str, order: Order) {
        let done = self.strategy.look().context(self.now).submit(order);
        self.named(name, order.display_qty != Lots(0), done);
    }

    fn named(&mut self, name: &str, is_worked: bool, done: Result<ClientOrderId, Refusal>) {
        match done {
            Ok(id) => {
                let mut strategy = self.strategy.look();
                strategy.names.give(id, name);
                if is_worked {
                    strategy.names.is_worked(id);
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
            self.strategy.look().context(self.now).submit_with_children(parent, tie, &orders)
        } else {
            self.strategy.look().context(self.now).submit_list(tie, &orders)
        };
        match done {
            Ok(first) => {
                for (name, place) in names.iter().zip(first.counter()..) {
                    self.strategy.look().names.give(ClientOrderId::new(STRATEGY.0, EPOCH, place), name);
                }
            }
            Err(refusal) => self.refused(names[0], Err(refusal)),
        }
    }

    /// What the desk itself does not take.
    fn refused(&mut self, name: &str, done: Result<(), Refusal>) {
        if let Err(refusal) = done {
            self.told.push_back((None, format!("{name} refused {}", refusal.check.code())));
        }
    }

    /// A wish under a number of its own choice, past the desk.
    fn misnumber(&mut self, name: &str, order: Order, number: u32) {
        let client_order_id = ClientOrderId::new(STRATEGY.0, EPOCH, number);
        let what = IntentKind::Submit(Order { client_order_id, ..order });
        let mut strategy = self.strategy.look();
        strategy.names.give(client_order_id, name);
        let intent = Intent { strategy: STRATEGY, seen: strategy.floor.seen, caused_at_ns: self.now, what };
        strategy.floor.pass(intent).expect("room for a wish");
    }

    fn price(&mut self, symbol: &str, px: &str, change: fn(Ticks) -> MarketChange) {
        let instrument = *self.instrument(symbol);
        let change = change(words::level(&instrument, px, "0").px);
        let at = self.stamp(&instrument);
        self.at_venue(instrument.venue, |sink| sink.event(MarketEvent { at, change }));
    }

    fn command(&mut self, what: CommandKind) {
        self.commands.try_publish(Command { id: 1, asked_at_ns: self.now, what }).expect("room for a command");
    }

    fn book(&mut self, symbol: &str, sides: &[&str], whole: bool) {
        let instrument = *self.instrument(symbol);
        let (bids, asks) = words::sides(&instrument, sides);
        self.update_id += 1;
        let (at, update_id) = (self.stamp(&instrument), self.update_id);
        let applied = self.at_venue(instrument.venue, |sink| {
            if whole {
                sink.book_snapshot(at, update_id, &bids, &asks)
            } else {
                sink.book_delta(at, update_id, &bids, &asks)
            }
        });
        assert_eq!(applied, Applied::Valid, "a scenario's books are not crossed");
    }

    /// Stands still wherever something is due on the way.
    fn wait(&mut self, ns: u64) {
        let until = self.now.plus(ns);
        loop {
            let own = Some(self.strategy.look().seat.desk().due_at_ns()).filter(|due| *due > self.now);
            let papers = self.papers.iter().filter_map(|paper| paper.look().market.next_due());
            let due = papers.chain(own).min().filter(|due| *due <= until);
            self.now = due.unwrap_or(until).max(self.now);
            self.hand.set(self.now.0);
            self.settle();
            if due.is_none() {
                return;
            }
        }
    }

    /// Until all stages rest; what was told meanwhile is put into words.
    fn settle(&mut self) {
        self.house.settle();
        let told = self.strategy.look().tell();
        for what in told {
            // On several threads an operator and a desk may both ask for one order's end before either hears of the other.
            let is_again =
                self.kind != Kind::Inline && what.1.ends_with(" pending cancel") && self.told.contains(&what);
            if !is_again {
                self.told.push_back(what);
            }
        }
    }

    /// Nothing is left unsaid, and the journal leads to the same state, which is told.
    pub(super) fn end(mut self, name: &str) -> String {
        self.execution.sleep(false);
        self.settle();
        self.expect_silence(&format!("the end of {name}"));
        let Self { house, risk, execution, journal, kind, scratch, .. } = self;
        house.end();
        let state = state_of(&risk.look(), &execution.look());
        let of_journal = state_of_journal(journal.look().path());
        assert_eq!(of_journal, Ok(state.clone()), "{kind:?}, {name}: the journal tells another story");
        assert!(scratch.path().is_dir());
        state
    }

    /// What an order is of; an order that is over is looked for no more, and is of the first.
    fn instrument_of(&self, id: ClientOrderId) -> &Instrument {
        let strategy = self.strategy.look();
        let own = strategy.seat.account().working().iter().find(|working| working.order.client_order_id == id);
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

    fn id(&self, name: &str) -> ClientOrderId {
        self.strategy.look().names.id(name)
    }

    fn at_venue<T>(&self, venue: VenueId, tell: impl FnOnce(&mut dyn MarketSink) -> T) -> T {
        if venue == spoken::VENUE {
            return tell(&mut self.spoken.look().market);
        }
        let is_it = |paper: &&Open<Paper>| paper.look().market.market().venue() == venue;
        let paper = self.papers.iter().find(is_it).expect("a venue of the scenario");
        tell(&mut paper.look().market)
    }
}
