//! The live feed against the simulated Deribit: books linked by number, heartbeats that want an answer. A hole is one gap and
//! one resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::settings::FeedSettings;
use std::time::Duration;
use tests_venue::{Fault, Listing};

/// Two inverse perpetuals and three linear ones.
const INSTRUMENTS: usize = 5;
const ETH: usize = 1;
const SOL: usize = 4;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Deribit, Match::Id, change)
}

/// Long enough to be asked whether we are there, and to hear nothing more had we not answered.
#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 4_500);
    story.check_trades_come_once();
    for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
        assert!(kept.trades.len() > 2, "{symbol}: {} trades", kept.trades.len());
        assert!(kept.marks > 1 && kept.open_interests > 0, "{symbol}");
        // A rate of eight hours, paid all the time.
        let is_told = |change: &MarketChange| match change {
            MarketChange::Funding { rate_e8, interval_s, .. } => *rate_e8 != 0 && *interval_s == 8 * 3_600,
            _ => false,
        };
        assert!(!kept.fundings.is_empty() && kept.fundings.iter().all(is_told), "{symbol}: {:?}", kept.fundings);
    }
    let counts = story.feed.session().counts();
    assert_eq!((counts.unknown, counts.foreign), (0, 0), "every answer and every frame is understood");
    assert!(story.gauges.take_stream_trouble().is_none());
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    begin(|_| {}).one_book_has_a_gap(Fault::DropNextDelta, ETH);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    begin(|_| {}).one_book_has_a_gap(Fault::SwapNextDeltas, SOL);
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    begin(|_| {}).hears_doubles_and_garbage(1);
}

#[test]
fn a_cut_connection_is_dialled_again_and_every_book_comes_back() {
    let mut story = begin(|_| {}).bears_two_cuts(1);
    // On a busy machine a quiet instrument may not have traded twice by now.
    story.run_for(Duration::from_secs(1));
    story.check_trades_come_once();
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    begin(silent_after(400)).falls_silent(400);
}

#[test]
fn a_quiet_market_is_neither_a_lost_connection_nor_a_lost_book() {
    let story = Story::begin_quiet(VenueId::Deribit, Match::Id, |settings| {
        settings.stale_after_ns = 400 * MS;
        silent_after(1_500)(settings);
    });
    story.stays_quiet(Duration::from_secs(4));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(|_| {}).goes_away();
}

#[test]
fn the_list_gives_the_grids_that_the_frames_are_on() {
    let story = begin(|_| {});
    let symbols: Vec<&str> = story.symbols.iter().map(String::as_str).collect();
    let found = listed(VenueId::Deribit, story.exchange(), &symbols).expect("listed");
    for (id, listing) in Listing::defaults(VenueId::Deribit).iter().enumerate() {
        let (found, instrument) = (found.get(InstrumentId(id as u32)), listing.instrument);
        assert_eq!((found.grid, found.kind, found.base), (instrument.grid, instrument.kind, instrument.base));
        assert_eq!((found.quote, found.min_qty), (instrument.quote, instrument.min_qty));
    }
    let absent = listed(VenueId::Deribit, story.exchange(), &["BTC-NOPE"]).expect_err("absent");
    assert_eq!(absent, "deribit does not list BTC-NOPE");
}
