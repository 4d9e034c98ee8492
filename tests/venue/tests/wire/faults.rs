//! Each fault does what it says, and only that.

use crate::client::{Client, get, get_json, start, start_with};
use engine_model::venue::VenueId;
use std::time::{Duration, Instant};
use tests_venue::{Config, Fault, SimulatedVenue};

const DEPTH: &str = "btcusdt@depth@100ms";

fn follow_depth(venue: &SimulatedVenue) -> Client {
    let mut client = Client::open(venue, &format!("/stream?streams={DEPTH}"));
    client.next_of(DEPTH);
    client
}

/// Ids missing (above zero) or repeated (below) before each of the next deltas. `last` is the `u` of the one before.
fn gaps(client: &mut Client, last: &mut i64, deltas: usize) -> Vec<i64> {
    (0..deltas)
        .map(|_| {
            let delta = client.next_of(DEPTH);
            let gap = delta["U"].as_i64().expect("an id") - *last - 1;
            *last = delta["u"].as_i64().expect("an id");
            gap
        })
        .collect()
}

fn last_id(client: &mut Client) -> i64 {
    client.next_of(DEPTH)["u"].as_i64().expect("an id")
}

#[test]
fn a_dropped_delta_breaks_the_chain_once() {
    let venue = start(VenueId::BinanceSpot);
    let mut client = follow_depth(&venue);
    let mut last = last_id(&mut client);
    venue.inject(Fault::DropNextDelta("BTCUSDT".to_owned()));
    let dropped = gaps(&mut client, &mut last, 8);
    assert_eq!(dropped.iter().filter(|gap| **gap > 0).count(), 1, "{dropped:?}");
    venue.inject(Fault::RepeatNextDelta("BTCUSDT".to_owned()));
    let repeated = gaps(&mut client, &mut last, 8);
    assert_eq!(repeated.iter().filter(|gap| **gap < 0).count(), 1, "{repeated:?}");
}

#[test]
fn two_deltas_can_come_in_the_wrong_order() {
    let venue = start(VenueId::BinanceSpot);
    let mut client = follow_depth(&venue);
    let mut last = last_id(&mut client);
    venue.inject(Fault::SwapNextDeltas("BTCUSDT".to_owned()));
    // Nothing of Binance's has a checksum.
    venue.inject(Fault::WrongChecksum("BTCUSDT".to_owned()));
    let steps = gaps(&mut client, &mut last, 8);
    let swapped: Vec<i64> = steps.iter().copied().filter(|gap| *gap != 0).collect();
    // What was left out comes back: over the hole, back over both, and over the one that was heard.
    assert!(matches!(swapped[..], [over, back, on] if over > 0 && back < 0 && over + back + on == 0), "{steps:?}");
}

#[test]
fn a_disconnect_cuts_every_socket_and_the_venue_takes_new_ones() {
    let venue = start(VenueId::BinanceSpot);
    let mut clients = [follow_depth(&venue), follow_depth(&venue)];
    venue.inject(Fault::Disconnect);
    for client in &mut clients {
        let until = Instant::now() + Duration::from_secs(5);
        while client.hear(Duration::from_millis(100)).is_ok() {
            assert!(Instant::now() < until, "still open");
        }
    }
    follow_depth(&venue);
}

#[test]
fn silence_is_silent_and_ends() {
    let venue = start(VenueId::BinanceSpot);
    let mut client = follow_depth(&venue);
    venue.inject(Fault::Silence(Duration::from_secs(2)));
    std::thread::sleep(Duration::from_millis(100));
    while client.hear(Duration::from_millis(1)).expect("open").is_some() {}
    assert_eq!(client.hear(Duration::from_millis(400)).expect("open"), None);
    client.next_of(DEPTH);
}

