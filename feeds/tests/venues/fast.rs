//! The fast way of a venue says what its general way says: of every frame of its captures, and of frames that are not
//! quite right. White space in front of a frame sends it the general way.

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

/// Two sessions of the same venue: frames go one way in the first, the other way in the second.
struct Pair([(Session, Books); 2]);

impl Pair {
    fn new(venue: VenueId, instruments: &Instruments) -> Self {
        Self([(); 2].map(|()| (Session::new(venue, instruments, 1 << 14), Books::new(instruments))))
    }

    fn frame(&mut self, channel: u32, bytes: &[u8]) {
        let Self([(first, ours), (second, theirs)]) = self;
        first.on_frame(channel, bytes, Nanos(2), ours);
        second.on_frame(channel, &spaced(bytes), Nanos(2), theirs);
        let told = || String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(first.counts(), second.counts(), "{}", told());
        assert_eq!((&ours.events, ours.calls), (&theirs.events, theirs.calls), "{}", told());
        ours.events.clear();
        theirs.events.clear();
        let refusals = [first, second].map(|s| s.take_refusal(Nanos(u64::MAX)).map(|refusal| refusal.error));
        assert_eq!(refusals[0], refusals[1], "{}", told());
    }

    fn end(&self) {
        let Self([(_, ours), (_, theirs)]) = self;
        assert_eq!(ours.books, theirs.books);
    }
}

fn check_captures(venue: VenueId, files: &[&str]) {
    let Some(root) = shared() else { return };
    for file in files {
        let recording = Recording::read(&[root.join("data").join(file)]).expect("readable");
        let mut pair = Pair::new(venue, &metadata::infer(&recording, venue));
        for record in recording.iter().filter(|record| record.direction == Direction::In) {
            pair.frame(record.channel, record.payload);
        }
        pair.end();
    }
}

/// A frame after a snapshot. Three times, for the readers then know this form, and bytes at the very end of a frame are
/// read otherwise than those before them.
fn check_frame(venue: VenueId, snapshot: &str, frame: &[u8]) {
    let rows = [("BTC-USDT", 2, 3), ("SPOT:BTCUSDT", 2, 3), ("sp:BTCUSDT", 2, 3), ("XBTUSD", 1, 0)];
    let mut pair = Pair::new(venue, &instruments(venue, &rows));
    pair.frame(0, snapshot.as_bytes());
    for _ in 0..3 {
        pair.frame(0, frame);
    }
    pair.end();
}

const OKX: &str = r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[],"bids":[["1","1","0","1"]],"ts":"4","checksum":0,"seqId":100,"prevSeqId":-1}]}"#;
const OKX_DELTA: &str = r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["78722.3","0.33","0","10"],["78729.9","0","0","0"]],"bids":[["78722.2","0.488","0","19"]],"ts":"1787612486207","checksum":0,"seqId":101,"prevSeqId":100}]}"#;
const OKX_OLD: &str = r#"{"arg":{"channel":"books-l2-tbt","instId":"BTC-USDT"},"action":"update","data":[{"asks":[],"bids":[["43666","0.002","0","5"],["43664","12","0","2"]],"ts":"1646313944551","checksum":-144433427}]}"#;
const OKX_TRADE: &str = r#"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"674510826","px":"95634.9","sz":"0.001","side":"buy","ts":"1740394561685","count":"1"}]}"#;
const OKX_QUOTE: &str = r#"{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["31774.7","0.143","0","3"]],"bids":[["31774.6","0.339","0","3"]],"ts":"1654032991947","seqId":7}]}"#;
const BITGET: &str = r#"{"action":"snapshot","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[],"bids":[["1.00","1"]],"checksum":0,"seq":100,"ts":"4"}],"ts":5}"#;
const BITGET_DELTA: &str = r#"{"action":"update","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[["5.08","144.6"]],"bids":[["5.07","536.2"],["5.06","0"]],"checksum":-1258619028,"seq":101,"pseq":100,"ts":"1730332859988"}],"ts":1730332859991}"#;
const BITGET_OLD: &str = r#"{"action":"update","arg":{"instType":"sp","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[["30266.73","0.010"],["30266.77","0"]],"bids":[],"checksum":1732241839,"ts":"1653885248245"}]}"#;
const BITGET_TRADE: &str = r#"{"action":"update","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},"data":[{"ts":"1730332858796","price":"72389.99","size":"0.001","side":"buy","tradeId":"1235671058980749319"},{"ts":"1730332858795","price":"72389.98","size":"3","side":"sell","tradeId":"1235671058980749318"}],"ts":1730332858805}"#;
const BITGET_OLD_TRADE: &str = r#"{"action":"snapshot","arg":{"instType":"sp","channel":"trade","instId":"BTCUSDT"},"data":[["1653882567817","30322.5","1.117","buy"],["1653882567816","30322","1.566","sell"]]}"#;

