//! Coinbase Exchange's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, text};
use crate::json::{Text, Value};

/// A frame of a socket.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// `snapshot`.
    Snapshot(Snapshot<'a>),
    /// `l2update`.
    Changes(Changes<'a>),
    /// `match`, `last_match`.
    Trade(Trade<'a>),
    /// `ticker`: of what, when.
    Ticker(Text<'a>, Option<Value<'a>>),
    /// `status`: what is listed.
    Instruments,
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A whole book.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Rows of price and quantity.
    pub bids: Value<'a>,
    /// Rows of price and quantity.
    pub asks: Value<'a>,
    /// When the venue sent it.
    pub venue_time: Option<Value<'a>>,
}

/// A change of a book.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Rows of side (`buy` is a bid), price and quantity.
    pub rows: Value<'a>,
    /// When the venue sent it.
    pub venue_time: Option<Value<'a>>,
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
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let Some(kind) = outer.member("type").and_then(Value::string) else { return Ok(Frame::Unknown) };
    let is = |names: &[&str]| names.iter().any(|name| kind.is(name));
    if is(&["l2update"]) {
        changes(outer)
    } else if is(&["match", "last_match"]) {
        trade(outer)
    } else if is(&["ticker"]) {
        let [symbol, venue_time] = outer.pick(["product_id", "time"]);
        Ok(Frame::Ticker(text(symbol, Field::Symbol)?, venue_time))
    } else if is(&["snapshot"]) {
        snapshot(outer)
    } else if is(&["status"]) {
        Ok(Frame::Instruments)
    } else if is(&["subscriptions", "heartbeat", "error"]) {
        Ok(Frame::Control)
    } else {
        Ok(Frame::Unknown)
    }
}

/// Whether an answer says no to what was asked: `{"type":"error","message":…,"reason":…}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.says("type", &["error"])
}

fn snapshot(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, bids, asks, venue_time] = outer.pick(["product_id", "bids", "asks", "time"]);
    let symbol = text(symbol, Field::Symbol)?;
    Ok(Frame::Snapshot(Snapshot { symbol, bids: rows(bids)?, asks: rows(asks)?, venue_time }))
}

fn changes(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, changes, venue_time] = outer.pick(["product_id", "changes", "time"]);
    Ok(Frame::Changes(Changes { symbol: text(symbol, Field::Symbol)?, rows: rows(changes)?, venue_time }))
}

fn rows(value: Option<Value<'_>>) -> Result<Value<'_>, FrameError> {
    let value = needed(value, Field::Levels)?;
    if value.is_array() { Ok(value) } else { Err(FrameError::Unreadable(Field::Levels)) }
}

fn trade(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, side, price, quantity, id, venue_time] =
        outer.pick(["product_id", "side", "price", "size", "trade_id", "time"]);
    Ok(Frame::Trade(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    }))
}
