//! Orders at the simulated Coinbase: what the engine asks for is what the venue has, whatever goes wrong in between.

use crate::trader::{Trader, exchange, key, settings};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind, RequestKind, VenueId};
use engine_ring::clock::Clock;
use feeds::gateway::desk::inspect;
use std::time::Duration;
use tests_venue::Fault;
use tests_venue::account::{OrderFault, READER_P256, TRADER_P256, WITHDRAWER_P256};

const VENUE: VenueId = VenueId::Coinbase;
const SYMBOLS: [&str; 2] = ["BTC-USD", "ETH-USD"];
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 50_000;
/// What stands between the parts of our ids here.
const BETWEEN: &str = "-";

fn begin() -> Trader {
    Trader::begin_with(VENUE, &SYMBOLS, key(TRADER_P256), |_| ())
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    let mut trader = begin();
    for instrument in [0, 1] {
        let order = trader.resting(instrument);
        trader.stand(&order);
        let (px, qty) = (Ticks(order.px.0 - 10), Lots(order.qty.0 * 2));
        trader.ask(&order, RequestKind::Modify { px, qty });
        trader.until_told(&order, ReplyKind::Updated { px, qty });
        let there = trader.truth().open().next().cloned().expect("it stands");
        assert_eq!((there.px, there.qty), (Some(px.0), qty.0));
        trader.cancel(&order);
        trader.until_told(&order, ReplyKind::Canceled);
        trader.check(&[order], BETWEEN);
    }
}

#[test]
fn an_order_is_withdrawn_although_its_id_at_the_venue_is_not_known_yet() {
    let mut trader = begin();
    let order = trader.resting(0);
    trader.place(&order);
    trader.cancel(&order);
    trader.until_told(&order, ReplyKind::Canceled);
    trader.check(&[order], BETWEEN);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee_though_the_line_tells_none() {
    let mut trader = begin();
    let mut orders = Vec::new();
    for order_type in [OrderType::Market, OrderType::Limit] {
        let ask = trader.best(0, Side::Sell);
        let resting = trader.resting(0);
        let order = Order { order_type, time_in_force: TimeInForce::Ioc, px: Ticks(ask.0 + ask.0 / 100), ..resting };
        trader.place(&order);
        trader.until("all of it", |trader| trader.filled(&order) == order.qty.0);
        orders.push(order);
    }
    trader.run_for(Duration::from_millis(500));
    trader.check(&orders, BETWEEN);
    let (told, truth) = (orders.iter().flat_map(|order| trader.told(order)), trader.truth());
    let mut fees: Vec<i128> = told
        .filter_map(|what| match what {
            ReplyKind::Filled { fee, .. } => Some(i128::from(fee.0)),
            _ => None,
        })
        .collect();
    let mut there: Vec<i128> = truth.fills.iter().map(|fill| fill.fee_e8).collect();
    fees.sort_unstable();
    there.sort_unstable();
    assert_eq!(fees, there, "each once, in the quote");
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let bid = trader.best(0, Side::Buy);
    let resting = trader.resting(0);
    let would_take = Order { post_only: true, px: Ticks(bid.0 + bid.0 / 50), ..resting };
    trader.place(&would_take);
    trader.until_told(&would_take, ReplyKind::Rejected(RejectReason::PostOnlyWouldTake));
    let too_much = trader.resting(0);
    let too_much = Order { qty: Lots(too_much.qty.0 * TOO_MUCH), ..too_much };
    trader.place(&too_much);
    trader.until_told(&too_much, ReplyKind::Rejected(RejectReason::InsufficientFunds));
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    let mut trader = begin();
    let mut orders = Vec::new();
    for fault in [
        OrderFault::ReplyLost,
        OrderFault::Status { status: 503, acted: true },
        OrderFault::FillBeforeAck,
        OrderFault::Cut,
    ] {
        let order = trader.resting(0);
        trader.venue.inject(Fault::Order(fault));
        trader.place(&order);
        let is_told = |trader: &Trader| !trader.told(&order).is_empty();
        trader.until(&format!("news in spite of {fault:?}"), is_told);
        trader.until_ready();
        orders.push(order);
    }
    trader.run_for(Duration::from_secs(2));
    trader.check(&orders, BETWEEN);
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    let mut trader = begin();
    let order = trader.resting(0);
    trader.venue.inject(Fault::Order(OrderFault::Status { status: 503, acted: false }));
    trader.place(&order);
    trader.until("an end", |trader| matches!(trader.told(&order)[..], [ReplyKind::Canceled | ReplyKind::Rejected(_)]));
    assert_eq!(trader.truth().orders.len(), 0);
}

#[test]
fn after_the_line_was_cut_what_stands_is_known_again() {
    let mut trader = begin();
    let (kept, withdrawn) = (trader.resting(0), trader.resting(1));
    trader.stand(&kept);
    trader.stand(&withdrawn);
    trader.venue.inject(Fault::Disconnect);
    trader.until("the loss", |trader| trader.gauges.net_errors.get() > 0);
    trader.cancel(&withdrawn);
    trader.until_told(&withdrawn, ReplyKind::Canceled);
    trader.until_ready();
    trader.check(&[kept, withdrawn], BETWEEN);
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    let mut trader = begin();
    let order = trader.resting(0);
    trader.stand(&order);
    trader.venue.inject(Fault::Order(OrderFault::CancelFillRace));
    trader.cancel(&order);
    trader.until("the execution", |trader| trader.filled(&order) == order.qty.0);
    trader.run_for(Duration::from_millis(700));
    trader.check(&[order], BETWEEN);
}

/// Every kind of fault of orders and of private texts, drawn by the seed: when it is over, what we believe is the truth.
#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    let mut trader = begin();
    trader.venue.inject(Fault::Draw { per_mille: 200 });
    let mut orders = Vec::new();
    for round in 0..24 {
        let order = trader.resting(round % 2);
        trader.place(&order);
        trader.run_for(Duration::from_millis(250));
        if round % 3 == 0 {
            trader.cancel(&order);
        }
        orders.push(order);
    }
    trader.venue.inject(Fault::Draw { per_mille: 0 });
    trader.until_ready();
    trader.until("certainty", |trader| trader.gauges.unknown.get() == 0 && trader.gauges.in_flight.get() == 0);
    trader.run_for(Duration::from_secs(3));
    trader.check(&orders, BETWEEN);
}

/// The venue has no switch of its own: a thread of ours asks what stands, and withdraws it.
#[test]
fn a_stage_that_stands_still_has_its_orders_withdrawn() {
    let still_after = Duration::from_secs(1);
    let mut trader =
        Trader::begin_with(VENUE, &SYMBOLS, key(TRADER_P256), |settings| settings.still_after = still_after);
    let orders = [trader.resting(0), trader.resting(1)];
    orders.iter().for_each(|order| trader.stand(order));
    std::thread::sleep(still_after * 4);
    assert_eq!(trader.truth().open().count(), 0);
    orders.iter().for_each(|order| trader.until_told(order, ReplyKind::Canceled));
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    let (exchange, instruments) = exchange(VENUE, &SYMBOLS);
    let judge = |of| inspect(&settings(VENUE, &exchange), &key(of), &instruments, &Clock::machine());
    assert!(judge(TRADER_P256).expect("a good key").is_none());
    for (of, why) in [(WITHDRAWER_P256, "may withdraw"), (READER_P256, "may not trade")] {
        let refused = judge(of).expect_err("refused").to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
