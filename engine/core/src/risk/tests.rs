//! Every check at its limit and one unit to either side.

use super::test_desk::{Desk, EPOCH, US, wide};
use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT};
use engine_model::intent::IntentKind;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::Order;
use engine_model::refusal::{Check, Refusal};
use engine_model::units::Lots;

pub(super) const SIDES: [Side; 2] = [Side::Buy, Side::Sell];
/// One unit inside the limit, on it, one unit outside.
const AROUND: [i64; 3] = [-1, 0, 1];

/// What a judgement of `order` would find, changing nothing.
pub(super) fn breaches(desk: &mut Desk, order: &Order) -> Vec<Check> {
    let intent = IntentKind::Submit(*order);
    match desk.ask(intent).what {
        DecisionKind::Submit(_) => Vec::new(),
        DecisionKind::Denied(denial) => denial.breaches.iter().collect(),
        other => panic!("{other:?}"),
    }
}

/// Holds an order with `value = limit + off` against its check, on both sides: it and it alone says no beyond the limit.
pub(super) fn limit_of(check: Check, make: impl Fn(Side, i64) -> (Desk, Order)) {
    for side in SIDES {
        for off in AROUND {
            let (mut desk, order) = make(side, off);
            let want = if off > 0 { vec![check] } else { vec![] };
            assert_eq!(breaches(&mut desk, &order), want, "{check:?} {side:?} {off:+}");
        }
    }
}

/// 60,000.0 on LINEAR: a lot is worth 60 dollars there.
pub(super) const MID: i64 = 600_000;
pub(super) const LOT: i64 = 60 * Quote::ONE;

#[test]
pub(super) fn quantity_above_the_maximum() {
    limit_of(Check::OrderQtyMax, |side, off| {
        let desk = Desk::new(Limits { order_qty_max_lots: 100, ..wide() });
        let order = desk.order(LINEAR, side, MID, 100 + off);
        (desk, order)
    });
    limit_of(Check::OrderQtyMax, |side, off| {
        let desk = Desk::with(wide(), 1_000_000, 10, |instrument| instrument.max_qty = Lots(50));
        let order = desk.order(LINEAR, side, MID, 50 + off);
        (desk, order)
    });
}

#[test]
pub(super) fn quantity_below_the_minimum() {
    limit_of(Check::OrderQtyMin, |side, off| {
        let desk = Desk::with(wide(), 1_000_000, 10, |instrument| instrument.min_qty = Lots(50));
        let order = desk.order(LINEAR, side, MID, 50 - off);
        (desk, order)
    });
    for qty in [0, -1, i64::MIN] {
        let mut desk = Desk::with(wide(), 1_000_000, 10, |instrument| instrument.min_qty = Lots(0));
        let order = desk.order(LINEAR, Side::Buy, MID, qty);
        assert!(breaches(&mut desk, &order).contains(&Check::OrderQtyMin), "{qty}");
    }
}

#[test]
pub(super) fn value_below_the_minimum() {
    limit_of(Check::OrderNotionalMin, |side, off| {
        let desk = Desk::with(wide(), 1_000_000, 10, |instrument| instrument.min_notional = Quote(10 * LOT + off));
        let order = desk.order(LINEAR, side, MID, 10);
        (desk, order)
    });
    let mut desk = Desk::with(wide(), 1_000_000, 10, |instrument| instrument.min_notional = Quote(0));
    for id in [LINEAR, INVERSE] {
        for px in [0, -5] {
            let order = desk.order(id, Side::Buy, px, 10);
            assert_eq!(breaches(&mut desk, &order), [Check::OrderNotionalMin], "a price of nothing is worth nothing");
        }
    }
}

#[test]
pub(super) fn value_above_the_maximum() {
    limit_of(Check::OrderNotionalMax, |side, off| {
        let desk = Desk::new(Limits { order_notional_max: Quote(10 * LOT - off), ..wide() });
        let order = desk.order(LINEAR, side, MID, 10);
        (desk, order)
    });
}

#[test]
fn a_sale_below_the_mid_is_worth_what_it_will_fetch() {
    let desk = || Desk::new(Limits { order_notional_max: Quote(10 * LOT - 1), ..wide() });
    assert_eq!(desk().sell(LINEAR, MID - 1_000, 10).unwrap_err().check, Check::OrderNotionalMax);
    assert!(desk().buy(LINEAR, MID - 1_000, 10).is_err(), "a bid below it may be lifted by nobody, but the mid counts");
    assert!(desk().buy(LINEAR, MID - 1_000, 9).is_ok());
}

