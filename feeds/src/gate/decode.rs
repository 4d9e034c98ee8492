//! Gate's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]; what the sign of a contract's quantity means.
//! Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::fast;
use super::wire::{self, Answer, Frame, Rows, Sent};
use crate::decoded::{BookKind, Decoded, Derivative, Funding, Ids, NO_ID, Scratch, SideScratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, Number, rate_e8, sequence, time_ms, time_ms_with_decimals, time_s};
use crate::json::{Text, TextBuffer, Value};
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Nanos};
use engine_model::venue::VenueId;

/// Reads the frames of one market.
#[derive(Debug)]
pub(crate) struct Decoder {
    futures: bool,
}

impl Decoder {
    pub(crate) fn new(venue: VenueId) -> Self {
        Self { futures: venue == VenueId::GateFutures }
    }

    /// A frame of a socket.
    pub(crate) fn frame(&mut self, grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
        out.clear();
        if let Grids::Run(run) = grids
            && let Some(decoded) = fast::frame(self.futures, run, bytes, out)
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
        let futures = self.futures;
        match wire::frame(bytes, futures)? {
            Frame::Book(book) => self::book(&book, grids, out),
            Frame::Trades(rows) => each(rows, out, |row| trade(&wire::trade(row, futures)?, grids)),
            Frame::Quote(quote) => self::quote(&quote, grids),
            Frame::Tickers(rows, sent) => {
                each(rows, out, |row| ticker(&wire::ticker(row, futures)?, time_sent(sent), grids))
            }
            Frame::Candles(rows) => candles(rows, grids, out),
            Frame::Liquidations(rows) => each(rows, out, |row| liquidation(&wire::liquidation(row)?, grids)),
            Frame::Statistics(rows) => each(rows, out, |row| statistics(&wire::statistics(row)?, grids)),
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
        if let Grids::Run(run) = grids {
            if let Some(decoded) = fast::answer(self.futures, run, url, body, out) {
                return Ok(decoded);
            }
            out.clear();
        }
        let book = match wire::answer(url, body)? {
            Answer::Book(book) => book,
            Answer::Instruments => return Ok(Decoded::Instruments),
            Answer::Unknown => return Ok(Decoded::Unknown),
        };
        let named = grids.named(book.asked_for, book.symbol, known)?;
        let instrument = named.flatten();
        let ids = Ids::one(sequence(book.id)?);
        levels(grids, instrument, book.bids, &mut out.bids)?;
        levels(grids, instrument, book.asks, &mut out.asks)?;
        if named.is_none() {
            return Ok(Decoded::NamelessSnapshot);
        }
        let venue_at_ns = match time_ms_with_decimals(book.venue_time) {
            in_seconds if self.futures => Nanos(in_seconds.0.saturating_mul(1_000)),
            at => at,
        };
        Ok(out.whole_book(BookKind::Snapshot, instrument, venue_at_ns, ids))
    }
}

/// Every row into the scratch.
fn each(
    rows: Rows<'_>,
    out: &mut Scratch,
    mut read: impl FnMut(Value<'_>) -> Result<Decoded, FrameError>,
) -> Result<Decoded, FrameError> {
    for row in rows.iter() {
        out.push(read(row)?)?;
    }
    Ok(Decoded::Many)
}

/// The rows of a book's side. The list's `amount_precision` binds orders, not what is left of them: of 1,492 levels of the
/// spot capture 157 are finer.
fn levels(
    grids: &mut Grids,
    instrument: Option<InstrumentId>,
    rows: Value<'_>,
    side: &mut SideScratch,
) -> Result<(), FrameError> {
    if !rows.is_array() {
        return Err(FrameError::Unreadable(Field::Levels));
    }
    for row in rows.elements() {
        let [px, qty] = wire::level(row)?;
        side.push(Level { px: grids.price(instrument, px)?, qty: grids.rest(instrument, qty)? })?;
    }
    Ok(())
}

fn book(book: &wire::Book<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(book.symbol)?;
    let last = sequence(book.last)?;
    let (kind, ids) = match book.first {
        Some(first) => (BookKind::Delta, Ids { first: sequence(first)?, last, previous: NO_ID }),
        None => (BookKind::Snapshot, Ids::one(last)),
    };
    levels(grids, instrument, book.bids, &mut out.bids)?;
    levels(grids, instrument, book.asks, &mut out.asks)?;
    Ok(out.whole_book(kind, instrument, time_ms(book.venue_time), ids))
}

fn trade(trade: &wire::Trade<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(trade.symbol)?;
    let px = grids.price(instrument, trade.price)?;
    let (aggressor, qty) = match trade.side {
        Some(side) if side.is("buy") => (Side::Buy, grids.rest(instrument, trade.quantity)?),
        Some(side) if side.is("sell") => (Side::Sell, grids.rest(instrument, trade.quantity)?),
        Some(_) => return Err(FrameError::Unreadable(Field::Side)),
        None => signed(instrument, trade.quantity, grids)?,
    };
    let trade_id = trade.id.and_then(Value::unsigned).unwrap_or(0);
    let venue_at_ns = time_sent(trade.venue_time);
    Ok(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))
}

/// A contract's quantity: below zero is a sale.
fn signed(instrument: Option<InstrumentId>, qty: Value<'_>, grids: &mut Grids) -> Result<(Side, Lots), FrameError> {
    let mut buffer = TextBuffer::default();
    let text = qty.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Quantity))?;
    let (side, text) = match text.strip_prefix(b"-") {
        Some(text) => (Side::Sell, text),
        None => (Side::Buy, text),
    };
    Ok((side, Lots(grids.number_of_text(instrument, Number::Rest, text)?)))
}

