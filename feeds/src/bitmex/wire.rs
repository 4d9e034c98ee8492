//! BitMEX's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Elements, Text, Value};

/// A frame of a socket.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// `orderBookL2`: rows for [`level`].
    Book(Action, Elements<'a>),
    /// `trade`: rows for [`trade`].
    Trades(Elements<'a>),
    /// `quote`: rows for [`quote`].
    Quotes(Elements<'a>),
    /// `liquidation`: rows for [`liquidation`].
    Liquidations(Elements<'a>),
    /// An answer to something we sent, or the welcome.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// What a frame does to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is the whole table.
    Partial,
    /// Its rows are new.
    Insert,
    /// Its rows have changed.
    Update,
    /// Its rows are gone.
    Delete,
}

/// A row of a book.
#[derive(Clone, Copy, Debug)]
pub struct Level<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// What the row is called by.
    pub id: Value<'a>,
    /// Its side.
    pub side: Option<Text<'a>>,
    /// Price: of new rows.
    pub price: Option<Value<'a>>,
    /// Quantity.
    pub size: Option<Value<'a>>,
    /// Venue time: in later years.
    pub venue_time: Option<Value<'a>>,
}

/// A row of trades or liquidations.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Of a trade the taker's side, of a liquidation that of its order.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub size: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// Best bid and ask.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Bid price and quantity, ask price and quantity.
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
    let [table, action, data] = outer.pick(["table", "action", "data"]);
    let Some(table) = table.and_then(Value::string) else { return Ok(without_table(outer)) };
    let of = |tables: &[&str]| tables.iter().any(|name| table.is(name));
    if !of(&["orderBookL2", "trade", "quote", "liquidation"]) {
        return Ok(Frame::Unknown);
    }
    let action = action_of(action)?;
    let rows = data.filter(|data| data.is_array()).map(Value::elements).ok_or(FrameError::Missing(Field::Levels))?;
    Ok(match action {
        action if of(&["orderBookL2"]) => Frame::Book(action, rows),
        Action::Partial | Action::Insert if of(&["trade"]) => Frame::Trades(rows),
        Action::Partial | Action::Insert if of(&["quote"]) => Frame::Quotes(rows),
        Action::Insert if of(&["liquidation"]) => Frame::Liquidations(rows),
        _ => Frame::Unknown,
    })
}

/// A row of a book.
pub fn level(row: Value<'_>) -> Result<Level<'_>, FrameError> {
    let [symbol, id, side, price, size, venue_time] = row.pick(["symbol", "id", "side", "price", "size", "timestamp"]);
    let side = not_empty(side).map(|side| side.string().ok_or(FrameError::Unreadable(Field::Side))).transpose()?;
    let (price, size) = (not_empty(price), not_empty(size));
    Ok(Level { symbol: text(symbol, Field::Symbol)?, id: needed(id, Field::Sequence)?, side, price, size, venue_time })
}

/// A row of trades.
pub fn trade(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    sold(row, "size")
}

/// A row of liquidations: what is left of the order.
pub fn liquidation(row: Value<'_>) -> Result<Trade<'_>, FrameError> {
    sold(row, "leavesQty")
}

/// Best bid and ask.
pub fn quote(row: Value<'_>) -> Result<Quote<'_>, FrameError> {
    let [symbol, bid_price, bid_size, ask_price, ask_size, venue_time] =
        row.pick(["symbol", "bidPrice", "bidSize", "askPrice", "askSize", "timestamp"]);
    let sides = [bid_price, bid_size, ask_price, ask_size].map(not_empty);
    Ok(Quote { symbol: text(symbol, Field::Symbol)?, sides, venue_time })
}

fn sold<'a>(row: Value<'a>, size: &str) -> Result<Trade<'a>, FrameError> {
    let [symbol, side, price, size, venue_time] = row.pick(["symbol", "side", "price", size, "timestamp"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        size: needed(size, Field::Quantity)?,
        venue_time,
    })
}

fn action_of(action: Option<Value<'_>>) -> Result<Action, FrameError> {
    match text(action, Field::Action)? {
        action if action.is("partial") => Ok(Action::Partial),
        action if action.is("insert") => Ok(Action::Insert),
        action if action.is("update") => Ok(Action::Update),
        action if action.is("delete") => Ok(Action::Delete),
        _ => Err(FrameError::Unreadable(Field::Action)),
    }
}

fn without_table(outer: Value<'_>) -> Frame<'_> {
    let is_control = ["info", "success", "error"].iter().any(|name| outer.member(name).is_some());
    if is_control { Frame::Control } else { Frame::Unknown }
}
