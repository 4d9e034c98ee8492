//! The live feed against the simulated Bybit, which is told to misbehave: a hole is one gap and one resync of that book
//! alone, a cut line loses every book and brings it back, and what is kept at the end is the venue's true book.

use crate::simulated::{MS, Match, Story};
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::{Duration, Instant};
use tests_venue::Fault;

/// Three linear perpetuals, an inverse one and a coin on spot: a socket a category.
const INSTRUMENTS: usize = 5;
const ETH: usize = 1;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Bybit, Match::Id, change)
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(1_500));
    story.check_books();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; INSTRUMENTS], vec![1; INSTRUMENTS]));
    for (instrument, kept) in story.kept().iter().enumerate() {
        assert!(kept.trades.len() > 5, "instrument {instrument}: {} trades", kept.trades.len());
        let is_spot = story.symbols[instrument].starts_with("spot:");
        assert_eq!((kept.marks == 0, kept.fundings.is_empty()), (is_spot, is_spot), "instrument {instrument}");
        let eight_hours = |change: &MarketChange| matches!(change, MarketChange::Funding { interval_s: 28_800, .. });
        assert!(kept.fundings.iter().all(eight_hours), "{:?}", kept.fundings);
    }
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(Fault::DropNextDelta("linear:ETHUSDT".into()));
    story.until("the loss", |story| story.kept()[ETH].lost == 1);
    let lost_at = Instant::now();
    story.until("the resync", |story| story.kept()[ETH].snapshots == 2);
    assert!(lost_at.elapsed() < Duration::from_secs(2), "{:?}", lost_at.elapsed());
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(700));
    story.check_books();
    assert_eq!(
        (story.counts(), story.lost(), story.snapshots()),
        ([1, 1, 0, 0], vec![0, 1, 0, 0, 0], vec![1, 2, 1, 1, 1])
    );
    let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
    assert_eq!(gaps, [0, 1, 0, 0, 0]);
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
fn cut_connections_are_dialled_again_and_every_book_comes_back() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    for round in 1..=2 {
        story.run_for(Duration::from_millis(200));
        story.exchange().inject(Fault::Disconnect);
        story.until("the loss", |story| story.lost() == vec![round; INSTRUMENTS]);
        story.until_state(FeedState::Synced);
    }
    story.check_books();
    let [gaps, _, errors, broken] = story.counts();
    assert_eq!((gaps, errors, broken, story.gauges.reconnects.get()), (0, 0, 6, 6), "three sockets, twice");
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
    assert_eq!(story.counts()[0], 0, "silence is no gap");
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.exchange.take().expect("running").stop();
    story.until("the loss", |story| story.lost() == vec![1; INSTRUMENTS]);
    story.until("connecting or worse", |story| story.gauges.state.get() >= FeedState::Connecting);
    assert_eq!(story.gauges.state.get(), FeedState::Connecting);
    story.until_state(FeedState::Dead);
    // The venue is as bad as its worst line; the others have waits of their own.
    let is_dead = |story: &Story| story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead);
    story.until("every instrument dead", is_dead);
}
