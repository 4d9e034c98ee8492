//! The judge at real rings, cranked by hand.

use super::*;
use crate::config::Rings;
use crate::risk::test_desk::wide;
use crate::risk::{Cause, Rules, Terms};
use crate::test_instruments::{LINEAR, instruments};
use crate::wiring::Wiring;
use engine_model::command::CommandKind;
use engine_model::intent::{IntentKind, StrategyId};
use engine_model::limit::{Limits, Scope};
use engine_model::market::{BookState, Level, MarketChange, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::refusal::Refusal;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Quote, Ticks};
use engine_ring::clock::ClockHand;
use engine_ring::snapshot::{SnapshotReader, snapshot};

const VENUE: VenueId = VenueId::BinanceUsdm;
/// Its place among the venues of the rig's instruments.
const SLOT: usize = 1;
const START: u64 = 1_700_000_000 * Nanos::SECOND;

struct Rig {
    stage: RiskStage,
    market: Writer<MarketEvent>,
    strategy: Reader<MarketEvent>,
    intents: Writer<Intent>,
    commands: Writer<Command>,
    orders: Reader<Decision>,
    reports: Writer<Report>,
    strategy_reports: Reader<Report>,
    images: SnapshotReader<PortfolioImage>,
    kill: Switch,
    hand: ClockHand,
    wished: u32,
}

impl Rig {
    fn new() -> Self {
        Self::with(wide())
    }

    fn with(limits: Limits) -> Self {
        let depths = Rings::default().with(Ring::Order, 16).with(Ring::Report, 16).with(Ring::Market, 16);
        let mut wiring = Wiring::new(&[VENUE], &depths, &[Place::Journal, Place::Bridge]);
        let (clock, mut hand) = Clock::manual();
        hand.set(START);
        let (image_writer, images) = snapshot();
        let kill = Switch::new();
        let ends = RiskEnds {
            commands: wiring.command().reader("risk").unwrap(),
            intents: wiring.intent().reader("risk").unwrap(),
            markets: wiring.market_readers(Place::Risk).unwrap(),
            reports: wiring.report().reader("risk").unwrap(),
            orders: wiring.order().writer("risk").unwrap(),
            images: image_writer,
            kill: kill.clone(),
            clock,
        };
        let terms = Terms { epoch: 1, equity_start: Quote::whole(1_000_000), open_orders_max: 64 };
        let risk = Risk::new(instruments(), &Rules::open(limits, &instruments()), terms);
        Self {
            stage: RiskStage::new(risk, ends, &wiring.gauges()),
            market: wiring.market_writer(VENUE).unwrap(),
            strategy: wiring.market_readers(Place::Strategy).unwrap().remove(0).1,
            intents: wiring.intent().writer("strategy").unwrap(),
            commands: wiring.command().writer("bridge").unwrap(),
            orders: wiring.order().reader("execution").unwrap(),
            reports: wiring.report().writer("execution").unwrap(),
            strategy_reports: wiring.report().reader("strategy").unwrap(),
            images,
            kill,
            hand,
            wished: 0,
        }
    }

    fn event(&mut self, change: MarketChange) {
        let at = Stamp { instrument: LINEAR, venue: VENUE, received_at_ns: Nanos(START), ..Stamp::default() };
        self.market.try_publish(MarketEvent { at, change }).unwrap();
    }

    fn top(&mut self, mid: i64) {
        let level = |px| Level { px: Ticks(px), qty: Lots(1) };
        self.event(MarketChange::Top { bid: level(mid - 1), ask: level(mid + 1), imbalance_bps: 0 });
    }

    /// A book in sync that strategies and risk have seen.
    fn synced(mut self) -> Self {
        self.event(MarketChange::Book(BookState::Synced));
        self.top(600_000);
        self.strategy_reads(2);
        self.stage.poll();
        self
    }

    fn strategy_reads(&mut self, events: usize) {
        assert_eq!(self.strategy.take(events, |_, _| {}), events);
    }

    fn wish(&mut self, what: IntentKind) {
        let mut seen = Seen { report: self.strategy_reports.position() as u32, ..Seen::default() };
        seen.market[SLOT] = self.strategy.position() as u32;
        let intent = Intent { strategy: StrategyId(1), seen, caused_at_ns: Nanos(START), what };
        self.intents.try_publish(intent).unwrap();
    }

