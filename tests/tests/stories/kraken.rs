//! The live feed against the simulated Kraken: books without ids, proved by a checksum in every message. A hole or a wrong
//! checksum is one resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::venue::VenueId;
use feeds::live::settings::FeedSettings;
use tests_venue::{Fault, Listing};

/// Five coins in dollars.
const INSTRUMENTS: usize = 5;
const ETH: usize = 1;
const PEPE: usize = 3;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Kraken, Match::Levels, change)
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 1_500);
    story.check_trades_come_once();
    for (symbol, kept) in story.symbols.iter().zip(story.kept()) {
        assert!(kept.trades.len() > 5, "{symbol}: {} trades", kept.trades.len());
    }
    let counts = story.feed.session().counts();
    assert_eq!((counts.unknown, counts.foreign, counts.checksum_failed), (0, 0, 0));
}

#[test]
fn a_checksum_that_does_not_hold_is_one_resync_of_that_instrument() {
    begin(|_| {}).one_book_is_refuted(Fault::WrongChecksum, ETH);
}

/// No number tells of the hole: the checksum of a later message does, as soon as the ten best levels show it.
#[test]
fn a_missing_change_is_found_by_the_checksum_and_is_one_resync() {
    begin(|_| {}).one_book_is_refuted(Fault::DropNextDelta, PEPE);
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
    let found = listed(VenueId::Kraken, story.exchange(), &["DOGE/USD", "BTC/USD"]).expect("listed");
    let grids = |instruments: &Instruments| [0, 1].map(|id| instruments.get(InstrumentId(id)).grid);
    let [btc, .., doge] = &Listing::defaults(VenueId::Kraken)[..] else { panic!("two at least") };
    assert_eq!(grids(&found), [doge.instrument.grid, btc.instrument.grid]);
    let absent = listed(VenueId::Kraken, story.exchange(), &["XBT/USD"]).expect_err("absent");
    assert_eq!(absent, "kraken does not list XBT/USD");
}
