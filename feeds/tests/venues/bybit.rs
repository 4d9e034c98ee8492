//! Bybit.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

const LINEAR: &str = "wss://stream.bybit.com/v5/public/linear";
const SNAPSHOT: &str = r#"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":5,"data":{"s":"BTCUSDT","b":[["100.0","1.5"],["99.5","2"]],"a":[["100.5","3"]],"u":10,"seq":7},"cts":4}"#;

fn desk() -> Desk {
    let rows = [("linear:BTCUSDT", 1, 3), ("linear:ETHUSDT", 2, 2), ("linear:SOLUSDT", 2, 1)];
    let more = [("linear:1000PEPEUSDT", 7, 0), ("inverse:BTCUSD", 1, 0), ("spot:BTCUSDT", 2, 6)];
    Desk::new(VenueId::Bybit, &[&rows[..], &more[..]].concat()).open(LINEAR).after(&[SNAPSHOT])
}

#[test]
fn one_symbol_is_another_instrument_on_each_socket() {
    let trade = r#"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":9,"data":[{"T":8,"s":"BTCUSDT","S":"Buy","v":"2","p":"100.5","i":"77"}]}"#;
    for (url, instrument, px, qty) in [
        (LINEAR, 0, Ticks(1_005), Lots(2_000)),
        ("wss://stream.bybit.com/v5/public/spot", 5, Ticks(10_050), Lots(2_000_000)),
    ] {
        let mut desk = desk().open(url).after(&[trade]);
        let change = MarketChange::Trade { px, qty, aggressor: Side::Buy, trade_id: 77 };
        assert_eq!(desk.take_events(), [(instrument, change)], "{url}");
    }
}

#[test]
fn a_ticker_tells_what_it_has_and_how_often_funding_is_paid() {
    let ticker = r#"{"topic":"tickers.BTCUSDT","type":"snapshot","ts":9,"data":{"symbol":"BTCUSDT","markPrice":"100.26","indexPrice":"100.24","fundingRate":"-0.0001","nextFundingTime":"5000","fundingIntervalHour":"4","openInterest":"59891.732"}}"#;
    let mut desk = desk().after(&[ticker]);
    let funding = MarketChange::Funding { rate_e8: -10_000, next_at_ns: Nanos(5_000_000_000), interval_s: 14_400 };
    let expected = [
        MarketChange::Mark { px: Ticks(1_003) },
        MarketChange::Index { px: Ticks(1_002) },
        funding,
        MarketChange::OpenInterest { qty: Lots(59_891_732) },
    ];
    assert_eq!(desk.take_events(), expected.map(|change| (0, change)));
}

