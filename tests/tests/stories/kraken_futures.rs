//! The live feed against the simulated Kraken Futures: a level a message, numbered by product. A hole is one gap and one
//! resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::{Duration, Instant};
use tests_venue::{Fault, Listing};

/// Four linear perpetuals and an inverse one.
const INSTRUMENTS: usize = 5;
/// Its prices are written with an exponent, and its lot is a thousand coins.
const PEPE: usize = 3;
const INVERSE: usize = 4;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::KrakenFutures, Match::Id, change)
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(2_500));
    story.check_books();
    story.check_trades_come_once();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; INSTRUMENTS], vec![1; INSTRUMENTS]));
    for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
        assert!(kept.trades.len() > 2, "{symbol}: {} trades", kept.trades.len());
        assert!(kept.marks > 1 && kept.open_interests > 0, "{symbol}");
        // A rate of an hour, an eighth of the 0.01 % of eight, and when the next one comes.
        let is_told = |change: &MarketChange| match change {
            MarketChange::Funding { rate_e8, next_at_ns, .. } => (1_000..1_500).contains(rate_e8) && next_at_ns.0 > 0,
            _ => false,
        };
        assert!(!kept.fundings.is_empty() && kept.fundings.iter().all(is_told), "{symbol}: {:?}", kept.fundings);
    }
    let counts = story.feed.session().counts();
    assert_eq!((counts.unknown, counts.foreign), (0, 0), "every answer and every frame is understood");
}

/// Lets a fault hit one book, which comes back at once while the others are not touched.
fn one_book_is_hit(fault: Fault, hit: usize) {
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
    assert_eq!(story.counts(), [1, 1, 0, 0]);
    let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
    assert_eq!(gaps, story.all_but(0, hit, 1));
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    one_book_is_hit(Fault::DropNextDelta("PI_XBTUSD".into()), INVERSE);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    one_book_is_hit(Fault::SwapNextDeltas("PF_PEPEUSD".into()), PEPE);
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
    story.until_state(FeedState::Dead);
    assert!(story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead));
}

#[test]
fn the_list_gives_the_grids_that_the_frames_are_on() {
    let story = begin(|_| {});
    let symbols: Vec<&str> = story.symbols.iter().map(String::as_str).collect();
    let found = listed(VenueId::KrakenFutures, story.exchange(), &symbols).expect("listed");
    for (id, listing) in Listing::defaults(VenueId::KrakenFutures).iter().enumerate() {
        let (found, instrument) = (found.get(InstrumentId(id as u32)), listing.instrument);
        assert_eq!((found.grid, found.kind, found.base), (instrument.grid, instrument.kind, instrument.base));
    }
    assert_eq!(found.get(InstrumentId(INVERSE as u32)).kind, ContractKind::Inverse);
    let absent = listed(VenueId::KrakenFutures, story.exchange(), &["PF_NOPEUSD"]).expect_err("absent");
    assert_eq!(absent, "kraken-futures does not list PF_NOPEUSD");
}
