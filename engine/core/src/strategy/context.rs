//! What a strategy sees and may do during one call. It cannot reach a clock, a ring or another strategy from here.

use super::account::{Account, Working};
use super::desk::Desk;
use super::desk::way::Way;
use super::seat::{Floor, Seat};
use super::sizing::Sizing;
use super::view::View;
use engine_model::algorithm::Work;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::intent::{Change, Intent, IntentKind, StrategyId};
use engine_model::market::{BookState, Side};
use engine_model::order::{ClientOrderId, Contingency, Order};
use engine_model::refusal::{Check, Refusal};
use engine_model::steer::Mode;
use engine_model::units::{Lots, Nanos, Quote, Ticks};

/// One call's view of the world, and the way out for wishes.
#[derive(Debug)]
pub struct Context<'a> {
    taker_fees_ppm: &'a [i64],
    desk: &'a mut Desk,
    way: Way<'a>,
    mode: Mode,
}

impl<'a> Context<'a> {
    #[inline]
    pub(super) fn new(seat: &'a mut Seat, floor: &'a mut Floor, caused_at_ns: Nanos) -> Self {
        let Seat { account, desk, mode } = seat;
        let Floor { instruments, views, outbox, taker_fees_ppm, seen, now } = floor;
        outbox.begin();
        let mode = *mode;
        let way = Way { now: *now, caused_at_ns, seen: *seen, instruments, views, account, outbox };
        Self { taker_fees_ppm, desk, way, mode }
    }

    /// The time of this call: handed in, the same in every run of the same events.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.way.now
    }

    /// What an instrument is.
    #[must_use]
    pub fn instrument(&self, id: InstrumentId) -> &'a Instrument {
        self.way.instruments.get(id)
    }

    /// The top of an instrument's book.
    #[must_use]
    pub fn view(&self, id: InstrumentId) -> &View {
        self.way.view(id)
    }

    /// What taking costs at an instrument's venue, in millionths of the value; negative is a rebate.
    #[must_use]
    pub fn taker_fee_ppm(&self, id: InstrumentId) -> i64 {
        self.taker_fees_ppm[id.index()]
    }

    /// This strategy's own net position.
    #[must_use]
    pub fn position(&self, id: InstrumentId) -> Lots {
        self.account().position(id)
    }

    /// This strategy's own orders that have not ended, oldest first; held ones are among them.
    #[must_use]
    pub fn working(&self) -> &[Working] {
        self.account().working()
    }

    /// What an order that is worked in parts has not shown yet, nor done.
    #[must_use]
    pub fn hidden(&self, id: ClientOrderId) -> Lots {
        self.desk.hidden(id)
    }

    fn account(&self) -> &Account {
        self.way.account
    }

    /// What this strategy may do. It is called in every mode, so that it knows the market when it is started again.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether its mode lets that pass.
    #[inline]
    fn admit(&mut self, reduce_only: bool) -> Result<(), Refusal> {
        let check = match self.mode {
            Mode::Running => return Ok(()),
            Mode::Paused if reduce_only => return Ok(()),
            Mode::Paused => Check::StrategyPaused,
            Mode::Stopped | Mode::Failed => Check::StrategyStopped,
        };
        self.way.outbox.refused += 1;
        Err(Refusal::new(check, self.mode as i64, Mode::Running as i64))
    }

    /// Wishes for an order. Its id is given here, whatever the order says; what becomes of it comes back as reports.
    /// Refused at once when there is no room for it, and then no id is used up. What a venue does not know is emulated:
    /// see [`Desk`].
    #[inline]
    pub fn submit(&mut self, order: Order) -> Result<ClientOrderId, Refusal> {
        self.admit(order.reduce_only)?;
        if Desk::passes_by(&order) {
            self.way.enter(order, IntentKind::Submit)
        } else {
            self.desk.take(&mut self.way, order)
        }
    }

    /// The same for an order whose quantity is given in money: `worth` of the quote currency, in lots at the price that is
    /// known of it (its limit, its trigger, else what is there now), rounded down.
    pub fn submit_worth(&mut self, worth: Quote, order: Order) -> Result<ClientOrderId, Refusal> {
        let view = self.way.view(order.instrument);
        let own = [order.px, order.trigger_px].into_iter().find(|px| px.0 > 0);
        let there = view.touch().map(|(bid, ask)| if order.side == Side::Buy { ask } else { bid });
        let unpriced = Refusal::new(Check::BookNotSynced, view.book as i64, BookState::Synced as i64);
        let px = own.or(there).ok_or(unpriced)?;
        let qty = Sizing::new(self.instrument(order.instrument)).order_size(px, worth)?;
        self.submit(Order { qty, ..order })
    }

    /// Wishes for an order that is worked in parts: its slices leave as `work` says, and are tied to it as its children. Its
    /// limit is theirs; a market order has none.
    pub fn work(&mut self, order: Order, work: &Work) -> Result<ClientOrderId, Refusal> {
        self.admit(order.reduce_only)?;
        self.desk.work(&mut self.way, order, work)
    }

    /// Wishes for orders that `tie` keeps in step with each other: `Oco` or `Ouo`. All of them, or none. Their ids are the
    /// one given back and those behind it.
    pub fn submit_list(&mut self, tie: Contingency, orders: &[Order]) -> Result<ClientOrderId, Refusal> {
        self.admit(orders.iter().all(|order| order.reduce_only))?;
        self.desk.take_list(&mut self.way, None, tie, orders)
    }

    /// Wishes for an order whose fills let its children go (one triggers the other), as far as it fills; `tie` says what
    /// the children are to each other. A bracket is an entry with a profit target and a stop tied by `Ouo`.
    pub fn submit_with_children(
        &mut self,
        parent: Order,
        tie: Contingency,
        children: &[Order],
    ) -> Result<ClientOrderId, Refusal> {
        self.admit(parent.reduce_only)?;
        self.desk.take_list(&mut self.way, Some(parent), tie, children)
    }

    /// Wishes for an order to be withdrawn, with what of it was not shown yet.
    pub fn cancel(&mut self, id: ClientOrderId) -> Result<(), Refusal> {
        if self.desk.followed() == 0 {
            return self.way.wish(IntentKind::Cancel(id));
        }
        self.desk.cancel(&mut self.way, id)
    }

    /// Wishes for any order of the run to be withdrawn, in the operator's name: for people, who may withdraw what a strategy
    /// has standing. Its desk learns of it as of a withdrawal of all.
    pub(super) fn cancel_as_operator(&mut self, id: ClientOrderId) -> Result<(), Refusal> {
        let Way { seen, caused_at_ns, .. } = self.way;
        self.way.outbox.send(Intent { strategy: StrategyId(0), seen, caused_at_ns, what: IntentKind::Cancel(id) })
    }

    /// Wishes for an order to have another price and quantity. A held one is changed here, and can only become smaller.
    pub fn modify(&mut self, change: Change) -> Result<(), Refusal> {
        self.admit(false)?;
        self.desk.change(&mut self.way, change)
    }

    /// Puts the trigger of a held order elsewhere.
    pub fn move_trigger(&mut self, id: ClientOrderId, px: Ticks) -> Result<(), Refusal> {
        self.desk.move_trigger(&mut self.way, id, px)
    }
}
