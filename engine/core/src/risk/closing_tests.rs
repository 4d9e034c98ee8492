//! Closing what is held: in steps, past what holds up others, and called off by nobody but whoever lets trade again.

use super::test_desk::{Desk, US, wide};
use super::tests::{LOT, MID, SIDES};
use super::*;
use crate::test_instruments::{INVERSE, LINEAR};
use engine_model::command::CommandKind;
use engine_model::limit::Limits;
use engine_model::market::Side;
use engine_model::order::OrderStatus;
use engine_model::refusal::Check;
use engine_model::venue::{RejectReason, ReplyKind};

#[test]
fn what_is_closed_is_closed_in_steps_that_pass_every_check_and_only_reduce() {
    let limits = Limits { market_collar_bps: 50, order_notional_max: Quote(4 * LOT), ..wide() };
    for side in SIDES {
        let mut desk = Desk::with(Limits { order_notional_max: Quote(i64::MAX), ..limits }, 10_000, 10, |_| {});
        desk.hold(LINEAR, side, MID, 10);
        desk.hold(INVERSE, side.opposite(), MID, 2);
        desk.risk.set_limits(limits);
        let resting = desk.submit(desk.order(LINEAR, side, MID - 90 * side.sign(), 1)).unwrap();
        desk.command(CommandKind::Flatten);
        assert_eq!(desk.clerk.orders().get(resting).unwrap().status, OrderStatus::PendingCancel);
        desk.reply(resting, ReplyKind::Canceled);
        let mut sizes = Vec::new();
        for _ in 0..20 {
            desk.wait(Nanos::SECOND / 2);
            while let Some(wish) = desk.risk.next_closing(desk.now) {
                assert_eq!(wish.strategy, StrategyId(0));
                let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
                assert!(order.reduce_only && order.qty.0 > 0);
                sizes.push(order.qty.0);
                desk.fill(order.client_order_id, order.px.0, order.qty.0);
            }
        }
        assert_eq!(desk.risk.portfolio().qty(LINEAR), 0, "{sizes:?}");
        assert_eq!(desk.risk.portfolio().qty(INVERSE), 0, "{sizes:?}");
        assert!(sizes.len() >= 5, "no step is larger than an order may be: {sizes:?}");
        assert!(desk.buy(LINEAR, MID, 1).is_err(), "nobody else passes");
        desk.state(TradingState::Active);
        assert!(!desk.risk.is_flattening());
    }
}

#[test]
fn what_closes_is_held_up_neither_by_its_own_like_nor_by_orders_that_stand() {
    let tight = Limits {
        market_collar_bps: 50,
        order_notional_max: Quote(4 * LOT),
        duplicate_window_ns: 60 * Nanos::SECOND,
        open_orders_instrument_max: 1,
        open_orders_venue_max: 1,
        open_orders_max: 1,
        ..wide()
    };
    for side in SIDES {
        let mut desk = Desk::with(wide(), 10_000, 3, |_| {});
        desk.hold(LINEAR, side, MID, 10);
        // Its withdrawal is not answered: it stands where the closing orders will go.
        desk.submit(desk.order(LINEAR, side, MID - 90 * side.sign(), 1)).unwrap();
        desk.risk.set_limits(tight);
        desk.command(CommandKind::Flatten);
        let mut sizes = Vec::new();
        for _ in 0..10 {
            desk.wait(Nanos::SECOND / 2);
            let Some(wish) = desk.risk.next_closing(desk.now) else { continue };
            let order = match desk.ask_for(wish).what {
                DecisionKind::Submit(order) => order,
                other => panic!("{side:?} after {sizes:?}: {other:?}"),
            };
            sizes.push(order.qty.0);
            desk.fill(order.client_order_id, order.px.0, order.qty.0);
        }
        assert_eq!(sizes.iter().sum::<i64>(), 10, "{sizes:?}");
        assert!(sizes.len() >= 3 && sizes[0] == sizes[1], "equal steps: {sizes:?}");
    }
    // The table has its end for these, too.
    let mut desk = Desk::with(Limits { market_collar_bps: 50, ..wide() }, 10_000, 1, |_| {});
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.buy(LINEAR, MID - 90, 1).unwrap();
    desk.command(CommandKind::Flatten);
    let wish = desk.risk.next_closing(desk.now).unwrap();
    let DecisionKind::Denied(denial) = desk.ask_for(wish).what else { panic!("there is no row") };
    assert_eq!(denial.breaches.iter().collect::<Vec<_>>(), [Check::OpenOrders]);
}

#[test]
fn what_stands_on_the_closing_side_holds_up_its_own_lots_alone_and_not_for_long() {
    for side in SIDES {
        let mut desk = Desk::with(Limits { market_collar_bps: 50, ..wide() }, 1_000_000, 10, |_| {});
        desk.hold(LINEAR, side, MID, 10);
        let resting = desk.submit(desk.order(LINEAR, side.opposite(), MID + 90 * side.sign(), 1)).unwrap();
        desk.reply(resting, ReplyKind::Accepted);
        desk.command(CommandKind::Flatten);
        assert_eq!(desk.risk.next_closing(desk.now), None, "{side:?}: its withdrawal has a moment to come back");
        desk.reply(resting, ReplyKind::CancelRejected(RejectReason::NotAllowed));
        desk.wait(Nanos::SECOND);
        let wish = desk.risk.next_closing(desk.now).expect("nine lots are in nobody's way");
        let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
        assert_eq!((order.side, order.qty.0, order.reduce_only), (side.opposite(), 9, true));
        for _ in 0..10 {
            desk.wait(Nanos::SECOND);
            assert_eq!(desk.risk.next_closing(desk.now), None, "{side:?}: all of it is on its way");
        }
        desk.fill(order.client_order_id, order.px.0, 9);
        desk.wait(Nanos::SECOND);
        assert_eq!(desk.risk.next_closing(desk.now), None, "{side:?}: what stands may fill the last one");
        desk.reply(resting, ReplyKind::Canceled);
        let wish = desk.risk.next_closing(desk.now).expect("the last one");
        let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
        desk.fill(order.client_order_id, order.px.0, order.qty.0);
        assert_eq!((order.qty.0, desk.risk.portfolio().qty(LINEAR)), (1, 0));
    }
}

#[test]
fn who_asks_for_reducing_never_loosens_what_is_halted() {
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, Side::Buy, MID, 1);
    let venue = Scope::Venue(desk.instruments.get(LINEAR).venue);
    for scope in [Scope::Whole, Scope::Strategy(US), venue, Scope::Instrument(LINEAR)] {
        let set = |desk: &mut Desk, state| {
            desk.command(CommandKind::SetTradingState { scope, state });
            let said = desk.entries.iter().rev().find_map(|entry| match entry {
                test_desk::Entry::Decision(decision) => decision.sets(),
                _ => None,
            });
            (desk.risk.state_of(scope), said.unwrap().1)
        };
        let [active, reducing, halted] = TradingState::ALL;
        for (asked, became) in [(reducing, reducing), (halted, halted), (reducing, halted), (active, active)] {
            assert_eq!(set(&mut desk, asked), (became, became), "{scope:?}: {asked:?}");
        }
    }
    desk.command(CommandKind::Flatten);
    desk.state(TradingState::Reducing);
    assert!(desk.risk.is_flattening(), "a pause behind an emergency stop ends nothing");
}