fn quote(quote: &wire::Quote<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(quote.symbol)?;
    let sides = match quote.sides {
        [Some(bid), Some(bid_qty), Some(ask), Some(ask_qty)] => {
            let mut level = |px, qty| {
                Ok::<_, FrameError>(Level { px: grids.price(instrument, px)?, qty: grids.rest(instrument, qty)? })
            };
            Some([level(bid, bid_qty)?, level(ask, ask_qty)?])
        }
        _ => None,
    };
    Ok(Decoded::Quote { instrument, venue_at_ns: time_ms(quote.venue_time), sides })
}

fn ticker(ticker: &wire::Ticker<'_>, venue_at_ns: Nanos, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(ticker.symbol)?;
    let mut price = |value: Option<Value<'_>>| value.map(|v| grids.average(instrument, v)).transpose();
    let (mark, index) = (price(ticker.mark)?, price(ticker.index)?);
    let [paid, interval] = ticker.schedule;
    let interval_s = interval.and_then(Value::unsigned).and_then(|s| u32::try_from(s).ok()).unwrap_or(0);
    let funding = ticker.rate.map(rate_e8).transpose()?;
    let funding = funding.map(|rate_e8| Funding { rate_e8, next_at_ns: time_s(paid), interval_s });
    let open_interest = ticker.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
    Ok(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))
}

/// Once for each instrument in the frame, whatever its rows.
fn candles(rows: Rows<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let mut last: Option<Text<'_>> = None;
    for row in rows.iter() {
        let name = wire::candle(row)?;
        let mut buffer = TextBuffer::default();
        let plain = name.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        let symbol = plain.splitn(2, |byte| *byte == b'_').nth(1).ok_or(FrameError::Missing(Field::Symbol))?;
        let instrument = grids.find(symbol);
        let candle = Decoded::Candle { instrument };
        if last != Some(name) && !(instrument.is_some() && out.many().contains(&candle)) {
            out.push(candle)?;
        }
        last = Some(name);
    }
    Ok(Decoded::Many)
}

/// The quantity is that of the order that closed the position: one that buys closed a short.
fn liquidation(order: &wire::Liquidation<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(order.symbol)?;
    let order_of = |(px, qty): (Value<'_>, Value<'_>)| {
        let (side, qty) = signed(instrument, qty, grids)?;
        let closed = if side == Side::Buy { Side::Sell } else { Side::Buy };
        Ok::<_, FrameError>((Level { px: grids.price(instrument, px)?, qty }, closed))
    };
    let venue_at_ns = time_sent(order.venue_time);
    let order = order.price.zip(order.quantity).map(order_of).transpose()?;
    Ok(Decoded::Liquidation { instrument, venue_at_ns, order })
}

fn statistics(told: &wire::Statistics<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(told.symbol)?;
    let qty = told.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
    Ok(Decoded::OpenInterest { instrument, venue_at_ns: time_s(told.venue_time), qty })
}

/// In milliseconds where they were sent, else in seconds.
fn time_sent(sent: Sent<'_>) -> Nanos {
    match time_ms_with_decimals(sent.ms) {
        Nanos(0) => time_s(sent.s),
        at => at,
    }
}
