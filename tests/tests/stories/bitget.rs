//! The live feed against the simulated Bitget, four types of instrument on one socket: books linked by number and proved by
//! a checksum. A hole or a wrong checksum is one resync of that book alone; what is kept at the end is the venue's true book.

use crate::lists::listed;
use crate::simulated::{MS, Match, Story};
use crate::trouble::silent_after;
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::settings::FeedSettings;
use std::time::Duration;
use tests_venue::{Fault, Listing};

/// Four perpetuals settled in USDT, one coin on spot, one perpetual settled in bitcoin.
const INSTRUMENTS: usize = 6;
const ETH: usize = 1;
const BONK: usize = 3;
const SPOT: usize = 4;

fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    Story::begin(VenueId::Bitget, Match::Id, change)
}

/// Checksums that held, and that did not.
fn checksums(story: &Story) -> (u64, u64) {
    let counts = story.feed.session().counts();
    (counts.checksum_ok, counts.checksum_failed)
}

#[test]
fn without_trouble_every_book_comes_once_is_proved_and_is_true() {
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 1_500);
    story.check_trades_come_once();
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

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    begin(|_| {}).one_book_has_a_gap(Fault::DropNextDelta, ETH);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    begin(|_| {}).one_book_has_a_gap(Fault::SwapNextDeltas, SPOT);
}

#[test]
fn a_checksum_that_does_not_hold_is_one_resync_of_that_instrument() {
    begin(|_| {}).one_book_is_refuted(Fault::WrongChecksum, BONK);
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
fn a_quiet_market_is_neither_a_lost_connection_nor_a_lost_book() {
    let story = Story::begin_quiet(VenueId::Bitget, Match::Id, |settings| {
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
