//! Orders at the simulated Hyperliquid: signed by a wallet, known by sixteen bytes.

use crate::ordeal::judges_keys;
use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::Lots;
use engine_model::venue::{RejectReason, ReplyKind, RequestKind, VenueId};
use std::time::Duration;
use tests_venue::account::{READER_WALLET, TRADER_WALLET, WITHDRAWER_WALLET};

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

#[test]
fn an_order_is_entered_and_withdrawn_and_the_venue_has_it_so() {
    let mut trader = begin();
    for instrument in [CONTRACT, SPOT] {
        let order = trader.resting(instrument);
        trader.stand(&order);
        trader.check_stands(order.px, order.qty);
        trader.withdraw(&order);
    }
}

#[test]
fn a_taker_is_told_each_execution_once_with_its_fee() {
    let what = [CONTRACT, SPOT, CONTRACT].map(|instrument| (instrument, Side::Buy, OrderType::Limit));
    assert_eq!(begin().takes(&what).gauges.stray_fills.get(), 0);
}

#[test]
fn what_the_venue_refuses_is_rejected_for_its_reason() {
    let mut trader = begin();
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
        let mut order = Order { post_only: false, ..trader.would_take(CONTRACT) };
        set(&mut order);
        trader.is_refused(order, reason);
    }
    let reduces = trader.reduces_nothing(CONTRACT);
    trader.is_refused(reduces, RejectReason::ReduceOnly);
    let kept = trader.resting(CONTRACT);
    trader.stand(&kept);
    trader.ask(&kept, RequestKind::Modify { px: kept.px, qty: Lots(kept.qty.0 * 2) });
    trader.until_told(&kept, ReplyKind::ModifyRejected(RejectReason::NotAllowed));
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
    judges_keys(VENUE, &SYMBOLS, [TRADER_WALLET, WITHDRAWER_WALLET, READER_WALLET], None);
}

#[test]
fn what_the_account_holds_is_known_before_a_run_begins() {
    begin().shows_what_it_holds(VENUE, TRADER_WALLET, CONTRACT, Some(CONTRACT));
}
