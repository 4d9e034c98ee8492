//! Scenarios that a trader can read, played through the real stages: paper venue, risk, execution, journal. Only the
//! strategy is replaced, by what the file says it wants.
//!
//! A file of `tests/scenario` is a list of lines; `#` begins a remark. Nothing happens by itself: each line is done, then
//! all stages are turned until they rest. What was told meanwhile must stand in the `expect` lines right behind, word for
//! word and complete; so a line that is followed by no `expect` tells nothing.
//!
//! ```text
//! given NAME VALUE                       a limit, before anything happens: those of [risk] in config/base.toml, equity_usd,
//!                                        order_rows, order_ring, order_latency_ms, reply_latency_ms
//! given forbidden SYMBOL                 the strategy has no mandate for it
//! given collateral_usd N                 what lies at each venue; without it no venue asks what stands behind a position
//! given insurance_fund_usd N             what each venue's fund can lose; without it anything
//! book SYMBOL PX QTY … / PX QTY …        the venue's whole book: bids / asks
//! change SYMBOL PX QTY … / PX QTY …      some levels are now these; 0 is gone
//! trade SYMBOL buy|sell QTY @ PX         somebody else took it
//! mark|index SYMBOL PX                   what the venue tells of these
//! liquidation SYMBOL long|short QTY @ PX somebody else's long or short was closed by the venue
//! venue says NAME accepted|canceled|expired|rejected|filled QTY @ PX as N|updated to QTY @ PX|change rejected
//! venue says NAME rejected for now|no such order|cancel refused
//! venue sells QTY @ PX as N by deleveraging   a part of the position in XRPUSDT
//! venue keeps QTY @ PX as N of NAME      of the coins that it bought, as its fee
//! lost SYMBOL                            the book cannot be trusted any more
//! wait N ms|s                            what is under way arrives
//! strategy wants NAME buy|sell QTY SYMBOL @ PX|market [post] [ioc] [fok] [reduce] [id=N]
//!                                        QTY may be money: 500usd
//!                                        [stop=PX] [touch=PX] [trail=N|trail=Nbps] [beyond=N|beyond=Nbps] [to-limit]
//!                                        [by=last|mark|index|bid-ask|mid|double-last|double-bid-ask|last-or-bid-ask]
//!                                        [show=QTY] [day] [until=Ns]  (seconds since the scenario began)
//! strategy works NAME … as ALGORITHM …   the same words, and how: see `works.rs`
//! strategy drafts NAME …                 the same words, for one of the lists below
//! strategy sends NAME and NAME … tied oco|ouo
//! strategy sends NAME with NAME and NAME … tied oco|ouo|not     the first is the parent
//! strategy changes NAME to QTY @ PX
//! strategy moves the trigger of NAME to PX
//! strategy cancels NAME
//! operator sets [SCOPE] active|reducing|halted   SCOPE: strategy:1, venue:binance-usdm, instrument:BTCUSDT.binance-usdm
//! operator flattens
//! gate VENUE open|closed                 what we know of its account agrees with what it says, or not
//! venues are ahead by N ms|s             of our clock
//! operator cancels everything
//! kill switch on|off
//! execution sleeps|wakes                 it reads nothing meanwhile
//! expect WHAT, WHAT …                    NAME submitted|accepted|pending cancel|canceled|filled QTY @ PX maker|taker
//!                                        NAME emulated|released|expired|pending update|updated to QTY @ PX
//!                                        NAME change rejected REASON · NAME refused CODE (by the desk, at once)
//!                                        release of NAME denied CODE … · change of NAME denied CODE …
//!                                        NAME rejected REASON · NAME cancel rejected REASON · NAME denied CODE and CODE …
//!                                        cancel of NAME denied CODE · state STATE by CAUSE · SCOPE STATE by CAUSE
//!                                        risk buys|sells QTY SYMBOL @ PX · operator obeyed
//!                                        venue buys|sells QTY SYMBOL @ PX by CAUSE fee USD
//!                                        NAME worked QTY of QTY at PX+MILLITICKS in SLICES   (its average price)
//! Slices of NAME are NAME.1, NAME.2 … where it is worked in parts, else NAME.2, NAME.3 …
//! check anomaly NAME N · check position SYMBOL QTY · check hidden NAME QTY · check followed N
//! check state STATE · check open N
//! ```
//!
//! There are five instruments: BTCUSDT (contracts in dollars: ticks of 0.1, lots of 0.001, at least 5 dollars), ETHUSDT
//! (likewise: 0.01, 0.001), SOLUSDT (spot: 0.01, 0.01, at least 5 dollars), ETHBTC (spot, in bitcoin: 0.00001, 0.0001),
//! and XRPUSDT (contracts: 0.0001, 1) of a venue that says nothing but what `venue says` tells it to.
//!
//! Each is played in all three layouts, on one thread, on two and on seven, and all must end in the same state. At the end of
//! each its journal is replayed and must lead to that state, too. What is told is equal word for word; but on several threads
//! an answer to one order may come before or after the step of another, which is the threads' to settle and nobody's promise:
//! there the order is held of what risk decides and of what becomes of each order, not of all together.

