//! What a session has seen, in the words of `replay`'s JSON. Plain numbers: one thread writes, others read copies.

use crate::error::ErrorKind;

/// What an event is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EventKind {
    /// A trade, aggregate trades included.
    Trade = 0,
    /// The venue's own best bid and ask.
    Quote = 1,
    /// A whole book.
    BookSnapshot = 2,
    /// A change of a book, applied or not.
    BookDelta = 3,
    /// A mark price.
    Mark = 4,
    /// An index price.
    Index = 5,
    /// A funding rate.
    Funding = 6,
    /// Open interest.
    OpenInterest = 7,
    /// A liquidation order.
    Liquidation = 8,
    /// A candle.
    Candle = 9,
    /// A ticker.
    Ticker = 10,
    /// A list of instruments.
    Instrument = 11,
}

impl EventKind {
    /// Every kind, in the order of their indices.
    pub const ALL: [Self; 12] = [
        Self::Trade,
        Self::Quote,
        Self::BookSnapshot,
        Self::BookDelta,
        Self::Mark,
        Self::Index,
        Self::Funding,
        Self::OpenInterest,
        Self::Liquidation,
        Self::Candle,
        Self::Ticker,
        Self::Instrument,
    ];

    /// The name used in JSON and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::Quote => "quote",
            Self::BookSnapshot => "book_snapshot",
            Self::BookDelta => "book_delta",
            Self::Mark => "mark",
            Self::Index => "index",
            Self::Funding => "funding",
            Self::OpenInterest => "open_interest",
            Self::Liquidation => "liquidation",
            Self::Candle => "candle",
            Self::Ticker => "ticker",
            Self::Instrument => "instrument",
        }
    }
}

/// Everything counted. `messages` is the sum of decoded ones, `control`, `unknown`, `errors` and `copies`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames and REST answers taken in.
    pub messages: u64,
    /// Events by [`EventKind`].
    pub events: [u64; EventKind::ALL.len()],
    /// Acknowledgements, pings, pongs.
    pub control: u64,
    /// JSON of no known kind.
    pub unknown: u64,
    /// Frames refused whole.
    pub errors: u64,
    /// The same by [`ErrorKind`].
    pub errors_by_kind: [u64; ErrorKind::ALL.len()],
    /// Books lost to a missing message.
    pub gaps: u64,
    /// Books lost because bid met ask.
    pub crossed: u64,
    /// Messages whose checksum held.
    pub checksum_ok: u64,
    /// Books lost because a checksum did not hold.
    pub checksum_failed: u64,
    /// Books that had been lost and came back by a snapshot.
    pub resyncs: u64,
    /// Books lost with their socket, or called stale by the feed.
    pub dropped_books: u64,
    /// Deltas thrown out of a full keep before a snapshot came.
    pub keep_overflows: u64,
    /// Frames that another line had brought to the byte; they are in `messages` and nowhere else.
    pub copies: u64,
    /// Holes of one line that the other filled.
    pub filled: u64,
    /// Events of instruments that this run does not have.
    pub foreign: u64,
}

impl Counts {
    /// Events of one kind.
    #[must_use]
    pub fn event(&self, kind: EventKind) -> u64 {
        self.events[kind as usize]
    }

    /// Errors of one kind.
    #[must_use]
    pub fn error(&self, kind: ErrorKind) -> u64 {
        self.errors_by_kind[kind as usize]
    }

    pub(crate) fn add(&mut self, kind: EventKind) {
        self.events[kind as usize] += 1;
    }

    pub(crate) fn add_error(&mut self, kind: ErrorKind) {
        self.errors += 1;
        self.errors_by_kind[kind as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_at_their_own_index() {
        assert!(EventKind::ALL.iter().enumerate().all(|(index, kind)| *kind as usize == index));
        assert!(ErrorKind::ALL.iter().enumerate().all(|(index, kind)| *kind as usize == index));
    }
}
