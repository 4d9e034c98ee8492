//! Frames that are broken, cut, flipped or absurd: an error is counted, nothing else changes, nothing panics.

use crate::book::Books;
use crate::shared::shared;
use engine_model::instrument::Instruments;
use engine_model::market::BookState;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Recording};
use feeds::counts::{Counts, EventKind};
use feeds::error::{ErrorKind, Field, FrameError};
use feeds::session::Session;
use feeds::{LEVELS_MAX, metadata};
use std::path::Path;

pub(crate) const DEPTH: &str = concat!(
    r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161413709,"T":1723161413700,"s":"BTCUSDT","#,
    r#""U":101,"u":110,"pu":100,"b":[["61837.60","0.100"],["61837.50","12.345"]],"a":[["61838.00","0.000"]]}}"#
);
pub(crate) const TRADE: &str = concat!(
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161413709,"T":1723161413700,"s":"BTCUSDT","#,
    r#""t":3535186032,"p":"61837.60","q":"0.002","X":"MARKET","m":true}}"#
);
pub(crate) const QUOTE: &str = concat!(
    r#"{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":2710246762461,"s":"BTCUSDT","b":"61837.60","#,
    r#""B":"3.868","a":"61837.70","A":"6.887","T":1723161413709,"E":1723161413710}}"#
);
pub(crate) const SNAPSHOT: &str =
    r#"{"lastUpdateId":100,"E":1723161413000,"bids":[["61837.50","1.000"]],"asks":[["61838.00","2.000"]]}"#;
pub(crate) const URL: &str = "https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000";

/// Instruments with one decimal of price and three of quantity.
pub(crate) fn instruments() -> Instruments {
    let mut recording = Recording::default();
    let line = serde_json::json!({"ts": 1, "ch": "a", "dir": "in", "raw": DEPTH}).to_string();
    recording.append(Path::new("test"), line.as_bytes()).expect("valid");
    metadata::infer(&recording, VenueId::BinanceUsdm)
}

/// A session in sync with a book of one level a side.
pub(crate) fn synced() -> (Session, Books) {
    let instruments = instruments();
    let mut session = Session::new(VenueId::BinanceUsdm, &instruments, 0);
    let mut books = Books::new(&instruments);
    session.on_rest(Some(URL), SNAPSHOT.as_bytes(), Nanos(1), &mut books);
    assert_eq!(books.calls, 1);
    (session, books)
}

/// The frame must be refused with this error, and nothing but the counts of errors may change.
fn refused(frame: &[u8], expected: FrameError) {
    let (mut session, mut books) = synced();
    let (before, kept) = (*session.counts(), books.clone());
    session.on_frame(0, frame, Nanos(2), &mut books);
    let text = String::from_utf8_lossy(&frame[..frame.len().min(200)]);
    let refusal = session.take_refusal(Nanos(3)).unwrap_or_else(|| panic!("not refused: {text}"));
    assert_eq!(refusal.error, expected, "{text}");
    assert!(frame.starts_with(refusal.excerpt()));
    let mut errors_by_kind = before.errors_by_kind;
    errors_by_kind[expected.kind() as usize] += 1;
    let (messages, errors) = (before.messages + 1, before.errors + 1);
    assert_eq!(*session.counts(), Counts { messages, errors, errors_by_kind, ..before }, "{text}");
    assert_eq!(books, kept, "{text}");
    assert_eq!(session.book(instruments().iter().next().expect("one").id).update_id(), Some(100), "{text}");
}

