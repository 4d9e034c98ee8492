//! A strategy's orders and fills within this minute of the clock.

use crate::tape::carry;
use engine_model::units::Nanos;

/// The counts of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::risk) struct Minute {
    ends_at: Nanos,
    orders: u32,
    fills: u32,
}

carry!(Minute { ends_at, orders, fills });

impl Minute {
    /// Begins anew when the minute is over.
    #[inline]
    pub(in crate::risk) fn turn(&mut self, now: Nanos) {
        const MINUTE: u64 = 60 * Nanos::SECOND;
        if now >= self.ends_at {
            *self = Self { ends_at: Nanos((now.0 / MINUTE + 1).saturating_mul(MINUTE)), ..Self::default() };
        }
    }

    /// One order more.
    #[inline]
    pub(in crate::risk) fn note_order(&mut self) {
        self.orders = self.orders.saturating_add(1);
    }

    /// One fill more.
    pub(in crate::risk) fn note_fill(&mut self) {
        self.fills = self.fills.saturating_add(1);
    }

    /// Orders, with one more, and how many of them the fills allow at so many each; without a fill, as with one.
    #[inline]
    pub(in crate::risk) fn ratio(&self, each: u32) -> (u64, u64) {
        (u64::from(self.orders) + 1, u64::from(self.fills.max(1)) * u64::from(each))
    }
}
