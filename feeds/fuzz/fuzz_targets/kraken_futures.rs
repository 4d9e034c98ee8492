//! Any bytes as a frame of Kraken Futures: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"{"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1612269825817,"seq":100,"bids":[{"price":1.0,"qty":1}],"asks":[]}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::KrakenFutures, "PI_XBTUSD", SNAPSHOT), frame);
});
