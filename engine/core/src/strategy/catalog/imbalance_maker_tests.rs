//! The maker's rules, one scenario each. 20 lots are worth 200 at 1,000.00.

use crate::strategy::stage::tests::{Floor, denied, would_take};
use engine_model::market::BookState;
use engine_model::order::{OrderEvent, OrderStatus, OrderType, TimeInForce};
use engine_model::venue::RejectReason;

const NOTHING: [&str; 0] = [];

/// A maker on an instrument in sync at 1,000.00 to 1,000.10, which has placed its first quotes at 1,000 ms.
fn quoting(instrument: u32, params: &[(&str, i64)]) -> Floor {
    let mut floor = Floor::new(&[("imbalance_maker", instrument, params)], 64);
    floor.at(1_000).book(instrument, BookState::Synced).top(instrument, 100_000, 100_010, 0);
    floor
}

fn accept_both(floor: &mut Floor) {
    floor.report(1, 1, OrderEvent::Accepted, OrderStatus::Accepted);
    floor.report(1, 2, OrderEvent::Accepted, OrderStatus::Accepted);
}

#[test]
fn quotes_rest_post_only_at_both_sides_of_the_top() {
    let mut floor = quoting(1, &[]);
    assert_eq!(floor.wishes(), ["1.1 buy 20 @ 100000", "1.2 sell 19 @ 100010"]);
    for number in 0..2 {
        let order = floor.order(number);
        assert!(order.post_only && !order.reduce_only);
        assert_eq!((order.order_type, order.time_in_force), (OrderType::Limit, TimeInForce::Gtc));
    }
}

#[test]
fn a_book_that_is_bid_moves_both_quotes_up_and_neither_reaches_the_other_side() {
    let mut floor = Floor::new(&[("imbalance_maker", 1, &[("imbalance_skew_ticks", 8)])], 64);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, 5_000);
    assert_eq!(floor.wishes(), ["1.1 buy 19 @ 100004", "1.2 sell 19 @ 100014"]);
    let mut floor = Floor::new(&[("imbalance_maker", 1, &[("imbalance_skew_ticks", 80)])], 64);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, 5_000);
    assert_eq!(floor.wishes(), ["1.1 buy 19 @ 100009", "1.2 sell 19 @ 100050"]);
    let mut floor = Floor::new(&[("imbalance_maker", 1, &[("imbalance_skew_ticks", 80)])], 64);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, -5_000);
    assert_eq!(floor.wishes(), ["1.1 buy 20 @ 99960", "1.2 sell 19 @ 100001"]);
}

