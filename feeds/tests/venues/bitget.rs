//! Bitget.

use crate::desk::{Desk, Outcome, check, instruments};
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

const SNAPSHOT: &str = r#"{"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[["100.5","3"]],"bids":[["100.0","1.500"],["99.5","2"]],"checksum":0,"seq":10,"ts":"4"}],"ts":5}"#;

fn fresh() -> Desk {
    let rows = [("USDT-FUTURES:BTCUSDT", 1, 3), ("SPOT:BTCUSDT", 2, 6), ("mc:DASHUSDT", 2, 2), ("sp:HOTUSDT", 7, 4)];
    Desk::new(VenueId::Bitget, &rows)
}

fn desk() -> Desk {
    fresh().after(&[SNAPSHOT])
}

/// A message of a book, with what stands behind its two sides.
fn book(action: &str, bids: &str, asks: &str, behind: &str) -> String {
    format!(
        r#"{{"action":"{action}","arg":{{"instType":"USDT-FUTURES","channel":"books","instId":"BTCUSDT"}},"data":[{{"asks":{asks},"bids":{bids}{behind},"ts":"5"}}]}}"#
    )
}

#[test]
fn one_symbol_is_another_instrument_in_each_type() {
    for (kind, instrument, px, qty) in
        [("USDT-FUTURES", 0, Ticks(1_005), Lots(2_000)), ("SPOT", 1, Ticks(10_050), Lots(2_000_000))]
    {
        let frame = format!(
            r#"{{"action":"update","arg":{{"instType":"{kind}","channel":"trade","instId":"BTCUSDT"}},"data":[{{"ts":"1730332858796","price":"100.5","size":"2","side":"buy","tradeId":"1235671058980749319"}}],"ts":1730332858805}}"#
        );
        let change = MarketChange::Trade { px, qty, aggressor: Side::Buy, trade_id: 1_235_671_058_980_749_319 };
        assert_eq!(desk().after(&[&frame]).take_events(), [(instrument, change)], "{kind}");
    }
}

#[test]
fn trades_are_sent_newest_first() {
    let old = r#"{"action":"snapshot","arg":{"instType":"mc","channel":"trade","instId":"DASHUSDT"},"data":[["1649290076980","113.37","0.49","sell"],["1649290074399","113.4","0.94","buy"]]}"#;
    let trade = |px, qty, aggressor| (2, MarketChange::Trade { px: Ticks(px), qty: Lots(qty), aggressor, trade_id: 0 });
    let expected = [trade(11_340, 94, Side::Buy), trade(11_337, 49, Side::Sell)];
    assert_eq!(desk().after(&[old]).take_events(), expected);
}

#[test]
fn funding_carries_the_interval_that_the_list_tells_until_payments_follow_closer() {
    let instruments = instruments(VenueId::Bitget, &[("USDT-FUTURES:BTCUSDT", 1, 3)]);
    let ticker = |hour: u64| {
        let next = hour * 3_600_000;
        format!(
            r#"{{"action":"snapshot","arg":{{"instType":"USDT-FUTURES","channel":"ticker","instId":"BTCUSDT"}},"data":[{{"instId":"BTCUSDT","lastPr":"1","fundingRate":"0.0001","nextFundingTime":"{next}","ts":"1"}}],"ts":2}}"#
        )
    };
    for (listed, told) in [(28_800, [28_800, 28_800, 14_400]), (0, [0, 28_800, 14_400])] {
        let listed = instruments.clone().with_funding_intervals(vec![listed]);
        let mut desk = Desk::of(VenueId::Bitget, &listed);
        let heard = [8, 16, 20].map(|hour| {
            desk.frame(ticker(hour).as_bytes());
            match desk.take_events()[..] {
                [(0, MarketChange::Funding { interval_s, .. })] => interval_s,
                ref other => panic!("{other:?}"),
            }
        });
        assert_eq!(heard, told);
    }
}

#[test]
fn both_generations_of_a_ticker_tell_the_same() {
    let old = r#"{"action":"snapshot","arg":{"instType":"mc","channel":"ticker","instId":"DASHUSDT"},"data":[{"instId":"DASHUSDT","last":"113.370","bestAsk":"113.41","capitalRate":"-0.000100","nextSettleTime":1649314800000,"systemTime":1649290077309,"markPrice":"113.381","indexPrice":"113.427","holding":"21957.171"}]}"#;
    let new = r#"{"action":"snapshot","arg":{"instType":"mc","channel":"ticker","instId":"DASHUSDT"},"data":[{"instId":"DASHUSDT","lastPr":"113.370","fundingRate":"-0.0001","nextFundingTime":"1649314800000","ts":"1649290077309","markPrice":"113.381","indexPrice":"113.427","holdingAmount":"21957.171"}],"ts":1649290077310}"#;
    let next_at_ns = Nanos(1_649_314_800_000_000_000);
    let expected = [
        MarketChange::Mark { px: Ticks(11_338) },
        MarketChange::Index { px: Ticks(11_343) },
        MarketChange::Funding { rate_e8: -10_000, next_at_ns, interval_s: 0 },
        MarketChange::OpenInterest { qty: Lots(2_195_717) },
    ];
    for frame in [old, new] {
        assert_eq!(desk().after(&[frame]).take_events(), expected.map(|change| (2, change)), "{frame}");
    }
}

