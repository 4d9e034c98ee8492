//! Any bytes as a frame of Coinbase Advanced: the fast way and the general way (the same bytes behind a space) say the
//! same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &[u8] = br#"{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.1Z","sequence_num":1,"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-08-09T21:05:48Z","price_level":"1","new_quantity":"1"}]}]}"#;

fuzz_target!(|frame: &[u8]| {
    let outcome = |frame: &[u8]| shared::twice_behind(shared::session(VenueId::Coinbase, "BTC-USD"), SNAPSHOT, frame);
    // The bare words are no JSON, so white space makes a difference there.
    if !matches!(frame, b"ping" | b"pong") {
        assert_eq!(outcome(frame), outcome(&[b" ", frame].concat()));
    }
});
