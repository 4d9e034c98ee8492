//! A desk for tests: judge and clerk side by side, every report carried back, everything written down.

use crate::execution::Execution;
use crate::risk::{Breaches, Decision, DecisionKind, Outside, Risk, Rules, Terms};
use crate::test_instruments::{INVERSE, LINEAR, SPOT, instruments};
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderType};
use engine_model::refusal::Refusal;
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{Reply, ReplyKind};
use std::cell::Cell;
use std::sync::Arc;

/// What the journal would hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    Market(MarketEvent),
    Report(Report),
    Decision(Decision),
}

thread_local! {
    /// Wishes that were let pass by any desk of this thread, and every check that refused one.
    pub(crate) static HEARD: Cell<(u32, Breaches)> = const { Cell::new((0, Breaches::from_bits(0).unwrap())) };
}

pub(crate) const US: StrategyId = StrategyId(1);
pub(crate) const EPOCH: u32 = 5;

/// No limit at all: tests tighten the one they are about.
pub(crate) fn wide() -> Limits {
    Limits::wide()
}

impl Risk {
    /// The same limits for the run and for every strategy, from now on.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.traders.iter_mut().for_each(|trader| trader.limits = [limits, limits.warming_up()]);
        self.ladder.forget_floor();
        self.traders.iter_mut().for_each(super::trader::Trader::step);
    }
}

pub(crate) struct Desk {
    pub(crate) instruments: Arc<Instruments>,
    pub(crate) rules: Rules,
    pub(crate) risk: Risk,
    pub(crate) clerk: Execution,
    pub(crate) now: Nanos,
    pub(crate) outside: Outside,
    pub(crate) entries: Vec<Entry>,
    pub(crate) fee: Quote,
    /// Whether the loss is watched after each event, as at the rings, and not only before each wish.
    pub(crate) is_watched: bool,
    /// How far the venues' clocks are ahead of ours.
    pub(crate) venue_is_ahead_ns: i64,
    trade_id: u64,
}

impl Desk {
    /// Books in sync at 60,000.0 (BTC, both) and 3,000.00 (ETH), one lot each side of the mid.
    pub(crate) fn new(limits: Limits) -> Self {
        Self::with(limits, 1_000_000, 100, |_| {})
    }

    pub(crate) fn with(limits: Limits, equity: i64, open_max: usize, change: impl Fn(&mut Instrument)) -> Self {
        Self::ruled(equity, open_max, change, |instruments| Rules::open(limits, instruments))
    }

    pub(crate) fn ruled(
        equity: i64,
        open_max: usize,
        change: impl Fn(&mut Instrument),
        rules: impl FnOnce(&Instruments) -> Rules,
    ) -> Self {
        let mut list: Vec<Instrument> = instruments().iter().copied().collect();
        list.iter_mut().for_each(change);
        let tiers = instruments().all_margin_tiers();
        let instruments = Arc::new(Instruments::new(list).with_margin_tiers(tiers));
        let rules = rules(&instruments);
        let terms = Terms { epoch: EPOCH, equity_start: Quote::whole(equity), open_orders_max: open_max };
        let mut desk = Self {
            risk: Risk::new(instruments.clone(), &rules, terms),
            clerk: Execution::new(instruments.clone(), open_max),
            instruments,
            rules,
            now: Nanos(1_700_000_000 * Nanos::SECOND),
            outside: Outside::default(),
            entries: Vec::new(),
            fee: Quote(0),
            is_watched: false,
            venue_is_ahead_ns: 0,
            trade_id: 0,
        };
        for (id, mid) in [(LINEAR, 600_000), (SPOT, 300_000), (INVERSE, 600_000)] {
            desk.market(id, MarketChange::Book(BookState::Synced));
            desk.top(id, mid - 1, mid + 1);
        }
        desk
    }

    /// What its run is fixed to.
    pub(crate) fn terms(&self) -> Terms {
        self.risk.terms
    }

