//! What makes each strategy enter, leave and stay out. 1,000.00 is 100,000 ticks; one lot there is worth 10.

use crate::strategy::stage::tests::{Floor, denied, made};
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::{OrderEvent, OrderStatus, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};

const NOTHING: [&str; 0] = [];
const SECOND: (&str, i64) = ("candle_ms", 1_000);

/// A strategy whose instruments are in sync at 1,000.00 to 1,000.10.
fn floor(name: &str, instruments: &[u32], params: &[(&str, i64)]) -> Floor {
    let mut floor = Floor::of(vec![made(name, instruments, params)], 64);
    floor.at(100);
    for &id in instruments {
        floor.book(id, BookState::Synced).top(id, 100_000, 100_010, 0);
    }
    floor
}

/// A trade in each second from `from_s` on; the last bar is closed by the timer.
fn bars(floor: &mut Floor, id: u32, from_s: u64, closes: &[i64]) -> Vec<String> {
    for (second, px) in (from_s..).zip(closes) {
        floor.at(second * 1_000 + 500).trade(id, *px);
    }
    let end = from_s + closes.len() as u64;
    floor.at(end * 1_000 + 1).top(id, 100_000, 100_010, 0);
    floor.wishes()
}

fn filled(floor: &mut Floor, number: u32, qty: i64) {
    floor.fill(1, number, qty, OrderStatus::Filled);
    floor.wishes();
}

#[test]
fn sma_cross_is_long_above_its_longer_mean_and_out_below() {
    let mut floor = floor("sma_cross", &[0], &[SECOND, ("fast", 1), ("slow", 3)]);
    assert_eq!(bars(&mut floor, 0, 1, &[100, 100, 99]), NOTHING, "the fast one is below");
    assert_eq!(bars(&mut floor, 0, 4, &[103]), ["1.1 buy 49 @ 100010"]);
    assert_eq!((floor.order(0).time_in_force, floor.order(0).reduce_only), (TimeInForce::Ioc, false));
    filled(&mut floor, 1, 49);
    assert_eq!(bars(&mut floor, 0, 5, &[104]), NOTHING, "it is long");
    assert_eq!(bars(&mut floor, 0, 6, &[90]), ["1.2 sell 49 @ 100000"]);
    assert!(floor.order(1).reduce_only);
}

#[test]
fn donchian_follows_both_breakouts_of_a_contract_and_turns_in_two_steps() {
    let mut floor = floor("donchian", &[1], &[SECOND, ("entry", 3), ("exit", 1)]);
    assert_eq!(bars(&mut floor, 1, 1, &[100, 102, 101]), NOTHING, "the window fills");
    assert_eq!(bars(&mut floor, 1, 4, &[103]), ["1.1 buy 49 @ 100010"]);
    filled(&mut floor, 1, 49);
    assert_eq!(bars(&mut floor, 1, 5, &[90]), ["1.2 sell 49 @ 100000"], "out first");
    filled(&mut floor, 2, 49);
    assert_eq!(bars(&mut floor, 1, 6, &[89]), ["1.3 sell 50 @ 100000"], "then short");
    assert!(!floor.order(2).reduce_only);
}

#[test]
fn a_spot_market_is_never_sold_short() {
    let mut floor = floor("donchian", &[0], &[SECOND, ("entry", 2), ("exit", 1)]);
    assert_eq!(bars(&mut floor, 0, 1, &[100, 100, 90, 80]), NOTHING);
}

#[test]
fn bollinger_buys_outside_its_band_and_leaves_at_the_middle() {
    let mut floor = floor("bollinger_reversion", &[1], &[SECOND, ("n", 4), ("k_deci", 15)]);
    assert_eq!(bars(&mut floor, 1, 1, &[10, 10, 10]), NOTHING);
    assert_eq!(bars(&mut floor, 1, 4, &[6]), ["1.1 buy 49 @ 100010"]);
    filled(&mut floor, 1, 49);
    assert_eq!(bars(&mut floor, 1, 5, &[8]), NOTHING, "below its middle");
    assert_eq!(bars(&mut floor, 1, 6, &[9]), ["1.2 sell 49 @ 100000"]);
    filled(&mut floor, 2, 49);
    assert_eq!(bars(&mut floor, 1, 7, &[13]), ["1.3 sell 50 @ 100000"], "above the upper band");
}

