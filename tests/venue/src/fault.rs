//! Misbehaviour on request, so that tests can watch a client survive it.

use crate::account::{OrderFault, PrivateFault};
use engine_model::setup::Setup;
use std::time::Duration;

/// What goes wrong. Each takes effect from the moment the server's thread reads it, within a millisecond or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The next change of that symbol's book reaches nobody: the chain of ids breaks. Symbols as they are listed: Bybit's
    /// with the category in front.
    DropNextDelta(String),
    /// The next change of that symbol's book does not reach the oldest socket that wants it; the others get it as they do
    /// anyway.
    DropNextDeltaOfOneLine(String),
    /// The next change of that symbol's book is sent twice.
    RepeatNextDelta(String),
    /// The next change of that symbol's book is sent behind the one that follows it.
    SwapNextDeltas(String),
    /// The next change of that symbol's book has a checksum that does not hold. Nothing where the venue sends none.
    WrongChecksum(String),
    /// Every socket is cut without a close frame.
    Disconnect,
    /// The oldest socket is cut without a close frame.
    DisconnectOldest,
    /// No market frame is sent for that long; the market goes on, pings are answered.
    Silence(Duration),
    /// Nobody trades or quotes for that long: what there is to tell is told, and books stand still. Zero ends it.
    Calm(Duration),
    /// Nothing of that symbol is sent for that long, except whole books that are asked for; the others go on.
    SilenceOf(String, Duration),
    /// The next frame of any stream is preceded by this text.
    Garbage(String),
    /// The next frame of any stream is preceded by bytes that are no WebSocket frame.
    GarbageBytes,
    /// Every REST answer is held back for that long. Zero ends it.
    SlowRest(Duration),
    /// The next `count` REST requests are answered with that status: 429 and 418 with `Retry-After`, 5xx with text.
    RestStatus {
        /// HTTP status.
        status: u16,
        /// How many.
        count: u32,
    },
    /// The next `count` REST snapshots are older than the stream by that many update ids. Nothing on Bybit, whose books
    /// come whole in the stream.
    OldSnapshots {
        /// How many.
        count: u32,
        /// How old.
        update_ids: u64,
    },
    /// Something happens to the next request about an order.
    Order(OrderFault),
    /// Something happens to the next private connection or text.
    Private(PrivateFault),
    /// From now on of a thousand requests about orders, and of a thousand private texts, so many go wrong, in ways that the
    /// seed draws; of private connections a quarter as many at each step. Zero ends it.
    Draw {
        /// How many.
        per_mille: u16,
    },
    /// Somebody sets the first account up so, for every contract.
    Setup(Setup),
    /// The venue's clock is so far ahead of what it should be, in all that it says and judges. Zero ends it.
    ClockSkew {
        /// In milliseconds; negative: behind.
        ms: i64,
    },
    /// The server's thread does nothing at all for that long: it neither reads nor writes.
    Stall(Duration),
}

/// Faults that wait for their occasion.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    pub(crate) drop_delta: Vec<String>,
    pub(crate) drop_of_one: Vec<String>,
    pub(crate) repeat_delta: Vec<String>,
    pub(crate) swap_deltas: Vec<String>,
    pub(crate) wrong_checksum: Vec<String>,
    pub(crate) silent_until_ns: u64,
    pub(crate) silent_of: Vec<(String, u64)>,
    pub(crate) garbage: Vec<String>,
    pub(crate) garbage_bytes: bool,
    pub(crate) slow_rest_ns: u64,
    pub(crate) rest_status: Option<(u16, u32)>,
    pub(crate) old_snapshots: Option<(u32, u64)>,
}

impl Armed {
    /// Whether that symbol is on the list; takes it off.
    pub(crate) fn take(list: &mut Vec<String>, symbol: &str) -> bool {
        let found = list.iter().position(|s| s.eq_ignore_ascii_case(symbol));
        found.map(|index| list.swap_remove(index)).is_some()
    }

    /// The status of the next REST answer, if it is not the ordinary one.
    pub(crate) fn take_rest_status(&mut self) -> Option<u16> {
        let (status, count) = self.rest_status?;
        self.rest_status = (count > 1).then_some((status, count - 1));
        (count > 0).then_some(status)
    }

    /// By how much the next snapshot is older than it should be.
    pub(crate) fn take_snapshot_age(&mut self) -> u64 {
        let Some((count, update_ids)) = self.old_snapshots else { return 0 };
        self.old_snapshots = (count > 1).then_some((count - 1, update_ids));
        if count > 0 { update_ids } else { 0 }
    }
}
