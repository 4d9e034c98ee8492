//! The bracket strategy, from an imbalance to its exits.

use crate::strategy::stage::tests::{Floor, denied};
use engine_model::market::BookState;
use engine_model::order::{OrderEvent, OrderStatus, OrderType};

const NOTHING: [&str; 0] = [];

fn floor(instrument: u32) -> Floor {
    let params: &[(&str, i64)] = &[("every_ms", 1_000), ("target_bps", 100), ("stop_bps", 50)];
    let mut floor = Floor::new(&[("bracket", instrument, params)], 64);
    floor.at(500).book(instrument, BookState::Synced).top(instrument, 99_990, 100_000, 0);
    assert_eq!(floor.wishes(), NOTHING, "nothing leans");
    floor
}

#[test]
fn follows_the_imbalance_with_an_entry_a_target_and_a_stop_that_trails() {
    let mut floor = floor(0);
    floor.at(1_000).top(0, 99_990, 100_000, 4_000);
    let wished = floor.wishes();
    assert_eq!(wished, ["1.1 hold buy 50 @ 100000", "1.2 hold sell 50 @ 101000", "1.3 hold sell 50 @ 0"]);
    floor.at(1_100).fill(1, 1, 50, OrderStatus::Filled);
    assert_eq!(floor.wishes(), ["1.2 release sell 50 @ 101000"], "the stop waits for its price");
    floor.report(1, 2, OrderEvent::Accepted, OrderStatus::Accepted);
    // 0.5 % behind the best bid of 100,900 is 100,395 (rounded away).
    floor.at(1_200).top(0, 100_900, 100_910, 0).top(0, 100_400, 100_410, 0);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(1_300).top(0, 100_395, 100_405, 0);
    assert_eq!(floor.wishes(), ["1.2 cancel"], "the target makes room first");
    floor.at(1_400).report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    assert_eq!(floor.wishes(), ["1.3 release sell 50 @ 0"]);
    assert_eq!(floor.order(0).order_type, OrderType::Limit);
}

#[test]
fn sells_short_where_that_can_be_done_and_waits_while_anything_works() {
    let mut spot = floor(0);
    spot.at(1_000).top(0, 99_990, 100_000, -9_000);
    assert_eq!(spot.wishes(), NOTHING, "spot is not sold short");
    let mut linear = floor(1);
    linear.at(1_000).top(1, 99_990, 100_000, -9_000);
    let wished = ["1.1 hold sell 50 @ 99990", "1.2 hold buy 50 @ 98991", "1.3 hold buy 50 @ 0"];
    assert_eq!(linear.wishes(), wished);
    linear.at(2_000).top(1, 99_990, 100_000, -9_000);
    assert_eq!(linear.wishes(), NOTHING, "the first one is still out");
    linear.at(2_100).report(1, 1, denied(), OrderStatus::Denied);
    assert_eq!(linear.wishes(), ["1.2 cancel", "1.3 cancel"], "children end with their parent");
}

#[test]
fn what_nothing_protects_is_shown_part_by_part() {
    let mut floor = floor(0);
    floor.at(1_000).top(0, 99_990, 100_000, 4_000);
    floor.wishes();
    floor.at(1_100).fill(1, 1, 50, OrderStatus::Filled);
    floor.wishes();
    floor.report(1, 2, denied(), OrderStatus::Denied).report(1, 3, denied(), OrderStatus::Denied);
    floor.at(2_000).top(0, 99_990, 100_000, 4_000);
    assert_eq!(floor.wishes(), ["1.4 hold sell 50 @ 100000"]);
    floor.at(2_050).report(1, 4, OrderEvent::Emulated, OrderStatus::Emulated);
    assert_eq!(floor.wishes(), ["1.5 sell 10 @ 100000"], "a fifth of it");
    floor.at(2_100).fill(1, 5, 10, OrderStatus::Filled);
    assert_eq!(floor.wishes(), ["1.6 sell 10 @ 100000"], "the next slice");
}
