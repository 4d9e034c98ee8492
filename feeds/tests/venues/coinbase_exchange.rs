//! Coinbase Exchange.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

const SNAPSHOT: &str = r#"{"type":"snapshot","product_id":"BTC-USD","asks":[["100.50","3.00000000"]],"bids":[["100.00","1.5"],["99.50","2"]]}"#;

fn desk() -> Desk {
    Desk::new(VenueId::CoinbaseExchange, &[("BTC-USD", 2, 8), ("ETH-USD", 2, 8)]).after(&[SNAPSHOT])
}

#[test]
fn a_trade_names_the_side_of_the_maker() {
    let of = |kind: &str, side: &str| {
        format!(
            r#"{{"type":"{kind}","trade_id":77,"maker_order_id":"a","taker_order_id":"b","side":"{side}","size":"0.5","price":"100.5","product_id":"ETH-USD","sequence":9,"time":"2021-04-17T16:43:30.244075Z"}}"#
        )
    };
    for (kind, side, aggressor) in [("match", "sell", Side::Buy), ("last_match", "buy", Side::Sell)] {
        let mut desk = desk().after(&[&of(kind, side)]);
        let change = MarketChange::Trade { px: Ticks(10_050), qty: Lots(50_000_000), aggressor, trade_id: 77 };
        assert_eq!(desk.take_events(), [(1, change)]);
    }
}

#[test]
fn changes_are_applied_in_order_whatever_their_number() {
    let changes = r#"{"type":"l2update","product_id":"BTC-USD","changes":[["buy","100.00","0"],["sell","100.25","1"],["sell","100.25","0.00000000"],["buy","99.75","4"]],"time":"2021-04-17T16:43:37.075687Z"}"#;
    let desk = desk().after(&[changes, changes]);
    let side = |levels: &std::collections::BTreeMap<Ticks, Lots>| levels.keys().map(|px| px.0).collect::<Vec<_>>();
    let book = &desk.books.books[0];
    assert_eq!((side(&book.bids), side(&book.asks)), (vec![9_950, 9_975], vec![10_050]));
    assert_eq!((desk.state(0), desk.counts().gaps), (BookState::Synced, 0));
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let changes = |rows: &str| format!(r#"{{"type":"l2update","product_id":"BTC-USD","changes":{rows}}}"#);
    let snapshot = |inside: &str| format!(r#"{{"type":"snapshot",{inside}}}"#);
    let trade = |inside: &str| format!(r#"{{"type":"match",{inside}}}"#);
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("a list", "[]".to_owned(), Unknown),
        ("an unknown type", r#"{"type":"open","product_id":"BTC-USD"}"#.to_owned(), Unknown),
        ("subscriptions", r#"{"type":"subscriptions","channels":[]}"#.to_owned(), Control),
        ("a heartbeat", r#"{"type":"heartbeat","sequence":9,"product_id":"BTC-USD"}"#.to_owned(), Control),
        ("a refusal", r#"{"type":"error","message":"Failed to subscribe"}"#.to_owned(), Control),
        ("a snapshot without product", snapshot(r#""bids":[],"asks":[]"#), Refused(Missing(Field::Symbol))),
        ("a snapshot without asks", snapshot(r#""product_id":"BTC-USD","bids":[]"#), Refused(Missing(Field::Levels))),
        (
            "bids that are an object",
            snapshot(r#""product_id":"BTC-USD","bids":{},"asks":[]"#),
            Refused(Unreadable(Field::Levels)),
        ),
        (
            "a level without quantity",
            snapshot(r#""product_id":"BTC-USD","bids":[["1"]],"asks":[]"#),
            Refused(Missing(Field::Quantity)),
        ),
        (
            "changes without rows",
            r#"{"type":"l2update","product_id":"BTC-USD"}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        ("changes without product", r#"{"type":"l2update","changes":[]}"#.to_owned(), Refused(Missing(Field::Symbol))),
        ("a change without side", changes("[[]]"), Refused(Missing(Field::Side))),
        ("a change of an unknown side", changes(r#"[["hold","1","1"]]"#), Refused(Unreadable(Field::Side))),
        ("a change without price", changes(r#"[["buy"]]"#), Refused(Missing(Field::Price))),
        ("a change without quantity", changes(r#"[["buy","1"]]"#), Refused(Missing(Field::Quantity))),
        ("a price between two ticks", changes(r#"[["buy","1.001","1"]]"#), Refused(OffGrid(Field::Price))),
        (
            "a good change before a bad one",
            changes(r#"[["buy","100.00","0"],["buy","1","x"]]"#),
            Refused(Unreadable(Field::Quantity)),
        ),
        ("no changes", changes("[]"), NoEffect),
        ("a foreign product", r#"{"type":"l2update","product_id":"X-USD","changes":[]}"#.to_owned(), NoEffect),
        ("a crossed book", changes(r#"[["buy","101","1"]]"#), Lost),
        (
            "a trade without side",
            trade(r#""product_id":"BTC-USD","price":"1","size":"1""#),
            Refused(Missing(Field::Side)),
        ),
        (
            "a trade of an unknown side",
            trade(r#""product_id":"BTC-USD","side":"BUY","price":"1","size":"1""#),
            Refused(Unreadable(Field::Side)),
        ),
        (
            "a trade without price",
            trade(r#""product_id":"BTC-USD","side":"buy","size":"1""#),
            Refused(Missing(Field::Price)),
        ),
        (
            "a trade without quantity",
            trade(r#""product_id":"BTC-USD","side":"buy","price":"1""#),
            Refused(Missing(Field::Quantity)),
        ),
        ("a trade without product", trade(r#""side":"buy","price":"1","size":"1""#), Refused(Missing(Field::Symbol))),
        ("a ticker without product", r#"{"type":"ticker"}"#.to_owned(), Refused(Missing(Field::Symbol))),
        ("a ticker", r#"{"type":"ticker","product_id":"BTC-USD","price":"x"}"#.to_owned(), NoEffect),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
