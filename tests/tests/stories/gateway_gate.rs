//! Orders at the simulated Gate, spot and contracts: what the engine asks for is what the venue has, whatever goes wrong in
//! between.

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

/// Of the contracts the first takes decimals.
const MARKETS: [(VenueId, [&str; 2]); 2] =
    [(VenueId::GateSpot, ["BTC_USDT", "ETH_USDT"]), (VenueId::GateFutures, ["ETH_USDT", "SOL_USDT"])];
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 900_000;
/// What stands between the parts of our ids here.
const BETWEEN: &str = "-";

fn begin((venue, symbols): (VenueId, [&str; 2])) -> Trader {
    Trader::begin(venue, &symbols)
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    for market in MARKETS {
        let mut trader = begin(market);
        for instrument in [0, 1] {
            let order = Order { side: Side::Buy, ..trader.resting(instrument) };
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
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    for market in MARKETS {
        let mut trader = begin(market);
        let mut orders = Vec::new();
        for (side, order_type) in [(Side::Buy, OrderType::Limit), (Side::Sell, OrderType::Market)] {
            let ask = trader.best(0, Side::Sell);
            let px = Ticks(ask.0 + ask.0 / 100);
            let order = Order { side, order_type, time_in_force: TimeInForce::Ioc, px, ..trader.resting(0) };
            trader.place(&order);
            trader.until("all of it", |trader| trader.filled(&order) == order.qty.0);
            orders.push(order);
        }
        // Positions are held against each other twice before a difference is believed.
        trader.run_for(Duration::from_millis(3_500));
        trader.check(&orders, BETWEEN);
        let is_fill = |what: &ReplyKind| matches!(what, ReplyKind::Filled { .. });
        let told: usize =
            orders.iter().map(|order| trader.told(order).iter().filter(|what| is_fill(what)).count()).sum();
        assert_eq!(told, trader.truth().fills.len(), "each once");
        assert_eq!(trader.gauges.positions_off.get(), 0);
    }
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    for market in MARKETS {
        let mut trader = begin(market);
        let bid = trader.best(1, Side::Buy);
        let would_take = Order { post_only: true, px: Ticks(bid.0 + bid.0 / 50), ..trader.resting(1) };
        trader.place(&would_take);
        trader.until_told(&would_take, ReplyKind::Rejected(RejectReason::PostOnlyWouldTake));
        let usual = trader.resting(1);
        let too_much = Order { qty: Lots(usual.qty.0 * TOO_MUCH), ..usual };
        trader.place(&too_much);
        trader.until_told(&too_much, ReplyKind::Rejected(RejectReason::InsufficientFunds));
        let (other, expected) = match market.0 {
            // It would be counted in quote, and is never sent.
            VenueId::GateSpot => {
                (Order { order_type: OrderType::Market, ..trader.resting(1) }, RejectReason::NotAllowed)
            }
            _ => (Order { reduce_only: true, ..trader.resting(1) }, RejectReason::ReduceOnly),
        };
        trader.place(&other);
        trader.until_told(&other, ReplyKind::Rejected(expected));
    }
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    for market in MARKETS {
        let mut trader = begin(market);
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
}

/// By our id the venue knows it no more: it is executed, and its line was cut before anybody said so.
#[test]
fn an_order_that_was_executed_as_its_line_was_cut_is_found_among_the_finished() {
    for market in MARKETS {
        let mut trader = begin(market);
        let ask = trader.best(0, Side::Sell);
        let px = Ticks(ask.0 + ask.0 / 100);
        let order = Order { px, ..trader.resting(0) };
        trader.venue.inject(Fault::Order(OrderFault::Cut));
        trader.place(&order);
        trader.until("the executions", |trader| trader.filled(&order) == order.qty.0);
        trader.check(&[order], BETWEEN);
    }
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    for market in MARKETS {
        let mut trader = begin(market);
        let order = trader.resting(0);
        trader.venue.inject(Fault::Order(OrderFault::Status { status: 503, acted: false }));
        trader.place(&order);
        trader.until("an end", |trader| {
            matches!(trader.told(&order)[..], [ReplyKind::Canceled | ReplyKind::Rejected(_)])
        });
        assert_eq!(trader.truth().orders.len(), 0);
    }
}

#[test]
fn after_the_line_was_cut_what_stands_is_known_again() {
    for market in MARKETS {
        let mut trader = begin(market);
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
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    for market in MARKETS {
        let mut trader = begin(market);
        let order = trader.resting(0);
        trader.stand(&order);
        trader.venue.inject(Fault::Order(OrderFault::CancelFillRace));
        trader.cancel(&order);
        trader.until("the execution", |trader| trader.filled(&order) == order.qty.0);
        trader.run_for(Duration::from_millis(700));
        trader.check(&[order], BETWEEN);
    }
}

#[test]
fn the_venue_withdraws_what_a_dead_process_left_standing() {
    let mut trader = begin(MARKETS[1]);
    let order = trader.resting(0);
    trader.stand(&order);
    let venue = trader.die();
    let open = || venue.account_truth().expect("an answer").open().count();
    assert_eq!(open(), 1);
    // Its switch waits ten seconds.
    std::thread::sleep(Duration::from_secs(11));
    assert_eq!(open(), 0);
}

/// The venue does not say of a key that it may not withdraw.
#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    for (venue, symbols) in MARKETS {
        let (exchange, instruments) = exchange(venue, &symbols);
        let judge = |of| inspect(&settings(venue, &exchange), &key(of), &instruments, &Clock::machine());
        assert!(judge(TRADER).expect("a good key").is_some_and(|warning| warning.contains("does not tell")));
        for (of, why) in [(WITHDRAWER, "may withdraw"), (READER, "may not trade")] {
            let refused = judge(of).expect_err("refused").to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
