//! What a person asks of a strategy while it runs.

use super::super::catalog::CATALOGUE;
use super::tests::{Floor, made};
use super::*;
use crate::market::candle::Candle;
use engine_model::instrument::InstrumentId;
use engine_model::market::BookState;
use engine_model::order::OrderStatus;
use engine_model::units::Ticks;

const NOTHING: [&str; 0] = [];
const SHORT: &[(&str, i64)] = &[("candle_ms", 1_000), ("fast", 1), ("slow", 3)];

/// A maker that has quoted, both quotes taken by the venue.
fn quoting() -> Floor {
    let params: &[(&str, i64)] = &[("imbalance_skew_ticks", 0), ("inventory_skew_ticks", 0)];
    let mut floor = Floor::new(&[("imbalance_maker", 1, params)], 64);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 20 @ 100000", "1.2 sell 19 @ 100010"]);
    floor.report(1, 1, OrderEvent::Accepted, OrderStatus::Accepted);
    floor.report(1, 2, OrderEvent::Accepted, OrderStatus::Accepted);
    floor
}

fn mode(floor: &Floor) -> Mode {
    floor.stage().board().rows[0].mode()
}

#[test]
fn a_pause_withdraws_what_could_make_a_position_larger_and_a_start_lets_it_quote_again() {
    let mut floor = quoting();
    floor.at(1_100).steer(1, Steer::Pause);
    assert_eq!(floor.wishes(), ["1.1 cancel", "1.2 cancel"]);
    assert_eq!(mode(&floor), Mode::Paused);
    floor.at(1_200).report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled).at(5_000).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), NOTHING);
    assert!(floor.stage().counters().refused.get() > 0, "it looked, and was told no");
    floor.at(9_000).steer(1, Steer::Start).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.3 buy 20 @ 100000", "1.4 sell 19 @ 100010"], "no number was used up");
    assert_eq!(mode(&floor), Mode::Running);
}

#[test]
fn who_is_paused_may_leave_and_who_is_stopped_may_not() {
    let story = |steer| {
        let mut floor = Floor::new(&[("sma_cross", 0, SHORT)], 64);
        floor.at(100).book(0, BookState::Synced).top(0, 100_000, 100_010, 0);
        for (second, px) in [(1, 100), (2, 100), (3, 110), (4, 111)] {
            floor.at(second * 1_000).trade(0, px);
        }
        assert_eq!(floor.wishes(), ["1.1 buy 49 @ 100010"]);
        floor.fill(1, 1, 49, OrderStatus::Filled).at(4_500).steer(1, steer).at(5_000).trade(0, 90);
        floor.at(6_000).trade(0, 90);
        let out = floor.wishes();
        floor.steer(1, Steer::Start).at(7_000).trade(0, 90);
        (out, floor.wishes())
    };
    let sold = || vec!["1.2 sell 49 @ 100000".to_owned()];
    assert_eq!(story(Steer::Pause), (sold(), vec![]), "the order still works");
    assert_eq!(story(Steer::Stop), (vec![], sold()), "it knew the market all the while");
}

/// A strategy that holds what a run before left it, and knows what it is told of the past.
fn going_on(past: &[i64]) -> Floor {
    let mut strategy = made("sma_cross", &[0], SHORT);
    let candle = |(second, px): (usize, &i64)| {
        let (start_at_ns, [open, high, low, close]) = (Nanos(second as u64 * Nanos::SECOND), [Ticks(*px); 4]);
        Candle { start_at_ns, open, high, low, close, volume: Lots(1), ..Candle::default() }
    };
    strategy.learn_past(&[(InstrumentId(0), 0, past.iter().enumerate().map(candle).collect())]);
    let mut floor = Floor::of(vec![strategy], 64).inheriting(49);
    floor.at(10_100).book(0, BookState::Synced).top(0, 100_000, 100_010, 0);
    floor
}

#[test]
fn what_a_run_before_left_is_kept_until_the_rule_has_seen_enough_to_leave_it() {
    let sold = ["1.1 sell 49 @ 100000"];
    // Three candles are an opinion: the third says out.
    let mut floor = going_on(&[]);
    floor.trade(0, 100).at(11_000).trade(0, 100).at(12_000).trade(0, 100);
    assert_eq!(floor.wishes(), NOTHING, "it has seen two");
    floor.at(13_000).trade(0, 100);
    assert_eq!(floor.wishes(), sold);
    // It still rises: what is held stays.
    let mut floor = going_on(&[]);
    floor.trade(0, 100).at(11_000).trade(0, 100).at(12_000).trade(0, 110).at(13_000).trade(0, 110);
    assert_eq!(floor.wishes(), NOTHING);
    // With a past the first candle is enough, either way.
    for (px, wishes) in [(90, &sold[..]), (112, &NOTHING[..])] {
        let mut floor = going_on(&[100, 105, 110]);
        floor.trade(0, px).at(11_000).trade(0, px);
        assert_eq!(floor.wishes(), wishes, "{px}");
    }
}

