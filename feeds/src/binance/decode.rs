//! Binance's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the general way from [`super::wire`]'s fields to [`Decoded`], and the scratch that levels are parsed into before
//! anything is applied: a frame is taken whole or not at all. Never: books, sequence rules, counts.
//!
//! [`super::fast`] is tried first; it takes exactly the frames that it recognises to the last byte.

use super::template::Templates;
use super::wire::{self, Answer, Frame};
use super::{LEVELS_MAX, fast};
use crate::decimal::Scale;
use crate::error::{Field, FrameError};
use crate::json::{Text, TextBuffer, Value};
use crate::reader::LevelReader;
use crate::symbol::SymbolTable;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// A frame of a socket, read. `instrument` is `None` for one that this run does not have: such a frame was only checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// A change of a book; its levels are in the scratch.
    Delta(Delta),
    /// A trade.
    Trade(Trade),
    /// The venue's best bid and ask; `None` where a part was not sent.
    Quote { instrument: Option<InstrumentId>, venue_at_ns: Nanos, sides: Option<[Level; 2]> },
    /// Mark, index, funding: each where sent.
    Mark(Mark),
    /// A liquidation order; `None` where a part was not sent.
    Liquidation { instrument: Option<InstrumentId>, venue_at_ns: Nanos, order: Option<(Level, Side)> },
    /// A candle: counted only, candles are built from trades.
    Candle { instrument: Option<InstrumentId> },
    /// A ticker: counted only.
    Ticker { instrument: Option<InstrumentId> },
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON of no known kind.
    Unknown,
}

/// Head of a change of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) ids: Ids,
}

/// Sequence numbers of a change: first and last in it, and (futures) last of the message before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) previous: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) px: Ticks,
    pub(crate) qty: Lots,
    pub(crate) aggressor: Side,
    pub(crate) trade_id: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) mark: Option<Ticks>,
    pub(crate) index: Option<Ticks>,
    pub(crate) rate_e8: Option<i64>,
    pub(crate) next_funding_at_ns: Nanos,
}

/// A REST answer, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodedAnswer {
    /// A whole book; its levels are in the scratch.
    Snapshot { instrument: Option<InstrumentId>, venue_at_ns: Nanos, last: u64 },
    /// A whole book of an instrument that neither the URL nor the answer names: checked, its levels dropped.
    NamelessSnapshot,
    /// A list of instruments.
    Instruments,
    /// Open interest.
    OpenInterest,
    /// JSON of another path.
    Unknown,
}

/// Levels of one side of the frame in hand.
#[derive(Debug)]
pub(crate) struct SideScratch {
    pub(crate) levels: Box<[Level]>,
    pub(crate) count: usize,
}

impl SideScratch {
    fn new() -> Self {
        Self { levels: vec![Level::default(); LEVELS_MAX].into(), count: 0 }
    }

    fn push(&mut self, level: Level) -> Result<(), FrameError> {
        *self.levels.get_mut(self.count).ok_or(FrameError::TooManyLevels)? = level;
        self.count += 1;
        Ok(())
    }

    pub(crate) fn filled(&self) -> &[Level] {
        &self.levels[..self.count]
    }
}

/// Reads the frames of one venue.
#[derive(Debug)]
pub(crate) struct Decoder {
    pub(crate) futures: bool,
    pub(crate) symbols: SymbolTable,
    /// Streams seen lately, for the fast way.
    pub(super) templates: Templates,
    /// By instrument index.
    pub(crate) readers: Box<[LevelReader]>,
    pub(crate) bids: SideScratch,
    pub(crate) asks: SideScratch,
}

impl Decoder {
    pub(crate) fn new(venue: VenueId, instruments: &Instruments) -> Self {
        let reader = |grid| LevelReader::new(Scale::of_price(grid), Scale::of_qty(grid));
        Self {
            futures: venue != VenueId::BinanceSpot,
            symbols: SymbolTable::new(venue, instruments),
            templates: Templates::new(),
            readers: instruments.iter().map(|instrument| reader(&instrument.grid)).collect(),
            bids: SideScratch::new(),
            asks: SideScratch::new(),
        }
    }