#[test]
fn a_quote_within_the_hysteresis_stays_and_one_beyond_is_withdrawn_and_placed_anew() {
    let mut floor = quoting(1, &[]);
    floor.wishes();
    accept_both(&mut floor);
    floor.at(1_250).top(1, 100_001, 100_011, 0);
    assert_eq!(floor.wishes(), NOTHING, "one tick is within");
    floor.at(1_500).top(1, 100_002, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 cancel"]);
    floor.at(1_510).report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    assert_eq!(floor.wishes(), NOTHING, "not before the rest is over");
    floor.at(1_750).top(1, 100_002, 100_010, 1);
    assert_eq!(floor.wishes(), ["1.3 buy 19 @ 100002"]);
}

#[test]
fn after_a_message_there_is_rest_whatever_the_market_does() {
    let mut floor = quoting(1, &[]);
    floor.wishes();
    accept_both(&mut floor);
    for ms in 1_001..1_250 {
        floor.at(ms).top(1, 100_000 + ms as i64, 100_010 + ms as i64, 0);
        assert_eq!(floor.wishes(), NOTHING, "{ms} ms");
    }
    floor.at(1_250).trade(1, 100_000);
    assert_eq!(floor.wishes(), ["1.1 cancel", "1.2 cancel"], "the timer looks when the top is quiet");
}

#[test]
fn inventory_leans_the_quotes_down_and_never_passes_its_bound() {
    let mut floor = quoting(1, &[("order_quote", 600), ("hysteresis_ticks", 0)]);
    assert_eq!(floor.wishes(), ["1.1 buy 60 @ 100000", "1.2 sell 59 @ 100010"]);
    floor.at(1_100).fill(1, 1, 60, OrderStatus::Filled).report(1, 2, OrderEvent::Accepted, OrderStatus::Accepted);
    floor.at(1_250).top(1, 100_000, 100_010, 1);
    assert_eq!(
        floor.wishes(),
        ["1.3 buy 39 @ 99998", "1.2 cancel"],
        "99 lots at most, 60 held: room for 39, lean of 2"
    );
    floor.at(1_300).fill(1, 3, 39, OrderStatus::Filled).report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(1_500).top(1, 100_000, 100_010, 2);
    assert_eq!(floor.wishes(), ["1.4 sell 59 @ 100006"], "full: nothing more is bought");
}

#[test]
fn spot_is_not_sold_short() {
    let mut floor = quoting(0, &[]);
    assert_eq!(floor.wishes(), ["1.1 buy 20 @ 100000"]);
    floor.at(1_100).fill(1, 1, 12, OrderStatus::PartiallyFilled);
    floor.at(1_250).top(0, 100_000, 100_010, 1);
    assert_eq!(floor.wishes(), ["1.2 sell 12 @ 100010"], "what is held, and the rest of the bid stays");
}

#[test]
fn a_denied_side_rests_and_the_other_goes_on() {
    let mut floor = quoting(1, &[]);
    floor.wishes();
    floor.at(1_001).report(1, 1, denied(), OrderStatus::Denied);
    floor.report(1, 2, would_take(), OrderStatus::Rejected);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(1_251).top(1, 100_000, 100_012, 0);
    assert_eq!(floor.wishes(), ["1.3 sell 19 @ 100012"], "a post-only order that would have taken waits a moment");
    floor.at(2_900).top(1, 100_000, 100_012, 1);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(3_001).top(1, 100_000, 100_012, 2);
    assert_eq!(floor.wishes(), ["1.4 buy 20 @ 100000"], "2 s after the denial");
}

#[test]
fn a_late_rejection_is_given_its_own_rest() {
    let mut floor = quoting(1, &[]);
    floor.wishes();
    floor.at(1_400).report(1, 2, would_take(), OrderStatus::Rejected).top(1, 100_000, 100_012, 0);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(1_650).top(1, 100_000, 100_012, 1);
    assert_eq!(floor.wishes(), ["1.3 sell 19 @ 100012"]);
}

#[test]
fn the_lean_stops_growing_when_the_price_makes_the_position_larger_than_its_bound() {
    let mut floor = quoting(1, &[("order_quote", 600), ("inventory_skew_ticks", 40)]);
    floor.wishes();
    floor.at(1_100).fill(1, 1, 60, OrderStatus::Filled).report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(1_250).top(1, 200_000, 200_100, 0);
    assert_eq!(floor.wishes(), ["1.3 sell 29 @ 200060"], "60 lots are held, 49 are worth 1000: no bid, a lean of 40");
}

#[test]
fn a_lost_book_withdraws_both_quotes_at_once_and_nothing_is_quoted_until_it_is_back() {
    let mut floor = quoting(1, &[]);
    floor.wishes();
    accept_both(&mut floor);
    floor.at(1_010).book(1, BookState::Lost).book(1, BookState::Lost);
    assert_eq!(floor.wishes(), ["1.1 cancel", "1.2 cancel"], "at once, and once");
    floor.report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(1_900).trade(1, 1).book(1, BookState::Synced);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(2_200).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.3 buy 20 @ 100000", "1.4 sell 19 @ 100010"]);
}

#[test]
fn a_refused_or_unanswered_cancel_is_asked_for_again() {
    let mut floor = quoting(1, &[]);
    floor.wishes();
    accept_both(&mut floor);
    floor.at(1_250).top(1, 100_100, 100_110, 0);
    assert_eq!(floor.wishes(), ["1.1 cancel", "1.2 cancel"]);
    let refused = OrderEvent::CancelRejected(RejectReason::UnknownOrder);
    floor.at(1_260).report(1, 1, refused, OrderStatus::Accepted);
    floor.at(1_500).top(1, 100_100, 100_110, 1);
    assert_eq!(floor.wishes(), ["1.1 cancel"]);
    floor.at(3_249).top(1, 100_100, 100_110, 2);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(3_500).top(1, 100_100, 100_110, 3);
    assert_eq!(floor.wishes(), ["1.1 cancel", "1.2 cancel"], "two seconds without an answer");
}

#[test]
fn a_budget_below_the_venues_minimum_quotes_nothing() {
    let mut floor = quoting(1, &[("order_quote", 9), ("inventory_max_quote", 9)]);
    assert_eq!(floor.wishes(), NOTHING);
}
