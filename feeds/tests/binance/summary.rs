//! What a replay comes to, in the fields of the values made by an independent implementation.

use crate::book::{Books, plain};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::market::{BookState, Level};
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
            Direction::Open => session.on_open(record.channel, record.url.unwrap_or_default()),
            Direction::Other => {}
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
        "checksum_ok": counts.checksum_ok, "checksum_failed": counts.checksum_failed,
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