    /// A frame of a socket.
    #[inline(always)]
    pub(crate) fn frame(&mut self, bytes: &[u8]) -> Result<Decoded, FrameError> {
        match fast::frame(self, bytes) {
            Some(decoded) => Ok(decoded),
            None => self.frame_the_general_way(bytes),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn frame_the_general_way(&mut self, bytes: &[u8]) -> Result<Decoded, FrameError> {
        Ok(match wire::frame(bytes, self.futures)? {
            Frame::Depth(depth) => Decoded::Delta(self.delta(&depth)?),
            Frame::Trade(trade) => Decoded::Trade(self.trade(&trade)?),
            Frame::Quote(quote) => self.quote(&quote)?,
            Frame::Mark(mark) => Decoded::Mark(self.mark(&mark)?),
            Frame::Liquidation(order) => self.liquidation(&order)?,
            Frame::Candle(symbol) => Decoded::Candle { instrument: self.instrument(symbol)? },
            Frame::Ticker(symbol) => Decoded::Ticker { instrument: self.instrument(symbol)? },
            Frame::Control => Decoded::Control,
            Frame::Unknown => Decoded::Unknown,
        })
    }

    /// A REST answer. `known` is the instrument that the caller knows it to be of, where URL and answer do not say.
    pub(crate) fn answer(
        &mut self,
        url: Option<&str>,
        body: &[u8],
        known: Option<InstrumentId>,
    ) -> Result<DecodedAnswer, FrameError> {
        let depth = match wire::answer(url, body)? {
            Answer::Depth(depth) => depth,
            Answer::Instruments => return Ok(DecodedAnswer::Instruments),
            Answer::OpenInterest => return Ok(DecodedAnswer::OpenInterest),
            Answer::Unknown => return Ok(DecodedAnswer::Unknown),
        };
        let named = match (url.and_then(wire::symbol_of_url), depth.symbol) {
            (Some(symbol), _) => Some(self.symbols.find(symbol.as_bytes())),
            (None, Some(symbol)) => Some(self.instrument(symbol)?),
            (None, None) => known.map(Some),
        };
        let instrument = named.flatten();
        let last = sequence(depth.last)?;
        self.levels(instrument, depth.bids, depth.asks)?;
        if named.is_none() {
            return Ok(DecodedAnswer::NamelessSnapshot);
        }
        Ok(DecodedAnswer::Snapshot { instrument, venue_at_ns: time(depth.venue_time), last })
    }

    fn instrument(&self, symbol: Text<'_>) -> Result<Option<InstrumentId>, FrameError> {
        let mut buffer = TextBuffer::default();
        let symbol = symbol.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        Ok(self.symbols.find(symbol))
    }

    /// Scales of price and quantity; `None` for an instrument that this run does not have.
    fn scales(&self, instrument: Option<InstrumentId>) -> Option<(Scale, Scale)> {
        Some(self.readers.get(instrument?.index())?.scales())
    }

    fn delta(&mut self, depth: &wire::Depth<'_>) -> Result<Delta, FrameError> {
        let instrument = self.instrument(depth.symbol)?;
        let ids = Ids {
            first: sequence(depth.first)?,
            last: sequence(depth.last)?,
            previous: depth.previous.map_or(Ok(0), sequence)?,
        };
        self.levels(instrument, depth.bids, depth.asks)?;
        Ok(Delta { instrument, venue_at_ns: time(depth.venue_time), ids })
    }

    /// Both sides into the scratch.
    fn levels(&mut self, instrument: Option<InstrumentId>, bids: Value<'_>, asks: Value<'_>) -> Result<(), FrameError> {
        let scales = self.scales(instrument);
        for (rows, side) in [(bids, &mut self.bids), (asks, &mut self.asks)] {
            if !rows.is_array() {
                return Err(FrameError::Unreadable(Field::Levels));
            }
            side.count = 0;
            for row in rows.elements() {
                let mut parts = row.elements();
                let px = parts.next().ok_or(FrameError::Missing(Field::Price))?;
                let qty = parts.next().ok_or(FrameError::Missing(Field::Quantity))?;
                side.push(level(px, qty, scales)?)?;
            }
        }
        Ok(())
    }

    fn trade(&self, trade: &wire::Trade<'_>) -> Result<Trade, FrameError> {
        let instrument = self.instrument(trade.symbol)?;
        let Level { px, qty } = level(trade.price, trade.quantity, self.scales(instrument))?;
        Ok(Trade {
            instrument,
            venue_at_ns: time(trade.venue_time),
            px,
            qty,
            aggressor: if trade.buyer_is_maker { Side::Sell } else { Side::Buy },
            trade_id: trade.id.and_then(Value::unsigned).unwrap_or(0),
        })
    }

    fn quote(&self, quote: &wire::Quote<'_>) -> Result<Decoded, FrameError> {
        let instrument = self.instrument(quote.symbol)?;
        let scales = self.scales(instrument);
        let sides = match quote.sides {
            [Some(bid), Some(bid_qty), Some(ask), Some(ask_qty)] => {
                Some([level(bid, bid_qty, scales)?, level(ask, ask_qty, scales)?])
            }
            _ => None,
        };
        Ok(Decoded::Quote { instrument, venue_at_ns: time(quote.venue_time), sides })
    }

    fn mark(&self, mark: &wire::Mark<'_>) -> Result<Mark, FrameError> {
        let instrument = self.instrument(mark.symbol)?;
        let scale = self.scales(instrument).map_or(Scale::WHOLE, |(px, _)| px);
        let price = |value: Option<Value<'_>>| value.map(|v| nearest(v, scale, Field::Price).map(Ticks)).transpose();
        Ok(Mark {
            instrument,
            venue_at_ns: time(mark.venue_time),
            mark: price(mark.mark)?,
            index: price(mark.index)?,
            rate_e8: mark.rate.map(|v| nearest(v, Scale::E8, Field::Rate)).transpose()?,
            next_funding_at_ns: time(mark.next_funding),
        })
    }

    fn liquidation(&self, order: &wire::Liquidation<'_>) -> Result<Decoded, FrameError> {
        let instrument = self.instrument(order.symbol)?;
        let scales = self.scales(instrument);
        let order_of = |px, qty, side| Ok::<_, FrameError>((level(px, qty, scales)?, closed_side(side)?));
        let parts = match (order.price, order.quantity, order.side) {
            (Some(px), Some(qty), Some(side)) => Some(order_of(px, qty, side)?),
            _ => None,
        };
        Ok(Decoded::Liquidation { instrument, venue_at_ns: time(order.venue_time), order: parts })
    }
}

fn level(px: Value<'_>, qty: Value<'_>, scales: Option<(Scale, Scale)>) -> Result<Level, FrameError> {
    let number = |value: Value<'_>, scale: Option<Scale>, field| {
        let mut buffer = TextBuffer::default();
        let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(field))?;
        let steps = match scale {
            Some(scale) => scale.parse(text),
            // Not ours: only the form is checked.
            None => Scale::WHOLE.nearest(text),
        };
        let steps = steps.map_err(|error| FrameError::of_number(field, error))?;
        // A book has no negative price or quantity, and a trade neither.
        if steps < 0 { Err(FrameError::Unreadable(field)) } else { Ok(steps) }
    };
    Ok(Level {
        px: Ticks(number(px, scales.map(|s| s.0), Field::Price)?),
        qty: Lots(number(qty, scales.map(|s| s.1), Field::Quantity)?),
    })
}

fn nearest(value: Value<'_>, scale: Scale, field: Field) -> Result<i64, FrameError> {
    let mut buffer = TextBuffer::default();
    let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(field))?;
    scale.nearest(text).map_err(|error| FrameError::of_number(field, error))
}

/// The position that an order of this side closes.
fn closed_side(side: Value<'_>) -> Result<Side, FrameError> {
    match side.string() {
        Some(side) if side.is("SELL") => Ok(Side::Buy),
        Some(side) if side.is("BUY") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

fn sequence(value: Value<'_>) -> Result<u64, FrameError> {
    value.unsigned().ok_or(FrameError::Unreadable(Field::Sequence))
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
