//! Orders at the simulated Gate, spot and contracts.

use crate::ordeal::judges_keys;
use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::venue::{RejectReason, VenueId};
use tests_venue::Fault;
use tests_venue::account::{OrderFault, READER, TRADER, WITHDRAWER};

/// Of the contracts the first takes decimals.
const MARKETS: [(VenueId, [&str; 2]); 2] =
    [(VenueId::GateSpot, ["BTC_USDT", "ETH_USDT"]), (VenueId::GateFutures, ["ETH_USDT", "SOL_USDT"])];
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 900_000;

fn each() -> impl Iterator<Item = Trader> {
    MARKETS.into_iter().map(|(venue, symbols)| Trader::begin(venue, &symbols))
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    each().for_each(|trader| trader.changes_its_mind(&[0, 1]));
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    let what = [(0, Side::Buy, OrderType::Limit), (0, Side::Sell, OrderType::Market)];
    each().for_each(|trader| drop(trader.takes(&what)));
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    for (mut trader, (venue, _)) in each().zip(MARKETS) {
        let (other, why) = match venue {
            // It would be counted in quote, and is never sent.
            VenueId::GateSpot => {
                (Order { order_type: OrderType::Market, ..trader.resting(1) }, RejectReason::NotAllowed)
            }
            _ => (trader.reduces_nothing(1), RejectReason::ReduceOnly),
        };
        let orders = [trader.would_take(1), trader.times(1, TOO_MUCH), other];
        let reasons = [RejectReason::PostOnlyWouldTake, RejectReason::InsufficientFunds, why];
        orders.into_iter().zip(reasons).for_each(|(order, reason)| trader.is_refused(order, reason));
    }
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    each().for_each(|trader| trader.loses_answers(0));
}

/// By our id the venue knows it no more: it is executed, and its line was cut before anybody said so.
#[test]
fn an_order_that_was_executed_as_its_line_was_cut_is_found_among_the_finished() {
    for mut trader in each() {
        let order = Order { time_in_force: TimeInForce::Gtc, ..trader.taker((0, Side::Buy, OrderType::Limit)) };
        trader.venue.inject(Fault::Order(OrderFault::Cut));
        trader.place(&order);
        trader.until("the executions", |trader| trader.filled(&order) == order.qty.0);
        trader.check(&[order]);
    }
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    each().for_each(|trader| trader.hears_nothing_of_an_order(0));
}

#[test]
fn after_the_line_was_cut_what_stands_is_known_again() {
    each().for_each(|trader| trader.loses_its_line([0, 1]));
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    each().for_each(|trader| trader.cancels_too_late(0));
}

#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    each().for_each(Trader::has_a_bad_hour);
}

#[test]
fn the_venue_withdraws_what_a_dead_process_left_standing() {
    let (venue, symbols) = MARKETS[1];
    Trader::begin(venue, &symbols).dies_with_an_order_standing(0);
}

/// The venue does not say of a key that it may not withdraw.
#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    for (venue, symbols) in MARKETS {
        judges_keys(venue, &symbols, [TRADER, WITHDRAWER, READER], Some("does not tell"));
    }
}

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    let [(spot, pairs), (futures, contracts)] = MARKETS;
    Trader::begin(spot, &pairs).shows_what_it_holds(spot, TRADER, 0, None);
    Trader::begin(futures, &contracts).shows_what_it_holds(futures, TRADER, 0, Some(1));
}
