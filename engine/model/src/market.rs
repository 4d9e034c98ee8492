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
        /// When it is paid.
        next_at_ns: Nanos,
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
}

/// The seam between venues and the engine: a feed's session pushes whole, checked messages in; who implements it keeps
/// the books. A call, not a ring: decoding and book building belong to one stage, and the wall between the crates
/// costs nothing after monomorphisation.
///
/// Contract of the caller: levels of one message come in one call, already on the grid; sequence and snapshot rules of
/// the venue are the caller's; after [`Applied::Crossed`] it calls [`MarketSink::book_lost`].
pub trait MarketSink {
    /// Replaces the whole book and puts it in sync. Levels in any order.
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied;

    /// Applies absolute quantities, bids then asks, in the order given; 0 lots deletes.
    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied;

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
