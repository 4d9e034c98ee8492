//! Orders at the simulated Bitget, contracts and coins.

use crate::ordeal::judges_keys;
use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType};
use engine_model::units::Ticks;
use engine_model::venue::{RejectReason, ReplyKind, RequestKind, VenueId};
use tests_venue::account::{READER, TRADER, WITHDRAWER};

const VENUE: VenueId = VenueId::Bitget;
/// A contract and a coin.
const SYMBOLS: [&str; 2] = ["USDT-FUTURES:BTCUSDT", "SPOT:BTCUSDT"];
const CONTRACT: usize = 0;
const SPOT: usize = 1;
/// So many usual orders nobody here can pay for; the venue would take them for their size.
const TOO_MUCH: i64 = 100_000;

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
        trader.check_stands(order.px, order.qty);
        trader.withdraw(&order);
    }
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    begin().takes(&[
        (CONTRACT, Side::Buy, OrderType::Market),
        (SPOT, Side::Sell, OrderType::Market),
        (SPOT, Side::Buy, OrderType::Limit),
    ]);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
    // It is taken in and withdrawn at once, and no word says why.
    let would_take = trader.would_take(CONTRACT);
    trader.place(&would_take);
    trader.until_told(&would_take, ReplyKind::Canceled);
    // A market buy of a coin would be counted in quote, and is never sent.
    let bought = Order { order_type: OrderType::Market, ..trader.resting(SPOT) };
    let orders = [trader.times(CONTRACT, TOO_MUCH), trader.reduces_nothing(CONTRACT), bought];
    let reasons = [RejectReason::InsufficientFunds, RejectReason::ReduceOnly, RejectReason::NotAllowed];
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
fn after_the_line_was_cut_what_stands_is_known_again() {
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
fn a_key_that_may_withdraw_or_may_not_trade_is_refused() {
    judges_keys(VENUE, &SYMBOLS, [TRADER, WITHDRAWER, READER], None);
}

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    begin().shows_what_it_holds(VENUE, TRADER, SPOT, Some(CONTRACT));
}
