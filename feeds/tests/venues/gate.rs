//! Gate, spot and perpetuals.

use crate::desk::{Desk, Outcome, check};
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::error::{Field, FrameError};

const SPOT_URL: &str = "https://api.gateio.ws/api/v4/spot/order_book?currency_pair=BTC_USDT&limit=100&with_id=true";
const SPOT_BOOK: &str =
    r#"{"id":10,"current":5,"update":4,"asks":[["100.5","3"]],"bids":[["100.0","1.5"],["99.5","2"]]}"#;
const FUTURES_URL: &str = "https://fx-api.gateio.ws/api/v4/futures/usdt/order_book?contract=BTC_USDT&with_id=true";
const FUTURES_BOOK: &str =
    r#"{"id":10,"current":5.1,"update":4.25,"asks":[{"s":3,"p":"100.5"}],"bids":[{"s":15,"p":"100"}]}"#;

fn spot() -> Desk {
    let mut desk = Desk::new(VenueId::GateSpot, &[("BTC_USDT", 1, 3), ("NEO_BTC", 7, 4)]);
    desk.rest(SPOT_URL, SPOT_BOOK);
    desk
}

fn futures() -> Desk {
    let mut desk = Desk::new(VenueId::GateFutures, &[("BTC_USDT", 1, 0), ("ETH_USDT", 2, 1)]);
    desk.rest(FUTURES_URL, FUTURES_BOOK);
    desk
}