#[test]
fn momentum_enters_only_where_the_longer_candles_that_are_over_agree() {
    let params = [SECOND, ("slow_factor", 2), ("lookback", 1), ("enter_bps", 100), ("exit_bps", 0)];
    let mut floor = floor("momentum", &[1], &params);
    assert_eq!(bars(&mut floor, 1, 2, &[1_000, 1_000, 1_000]), NOTHING);
    // The move is large enough at once; the long candle that holds it is over one second later.
    assert_eq!(bars(&mut floor, 1, 5, &[1_020]), ["1.1 buy 49 @ 100010"], "its long candle ends with it: 4 to 6");
    filled(&mut floor, 1, 49);
    assert_eq!(bars(&mut floor, 1, 6, &[1_030]), NOTHING);
    assert_eq!(bars(&mut floor, 1, 7, &[1_010]), ["1.2 sell 49 @ 100000"]);
    filled(&mut floor, 2, 49);
    assert_eq!(
        bars(&mut floor, 1, 8, &[1_030]),
        NOTHING,
        "a jump within a long candle that is not over, behind a fall"
    );
}

/// Two series, one pair a second; the pair of the last second is closed by the timer of both.
fn pairs(floor: &mut Floor, from_s: u64, closes: &[(i64, i64)]) -> Vec<String> {
    for (second, (y, x)) in (from_s..).zip(closes) {
        floor.at(second * 1_000 + 500).trade(1, *y).trade(2, *x);
    }
    let end = from_s + closes.len() as u64;
    floor.at(end * 1_000 + 1).top(1, 100_000, 100_010, 0).top(2, 100_000, 100_010, 0);
    floor.wishes()
}

#[test]
fn pairs_sells_the_dear_one_and_buys_the_cheap_one_until_they_meet() {
    let params = [SECOND, ("n", 10), ("enter_centi", 200), ("stop_centi", 290), ("exit_centi", 50)];
    let mut floor = floor("pairs", &[1, 2], &params);
    let calm = [(1_000, 500), (1_010, 505), (1_020, 510), (1_010, 505), (1_000, 500), (1_010, 505), (1_020, 510)];
    assert_eq!(pairs(&mut floor, 1, &calm), NOTHING);
    assert_eq!(pairs(&mut floor, 8, &[(1_011, 505), (999, 500)]), NOTHING, "nine of ten");
    assert_eq!(pairs(&mut floor, 10, &[(1_031, 510)]), ["1.1 sell 50 @ 100000", "1.2 buy 49 @ 100010"]);
    filled(&mut floor, 1, 50);
    filled(&mut floor, 2, 49);
    assert_eq!(pairs(&mut floor, 11, &[(1_010, 505)]), ["1.3 buy 50 @ 100010", "1.4 sell 49 @ 100000"]);
}

#[test]
fn pairs_waits_for_both_candles_and_leaves_what_has_come_apart_for_good() {
    let params = [SECOND, ("n", 10), ("enter_centi", 100), ("stop_centi", 200), ("exit_centi", 50)];
    let mut floor = floor("pairs", &[1, 2], &params);
    let calm = [(1_000, 500), (1_010, 505), (1_020, 510), (1_010, 505), (1_000, 500), (1_010, 505), (1_020, 510)];
    pairs(&mut floor, 1, &calm);
    pairs(&mut floor, 8, &[(1_011, 505), (999, 500)]);
    floor.at(10_500).trade(1, 2_000).at(11_001).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), NOTHING, "the other one did not trade");
    assert_eq!(pairs(&mut floor, 12, &[(1_200, 510)]), NOTHING, "beyond the stop: no pair any more");
    assert_eq!(pairs(&mut floor, 13, &[(1_200, 510)]), NOTHING, "until they have met");
}

fn funding(floor: &mut Floor, rate_e8: i64) -> &mut Floor {
    floor.market(1, MarketChange::Funding { rate_e8, next_at_ns: Nanos(0), interval_s: 28_800 })
}

#[test]
fn funding_carry_buys_coins_sells_as_many_by_contract_and_undoes_both_when_the_rate_is_gone() {
    let mut floor = floor("funding_carry", &[0, 1], &[("discount_max_bps", 5)]);
    // 0.03 % in eight hours is 32.85 % a year; 0.01 % is 10.95 %.
    funding(&mut floor, 10_000).intents();
    floor.at(1_000).trade(0, 1);
    assert_eq!(floor.wishes(), NOTHING, "too little");
    funding(floor.at(1_500), 30_000).intents();
    floor.at(2_000).trade(0, 1);
    assert_eq!(floor.wishes(), ["1.1 buy 49 @ 100010"], "the coins");
    floor.at(2_100).fill(1, 1, 40, OrderStatus::PartiallyFilled);
    floor.report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled).at(3_000).trade(0, 1);
    assert_eq!(floor.wishes(), ["1.2 sell 40 @ 100000"], "as many as were got");
    filled(&mut floor, 2, 40);
    floor.at(4_000).trade(0, 1);
    assert_eq!(floor.wishes(), NOTHING, "both stand");
    funding(floor.at(4_500), 1_000).intents();
    floor.at(5_000).trade(0, 1);
    assert_eq!(floor.wishes(), ["1.3 sell 40 @ 100000", "1.4 buy 40 @ 100010"]);
    assert!(floor.order(2).reduce_only && floor.order(3).reduce_only);
}

