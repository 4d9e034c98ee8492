//! Coinbase Advanced's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, text};
use crate::json::{Elements, Text, Value};

/// A frame of a socket, and its number among all frames of that socket.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What it says.
    pub frame: Frame<'a>,
    /// Its number.
    pub sequence: Option<Value<'a>>,
    /// When the venue sent it.
    pub venue_time: Option<Value<'a>>,
}

/// What a frame says: of most kinds a list of events, each with rows.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `l2_data`: events for [`book`].
    Books(Elements<'a>),
    /// `market_trades`: events for [`trades`], the newest trade first.
    Trades(Elements<'a>),
    /// `ticker`, `ticker_batch`: events for [`tickers`].
    Tickers(Elements<'a>),
    /// `candles`: events for [`candles`].
    Candles(Elements<'a>),
    /// `status`: what is listed.
    Instruments,
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A book, whole or changed.
#[derive(Clone, Debug)]
pub struct Book<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Whether it is whole.
    pub is_snapshot: bool,
    /// Rows for [`level`], both sides mixed.
    pub rows: Elements<'a>,
}

/// A level of a book.
#[derive(Clone, Copy, Debug)]
pub struct Level<'a> {
    /// `bid` or `offer`.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// What stands there now.
    pub quantity: Value<'a>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// The maker's side.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id.
    pub id: Option<Value<'a>>,
    /// When it was made.
    pub venue_time: Option<Value<'a>>,
}

/// The frame in these bytes.
pub fn message(bytes: &[u8]) -> Result<Message<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Message { frame: Frame::Control, sequence: None, venue_time: None });
    }
    let outer = Value::parse(bytes)?;
    let [channel, kind, sequence, venue_time, events] =
        outer.pick(["channel", "type", "sequence_num", "timestamp", "events"]);
    let frame = match channel.and_then(Value::string) {
        Some(channel) => of_channel(channel, events)?,
        // A refusal has no channel: `{"type":"error","message":"…"}`.
        None if kind.and_then(Value::string).is_some_and(|kind| kind.is("error")) => Frame::Control,
        None => Frame::Unknown,
    };
    Ok(Message { frame, sequence, venue_time })
}

/// Whether an answer says no to what was asked: `{"type":"error","message":…}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.says("type", &["error"])
}

fn of_channel<'a>(channel: Text<'a>, events: Option<Value<'a>>) -> Result<Frame<'a>, FrameError> {
    let is = |names: &[&str]| names.iter().any(|name| channel.is(name));
    Ok(if is(&["l2_data"]) {
        Frame::Books(array(events, Field::Levels)?)
    } else if is(&["market_trades"]) {
        Frame::Trades(array(events, Field::Price)?)
    } else if is(&["ticker", "ticker_batch"]) {
        Frame::Tickers(array(events, Field::Symbol)?)
    } else if is(&["candles"]) {
        Frame::Candles(array(events, Field::Symbol)?)
    } else if is(&["status"]) {
        Frame::Instruments
    } else if is(&["subscriptions", "heartbeats", "error"]) {
        Frame::Control
    } else {
        Frame::Unknown
    })
}

/// An event of `l2_data`.
pub fn book(event: Value<'_>) -> Result<Book<'_>, FrameError> {
    let [symbol, kind, rows] = event.pick(["product_id", "type", "updates"]);
    let is_snapshot = match kind.and_then(Value::string) {
        Some(kind) if kind.is("snapshot") => true,
        Some(kind) if kind.is("update") => false,
        _ => return Err(FrameError::Unreadable(Field::Action)),
    };
    Ok(Book { symbol: text(symbol, Field::Symbol)?, is_snapshot, rows: array(rows, Field::Levels)? })
}

/// A row of a book.
pub fn level(row: Value<'_>) -> Result<Level<'_>, FrameError> {
    let [side, price, quantity] = row.pick(["side", "price_level", "new_quantity"]);
    Ok(Level {
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
    })
}

/// The rows of an event of `market_trades`, for [`trade`].
pub fn trades(event: Value<'_>) -> Result<Elements<'_>, FrameError> {
    array(event.member("trades"), Field::Price)
}

/// A row of trades.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    let [symbol, side, price, quantity, id, venue_time] =
        row.pick(["product_id", "side", "price", "size", "trade_id", "time"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    })
}

/// The rows of an event of `ticker`, for [`product`].
pub fn tickers(event: Value<'_>) -> Result<Elements<'_>, FrameError> {
    array(event.member("tickers"), Field::Symbol)
}

/// The rows of an event of `candles`, for [`product`].
pub fn candles(event: Value<'_>) -> Result<Elements<'_>, FrameError> {
    array(event.member("candles"), Field::Symbol)
}

/// Of what a row is.
pub fn product(row: Value<'_>) -> Result<Text<'_>, FrameError> {
    text(row.member("product_id"), Field::Symbol)
}

/// A list that must be there: `field` is what its rows would tell first.
fn array(value: Option<Value<'_>>, field: Field) -> Result<Elements<'_>, FrameError> {
    let value = needed(value, field)?;
    if value.is_array() { Ok(value.elements()) } else { Err(FrameError::Unreadable(field)) }
}
