//! Kraken Futures' shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Elements, Text, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `book_snapshot`.
    Snapshot(Snapshot<'a>),
    /// `book`.
    Change(Change<'a>),
    /// `trade`.
    Trade(Trade<'a>),
    /// `trade_snapshot`: rows for [`trade`], newest first, of a product.
    Trades(Elements<'a>, Option<Value<'a>>),
    /// `ticker` and `ticker_lite`.
    Ticker(Ticker<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A whole book.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Of what.
    pub product: Text<'a>,
    /// Its number.
    pub sequence: Value<'a>,
    /// Levels for [`level`].
    pub bids: Value<'a>,
    /// Levels for [`level`].
    pub asks: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// One level of a book.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Of what.
    pub product: Text<'a>,
    /// Its number.
    pub sequence: Value<'a>,
    /// `buy` for a bid.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity that stands there now.
    pub quantity: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub product: Text<'a>,
    /// The taker's side.
    pub side: Text<'a>,
    /// `fill`, `liquidation` and others.
    pub kind: Option<Value<'a>>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// Its number among the trades of this product; the id is a UUID.
    pub sequence: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// What a ticker tells besides prices that the book and the trades have.
#[derive(Clone, Copy, Debug)]
pub struct Ticker<'a> {
    /// Of what.
    pub product: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// Funding rate as a part of the price, and when it changes next.
    pub funding: [Option<Value<'a>>; 2],
    /// Open interest.
    pub open_interest: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// The frame in these bytes.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let [event, feed] = outer.pick(["event", "feed"]);
    if event.is_some() {
        return Ok(Frame::Control);
    }
    let Some(feed) = feed.and_then(Value::string) else { return Ok(Frame::Unknown) };
    match feed {
        feed if feed.is("book") => change(outer),
        feed if feed.is("book_snapshot") => snapshot(outer),
        feed if feed.is("trade") => trade(outer, None).map(Frame::Trade),
        feed if feed.is("trade_snapshot") => trades(outer),
        feed if feed.is("ticker") || feed.is("ticker_lite") => ticker(outer),
        feed if feed.is("heartbeat") => Ok(Frame::Control),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{"event":"error","message":…}`, or an alert instead of an error.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.says("event", &["error", "alert"])
}

/// A trade; `product` is that of the frame around it.
pub fn trade<'a>(row: Value<'a>, product: Option<Value<'a>>) -> Result<Trade<'a>, FrameError> {
    let [own, side, kind, price, quantity, sequence, venue_time] =
        row.pick(["product_id", "side", "type", "price", "qty", "seq", "time"]);
    Ok(Trade {
        product: text(own.or(product), Field::Symbol)?,
        side: text(side, Field::Side)?,
        kind,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        sequence,
        venue_time,
    })
}

/// Price and quantity of a level of a whole book.
pub fn level(row: Value<'_>) -> Result<[Value<'_>; 2], FrameError> {
    let [price, quantity] = row.pick(["price", "qty"]);
    Ok([needed(price, Field::Price)?, needed(quantity, Field::Quantity)?])
}

fn change(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [product, sequence, side, price, quantity, venue_time] =
        outer.pick(["product_id", "seq", "side", "price", "qty", "timestamp"]);
    Ok(Frame::Change(Change {
        product: text(product, Field::Symbol)?,
        sequence: needed(sequence, Field::Sequence)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        venue_time,
    }))
}

fn snapshot(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [product, sequence, bids, asks, venue_time] = outer.pick(["product_id", "seq", "bids", "asks", "timestamp"]);
    Ok(Frame::Snapshot(Snapshot {
        product: text(product, Field::Symbol)?,
        sequence: needed(sequence, Field::Sequence)?,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
        venue_time,
    }))
}

fn trades(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [product, trades] = outer.pick(["product_id", "trades"]);
    let rows = trades.filter(|trades| trades.is_array()).ok_or(FrameError::Missing(Field::Price))?;
    Ok(Frame::Trades(rows.elements(), product))
}

fn ticker(outer: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [product, mark, index, rate, next, open_interest, venue_time] = outer.pick([
        "product_id",
        "markPrice",
        "index",
        "relative_funding_rate",
        "next_funding_rate_time",
        "openInterest",
        "time",
    ]);
    Ok(Frame::Ticker(Ticker {
        product: text(product, Field::Symbol)?,
        mark: not_empty(mark),
        index: not_empty(index),
        funding: [rate, next].map(not_empty),
        open_interest: not_empty(open_interest),
        venue_time,
    }))
}
