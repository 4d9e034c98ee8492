//! What a session tells of one instrument. Plain values: nothing here decides.

use crate::chain::Place;
use crate::decoded::NO_ID;
use crate::integrity::Integrity;
use engine_model::market::BookState;
use engine_model::units::{Nanos, Ticks};

/// What a session knows of one book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BookStatus {
    /// Trust.
    pub state: BookState,
    pub(super) place: Place,
    /// The socket that its last snapshot came by.
    pub(super) channel: u32,
    /// How often it was lost, and why, and came back.
    pub losses: Losses,
    pub(super) integrity: Integrity,
}

/// How often a book was lost, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// A message was missing.
    pub gaps: u32,
    /// Bid met ask.
    pub crossed: u32,
    /// A checksum did not hold.
    pub checksum_failed: u32,
    /// It came back.
    pub resyncs: u32,
}

impl BookStatus {
    /// How far it deserves to be believed at that time, 0 to 100: see [`crate::integrity`].
    #[must_use]
    pub fn score(&self, at_ns: Nanos) -> u64 {
        self.integrity.score(at_ns.0)
    }

    /// Id of the last message in the book; `None` while it is not in sync, and where the venue sends none.
    #[must_use]
    pub fn update_id(&self) -> Option<u64> {
        (self.state == BookState::Synced && self.place.update_id != NO_ID).then_some(self.place.update_id)
    }
}

/// Trades of one instrument since the session began, as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TradeStats {
    /// How many.
    pub trades: u64,
    /// Lots that takers bought. Wide: a day of a coin with 9 decimals passes 64 bits.
    pub buy_lots: i128,
    /// Lots that takers sold.
    pub sell_lots: i128,
    /// Price of the last one.
    pub last_px: Option<Ticks>,
}
