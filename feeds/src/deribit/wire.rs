//! Deribit's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Elements, Text, TextBuffer, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `book.*`.
    Book(Book<'a>),
    /// `trades.*`: rows for [`trade`].
    Trades(Elements<'a>),
    /// `ticker.*`.
    Ticker(Ticker<'a>),
    /// `quote.*`.
    Quote(Quote<'a>),
    /// `chart.trades.*`: its channel, which alone names the instrument.
    Candle(Text<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A book, whole or changed.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Whether it is whole: it says so, or says nothing.
    pub is_snapshot: bool,
    /// Its number.
    pub change_id: Value<'a>,
    /// The number of the one before.
    pub previous_id: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// Rows for [`row`].
    pub bids: Value<'a>,
    /// Rows for [`row`].
    pub asks: Value<'a>,
}

/// A level of a book.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Whether the level is gone, whatever its amount.
    pub is_deleted: bool,
    /// Price.
    pub price: Value<'a>,
    /// Amount.
    pub amount: Value<'a>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// The taker's side.
    pub direction: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Amount.
    pub amount: Value<'a>,
    /// The venue's id: a number as text, of some currencies with a prefix.
    pub id: Option<Value<'a>>,
    /// Whose order was a liquidation: `M` the maker's, `T` the taker's, `MT` both.
    pub liquidation: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A ticker.
#[derive(Clone, Copy, Debug)]
pub struct Ticker<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// The funding rate of now, for eight hours.
    pub funding: Option<Value<'a>>,
    /// Open interest.
    pub open_interest: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// Best bid and ask.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Bid price and amount, ask price and amount.
    pub sides: [Option<Value<'a>>; 4],
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// The frame in these bytes.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let [method, params, id, result, error] = outer.pick(["method", "params", "id", "result", "error"]);
    match method.and_then(Value::string) {
        Some(method) if method.is("subscription") => pushed(params),
        Some(method) if method.is("heartbeat") => Ok(Frame::Control),
        _ if id.is_some() && (result.is_some() || error.is_some()) => Ok(Frame::Control),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{"jsonrpc":"2.0","id":1,"error":{"code":…,"message":…}}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.member("error").is_some_and(Value::is_object)
}

/// What a subscription brought.
fn pushed(params: Option<Value<'_>>) -> Result<Frame<'_>, FrameError> {
    let Some(params) = params else { return Ok(Frame::Unknown) };
    let [channel, data] = params.pick(["channel", "data"]);
    let Some(channel) = channel.and_then(Value::string) else { return Ok(Frame::Unknown) };
    let mut buffer = TextBuffer::default();
    let name = channel.plain(&mut buffer).unwrap_or_default();
    match name.split(|byte| *byte == b'.').next().unwrap_or_default() {
        b"book" => book(needed(data, Field::Levels)?),
        b"trades" => data
            .filter(|data| data.is_array())
            .map(|data| Frame::Trades(data.elements()))
            .ok_or(FrameError::Missing(Field::Price)),
        b"ticker" => ticker(needed(data, Field::Symbol)?),
        b"quote" => quote(needed(data, Field::Symbol)?),
        b"chart" if name.starts_with(b"chart.trades.") => Ok(Frame::Candle(channel)),
        _ => Ok(Frame::Unknown),
    }
}

/// A level: `["new", price, amount]`, `["change", …]`, `["delete", …]`; of a whole book also `[price, amount]`.
pub fn row(row: Value<'_>, of_whole_book: bool) -> Result<Row<'_>, FrameError> {
    let mut parts = row.elements();
    let first = parts.next();
    let (is_deleted, price) = match first.and_then(Value::string) {
        Some(action) if action.is("new") || action.is("change") => (false, parts.next()),
        Some(action) if action.is("delete") => (true, parts.next()),
        None if of_whole_book || first.is_none() => (false, first),
        _ => return Err(FrameError::Unreadable(Field::Action)),
    };
    let price = needed(price, Field::Price)?;
    Ok(Row { is_deleted, price, amount: needed(parts.next(), Field::Quantity)? })
}

/// A row of trades.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    let [symbol, direction, price, amount, id, liquidation, venue_time] =
        row.pick(["instrument_name", "direction", "price", "amount", "trade_id", "liquidation", "timestamp"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        direction: text(direction, Field::Side)?,
        price: needed(price, Field::Price)?,
        amount: needed(amount, Field::Quantity)?,
        id,
        liquidation: not_empty(liquidation),
        venue_time,
    })
}

fn book(data: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, kind, change_id, previous_id, venue_time, bids, asks] =
        data.pick(["instrument_name", "type", "change_id", "prev_change_id", "timestamp", "bids", "asks"]);
    let is_snapshot = match kind.map(Value::string) {
        None => true,
        Some(Some(kind)) if kind.is("snapshot") => true,
        Some(Some(kind)) if kind.is("change") => false,
        _ => return Err(FrameError::Unreadable(Field::Action)),
    };
    Ok(Frame::Book(Book {
        symbol: text(symbol, Field::Symbol)?,
        is_snapshot,
        change_id: needed(change_id, Field::Sequence)?,
        previous_id: not_empty(previous_id),
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}

fn ticker(data: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, mark, index, rate, average_rate, open_interest, venue_time] = data.pick([
        "instrument_name",
        "mark_price",
        "index_price",
        "current_funding",
        "funding_8h",
        "open_interest",
        "timestamp",
    ]);
    Ok(Frame::Ticker(Ticker {
        symbol: text(symbol, Field::Symbol)?,
        mark: not_empty(mark),
        index: not_empty(index),
        funding: not_empty(rate).or(not_empty(average_rate)),
        open_interest: not_empty(open_interest),
        venue_time,
    }))
}

fn quote(data: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, bid_price, bid_amount, ask_price, ask_amount, venue_time] = data.pick([
        "instrument_name",
        "best_bid_price",
        "best_bid_amount",
        "best_ask_price",
        "best_ask_amount",
        "timestamp",
    ]);
    Ok(Frame::Quote(Quote {
        symbol: text(symbol, Field::Symbol)?,
        sides: [bid_price, bid_amount, ask_price, ask_amount].map(not_empty),
        venue_time,
    }))
}
