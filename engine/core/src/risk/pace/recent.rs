//! A strategy's last orders of one instrument, to know one that comes again.

use crate::tape::carry;
use engine_model::market::Side;
use engine_model::order::Order;
use engine_model::units::{Lots, Nanos, Ticks};

/// Orders remembered: who repeats himself repeats what he said last, or on the other side.
pub(in crate::risk) const KEPT: usize = 4;

/// A ring of orders.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::risk) struct Recent {
    orders: [(Ticks, Lots, Side, Nanos); KEPT],
    next: u8,
}

carry!(Recent { orders, next });

impl Recent {
    /// How long ago the same side, price and quantity was approved, if it is remembered.
    #[inline]
    pub(in crate::risk) fn same_since(&self, order: &Order, now: Nanos) -> Option<u64> {
        let same =
            |then: &&(Ticks, Lots, Side, Nanos)| (then.0, then.1, then.2) == (order.price(), order.qty, order.side);
        self.orders.iter().filter(same).map(|then| now.since(then.3)).min()
    }

    /// Remembers an order.
    #[inline]
    pub(in crate::risk) fn note(&mut self, order: &Order, now: Nanos) {
        self.orders[usize::from(self.next)] = (order.price(), order.qty, order.side, now);
        self.next = (self.next + 1) % KEPT as u8;
    }
}
