//! One feed by two lines, live: what is missing on one of them the other one brings, at once or behind what follows it, and
//! no book is lost, asked for anew, or wrong.

use crate::simulated::{MS, Match, Story};
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use std::time::Duration;
use tests_venue::Fault;

/// Those whose books are numbered: a hole is known.
const VENUES: [VenueId; 10] = [
    VenueId::BinanceSpot,
    VenueId::BinanceUsdm,
    VenueId::BinanceCoinm,
    VenueId::Bybit,
    VenueId::Okx,
    VenueId::GateSpot,
    VenueId::GateFutures,
    VenueId::Bitget,
    VenueId::KrakenFutures,
    VenueId::Deribit,
];
const ROUNDS: u64 = 4;

#[test]
fn what_one_line_misses_the_other_fills_without_a_resync() {
    for venue in VENUES {
        let mut story = Story::begin_fast(venue, Match::Id, (11, 2), |settings| {
            settings.second_urls = Some(settings.urls.clone());
            settings.snapshot_after_ns = 500 * MS;
        });
        let name = venue.name();
        story.until_state(FeedState::Synced);
        // Copies tell that both lines speak.
        story.until("copies", |story| story.gauges.copies.get() > 50);
        story.run_for(Duration::from_millis(300));
        let (lost, snapshots) = (story.lost(), story.snapshots());
        for round in 0..ROUNDS {
            let hit = story.symbols[round as usize % story.symbols.len()].clone();
            let deltas = |story: &Story| story.kept().iter().map(|kept| kept.deltas).min();
            let filled = story.gauges.filled.get();
            if round % 2 == 0 {
                // The other line has it, but only behind what follows: there is a hole, and it is filled.
                story.exchange().inject(Fault::SwapNextDeltas(hit.clone()));
            }
            story.exchange().inject(Fault::DropNextDeltaOfOneLine(hit));
            let before = deltas(&story).unwrap_or(0);
            story.until("some changes", |story| deltas(story).unwrap_or(0) >= before + 6);
            if round % 2 == 0 {
                story.until("the hole filled", |story| story.gauges.filled.get() == filled + 1);
            }
        }
        story.check_calm(name);
        let [gaps, resyncs, errors, net_errors] = story.counts();
        assert_eq!((gaps, resyncs, errors, net_errors), (0, 0, 0, 0), "{name}: {:?}", story.gauges.take_trouble());
        assert_eq!((story.lost(), story.snapshots()), (lost, snapshots), "{name}: a book was lost, or came anew");
    }
}
