//! The market model by itself: books never cross, trades come out of the book, one seed gives one market.

use crate::listing::Listing;
use crate::market::{Market, Outcome};
use crate::protocol;
use engine_model::market::Side;
use engine_model::venue::VenueId;
use std::collections::BTreeMap;

fn market(venue: VenueId, seed: u64) -> Market {
    Market::new(seed, &Listing::defaults(venue), venue == VenueId::BinanceSpot)
}

/// One line that tells an outcome and the books after it.
fn told(outcome: &Outcome) -> String {
    format!("{} {} {} {:?} {:?}", outcome.number, outcome.at_ns, outcome.instrument, outcome.changes, outcome.fills)
}

#[test]
fn one_seed_gives_one_market_and_another_seed_another() {
    let story = |seed| {
        let mut market = market(VenueId::BinanceUsdm, seed);
        (0..5_000).map(|_| told(market.step())).collect::<Vec<_>>()
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7), story(8));
}

#[test]
fn the_market_of_one_instrument_does_not_depend_on_what_else_is_listed() {
    let all = Listing::defaults(VenueId::BinanceSpot);
    let story = |listings: &[Listing]| {
        let mut market = Market::new(3, listings, true);
        let mut changes = Vec::new();
        while changes.len() < 2_000 {
            let outcome = market.step();
            if outcome.instrument == 0 {
                changes.extend_from_slice(&outcome.changes);
            }
        }
        changes.truncate(2_000);
        changes
    };
    assert_eq!(story(&all), story(&all[..1]));
}

#[test]
fn the_book_is_deep_and_never_crossed_and_the_spread_is_small() {
    for venue in VenueId::ALL.into_iter().filter(|venue| protocol::of(*venue).is_some()) {
        for seed in 0..4 {
            let mut market = market(venue, seed);
            let (mut spread_sum_bps_e2, mut spreads) = (0, 0);
            for _ in 0..60_000 {
                let instrument = market.step().instrument;
                let book = market.book(instrument);
                let (bid, ask) = (book.best(Side::Buy).px.0, book.best(Side::Sell).px.0);
                assert!(0 < bid && bid < ask, "{venue:?} seed {seed} instrument {instrument}: {bid} {ask}");
                assert!(book.depth(Side::Buy) >= 20 && book.depth(Side::Sell) >= 20);
                assert!(book.depth(Side::Buy) <= 280 && book.depth(Side::Sell) <= 280);
                spread_sum_bps_e2 += (ask - bid) * 1_000_000 / bid;
                spreads += 1;
            }
            let mean_bps_e2 = spread_sum_bps_e2 / spreads;
            assert!(mean_bps_e2 < 300, "{venue:?} seed {seed}: mean spread {mean_bps_e2}e-2 bps");
        }
    }
}

#[test]
fn a_price_that_jumps_over_the_whole_book_does_not_cross_it() {
    let mut listings = Listing::defaults(VenueId::BinanceUsdm);
    listings.iter_mut().for_each(|listing| listing.wander_bps = 500);
    let mut market = Market::new(1, &listings, false);
    for _ in 0..5_000 {
        let instrument = market.step().instrument;
        let book = market.book(instrument);
        assert!(book.best(Side::Buy).px < book.best(Side::Sell).px, "event {}", market.event_count());
        assert!(book.depth(Side::Buy) >= 20 && book.depth(Side::Sell) >= 20);
        assert!(book.worst(Side::Buy).px.0 > 0);
    }
}

/// Replays changes and fills on a book of its own: the changes alone rebuild the book, and every lot traded left the
/// book in the same event, once.
#[test]
fn every_trade_consumes_book_quantity_exactly_once() {
    let mut market = market(VenueId::BinanceSpot, 11);
    let mut twins: Vec<[BTreeMap<i64, i64>; 2]> = (0..3)
        .map(|i| [Side::Buy, Side::Sell].map(|s| market.book(i).levels(s).map(|l| (l.px.0, l.qty.0)).collect()))
        .collect();
    let (mut fills, mut multi, mut last_ids) = (0, 0, [0u64; 3]);
    for _ in 0..40_000 {
        let outcome = market.step().clone();
        let twin = &mut twins[outcome.instrument];
        let mut fill = outcome.fills.iter();
        let mut next = fill.next();
        for change in &outcome.changes {
            let side = &mut twin[change.side as usize];
            let before = side.get(&change.level.px.0).copied().unwrap_or(0);
            if let Some(f) = next.filter(|f| f.aggressor != change.side && f.level.px == change.level.px) {
                let best = if change.side == Side::Buy { side.last_key_value() } else { side.first_key_value() };
                assert_eq!(best.map(|(px, _)| *px), Some(f.level.px.0), "takers take the best level");
                assert_eq!(before - change.level.qty.0, f.level.qty.0, "the change shows the trade's quantity once");
                assert_eq!(f.trades().map(|(_, q)| q.0).sum::<i64>(), f.level.qty.0, "parts add up");
                multi += i32::from(f.trades().count() > 1);
                next = fill.next();
                fills += 1;
            }
            if change.level.qty.0 == 0 {
                side.remove(&change.level.px.0)
            } else {
                side.insert(change.level.px.0, change.level.qty.0)
            };
            assert!(last_ids[outcome.instrument] == 0 || change.update_id == last_ids[outcome.instrument] + 1);
            last_ids[outcome.instrument] = change.update_id;
        }
        assert!(next.is_none(), "a fill without its change");
        for side in [Side::Buy, Side::Sell] {
            let book: BTreeMap<_, _> =
                market.book(outcome.instrument).levels(side).map(|l| (l.px.0, l.qty.0)).collect();
            assert_eq!(book, twin[side as usize]);
        }
    }
    assert!(fills > 2_000 && multi > 500, "{fills} fills, {multi} in several parts");
}

#[test]
fn the_flow_keeps_its_rate_and_has_bursts() {
    let mut market = market(VenueId::BinanceUsdm, 5);
    let mut per_second = BTreeMap::new();
    while market.next_at_ns() < 120_000_000_000 {
        let at_ns = market.step().at_ns;
        *per_second.entry(at_ns / 1_000_000_000).or_insert(0u32) += 1;
    }
    let mut rates: Vec<_> = per_second.into_values().collect();
    rates.sort_unstable();
    let (median, most) = (rates[rates.len() / 2], rates[rates.len() - 1]);
    assert!((2_600..4_200).contains(&median), "median {median} a second");
    assert!(most > 2 * median, "busiest second {most}, median {median}");
}
