//! Any bytes as a frame of Gate: the fast way and the general way (the same bytes behind a space) say the same, an error
//! changes nothing, nothing panics.
#![no_main]

mod shared;

use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use libfuzzer_sys::fuzz_target;

const SYMBOL: &str = "BTC_USDT";
const BOOK: &[u8] = br#"{"id":100,"bids":[["1.00","1"]],"asks":[]}"#;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, frame)) = bytes.split_first() else { return };
    let venue = if choice % 2 == 0 { VenueId::GateSpot } else { VenueId::GateFutures };
    let spaced = [b" ", frame].concat();
    let outcome = |frame: &[u8]| {
        let (mut session, mut calls) =
            shared::answered(venue, ("https://a/order_book?currency_pair=BTC_USDT", SYMBOL), BOOK);
        for _ in 0..2 {
            let (errors, before) = (session.counts().errors, calls.0.len());
            session.on_frame(0, frame, Nanos(2), &mut calls);
            assert!(session.counts().errors == errors || calls.0.len() == before);
        }
        (*session.counts(), calls)
    };
    // The bare words are no JSON, so white space makes a difference there.
    if !matches!(frame, b"ping" | b"pong") {
        assert_eq!(outcome(frame), outcome(&spaced));
    }
});
