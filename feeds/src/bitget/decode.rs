//! Bitget's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Frame, Subject};
use crate::decoded::{self, BookKind, Decoded, Derivative, Funding, Proof, Scratch};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, buy_or_sell, checksum, linked, price_quantity, rate_e8, time_ms};
use crate::json::{Elements, TextBuffer, Value};
use engine_model::instrument::InstrumentId;
use engine_model::market::Level;

/// Reads frames of all instruments.
#[derive(Debug)]
pub(crate) struct Decoder;

impl Decoder {
    pub(crate) fn new() -> Self {
        Self
    }

    /// A frame of a socket.
    #[inline(always)]
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        if let Grids::Run(run) = grids
            && let Some(decoded) = fast::frame(run, bytes, out)
        {
            return Ok(decoded);
        }
        frame_the_general_way(grids, bytes, out)
    }

    /// A REST answer.
    pub(crate) fn answer(&mut self, url: Option<&str>, body: &[u8]) -> Result<Decoded, FrameError> {
        Value::parse(body)?;
        let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
        let is_list = ["/products", "/contracts", "/symbols"].iter().any(|list| path.ends_with(list));
        Ok(if is_list { Decoded::Instruments } else { Decoded::Unknown })
    }
}

#[cold]
#[inline(never)]
fn frame_the_general_way(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
    out.clear();
    match wire::frame(bytes)? {
        Frame::Books { is_snapshot, of, rows } => books(grids, is_snapshot, of, rows, out),
        Frame::Trades(of, rows) => trades(grids, of, rows, out),
        Frame::Tickers(of, rows) => tickers(grids, of, rows, out),
        Frame::Candles(of, mut rows) => {
            let instrument = find(grids, of)?;
            Ok(if rows.next().is_some() { Decoded::Candle { instrument } } else { Decoded::Many })
        }
        Frame::Control => Ok(Decoded::Control),
        Frame::Unknown => Ok(Decoded::Unknown),
    }
}

fn find(grids: &mut Grids, of: Subject<'_>) -> Result<Option<InstrumentId>, FrameError> {
    let (mut kind, mut symbol) = (TextBuffer::default(), TextBuffer::default());
    let kind = of.kind.plain(&mut kind).ok_or(FrameError::Unreadable(Field::Symbol))?;
    let symbol = of.symbol.plain(&mut symbol).ok_or(FrameError::Unreadable(Field::Symbol))?;
    Ok(grids.find_in(kind, symbol))
}

/// One book in all but name: the venue puts it into a list.
fn books(
    grids: &mut Grids,
    is_snapshot: bool,
    of: Subject<'_>,
    rows: Elements<'_>,
    out: &mut Scratch,
) -> Result<Decoded, FrameError> {
    let instrument = find(grids, of)?;
    let kind = if is_snapshot { BookKind::Snapshot } else { BookKind::Delta };
    for row in rows {
        let row = wire::book(row)?;
        let (first_bid, first_ask) = (out.bids.count, out.asks.count);
        for (levels, side) in [(row.bids, &mut out.bids), (row.asks, &mut out.asks)] {
            grids.levels(instrument, levels, price_quantity, side)?;
        }
        // A snapshot follows nothing.
        let previous = if is_snapshot { None } else { row.previous };
        out.push(Decoded::Book(decoded::Book {
            instrument,
            venue_at_ns: time_ms(row.venue_time),
            kind,
            ids: linked(previous, row.sequence)?,
            bids: out.bids.since(first_bid),
            asks: out.asks.since(first_ask),
            proof: Proof { depth_max: 0, checksum: checksum(row.checksum)? },
        }))?;
    }
    Ok(Decoded::Many)
}

fn trades(grids: &mut Grids, of: Subject<'_>, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = find(grids, of)?;
    for row in rows {
        let row = wire::trade(row)?;
        let aggressor = buy_or_sell(row.side)?;
        let Level { px, qty } = grids.level(instrument, row.price, row.quantity)?;
        let trade_id = row.id.and_then(Value::unsigned).unwrap_or(0);
        let venue_at_ns = time_ms(row.venue_time);
        out.push(Decoded::Trade(decoded::Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
    }
    out.turn_round(0);
    Ok(Decoded::Many)
}

fn tickers(grids: &mut Grids, of: Subject<'_>, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = find(grids, of)?;
    for row in rows {
        let row = wire::ticker(row);
        let mut price = |value: Option<Value<'_>>| value.map(|px| grids.average(instrument, px)).transpose();
        let (mark, index) = (price(row.mark)?, price(row.index)?);
        let open_interest = row.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
        let [rate, paid] = row.funding;
        let rate = rate.map(rate_e8).transpose()?;
        let funding = rate.map(|rate_e8| Funding { rate_e8, next_at_ns: time_ms(paid), interval_s: 0 });
        let venue_at_ns = time_ms(row.venue_time);
        out.push(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))?;
    }
    Ok(Decoded::Many)
}
