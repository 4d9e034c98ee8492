//! Orders at the simulated Coinbase: by REST, and by the venue's own ids.

use crate::ordeal::judges_keys;
use crate::trader::{Trader, key};
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::venue::{RejectReason, ReplyKind, VenueId};
use std::time::Duration;
use tests_venue::account::{READER_P256, TRADER_P256, WITHDRAWER_P256};

const VENUE: VenueId = VenueId::Coinbase;
const SYMBOLS: [&str; 2] = ["BTC-USD", "ETH-USD"];
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 50_000;

fn begin() -> Trader {
    Trader::begin_with(VENUE, &SYMBOLS, key(TRADER_P256), |_| ())
}

#[test]
fn an_order_is_entered_changed_and_withdrawn_and_the_venue_has_it_so() {
    begin().changes_its_mind(&[0, 1]);
}

#[test]
fn an_order_is_withdrawn_although_its_id_at_the_venue_is_not_known_yet() {
    let mut trader = begin();
    let order = trader.resting(0);
    trader.place(&order);
    trader.withdraw(&order);
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee_though_the_line_tells_none() {
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
    begin().loses_answers(0);
}

#[test]
fn an_order_that_never_came_is_over_in_the_end() {
    begin().hears_nothing_of_an_order(0);
}

#[test]
fn after_the_line_was_cut_what_stands_is_known_again() {
    begin().loses_its_line([0, 1]);
}

#[test]
fn a_cancel_that_loses_to_an_execution_ends_in_the_execution() {
    begin().cancels_too_late(0);
}

#[test]
fn through_a_bad_hour_what_was_told_is_what_happened() {
    begin().has_a_bad_hour();
}

/// The venue has no switch of its own: a thread of ours asks what stands, and withdraws it.
#[test]
fn a_stage_that_stands_still_has_its_orders_withdrawn() {
    let still_after = Duration::from_secs(1);
    let mut trader =
        Trader::begin_with(VENUE, &SYMBOLS, key(TRADER_P256), |settings| settings.still_after = still_after);
    let orders = [trader.resting(0), trader.resting(1)];
    orders.iter().for_each(|order| trader.stand(order));
    std::thread::sleep(still_after * 4);
    assert_eq!(trader.truth().open().count(), 0);
    orders.iter().for_each(|order| trader.until_told(order, ReplyKind::Canceled));
}

#[test]
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    judges_keys(VENUE, &SYMBOLS, [TRADER_P256, WITHDRAWER_P256, READER_P256], None);
}

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    begin().shows_what_it_holds(VENUE, TRADER_P256, 1, None);
}
