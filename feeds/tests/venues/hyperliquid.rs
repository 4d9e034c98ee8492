//! Hyperliquid.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::counts::EventKind;
use feeds::error::{Field, FrameError};

const SNAPSHOT: &str = r#"{"channel":"l2Book","data":{"coin":"BTC","time":5,"levels":[[{"px":"100.0","sz":"1.5","n":2},{"px":"99.5","sz":"2","n":1}],[{"n":1,"px":"100.5","sz":"3.0"}]]}}"#;

fn desk() -> Desk {
    let rows = [("BTC", 1, 5), ("MOODENG", 5, 0), ("@107", 3, 2)];
    Desk::new(VenueId::Hyperliquid, &rows).open("wss://api.hyperliquid.xyz/ws").after(&[SNAPSHOT])
}

#[test]
fn every_book_is_whole() {
    let smaller = r#"{"channel":"l2Book","data":{"coin":"BTC","time":6,"levels":[[],[{"px":"99.0","sz":"1","n":1}]]}}"#;
    let desk = desk().after(&[smaller]);
    let book = &desk.books.books[0];
    assert_eq!((book.bids.len(), book.asks.len(), desk.state(0)), (0, 1, BookState::Synced));
    assert_eq!((desk.counts().resyncs, desk.counts().gaps), (0, 0));
}

#[test]
fn trades_come_in_order_with_the_side_of_the_taker() {
    let trades = r#"{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"100.5","sz":"0.00219","time":8,"hash":"0x0","tid":121451470284048,"users":["0xe9","0x68"]},{"coin":"@107","side":"A","px":"1.234","sz":"2","time":9,"tid":7}]}"#;
    let mut desk = desk().after(&[trades]);
    let bought =
        MarketChange::Trade { px: Ticks(1_005), qty: Lots(219), aggressor: Side::Buy, trade_id: 121_451_470_284_048 };
    let sold = MarketChange::Trade { px: Ticks(1_234), qty: Lots(200), aggressor: Side::Sell, trade_id: 7 };
    assert_eq!(desk.take_events(), [(0, bought), (2, sold)]);
}

#[test]
fn a_context_tells_mark_oracle_open_interest_and_the_funding_of_an_hour() {
    let context = r#"{"channel":"activeAssetCtx","data":{"coin":"MOODENG","ctx":{"funding":"-0.0000015186","openInterest":"18617460.0","prevDayPx":"0.20296","oraclePx":"0.1995","markPx":"0.199634","midPx":null}}}"#;
    let mut desk = desk().after(&[context]);
    let expected = [
        MarketChange::Mark { px: Ticks(19_963) },
        MarketChange::Index { px: Ticks(19_950) },
        MarketChange::Funding { rate_e8: -152, next_at_ns: Nanos(0), interval_s: 3_600 },
        MarketChange::OpenInterest { qty: Lots(18_617_460) },
    ];
    assert_eq!(desk.take_events(), expected.map(|change| (1, change)));
}

