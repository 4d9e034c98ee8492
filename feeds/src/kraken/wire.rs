//! Kraken's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here, for a checksum covers their zeros; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, text};
use crate::json::{Elements, Text, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `book`: rows for [`book`].
    Books {
        /// Whether they say that they are whole.
        is_snapshot: bool,
        /// One for each pair.
        rows: Elements<'a>,
    },
    /// `trade`: rows for [`trade`].
    Trades(Elements<'a>),
    /// `ticker`: rows for [`symbol`].
    Tickers(Elements<'a>),
    /// `ohlc`: rows for [`symbol`].
    Candles(Elements<'a>),
    /// `instrument`.
    Instruments,
    /// A subscription of a book was accepted.
    Subscribed {
        /// Of what.
        symbol: Text<'a>,
        /// Levels that each side keeps.
        depth: Value<'a>,
    },
    /// Any other answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A book, whole or changed.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Levels for [`level`].
    pub bids: Value<'a>,
    /// Levels for [`level`].
    pub asks: Value<'a>,
    /// Of the whole book behind this message.
    pub checksum: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// The taker's side.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id.
    pub id: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// The frame in these bytes.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let [method, channel, kind, data] = outer.pick(["method", "channel", "type", "data"]);
    if method.is_some() {
        return Ok(subscribed(outer).unwrap_or(Frame::Control));
    }
    let Some(channel) = channel.and_then(Value::string) else { return Ok(Frame::Unknown) };
    if channel.is("book") {
        return Ok(Frame::Books { is_snapshot: is_snapshot(kind)?, rows: rows(data, Field::Levels)? });
    }
    Ok(match channel {
        name if name.is("trade") => Frame::Trades(rows(data, Field::Price)?),
        name if name.is("ticker") => Frame::Tickers(rows(data, Field::Symbol)?),
        name if name.is("ohlc") => Frame::Candles(rows(data, Field::Symbol)?),
        name if name.is("instrument") => Frame::Instruments,
        name if name.is("heartbeat") || name.is("status") => Frame::Control,
        _ => Frame::Unknown,
    })
}

/// Whether an answer says no to what was asked: `{"method":"subscribe","success":false,"error":…}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.member("success").and_then(Value::boolean) == Some(false)
}

/// A row of books.
pub fn book(row: Value<'_>) -> Result<Book<'_>, FrameError> {
    let [symbol, bids, asks, checksum, venue_time] = row.pick(["symbol", "bids", "asks", "checksum", "timestamp"]);
    Ok(Book {
        symbol: text(symbol, Field::Symbol)?,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
        checksum: needed(checksum, Field::Checksum)?,
        venue_time,
    })
}

/// Price and quantity of a level of a book.
pub fn level(row: Value<'_>) -> Result<[Value<'_>; 2], FrameError> {
    let [price, quantity] = row.pick(["price", "qty"]);
    Ok([needed(price, Field::Price)?, needed(quantity, Field::Quantity)?])
}

/// A row of trades.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    let [symbol, side, price, quantity, id, venue_time] =
        row.pick(["symbol", "side", "price", "qty", "trade_id", "timestamp"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    })
}

/// Of what a row of tickers or candles is, and its time where it has one.
pub fn symbol(row: Value<'_>) -> Result<(Text<'_>, Option<Value<'_>>), FrameError> {
    let [symbol, venue_time] = row.pick(["symbol", "timestamp"]);
    Ok((text(symbol, Field::Symbol)?, venue_time))
}

/// The answer to the subscription of a book, if it is one.
fn subscribed(answer: Value<'_>) -> Option<Frame<'_>> {
    let [method, result] = answer.pick(["method", "result"]);
    let [channel, symbol, depth] = result?.pick(["channel", "symbol", "depth"]);
    let is_book = method?.string()?.is("subscribe") && channel?.string()?.is("book");
    let (symbol, depth) = (symbol?.string()?, depth?);
    is_book.then_some(Frame::Subscribed { symbol, depth })
}

fn is_snapshot(kind: Option<Value<'_>>) -> Result<bool, FrameError> {
    match kind.and_then(Value::string) {
        Some(kind) if kind.is("snapshot") => Ok(true),
        Some(kind) if kind.is("update") => Ok(false),
        _ => Err(FrameError::Unreadable(Field::Action)),
    }
}

fn rows(data: Option<Value<'_>>, field: Field) -> Result<Elements<'_>, FrameError> {
    data.filter(|data| data.is_array()).map(Value::elements).ok_or(FrameError::Missing(field))
}
