//! What is changed of an order while it is held on our side.

use super::*;
use crate::risk::Outside;
use crate::risk::test_desk::{Desk, wide};
use crate::test_instruments::LINEAR;
use engine_model::intent::{Change, Intent, IntentKind};
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::units::Ticks;

const MID: i64 = 600_000;

/// A stop that buys ten lots, held.
fn held(desk: &mut Desk) -> Order {
    let stop =
        Order { order_type: OrderType::StopMarket, trigger_px: Ticks(MID + 9), ..desk.order(LINEAR, Side::Buy, 0, 10) };
    assert!(matches!(desk.ask(IntentKind::Hold(stop)).what, DecisionKind::Hold(_)));
    stop
}

fn to(order: &Order, px: i64, qty: i64) -> IntentKind {
    IntentKind::Modify(Change { client_order_id: order.client_order_id, px: Ticks(px), qty: Lots(qty) })
}

/// Price and quantity as execution, risk and the last report have them.
fn terms(desk: &Desk, id: ClientOrderId) -> [(i64, i64); 2] {
    let row = desk.clerk.orders().get(id).expect("known");
    let told = desk.entries.iter().rev().find_map(|entry| match entry {
        crate::risk::test_desk::Entry::Report(report) if report.client_order_id == id => Some(report),
        _ => None,
    });
    let told = told.expect("told");
    [(row.px.0, row.qty.0), (told.px.0, told.qty.0)]
}

#[test]
fn a_change_of_a_held_order_is_told_and_asks_no_venue() {
    let mut desk = Desk::new(wide());
    let stop = held(&mut desk);
    let id = stop.client_order_id;
    let change = desk.ask(to(&stop, MID + 20, 6));
    assert!(matches!(change.what, DecisionKind::Modify(_)));
    assert_eq!(terms(&desk, id), [(MID + 20, 6); 2]);
    let row = *desk.clerk.orders().get(id).unwrap();
    assert_eq!((row.status, row.is_held, row.is_changing()), (OrderStatus::Emulated, true, false));
    // Neither what bars orders from leaving nor a full ring is in its way.
    let again = Decision { what: change.what, ..change };
    let outcome = desk.clerk.on_decision(&again, desk.now, Some(Refusal::new(Check::Killed, 1, 0)));
    assert_eq!((outcome.request, outcome.reports[0].unwrap().event), (None, OrderEvent::Updated));
    assert!(desk.risk.exposure().working(LINEAR).is_none(), "it weighs nothing");
    // More than was judged, another's, or after its end: the desk would be wrong, and risk says so.
    for (qty, strategy) in [(7, StrategyId(1)), (5, StrategyId(2))] {
        let intent =
            Intent { strategy, seen: *desk.risk.seen(), caused_at_ns: desk.now, what: to(&stop, MID + 20, qty) };
        assert!(matches!(desk.ask_for(intent).what, DecisionKind::Denied(_)), "{qty}");
    }
    desk.reply(id, ReplyKind::Updated { px: Ticks(MID), qty: Lots(50) });
    assert_eq!(terms(&desk, id), [(MID + 20, 6); 2], "no venue has it to change");
    desk.cancel(id);
    assert!(matches!(desk.ask(to(&stop, MID + 20, 5)).what, DecisionKind::Denied(_)));
}

#[test]
fn a_change_that_is_told_behind_its_release_changes_nothing_any_more() {
    let mut desk = Desk::new(wide());
    let stop = held(&mut desk);
    let id = stop.client_order_id;
    let seen = *desk.risk.seen();
    let wish = |what| Intent { strategy: StrategyId(1), seen, caused_at_ns: Nanos(0), what };
    let market = Order { order_type: OrderType::Market, trigger_px: Ticks(0), qty: Lots(6), ..stop };
    desk.limit(|limits| limits.market_collar_bps = 50);
    let (now, outside) = (desk.now, Outside::default());
    // Risk decides on both before it hears of either.
    let change = desk.risk.judge(&wish(to(&stop, MID + 20, 6)), now, outside);
    let release = desk.risk.judge(&wish(IntentKind::Release(market)), now, outside);
    assert!(matches!(release.what, DecisionKind::Release(_)), "{release:?}");
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 6);
    desk.carry_out(&change);
    desk.carry_out(&release);
    let collar = MID + MID / 200;
    assert_eq!(terms(&desk, id), [(collar, 6); 2]);
    desk.reply(id, ReplyKind::Accepted);
    desk.fill(id, MID, 6);
    assert!(desk.risk.exposure().working(LINEAR).is_none());
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 6);
}
