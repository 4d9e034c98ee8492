//! Kraken spot.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use feeds::counts::EventKind;
use feeds::error::{Field, FrameError};

const SYMBOLS: [(&str, u8, u8); 2] = [("BTC/USD", 1, 3), ("ETH/USD", 2, 2)];

/// A message of a book with the checksum of these best levels: asks, then bids, as digits.
fn book(kind: &str, symbol: &str, bids: &str, asks: &str, digits: &str) -> String {
    let checksum = crc32fast::hash(digits.as_bytes());
    format!(
        r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{bids}],"asks":[{asks}],"checksum":{checksum},"timestamp":"2026-08-24T22:21:58.343688Z"}}]}}"#
    )
}

fn level(price: &str, quantity: &str) -> String {
    format!(r#"{{"price":{price},"qty":{quantity}}}"#)
}

/// The digits of the best levels of [`snapshot`].
const HELD: &str = "10053000100015009952000";

fn snapshot(digits: &str) -> String {
    let bids = [level("100.0", "1.500"), level("99.5", "2.000")].join(",");
    book("snapshot", "BTC/USD", &bids, &level("100.5", "3.000"), digits)
}

fn desk() -> Desk {
    let desk = Desk::new(VenueId::Kraken, &SYMBOLS).after(&[&snapshot(HELD)]);
    assert_eq!((desk.state(0), desk.counts().checksum_ok), (BookState::Synced, 1));
    desk
}

#[test]
fn a_checksum_that_does_not_hold_loses_the_book() {
    let desk = Desk::new(VenueId::Kraken, &SYMBOLS).after(&[&snapshot("1")]);
    assert_eq!((desk.state(0), desk.counts().checksum_failed), (BookState::Lost, 1));
}

#[test]
fn a_book_is_as_deep_as_was_subscribed_and_ten_levels_else() {
    let answer = |depth: u32| {
        format!(
            r#"{{"method":"subscribe","result":{{"channel":"book","depth":{depth},"snapshot":true,"symbol":"BTC/USD"}},"success":true}}"#
        )
    };
    let bids: Vec<_> = (0..12).map(|n| level(&format!("{}.0", 90 - n), "1.000")).collect();
    let digits: String = (0..10).map(|n| format!("{}01000", 90 - n)).collect();
    let snapshot = book("snapshot", "BTC/USD", &bids.join(","), "", &digits);
    for (frames, levels) in [
        (vec![snapshot.clone()], 10),
        (vec![answer(25), snapshot.clone()], 12),
        (vec![answer(11), snapshot.clone()], 11),
        (vec![answer(25), answer(10), snapshot.clone()], 10),
    ] {
        let frames: Vec<_> = frames.iter().map(String::as_str).collect();
        let desk = Desk::new(VenueId::Kraken, &SYMBOLS).after(&frames);
        assert_eq!(desk.books.books[0].bids.len(), levels, "{frames:?}");
        assert_eq!(desk.counts().checksum_ok, 1);
    }
}

#[test]
fn trades_have_the_takers_side() {
    let frame = r#"{"channel":"trade","type":"snapshot","data":[{"symbol":"BTC/USD","side":"sell","price":100.1,"qty":0.25,"ord_type":"limit","trade_id":122,"timestamp":"2026-07-10T00:00:00.023456Z"},{"symbol":"ETH/USD","side":"buy","price":2000.05,"qty":1,"trade_id":9,"timestamp":"x"}]}"#;
    let mut desk = desk().after(&[frame]);
    let trade =
        |px, qty, aggressor, trade_id| MarketChange::Trade { px: Ticks(px), qty: Lots(qty), aggressor, trade_id };
    assert_eq!(desk.take_events(), [(0, trade(1_001, 250, Side::Sell, 122)), (1, trade(200_005, 100, Side::Buy, 9))]);
}

#[test]
fn tickers_candles_and_instruments_are_counted() {
    let ticker =
        r#"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":0,"ask":0},{"symbol":"ETH/USD"}]}"#;
    let candles = r#"{"channel":"ohlc","type":"snapshot","data":[{"symbol":"BTC/USD"},{"symbol":"ETH/USD"},{"symbol":"BTC/USD"}]}"#;
    let instruments = r#"{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[]}}"#;
    let mut desk = desk().after(&[ticker, candles, instruments]);
    desk.rest("https://api.kraken.com/0/public/AssetPairs?x=1", r#"{"error":[],"result":{}}"#);
    let counts = desk.counts();
    let found = [EventKind::Ticker, EventKind::Candle, EventKind::Instrument].map(|kind| counts.event(kind));
    assert_eq!((found, counts.errors, counts.unknown), ([2, 2, 2], 0, 0));
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let row = |inside: &str| format!(r#"{{"channel":"book","type":"update","data":[{{{inside}}}]}}"#);
    let bids = |rows: &str| row(&format!(r#""symbol":"BTC/USD","bids":{rows},"asks":[],"checksum":1"#));
    let trade = |row: &str| format!(r#"{{"channel":"trade","type":"update","data":[{row}]}}"#);
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", snapshot(HELD)[..80].to_owned(), Refused(NotJson)),
        ("a number alone", "1".to_owned(), Unknown),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an array", "[]".to_owned(), Unknown),
        ("an unknown channel", r#"{"channel":"level3","type":"update","data":[]}"#.to_owned(), Unknown),
        ("a channel that is no text", r#"{"channel":5,"data":[]}"#.to_owned(), Unknown),
        ("a bare pong", "pong".to_owned(), Control),
        ("a heartbeat", r#"{"channel":"heartbeat"}"#.to_owned(), Control),
        ("a status", r#"{"channel":"status","type":"update","data":[{}]}"#.to_owned(), Control),
        ("a refused subscription", r#"{"method":"subscribe","success":false,"error":"x"}"#.to_owned(), Control),
        (
            "a subscription of an unreadable depth",
            r#"{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":"all"}}"#.to_owned(),
            Control,
        ),
        (
            "a book without data",
            r#"{"channel":"book","type":"update"}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        (
            "a book without type",
            r#"{"channel":"book","data":[]}"#.to_owned(),
            Refused(Unreadable(Field::Action)),
        ),
        (
            "a book of another type",
            r#"{"channel":"book","type":"delta","data":[]}"#.to_owned(),
            Refused(Unreadable(Field::Action)),
        ),
        ("a book of nothing", r#"{"channel":"book","type":"update","data":[]}"#.to_owned(), NoEffect),
        ("a row that is a text", r#"{"channel":"book","type":"update","data":["x"]}"#.to_owned(), Refused(Missing(Field::Symbol))),
        ("a book without symbol", row(r#""bids":[],"asks":[],"checksum":1"#), Refused(Missing(Field::Symbol))),
        (
            "a symbol that is a number",
            row(r#""symbol":1,"bids":[],"asks":[],"checksum":1"#),
            Refused(Unreadable(Field::Symbol)),
        ),
        ("a book without bids", row(r#""symbol":"BTC/USD","asks":[],"checksum":1"#), Refused(Missing(Field::Levels))),
        ("a book without asks", row(r#""symbol":"BTC/USD","bids":[],"checksum":1"#), Refused(Missing(Field::Levels))),
        (
            "a book without checksum",
            row(r#""symbol":"BTC/USD","bids":[],"asks":[]"#),
            Refused(Missing(Field::Checksum)),
        ),
        (
            "a negative checksum",
            row(r#""symbol":"BTC/USD","bids":[],"asks":[],"checksum":-1"#),
            Refused(Unreadable(Field::Checksum)),
        ),
        (
            "a checksum of 33 bits",
            row(r#""symbol":"BTC/USD","bids":[],"asks":[],"checksum":4294967296"#),
            Refused(Unreadable(Field::Checksum)),
        ),
        ("bids that are an object", bids("{}"), Refused(Unreadable(Field::Levels))),
        ("a level without price", bids(r#"[{"qty":1}]"#), Refused(Missing(Field::Price))),
        ("a level without quantity", bids(r#"[{"price":1}]"#), Refused(Missing(Field::Quantity))),
        ("a price of words", bids(r#"[{"price":"cheap","qty":1}]"#), Refused(Unreadable(Field::Price))),
        ("a price that is null", bids(r#"[{"price":null,"qty":1}]"#), Refused(Unreadable(Field::Price))),
        ("a negative price", bids(r#"[{"price":-1.0,"qty":1}]"#), Refused(Unreadable(Field::Price))),
        ("a price with a zero in front", bids(r#"[{"price":01.0,"qty":1}]"#), Refused(NotJson)),
        ("a price between two ticks", bids(r#"[{"price":100.05,"qty":1}]"#), Refused(OffGrid(Field::Price))),
        (
            "a price beyond 64 bits",
            bids(r#"[{"price":99999999999999999999,"qty":1}]"#),
            Refused(OutOfRange(Field::Price)),
        ),
        ("a negative quantity", bids(r#"[{"price":1,"qty":-1}]"#), Refused(Unreadable(Field::Quantity))),
        ("a quantity between two lots", bids(r#"[{"price":1,"qty":0.0001}]"#), Refused(OffGrid(Field::Quantity))),
        (
            "a good level before a bad one",
            bids(r#"[{"price":100.0,"qty":9},{"price":"x","qty":1}]"#),
            Refused(Unreadable(Field::Price)),
        ),
        (
            "a good book before a bad one",
            r#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1},{"symbol":"BTC/USD"}]}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        ("a foreign pair", row(r#""symbol":"DOGE/USD","bids":[{"price":1,"qty":1}],"asks":[],"checksum":1"#), NoEffect),
        ("an empty change", book("update", "BTC/USD", "", "", HELD), NoEffect),
        ("a change that deletes what is not there", book("update", "BTC/USD", &level("1.0", "0.000"), "", HELD), NoEffect),
        ("a checksum of another book", book("update", "BTC/USD", "", "", "1"), Lost),
        (
            "a crossed book",
            book("update", "BTC/USD", &level("101.0", "1.000"), "", "1005300010101000100015009952000"),
            Lost,
        ),
        ("trades without rows", r#"{"channel":"trade","type":"update"}"#.to_owned(), Refused(Missing(Field::Price))),
        ("no trades", trade(""), NoEffect),
        ("a trade without symbol", trade(r#"{"side":"buy","price":1,"qty":1}"#), Refused(Missing(Field::Symbol))),
        ("a trade without side", trade(r#"{"symbol":"BTC/USD","price":1,"qty":1}"#), Refused(Missing(Field::Side))),
        (
            "a trade of an unknown side",
            trade(r#"{"symbol":"BTC/USD","side":"b","price":1,"qty":1}"#),
            Refused(Unreadable(Field::Side)),
        ),
        ("a trade without price", trade(r#"{"symbol":"BTC/USD","side":"buy","qty":1}"#), Refused(Missing(Field::Price))),
        (
            "a trade without quantity",
            trade(r#"{"symbol":"BTC/USD","side":"buy","price":1}"#),
            Refused(Missing(Field::Quantity)),
        ),
        (
            "a good trade before a bad one",
            trade(r#"{"symbol":"BTC/USD","side":"buy","price":1,"qty":1},{"symbol":"BTC/USD","side":"buy","price":1,"qty":"x"}"#),
            Refused(Unreadable(Field::Quantity)),
        ),
        (
            "a ticker without symbol",
            r#"{"channel":"ticker","type":"update","data":[{}]}"#.to_owned(),
            Refused(Missing(Field::Symbol)),
        ),
        (
            "a candle without symbol",
            r#"{"channel":"ohlc","type":"update","data":[{}]}"#.to_owned(),
            Refused(Missing(Field::Symbol)),
        ),
        ("candles without rows", r#"{"channel":"ohlc","data":{}}"#.to_owned(), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
