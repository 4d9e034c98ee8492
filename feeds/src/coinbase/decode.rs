//! Coinbase Advanced's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the general way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Frame, Message};
use crate::decoded::{Book, BookKind, Decoded, Derivative, Ids, Proof, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, needed, sequence, time_iso};
use crate::json::{Elements, Value};
use engine_model::market::Side;
use engine_model::units::Nanos;

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
        let message = wire::message(bytes)?;
        // What does not concern us is not looked at closely, but its number counts like any other.
        out.socket_sequence = match message.frame {
            Frame::Control | Frame::Unknown => message.sequence.and_then(Value::unsigned),
            _ => message.sequence.map(sequence).transpose()?,
        };
        match message.frame {
            Frame::Books(ref events) => books(&message, events.clone(), grids, out),
            Frame::Trades(events) => trades(events, grids, out),
            Frame::Tickers(events) => tickers(events, time_iso(message.venue_time), grids, out),
            Frame::Candles(events) => candles(events, grids, out),
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

fn books(
    message: &Message<'_>,
    events: Elements<'_>,
    grids: &mut Grids,
    out: &mut Scratch,
) -> Result<Decoded, FrameError> {
    let ids = Ids::one(sequence(needed(message.sequence, Field::Sequence)?)?);
    let venue_at_ns = time_iso(message.venue_time);
    for event in events {
        let wire::Book { symbol, is_snapshot, rows } = wire::book(event)?;
        let instrument = grids.instrument(symbol)?;
        let (bids, asks) = (out.bids.count, out.asks.count);
        for row in rows {
            let row = wire::level(row)?;
            let side = match row.side {
                side if side.is("bid") => &mut out.bids,
                side if side.is("offer") => &mut out.asks,
                _ => return Err(FrameError::Unreadable(Field::Side)),
            };
            side.push(grids.level(instrument, row.price, row.quantity)?)?;
        }
        let kind = if is_snapshot { BookKind::Snapshot } else { BookKind::Delta };
        let (bids, asks) = (out.bids.since(bids), out.asks.since(asks));
        out.push(Decoded::Book(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE }))?;
    }
    Ok(Decoded::Many)
}

fn trades(events: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for event in events {
        for row in wire::trades(event)? {
            let row = wire::trade(row)?;
            let instrument = grids.instrument(row.symbol)?;
            // The side sent is the maker's: who came to him is on the other.
            let aggressor = match row.side {
                side if side.is("BUY") => Side::Sell,
                side if side.is("SELL") => Side::Buy,
                _ => return Err(FrameError::Unreadable(Field::Side)),
            };
            let (px, qty) = (grids.price(instrument, row.price)?, grids.quantity(instrument, row.quantity)?);
            let trade_id = row.id.and_then(Value::unsigned).unwrap_or(0);
            let venue_at_ns = time_iso(row.venue_time);
            out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
        }
    }
    out.turn_round(0);
    Ok(Decoded::Many)
}

fn tickers(
    events: Elements<'_>,
    venue_at_ns: Nanos,
    grids: &mut Grids,
    out: &mut Scratch,
) -> Result<Decoded, FrameError> {
    for event in events {
        for row in wire::tickers(event)? {
            let instrument = grids.instrument(wire::product(row)?)?;
            out.push(Decoded::Ticker(Derivative { instrument, venue_at_ns, ..Derivative::default() }))?;
        }
    }
    Ok(Decoded::Many)
}

/// One a product, whatever its rows: a frame has many rows of few products, most of the time one behind the other.
fn candles(events: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let mut last = None;
    for event in events {
        for row in wire::candles(event)? {
            let symbol = wire::product(row)?;
            if last.replace(symbol) == Some(symbol) {
                continue;
            }
            let candle = Decoded::Candle { instrument: grids.instrument(symbol)? };
            if candle == (Decoded::Candle { instrument: None }) || !out.many().contains(&candle) {
                out.push(candle)?;
            }
        }
    }
    Ok(Decoded::Many)
}
