//! Binance's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; [`super::decode`] puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{needed, not_empty, text};
use crate::json::{Text, TextBuffer, Value};

/// A frame of a socket.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// `depthUpdate`.
    Depth(Depth<'a>),
    /// `trade` or `aggTrade`.
    Trade(Trade<'a>),
    /// `bookTicker`.
    Quote(Quote<'a>),
    /// `markPriceUpdate`.
    Mark(Mark<'a>),
    /// `forceOrder`.
    Liquidation(Liquidation<'a>),
    /// `kline`.
    Candle(Text<'a>),
    /// `24hrTicker`, `24hrMiniTicker`.
    Ticker(Text<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// A change of a book.
#[derive(Clone, Copy, Debug)]
pub struct Depth<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// First sequence number in it.
    pub first: Value<'a>,
    /// Last sequence number in it.
    pub last: Value<'a>,
    /// Last sequence number of the message before; futures only.
    pub previous: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// A trade or an aggregate of trades.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Id of the trade or of the aggregate.
    pub id: Option<Value<'a>>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// Whether the buyer was the maker.
    pub buyer_is_maker: bool,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// The venue's best bid and ask. Only the instrument is needed.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Best bid, its quantity, best ask, its quantity.
    pub sides: [Option<Value<'a>>; 4],
    /// Venue time; spot sends none.
    pub venue_time: Option<Value<'a>>,
}

/// Mark price, index price and funding rate, each where sent.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// Funding rate.
    pub rate: Option<Value<'a>>,
    /// When funding is next paid.
    pub next_funding: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A liquidation order.
#[derive(Clone, Copy, Debug)]
pub struct Liquidation<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Side of the order that closes the position.
    pub side: Option<Value<'a>>,
    /// Price.
    pub price: Option<Value<'a>>,
    /// Quantity.
    pub quantity: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// What a REST answer is.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// `…/depth`.
    Depth(DepthAnswer<'a>),
    /// `…/exchangeInfo`.
    Instruments,
    /// `…/openInterest`.
    OpenInterest(OpenInterest<'a>),
    /// JSON of another path.
    Unknown,
}

/// Open interest.
#[derive(Clone, Copy, Debug)]
pub struct OpenInterest<'a> {
    /// Of what.
    pub symbol: Option<Text<'a>>,
    /// The same, where only the URL says so.
    pub asked_for: Option<&'a str>,
    /// How much.
    pub quantity: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A whole book.
#[derive(Clone, Copy, Debug)]
pub struct DepthAnswer<'a> {
    /// Of what, where the answer itself says so.
    pub symbol: Option<Text<'a>>,
    /// The sequence number it stands at.
    pub last: Value<'a>,
    /// Venue time; spot sends none.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// The frame in these bytes; `futures` asks for the sequence number that only futures send.
pub fn frame(bytes: &[u8], futures: bool) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let event = outer.member("data").unwrap_or(outer);
    let mut buffer = TextBuffer::default();
    let kind = event.member("e").and_then(Value::string).and_then(|kind| kind.plain(&mut buffer));
    match kind {
        Some(b"depthUpdate") => depth(event, futures),
        Some(b"trade") => trade(event, "t"),
        Some(b"aggTrade") => trade(event, "a"),
        Some(b"bookTicker") => quote(event),
        Some(b"markPriceUpdate") => mark(event),
        Some(b"forceOrder") => liquidation(event),
        Some(b"kline") => symbol(event.member("s")).map(Frame::Candle),
        Some(b"24hrTicker" | b"24hrMiniTicker") => symbol(event.member("s")).map(Frame::Ticker),
        _ if is_bare_quote(event) => quote(event),
        _ if is_control(outer) => Ok(Frame::Control),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{"error":{"code":…,"msg":…},"id":1}`, or the same bare.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.member("error").is_some() || (outer.member("code").is_some() && outer.member("msg").is_some())
}

/// What a REST answer is: by the path of its URL, or by its members where no URL was kept.
pub fn answer<'a>(url: Option<&'a str>, body: &'a [u8]) -> Result<Answer<'a>, FrameError> {
    let body = Value::parse(body)?;
    let path = url.map(|url| url.split(['?', '#']).next().unwrap_or_default());
    let by_path = |tail: &str| path.is_some_and(|path| path.ends_with(tail));
    let by_members = |members: &[&str]| path.is_none() && members.iter().all(|name| body.member(name).is_some());
    if by_path("/depth") || by_members(&["lastUpdateId", "bids", "asks"]) {
        depth_answer(body)
    } else if by_path("/exchangeInfo") || by_members(&["symbols", "serverTime"]) {
        Ok(Answer::Instruments)
    } else if by_path("/openInterest") || by_members(&["openInterest", "symbol"]) {
        let [named, quantity, venue_time] = body.pick(["symbol", "openInterest", "time"]);
        let (symbol, asked_for) = (named.and_then(Value::string), url.and_then(symbol_of_url));
        if symbol.is_none() && asked_for.is_none() {
            return Err(FrameError::Missing(Field::Symbol));
        }
        let quantity = not_empty(quantity);
        Ok(Answer::OpenInterest(OpenInterest { symbol, asked_for, quantity, venue_time }))
    } else {
        Ok(Answer::Unknown)
    }
}

/// The instrument that a REST URL asks for.
#[must_use]
pub fn symbol_of_url(url: &str) -> Option<&str> {
    let query = url.split_once('?')?.1;
    let query = query.split('#').next()?;
    query.split('&').find_map(|pair| pair.strip_prefix("symbol=")).filter(|symbol| !symbol.is_empty())
}

fn symbol(value: Option<Value<'_>>) -> Result<Text<'_>, FrameError> {
    text(value, Field::Symbol)
}

fn depth(event: Value<'_>, futures: bool) -> Result<Frame<'_>, FrameError> {
    let [s, first, last, previous, venue_time, bids, asks] = event.pick(["s", "U", "u", "pu", "E", "b", "a"]);
    Ok(Frame::Depth(Depth {
        symbol: symbol(s)?,
        first: needed(first, Field::Sequence)?,
        last: needed(last, Field::Sequence)?,
        previous: if futures { Some(needed(previous, Field::Sequence)?) } else { None },
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}

fn trade<'a>(event: Value<'a>, id: &str) -> Result<Frame<'a>, FrameError> {
    let [s, id, price, quantity, side, traded, sent] = event.pick(["s", id, "p", "q", "m", "T", "E"]);
    Ok(Frame::Trade(Trade {
        symbol: symbol(s)?,
        id,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        buyer_is_maker: needed(side, Field::Side)?.boolean().ok_or(FrameError::Unreadable(Field::Side))?,
        venue_time: traded.or(sent),
    }))
}

fn quote(event: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [s, bid, bid_qty, ask, ask_qty, venue_time] = event.pick(["s", "b", "B", "a", "A", "E"]);
    let sides = [bid, bid_qty, ask, ask_qty].map(not_empty);
    Ok(Frame::Quote(Quote { symbol: symbol(s)?, sides, venue_time }))
}

fn mark(event: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [s, mark, index, rate, next_funding, venue_time] = event.pick(["s", "p", "i", "r", "T", "E"]);
    let [mark, index, rate] = [mark, index, rate].map(not_empty);
    Ok(Frame::Mark(Mark { symbol: symbol(s)?, mark, index, rate, next_funding, venue_time }))
}

/// The order stands inside, under `o`.
fn liquidation(event: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [order, sent] = event.pick(["o", "E"]);
    let [s, side, price, quantity, traded] = order.unwrap_or(event).pick(["s", "S", "p", "q", "T"]);
    let [side, price, quantity] = [side, price, quantity].map(not_empty);
    Ok(Frame::Liquidation(Liquidation { symbol: symbol(s)?, side, price, quantity, venue_time: traded.or(sent) }))
}

fn depth_answer(body: Value<'_>) -> Result<Answer<'_>, FrameError> {
    let [s, last, venue_time, bids, asks] = body.pick(["symbol", "lastUpdateId", "E", "bids", "asks"]);
    Ok(Answer::Depth(DepthAnswer {
        symbol: s.map(|s| symbol(Some(s))).transpose()?,
        last: needed(last, Field::Sequence)?,
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}

/// Spot's `bookTicker` does not say what it is.
fn is_bare_quote(event: Value<'_>) -> bool {
    event.member("e").is_none() && ["s", "b", "B", "a", "A"].iter().all(|name| event.member(name).is_some())
}

fn is_control(outer: Value<'_>) -> bool {
    is_rejection(outer) || (outer.member("result").is_some() && outer.member("id").is_some())
}
