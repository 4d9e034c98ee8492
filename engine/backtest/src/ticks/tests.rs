//! The watch by itself: what stands on the rings, and what it makes of it.

use super::refused::{STATES_KEPT, SetBy, StateChange};
use super::{Ends, SILENCE_MAX, Terms, Watch};
use crate::dice::Dice;
use crate::venue::fixture::plain;
use engine_core::risk::decision::{Breaches, Cause, Decision, DecisionKind, Denial, Wish};
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::InstrumentId;
use engine_model::instrument::Instruments;
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{Order, OrderEvent};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_ring::ring::{Reader, Spec, Writer, ring};
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

const START: u64 = 1_000 * Nanos::SECOND;
const CASH: Quote = Quote::whole(10_000);

struct Rig {
    watch: Watch,
    market: Writer<MarketEvent>,
    reports: Writer<Report>,
    commands: Reader<Command>,
    market_reader: Reader<MarketEvent>,
    report_reader: Reader<Report>,
    decisions: Writer<Decision>,
    decision_reader: Reader<Decision>,
    now: u64,
}

fn spec(name: &str, depth: usize) -> Spec<'_> {
    Spec { name, depth, readers: &["other"], taps: &["bridge"] }
}

impl Rig {
    fn new(warm_up_s: u64) -> Self {
        let (mut market, mut order) = (ring(&spec("market", 64)), ring(&spec("order", 64)));
        let (mut report, mut command) = (ring(&spec("report", 64)), ring(&spec("command", 64)));
        let ends = Ends {
            market: vec![market.tap("bridge").expect("free")],
            order: order.tap("bridge").expect("free"),
            report: report.tap("bridge").expect("free"),
            command: command.writer("bridge").expect("free"),
            board: Arc::default(),
        };
        let terms = Terms { equity_start: CASH, every_ns: Nanos::SECOND, warm_up_ns: warm_up_s * Nanos::SECOND };
        let mut watch = Watch::new(ends, Arc::new(Instruments::new(vec![plain()])), terms).expect("fits");
        watch.start();
        Self {
            watch,
            market: market.writer("venue").expect("free"),
            reports: report.writer("execution").expect("free"),
            commands: command.reader("other").expect("free"),
            market_reader: market.reader("other").expect("free"),
            report_reader: report.reader("other").expect("free"),
            decisions: order.writer("risk").expect("free"),
            decision_reader: order.reader("other").expect("free"),
            now: START,
        }
    }

    fn change(&mut self, change: MarketChange) {
        let at = Stamp { received_at_ns: Nanos(self.now), venue: plain().venue, ..Stamp::default() };
        self.market.try_publish(MarketEvent { at, change }).expect("room");
        self.market_reader.take(64, |_, _| {});
        self.watch.poll();
    }

    /// A book around that price, `after` seconds later.
    fn price(&mut self, after: u64, px: i64) {
        self.now += after * Nanos::SECOND;
        if after == 0 {
            self.change(MarketChange::Book(BookState::Synced));
        }
        let level = |px| Level { px: Ticks(px), qty: Lots(5) };
        self.change(MarketChange::Top { bid: level(px - 1), ask: level(px + 1), imbalance_bps: 0 });
    }

    fn decide(&mut self, strategy: StrategyId, what: DecisionKind) {
        let decision = Decision { at_ns: Nanos(self.now), strategy, what, ..Decision::default() };
        self.decisions.try_publish(decision).expect("room");
        self.decision_reader.take(64, |_, _| {});
        assert_eq!(self.watch.poll(), Poll::Worked);
    }

    fn fill(&mut self, side: Side, qty: i64, px: i64, fee: i64) {
        let liquidity = if fee < 0 { Liquidity::Maker } else { Liquidity::Taker };
        let event = OrderEvent::Filled {
            trade_id: 1,
            last_px: Ticks(px),
            last_qty: Lots(qty),
            fee: Quote::whole(fee),
            liquidity,
        };
        let report = Report { side, event, received_at_ns: Nanos(self.now), ..Report::default() };
        self.reports.try_publish(report).expect("room");
        self.report_reader.take(64, |_, _| {});
        assert_eq!(self.watch.poll(), Poll::Worked);
    }
}