mod house;
mod listener;
mod spoken;
mod told;
mod words;
mod works;
mod world;

use engine_model::refusal::Check;
use house::Kind;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
pub(crate) use words::instruments;
use world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenario")
}

fn text(name: &str) -> String {
    let path = folder().join(name).with_extension("txt");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Plays a file in every layout; all must end in the same state.
fn play(name: &str) {
    let text = text(name);
    let [inline, shared, dedicated] = Kind::ALL.map(|kind| play_in(kind, name, &text));
    assert_eq!(inline, shared, "{name}: inline and shared end otherwise");
    assert_eq!(inline, dedicated, "{name}: inline and dedicated end otherwise");
}

/// The state that it leads to.
fn play_in(kind: Kind, name: &str, text: &str) -> String {
    let mut given = words::Given::default();
    let mut world = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let place = format!("tests/scenario/{name}.txt:{}: {line}", number + 1);
        if given.take(line) {
            assert!(world.is_none(), "{place}: too late, something has happened");
            continue;
        }
        world.get_or_insert_with(|| World::new(&given, kind)).act(line, &place);
    }
    world.expect("something happens").end(name)
}

/// One test a file, of the same name.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

scenarios! {
    a_bad_day_may_cost_so_much,
    a_basket_within_a_second_has_a_limit_of_its_own,
    a_book_that_is_lost_or_never_came_prices_nothing,
    a_bracket_is_protected_for_what_filled_late,
    a_bracket_is_stopped_and_its_target_makes_room_first,
    a_bracket_may_begin_with_a_stop,
    a_bracket_may_trail,
    a_bracket_takes_its_profit_and_lets_go_of_its_stop,
    a_bracket_that_fills_in_part_protects_that_part,
    a_bracket_whose_entry_is_denied_ends_whole,
    a_bracket_whose_entry_is_withdrawn_ends_whole,
    a_bracket_whose_entry_the_venue_refuses_ends_whole,
    a_bracket_whose_stop_comes_while_its_entry_fills_exits_it_all,
    a_bracket_whose_stop_is_denied_does_not_enter,
    a_bracket_whose_target_fills_while_it_is_withdrawn_is_not_stopped_as_well,
    a_buy_stop_by_bid_and_ask_looks_at_the_ask,
    a_buy_stop_waits_for_a_rise,
    a_cancel_before_the_acknowledgement_is_kept,
    a_cancel_that_crosses_a_fill_finds_nothing_to_withdraw,
    a_cancel_that_crosses_a_trigger_withdraws_what_left,
    a_cancel_that_is_refused_gives_the_order_back,
    a_change_is_filled_before_it_is_answered,
    a_change_is_judged_as_the_order_that_it_makes,
    a_change_that_crosses_a_fill_finds_nothing_to_change,
    a_change_that_made_it_larger_is_filled_whole_before_it_is_answered,
    a_change_that_the_venue_refuses_leaves_the_order_as_it_was,
    a_cluster_is_limited_as_one,
    a_daily_loss_first_only_reduces_then_halts,
    a_day_turns_and_the_loss_counts_from_there,
    a_fall_from_the_peak_halts,
    a_fill_after_the_cancel_counts_and_is_named,
    a_fill_after_the_expiry_counts_and_is_named,
    a_fill_before_the_acknowledgement_counts,
    a_fill_of_more_than_was_ordered_is_named_and_not_believed,
    a_fill_that_is_told_twice_counts_once,
    a_gap_below_nothing_is_the_funds,
    a_halt_withdraws_what_is_held_as_well,
    a_hard_collar_holds_where_the_soft_one_is_wide,
    a_held_order_is_judged_again_when_its_price_comes,
    a_held_order_until_a_time_expires,
    a_history_that_is_too_old_judges_nothing,
    a_late_refusal_ends_an_order_that_was_said_to_stand,
    a_limit_if_touched_rests_at_its_limit,
    a_liquidation_leaves_other_positions_alone,
    a_liquidation_stays_far_away,
    a_liquidation_withdraws_what_stands_first,
    a_loss_that_is_too_fast_only_reduces,
    a_market_to_limit_order_that_is_filled_leaves_nothing_behind,
    a_peg_rests_behind_the_touch_and_follows_it,
    a_peg_whose_change_is_refused_is_withdrawn_and_enters_again,
    a_position_is_liquidated_step_by_step,
    a_position_is_liquidated_whole,
    a_pov_takes_its_part_of_what_is_traded,
    a_price_far_from_the_market_is_outside_the_collar,
    a_price_that_is_too_old_is_no_price,
    a_profit_is_deleveraged_when_the_fund_is_empty,
    a_quantity_may_be_given_in_money,
    a_question_that_is_refused_behind_a_fill_is_closed,
    a_sector_is_limited_as_one,
    a_shortfall_hurries_at_first,
    a_sniper_waits_for_its_price_and_size,
    a_state_is_of_a_strategy_a_venue_or_an_instrument,
    a_stop_by_bid_and_ask_looks_at_what_it_would_get,
    a_stop_by_the_index_looks_at_nothing_else,
    a_stop_by_the_mark_looks_at_nothing_else,
    a_stop_by_the_mid_may_be_pulled_at_half_a_tick,
    a_stop_by_trade_or_quote_takes_whichever_comes_first,
    a_stop_by_two_quotes_wants_two_of_them_running,
    a_stop_by_two_trades_wants_two_of_them_running,
    a_stop_has_a_size_that_can_be_borne,
    a_stop_limit_leaves_as_a_limit_order_and_may_rest,
    a_stop_limit_that_takes_at_once_is_filled,
    a_stop_that_is_withdrawn_in_time_was_never_at_the_venue,
    a_stop_that_only_reduces_waits_and_the_cancel_is_asked_for_again,
    a_stop_that_reduces_leaves_even_while_reducing,
    a_stop_until_a_time_that_left_before_is_withdrawn_at_that_time,
    a_stop_waits_for_no_cancel_that_is_refused_for_ever,
    a_stop_waits_on_our_side_and_leaves_as_a_market_order,
    a_stop_waits_until_its_target_is_known_to_be_gone,
    a_stop_that_is_refused_for_now_is_tried_again,
    a_stop_that_is_refused_for_now_is_tried_ten_times,
    a_stop_whose_book_is_lost_leaves_when_it_is_back,
    a_strategy_that_falls_from_its_peak_is_halted_alone,
    a_strategy_that_loses_too_fast_only_reduces,
    a_strategy_that_loses_too_much_is_halted_alone,
    a_strategy_that_talks_too_much_is_slowed_and_may_still_cancel,
    a_strategy_trades_what_it_was_given_to_trade,
    a_target_waits_for_more_when_a_fee_took_all_that_filled,
    a_trailing_stop_follows_the_price_and_never_back,
    a_trailing_stop_is_withdrawn_like_any_other,
    a_trailing_stop_limit_carries_its_limit_along,
    a_trailing_stop_may_begin_where_it_is_told,
    a_trailing_stop_may_count_in_parts_of_the_price,
    a_trigger_is_moved_and_a_held_order_made_smaller,
    a_twap_ends_at_its_time_with_what_it_has,
    a_twap_takes_equal_parts_and_catches_up,
    a_venue_has_so_many_open_orders,
    a_venue_is_limited_as_one,
    a_venue_is_told_so_much_and_a_part_is_kept_for_cancels,
    a_venue_that_tells_another_story_is_not_traded_at,
    a_venue_whose_clock_is_off_prices_nothing,
    a_vwap_follows_its_profile,
    a_withdrawal_of_all_crosses_a_trigger,
    after_the_start_and_after_a_halt_limits_are_low_for_a_while,
    after_too_large_a_move_nothing_is_added_for_a_while,
    an_algorithm_out_of_its_range_is_refused_by_name,
    an_iceberg_ends_when_its_slice_is_refused,
    an_iceberg_is_withdrawn_with_what_it_has_not_shown,
    an_iceberg_shows_one_slice_after_the_other,
    an_iceberg_until_a_time_ends_whole,
    an_instrument_has_so_many_open_orders,
    an_order_for_the_day_ends_with_it,
    an_order_has_a_size_that_the_venue_and_we_can_bear,
    an_order_if_touched_waits_for_the_better_price,
    an_order_is_a_small_part_of_what_its_market_trades_in_a_day,
    an_order_lives_from_a_wish_to_a_fill,
    an_order_that_is_worked_ends_with_a_withdrawal_of_all,
    an_order_that_nobody_answers_for_counts_as_if_it_could_fill,
    an_order_that_stands_is_changed,
    an_order_until_a_time_is_withdrawn_at_that_time,
    an_order_until_a_time_is_withdrawn_again_when_that_is_refused,
    an_order_until_a_time_that_is_over_is_refused,
    an_order_waits_behind_what_stood_before_it,
    an_order_with_a_number_that_is_not_its_own_is_nobodys,
    an_order_without_margin_is_rejected_by_the_venue,
    both_of_a_pair_fill_at_once_and_both_count,
    execution_that_does_not_keep_up_is_not_given_more,
    exits_are_of_what_a_venue_has_left_of_a_position,
    halted_is_halted_until_the_operator_says_otherwise,
    many_orders_need_a_fill,
    margin_is_not_used_up,
    one_cancels_the_other_also_when_it_is_held,
    one_cancels_the_other_at_its_first_fill,
    one_that_is_withdrawn_cancels_nothing,
    one_triggers_two_that_know_nothing_of_each_other,
    one_updates_the_other_by_what_it_filled,
    positions_have_a_limit_of_their_own_and_can_always_be_made_smaller,
    reducing_lets_nothing_grow,
    reducing_withdraws_what_grows,
    risk_follows_a_position_with_a_stop_of_its_own,
    spot_is_not_sold_short_and_what_has_no_dollars_is_not_traded,
    stops_of_one_price_leave_in_the_order_they_were_wished,
    the_kill_switch_withdraws_everything_at_once,
    the_last_step_of_a_loss_closes_everything,
    the_operator_closes_everything,
    the_rest_of_a_market_to_limit_order_is_withdrawn_under_the_first_name,
    the_rest_of_a_market_to_limit_order_stands_at_its_last_price,
    the_same_order_again_and_again_halts_the_strategy,
    the_venue_says_no_and_nothing_is_left_behind,
    the_worst_days_may_cost_so_much,
    too_many_orders_are_too_many,
    until_a_change_is_answered_the_worse_of_both_counts,
    we_do_not_trade_with_ourselves,
    what_a_slice_may_still_fill_is_not_given_to_another,
    what_is_held_takes_a_place_and_no_position,
    whoever_is_filled_on_one_side_again_and_again_is_halted,
    whoever_is_rejected_again_and_again_is_halted,
}

