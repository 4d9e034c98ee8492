//! The live feed against the simulated OKX, spot and swaps on one socket: a hole, a swap of two messages or a checksum that
//! does not hold is one resync of that book alone; what is kept at the end is the venue's true book.

use crate::simulated::{MS, Match, Story};
use crate::trouble::silent_after;
use engine_model::market::MarketChange;
use engine_model::venue::VenueId;
use feeds::live::settings::FeedSettings;
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
    let story = begin(|_| {}).goes_untroubled(INSTRUMENTS, 1_500);
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

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    begin(|_| {}).one_book_has_a_gap(Fault::DropNextDelta, PEPE_SWAP);
}

#[test]
fn two_changes_in_the_wrong_order_are_one_gap_and_one_resync() {
    begin(|_| {}).one_book_has_a_gap(Fault::SwapNextDeltas, 0);
}

#[test]
fn a_checksum_that_is_there_again_and_does_not_hold_is_one_resync() {
    begin(|_| {}).one_book_is_refuted(Fault::WrongChecksum, 1);
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
    let story = Story::begin_quiet(VenueId::Okx, Match::Id, |settings| {
        settings.stale_after_ns = 400 * MS;
        silent_after(1_500)(settings);
    });
    story.stays_quiet(Duration::from_secs(6));
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    begin(|_| {}).goes_away();
}
