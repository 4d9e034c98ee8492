//! The live feed against the simulated Kraken Futures: a level a message, numbered by product. A hole is one gap and one
//! resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::settings::FeedSettings;
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
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 2_500);
    story.check_trades_come_once();
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

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    begin(|_| {}).one_book_has_a_gap(Fault::DropNextDelta, INVERSE);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    begin(|_| {}).one_book_has_a_gap(Fault::SwapNextDeltas, PEPE);
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    begin(|_| {}).hears_doubles_and_garbage(1);
}

#[test]
fn a_cut_connection_is_dialled_again_and_every_book_comes_back() {
    begin(|_| {}).bears_two_cuts(1).check_trades_come_once();
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    begin(silent_after(400)).falls_silent(400);
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(|_| {}).goes_away();
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
