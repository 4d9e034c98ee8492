//! Binance's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the general way from [`super::wire`]'s fields to [`Decoded`], and the scratch that levels are parsed into before
//! anything is applied: a frame is taken whole or not at all. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::template::Templates;
use super::wire::{self, Answer, Frame};
use crate::decoded::{BookKind, Decoded, Derivative, Funding, Ids, NO_ID, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, price_quantity, rate_e8, sequence};
use crate::json::Value;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;

/// Reads the frames of one venue.
#[derive(Debug)]
pub(crate) struct Decoder {
    futures: bool,
    /// Streams seen lately, for the fast way.
    templates: Templates,
}

impl Decoder {
    pub(crate) fn new(venue: VenueId) -> Self {
        Self { futures: venue != VenueId::BinanceSpot, templates: Templates::new() }
    }

    /// A frame of a socket.
    #[inline(always)]
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        if let Grids::Run(run) = grids
            && let Some(decoded) = fast::frame(self.futures, &mut self.templates, run, bytes, out)
        {
            return Ok(decoded);
        }
        self.frame_the_general_way(grids, bytes, out)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn frame_the_general_way(
        &mut self,
        grids: &mut Grids,
        bytes: &[u8],
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        Ok(match wire::frame(bytes, self.futures)? {
            Frame::Depth(depth) => delta(&depth, grids, out)?,
            Frame::Trade(trade) => self::trade(&trade, grids)?,
            Frame::Quote(quote) => self::quote(&quote, grids)?,
            Frame::Mark(mark) => self::mark(&mark, grids)?,
            Frame::Liquidation(order) => liquidation(&order, grids)?,
            Frame::Candle(symbol) => Decoded::Candle { instrument: grids.instrument(symbol)? },
            Frame::Ticker(symbol) => {
                Decoded::Ticker(Derivative { instrument: grids.instrument(symbol)?, ..Derivative::default() })
            }
            Frame::Control => Decoded::Control,
            Frame::Unknown => Decoded::Unknown,
        })
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
        let depth = match wire::answer(url, body)? {
            Answer::Depth(depth) => depth,
            Answer::Instruments => return Ok(Decoded::Instruments),
            Answer::OpenInterest(told) => return open_interest(&told, grids),
            Answer::Unknown => return Ok(Decoded::Unknown),
        };
        let named = grids.named(url.and_then(wire::symbol_of_url), depth.symbol, known)?;
        let instrument = named.flatten();
        let last = sequence(depth.last)?;
        levels(instrument, depth.bids, depth.asks, grids, out)?;
        if named.is_none() {
            return Ok(Decoded::NamelessSnapshot);
        }
        let ids = Ids::one(last);
        Ok(out.whole_book(BookKind::Snapshot, instrument, time(depth.venue_time), ids))
    }
}

fn delta(depth: &wire::Depth<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(depth.symbol)?;
    let ids = Ids {
        first: sequence(depth.first)?,
        last: sequence(depth.last)?,
        previous: depth.previous.map_or(Ok(NO_ID), sequence)?,
    };
    levels(instrument, depth.bids, depth.asks, grids, out)?;
    Ok(out.whole_book(BookKind::Delta, instrument, time(depth.venue_time), ids))
}

/// Both sides into the scratch.
fn levels(
    instrument: Option<InstrumentId>,
    bids: Value<'_>,
    asks: Value<'_>,
    grids: &mut Grids,
    out: &mut Scratch,
) -> Result<(), FrameError> {
    for (rows, side) in [(bids, &mut out.bids), (asks, &mut out.asks)] {
        side.count = 0;
        grids.levels(instrument, rows, price_quantity, side)?;
    }
    Ok(())
}

fn trade(trade: &wire::Trade<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(trade.symbol)?;
    let Level { px, qty } = grids.level(instrument, trade.price, trade.quantity)?;
    Ok(Decoded::Trade(Trade {
        instrument,
        venue_at_ns: time(trade.venue_time),
        px,
        qty,
        aggressor: if trade.buyer_is_maker { Side::Sell } else { Side::Buy },
        trade_id: trade.id.and_then(Value::unsigned).unwrap_or(0),
    }))
}

fn quote(quote: &wire::Quote<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(quote.symbol)?;
    let sides = match quote.sides {
        [Some(bid), Some(bid_qty), Some(ask), Some(ask_qty)] => {
            Some([grids.level(instrument, bid, bid_qty)?, grids.level(instrument, ask, ask_qty)?])
        }
        _ => None,
    };
    Ok(Decoded::Quote { instrument, venue_at_ns: time(quote.venue_time), sides })
}

/// The venue's frame does not tell the interval of its funding; the list does, by `…/fundingInfo`.
fn mark(mark: &wire::Mark<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(mark.symbol)?;
    let mut price = |value: Option<Value<'_>>| value.map(|v| grids.average(instrument, v)).transpose();
    let funding = mark.rate.map(rate_e8).transpose()?;
    Ok(Decoded::Derivative(Derivative {
        instrument,
        venue_at_ns: time(mark.venue_time),
        mark: price(mark.mark)?,
        index: price(mark.index)?,
        funding: funding.map(|rate_e8| Funding { rate_e8, next_at_ns: time(mark.next_funding), interval_s: 0 }),
        open_interest: None,
    }))
}

fn liquidation(order: &wire::Liquidation<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(order.symbol)?;
    let parts = match (order.price, order.quantity, order.side) {
        (Some(px), Some(qty), Some(side)) => Some((grids.level(instrument, px, qty)?, closed_side(side)?)),
        _ => None,
    };
    Ok(Decoded::Liquidation { instrument, venue_at_ns: time(order.venue_time), order: parts })
}

fn open_interest(told: &wire::OpenInterest<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = match told.symbol {
        Some(symbol) => grids.instrument(symbol)?,
        None => told.asked_for.and_then(|symbol| grids.find(symbol.as_bytes())),
    };
    let qty = told.quantity.map(|qty| grids.quantity(instrument, qty)).transpose()?;
    Ok(Decoded::OpenInterest { instrument, venue_at_ns: time(told.venue_time), qty })
}

/// The position that an order of this side closes.
fn closed_side(side: Value<'_>) -> Result<Side, FrameError> {
    match side.string() {
        Some(side) if side.is("SELL") => Ok(Side::Buy),
        Some(side) if side.is("BUY") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

/// A time is informative: one that is absent or unreadable is 0.
fn time(value: Option<Value<'_>>) -> Nanos {
    value.and_then(Value::unsigned).map_or(Nanos(0), time_of)
}

/// Binance sends ms, or µs where asked to (`timeUnit=MICROSECOND`). 10^14 ms is the year 5138, 10^14 µs was 1973.
#[inline]
pub(crate) fn time_of(sent: u64) -> Nanos {
    Nanos(sent.saturating_mul(if sent < 100_000_000_000_000 { 1_000_000 } else { 1_000 }))
}
