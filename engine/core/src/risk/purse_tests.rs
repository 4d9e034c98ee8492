//! What a strategy has made by itself, and what follows from its losses: for it, and for nobody else.

use super::test_desk::{Desk, Entry, US, wide};
use super::test_world::World;
use super::tests::{MID, breaches};
use super::*;
use crate::journal::record::Judgement;
use crate::test_instruments::{LINEAR, SPOT};
use engine_model::closeout::{self, Closeout};
use engine_model::command::CommandKind;
use engine_model::intent::{Intent, IntentKind};
use engine_model::limit::TradingState::{Active, Halted, Reducing};
use engine_model::market::Side;
use engine_model::order::Order;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::position::Opening;
use engine_model::refusal::Check;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::ReplyKind;

const OTHER: StrategyId = StrategyId(2);

fn submit_as(desk: &mut Desk, strategy: StrategyId, order: Order) -> Decision {
    let what = IntentKind::Submit(Order { client_order_id: desk.risk.next_id(strategy), ..order });
    desk.ask_for(Intent { strategy, seen: *desk.risk.seen(), what, caused_at_ns: desk.now })
}

/// Enters and fills at once.
fn hold_as(desk: &mut Desk, strategy: StrategyId, side: Side, px: i64, qty: i64) {
    let order = desk.order(LINEAR, side, px, qty);
    let decision = submit_as(desk, strategy, order);
    let DecisionKind::Submit(order) = decision.what else { panic!("{decision:?}") };
    desk.fill(order.client_order_id, px, qty);
}

/// Ten lots each, of 10,000 dollars: what one pays in fees beyond its own is what the other one gets back.
fn lost(limits: Limits, side: Side, lost: i64) -> Desk {
    let mut desk = Desk::with(limits, 10_000, 10, |_| {});
    desk.risk.review(desk.now, false);
    desk.fee = Quote(-lost);
    hold_as(&mut desk, OTHER, side, MID, 10);
    desk.fee = Quote(lost);
    hold_as(&mut desk, US, side, MID, 10);
    desk.fee = Quote(0);
    desk.command(CommandKind::CancelAll);
    desk
}

#[test]
pub(super) fn each_step_of_a_strategys_own_ladder_at_its_limit_and_others_go_on() {
    let cases = [
        (Limits { strategy_loss_halt_bps: 500, ..wide() }, 500, Halted, Cause::CircuitBreaker, Check::StrategyHalt),
        (Limits { strategy_drawdown_max_bps: 900, ..wide() }, 900, Halted, Cause::Drawdown, Check::StrategyDrawdown),
        (Limits { strategy_loss_reduce_bps: 200, ..wide() }, 200, Reducing, Cause::DailyLoss, Check::StrategyLoss),
        (
            Limits { strategy_loss_speed_max_bps: 90, ..wide() },
            90,
            Reducing,
            Cause::LossSpeed,
            Check::StrategyLossSpeed,
        ),
    ];
    for (limits, dollars, state, cause, check) in cases {
        for (side, off) in [Side::Buy, Side::Sell].into_iter().flat_map(|side| [-1, 0, 1].map(|off| (side, off))) {
            let mut desk = lost(limits, side, dollars * Quote::ONE + off);
            assert_eq!(desk.risk.trading_state(), Active, "the account lost nothing");
            let want = if off > 0 { state } else { Active };
            assert_eq!(desk.risk.state_of(Scope::Strategy(US)), want, "{cause:?} {side:?} {off:+}");
            let is_it = |entry: &Entry| {
                let state = DecisionKind::State { scope: Scope::Strategy(US), state, cause };
                matches!(entry, Entry::Decision(decision) if decision.what == state)
            };
            assert_eq!(desk.entries.iter().any(is_it), off > 0, "{cause:?}");
            let order = desk.order(LINEAR, side, MID, 1);
            assert_eq!(breaches(&mut desk, &order).contains(&check), off > 0, "{cause:?} {side:?} {off:+}");
            let other = submit_as(&mut desk, OTHER, order);
            assert!(matches!(other.what, DecisionKind::Submit(_)), "others go on: {other:?}");
        }
    }
}

