//! Orders at the simulated Kraken Futures: a linear contract and an inverse one, which are paid for from wallets apart.

use crate::ordeal::judges_keys;
use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::venue::{RejectReason, VenueId};
use tests_venue::account::{READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::KrakenFutures;
const SYMBOLS: [&str; 2] = ["PF_XBTUSD", "PI_XBTUSD"];
const LINEAR: usize = 0;
const INVERSE: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 100_000;

fn begin() -> Trader {
    Trader::begin(VENUE, &SYMBOLS)
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    begin().changes_its_mind(&[LINEAR, INVERSE]);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    begin().takes(&[
        (LINEAR, Side::Buy, OrderType::Market),
        (INVERSE, Side::Sell, OrderType::Market),
        (LINEAR, Side::Buy, OrderType::Limit),
    ]);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let orders = [trader.would_take(LINEAR), trader.times(LINEAR, TOO_MUCH), trader.reduces_nothing(INVERSE)];
    let reasons = [RejectReason::PostOnlyWouldTake, RejectReason::InsufficientFunds, RejectReason::ReduceOnly];
    orders.into_iter().zip(reasons).for_each(|(order, reason)| trader.is_refused(order, reason));
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    begin().loses_answers(LINEAR);
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    begin().hears_nothing_of_an_order(INVERSE);
}

#[test]
fn after_the_line_was_cut_what_stands_is_known_again() {
    begin().loses_its_line([LINEAR, INVERSE]);
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

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    begin().shows_what_it_holds(VENUE, TRADER, INVERSE, Some(LINEAR));
}