#[test]
fn candles_of_another_length_are_waited_for_with_what_is_held() {
    let mut floor = going_on(&[90, 100, 110]);
    let at =
        |name: &str| made("sma_cross", &[0], SHORT).entry().params.iter().position(|p| p.name == name).unwrap() as u8;
    floor.steer(1, Steer::Set { param: at("candle_ms"), value: 2_000, is_last: true });
    for second in 11..15 {
        floor.at(second * 1_000).trade(0, 80);
    }
    assert_eq!(floor.wishes(), NOTHING, "two candles of two seconds are no three");
    floor.at(16_000).trade(0, 80).at(18_000).trade(0, 80);
    assert_eq!(floor.wishes(), ["1.1 sell 49 @ 100000"]);
}

#[test]
fn a_quote_that_is_moved_by_a_parameter_keeps_its_order_and_half_of_a_change_is_none() {
    let mut floor = quoting();
    let at = |name: &str| CATALOGUE[1].params.iter().position(|param| param.name == name).expect("known") as u8;
    let distance = |value, is_last| Steer::Set { param: at("distance_ticks"), value, is_last };
    floor.at(1_100).steer(1, distance(7, false)).at(2_000).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), NOTHING, "not in force yet");
    let tolerance = Steer::Set { param: at("hysteresis_ticks"), value: 3, is_last: true };
    floor.at(2_100).steer(1, tolerance).at(3_000).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 cancel", "1.2 cancel"], "both in force: seven ticks are more than three");
    let board = floor.stage().board();
    assert_eq!(board.rows[0].values()[usize::from(at("distance_ticks"))], 7);
}

#[test]
fn what_makes_no_sense_is_left_undone_and_counted() {
    let mut floor = Floor::new(&[("sma_cross", 0, SHORT), ("twap", 0, &[])], 64);
    let before = floor.stage().board().rows[0].values();
    let set = |param, value| Steer::Set { param, value, is_last: true };
    floor
        .at(1_000)
        .steer(1, set(1, 900))
        .steer(1, set(77, 1))
        .steer(1, set(2, 0))
        .steer(2, set(0, 10))
        .steer(9, Steer::Stop);
    floor.wishes();
    assert_eq!(floor.stage().board().rows[0].values(), before);
    assert_eq!(
        floor.stage().counters().refused.get(),
        4,
        "fast not below slow, no such parameter, out of range, fixed"
    );
}

#[test]
fn another_length_is_warm_at_once_for_it_learns_what_was_kept() {
    let closes: Vec<i64> = (0..40).map(|n| 1_000 + (n * 7) % 13).collect();
    let run = |swap: bool| {
        let slow = if swap { 3 } else { 20 };
        let mut floor =
            Floor::of(vec![made("sma_cross", &[0], &[("candle_ms", 1_000), ("fast", 1), ("slow", slow)])], 64);
        floor.at(100).book(0, BookState::Lost);
        for (second, px) in (1..).zip(&closes) {
            floor.at(second * 1_000).trade(0, *px);
        }
        floor.wishes();
        if swap {
            floor.at(40_500).steer(1, Steer::Set { param: 2, value: 20, is_last: true });
            floor.wishes();
        }
        floor.at(41_000).trade(0, 2_000).at(42_000).trade(0, 1_999);
        floor.wishes();
        floor.state()
    };
    assert_eq!(run(true), run(false), "as if it had always run so");
}

#[test]
fn with_another_candle_it_warms_up_again() {
    let mut floor = Floor::new(&[("sma_cross", 0, SHORT)], 64);
    floor.at(100).book(0, BookState::Synced).top(0, 100_000, 100_010, 0);
    floor.steer(1, Steer::Set { param: 0, value: 2_000, is_last: true });
    for (second, px) in [(2, 100), (4, 100), (6, 110), (7, 150)] {
        floor.at(second * 1_000).trade(0, px);
    }
    assert_eq!(floor.wishes(), NOTHING, "the third candle of two seconds is not over");
    floor.at(8_000).top(0, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 49 @ 100010"]);
}
