//! The fast ways of Bybit and Deribit say what the general ways say: of every frame of the captures, and of frames that are
//! not quite right. White space in front of a frame sends it the general way.

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

    fn open(&mut self, channel: u32, url: &str) {
        self.0.iter_mut().for_each(|(session, _)| session.on_open(channel, url));
    }

    fn frame(&mut self, channel: u32, bytes: &[u8]) {
        let told = String::from_utf8_lossy(bytes).into_owned();
        let Self([(fast, ours), (general, theirs)]) = self;
        fast.on_frame(channel, bytes, Nanos(2), ours);
        general.on_frame(channel, &spaced(bytes), Nanos(2), theirs);
        assert_eq!(fast.counts(), general.counts(), "{told}");
        assert_eq!(ours, theirs, "{told}");
        ours.events.clear();
        theirs.events.clear();
        let refusals = [fast, general].map(|s| s.take_refusal(Nanos(u64::MAX)).map(|refusal| refusal.error));
        assert_eq!(refusals[0], refusals[1], "{told}");
    }
}

fn check_captures(venue: VenueId, files: &[&str]) {
    let Some(root) = shared() else { return };
    for file in files {
        let recording = Recording::read(&[root.join("data").join(file)]).expect("readable");
        let mut pair = Pair::new(venue, &metadata::infer(&recording, venue));
        for record in recording.iter() {
            match record.direction {
                Direction::Open => pair.open(record.channel, record.url.unwrap_or_default()),
                Direction::In => pair.frame(record.channel, record.payload),
                Direction::Rest | Direction::Other => {}
            }
        }
    }
}

/// A frame after a snapshot. Three times, for the readers then know this form.
fn check_frame(venue: VenueId, snapshot: &str, frame: &[u8]) {
    let rows = [("BTCUSDT", 2, 3), ("linear:BTCUSDT", 2, 3), ("BTC-PERPETUAL", 1, 1)];
    let mut pair = Pair::new(venue, &instruments(venue, &rows));
    pair.open(1, "wss://stream.bybit.com/v5/public/linear");
    for channel in [0, 1] {
        pair.frame(channel, snapshot.as_bytes());
        (0..3).for_each(|_| pair.frame(channel, frame));
    }
}

const BYBIT: &str = r#"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":5,"data":{"s":"BTCUSDT","b":[["65095.30","1"]],"a":[["65116.60","1"]],"u":15076952,"seq":7},"cts":4}"#;
const BYBIT_DELTA: &str = r#"{"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1786310818130,"data":{"s":"BTCUSDT","b":[["65095.30","0.005"],["65094.60","0.076"],["65093.10","0"]],"a":[["65116.60","0"],["65116.80","0.002"]],"u":15076953,"seq":753843913870},"cts":1786310818129}"#;
const BYBIT_SPOT_DELTA: &str = r#"{"topic":"orderbook.200.BTCUSDT","ts":1786310816618,"type":"delta","data":{"s":"BTCUSDT","b":[["65114.4","0.875"]],"a":[["65239","0.155"],["65239.1","0"]],"u":15076953,"seq":112488545865},"cts":1786310816585}"#;
const BYBIT_TRADES: &str = r#"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1786310819681,"data":[{"T":1786310819680,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","L":"MinusTick","i":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","BT":false,"RPI":false,"seq":753843954913},{"T":1786310819680,"s":"BTCUSDT","S":"Buy","v":"1","p":"65114.20","L":"ZeroMinusTick","i":"77","BT":true,"RPI":false,"seq":753843954913}]}"#;
const BYBIT_SPOT_TRADE: &str = r#"{"topic":"publicTrade.BTCUSDT","ts":1786310822606,"type":"snapshot","data":[{"i":"2290000001189048101","T":1786310822605,"p":"65140.5","v":"0.002","S":"Buy","seq":112488547164,"s":"BTCUSDT","BT":false,"RPI":true}]}"#;
const DERIBIT: &str = r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":{"type":"snapshot","timestamp":5,"instrument_name":"BTC-PERPETUAL","change_id":10,"bids":[["new",0.5,150.0]],"asks":[["new",100.5,30.0]]}}}"#;
const DERIBIT_CHANGE: &str = r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":{"type":"change","timestamp":1617644858339,"prev_change_id":10,"instrument_name":"BTC-PERPETUAL","change_id":8973367846,"bids":[["delete",0.5,0.0],["new",10.5,299.0],["change",0.0,12]],"asks":[["change",100.5,7.5]]}}}"#;

#[test]
fn fast_and_general_say_the_same_of_every_captured_frame() {
    check_captures(VenueId::Bybit, &["bybit/cf_20260809_a.ndjson.zst"]);
    check_captures(VenueId::Deribit, &["deribit/cf_20210405.ndjson.zst", "deribit/cf_20210722.ndjson.zst"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_bybit(
        bytes in prop_oneof![
            changed(BYBIT_DELTA),
            changed(BYBIT_SPOT_DELTA),
            changed(BYBIT_TRADES),
            changed(BYBIT_SPOT_TRADE),
        ],
    ) {
        check_frame(VenueId::Bybit, BYBIT, &bytes);
    }

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_deribit(bytes in changed(DERIBIT_CHANGE)) {
        check_frame(VenueId::Deribit, DERIBIT, &bytes);
    }
}