#[test]
fn funding_carry_does_not_enter_below_the_coins_nor_hurry_behind_a_denial() {
    let mut floor = floor("funding_carry", &[0, 1], &[("discount_max_bps", 5)]);
    funding(&mut floor, 30_000).top(1, 99_900, 99_910, 0).intents();
    floor.at(1_000).trade(0, 1);
    assert_eq!(floor.wishes(), NOTHING, "the contract costs 11 bps less");
    floor.top(1, 100_000, 100_010, 0).intents();
    floor.at(2_000).trade(0, 1);
    assert_eq!(floor.wishes(), ["1.1 buy 49 @ 100010"]);
    floor.at(2_100).report(1, 1, denied(), OrderStatus::Denied);
    assert_eq!(floor.wishes(), NOTHING, "not before its next look");
    floor.at(3_000).trade(0, 1);
    assert_eq!(floor.wishes(), ["1.2 buy 49 @ 100010"]);
}

#[test]
fn basis_enters_what_is_earned_at_both_touches_and_leaves_when_it_is_gone() {
    let mut floor = floor("basis", &[0, 1], &[("enter_bps", 50), ("exit_bps", 5)]);
    floor.at(250).top(1, 100_500, 100_700, 0);
    assert_eq!(floor.wishes(), NOTHING, "48 bps from the coins' ask to the contract's bid");
    floor.at(500).top(1, 100_520, 100_700, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 49 @ 100010"]);
    floor.at(510).fill(1, 1, 49, OrderStatus::Filled);
    assert_eq!(floor.wishes(), ["1.2 sell 49 @ 100520"], "with the fill, not with the next look");
    filled(&mut floor, 2, 49);
    floor.at(750).top(1, 100_200, 100_210, 0);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(1_000).top(1, 100_020, 100_030, 0);
    assert_eq!(floor.wishes(), ["1.3 sell 49 @ 100000", "1.4 buy 49 @ 100030"]);
}

#[test]
fn order_flow_goes_with_what_comes_to_the_book_and_leaves_after_its_time() {
    let params = [("quotes", 3), ("enter_centi", 100), ("hold_ms", 2_000), ("rest_ms", 1_000)];
    let mut floor = floor("order_flow", &[1], &params);
    floor.at(200).top(1, 100_000, 100_010, 0).at(210).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), NOTHING, "nothing came");
    // The bid comes up: 50 lots came to it, and the ask went: 50 left it. 100 of a mean size of 50.
    floor.at(220).top(1, 100_001, 100_011, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 49 @ 100011"]);
    filled(&mut floor, 1, 49);
    floor.at(2_100).top(1, 100_001, 100_011, 0);
    assert_eq!(floor.wishes(), NOTHING);
    floor.at(2_300).top(1, 100_001, 100_011, 0);
    assert_eq!(floor.wishes(), ["1.2 sell 49 @ 100001"], "two seconds are over");
    filled(&mut floor, 2, 49);
    floor.at(2_400).top(1, 100_005, 100_015, 0);
    assert_eq!(floor.wishes(), NOTHING, "it rests");
}

#[test]
fn avellaneda_stoikov_quotes_once_it_knows_the_variance_and_leans_against_what_it_holds() {
    let params = [("bars", 3), ("aversion_e4", 100), ("decay_centi", 30), ("horizon_s", 1), ("hysteresis_ticks", 0)];
    let mut floor = floor("avellaneda_stoikov", &[1], &params);
    for (second, bid) in (1..).zip([100_000, 100_004, 100_000]) {
        floor.at(second * 1_000).top(1, bid, bid + 10, 0);
    }
    assert_eq!(floor.wishes(), NOTHING, "two changes of three");
    floor.at(4_000).top(1, 100_000, 100_010, 0);
    // Variance of +4, -4, 0: 10.67. Off by 0.01 * 10.67 / 2 + ln(1 + 0.01 / 0.3) / 0.01 = 3.33 from 100,005.
    assert_eq!(floor.wishes(), ["1.1 buy 19 @ 100001", "1.2 sell 19 @ 100009"]);
    assert!(floor.order(0).post_only && floor.order(1).post_only);
    filled(&mut floor, 1, 19);
    floor.at(4_250).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.3 buy 19 @ 100001"], "one order held is worth a tenth of a tick");
    floor.at(4_500).book(1, BookState::Lost);
    assert_eq!(floor.wishes(), ["1.3 cancel", "1.2 cancel"], "no price, no quotes");
}

