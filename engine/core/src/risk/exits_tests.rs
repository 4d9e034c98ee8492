//! A way out is not barred by what bounds a way in: not by its size, not by a warm-up, not by quotes of our own; and what is
//! held to be let go later is refused when it is taken, not when it is needed.

use super::test_desk::{Desk, US, wide};
use super::tests::{LOT, MID, SIDES, breaches};
use super::*;
use crate::test_instruments::LINEAR;
use engine_model::command::CommandKind;
use engine_model::intent::IntentKind;
use engine_model::limit::Limits;
use engine_model::market::Side;
use engine_model::order::{OffsetUnit, Order, OrderType, TimeInForce};
use engine_model::refusal::Check;
use engine_model::units::{Lots, Ticks};

/// One order may be of so many lots.
const MOST: i64 = 8;

fn tight() -> Limits {
    Limits {
        order_notional_max: Quote(MOST * LOT + LOT / 2),
        batch_notional_max: Quote(MOST * LOT + LOT / 2),
        order_qty_max_lots: MOST,
        market_collar_bps: 50,
        market_collar_others_bps: 50,
        ..wide()
    }
}

/// With a position of three such orders.
fn held(side: Side) -> Desk {
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, side, MID, 3 * MOST);
    desk.wait(2 * Nanos::SECOND);
    desk.top(LINEAR, MID - 1, MID + 1);
    desk.risk.set_limits(tight());
    desk
}

#[test]
fn what_only_reduces_may_be_as_large_as_what_it_reduces_and_not_one_lot_larger() {
    let too_large = [Check::OrderQtyMax, Check::OrderNotionalMax, Check::BatchNotional];
    for side in SIDES {
        let mut desk = held(side);
        let order = |desk: &Desk, side: Side, qty| desk.order(LINEAR, side, MID, qty);
        let out = order(&desk, side.opposite(), 3 * MOST);
        assert_eq!(breaches(&mut desk, &out), [], "{side:?}");
        let mut desk = held(side);
        let through = order(&desk, side.opposite(), 3 * MOST + 1);
        assert_eq!(breaches(&mut desk, &through), too_large, "{side:?}: through flat it is a new position");
        let mut desk = held(side);
        let more = order(&desk, side, MOST + 1);
        assert_eq!(breaches(&mut desk, &more), too_large, "{side:?}");
    }
}

#[test]
fn a_warm_up_does_not_bar_the_way_out() {
    for side in SIDES {
        let mut desk = Desk::new(wide());
        desk.hold(LINEAR, side, MID, MOST);
        desk.wait(2 * Nanos::SECOND);
        desk.top(LINEAR, MID - 1, MID + 1);
        desk.risk.set_limits(Limits { warm_up_ns: 600 * Nanos::SECOND, warm_up_pct: 25, ..tight() });
        desk.state(TradingState::Halted);
        desk.state(TradingState::Active);
        let more = desk.order(LINEAR, side, MID, MOST / 4 + 1);
        assert!(breaches(&mut desk, &more).contains(&Check::OrderNotionalMax), "{side:?}: it is one");
        let out = desk.market_order(LINEAR, side.opposite(), MOST);
        assert_eq!(breaches(&mut desk, &out), [], "{side:?}");
    }
}

#[test]
fn a_stop_is_not_barred_by_a_quote_of_ours_and_one_that_would_rest_is() {
    for side in SIDES {
        let mut desk = held(side);
        // Another strategy makes a market there.
        let quote = desk.order(LINEAR, side, MID + side.sign(), 1);
        desk.submit(Order { px: Ticks(MID - side.sign()), ..quote }).unwrap();
        let out = desk.market_order(LINEAR, side.opposite(), 2 * MOST);
        assert_eq!(breaches(&mut desk, &out), [], "{side:?}");
        let mut desk = held(side);
        desk.submit(Order { px: Ticks(MID - side.sign()), ..quote }).unwrap();
        let rests = desk.order(LINEAR, side.opposite(), MID - side.sign(), 1);
        assert_eq!(breaches(&mut desk, &rests), [Check::SelfMatch], "{side:?}");
        let grows =
            Order { time_in_force: TimeInForce::Ioc, ..desk.order(LINEAR, side.opposite(), MID - side.sign(), 1) };
        let mut flat = Desk::new(wide());
        let client_order_id = flat.risk.next_id(US);
        flat.submit(Order { client_order_id, px: Ticks(MID - side.sign()), ..quote }).unwrap();
        let grows = Order { client_order_id: flat.risk.next_id(US), ..grows };
        assert_eq!(breaches(&mut flat, &grows), [Check::SelfMatch], "{side:?}");
    }
}

