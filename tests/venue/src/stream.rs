//! What there is to be told of an instrument, under whatever name a protocol has for it.
//!
//! Owns: kinds of streams and their places in tables. Never: names, sockets.

/// What a stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    Trade,
    AggTrade,
    BookTicker,
    Depth0,
    Depth100,
    Depth500,
    /// `@depth` without a speed: 1 s on spot, 250 ms on futures.
    Depth,
    MarkPrice1s,
    MarkPrice3s,
    Kline1m,
    /// Liquidations.
    ForceOrder,
    /// The best 200 levels a side, whole at first.
    Book200,
    /// Prices, funding, open interest in one, whole at first.
    Ticker,
}

impl Kind {
    pub(crate) const COUNT: usize = 13;
    pub(crate) const DEPTHS: [Self; 4] = [Self::Depth0, Self::Depth100, Self::Depth500, Self::Depth];

    /// Whether it is a chain of changes to a book, which a missing one breaks.
    pub(crate) fn is_depth(self) -> bool {
        self == Self::Book200 || Self::DEPTHS.contains(&self)
    }
}

/// One kind of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stream {
    pub(crate) instrument: usize,
    pub(crate) kind: Kind,
}

impl Stream {
    /// Position in tables of all streams.
    pub(crate) fn index(self) -> usize {
        self.instrument * Kind::COUNT + self.kind as usize
    }
}
