//! Any bytes as a frame of Kraken spot as it was: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"[320,{"as":[],"bs":[["1.0","1.0","1617666423.606671"]]},"book-10","XBT/USD"]"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::KrakenV1, "XBT/USD", SNAPSHOT), frame);
});