    /// The same desk, going on from what an earlier run left; all that it heard so far is heard again.
    pub(crate) fn going_on(&mut self, rules: Rules, terms: Terms) {
        self.risk = Risk::new(self.instruments.clone(), &rules, terms);
        self.rules = rules;
        for entry in &self.entries {
            if let Entry::Market(event) = entry {
                self.risk.on_market(event);
            }
        }
    }

    pub(crate) fn market(&mut self, instrument: InstrumentId, change: MarketChange) {
        let venue = self.instruments.get(instrument).venue;
        let venue_at_ns = Nanos(self.now.0.wrapping_add_signed(self.venue_is_ahead_ns));
        let at = Stamp { received_at_ns: self.now, venue_at_ns, instrument, venue };
        let event = MarketEvent { at, change };
        self.risk.on_market(&event);
        self.entries.push(Entry::Market(event));
        self.watch();
    }

    pub(crate) fn top(&mut self, instrument: InstrumentId, bid: i64, ask: i64) {
        let level = |px| Level { px: Ticks(px), qty: Lots(1) };
        self.market(instrument, MarketChange::Top { bid: level(bid), ask: level(ask), imbalance_bps: 0 });
    }

    /// The next order of ours.
    pub(crate) fn order(&self, instrument: InstrumentId, side: Side, px: i64, qty: i64) -> Order {
        let client_order_id = self.risk.next_id(US);
        Order { client_order_id, instrument, side, px: Ticks(px), qty: Lots(qty), ..Order::default() }
    }

    /// Other limits from now on.
    pub(crate) fn limit(&mut self, change: impl Fn(&mut Limits)) {
        let mut limits = *self.risk.limits();
        change(&mut limits);
        self.risk.set_limits(limits);
    }

    /// Reviews, judges and carries out.
    pub(crate) fn ask(&mut self, what: IntentKind) -> Decision {
        let seen = *self.risk.seen();
        self.ask_for(Intent { strategy: US, seen, caused_at_ns: self.now, what })
    }

    /// The same of any strategy's wish.
    pub(crate) fn ask_for(&mut self, intent: Intent) -> Decision {
        if let Some(decision) = self.risk.review(self.now, self.outside.killed) {
            self.carry_out(&decision);
        }
        let decision = self.risk.judge(&intent, self.now, self.outside);
        let (passed, refused) = HEARD.get();
        HEARD.set(match decision.what {
            DecisionKind::Denied(denial) => (passed, denial.breaches.iter().fold(refused, Breaches::with)),
            _ => (passed + 1, refused),
        });
        self.carry_out(&decision);
        decision
    }

    pub(crate) fn submit(&mut self, order: Order) -> Result<ClientOrderId, Refusal> {
        match self.ask(IntentKind::Submit(order)).what {
            DecisionKind::Submit(order) => Ok(order.client_order_id),
            DecisionKind::Denied(denial) => Err(denial.refusal),
            other => panic!("a submission was answered by {other:?}"),
        }
    }

    pub(crate) fn buy(&mut self, instrument: InstrumentId, px: i64, qty: i64) -> Result<ClientOrderId, Refusal> {
        self.submit(self.order(instrument, Side::Buy, px, qty))
    }

    pub(crate) fn sell(&mut self, instrument: InstrumentId, px: i64, qty: i64) -> Result<ClientOrderId, Refusal> {
        self.submit(self.order(instrument, Side::Sell, px, qty))
    }

    pub(crate) fn market_order(&self, instrument: InstrumentId, side: Side, qty: i64) -> Order {
        Order { order_type: OrderType::Market, ..self.order(instrument, side, 0, qty) }
    }

    /// Enters and fills at once, so that the position is there.
    pub(crate) fn hold(&mut self, instrument: InstrumentId, side: Side, px: i64, qty: i64) {
        let id = self.submit(self.order(instrument, side, px, qty)).unwrap_or_else(|no| panic!("{no}"));
        self.fill(id, px, qty);
    }