#[test]
fn garbage_comes_once_between_good_frames() {
    let venue = start(VenueId::BinanceSpot);
    let mut client = follow_depth(&venue);
    venue.inject(Fault::Garbage("{\"stream\":\"btcusdt@dep".to_owned()));
    let frames: Vec<_> = (0..10).map(|_| client.next()).collect();
    let bad = frames.iter().filter(|text| serde_json::from_str::<serde_json::Value>(text).is_err()).count();
    assert_eq!(bad, 1, "{frames:?}");
    venue.inject(Fault::GarbageBytes);
    let until = Instant::now() + Duration::from_secs(5);
    while client.hear(Duration::from_millis(100)).is_ok() {
        assert!(Instant::now() < until, "a client cannot read over bytes that are no frame");
    }
}

#[test]
fn rest_can_be_slow_refuse_and_lag_behind() {
    let venue = start(VenueId::BinanceSpot);
    venue.inject(Fault::RestStatus { status: 429, count: 2 });
    let statuses: Vec<_> = (0..3).map(|_| get(&venue, "/api/v3/time").0).collect();
    assert_eq!(statuses, [429, 429, 200]);
    venue.inject(Fault::RestStatus { status: 503, count: 1 });
    assert_eq!(get(&venue, "/api/v3/time").0, 503);
    venue.inject(Fault::SlowRest(Duration::from_millis(300)));
    let asked = Instant::now();
    get_json(&venue, "/api/v3/time");
    assert!(asked.elapsed() >= Duration::from_millis(300));
    venue.inject(Fault::SlowRest(Duration::ZERO));
    let id = |venue: &SimulatedVenue| get_json(venue, "/api/v3/depth?symbol=BTCUSDT&limit=5")["lastUpdateId"].as_u64();
    let before = id(&venue);
    venue.inject(Fault::OldSnapshots { count: 1, update_ids: 1_000_000 });
    let (old, after) = (id(&venue), id(&venue));
    assert!(old < before && before <= after, "{before:?} {old:?} {after:?}");
}

#[test]
fn a_stalled_venue_neither_reads_nor_writes_and_then_goes_on_without_a_flood() {
    let venue = start(VenueId::BinanceSpot);
    let mut client = follow_depth(&venue);
    venue.inject(Fault::Stall(Duration::from_secs(3)));
    std::thread::sleep(Duration::from_millis(100));
    while client.hear(Duration::from_millis(1)).expect("open").is_some() {}
    let events = venue.figures().events;
    assert_eq!(client.hear(Duration::from_millis(500)).expect("open"), None);
    client.next_of(DEPTH);
    let made_up_for = venue.figures().events - events;
    // 8,000 were due meanwhile.
    assert!(made_up_for < 3_000, "{made_up_for} events at once after three seconds of nothing");
    let mut last = last_id(&mut client);
    assert_eq!(gaps(&mut client, &mut last, 3), [0, 0, 0]);
}

#[test]
fn sockets_are_pinged_and_cut_when_they_do_not_answer_or_are_too_old() {
    let quick = Duration::from_millis(200);
    let base = || Config { client_messages_a_second_max: 100, ..Config::new(VenueId::BinanceSpot, 1) };
    let venue = start_with(Config { ping_every: quick, pong_within: Duration::from_secs(1), ..base() });
    let mut polite = follow_depth(&venue);
    let mut silent = follow_depth(&venue);
    let until = Instant::now() + Duration::from_millis(2_500);
    while Instant::now() < until {
        polite.next_of(DEPTH);
    }
    let mut seen = [0; 64];
    std::thread::sleep(Duration::from_millis(200));
    while std::io::Read::read(silent.raw(), &mut seen).is_ok_and(|count| count > 0) {}
    assert_eq!(std::io::Read::read(silent.raw(), &mut seen).ok().unwrap_or(0), 0, "cut");
    let venue = start_with(Config { lifetime: quick, ..base() });
    let mut old = follow_depth(&venue);
    let until = Instant::now() + Duration::from_secs(3);
    while old.hear(quick).is_ok() {
        assert!(Instant::now() < until, "older than its lifetime");
    }
}
