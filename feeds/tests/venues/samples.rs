//! Single frames of all channels, collected from other projects' tests: each is of the kind that its channel says.
//! They stand in no order, so nothing is said here of books.

use crate::book::Books;
use crate::shared::shared;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::capture::Recording;
use feeds::counts::EventKind;
use feeds::metadata;
use feeds::session::Session;
use serde_json::{Value, json};
use std::path::Path;

/// The kind that a channel is counted as, and how often for so many rows.
type Counted = fn(channel: &str, action: Option<&str>, rows: &[Value]) -> Option<(EventKind, usize)>;

/// Every frame of a file that names a channel, against what is counted for it.
fn check(venue: VenueId, file: &str, counted: Counted) {
    let Some(root) = shared() else { return };
    let packed = std::fs::read(root.join("data").join(file)).expect("readable");
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).expect("packed")).expect("text");
    let mut known = 0;
    for line in text.lines() {
        let sample: Value = serde_json::from_str(line).expect("an object a line");
        let raw = sample["raw"].as_str().unwrap_or_default();
        let Ok(frame) = serde_json::from_str::<Value>(raw) else { continue };
        let Some(channel) = frame["arg"]["channel"].as_str().filter(|_| frame["event"].is_null()) else { continue };
        let rows = frame["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let expected = counted(channel, frame["action"].as_str(), rows);
        let line = json!({"ts": 1, "ch": "a", "dir": "in", "raw": raw}).to_string();
        let mut recording = Recording::default();
        recording.append(Path::new("sample"), line.as_bytes()).expect("valid");
        let instruments = metadata::infer(&recording, venue);
        let mut session = Session::new(venue, &instruments, 1 << 14);
        session.on_frame(0, raw.as_bytes(), Nanos(1), &mut Books::new(&instruments));
        let counts = session.counts();
        assert_eq!((counts.errors, counts.foreign), (0, 0), "{raw}");
        assert_eq!(counts.unknown, u64::from(expected.is_none()), "{raw}");
        for kind in EventKind::ALL {
            let count = expected.map_or(0, |(of, count)| if of.name() == kind.name() { count as u64 } else { 0 });
            assert_eq!(counts.event(kind), count, "{}: {raw}", kind.name());
        }
        known += u32::from(expected.is_some());
    }
    assert!(known >= 9, "{known} frames in {file}");
}

fn of_okx(channel: &str, action: Option<&str>, rows: &[Value]) -> Option<(EventKind, usize)> {
    let details = || rows.iter().filter_map(|row| row["details"].as_array()).map(Vec::len).sum();
    Some(match (channel, action) {
        ("books" | "books-l2-tbt" | "books50-l2-tbt", Some("update")) => (EventKind::BookDelta, 1),
        ("books" | "books-l2-tbt" | "books50-l2-tbt" | "books5", _) => (EventKind::BookSnapshot, 1),
        ("trades", _) => (EventKind::Trade, rows.len()),
        ("bbo-tbt", _) => (EventKind::Quote, rows.len()),
        ("tickers", _) => (EventKind::Ticker, rows.len()),
        ("mark-price", _) => (EventKind::Mark, rows.len()),
        ("index-tickers", _) => (EventKind::Index, rows.len()),
        ("funding-rate", _) => (EventKind::Funding, rows.len()),
        ("open-interest", _) => (EventKind::OpenInterest, rows.len()),
        ("liquidation-orders", _) => (EventKind::Liquidation, details()),
        ("instruments", _) => (EventKind::Instrument, 1),
        (candle, _) if candle.starts_with("candle") => (EventKind::Candle, 1),
        _ => return None,
    })
}

fn of_bitget(channel: &str, action: Option<&str>, rows: &[Value]) -> Option<(EventKind, usize)> {
    Some(match (channel, action) {
        ("books", Some("update")) => (EventKind::BookDelta, 1),
        ("books" | "books1" | "books5" | "books15", _) => (EventKind::BookSnapshot, 1),
        ("trade", _) => (EventKind::Trade, rows.len()),
        ("ticker", _) => (EventKind::Ticker, rows.len()),
        (candle, _) if candle.starts_with("candle") => (EventKind::Candle, 1),
        _ => return None,
    })
}

#[test]
fn samples_of_okx_are_what_their_channels_say() {
    check(VenueId::Okx, "okx/samples.jsonl.zst", of_okx);
}

#[test]
fn samples_of_bitget_are_what_their_channels_say() {
    check(VenueId::Bitget, "bitget/samples.jsonl.zst", of_bitget);
    check(VenueId::Bitget, "bitget/samples_v1.jsonl.zst", of_bitget);
}
