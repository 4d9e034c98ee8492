//! Any bytes as a frame of Bitget: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"{"action":"snapshot","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[],"bids":[["1.00","1"]],"checksum":0,"seq":100,"ts":"4"}],"ts":5}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::Bitget, "SPOT:BTCUSDT", SNAPSHOT), frame);
});
