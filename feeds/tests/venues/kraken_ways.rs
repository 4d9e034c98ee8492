//! The fast ways of Kraken's three interfaces say what the general ways say: of every frame of the captures, and of frames
//! that are not quite right. White space in front of a frame sends it the general way.

use crate::book::Books;
use crate::changed::{changed, spaced};
use crate::desk::instruments;
use crate::shared::shared;
use engine_model::instrument::Instruments;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Recording};
use feeds::metadata;
use feeds::session::Session;
use proptest::prelude::*;

/// Two sessions of one venue: frames go one way in the first, the other way in the second.
struct Pair([(Session, Books); 2]);

impl Pair {
    fn new(venue: VenueId, instruments: &Instruments) -> Self {
        Self([(); 2].map(|()| (Session::new(venue, instruments, 1 << 14), Books::new(instruments))))
    }

    fn frame(&mut self, bytes: &[u8]) {
        let Self([(fast, ours), (general, theirs)]) = self;
        fast.on_frame(7, bytes, Nanos(2), ours);
        general.on_frame(7, &spaced(bytes), Nanos(2), theirs);
        let refusals =
            [fast, general].map(|session| session.take_refusal(Nanos(u64::MAX)).map(|refusal| refusal.error));
        assert_eq!(refusals[0], refusals[1], "{}", String::from_utf8_lossy(bytes));
    }

    fn compare(&mut self, told: &str) {
        let Self([(fast, ours), (general, theirs)]) = self;
        assert_eq!(fast.counts(), general.counts(), "{told}");
        assert_eq!(ours, theirs, "{told}");
    }
}

#[test]
fn fast_and_general_say_the_same_of_every_captured_frame() {
    let Some(root) = shared() else { return };
    for (venue, file) in [
        (VenueId::Kraken, "kraken/v2_tv_20260824.ndjson.zst"),
        (VenueId::KrakenV1, "kraken/v1_cf_20210405.ndjson.zst"),
        (VenueId::KrakenFutures, "kraken_futures/cf_20210722.ndjson.zst"),
    ] {
        let recording = Recording::read(&[root.join("data").join(file)]).expect("readable");
        let mut pair = Pair::new(venue, &metadata::infer(&recording, venue));
        let frames = recording.iter().filter(|record| record.direction == Direction::In);
        for (index, record) in frames.enumerate() {
            pair.frame(record.payload);
            // Ten books of a thousand levels are not compared after each of 15,000 frames.
            if index % 100 == 0 {
                pair.compare(file);
            }
        }
        pair.compare(file);
    }
}

/// A frame after a snapshot. Three times, for the readers then know this form.
fn check_frame(venue: VenueId, snapshot: &str, frame: &[u8]) {
    let symbols = [("BTC/USD", 1, 8), ("XBT/USD", 5, 8), ("PI_ETHUSD", 2, 0)];
    let mut pair = Pair::new(venue, &instruments(venue, &symbols));
    pair.frame(snapshot.as_bytes());
    (0..3).for_each(|_| pair.frame(frame));
    pair.compare(&String::from_utf8_lossy(frame));
}

const SPOT: &str = r#"{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":78857.0,"qty":1.00000000}],"asks":[],"checksum":1019794084,"timestamp":"2026-08-24T22:21:57.343688Z"}]}"#;
const SPOT_UPDATE: &str = r#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":78858.8,"qty":0.00000000},{"price":78857.0,"qty":0.34775324}],"asks":[{"price":78860,"qty":1}],"checksum":2416540570,"timestamp":"2026-08-24T22:21:58.343688Z"}]}"#;
const OLD: &str = r#"[320,{"as":[],"bs":[["58724.80000","1.00000000","1617666423.606671"]]},"book-10","XBT/USD"]"#;
const OLD_CHANGE: &str = r#"[320,{"a":[["58799.40000","0.00000000","1617666423.753274"],["61816.40000","0.12983051","1617666288.174674","r"]]},{"b":[["58724.80000","0.36000000","1617666423.690142"]],"c":"2358935711"},"book-10","XBT/USD"]"#;
const OLD_BARE_CHANGE: &str =
    r#"[320,{"b":[["58724.80000","0.36000000","1617666423.690142"],["58724.7","0","1"]]},"book-10","XBT/USD"]"#;
const FUTURES: &str = r#"{"feed":"book_snapshot","product_id":"PI_ETHUSD","timestamp":1626994925378,"seq":26660861,"bids":[{"price":2002.4,"qty":20108.0}],"asks":[]}"#;
const FUTURES_CHANGE: &str = r#"{"feed":"book","product_id":"PI_ETHUSD","side":"buy","seq":26660862,"price":2002.4,"qty":4787.0,"timestamp":1626994927766}"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_spot(bytes in changed(SPOT_UPDATE)) {
        check_frame(VenueId::Kraken, SPOT, &bytes);
    }

    #[test]
    fn fast_and_general_say_the_same_of_changed_old_frames(
        bytes in prop_oneof![changed(OLD_CHANGE), changed(OLD_BARE_CHANGE)],
    ) {
        check_frame(VenueId::KrakenV1, OLD, &bytes);
    }

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_futures(bytes in changed(FUTURES_CHANGE)) {
        check_frame(VenueId::KrakenFutures, FUTURES, &bytes);
    }
}
