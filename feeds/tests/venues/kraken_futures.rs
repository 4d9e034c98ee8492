//! Kraken Futures.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::counts::EventKind;
use feeds::error::{Field, FrameError};

const SNAPSHOT: &str = r#"{"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1612269825817,"seq":10,"tickSize":null,"bids":[{"price":34892.5,"qty":6385},{"price":34892,"qty":0},{"price":34891.5,"qty":100}],"asks":[{"price":34911.5,"qty":0},{"price":34912,"qty":2300}]}"#;

fn desk() -> Desk {
    Desk::new(VenueId::KrakenFutures, &[("PI_XBTUSD", 1, 0), ("PI_XRPUSD", 4, 0)]).after(&[SNAPSHOT])
}

fn change(inside: &str) -> String {
    format!(r#"{{"feed":"book","product_id":"PI_XBTUSD",{inside},"timestamp":1612269825818}}"#)
}

fn trade(uid: u32, side: &str, kind: &str, price: &str) -> String {
    format!(
        r#"{{"feed":"trade","product_id":"PI_XRPUSD","uid":"{uid}","side":"{side}","type":"{kind}","seq":{uid},"time":1593561965283,"qty":12000,"price":{price}}}"#
    )
}

#[test]
fn a_snapshot_leaves_out_what_has_no_quantity() {
    let desk = desk();
    assert_eq!((desk.books.books[0].bids.len(), desk.books.books[0].asks.len()), (2, 1));
}

#[test]
fn a_liquidation_is_a_trade_and_the_position_that_it_closed() {
    let mut desk = desk().after(&[&trade(7, "sell", "liquidation", "0.1736"), &trade(8, "buy", "fill", "1.736e-1")]);
    let (px, qty) = (Ticks(1_736), Lots(12_000));
    let expected = [
        (1, MarketChange::Trade { px, qty, aggressor: Side::Sell, trade_id: 7 }),
        (1, MarketChange::Liquidation { px, qty, closed: Side::Buy }),
        (1, MarketChange::Trade { px, qty, aggressor: Side::Buy, trade_id: 8 }),
    ];
    assert_eq!(desk.take_events(), expected);
}

#[test]
fn the_history_of_trades_is_taken_from_its_end() {
    let rows = [trade(9, "sell", "fill", "0.2"), trade(8, "buy", "fill", "0.1")].join(",");
    let frame = format!(r#"{{"feed":"trade_snapshot","product_id":"PI_XRPUSD","trades":[{rows}]}}"#);
    let mut desk = desk().after(&[&frame]);
    let ids: Vec<_> = desk
        .take_events()
        .into_iter()
        .filter_map(|(_, change)| match change {
            MarketChange::Trade { trade_id, .. } => Some(trade_id),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [8, 9]);
}

#[test]
fn a_ticker_tells_mark_index_funding_and_open_interest() {
    let ticker = r#"{"time":1676393235406,"product_id":"PI_XBTUSD","funding_rate":-6.2604214e-11,"relative_funding_rate":-1.380384722222e-6,"next_funding_rate_time":1676394000000,"feed":"ticker","bid":21978.5,"ask":21987.0,"index":21984.54,"premium":-0.0,"openInterest":30072580.0,"markPrice":21979.68641534714}"#;
    let lite = r#"{"feed":"ticker_lite","product_id":"PI_XBTUSD","bid":32170.5,"ask":32192.5,"maturityTime":0}"#;
    let mut desk = desk().after(&[ticker, lite]);
    let next_at_ns = Nanos(1_676_394_000_000_000_000);
    let expected = [
        MarketChange::Mark { px: Ticks(219_797) },
        MarketChange::Index { px: Ticks(219_845) },
        MarketChange::Funding { rate_e8: -138, next_at_ns, interval_s: 3_600 },
        MarketChange::OpenInterest { qty: Lots(30_072_580) },
    ];
    assert_eq!(desk.take_events(), expected.map(|change| (0, change)));
    assert_eq!(desk.counts().event(EventKind::Ticker), 2);
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let level = |price: &str, qty: &str| change(&format!(r#""side":"buy","seq":11,"price":{price},"qty":{qty}"#));
    let snapshot = |from: &str, to: &str| SNAPSHOT.replace(from, to);
    let trade = |from: &str, to: &str| trade(7, "sell", "fill", "0.1").replace(from, to);
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an array", "[1]".to_owned(), Unknown),
        ("an unknown feed", r#"{"feed":"fills","fills":[]}"#.to_owned(), Unknown),
        ("a bare ping", "ping".to_owned(), Control),
        ("a heartbeat", r#"{"feed":"heartbeat","time":1}"#.to_owned(), Control),
        (
            "a subscription of books",
            r#"{"event":"subscribed","feed":"book","product_ids":["PI_XBTUSD"]}"#.to_owned(),
            Control,
        ),
        ("an alert", r#"{"event":"alert","message":"x"}"#.to_owned(), Control),
        (
            "a change without product",
            r#"{"feed":"book","side":"buy","seq":11,"price":1,"qty":1}"#.to_owned(),
            Refused(Missing(Field::Symbol)),
        ),
        ("a change without number", change(r#""side":"buy","price":1,"qty":1"#), Refused(Missing(Field::Sequence))),
        (
            "a negative number",
            change(r#""side":"buy","seq":-1,"price":1,"qty":1"#),
            Refused(Unreadable(Field::Sequence)),
        ),
        (
            "a number with a point",
            change(r#""side":"buy","seq":1.5,"price":1,"qty":1"#),
            Refused(Unreadable(Field::Sequence)),
        ),
        ("a change without side", change(r#""seq":11,"price":1,"qty":1"#), Refused(Missing(Field::Side))),
        ("an unknown side", change(r#""side":"bid","seq":11,"price":1,"qty":1"#), Refused(Unreadable(Field::Side))),
        ("a change without price", change(r#""side":"buy","seq":11,"qty":1"#), Refused(Missing(Field::Price))),
        ("a change without quantity", change(r#""side":"buy","seq":11,"price":1"#), Refused(Missing(Field::Quantity))),
        ("a price of words", level("\"x\"", "1"), Refused(Unreadable(Field::Price))),
        ("a negative price", level("-1", "1"), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", level("1.05", "1"), Refused(OffGrid(Field::Price))),
        ("a price beyond 64 bits", level("99999999999999999999", "1"), Refused(OutOfRange(Field::Price))),
        ("a price with a zero in front", level("01.5", "1"), Refused(NotJson)),
        ("a negative quantity", level("1", "-1"), Refused(Unreadable(Field::Quantity))),
        ("a quantity between two lots", level("1", "0.5"), Refused(OffGrid(Field::Quantity))),
        ("an old change", change(r#""side":"buy","seq":10,"price":1.0,"qty":1"#), NoEffect),
        ("a change that deletes what is not there", level("1.0", "0.0"), NoEffect),
        ("a gap", change(r#""side":"buy","seq":12,"price":1.0,"qty":1"#), Lost),
        ("a crossed book", level("34912.0", "1"), Lost),
        (
            "a foreign product",
            r#"{"feed":"book","product_id":"PI_DOGEUSD","side":"buy","seq":99,"price":0.1,"qty":1}"#.to_owned(),
            NoEffect,
        ),
        ("a snapshot without product", snapshot("product_id", "x"), Refused(Missing(Field::Symbol))),
        ("a snapshot without number", snapshot("seq", "x"), Refused(Missing(Field::Sequence))),
        ("a snapshot without bids", snapshot("bids", "x"), Refused(Missing(Field::Levels))),
        ("a snapshot without asks", snapshot("asks", "x"), Refused(Missing(Field::Levels))),
        ("a level without quantity", snapshot("qty\":2300", "x\":1"), Refused(Missing(Field::Quantity))),
        ("a level of words", snapshot("2300", "\"x\""), Refused(Unreadable(Field::Quantity))),
        ("a trade without product", trade("product_id", "x"), Refused(Missing(Field::Symbol))),
        ("a trade without side", trade("side", "x"), Refused(Missing(Field::Side))),
        ("a trade of an unknown side", trade("sell", "x"), Refused(Unreadable(Field::Side))),
        ("a trade without price", trade("price", "x"), Refused(Missing(Field::Price))),
        ("a trade without quantity", trade("qty", "x"), Refused(Missing(Field::Quantity))),
        (
            "trades without rows",
            r#"{"feed":"trade_snapshot","product_id":"PI_XBTUSD"}"#.to_owned(),
            Refused(Missing(Field::Price)),
        ),
        ("no trades", r#"{"feed":"trade_snapshot","product_id":"PI_XBTUSD","trades":[]}"#.to_owned(), NoEffect),
        ("a ticker without product", r#"{"feed":"ticker"}"#.to_owned(), Refused(Missing(Field::Symbol))),
        (
            "a ticker with a bad mark",
            r#"{"feed":"ticker","product_id":"PI_XBTUSD","markPrice":"x"}"#.to_owned(),
            Refused(Unreadable(Field::Price)),
        ),
        (
            "a ticker with a bad rate",
            r#"{"feed":"ticker","product_id":"PI_XBTUSD","relative_funding_rate":"x"}"#.to_owned(),
            Refused(Unreadable(Field::Rate)),
        ),
        (
            "a ticker of nulls",
            r#"{"feed":"ticker","product_id":"PI_XBTUSD","relative_funding_rate":null,"markPrice":null}"#.to_owned(),
            NoEffect,
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