#[test]
fn price_beyond_the_collar() {
    limit_of(Check::PriceCollar, |side, off| {
        let desk = Desk::new(Limits { price_collar_bps: 200, ..wide() });
        let order = desk.order(LINEAR, side, MID + side.sign() * (12_000 + off), 1);
        (desk, order)
    });
    let mut desk = Desk::new(Limits { price_collar_bps: 0, ..wide() });
    assert!(desk.buy(LINEAR, MID - 300_000, 1).is_ok(), "far away on the patient side is no error");
    assert!(desk.sell(LINEAR, MID * 2, 1).is_ok());
}

#[test]
pub(super) fn price_too_old() {
    limit_of(Check::StalePrice, |side, off| {
        let mut desk = Desk::new(Limits { price_age_max_ns: 1_000, ..wide() });
        desk.wait(1_000u64.wrapping_add_signed(off));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
}

#[test]
pub(super) fn position_value_with_what_is_working() {
    limit_of(Check::PositionNotional, |side, off| {
        // 4 held, 3 working, 3 more: ten lots.
        let mut desk = Desk::new(Limits { position_notional_max: Quote(10 * LOT - off), ..wide() });
        desk.hold(LINEAR, side, MID, 4);
        assert!(desk.submit(desk.order(LINEAR, side, MID - 5 * side.sign(), 3)).is_ok());
        let order = desk.order(LINEAR, side, MID, 3);
        (desk, order)
    });
}

#[test]
pub(super) fn position_as_a_share_of_equity() {
    limit_of(Check::PositionShare, |side, off| {
        // Ten lots are 600 dollars: 5 % of 12,000. A fee takes the odd unit.
        let mut desk = Desk::with(Limits { position_share_max_bps: 500, ..wide() }, 12_000, 10, |_| {});
        desk.fee = Quote(off);
        desk.hold(SPOT, Side::Buy, 300_000, 20);
        let order = desk.order(LINEAR, side, MID, 10);
        (desk, order)
    });
}

#[test]
pub(super) fn leverage_over_all_instruments_at_their_worst() {
    limit_of(Check::Leverage, |side, off| {
        // 3 x 2,000 dollars: 3,000 of coin-margined contracts working, 60 of spot held, and of BTCUSDT 240 held, 300
        // working, 2,400 more.
        let mut desk = Desk::with(Limits { leverage_max_pct: 300, ..wide() }, 2_000, 10, |_| {});
        desk.fee = Quote(off);
        desk.hold(SPOT, Side::Buy, 300_000, 200);
        desk.fee = Quote(0);
        assert!(desk.sell(INVERSE, MID, 30).is_ok());
        desk.hold(LINEAR, side, MID, 4);
        assert!(desk.submit(desk.order(LINEAR, side, MID, 5)).is_ok());
        assert!(desk.submit(desk.order(LINEAR, side.opposite(), MID + 5 * side.sign(), 13)).is_ok(), "9 each way");
        let order = desk.order(LINEAR, side, MID, 40);
        (desk, order)
    });
}

/// A desk that has lost `lost` units of 10,000 dollars by fees, holding ten lots on `side`.
fn losing(limits: Limits, side: Side, lost: i64) -> Desk {
    let mut desk = Desk::with(limits, 10_000, 10, |_| {});
    desk.risk.review(desk.now, false);
    desk.fee = Quote(lost);
    desk.hold(LINEAR, side, MID, 10);
    desk
}

#[test]
pub(super) fn first_step_of_the_days_loss_lets_only_reducing_orders_pass() {
    let limits = Limits { daily_loss_reduce_bps: 200, ..wide() };
    for side in SIDES {
        for off in AROUND {
            let mut desk = losing(limits, side, 200 * Quote::ONE + off);
            let order = desk.order(LINEAR, side, MID, 1);
            let want: &[Check] = if off > 0 { &[Check::Reducing, Check::DailyLoss] } else { &[] };
            assert_eq!(breaches(&mut desk, &order), want, "{side:?} {off:+}");
            assert_eq!(desk.risk.trading_state() == TradingState::Reducing, off > 0);
            assert!(desk.submit(desk.order(LINEAR, side.opposite(), MID + side.sign(), 1)).is_ok());
        }
    }
}

#[test]
pub(super) fn second_step_of_the_days_loss_halts_and_withdraws() {
    let limits = Limits { daily_loss_reduce_bps: 200, daily_loss_halt_bps: 500, ..wide() };
    for side in SIDES {
        for off in AROUND {
            let mut desk = losing(limits, side, 500 * Quote::ONE + off);
            desk.limit(|limits| limits.daily_loss_reduce_bps = i64::MAX);
            let resting = desk.submit(desk.order(LINEAR, side.opposite(), MID + 100 * side.sign(), 1));
            desk.risk.set_limits(limits);
            let order = desk.order(LINEAR, side.opposite(), MID, 1);
            if off > 0 {
                assert_eq!(resting.map_err(|no| no.check), Err(Check::TradingState), "one unit too much");
                assert_eq!(breaches(&mut desk, &order), [Check::TradingState, Check::CircuitBreaker]);
            } else {
                assert_eq!(breaches(&mut desk, &order), []);
                assert!(desk.clerk.orders().open_count() == 2);
            }
        }
    }
}

#[test]
fn a_halt_by_loss_withdraws_what_is_working() {
    let mut desk = Desk::with(Limits { daily_loss_halt_bps: 500, ..wide() }, 10_000, 10, |_| {});
    desk.hold(LINEAR, Side::Buy, MID, 100);
    let resting = desk.sell(LINEAR, MID + 50, 10).unwrap();
    desk.top(LINEAR, MID - 50_001, MID - 49_999); // 5,000 dollars lower: 500 lost on 0.1 BTC
    assert!(desk.buy(LINEAR, MID - 50_000, 1).is_ok(), "5 % is allowed");
    desk.top(LINEAR, MID - 50_011, MID - 50_009);
    assert_eq!(desk.buy(LINEAR, MID - 50_000, 1).unwrap_err().check, Check::TradingState);
    let status = |desk: &Desk| desk.clerk.orders().get(resting).unwrap().status;
    assert_eq!(status(&desk), engine_model::order::OrderStatus::PendingCancel);
    desk.top(LINEAR, MID - 1, MID + 1);
    assert_eq!(desk.buy(LINEAR, MID, 1).unwrap_err().check, Check::TradingState, "risk loosens nothing by itself");
    desk.state(TradingState::Active);
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
}

#[test]
fn a_new_day_begins_with_the_equity_of_its_first_judgement() {
    let mut desk = losing(Limits { daily_loss_reduce_bps: 200, ..wide() }, Side::Buy, 150 * Quote::ONE);
    desk.fee = Quote(Quote::ONE * 60);
    desk.wait(86_400 * Nanos::SECOND);
    desk.top(LINEAR, MID - 1, MID + 1);
    desk.hold(LINEAR, Side::Buy, MID, 1);
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
    assert_eq!(desk.risk.day_loss(), i128::from(60 * Quote::ONE), "the 150 of yesterday are yesterday's");
}

#[test]
pub(super) fn message_rate() {
    let limits = Limits { message_rate_per_s: 10, message_burst: 3, ..wide() };
    for side in SIDES {
        for (orders, passes) in [(2, true), (3, true), (4, false)] {
            let mut desk = Desk::new(limits);
            for _ in 1..orders {
                assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok());
            }
            let order = desk.order(LINEAR, side, MID, 1);
            let want: &[Check] = if passes { &[] } else { &[Check::MessageRate] };
            assert_eq!(breaches(&mut desk, &order), want, "{orders} at once");
        }
        for (ns, passes) in [(99_999_999, false), (100_000_000, true), (100_000_001, true)] {
            let mut desk = Desk::new(limits);
            for _ in 0..3 {
                assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok());
            }
            desk.wait(ns);
            assert_eq!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok(), passes, "after {ns} ns");
        }
    }
}

