//! What comes back, in the units of the house: lots, ticks, parts of 1e8, venue time. Never a float.

use super::question::{Mark, Span};
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// The rows of an answer, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// To both questions about open interest.
    OpenInterest(Vec<OpenInterest>),
    /// To the questions about long and short.
    LongShort(Vec<LongShort>),
    /// Funding that was paid.
    Funding(Vec<Funding>),
    /// Candles.
    Candles(Vec<Candle>),
    /// Trades.
    Trades(Vec<Trade>),
}

impl Rows {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::OpenInterest(rows) => rows.len(),
            Self::LongShort(rows) => rows.len(),
            Self::Funding(rows) => rows.len(),
            Self::Candles(rows) => rows.len(),
            Self::Trades(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time of the first, of rows in order.
    pub(crate) fn oldest(&self) -> Option<Nanos> {
        match self {
            Self::OpenInterest(rows) => rows.first().map(|row| row.at),
            Self::LongShort(rows) => rows.first().map(|row| row.at),
            Self::Funding(rows) => rows.first().map(|row| row.at),
            Self::Candles(rows) => rows.first().map(|row| row.opened_at),
            Self::Trades(rows) => rows.first().map(|row| row.at),
        }
    }

    /// Those of a span only: a venue may not look at where it ends.
    pub(crate) fn within(mut self, span: Span) -> Self {
        let is_within = |at: Nanos| (span.from..=span.to).contains(&at);
        match &mut self {
            Self::OpenInterest(rows) => rows.retain(|row| is_within(row.at)),
            Self::LongShort(rows) => rows.retain(|row| is_within(row.at)),
            Self::Funding(rows) => rows.retain(|row| is_within(row.at)),
            Self::Candles(rows) => rows.retain(|row| is_within(row.opened_at)),
            Self::Trades(rows) => rows.retain(|row| is_within(row.at)),
        }
        self
    }

    /// Oldest first: half of the venues begin with the newest.
    pub(crate) fn sorted(mut self) -> Self {
        match &mut self {
            Self::OpenInterest(rows) => rows.sort_by_key(|row| row.at),
            Self::LongShort(rows) => rows.sort_by_key(|row| row.at),
            Self::Funding(rows) => rows.sort_by_key(|row| row.at),
            Self::Candles(rows) => rows.sort_by_key(|row| row.opened_at),
            // Trades of one moment are told apart by their numbers.
            Self::Trades(rows) => rows.sort_by_key(|row| (row.at, row.id)),
        }
        self
    }
}

/// Contracts open at a time: each counted once, not once a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenInterest {
    /// Venue time; 0 where the venue tells none.
    pub at: Nanos,
    /// In lots of the instrument: coins, or contracts where it counts contracts.
    pub qty: Lots,
}

/// Long against short at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongShort {
    /// Venue time.
    pub at: Nanos,
    /// The share that is long, in 1e-8; the rest is short.
    pub long_e8: i64,
}

/// A payment of funding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funding {
    /// When it was paid.
    pub at: Nanos,
    /// For the interval before, in 1e-8 of the position; longs pay where it is positive.
    pub rate_e8: i64,
}

/// A candle of trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// When it began.
    pub opened_at: Nanos,
    /// First price.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price so far.
    pub close: Ticks,
    /// Traded, in lots of the instrument.
    pub volume: Lots,
}

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trade {
    /// Venue time.
    pub at: Nanos,
    /// The venue's number; `None` where it is no number.
    pub id: Option<u64>,
    /// Price.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
    /// Who crossed the spread.
    pub aggressor: Side,
}

impl Trade {
    pub(crate) const fn mark(&self) -> Mark {
        Mark { at: self.at, id: self.id }
    }
}
