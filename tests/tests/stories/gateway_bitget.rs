//! Orders at the simulated Bitget: what the engine asks for is what the venue has, whatever goes wrong in between.

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

const VENUE: VenueId = VenueId::Bitget;
/// A contract and a coin.
const SYMBOLS: [&str; 2] = ["USDT-FUTURES:BTCUSDT", "SPOT:BTCUSDT"];
const CONTRACT: usize = 0;
const SPOT: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 100_000;
/// What stands between the parts of our ids here.
const BETWEEN: &str = "-";

fn begin() -> Trader {
    Trader::begin(VENUE, &SYMBOLS)
}

#[test]
fn an_order_is_entered_and_withdrawn_and_never_changed() {
    let mut trader = begin();
    for instrument in [CONTRACT, SPOT] {
        let order = trader.resting(instrument);
        trader.stand(&order);
        // At the venue a change would be another order.
        trader.ask(&order, RequestKind::Modify { px: Ticks(order.px.0 - 10), qty: order.qty });
        trader.until_told(&order, ReplyKind::ModifyRejected(RejectReason::NotAllowed));
        let there = trader.truth().open().next().cloned().expect("it stands");
        assert_eq!((there.px, there.qty), (Some(order.px.0), order.qty.0));
        trader.cancel(&order);
        trader.until_told(&order, ReplyKind::Canceled);
        trader.check(&[order], BETWEEN);
    }
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    let mut trader = begin();
    let mut orders = Vec::new();
    for (instrument, side, order_type) in [
        (CONTRACT, Side::Buy, OrderType::Market),
        (SPOT, Side::Sell, OrderType::Market),
        (SPOT, Side::Buy, OrderType::Limit),
    ] {
        let ask = trader.best(instrument, Side::Sell);
        let px = Ticks(ask.0 + ask.0 / 100);
        let order = Order { side, order_type, time_in_force: TimeInForce::Ioc, px, ..trader.resting(instrument) };
        trader.place(&order);
        trader.until("all of it", |trader| trader.filled(&order) == order.qty.0);
        orders.push(order);
    }
    // Positions are held against each other twice before a difference is believed.
    trader.run_for(Duration::from_millis(3_500));
    trader.check(&orders, BETWEEN);
    let is_fill = |what: &ReplyKind| matches!(what, ReplyKind::Filled { .. });
    let told: usize = orders.iter().map(|order| trader.told(order).iter().filter(|what| is_fill(what)).count()).sum();
    assert_eq!(told, trader.truth().fills.len(), "each once");
    assert_eq!(trader.gauges.positions_off.get(), 0);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    // It is taken in and withdrawn at once, and no word says why.
    let bid = trader.best(CONTRACT, Side::Buy);
    let would_take = Order { post_only: true, px: Ticks(bid.0 + bid.0 / 50), ..trader.resting(CONTRACT) };
    trader.place(&would_take);
    trader.until_told(&would_take, ReplyKind::Canceled);
    let usual = trader.resting(CONTRACT);
    let too_much = Order { qty: Lots(usual.qty.0 * TOO_MUCH), ..usual };
    trader.place(&too_much);
    trader.until_told(&too_much, ReplyKind::Rejected(RejectReason::InsufficientFunds));
    let reduces = Order { reduce_only: true, ..trader.resting(CONTRACT) };
    trader.place(&reduces);
    trader.until_told(&reduces, ReplyKind::Rejected(RejectReason::ReduceOnly));
    // It would be counted in quote, and is never sent.
    let bought = Order { order_type: OrderType::Market, ..trader.resting(SPOT) };
    trader.place(&bought);
    trader.until_told(&bought, ReplyKind::Rejected(RejectReason::NotAllowed));
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
fn after_the_line_was_cut_what_stands_is_known_again() {
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
