//! The live feed against the simulated Bitget, four types of instrument on one socket: books linked by number and proved by
//! a checksum. A hole or a wrong checksum is one resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::{Duration, Instant};
use tests_venue::{Fault, Listing};

/// Four perpetuals settled in USDT, one coin on spot, one perpetual settled in bitcoin.
const INSTRUMENTS: usize = 6;
const ETH: usize = 1;
const BONK: usize = 3;
const SPOT: usize = 4;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Bitget, Match::Id, change)
}

fn synced() -> Story {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story
}

/// Checksums that held, and that did not.
fn checksums(story: &Story) -> (u64, u64) {
    let counts = story.feed.session().counts();
    (counts.checksum_ok, counts.checksum_failed)
}

#[test]
fn without_trouble_every_book_comes_once_is_proved_and_is_true() {
    let mut story = synced();
    story.run_for(Duration::from_millis(1_500));
    story.check_books();
    story.check_trades_come_once();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; INSTRUMENTS], vec![1; INSTRUMENTS]));
    let (held, failed) = checksums(&story);
    assert!(held > 30 && failed == 0, "{held} held, {failed} failed");
    for (instrument, (symbol, kept)) in story.symbols.iter().zip(story.kept()).enumerate() {
        let told = (kept.marks > 1, !kept.fundings.is_empty(), kept.open_interests > 1);
        let is_contract = instrument != SPOT;
        assert_eq!(told, (is_contract, is_contract, is_contract), "{symbol}");
        // The venue tells when funding is paid next; how often stands in no frame.
        let is_dated = |change: &MarketChange| match change {
            MarketChange::Funding { next_at_ns, interval_s, .. } => next_at_ns.0 > 0 && *interval_s == 0,
            _ => false,
        };
        assert!(kept.fundings.iter().all(is_dated), "{:?}", kept.fundings);
    }
    assert_eq!(story.feed.session().counts().unknown, 0, "every answer and every frame is understood");
    assert!(story.gauges.take_stream_trouble().is_none());
}

/// Lets a fault hit one book, which comes back at once while the others are not touched.
fn one_book_is_hit(fault: fn(String) -> Fault, hit: usize) -> Story {
    let mut story = synced();
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
    story
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    let story = one_book_is_hit(Fault::DropNextDelta, ETH);
    assert_eq!((story.counts(), checksums(&story).1), ([1, 1, 0, 0], 0));
    let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
    assert_eq!(gaps, story.all_but(0, ETH, 1));
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    let story = one_book_is_hit(Fault::SwapNextDeltas, SPOT);
    assert_eq!((story.counts(), checksums(&story).1), ([1, 1, 0, 0], 0));
}

#[test]
fn a_checksum_that_does_not_hold_is_one_resync_of_that_instrument() {
    let story = one_book_is_hit(Fault::WrongChecksum, BONK);
    assert_eq!((story.counts(), checksums(&story).1), ([0, 1, 0, 0], 1));
    let refuted: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.checksum_failed.get()).collect();
    assert_eq!(refuted, story.all_but(0, BONK, 1));
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    let mut story = synced();
    for symbol in story.symbols.clone() {
        story.exchange().inject(Fault::RepeatNextDelta(symbol));
    }
    story.run_for(Duration::from_millis(500));
    assert_eq!(story.counts(), [0; 4]);
    story.exchange().inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
    story.until("the error", |story| story.counts()[2] >= 1);
    story.run_for(Duration::from_millis(300));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 1, 0], vec![0; INSTRUMENTS]));
}

#[test]
fn a_cut_connection_is_dialled_again_and_every_book_comes_back() {
    let mut story = synced();
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
    story.exchange().inject(Fault::Stall(Duration::from_millis(900)));
    story.until("the loss", |story| story.lost().iter().all(|lost| *lost >= 1));
    assert!(story.gauges.state.get() > FeedState::Synced);
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!((story.counts()[0], checksums(&story).1), (0, 0), "silence is neither a gap nor a wrong checksum");
}

#[test]
fn a_quiet_market_is_neither_a_lost_connection_nor_a_lost_book() {
    let mut story = Story::begin_quiet(VenueId::Bitget, Match::Id, |settings| {
        settings.stale_after_ns = 400 * MS;
        settings.line = LinePolicy { silent_after_ns: 1_500 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_secs(4));
    story.check_books();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; 2], vec![1; 2]));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    let mut story = synced();
    story.exchange.take().expect("running").stop();
    story.until("the loss", |story| story.lost() == vec![1; INSTRUMENTS]);
    story.until("connecting or worse", |story| story.gauges.state.get() >= FeedState::Connecting);
    story.until_state(FeedState::Dead);
    assert!(story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead));
}

#[test]
fn the_lists_give_the_instruments_that_the_frames_are_of() {
    let story = begin(|_| {});
    let symbols: Vec<&str> = story.symbols.iter().map(String::as_str).collect();
    let found = listed(VenueId::Bitget, story.exchange(), &symbols).expect("listed");
    for (id, listing) in Listing::defaults(VenueId::Bitget).iter().enumerate() {
        assert_eq!(*found.get(InstrumentId(id as u32)), listing.instrument, "{}", listing.instrument.symbol);
    }
    let absent = listed(VenueId::Bitget, story.exchange(), &["SPOT:NOPE"]).expect_err("absent");
    assert_eq!(absent, "bitget does not list SPOT:NOPE");
}