    fn buy(&mut self) -> ClientOrderId {
        self.buy_lots(1)
    }

    fn buy_lots(&mut self, qty: i64) -> ClientOrderId {
        self.wished += 1;
        let client_order_id = ClientOrderId::new(1, 1, self.wished);
        let order = Order { client_order_id, instrument: LINEAR, side: Side::Buy, ..Order::default() };
        self.wish(IntentKind::Submit(Order { px: Ticks(600_000), qty: Lots(qty), ..order }));
        client_order_id
    }

    /// Buys 10,000 lots, which are 600,000 dollars of a million, and has them.
    fn hold(&mut self) {
        let client_order_id = self.buy_lots(10_000);
        assert_eq!(self.stage.poll(), Poll::Worked);
        let report = Report {
            client_order_id,
            strategy: StrategyId(1),
            instrument: LINEAR,
            event: OrderEvent::Submitted,
            status: OrderStatus::Submitted,
            qty: Lots(10_000),
            px: Ticks(600_000),
            ..Report::default()
        };
        let (last_px, last_qty, liquidity) = (Ticks(600_000), Lots(10_000), Liquidity::Maker);
        let event = OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee: Quote(0), liquidity };
        let filled = Report { event, status: OrderStatus::Filled, filled_qty: last_qty, ..report };
        for report in [report, filled] {
            self.reports.try_publish(report).unwrap();
        }
        assert_eq!(self.strategy_reports.take(2, |_, _| {}), 2);
        self.stage.poll();
        assert_eq!(self.stage.risk().portfolio().qty(LINEAR), 10_000);
        assert_eq!(self.decisions().len(), 1);
    }

    fn decisions(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        self.orders.take(1_000, |_, decision| decisions.push(*decision));
        decisions
    }

    fn seen(&self) -> u32 {
        self.stage.risk().seen().market[SLOT]
    }
}

#[test]
fn while_the_disk_is_nearly_full_nothing_grows_and_with_room_again_it_does() {
    let mut rig = Rig::new().synced();
    let journal = Arc::new(JournalGauges::default());
    rig.stage = rig.stage.written_down_by(Some(journal.clone()));
    for (free_pct, check) in [(6, None), (5, Some(Check::DiskScarce)), (0, Some(Check::DiskScarce)), (6, None)] {
        journal.free_pct.set(free_pct);
        rig.buy();
        rig.stage.poll();
        let decisions = rig.decisions();
        let denied = decisions.iter().find_map(|decision| match decision.what {
            DecisionKind::Denied(denial) => Some(denial.refusal.check),
            _ => None,
        });
        assert_eq!((denied, decisions.len()), (check, 1), "{free_pct} % free");
    }
}

#[test]
fn while_the_disk_is_slow_no_new_order_passes_and_cancels_do() {
    let mut rig = Rig::new().synced();
    let journal = Arc::new(JournalGauges::default());
    journal.free_pct.set(100);
    rig.stage = rig.stage.written_down_by(Some(journal.clone()));
    let first = rig.buy();
    rig.stage.poll();
    rig.decisions();
    let (lag, mut now) = (Some(Check::JournalHealth), START);
    for (waits_ns, is_full, check) in [(250, 0, None), (450, 0, lag), (650, 0, lag), (100, 0, None), (100, 1, lag)] {
        let waits_ns = waits_ns * Nanos::MILLI;
        journal.is_full.set(is_full);
        now += Nanos::SECOND;
        journal.waits_since_ns.set_release(now - waits_ns);
        rig.hand.set(now);
        rig.top(600_000);
        rig.strategy_reads(1);
        rig.stage.poll();
        rig.stage.poll();
        rig.buy();
        rig.stage.poll();
        let denied = rig.decisions().into_iter().find_map(|decision| match decision.what {
            DecisionKind::Denied(denial) => Some(denial.refusal.check),
            _ => None,
        });
        assert_eq!(denied, check, "{waits_ns}");
    }
    rig.wish(IntentKind::Cancel(first));
    rig.stage.poll();
    assert!(rig.decisions().iter().any(|decision| matches!(decision.what, DecisionKind::Cancel(_))));
}

