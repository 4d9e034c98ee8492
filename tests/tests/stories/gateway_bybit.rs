//! Orders at the simulated Bybit, contracts and coins.

use crate::ordeal::judges_keys;
use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::venue::{RejectReason, VenueId};
use tests_venue::account::{READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::Bybit;
/// A contract and a coin.
const SYMBOLS: [&str; 2] = ["linear:BTCUSDT", "spot:BTCUSDT"];
const CONTRACT: usize = 0;
const SPOT: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 100_000;

fn begin() -> Trader {
    Trader::begin(VENUE, &SYMBOLS)
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    begin().changes_its_mind(&[CONTRACT, SPOT]);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    begin().takes(&[
        (CONTRACT, Side::Buy, OrderType::Market),
        (SPOT, Side::Buy, OrderType::Market),
        (CONTRACT, Side::Buy, OrderType::Limit),
    ]);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    let orders = [trader.would_take(CONTRACT), trader.times(CONTRACT, TOO_MUCH), trader.reduces_nothing(CONTRACT)];
    let reasons = [RejectReason::PostOnlyWouldTake, RejectReason::InsufficientFunds, RejectReason::ReduceOnly];
    orders.into_iter().zip(reasons).for_each(|(order, reason)| trader.is_refused(order, reason));
}

#[test]
fn an_order_whose_answer_is_lost_or_an_error_is_asked_for_and_found() {
    begin().loses_answers(CONTRACT);
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    begin().hears_nothing_of_an_order(CONTRACT);
}

#[test]
fn after_every_line_was_cut_what_stands_is_known_again() {
    begin().loses_its_line([CONTRACT, SPOT]);
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    begin().cancels_too_late(CONTRACT);
}

#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    begin().has_a_bad_hour();
}

#[test]
fn the_venue_withdraws_what_a_dead_process_left_standing() {
    begin().dies_with_an_order_standing(CONTRACT);
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    judges_keys(VENUE, &SYMBOLS, [TRADER, WITHDRAWER, READER], None);
}

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    begin().shows_what_it_holds(VENUE, TRADER, SPOT, Some(CONTRACT));
}

#[test]
fn a_stage_that_panics_leaves_no_order_standing() {
    begin().panics_with_an_order_standing([CONTRACT, SPOT]);
}
