//! Coinbase Advanced: its frames, and the numbers that all messages of a socket share.

use crate::desk::{CHANNEL, Desk, Outcome, check};
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::counts::EventKind;
use feeds::error::{Field, FrameError};

/// A frame of a channel with a number, its events in brackets.
fn frame(channel: &str, sequence: u64, events: &str) -> String {
    format!(
        r#"{{"channel":"{channel}","timestamp":"2026-08-09T21:05:48.483587501Z","sequence_num":{sequence},"events":[{events}]}}"#
    )
}

fn row(side: &str, price: &str, quantity: &str) -> String {
    format!(
        r#"{{"side":"{side}","event_time":"2026-08-09T21:05:48.170326Z","price_level":"{price}","new_quantity":"{quantity}"}}"#
    )
}

fn book(sequence: u64, kind: &str, product: &str, rows: &[String]) -> String {
    let rows = rows.join(",");
    frame("l2_data", sequence, &format!(r#"{{"type":"{kind}","product_id":"{product}","updates":[{rows}]}}"#))
}

fn trade(product: &str, id: u64, side: &str, price: &str) -> String {
    format!(
        r#"{{"product_id":"{product}","trade_id":"{id}","price":"{price}","size":"0.5","time":"2026-08-09T21:05:42.514318Z","side":"{side}"}}"#
    )
}

fn trades(sequence: u64, rows: &[String]) -> String {
    frame("market_trades", sequence, &format!(r#"{{"type":"update","trades":[{}]}}"#, rows.join(",")))
}

fn heartbeat(sequence: u64) -> String {
    frame("heartbeats", sequence, r#"{"current_time":"2026-08-09 21:05:48 +0000 UTC","heartbeat_counter":"7"}"#)
}

fn both_sides() -> [String; 3] {
    [row("bid", "100", "1.5"), row("bid", "99.5", "2"), row("offer", "100.5", "3")]
}

/// Both books in sync, the last number is 1.
fn desk() -> Desk {
    let snapshots = [book(0, "snapshot", "BTC-USD", &both_sides()), book(1, "snapshot", "ETH-USD", &both_sides())];
    let desk = Desk::new(VenueId::Coinbase, &[("BTC-USD", 2, 8), ("ETH-USD", 2, 8), ("SOL-USD", 2, 8)]);
    desk.open("wss://advanced-trade-ws.coinbase.com").after(&snapshots.each_ref().map(String::as_str))
}

fn after(desk: Desk, frames: &[String]) -> Desk {
    desk.after(&frames.iter().map(String::as_str).collect::<Vec<_>>())
}

fn states(desk: &Desk) -> [BookState; 2] {
    [desk.state(0), desk.state(1)]
}

fn delta(sequence: u64) -> String {
    book(sequence, "update", "BTC-USD", &[row("bid", "99", "1")])
}

#[test]
fn a_frame_with_several_events_is_several_books() {
    let event = |kind: &str, product: &str, row: String| {
        format!(r#"{{"type":"{kind}","product_id":"{product}","updates":[{row}]}}"#)
    };
    let events = [
        event("update", "BTC-USD", row("bid", "100", "0")),
        event("snapshot", "SOL-USD", row("offer", "7", "1")),
        event("update", "BTC-USD", row("bid", "99.75", "0.00000001")),
    ];
    let desk = after(desk(), &[frame("l2_data", 2, &events.join(","))]);
    let bids: Vec<_> = desk.books.books[0].bids.iter().map(|(px, qty)| (px.0, qty.0)).collect();
    assert_eq!(bids, [(9_950, 200_000_000), (9_975, 1)]);
    assert_eq!((desk.books.books[2].asks.len(), desk.state(2)), (1, BookState::Synced));
    assert_eq!(desk.session.book(InstrumentId(0)).update_id(), Some(2));
}

#[test]
fn trades_come_newest_first_and_name_the_side_of_the_maker() {
    let rows = [trade("BTC-USD", 12, "SELL", "100.5"), trade("BTC-USD", 11, "BUY", "100")];
    let mut desk = after(desk(), &[trades(2, &rows)]);
    let change =
        |px, aggressor, trade_id| MarketChange::Trade { px: Ticks(px), qty: Lots(50_000_000), aggressor, trade_id };
    assert_eq!(desk.take_events(), [(0, change(10_000, Side::Sell, 11)), (0, change(10_050, Side::Buy, 12))]);
    assert_eq!(desk.session.trade_stats(InstrumentId(0)).last_px, Some(Ticks(10_050)), "the first row is the newest");
}

#[test]
fn a_frame_of_candles_counts_once_a_product() {
    let candle = |product: &str| format!(r#"{{"start":"1786279500","product_id":"{product}"}}"#);
    let rows = ["BTC-USD", "BTC-USD", "ETH-USD", "BTC-USD", "DOGE-USD", "DOGE-USD"].map(candle).join(",");
    let desk = after(desk(), &[frame("candles", 2, &format!(r#"{{"type":"snapshot","candles":[{rows}]}}"#))]);
    assert_eq!((desk.counts().event(EventKind::Candle), desk.counts().foreign), (3, 1));
}

#[test]
fn a_hole_in_the_numbers_of_any_channel_loses_every_book_of_the_socket_once() {
    for late in [delta(3), trades(3, &[]), heartbeat(3), frame("weather", 3, "")] {
        let desk = after(desk(), &[late.clone(), delta(4), heartbeat(5)]);
        assert_eq!((states(&desk), desk.counts().gaps), ([BookState::Lost; 2], 1), "{late}");
        assert!(desk.books.books.iter().all(|book| book.bids.is_empty() && book.asks.is_empty()), "{late}");
    }
}

#[test]
fn a_message_behind_a_hole_is_handled() {
    let snapshot = book(9, "snapshot", "BTC-USD", &both_sides());
    let mut desk = after(desk(), &[snapshot, trades(12, &[trade("ETH-USD", 5, "BUY", "1")])]);
    assert_eq!((states(&desk), desk.counts().gaps, desk.counts().resyncs), ([BookState::Lost; 2], 2, 1));
    assert_eq!(desk.take_events().len(), 1);
    let snapshots = [book(13, "snapshot", "ETH-USD", &both_sides()), book(14, "snapshot", "BTC-USD", &both_sides())];
    desk = after(desk, &[snapshots[0].clone(), delta(15), snapshots[1].clone()]);
    assert_eq!((desk.counts().gaps, desk.counts().resyncs), (3, 2), "14 comes behind 15: a double");
    assert_eq!(states(&desk), [BookState::Lost; 2]);
}

#[test]
fn messages_that_do_not_concern_us_are_numbered_too() {
    let others = [heartbeat(2), frame("weather", 3, "1"), frame("status", 4, ""), frame("ticker", 5, "")];
    let desk = after(desk(), &[&others[..], &[delta(6)]].concat());
    assert_eq!((states(&desk), desk.counts().gaps), ([BookState::Synced; 2], 0));
}

#[test]
fn a_bad_frame_takes_no_number() {
    let bad = book(2, "update", "BTC-USD", &[row("bid", "cheap", "1")]);
    let kept = after(desk(), &[bad.clone(), delta(2)]);
    assert_eq!((states(&kept), kept.counts().gaps, kept.counts().errors), ([BookState::Synced; 2], 0, 1));
    let lost = after(desk(), &[bad, delta(3)]);
    assert_eq!((states(&lost), lost.counts().gaps, lost.counts().errors), ([BookState::Lost; 2], 1, 1));
}

#[test]
fn doubles_are_counted_and_have_no_effect() {
    let traded = trades(3, &[trade("BTC-USD", 5, "BUY", "100")]);
    let crossing = book(3, "update", "BTC-USD", &[row("bid", "300", "1")]);
    let emptied = book(1, "snapshot", "BTC-USD", &[]);
    let once = after(desk(), &[delta(2), traded.clone()]);
    let twice = after(desk(), &[delta(2), traded.clone(), traded, crossing, emptied]);
    assert_eq!(twice.books, once.books);
    assert_eq!(twice.session.trade_stats(InstrumentId(0)).trades, 1);
    let told = |desk: &Desk| (desk.counts().gaps, desk.counts().resyncs, desk.counts().crossed, states(desk));
    assert_eq!(told(&twice), told(&once));
    let events = |desk: &Desk| desk.counts().events.iter().sum::<u64>();
    assert_eq!(events(&twice), events(&once) + 3);
}

#[test]
fn each_socket_has_its_own_numbers_and_loses_its_own_books() {
    let mut desk = desk();
    desk.session.on_open(CHANNEL + 1, "wss://advanced-trade-ws.coinbase.com");
    let other = |desk: &mut Desk, frame: String| {
        desk.session.on_frame(CHANNEL + 1, frame.as_bytes(), Nanos(9), &mut desk.books);
    };
    other(&mut desk, book(700, "snapshot", "SOL-USD", &both_sides()));
    other(&mut desk, heartbeat(702));
    assert_eq!((states(&desk), desk.state(2), desk.counts().gaps), ([BookState::Synced; 2], BookState::Lost, 1));
    other(&mut desk, book(703, "snapshot", "SOL-USD", &both_sides()));
    let desk = after(desk, &[heartbeat(5)]);
    assert_eq!((states(&desk), desk.state(2), desk.counts().gaps), ([BookState::Lost; 2], BookState::Synced, 2));
}

#[test]
fn a_socket_that_is_opened_again_starts_anew() {
    let desk = after(desk(), &[heartbeat(2)]).open("wss://advanced-trade-ws.coinbase.com");
    let desk = after(desk, &[book(0, "snapshot", "BTC-USD", &both_sides()), delta(1)]);
    assert_eq!((desk.counts().gaps, desk.books.books[0].bids.len()), (0, 3));
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, TooDeep, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let update = |rows: &[String]| book(2, "update", "BTC-USD", rows);
    let event = |event: &str| frame("l2_data", 2, event);
    let trade_row = |row: &str| trades(2, &[row.to_owned()]);
    let ticker = |row: &str| frame("ticker", 2, &format!(r#"{{"type":"update","tickers":[{row}]}}"#));
    let candle = |row: &str| frame("candles", 2, &format!(r#"{{"type":"update","candles":[{row}]}}"#));
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", update(&both_sides())[..200].to_owned(), Refused(NotJson)),
        ("no json", "hello".to_owned(), Refused(NotJson)),
        ("too deep", format!("{}{}", "[".repeat(40), "]".repeat(40)), Refused(TooDeep)),
        ("a number alone", "1".to_owned(), Unknown),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an unknown channel", frame("weather", 2, ""), Unknown),
        ("an unknown channel without number", r#"{"channel":"weather"}"#.to_owned(), Unknown),
        ("an unknown channel with a bad number", r#"{"channel":"weather","sequence_num":"x"}"#.to_owned(), Unknown),
        ("a channel that is no text", r#"{"channel":5,"events":[]}"#.to_owned(), Unknown),
        ("a bare pong", "pong".to_owned(), Control),
        ("a heartbeat", heartbeat(2), Control),
        ("subscriptions", frame("subscriptions", 2, r#"{"subscriptions":{"level2":["BTC-USD"]}}"#), Control),
        ("a refusal", r#"{"type":"error","message":"authentication failure"}"#.to_owned(), Control),
        (
            "a book without events",
            r#"{"channel":"l2_data","sequence_num":2}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        (
            "events that are an object",
            r#"{"channel":"l2_data","sequence_num":2,"events":{}}"#.to_owned(),
            Refused(Unreadable(Field::Levels)),
        ),
        ("a book without number", r#"{"channel":"l2_data","events":[]}"#.to_owned(), Refused(Missing(Field::Sequence))),
        (
            "a negative number",
            r#"{"channel":"l2_data","sequence_num":-2,"events":[]}"#.to_owned(),
            Refused(Unreadable(Field::Sequence)),
        ),
        (
            "trades with a bad number",
            r#"{"channel":"market_trades","sequence_num":2.5,"events":[]}"#.to_owned(),
            Refused(Unreadable(Field::Sequence)),
        ),
        ("no events", frame("l2_data", 2, ""), NoEffect),
        ("an event that is a number", event("1"), Refused(Unreadable(Field::Action))),
        ("a book without type", event(r#"{"product_id":"BTC-USD","updates":[]}"#), Refused(Unreadable(Field::Action))),
        ("a book of another type", book(2, "x", "BTC-USD", &[]), Refused(Unreadable(Field::Action))),
        ("a book without product", event(r#"{"type":"update","updates":[]}"#), Refused(Missing(Field::Symbol))),
        (
            "a product that is a number",
            event(r#"{"type":"update","product_id":1,"updates":[]}"#),
            Refused(Unreadable(Field::Symbol)),
        ),
        ("a book without rows", event(r#"{"type":"update","product_id":"BTC-USD"}"#), Refused(Missing(Field::Levels))),
        (
            "rows that are null",
            event(r#"{"type":"update","product_id":"BTC-USD","updates":null}"#),
            Refused(Unreadable(Field::Levels)),
        ),
        ("a row that is a text", update(&[r#""bid""#.to_owned()]), Refused(Missing(Field::Side))),
        (
            "a row without side",
            update(&[r#"{"price_level":"1","new_quantity":"1"}"#.to_owned()]),
            Refused(Missing(Field::Side)),
        ),
        ("a row of an unknown side", update(&[row("ask", "1", "1")]), Refused(Unreadable(Field::Side))),
        (
            "a row without price",
            update(&[r#"{"side":"bid","new_quantity":"1"}"#.to_owned()]),
            Refused(Missing(Field::Price)),
        ),
        (
            "a row without quantity",
            update(&[r#"{"side":"bid","price_level":"1"}"#.to_owned()]),
            Refused(Missing(Field::Quantity)),
        ),
        ("a price of words", update(&[row("bid", "cheap", "1")]), Refused(Unreadable(Field::Price))),
        ("an empty price", update(&[row("bid", "", "1")]), Refused(Unreadable(Field::Price))),
        ("a price with an exponent", update(&[row("bid", "1e2", "1")]), Refused(Unreadable(Field::Price))),
        ("a negative price", update(&[row("bid", "-1", "1")]), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", update(&[row("bid", "99.505", "1")]), Refused(OffGrid(Field::Price))),
        (
            "a price beyond 64 bits",
            update(&[row("bid", "99999999999999999999", "1")]),
            Refused(OutOfRange(Field::Price)),
        ),
        ("a quantity of words", update(&[row("bid", "99", "many")]), Refused(Unreadable(Field::Quantity))),
        ("a negative quantity", update(&[row("bid", "99", "-1")]), Refused(Unreadable(Field::Quantity))),
        ("a quantity between two lots", update(&[row("bid", "99", "0.000000001")]), Refused(OffGrid(Field::Quantity))),
        (
            "a good row before a bad one",
            update(&[row("bid", "100", "9"), row("bid", "x", "1")]),
            Refused(Unreadable(Field::Price)),
        ),
        (
            "a good event before a bad one",
            event(
                r#"{"type":"snapshot","product_id":"BTC-USD","updates":[]},{"type":"update","product_id":"ETH-USD"}"#,
            ),
            Refused(Missing(Field::Levels)),
        ),
        ("a foreign product", book(2, "update", "DOGE-USD", &[row("bid", "1", "1")]), NoEffect),
        ("an empty delta", update(&[]), NoEffect),
        ("a delta that deletes what is not there", update(&[row("bid", "1", "0")]), NoEffect),
        ("a double", book(1, "update", "BTC-USD", &[row("bid", "99", "1")]), NoEffect),
        ("a gap", delta(3), Lost),
        ("a crossed book", update(&[row("bid", "101", "1")]), Lost),
        ("a locked book", update(&[row("offer", "100", "1")]), Lost),
        ("trades without rows", frame("market_trades", 2, r#"{"type":"update"}"#), Refused(Missing(Field::Price))),
        ("no trades", trades(2, &[]), NoEffect),
        (
            "a trade without side",
            trade_row(r#"{"product_id":"BTC-USD","price":"1","size":"1"}"#),
            Refused(Missing(Field::Side)),
        ),
        (
            "a trade of an unknown side",
            trades(2, &[trade("BTC-USD", 1, "HOLD", "1")]),
            Refused(Unreadable(Field::Side)),
        ),
        (
            "a trade without product",
            trade_row(r#"{"side":"BUY","price":"1","size":"1"}"#),
            Refused(Missing(Field::Symbol)),
        ),
        (
            "a trade without price",
            trade_row(r#"{"product_id":"BTC-USD","side":"BUY","size":"1"}"#),
            Refused(Missing(Field::Price)),
        ),
        (
            "a trade without quantity",
            trade_row(r#"{"product_id":"BTC-USD","side":"BUY","price":"1"}"#),
            Refused(Missing(Field::Quantity)),
        ),
        (
            "a good trade before a bad one",
            trades(2, &[trade("BTC-USD", 1, "BUY", "1"), trade("BTC-USD", 2, "BUY", "x")]),
            Refused(Unreadable(Field::Price)),
        ),
        ("a ticker without product", ticker("{}"), Refused(Missing(Field::Symbol))),
        ("a ticker without rows", frame("ticker", 2, "{}"), Refused(Missing(Field::Symbol))),
        ("a ticker", ticker(r#"{"type":"ticker","product_id":"BTC-USD","best_bid":""}"#), NoEffect),
        ("a candle without product", candle("{}"), Refused(Missing(Field::Symbol))),
        ("a candle", candle(r#"{"start":"1","product_id":"BTC-USD"}"#), NoEffect),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
