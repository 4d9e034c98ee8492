//! Orders at the simulated OKX: what the engine asks for is what the venue has, whatever goes wrong in between.

use crate::trader::{Trader, exchange, key, settings};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind, RequestKind, VenueId};
use engine_ring::clock::Clock;
use feeds::gateway::desk::inspect;
use std::time::Duration;
use tests_venue::Fault;
use tests_venue::account::{OrderFault, READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::Okx;
/// A contract and a coin.
const SYMBOLS: [&str; 2] = ["BTC-USDT-SWAP", "BTC-USDT"];
const CONTRACT: usize = 0;
const SPOT: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 50_000_000;
/// What stands between the parts of our ids here.
const BETWEEN: &str = "x";

fn begin() -> Trader {
    Trader::begin(VENUE, &SYMBOLS)
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    let mut trader = begin();
    for instrument in [CONTRACT, SPOT] {
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
fn a_taker_is_told_each_execution_once_with_its_fee() {
    let mut trader = begin();
    let mut orders = Vec::new();
    for (instrument, order_type) in
        [(CONTRACT, OrderType::Market), (SPOT, OrderType::Market), (CONTRACT, OrderType::Limit)]
    {
        let ask = trader.best(instrument, Side::Sell);
        let resting = trader.resting(instrument);
        let order = Order { order_type, time_in_force: TimeInForce::Ioc, px: Ticks(ask.0 + ask.0 / 100), ..resting };
        trader.place(&order);
        trader.until("all of it", |trader| trader.filled(&order) == order.qty.0);
        orders.push(order);
    }
    // Positions are held against each other twice before a difference is believed.
    trader.run_for(Duration::from_millis(3_500));
    trader.check(&orders, BETWEEN);
    let told: Vec<u64> = orders
        .iter()
        .flat_map(|order| trader.told(order))
        .filter_map(|what| match what {
            ReplyKind::Filled { trade_id, .. } => Some(trade_id),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), trader.truth().fills.len(), "each once: {told:?}");
    assert_eq!(trader.gauges.positions_off.get(), 0);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let bid = trader.best(CONTRACT, Side::Buy);
    let resting = trader.resting(CONTRACT);
    let would_take = Order { post_only: true, px: Ticks(bid.0 + bid.0 / 50), ..resting };
    trader.place(&would_take);
    trader.until_told(&would_take, ReplyKind::Rejected(RejectReason::PostOnlyWouldTake));
    let too_much = trader.resting(CONTRACT);
    let too_much = Order { qty: Lots(too_much.qty.0 * TOO_MUCH), ..too_much };
    trader.place(&too_much);
    trader.until_told(&too_much, ReplyKind::Rejected(RejectReason::InsufficientFunds));
    let reduces = trader.resting(CONTRACT);
    let reduces = Order { reduce_only: true, ..reduces };
    trader.place(&reduces);
    trader.until_told(&reduces, ReplyKind::Rejected(RejectReason::ReduceOnly));
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
        let order = trader.resting(CONTRACT);
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
    let order = trader.resting(CONTRACT);
    trader.venue.inject(Fault::Order(OrderFault::Status { status: 503, acted: false }));
    trader.place(&order);
    trader.until("an end", |trader| matches!(trader.told(&order)[..], [ReplyKind::Canceled | ReplyKind::Rejected(_)]));
    assert_eq!(trader.truth().orders.len(), 0);
}

#[test]
fn after_every_line_was_cut_what_stands_is_known_again() {
    let mut trader = begin();
    let (kept, withdrawn) = (trader.resting(CONTRACT), trader.resting(SPOT));
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
    let order = trader.resting(CONTRACT);
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

#[test]
fn the_venue_withdraws_what_a_dead_process_left_standing() {
    let mut trader = begin();
    let order = trader.resting(CONTRACT);
    trader.stand(&order);
    let venue = trader.die();
    let open = || venue.account_truth().expect("an answer").open().count();
    assert_eq!(open(), 1);
    // Its switch waits ten seconds.
    std::thread::sleep(Duration::from_secs(11));
    assert_eq!(open(), 0);
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    let (exchange, instruments) = exchange(VENUE, &SYMBOLS);
    let judge = |of| inspect(&settings(VENUE, &exchange), &key(of), &instruments, &Clock::machine());
    assert!(judge(TRADER).expect("a good key").is_none());
    for (of, why) in [(WITHDRAWER, "may withdraw"), (READER, "may not trade")] {
        let refused = judge(of).expect_err("refused").to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
