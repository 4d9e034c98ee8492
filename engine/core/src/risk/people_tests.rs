//! What people set while a run lasts: limits, and the modes of strategies.

use super::test_desk::{Desk, US, wide};
use super::tests::{MID, breaches};
use super::*;
use crate::test_instruments::LINEAR;
use engine_model::command::CommandKind;
use engine_model::intent::{Intent, IntentKind};
use engine_model::limit::Limits;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType};
use engine_model::refusal::Check;
use engine_model::steer::Steer;
use engine_model::units::{Lots, Ticks};

#[test]
fn a_limit_is_set_while_the_run_lasts_for_all_and_is_never_looser_than_at_its_start() {
    let limits = Limits { order_notional_max: Quote::whole(1_000), warm_up_ns: 0, ..wide() };
    let mut desk = Desk::new(limits);
    let place = |key: &str| Limits::TABLE.iter().position(|row| row.key == key).unwrap() as u8;
    let largest = place("order_notional_max_usd");
    let set = |desk: &mut Desk, usd: i64| {
        desk.command(CommandKind::SetLimit { limit: largest, value: Quote::whole(usd).0 });
        Limits::TABLE[usize::from(largest)].get(desk.risk.limits()) / Quote::ONE
    };
    let lot_usd = desk.instruments.get(LINEAR).notional(Ticks(MID), Lots(1)).unwrap().0 / Quote::ONE;
    let most = |desk: &mut Desk, usd: i64| {
        let order = desk.order(LINEAR, Side::Buy, MID, usd / lot_usd);
        breaches(desk, &order)
    };
    assert_eq!(most(&mut desk, 900), []);
    assert_eq!(set(&mut desk, 500), 500);
    assert_eq!(most(&mut desk, 900), [Check::OrderNotionalMax]);
    assert_eq!(most(&mut desk, 400), []);
    assert_eq!(set(&mut desk, 5_000), 1_000, "back to where it began, and no further");
    assert_eq!(most(&mut desk, 950), []);
    assert_eq!(most(&mut desk, 1_200), [Check::OrderNotionalMax]);
    let before = *desk.risk.limits();
    desk.command(CommandKind::SetLimit { limit: place("stop_trailing_bps"), value: 1 });
    desk.command(CommandKind::SetLimit { limit: u8::MAX, value: 1 });
    assert_eq!(*desk.risk.limits(), before, "what stands while a run lasts, and what there is none of");
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.command(CommandKind::SetLimit { limit: place("drawdown_max_bps"), value: 0 });
    desk.top(LINEAR, MID - 11, MID - 9);
    desk.command(CommandKind::CancelAll); // each command begins with a look at the losses
    assert_eq!(desk.risk.trading_state(), TradingState::Halted, "losses are held against it at once");
}

#[test]
pub(super) fn who_is_paused_may_reduce_and_who_is_stopped_may_nothing() {
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let steer = |what| CommandKind::Steer { strategy: US, what };
    let mut said = |what, side, qty| {
        desk.command(steer(what));
        let order = desk.order(LINEAR, side, if side == Side::Buy { MID - 5 } else { MID + 5 }, qty);
        let found = breaches(&mut desk, &order);
        desk.command(CommandKind::CancelAll);
        found
    };
    assert_eq!(said(Steer::Pause, Side::Buy, 1), [Check::StrategyPaused]);
    assert_eq!(said(Steer::Pause, Side::Sell, 11), [Check::StrategyPaused], "through flat is no way out");
    assert_eq!(said(Steer::Pause, Side::Sell, 10), []);
    assert_eq!(said(Steer::Stop, Side::Sell, 1), [Check::StrategyStopped]);
    assert_eq!(said(Steer::Start, Side::Buy, 1), []);
    assert_eq!(said(Steer::Set { param: 0, value: 1, is_last: true }, Side::Buy, 2), [], "a parameter is no mode");
    // Another strategy goes on, and so do a stopped one's cancels and what risk closes.
    desk.command(steer(Steer::Stop));
    let other = StrategyId(2);
    let order = Order { client_order_id: desk.risk.next_id(other), ..desk.order(LINEAR, Side::Buy, MID - 7, 1) };
    let what = IntentKind::Submit(order);
    let decision = desk.ask_for(Intent { strategy: other, seen: *desk.risk.seen(), what, ..Intent::default() });
    assert!(matches!(decision.what, DecisionKind::Submit(_)), "{decision:?}");
    let held = Order {
        order_type: OrderType::StopMarket,
        trigger_px: Ticks(MID - 50),
        px: Ticks(0),
        ..desk.order(LINEAR, Side::Sell, 0, 1)
    };
    let decision = desk.ask(IntentKind::Hold(held));
    assert!(
        matches!(decision.what, DecisionKind::Denied(no) if no.refusal.check == Check::StrategyStopped),
        "{decision:?}"
    );
}
