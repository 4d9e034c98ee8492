//! Any bytes as a frame of Bybit: both ways say the same, an error changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SNAPSHOT: &str = r#"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":5,"data":{"s":"BTCUSDT","b":[["1.00","1"]],"a":[],"u":10,"seq":7},"cts":4}"#;

fuzz_target!(|frame: &[u8]| {
    shared::same_both_ways(
        || {
            let (mut session, mut calls) = (shared::session(VenueId::Bybit, "linear:BTCUSDT"), shared::Calls::default());
            session.on_open(0, "/v5/public/linear");
            session.on_frame(0, SNAPSHOT.as_bytes(), Nanos(1), &mut calls);
            assert_eq!(calls.0.len(), 1);
            (session, calls)
        },
        frame,
    );
});