#[test]
fn an_order_is_judged_on_exactly_what_its_author_had_seen() {
    let mut rig = Rig::new().synced();
    rig.buy();
    rig.top(700_000); // published before risk polls, not seen by the strategy
    assert_eq!(rig.stage.poll(), Poll::Worked);
    let decisions = rig.decisions();
    assert!(matches!(decisions[0].what, DecisionKind::Submit(_)), "{decisions:?}");
    assert_eq!((decisions[0].seen.market[SLOT], decisions[0].at_ns), (2, Nanos(START)));
    rig.stage.poll();
    assert_eq!(rig.seen(), 2, "still");
    rig.strategy_reads(1);
    rig.stage.poll();
    assert_eq!(rig.seen(), 3);
}

#[test]
fn events_between_two_wishes_of_one_batch_are_read_between_them() {
    let mut rig = Rig::new().synced();
    rig.buy();
    rig.top(700_000);
    rig.strategy_reads(1);
    rig.buy();
    rig.stage.poll();
    let seen: Vec<u32> = rig.decisions().iter().map(|decision| decision.seen.market[SLOT]).collect();
    assert_eq!(seen, [2, 3]);
}

#[test]
fn a_run_without_strategies_has_nobody_to_follow() {
    let mut wiring = Wiring::new(&[VENUE], &Rings::default(), &[Place::Journal, Place::Bridge, Place::Strategy]);
    let ends = RiskEnds {
        commands: wiring.command().reader("risk").unwrap(),
        intents: wiring.intent().reader("risk").unwrap(),
        markets: wiring.market_readers(Place::Risk).unwrap(),
        reports: wiring.report().reader("risk").unwrap(),
        orders: wiring.order().writer("risk").unwrap(),
        images: snapshot().0,
        kill: Switch::new(),
        clock: Clock::manual().0,
    };
    let terms = Terms { epoch: 1, equity_start: Quote::whole(1), open_orders_max: 4 };
    let mut stage =
        RiskStage::new(Risk::new(instruments(), &Rules::open(wide(), &instruments()), terms), ends, &wiring.gauges());
    let mut market = wiring.market_writer(VENUE).unwrap();
    let at = Stamp { instrument: LINEAR, venue: VENUE, ..Stamp::default() };
    market.try_publish(MarketEvent { at, ..MarketEvent::default() }).unwrap();
    assert_eq!(stage.poll(), Poll::Worked);
    assert_eq!(stage.risk().seen().market[SLOT], 1);
    assert_eq!(stage.poll(), Poll::Idle);
}

#[test]
fn the_reserve_of_the_order_ring_is_for_cancels_and_its_last_half_for_commands() {
    let mut rig = Rig::new().synced();
    let first = rig.buy();
    for _ in 0..14 {
        rig.buy();
    }
    while rig.stage.poll() == Poll::Worked {}
    // 16 slots, 4 reserved; each judgement keeps a second slot for a change of state.
    let counters = rig.stage.counters();
    assert_eq!((counters.approved.get(), counters.denied.get()), (11, 2));
    assert_eq!(counters.breaches[Check::Backpressure as usize].get(), 2);
    assert_eq!(rig.stage.poll(), Poll::Blocked);
    rig.commands.try_publish(Command { id: 9, what: CommandKind::CancelAll, ..Command::default() }).unwrap();
    assert_eq!(rig.stage.poll(), Poll::Worked, "people still come through");
    let decisions = rig.decisions();
    assert_eq!(decisions.len(), 14);
    let DecisionKind::Denied(denial) = decisions[11].what else { panic!("{:?}", decisions[11]) };
    assert_eq!(denial.refusal, Refusal::new(Check::Backpressure, 13, 12));
    assert!(decisions[13].withdraws() == Some(Scope::Whole));
    rig.stage.poll();
    assert_eq!(rig.decisions().len(), 2, "with room again, the two that had waited are judged");
    rig.wish(IntentKind::Cancel(first));
    rig.stage.poll();
    assert_eq!(rig.decisions()[0].what, DecisionKind::Cancel(first));
}

#[test]
fn while_it_is_blocked_it_reads_on_so_that_nobody_waits_for_it() {
    let mut rig = Rig::new().synced();
    for _ in 0..20 {
        rig.buy();
    }
    while rig.stage.poll() == Poll::Worked {}
    rig.top(600_002); // not seen by the strategy
    let report = Report {
        client_order_id: ClientOrderId::new(1, 1, 1),
        event: OrderEvent::Submitted,
        status: OrderStatus::Submitted,
        qty: Lots(1),
        ..Report::default()
    };
    rig.reports.try_publish(report).unwrap();
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!((rig.seen(), rig.stage.risk().seen().report), (3, 1));
    assert_eq!(rig.stage.poll(), Poll::Blocked);
    assert!(rig.stage.counters().blocked.get() >= 2);
}

