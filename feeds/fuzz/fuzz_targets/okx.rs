//! Any bytes as a frame of OKX: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[],"bids":[["1","1","0","1"]],"ts":"4","checksum":0,"seqId":100,"prevSeqId":-1}]}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::Okx, "BTC-USDT", SNAPSHOT), frame);
});