#[test]
fn cancels_take_tokens_but_are_never_refused() {
    let mut desk = Desk::new(Limits { message_rate_per_s: 1, message_burst: 2, ..wide() });
    let id = desk.buy(LINEAR, MID, 1).unwrap();
    for _ in 0..5 {
        assert_eq!(desk.cancel(id).what, DecisionKind::Cancel(id));
    }
    assert_eq!(desk.buy(LINEAR, MID, 1).unwrap_err(), Refusal::new(Check::MessageRate, 1, 0));
    desk.outside.killed = true;
    assert_eq!(desk.cancel(id).what, DecisionKind::Cancel(id), "not even while killed");
}

#[test]
fn each_strategy_has_its_own_rate_and_its_own_numbers() {
    let mut desk = Desk::new(Limits { message_rate_per_s: 1, message_burst: 1, ..wide() });
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
    assert!(desk.buy(LINEAR, MID, 1).is_err());
    let other = StrategyId(2);
    let order = Order { client_order_id: desk.risk.next_id(other), ..desk.order(LINEAR, Side::Buy, MID, 1) };
    let intent =
        engine_model::intent::Intent { strategy: other, what: IntentKind::Submit(order), ..Default::default() };
    let decision = desk.risk.judge(&intent, desk.now, Outside::default());
    assert!(matches!(decision.what, DecisionKind::Submit(_)));
}

