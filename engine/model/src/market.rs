//! What venues tell: the 64-byte event that crosses rings, and the seam through which decoders fill books.

use crate::instrument::InstrumentId;
use crate::units::{Lots, Nanos, Ticks};
use crate::venue::VenueId;

/// One price level: the quantity that stands at a price. Absolute; zero lots means the level is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Price.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
}

/// Side of an order, a level or an aggressor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Side {
    /// Bid; taker bought.
    #[default]
    Buy = 0,
    /// Ask; taker sold.
    Sell = 1,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// +1 for a buy, -1 for a sell.
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }
}

/// Where and when: the head of every event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The venue's own time; 0 where it sends none.
    pub venue_at_ns: Nanos,
    /// When the bytes reached us.
    pub received_at_ns: Nanos,
    /// Of what.
    pub instrument: InstrumentId,
    /// From where.
    pub venue: VenueId,
}

/// What crosses the `market` ring: one cache line, no pointers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub struct MarketEvent {
    /// Where and when.
    pub at: Stamp,
    /// What changed.
    pub change: MarketChange,
}

/// What changed in the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketChange {
    /// Trust in the book changed. While it is not [`BookState::Synced`] there is no price.
    Book(BookState),
    /// The best bid and ask of our own book changed. A side without levels has zero lots.
    Top {
        /// Best bid.
        bid: Level,
        /// Best ask.
        ask: Level,
        /// (bid lots - ask lots) / (bid lots + ask lots) over the best [`IMBALANCE_LEVELS`], in 1/10000.
        imbalance_bps: i16,
    },
    /// A trade.
    Trade {
        /// Price.
        px: Ticks,
        /// Quantity.
        qty: Lots,
        /// Who crossed the spread.
        aggressor: Side,
        /// The venue's id of the trade (aggregate trades: of the aggregate).
        trade_id: u64,
    },
    /// The venue's own best bid and ask channel. Informative: orders are priced by [`MarketChange::Top`].
    Quote {
        /// Best bid.
        bid: Level,
        /// Best ask.
        ask: Level,
    },
    /// Mark price.
    Mark {
        /// Price.
        px: Ticks,
    },
    /// Index price.
    Index {
        /// Price.
        px: Ticks,
    },
    /// Funding rate.
    Funding {
        /// Rate for the running interval, in 1e-8 (0.01 % = 10_000).
        rate_e8: i64,
        /// When it is paid; 0 where the venue does not say.
        next_at_ns: Nanos,
        /// Seconds from one payment to the next, as the venue says; 0 where it does not.
        interval_s: u32,
    },
    /// Open interest.
    OpenInterest {
        /// In lots of the instrument.
        qty: Lots,
    },
    /// A liquidation order of the venue.
    Liquidation {
        /// Price of the closing order.
        px: Ticks,
        /// Quantity.
        qty: Lots,
        /// The position that was closed: `Buy` = a long.
        closed: Side,
    },
    /// How much of one side stands near its best price: a bounded summary of the book, told only of instruments whose orders
    /// are routed over venues, and right behind the top that it belongs to.
    Depth {
        /// Which side.
        side: Side,
        /// Lots within each of [`DEPTH_REACHES_BPS`] of the best price, the best level included; the largest number stands
        /// for all that is more.
        qty: [u32; DEPTH_REACHES_BPS.len()],
        /// The best price.
        px: Ticks,
    },
    /// Digest of the whole book, so that depth, which never crosses a ring, takes part in the state hash.
    BookDigest {
        /// First eight bytes of the BLAKE3 of all levels.
        digest: u64,
        /// Levels on the bid side.
        bid_levels: u32,
        /// Levels on the ask side.
        ask_levels: u32,
        /// Id of the last message applied.
        update_id: u64,
    },
}

impl Default for MarketChange {
    fn default() -> Self {
        Self::Book(BookState::Waiting)
    }
}