#[test]
fn a_quote_has_both_sides_or_is_only_counted() {
    let of = |sides: &str| format!(r#"{{"channel":"bbo","data":{{"coin":"BTC","time":7,"bbo":[{sides}]}}}}"#);
    let [bid, ask] = [r#"{"px":"100.0","sz":"1","n":1}"#, r#"{"px":"100.5","sz":"2","n":1}"#];
    let mut desk = desk().after(&[&of(&format!("{bid},{ask}")), &of(&format!("null,{ask}")), &of(bid)]);
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    let change = MarketChange::Quote { bid: level(1_000, 100_000), ask: level(1_005, 200_000) };
    assert_eq!(desk.take_events(), [(0, change)]);
    assert_eq!(desk.counts().event(EventKind::Quote), 3);
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let of = |channel: &str, data: &str| format!(r#"{{"channel":"{channel}","data":{data}}}"#);
    let book = |levels: &str| of("l2Book", &format!(r#"{{"coin":"BTC","levels":{levels}}}"#));
    let trade = |row: &str| of("trades", &format!("[{row}]"));
    let context = |inside: &str| of("activeAssetCtx", &format!(r#"{{"coin":"BTC","ctx":{{{inside}}}}}"#));
    let quote = |sides: &str| of("bbo", &format!(r#"{{"coin":"BTC","bbo":{sides}}}"#));
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("a text alone", r#""Websocket connection established.""#.to_owned(), Unknown),
        ("an unknown channel", of("allMids", r#"{"mids":{"BTC":"1"}}"#), Unknown),
        ("a spot context", of("activeSpotAssetCtx", r#"{"coin":"@107","ctx":{}}"#), Unknown),
        ("an answer", of("subscriptionResponse", r#"{"method":"subscribe"}"#), Control),
        ("a pong", r#"{"channel":"pong"}"#.to_owned(), Control),
        ("a refusal", of("error", r#""Invalid subscription""#), Control),
        ("a book without data", r#"{"channel":"l2Book"}"#.to_owned(), Refused(Missing(Field::Levels))),
        ("a book without coin", of("l2Book", r#"{"levels":[[],[]]}"#), Refused(Missing(Field::Symbol))),
        ("a book without levels", of("l2Book", r#"{"coin":"BTC"}"#), Refused(Missing(Field::Levels))),
        ("a book of one side", book("[[]]"), Refused(Missing(Field::Levels))),
        ("a side that is null", book("[[],null]"), Refused(Unreadable(Field::Levels))),
        ("a level without price", book(r#"[[{"sz":"1"}],[]]"#), Refused(Missing(Field::Price))),
        ("a level without quantity", book(r#"[[{"px":"1"}],[]]"#), Refused(Missing(Field::Quantity))),
        ("a price between two ticks", book(r#"[[{"px":"1.05","sz":"1"}],[]]"#), Refused(OffGrid(Field::Price))),
        ("a negative quantity", book(r#"[[{"px":"1","sz":"-1"}],[]]"#), Refused(Unreadable(Field::Quantity))),
        ("a crossed book", book(r#"[[{"px":"2","sz":"1"}],[{"px":"1","sz":"1"}]]"#), Lost),
        ("a foreign coin", of("l2Book", r#"{"coin":"X","levels":[[],[]]}"#), NoEffect),
        ("trades without rows", of("trades", "{}"), Refused(Unreadable(Field::Price))),
        ("no trades", of("trades", "[]"), NoEffect),
        ("a trade without side", trade(r#"{"coin":"BTC","px":"1","sz":"1"}"#), Refused(Missing(Field::Side))),
        (
            "a trade of an unknown side",
            trade(r#"{"coin":"BTC","side":"C","px":"1","sz":"1"}"#),
            Refused(Unreadable(Field::Side)),
        ),
        ("a trade without price", trade(r#"{"coin":"BTC","side":"B","sz":"1"}"#), Refused(Missing(Field::Price))),
        ("a trade without quantity", trade(r#"{"coin":"BTC","side":"B","px":"1"}"#), Refused(Missing(Field::Quantity))),
        ("a trade without coin", trade(r#"{"side":"B","px":"1","sz":"1"}"#), Refused(Missing(Field::Symbol))),
        ("a context without coin", of("activeAssetCtx", r#"{"ctx":{}}"#), Refused(Missing(Field::Symbol))),
        ("a context of nothing", context(r#""markPx":null"#), NoEffect),
        ("a context with a bad mark", context(r#""markPx":"x""#), Refused(Unreadable(Field::Price))),
        ("a context with a bad rate", context(r#""funding":"x""#), Refused(Unreadable(Field::Rate))),
        ("a quote without coin", of("bbo", r#"{"bbo":[null,null]}"#), Refused(Missing(Field::Symbol))),
        ("a quote of nothing", quote("[null,null]"), NoEffect),
        ("a quote without quantity", quote(r#"[{"px":"1"},null]"#), Refused(Missing(Field::Quantity))),
        ("a candle without coin", of("candle", "{}"), Refused(Missing(Field::Symbol))),
        ("a candle", of("candle", r#"{"s":"BTC","i":"1m"}"#), NoEffect),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
