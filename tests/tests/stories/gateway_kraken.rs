//! Orders at the simulated Kraken: what the engine asks for is what the venue has, whatever goes wrong in between.
//!
//! The venue lets one ask little by REST, so rounds are as seldom here as in a real run.

use crate::trader::{Trader, exchange, key, settings};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind, RequestKind, VenueId};
use engine_ring::clock::Clock;
use feeds::gateway::desk::inspect;
use std::time::Duration;
use tests_venue::Fault;
use tests_venue::account::{OrderFault, READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::Kraken;
const SYMBOLS: [&str; 1] = ["BTC/USD"];
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 50_000;

fn begin() -> Trader {
    Trader::begin_with(VENUE, &SYMBOLS, key(TRADER), |settings| settings.reconcile_every = Duration::from_secs(30))
}

/// As our ids are written there.
fn named(id: ClientOrderId) -> String {
    format!("R{:016x}", id.0)
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    let mut trader = begin();
    let order = trader.resting(0);
    trader.stand(&order);
    let (px, qty) = (Ticks(order.px.0 - 10), Lots(order.qty.0 * 2));
    trader.ask(&order, RequestKind::Modify { px, qty });
    trader.until_told(&order, ReplyKind::Updated { px, qty });
    let there = trader.truth().open().next().cloned().expect("it stands");
    assert_eq!((there.px, there.qty), (Some(px.0), qty.0));
    trader.cancel(&order);
    trader.until_told(&order, ReplyKind::Canceled);
    trader.check_named(&[order], named);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
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
    trader.check_named(&orders, named);
    let (told, truth) = (orders.iter().flat_map(|order| trader.told(order)), trader.truth());
    let fees: Vec<i128> = told
        .filter_map(|what| match what {
            ReplyKind::Filled { fee, .. } => Some(i128::from(fee.0)),
            _ => None,
        })
        .collect();
    assert_eq!(fees, truth.fills.iter().map(|fill| fill.fee_e8).collect::<Vec<_>>(), "each once, in the quote");
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
    for fault in [
        OrderFault::ReplyLost,
        OrderFault::Status { status: 503, acted: true },
        OrderFault::FillBeforeAck,
        OrderFault::Cut,
    ] {
        let mut trader = begin();
        let order = trader.resting(0);
        trader.venue.inject(Fault::Order(fault));
        trader.place(&order);
        let is_told = |trader: &Trader| !trader.told(&order).is_empty();
        trader.until(&format!("news in spite of {fault:?}"), is_told);
        trader.until_ready();
        trader.run_for(Duration::from_secs(1));
        trader.check_named(&[order], named);
    }
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
    let (kept, withdrawn) = (trader.resting(0), trader.resting(0));
    trader.stand(&kept);
    trader.stand(&withdrawn);
    trader.venue.inject(Fault::Disconnect);
    trader.until("the loss", |trader| trader.gauges.net_errors.get() > 0);
    trader.cancel(&withdrawn);
    trader.until_told(&withdrawn, ReplyKind::Canceled);
    trader.until_ready();
    trader.check_named(&[kept, withdrawn], named);
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
    trader.check_named(&[order], named);
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
