//! BitMEX's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`], and the rows that books call by a number. Never: books,
//! sequence rules, counts.
//!
//! A frame of books is read in two steps: first every row is understood and laid aside, and only then do the rows change
//! the tables, which cannot fail. A row that names what is not in its table, or finds no room there, breaks its book: the
//! table is then empty, and whatever follows breaks on, until the next whole book.

use super::fast::{self, BookRow};
use super::table::{Row, Table};
use super::wire::{self, Action, Frame};
use crate::decoded::{Book, BookKind, Decoded, Ids, LEVELS_MAX, Proof, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, RunGrids, sequence, time_iso};
use crate::json::{Elements, Text, TextBuffer, Value};
use engine_model::instrument::{InstrumentId, Name};
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Nanos, Ticks};

/// Rows that one frame of books may have: each changes two levels at most, so that the scratch holds them. The largest of
/// the captures is the whole book of XBTUSD with 9,346.
const ROWS_MAX: usize = LEVELS_MAX / 2;

/// Instruments that one frame of books may name: the venue had about a hundred.
const NAMED_MAX: usize = 256;

/// A row understood and laid aside.
#[derive(Clone, Copy, Debug)]
struct Aside {
    /// Place among the instruments of the frame.
    named: usize,
    id: u64,
    side: Option<Side>,
    px: Option<Ticks>,
    qty: Option<Lots>,
    venue_at_ns: Nanos,
}

/// Reads the frames of all instruments.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// By instrument index.
    tables: Vec<Table>,
    /// Of the frame in hand: its instruments, in the order named, and its rows.
    named: Vec<(Name, Option<InstrumentId>)>,
    rows: Vec<Aside>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        let (named, rows) = (Vec::with_capacity(NAMED_MAX), Vec::with_capacity(ROWS_MAX));
        Self { tables: Vec::new(), named, rows }
    }

    /// A frame of a socket.
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        if let Grids::Run(run) = grids {
            if let Some(action) = self.usual_book(run, bytes) {
                return self.applied(action, out);
            }
            if let Some(decoded) = fast::quotes(run, bytes, out) {
                return Ok(decoded);
            }
        }
        self.any_frame(grids, bytes, out)
    }

    /// Lays aside the rows of a frame of books of the usual shape.
    #[inline]
    fn usual_book(&mut self, run: &RunGrids, bytes: &[u8]) -> Option<Action> {
        let Self { named, rows, .. } = self;
        named.clear();
        rows.clear();
        fast::book(run, bytes, |row| {
            let named = match named.iter().rposition(|(_, known)| *known == Some(row.instrument)) {
                Some(place) => place,
                None if named.len() == NAMED_MAX => return None,
                None => {
                    let name = std::str::from_utf8(row.symbol).ok().and_then(Name::new)?;
                    named.push((name, Some(row.instrument)));
                    named.len() - 1
                }
            };
            let BookRow { id, side, px, qty, .. } = row;
            let aside = Aside { named, id, side: Some(side), px, qty, venue_at_ns: Nanos(0) };
            (rows.len() < ROWS_MAX).then(|| rows.push(aside))
        })
    }

    /// The general way.
    #[inline(never)]
    fn any_frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        match wire::frame(bytes)? {
            Frame::Book(action, rows) => self.book(grids, action, rows, out),
            Frame::Trades(rows) => trades(grids, rows, out),
            Frame::Quotes(rows) => quotes(grids, rows, out),
            Frame::Liquidations(rows) => liquidations(grids, rows, out),
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// A REST answer.
    pub(crate) fn answer(&mut self, url: Option<&str>, body: &[u8]) -> Result<Decoded, FrameError> {
        Value::parse(body)?;
        let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
        Ok(if path.contains("/instrument") { Decoded::Instruments } else { Decoded::Unknown })
    }

    fn book(
        &mut self,
        grids: &mut Grids,
        action: Action,
        rows: Elements<'_>,
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        self.named.clear();
        self.rows.clear();
        for row in rows {
            self.lay_aside(grids, action, &wire::level(row)?)?;
        }
        self.applied(action, out)
    }

    /// What is laid aside changes the tables.
    fn applied(&mut self, action: Action, out: &mut Scratch) -> Result<Decoded, FrameError> {
        for place in 0..self.named.len() {
            let book = self.apply(place, action, out)?;
            out.push(Decoded::Book(book))?;
        }
        Ok(Decoded::Many)
    }

    /// Understands a row.
    fn lay_aside(&mut self, grids: &mut Grids, action: Action, row: &wire::Level<'_>) -> Result<(), FrameError> {
        let named = self.name(grids, row.symbol)?;
        let instrument = self.named[named].1;
        let id = sequence(row.id)?;
        let side = row.side.map(side).transpose()?;
        let px = row.price.map(|px| grids.price(instrument, px)).transpose()?;
        let qty = row.size.map(|qty| grids.quantity(instrument, qty)).transpose()?;
        if matches!(action, Action::Partial | Action::Insert) {
            side.ok_or(FrameError::Missing(Field::Side))?;
            px.ok_or(FrameError::Missing(Field::Price))?;
            qty.ok_or(FrameError::Missing(Field::Quantity))?;
        }
        if self.rows.len() == ROWS_MAX {
            return Err(FrameError::TooManyLevels);
        }
        self.rows.push(Aside { named, id, side, px, qty, venue_at_ns: time_iso(row.venue_time) });
        Ok(())
    }

    /// The place of a symbol among those of the frame. A symbol that is no name at all is that of no instrument.
    fn name(&mut self, grids: &mut Grids, symbol: Text<'_>) -> Result<usize, FrameError> {
        let mut buffer = TextBuffer::default();
        let symbol = symbol.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        let name = std::str::from_utf8(symbol).ok().and_then(Name::new).unwrap_or_default();
        if let Some(place) = self.named.iter().rposition(|(known, _)| *known == name) {
            return Ok(place);
        }
        if self.named.len() == NAMED_MAX {
            return Err(FrameError::TooManyEvents);
        }
        self.named.push((name, grids.find(name.as_bytes())));
        Ok(self.named.len() - 1)
    }

    /// The rows of one instrument change its table; what this means for its book.
    fn apply(&mut self, place: usize, action: Action, out: &mut Scratch) -> Result<Book, FrameError> {
        let (bids, asks) = (out.bids.count, out.asks.count);
        let instrument = self.named[place].1;
        let mut kind = if action == Action::Partial { BookKind::Snapshot } else { BookKind::Delta };
        let mut venue_at_ns = Nanos(0);
        if let Some(index) = instrument.map(InstrumentId::index) {
            if self.tables.len() <= index {
                self.tables.resize_with(index + 1, Table::default);
            }
            let table = &mut self.tables[index];
            if action == Action::Partial {
                table.clear();
            }
            for row in self.rows.iter().filter(|row| row.named == place) {
                venue_at_ns = row.venue_at_ns;
                if change(table, action, row, out)?.is_none() {
                    table.clear();
                    kind = BookKind::Broken;
                    break;
                }
            }
        }
        let (bids, asks) = (out.bids.since(bids), out.asks.since(asks));
        Ok(Book { instrument, venue_at_ns, kind, ids: Ids::NONE, bids, asks, proof: Proof::NONE })
    }
}

