//! Kraken's old shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (unknown fields ignored). Never: units, instruments, state.
//! Numbers stay text here, for a checksum covers their zeros; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::needed;
use crate::json::{Elements, Text, TextBuffer, Value, unsigned};

/// A frame of a socket: of which pair, and what.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `book-N`.
    Book(Text<'a>, Book<'a>),
    /// `trade`: rows for [`trade`].
    Trades(Text<'a>, Elements<'a>),
    /// `ticker`.
    Ticker(Text<'a>),
    /// `spread`: bid, ask, time, quantity at the bid, quantity at the ask.
    Quote(Text<'a>, Elements<'a>),
    /// `ohlc-N`.
    Candle(Text<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A book, whole or changed. A change names only the sides that it changes.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Whether it is whole.
    pub is_snapshot: bool,
    /// Levels that each side keeps.
    pub depth: u32,
    /// Levels for [`level`].
    pub bids: Option<Value<'a>>,
    /// Levels for [`level`].
    pub asks: Option<Value<'a>>,
    /// Of the whole book behind this message; not in snapshots.
    pub checksum: Option<Value<'a>>,
}

/// A trade or a level.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// Venue time, in seconds.
    pub venue_time: Option<Value<'a>>,
    /// The taker's side, of a trade.
    pub side: Option<Value<'a>>,
}

/// The frame in these bytes.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    if outer.is_object() {
        return Ok(if outer.member("event").is_some() { Frame::Control } else { Frame::Unknown });
    }
    let Some((channel, pair)) = tail(outer) else { return Ok(Frame::Unknown) };
    let mut buffer = TextBuffer::default();
    let channel = channel.plain(&mut buffer).unwrap_or_default();
    if let Some(depth) = channel.strip_prefix(b"book-").and_then(unsigned).and_then(|n| u32::try_from(n).ok()) {
        return Ok(Frame::Book(pair, book(outer, depth)?));
    }
    Ok(match channel {
        b"trade" => Frame::Trades(pair, inside(outer, Field::Price)?),
        b"ticker" => Frame::Ticker(pair),
        b"spread" => Frame::Quote(pair, inside(outer, Field::Price)?),
        _ if channel.starts_with(b"ohlc-") => Frame::Candle(pair),
        _ => Frame::Unknown,
    })
}

/// A trade or a level.
pub fn row(row: Value<'_>) -> Result<Row<'_>, FrameError> {
    let mut parts = row.elements();
    let (price, quantity) = (parts.next(), parts.next());
    Ok(Row {
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        venue_time: parts.next(),
        side: parts.next(),
    })
}

/// The last two elements: channel and pair.
fn tail(outer: Value<'_>) -> Option<(Text<'_>, Text<'_>)> {
    let (mut channel, mut pair) = (None, None);
    for element in outer.elements() {
        (channel, pair) = (pair, Some(element));
    }
    Some((channel?.string()?, pair?.string()?))
}

/// What the channel tells, behind its number.
fn inside(outer: Value<'_>, field: Field) -> Result<Elements<'_>, FrameError> {
    let told = outer.elements().nth(1).filter(|told| told.is_array());
    told.map(Value::elements).ok_or(FrameError::Missing(field))
}

/// The sides are in one object or in two.
fn book(outer: Value<'_>, depth: u32) -> Result<Book<'_>, FrameError> {
    let mut found = [None; 5];
    for part in outer.elements() {
        for (known, told) in found.iter_mut().zip(part.pick(["bs", "as", "b", "a", "c"])) {
            *known = told.or(*known);
        }
    }
    let [whole_bids, whole_asks, bids, asks, checksum] = found;
    let is_snapshot = whole_bids.or(whole_asks).is_some();
    let sides = match (whole_bids, whole_asks) {
        (Some(bids), Some(asks)) => [Some(bids), Some(asks)],
        (None, None) if bids.or(asks).is_some() => [bids, asks],
        _ => return Err(FrameError::Missing(Field::Levels)),
    };
    Ok(Book { is_snapshot, depth, bids: sides[0], asks: sides[1], checksum })
}
