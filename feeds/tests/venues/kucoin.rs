//! KuCoin.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};
use std::collections::BTreeMap;

const URL: &str = "https://api.kucoin.com/api/v3/market/orderbook/level2?symbol=BTC-USDT";
const BOOK: &str = r#"{"code":"200000","data":{"time":5,"sequence":"10","bids":[["100.0","1.5"],["99.5","2"]],"asks":[["100.5","3"]]}}"#;

fn empty() -> Desk {
    Desk::new(VenueId::Kucoin, &[("BTC-USDT", 1, 3), ("ETH-BTC", 6, 4)])
}

fn desk() -> Desk {
    let mut desk = empty();
    desk.rest(URL, BOOK);
    desk
}

fn plain(side: &BTreeMap<Ticks, Lots>) -> Vec<(i64, i64)> {
    side.iter().map(|(px, qty)| (px.0, qty.0)).collect()
}

fn message(topic: &str, data: &str) -> String {
    format!(r#"{{"type":"message","topic":"{topic}","subject":"x","data":{data}}}"#)
}

fn delta(first: u64, last: u64, bids: &str, asks: &str) -> String {
    let data = format!(
        r#"{{"changes":{{"asks":{asks},"bids":{bids}}},"sequenceEnd":{last},"sequenceStart":{first},"symbol":"BTC-USDT","time":6}}"#
    );
    message("/market/level2:BTC-USDT", &data)
}

#[test]
fn of_a_delta_that_overlaps_the_book_only_newer_rows_count() {
    let overlap = delta(
        9,
        12,
        r#"[["100.0","7","10"],["99.0","4","11"],["99.5","0","9"]]"#,
        r#"[["100.5","0","9"],["101.0","5","12"]]"#,
    );
    // Behind the snapshot, and kept until it comes.
    let behind = desk().after(&[&overlap]);
    let mut before = empty().after(&[&overlap]);
    before.rest(URL, BOOK);
    for desk in [behind, before] {
        assert_eq!((desk.state(0), desk.counts().gaps), (BookState::Synced, 0));
        let book = &desk.books.books[0];
        let (bids, asks) = (plain(&book.bids), plain(&book.asks));
        assert_eq!(bids, [(990, 4_000), (995, 2_000), (1_000, 1_500)]);
        assert_eq!(asks, [(1_005, 3_000), (1_010, 5_000)]);
    }
}

#[test]
fn a_row_at_price_zero_only_takes_a_number() {
    let desk =
        desk().after(&[&delta(11, 11, "[]", r#"[["0","0","11"]]"#), &delta(12, 12, r#"[["0","5","12"]]"#, "[]")]);
    assert_eq!((desk.state(0), desk.counts().crossed, desk.counts().gaps), (BookState::Synced, 0, 0));
    assert_eq!(desk.session.book(engine_model::instrument::InstrumentId(0)).update_id(), Some(12));
    assert_eq!(desk.books.books, self::desk().books.books);
}

#[test]
fn a_trade_names_the_takers_side() {
    let data = r#"{"symbol":"ETH-BTC","sequence":"1","side":"sell","size":"12.9629","price":"0.001094","takerOrderId":"a","time":"1660608000023000000","type":"match","makerOrderId":"b","tradeId":"455391760226305"}"#;
    let mut desk = desk().after(&[&message("/market/match:ETH-BTC", data)]);
    let sold = MarketChange::Trade {
        px: Ticks(1_094),
        qty: Lots(129_629),
        aggressor: Side::Sell,
        trade_id: 455_391_760_226_305,
    };
    assert_eq!(desk.take_events(), [(1, sold)]);
}

#[test]
fn the_best_bid_and_ask_are_a_quote() {
    let data = r#"{"asks":["100.5","0.5"],"bids":["100.4","2"],"timestamp":5}"#;
    let mut desk = desk().after(&[&message("/spotMarket/level1:BTC-USDT", data)]);
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    assert_eq!(desk.take_events(), [(0, MarketChange::Quote { bid: level(1_004, 2_000), ask: level(1_005, 500) })]);
}

#[test]
fn the_best_levels_replace_the_book_each_time() {
    let depth = |px: &str| {
        let data = format!(r#"{{"asks":[["{px}.5","1"]],"bids":[["{px}","2"]],"timestamp":5}}"#);
        message("/spotMarket/level2Depth5:BTC-USDT", &data)
    };
    let desk = empty().after(&[&depth("100"), &depth("101")]);
    let bids = plain(&desk.books.books[0].bids);
    assert_eq!((desk.state(0), bids, desk.counts().resyncs), (BookState::Synced, vec![(1_010, 2_000)], 0));
}

#[test]
fn of_all_symbols_at_once_the_subject_is_the_symbol() {
    for (topic, subject, foreign) in [
        ("/market/ticker:all", "BTC-USDT", 0),
        ("/market/ticker:all", "DOT-USDT", 1),
        ("/market/ticker:BTC-USDT", "trade.ticker", 0),
    ] {
        let frame = message(topic, r#"{"price":"1","time":5}"#).replace("\"x\"", &format!("\"{subject}\""));
        assert_eq!(desk().after(&[&frame]).counts().foreign, foreign, "{frame}");
    }
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let bids = |bids: &str| delta(11, 12, bids, "[]");
    let book = |data: &str| message("/market/level2:BTC-USDT", data);
    let trade = |data: &str| message("/market/match:BTC-USDT", data);
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", bids("[]")[..90].to_owned(), Refused(NotJson)),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an unknown topic", message("/market/weather:BTC-USDT", "{}"), Unknown),
        ("a topic of futures", message("/contractMarket/level2:XBTUSDM", "{}"), Unknown),
        ("a topic that is a number", r#"{"type":"message","topic":5,"data":{}}"#.to_owned(), Unknown),
        ("a bare pong", "pong".to_owned(), Control),
        ("a welcome", r#"{"id":"x","type":"welcome"}"#.to_owned(), Control),
        ("an ack", r#"{"id":"1","type":"ack"}"#.to_owned(), Control),
        ("an error", r#"{"id":"1","type":"error","code":404,"data":"topic is not found"}"#.to_owned(), Control),
        (
            "a book without data",
            r#"{"type":"message","topic":"/market/level2:BTC-USDT"}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        ("a book without changes", book(r#"{"sequenceStart":11,"sequenceEnd":11}"#), Refused(Missing(Field::Levels))),
        (
            "a book without asks",
            book(r#"{"sequenceStart":11,"sequenceEnd":11,"changes":{"bids":[]}}"#),
            Refused(Missing(Field::Levels)),
        ),
        (
            "a book without first",
            book(r#"{"sequenceEnd":11,"changes":{"asks":[],"bids":[]}}"#),
            Refused(Missing(Field::Sequence)),
        ),
        (
            "a book without last",
            book(r#"{"sequenceStart":11,"changes":{"asks":[],"bids":[]}}"#),
            Refused(Missing(Field::Sequence)),
        ),
        (
            "a book that only the topic names",
            book(r#"{"sequenceStart":11,"sequenceEnd":11,"changes":{"asks":[],"bids":[]}}"#),
            NoEffect,
        ),
        (
            "a book that nothing names",
            message("/market/level2", r#"{"sequenceStart":11,"sequenceEnd":11,"changes":{"asks":[],"bids":[]}}"#),
            Refused(Missing(Field::Symbol)),
        ),
        ("bids that are null", bids("null"), Refused(Unreadable(Field::Levels))),
        ("a row without price", bids("[[]]"), Refused(Missing(Field::Price))),
        ("a row without quantity", bids(r#"[["100"]]"#), Refused(Missing(Field::Quantity))),
        ("a row without number", bids(r#"[["100","1"]]"#), Refused(Missing(Field::Sequence))),
        ("a number of words", bids(r#"[["100","1","x"]]"#), Refused(Unreadable(Field::Sequence))),
        ("a bad row at price zero", bids(r#"[["0","x","11"]]"#), Refused(Unreadable(Field::Quantity))),
        ("a price between two ticks", bids(r#"[["100.05","1","11"]]"#), Refused(OffGrid(Field::Price))),
        (
            "a good row before a bad one",
            bids(r#"[["100","9","11"],["x","1","12"]]"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("an old delta", delta(9, 10, r#"[["1","1","10"]]"#, "[]"), NoEffect),
        ("old rows in a new delta", bids(r#"[["101","1","10"]]"#), NoEffect),
        ("a delta that deletes what is not there", bids(r#"[["1","0","11"]]"#), NoEffect),
        ("a foreign instrument", bids("[]").replace("BTC-USDT", "DOGE-USDT"), NoEffect),
        ("a gap", delta(12, 12, "[]", "[]"), Lost),
        ("a crossed book", bids(r#"[["100.5","1","11"]]"#), Lost),
        (
            "a trade of an unknown side",
            trade(r#"{"side":"hold","price":"1","size":"1"}"#),
            Refused(Unreadable(Field::Side)),
        ),
        ("a trade without price", trade(r#"{"side":"buy","size":"1"}"#), Refused(Missing(Field::Price))),
        ("a trade without data", r#"{"topic":"/market/match:A"}"#.to_owned(), Refused(Missing(Field::Price))),
        ("an empty quote", message("/spotMarket/level1:BTC-USDT", r#"{"asks":[],"bids":null}"#), NoEffect),
        (
            "a quote of words",
            message("/spotMarket/level1:BTC-USDT", r#"{"asks":["x","1"],"bids":["1","1"]}"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("a candle without symbol", message("/market/candles:BTC-USDT_1min", "{}"), Refused(Missing(Field::Symbol))),
        ("a ticker without symbol", message("/market/ticker", "{}"), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
