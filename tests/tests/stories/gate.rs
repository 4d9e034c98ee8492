//! The live feed against the simulated Gate, spot and perpetuals: books in numbered changes and whole ones by REST. A hole
//! is one question for a new book of that instrument alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::FeedSettings;
use std::time::Duration;
use tests_venue::{Fault, Listing};

const SPOT: VenueId = VenueId::GateSpot;
/// Four contracts on one socket, the one settled in bitcoin on another.
const FUTURES: VenueId = VenueId::GateFutures;
const ETH: usize = 1;

fn begin(venue: VenueId, change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(venue, Match::Id, change)
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    for venue in [SPOT, FUTURES] {
        let mut story = begin(venue, |_| {}).synced();
        story.run_for(Duration::from_millis(1_500));
        story.check_books();
        story.check_trades_come_once();
        assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], story.each(0), story.each(1)));
        let is_contract = venue == FUTURES;
        for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
            let told = (kept.marks > 0, !kept.fundings.is_empty(), kept.open_interests > 0);
            assert_eq!(told, (is_contract, is_contract, is_contract), "{symbol}");
            let eight_hours =
                |change: &MarketChange| matches!(change, MarketChange::Funding { interval_s: 28_800, .. });
            assert!(kept.fundings.iter().all(eight_hours), "{:?}", kept.fundings);
        }
        assert_eq!(story.feed.session().counts().unknown, 0, "every answer and every frame is understood");
        let no_stream_is_refused = story.gauges.instruments().iter().all(|of| of.rejected().iter().next().is_none());
        assert!(no_stream_is_refused && story.gauges.take_stream_trouble().is_none());
    }
}

/// A busy machine: the book is asked for by REST before the stream has brought it whole, and the answer comes after it.
#[test]
fn an_answer_that_the_stream_was_faster_than_replaces_no_book() {
    let mut story = begin(FUTURES, |settings| settings.snapshot_after_ns = 0);
    // Both are of one moment: nothing changes meanwhile.
    story.exchange().inject(Fault::Calm(Duration::from_secs(30)));
    story.exchange().inject(Fault::SlowRest(Duration::from_millis(300)));
    // It looks at its books in the turn in which it has subscribed, before anything can have come.
    story.until_state_slowly(FeedState::Synced);
    assert!(story.gauges.snapshots_asked.get() > 0, "it was not slow enough");
    story.run_for(Duration::from_millis(1_000));
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], story.each(0), story.each(1)));
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    begin(SPOT, |_| {}).one_book_has_a_gap(Fault::DropNextDelta, ETH);
    begin(FUTURES, |_| {}).one_book_has_a_gap(Fault::DropNextDelta, 4);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    begin(SPOT, |_| {}).one_book_has_a_gap(Fault::SwapNextDeltas, 0);
    begin(FUTURES, |_| {}).one_book_has_a_gap(Fault::SwapNextDeltas, ETH);
}

#[test]
fn a_book_that_is_older_than_the_changes_is_asked_for_again() {
    let mut story = begin(SPOT, |_| {});
    story.exchange().inject(Fault::OldSnapshots { count: 2, update_ids: 1_000_000 });
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0; 4], story.each(0)));
    assert_eq!(story.gauges.snapshots_asked.get(), story.symbols.len() as u64 + 2);
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    begin(FUTURES, |_| {}).hears_doubles_and_garbage(2);
}

#[test]
fn cut_connections_are_dialled_again_and_every_book_comes_back() {
    begin(FUTURES, |_| {}).bears_two_cuts(2).check_trades_come_once();
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    begin(SPOT, silent_after(400)).falls_silent(400);
}

/// Our pings are answered though nobody trades.
#[test]
fn a_quiet_market_is_no_lost_connection() {
    Story::begin_quiet(SPOT, Match::Id, silent_after(1_500)).stays_quiet(Duration::from_secs(4));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(FUTURES, |_| {}).goes_away();
}

/// Grids, contracts of ten million coins, of a hundredth with decimals, of a dollar: as the venue has them.
#[test]
fn the_lists_give_the_instruments_that_the_frames_are_of() {
    for venue in [SPOT, FUTURES] {
        let story = begin(venue, |_| {});
        let symbols: Vec<&str> = story.symbols.iter().map(String::as_str).collect();
        let found = listed(venue, story.exchange(), &symbols).expect("listed");
        for (id, listing) in Listing::defaults(venue).iter().enumerate() {
            let same = listing.instrument;
            assert_eq!(*found.get(InstrumentId(id as u32)), same, "{}", same.symbol);
        }
        let absent = listed(venue, story.exchange(), &["BTC_NOPE"]).expect_err("absent");
        assert_eq!(absent, format!("{} does not list BTC_NOPE", venue.name()));
    }
}
