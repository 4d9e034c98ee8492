//! The live feed against the simulated OKX, spot and swaps on one socket: a hole, a swap of two messages or a checksum that
//! does not hold is one resync of that book alone; what is kept at the end is the venue's true book.

use crate::simulated::{MS, Match, Story};
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::Duration;
use tests_venue::Fault;

/// Four coins on spot, four linear swaps and two inverse ones.
const INSTRUMENTS: usize = 10;
const PEPE_SWAP: usize = 7;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Okx, Match::Id, change)
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(1_500));
    story.check_books();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; INSTRUMENTS], vec![1; INSTRUMENTS]));
    for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
        assert!(kept.trades.len() > 5, "{symbol}: {} trades", kept.trades.len());
        let told = (kept.marks > 1, kept.fundings.is_empty(), kept.open_interests > 0);
        let is_swap = symbol.ends_with("-SWAP");
        assert_eq!(told, (is_swap, !is_swap, is_swap), "{symbol}");
        let eight_hours = |change: &MarketChange| matches!(change, MarketChange::Funding { interval_s: 28_800, .. });
        assert!(kept.fundings.iter().all(eight_hours), "{:?}", kept.fundings);
    }
    assert_eq!(story.feed.session().counts().unknown, 0, "every answer and every frame is understood");
}

/// Lets a fault hit one book, which comes back at once while the others are not touched.
fn one_book_is_hit(fault: Fault, hit: usize) -> Story {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(fault);
    story.until("the loss", |story| story.kept()[hit].lost == 1);
    story.until("the resync", |story| story.kept()[hit].snapshots == 2);
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(700));
    story.check_books();
    assert_eq!((story.lost(), story.snapshots()), (story.all_but(0, hit, 1), story.all_but(1, hit, 2)));
    story
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    let story = one_book_is_hit(Fault::DropNextDelta("PEPE-USDT-SWAP".into()), PEPE_SWAP);
    assert_eq!(story.counts(), [1, 1, 0, 0]);
    let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
    assert_eq!(gaps, story.all_but(0, PEPE_SWAP, 1));
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    let story = one_book_is_hit(Fault::SwapNextDeltas("BTC-USDT".into()), 0);
    assert_eq!(story.counts(), [1, 1, 0, 0]);
}

#[test]
fn a_checksum_that_is_there_again_and_does_not_hold_is_one_resync() {
    let story = one_book_is_hit(Fault::WrongChecksum("ETH-USDT".into()), 1);
    assert_eq!((story.counts(), story.feed.session().counts().checksum_failed), ([0, 1, 0, 0], 1));
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
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
    // One that kept only its market to itself would answer our pings.
    story.exchange().inject(Fault::Stall(Duration::from_millis(900)));
    story.until("the loss", |story| story.lost().iter().all(|lost| *lost >= 1));
    assert!(story.gauges.state.get() > FeedState::Synced);
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!(story.counts()[0], 0, "silence is no gap");
}

#[test]
fn a_quiet_market_is_neither_a_lost_connection_nor_a_lost_book() {
    let mut story = Story::begin_quiet(VenueId::Okx, Match::Id, |settings| {
        settings.stale_after_ns = 400 * MS;
        settings.line = LinePolicy { silent_after_ns: 1_500 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_secs(6));
    story.check_books();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; 2], vec![1; 2]));
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
