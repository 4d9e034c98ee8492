//! Deribit.

use crate::desk::{Desk, Outcome, check};
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

const SNAPSHOT: &str = r#"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":{"type":"snapshot","timestamp":5,"instrument_name":"BTC-PERPETUAL","change_id":10,"bids":[["new",100.0,150.0],["new",99.5,20.0]],"asks":[["new",100.5,30.0]]}}}"#;

fn desk() -> Desk {
    let rows = [("BTC-PERPETUAL", 1, 0), ("ETH-24SEP21-320-P", 4, 0), ("BTC_USDC-PERPETUAL", 1, 3)];
    Desk::new(VenueId::Deribit, &rows).after(&[SNAPSHOT])
}

/// What a subscription brings.
fn pushed(channel: &str, data: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}","data":{data}}}}}"#)
}

fn book(inside: &str) -> String {
    pushed("book.BTC-PERPETUAL.raw", &format!("{{{inside}}}"))
}

/// The change behind [`SNAPSHOT`].
fn change(bids: &str) -> String {
    book(&format!(
        r#""type":"change","timestamp":6,"prev_change_id":10,"instrument_name":"BTC-PERPETUAL","change_id":14,"bids":{bids},"asks":[]"#
    ))
}

#[test]
fn rows_say_what_is_done_and_a_deleted_one_is_gone_whatever_its_amount() {
    let mut desk = desk();
    desk.frame(change(r#"[["delete",100.0,7.0],["change",99.5,25],["new",9e1,1.5e1]]"#).as_bytes());
    let bids: Vec<_> = desk.books.books[0].bids.iter().map(|(px, qty)| (*px, *qty)).collect();
    assert_eq!(desk.state(0), BookState::Synced);
    assert_eq!(bids, [(Ticks(900), Lots(15)), (Ticks(995), Lots(25))]);
    assert_eq!(desk.session.book(engine_model::instrument::InstrumentId(0)).update_id(), Some(14));
}

#[test]
fn a_book_without_type_is_whole() {
    let mut desk = desk();
    let rows =
        r#""timestamp":6,"instrument_name":"BTC-PERPETUAL","change_id":99,"bids":[[90.0,1.0]],"asks":[[91.0,1.0]]"#;
    desk.frame(pushed("book.BTC-PERPETUAL.none.20.100ms", &format!("{{{rows}}}")).as_bytes());
    assert_eq!((desk.counts().gaps, desk.books.books[0].bids.len(), desk.state(0)), (0, 1, BookState::Synced));
}

#[test]
fn after_a_restart_the_numbers_may_be_lower() {
    let mut desk = desk();
    let restarted = book(
        r#""type":"change","prev_change_id":10,"instrument_name":"BTC-PERPETUAL","change_id":3,"bids":[],"asks":[]"#,
    );
    desk.frame(restarted.as_bytes());
    assert_eq!((desk.counts().gaps, desk.state(0)), (0, BookState::Synced));
}

#[test]
fn a_trade_tells_the_taker_and_whose_position_was_closed() {
    let rows = [
        r#"{"trade_seq":1,"trade_id":"137486952","timestamp":8,"price":100.5,"instrument_name":"BTC-PERPETUAL","direction":"buy","amount":60.0}"#,
        r#"{"trade_id":"ETH-284830839","timestamp":8,"price":100.0,"liquidation":"T","instrument_name":"BTC-PERPETUAL","direction":"sell","amount":10}"#,
        r#"{"trade_id":"3","timestamp":8,"price":100.0,"liquidation":"M","instrument_name":"BTC-PERPETUAL","direction":"sell","amount":10}"#,
        r#"{"trade_id":"4","timestamp":8,"price":100.0,"liquidation":"MT","instrument_name":"BTC-PERPETUAL","direction":"buy","amount":10}"#,
        r#"{"trade_id":"5","timestamp":8,"price":100.0,"liquidation":"new word","instrument_name":"BTC-PERPETUAL","direction":"buy","amount":10}"#,
    ];
    let mut desk = desk();
    desk.frame(pushed("trades.BTC-PERPETUAL.raw", &format!("[{}]", rows.join(","))).as_bytes());
    let (px, qty) = (Ticks(1_000), Lots(10));
    let trade = |aggressor, trade_id| MarketChange::Trade { px, qty, aggressor, trade_id };
    let liquidation = |closed| MarketChange::Liquidation { px, qty, closed };
    let expected = [
        MarketChange::Trade { px: Ticks(1_005), qty: Lots(60), aggressor: Side::Buy, trade_id: 137_486_952 },
        trade(Side::Sell, 284_830_839),
        liquidation(Side::Buy),
        trade(Side::Sell, 3),
        liquidation(Side::Sell),
        trade(Side::Buy, 4),
        liquidation(Side::Sell),
        trade(Side::Buy, 5),
    ];
    assert_eq!(desk.take_events(), expected.map(|change| (0, change)));
    assert_eq!(desk.counts().events[feeds::counts::EventKind::Liquidation as usize], 4);
}

#[test]
fn a_ticker_tells_what_it_has() {
    let ticker = pushed(
        "ticker.BTC-PERPETUAL.100ms",
        r#"{"timestamp":8,"open_interest":559791310,"mark_price":100.26,"instrument_name":"BTC-PERPETUAL","index_price":100.24,"funding_8h":0.00002085,"current_funding":-1.5e-6,"best_bid_price":100.0}"#,
    );
    let option = pushed(
        "ticker.ETH-24SEP21-320-P.raw",
        r#"{"timestamp":8,"open_interest":null,"mark_price":0.084155,"instrument_name":"ETH-24SEP21-320-P","estimated_delivery_price":"expired"}"#,
    );
    let mut desk = desk().after(&[&ticker, &option]);
    let expected = [
        (0, MarketChange::Mark { px: Ticks(1_003) }),
        (0, MarketChange::Index { px: Ticks(1_002) }),
        (0, MarketChange::Funding { rate_e8: -150, next_at_ns: Nanos(0), interval_s: 28_800 }),
        (0, MarketChange::OpenInterest { qty: Lots(559_791_310) }),
        (1, MarketChange::Mark { px: Ticks(842) }),
    ];
    assert_eq!(desk.take_events(), expected);
}

#[test]
fn a_quote_is_passed_on_if_it_has_both_sides() {
    let quote = |ask: &str| {
        let bid = r#""best_bid_price":99.5,"best_bid_amount":2.25"#;
        pushed(
            "quote.BTC_USDC-PERPETUAL",
            &format!(r#"{{"timestamp":8,"instrument_name":"BTC_USDC-PERPETUAL",{bid},{ask}}}"#),
        )
    };
    let mut desk = desk();
    desk.frame(quote(r#""best_ask_price":100.5,"best_ask_amount":0.004"#).as_bytes());
    desk.frame(quote(r#""best_ask_price":null,"best_ask_amount":0.0"#).as_bytes());
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    assert_eq!(desk.take_events(), [(2, MarketChange::Quote { bid: level(995, 2_250), ask: level(1_005, 4) })]);
    assert_eq!(desk.counts().events[feeds::counts::EventKind::Quote as usize], 2);
}

#[test]
fn each_bad_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, TooDeep, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let trade = |row: &str| pushed("trades.BTC-PERPETUAL.raw", &format!("[{row}]"));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", SNAPSHOT[..80].to_owned(), Refused(NotJson)),
        ("too deep", deep, Refused(TooDeep)),
        ("a number alone", "1".to_owned(), Unknown),
        ("an empty object", "{}".to_owned(), Unknown),
        ("an unknown channel", pushed("weather.BTC", "{}"), Unknown),
        ("a channel of another kind", pushed("user.portfolio.any", "{}"), Unknown),
        (
            "a channel that is no text",
            r#"{"method":"subscription","params":{"channel":5,"data":{}}}"#.to_owned(),
            Unknown,
        ),
        ("nothing pushed", r#"{"method":"subscription"}"#.to_owned(), Unknown),
        ("a result of nobody", r#"{"jsonrpc":"2.0","result":[]}"#.to_owned(), Unknown),
        ("an answer", r#"{"jsonrpc":"2.0","id":0,"result":["x"],"usIn":1}"#.to_owned(), Control),
        ("an answer of no", r#"{"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"x"}}"#.to_owned(), Control),
        (
            "a heartbeat",
            r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#.to_owned(),
            Control,
        ),
        ("a bare pong", "pong".to_owned(), Control),
        (
            "a book without data",
            r#"{"method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw"}}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        (
            "a book without symbol",
            book(r#""type":"change","change_id":14,"bids":[],"asks":[]"#),
            Refused(Missing(Field::Symbol)),
        ),
        (
            "a book of another type",
            book(r#""type":"x","instrument_name":"BTC-PERPETUAL","change_id":14,"bids":[],"asks":[]"#),
            Refused(Unreadable(Field::Action)),
        ),
        (
            "a book without number",
            book(r#""type":"change","instrument_name":"BTC-PERPETUAL","bids":[],"asks":[]"#),
            Refused(Missing(Field::Sequence)),
        ),
        (
            "a number with a point",
            book(r#""type":"change","instrument_name":"BTC-PERPETUAL","change_id":1.5,"bids":[],"asks":[]"#),
            Refused(Unreadable(Field::Sequence)),
        ),
        (
            "a previous number of words",
            book(
                r#""type":"change","instrument_name":"BTC-PERPETUAL","change_id":14,"prev_change_id":"x","bids":[],"asks":[]"#,
            ),
            Refused(Unreadable(Field::Sequence)),
        ),
        (
            "a book without asks",
            book(r#""type":"change","instrument_name":"BTC-PERPETUAL","change_id":14,"bids":[]"#),
            Refused(Missing(Field::Levels)),
        ),
        ("bids that are an object", change("{}"), Refused(Unreadable(Field::Levels))),
        ("a level of nothing", change("[[]]"), Refused(Missing(Field::Price))),
        ("a level without price", change(r#"[["new"]]"#), Refused(Missing(Field::Price))),
        ("a level without amount", change(r#"[["new",100.0]]"#), Refused(Missing(Field::Quantity))),
        ("a level of an unknown action", change(r#"[["move",100.0,1.0]]"#), Refused(Unreadable(Field::Action))),
        ("a changed level without action", change("[[100.0,1.0]]"), Refused(Unreadable(Field::Action))),
        ("a price of words", change(r#"[["new","cheap",1.0]]"#), Refused(Unreadable(Field::Price))),
        ("a negative price", change(r#"[["new",-100.0,1.0]]"#), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", change(r#"[["new",100.05,1.0]]"#), Refused(OffGrid(Field::Price))),
        ("a price beyond 64 bits", change(r#"[["new",1e30,1.0]]"#), Refused(OutOfRange(Field::Price))),
        ("a price beyond any text", change(r#"[["new",1e300,1.0]]"#), Refused(Unreadable(Field::Price))),
        ("a price that is null", change(r#"[["new",null,1.0]]"#), Refused(Unreadable(Field::Price))),
        ("an amount between two lots", change(r#"[["new",100.0,0.5]]"#), Refused(OffGrid(Field::Quantity))),
        ("a deleted amount of words", change(r#"[["delete",100.0,"x"]]"#), Refused(Unreadable(Field::Quantity))),
        (
            "a good level before a bad one",
            change(r#"[["new",100.0,9.0],["new","x",1.0]]"#),
            Refused(Unreadable(Field::Price)),
        ),
        (
            "a foreign instrument",
            book(
                r#""type":"change","instrument_name":"DOGE","prev_change_id":10,"change_id":14,"bids":[["new",1.0,1.0]],"asks":[]"#,
            ),
            NoEffect,
        ),
        (
            "an old change",
            book(
                r#""type":"change","instrument_name":"BTC-PERPETUAL","prev_change_id":9,"change_id":10,"bids":[["new",1.0,1.0]],"asks":[]"#,
            ),
            NoEffect,
        ),
        ("an empty change", change("[]"), NoEffect),
        ("a change that deletes what is not there", change(r#"[["delete",1.0,0.0]]"#), NoEffect),
        (
            "a gap",
            book(
                r#""type":"change","instrument_name":"BTC-PERPETUAL","prev_change_id":12,"change_id":14,"bids":[],"asks":[]"#,
            ),
            Lost,
        ),
        ("a crossed book", change(r#"[["new",101.0,1.0]]"#), Lost),
        ("trades that are no list", pushed("trades.BTC-PERPETUAL.raw", "{}"), Refused(Missing(Field::Price))),
        (
            "a trade without side",
            trade(r#"{"instrument_name":"BTC-PERPETUAL","amount":1,"price":1}"#),
            Refused(Missing(Field::Side)),
        ),
        (
            "a trade of an unknown side",
            trade(r#"{"instrument_name":"BTC-PERPETUAL","direction":"Buy","amount":1,"price":1}"#),
            Refused(Unreadable(Field::Side)),
        ),
        (
            "a good trade before a bad one",
            trade(
                r#"{"instrument_name":"BTC-PERPETUAL","direction":"buy","amount":1,"price":1},{"instrument_name":"BTC-PERPETUAL","direction":"buy","amount":1}"#,
            ),
            Refused(Missing(Field::Price)),
        ),
        ("no trades", trade(""), NoEffect),
        ("a ticker without symbol", pushed("ticker.BTC-PERPETUAL.raw", "{}"), Refused(Missing(Field::Symbol))),
        (
            "a ticker with a bad rate",
            pushed("ticker.BTC-PERPETUAL.raw", r#"{"instrument_name":"BTC-PERPETUAL","current_funding":"x"}"#),
            Refused(Unreadable(Field::Rate)),
        ),
        ("a quote without symbol", pushed("quote.BTC-PERPETUAL", "{}"), Refused(Missing(Field::Symbol))),
        ("a candle", pushed("chart.trades.BTC-PERPETUAL.1", r#"{"open":1}"#), NoEffect),
        ("a candle without symbol", pushed("chart.trades.", "{}"), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(desk, &cases);
}
