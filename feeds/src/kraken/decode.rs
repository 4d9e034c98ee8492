//! Kraken's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`], how deep each book was subscribed. Never: books, checksums,
//! counts.

use super::wire::{self, Frame};
use super::{checksum, fast};
use crate::decoded::{Book, BookKind, Decoded, Derivative, Ids, Proof, Scratch, Trade};
use crate::error::FrameError;
use crate::grid::{Grids, buy_or_sell, time_iso};
use crate::json::{Elements, Text, Value};
use engine_model::instrument::InstrumentId;

/// Levels a side where no answer to a subscription has told another number.
const DEPTH_DEFAULT: u32 = 10;

/// Reads the frames of all pairs.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// Of the books that were subscribed at another depth than the default; at most one for each instrument.
    depths: Vec<(InstrumentId, u32)>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { depths: Vec::new() }
    }

    /// A frame of a socket.
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        if let Grids::Run(run) = grids
            && let Some(book) = fast::book(run, bytes, out)
        {
            let fast::Book { instrument, kind, checksum, venue_at_ns } = book;
            let proof = self.proof(Some(instrument), checksum);
            let (instrument, bids, asks) = (Some(instrument), out.bids.all(), out.asks.all());
            return Ok(Decoded::Book(Book { instrument, venue_at_ns, kind, ids: Ids::NONE, bids, asks, proof }));
        }
        out.clear();
        if bytes == fast::HEARTBEAT {
            return Ok(Decoded::Control);
        }
        if let Grids::Run(run) = grids
            && let Some(decoded) = fast::trades(run, bytes, out)
        {
            return Ok(decoded);
        }
        self.any_frame(grids, bytes, out)
    }

    /// The general way.
    #[inline(never)]
    fn any_frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        match wire::frame(bytes)? {
            Frame::Books { is_snapshot, rows } => self.books(is_snapshot, rows, grids, out),
            Frame::Trades(rows) => trades(rows, grids, out),
            Frame::Tickers(rows) => tickers(rows, grids, out),
            Frame::Candles(rows) => candles(rows, grids, out),
            Frame::Instruments => Ok(Decoded::Instruments),
            Frame::Subscribed { symbol, depth } => {
                self.subscribed(symbol, depth, grids);
                Ok(Decoded::Control)
            }
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// An answer names no instrument of a survey: only what is traded does.
    #[cold]
    fn subscribed(&mut self, symbol: Text<'_>, depth: Value<'_>, grids: &mut Grids) {
        let depth = depth.unsigned().and_then(|depth| u32::try_from(depth).ok());
        if let (Grids::Run(_), Some(depth)) = (&*grids, depth)
            && let Ok(Some(instrument)) = grids.instrument(symbol)
        {
            self.depths.retain(|(known, _)| *known != instrument);
            if depth != DEPTH_DEFAULT {
                self.depths.push((instrument, depth));
            }
        }
    }

    fn proof(&self, instrument: Option<InstrumentId>, checksum: u32) -> Proof {
        let told = self.depths.iter().find(|(known, _)| Some(*known) == instrument);
        Proof { depth_max: told.map_or(DEPTH_DEFAULT, |(_, depth)| *depth), checksum: Some(checksum) }
    }

    fn books(
        &self,
        is_snapshot: bool,
        rows: Elements<'_>,
        grids: &mut Grids,
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        for row in rows {
            let book = self.book(is_snapshot, &wire::book(row)?, grids, out)?;
            out.push(Decoded::Book(book))?;
        }
        Ok(Decoded::Many)
    }

    fn book(
        &self,
        is_snapshot: bool,
        book: &wire::Book<'_>,
        grids: &mut Grids,
        out: &mut Scratch,
    ) -> Result<Book, FrameError> {
        let instrument = grids.instrument(book.symbol)?;
        let (bids, asks) = (out.bids.count, out.asks.count);
        grids.levels(instrument, book.bids, wire::level, &mut out.bids)?;
        grids.levels(instrument, book.asks, wire::level, &mut out.asks)?;
        Ok(Book {
            instrument,
            venue_at_ns: time_iso(book.venue_time),
            kind: if is_snapshot { BookKind::Snapshot } else { BookKind::Delta },
            ids: Ids::NONE,
            bids: out.bids.since(bids),
            asks: out.asks.since(asks),
            proof: self.proof(instrument, checksum(book.checksum)?),
        })
    }
}

/// A REST answer.
pub(crate) fn answer(url: Option<&str>, body: &[u8]) -> Result<Decoded, FrameError> {
    Value::parse(body)?;
    let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
    Ok(if path.ends_with("/AssetPairs") { Decoded::Instruments } else { Decoded::Unknown })
}

fn trades(rows: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows {
        let row = wire::trade(row)?;
        let instrument = grids.instrument(row.symbol)?;
        let level = grids.level(instrument, row.price, row.quantity)?;
        let aggressor = buy_or_sell(row.side)?;
        out.push(Decoded::Trade(Trade {
            instrument,
            venue_at_ns: time_iso(row.venue_time),
            px: level.px,
            qty: level.qty,
            aggressor,
            trade_id: row.id.and_then(Value::unsigned).unwrap_or(0),
        }))?;
    }
    Ok(Decoded::Many)
}

fn tickers(rows: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows {
        let (symbol, venue_time) = wire::symbol(row)?;
        let (instrument, venue_at_ns) = (grids.instrument(symbol)?, time_iso(venue_time));
        out.push(Decoded::Ticker(Derivative { instrument, venue_at_ns, ..Derivative::default() }))?;
    }
    Ok(Decoded::Many)
}

/// One for each instrument in the frame, whatever its rows.
fn candles(rows: Elements<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows {
        let candle = Decoded::Candle { instrument: grids.instrument(wire::symbol(row)?.0)? };
        if !out.many().contains(&candle) {
            out.push(candle)?;
        }
    }
    Ok(Decoded::Many)
}
