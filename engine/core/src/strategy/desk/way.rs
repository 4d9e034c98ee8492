//! The way out for one strategy's wishes during one call: numbers its orders, and says what had been seen.

use crate::strategy::account::Account;
use crate::strategy::outbox::Outbox;
use crate::strategy::view::View;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::{Intent, IntentKind, Seen};
use engine_model::native::Native;
use engine_model::order::{ClientOrderId, Order};
use engine_model::refusal::Refusal;
use engine_model::units::Nanos;

#[derive(Debug)]
pub(in crate::strategy) struct Way<'a> {
    pub(in crate::strategy) now: Nanos,
    pub(in crate::strategy) caused_at_ns: Nanos,
    pub(in crate::strategy) seen: Seen,
    pub(in crate::strategy) instruments: &'a Instruments,
    pub(in crate::strategy) views: &'a [View],
    pub(in crate::strategy) account: &'a mut Account,
    pub(in crate::strategy) outbox: &'a mut Outbox,
}

impl<'a> Way<'a> {
    /// The top of an instrument's book.
    #[inline]
    pub(in crate::strategy) fn view(&self, id: InstrumentId) -> &'a View {
        &self.views[id.index()]
    }

    /// What the venue of an order knows.
    pub(in crate::strategy) fn native(&self, order: &Order) -> Native {
        self.instruments.get(order.instrument).venue.native()
    }

    /// Whether that venue takes the order as it is.
    pub(in crate::strategy) fn takes(&self, order: &Order) -> bool {
        self.native(order).takes(order, self.instruments.get(order.instrument).kind)
    }

    #[inline]
    pub(in crate::strategy) fn wish(&mut self, what: IntentKind) -> Result<(), Refusal> {
        let strategy = self.account.strategy();
        self.outbox.send(Intent { strategy, seen: self.seen, caused_at_ns: self.caused_at_ns, what })
    }

    /// Whether so many orders more find room, on the ring and in the account.
    pub(in crate::strategy) fn room_for(&mut self, orders: usize) -> Result<(), Refusal> {
        self.account.room_for(orders)?;
        self.outbox.room_for(orders)
    }

    /// Wishes for a new order under the next id; without room for it no id is used up.
    #[inline]
    pub(in crate::strategy) fn enter(
        &mut self,
        order: Order,
        how: fn(Order) -> IntentKind,
    ) -> Result<ClientOrderId, Refusal> {
        let client_order_id = self.account.next_id()?;
        let order = Order { client_order_id, ..order };
        self.wish(how(order))?;
        self.account.wished(order);
        Ok(client_order_id)
    }
}
