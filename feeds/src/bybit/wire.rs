//! Bybit's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Elements, Text, TextBuffer, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `orderbook.*`.
    Book(Book<'a>),
    /// `publicTrade.*`: rows for [`trade`].
    Trades(Elements<'a>),
    /// `tickers.*`.
    Ticker(Ticker<'a>),
    /// `allLiquidation.*`: rows for [`trade`].
    Liquidations(Elements<'a>),
    /// `kline.*`.
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
    /// Whether it says that it is whole.
    pub is_snapshot: bool,
    /// Its number.
    pub update_id: Value<'a>,
    /// When the matching engine made it.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// A row of trades or liquidations.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Of a trade the taker's side, of a liquidation that of the position closed.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id: of contracts a UUID, of spot a number.
    pub id: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// What changed of a ticker.
#[derive(Clone, Copy, Debug)]
pub struct Ticker<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// Funding rate, when it is paid (ms), hours from one payment to the next.
    pub funding: [Option<Value<'a>>; 3],
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
    let [topic, kind, data, sent, made] = outer.pick(["topic", "type", "data", "ts", "cts"]);
    let mut buffer = TextBuffer::default();
    let Some(topic) = topic.and_then(Value::string) else { return Ok(without_topic(outer)) };
    let name = topic.plain(&mut buffer).unwrap_or_default();
    let name = name.split(|byte| *byte == b'.').next().unwrap_or_default();
    match name {
        b"orderbook" => book(needed(data, Field::Levels)?, kind, made.or(sent)),
        b"publicTrade" => rows(data).map(Frame::Trades),
        b"allLiquidation" => rows(data).map(Frame::Liquidations),
        b"tickers" => ticker(needed(data, Field::Symbol)?, sent),
        b"kline" => Ok(Frame::Candle(topic)),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{"success":false,"ret_msg":…}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.member("success").and_then(Value::boolean) == Some(false)
}

/// A row of trades or liquidations.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    let [symbol, side, price, quantity, id, venue_time] = row.pick(["s", "S", "p", "v", "i", "T"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    })
}

fn without_topic(outer: Value<'_>) -> Frame<'_> {
    let is_control = outer.member("op").is_some() || outer.member("success").is_some();
    if is_control { Frame::Control } else { Frame::Unknown }
}

fn rows(data: Option<Value<'_>>) -> Result<Elements<'_>, FrameError> {
    data.filter(|data| data.is_array()).map(Value::elements).ok_or(FrameError::Missing(Field::Price))
}

fn book<'a>(data: Value<'a>, kind: Option<Value<'a>>, venue_time: Option<Value<'a>>) -> Result<Frame<'a>, FrameError> {
    let [symbol, update_id, bids, asks] = data.pick(["s", "u", "b", "a"]);
    let is_snapshot = match kind.and_then(Value::string) {
        Some(kind) if kind.is("snapshot") => true,
        Some(kind) if kind.is("delta") => false,
        _ => return Err(FrameError::Unreadable(Field::Action)),
    };
    Ok(Frame::Book(Book {
        symbol: text(symbol, Field::Symbol)?,
        is_snapshot,
        update_id: needed(update_id, Field::Sequence)?,
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}

fn ticker<'a>(data: Value<'a>, venue_time: Option<Value<'a>>) -> Result<Frame<'a>, FrameError> {
    let [symbol, mark, index, rate, next, hours, open_interest] = data.pick([
        "symbol",
        "markPrice",
        "indexPrice",
        "fundingRate",
        "nextFundingTime",
        "fundingIntervalHour",
        "openInterest",
    ]);
    Ok(Frame::Ticker(Ticker {
        symbol: text(symbol, Field::Symbol)?,
        mark: not_empty(mark),
        index: not_empty(index),
        funding: [rate, next, hours].map(not_empty),
        open_interest: not_empty(open_interest),
        venue_time,
    }))
}
