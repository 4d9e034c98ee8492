//! Any bytes as a frame of BitMEX: white space says nothing, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const PARTIAL: &str = r#"{"table":"orderBookL2","action":"partial","data":[{"symbol":"XBTUSD","id":8800,"side":"Buy","size":1,"price":1}]}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::Bitmex, "XBTUSD", PARTIAL), frame);
});