#[test]
fn the_days_loss_is_held_against_its_limit_before_each_wish() {
    // A limit below nothing: no loss at all is already too much.
    let mut rig = Rig::with(Limits { daily_loss_reduce_bps: -1, ..wide() }).synced();
    assert!(rig.decisions().is_empty(), "not before somebody wishes");
    rig.buy();
    rig.stage.poll();
    let decisions = rig.decisions();
    assert_eq!(
        decisions[0].what,
        DecisionKind::State { scope: Scope::Whole, state: TradingState::Reducing, cause: Cause::DailyLoss }
    );
    let DecisionKind::Denied(denial) = decisions[1].what else { panic!("it passed") };
    assert_eq!(denial.refusal.check, Check::Reducing);
}

/// The ladder of the day's loss at 2 and 5 %.
fn ladder() -> Limits {
    Limits { daily_loss_reduce_bps: 200, daily_loss_halt_bps: 500, ..wide() }
}

#[test]
fn the_days_loss_waits_for_no_wish() {
    let mut rig = Rig::with(ladder()).synced();
    rig.hold();
    let by_loss = |state| {
        let cause = if state == TradingState::Halted { Cause::CircuitBreaker } else { Cause::DailyLoss };
        DecisionKind::State { scope: Scope::Whole, state, cause }
    };
    for (mid, expected) in [
        (588_001, None), // 2 % of the day's start is 20,000 dollars, a tick is a dollar and lots are 10,000
        (579_000, Some(by_loss(TradingState::Reducing))),
        (578_000, None),
        (549_000, Some(by_loss(TradingState::Halted))),
        (548_000, None),
    ] {
        rig.top(mid);
        rig.strategy_reads(1);
        assert_eq!(rig.stage.poll(), Poll::Worked);
        let decisions = rig.decisions();
        let is_mark = |what: &DecisionKind| matches!(what, DecisionKind::Marked { .. });
        let (marks, states): (Vec<_>, Vec<_>) = decisions.iter().map(|decision| decision.what).partition(is_mark);
        assert_eq!(states, Vec::from_iter(expected), "{mid}");
        // The account's loss and the strategy's, behind the state that it led to: a restart forgives neither.
        assert_eq!(marks.len(), if expected.is_some() { 2 } else { 0 }, "{mid}");
        assert!(decisions.iter().all(|decision| decision.seen == *rig.stage.risk().seen()), "on what was just read");
        assert_eq!(
            decisions.iter().any(|decision| decision.withdraws().is_some()),
            expected == Some(by_loss(TradingState::Halted))
        );
    }
}

#[test]
fn a_loss_that_found_no_room_is_told_with_the_next_event() {
    let mut rig = Rig::with(ladder()).synced();
    rig.hold();
    for _ in 0..15 {
        rig.commands.try_publish(Command { what: CommandKind::CancelAll, ..Command::default() }).unwrap();
        rig.stage.poll();
    }
    rig.top(500_000); // one slot is left, and a judgement may need two
    rig.strategy_reads(1);
    rig.stage.poll();
    assert_eq!(rig.stage.risk().trading_state(), TradingState::Active, "no room to say otherwise");
    assert_eq!(rig.decisions().len(), 15);
    rig.hand.set(START + Nanos::SECOND); // an image is written meanwhile
    rig.stage.finish();
    rig.top(500_000);
    rig.strategy_reads(1);
    rig.stage.poll();
    assert_eq!(rig.stage.risk().trading_state(), TradingState::Halted);
}

