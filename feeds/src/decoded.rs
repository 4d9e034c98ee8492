//! What venues say, in one vocabulary: the place between a venue's decoder and the session.
//!
//! Owns: [`Decoded`], and the scratch that levels are parsed into before anything is applied: a frame is taken whole or not
//! at all. Never: a venue's field names, books, sequence rules, counts.

use crate::error::FrameError;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Nanos, Ticks};

/// A frame of a socket or a REST answer, read. `instrument` is `None` for one that this run does not have: such a frame
/// was only checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// A whole book, or a change of one; its levels are in the scratch.
    Book(Book),
    /// A trade.
    Trade(Trade),
    /// The venue's best bid and ask; `None` where a part was not sent.
    Quote { instrument: Option<InstrumentId>, venue_at_ns: Nanos, sides: Option<[Level; 2]> },
    /// Mark, index, funding, open interest: each where sent, each an event of its own.
    Derivative(Derivative),
    /// Open interest; `None` where the quantity was not sent.
    OpenInterest { instrument: Option<InstrumentId>, venue_at_ns: Nanos, qty: Option<Lots> },
    /// A ticker: one event, whatever it tells.
    Ticker(Derivative),
    /// A liquidation; `None` where a part was not sent.
    Liquidation { instrument: Option<InstrumentId>, venue_at_ns: Nanos, order: Option<(Level, Side)> },
    /// A candle: counted only, candles are built from trades.
    Candle { instrument: Option<InstrumentId> },
    /// A list of instruments.
    Instruments,
    /// A whole book of an instrument that neither the URL nor the answer names: checked, its levels dropped.
    NamelessSnapshot,
    /// Several, or none: they are in the scratch, in order.
    Many,
    /// An answer to something we sent, or a heartbeat.
    Control,
    /// JSON of no known kind.
    Unknown,
}

/// A book, whole or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) kind: BookKind,
    pub(crate) ids: Ids,
    /// Where its levels are in the scratch.
    pub(crate) bids: Span,
    pub(crate) asks: Span,
    pub(crate) proof: Proof,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BookKind {
    /// The whole book.
    Snapshot,
    /// Absolute quantities of what changed.
    Delta,
    /// A change that names what is not in the book: a message before it is missing.
    Broken,
}

/// What a message says of the whole book behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Each side keeps so many levels at most; 0: no limit.
    pub(crate) depth_max: u32,
    /// Checksum of the best levels, where one was sent.
    pub(crate) checksum: Option<u32>,
}

impl Proof {
    pub(crate) const NONE: Self = Self { depth_max: 0, checksum: None };
}

/// Sequence numbers of a message: first and last in it, and last of the message before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) previous: u64,
}

/// In place of a sequence number that the venue does not send.
pub(crate) const NO_ID: u64 = u64::MAX;

impl Ids {
    /// Of a venue that sends none.
    pub(crate) const NONE: Self = Self { first: NO_ID, last: NO_ID, previous: NO_ID };

    /// Of a message with one number.
    pub(crate) const fn one(id: u64) -> Self {
        Self { first: id, last: id, previous: NO_ID }
    }

    /// Of a message that names the one before it, where it does.
    pub(crate) fn after(previous: Option<u64>, last: u64) -> Self {
        Self { first: last, last, previous: previous.unwrap_or(NO_ID) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) px: Ticks,
    pub(crate) qty: Lots,
    pub(crate) aggressor: Side,
    /// 0 where the venue's id is no number.
    pub(crate) trade_id: u64,
}

/// What is told of a contract besides its book and its trades, each where sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Derivative {
    pub(crate) instrument: Option<InstrumentId>,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) mark: Option<Ticks>,
    pub(crate) index: Option<Ticks>,
    pub(crate) funding: Option<Funding>,
    pub(crate) open_interest: Option<Lots>,
}

/// A funding rate for the running interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Funding {
    pub(crate) rate_e8: i64,
    /// 0 where the venue does not say.
    pub(crate) next_at_ns: Nanos,
    /// Seconds from one payment to the next; 0 where the venue does not say.
    pub(crate) interval_s: u32,
}

/// A part of a side of the scratch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// Levels, and their numbers where they have some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) levels: &'a [Level],
    pub(crate) row_ids: &'a [u64],
}

/// Levels of one side of the frame in hand.
#[derive(Debug)]
pub(crate) struct SideScratch {
    pub(crate) levels: Box<[Level]>,
    pub(crate) count: usize,
    /// The number of each level, at a venue where a level has one of its own.
    pub(crate) row_ids: Vec<u64>,
}

