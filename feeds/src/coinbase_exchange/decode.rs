//! Coinbase Exchange's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the general way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Frame};
use crate::decoded::{BookKind, Decoded, Derivative, Ids, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, needed, price_quantity, text, time_iso};
use crate::json::Value;
use engine_model::market::Side;

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
            Frame::Snapshot(book) => snapshot(&book, grids, out),
            Frame::Changes(book) => changes(&book, grids, out),
            Frame::Trade(trade) => self::trade(&trade, grids),
            Frame::Ticker(symbol, venue_time) => {
                let (instrument, venue_at_ns) = (grids.instrument(symbol)?, time_iso(venue_time));
                Ok(Decoded::Ticker(Derivative { instrument, venue_at_ns, ..Derivative::default() }))
            }
            Frame::Instruments => Ok(Decoded::Instruments),
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// A REST answer.
    pub(crate) fn answer(&mut self, url: Option<&str>, body: &[u8]) -> Result<Decoded, FrameError> {
        Value::parse(body)?;
        let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
        Ok(if path.ends_with("/products") { Decoded::Instruments } else { Decoded::Unknown })
    }
}

fn snapshot(book: &wire::Snapshot<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(book.symbol)?;
    for (rows, side) in [(book.bids, &mut out.bids), (book.asks, &mut out.asks)] {
        grids.levels(instrument, rows, price_quantity, side)?;
    }
    Ok(out.whole_book(BookKind::Snapshot, instrument, time_iso(book.venue_time), Ids::NONE))
}

fn changes(book: &wire::Changes<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(book.symbol)?;
    for row in book.rows.elements() {
        let mut parts = row.elements();
        let side = match text(parts.next(), Field::Side)? {
            side if side.is("buy") => &mut out.bids,
            side if side.is("sell") => &mut out.asks,
            _ => return Err(FrameError::Unreadable(Field::Side)),
        };
        let px = needed(parts.next(), Field::Price)?;
        let qty = needed(parts.next(), Field::Quantity)?;
        side.push(grids.level(instrument, px, qty)?)?;
    }
    Ok(out.whole_book(BookKind::Delta, instrument, time_iso(book.venue_time), Ids::NONE))
}

fn trade(trade: &wire::Trade<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(trade.symbol)?;
    // The side sent is the maker's: who came to him is on the other.
    let aggressor = match trade.side {
        side if side.is("buy") => Side::Sell,
        side if side.is("sell") => Side::Buy,
        _ => return Err(FrameError::Unreadable(Field::Side)),
    };
    let (px, qty) = (grids.price(instrument, trade.price)?, grids.quantity(instrument, trade.quantity)?);
    let trade_id = trade.id.and_then(Value::unsigned).unwrap_or(0);
    let venue_at_ns = time_iso(trade.venue_time);
    Ok(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))
}