#[test]
fn a_day_that_turns_between_two_wishes_opens_with_a_record() {
    const DAY: u64 = 86_400 * Nanos::SECOND;
    let mut rig = Rig::with(ladder()).synced();
    rig.hold();
    rig.top(585_000); // 1.5 % down before midnight
    rig.strategy_reads(1);
    rig.stage.poll();
    assert!(rig.decisions().is_empty());
    rig.hand.set((START / DAY + 1) * DAY);
    rig.top(582_000); // and at the first event after it 1.8 %
    rig.strategy_reads(1);
    rig.stage.poll();
    let decisions = rig.decisions();
    assert_eq!(decisions[0].what, DecisionKind::DayOpened { equity: Quote::whole(982_000) });
    let fall = Quote::whole(18_000);
    let mark = DecisionKind::Marked { equity: Quote::whole(982_000), loss: Quote(0), fall };
    assert_eq!((decisions[1].strategy, decisions[1].what), (StrategyId(1), mark), "and that of whose it was");
    assert_eq!((decisions.len(), rig.stage.risk().day_loss()), (2, 0));
    let told = *rig.images.read();
    assert_eq!((told.equity_start, told.day_open), (Quote::whole(1_000_000), Quote::whole(982_000)));
    for (mid, state) in [(563_000, TradingState::Active), (562_000, TradingState::Reducing)] {
        rig.top(mid); // 2 % of 982,000 is 19,640
        rig.strategy_reads(1);
        rig.stage.poll();
        assert_eq!(rig.stage.risk().trading_state(), state, "{mid}");
    }
}

#[test]
fn a_stop_is_looked_at_behind_each_event_that_comes_with_a_wish() {
    let mut rig = Rig::with(Limits { stop_trailing_bps: 100, ..wide() }).synced();
    rig.hold();
    rig.top(593_000);
    rig.top(600_000); // back again before anybody speaks
    rig.strategy_reads(2);
    rig.buy();
    rig.stage.poll();
    let decisions = rig.decisions();
    let DecisionKind::Stop { cause, px, .. } = decisions[0].what else { panic!("{decisions:?}") };
    assert_eq!((cause, px, decisions[0].seen.market[SLOT]), (Some(Cause::StopTrailing), Ticks(593_000), 3));
    let refused = decisions.iter().find_map(|decision| match decision.what {
        DecisionKind::Denied(denial) => Some(denial.refusal.check),
        _ => None,
    });
    assert_eq!(refused, Some(Check::TradingState), "its wish comes too late");
}

#[test]
fn a_stop_takes_no_room_from_the_wish_behind_it_and_is_pulled_afterwards() {
    let mut rig = Rig::with(Limits { stop_trailing_bps: 100, ..wide() }).synced();
    rig.hold();
    for _ in 0..12 {
        rig.buy();
    }
    rig.stage.poll();
    rig.top(606_000);
    rig.top(593_000);
    rig.strategy_reads(2);
    rig.wish(IntentKind::Cancel(ClientOrderId::new(1, 1, 1)));
    rig.stage.poll();
    let decisions = rig.decisions().split_off(12);
    let told: Vec<Option<Cause>> = (decisions.iter())
        .filter_map(|decision| if let DecisionKind::Stop { cause, .. } = decision.what { Some(cause) } else { None })
        .collect();
    assert!(matches!(decisions[1].what, DecisionKind::CancelDenied(_)), "{decisions:?}");
    assert_eq!((told, decisions.len()), (vec![None, Some(Cause::StopTrailing)], 3));
}

#[test]
fn the_kill_switch_waits_for_no_wish() {
    let mut rig = Rig::new().synced();
    rig.kill.set(true);
    assert_eq!(rig.stage.poll(), Poll::Worked);
    let decisions = rig.decisions();
    assert_eq!(
        decisions[0].what,
        DecisionKind::State { scope: Scope::Whole, state: TradingState::Halted, cause: Cause::Killed }
    );
    assert!(decisions[0].withdraws() == Some(Scope::Whole));
    assert_eq!(rig.stage.poll(), Poll::Idle, "once");
    rig.buy();
    rig.stage.poll();
    let DecisionKind::Denied(denial) = rig.decisions()[0].what else { panic!("it passed") };
    assert_eq!(denial.refusal.check, Check::Killed);
}

#[test]
fn images_are_a_tenth_of_a_second_apart_and_the_last_one_is_not_forgotten() {
    let mut rig = Rig::new().synced();
    assert_eq!(rig.images.read().at_ns, Nanos(START), "the first at once");
    rig.buy();
    rig.hand.set(START + 99_999_999);
    rig.stage.poll();
    assert!(!rig.images.fresh());
    rig.hand.set(START + 100_000_000);
    rig.stage.poll();
    assert_eq!(rig.images.read().orders, 1);
    rig.hand.set(START + 300_000_000);
    rig.stage.poll();
    assert!(!rig.images.fresh(), "nothing new");
    rig.buy();
    rig.hand.set(START + 300_000_001);
    rig.stage.finish();
    assert!(rig.images.fresh());
}
