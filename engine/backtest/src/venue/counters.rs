//! What the paper venue counts.

use engine_ring::counter::Counter;

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
    /// Replies put on the ring.
    pub replies: Counter,
    /// Times that a reply was due and the ring had no room.
    pub reply_waits: Counter,
}