#[test]
fn a_limit_of_nothing_allows_no_loss_at_all() {
    for off in [0, 1] {
        let desk = lost(Limits { strategy_loss_halt_bps: 0, ..wide() }, Side::Buy, off);
        let want = if off > 0 { Halted } else { Active };
        assert_eq!(desk.risk.state_of(Scope::Strategy(US)), want, "{off} units lost");
    }
}

#[test]
fn a_loss_is_met_by_the_price_as_well_and_by_whoever_holds_it() {
    let limits = Limits { strategy_loss_reduce_bps: 200, ..wide() };
    let mut desk = Desk::with(limits, 10_000, 10, |_| {});
    desk.is_watched = true;
    desk.risk.review(desk.now, false);
    hold_as(&mut desk, US, Side::Buy, MID, 100);
    hold_as(&mut desk, OTHER, Side::Sell, MID, 90);
    desk.top(LINEAR, MID - 20_001, MID - 19_999); // 2,000 dollars of the price: 200 of a hundred lots
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Active);
    desk.top(LINEAR, MID - 20_011, MID - 20_009);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Reducing, "it waits for nobody to wish for anything");
    assert_eq!((desk.risk.state_of(Scope::Strategy(OTHER)), desk.risk.trading_state()), (Active, Active));
    // Resumed, it is back at once: the day is as it was.
    desk.command(CommandKind::SetTradingState { scope: Scope::Strategy(US), state: Active });
    desk.top(LINEAR, MID - 20_012, MID - 20_010);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Reducing);
}

#[test]
fn what_a_strategy_lost_is_told_beside_the_accounts_and_goes_on_in_the_next_run() {
    let limits = Limits { strategy_loss_reduce_bps: 450, strategy_drawdown_max_bps: 700, ..wide() };
    let run = |losses: Vec<(StrategyId, Losses)>| {
        let mut desk = Desk::ruled(10_000, 10, |_| {}, |i| Rules { losses: losses.clone(), ..Rules::open(limits, i) });
        desk.is_watched = true;
        desk.risk.review(desk.now, false);
        desk.fee = Quote::whole(300);
        hold_as(&mut desk, US, Side::Buy, MID, 10);
        desk.fee = Quote::whole(-1_000);
        hold_as(&mut desk, OTHER, Side::Buy, MID, 10);
        desk.command(CommandKind::End);
        desk.top(LINEAR, MID - 1, MID + 1);
        desk
    };
    let told = |desk: &Desk| -> Vec<(StrategyId, Losses)> {
        let marked = |entry: &Entry| match entry {
            Entry::Decision(Decision { at_ns, strategy, what: DecisionKind::Marked { loss, fall, .. }, .. }) => {
                Some((*strategy, Losses { day: at_ns.0 / Nanos::DAY, loss: *loss, fall: *fall }))
            }
            _ => None,
        };
        desk.entries.iter().filter_map(marked).collect()
    };
    let first = told(&run(Vec::new()));
    let of = |told: &[(StrategyId, Losses)], strategy| told.iter().rev().find(|(of, _)| *of == strategy).unwrap().1;
    assert_eq!(of(&first, StrategyId(0)).loss, Quote::whole(-700), "told at the end, not only every ten seconds");
    assert_eq!((of(&first, US).loss, of(&first, US).fall), (Quote::whole(300), Quote::whole(300)));
    assert_eq!(of(&first, OTHER).loss, Quote::whole(-1_000));
    let second = run(first.clone());
    assert_eq!(of(&told(&second), US).loss, Quote::whole(600), "the day goes on");
    assert_eq!(second.risk.state_of(Scope::Strategy(US)), Reducing);
    let day = of(&first, US).day - 1;
    let third = run(vec![(US, Losses { day, loss: Quote::whole(600), fall: Quote::whole(500) })]);
    assert_eq!(third.risk.state_of(Scope::Strategy(US)), Halted, "8 % below the peak, whatever the day");
    assert_eq!(third.risk.state_of(Scope::Strategy(OTHER)), Active);
}