/// One row changes the table, and the levels that change with it are written. `None` where it names what is not there, or
/// finds no room.
fn change(table: &mut Table, action: Action, row: &Aside, out: &mut Scratch) -> Result<Option<()>, FrameError> {
    if action == Action::Delete {
        let Some(gone) = table.take(row.id) else { return Ok(None) };
        set(out, gone.emptied())?;
        return Ok(Some(()));
    }
    let known = table.get(row.id);
    if action == Action::Update && known.is_none() {
        return Ok(None);
    }
    let before = known.unwrap_or_default();
    let level = Level { px: row.px.unwrap_or(before.level.px), qty: row.qty.unwrap_or(before.level.qty) };
    let now = Row { side: row.side.unwrap_or(before.side), level };
    if let Some(left) = known.filter(|known| known.emptied() != now.emptied()) {
        set(out, left.emptied())?;
    }
    set(out, now)?;
    Ok(table.put(row.id, now))
}

fn set(out: &mut Scratch, row: Row) -> Result<(), FrameError> {
    match row.side {
        Side::Buy => out.bids.push(row.level),
        Side::Sell => out.asks.push(row.level),
    }
}

fn side(side: Text<'_>) -> Result<Side, FrameError> {
    match side {
        side if side.is("Buy") => Ok(Side::Buy),
        side if side.is("Sell") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

/// Instrument, price and quantity, and side of a row of trades or liquidations.
fn row(grids: &mut Grids, row: &wire::Trade<'_>) -> Result<(Option<InstrumentId>, Level, Side), FrameError> {
    let instrument = grids.instrument(row.symbol)?;
    let side = side(row.side)?;
    Ok((instrument, grids.level(instrument, row.price, row.size)?, side))
}

fn trades(grids: &mut Grids, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for told in rows {
        let told = wire::trade(told)?;
        let (instrument, Level { px, qty }, aggressor) = row(grids, &told)?;
        let venue_at_ns = time_iso(told.venue_time);
        out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id: 0 }))?;
    }
    Ok(Decoded::Many)
}

fn liquidations(grids: &mut Grids, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for told in rows {
        let told = wire::liquidation(told)?;
        let (instrument, level, ordered) = row(grids, &told)?;
        // The order that closes a long position sells.
        let (venue_at_ns, order) = (time_iso(told.venue_time), Some((level, ordered.opposite())));
        out.push(Decoded::Liquidation { instrument, venue_at_ns, order })?;
    }
    Ok(Decoded::Many)
}

fn quotes(grids: &mut Grids, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for told in rows {
        let told = wire::quote(told)?;
        let instrument = grids.instrument(told.symbol)?;
        let [bid_price, bid_size, ask_price, ask_size] = told.sides;
        let mut level = |price: Option<Value<'_>>, size: Option<Value<'_>>| {
            price.zip(size).map(|(price, size)| grids.level(instrument, price, size)).transpose()
        };
        let (bid, ask) = (level(bid_price, bid_size)?, level(ask_price, ask_size)?);
        let sides = bid.zip(ask).map(|(bid, ask)| [bid, ask]);
        out.push(Decoded::Quote { instrument, venue_at_ns: time_iso(told.venue_time), sides })?;
    }
    Ok(Decoded::Many)
}