#[test]
fn a_rate_that_changes_alone_is_paid_when_it_was_told_before() {
    let ticker = |fields: &str| {
        format!(r#"{{"topic":"tickers.BTCUSDT","type":"delta","ts":9,"data":{{"symbol":"BTCUSDT",{fields}}}}}"#)
    };
    let whole = ticker(r#""fundingRate":"0.0001","nextFundingTime":"5000","fundingIntervalHour":"4""#);
    let (rate, next) = (ticker(r#""fundingRate":"0.0002""#), ticker(r#""nextFundingTime":"9000""#));
    let mut desk = desk().after(&[&whole, &rate, &next, &rate]);
    let funding = |rate_e8, next_s: u64| {
        let next_at_ns = Nanos(next_s * Nanos::SECOND);
        (0, MarketChange::Funding { rate_e8, next_at_ns, interval_s: 14_400 })
    };
    assert_eq!(desk.take_events(), [funding(10_000, 5), funding(20_000, 5), funding(20_000, 9)]);
}

#[test]
fn a_liquidation_names_the_position_that_was_closed() {
    let frame = r#"{"topic":"allLiquidation.1000PEPEUSDT","type":"snapshot","ts":9,"data":[{"T":8,"s":"1000PEPEUSDT","S":"Buy","v":"20000","p":"0.0123456"},{"T":8,"s":"ETHUSDT","S":"Sell","v":"1.5","p":"99.25"}]}"#;
    let mut desk = desk().after(&[frame]);
    let pepe = MarketChange::Liquidation { px: Ticks(123_456), qty: Lots(20_000), closed: Side::Buy };
    let eth = MarketChange::Liquidation { px: Ticks(9_925), qty: Lots(150), closed: Side::Sell };
    assert_eq!(desk.take_events(), [(3, pepe), (1, eth)]);
}

#[test]
fn a_delta_of_number_one_is_the_whole_book_after_a_restart() {
    let restarted = r#"{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":5,"data":{"s":"BTCUSDT","b":[["90.0","1"]],"a":[["91.0","1"]],"u":1,"seq":7}}"#;
    let desk = desk().after(&[restarted]);
    assert_eq!((desk.state(0), desk.counts().gaps, desk.books.books[0].bids.len()), (BookState::Synced, 0, 1));
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, TooDeep, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let book =
        |inside: &str| format!(r#"{{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":5,"data":{{{inside}}}}}"#);
    let delta = |bids: &str| book(&format!(r#""s":"BTCUSDT","b":{bids},"a":[],"u":11"#));
    let trade = |row: &str| format!(r#"{{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":5,"data":[{row}]}}"#);
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("no json", "hello".to_owned(), Refused(NotJson)),
        ("too deep", deep, Refused(TooDeep)),
        ("a number alone", "1".to_owned(), Unknown),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an unknown topic", r#"{"topic":"weather.BTCUSDT","data":{}}"#.to_owned(), Unknown),
        ("a topic that is no text", r#"{"topic":5,"data":{}}"#.to_owned(), Unknown),
        ("a bare ping", "ping".to_owned(), Control),
        ("a pong", r#"{"op":"pong","args":["1"]}"#.to_owned(), Control),
        ("a refused subscription", r#"{"success":false,"ret_msg":"error:handler not found"}"#.to_owned(), Control),
        (
            "a book without data",
            r#"{"topic":"orderbook.50.BTCUSDT","type":"delta"}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        (
            "a book without type",
            r#"{"topic":"orderbook.50.BTCUSDT","data":{"s":"BTCUSDT","b":[],"a":[],"u":11}}"#.to_owned(),
            Refused(Unreadable(Field::Action)),
        ),
        (
            "a book of another type",
            r#"{"topic":"orderbook.50.BTCUSDT","type":"x","data":{"s":"BTCUSDT","b":[],"a":[],"u":11}}"#.to_owned(),
            Refused(Unreadable(Field::Action)),
        ),
        ("a book without symbol", book(r#""b":[],"a":[],"u":11"#), Refused(Missing(Field::Symbol))),
        ("a symbol that is a number", book(r#""s":1,"b":[],"a":[],"u":11"#), Refused(Unreadable(Field::Symbol))),
        ("a book without number", book(r#""s":"BTCUSDT","b":[],"a":[]"#), Refused(Missing(Field::Sequence))),
        ("a negative number", book(r#""s":"BTCUSDT","b":[],"a":[],"u":-1"#), Refused(Unreadable(Field::Sequence))),
        ("a number with a point", book(r#""s":"BTCUSDT","b":[],"a":[],"u":1.5"#), Refused(Unreadable(Field::Sequence))),
        (
            "a number of 21 digits",
            book(r#""s":"BTCUSDT","b":[],"a":[],"u":111111111111111111111"#),
            Refused(Unreadable(Field::Sequence)),
        ),
        ("a book without bids", book(r#""s":"BTCUSDT","a":[],"u":11"#), Refused(Missing(Field::Levels))),
        ("a book without asks", book(r#""s":"BTCUSDT","b":[],"u":11"#), Refused(Missing(Field::Levels))),
        ("bids that are an object", delta("{}"), Refused(Unreadable(Field::Levels))),
        ("bids that are null", delta("null"), Refused(Unreadable(Field::Levels))),
        ("a level without price", delta("[[]]"), Refused(Missing(Field::Price))),
        ("a level without quantity", delta(r#"[["100.0"]]"#), Refused(Missing(Field::Quantity))),
        ("a level that is a text", delta(r#"["100.0"]"#), Refused(Missing(Field::Price))),
        ("a price of words", delta(r#"[["cheap","1"]]"#), Refused(Unreadable(Field::Price))),
        ("an empty price", delta(r#"[["","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price with an exponent", delta(r#"[["1e2","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a negative price", delta(r#"[["-100.0","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", delta(r#"[["100.05","1"]]"#), Refused(OffGrid(Field::Price))),
        ("a price beyond 64 bits", delta(r#"[["99999999999999999999","1"]]"#), Refused(OutOfRange(Field::Price))),
        ("a price that is true", delta(r#"[[true,"1"]]"#), Refused(Unreadable(Field::Price))),
        ("a quantity of words", delta(r#"[["100.0","many"]]"#), Refused(Unreadable(Field::Quantity))),
        ("a negative quantity", delta(r#"[["100.0","-1"]]"#), Refused(Unreadable(Field::Quantity))),
        ("a quantity between two lots", delta(r#"[["100.0","0.0001"]]"#), Refused(OffGrid(Field::Quantity))),
        ("a good level before a bad one", delta(r#"[["100.0","9"],["x","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a foreign instrument", book(r#""s":"DOGEUSDT","b":[["1","1"]],"a":[],"u":11"#), NoEffect),
        ("an old delta", book(r#""s":"BTCUSDT","b":[["1.0","1"]],"a":[],"u":10"#), NoEffect),
        ("an empty delta", delta("[]"), NoEffect),
        ("a delta that deletes what is not there", delta(r#"[["1.0","0"]]"#), NoEffect),
        ("a gap", book(r#""s":"BTCUSDT","b":[["1.0","1"]],"a":[],"u":12"#), Lost),
        ("a crossed book", delta(r#"[["101.0","1"]]"#), Lost),
        ("a locked book", delta(r#"[["100.5","1"]]"#), Lost),
        (
            "trades without rows",
            r#"{"topic":"publicTrade.BTCUSDT","type":"snapshot"}"#.to_owned(),
            Refused(Missing(Field::Price)),
        ),
        ("a trade without side", trade(r#"{"s":"BTCUSDT","v":"1","p":"1"}"#), Refused(Missing(Field::Side))),
        (
            "a trade of an unknown side",
            trade(r#"{"s":"BTCUSDT","S":"Hold","v":"1","p":"1"}"#),
            Refused(Unreadable(Field::Side)),
        ),
        ("a trade without price", trade(r#"{"s":"BTCUSDT","S":"Buy","v":"1"}"#), Refused(Missing(Field::Price))),
        ("a trade without quantity", trade(r#"{"s":"BTCUSDT","S":"Buy","p":"1"}"#), Refused(Missing(Field::Quantity))),
        ("a trade without symbol", trade(r#"{"S":"Buy","v":"1","p":"1"}"#), Refused(Missing(Field::Symbol))),
        (
            "a good trade before a bad one",
            trade(r#"{"s":"BTCUSDT","S":"Buy","v":"1","p":"1"},{"s":"BTCUSDT","S":"Buy","v":"1","p":"x"}"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("no trades", trade(""), NoEffect),
        (
            "a ticker without symbol",
            r#"{"topic":"tickers.BTCUSDT","type":"delta","data":{}}"#.to_owned(),
            Refused(Missing(Field::Symbol)),
        ),
        (
            "a ticker with a bad mark",
            r#"{"topic":"tickers.BTCUSDT","data":{"symbol":"BTCUSDT","markPrice":"x"}}"#.to_owned(),
            Refused(Unreadable(Field::Price)),
        ),
        (
            "a ticker with a bad rate",
            r#"{"topic":"tickers.BTCUSDT","data":{"symbol":"BTCUSDT","fundingRate":"x"}}"#.to_owned(),
            Refused(Unreadable(Field::Rate)),
        ),
        (
            "a ticker of empty texts",
            r#"{"topic":"tickers.BTCUSDT","data":{"symbol":"BTCUSDT","fundingRate":"","markPrice":""}}"#.to_owned(),
            NoEffect,
        ),
        ("a candle without symbol", r#"{"topic":"kline.1","data":[]}"#.to_owned(), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
