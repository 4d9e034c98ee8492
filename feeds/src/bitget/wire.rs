//! Bitget's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields of both generations, the general way (any order, unknown fields ignored). Never:
//! units, instruments, state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Elements, Text, TextBuffer, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `books…`: whole or changed, rows for [`book`].
    Books {
        /// Whether they are whole.
        is_snapshot: bool,
        /// Of what.
        of: Subject<'a>,
        /// The books.
        rows: Elements<'a>,
    },
    /// `trade`: rows for [`trade`], newest first.
    Trades(Subject<'a>, Elements<'a>),
    /// `ticker`: rows for [`ticker`].
    Tickers(Subject<'a>, Elements<'a>),
    /// `candle…`.
    Candles(Subject<'a>, Elements<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// What a subscription is of.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `sp`, `mc`; `SPOT`, `USDT-FUTURES`, ….
    pub kind: Text<'a>,
    /// The symbol within it.
    pub symbol: Text<'a>,
}

/// A book, whole or changed.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Levels `[price, quantity]`.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// 0 where there is none.
    pub checksum: Option<Value<'a>>,
    /// Number of the message before.
    pub previous: Option<Value<'a>>,
    /// Its number.
    pub sequence: Option<Value<'a>>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// The taker's side.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id; not in v1.
    pub id: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A ticker.
#[derive(Clone, Copy, Debug)]
pub struct Ticker<'a> {
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// Funding rate and when it is paid (ms).
    pub funding: [Option<Value<'a>>; 2],
    /// Open interest in coins.
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
    let [event, argument, action, data] = outer.pick(["event", "arg", "action", "data"]);
    if event.is_some() {
        return Ok(Frame::Control);
    }
    let [kind, channel, symbol] =
        argument.map_or([None; 3], |argument| argument.pick(["instType", "channel", "instId"]));
    let Some(channel) = channel.and_then(Value::string) else { return Ok(Frame::Unknown) };
    let mut buffer = TextBuffer::default();
    let channel = channel.plain(&mut buffer).unwrap_or_default();
    let subject =
        || Ok::<_, FrameError>(Subject { kind: text(kind, Field::Symbol)?, symbol: text(symbol, Field::Symbol)? });
    let rows = |field| {
        let rows = needed(data, field)?;
        if rows.is_array() { Ok(rows.elements()) } else { Err(FrameError::Unreadable(field)) }
    };
    match channel {
        b"books" => {
            let is_snapshot = is_snapshot(action)?;
            Ok(Frame::Books { is_snapshot, of: subject()?, rows: rows(Field::Levels)? })
        }
        b"books1" | b"books5" | b"books15" => {
            Ok(Frame::Books { is_snapshot: true, of: subject()?, rows: rows(Field::Levels)? })
        }
        b"trade" => Ok(Frame::Trades(subject()?, rows(Field::Price)?)),
        b"ticker" => Ok(Frame::Tickers(subject()?, rows(Field::Symbol)?)),
        candle if candle.starts_with(b"candle") => Ok(Frame::Candles(subject()?, rows(Field::Symbol)?)),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{"event":"error","code":30001,"msg":…}`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.says("event", &["error"])
}

/// Whether an `action` says that a book is whole.
fn is_snapshot(action: Option<Value<'_>>) -> Result<bool, FrameError> {
    match text(action, Field::Action)? {
        action if action.is("snapshot") => Ok(true),
        action if action.is("update") => Ok(false),
        _ => Err(FrameError::Unreadable(Field::Action)),
    }
}

/// A book.
pub fn book(row: Value<'_>) -> Result<Book<'_>, FrameError> {
    let [bids, asks, venue_time, checksum, previous, sequence] =
        row.pick(["bids", "asks", "ts", "checksum", "pseq", "seq"]);
    let (bids, asks) = (needed(bids, Field::Levels)?, needed(asks, Field::Levels)?);
    if !bids.is_array() || !asks.is_array() {
        return Err(FrameError::Unreadable(Field::Levels));
    }
    Ok(Book { bids, asks, venue_time, checksum, previous, sequence })
}

/// A trade: in v1 `[ts, price, quantity, side]`, in v2 an object.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    let [venue_time, price, quantity, side, id] = if row.is_array() {
        let mut parts = row.elements();
        [parts.next(), parts.next(), parts.next(), parts.next(), None]
    } else {
        row.pick(["ts", "price", "size", "side", "tradeId"])
    };
    Ok(Trade {
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    })
}

/// A ticker; v1 has other names for the same.
#[must_use]
pub fn ticker(row: Value<'_>) -> Ticker<'_> {
    let [mark, index, rate, paid, open_interest, venue_time] =
        row.pick(["markPrice", "indexPrice", "fundingRate", "nextFundingTime", "holdingAmount", "ts"]);
    let [old_rate, old_paid, old_open_interest, old_time] =
        row.pick(["capitalRate", "nextSettleTime", "holding", "systemTime"]);
    Ticker {
        mark: not_empty(mark),
        index: not_empty(index),
        funding: [not_empty(rate.or(old_rate)), paid.or(old_paid)],
        open_interest: not_empty(open_interest.or(old_open_interest)),
        venue_time: venue_time.or(old_time),
    }
}
