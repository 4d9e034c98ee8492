//! Gate's shapes: which frame this is, and where its fields are, as slices of its own bytes.
//!
//! Owns: the names and places of fields, the general way (any order, unknown fields ignored). Never: units, instruments,
//! state. Numbers stay text here; `decode` puts them on a grid.

use crate::error::{Field, FrameError};
use crate::grid::{asked_for, needed, not_empty, path_of, price_quantity, text};
use crate::json::{Text, TextBuffer, Value};

/// A frame of a socket.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// `*.order_book_update`.
    Book(Book<'a>),
    /// `*.trades`: rows for [`trade`].
    Trades(Rows<'a>),
    /// `*.book_ticker`.
    Quote(Quote<'a>),
    /// `*.tickers`: rows for [`ticker`]; when it was sent.
    Tickers(Rows<'a>, Sent<'a>),
    /// `*.candlesticks`: rows for [`candle`].
    Candles(Rows<'a>),
    /// `futures.public_liquidates`: rows for [`liquidation`].
    Liquidations(Rows<'a>),
    /// `futures.contract_stats`: rows for [`statistics`].
    Statistics(Rows<'a>),
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON that is none of these.
    Unknown,
}

/// What a channel tells: one object, or several in an array; tickers of 2021 stood in an array in an array.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a>(Value<'a>);

impl<'a> Rows<'a> {
    fn new(result: Option<Value<'a>>, field: Field) -> Result<Self, FrameError> {
        result.filter(|result| result.is_array() || result.is_object()).map(Self).ok_or(FrameError::Missing(field))
    }

    /// The objects.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        let rows = self.0.elements().chain(self.0.is_object().then_some(self.0));
        rows.flat_map(|row| row.elements().chain((!row.is_array()).then_some(row)))
    }
}

/// Times around a frame: in milliseconds (absent or 0 from older servers) and in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Milliseconds.
    pub ms: Option<Value<'a>>,
    /// Seconds.
    pub s: Option<Value<'a>>,
}

/// A book, whole or changed.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// The first number in it; `None` where it is whole.
    pub first: Option<Value<'a>>,
    /// The last number in it.
    pub last: Value<'a>,
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// A row of trades.
#[derive(Clone, Copy, Debug)]
pub struct Trade<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// The taker's side; `None` where the sign of the quantity tells it.
    pub side: Option<Text<'a>>,
    /// Price.
    pub price: Value<'a>,
    /// Quantity.
    pub quantity: Value<'a>,
    /// The venue's id.
    pub id: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Sent<'a>,
}

/// The best bid and ask.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Bid, its quantity, ask, its quantity, each where sent.
    pub sides: [Option<Value<'a>>; 4],
    /// Venue time.
    pub venue_time: Option<Value<'a>>,
}

/// A row of tickers.
#[derive(Clone, Copy, Debug)]
pub struct Ticker<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Mark price.
    pub mark: Option<Value<'a>>,
    /// Index price.
    pub index: Option<Value<'a>>,
    /// Funding rate of the running interval.
    pub rate: Option<Value<'a>>,
    /// When funding is paid next and how often, in seconds; not from older servers.
    pub schedule: [Option<Value<'a>>; 2],
    /// Open interest.
    pub open_interest: Option<Value<'a>>,
}

/// A row of liquidations.
#[derive(Clone, Copy, Debug)]
pub struct Liquidation<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Price.
    pub price: Option<Value<'a>>,
    /// Quantity of the order, with its sign.
    pub quantity: Option<Value<'a>>,
    /// Venue time.
    pub venue_time: Sent<'a>,
}

/// A row of a contract's statistics.
#[derive(Clone, Copy, Debug)]
pub struct Statistics<'a> {
    /// Of what.
    pub symbol: Text<'a>,
    /// Open interest.
    pub open_interest: Option<Value<'a>>,
    /// Venue time in seconds.
    pub venue_time: Option<Value<'a>>,
}