#[test]
fn a_state_that_a_loss_led_to_is_told_with_the_loss_at_once() {
    let mut desk = Desk::with(Limits { daily_loss_reduce_bps: 200, ..wide() }, 10_000, 10, |_| {});
    desk.is_watched = true;
    desk.risk.review(desk.now, false);
    desk.fee = Quote::whole(201);
    desk.hold(LINEAR, Side::Buy, MID, 1);
    let told: Vec<DecisionKind> = (desk.entries.iter())
        .filter_map(|entry| if let Entry::Decision(decision) = entry { Some(decision.what) } else { None })
        .collect();
    let at = told.iter().position(|what| matches!(what, DecisionKind::State { .. })).expect("a state");
    let DecisionKind::Marked { loss, .. } = told[at + 1] else { panic!("{:?}", told[at + 1]) };
    assert_eq!(loss, Quote::whole(201));
}

#[test]
fn several_states_that_one_moment_asks_for_are_decided_again_from_the_record() {
    let limits = Limits { strategy_loss_halt_bps: 100, daily_loss_reduce_bps: 250, ..wide() };
    let mut desk = Desk::with(limits, 10_000, 10, |_| {});
    let again = desk.risk.clone();
    let begun = desk.entries.len();
    for strategy in [US, OTHER] {
        hold_as(&mut desk, strategy, Side::Buy, MID, 100);
    }
    desk.top(LINEAR, MID - 20_001, MID - 19_999); // 200 dollars lost by each
    (0..3).for_each(|_| assert!(desk.buy(LINEAR, MID - 20_000, 1).is_err()));
    desk.wait(1);
    (0..3).for_each(|_| assert!(desk.buy(LINEAR, MID - 20_000, 1).is_err()));
    let states = [US, OTHER].map(|strategy| desk.risk.state_of(Scope::Strategy(strategy)));
    assert_eq!((states, desk.risk.trading_state()), ([Halted, Halted], Reducing));
    decided_again(&desk.entries[begun..], again);
}

/// Holds every decision against what another judge decides of the record of it.
fn decided_again(entries: &[Entry], mut again: Risk) {
    for entry in entries {
        match entry {
            Entry::Market(event) => again.on_market(event),
            Entry::Report(report) => again.on_report(report),
            Entry::Decision(recorded) => {
                let written = Judgement::from(recorded);
                let decided = again.answer(&written.question(), written.at_ns, written.outside());
                assert_eq!(decided.as_ref(), Some(recorded));
            }
        }
    }
}

#[test]
fn a_resume_in_the_moment_in_which_risk_halted_lets_nothing_through() {
    let steps = [
        (Limits { daily_loss_halt_bps: 500, ..wide() }, Cause::CircuitBreaker),
        (Limits { liquidation_flatten_bps: 8_000, ..wide() }, Cause::Liquidation),
    ];
    for (limits, cause) in steps {
        let mut desk = Desk::with(limits, 10_000, 10, |_| {});
        let (again, begun) = (desk.risk.clone(), desk.entries.len());
        desk.fee = Quote::whole(501);
        desk.hold(LINEAR, Side::Buy, MID, 200); // 12,000 dollars, and 501 for it
        for _ in 0..3 {
            // The halt and the resume are of one moment, and so is the order behind them.
            desk.state(Active);
            let refusal = desk.buy(LINEAR, MID, 1).expect_err("the step is still passed");
            assert_eq!((refusal.check, desk.risk.trading_state()), (Check::TradingState, Halted), "{cause:?}");
        }
        let halts = desk.entries.iter().filter(|entry| match entry {
            Entry::Decision(Decision { what: DecisionKind::State { cause: of, .. }, .. }) => *of == cause,
            _ => false,
        });
        assert_eq!(halts.count(), 4, "before the first resume, and behind each");
        decided_again(&desk.entries[begun..], again);
    }
}

#[test]
fn whoever_resumes_a_strategy_begins_a_new_peak_of_it() {
    let mut desk = lost(Limits { strategy_drawdown_max_bps: 500, ..wide() }, Side::Buy, 501 * Quote::ONE);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Halted);
    desk.command(CommandKind::SetTradingState { scope: Scope::Strategy(US), state: Active });
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Active);
}