fn update(channel: &str, result: &str) -> String {
    format!(r#"{{"time":7,"time_ms":7001,"channel":"{channel}","event":"update","result":{result}}}"#)
}

fn spot_delta(numbers: &str, bids: &str, asks: &str) -> String {
    let result = format!(r#"{{"t":5,"e":"depthUpdate","E":1,"s":"BTC_USDT",{numbers},"b":{bids},"a":{asks}}}"#);
    update("spot.order_book_update", &result)
}

fn futures_delta(numbers: &str, bids: &str, asks: &str) -> String {
    let result = format!(r#"{{{numbers},"a":{asks},"b":{bids},"s":"BTC_USDT","t":5}}"#);
    update("futures.order_book_update", &result)
}

#[test]
fn a_contract_is_sold_where_its_size_is_below_zero() {
    let rows = r#"[{"size":-108,"id":27753479,"create_time":1545136464,"create_time_ms":1545136464123,"price":"96.4","contract":"BTC_USDT"},
        {"size":"2.5","id":27753480,"create_time":1545136464,"price":"96.25","contract":"ETH_USDT"}]"#;
    let mut desk = futures().after(&[&update("futures.trades", rows)]);
    let sold = MarketChange::Trade { px: Ticks(964), qty: Lots(108), aggressor: Side::Sell, trade_id: 27_753_479 };
    let bought = MarketChange::Trade { px: Ticks(9_625), qty: Lots(25), aggressor: Side::Buy, trade_id: 27_753_480 };
    assert_eq!(desk.take_events(), [(0, sold), (1, bought)]);
    let stats = desk.session.trade_stats(InstrumentId(0));
    assert_eq!((stats.trades, stats.buy_lots, stats.sell_lots), (1, 0, 108));
}

#[test]
fn a_spot_trade_names_the_takers_side() {
    let row = r#"{"id":816995970,"create_time":1619093546,"create_time_ms":"1619093546958.116","side":"sell","currency_pair":"NEO_BTC","amount":"0.5000000000","price":"0.0018735000"}"#;
    let mut desk = spot().after(&[&update("spot.trades", row)]);
    let sold =
        MarketChange::Trade { px: Ticks(18_735), qty: Lots(5_000), aggressor: Side::Sell, trade_id: 816_995_970 };
    assert_eq!(desk.take_events(), [(1, sold)]);
}

#[test]
fn one_spelling_is_another_instrument_on_each_market() {
    let quote = |market| update(market, r#"{"t":5,"u":9,"s":"BTC_USDT","b":"99","B":"2","a":"99.5","A":"1"}"#);
    let (own, other) = (quote("spot.book_ticker"), quote("futures.book_ticker"));
    let mut desk = spot().after(&[&own, &other]);
    assert_eq!((desk.take_events().len(), desk.counts().unknown), (1, 1));
    let mut desk = futures().after(&[&other, &own]);
    assert_eq!((desk.take_events().len(), desk.counts().unknown), (1, 1));
}

#[test]
fn a_ticker_tells_mark_index_funding_and_open_interest_of_a_contract() {
    let row = r#"[{"contract":"BTC_USDT","last":"100.3","funding_rate":"-0.00004","mark_price":"100.26","index_price":"100.24","total_size":"754413619","quanto_base_rate":""}]"#;
    let mut desk = futures().after(&[&update("futures.tickers", row)]);
    let expected = [
        MarketChange::Mark { px: Ticks(1_003) },
        MarketChange::Index { px: Ticks(1_002) },
        MarketChange::Funding { rate_e8: -4_000, next_at_ns: Default::default(), interval_s: 0 },
        MarketChange::OpenInterest { qty: Lots(754_413_619) },
    ];
    assert_eq!(desk.take_events(), expected.map(|change| (0, change)));
}

#[test]
fn a_ticker_tells_when_and_how_often_funding_is_paid() {
    let row = r#"[{"contract":"BTC_USDT","funding_rate":"0.000033","funding_interval":14400,"funding_offset":0,"funding_next_apply":1785571200}]"#;
    let mut desk = futures().after(&[&update("futures.tickers", row)]);
    let next_at_ns = Nanos(1_785_571_200_000_000_000);
    assert_eq!(desk.take_events(), [(0, MarketChange::Funding { rate_e8: 3_300, next_at_ns, interval_s: 14_400 })]);
}

#[test]
fn what_is_left_of_an_order_may_be_finer_than_a_lot_and_is_never_nothing() {
    // Lots of a thousandth: 1.5004, 0.0001, 2.9996, and one that is gone.
    let bids = r#"[["100.0","1.5004"],["99.9","0.0001"],["99.8","2.9996"],["99.5","0.0000"]]"#;
    let trade =
        r#"{"id":7,"create_time":1,"side":"buy","currency_pair":"BTC_USDT","amount":"0.0000400000","price":"100.5"}"#;
    let mut desk = spot().after(&[&spot_delta(r#""U":11,"u":12"#, bids, "[]"), &update("spot.trades", trade)]);
    let bids: Vec<_> = desk.books.books[0].bids.iter().map(|(px, qty)| (px.0, qty.0)).collect();
    assert_eq!((desk.state(0), desk.counts().errors), (BookState::Synced, 0));
    assert_eq!(bids, [(998, 3_000), (999, 1), (1_000, 1_500)]);
    let bought = MarketChange::Trade { px: Ticks(1_005), qty: Lots(1), aggressor: Side::Buy, trade_id: 7 };
    assert_eq!(desk.take_events(), [(0, bought)]);
}

#[test]
fn tickers_in_an_array_in_an_array_are_tickers() {
    let row = r#"[[{"contract":"BTC_USDT","mark_price":"100.2"},{"contract":"ETH_USDT"}]]"#;
    let mut desk = futures().after(&[&update("futures.tickers", row)]);
    let counts = desk.counts();
    assert_eq!((counts.events[feeds::counts::EventKind::Ticker as usize], counts.errors), (2, 0));
    assert_eq!(desk.take_events(), [(0, MarketChange::Mark { px: Ticks(1_002) })]);
}

/// The venue's documentation speaks of the order that liquidates, and of orders it says that a size above zero is a bid, one
/// below zero an ask: so -124 of its example, the first row here, sold what was long.
#[test]
fn a_liquidation_names_the_position_that_was_closed() {
    let rows = r#"[{"price":"215.1","size":-124,"time":1541486601,"time_ms":1541486601123,"contract":"BTC_USDT"},{"price":"21.25","size":"1.5","time":1,"contract":"ETH_USDT"}]"#;
    let mut desk = futures().after(&[&update("futures.public_liquidates", rows)]);
    let long = MarketChange::Liquidation { px: Ticks(2_151), qty: Lots(124), closed: Side::Buy };
    let short = MarketChange::Liquidation { px: Ticks(2_125), qty: Lots(15), closed: Side::Sell };
    assert_eq!(desk.take_events(), [(0, long), (1, short)]);
}

#[test]
fn statistics_tell_the_open_interest() {
    let row = r#"{"time":1603865400,"contract":"BTC_USDT","mark_price":865,"open_interest":124724,"lsr_taker":0}"#;
    let mut desk = futures().after(&[&update("futures.contract_stats", row)]);
    assert_eq!(desk.take_events(), [(0, MarketChange::OpenInterest { qty: Lots(124_724) })]);
}

#[test]
fn candles_of_one_contract_count_once_a_frame() {
    let rows =
        r#"[{"n":"5m_BTC_USDT"},{"n":"1m_BTC_USDT"},{"n":"1m_ETH_USDT"},{"n":"1m_XRP_USDT"},{"n":"1m_XRP_USDT"}]"#;
    let desk = futures().after(&[&update("futures.candlesticks", rows)]);
    let counts = desk.counts();
    assert_eq!((counts.events[feeds::counts::EventKind::Candle as usize], counts.foreign), (3, 1));
}

#[test]
fn a_whole_book_in_the_stream_replaces_whatever_there_was() {
    let whole = spot_delta(r#""full":true,"u":5"#, r#"[["90","1"]]"#, r#"[["91","1"],["92","1"]]"#);
    let next = spot_delta(r#""U":6,"u":6"#, "[]", r#"[["91","0"]]"#);
    // Behind a synced book with a higher number, and behind a gap whose cause was kept.
    let gap = spot_delta(r#""U":20,"u":21"#, r#"[["1","1"]]"#, "[]");
    for (frames, resyncs) in [(vec![&whole, &next], 0), (vec![&gap, &whole, &next], 1)] {
        let frames: Vec<_> = frames.into_iter().map(String::as_str).collect();
        let desk = spot().after(&frames);
        let asks: Vec<_> = desk.books.books[0].asks.iter().map(|(px, qty)| (px.0, qty.0)).collect();
        assert_eq!((desk.state(0), desk.counts().resyncs, asks), (BookState::Synced, resyncs, vec![(920, 1_000)]));
    }
}

#[test]
fn each_bad_spot_frame_has_its_outcome() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, Unreadable};
    use Outcome::{Control, Lost, NoEffect, Refused, Unknown};
    let delta = |bids: &str| spot_delta(r#""U":11,"u":12"#, bids, "[]");
    let book = |result: &str| update("spot.order_book_update", result);
    let trade = |row: &str| update("spot.trades", row);
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("no text", String::new(), Refused(NotJson)),
        ("half a frame", delta("[]")[..90].to_owned(), Refused(NotJson)),
        ("an empty object", "{}".to_owned(), Unknown),
        ("a number alone", "1".to_owned(), Unknown),
        ("an unknown channel", update("spot.weather", "{}"), Unknown),
        (
            "the channel of a stream of whole books",
            update("spot.obu", r#"{"full":true,"s":"ob.BTC_USDT.400"}"#),
            Unknown,
        ),
        ("a channel of another market", update("options.trades", "[]"), Unknown),
        ("liquidations on spot", update("spot.public_liquidates", "[]"), Unknown),
        ("a bare ping", "ping".to_owned(), Control),
        ("a pong", r#"{"time":1,"channel":"spot.pong","event":"","result":null}"#.to_owned(), Control),
        (
            "a refused subscription",
            r#"{"time":1,"channel":"spot.trades","event":"subscribe","error":{"code":2},"result":null}"#.to_owned(),
            Control,
        ),
        (
            "a book without result",
            r#"{"channel":"spot.order_book_update"}"#.to_owned(),
            Refused(Missing(Field::Levels)),
        ),
        ("a book without symbol", book(r#"{"U":11,"u":11,"b":[],"a":[]}"#), Refused(Missing(Field::Symbol))),
        (
            "a symbol that is a number",
            book(r#"{"s":1,"U":11,"u":11,"b":[],"a":[]}"#),
            Refused(Unreadable(Field::Symbol)),
        ),
        ("a book without first", spot_delta(r#""u":11"#, "[]", "[]"), Refused(Missing(Field::Sequence))),
        ("a book without last", spot_delta(r#""U":11"#, "[]", "[]"), Refused(Missing(Field::Sequence))),
        ("a negative number", spot_delta(r#""U":-1,"u":11"#, "[]", "[]"), Refused(Unreadable(Field::Sequence))),
        ("a whole book without last", spot_delta(r#""full":true"#, "[]", "[]"), Refused(Missing(Field::Sequence))),
        ("a book without bids", book(r#"{"s":"BTC_USDT","U":11,"u":11,"a":[]}"#), Refused(Missing(Field::Levels))),
        ("bids that are null", delta("null"), Refused(Unreadable(Field::Levels))),
        ("a level without price", delta("[[]]"), Refused(Missing(Field::Price))),
        ("a level without quantity", delta(r#"[["100"]]"#), Refused(Missing(Field::Quantity))),
        ("a level that is a text", delta(r#"["100"]"#), Refused(Missing(Field::Price))),
        ("a price of words", delta(r#"[["cheap","1"]]"#), Refused(Unreadable(Field::Price))),
        ("a price between two ticks", delta(r#"[["100.05","1"]]"#), Refused(OffGrid(Field::Price))),
        ("a price beyond 64 bits", delta(r#"[["99999999999999999999","1"]]"#), Refused(OutOfRange(Field::Price))),
        ("a negative quantity", delta(r#"[["100","-1"]]"#), Refused(Unreadable(Field::Quantity))),
        ("a good level before a bad one", delta(r#"[["100","9"],["x","1"]]"#), Refused(Unreadable(Field::Price))),
        ("an old delta", spot_delta(r#""U":9,"u":10"#, r#"[["1","1"]]"#, "[]"), NoEffect),
        ("an empty delta", delta("[]"), NoEffect),
        ("a delta that deletes what is not there", delta(r#"[["1","0"]]"#), NoEffect),
        ("a foreign instrument", delta("[]").replace("BTC_USDT", "DOGE_USDT"), NoEffect),
        ("a gap", spot_delta(r#""U":12,"u":12"#, "[]", "[]"), Lost),
        ("a crossed book", delta(r#"[["101","1"]]"#), Lost),
        ("trades without result", r#"{"channel":"spot.trades"}"#.to_owned(), Refused(Missing(Field::Price))),
        (
            "a trade without side",
            trade(r#"{"currency_pair":"BTC_USDT","amount":"1","price":"1"}"#),
            Refused(Missing(Field::Side)),
        ),
        (
            "a trade of an unknown side",
            trade(r#"{"currency_pair":"BTC_USDT","side":"hold","amount":"1","price":"1"}"#),
            Refused(Unreadable(Field::Side)),
        ),
        (
            "a trade without quantity",
            trade(r#"{"currency_pair":"BTC_USDT","side":"buy","price":"1"}"#),
            Refused(Missing(Field::Quantity)),
        ),
        (
            "a trade without symbol",
            trade(r#"{"side":"buy","amount":"1","price":"1"}"#),
            Refused(Missing(Field::Symbol)),
        ),
        ("a ticker without symbol", update("spot.tickers", "{}"), Refused(Missing(Field::Symbol))),
        ("a ticker", update("spot.tickers", r#"{"currency_pair":"BTC_USDT","mark_price":"x"}"#), NoEffect),
        ("a quote without symbol", update("spot.book_ticker", r#"{"b":"1"}"#), Refused(Missing(Field::Symbol))),
        ("half a quote", update("spot.book_ticker", r#"{"s":"BTC_USDT","b":"1","B":"1","a":"","A":""}"#), NoEffect),
        ("a candle without name", update("spot.candlesticks", "{}"), Refused(Missing(Field::Symbol))),
        ("a candle without symbol", update("spot.candlesticks", r#"{"n":"1m"}"#), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(spot, &cases);
}

#[test]
fn each_bad_futures_frame_has_its_outcome() {
    use FrameError::{Missing, Unreadable};
    use Outcome::{Lost, NoEffect, Refused};
    let delta = |bids: &str| futures_delta(r#""U":11,"u":12"#, bids, "[]");
    let trade = |row: &str| update("futures.trades", &format!("[{row}]"));
    let liquidation = |row: &str| update("futures.public_liquidates", &format!("[{row}]"));
    let cases: Vec<(&str, String, Outcome)> = vec![
        ("a level without price", delta(r#"[{"s":1}]"#), Refused(Missing(Field::Price))),
        ("a level without quantity", delta(r#"[{"p":"100"}]"#), Refused(Missing(Field::Quantity))),
        ("a size of words", delta(r#"[{"p":"100","s":"many"}]"#), Refused(Unreadable(Field::Quantity))),
        ("less than no contract", delta(r#"[{"p":"100","s":"-0.2"}]"#), Refused(Unreadable(Field::Quantity))),
        ("a size below zero", delta(r#"[{"p":"100","s":-5}]"#), Refused(Unreadable(Field::Quantity))),
        ("a delta that deletes what is not there", delta(r#"[{"p":"1","s":0}]"#), NoEffect),
        ("an old delta", futures_delta(r#""U":9,"u":10"#, r#"[{"p":"1","s":1}]"#, "[]"), NoEffect),
        ("a gap", futures_delta(r#""U":12,"u":12"#, "[]", "[]"), Lost),
        ("a crossed book", delta(r#"[{"p":"100.5","s":1}]"#), Lost),
        ("a trade without size", trade(r#"{"contract":"BTC_USDT","price":"1"}"#), Refused(Missing(Field::Quantity))),
        (
            "a size with two signs",
            trade(r#"{"contract":"BTC_USDT","size":"--1","price":"1"}"#),
            Refused(Unreadable(Field::Quantity)),
        ),
        (
            "a size that is a sign",
            trade(r#"{"contract":"BTC_USDT","size":"-","price":"1"}"#),
            Refused(Unreadable(Field::Quantity)),
        ),
        (
            "a size that is true",
            trade(r#"{"contract":"BTC_USDT","size":true,"price":"1"}"#),
            Refused(Unreadable(Field::Quantity)),
        ),
        ("a trade without contract", trade(r#"{"size":1,"price":"1"}"#), Refused(Missing(Field::Symbol))),
        (
            "a ticker with a bad rate",
            update("futures.tickers", r#"[{"contract":"BTC_USDT","funding_rate":"x"}]"#),
            Refused(Unreadable(Field::Rate)),
        ),
        ("a liquidation without price", liquidation(r#"{"contract":"BTC_USDT","size":1}"#), NoEffect),
        ("a liquidation without contract", liquidation(r#"{"size":1}"#), Refused(Missing(Field::Symbol))),
        (
            "a liquidation at a bad price",
            liquidation(r#"{"contract":"BTC_USDT","price":"x","size":1}"#),
            Refused(Unreadable(Field::Price)),
        ),
        ("statistics without contract", update("futures.contract_stats", "{}"), Refused(Missing(Field::Symbol))),
    ];
    let cases: Vec<_> = cases.iter().map(|(name, frame, outcome)| (*name, frame.as_str(), *outcome)).collect();
    check(futures, &cases);
}

#[test]
fn answers_without_effect_are_refused_or_unknown() {
    for (url, body, errors, unknown) in [
        (SPOT_URL, r#"{"asks":[],"bids":[]}"#, 1, 0),
        (SPOT_URL, r#"{"id":11,"asks":[]}"#, 1, 0),
        (SPOT_URL, r#"{"id":11,"asks":[["x","1"]],"bids":[]}"#, 1, 0),
        (SPOT_URL, "<html>", 1, 0),
        ("https://a/spot/candlesticks?currency_pair=BTC_USDT", "[]", 0, 1),
    ] {
        let mut desk = spot();
        let before = desk.books.clone();
        desk.rest(url, body);
        assert_eq!((desk.counts().errors, desk.counts().unknown), (errors, unknown), "{url} {body}");
        assert_eq!(desk.books, before, "{url} {body}");
    }
}
