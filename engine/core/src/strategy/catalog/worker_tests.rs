//! One order an instrument, worked by its desk.

use super::ENTRIES;
use crate::strategy::catalog::Strategy;
use crate::strategy::stage::tests::{Floor, denied};
use engine_model::instrument::InstrumentId;
use engine_model::market::BookState;
use engine_model::order::{OrderEvent, OrderStatus, Progress};

const NOTHING: [&str; 0] = [];

fn floor(name: &'static str, instrument: u32, params: &'static [(&'static str, i64)]) -> Floor {
    let mut floor = Floor::new(&[(name, instrument, params)], 64);
    floor.at(500).book(instrument, BookState::Synced).top(instrument, 99_990, 100_010, 0);
    floor.wishes();
    floor
}

#[test]
fn a_twap_begins_once_and_its_slices_follow_the_time() {
    let mut floor = floor("twap", 0, &[("order_quote", 2_000), ("duration_ms", 10_000), ("slices", 2)]);
    floor.at(1_000).top(0, 99_990, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 hold buy 199 @ 100500"], "half a percent beyond the mid");
    floor.report(1, 1, OrderEvent::Emulated, OrderStatus::Emulated);
    assert_eq!(floor.wishes(), ["1.2 buy 50 @ 100010"], "half of it are 100, but fifty are there");
    floor.at(1_100).fill(1, 2, 50, OrderStatus::Filled);
    floor.report(1, 1, OrderEvent::Worked(Progress::default()), OrderStatus::Emulated);
    floor.at(1_500).top(0, 99_990, 100_000, 0);
    assert_eq!(floor.wishes(), ["1.3 buy 50 @ 100000"]);
    floor.report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    assert_eq!(floor.wishes(), ["1.3 cancel"], "whoever withdrew it");
    floor.report(1, 3, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(9_000).top(0, 99_990, 100_000, 0);
    assert_eq!(floor.wishes(), NOTHING, "once");
}

#[test]
fn an_order_that_was_denied_is_wished_again_and_one_that_was_let_pass_is_not() {
    let mut floor = floor("twap", 0, &[]);
    for (ms, wish) in [(1_000, "1.1 hold buy 199 @ 100500"), (2_000, "1.2 hold buy 199 @ 100500")] {
        floor.at(ms).top(0, 99_990, 100_010, 0);
        assert_eq!(floor.wishes(), [wish], "at the next look, and not before it");
        floor.report(1, (ms / 1_000) as u32, denied(), OrderStatus::Denied);
        assert_eq!(floor.wishes(), NOTHING);
    }
    floor.at(3_000).top(0, 99_990, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.3 hold buy 199 @ 100500"]);
    floor.report(1, 3, OrderEvent::Emulated, OrderStatus::Emulated);
    floor.report(1, 3, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.wishes();
    floor.at(4_000).top(0, 99_990, 100_010, 0);
    assert_eq!(floor.wishes(), NOTHING, "it had begun");
}

#[test]
fn what_was_done_is_undone_when_that_is_wanted() {
    let mut floor = floor("iceberg", 1, &[("turn_flag", 1), ("sell_flag", 1), ("limit_bps", -1)]);
    floor.at(1_000).top(1, 99_990, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 hold sell 199 @ 100010"]);
    floor.report(1, 1, OrderEvent::Emulated, OrderStatus::Emulated);
    assert_eq!(floor.wishes(), ["1.2 sell 39 @ 100010"], "a fifth");
    floor.at(1_100).fill(1, 2, 39, OrderStatus::Filled);
    floor.wishes();
    floor.report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.wishes();
    floor.report(1, 3, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(2_000).top(1, 99_990, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.4 hold buy 39 @ 99990"], "as much as it holds");
    assert!(floor.order(3).reduce_only);
}

#[test]
fn parameters_that_make_no_sense_together_are_refused_by_name() {
    let fault = |name: &str, params: &[(&str, i64)]| {
        let given: Vec<_> = params.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
        Strategy::new(name, &[InstrumentId(0)], &given).expect_err("must be refused").to_string()
    };
    let near = fault("twap", &[("duration_ms", 5_000)]);
    assert_eq!(near, "parameter `duration_ms` is 5000, must be 6000 to 604800000", "twelve slices in five seconds");
    let much = fault("vwap", &[("profile_1_bps", 1_601)]);
    assert_eq!(much, "parameter `profile_bps` is 10001, must be 10000 to 10000");
    assert_eq!(ENTRIES.len(), 7);
}