#[test]
fn what_risk_closes_is_taken_from_those_who_hold_it() {
    let mut desk = Desk::new(wide());
    hold_as(&mut desk, US, Side::Buy, MID, 4);
    hold_as(&mut desk, OTHER, Side::Buy, MID, 6);
    desk.fee = Quote(700);
    let order = Order { reduce_only: true, ..desk.order(LINEAR, Side::Sell, MID, 7) };
    let decision = submit_as(&mut desk, StrategyId(0), order);
    let DecisionKind::Submit(order) = decision.what else { panic!("{decision:?}") };
    desk.fill(order.client_order_id, MID, 7);
    let purse = |place: usize| &desk.risk.traders[place].purse;
    assert_eq!([0, 1, 2].map(|place| purse(place).qty(LINEAR)), [0, 0, 3]);
    desk.risk.refresh();
    let made = |place: usize| desk.risk.traders[place].purse.equity - i128::from(Quote::whole(1_000_000).0);
    assert_eq!([0, 1, 2].map(made), [0, -400, -300], "each its part of the fee");
}

#[test]
fn what_a_venue_keeps_of_the_coins_is_off_its_payers_share_and_costs_its_worth_once() {
    let mut desk = Desk::with(wide(), 10_000, 10, |_| {});
    hold_as(&mut desk, OTHER, Side::Buy, MID, 100);
    desk.fee = desk.instruments.get(LINEAR).notional(Ticks(MID), Lots(3)).unwrap();
    hold_as(&mut desk, US, Side::Buy, MID, 10);
    let closeout =
        Closeout { cause: closeout::Cause::CoinFee, trade_id: 2, px: Ticks(MID), qty: Lots(3), fee: Quote(0) };
    let of_order = ClientOrderId::new(US.0, desk.terms().epoch, 1);
    desk.risk.review(desk.now, false);
    let equity = desk.risk.equity();
    desk.reply_on(LINEAR, of_order, ReplyKind::ClosedOut { side: Side::Sell, closeout });
    desk.risk.review(desk.now, false);
    let held = [US, OTHER].map(|strategy| desk.risk.traders[usize::from(strategy.0)].purse.qty(LINEAR));
    assert_eq!((held, desk.risk.portfolio().qty(LINEAR)), ([7, 100], 107));
    assert_eq!(desk.risk.equity(), equity, "its worth was told as the fee");
}

#[test]
fn funding_is_of_those_who_hold_and_a_fee_of_who_ordered() {
    let mut desk = Desk::new(wide());
    hold_as(&mut desk, US, Side::Buy, MID, 30);
    hold_as(&mut desk, OTHER, Side::Sell, MID, 10);
    let dollars = desk.instruments.asset(desk.instruments.get(LINEAR).settlement()).expect("of the run");
    let paid = |kind, amount| ReplyKind::Paid(Payment { kind, asset: dollars, amount: Quote(amount) });
    desk.reply_on(LINEAR, ClientOrderId::default(), paid(PaymentKind::Funding, -101));
    desk.risk.refresh();
    let made =
        |desk: &Desk, place: usize| desk.risk.traders[place].purse.equity - i128::from(Quote::whole(1_000_000).0);
    assert_eq!(
        [0, 1, 2].map(|place| made(&desk, place)),
        [0, -101, 0],
        "the account is long: who is long pays, by nobody's net"
    );
    let id = desk.buy(LINEAR, MID - 5, 1).unwrap();
    desk.reply_on(LINEAR, id, paid(PaymentKind::Fee, -7));
    desk.reply_on(LINEAR, ClientOrderId::default(), paid(PaymentKind::Interest, -9));
    desk.risk.refresh();
    assert_eq!([0, 1, 2].map(|place| made(&desk, place)), [-9, -108, 0]);
}

/// Funding that is told late meets a net of a lot, or of none.
#[test]
fn funding_is_never_more_than_was_paid_for_anybody() {
    for (sold, want) in [(1, [0, -80, 0, -21]), (2, [0, -80, 0, -21]), (5, [-101, 0, 0, 0]), (7, [0, 0, -101, 0])] {
        let mut desk = Desk::new(wide());
        let third = StrategyId(3);
        for (strategy, side, qty) in [(US, Side::Buy, 8), (third, Side::Buy, 2), (OTHER, Side::Sell, 5 + sold)] {
            hold_as(&mut desk, strategy, side, MID, qty);
        }
        let dollars = desk.instruments.asset(desk.instruments.get(LINEAR).settlement()).expect("of the run");
        let payment = Payment { kind: PaymentKind::Funding, asset: dollars, amount: Quote(-101) };
        desk.reply_on(LINEAR, ClientOrderId::default(), ReplyKind::Paid(payment));
        desk.risk.refresh();
        let start = i128::from(Quote::whole(1_000_000).0);
        let made = [0, 1, 2, 3].map(|place: usize| desk.risk.traders[place].purse.equity - start);
        assert_eq!(made, want, "a net of {}", 5 - sold);
    }
}

