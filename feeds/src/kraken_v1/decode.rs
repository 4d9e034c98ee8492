//! Kraken's old frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]. Never: books, checksums, counts.

use super::fast;
use super::wire::{self, Frame};
use crate::decimal::Scale;
use crate::decoded::{Book, BookKind, Decoded, Derivative, Ids, Proof, Scratch, SideScratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, needed};
use crate::json::{Elements, Text, TextBuffer, Value};
use crate::kraken::checksum;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::{Nanos, Ticks};

/// A frame of a socket.
pub(crate) fn frame(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
    if let Grids::Run(run) = grids
        && let Some(book) = fast::change(run, bytes, out)
    {
        return Ok(Decoded::Book(book));
    }
    any_frame(grids, bytes, out)
}

/// The general way.
#[inline(never)]
fn any_frame(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
    out.clear();
    match wire::frame(bytes)? {
        Frame::Book(pair, found) => book(pair, &found, grids, out),
        Frame::Trades(pair, rows) => trades(pair, rows, grids, out),
        Frame::Quote(pair, parts) => quote(pair, parts, grids),
        Frame::Ticker(pair) => {
            let instrument = grids.instrument(pair)?;
            Ok(Decoded::Ticker(Derivative { instrument, ..Derivative::default() }))
        }
        Frame::Candle(pair) => Ok(Decoded::Candle { instrument: grids.instrument(pair)? }),
        Frame::Control => Ok(Decoded::Control),
        Frame::Unknown => Ok(Decoded::Unknown),
    }
}

fn book(pair: Text<'_>, book: &wire::Book<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(pair)?;
    let bids_at = levels(instrument, book.bids, grids, &mut out.bids)?;
    let asks_at = levels(instrument, book.asks, grids, &mut out.asks)?;
    Ok(Decoded::Book(Book {
        instrument,
        venue_at_ns: bids_at.max(asks_at),
        kind: if book.is_snapshot { BookKind::Snapshot } else { BookKind::Delta },
        ids: Ids::NONE,
        bids: out.bids.all(),
        asks: out.asks.all(),
        proof: Proof { depth_max: book.depth, checksum: book.checksum.map(checksum).transpose()? },
    }))
}

/// The levels of a side, where it was sent. Each has a time of its own, and a level that came back from below the cut an
/// old one: the newest is that of the message.
fn levels(
    instrument: Option<InstrumentId>,
    rows: Option<Value<'_>>,
    grids: &mut Grids,
    side: &mut SideScratch,
) -> Result<Nanos, FrameError> {
    let Some(rows) = rows else { return Ok(Nanos(0)) };
    if !rows.is_array() {
        return Err(FrameError::Unreadable(Field::Levels));
    }
    let mut newest = Nanos(0);
    for row in rows.elements() {
        let row = wire::row(row)?;
        side.push(grids.level(instrument, row.price, row.quantity)?)?;
        newest = newest.max(seconds(row.venue_time));
    }
    Ok(newest)
}

fn trades(pair: Text<'_>, rows: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(pair)?;
    for row in rows {
        let row = wire::row(row)?;
        let Level { px, qty } = grids.level(instrument, row.price, row.quantity)?;
        let aggressor = match needed(row.side, Field::Side)?.bytes() {
            b"\"b\"" => Side::Buy,
            b"\"s\"" => Side::Sell,
            _ => return Err(FrameError::Unreadable(Field::Side)),
        };
        let venue_at_ns = seconds(row.venue_time);
        out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id: 0 }))?;
    }
    Ok(Decoded::Many)
}

/// A pair without orders has a spread of zeros.
fn quote(pair: Text<'_>, mut parts: Elements<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(pair)?;
    let [bid, ask, venue_time, bid_qty, ask_qty] = std::array::from_fn(|_| parts.next());
    let sides = match [bid, bid_qty, ask, ask_qty] {
        [Some(bid), Some(bid_qty), Some(ask), Some(ask_qty)] => {
            Some([grids.level(instrument, bid, bid_qty)?, grids.level(instrument, ask, ask_qty)?])
        }
        _ => None,
    };
    let sides = sides.filter(|sides| sides.iter().all(|level| level.px > Ticks(0)));
    Ok(Decoded::Quote { instrument, venue_at_ns: seconds(venue_time), sides })
}

/// A time as `1617666423.714230`; 0 for what is none.
fn seconds(value: Option<Value<'_>>) -> Nanos {
    let mut buffer = TextBuffer::default();
    let text = value.and_then(|value| value.number_text(&mut buffer));
    let nanos = text.and_then(|text| Scale { decimals: 9, step: 1 }.nearest(text).ok());
    Nanos(nanos.and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(0))
}
