//! What a strategy wishes for. A wish has no effect until risk has judged it.

use crate::order::{ClientOrderId, Order};
use crate::units::{Lots, Nanos, Ticks};
use crate::venue::VENUES_MAX;

/// Who wishes: index of the strategy in the run. 0 is the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrategyId(pub u8);

/// How far a stage had read its input rings when it spoke. Risk reads at least as far before it judges, so it never
/// knows less than the strategy did; and a replay can rebuild the interleaving of threads from it.
///
/// Places are the low 32 bits of how many were read: a decision stays two cache lines, and two places that are compared
/// are never 2^31 events apart (three hours without a decision at 200,000 a second).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Events read from each venue's `market` ring, by [`crate::instrument::Instruments::slot`].
    pub market: [u32; VENUES_MAX],
    /// Reports read.
    pub report: u32,
}

impl Seen {
    /// Whether it had read at least as far on every ring.
    #[must_use]
    #[inline]
    pub fn covers(&self, other: &Self) -> bool {
        let markets = self.market.iter().zip(&other.market);
        markets.into_iter().all(|(own, theirs)| ahead(*theirs, *own) == 0) && ahead(other.report, self.report) == 0
    }
}

/// By how many events `place` is ahead of `own`; 0 when it is not.
#[must_use]
#[inline]
pub const fn ahead(place: u32, own: u32) -> u32 {
    let distance = place.wrapping_sub(own);
    if distance > u32::MAX / 2 { 0 } else { distance }
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
    /// Enter this order now.
    Submit(Order),
    /// Keep this order on our side until it is released: it waits for a price or for another order's fills. Judged by what
    /// is known of it now; the venue hears nothing.
    Hold(Order),
    /// Enter the held order of this id now, as it stands here: a plain order of at most what was held. Judged like one
    /// that is new.
    Release(Order),
    /// Change an order that stands; judged as the order that it makes, and counted as the worse of old and new.
    Modify(Change),
    /// Withdraw this order, held or sent.
    Cancel(ClientOrderId),
    /// The same, because its time ran out.
    Expire(ClientOrderId),
}

/// Another price and quantity for an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Of which order.
    pub client_order_id: ClientOrderId,
    /// The new limit price.
    pub px: Ticks,
    /// The new quantity, with what was executed of it.
    pub qty: Lots,
}

impl Default for IntentKind {
    fn default() -> Self {
        Self::Cancel(ClientOrderId::default())
    }
}

const _: () = assert!(size_of::<Intent>() == 128, "an intent is two cache lines");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_compared_across_the_turn_of_32_bits() {
        assert_eq!([ahead(5, 3), ahead(3, 5), ahead(3, 3)], [2, 0, 0]);
        assert_eq!([ahead(2, u32::MAX), ahead(u32::MAX, 2)], [3, 0]);
        let (mut own, mut theirs) = (Seen::default(), Seen::default());
        (own.market[1], theirs.market[1]) = (1, u32::MAX);
        assert!(own.covers(&theirs) && !theirs.covers(&own));
        theirs.report = 1;
        assert!(!own.covers(&theirs));
    }
}
