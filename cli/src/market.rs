//! What a venue's session and books came to, for programs: the same fields of a replay and of a recording, so that the two
//! can be compared.

use crate::decimal::trimmed;
use engine_backtest::venue::PaperMarket;
use engine_core::market::Book;
use engine_model::instrument::Instrument;
use engine_model::market::{BookState, Level, Side};
use feeds::counts::EventKind;
use feeds::session::Session;
use serde_json::{Map, Value, json};

/// Counts of the session, and each instrument's book and trades.
pub(crate) fn told<'a>(
    session: &Session,
    sink: &PaperMarket,
    instruments: impl Iterator<Item = &'a Instrument>,
) -> Map<String, Value> {
    let counts = session.counts();
    let events: Map<String, Value> =
        EventKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), json!(counts.event(kind)))).collect();
    let books: Map<String, Value> =
        instruments.map(|i| (i.symbol.as_str().to_owned(), one(session, sink, i))).collect();
    let fields = [
        ("messages", json!(counts.messages)),
        ("events", events.into()),
        ("control", json!(counts.control)),
        ("unknown", json!(counts.unknown)),
        ("errors", json!(counts.errors)),
        ("gaps", json!(counts.gaps)),
        ("checksum_ok", json!(counts.checksum_ok)),
        ("checksum_failed", json!(counts.checksum_failed)),
        ("crossed", json!(counts.crossed)),
        ("resyncs", json!(counts.resyncs)),
        ("instruments", books.into()),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn one(session: &Session, sink: &PaperMarket, instrument: &Instrument) -> Value {
    let listing = sink.market().listing(instrument.id);
    let (book, grid) = (listing.book(), &instrument.grid);
    let synced = listing.state() == BookState::Synced;
    let px = |level: Option<Level>| level.map(|level| trimmed(grid.price_text(level.px)));
    let qty = |level: Option<Level>| level.map(|level| trimmed(grid.qty_text(level.qty)));
    let stats = session.trade_stats(instrument.id);
    let lots = |lots: i128| crate::decimal::wide(lots * i128::from(grid.lot_step), grid.qty_decimals);
    json!({
        "bid_px": px(book.best_bid()), "bid_qty": qty(book.best_bid()),
        "ask_px": px(book.best_ask()), "ask_qty": qty(book.best_ask()),
        "bid_levels": book.len(Side::Buy), "ask_levels": book.len(Side::Sell),
        "book_crc": format!("{:08x}", crc(book_text(book, instrument))),
        "synced": synced,
        "trades": stats.trades,
        "buy_volume": lots(stats.buy_lots),
        "sell_volume": lots(stats.sell_lots),
        "last_px": stats.last_px.map(|px| trimmed(grid.price_text(px))),
        "update_id": session.book(instrument.id).update_id(),
    })
}

/// All bids from best to worst, then all asks, each as `price:qty` in plain decimals, joined by `|`.
fn book_text(book: &Book, instrument: &Instrument) -> String {
    let grid = &instrument.grid;
    let level = |level: Level| format!("{}:{}", trimmed(grid.price_text(level.px)), trimmed(grid.qty_text(level.qty)));
    let levels: Vec<String> = book.levels(Side::Buy).chain(book.levels(Side::Sell)).map(level).collect();
    levels.join("|")
}

fn crc(text: String) -> u32 {
    crc32fast::hash(text.as_bytes())
}
