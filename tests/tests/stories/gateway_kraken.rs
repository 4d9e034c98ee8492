//! Orders at the simulated Kraken. The venue lets one ask little by REST, so rounds are as seldom here as in a real run.

use crate::ordeal::judges_keys;
use crate::trader::{Trader, key};
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::venue::{RejectReason, VenueId};
use std::time::Duration;
use tests_venue::account::{READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::Kraken;
const SYMBOLS: [&str; 1] = ["BTC/USD"];
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 50_000;

fn begin() -> Trader {
    Trader::begin_with(VENUE, &SYMBOLS, key(TRADER), |settings| settings.reconcile_every = Duration::from_secs(30))
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    begin().changes_its_mind(&[0]);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    begin().takes(&[(0, Side::Buy, OrderType::Market), (0, Side::Buy, OrderType::Limit)]);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let orders = [trader.would_take(0), trader.times(0, TOO_MUCH)];
    let reasons = [RejectReason::PostOnlyWouldTake, RejectReason::InsufficientFunds];
    orders.into_iter().zip(reasons).for_each(|(order, reason)| trader.is_refused(order, reason));
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    Trader::each_loses_an_answer(begin, 0);
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    begin().hears_nothing_of_an_order(0);
}

#[test]
fn after_the_line_was_cut_what_stands_is_known_again() {
    begin().loses_its_line([0, 0]);
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    begin().cancels_too_late(0);
}

#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    begin().has_a_bad_hour();
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    judges_keys(VENUE, &SYMBOLS, [TRADER, WITHDRAWER, READER], None);
}

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    begin().shows_what_it_holds(VENUE, TRADER, 0, None);
}
