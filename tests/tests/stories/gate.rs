//! The live feed against the simulated Gate, spot and perpetuals: books in numbered changes and whole ones by REST. A hole
//! is one question for a new book of that instrument alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::{Duration, Instant};
use tests_venue::{Fault, Listing};

const SPOT: VenueId = VenueId::GateSpot;
/// Four contracts on one socket, the one settled in bitcoin on another.
const FUTURES: VenueId = VenueId::GateFutures;
const ETH: usize = 1;

fn begin(venue: VenueId, change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(venue, Match::Id, change)
}

fn synced(venue: VenueId) -> Story {
    let mut story = begin(venue, |_| {});
    story.until_state(FeedState::Synced);
    story
}

/// So many of each instrument.
fn each(story: &Story, count: u64) -> Vec<u64> {
    vec![count; story.symbols.len()]
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    for venue in [SPOT, FUTURES] {
        let mut story = synced(venue);
        story.run_for(Duration::from_millis(1_500));
        story.check_books();
        story.check_trades_come_once();
        assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], each(&story, 0), each(&story, 1)));
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

/// Lets a fault hit one book, which comes back at once while the others are not touched.
fn one_book_is_hit(venue: VenueId, fault: fn(String) -> Fault, hit: usize) {
    let mut story = synced(venue);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(fault(story.symbols[hit].clone()));
    story.until("the loss", |story| story.kept()[hit].lost == 1);
    let lost_at = Instant::now();
    story.until("the resync", |story| story.kept()[hit].snapshots == 2);
    assert!(lost_at.elapsed() < Duration::from_secs(2), "{:?}", lost_at.elapsed());
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(700));
    story.check_books();
    assert_eq!((story.lost(), story.snapshots()), (story.all_but(0, hit, 1), story.all_but(1, hit, 2)));
    assert_eq!(story.counts(), [1, 1, 0, 0]);
    let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
    assert_eq!(gaps, story.all_but(0, hit, 1));
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    one_book_is_hit(SPOT, Fault::DropNextDelta, ETH);
    one_book_is_hit(FUTURES, Fault::DropNextDelta, 4);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    one_book_is_hit(SPOT, Fault::SwapNextDeltas, 0);
    one_book_is_hit(FUTURES, Fault::SwapNextDeltas, ETH);
}

#[test]
fn a_book_that_is_older_than_the_changes_is_asked_for_again() {
    let mut story = begin(SPOT, |_| {});
    story.exchange().inject(Fault::OldSnapshots { count: 2, update_ids: 1_000_000 });
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0; 4], each(&story, 0)));
    assert_eq!(story.gauges.snapshots_asked.get(), story.symbols.len() as u64 + 2);
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    let mut story = synced(FUTURES);
    for symbol in story.symbols.clone() {
        story.exchange().inject(Fault::RepeatNextDelta(symbol));
    }
    story.run_for(Duration::from_millis(500));
    assert_eq!(story.counts(), [0; 4]);
    story.exchange().inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
    story.until("the error", |story| story.counts()[2] >= 1);
    story.run_for(Duration::from_millis(300));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 1, 0], each(&story, 0)));
}

#[test]
fn cut_connections_are_dialled_again_and_every_book_comes_back() {
    let mut story = synced(FUTURES);
    for round in 1..=2 {
        story.run_for(Duration::from_millis(200));
        story.exchange().inject(Fault::Disconnect);
        story.until("the loss", |story| story.lost() == each(story, round));
        story.until_state(FeedState::Synced);
    }
    story.check_books();
    story.check_trades_come_once();
    let [gaps, _, errors, broken] = story.counts();
    assert_eq!((gaps, errors, broken, story.gauges.reconnects.get()), (0, 0, 4, 4), "two sockets, twice");
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    let mut story = begin(SPOT, |settings| {
        settings.line = LinePolicy { silent_after_ns: 400 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::Stall(Duration::from_millis(900)));
    story.until("the loss", |story| story.lost().iter().all(|lost| *lost >= 1));
    assert!(story.gauges.state.get() > FeedState::Synced);
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!(story.counts()[0], 0, "silence is no gap");
}

/// Our pings are answered though nobody trades.
#[test]
fn a_quiet_market_is_no_lost_connection() {
    let mut story = Story::begin_quiet(SPOT, Match::Id, |settings| {
        settings.line = LinePolicy { silent_after_ns: 1_500 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_secs(4));
    story.check_books();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; 2], vec![1; 2]));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    let mut story = synced(FUTURES);
    story.exchange.take().expect("running").stop();
    story.until("the loss", |story| story.lost() == each(story, 1));
    story.until("connecting or worse", |story| story.gauges.state.get() >= FeedState::Connecting);
    story.until_state(FeedState::Dead);
    let is_dead = |story: &Story| story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead);
    story.until("every instrument dead", is_dead);
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
