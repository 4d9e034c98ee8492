//! What the paper venue counts.

use engine_ring::counter::{Counter, Reading};

/// One writer (the venue's stage), any readers.
#[derive(Debug, Default)]
pub struct PaperCounters {
    /// Requests taken from the ring.
    pub requests: Counter,
    /// Orders accepted.
    pub accepted: Counter,
    /// Orders rejected, for whatever reason.
    pub rejected: Counter,
    /// Executions of orders that rested.
    pub maker_fills: Counter,
    /// Executions of orders that crossed.
    pub taker_fills: Counter,
    /// Executions that the venue placed itself: liquidations, what its fund took over, deleveragings.
    pub closeouts: Counter,
    /// Replies put on the ring.
    pub replies: Counter,
    /// Times that a reply was due and the ring had no room.
    pub reply_waits: Counter,
}

impl PaperCounters {
    /// What it counts, in order.
    #[must_use]
    pub fn readings(&self) -> [Reading; 8] {
        let Self { requests, accepted, rejected, maker_fills, taker_fills, closeouts, replies, reply_waits } = self;
        [
            Reading::count("requests", "Requests taken from the ring.", requests),
            Reading::count("accepted", "Orders accepted.", accepted),
            Reading::count("rejected", "Orders rejected, for whatever reason.", rejected),
            Reading::count("maker_fills", "Executions of orders that rested.", maker_fills),
            Reading::count("taker_fills", "Executions of orders that crossed.", taker_fills),
            Reading::count(
                "closeouts",
                "Executions that the venue placed itself: liquidations, takeovers, deleveragings.",
                closeouts,
            ),
            Reading::count("replies", "Replies put on the ring.", replies),
            Reading::count("reply_waits", "Times that a reply was due and the ring had no room.", reply_waits),
        ]
    }
}