#[test]
fn what_the_account_held_before_the_run_is_no_strategys_loss() {
    let mut desk = Desk::new(wide());
    let opening = Opening { qty: Lots(50), avg_px_milliticks: MID * 1_000 };
    desk.reply_on(LINEAR, ClientOrderId::default(), ReplyKind::Opened(opening));
    hold_as(&mut desk, US, Side::Buy, MID, 10);
    desk.top(LINEAR, MID - 1_001, MID - 999); // 100 dollars of the price: a tenth of one each lot
    desk.risk.refresh();
    let start = i128::from(Quote::whole(1_000_000).0);
    let made = [0, 1].map(|place: usize| desk.risk.traders[place].purse.equity - start);
    assert_eq!(made, [-5, -1].map(|dollars| dollars * i128::from(Quote::ONE)));
    assert_eq!(desk.risk.portfolio().equity() - start, made[0] + made[1]);
}

#[test]
fn what_was_adopted_for_a_strategy_is_its_own_and_gone_when_it_leaves_it() {
    for side in [Side::Buy, Side::Sell] {
        let mut desk = Desk::with(Limits { strategy_loss_reduce_bps: 200, ..wide() }, 10_000, 10, |_| {});
        desk.is_watched = true;
        desk.risk.review(desk.now, false);
        let opening = Opening { qty: Lots(100 * side.sign()), avg_px_milliticks: MID * 1_000 };
        desk.reply_on(LINEAR, ClientOrderId::new(US.0, 0, 0), ReplyKind::Opened(opening));
        let held = |desk: &Desk| [0, 1, 2].map(|place: usize| desk.risk.traders[place].purse.qty(LINEAR));
        assert_eq!(held(&desk), [0, 100 * side.sign(), 0], "{side:?}");
        for (ticks, state) in [(19_000, Active), (21_000, Reducing)] {
            let mid = MID - side.sign() * ticks; // of ten dollars each in all: 200 are its limit
            desk.top(LINEAR, mid - 1, mid + 1);
            assert_eq!(
                desk.risk.state_of(Scope::Strategy(US)),
                state,
                "{side:?}: its loss is limited, as of what it bought"
            );
        }
        let order = desk.order(LINEAR, side.opposite(), MID - side.sign() * 21_000, 100);
        let id = desk.submit(order).expect("it reduces");
        desk.fill(id, order.px.0, 100);
        assert_eq!((held(&desk), desk.risk.portfolio().qty(LINEAR)), ([0, 0, 0], 0), "{side:?}: no shadow is left");
    }
}

#[test]
fn shares_sum_to_what_the_account_made() {
    let mut shared = 0;
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.step();
            let order = world.order();
            let strategy = *world.random.pick(&[US, OTHER, StrategyId(3)]);
            submit_as(&mut world.desk, strategy, order);
        }
        let risk = &mut world.desk.risk;
        risk.refresh();
        let start = i128::from(risk.portfolio().equity_start().0);
        let made: i128 = risk.traders.iter().map(|trader| trader.purse.equity - start).sum();
        let parts = [LINEAR, SPOT].map(|id| risk.holders.of[id.index()].len()).iter().sum::<usize>();
        shared += usize::from(parts > 2);
        // Each part is rounded down by itself, in up to three places.
        assert!((risk.portfolio().equity() - start - made).abs() <= 12 * 3, "seed {seed}: {made}");
        for id in (0..4).map(InstrumentId) {
            let held: i64 = risk.traders.iter().map(|trader| trader.purse.qty(id)).sum();
            assert_eq!(held, risk.portfolio().qty(id), "seed {seed}");
        }
    }
    assert!(shared > 60, "only {shared} worlds shared an instrument");
}
