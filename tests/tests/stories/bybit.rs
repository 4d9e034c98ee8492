//! The live feed against the simulated Bybit, which is told to misbehave: a hole is one gap and one resync of that book
//! alone, a cut line loses every book and brings it back, and what is kept at the end is the venue's true book.

use crate::simulated::{MS, Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, MarketChange};
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
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 1_500);
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
    begin(|_| {}).one_book_has_a_gap(Fault::DropNextDelta, ETH);
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    begin(|_| {}).hears_doubles_and_garbage(3);
}

#[test]
fn cut_connections_are_dialled_again_and_every_book_comes_back() {
    begin(|_| {}).bears_two_cuts(3);
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    begin(silent_after(400)).falls_silent(400);
}

#[test]
fn a_quiet_instrument_beside_lively_ones_is_stale_and_fetched_again_alone() {
    let mut story = begin(|settings| settings.stale_after_ns = 700 * MS);
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::SilenceOf("linear:ETHUSDT".into(), Duration::from_secs(60)));
    story.until("the loss", |story| story.kept()[ETH].lost == 1);
    assert_eq!(story.gauges.instruments()[ETH].state.get(), FeedState::Stale);
    story.until("the book", |story| story.kept()[ETH].snapshots == 2);
    story.until_state(FeedState::Synced);
    let lost = story.lost();
    let others: Vec<u64> = (0..INSTRUMENTS).filter(|place| *place != ETH).map(|place| lost[place]).collect();
    assert_eq!((others, story.gauges.net_errors.get()), (vec![0; INSTRUMENTS - 1], 0), "nobody else was touched");
}

#[test]
fn pongs_do_not_hide_that_all_of_the_market_is_silent() {
    let mut story = begin(|settings| {
        settings.stale_after_ns = 900 * MS;
        settings.line = LinePolicy { silent_after_ns: 900 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::Silence(Duration::from_millis(1_400)));
    story.until("the loss", |story| story.lost() == vec![1; INSTRUMENTS]);
    story.until_state(FeedState::Synced);
    assert_eq!(story.gauges.net_errors.get(), 0, "asked for again on sockets that answer");
    story.check_books();
    story.exchange().inject(Fault::Silence(Duration::from_millis(2_800)));
    story.until("the sockets given up", |story| story.gauges.net_errors.get() >= 3);
    let trouble = story.gauges.take_trouble().expect("told").to_string();
    assert!(trouble.contains("the next market data not done within 1800 ms"), "{trouble}");
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!(story.counts()[0], 0, "silence is no gap");
}

#[test]
fn a_feed_taken_twice_is_one_feed_and_outlives_the_loss_of_a_line() {
    let mut story = begin(|settings| settings.second_urls = Some(settings.urls.clone()));
    story.until_state(FeedState::Synced);
    story.until("both lines", |story| story.gauges.connects.get() == 6);
    story.run_for(Duration::from_millis(1_000));
    story.check_books();
    let trades: usize = story.kept().iter().map(|kept| kept.trades.len()).sum();
    assert!(trades > 25 && story.gauges.copies.get() > 100, "{trades} {}", story.gauges.copies.get());
    assert_eq!((story.counts(), story.lost()), ([0; 4], vec![0; INSTRUMENTS]));
    for round in 1..=6 {
        story.exchange().inject(Fault::DisconnectOldest);
        story.until("the cut", |story| story.gauges.net_errors.get() == round);
        assert_eq!(story.gauges.state.get(), FeedState::Synced);
        story.until("the line back", |story| story.gauges.reconnects.get() == round);
    }
    story.run_for(Duration::from_millis(300));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 0, 6], vec![0; INSTRUMENTS]), "one line at a time, and no book");
}

#[test]
fn a_book_that_scores_too_low_is_held_back_until_its_faults_are_forgotten() {
    // One missing message costs 20 points, and a point comes back each second.
    let mut story = begin(|settings| settings.score_min = 82);
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(Fault::DropNextDelta("linear:ETHUSDT".into()));
    story.until("the loss", |story| story.kept()[ETH].lost == 1);
    let lost_at = Instant::now();
    story.run_for(Duration::from_millis(1_000));
    let of = |story: &Story| (story.kept()[ETH].snapshots, story.gauges.instruments()[ETH].state.get());
    assert_eq!(of(&story), (1, FeedState::Gapped), "no order is priced by it");
    assert!([80, 81].contains(&story.gauges.instruments()[ETH].score.get()));
    story.until_state(FeedState::Synced);
    assert!(lost_at.elapsed() > Duration::from_millis(1_900), "{:?}", lost_at.elapsed());
    story.check_books();
    assert_eq!((story.lost(), story.snapshots()), (vec![0, 1, 0, 0, 0], vec![1, 2, 1, 1, 1]));
}

/// Risk refuses what needs a price of a book that is not in sync; so each state of the feed but one must leave none.
#[test]
fn in_every_state_but_synced_there_is_no_book_to_price_an_order_by() {
    let mut story = begin(|settings| {
        settings.stale_after_ns = 700 * MS;
        // Whatever goes wrong, it is long before the book comes back.
        settings.score_min = 100;
    });
    let state = |story: &Story, of: usize| story.gauges.instruments()[of].state.get();
    let is_priced = |story: &Story, of: usize| {
        let id = InstrumentId(u32::try_from(of).expect("small"));
        let is_synced = story.feed.session().book(id).state == BookState::Synced;
        assert_eq!(is_synced, story.kept()[of].sides.iter().all(|side| !side.is_empty()), "the sink knows no less");
        is_synced
    };
    assert_eq!((state(&story, ETH), is_priced(&story, ETH)), (FeedState::Connecting, false));
    story.exchange().inject(Fault::Silence(Duration::from_millis(600)));
    story.until("syncing", |story| state(story, ETH) == FeedState::Syncing);
    assert!(!is_priced(&story, ETH));
    story.until_state(FeedState::Synced);
    assert!((0..INSTRUMENTS).all(|of| is_priced(&story, of)));
    story.exchange().inject(Fault::DropNextDelta("linear:ETHUSDT".into()));
    story.until("gapped", |story| state(story, ETH) == FeedState::Gapped);
    assert!(!is_priced(&story, ETH) && is_priced(&story, 0));
    story.exchange().inject(Fault::SilenceOf("linear:BTCUSDT".into(), Duration::from_secs(60)));
    story.until("stale", |story| state(story, 0) == FeedState::Stale && !is_priced(story, 0));
    story.exchange.take().expect("running").stop();
    story.until("dead", |story| (0..INSTRUMENTS).all(|of| state(story, of) == FeedState::Dead));
    assert!((0..INSTRUMENTS).all(|of| !is_priced(&story, of)));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(|_| {}).goes_away();
}
