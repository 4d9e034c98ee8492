//! BitMEX.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

const PARTIAL: &str = r#"{"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],"data":[{"symbol":"XBTUSD","id":8799,"side":"Sell","size":300,"price":100.5},{"symbol":"XBTUSD","id":8800,"side":"Buy","size":150,"price":100},{"symbol":"XBTUSD","id":8801,"side":"Buy","size":20,"price":99.5},{"symbol":"TRXM21","id":501,"side":"Buy","size":7,"price":9.9e-7}]}"#;

fn desk() -> Desk {
    Desk::new(VenueId::Bitmex, &[("XBTUSD", 1, 0), ("TRXM21", 8, 0)]).after(&[PARTIAL])
}

fn table(table: &str, action: &str, rows: &str) -> String {
    format!(r#"{{"table":"{table}","action":"{action}","data":[{rows}]}}"#)
}

fn book(action: &str, rows: &str) -> String {
    table("orderBookL2", action, rows)
}

fn sides(desk: &Desk, instrument: usize) -> [Vec<(i64, i64)>; 2] {
    let book = &desk.books.books[instrument];
    [&book.bids, &book.asks].map(|side| side.iter().map(|(px, qty)| (px.0, qty.0)).collect())
}

#[test]
fn rows_are_found_by_their_number() {
    let update = book("update", r#"{"symbol":"XBTUSD","id":8801,"side":"Buy","size":25}"#);
    let delete = book("delete", r#"{"symbol":"XBTUSD","id":8800,"side":"Buy"}"#);
    let insert = book("insert", r#"{"symbol":"XBTUSD","id":8798,"side":"Sell","size":1,"price":101}"#);
    let desk = desk().after(&[&update, &delete, &insert]);
    assert_eq!(sides(&desk, 0), [vec![(995, 25)], vec![(1_005, 300), (1_010, 1)]]);
    assert_eq!(sides(&desk, 1), [vec![(99, 7)], vec![]]);
    assert_eq!((desk.counts().gaps, desk.counts().errors), (0, 0));
}

#[test]
fn an_update_of_the_side_or_the_price_moves_the_level() {
    let gone = r#"{"symbol":"XBTUSD","id":8799}"#;
    let side = book("update", r#"{"symbol":"XBTUSD","id":8800,"side":"Sell"}"#);
    let price = book("update", r#"{"symbol":"XBTUSD","id":8800,"side":"Sell","price":102.5,"size":4}"#);
    let desk = desk().after(&[&book("delete", gone), &side]);
    assert_eq!(sides(&desk, 0), [vec![(995, 20)], vec![(1_000, 150)]]);
    let desk =
        desk.after(&[&price, &book("insert", r#"{"symbol":"XBTUSD","id":8800,"side":"Buy","size":2,"price":98}"#)]);
    assert_eq!(sides(&desk, 0), [vec![(980, 2), (995, 20)], vec![]]);
    assert_eq!(desk.state(0), BookState::Synced);
}

#[test]
fn what_names_an_unknown_row_breaks_its_book_alone_until_the_next_whole_one() {
    let both = r#"{"symbol":"XBTUSD","id":1,"side":"Buy","size":2},{"symbol":"TRXM21","id":501,"side":"Buy","size":8},{"symbol":"XBTUSD","id":8800,"side":"Buy","size":3}"#;
    let again = book("update", r#"{"symbol":"XBTUSD","id":8801,"side":"Buy","size":2}"#);
    let desk = desk().after(&[&book("update", both), &again]);
    assert_eq!((desk.state(0), desk.state(1), desk.counts().gaps), (BookState::Lost, BookState::Synced, 1));
    assert_eq!(sides(&desk, 1), [vec![(99, 8)], vec![]]);
    let desk = desk.after(&[PARTIAL, &again]);
    assert_eq!((desk.counts().resyncs, desk.counts().gaps, desk.state(0)), (1, 1, BookState::Synced));
    assert_eq!(sides(&desk, 0)[0], [(995, 2), (1_000, 150)]);
}

#[test]
fn a_refused_frame_leaves_every_row_where_it_was() {
    let bad = r#",{"symbol":"XBTUSD","id":8801,"side":"Hold"}"#;
    for (action, good) in [
        ("partial", r#"{"symbol":"XBTUSD","id":1,"side":"Buy","size":1,"price":1}"#),
        ("insert", r#"{"symbol":"TRXM21","id":1,"side":"Buy","size":1,"price":1}"#),
        ("update", r#"{"symbol":"XBTUSD","id":8800,"side":"Sell"}"#),
        ("delete", r#"{"symbol":"XBTUSD","id":8800}"#),
    ] {
        let mut desk = desk();
        desk.frame(book(action, &[good, bad].concat()).as_bytes());
        let then = book(
            "update",
            r#"{"symbol":"XBTUSD","id":8800,"side":"Buy","size":9},{"symbol":"XBTUSD","id":8801,"size":8}"#,
        );
        desk.frame(then.as_bytes());
        desk.frame(book("update", r#"{"symbol":"TRXM21","id":501,"size":6}"#).as_bytes());
        assert_eq!((desk.counts().errors, desk.counts().gaps), (1, 0), "{action}");
        assert_eq!(sides(&desk, 0), [vec![(995, 8), (1_000, 9)], vec![(1_005, 300)]], "{action}");
        assert_eq!(sides(&desk, 1)[0], [(99, 6)], "{action}");
    }
}

#[test]
fn a_book_with_more_rows_than_are_kept_is_broken_and_not_wrong() {
    let mut desk = desk();
    let mut next = 10_000;
    while desk.state(0) == BookState::Synced {
        let row = |id| format!(r#"{{"symbol":"XBTUSD","id":{id},"side":"Sell","size":1,"price":{id}}}"#);
        let rows: Vec<_> = (next..next + 5_000).map(row).collect();
        desk.frame(book("insert", &rows.join(",")).as_bytes());
        next += 5_000;
        assert!(next < 90_000, "it is bounded");
    }
    assert_eq!((desk.state(0), desk.counts().errors, desk.counts().gaps), (BookState::Lost, 0, 1));
    assert_eq!(desk.after(&[PARTIAL]).state(0), BookState::Synced);
}

#[test]
fn trades_quotes_and_liquidations_are_rows() {
    let trade = r#"{"timestamp":"2021-04-05T18:41:18.601Z","symbol":"XBTUSD","side":"Sell","size":100,"price":100,"trdMatchID":"7e4a"}"#;
    let quote = r#"{"timestamp":"2021-04-05T18:41:15.515Z","symbol":"TRXM21","bidSize":32,"bidPrice":9.9e-7,"askPrice":0.000001,"askSize":5}"#;
    let half = r#"{"timestamp":"2021-04-05T18:41:15.515Z","symbol":"TRXM21","bidSize":32,"bidPrice":9.9e-7,"askPrice":null,"askSize":null}"#;
    let liquidation = r#"{"orderID":"x","symbol":"XBTUSD","side":"Buy","price":101.5,"leavesQty":9214}"#;
    let mut desk = desk().after(&[
        &table("trade", "partial", trade),
        &table("trade", "insert", &[trade, trade].join(",")),
        &table("quote", "insert", &[quote, half].join(",")),
        &table("liquidation", "insert", liquidation),
    ]);
    let sold = (0, MarketChange::Trade { px: Ticks(1_000), qty: Lots(100), aggressor: Side::Sell, trade_id: 0 });
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    let expected = [
        sold,
        sold,
        sold,
        (1, MarketChange::Quote { bid: level(99, 32), ask: level(100, 5) }),
        (0, MarketChange::Liquidation { px: Ticks(1_015), qty: Lots(9_214), closed: Side::Sell }),
    ];
    assert_eq!(desk.take_events(), expected);
    assert_eq!(desk.counts().events[feeds::counts::EventKind::Quote as usize], 2);
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let many = (0..300).map(|n| format!(r#"{{"symbol":"X{n}","id":1}}"#)).collect::<Vec<_>>().join(",");
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", PARTIAL[..80].to_owned(), Refused(NotJson)),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an unknown table", table("weather", "insert", ""), Unknown),
        ("a table that is no text", r#"{"table":5,"action":"insert","data":[]}"#.to_owned(), Unknown),
        ("liquidations that end", table("liquidation", "delete", r#"{"orderID":"x","symbol":"XBTUSD"}"#), Unknown),
        ("a welcome", r#"{"info":"Welcome","version":"x"}"#.to_owned(), Control),
        ("a subscription", r#"{"success":true,"subscribe":"trade:XBTUSD"}"#.to_owned(), Control),
        ("a refusal", r#"{"status":400,"error":"x"}"#.to_owned(), Control),
        ("no action", r#"{"table":"trade","data":[]}"#.to_owned(), Refused(Missing(Field::Action))),
        ("an unknown action", book("replace", ""), Refused(Unreadable(Field::Action))),
        ("no rows", r#"{"table":"orderBookL2","action":"insert"}"#.to_owned(), Refused(Missing(Field::Levels))),
        ("an empty change", book("update", ""), NoEffect),
        ("a row without symbol", book("delete", r#"{"id":8800}"#), Refused(Missing(Field::Symbol))),
        ("a row without number", book("delete", r#"{"symbol":"XBTUSD"}"#), Refused(Missing(Field::Sequence))),
        ("a number of words", book("delete", r#"{"symbol":"XBTUSD","id":"x"}"#), Refused(Unreadable(Field::Sequence))),
        (
            "a new row without side",
            book("insert", r#"{"symbol":"XBTUSD","id":1,"size":1,"price":1}"#),
            Refused(Missing(Field::Side)),
        ),
        (
            "a new row without price",
            book("insert", r#"{"symbol":"XBTUSD","id":1,"side":"Buy","size":1}"#),
            Refused(Missing(Field::Price)),
        ),
        (
            "a new row without size",
            book("insert", r#"{"symbol":"XBTUSD","id":1,"side":"Buy","price":1}"#),
            Refused(Missing(Field::Quantity)),
        ),
        (
            "a price between two ticks",
            book("insert", r#"{"symbol":"XBTUSD","id":1,"side":"Buy","size":1,"price":1.25e-1}"#),
            Refused(OffGrid(Field::Price)),
        ),
        (
            "a size of words",
            book("update", r#"{"symbol":"XBTUSD","id":8800,"size":"x"}"#),
            Refused(Unreadable(Field::Quantity)),
        ),
        ("too many instruments", book("delete", &many), Refused(FrameError::TooManyEvents)),
        ("a foreign instrument", book("update", r#"{"symbol":"DOGE","id":1,"size":5}"#), NoEffect),
        ("an update of an unknown row", book("update", r#"{"symbol":"XBTUSD","id":1,"size":5}"#), Lost),
        ("a delete of an unknown row", book("delete", r#"{"symbol":"XBTUSD","id":1}"#), Lost),
        ("a row deleted twice", book("delete", r#"{"symbol":"XBTUSD","id":8801},{"symbol":"XBTUSD","id":8801}"#), Lost),
        ("a crossed book", book("insert", r#"{"symbol":"XBTUSD","id":1,"side":"Buy","size":1,"price":200}"#), Lost),
        (
            "a trade without side",
            table("trade", "insert", r#"{"symbol":"XBTUSD","size":1,"price":1}"#),
            Refused(Missing(Field::Side)),
        ),
        (
            "a good trade before a bad one",
            table(
                "trade",
                "insert",
                r#"{"symbol":"XBTUSD","side":"Buy","size":1,"price":1},{"symbol":"XBTUSD","side":"Buy","size":1}"#,
            ),
            Refused(Missing(Field::Price)),
        ),
        ("a quote without symbol", table("quote", "insert", "{}"), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