/// A REST answer.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// `…/order_book`.
    Book(BookAnswer<'a>),
    /// `…/currency_pairs`, `…/contracts`.
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
    pub id: Value<'a>,
    /// When it was made: on spot in milliseconds, of contracts in seconds with decimals.
    pub venue_time: Option<Value<'a>>,
    /// Levels.
    pub bids: Value<'a>,
    /// Levels.
    pub asks: Value<'a>,
}

/// The frame in these bytes. Channels of the other market are unknown: they spell its instruments like ours.
pub fn frame(bytes: &[u8], futures: bool) -> Result<Frame<'_>, FrameError> {
    if matches!(bytes, b"ping" | b"pong") {
        return Ok(Frame::Control);
    }
    let outer = Value::parse(bytes)?;
    let [channel, event, result, ms, s] = outer.pick(["channel", "event", "result", "time_ms", "time"]);
    if event.and_then(Value::string).is_some_and(|event| event.is("subscribe") || event.is("unsubscribe")) {
        return Ok(Frame::Control);
    }
    let mut buffer = TextBuffer::default();
    let channel = channel.and_then(Value::string).and_then(|channel| channel.plain(&mut buffer));
    let market: &[u8] = if futures { b"futures." } else { b"spot." };
    let Some(name) = channel.and_then(|channel| channel.strip_prefix(market)) else { return Ok(Frame::Unknown) };
    match name {
        b"order_book_update" => book(needed(result, Field::Levels)?),
        b"trades" => Rows::new(result, Field::Price).map(Frame::Trades),
        b"book_ticker" => quote(needed(result, Field::Symbol)?),
        b"tickers" => Ok(Frame::Tickers(Rows::new(result, Field::Symbol)?, Sent { ms, s })),
        b"candlesticks" => Rows::new(result, Field::Symbol).map(Frame::Candles),
        b"public_liquidates" if futures => Rows::new(result, Field::Symbol).map(Frame::Liquidations),
        b"contract_stats" if futures => Rows::new(result, Field::Symbol).map(Frame::Statistics),
        b"ping" | b"pong" => Ok(Frame::Control),
        _ => Ok(Frame::Unknown),
    }
}

/// Whether an answer says no to what was asked: `{…,"event":"subscribe","error":{"code":2,"message":…}}`. Where all is well
/// the error is `null`.
pub fn is_rejection(outer: Value<'_>) -> bool {
    outer.member("error").is_some_and(Value::is_object)
}

