//! KuCoin's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{asked_for, needed, not_empty, path_of, price_quantity, text};
use crate::json::{Text, TextBuffer, Value};

/// A frame of a socket.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// `/market/level2`.
    Delta(Delta<'a>),
    /// `/spotMarket/level2Depth5`, `/spotMarket/level2Depth50`.
    Depth(Depth<'a>),
    /// `/market/match`.
    Trade(Trade<'a>),
    /// `/spotMarket/level1`.
    Quote(Quote<'a>),
    /// `/market/ticker`.
    Ticker(Symbol<'a>, Option<Value<'a>>),
    /// `/market/candles`.
    Candle(Symbol<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// What names an instrument: a text, of which the last part counts where it is a topic (`/market/ticker:BTC-USDT`).
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'a> {
    named: Text<'a>,
    is_topic: bool,
}

impl<'a> Symbol<'a> {
    /// The data's own name where it has one, else that of the topic.
    fn new(named: Option<Value<'a>>, topic: Text<'a>) -> Result<Self, FrameError> {
        match named {
            Some(_) => Ok(Self { named: text(named, Field::Symbol)?, is_topic: false }),
            None => Ok(Self { named: topic, is_topic: true }),
        }
    }

    /// The symbol.
    pub fn plain<'b>(self, buffer: &'b mut TextBuffer) -> Result<&'b [u8], FrameError>
    where
        'a: 'b,
    {
        let named = self.named.plain(buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        if !self.is_topic {
            return Ok(named);
        }
        named.splitn(2, |byte| *byte == b':').nth(1).ok_or(FrameError::Missing(Field::Symbol))
    }
}

/// A change of a book.
#[derive(Clone, Copy, Debug)]
pub struct Delta<'a> {
    /// Of what.
    pub symbol: Symbol<'a>,
    /// The first number in it.
    pub first: Value<'a>,
    /// The last number in it.
    pub last: Value<'a>,
    /// Venue time; absent in 2021.
    pub venue_time: Option<Value<'a>>,
    /// Rows for [`row`].
    pub bids: Value<'a>,
    /// Rows for [`row`].
    pub asks: Value<'a>,
}

/// The best levels of a book, without a number.
#[derive(Clone, Copy, Debug)]
pub struct Depth<'a> {
    /// Of what.
    pub symbol: Symbol<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// A trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Symbol<'a>,
    /// The taker's side.
    pub side: Text<'a>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id, mostly no number.
    pub id: Option<Value<'a>>,
    /// Venue time in nanoseconds.
    pub venue_time: Option<Value<'a>>,
}

/// The best bid and ask.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// Of what.
    pub symbol: Symbol<'a>,
    /// Bid and ask where sent: price and quantity.
    pub sides: [Option<Value<'a>>; 2],
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A REST answer.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// `…/orderbook/level2`.
    Book(BookAnswer<'a>),
    /// `…/symbols`.
    Instruments,
    /// Anything else.
    Unknown,
}

/// A whole book, asked for.
#[derive(Clone, Copy, Debug)]
pub struct BookAnswer<'a> {
    /// Of what, by its URL.
    pub asked_for: Option<&'a str>,
    /// Of what, by itself.
    pub symbol: Option<Text<'a>>,
    /// Its number.
    pub sequence: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// The frame in these bytes.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let [kind, topic, subject, data] = outer.pick(["type", "topic", "subject", "data"]);
    let is_control = |kind: Text<'_>| ["welcome", "ack", "pong", "error"].iter().any(|name| kind.is(name));
    if kind.and_then(Value::string).is_some_and(is_control) {
        return Ok(Frame::Control);
    }
    let Some(topic) = topic.and_then(Value::string) else { return Ok(Frame::Unknown) };
    let mut buffer = TextBuffer::default();
    let plain = topic.plain(&mut buffer).unwrap_or_default();
    let data = |field| needed(data, field);
    match plain.split(|byte| *byte == b':').next().unwrap_or_default() {
        b"/market/level2" => delta(data(Field::Levels)?, topic),
        b"/spotMarket/level2Depth5" | b"/spotMarket/level2Depth50" => depth(data(Field::Levels)?, topic),
        b"/market/match" => trade(data(Field::Price)?, topic),
        b"/spotMarket/level1" => quote(data(Field::Symbol)?, topic),
        // Of all symbols at once, the subject is the symbol.
        b"/market/ticker" => {
            let all = plain == b"/market/ticker:all";
            let symbol = Symbol::new(subject.filter(|_| all), topic)?;
            Ok(Frame::Ticker(symbol, data(Field::Symbol)?.member("time")))
        }
        b"/market/candles" => {
            let symbol = data(Field::Symbol)?.member("symbol");
            Ok(Frame::Candle(Symbol { named: text(symbol, Field::Symbol)?, is_topic: false }))
        }
        _ => Ok(Frame::Unknown),
    }
}

/// A row of a delta: price, quantity, its own number.
pub fn row(row: Value<'_>) -> Result<[Value<'_>; 3], FrameError> {
    let [px, qty] = price_quantity(row)?;
    Ok([px, qty, needed(row.elements().nth(2), Field::Sequence)?])
}

/// What a REST answer is: by the path of its URL, or by its members where no URL was kept.
pub fn answer<'a>(url: Option<&'a str>, body: &'a [u8]) -> Result<Answer<'a>, FrameError> {
    let body = Value::parse(body)?;
    let by_path = |tail: &str| url.is_some_and(|url| path_of(url).ends_with(tail));
    let data = body.member("data");
    let is_book = |data: Value<'_>| ["sequence", "asks", "bids"].iter().all(|name| data.member(name).is_some());
    if by_path("/orderbook/level2") || (url.is_none() && data.is_some_and(is_book)) {
        book_answer(needed(data, Field::Levels)?, url.and_then(|url| asked_for(url, "symbol")))
    } else if by_path("/symbols") {
        Ok(Answer::Instruments)
    } else {
        Ok(Answer::Unknown)
    }
}

fn delta<'a>(data: Value<'a>, topic: Text<'a>) -> Result<Frame<'a>, FrameError> {
    let [symbol, first, last, changes, venue_time] =
        data.pick(["symbol", "sequenceStart", "sequenceEnd", "changes", "time"]);
    let [bids, asks] = needed(changes, Field::Levels)?.pick(["bids", "asks"]);
    Ok(Frame::Delta(Delta {
        symbol: Symbol::new(symbol, topic)?,
        first: needed(first, Field::Sequence)?,
        last: needed(last, Field::Sequence)?,
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}

fn depth<'a>(data: Value<'a>, topic: Text<'a>) -> Result<Frame<'a>, FrameError> {
    let [bids, asks, venue_time] = data.pick(["bids", "asks", "timestamp"]);
    let (bids, asks) = (needed(bids, Field::Levels)?, needed(asks, Field::Levels)?);
    Ok(Frame::Depth(Depth { symbol: Symbol::new(None, topic)?, venue_time, bids, asks }))
}

fn trade<'a>(data: Value<'a>, topic: Text<'a>) -> Result<Frame<'a>, FrameError> {
    let [symbol, side, price, quantity, id, venue_time] =
        data.pick(["symbol", "side", "price", "size", "tradeId", "time"]);
    Ok(Frame::Trade(Trade {
        symbol: Symbol::new(symbol, topic)?,
        side: text(side, Field::Side)?,
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time,
    }))
}

fn quote<'a>(data: Value<'a>, topic: Text<'a>) -> Result<Frame<'a>, FrameError> {
    let [bid, ask, venue_time] = data.pick(["bids", "asks", "timestamp"]);
    // A side that is empty has no elements.
    let sides = [bid, ask].map(|side| not_empty(side).filter(|side| side.elements().next().is_some()));
    Ok(Frame::Quote(Quote { symbol: Symbol::new(None, topic)?, sides, venue_time }))
}

fn book_answer<'a>(data: Value<'a>, asked_for: Option<&'a str>) -> Result<Answer<'a>, FrameError> {
    let [symbol, sequence, venue_time, bids, asks] = data.pick(["symbol", "sequence", "time", "bids", "asks"]);
    Ok(Answer::Book(BookAnswer {
        asked_for,
        symbol: symbol.map(|symbol| text(Some(symbol), Field::Symbol)).transpose()?,
        sequence: needed(sequence, Field::Sequence)?,
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}
