//! The live feed against the simulated Coinbase, which numbers all that a socket gets: a hole costs that connection and all
//! its books, and no other; what is kept at the end is the venue's true book.

use crate::simulated::{MS, Match, Story};
use crate::trouble::silent_after;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::FeedSettings;
use std::time::Duration;
use tests_venue::Fault;

/// Four coins, by two on a socket.
const INSTRUMENTS: usize = 4;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Coinbase, Match::Levels, |settings| {
        settings.streams_max = 4;
        change(settings);
    })
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    // Longer than a heartbeat.
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 1_500);
    story.check_trades_come_once();
    assert_eq!(story.feed.session().counts().unknown, 0, "every answer and every frame is understood");
}

/// Lets a fault make a hole in what one socket gets: its two books are lost and come back with it.
fn one_line_is_hit(fault: Fault) {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(fault);
    story.until("the loss", |story| story.lost() == [0, 0, 1, 1]);
    story.until("the new books", |story| story.snapshots() == [1, 1, 2, 2]);
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(700));
    story.check_books();
    story.check_trades_come_once();
    assert_eq!((story.counts(), story.lost()), ([1, 2, 0, 0], vec![0, 0, 1, 1]));
    assert_eq!(story.gauges.reconnects.get(), 1);
}

#[test]
fn a_missing_change_costs_the_connection_and_no_other() {
    one_line_is_hit(Fault::DropNextDelta("DOGE-USD".into()));
}

#[test]
fn two_changes_in_the_wrong_order_cost_the_connection_and_no_other() {
    one_line_is_hit(Fault::SwapNextDeltas("SOL-USD".into()));
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    begin(|_| {}).hears_doubles_and_garbage(2);
}

#[test]
fn cut_connections_are_dialled_again_and_every_book_comes_back() {
    begin(|_| {}).bears_two_cuts(2).check_trades_come_once();
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    begin(silent_after(400)).falls_silent(400);
}

#[test]
fn a_quiet_product_costs_no_connection() {
    let story = Story::begin_quiet(VenueId::Coinbase, Match::Levels, |settings| settings.stale_after_ns = 400 * MS);
    story.stays_quiet(Duration::from_secs(3));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(|_| {}).goes_away();
}
