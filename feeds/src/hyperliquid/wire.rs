//! Hyperliquid's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Elements, Text, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `l2Book`.
    Book(Book<'a>),
    /// `trades`: rows for [`trade`].
    Trades(Elements<'a>),
    /// `bbo`.
    Quote(Quote<'a>),
    /// `activeAssetCtx`.
    Context(Context<'a>),
    /// `candle`.
    Candle(Text<'a>),
    /// An answer to something we sent.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A whole book.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Rows for [`level`].
    pub bids: Value<'a>,
    /// Rows for [`level`].
    pub asks: Value<'a>,
    /// Time of the block.
    pub venue_time: Option<Value<'a>>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// The taker's side: `B` or `A`.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id.
    pub id: Option<Value<'a>>,
    /// Time of the block.
    pub venue_time: Option<Value<'a>>,
}

/// Best bid and ask.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Bid and ask for [`level`], each `None` on an empty side.
    pub sides: [Option<Value<'a>>; 2],
    /// Time of the block.
    pub venue_time: Option<Value<'a>>,
}

/// What is told of a perpetual besides its book and its trades.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Price of the oracle.
    pub index: Option<Value<'a>>,
    /// Funding rate of the running hour.
    pub funding: Option<Value<'a>>,
    /// Open interest in coins.
    pub open_interest: Option<Value<'a>>,
}

/// The frame in these bytes.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let [channel, data] = Value::parse(bytes)?.pick(["channel", "data"]);
    let Some(channel) = channel.and_then(Value::string) else { return Ok(Frame::Unknown) };
    let is = |names: &[&str]| names.iter().any(|name| channel.is(name));
    if is(&["l2Book"]) {
        book(needed(data, Field::Levels)?)
    } else if is(&["trades"]) {
        let rows = needed(data, Field::Price)?;
        if rows.is_array() { Ok(Frame::Trades(rows.elements())) } else { Err(FrameError::Unreadable(Field::Price)) }
    } else if is(&["bbo"]) {
        quote(needed(data, Field::Symbol)?)
    } else if is(&["activeAssetCtx"]) {
        context(needed(data, Field::Symbol)?)
    } else if is(&["candle"]) {
        Ok(Frame::Candle(text(data.and_then(|data| data.member("s")), Field::Symbol)?))
    } else if is(&["subscriptionResponse", "pong", "error"]) {
        Ok(Frame::Control)
    } else {
        Ok(Frame::Unknown)
    }
}

/// Whether an answer says no to what was asked: `{"channel":"error","data":…}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.says("channel", &["error"])
}

fn book(data: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, levels, venue_time] = data.pick(["coin", "levels", "time"]);
    let symbol = text(symbol, Field::Symbol)?;
    let mut sides = needed(levels, Field::Levels)?.elements();
    let mut side = || {
        let side = needed(sides.next(), Field::Levels)?;
        if side.is_array() { Ok(side) } else { Err(FrameError::Unreadable(Field::Levels)) }
    };
    Ok(Frame::Book(Book { symbol, bids: side()?, asks: side()?, venue_time }))
}

/// Price and quantity of a level.
pub fn level(row: Value<'_>) -> Result<[Value<'_>; 2], FrameError> {
    let [price, quantity] = row.pick(["px", "sz"]);
    Ok([needed(price, Field::Price)?, needed(quantity, Field::Quantity)?])
}

/// A row of trades.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    let [symbol, side, price, quantity, id, venue_time] = row.pick(["coin", "side", "px", "sz", "tid", "time"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    })
}

fn quote(data: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, both, venue_time] = data.pick(["coin", "bbo", "time"]);
    let mut sides = both.into_iter().flat_map(Value::elements);
    let sides = [sides.next(), sides.next()].map(not_empty);
    Ok(Frame::Quote(Quote { symbol: text(symbol, Field::Symbol)?, sides, venue_time }))
}

fn context(data: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, context] = data.pick(["coin", "ctx"]);
    let picked = context.map(|context| context.pick(["markPx", "oraclePx", "funding", "openInterest"]));
    let [mark, index, funding, open_interest] = picked.unwrap_or_default().map(not_empty);
    Ok(Frame::Context(Context { symbol: text(symbol, Field::Symbol)?, mark, index, funding, open_interest }))
}
