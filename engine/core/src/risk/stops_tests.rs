//! Stops that wait at a venue: what they weigh, against what they are held, and what a pull of them changes.

use super::test_desk::{Desk, wide};
use super::tests::MID;
use super::*;
use crate::risk::exposure::Working;
use crate::test_instruments::LINEAR;
use engine_model::intent::{Change, IntentKind};
use engine_model::market::Side;
use engine_model::order::{Order, OrderStatus, OrderType};
use engine_model::refusal::Check;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{ReplyKind, VenueId};

/// At a venue that holds stops.
fn desk(limits: Limits) -> Desk {
    Desk::with(limits, 1_000_000, 100, |instrument| instrument.venue = VenueId::Bybit)
}

fn stop(desk: &Desk, side: Side, trigger: i64, qty: i64) -> Order {
    let order_type = OrderType::StopMarket;
    Order { order_type, trigger_px: Ticks(trigger), ..desk.order(LINEAR, side, 0, qty) }
}

fn exit(order: Order) -> Order {
    Order { reduce_only: true, ..order }
}

fn working(desk: &Desk) -> Working {
    desk.risk.exposure().working(LINEAR)
}

#[test]
fn one_that_may_open_weighs_what_it_could_fill_and_one_that_may_only_reduce_weighs_nothing() {
    let mut desk = desk(wide());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let target = exit(desk.order(LINEAR, Side::Sell, MID + 1_000, 10));
    desk.submit(target).expect("reduces");
    let protects = desk.submit(exit(stop(&desk, Side::Sell, MID - 9_000, 10))).expect("opens nothing, whatever works");
    assert_eq!(working(&desk), Working { buys: 0, sells: 10 });
    let opens = desk.submit(stop(&desk, Side::Buy, MID + 9_000, 7)).expect("within limits");
    assert_eq!(working(&desk), Working { buys: 7, sells: 10 });
    for id in [protects, opens] {
        desk.reply(id, ReplyKind::Accepted);
        desk.reply(id, ReplyKind::Triggered);
        assert_eq!(desk.clerk.orders().get(id).expect("open").status, OrderStatus::Triggered);
    }
    assert_eq!(working(&desk), Working { buys: 7, sells: 10 }, "a pull changes nothing of that");
    desk.fill(protects, MID - 9_000, 4);
    assert_eq!((working(&desk), desk.risk.portfolio().qty(LINEAR)), (Working { buys: 7, sells: 10 }, 6));
    desk.fill(protects, MID - 9_000, 6);
    desk.fill(opens, MID + 9_000, 2);
    desk.reply(opens, ReplyKind::Canceled);
    assert_eq!((working(&desk), desk.risk.portfolio().qty(LINEAR)), (Working { buys: 0, sells: 10 }, 2));
}

#[test]
fn it_is_held_against_its_trigger_and_not_against_the_market_it_waits_away_from() {
    let mut desk = desk(Limits { price_collar_bps: 200, ..wide() });
    desk.submit(stop(&desk, Side::Sell, MID * 9 / 10, 1)).expect("a limit there would be ten percent through");
    let limited = |desk: &Desk, px| Order {
        order_type: OrderType::StopLimit,
        px: Ticks(px),
        ..stop(desk, Side::Buy, MID * 11 / 10, 1)
    };
    desk.submit(limited(&desk, MID * 11 / 10 + 13_200)).expect("two percent beyond its trigger");
    let refused = desk.submit(limited(&desk, MID * 11 / 10 + 13_201));
    assert_eq!(refused.map_err(|no| no.check), Err(Check::PriceCollar));
    let too_large = stop(&desk, Side::Sell, MID - 100, 1_000);
    desk.limit(|limits| limits.order_notional_max = Quote::whole(100));
    assert_eq!(desk.submit(too_large).map_err(|no| no.check), Err(Check::OrderNotionalMax));
}

#[test]
fn it_is_met_by_no_order_of_ours_before_it_is_pulled() {
    let mut desk = desk(wide());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let waits =
        Order { order_type: OrderType::StopLimit, px: Ticks(MID - 5_000), ..stop(&desk, Side::Sell, MID - 4_000, 1) };
    let waits = desk.submit(waits).expect("within limits");
    let beside = desk.buy(LINEAR, MID - 1_000, 1).expect("above its limit, and it is in no book");
    desk.cancel(beside);
    desk.reply(beside, ReplyKind::Canceled);
    desk.reply(waits, ReplyKind::Accepted);
    desk.reply(waits, ReplyKind::Triggered);
    assert_eq!(desk.buy(LINEAR, MID - 1_000, 1).map_err(|no| no.check), Err(Check::SelfMatch));
}

#[test]
fn a_change_of_its_size_or_trigger_is_judged_as_one_of_a_stop() {
    let mut desk = desk(Limits { price_collar_bps: 200, ..wide() });
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let id = desk.submit(exit(stop(&desk, Side::Sell, MID * 9 / 10, 4))).expect("reduces");
    desk.reply(id, ReplyKind::Accepted);
    for (px, qty) in [(MID * 9 / 10, 10), (MID * 8 / 10, 10), (MID * 8 / 10, 3)] {
        let change = Change { client_order_id: id, px: Ticks(px), qty: Lots(qty) };
        let decision = desk.ask(IntentKind::Modify(change)).what;
        assert!(matches!(decision, DecisionKind::Modify(_)), "{decision:?}");
        desk.reply(id, ReplyKind::Updated { px: Ticks(px), qty: Lots(qty) });
        assert_eq!(working(&desk), Working { buys: 0, sells: 0 });
    }
}

#[test]
fn a_pull_that_crosses_a_wish_to_cancel_is_no_step_of_its_life() {
    let mut desk = desk(wide());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let id = desk.submit(exit(stop(&desk, Side::Sell, MID - 9_000, 10))).expect("reduces");
    desk.reply(id, ReplyKind::Accepted);
    desk.cancel(id);
    desk.reply(id, ReplyKind::Triggered);
    assert_eq!(desk.clerk.orders().get(id).expect("open").status, OrderStatus::PendingCancel);
    assert_eq!(desk.clerk.anomalies().count(crate::execution::Anomaly::CrossedCancel), 1);
    desk.fill(id, MID - 9_000, 10);
    assert!(desk.clerk.orders().get_open(id).is_none());
}
