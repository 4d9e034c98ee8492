//! What a strategy wishes for. A wish has no effect until risk has judged it.

use crate::order::{ClientOrderId, Order};
use crate::units::Nanos;

/// Who wishes: index of the strategy in the run. 0 is the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrategyId(pub u8);

/// How far a stage had read its input rings when it spoke. Risk reads at least as far before it judges, so it never
/// knows less than the strategy did; and a replay can rebuild the interleaving of threads from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Events read from each venue's `market` ring.
    pub market: [u64; crate::venue::VenueId::ALL.len()],
    /// Reports read.
    pub report: u64,
}

/// A wish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub struct Intent {
    /// Who wishes.
    pub strategy: StrategyId,
    /// What the strategy had seen.
    pub seen: Seen,
    /// Receive time of the event that led to it: the start of tick-to-order.
    pub caused_at_ns: Nanos,
    /// The wish.
    pub what: IntentKind,
}

/// The wish itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentKind {
    /// Enter this order.
    Submit(Order),
    /// Withdraw this order.
    Cancel(ClientOrderId),
}

impl Default for IntentKind {
    fn default() -> Self {
        Self::Cancel(ClientOrderId::default())
    }
}

const _: () = assert!(size_of::<Intent>() <= 192, "an intent is at most three cache lines");