#[test]
fn a_round_trip_goes_from_flat_to_flat_and_one_execution_may_end_it_and_begin_the_next() {
    let mut rig = Rig::new(0);
    rig.price(0, 100);
    rig.fill(Side::Buy, 2, 100, 3);
    rig.price(2, 110);
    rig.fill(Side::Buy, 2, 112, -1);
    rig.price(2, 120);
    // Four of six close what there is, two begin the other way; the fee is shared by quantity.
    rig.fill(Side::Sell, 6, 120, 6);
    rig.price(2, 115);
    let out = rig.watch.into_outcome();
    let [long] = &out.rounds[..] else { panic!("one: {:?}", out.rounds) };
    assert_eq!((long.side, long.qty, long.fills), (Side::Buy, Lots(4), 3));
    assert!((long.entry_px - 106.0).abs() < 1e-12 && (long.exit_px - 120.0).abs() < 1e-12, "{long:?}");
    assert!((long.fees - (3.0 - 1.0 + 4.0)).abs() < 1e-9 && (long.pnl - (56.0 - 6.0)).abs() < 1e-9, "{long:?}");
    assert!((long.share - 50.0 / 424.0).abs() < 1e-12, "{long:?}");
    assert_eq!((long.entry_at, long.exit_at), (Nanos(START), Nanos(START + 4 * Nanos::SECOND)));
    let [short] = &out.open[..] else { panic!("one: {:?}", out.open) };
    assert_eq!((short.side, short.qty), (Side::Sell, Lots(2)));
    assert!((short.pnl - (10.0 - 2.0)).abs() < 1e-9 && short.exit_px.is_nan(), "{short:?}");
    assert_eq!((out.made, out.taken), (1, 2));
    assert_eq!(out.books.total().fills, 3, "the one that turned is one execution");
}

#[test]
fn what_all_round_trips_earn_is_what_the_books_say() {
    let mut seen = 0;
    for seed in 0..200 {
        let (mut dice, mut rig) = (Dice(seed), Rig::new(0));
        rig.price(0, 100);
        for _ in 0..40 {
            let px = 90 + dice.below(20) as i64;
            rig.price(dice.below(3), px);
            let side = if dice.share() < 0.5 { Side::Buy } else { Side::Sell };
            rig.fill(side, 1 + dice.below(5) as i64, px, dice.below(4) as i64 - 1);
        }
        let out = rig.watch.into_outcome();
        let told: f64 = out.rounds.iter().chain(&out.open).map(|round| round.pnl).sum();
        let kept = (out.books.equity() as f64) / 1e18 - 10_000.0;
        assert!((told - kept).abs() < 1e-6, "seed {seed}: {told} of {kept}");
        assert!(out.books.adds_up() && out.books.skipped() == 0, "seed {seed}");
        seen += out.rounds.len();
    }
    assert!(seen > 500, "{seen} round trips do not try it");
}

#[test]
fn a_sample_knows_what_came_before_it_and_nothing_else() {
    let mut rig = Rig::new(0);
    rig.price(0, 100);
    rig.fill(Side::Buy, 1, 100, 0);
    // At one second the price of 150 is not known yet, though it comes at that very time; at two it is. The end knows all.
    rig.price(1, 150);
    rig.price(1, 90);
    rig.price(1, 80);
    let out = rig.watch.into_outcome();
    assert_eq!(out.equity, [10_000.0, 10_000.0, 10_050.0, 9_980.0]);
    assert_eq!(out.time_ms, [1_000_000, 1_001_000, 1_002_000, 1_003_000]);
    assert!(out.middles[0][0].is_nan() && out.middles[0][1..] == [100.0, 150.0, 80.0], "{:?}", out.middles);
    assert_eq!(out.held, 3);
}

#[test]
fn a_long_silence_is_one_sample_and_a_short_one_is_many() {
    let mut rig = Rig::new(0);
    rig.price(0, 100);
    rig.price(10, 100);
    assert_eq!(rig.watch.out.equity.len(), 11);
    rig.price(SILENCE_MAX * 1_000, 100);
    assert_eq!(rig.watch.out.equity.len(), 13, "the one before it, and the one after");
}

