//! Every Binance capture, against values made by an independent implementation.

use crate::book::{Books, plain};
use crate::shared::{expected, shared};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::market::{BookState, Level, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Recording};
use feeds::counts::{Counts, EventKind};
use feeds::metadata;
use feeds::session::{KEEP_BYTES, Session};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Replays files as one stream.
pub(crate) fn replay<P: AsRef<Path>>(venue: VenueId, files: &[P]) -> (Instruments, Session, Books) {
    let recording = Recording::read(files).expect("readable");
    let instruments = metadata::infer(&recording, venue);
    let mut session = Session::new(venue, &instruments, KEEP_BYTES);
    let mut books = Books::new(&instruments);
    for record in recording.iter() {
        let at = Nanos(record.received_at_ns);
        match record.direction {
            Direction::In => session.on_frame(record.channel, record.payload, at, &mut books),
            Direction::Rest => session.on_rest(record.url, record.payload, at, &mut books),
            Direction::Open | Direction::Other => {}
        }
    }
    (instruments, session, books)
}

/// The fields of `replay`'s JSON that do not depend on strategy, machine or build.
pub(crate) fn summary(instruments: &Instruments, session: &Session, books: &Books) -> Map<String, Value> {
    let counts: &Counts = session.counts();
    let events: Map<_, _> =
        EventKind::ALL.map(|kind| (kind.name().to_owned(), json!(counts.event(kind)))).into_iter().collect();
    let of = |i: &Instrument| (i.symbol.to_string(), instrument_summary(i, session, books));
    let fields = json!({
        "messages": counts.messages, "events": events, "control": counts.control, "unknown": counts.unknown,
        "errors": counts.errors, "gaps": counts.gaps, "resyncs": counts.resyncs, "crossed": counts.crossed,
        "checksum_ok": 0, "checksum_failed": 0,
        "instruments": instruments.iter().map(of).collect::<Map<_, _>>(),
    });
    fields.as_object().expect("made above").clone()
}

fn instrument_summary(instrument: &Instrument, session: &Session, books: &Books) -> Value {
    let (book, status) = (books.of(instrument.id), session.book(instrument.id));
    let stats = session.trade_stats(instrument.id);
    let best = |level: Option<(&Ticks, &Lots)>| level.map(|(px, qty)| Level { px: *px, qty: *qty });
    let (bid, ask) = (best(book.bids.iter().next_back()), best(book.asks.iter().next()));
    let px = |px: Ticks| plain(&instrument.grid.price_text(px));
    let qty = |qty: Lots| plain(&instrument.grid.qty_text(qty));
    let volume = |lots: i128| qty(Lots(i64::try_from(lots).expect("real volumes fit")));
    json!({
        "bid_px": bid.map(|l| px(l.px)), "bid_qty": bid.map(|l| qty(l.qty)),
        "ask_px": ask.map(|l| px(l.px)), "ask_qty": ask.map(|l| qty(l.qty)),
        "bid_levels": book.bids.len(), "ask_levels": book.asks.len(), "book_crc": book.crc(instrument),
        "synced": status.state == BookState::Synced, "update_id": status.update_id(),
        "trades": stats.trades, "last_px": stats.last_px.map(px),
        "buy_volume": volume(stats.buy_lots), "sell_volume": volume(stats.sell_lots),
    })
}

/// Compares every field that was computed with what is expected, and names what differs.
pub(crate) fn check(name: &str, found: &Map<String, Value>, expected: &Value) {
    for (field, value) in found {
        if field == "instruments" {
            let (found, expected) =
                (value.as_object().expect("made"), expected["instruments"].as_object().expect("given"));
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}: instruments");
            for (symbol, value) in found {
                assert_eq!(value, &expected[symbol], "{name}: {symbol}");
            }
        } else {
            assert_eq!(value, &expected[field], "{name}: {field}");
        }
    }
}

/// Every file and sequence of that venue; how many there were.
fn check_captures(venue: VenueId) -> Option<usize> {
    let root = shared()?;
    let mut replayed = 0;
    for (name, expected) in expected(&root, "expected.json") {
        if expected["venue"] != venue.name() {
            continue;
        }
        let files: Vec<_> = name.split('+').map(|file| root.join("data").join(file)).collect();
        let (instruments, session, books) = replay(venue, &files);
        check(&name, &summary(&instruments, &session, &books), &expected);
        assert_eq!(session.counts().foreign, 0, "{name}");
        replayed += 1;
    }
    Some(replayed)
}

#[test]
fn every_spot_capture_gives_what_an_independent_decoder_gave() {
    assert!(check_captures(VenueId::BinanceSpot).is_none_or(|replayed| replayed >= 11));
}

#[test]
fn every_usdm_capture_gives_what_an_independent_decoder_gave() {
    assert!(check_captures(VenueId::BinanceUsdm).is_none_or(|replayed| replayed >= 6));
}

#[test]
fn every_coinm_capture_gives_what_an_independent_decoder_gave() {
    assert!(check_captures(VenueId::BinanceCoinm).is_none_or(|replayed| replayed >= 4));
}

#[test]
fn events_carry_what_the_frames_say() {
    let Some(root) = shared() else { return };
    let file = root.join("data/binance_usdm/hft_btcusdt_20230404.ndjson.zst");
    let (instruments, _, books) = replay(VenueId::BinanceUsdm, &[file]);
    let grid = instruments.iter().next().expect("one").grid;
    let text = |event: &engine_model::market::MarketEvent| {
        use engine_model::market::MarketChange as C;
        let at = event.at;
        let what = match event.change {
            C::Quote { bid, ask } => format!("quote {} {}", grid.price_text(bid.px), grid.qty_text(ask.qty)),
            C::Trade { px, qty, aggressor, trade_id } => {
                let side = if aggressor == Side::Buy { "buy" } else { "sell" };
                format!("trade {side} {} {} {trade_id}", grid.price_text(px), grid.qty_text(qty))
            }
            C::Mark { px } => format!("mark {}", grid.price_text(px)),
            C::Index { px } => format!("index {}", grid.price_text(px)),
            C::Funding { rate_e8, next_at_ns, .. } => format!("funding {rate_e8} {}", next_at_ns.0),
            C::OpenInterest { qty } => format!("open_interest {}", qty.0),
            other => format!("{other:?}"),
        };
        format!("{} {} {what}", at.venue_at_ns.0, at.received_at_ns.0)
    };
    let first = |word: &str| {
        books.events.iter().map(text).find(|text| text.split(' ').nth(2) == Some(word)).unwrap_or_default()
    };
    assert_eq!(first("quote"), "1680652700435000000 1680652700423575000 quote 28145.1 6.887");
    assert_eq!(first("trade"), "1680652700452000000 1680652700441533000 trade sell 28145.1 0.002 3535186032");
    // 28147.27373413, 28159.75642857 and 0.00002754 in the frame: averages, to the nearest tick.
    assert_eq!(first("mark"), "1680652701000000000 1680652701048293000 mark 28147.3");
    assert_eq!(first("index"), "1680652701000000000 1680652701048293000 index 28159.8");
    assert_eq!(first("funding"), "1680652701000000000 1680652701048293000 funding 2754 1680652800000000000");
}
