//! Deribit's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.

use super::fast;
use super::wire::{self, Frame};
use crate::decoded::{BookKind, Decoded, Derivative, Funding, Ids, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, buy_or_sell, rate_e8, sequence, time_ms};
use crate::json::{Elements, Text, TextBuffer, Value};
use engine_model::market::{Level, Side};
use engine_model::units::Lots;

/// Rates are for eight hours, and are paid all the time.
pub(super) const FUNDING_INTERVAL_S: u32 = 8 * 3_600;

/// Reads the frames of all currencies.
#[derive(Debug)]
pub(crate) struct Decoder;

impl Decoder {
    pub(crate) fn new() -> Self {
        Self
    }

    /// A frame of a socket.
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        if let Grids::Run(run) = grids {
            if let Some(decoded) = fast::frame(run, bytes, out) {
                return Ok(decoded);
            }
            out.clear();
        }
        match wire::frame(bytes)? {
            Frame::Book(told) => book(grids, &told, out),
            Frame::Trades(rows) => trades(grids, rows, out),
            Frame::Ticker(told) => ticker(grids, &told),
            Frame::Quote(told) => quote(grids, &told),
            Frame::Candle(channel) => candle(grids, channel),
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// A REST answer.
    pub(crate) fn answer(&mut self, url: Option<&str>, body: &[u8]) -> Result<Decoded, FrameError> {
        Value::parse(body)?;
        let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
        Ok(if path.ends_with("/get_instruments") { Decoded::Instruments } else { Decoded::Unknown })
    }
}

fn book(grids: &mut Grids, told: &wire::Book<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(told.symbol)?;
    let change_id = sequence(told.change_id)?;
    let previous_id = told.previous_id.map(sequence).transpose()?;
    for (rows, side) in [(told.bids, &mut out.bids), (told.asks, &mut out.asks)] {
        if !rows.is_array() {
            return Err(FrameError::Unreadable(Field::Levels));
        }
        for row in rows.elements() {
            let row = wire::row(row, told.is_snapshot)?;
            let Level { px, qty } = grids.level(instrument, row.price, row.amount)?;
            side.push(Level { px, qty: if row.is_deleted { Lots(0) } else { qty } })?;
        }
    }
    let kind = if told.is_snapshot { BookKind::Snapshot } else { BookKind::Delta };
    Ok(out.whole_book(kind, instrument, time_ms(told.venue_time), Ids::after(previous_id, change_id)))
}

fn trades(grids: &mut Grids, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
    for row in rows {
        let row = wire::trade(row)?;
        let instrument = grids.instrument(row.symbol)?;
        let level = grids.level(instrument, row.price, row.amount)?;
        let aggressor = buy_or_sell(row.direction)?;
        let venue_at_ns = time_ms(row.venue_time);
        let trade_id = row.id.and_then(super::trade_number).unwrap_or(0);
        let Level { px, qty } = level;
        out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
        if let Some(whose) = row.liquidation {
            let order = closed(whose, aggressor).map(|closed| (level, closed));
            out.push(Decoded::Liquidation { instrument, venue_at_ns, order })?;
        }
    }
    Ok(Decoded::Many)
}

/// Side of the position that was closed: one that was long is closed by selling. Where both were, the taker's is told.
/// `None` for a word that the venue did not have: the trade stands all the same.
fn closed(whose: Value<'_>, aggressor: Side) -> Option<Side> {
    match whose.string()? {
        whose if whose.is("T") || whose.is("MT") => Some(aggressor.opposite()),
        whose if whose.is("M") => Some(aggressor),
        _ => None,
    }
}

fn ticker(grids: &mut Grids, told: &wire::Ticker<'_>) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(told.symbol)?;
    let mut price = |value: Option<Value<'_>>| value.map(|v| grids.average(instrument, v)).transpose();
    let (mark, index) = (price(told.mark)?, price(told.index)?);
    let funding = told.funding.map(rate_e8).transpose()?;
    let funding = funding.map(|rate_e8| Funding { rate_e8, interval_s: FUNDING_INTERVAL_S, ..Funding::default() });
    let open_interest = told.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
    let venue_at_ns = time_ms(told.venue_time);
    Ok(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))
}

fn quote(grids: &mut Grids, told: &wire::Quote<'_>) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(told.symbol)?;
    let [bid_price, bid_amount, ask_price, ask_amount] = told.sides;
    let mut level = |price: Option<Value<'_>>, amount: Option<Value<'_>>| {
        price.zip(amount).map(|(price, amount)| grids.level(instrument, price, amount)).transpose()
    };
    let (bid, ask) = (level(bid_price, bid_amount)?, level(ask_price, ask_amount)?);
    let sides = bid.zip(ask).map(|(bid, ask)| [bid, ask]);
    Ok(Decoded::Quote { instrument, venue_at_ns: time_ms(told.venue_time), sides })
}

/// The channel alone names the instrument: `chart.trades.BTC-PERPETUAL.1`.
fn candle(grids: &mut Grids, channel: Text<'_>) -> Result<Decoded, FrameError> {
    let mut buffer = TextBuffer::default();
    let channel = channel.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
    let symbol = channel.split(|byte| *byte == b'.').nth(2).filter(|symbol| !symbol.is_empty());
    Ok(Decoded::Candle { instrument: grids.find(symbol.ok_or(FrameError::Missing(Field::Symbol))?) })
}