#[test]
fn nothing_trades_before_it_is_warm_and_the_account_is_measured_from_then_on() {
    let mut rig = Rig::new(5);
    let mut told = Vec::new();
    let mut ask = |rig: &mut Rig| {
        rig.commands.take(64, |_, command| told.push(command.what));
        told.len()
    };
    assert_eq!(ask(&mut rig), 1, "before the first event");
    rig.price(0, 100);
    rig.price(4, 100);
    assert_eq!((ask(&mut rig), rig.watch.out.equity.len()), (1, 0));
    rig.price(1, 100);
    assert_eq!((ask(&mut rig), rig.watch.out.equity.len()), (2, 1));
    let states: Vec<TradingState> = told
        .iter()
        .filter_map(|what| match what {
            CommandKind::SetTradingState { state, .. } => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [TradingState::Halted, TradingState::Active]);
}

#[test]
fn what_ran_past_it_is_counted() {
    let mut rig = Rig::new(0);
    let at = Stamp { received_at_ns: Nanos(START), venue: plain().venue, ..Stamp::default() };
    for _ in 0..100 {
        rig.market.try_publish(MarketEvent { at, change: MarketChange::Book(BookState::Synced) }).expect("room");
        rig.market_reader.take(64, |_, _| {});
    }
    rig.watch.poll();
    let missed = rig.watch.into_outcome().missed;
    assert!((36..100).contains(&missed), "{missed} of 100 that a ring of 64 held");
}

#[test]
fn what_risk_refused_is_counted_by_its_worst_check_and_its_first_is_kept() {
    let mut rig = Rig::new(0);
    let deny = |rig: &mut Rig, qty: i64, worst: Check, also: &[Check]| {
        rig.now += Nanos::SECOND;
        let breaches = also.iter().fold(Breaches::default().with(worst), |all, check| all.with(*check));
        let order = Order { qty: Lots(qty), ..Order::default() };
        let denial = Denial { order, wish: Wish::Submit, breaches, refusal: Refusal::new(worst, qty, 10) };
        rig.decide(StrategyId(1), DecisionKind::Denied(denial));
    };
    deny(&mut rig, 31, Check::VolumeShare, &[]);
    deny(&mut rig, 32, Check::TradingState, &[Check::PositionShare, Check::VolumeShare]);
    deny(&mut rig, 33, Check::VolumeShare, &[Check::PositionShare]);
    let refused = &rig.watch.out.refused;
    let told = |(check, row): &(Check, super::refused::Row)| {
        (
            *check,
            row.count,
            row.also,
            row.first.map(|first| (first.at.0 - START, first.order.qty.0, first.refusal.value)),
        )
    };
    let wanted = [
        (Check::VolumeShare, 2, 1, Some((Nanos::SECOND, 31, 31))),
        (Check::TradingState, 1, 0, Some((2 * Nanos::SECOND, 32, 32))),
        (Check::PositionShare, 0, 2, None),
    ];
    assert_eq!(refused.checks().iter().map(told).collect::<Vec<_>>(), wanted);
}

#[test]
fn each_state_that_trading_came_to_is_told_with_its_cause_and_of_very_many_the_first() {
    let mut rig = Rig::new(0);
    let (us, whole) = (StrategyId(1), Scope::Whole);
    let id = InstrumentId::default();
    let stop = |cause| DecisionKind::Stop { instrument: id, cause, best: Ticks(9), px: Ticks(8) };
    rig.decide(us, stop(None));
    rig.decide(us, stop(Some(Cause::StopTrailing)));
    let (scope, state, cause) = (Scope::Strategy(us), TradingState::Reducing, Cause::DailyLoss);
    rig.decide(StrategyId(0), DecisionKind::State { scope, state, cause });
    let what = CommandKind::SetTradingState { scope: whole, state: TradingState::Active };
    rig.decide(StrategyId(0), DecisionKind::CommandTaken { id: 1, what });
    let at = Nanos(START);
    let wanted = [
        StateChange { at, scope, state: TradingState::Halted, by: SetBy::Risk(Cause::StopTrailing) },
        StateChange { at, scope, state, by: SetBy::Risk(cause) },
        StateChange { at, scope: whole, state: TradingState::Active, by: SetBy::WarmUp },
    ];
    assert_eq!(rig.watch.out.refused.states(), (&wanted[..], 0), "a stop that only followed halts nobody");
    (0..STATES_KEPT).for_each(|_| rig.decide(StrategyId(0), DecisionKind::State { scope, state, cause }));
    let (kept, more) = rig.watch.out.refused.states();
    assert_eq!((kept.len(), more), (STATES_KEPT, 3));
}
