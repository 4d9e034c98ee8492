//! The candle strategy, from trades to orders. Short periods, so that a scenario fits on a screen.

use crate::strategy::stage::tests::{Floor, denied};
use engine_model::market::BookState;
use engine_model::order::{OrderEvent, OrderStatus, TimeInForce};

const NOTHING: [&str; 0] = [];
const SHORT: &[(&str, i64)] =
    &[("candle_ms", 1_000), ("rsi", 3), ("low", 40), ("high", 90), ("fast", 2), ("slow", 4), ("signal", 2)];

/// A fall that slows down: with [`SHORT`] the close of its last candle is the one that wants to be long.
const TURN: [i64; 8] = [1_000, 990, 980, 960, 940, 910, 880, 870];

/// One trade in the middle of each second, at the given prices.
fn trades(floor: &mut Floor, from_s: u64, prices: &[i64]) {
    for (second, px) in (from_s..).zip(prices) {
        floor.at(second * 1_000 + 500).trade(0, *px * 100);
    }
}

/// In sync, at the end of the fall; the first event of second 9 closes the deciding candle.
fn fallen() -> Floor {
    let mut floor = Floor::new(&[("rsi_macd", 0, SHORT)], 64);
    floor.at(1_000).book(0, BookState::Synced);
    trades(&mut floor, 1, &TURN);
    floor.at(8_900).top(0, 89_000, 89_010, 0);
    assert_eq!(floor.wishes(), NOTHING);
    floor
}

#[test]
fn buys_at_the_ask_when_a_fall_has_turned_and_sells_all_of_it_at_the_bid_when_it_turns_again() {
    let mut floor = fallen();
    floor.at(9_200).trade(0, 89_500);
    assert_eq!(floor.wishes(), ["1.1 buy 56 @ 89010"], "500 buy 56 lots of 8.901");
    assert_eq!((floor.order(0).time_in_force, floor.order(0).reduce_only), (TimeInForce::Ioc, false));

    floor.at(9_300).fill(1, 1, 50, OrderStatus::PartiallyFilled);
    floor.report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    trades(&mut floor, 11, &[900, 880]);
    assert_eq!(floor.wishes(), NOTHING, "50 are held, that is long enough");
    floor.at(12_900).top(0, 87_990, 88_000, 0).at(13_000).trade(0, 88_000);
    assert_eq!(floor.wishes(), ["1.2 sell 50 @ 87990"], "what is held, not what was wanted");
    assert!(floor.order(1).reduce_only);
}

#[test]
fn the_timer_closes_a_candle_that_no_trade_follows() {
    let mut floor = fallen();
    floor.at(9_000).top(0, 89_100, 89_110, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 56 @ 89110"], "at the newest touch");
}

#[test]
fn what_was_denied_is_wished_for_again_at_the_next_candle_and_never_while_an_order_works() {
    let mut floor = fallen();
    floor.at(9_200).trade(0, 89_500).at(10_200).trade(0, 89_500);
    assert_eq!(floor.wishes(), ["1.1 buy 56 @ 89010"], "the first is still out");
    floor.at(10_300).report(1, 1, denied(), OrderStatus::Denied);
    assert_eq!(floor.wishes(), NOTHING, "a denial is no reason to hurry");
    floor.at(11_200).trade(0, 89_500);
    assert_eq!(floor.wishes(), ["1.2 buy 56 @ 89010"]);
}

#[test]
fn without_a_price_there_is_no_wish_and_what_is_too_small_to_sell_counts_as_flat() {
    let mut floor = fallen();
    floor.at(8_950).book(0, BookState::Lost).at(9_200).trade(0, 89_500);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(9_300).book(0, BookState::Synced).top(0, 89_000, 89_010, 0).at(10_200).trade(0, 89_500);
    assert_eq!(floor.wishes(), ["1.1 buy 56 @ 89010"]);
    floor.at(10_300).fill(1, 1, 1, OrderStatus::PartiallyFilled);
    floor.report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled).at(11_200).trade(0, 89_500);
    assert_eq!(floor.wishes(), ["1.2 buy 56 @ 89010"], "one lot is worth 8.90 and the venue wants 10");
}
