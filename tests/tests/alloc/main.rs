//! The hot path asks for no memory once it is warm: a million recorded messages through the whole engine in the inline
//! layout (decoder, session, books, paper venue, strategy, risk, execution), counted by the process's allocator.
//!
//! Without recordings the frames are made up from a seed; the demand is the same. The recordings of every venue are watched
//! as well, where they are there: two more passes after the first.
#[cfg(test)]
mod desk;
mod flow;
mod indicators;
mod replay;
mod strategies;

use benches::Call;
use benches::stream::Stream;
use engine_model::venue::VenueId;
use engine_ring::alloc_guard::{AllocGuard, CountingAllocator};
use replay::Replay;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Messages that are watched.
const MESSAGES: usize = 1_000_000;
/// Messages of the longest recording that the test of every venue goes through; longer ones are of Binance.
const LONGEST: usize = 15_000;

#[test]
fn a_million_messages_after_warm_up_allocate_nothing() {
    let streams = Stream::all(&Call::default()).expect("readable");
    let mut watched = 0;
    for stream in &streams {
        let records: Vec<_> = stream.messages().collect();
        let mut replay = Replay::new(stream).expect("the engine goes together");
        // Warm-up: every instrument, every kind of message, orders and fills have happened once.
        replay.pass(stream, &records);
        let warm = replay.counts();
        let guard = AllocGuard::arm().expect("this process counts");
        let mut messages = 0;
        while messages < MESSAGES / streams.len() {
            replay.pass(stream, &records);
            messages += records.len();
        }
        let allocations = guard.disarm();
        assert_eq!(allocations, 0, "{allocations} allocations in {messages} messages of {}", stream.name);
        let counts = replay.counts();
        assert!(counts.placed > warm.placed && counts.reports > warm.reports, "nothing was traded: {counts:?}");
        assert_eq!(counts.errors, 0, "{counts:?}");
        watched += messages;
    }
    assert!(watched >= MESSAGES, "only {watched} messages were watched");
}

/// Passes over a venue's recordings that are watched.
const PASSES: usize = 2;

#[test]
fn the_recordings_of_every_venue_allocate_nothing_after_one_pass() {
    for venue in VenueId::ALL {
        let streams = Stream::recorded(venue).expect("readable");
        if streams.is_empty() {
            eprintln!("skipped: no recording of {}", venue.name());
        }
        for stream in streams.iter().filter(|stream| stream.kinds().len() <= LONGEST) {
            let records: Vec<_> = stream.messages().collect();
            let mut replay = Replay::new(stream).expect("the engine goes together");
            replay.pass(stream, &records);
            let warm = replay.counts();
            let guard = AllocGuard::arm().expect("this process counts");
            (0..PASSES).for_each(|_| replay.pass(stream, &records));
            let allocations = guard.disarm();
            assert_eq!(allocations, 0, "{allocations} allocations in {PASSES} passes of {}", stream.name);
            // Each pass does what the first one did: no book is left out of sync that was in sync then.
            let (events, counts) = (warm.book_events, replay.counts());
            assert_eq!(counts.book_events, (1 + PASSES as u64) * events, "{}: {counts:?}", stream.name);
            assert_eq!(counts.synced, warm.synced, "{}: {counts:?}", stream.name);
            assert_eq!(counts.errors, (1 + PASSES as u64) * warm.errors, "{}", stream.name);
        }
    }
}

#[test]
fn an_allocation_on_the_way_is_counted() {
    let guard = AllocGuard::arm().expect("this process counts");
    drop(std::hint::black_box(vec![0_u8; 64]));
    assert_eq!(guard.disarm(), 1);
}