/// The texts are those of the venue, which sends all decimals of the instrument: `100.0`, not `100`.
#[test]
fn a_book_holds_as_long_as_its_checksum_does() {
    let signed = |text: &str| crc32fast::hash(text.as_bytes()).cast_signed();
    let sides = (r#"[["0.0054310","1000.0000"]]"#, r#"[["0.0054320","25.5000"]]"#);
    let hot = |action: &str, checksum: i32| {
        book(action, sides.0, sides.1, &format!(r#","checksum":{checksum}"#))
            .replace("USDT-FUTURES", "sp")
            .replace("BTCUSDT", "HOTUSDT")
    };
    let right = signed("0.0054310:1000.0000:0.0054320:25.5000");
    // Of a snapshot v2 sends none.
    let desk = fresh().after(&[&hot("snapshot", 0), &hot("update", right)]);
    assert_eq!((desk.counts().checksum_ok, desk.counts().checksum_failed), (1, 0));
    let desk = desk.after(&[&hot("update", right ^ 1), &hot("update", right)]);
    assert_eq!((desk.state(3), desk.counts().checksum_failed), (BookState::Lost, 1));
    let desk = desk.after(&[&hot("snapshot", 0)]);
    assert_eq!((desk.state(3), desk.counts().resyncs), (BookState::Synced, 1));
}

#[test]
fn numbers_are_held_against_each_other_where_they_are_sent() {
    let linked = book("update", "[]", "[]", r#","seq":15,"pseq":10"#);
    let unlinked = book("update", "[]", "[]", r#","seq":19"#);
    let gap = book("update", "[]", "[]", r#","seq":30,"pseq":25"#);
    let desk = desk().after(&[&linked, &unlinked]);
    assert_eq!((desk.state(0), desk.counts().gaps), (BookState::Synced, 0));
    let desk = desk.after(&[&gap]);
    assert_eq!((desk.state(0), desk.counts().gaps), (BookState::Lost, 1));
}

#[test]
fn lists_are_lists() {
    let mut desk = desk();
    for path in ["spot/v1/public/products", "mix/v1/market/contracts?productType=umcbl", "v2/spot/public/symbols"] {
        desk.rest(&format!("https://api.bitget.com/api/{path}"), r#"{"code":"00000","data":[]}"#);
    }
    desk.rest("https://api.bitget.com/api/v2/mix/market/ticker", r#"{"code":"00000","data":[]}"#);
    assert_eq!((desk.counts().unknown, desk.counts().errors), (1, 0));
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, TooDeep, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let delta = |bids: &str| book("update", bids, "[]", r#","checksum":0,"seq":11,"pseq":10"#);
    let ids = |ids: &str| book("update", "[]", "[]", ids);
    let of = |channel: &str, row: &str| {
        format!(
            r#"{{"action":"update","arg":{{"instType":"USDT-FUTURES","channel":"{channel}","instId":"BTCUSDT"}},"data":[{row}]}}"#
        )
    };
    let trade = |row: &str| of("trade", row);
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("no json", "hello".to_owned(), Refused(NotJson)),
        ("too deep", format!("{}{}", "[".repeat(40), "]".repeat(40)), Refused(TooDeep)),
        ("a number alone", "1".to_owned(), Unknown),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an argument that is a text", r#"{"arg":"books","data":[]}"#.to_owned(), Unknown),
        ("a channel that is null", r#"{"arg":{"channel":null},"data":[]}"#.to_owned(), Unknown),
        ("an unknown channel", of("weather", "{}"), Unknown),
        (
            "the next generation",
            r#"{"action":"update","arg":{"instType":"spot","topic":"publicTrade","symbol":"BTCUSDT"},"data":[]}"#
                .to_owned(),
            Unknown,
        ),
        ("a bare pong", "pong".to_owned(), Control),
        ("an acknowledgement", r#"{"event":"subscribe","arg":{"channel":"trade"}}"#.to_owned(), Control),
        ("a refused subscription", r#"{"event":"error","code":30001,"msg":"no"}"#.to_owned(), Control),
        ("a book without action", SNAPSHOT.replace("action", "x"), Refused(Missing(Field::Action))),
        ("a book of another action", book("partial", "[]", "[]", ""), Refused(Unreadable(Field::Action))),
        ("a book without type", SNAPSHOT.replace("instType", "x"), Refused(Missing(Field::Symbol))),
        ("a book without symbol", SNAPSHOT.replace("instId", "x"), Refused(Missing(Field::Symbol))),
        ("a symbol that is a number", SNAPSHOT.replace(r#""BTCUSDT""#, "1"), Refused(Unreadable(Field::Symbol))),
        ("a book without data", SNAPSHOT.replace("data", "x"), Refused(Missing(Field::Levels))),
        ("a book without bids", SNAPSHOT.replace("bids", "x"), Refused(Missing(Field::Levels))),
        ("a book without asks", SNAPSHOT.replace("asks", "x"), Refused(Missing(Field::Levels))),
        ("bids that are null", delta("null"), Refused(Unreadable(Field::Levels))),
        ("a number that is none", ids(r#","seq":"x","pseq":10"#), Refused(Unreadable(Field::Sequence))),
        ("a number before that is none", ids(r#","seq":11,"pseq":true"#), Refused(Unreadable(Field::Sequence))),
        ("a number before but none of its own", ids(r#","pseq":10"#), Refused(Missing(Field::Sequence))),
        ("a checksum that is none", ids(r#","checksum":"x""#), Refused(Unreadable(Field::Checksum))),
        ("a checksum beyond 32 bits", ids(r#","checksum":4294967296"#), Refused(Unreadable(Field::Checksum))),
        ("a level without price", delta("[[]]"), Refused(Missing(Field::Price))),
        ("a level without quantity", delta(r#"[["100.0"]]"#), Refused(Missing(Field::Quantity))),
        ("a price of words", delta(r#"[["cheap","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price with an exponent", delta(r#"[["1e2","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a negative price", delta(r#"[["-100.0","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", delta(r#"[["100.05","1"]]"#), Refused(OffGrid(Field::Price))),
        ("a price beyond 64 bits", delta(r#"[["99999999999999999999","1"]]"#), Refused(OutOfRange(Field::Price))),
        ("a negative quantity", delta(r#"[["100.0","-1"]]"#), Refused(Unreadable(Field::Quantity))),
        ("a quantity between two lots", delta(r#"[["100.0","0.0001"]]"#), Refused(OffGrid(Field::Quantity))),
        ("a good level before a bad one", delta(r#"[["100.0","9"],["x","1"]]"#), Refused(Unreadable(Field::Price))),
        ("no book", of("books", ""), NoEffect),
        ("a foreign instrument", delta(r#"[["1","1"]]"#).replace("BTCUSDT", "DOGEUSDT"), NoEffect),
        ("an old delta", book("update", r#"[["1","1"]]"#, "[]", r#","seq":10,"pseq":9"#), NoEffect),
        ("an empty delta", delta("[]"), NoEffect),
        ("a delta that deletes what is not there", delta(r#"[["1.0","0"]]"#), NoEffect),
        ("a gap", ids(r#","seq":12,"pseq":11"#), Lost),
        ("a wrong checksum", ids(r#","checksum":7,"seq":11,"pseq":10"#), Lost),
        ("a crossed book", delta(r#"[["101.0","1"]]"#), Lost),
        ("a locked book", delta(r#"[["100.5","1"]]"#), Lost),
        ("trades without rows", of("trade", "").replace("data", "x"), Refused(Missing(Field::Price))),
        ("an old trade without side", trade(r#"["1","1","1"]"#), Refused(Missing(Field::Side))),
        ("an old trade of an unknown side", trade(r#"["1","1","1","hold"]"#), Refused(Unreadable(Field::Side))),
        ("a trade that is a text", trade(r#""buy""#), Refused(Missing(Field::Side))),
        ("a trade without price", trade(r#"{"side":"buy","size":"1"}"#), Refused(Missing(Field::Price))),
        ("a trade without quantity", trade(r#"{"side":"buy","price":"1"}"#), Refused(Missing(Field::Quantity))),
        (
            "a good trade before a bad one",
            trade(r#"["1","1","1","buy"],["1","x","1","buy"]"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("no trades", trade(""), NoEffect),
        ("a ticker with a bad mark", of("ticker", r#"{"markPrice":"x"}"#), Refused(Unreadable(Field::Price))),
        ("a ticker with a bad rate", of("ticker", r#"{"fundingRate":"x"}"#), Refused(Unreadable(Field::Rate))),
        ("a ticker of empty texts", of("ticker", r#"{"fundingRate":"","markPrice":""}"#), NoEffect),
        ("a candle", of("candle1m", r#"["1654017420000","1","1","1","1","1"]"#), NoEffect),
        ("no candle", of("candle1m", ""), NoEffect),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
