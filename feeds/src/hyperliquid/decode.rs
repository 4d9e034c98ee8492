//! Hyperliquid's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the general way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Frame};
use crate::decoded::{BookKind, Decoded, Derivative, Funding, Ids, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, rate_e8, time_ms};
use crate::json::{Elements, Value};
use engine_model::market::Side;
use engine_model::units::Nanos;

/// Funding is paid every hour, and the rate is that of an hour.
const FUNDING_S: u32 = 3_600;

/// Reads the frames of all channels.
#[derive(Debug)]
pub(crate) struct Decoder;

impl Decoder {
    /// A frame of a socket.
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        if let Grids::Run(run) = grids
            && let Some(decoded) = fast::frame(run, bytes, out)
        {
            return Ok(decoded);
        }
        Self::frame_the_general_way(grids, bytes, out)
    }

    #[cold]
    #[inline(never)]
    fn frame_the_general_way(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        match wire::frame(bytes)? {
            Frame::Book(book) => self::book(&book, grids, out),
            Frame::Trades(rows) => trades(rows, grids, out),
            Frame::Quote(quote) => self::quote(&quote, grids),
            Frame::Context(context) => self::context(&context, grids),
            Frame::Candle(symbol) => Ok(Decoded::Candle { instrument: grids.instrument(symbol)? }),
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// A REST answer: nothing that it could say is read here.
    pub(crate) fn answer(&mut self, body: &[u8]) -> Result<Decoded, FrameError> {
        Value::parse(body)?;
        Ok(Decoded::Unknown)
    }
}

fn book(book: &wire::Book<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(book.symbol)?;
    for (rows, side) in [(book.bids, &mut out.bids), (book.asks, &mut out.asks)] {
        grids.levels(instrument, rows, wire::level, side)?;
    }
    Ok(out.whole_book(BookKind::Snapshot, instrument, time_ms(book.venue_time), Ids::NONE))
}

fn trades(rows: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows {
        let row = wire::trade(row)?;
        let instrument = grids.instrument(row.symbol)?;
        let aggressor = match row.side {
            side if side.is("B") => Side::Buy,
            side if side.is("A") => Side::Sell,
            _ => return Err(FrameError::Unreadable(Field::Side)),
        };
        let (px, qty) = (grids.price(instrument, row.price)?, grids.quantity(instrument, row.quantity)?);
        let trade_id = row.id.and_then(Value::unsigned).unwrap_or(0);
        let venue_at_ns = time_ms(row.venue_time);
        out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
    }
    Ok(Decoded::Many)
}

fn quote(quote: &wire::Quote<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(quote.symbol)?;
    let mut level = |row| {
        let [px, qty] = wire::level(row)?;
        grids.level(instrument, px, qty)
    };
    let [bid, ask] = quote.sides;
    let (bid, ask) = (bid.map(&mut level).transpose()?, ask.map(&mut level).transpose()?);
    let sides = bid.zip(ask).map(|(bid, ask)| [bid, ask]);
    Ok(Decoded::Quote { instrument, venue_at_ns: time_ms(quote.venue_time), sides })
}

fn context(context: &wire::Context<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(context.symbol)?;
    let mut price = |value: Option<Value<'_>>| value.map(|v| grids.average(instrument, v)).transpose();
    let (mark, index) = (price(context.mark)?, price(context.index)?);
    let rate = context.funding.map(rate_e8).transpose()?;
    let funding = rate.map(|rate_e8| Funding { rate_e8, next_at_ns: Nanos(0), interval_s: FUNDING_S });
    let open_interest = context.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
    let venue_at_ns = Nanos(0);
    Ok(Decoded::Derivative(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))
}
