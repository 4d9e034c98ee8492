//! Kraken spot as it was: WebSocket v1.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::counts::EventKind;
use feeds::error::{Field, FrameError};

const SNAPSHOT: &str = r#"[320,{"as":[["100.5","3.000","1617666423.606671"]],"bs":[["100.0","1.500","1617666423.6"],["99.5","2.000","1617666423.606672"]]},"book-10","XBT/USD"]"#;

fn desk() -> Desk {
    Desk::new(VenueId::KrakenV1, &[("XBT/USD", 1, 3), ("ETH/USD", 2, 2)]).after(&[SNAPSHOT])
}

#[test]
fn a_change_has_its_sides_in_one_object_or_in_two() {
    let (bid, ask) = (r#""b":[["99.9","0.500","1.000000"]]"#, r#""a":[["100.5","4.000","1.000000"]]"#);
    let proof = format!(r#""c":"{}""#, crc32fast::hash(b"10054000100015009995009952000"));
    for inside in [
        format!("{{{bid},{ask},{proof}}}"),
        format!("{{{ask}}},{{{bid},{proof}}}"),
        format!("{{{ask},{proof}}},{{{bid}}}"),
        format!("{{{bid}}},null,{{{ask},{proof}}}"),
        format!("{{{bid}}},{{{ask}}}"),
    ] {
        let frame = format!(r#"[320,{inside},"book-10","XBT/USD"]"#);
        let desk = desk().after(&[&frame]);
        assert_eq!((desk.state(0), desk.counts().errors), (BookState::Synced, 0), "{frame}");
        assert_eq!(desk.counts().checksum_ok, u64::from(frame.contains("\"c\"")), "{frame}");
        let book = &desk.books.books[0];
        assert_eq!((book.bids.get(&Ticks(999)), book.asks.get(&Ticks(1_005))), (Some(&Lots(500)), Some(&Lots(4_000))));
    }
}

#[test]
fn a_book_is_as_deep_as_its_channel_says() {
    let frame = SNAPSHOT.replace("book-10", "book-1");
    let desk = desk().after(&[&frame]);
    assert_eq!((desk.books.books[0].bids.len(), desk.books.books[0].asks.len()), (1, 1));
}

#[test]
fn trades_and_spreads_are_told_and_the_rest_is_counted() {
    let trade = r#"[1153,[["100.1","0.25","1617666480.944444","b","m",""],["100.2","1","1617666480.945739","s","m",""]],"trade","XBT/USD"]"#;
    let spread = r#"[325,["100.0","100.5","1633053779.916349","1.5","3"],"spread","XBT/USD"]"#;
    let none = r#"[545,["0.0","0.0","0.000000","0.0","0.0"],"spread","ETH/USD"]"#;
    let ticker = r#"[2500,{"a":["100.5",7,"7.289"],"b":["100.0",1,"1.1"]},"ticker","XBT/USD"]"#;
    let candle = r#"[13337,["1542057314.7","1542057360.4","1","1","1","1","1","0.03",2],"ohlc-5","ETH/USD"]"#;
    let mut desk = desk().after(&[trade, spread, none, ticker, candle]);
    let trade = |px, qty, aggressor| MarketChange::Trade { px: Ticks(px), qty: Lots(qty), aggressor, trade_id: 0 };
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    let quote = MarketChange::Quote { bid: level(1_000, 1_500), ask: level(1_005, 3_000) };
    assert_eq!(desk.books.events[0].at.venue_at_ns, Nanos(1_617_666_480_944_444_000));
    let events = [trade(1_001, 250, Side::Buy), trade(1_002, 1_000, Side::Sell), quote];
    assert_eq!(desk.take_events(), events.map(|event| (0, event)));
    let counts = desk.counts();
    let kinds = [EventKind::Trade, EventKind::Quote, EventKind::Ticker, EventKind::Candle];
    assert_eq!(kinds.map(|kind| counts.event(kind)), [2, 2, 1, 1]);
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let book = |inside: &str| format!(r#"[320,{inside},"book-10","XBT/USD"]"#);
    let bids = |rows: &str| book(&format!(r#"{{"b":{rows}}}"#));
    let trade = |rows: &str| format!(r#"[1153,[{rows}],"trade","XBT/USD"]"#);
    let held = crc32fast::hash(b"10053000100015009952000");
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an empty array", "[]".to_owned(), Unknown),
        ("a pair alone", r#"["XBT/USD"]"#.to_owned(), Unknown),
        ("an unknown channel", r#"[1,{},"weather","XBT/USD"]"#.to_owned(), Unknown),
        ("a book of no depth", r#"[1,{},"book-deep","XBT/USD"]"#.to_owned(), Unknown),
        ("orders of ours", r#"[[],"openOrders",{"sequence":2}]"#.to_owned(), Unknown),
        ("a bare ping", "ping".to_owned(), Control),
        ("a heartbeat", r#"{"event":"heartbeat"}"#.to_owned(), Control),
        ("a refused subscription", r#"{"event":"subscriptionStatus","status":"error"}"#.to_owned(), Control),
        ("a book of no sides", book("{}"), Refused(Missing(Field::Levels))),
        ("a book of a checksum alone", book(r#"{"c":"1"}"#), Refused(Missing(Field::Levels))),
        ("a snapshot without bids", book(r#"{"as":[]}"#), Refused(Missing(Field::Levels))),
        ("a snapshot without asks", book(r#"{"bs":[]}"#), Refused(Missing(Field::Levels))),
        ("bids that are an object", bids("{}"), Refused(Unreadable(Field::Levels))),
        ("a level without price", bids("[[]]"), Refused(Missing(Field::Price))),
        ("a level without quantity", bids(r#"[["1"]]"#), Refused(Missing(Field::Quantity))),
        ("a price of words", bids(r#"[["cheap","1","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a negative price", bids(r#"[["-1","1","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", bids(r#"[["1.05","1","1"]]"#), Refused(OffGrid(Field::Price))),
        ("a quantity between two lots", bids(r#"[["1","0.0001","1"]]"#), Refused(OffGrid(Field::Quantity))),
        ("a checksum of words", book(r#"{"b":[],"c":"x"}"#), Refused(Unreadable(Field::Checksum))),
        ("a good level before a bad one", bids(r#"[["99","9","1"],["x","1","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a foreign pair", r#"[320,{"b":[["1","1","1"]],"c":"1"},"book-10","DOGE/USD"]"#.to_owned(), NoEffect),
        ("an empty change", book(&format!(r#"{{"b":[],"c":"{held}"}}"#)), NoEffect),
        ("a change that deletes what is not there", bids(r#"[["1.0","0.000","x"]]"#), NoEffect),
        ("a checksum of another book", book(r#"{"b":[],"c":"1"}"#), Lost),
        ("a crossed book", bids(r#"[["101.0","1.000","1"]]"#), Lost),
        ("trades without rows", r#"[1153,{},"trade","XBT/USD"]"#.to_owned(), Refused(Missing(Field::Price))),
        ("no trades", trade(""), NoEffect),
        ("a trade without side", trade(r#"["1","1","1"]"#), Refused(Missing(Field::Side))),
        ("a trade of an unknown side", trade(r#"["1","1","1","x"]"#), Refused(Unreadable(Field::Side))),
        ("a trade without quantity", trade(r#"["1"]"#), Refused(Missing(Field::Quantity))),
        (
            "a good trade before a bad one",
            trade(r#"["1","1","1","b"],["x","1","1","b"]"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("a spread that is an object", r#"[1,{},"spread","XBT/USD"]"#.to_owned(), Refused(Missing(Field::Price))),
        ("half a spread", r#"[1,["1","2"],"spread","XBT/USD"]"#.to_owned(), NoEffect),
        (
            "a spread of words",
            r#"[1,["a","2","1","1","1"],"spread","XBT/USD"]"#.to_owned(),
            Refused(Unreadable(Field::Price)),
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
