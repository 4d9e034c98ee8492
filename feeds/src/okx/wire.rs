//! OKX's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

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
        /// The books.
        rows: Rows<'a>,
    },
    /// `bbo-tbt`: rows for [`book`].
    Quotes(Rows<'a>),
    /// `trades`: rows for [`trade`].
    Trades(Rows<'a>),
    /// `tickers`: rows for [`told`].
    Tickers(Rows<'a>),
    /// `mark-price`, `index-tickers`, `funding-rate`: rows for [`told`].
    Derivatives(Rows<'a>),
    /// `open-interest`: rows for [`told`].
    OpenInterest(Rows<'a>),
    /// `liquidation-orders`: rows for [`liquidations`].
    Liquidations(Rows<'a>),
    /// `candle…`.
    Candles(Rows<'a>),
    /// `instruments`.
    Instruments,
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// Rows of a channel.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// The instrument that the subscription names, where it does.
    pub symbol: Option<Value<'a>>,
    /// In the order sent.
    pub rows: Elements<'a>,
}

/// A book, whole or changed.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Levels `[price, quantity, …]`.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// Until 2026; 0 since.
    pub checksum: Option<Value<'a>>,
    /// Number of the message before; −1 in a snapshot.
    pub previous: Option<Value<'a>>,
    /// Its number.
    pub sequence: Option<Value<'a>>,
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

/// What a channel tells of an instrument besides book and trades; each has its own of these fields.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// Funding rate, when it is paid, when the one behind it is paid (ms).
    pub funding: [Option<Value<'a>>; 3],
    /// Open interest in contracts.
    pub open_interest: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// One liquidation of an instrument; nothing in it must be there.
#[derive(Clone, Copy, Debug)]
pub struct Liquidation<'a> {
    /// Side of the closing order.
    pub side: Option<Text<'a>>,
    /// Side of the position that was closed, or `net`.
    pub position_side: Option<Text<'a>>,
    /// Bankruptcy price.
    pub price: Option<Value<'a>>,
    /// Contracts.
    pub quantity: Option<Value<'a>>,
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
    let [channel, symbol] = argument.map_or([None; 2], |argument| argument.pick(["channel", "instId"]));
    let Some(channel) = channel.and_then(Value::string) else { return Ok(Frame::Unknown) };
    let mut buffer = TextBuffer::default();
    let channel = channel.plain(&mut buffer).unwrap_or_default();
    let rows = |field| {
        let rows = needed(data, field)?;
        if rows.is_array() { Ok(Rows { symbol, rows: rows.elements() }) } else { Err(FrameError::Unreadable(field)) }
    };
    match channel {
        b"books" | b"books-l2-tbt" | b"books50-l2-tbt" => {
            Ok(Frame::Books { is_snapshot: is_snapshot(action)?, rows: rows(Field::Levels)? })
        }
        b"books5" => Ok(Frame::Books { is_snapshot: true, rows: rows(Field::Levels)? }),
        b"bbo-tbt" => rows(Field::Levels).map(Frame::Quotes),
        b"trades" => rows(Field::Price).map(Frame::Trades),
        b"tickers" => rows(Field::Symbol).map(Frame::Tickers),
        b"mark-price" | b"index-tickers" | b"funding-rate" => rows(Field::Symbol).map(Frame::Derivatives),
        b"open-interest" => rows(Field::Symbol).map(Frame::OpenInterest),
        b"liquidation-orders" => rows(Field::Symbol).map(Frame::Liquidations),
        b"instruments" => Ok(Frame::Instruments),
        candle if candle.starts_with(b"candle") => rows(Field::Symbol).map(Frame::Candles),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{"event":"error","code":"60018","msg":…}`.
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

impl<'a> Rows<'a> {
    /// The instrument of a row: its own, else that of the subscription.
    fn symbol_of(&self, own: Option<Value<'a>>) -> Result<Text<'a>, FrameError> {
        text(own.or(self.symbol), Field::Symbol)
    }

    /// A trade.
    pub fn trade(&self, row: Value<'a>) -> Result<Trade<'a>, FrameError> {
        let [symbol, side, price, quantity, id, venue_time] = row.pick(["instId", "side", "px", "sz", "tradeId", "ts"]);
        Ok(Trade {
            symbol: self.symbol_of(symbol)?,
            side: text(side, Field::Side)?,
            price: needed(price, Field::Price)?,
            quantity: needed(quantity, Field::Quantity)?,
            id,
            venue_time,
        })
    }

    /// A row of any channel that is no book and no trade. `""` stands for what the venue does not have.
    pub fn told(&self, row: Value<'a>) -> Result<Told<'a>, FrameError> {
        let [symbol, mark, index, rate, paid, next_paid, open_interest, venue_time] =
            row.pick(["instId", "markPx", "idxPx", "fundingRate", "fundingTime", "nextFundingTime", "oi", "ts"]);
        Ok(Told {
            symbol: self.symbol_of(symbol)?,
            mark: not_empty(mark),
            index: not_empty(index),
            funding: [not_empty(rate), paid, next_paid],
            open_interest: not_empty(open_interest),
            venue_time,
        })
    }

    /// The instrument of a row of liquidations, and its `details` for [`liquidation`].
    pub fn liquidations(&self, row: Value<'a>) -> Result<(Text<'a>, Elements<'a>), FrameError> {
        let [symbol, details] = row.pick(["instId", "details"]);
        let details = needed(details, Field::Side)?;
        if !details.is_array() {
            return Err(FrameError::Unreadable(Field::Side));
        }
        Ok((self.symbol_of(symbol)?, details.elements()))
    }
}

/// A book, or both sides of a quote.
pub fn book(row: Value<'_>) -> Result<Book<'_>, FrameError> {
    let [bids, asks, venue_time, checksum, previous, sequence] =
        row.pick(["bids", "asks", "ts", "checksum", "prevSeqId", "seqId"]);
    let (bids, asks) = (needed(bids, Field::Levels)?, needed(asks, Field::Levels)?);
    if !bids.is_array() || !asks.is_array() {
        return Err(FrameError::Unreadable(Field::Levels));
    }
    Ok(Book { bids, asks, venue_time, checksum, previous, sequence })
}

/// One of the `details` of a liquidation.
#[must_use]
pub fn liquidation(row: Value<'_>) -> Liquidation<'_> {
    let [side, position_side, price, quantity, venue_time] = row.pick(["side", "posSide", "bkPx", "sz", "ts"]);
    Liquidation {
        side: side.and_then(Value::string),
        position_side: position_side.and_then(Value::string),
        price: not_empty(price),
        quantity: not_empty(quantity),
        venue_time,
    }
}
