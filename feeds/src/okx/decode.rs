//! OKX's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Frame, Rows};
use crate::decoded::{self, BookKind, Decoded, Derivative, Funding, Ids, Proof, Scratch};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, checksum, linked, price_quantity, rate_e8, time_ms};
use crate::json::{Text, Value};
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

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
        Ok(if path.ends_with("/public/instruments") { Decoded::Instruments } else { Decoded::Unknown })
    }
}

#[cold]
#[inline(never)]
fn frame_the_general_way(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
    out.clear();
    match wire::frame(bytes)? {
        Frame::Books { is_snapshot, rows } => books(grids, is_snapshot, &rows, out),
        Frame::Quotes(rows) => quotes(grids, &rows, out),
        Frame::Trades(rows) => trades(grids, &rows, out),
        Frame::Tickers(rows) => told(grids, &rows, out, Decoded::Ticker),
        Frame::Derivatives(rows) => told(grids, &rows, out, Decoded::Derivative),
        Frame::OpenInterest(rows) => told(grids, &rows, out, |told| Decoded::OpenInterest {
            instrument: told.instrument,
            venue_at_ns: told.venue_at_ns,
            qty: told.open_interest,
        }),
        Frame::Liquidations(rows) => liquidations(grids, &rows, out),
        Frame::Candles(rows) => candles(grids, &rows),
        Frame::Instruments => Ok(Decoded::Instruments),
        Frame::Control => Ok(Decoded::Control),
        Frame::Unknown => Ok(Decoded::Unknown),
    }
}

/// The instrument of a channel that names it in its subscription.
fn subscribed(grids: &mut Grids, rows: &Rows<'_>) -> Result<Option<InstrumentId>, FrameError> {
    let symbol = rows.symbol.ok_or(FrameError::Missing(Field::Symbol))?;
    grids.instrument(symbol.string().ok_or(FrameError::Unreadable(Field::Symbol))?)
}

/// One book in all but name: the venue puts it into a list.
fn books(grids: &mut Grids, is_snapshot: bool, rows: &Rows<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = subscribed(grids, rows)?;
    let kind = if is_snapshot { BookKind::Snapshot } else { BookKind::Delta };
    for row in rows.rows.clone() {
        let row = wire::book(row)?;
        let (first_bid, first_ask) = (out.bids.count, out.asks.count);
        for (levels, side) in [(row.bids, &mut out.bids), (row.asks, &mut out.asks)] {
            grids.levels(instrument, levels, price_quantity, side)?;
        }
        // A snapshot follows nothing: it says −1.
        let previous = if is_snapshot { None } else { row.previous };
        let ids: Ids = linked(previous, row.sequence)?;
        out.push(Decoded::Book(decoded::Book {
            instrument,
            venue_at_ns: time_ms(row.venue_time),
            kind,
            ids,
            bids: out.bids.since(first_bid),
            asks: out.asks.since(first_ask),
            proof: Proof { depth_max: 0, checksum: checksum(row.checksum)? },
        }))?;
    }
    Ok(Decoded::Many)
}

/// `[price, quantity, …]`
fn level(grids: &mut Grids, instrument: Option<InstrumentId>, row: Value<'_>) -> Result<Level, FrameError> {
    let [px, qty] = price_quantity(row)?;
    grids.level(instrument, px, qty)
}

fn quotes(grids: &mut Grids, rows: &Rows<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = subscribed(grids, rows)?;
    for row in rows.rows.clone() {
        let row = wire::book(row)?;
        let mut best = |side: Value<'_>| side.elements().next().map(|row| level(grids, instrument, row)).transpose();
        let sides = best(row.bids)?.zip(best(row.asks)?).map(|(bid, ask)| [bid, ask]);
        out.push(Decoded::Quote { instrument, venue_at_ns: time_ms(row.venue_time), sides })?;
    }
    Ok(Decoded::Many)
}

fn trades(grids: &mut Grids, rows: &Rows<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows.rows.clone() {
        let row = rows.trade(row)?;
        let instrument = grids.instrument(row.symbol)?;
        let aggressor = side(row.side).ok_or(FrameError::Unreadable(Field::Side))?;
        let Level { px, qty } = grids.level(instrument, row.price, row.quantity)?;
        let trade_id = row.id.and_then(Value::unsigned).unwrap_or(0);
        let venue_at_ns = time_ms(row.venue_time);
        out.push(Decoded::Trade(decoded::Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
    }
    Ok(Decoded::Many)
}

fn side(text: Text<'_>) -> Option<Side> {
    match text {
        text if text.is("buy") => Some(Side::Buy),
        text if text.is("sell") => Some(Side::Sell),
        _ => None,
    }
}

fn told(
    grids: &mut Grids,
    rows: &Rows<'_>,
    out: &mut Scratch,
    event: impl Fn(Derivative) -> Decoded,
) -> Result<Decoded, FrameError> {
    for row in rows.rows.clone() {
        let row = rows.told(row)?;
        let instrument = grids.instrument(row.symbol)?;
        let mut price = |value: Option<Value<'_>>| value.map(|px| grids.average(instrument, px)).transpose();
        let (mark, index) = (price(row.mark)?, price(row.index)?);
        let open_interest = row.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
        let (funding, venue_at_ns) = (funding(row.funding)?, time_ms(row.venue_time));
        out.push(event(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))?;
    }
    Ok(Decoded::Many)
}

/// The interval is what lies between this payment and the next.
fn funding([rate, paid, next_paid]: [Option<Value<'_>>; 3]) -> Result<Option<Funding>, FrameError> {
    let Some(rate) = rate else { return Ok(None) };
    let (next_at_ns, behind) = (time_ms(paid), time_ms(next_paid));
    let between_ns = if next_at_ns == Nanos(0) { 0 } else { behind.0.saturating_sub(next_at_ns.0) };
    let interval_s = u32::try_from(between_ns / Nanos::SECOND).unwrap_or(0);
    Ok(Some(Funding { rate_e8: rate_e8(rate)?, next_at_ns, interval_s }))
}

fn liquidations(grids: &mut Grids, rows: &Rows<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows.rows.clone() {
        let (symbol, details) = rows.liquidations(row)?;
        let instrument = grids.instrument(symbol)?;
        for row in details {
            let row = wire::liquidation(row);
            // A bankruptcy price is computed, not traded.
            let px = row.price.map(|px| grids.average(instrument, px)).transpose()?;
            let qty = row.quantity.map(|qty| grids.quantity(instrument, qty)).transpose()?;
            let order = px.zip(qty).map(|(px, qty)| Level { px, qty }).zip(closed(&row));
            out.push(Decoded::Liquidation { instrument, venue_at_ns: time_ms(row.venue_time), order })?;
        }
    }
    Ok(Decoded::Many)
}

/// Side of the position that was closed. An account that nets its positions has none to name: there the closing order
/// says it, which sells a long one.
fn closed(row: &wire::Liquidation<'_>) -> Option<Side> {
    match row.position_side {
        Some(position) if position.is("long") => Some(Side::Buy),
        Some(position) if position.is("short") => Some(Side::Sell),
        _ => match side(row.side?)? {
            Side::Buy => Some(Side::Sell),
            Side::Sell => Some(Side::Buy),
        },
    }
}

/// The subscription alone names the instrument.
fn candles(grids: &mut Grids, rows: &Rows<'_>) -> Result<Decoded, FrameError> {
    let instrument = subscribed(grids, rows)?;
    Ok(if rows.rows.clone().next().is_some() { Decoded::Candle { instrument } } else { Decoded::Many })
}