/// Levels on each side that [`MarketChange::Top`]'s imbalance looks at.
pub const IMBALANCE_LEVELS: usize = 5;

/// How far from the best price [`MarketChange::Depth`] counts, in basis points.
pub const DEPTH_REACHES_BPS: [i64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The worst price within that many basis points of the best one of a side, rounded towards it.
#[must_use]
pub const fn reach(side: Side, px: Ticks, bps: i64) -> Ticks {
    // In two steps: a product of a price and a number of basis points need not fit.
    let away = px.0 / 10_000 * bps + px.0 % 10_000 * bps / 10_000;
    Ticks(px.0.saturating_sub(side.sign() * away))
}

/// How far a book can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum BookState {
    /// No snapshot yet.
    #[default]
    Waiting = 0,
    /// Complete and in sequence.
    Synced = 1,
    /// Was in sync; a gap, a crossed book, a failed checksum or a lost socket ended that.
    Lost = 2,
}

/// What a book says of a message that was just applied to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// Best bid below best ask, or a side is empty.
    Valid,
    /// Best bid at or above best ask: the message or an earlier one is wrong. The caller must declare the book lost.
    Crossed,
    /// What the message says of the whole book does not hold ([`MarketSink::book_verified`]). The caller must declare the
    /// book lost.
    Mismatch,
}

/// A message of a book that says something of the whole book behind it.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedMessage<'a> {
    /// A whole book, or a change of one.
    pub is_snapshot: bool,
    /// Its id.
    pub update_id: u64,
    /// Levels.
    pub bids: &'a [Level],
    /// Levels.
    pub asks: &'a [Level],
    /// Each side keeps so many levels at most: the venue never deletes those that are pushed out.
    pub depth_max: Option<usize>,
    /// How many of the best levels a side its proof looks at, at most [`PROOF_LEVELS_MAX`]; 0: there is nothing to prove.
    pub proof_levels: usize,
}

/// Most levels a side that any venue's checksum covers.
pub const PROOF_LEVELS_MAX: usize = 25;

/// The seam between venues and the engine: a feed's session pushes whole, checked messages in; who implements it keeps
/// the books. A call, not a ring: decoding and book building belong to one stage, and the wall between the crates
/// costs nothing after monomorphisation.
///
/// Contract of the caller: levels of one message come in one call, already on the grid; sequence and snapshot rules of
/// the venue are the caller's; after anything but [`Applied::Valid`] it calls [`MarketSink::book_lost`].
pub trait MarketSink {
    /// Replaces the whole book and puts it in sync. Levels in any order.
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied;

    /// Applies absolute quantities, bids then asks, in the order given; 0 lots deletes.
    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied;

    /// Applies a message that ends with a proof: levels as in the two above, then the cut, then `holds` of the best bids
    /// and asks that are left, then the judgement of the book. What does not hold is told to nobody.
    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied;

    /// The book is lost: it becomes empty, and there is no price until the next snapshot.
    fn book_lost(&mut self, at: Stamp);

    /// Anything but books: trades, quotes, mark, funding … passed on as it is.
    fn event(&mut self, event: MarketEvent);

    /// Whether another message may be pushed. `false` while readers downstream are full: the socket backs up, nothing
    /// is dropped.
    fn ready(&self) -> bool;

    /// One turn of the crank without input: hand on what waits, take what came back (paper venue: match, reply).
    /// Returns whether anything was done.
    fn turn(&mut self, now: Nanos) -> bool;

    /// When the sink next has something to do of its own accord (paper venue: an order arrives, a reply is due). A replay
    /// lets its clock stand there, and turns, before it pushes a message received later.
    fn next_due(&self) -> Option<Nanos> {
        None
    }

    /// No further message will come: says what can only be said at the end (digests of whole books). Called at most once,
    /// when [`MarketSink::ready`]; turns may follow.
    fn end(&mut self, _now: Nanos) {}
}

const _: () = assert!(size_of::<MarketEvent>() == 64, "a market event is one cache line");
