//! What a strategy sees and may do during one call. It cannot reach a clock, a ring or another strategy from here.

use super::account::{Account, Working};
use super::outbox::Outbox;
use super::view::View;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::{Intent, IntentKind, Seen};
use engine_model::order::{ClientOrderId, Order};
use engine_model::refusal::Refusal;
use engine_model::units::{Lots, Nanos};

/// One call's view of the world, and the way out for wishes.
#[derive(Debug)]
pub struct Context<'a> {
    pub(super) now: Nanos,
    pub(super) caused_at_ns: Nanos,
    pub(super) seen: Seen,
    pub(super) instruments: &'a Instruments,
    pub(super) views: &'a [View],
    pub(super) account: &'a mut Account,
    pub(super) outbox: &'a mut Outbox,
}

impl<'a> Context<'a> {
    /// The time of this call: handed in, the same in every run of the same events.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// What an instrument is.
    #[must_use]
    pub fn instrument(&self, id: InstrumentId) -> &'a Instrument {
        self.instruments.get(id)
    }

    /// The top of an instrument's book.
    #[must_use]
    pub fn view(&self, id: InstrumentId) -> &View {
        &self.views[id.index()]
    }

    /// This strategy's own net position.
    #[must_use]
    pub fn position(&self, id: InstrumentId) -> Lots {
        self.account.position(id)
    }

    /// This strategy's own orders that have not ended, oldest first.
    #[must_use]
    pub fn working(&self) -> &[Working] {
        self.account.working()
    }

    /// Wishes for an order. Its id is given here, whatever the order says; what becomes of it comes back as reports.
    /// Refused at once when there is no room for it, and then no id is used up.
    #[inline]
    pub fn submit(&mut self, order: Order) -> Result<ClientOrderId, Refusal> {
        let client_order_id = self.account.next_id()?;
        let order = Order { client_order_id, ..order };
        self.wish(IntentKind::Submit(order))?;
        self.account.wished(order);
        Ok(client_order_id)
    }

    /// Wishes for an order to be withdrawn.
    pub fn cancel(&mut self, id: ClientOrderId) -> Result<(), Refusal> {
        self.wish(IntentKind::Cancel(id))
    }

    #[inline]
    fn wish(&mut self, what: IntentKind) -> Result<(), Refusal> {
        let strategy = self.account.strategy();
        self.outbox.send(Intent { strategy, seen: self.seen, caused_at_ns: self.caused_at_ns, what })
    }
}