#[test]
fn each_kind_of_broken_frame_is_refused_by_its_name() {
    use FrameError::{Missing, NotJson, OffGrid, OutOfRange, TooDeep, TooLarge, Unreadable};
    let long = format!("\"{}\"", "1".repeat(20));
    let rows: &[(&str, &str, &str, FrameError)] = &[
        (DEPTH, r#""U":101,"#, "", Missing(Field::Sequence)),
        (DEPTH, r#""pu":100,"#, "", Missing(Field::Sequence)),
        (DEPTH, r#""pu":100"#, r#""pu":-100"#, Unreadable(Field::Sequence)),
        (DEPTH, r#""u":110"#, r#""u":1e2"#, Unreadable(Field::Sequence)),
        (DEPTH, r#""u":110"#, r#""u":18446744073709551616"#, Unreadable(Field::Sequence)),
        (DEPTH, r#""s":"BTCUSDT","#, "", Missing(Field::Symbol)),
        (DEPTH, r#""s":"BTCUSDT""#, r#""s":7"#, Unreadable(Field::Symbol)),
        (DEPTH, r#","a":[["61838.00","0.000"]]"#, "", Missing(Field::Levels)),
        (DEPTH, r#"[["61838.00","0.000"]]"#, "{}", Unreadable(Field::Levels)),
        (DEPTH, r#"["61838.00","0.000"]"#, r#"["61838.00"]"#, Missing(Field::Quantity)),
        (DEPTH, r#"["61838.00","0.000"]"#, "[]", Missing(Field::Price)),
        (DEPTH, r#"["61838.00","0.000"]"#, "7", Missing(Field::Price)),
        (DEPTH, "61838.00", "61838.01", OffGrid(Field::Price)),
        (DEPTH, "12.345", "12.3456", OffGrid(Field::Quantity)),
        (DEPTH, "12.345", "-2.345", Unreadable(Field::Quantity)),
        (DEPTH, "12.345", "1.2.345", Unreadable(Field::Quantity)),
        (DEPTH, "12.345", "", Unreadable(Field::Quantity)),
        (DEPTH, "12.345", "NaN", Unreadable(Field::Quantity)),
        (DEPTH, "12.345", "1e3", Unreadable(Field::Quantity)),
        (DEPTH, "\"12.345\"", &long, OutOfRange(Field::Quantity)),
        (DEPTH, "\"12.345\"", "true", Unreadable(Field::Quantity)),
        (DEPTH, "]]}}", "]]}", NotJson),
        (DEPTH, "]]}}", "]]}}}", NotJson),
        (DEPTH, "]]}}", "]]}} x", NotJson),
        (DEPTH, "btcusdt", "btc\u{1}usdt", NotJson),
        (DEPTH, "btcusdt", r"btc\xusdt", NotJson),
        (DEPTH, "1723161413709", "01723161413709", NotJson),
        (DEPTH, "btcusdt@depth@0ms\"", "btcusdt@depth@0ms", NotJson),
        (TRADE, r#""E":1723"#, r#""E":0723"#, NotJson),
        (QUOTE, r#""E":1723"#, r#""E":0723"#, NotJson),
        (TRADE, r#","m":true"#, "", Missing(Field::Side)),
        (TRADE, r#""m":true"#, r#""m":"true""#, Unreadable(Field::Side)),
        (TRADE, r#""m":true"#, r#""m":tru"#, NotJson),
        (TRADE, r#""p":"61837.60","#, "", Missing(Field::Price)),
        (TRADE, "61837.60", "0x1f", Unreadable(Field::Price)),
        (QUOTE, "61837.70", "61837.7.", Unreadable(Field::Price)),
        (QUOTE, r#""s":"BTCUSDT","#, "", Missing(Field::Symbol)),
    ];
    for (frame, from, to, error) in rows {
        assert!(frame.contains(from), "{from}");
        refused(frame.replacen(from, to, 1).as_bytes(), *error);
    }
    refused(b"", NotJson);
    refused(b"\xff\xfe", NotJson);
    refused(
        DEPTH.replace("btcusdt", "btc\u{fffd}").replace('\u{fffd}', "\u{fffd}x").as_bytes().split_at(15).0,
        NotJson,
    );
    refused("[".repeat(100_000).as_bytes(), TooDeep);
    refused(format!("{}1{}", "[".repeat(17), "]".repeat(17)).as_bytes(), TooDeep);
    refused(&vec![b' '; (16 << 20) + 1], TooLarge);
}

#[test]
fn more_levels_than_the_scratch_holds_are_refused_whole() {
    let rows = |count: usize| vec![r#"["61837.50","1.000"]"#; count].join(",");
    let frame = |count| DEPTH.replace(r#"["61837.60","0.100"],["61837.50","12.345"]"#, &rows(count));
    refused(frame(LEVELS_MAX + 1).as_bytes(), FrameError::TooManyLevels);
    let (mut session, mut books) = synced();
    session.on_frame(0, frame(LEVELS_MAX).as_bytes(), Nanos(2), &mut books);
    assert_eq!((session.counts().errors, books.calls), (0, 2));
}

#[test]
fn a_frame_cut_at_any_place_is_an_error_and_nothing_else() {
    for frame in [DEPTH, TRADE, QUOTE] {
        for length in 0..frame.len() {
            let (mut session, mut books) = synced();
            let kept = books.clone();
            session.on_frame(0, &frame.as_bytes()[..length], Nanos(2), &mut books);
            assert_eq!((session.counts().errors, session.counts().messages), (1, 2), "{}", &frame[..length]);
            assert_eq!(books, kept, "{}", &frame[..length]);
        }
    }
}

#[test]
fn frames_in_another_form_mean_the_same() {
    let after = |frame: &str| {
        let (mut session, mut books) = synced();
        session.on_frame(0, frame.as_bytes(), Nanos(2), &mut books);
        let refusal = session.take_refusal(Nanos(3));
        assert!(refusal.is_none(), "{frame}: {refusal:?}");
        (*session.counts(), books)
    };
    let bare =
        |frame: &str| frame.split_once("\"data\":").expect("wrapped").1.strip_suffix('}').expect("two").to_owned();
    let reordered = r#"{"e":"depthUpdate","a":[["61838.00","0.000"]],"b":[["61837.60","0.100"],["61837.50","12.345"]],
        "pu":"100","u":110,"U":101,"new":{"x":[1,"]"]},"s":"BTC\u0055SDT","T":1723161413700,"E":1723161413709}"#;
    let forms = [
        bare(DEPTH),
        reordered.to_owned(),
        DEPTH.replace(r#","#, " , ").replace(':', " :\n\t"),
        DEPTH.replace(r#""0.100"]"#, r#""0.100",[]]"#),
        DEPTH.replace(r#""61837.60","0.100""#, r#"61837.6,0.1"#),
        DEPTH.replace("61837.60", "61837.6000000000000000"),
        DEPTH.replace("61837.60", "00061837.6"),
        DEPTH.replace(r#""pu""#, r#""ps":"BTCUSD","pu""#),
        DEPTH.replace(r#""E":1723161413709"#, r#""E":1723161413709000"#),
    ];
    for form in forms {
        assert_eq!(after(&form), after(DEPTH), "{form}");
    }
    // A time of 14 digits, where the window of two times expects 13.
    let longer = TRADE.replace("1723161413700", "17231614137009");
    assert_eq!(after(&longer), after(&format!(" {longer}")));
    assert_eq!(after(&bare(TRADE)), after(TRADE));
    assert_eq!(after(&TRADE.replace(r#""X":"MARKET","#, "")), after(TRADE));
    assert_eq!(after(&bare(QUOTE)), after(QUOTE));
}

#[test]
fn control_unknown_and_foreign_frames_are_told_apart() {
    let count = |frame: &str| {
        let (mut session, mut books) = synced();
        let kept = books.clone();
        session.on_frame(0, frame.as_bytes(), Nanos(2), &mut books);
        assert_eq!(books, kept, "{frame}");
        let c = session.counts();
        (c.control, c.unknown, c.errors, c.foreign)
    };
    for frame in
        ["ping", "pong", r#"{"result":null,"id":1}"#, r#"{"error":{"code":2,"msg":"x"}}"#, r#"{"id":1,"result":{}}"#]
    {
        assert_eq!(count(frame), (1, 0, 0, 0), "{frame}");
    }
    for frame in
        [r#"{"weather":1}"#, "[]", "7", "null", r#"{"e":"new"}"#, r#"{"e":7}"#, r#"{"data":null}"#, r#"{"result":1}"#]
    {
        assert_eq!(count(frame), (0, 1, 0, 0), "{frame}");
    }
    for frame in [DEPTH, TRADE, QUOTE] {
        assert_eq!(count(&frame.replace("BTCUSDT", "ETHUSDT")), (0, 0, 0, 1), "{frame}");
        assert_eq!(count(&frame.replace("BTCUSDT", "ETHUSDT").replace("61837.60", "x")), (0, 0, 1, 0), "{frame}");
    }
}

#[test]
fn flipped_bytes_of_real_frames_never_panic_and_errors_never_change_a_book() {
    let Some(root) = shared() else { return };
    let file = root.join("data/binance_coinm/cf_20210722.ndjson.zst");
    let recording = Recording::read(&[file]).expect("readable");
    let instruments = metadata::infer(&recording, VenueId::BinanceCoinm);
    let mut session = Session::new(VenueId::BinanceCoinm, &instruments, 1 << 20);
    let mut books = Books::new(&instruments);
    let mut random = 7u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for record in recording.iter().filter(|record| matches!(record.direction, Direction::In | Direction::Rest)) {
        let mut bytes = record.payload.to_vec();
        // An infrequent change of a few bytes, so that books come into sync again between losses.
        for _ in 0..next(4) {
            let at = next(bytes.len());
            bytes[at] = if next(2) == 0 { next(256) as u8 } else { b"0123456789.,:\"[]{}-e"[next(20)] };
        }
        let (errors, kept) = (session.counts().errors, books.calls);
        let at = Nanos(record.received_at_ns);
        match record.direction {
            Direction::Rest => session.on_rest(record.url, &bytes, at, &mut books),
            _ => session.on_frame(0, &bytes, at, &mut books),
        }
        if session.counts().errors > errors {
            assert_eq!(books.calls, kept, "{}", String::from_utf8_lossy(&bytes));
        }
        assert!(books.books.iter().all(|book| match (book.bids.keys().next_back(), book.asks.keys().next()) {
            (Some(bid), Some(ask)) => bid < ask,
            _ => true,
        }));
    }
    let counts = session.counts();
    assert!(counts.errors > 1_000 && counts.event(EventKind::BookDelta) > 500, "{counts:?}");
    assert!(counts.error(ErrorKind::NotJson) > 100 && counts.error(ErrorKind::Unreadable) > 10, "{counts:?}");
}

#[test]
fn a_lost_socket_loses_what_was_in_sync_and_forgets_what_was_kept() {
    let (mut session, mut books) = synced();
    let id = instruments().iter().next().expect("one").id;
    session.lose_all(Nanos(5), &mut books);
    assert_eq!((session.book(id).state, session.counts().dropped_books), (BookState::Lost, 1));
    assert_eq!(session.snapshot_wanted().collect::<Vec<_>>(), [id]);
    assert!(books.of(id).bids.is_empty());
    // A delta of the new socket, then a snapshot that it continues.
    session.on_frame(0, DEPTH.as_bytes(), Nanos(6), &mut books);
    session.lose_all(Nanos(7), &mut books);
    session.on_rest(Some(URL), SNAPSHOT.as_bytes(), Nanos(8), &mut books);
    assert_eq!((session.book(id).update_id(), session.counts().resyncs), (Some(100), 1), "nothing was kept");
    assert_eq!(session.counts().dropped_books, 1, "a book that is lost already is not lost again");
    assert_eq!(session.snapshot_wanted().count(), 0);
}

#[test]
fn deltas_that_do_not_fit_are_counted_and_an_older_snapshot_is_then_too_old() {
    let instruments = instruments();
    let id = instruments.iter().next().expect("one").id;
    let mut session = Session::new(VenueId::BinanceUsdm, &instruments, 0);
    let mut books = Books::new(&instruments);
    let delta = |n: u64| {
        let ids = format!(r#""U":{},"u":{},"pu":{}"#, 101 + n, 101 + n, 100 + n);
        DEPTH.replace(r#""U":101,"u":110,"pu":100"#, &ids)
    };
    for n in 0..20 {
        session.on_frame(0, delta(n).as_bytes(), Nanos(n), &mut books);
    }
    assert_eq!(session.counts().keep_overflows, 4);
    session.on_rest(Some(URL), SNAPSHOT.as_bytes(), Nanos(30), &mut books);
    assert_eq!(session.book(id).state, BookState::Waiting);
    session.on_rest(Some(URL), SNAPSHOT.replace("100", "104").as_bytes(), Nanos(31), &mut books);
    assert_eq!(session.book(id).update_id(), Some(120));
}