/// Levels a side that one message may have. The largest book of a capture is Coinbase's of BTC-USD with 28,000 on a side;
/// a REST snapshot of Binance has at most 5,000.
pub const LEVELS_MAX: usize = 65_536;

/// Most events that one frame may have: Bybit sends up to 1,024 trades in one.
const MANY_MAX: usize = 4_096;

impl SideScratch {
    fn new() -> Self {
        Self { levels: vec![Level::default(); LEVELS_MAX].into(), count: 0, row_ids: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, level: Level) -> Result<(), FrameError> {
        *self.levels.get_mut(self.count).ok_or(FrameError::TooManyLevels)? = level;
        self.count += 1;
        Ok(())
    }

    /// The same for a level with a number of its own.
    #[inline]
    pub(crate) fn push_numbered(&mut self, level: Level, row_id: u64) -> Result<(), FrameError> {
        self.push(level)?;
        self.row_ids.push(row_id);
        Ok(())
    }

    /// Everything from `start` on.
    #[inline]
    pub(crate) fn since(&self, start: usize) -> Span {
        Span { start: start as u32, end: self.count as u32 }
    }

    /// Everything.
    #[inline]
    pub(crate) fn all(&self) -> Span {
        self.since(0)
    }

    #[inline]
    pub(crate) fn get(&self, span: Span) -> &[Level] {
        &self.levels[span.start as usize..span.end as usize]
    }

    /// The same with their numbers.
    pub(crate) fn rows(&self, span: Span) -> Rows<'_> {
        let row_ids = self.row_ids.get(span.start as usize..span.end as usize).unwrap_or_default();
        Rows { levels: self.get(span), row_ids }
    }

    /// Of levels with numbers, those above `id`, in the same order and at the same start.
    pub(crate) fn retain_above(&mut self, id: u64, span: Span) -> Span {
        let (levels, row_ids) = (&mut self.levels[span.start as usize..], &self.row_ids[span.start as usize..]);
        let kept = retain_above(id, &mut levels[..(span.end - span.start) as usize], row_ids);
        Span { end: span.start + kept as u32, ..span }
    }
}

/// Moves the levels whose number is above `id` to the front; how many they are.
pub(crate) fn retain_above(id: u64, levels: &mut [Level], row_ids: &[u64]) -> usize {
    let mut kept = 0;
    for place in 0..levels.len() {
        if row_ids.get(place).is_some_and(|row_id| *row_id > id) {
            levels[kept] = levels[place];
            kept += 1;
        }
    }
    kept
}

/// What the frame in hand says, apart from what fits a [`Decoded`]. Allocated once.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) bids: SideScratch,
    pub(crate) asks: SideScratch,
    many: Vec<Decoded>,
    /// The number that the venue gives every message of a socket, where it does.
    pub(crate) socket_sequence: Option<u64>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let many = Vec::with_capacity(MANY_MAX);
        Self { bids: SideScratch::new(), asks: SideScratch::new(), many, socket_sequence: None }
    }

    /// Makes room for the numbers of levels, so that none is made later.
    pub(crate) fn with_row_ids(mut self) -> Self {
        self.bids.row_ids.reserve_exact(LEVELS_MAX);
        self.asks.row_ids.reserve_exact(LEVELS_MAX);
        self
    }

    /// Before a frame that may have several events.
    pub(crate) fn clear(&mut self) {
        for side in [&mut self.bids, &mut self.asks] {
            side.count = 0;
            side.row_ids.clear();
        }
        self.many.clear();
        self.socket_sequence = None;
    }

    /// One more event of [`Decoded::Many`].
    pub(crate) fn push(&mut self, decoded: Decoded) -> Result<(), FrameError> {
        if self.many.len() == MANY_MAX {
            return Err(FrameError::TooManyEvents);
        }
        self.many.push(decoded);
        Ok(())
    }

    /// A book whose levels are all that is here.
    #[inline]
    pub(crate) fn whole_book(
        &self,
        kind: BookKind,
        instrument: Option<InstrumentId>,
        venue_at_ns: Nanos,
        ids: Ids,
    ) -> Decoded {
        let (bids, asks) = (self.bids.all(), self.asks.all());
        Decoded::Book(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE })
    }

    /// The events of [`Decoded::Many`].
    pub(crate) fn many(&self) -> &[Decoded] {
        &self.many
    }

    /// The events from `start` on stand in the frame newest first: turns them round.
    pub(crate) fn turn_round(&mut self, start: usize) {
        self.many[start..].reverse();
    }
}