#[test]
fn what_risk_closes_waits_for_no_clock_of_the_venue() {
    for side in SIDES {
        let mut desk = Desk::new(Limits { clock_skew_max_ns: Nanos::SECOND, market_collar_bps: 50, ..wide() });
        desk.hold(LINEAR, side, MID, 5);
        desk.wait(20 * Nanos::SECOND);
        desk.venue_is_ahead_ns = 2_000_000_000;
        desk.top(LINEAR, MID - 1, MID + 1);
        let out = desk.order(LINEAR, side.opposite(), MID, 1);
        assert_eq!(breaches(&mut desk, &out), [Check::ClockSkew], "{side:?}: it is off");
        desk.command(CommandKind::Flatten);
        let wish = desk.risk.next_closing(desk.now).expect("there is something to close");
        let decision = desk.ask_for(wish).what;
        assert!(matches!(decision, DecisionKind::Submit(_)), "{side:?}: {decision:?}");
    }
}

fn hold(desk: &mut Desk, order: Order) -> Vec<Check> {
    match desk.ask(IntentKind::Hold(order)).what {
        DecisionKind::Hold(_) => Vec::new(),
        DecisionKind::Denied(denial) => denial.breaches.iter().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stop_that_could_not_leave_when_it_is_pulled_is_refused_when_it_is_taken() {
    for side in SIDES {
        let limits = Limits { price_collar_bps: 200, price_collar_others_bps: 200, ..tight() };
        let trigger = MID - 1_000 * side.sign();
        let collar = trigger / 50;
        for (off, want) in [(0, &[][..]), (1, &[Check::PriceCollar][..])] {
            let mut desk = held(side);
            desk.risk.set_limits(limits);
            let px = Ticks(trigger - (collar + off) * side.sign());
            let order = desk.order(LINEAR, side.opposite(), px.0, MOST);
            let stop = Order { order_type: OrderType::StopLimit, trigger_px: Ticks(trigger), px, ..order };
            assert_eq!(hold(&mut desk, stop), want, "{side:?} {off}");
            let trails = Order { order_type: OrderType::TrailingStopLimit, px: Ticks(0), trailing_offset: 50, ..order };
            let bps = Order { offset_unit: OffsetUnit::Bps, limit_offset: 200 + off as u32, ..trails };
            let bps = Order { client_order_id: desk.risk.next_id(US), ..bps };
            assert_eq!(hold(&mut desk, bps), want, "{side:?} {off}");
            let ticks = (MID / 50 + off) as u32;
            let ticks = Order { offset_unit: OffsetUnit::Ticks, limit_offset: ticks, ..trails };
            let ticks = Order { client_order_id: desk.risk.next_id(US), ..ticks };
            assert_eq!(hold(&mut desk, ticks), want, "{side:?} {off}");
        }
    }
}

#[test]
fn a_stop_behind_a_whole_position_is_taken_and_let_go_whatever_an_order_may_be_worth() {
    for side in SIDES {
        let mut desk = held(side);
        let trigger_px = Ticks(MID - 9 * side.sign());
        let stop =
            Order { order_type: OrderType::StopMarket, trigger_px, ..desk.order(LINEAR, side.opposite(), 0, 3 * MOST) };
        assert_eq!(hold(&mut desk, stop), [], "{side:?}");
        let let_go = Order { order_type: OrderType::Market, trigger_px: Ticks(0), ..stop };
        let decision = desk.ask(IntentKind::Release(let_go)).what;
        assert!(matches!(decision, DecisionKind::Release(_)), "{side:?}: {decision:?}");
        // One that would open a position is as large as any order that does.
        let mut flat = Desk::new(tight());
        let entry = Order { qty: Lots(MOST + 1), client_order_id: flat.risk.next_id(US), ..stop };
        assert_eq!(hold(&mut flat, entry), [Check::OrderQtyMax, Check::OrderNotionalMax], "{side:?}");
    }
}
