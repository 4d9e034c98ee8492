//! Orders at the simulated Hyperliquid: what the engine asks for is what the venue has, whatever goes wrong in between.

use crate::trader::{Trader, exchange, key, settings};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind, RequestKind, VenueId};
use engine_ring::clock::Clock;
use feeds::gateway::desk::inspect;
use std::time::Duration;
use tests_venue::Fault;
use tests_venue::account::{OrderFault, READER_WALLET, TRADER_WALLET, WITHDRAWER_WALLET};

const VENUE: VenueId = VenueId::Hyperliquid;
/// A perpetual and a pair.
const SYMBOLS: [&str; 2] = ["BTC", "PURR/USDC"];
const CONTRACT: usize = 0;
const SPOT: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 100_000;

fn begin() -> Trader {
    Trader::begin(VENUE, &SYMBOLS)
}

/// An order that rests; of the pair a thousand coins, which are worth more than the least that the venue takes.
fn resting(trader: &mut Trader, instrument: usize) -> Order {
    let order = trader.resting(instrument);
    if instrument == SPOT { Order { qty: Lots(1_000), ..order } } else { order }
}

/// Our ids here: sixteen bytes, of which the first eight say whose.
fn cloid(id: ClientOrderId) -> String {
    format!("0x52696e6773696465{:016x}", id.0)
}

#[test]
fn an_order_is_entered_and_withdrawn_and_the_venue_has_it_so() {
    let mut trader = begin();
    for instrument in [CONTRACT, SPOT] {
        let order = resting(&mut trader, instrument);
        trader.stand(&order);
        let there = trader.truth().open().next().cloned().expect("it stands");
        assert_eq!((there.px, there.qty), (Some(order.px.0), order.qty.0));
        trader.cancel(&order);
        trader.until_told(&order, ReplyKind::Canceled);
        trader.check_named(&[order], cloid);
    }
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    let mut trader = begin();
    let mut orders = Vec::new();
    for instrument in [CONTRACT, SPOT, CONTRACT] {
        let ask = trader.best(instrument, Side::Sell);
        let resting = resting(&mut trader, instrument);
        let order = Order { time_in_force: TimeInForce::Ioc, px: Ticks(ask.0 + ask.0 / 100), ..resting };
        trader.place(&order);
        trader.until("all of it", |trader| trader.filled(&order) == order.qty.0);
        orders.push(order);
    }
    // Positions are held against each other twice before a difference is believed.
    trader.run_for(Duration::from_millis(3_500));
    trader.check_named(&orders, cloid);
    let told = orders.iter().flat_map(|order| trader.told(order));
    let fills = told.filter(|what| matches!(what, ReplyKind::Filled { .. })).count();
    assert_eq!(fills, trader.truth().fills.len(), "each once");
    assert_eq!((trader.gauges.positions_off.get(), trader.gauges.stray_fills.get()), (0, 0));
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let bid = trader.best(CONTRACT, Side::Buy);
    let px = Ticks(bid.0 + bid.0 / 50);
    type Change = fn(&mut Order);
    let cases: [(Change, RejectReason); 6] = [
        (|order| order.post_only = true, RejectReason::PostOnlyWouldTake),
        (|order| order.qty.0 *= TOO_MUCH, RejectReason::InsufficientFunds),
        (|order| order.qty.0 = 1, RejectReason::Filter),
        (|order| (order.time_in_force, order.px.0) = (TimeInForce::Ioc, order.px.0 / 2), RejectReason::CannotFillWhole),
        // These two the venue does not have, so they never leave.
        (|order| order.order_type = OrderType::Market, RejectReason::NotAllowed),
        (|order| order.time_in_force = TimeInForce::Fok, RejectReason::NotAllowed),
    ];
    for (set, reason) in cases {
        let mut order = Order { px, ..trader.resting(CONTRACT) };
        set(&mut order);
        trader.place(&order);
        trader.until_told(&order, ReplyKind::Rejected(reason));
    }
    let reduces = trader.resting(CONTRACT);
    let reduces = Order { reduce_only: true, ..reduces };
    trader.place(&reduces);
    trader.until_told(&reduces, ReplyKind::Rejected(RejectReason::ReduceOnly));
    let kept = trader.resting(CONTRACT);
    trader.stand(&kept);
    trader.ask(&kept, RequestKind::Modify { px: kept.px, qty: Lots(kept.qty.0 * 2) });
    trader.until_told(&kept, ReplyKind::ModifyRejected(RejectReason::NotAllowed));
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
    trader.check_named(&orders, cloid);
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
    let (kept, withdrawn) = (resting(&mut trader, CONTRACT), resting(&mut trader, SPOT));
    trader.stand(&kept);
    trader.stand(&withdrawn);
    trader.venue.inject(Fault::Disconnect);
    trader.until("the loss", |trader| trader.gauges.net_errors.get() > 0);
    trader.cancel(&withdrawn);
    trader.until_told(&withdrawn, ReplyKind::Canceled);
    trader.until_ready();
    trader.check_named(&[kept, withdrawn], cloid);
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
    trader.check_named(&[order], cloid);
}

/// Every kind of fault of orders and of private texts, drawn by the seed: when it is over, what we believe is the truth.
#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    let mut trader = begin();
    trader.venue.inject(Fault::Draw { per_mille: 200 });
    let mut orders = Vec::new();
    for round in 0..24 {
        let order = resting(&mut trader, round % 2);
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
    trader.check_named(&orders, cloid);
}

/// The venue's switch needs a volume that this account does not have: it is told once, and orders pass all the same.
#[test]
fn an_account_without_the_venues_switch_is_told_so_once_and_trades() {
    let mut trader = begin();
    trader.run_for(Duration::from_millis(2_500));
    let troubles = std::iter::from_fn(|| trader.gauges.take_trouble()).map(|trouble| trouble.to_string());
    assert_eq!(troubles.filter(|trouble| trouble.contains("dead-man")).count(), 1);
    let order = trader.resting(CONTRACT);
    trader.stand(&order);
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    let (exchange, instruments) = exchange(VENUE, &SYMBOLS);
    let judge = |of| inspect(&settings(VENUE, &exchange), &key(of), &instruments, &Clock::machine());
    assert!(judge(TRADER_WALLET).expect("a good key").is_none());
    for (of, why) in [(WITHDRAWER_WALLET, "may withdraw"), (READER_WALLET, "may not trade")] {
        let refused = judge(of).expect_err("refused").to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
