//! The live feed against the simulated Kraken: books without ids, proved by a checksum in every message. A hole or a wrong
//! checksum is one resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::{Duration, Instant};
use tests_venue::{Fault, Listing};

/// Five coins in dollars.
const INSTRUMENTS: usize = 5;
const ETH: usize = 1;
const PEPE: usize = 3;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Kraken, Match::Levels, change)
}

/// Checksums that did not hold.
fn refuted(story: &Story) -> u64 {
    story.feed.session().counts().checksum_failed
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(1_500));
    story.check_books();
    story.check_trades_come_once();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; INSTRUMENTS], vec![1; INSTRUMENTS]));
    for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
        assert!(kept.trades.len() > 5, "{symbol}: {} trades", kept.trades.len());
    }
    let counts = story.feed.session().counts();
    assert_eq!((counts.unknown, counts.foreign, counts.checksum_failed), (0, 0, 0));
}

/// Lets a fault hit one book, which comes back at once while the others are not touched.
fn one_book_is_hit(fault: Fault, hit: usize) -> Story {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(fault);
    story.until("the loss", |story| story.kept()[hit].lost == 1);
    let lost_at = Instant::now();
    story.until("the resync", |story| story.kept()[hit].snapshots == 2);
    assert!(lost_at.elapsed() < Duration::from_secs(2), "{:?}", lost_at.elapsed());
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(700));
    story.check_books();
    assert_eq!((story.lost(), story.snapshots()), (story.all_but(0, hit, 1), story.all_but(1, hit, 2)));
    story
}

#[test]
fn a_checksum_that_does_not_hold_is_one_resync_of_that_instrument() {
    let story = one_book_is_hit(Fault::WrongChecksum("ETH/USD".into()), ETH);
    assert_eq!((story.counts(), refuted(&story)), ([0, 1, 0, 0], 1));
    let refuted: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.checksum_failed.get()).collect();
    assert_eq!(refuted, story.all_but(0, ETH, 1));
}

/// No number tells of the hole: the checksum of a later message does, as soon as the ten best levels show it.
#[test]
fn a_missing_change_is_found_by_the_checksum_and_is_one_resync() {
    let story = one_book_is_hit(Fault::DropNextDelta("PEPE/USD".into()), PEPE);
    assert_eq!((story.counts(), refuted(&story)), ([0, 1, 0, 0], 1));
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    for symbol in story.symbols.clone() {
        story.exchange().inject(Fault::RepeatNextDelta(symbol));
    }
    story.run_for(Duration::from_millis(500));
    assert_eq!((story.counts(), refuted(&story)), ([0; 4], 0));
    story.exchange().inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
    story.until("the error", |story| story.counts()[2] >= 1);
    story.run_for(Duration::from_millis(300));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 1, 0], vec![0; INSTRUMENTS]));
}

#[test]
fn a_cut_connection_is_dialled_again_and_every_book_comes_back() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    for round in 1..=2 {
        story.run_for(Duration::from_millis(200));
        story.exchange().inject(Fault::Disconnect);
        story.until("the loss", |story| story.lost() == vec![round; INSTRUMENTS]);
        story.until_state(FeedState::Synced);
    }
    story.check_books();
    story.check_trades_come_once();
    let [gaps, _, errors, broken] = story.counts();
    assert_eq!((gaps, errors, broken, story.gauges.reconnects.get()), (0, 0, 2, 2));
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    let mut story = begin(|settings| {
        settings.line = LinePolicy { silent_after_ns: 400 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::Silence(Duration::from_millis(900)));
    story.until("the loss", |story| story.lost().iter().all(|lost| *lost >= 1));
    assert!(story.gauges.state.get() > FeedState::Synced);
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!((story.counts()[0], refuted(&story)), (0, 0), "silence is neither a gap nor a wrong checksum");
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.exchange.take().expect("running").stop();
    story.until("the loss", |story| story.lost() == vec![1; INSTRUMENTS]);
    story.until("connecting or worse", |story| story.gauges.state.get() >= FeedState::Connecting);
    story.until_state(FeedState::Dead);
    assert!(story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead));
}

#[test]
fn the_list_gives_the_grids_that_the_frames_are_on() {
    let story = begin(|_| {});
    let found = listed(VenueId::Kraken, story.exchange(), &["DOGE/USD", "BTC/USD"]).expect("listed");
    let grids = |instruments: &Instruments| [0, 1].map(|id| instruments.get(InstrumentId(id)).grid);
    let [btc, .., doge] = &Listing::defaults(VenueId::Kraken)[..] else { panic!("two at least") };
    assert_eq!(grids(&found), [doge.instrument.grid, btc.instrument.grid]);
    let absent = listed(VenueId::Kraken, story.exchange(), &["XBT/USD"]).expect_err("absent");
    assert_eq!(absent, "kraken does not list XBT/USD");
}