/// A row of trades.
pub fn trade(row: Value<'_>, futures: bool) -> Result<Trade<'_>, FrameError> {
    let names = if futures { ["contract", "size"] } else { ["currency_pair", "amount"] };
    let [symbol, quantity, side, price] = row.pick([names[0], names[1], "side", "price"]);
    let [id, ms, s] = row.pick(["id", "create_time_ms", "create_time"]);
    Ok(Trade {
        symbol: text(symbol, Field::Symbol)?,
        side: if futures { None } else { Some(text(side, Field::Side)?) },
        price: needed(price, Field::Price)?,
        quantity: needed(quantity, Field::Quantity)?,
        id,
        venue_time: Sent { ms, s },
    })
}

/// A row of tickers. Spot has no mark, no index, no funding, no open interest.
pub fn ticker(row: Value<'_>, futures: bool) -> Result<Ticker<'_>, FrameError> {
    let name = if futures { "contract" } else { "currency_pair" };
    let [symbol, mark, index, rate, open_interest] =
        row.pick([name, "mark_price", "index_price", "funding_rate", "total_size"]);
    let [mark, index, rate, open_interest] =
        [mark, index, rate, open_interest].map(|value| not_empty(value).filter(|_| futures));
    let schedule = row.pick(["funding_next_apply", "funding_interval"]);
    Ok(Ticker { symbol: text(symbol, Field::Symbol)?, mark, index, rate, schedule, open_interest })
}

/// The name of a row of candles: `1m_BTC_USDT`.
pub fn candle(row: Value<'_>) -> Result<Text<'_>, FrameError> {
    text(row.member("n"), Field::Symbol)
}

/// A row of liquidations.
pub fn liquidation(row: Value<'_>) -> Result<Liquidation<'_>, FrameError> {
    let [symbol, price, quantity, ms, s] = row.pick(["contract", "price", "size", "time_ms", "time"]);
    let [price, quantity] = [price, quantity].map(not_empty);
    Ok(Liquidation { symbol: text(symbol, Field::Symbol)?, price, quantity, venue_time: Sent { ms, s } })
}

/// A row of a contract's statistics.
pub fn statistics(row: Value<'_>) -> Result<Statistics<'_>, FrameError> {
    let [symbol, open_interest, venue_time] = row.pick(["contract", "open_interest", "time"]);
    Ok(Statistics { symbol: text(symbol, Field::Symbol)?, open_interest: not_empty(open_interest), venue_time })
}

/// What a REST answer is: by the path of its URL, or by its members where no URL was kept.
pub fn answer<'a>(url: Option<&'a str>, body: &'a [u8]) -> Result<Answer<'a>, FrameError> {
    let body = Value::parse(body)?;
    let by_path = |tail: &str| url.is_some_and(|url| path_of(url).ends_with(tail));
    let is_book = || url.is_none() && ["id", "asks", "bids"].iter().all(|name| body.member(name).is_some());
    if by_path("/order_book") || is_book() {
        let asked_for = url.and_then(|url| asked_for(url, "currency_pair").or_else(|| asked_for(url, "contract")));
        book_answer(body, asked_for)
    } else if by_path("/currency_pairs") || by_path("/contracts") {
        Ok(Answer::Instruments)
    } else {
        Ok(Answer::Unknown)
    }
}

/// Price and quantity of a level: spot sends `["0.1","2"]`, contracts `{"p":"0.1","s":2}`.
pub fn level(row: Value<'_>) -> Result<[Value<'_>; 2], FrameError> {
    if !row.is_object() {
        return price_quantity(row);
    }
    let [px, qty] = row.pick(["p", "s"]);
    Ok([needed(px, Field::Price)?, needed(qty, Field::Quantity)?])
}

fn book(result: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, full, first, last, bids, asks, venue_time] = result.pick(["s", "full", "U", "u", "b", "a", "t"]);
    let is_whole = full.and_then(Value::boolean) == Some(true);
    Ok(Frame::Book(Book {
        symbol: text(symbol, Field::Symbol)?,
        first: if is_whole { None } else { Some(needed(first, Field::Sequence)?) },
        last: needed(last, Field::Sequence)?,
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}

fn quote(result: Value<'_>) -> Result<Frame<'_>, FrameError> {
    let [symbol, bid, bid_qty, ask, ask_qty, venue_time] = result.pick(["s", "b", "B", "a", "A", "t"]);
    let sides = [bid, bid_qty, ask, ask_qty].map(not_empty);
    Ok(Frame::Quote(Quote { symbol: text(symbol, Field::Symbol)?, sides, venue_time }))
}

fn book_answer<'a>(body: Value<'a>, asked_for: Option<&'a str>) -> Result<Answer<'a>, FrameError> {
    let [pair, contract, id, venue_time, bids, asks] =
        body.pick(["currency_pair", "contract", "id", "update", "bids", "asks"]);
    Ok(Answer::Book(BookAnswer {
        asked_for,
        symbol: pair.or(contract).map(|symbol| text(Some(symbol), Field::Symbol)).transpose()?,
        id: needed(id, Field::Sequence)?,
        venue_time,
        bids: needed(bids, Field::Levels)?,
        asks: needed(asks, Field::Levels)?,
    }))
}