#[test]
fn grid_stands_on_its_lines_and_moves_one_further_with_each_fill() {
    let mut floor = floor("grid", &[1], &[("step_bps", 100), ("levels", 2), ("requote_ms", 100)]);
    floor.at(200).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 20 @ 99005", "1.2 sell 19 @ 101005"]);
    floor.at(300).top(1, 99_000, 99_010, 0).fill(1, 1, 20, OrderStatus::Filled);
    floor.at(500).top(1, 98_900, 98_910, 0);
    let wished = floor.wishes();
    assert_eq!(wished, ["1.3 buy 20 @ 98005", "1.2 cancel"], "one line down; the ask moves to the line that was left");
    floor.at(600).report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(700).top(1, 98_900, 98_910, 0);
    assert_eq!(floor.wishes(), ["1.4 sell 19 @ 100005"]);
    floor.at(800).fill(1, 3, 20, OrderStatus::Filled).at(1_000).top(1, 97_000, 97_010, 0);
    assert_eq!(floor.wishes(), ["1.4 cancel"], "two lines is all: no further bid");
}

#[test]
fn liquidation_fade_waits_until_they_are_done_and_leaves_at_its_target_stop_or_time() {
    let params = [("burst_quote", 1_000), ("move_bps", 50), ("quiet_ms", 1_000), ("hold_ms", 10_000)];
    let mut floor = floor("liquidation_fade", &[1], &params);
    let gone = |qty| MarketChange::Liquidation { px: Ticks(99_800), qty: Lots(qty), closed: Side::Buy };
    floor.at(1_000).market(1, gone(60)).at(1_500).top(1, 99_400, 99_410, 0).market(1, gone(60));
    assert_eq!(floor.wishes(), NOTHING, "1,197 worth of longs, and perhaps more to come");
    floor.at(2_600).top(1, 99_400, 99_410, 0);
    let wished = floor.wishes();
    assert_eq!(wished, ["1.1 hold buy 50 @ 99410", "1.2 hold sell 50 @ 99658", "1.3 hold sell 50 @ 0"]);
    assert_eq!(floor.order(2).trigger_px, Ticks(99_013));
    floor.at(2_700).fill(1, 1, 50, OrderStatus::Filled);
    assert_eq!(floor.wishes(), ["1.2 release sell 50 @ 99658"], "the target rests, the stop waits");
    floor.report(1, 2, OrderEvent::Accepted, OrderStatus::Accepted).at(12_600).top(1, 99_450, 99_460, 0);
    assert_eq!(floor.wishes(), ["1.2 cancel"], "its time is over");
    floor.at(12_650).report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(12_700).top(1, 99_450, 99_460, 0);
    assert_eq!(floor.wishes(), ["1.3 cancel"], "one after the other");
    floor.at(12_750).report(1, 3, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.at(12_800).top(1, 99_450, 99_460, 0);
    assert_eq!(floor.wishes(), ["1.4 sell 50 @ 99450"]);
}

#[test]
fn liquidation_fade_leaves_a_burst_alone_that_moved_nothing() {
    let mut floor = floor("liquidation_fade", &[1], &[("burst_quote", 1_000), ("quiet_ms", 0)]);
    floor.at(1_000).market(1, MarketChange::Liquidation { px: Ticks(99_800), qty: Lots(900), closed: Side::Buy });
    floor.at(2_600).top(1, 99_900, 99_910, 0);
    assert_eq!(floor.wishes(), NOTHING, "10 bps");
}

#[test]
fn streak_follows_a_run_of_candles_that_rose() {
    let mut floor = floor("streak", &[0], &[SECOND, ("run", 2)]);
    assert_eq!(bars(&mut floor, 0, 1, &[100, 101]), NOTHING, "one");
    assert_eq!(bars(&mut floor, 0, 3, &[102]), ["1.1 buy 49 @ 100010"], "two in a row");
    filled(&mut floor, 1, 49);
    assert_eq!(bars(&mut floor, 0, 4, &[102]), ["1.2 sell 49 @ 100000"], "one that did not rise");
}
