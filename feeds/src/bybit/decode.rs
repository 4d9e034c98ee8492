//! Bybit's frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`], which category each socket is.
//! Never: books, sequence rules, counts.

use super::fast;
use super::wire::{self, Frame};
use crate::decoded::{BookKind, Decoded, Derivative, Funding, Ids, Scratch, Trade};
use crate::error::{Field, FrameError};
use crate::grid::{Grids, price_quantity, rate_e8, sequence, time_ms};
use crate::json::{Elements, Text, TextBuffer, Value};
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// Reads the frames of all categories.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// By socket.
    categories: Vec<(u32, Category)>,
    /// By instrument: when funding is paid next, and how often, as told last. A change names only what changed.
    paid: Vec<Paid>,
}

/// When funding is paid next, and each how many seconds; zero: not told yet.
pub(super) type Paid = (Nanos, u32);

/// The market of a socket: the last part of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Spot,
    Linear,
    Inverse,
}

impl Category {
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Spot => b"spot",
            Self::Linear => b"linear",
            Self::Inverse => b"inverse",
        }
    }

    pub(super) fn of_url(url: &str) -> Option<Self> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        match path.rsplit('/').next()? {
            "spot" => Some(Self::Spot),
            "linear" => Some(Self::Linear),
            "inverse" => Some(Self::Inverse),
            _ => None,
        }
    }
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { categories: Vec::new(), paid: Vec::new() }
    }

    pub(crate) fn opened(&mut self, channel: u32, url: &str) {
        self.categories.retain(|(known, _)| *known != channel);
        self.categories.extend(Category::of_url(url).map(|category| (channel, category)));
    }

    /// A frame of a socket.
    pub(crate) fn frame(
        &mut self,
        grids: &mut Grids,
        channel: u32,
        bytes: &[u8],
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        out.clear();
        let category = self.categories.iter().find(|(known, _)| *known == channel).map(|(_, category)| *category);
        if let Grids::Run(run) = grids {
            if let Some(decoded) = fast::frame(category, run, &mut self.paid, bytes, out) {
                return Ok(decoded);
            }
            out.clear();
        }
        let mut market = Market { category, grids };
        match wire::frame(bytes)? {
            Frame::Book(book) => market.book(&book, out),
            Frame::Trades(rows) => market.trades(rows, out),
            Frame::Liquidations(rows) => market.liquidations(rows, out),
            Frame::Ticker(ticker) => market.ticker(&ticker, &mut self.paid),
            Frame::Candle(topic) => market.candle(topic),
            Frame::Control => Ok(Decoded::Control),
            Frame::Unknown => Ok(Decoded::Unknown),
        }
    }

    /// A REST answer.
    pub(crate) fn answer(
        &mut self,
        _grids: &mut Grids,
        url: Option<&str>,
        body: &[u8],
        _out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        Value::parse(body)?;
        let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
        Ok(if path.ends_with("/instruments-info") { Decoded::Instruments } else { Decoded::Unknown })
    }
}

/// The instruments of one socket.
struct Market<'a> {
    category: Option<Category>,
    grids: &'a mut Grids,
}

impl Market<'_> {
    fn find(&mut self, symbol: &[u8]) -> Option<InstrumentId> {
        match self.category {
            Some(category) => self.grids.find_in(category.name(), symbol),
            None => self.grids.find(symbol),
        }
    }

    fn instrument(&mut self, symbol: Text<'_>) -> Result<Option<InstrumentId>, FrameError> {
        let mut buffer = TextBuffer::default();
        let symbol = symbol.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        Ok(self.find(symbol))
    }

    fn book(&mut self, book: &wire::Book<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
        let instrument = self.instrument(book.symbol)?;
        let update_id = sequence(book.update_id)?;
        for (rows, side) in [(book.bids, &mut out.bids), (book.asks, &mut out.asks)] {
            self.grids.levels(instrument, rows, price_quantity, side)?;
        }
        // The service was restarted: what it calls a delta is the whole book.
        let kind = if book.is_snapshot || update_id == 1 { BookKind::Snapshot } else { BookKind::Delta };
        Ok(out.whole_book(kind, instrument, time_ms(book.venue_time), Ids::one(update_id)))
    }

    fn trades(&mut self, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
        for row in rows {
            let row = wire::trade(row)?;
            let (instrument, Level { px, qty }, aggressor) = self.row(&row)?;
            let trade_id = row.id.and_then(Value::unsigned).unwrap_or(0);
            let venue_at_ns = time_ms(row.venue_time);
            out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
        }
        Ok(Decoded::Many)
    }

    fn liquidations(&mut self, rows: Elements<'_>, out: &mut Scratch) -> Result<Decoded, FrameError> {
        for row in rows {
            let row = wire::trade(row)?;
            let (instrument, level, closed) = self.row(&row)?;
            let (venue_at_ns, order) = (time_ms(row.venue_time), Some((level, closed)));
            out.push(Decoded::Liquidation { instrument, venue_at_ns, order })?;
        }
        Ok(Decoded::Many)
    }

    fn row(&mut self, row: &wire::Trade<'_>) -> Result<(Option<InstrumentId>, Level, Side), FrameError> {
        let instrument = self.instrument(row.symbol)?;
        let side = match row.side {
            side if side.is("Buy") => Side::Buy,
            side if side.is("Sell") => Side::Sell,
            _ => return Err(FrameError::Unreadable(Field::Side)),
        };
        Ok((instrument, self.grids.level(instrument, row.price, row.quantity)?, side))
    }

    fn ticker(&mut self, ticker: &wire::Ticker<'_>, paid: &mut Vec<Paid>) -> Result<Decoded, FrameError> {
        let instrument = self.instrument(ticker.symbol)?;
        let mut price = |value: Option<Value<'_>>| value.map(|v| self.grids.average(instrument, v)).transpose();
        let (mark, index) = (price(ticker.mark)?, price(ticker.index)?);
        let [rate, next, hours] = ticker.funding;
        let rate_e8 = rate.map(rate_e8).transpose()?;
        let open_interest = ticker.open_interest.map(|qty| self.grids.sum(instrument, qty)).transpose()?;
        let hours = hours.and_then(Value::unsigned).and_then(|hours| u32::try_from(hours).ok()).unwrap_or(0);
        let told = (time_ms(next), hours.saturating_mul(3_600));
        // Behind the last thing that may fail: a frame that is refused changes nothing.
        let (next_at_ns, interval_s) = instrument.map_or(told, |instrument| remember(paid, instrument, told));
        let funding = rate_e8.map(|rate_e8| Funding { rate_e8, next_at_ns, interval_s });
        let venue_at_ns = time_ms(ticker.venue_time);
        Ok(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))
    }

    /// The topic alone names the instrument: `kline.1.BTCUSDT`.
    fn candle(&mut self, topic: Text<'_>) -> Result<Decoded, FrameError> {
        let mut buffer = TextBuffer::default();
        let topic = topic.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        let symbol = topic.splitn(3, |byte| *byte == b'.').nth(2).ok_or(FrameError::Missing(Field::Symbol))?;
        Ok(Decoded::Candle { instrument: self.find(symbol) })
    }
}

/// What is known of an instrument's funding once that was told.
pub(super) fn remember(paid: &mut Vec<Paid>, of: InstrumentId, told: Paid) -> Paid {
    if paid.len() <= of.index() {
        paid.resize(of.index() + 1, (Nanos(0), 0));
    }
    let known = &mut paid[of.index()];
    *known = (if told.0.0 == 0 { known.0 } else { told.0 }, if told.1 == 0 { known.1 } else { told.1 });
    *known
}