#[test]
pub(super) fn open_orders() {
    limit_of(Check::OpenOrders, |side, off| {
        let mut desk = Desk::with(wide(), 1_000_000, 3, |_| {});
        for _ in 0..2 + off {
            assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok());
        }
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
}

#[test]
pub(super) fn room_in_the_ring_behind() {
    limit_of(Check::Backpressure, |side, off| {
        let mut desk = Desk::new(wide());
        desk.outside.full = Some((10u64.wrapping_add_signed(off), 10));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
}

#[test]
pub(super) fn only_the_next_number_of_the_strategy_passes_and_a_refused_order_has_used_its() {
    for (off, passes) in [(-1, false), (0, true), (1, false)] {
        let mut desk = Desk::new(wide());
        assert!(desk.buy(LINEAR, MID, 1).is_ok());
        let mut order = desk.order(LINEAR, Side::Buy, MID, 1);
        order.client_order_id.0 = order.client_order_id.0.wrapping_add_signed(off);
        let want: &[Check] = if passes { &[] } else { &[Check::ClientOrderId] };
        assert_eq!(breaches(&mut desk, &order), want);
        assert_eq!(desk.risk.next_id(US), ClientOrderId::new(1, EPOCH, if passes { 3 } else { 2 }));
    }
    let mut desk = Desk::new(wide());
    assert!(desk.buy(LINEAR, MID, 0).is_err());
    assert_eq!(desk.risk.next_id(US).counter(), 2);
    let stolen = Order { client_order_id: ClientOrderId::new(2, EPOCH, 1), ..desk.order(LINEAR, Side::Buy, MID, 1) };
    assert_eq!(breaches(&mut desk, &stolen), [Check::ClientOrderId], "another strategy's");
    let old = Order { client_order_id: ClientOrderId::new(1, EPOCH - 1, 2), ..stolen };
    assert_eq!(breaches(&mut desk, &old), [Check::ClientOrderId], "another run's");
}

#[test]
fn a_number_used_by_a_living_order_never_brings_that_order_a_report() {
    let mut desk = Desk::new(wide());
    let living = desk.buy(LINEAR, MID, 1).unwrap();
    let again = Order { client_order_id: living, ..desk.order(LINEAR, Side::Sell, MID, 1) };
    assert_eq!(desk.submit(again).unwrap_err().check, Check::ClientOrderId);
    assert!(desk.clerk.orders().get_open(living).is_some());
    assert_eq!(desk.clerk.anomalies().count(crate::execution::Anomaly::Misnumbered), 1);
}

#[test]
pub(super) fn while_reducing_nothing_grows_or_turns_a_position_whatever_is_working() {
    for side in SIDES {
        let back = side.opposite();
        for (qty, passes) in [(6, true), (7, true), (8, false)] {
            let mut desk = Desk::new(wide());
            desk.hold(LINEAR, side, MID, 10);
            assert!(desk.submit(desk.order(LINEAR, back, MID + 9 * side.sign(), 3)).is_ok());
            assert!(desk.submit(desk.order(LINEAR, side, MID - 9 * side.sign(), 5)).is_ok(), "does not count");
            desk.state(TradingState::Reducing);
            let order = desk.order(LINEAR, back, MID, qty);
            let want: &[Check] = if passes { &[] } else { &[Check::Reducing] };
            assert_eq!(breaches(&mut desk, &order), want, "{back:?} {qty} of 10 less 3");
            let order = desk.order(LINEAR, side, MID - 9 * side.sign(), 1);
            assert_eq!(breaches(&mut desk, &order), [Check::Reducing], "growing");
        }
    }
    let mut desk = Desk::new(wide());
    desk.state(TradingState::Reducing);
    for side in SIDES {
        let order = desk.order(LINEAR, side, MID, 1);
        assert_eq!(breaches(&mut desk, &order), [Check::Reducing], "flat");
    }
}

#[test]
pub(super) fn a_reduce_only_order_reduces() {
    for side in SIDES {
        for (qty, passes) in [(6, true), (7, true), (8, false)] {
            let mut desk = Desk::new(wide());
            desk.hold(LINEAR, side, MID, 10);
            assert!(desk.submit(desk.order(LINEAR, side.opposite(), MID, 3)).is_ok());
            let order = Order { reduce_only: true, ..desk.order(LINEAR, side.opposite(), MID, qty) };
            let want: &[Check] = if passes { &[] } else { &[Check::ReduceOnly] };
            assert_eq!(breaches(&mut desk, &order), want, "{qty} of 10 less 3");
        }
    }
}

#[test]
pub(super) fn spot_is_not_sold_short() {
    for (qty, passes) in [(699, true), (700, true), (701, false)] {
        let mut desk = Desk::new(wide());
        desk.hold(SPOT, Side::Buy, 300_000, 1_000);
        assert!(desk.sell(SPOT, 300_000, 300).is_ok());
        let order = desk.order(SPOT, Side::Sell, 300_000, qty);
        let want: &[Check] = if passes { &[] } else { &[Check::ShortSpot] };
        assert_eq!(breaches(&mut desk, &order), want, "{qty} of 1,000 less 300");
    }
    let mut desk = Desk::new(wide());
    assert!(desk.sell(LINEAR, MID, 1).is_ok(), "a contract may be");
}

#[test]
pub(super) fn what_does_not_fit_is_refused() {
    let world = || Desk::with(wide(), 1_000_000, 10, |instrument| instrument.max_qty = Lots(i64::MAX));
    for (qty, fits) in [(i64::MAX - 2, true), (i64::MAX - 1, true), (i64::MAX, false)] {
        for side in SIDES {
            let mut desk = world();
            desk.hold(INVERSE, side, MID, 1);
            let order = desk.order(INVERSE, side, MID, qty);
            assert_eq!(!breaches(&mut desk, &order).contains(&Check::Overflow), fits, "{side:?} {qty}");
        }
    }
    let mut desk = world();
    let order = desk.order(LINEAR, Side::Buy, i64::MAX, i64::MAX);
    assert!(breaches(&mut desk, &order).contains(&Check::Overflow), "price times quantity");
}

#[test]
pub(super) fn without_a_price_in_sync_or_in_dollars_nothing_passes() {
    let mut desk = Desk::new(wide());
    for state in [BookState::Waiting, BookState::Lost] {
        desk.market(LINEAR, MarketChange::Book(state));
        for side in SIDES {
            let order = desk.order(LINEAR, side, MID, 1);
            assert_eq!(breaches(&mut desk, &order), [Check::BookNotSynced, Check::StalePrice], "{state:?}");
            let market_order = desk.market_order(LINEAR, side, 1);
            assert_eq!(breaches(&mut desk, &market_order), [Check::BookNotSynced, Check::StalePrice], "{state:?}");
        }
    }
    desk.market(LINEAR, MarketChange::Book(BookState::Synced));
    desk.limit(|limits| limits.price_age_max_ns = 1_000);
    let order = desk.order(LINEAR, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::StalePrice], "in sync, but its top was never told");
    desk.market(CROSS, MarketChange::Book(BookState::Synced));
    desk.top(CROSS, 4_999, 5_001);
    let order = desk.order(CROSS, Side::Buy, 5_000, 1_000);
    assert_eq!(breaches(&mut desk, &order), [Check::NoConversion]);
    desk.top(LINEAR, MID - 1, MID + 1);
    assert!(desk.buy(LINEAR, MID, 1).is_ok(), "told again");
}

#[test]
pub(super) fn nothing_passes_while_halted_or_killed() {
    let mut desk = Desk::new(wide());
    desk.state(TradingState::Halted);
    let order = desk.order(LINEAR, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::TradingState]);
    desk.state(TradingState::Active);
    let resting = desk.buy(LINEAR, MID - 10, 1).unwrap();
    desk.outside.killed = true;
    let order = desk.order(LINEAR, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::Killed, Check::TradingState]);
    let status = desk.clerk.orders().get(resting).unwrap().status;
    assert_eq!(status, engine_model::order::OrderStatus::PendingCancel, "the kill withdrew it");
    desk.state(TradingState::Active);
    let order = desk.order(LINEAR, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::Killed, Check::TradingState], "resuming needs the switch off");
    desk.outside.killed = false;
    desk.state(TradingState::Active);
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
}
