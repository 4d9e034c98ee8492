//! Any bytes as a frame of Kraken spot: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":1.0,"qty":1.0}],"asks":[],"checksum":1,"timestamp":"2026-08-24T22:21:58.343688Z"}]}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::Kraken, "BTC/USD", SNAPSHOT), frame);
});
