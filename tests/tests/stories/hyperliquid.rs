//! The live feed against the simulated Hyperliquid: every book is whole, so that whatever is missing or twice costs nothing;
//! a cut line loses every book and brings it back.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::counts::EventKind;
use feeds::live::gauges::FeedState;
use feeds::live::settings::FeedSettings;
use std::time::Duration;
use tests_venue::{Fault, Listing};

/// Four perpetuals and a pair on spot.
const INSTRUMENTS: usize = 5;
const SPOT: usize = 4;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Hyperliquid, Match::Levels, change)
}

#[test]
fn without_trouble_every_book_comes_whole_again_and_again_and_is_true() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(2_500));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0; 4], vec![0; INSTRUMENTS]));
    assert!(story.snapshots().iter().all(|snapshots| *snapshots >= 5), "{:?}", story.snapshots());
    for (instrument, kept) in story.kept().iter().enumerate() {
        assert!(kept.trades.len() > 5, "instrument {instrument}: {} trades", kept.trades.len());
        let told = (kept.marks > 1, kept.fundings.is_empty(), kept.open_interests > 0);
        let is_perpetual = instrument != SPOT;
        assert_eq!(told, (is_perpetual, !is_perpetual, is_perpetual), "instrument {instrument}");
        let hourly = |change: &MarketChange| matches!(change, MarketChange::Funding { interval_s: 3_600, .. });
        assert!(kept.fundings.iter().all(hourly), "{:?}", kept.fundings);
    }
    let counts = story.feed.session().counts();
    assert!(counts.event(EventKind::Quote) > 20, "the best bid and ask come by themselves");
    assert_eq!((counts.unknown, counts.foreign), (0, 0), "every answer and every frame is understood");
}

/// Who looks at depth takes 20 levels a side, each 5 s: nobody takes such a book for a silent one meanwhile, however soon
/// others are.
#[test]
fn a_deep_book_is_slow_and_believed_between_two() {
    let mut story = begin(|settings| {
        *settings = settings.clone().with_levels(20);
        settings.stale_after_ns = 2_000 * MS;
    });
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::Calm(Duration::from_secs(30)));
    story.run_for(Duration::from_millis(5_600));
    assert_eq!((story.counts(), story.lost()), ([0; 4], vec![0; INSTRUMENTS]));
    for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
        assert!((2..=3).contains(&kept.snapshots), "{symbol}: {} in 6 s", kept.snapshots);
        assert_eq!(kept.sides.each_ref().map(|side| side.len()), [20; 2], "{symbol}");
        let truth = story.exchange().truth(symbol).expect("listed");
        assert_eq!(kept.best(5), [truth.bids, truth.asks], "{symbol}");
    }
}

#[test]
fn what_is_missing_or_comes_twice_and_garbage_in_between_lose_nothing() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::DropNextDelta("BTC".into()));
    story.exchange().inject(Fault::RepeatNextDelta("kPEPE".into()));
    story.run_for(Duration::from_millis(1_200));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0; 4], vec![0; INSTRUMENTS]));
    story.exchange().inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
    story.until("the error", |story| story.counts()[2] >= 1);
    story.run_for(Duration::from_millis(600));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 1, 0], vec![0; INSTRUMENTS]));
}

#[test]
fn a_cut_connection_is_dialled_again_and_every_book_comes_back() {
    begin(|_| {}).bears_two_cuts(1);
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    begin(silent_after(700)).falls_silent(700);
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(|_| {}).goes_away();
}

/// Both lists are asked for by a POST, and give the finest price that there may be: how many figures an order's price has
/// depends on the price.
#[test]
fn the_lists_give_grids_that_every_price_of_the_frames_is_on() {
    let story = begin(|_| {});
    let symbols: Vec<&str> = story.symbols.iter().map(String::as_str).collect();
    let found = listed(VenueId::Hyperliquid, story.exchange(), &symbols).expect("listed");
    for (id, listing) in Listing::defaults(VenueId::Hyperliquid).iter().enumerate() {
        let (found, instrument) = (found.get(InstrumentId(id as u32)), listing.instrument);
        let decimals = |grid: engine_model::instrument::Grid| (grid.price_decimals, grid.qty_decimals, grid.lot_step);
        assert_eq!((decimals(found.grid), found.kind), (decimals(instrument.grid), instrument.kind));
        assert_eq!((found.base, found.quote), (instrument.base, instrument.quote));
    }
    assert_eq!(found.get(InstrumentId(SPOT as u32)).kind, ContractKind::Spot);
    let absent = listed(VenueId::Hyperliquid, story.exchange(), &["BTC", "NOPE/USDC"]).expect_err("absent");
    assert_eq!(absent, "hyperliquid does not list NOPE/USDC");
}
