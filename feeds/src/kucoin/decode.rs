//! KuCoin's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts: the number of each row
//! goes into the scratch, and the session, which knows where the book stands, throws out those that are old.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Answer, Frame, Symbol};
use crate::decoded::{BookKind, Decoded, Derivative, Ids, NO_ID, Scratch, SideScratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, buy_or_sell, price_quantity, sequence, time_ms};
use crate::json::{TextBuffer, Value};
use engine_model::instrument::InstrumentId;
use engine_model::market::Level;
use engine_model::units::{Nanos, Ticks};

/// Reads all frames.
#[derive(Debug)]
pub(crate) struct Decoder;

impl Decoder {
    pub(crate) fn new() -> Self {
        Self
    }

    /// A frame of a socket.
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        if let Grids::Run(run) = grids
            && let Some(decoded) = fast::frame(run, bytes, out)
        {
            return Ok(decoded);
        }
        self.frame_the_general_way(grids, bytes, out)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn frame_the_general_way(
        &mut self,
        grids: &mut Grids,
        bytes: &[u8],
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        out.clear();
        match wire::frame(bytes)? {
            Frame::Delta(delta) => self::delta(&delta, grids, out),
            Frame::Depth(depth) => self::depth(&depth, grids, out),
            Frame::Trade(trade) => self::trade(&trade, grids),
            Frame::Quote(quote) => self::quote(&quote, grids),
            Frame::Ticker(symbol, venue_time) => {
                let (instrument, venue_at_ns) = (find(symbol, grids)?, time_ms(venue_time));
                Ok(Decoded::Ticker(Derivative { instrument, venue_at_ns, ..Derivative::default() }))
            }
            Frame::Candle(symbol) => Ok(Decoded::Candle { instrument: find(symbol, grids)? }),
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// A REST answer. `known` is the instrument that the caller knows it to be of, where URL and answer do not say.
    pub(crate) fn answer(
        &mut self,
        grids: &mut Grids,
        url: Option<&str>,
        body: &[u8],
        known: Option<InstrumentId>,
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        out.clear();
        let book = match wire::answer(url, body)? {
            Answer::Book(book) => book,
            Answer::Instruments => return Ok(Decoded::Instruments),
            Answer::Unknown => return Ok(Decoded::Unknown),
        };
        let named = grids.named(book.asked_for, book.symbol, known)?;
        let instrument = named.flatten();
        let ids = Ids::one(sequence(book.sequence)?);
        grids.levels(instrument, book.bids, price_quantity, &mut out.bids)?;
        grids.levels(instrument, book.asks, price_quantity, &mut out.asks)?;
        if named.is_none() {
            return Ok(Decoded::NamelessSnapshot);
        }
        Ok(out.whole_book(BookKind::Snapshot, instrument, time_ms(book.venue_time), ids))
    }
}

fn find(symbol: Symbol<'_>, grids: &mut Grids) -> Result<Option<InstrumentId>, FrameError> {
    let mut buffer = TextBuffer::default();
    Ok(grids.find(symbol.plain(&mut buffer)?))
}

fn delta(delta: &wire::Delta<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = find(delta.symbol, grids)?;
    let ids = Ids { first: sequence(delta.first)?, last: sequence(delta.last)?, previous: NO_ID };
    rows(instrument, delta.bids, grids, &mut out.bids)?;
    rows(instrument, delta.asks, grids, &mut out.asks)?;
    Ok(out.whole_book(BookKind::Delta, instrument, time_ms(delta.venue_time), ids))
}

/// The rows of a delta. One at price 0 only takes a number: it changes nothing.
fn rows(
    instrument: Option<InstrumentId>,
    rows: Value<'_>,
    grids: &mut Grids,
    side: &mut SideScratch,
) -> Result<(), FrameError> {
    if !rows.is_array() {
        return Err(FrameError::Unreadable(Field::Levels));
    }
    for row in rows.elements() {
        let [px, qty, row_id] = wire::row(row)?;
        let (level, row_id) = (grids.level(instrument, px, qty)?, sequence(row_id)?);
        if level.px != Ticks(0) {
            side.push_numbered(level, row_id)?;
        }
    }
    Ok(())
}

fn depth(depth: &wire::Depth<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = find(depth.symbol, grids)?;
    grids.levels(instrument, depth.bids, price_quantity, &mut out.bids)?;
    grids.levels(instrument, depth.asks, price_quantity, &mut out.asks)?;
    Ok(out.whole_book(BookKind::Snapshot, instrument, time_ms(depth.venue_time), Ids::NONE))
}

fn trade(trade: &wire::Trade<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = find(trade.symbol, grids)?;
    let aggressor = buy_or_sell(trade.side)?;
    let Level { px, qty } = grids.level(instrument, trade.price, trade.quantity)?;
    let trade_id = trade.id.and_then(Value::unsigned).unwrap_or(0);
    let venue_at_ns = Nanos(trade.venue_time.and_then(Value::unsigned).unwrap_or(0));
    Ok(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))
}

fn quote(quote: &wire::Quote<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = find(quote.symbol, grids)?;
    let mut level = |side: Value<'_>| {
        let [px, qty] = price_quantity(side)?;
        grids.level(instrument, px, qty)
    };
    let sides = match quote.sides {
        [Some(bid), Some(ask)] => Some([level(bid)?, level(ask)?]),
        _ => None,
    };
    Ok(Decoded::Quote { instrument, venue_at_ns: time_ms(quote.venue_time), sides })
}
