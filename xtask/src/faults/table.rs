//! The faults: the name that production code asks for, what is wrong then, and the test that must notice.

/// A fault.
pub(super) struct Fault {
    /// As in `planted("…")`; the room before the stroke.
    pub(super) name: &'static str,
    /// What is wrong while it is planted.
    pub(super) what: &'static str,
    /// The binary of tests that the test is in.
    pub(super) binary: &'static str,
    /// The test's whole path.
    pub(super) test: &'static str,
}

/// Whose tests are built.
pub(super) const PACKAGES: [&str; 3] = ["engine-core", "engine-backtest", "feeds"];

const CORE: &str = "engine_core";
const PAPER: &str = "engine_backtest";
const FEEDS: &str = "feeds";
const BINANCE: &str = "binance";
const VENUES: &str = "venues";

const fn fault(name: &'static str, what: &'static str, binary: &'static str, test: &'static str) -> Fault {
    Fault { name, what, binary, test }
}

/// Every one of them.
pub(super) const FAULTS: &[Fault] = &[
    fault(
        "standby/reads-what-is-not-synced",
        "a standby knows more than the primary's disk",
        CORE,
        "journal::mirror::tests::a_follower_knows_what_is_on_the_disk_and_no_more_wherever_it_looks",
    ),
    fault(
        "standby/fence-not-looked-at",
        "a run that was taken over writes on",
        CORE,
        "journal::mirror::tests::a_run_that_was_taken_over_writes_not_one_record_more_and_says_so",
    ),
    fault(
        "standby/fence-raised-twice",
        "two take over from one run",
        CORE,
        "journal::fence::tests::one_takes_over_from_a_run_and_is_answered_the_same_when_it_asks_again",
    ),
    fault(
        "standby/fence-over-a-newer-run",
        "a run is taken over from beside the one that began behind it",
        CORE,
        "journal::fence::tests::nobody_takes_over_from_a_run_behind_which_another_has_begun_or_is_just_beginning",
    ),
    fault(
        "standby/number-of-the-old-run",
        "who takes over gives the old run's order ids again",
        CORE,
        "journal::fence::tests::the_number_of_who_takes_over_is_above_every_one_that_the_old_run_can_give",
    ),
    fault(
        "standby/hash-not-compared",
        "another state than the primary's is not noticed",
        CORE,
        "journal::mirror::tests::followers_from_wherever_they_began_tell_the_same_hashes_and_a_difference_is_named",
    ),
    fault(
        "standby/bytes-not-proved",
        "what was changed on its way is written into the copy",
        CORE,
        "journal::mirror::tests::a_copy_over_any_line_is_the_journal_byte_for_byte_and_a_flipped_bit_is_refused",
    ),
    fault(
        "life/overfill-booked",
        "more is booked than was ordered",
        CORE,
        "execution::tests::fills_that_cannot_be_are_counted_and_not_booked",
    ),
    fault(
        "life/late-fill-refused",
        "a fill behind the cancel is not booked",
        CORE,
        "execution::tests::a_late_fill_is_told_before_the_cancel_that_overtook_it",
    ),
    fault(
        "life/larger-change-not-counted",
        "a change under way weighs nothing",
        CORE,
        "execution::tests::what_fills_of_a_larger_order_before_the_change_is_answered_counts",
    ),
    fault(
        "life/trade-booked-twice",
        "an execution told twice counts twice",
        CORE,
        "execution::tests::an_execution_told_twice_is_booked_once_even_after_the_end",
    ),
    fault(
        "life/id-used-again",
        "a number that was used is taken again",
        CORE,
        "execution::tests::fills_that_cannot_be_are_counted_and_not_booked",
    ),
    fault(
        "life/what-is-over-still-weighs",
        "an order that is over holds its lots",
        CORE,
        "risk::story_tests::working_lots_follow_an_order_through_its_life",
    ),
    fault(
        "execution/kill-word-unseen",
        "orders leave behind the kill word",
        CORE,
        "execution::stage::tests::behind_the_kill_word_what_was_approved_does_not_leave_and_cancels_do",
    ),
    fault(
        "execution/no-reserve-for-cancels",
        "orders fill the ring that cancels need",
        CORE,
        "execution::stage::tests::the_reserve_of_a_request_ring_is_for_cancels",
    ),
    fault(
        "execution/disk-not-waited-for",
        "sync-before-send sends before the sync",
        CORE,
        "execution::stage::tests::an_order_waits_for_the_disk_where_it_is_told_to_and_a_slow_disk_stops_orders_and_no_cancel",
    ),
    fault(
        "execution/withdrawn-in-the-wrong-order",
        "a withdrawal of all begins with the newest",
        CORE,
        "execution::tests::withdrawing_all_reaches_every_open_order_in_the_order_of_their_ids",
    ),
    fault(
        "execution/slices-pass-their-parent",
        "slices come to more than their order",
        CORE,
        "execution::parent_tests::a_slice_too_many_is_denied_at_the_last_gate_and_none_leaves_once_the_order_is_over",
    ),
    fault(
        "execution/late-fill-revives-its-order",
        "what was withdrawn counts as open behind a late fill",
        CORE,
        "execution::tests::a_late_fill_is_told_before_the_cancel_that_overtook_it",
    ),
    fault(
        "risk/stale-price-passes",
        "an old price prices",
        CORE,
        "risk::boundary_tests::every_check_is_met_at_its_boundary_and_both_ways",
    ),
    fault(
        "risk/collar-on-the-wrong-side",
        "the collar looks at the wrong side of the mid",
        CORE,
        "risk::boundary_tests::every_check_is_met_at_its_boundary_and_both_ways",
    ),
    fault(
        "risk/own-order-met-at-its-price",
        "a buy meets our own sale at its very price",
        CORE,
        "risk::boundary_tests::every_check_is_met_at_its_boundary_and_both_ways",
    ),
    fault(
        "risk/short-way-without-collar",
        "the short way to a yes leaves the collar out",
        CORE,
        "risk::tests::price_beyond_the_collar",
    ),
    fault(
        "risk/limits-one-too-far",
        "every limit lets one more pass",
        CORE,
        "risk::boundary_tests::every_check_is_met_at_its_boundary_and_both_ways",
    ),
    fault(
        "risk/limit-of-nothing-is-no-limit",
        "a share of zero is endless",
        CORE,
        "risk::nothing_tests::a_limit_of_nothing_allows_nothing_whatever_its_key",
    ),
    fault(
        "risk/reducing-through-flat",
        "through flat and out again counts as smaller",
        CORE,
        "risk::tests::while_reducing_nothing_grows_or_turns_a_position_whatever_is_working",
    ),
    fault(
        "risk/kill-switch-unseen",
        "the judge does not look at the kill switch",
        CORE,
        "risk::tests::nothing_passes_while_halted_or_killed",
    ),
    fault(
        "risk/gate-stands-open",
        "orders pass before the venue is reconciled",
        CORE,
        "risk::gate_tests::what_is_not_allowed_not_reconciled_or_not_written_down_does_not_pass",
    ),
    fault(
        "risk/journal-lag-unseen",
        "orders pass that cannot be written down in time",
        CORE,
        "risk::gate_tests::what_is_not_allowed_not_reconciled_or_not_written_down_does_not_pass",
    ),
    fault(
        "risk/scarce-disk-unseen",
        "positions grow while the journal's disk is nearly full",
        CORE,
        "risk::stage::tests::while_the_disk_is_nearly_full_nothing_grows_and_with_room_again_it_does",
    ),
    fault(
        "risk/mode-of-a-strategy-unseen",
        "a paused strategy's order grows a position",
        CORE,
        "risk::people_tests::who_is_paused_may_reduce_and_who_is_stopped_may_nothing",
    ),
    fault(
        "risk/working-orders-on-the-wrong-side",
        "a working buy counts as a sale",
        CORE,
        "risk::story_tests::working_lots_follow_an_order_through_its_life",
    ),
    fault(
        "risk/growing-orders-stay",
        "what grows stands on while a state only lets reduce",
        CORE,
        "risk::shrinking_tests::in_whatever_order_the_venue_fills_what_stays_no_position_grows",
    ),
    fault(
        "risk/exits-limited",
        "a way out is denied for the size that it closes",
        CORE,
        "risk::exits_tests::a_stop_behind_a_whole_position_is_taken_and_let_go_whatever_an_order_may_be_worth",
    ),
    fault(
        "risk/stop-goes-with-its-surplus",
        "a stop larger than what is left to close is withdrawn whole",
        CORE,
        "risk::shrinking_tests::a_stop_larger_than_what_is_left_is_made_smaller_and_withdrawn_only_if_that_is_refused",
    ),
    fault(
        "risk/changes-cost-nothing",
        "orders grow by changes past what a second may be worth",
        CORE,
        "risk::gate_tests::a_second_of_changes_counts_what_they_added",
    ),
    fault(
        "execution/held-change-untold",
        "a held order is told with the price that it had",
        CORE,
        "execution::held_tests::a_change_of_a_held_order_is_told_and_asks_no_venue",
    ),
    fault("risk/messages-not-counted", "messages cost no token", CORE, "risk::tests::message_rate"),
    fault(
        "risk/cancels-of-others-pass",
        "a strategy withdraws another one's order",
        CORE,
        "risk::story_tests::a_cancel_needs_an_open_order_of_its_own_strategy_or_the_operator",
    ),
    fault(
        "risk/judges-on-less-than-was-known",
        "risk judges before it has read what the strategy had",
        CORE,
        "risk::story_tests::judging_on_less_than_the_strategy_had_seen_is_a_bug",
    ),
    fault(
        "book/snapshot-keeps-what-was",
        "levels of before survive a snapshot",
        CORE,
        "market::book::tests::equals_two_sorted_maps_under_any_messages",
    ),
    fault(
        "book/crossed-is-valid",
        "a book whose sides meet prices",
        CORE,
        "market::sink::tests::a_crossed_message_tells_no_price_and_the_loss_is_told_once",
    ),
    fault(
        "journal/no-sync",
        "a group is told durable without a sync",
        CORE,
        "journal::fault_tests::what_the_disk_said_it_has_is_there_after_any_failure_and_nothing_else_is_believed",
    ),
    fault(
        "journal/segment-left-unsynced",
        "the end of a segment is not synced before the next",
        CORE,
        "journal::fault_tests::what_the_disk_said_it_has_is_there_after_any_failure_and_nothing_else_is_believed",
    ),
    fault(
        "journal/mark-before-its-sync",
        "a group is marked as synced before it is",
        CORE,
        "journal::fault_tests::what_the_disk_said_it_has_is_there_after_any_failure_and_nothing_else_is_believed",
    ),
    fault(
        "journal/checksum-unread",
        "a changed record is believed",
        CORE,
        "journal::fault_tests::a_changed_bit_behind_which_a_group_stands_is_refused_with_its_place",
    ),
    fault(
        "journal/chain-unread",
        "a record cut out or put twice is not missed",
        CORE,
        "journal::tests::a_record_cut_out_or_put_twice_breaks_the_chain",
    ),
    fault(
        "journal/damage-taken-for-torn",
        "damage before a synced group is cut like a torn tail",
        CORE,
        "journal::fault_tests::a_changed_bit_behind_which_a_group_stands_is_refused_with_its_place",
    ),
    fault(
        "journal/goes-on-after-an-error",
        "the first error of the disk is not the last",
        CORE,
        "journal::disk::tests::a_full_disk_pulls_the_kill_switch_says_why_and_gives_its_pages_back",
    ),
    fault(
        "journal/folder-unsynced",
        "a file whose name may not be on the disk is used",
        CORE,
        "journal::volume::tests::a_file_whose_name_does_not_come_to_the_disk_is_taken_away_again",
    ),
    fault(
        "journal/full-disk-untold",
        "no room for the next segment is told to nobody",
        CORE,
        "journal::disk::tests::only_want_of_room_is_a_full_disk_and_any_other_error_about_the_next_segment_ends_the_journal",
    ),
    fault(
        "recovery/number-of-a-run-used-again",
        "a run takes the number of the one before",
        CORE,
        "journal::tests::each_run_in_a_folder_gets_the_next_number_and_never_an_old_file",
    ),
    fault(
        "recovery/decisions-not-judged-again",
        "a replay believes what was decided",
        CORE,
        "journal::replay::tests::a_decision_that_would_be_taken_otherwise_is_named",
    ),
    fault(
        "recovery/hash-without-orders",
        "the state hash leaves the order table out",
        CORE,
        "state::tests::orders_are_part_of_the_state",
    ),
    fault(
        "recovery/states-file-unproved",
        "a changed file of trading states is believed",
        CORE,
        "journal::states::tests::a_file_with_any_bit_changed_or_cut_anywhere_is_not_believed",
    ),
    fault(
        "desk/stop-pulled-from-the-wrong-side",
        "a stop is pulled where it should wait",
        CORE,
        "strategy::desk::tests::a_trigger_is_pulled_when_the_slow_twin_says_so_and_nothing_happens_where_it_is_not_near",
    ),
    fault(
        "desk/trailing-stop-goes-back",
        "a trailing stop follows a worse price",
        CORE,
        "strategy::desk::tests::a_trigger_is_pulled_when_the_slow_twin_says_so_and_nothing_happens_where_it_is_not_near",
    ),
    fault(
        "desk/other-of-a-pair-left",
        "the other of a pair stands behind the first fill",
        CORE,
        "strategy::desk::tests::the_first_fill_of_one_withdraws_the_other",
    ),
    fault(
        "desk/child-larger-than-what-filled",
        "an exit is larger than what its entry filled",
        CORE,
        "strategy::desk::tests::stops::the_exits_of_a_bracket_stand_together_at_the_venue_and_follow_the_fills_by_changes",
    ),
    fault(
        "portfolio/fee-forgotten",
        "a fee is not booked",
        CORE,
        "portfolio::tests::long_closed_in_part_keeps_its_average",
    ),
    fault(
        "portfolio/closed-by-one-lot-less",
        "a closing fill realises one lot too few",
        CORE,
        "portfolio::tests::long_closed_in_part_keeps_its_average",
    ),
    fault(
        "portfolio/short-valued-as-long",
        "a short position is valued as a long one",
        CORE,
        "portfolio::tests::unrealised_is_what_closing_at_the_mark_then_realises",
    ),
    fault(
        "paper/queue-jumped",
        "a paper order is first in its queue",
        PAPER,
        "venue::scenario_tests::an_order_waits_behind_what_stood_before_it",
    ),
    fault(
        "paper/post-only-takes",
        "a post-only order takes",
        PAPER,
        "venue::scenario_tests::post_only_never_takes_and_fill_or_kill_is_whole_or_nothing",
    ),
    fault(
        "paper/id-taken-twice",
        "the venue takes a number twice",
        PAPER,
        "venue::scenario_tests::noes_have_their_reasons",
    ),
    fault(
        "paper/fill-or-kill-in-part",
        "fill-or-kill fills in part",
        PAPER,
        "venue::scenario_tests::post_only_never_takes_and_fill_or_kill_is_whole_or_nothing",
    ),
    fault(
        "paper/level-eaten-twice",
        "what we took of a level is there for us again",
        PAPER,
        "venue::scenario_tests::what_we_took_is_not_there_for_us_again_until_the_venue_shows_the_level_anew",
    ),
    fault(
        "session/gap-unseen",
        "a delta behind a gap is applied",
        FEEDS,
        "chain::tests::a_range_goes_by_first_and_last",
    ),
    fault(
        "session/old-applied-again",
        "a delta of before is applied again",
        FEEDS,
        "chain::tests::a_range_goes_by_first_and_last",
    ),
    fault(
        "session/checksum-unread",
        "a wrong checksum of a book is not seen",
        VENUES,
        "bitget::a_book_holds_as_long_as_its_checksum_does",
    ),
    fault(
        "session/kept-deltas-forgotten",
        "deltas kept for a snapshot are not applied to it",
        BINANCE,
        "law::what_is_kept_is_applied_up_to_the_loss_and_the_rest_stays_kept",
    ),
    fault(
        "gateway/fill-told-twice",
        "an execution heard twice is told twice",
        FEEDS,
        "gateway::desk::tests::what_is_told_twice_counts_once",
    ),
    fault(
        "gateway/end-without-its-fills",
        "an end is told before the fills that it counts",
        FEEDS,
        "gateway::desk::tests::an_end_waits_for_the_fills_that_the_venue_counts",
    ),
    fault(
        "gateway/absence-believed-at-once",
        "an order that may still arrive is over",
        FEEDS,
        "gateway::desk::tests::an_order_that_never_arrived_is_over_only_when_it_can_no_longer_arrive",
    ),
    fault(
        "gateway/lost-answer-is-a-no",
        "an answer that was lost is a refusal",
        FEEDS,
        "gateway::desk::tests::five_hundred_is_not_a_no",
    ),
    fault(
        "gateway/cancel-dropped",
        "a cancel refused for now is forgotten",
        FEEDS,
        "gateway::desk::tests::safety::a_cancel_that_was_refused_for_now_goes_out_again",
    ),
];
