//! The rules that no capture shows: rare frames, rare orders of events.

use crate::book::Books;
use crate::hostile::{DEPTH, QUOTE, SNAPSHOT, TRADE, URL, instruments, synced};
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::counts::{Counts, EventKind};
use feeds::session::Session;

const ID: InstrumentId = InstrumentId(0);

/// The only event that the frame leads to, and what was counted.
fn told(frame: &str) -> (Vec<MarketChange>, Counts) {
    let (mut session, mut books) = synced();
    session.on_frame(0, frame.as_bytes(), Nanos(2), &mut books);
    assert_eq!(session.counts().errors, 0, "{frame}");
    (books.events.iter().map(|event| event.change).collect(), *session.counts())
}

/// A delta with these ids and levels.
fn delta(first: u64, last: u64, previous: u64, bids: &str) -> String {
    let ids = format!(r#""U":{first},"u":{last},"pu":{previous}"#);
    let empty = DEPTH.replace(r#"["61838.00","0.000"]"#, "").replace(r#""U":101,"u":110,"pu":100"#, &ids);
    empty.replace(r#"["61837.60","0.100"],["61837.50","12.345"]"#, bids)
}

fn snapshot(last: u64) -> String {
    SNAPSHOT.replace(":100,", &format!(":{last},"))
}

#[test]
fn a_liquidation_closes_the_other_side() {
    let order = r#"{"e":"forceOrder","E":1,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910.0",
        "ap":"9910","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893,"ps":"BTCUSDT","st":"NEW"}}"#;
    let closed = |closed| MarketChange::Liquidation { px: Ticks(99_100), qty: Lots(14), closed };
    assert_eq!(told(order).0, [closed(Side::Buy)]);
    assert_eq!(told(&order.replace("SELL", "BUY")).0, [closed(Side::Sell)]);
    assert_eq!(told(order).1.event(EventKind::Liquidation), 1);
    let (events, counts) = told(r#"{"e":"forceOrder","o":{"s":"BTCUSDT"}}"#);
    assert_eq!((events.len(), counts.event(EventKind::Liquidation)), (0, 1), "only the instrument is needed");
}

#[test]
fn of_a_mark_only_what_was_sent_counts() {
    let mark = r#"{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"61837.64","P":"1","i":"","r":"","T":0}"#;
    let (events, counts) = told(mark);
    assert_eq!(events, [MarketChange::Mark { px: Ticks(618_376) }]);
    let kinds = [EventKind::Mark, EventKind::Index, EventKind::Funding];
    assert_eq!(kinds.map(|kind| counts.event(kind)), [1, 0, 0]);
    let (events, _) = told(&mark.replace(r#""r":"""#, r#""r":"-0.00012345678""#));
    assert_eq!(events[1], MarketChange::Funding { rate_e8: -12_346, next_at_ns: Nanos(0), interval_s: 0 });
}

#[test]
fn candles_and_tickers_are_counted_and_not_passed_on() {
    for (kind, event) in
        [("kline", EventKind::Candle), ("24hrTicker", EventKind::Ticker), ("24hrMiniTicker", EventKind::Ticker)]
    {
        let (events, counts) = told(&format!(r#"{{"e":"{kind}","E":1,"s":"BTCUSDT"}}"#));
        assert_eq!((events.len(), counts.event(event)), (0, 1), "{kind}");
    }
}

#[test]
fn rest_answers_are_told_apart_by_path_or_by_members() {
    let count = |url: Option<&str>, body: &str| {
        let (mut session, mut books) = synced();
        session.on_rest(url, body.as_bytes(), Nanos(2), &mut books);
        let c = session.counts();
        let kinds = [EventKind::BookSnapshot, EventKind::Instrument, EventKind::OpenInterest].map(|kind| c.event(kind));
        (kinds, c.unknown, c.errors)
    };
    let interest = r#"{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}"#;
    for (url, body, expected) in [
        (Some("https://a/fapi/v1/openInterest?symbol=BTCUSDT"), "{}", ([1, 0, 1], 0, 0)),
        (Some("https://a/fapi/v1/openInterest"), "{}", ([1, 0, 0], 0, 1)),
        (None, interest, ([1, 0, 1], 0, 0)),
        (Some("https://a/fapi/v1/exchangeInfo"), "[]", ([1, 1, 0], 0, 0)),
        (None, r#"{"serverTime":1,"symbols":[]}"#, ([1, 1, 0], 0, 0)),
        (Some("https://a/fapi/v1/time"), SNAPSHOT, ([1, 0, 0], 1, 0)),
        (Some(URL), r#"{"code":-1121,"msg":"Invalid symbol."}"#, ([1, 0, 0], 0, 1)),
        (Some(URL), "<html>", ([1, 0, 0], 0, 1)),
        (None, SNAPSHOT, ([2, 0, 0], 0, 0)),
    ] {
        assert_eq!(count(url, body), expected, "{url:?} {body}");
    }
}

#[test]
fn a_trade_of_nothing_is_counted_and_not_passed_on() {
    for (from, to) in [("61837.60", "0"), ("0.002", "0")] {
        let (events, counts) = told(&TRADE.replace(from, to));
        assert_eq!((events.len(), counts.event(EventKind::Trade)), (0, 1), "{from}");
    }
    assert_eq!(told(TRADE).0.len(), 1);
}

#[test]
fn a_quote_without_a_side_is_counted_and_not_passed_on() {
    for (from, to) in [("61837.60", ""), (r#","A":"6.887""#, "")] {
        let (events, counts) = told(&QUOTE.replace(from, to));
        assert_eq!((events.len(), counts.event(EventKind::Quote)), (0, 1), "{from}");
    }
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    let quote = MarketChange::Quote { bid: level(618_376, 3_868), ask: level(618_377, 6_887) };
    assert_eq!(told(QUOTE).0, [quote]);
}

#[test]
fn a_snapshot_on_a_book_in_sync_replaces_it_unless_it_is_older() {
    let (mut session, mut books) = synced();
    session.on_frame(0, DEPTH.as_bytes(), Nanos(2), &mut books);
    let built = books.clone();
    session.on_rest(Some(URL), snapshot(109).as_bytes(), Nanos(3), &mut books);
    assert_eq!((session.book(ID).update_id(), &books), (Some(110), &built), "older");
    session.on_rest(Some(URL), snapshot(110).as_bytes(), Nanos(4), &mut books);
    assert_eq!((session.book(ID).update_id(), books.of(ID).bids.len()), (Some(110), 1), "as old: replaces");
    assert_eq!((session.counts().resyncs, session.counts().event(EventKind::BookSnapshot)), (0, 3));
}

#[test]
fn what_is_kept_is_applied_up_to_the_loss_and_the_rest_stays_kept() {
    let (mut session, mut books) = synced();
    let at = Nanos(2);
    // A hole before 201; then one that crosses, one behind it, and another hole.
    for frame in [
        delta(201, 210, 200, r#"["61837.00","1.000"]"#),
        delta(211, 220, 210, r#"["61900.00","1.000"]"#),
        delta(221, 230, 220, r#"["61836.00","3.000"]"#),
        delta(241, 250, 240, r#"["61835.00","4.000"]"#),
    ] {
        session.on_frame(0, frame.as_bytes(), at, &mut books);
    }
    assert_eq!((session.counts().gaps, session.counts().crossed), (1, 0));
    session.on_rest(Some(URL), snapshot(199).as_bytes(), at, &mut books);
    assert_eq!(session.book(ID).state, BookState::Lost, "too old for what is kept");
    session.on_rest(Some(URL), snapshot(205).as_bytes(), at, &mut books);
    assert_eq!((session.counts().crossed, session.counts().resyncs), (1, 1));
    assert_eq!((session.book(ID).state, books.of(ID).bids.len()), (BookState::Lost, 0));
    // The one that crossed is gone; the one behind it is still there, and so is the hole behind that.
    session.on_rest(Some(URL), snapshot(225).as_bytes(), at, &mut books);
    assert_eq!((session.counts().gaps, session.counts().resyncs), (2, 2));
    session.on_rest(Some(URL), snapshot(245).as_bytes(), at, &mut books);
    assert_eq!((session.book(ID).update_id(), session.counts().resyncs), (Some(250), 3));
    assert_eq!(books.of(ID).bids.keys().copied().collect::<Vec<_>>(), [Ticks(618_350), Ticks(618_375)]);
}

#[test]
fn a_crossed_snapshot_is_a_loss() {
    let instruments = instruments();
    let mut session = Session::new(VenueId::BinanceUsdm, &instruments, 0);
    let mut books = Books::new(&instruments);
    session.on_rest(Some(URL), SNAPSHOT.replace("61838.00", "61837.50").as_bytes(), Nanos(1), &mut books);
    assert_eq!((session.book(ID).state, session.counts().crossed, session.counts().resyncs), (BookState::Lost, 1, 0));
    session.on_rest(Some(URL), SNAPSHOT.as_bytes(), Nanos(2), &mut books);
    assert_eq!((session.book(ID).state, session.counts().resyncs), (BookState::Synced, 1));
}

#[test]
fn a_snapshot_without_a_name_waits_for_the_first_delta_and_stands_before_it() {
    let instruments = instruments();
    let mut session = Session::new(VenueId::BinanceUsdm, &instruments, 0);
    let mut books = Books::new(&instruments);
    session.on_rest(None, SNAPSHOT.as_bytes(), Nanos(1), &mut books);
    assert_eq!((session.book(ID).state, session.counts().event(EventKind::BookSnapshot)), (BookState::Waiting, 1));
    session.on_frame(0, DEPTH.as_bytes(), Nanos(2), &mut books);
    assert_eq!((session.book(ID).update_id(), books.of(ID).bids.len()), (Some(110), 2));
    session.on_rest(None, snapshot(120).as_bytes(), Nanos(3), &mut books);
    assert_eq!(session.book(ID).update_id(), Some(120), "and is known from then on");
    assert_eq!(session.counts().messages, 3);
}

#[test]
fn an_empty_snapshot_is_in_sync() {
    let (mut session, mut books) = synced();
    let empty = r#"{"lastUpdateId":300,"bids":[],"asks":[]}"#;
    session.on_rest(Some(URL), empty.as_bytes(), Nanos(2), &mut books);
    assert_eq!((session.book(ID).update_id(), books.of(ID).bids.len(), books.of(ID).asks.len()), (Some(300), 0, 0));
}
