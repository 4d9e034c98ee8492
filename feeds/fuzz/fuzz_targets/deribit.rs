//! Any bytes as a frame of Deribit: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"{"method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":{"type":"snapshot","instrument_name":"BTC-PERPETUAL","change_id":100,"bids":[["new",1.0,1.0]],"asks":[]}}}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(|| shared::synced_by(VenueId::Deribit, "BTC-PERPETUAL", SNAPSHOT), frame);
});