#[test]
fn every_file_of_scenarios_is_played() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, NAMES.iter().map(|name| (*name).to_owned()).collect());
}

/// What no scenario can bring about: books of scenarios are not crossed, no coin is on three venues, the journal is read at
/// once and its disk has room, no sentinel is to watch, the desk never wishes for more slices than there is order, and nobody
/// pauses or stops a strategy. Tests of risk and execution and the story of operators have them.
const ELSEWHERE: [Check; 8] = [
    Check::BookCrossed,
    Check::ReferenceDeviation,
    Check::JournalHealth,
    Check::ParentQty,
    Check::Unwatched,
    Check::DiskScarce,
    Check::StrategyPaused,
    Check::StrategyStopped,
];

/// A denial tells every check that it broke, so deleting a check makes the scenario red that expects its code; this makes
/// sure that there is one for each.
#[test]
fn every_check_of_risk_has_a_scenario_in_which_it_says_no() {
    let mut told = BTreeSet::new();
    for name in NAMES {
        let text = text(name);
        let denials = text.lines().filter_map(|line| line.strip_prefix("expect ")).flat_map(|line| line.split(", "));
        for (_, codes) in denials.filter_map(|what| what.split_once(" denied ")) {
            told.extend(codes.split(" and ").map(str::to_owned));
        }
    }
    let here = Check::ALL.into_iter().filter(|check| !ELSEWHERE.contains(check));
    let all: BTreeSet<String> = here.map(|check| check.code().to_owned()).collect();
    let missing: Vec<_> = all.symmetric_difference(&told).collect();
    assert!(missing.is_empty(), "checks without a scenario, or codes without a check: {missing:?}");
}
