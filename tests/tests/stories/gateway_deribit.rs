//! Orders at the simulated Deribit: an inverse contract and a linear one, on a line whose end withdraws them.

use crate::ordeal::judges_keys;
use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::venue::{RejectReason, ReplyKind, VenueId};
use tests_venue::Fault;
use tests_venue::account::{READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::Deribit;
const SYMBOLS: [&str; 2] = ["BTC-PERPETUAL", "ETH_USDC-PERPETUAL"];
const INVERSE: usize = 0;
const LINEAR: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 2_000_000;

fn begin() -> Trader {
    Trader::begin(VENUE, &SYMBOLS)
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    begin().changes_its_mind(&[INVERSE, LINEAR]);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    begin().takes(&[
        (INVERSE, Side::Buy, OrderType::Market),
        (LINEAR, Side::Sell, OrderType::Market),
        (LINEAR, Side::Buy, OrderType::Limit),
    ]);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let orders = [trader.would_take(INVERSE), trader.times(INVERSE, TOO_MUCH), trader.reduces_nothing(INVERSE)];
    let reasons = [RejectReason::PostOnlyWouldTake, RejectReason::InsufficientFunds, RejectReason::ReduceOnly];
    orders.into_iter().zip(reasons).for_each(|(order, reason)| trader.is_refused(order, reason));
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    begin().loses_answers(INVERSE);
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    begin().hears_nothing_of_an_order(LINEAR);
}

/// The switch: what stands when the line is cut is withdrawn, and known to be.
#[test]
fn the_end_of_the_line_withdraws_what_stands_on_it() {
    let mut trader = begin();
    let orders = [trader.resting(INVERSE), trader.resting(LINEAR)];
    orders.iter().for_each(|order| trader.stand(order));
    trader.venue.inject(Fault::Disconnect);
    orders.iter().for_each(|order| trader.until_told(order, ReplyKind::Canceled));
    trader.until_ready();
    trader.check(&orders);
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    begin().cancels_too_late(LINEAR);
}

#[test]
fn whatever_goes_wrong_what_is_believed_in_the_end_is_the_truth() {
    begin().has_a_bad_hour();
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    judges_keys(VENUE, &SYMBOLS, [TRADER, WITHDRAWER, READER], None);
}