const BITGET_TICKER: &str = r#"{"action":"snapshot","arg":{"instType":"SPOT","channel":"ticker","instId":"BTCUSDT"},"data":[{"instId":"BTCUSDT","last":"2.883","markPrice":"","indexPrice":"2.887654","fundingRate":"-0.0001","nextFundingTime":"1649290076190","holdingAmount":"12.3456","ts":1649290076190,"labeId":0}]}"#;
const BITGET_CANDLE: &str = r#"{"action":"update","arg":{"instType":"sp","channel":"candle1m","instId":"BTCUSDT"},"data":[["1649290020000","9.97","9.977","9.961","9.977","47"],["1649290080000","9.97"]]}"#;
const BITMEX: &str = r#"{"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],"types":{"symbol":"symbol","id":"long","side":"symbol","size":"long","price":"float"},"foreignKeys":{"symbol":"instrument","side":"side"},"attributes":{"symbol":"parted","id":"sorted"},"filter":{"symbol":"XBTUSD"},"data":[{"symbol":"XBTUSD","id":8799,"side":"Sell","size":300,"price":100.5},{"symbol":"XBTUSD","id":8800,"side":"Buy","size":150,"price":100}]}"#;
const BITMEX_INSERT: &str = r#"{"table":"orderBookL2","action":"insert","data":[{"symbol":"XBTUSD","id":8801,"side":"Buy","size":3000,"price":99.5},{"symbol":"XBTUSD","id":8798,"side":"Sell","size":3,"price":101}]}"#;
const BITMEX_UPDATE: &str = r#"{"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","id":8799,"side":"Sell","size":4},{"symbol":"XBTUSD","id":8800,"side":"Buy","size":12345678}]}"#;
const BITMEX_DELETE: &str =
    r#"{"table":"orderBookL2","action":"delete","data":[{"symbol":"XBTUSD","id":8799,"side":"Sell"}]}"#;
const BITMEX_QUOTE: &str = r#"{"table":"quote","action":"insert","data":[{"timestamp":"2021-04-05T18:41:15.515Z","symbol":"XBTUSD","bidSize":32,"bidPrice":63768.5,"askPrice":63769,"askSize":10699}]}"#;

#[test]
fn fast_and_general_say_the_same_of_every_captured_frame() {
    let okx = ["okx/cf_20210722.ndjson.zst", "okx/cf_20220227.ndjson.zst", "okx/tv_20260824.ndjson.zst"];
    check_captures(VenueId::Okx, &okx);
    check_captures(VenueId::Bitget, &["bitget/v1_cf_20220407.ndjson.zst"]);
    check_captures(VenueId::Bitmex, &["bitmex/cf_20210405.ndjson.zst", "bitmex/cf_20210722.ndjson.zst"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_okx(
        bytes in prop_oneof![
            changed(OKX),
            changed(OKX_DELTA),
            changed(OKX_OLD),
            changed(OKX_TRADE),
            changed(OKX_QUOTE),
        ],
    ) {
        check_frame(VenueId::Okx, OKX, &bytes);
    }

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_bitget(
        bytes in prop_oneof![
            changed(BITGET),
            changed(BITGET_DELTA),
            changed(BITGET_OLD),
            changed(BITGET_TRADE),
            changed(BITGET_OLD_TRADE),
            changed(BITGET_TICKER),
            changed(BITGET_CANDLE),
        ],
    ) {
        check_frame(VenueId::Bitget, BITGET, &bytes);
    }

    #[test]
    fn fast_and_general_say_the_same_of_changed_frames_of_bitmex(
        bytes in prop_oneof![
            changed(BITMEX),
            changed(BITMEX_INSERT),
            changed(BITMEX_UPDATE),
            changed(BITMEX_DELETE),
            changed(BITMEX_QUOTE),
        ],
    ) {
        check_frame(VenueId::Bitmex, BITMEX, &bytes);
    }
}
