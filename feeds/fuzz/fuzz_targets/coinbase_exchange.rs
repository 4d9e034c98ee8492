//! Any bytes as a frame of Coinbase Exchange: the fast way and the general way (the same bytes behind a space) say the
//! same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &[u8] = br#"{"type":"snapshot","product_id":"BTC-USD","bids":[["1.00","1"]],"asks":[]}"#;

fuzz_target!(|frame: &[u8]| {
    let outcome =
        |frame: &[u8]| shared::twice_behind(shared::session(VenueId::CoinbaseExchange, "BTC-USD"), SNAPSHOT, frame);
    // The bare words are no JSON, so white space makes a difference there.
    if !matches!(frame, b"ping" | b"pong") {
        assert_eq!(outcome(frame), outcome(&[b" ", frame].concat()));
    }
});