    pub(crate) fn cancel(&mut self, id: ClientOrderId) -> Decision {
        self.ask(IntentKind::Cancel(id))
    }

    pub(crate) fn command(&mut self, what: CommandKind) {
        if let Some(decision) = self.risk.review(self.now, self.outside.killed) {
            self.carry_out(&decision);
        }
        let decision = self.risk.on_command(&Command { id: 1, asked_at_ns: self.now, what }, self.now);
        self.carry_out(&decision);
    }

    pub(crate) fn state(&mut self, state: TradingState) {
        self.command(CommandKind::SetTradingState { scope: Scope::Whole, state });
    }

    pub(crate) fn reply(&mut self, id: ClientOrderId, what: ReplyKind) {
        let instrument = self.clerk.orders().get(id).map(|row| row.instrument).unwrap_or_default();
        let reply = Reply { client_order_id: id, instrument, venue_at_ns: self.now, received_at_ns: self.now, what };
        self.clerk.on_reply(&reply).into_iter().flatten().for_each(|report| self.report(report));
    }

    /// What a venue says of an order that is not among ours, or of none.
    pub(crate) fn reply_on(&mut self, instrument: InstrumentId, id: ClientOrderId, what: ReplyKind) {
        let reply = Reply { client_order_id: id, instrument, received_at_ns: self.now, what, ..Reply::default() };
        self.clerk.on_reply(&reply).into_iter().flatten().for_each(|report| self.report(report));
    }

    pub(crate) fn fill(&mut self, id: ClientOrderId, px: i64, qty: i64) {
        self.trade_id += 1;
        let (trade_id, fee, liquidity) = (self.trade_id, self.fee, Liquidity::Maker);
        self.reply(id, ReplyKind::Filled { trade_id, last_px: Ticks(px), last_qty: Lots(qty), fee, liquidity });
    }

    pub(crate) fn wait(&mut self, ns: u64) {
        self.now = self.now.plus(ns);
    }

    pub(crate) fn carry_out(&mut self, decision: &Decision) {
        self.entries.push(Entry::Decision(*decision));
        let outcome = self.clerk.on_decision(decision, self.now, None);
        outcome.reports.into_iter().flatten().for_each(|report| self.report(report));
        self.withdraw();
    }

    /// Withdraws what would grow, as the stage does; which orders that were. None is made smaller.
    pub(crate) fn shrink(&mut self) -> Vec<ClientOrderId> {
        let shrunk = self.shrink_all();
        assert!(shrunk.iter().all(|(_, to)| to.is_none()), "{shrunk:?}");
        shrunk.into_iter().map(|(id, _)| id).collect()
    }

    /// The same, with those that are made smaller, and to what quantity.
    pub(crate) fn shrink_all(&mut self) -> Vec<(ClientOrderId, Option<Lots>)> {
        let mut shrunk = Vec::new();
        if self.risk.is_shrinking() {
            self.risk.look_for_growing();
            while let Some(wish) = self.risk.next_shrinking(self.now) {
                shrunk.push(match self.ask_for(wish).what {
                    DecisionKind::Cancel(id) => (id, None),
                    DecisionKind::Modify(to) => (to.client_order_id, Some(to.qty)),
                    what => panic!("risk refused itself: {what:?}"),
                });
            }
        }
        shrunk
    }

    /// Goes on with what is to be withdrawn; how often a venue was asked.
    pub(crate) fn withdraw(&mut self) -> usize {
        let mut asked = 0;
        while let Some(outcome) = self.clerk.withdraw_next(self.now, |_| true) {
            asked += usize::from(outcome.request.is_some());
            outcome.reports.into_iter().flatten().for_each(|report| self.report(report));
        }
        asked
    }

    fn report(&mut self, report: Report) {
        self.risk.on_report(&report);
        self.entries.push(Entry::Report(report));
        self.watch();
    }

    fn watch(&mut self) {
        while self.is_watched
            && let Some(decision) = self.risk.watch_loss(self.now)
        {
            self.carry_out(&decision);
        }
    }
}
