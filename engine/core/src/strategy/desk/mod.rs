//! The desk of one strategy: what venues do not do for us. It holds orders until their price or their parent's fill comes,
//! follows trailing stops, ends orders whose time ran out, shows large ones in slices, keeps tied orders in step.
//!
//! **Owns** a bounded table of the orders that ask for more than a venue knows; everything else passes it by.
//!
//! **Never** judges (each thing it does is a wish like the strategy's own, and may be denied), reads a clock, allocates once
//! running, looks at its table for a price at which nothing can happen. It dies with the process: see
//! `docs/OPERATING.md`.
//!
//! | wish | what the venue sees | what is told |
//! |---|---|---|
//! | stop, if-touched, trailing | nothing, then a plain order | `Emulated`, then `Released` |
//! | the same where the venue has it | the order as it is | `Accepted`, then `Triggered` |
//! | GTD, DAY | an order without an end, then a cancel | `Canceled`; `Expired` if it was still held |
//! | market-to-limit | a market order, then a limit order for the rest | a second order, `Spawned` from the first |
//! | displayed part, algorithm | slices, see `work` | `Emulated`, then `Worked`; the slices, `Spawned` from it |
//! | parent of a list | nothing until all its children are held | `Emulated`, then `Released` |
//! | child of a list | nothing until the parent fills | `Emulated`, then `Released` |

mod closed;
mod entry;
mod follow;
mod lists;
#[cfg(test)]
mod tests;
pub mod trigger;
pub(in crate::strategy) mod way;
mod work;

use self::entry::{Entry, Stage};
use self::trigger::{Near, Prices, Trigger};
use self::way::Way;
use self::work::Worked;
use engine_model::algorithm::Work;
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, IntentKind};
use engine_model::market::MarketEvent;
use engine_model::native::StopsAt;
use engine_model::order::{ClientOrderId, Contingency, Order, OrderStatus, OrderType, TermsFault, TimeInForce};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Nanos, Ticks};

/// Orders that one desk follows at once.
pub const FOLLOWED_MAX: usize = 256;

/// What is not due has this time.
const NEVER: Nanos = Nanos(u64::MAX);

/// One strategy's desk.
#[derive(Debug)]
pub struct Desk {
    /// In the order of their numbers.
    entries: Vec<Entry>,
    /// By instrument.
    near: Box<[Near]>,
    /// When the first order ends.
    due_at_ns: Nanos,
    /// Something is to be wished for that had no room.
    owes: bool,
    /// Orders that are worked in parts.
    worked: Worked,
    /// Scratch: who exits so much less from now on.
    smaller: Vec<(usize, i64)>,
    /// Who holds what waits for a price.
    pub(super) stops: StopsAt,
}

impl Desk {
    pub(super) fn new(instruments: usize) -> Self {
        Self {
            entries: Vec::with_capacity(FOLLOWED_MAX),
            near: vec![Near::NEVER; instruments].into_boxed_slice(),
            due_at_ns: NEVER,
            owes: false,
            worked: Worked::new(),
            smaller: Vec::with_capacity(FOLLOWED_MAX),
            stops: StopsAt::Ours,
        }
    }

    /// Orders that are held or followed.
    #[must_use]
    pub fn followed(&self) -> usize {
        self.entries.len() + self.worked.count()
    }

    /// When it next has something to do of its own accord.
    #[must_use]
    pub fn due_at_ns(&self) -> Nanos {
        self.due_at_ns.min(self.worked.due_at_ns())
    }

    /// What an order that is worked in parts has not shown yet, nor done.
    #[must_use]
    pub fn hidden(&self, id: ClientOrderId) -> Lots {
        self.worked.hidden(id).unwrap_or_default()
    }

    /// Whether an order asks for nothing that a venue does not know.
    #[inline]
    pub(super) fn passes_by(order: &Order) -> bool {
        matches!(order.order_type, OrderType::Limit | OrderType::Market)
            && !matches!(order.time_in_force, TimeInForce::Gtd | TimeInForce::Day)
            && order.display_qty == Lots(0)
            && order.list == 0
            && (order.parent == 0 || order.contingency == Contingency::Spawned)
    }

    /// Whether an event of that instrument can matter.
    #[inline]
    pub(super) fn is_near(&self, instrument: InstrumentId, prices: &Prices) -> bool {
        self.owes || prices.range().is_some_and(|range| self.near[instrument.index()].meets(range))
    }

    /// Takes an order that asks for more than a venue knows.
    pub(super) fn take(&mut self, way: &mut Way<'_>, order: Order) -> Result<ClientOrderId, Refusal> {
        if order.display_qty != Lots(0) {
            return self.worked.take_iceberg(way, order);
        }
        if order.parent != 0 || order.list != 0 || order.contingency != Contingency::None {
            return Err(faulty(TermsFault::List));
        }
        let at_venue = self.waits_there(way, &order);
        self.follow_new(way, order, first_stage(&order, at_venue), at_venue, None)
    }

    /// Whether the venue is asked to wait for the order's price.
    fn waits_there(&self, way: &Way<'_>, order: &Order) -> bool {
        self.stops == StopsAt::Venue && order.order_type.has_trigger() && way.takes(order)
    }

    /// `family`: of a list, the counter of its first order.
    fn follow_new(
        &mut self,
        way: &mut Way<'_>,
        order: Order,
        stage: Stage,
        at_venue: bool,
        family: Option<u32>,
    ) -> Result<ClientOrderId, Refusal> {
        if let Some(fault) = order.fault() {
            return Err(faulty(fault));
        }
        let expire_at_ns = expiry(&order, way.now);
        if expire_at_ns <= way.now {
            return Err(faulty(TermsFault::Expiry));
        }
        self.room_for(1)?;
        let mut entry = Entry {
            order,
            stage,
            trigger: Trigger::new(&order),
            status: OrderStatus::Initialized,
            filled: Lots(0),
            charged: Lots(0),
            closed: Lots(0),
            last_px: Ticks(0),
            sent: Lots(0),
            rest: Lots(0),
            family: 0,
            root: 0,
            at_venue,
            is_pulled: false,
            renews: false,
            is_too_small: false,
            before: None,
            again_at_ns: NEVER,
            refused: 0,
            expire_at_ns,
            is_ending: false,
            is_given_up: false,
        };
        let id = if entry.is_held() {
            way.enter(order, IntentKind::Hold)?
        } else {
            entry.sent = order.qty;
            way.enter(entry.sent_for(order.qty), IntentKind::Submit)?
        };
        entry.order.client_order_id = id;
        (entry.family, entry.root) = (family.unwrap_or(id.counter()), id.counter());
        self.push(entry);
        Ok(id)
    }

    fn push(&mut self, entry: Entry) {
        self.due_at_ns = self.due_at_ns.min(entry.expire_at_ns);
        let near = &mut self.near[entry.order.instrument.index()];
        *near = near.or(entry.near());
        self.entries.push(entry);
    }

    fn room_for(&self, orders: usize) -> Result<(), Refusal> {
        let (value, limit) = ((self.entries.len() + orders) as i64, FOLLOWED_MAX as i64);
        let refusal = Refusal::new(Check::OpenOrders, value, limit);
        if value > limit { Err(refusal) } else { Ok(()) }
    }

    /// Takes an order that is worked in parts.
    pub(super) fn work(&mut self, way: &mut Way<'_>, order: Order, work: &Work) -> Result<ClientOrderId, Refusal> {
        self.worked.take(way, order, work)
    }

    /// Whether an event of that instrument matters to an order that is worked in parts.
    #[inline]
    pub(super) fn works(&self, instrument: InstrumentId) -> bool {
        self.worked.listens(instrument)
    }

    /// An event of an instrument that orders are worked of.
    pub(super) fn on_worked_market(&mut self, way: &mut Way<'_>, event: &MarketEvent) {
        self.worked.on_market(way, event);
    }

    /// What the slices of an order that is worked in parts did and may still do.
    #[cfg(test)]
    fn worked_committed(&self, id: ClientOrderId) -> Option<Lots> {
        self.worked.committed(id)
    }

    /// Withdraws an order, and what it has not shown yet.
    pub(super) fn cancel(&mut self, way: &mut Way<'_>, id: ClientOrderId) -> Result<(), Refusal> {
        if let Some(done) = self.worked.cancel(way, id) {
            return done;
        }
        let Some(at) = self.last(id) else { return way.wish(IntentKind::Cancel(id)) };
        let entry = &mut self.entries[at];
        if matches!(entry.stage, Stage::Next | Stage::Again) {
            (entry.stage, entry.rest) = (Stage::Over, Lots(0)); // its last number was done, the next one is not to come
            let family = entry.family;
            self.settle(way, family);
            self.forget(family);
            return Ok(());
        }
        way.wish(IntentKind::Cancel(entry.order.client_order_id))?;
        (entry.is_ending, entry.renews, entry.rest) = (true, false, Lots(0));
        self.look_around(entry_instrument(&self.entries[at]));
        Ok(())
    }

    /// A person withdrew everything, or paused the strategy: what is to be entered anew has no number by which anybody could
    /// withdraw it, and is given up here; nor does come again what is refused behind that word. `keeps_exits`: but for what
    /// makes a position smaller.
    pub(super) fn give_up(&mut self, way: &mut Way<'_>, keeps_exits: bool) {
        for at in 0..self.entries.len() {
            let stays = keeps_exits && self.is_way_out(way, at);
            let entry = &mut self.entries[at];
            if entry.is_over() && entry.stage != Stage::Next || stays {
                continue;
            }
            if !keeps_exits {
                entry.renews = false; // its number is withdrawn like all others: nothing comes in its place
            }
            entry.is_given_up = entry.is_unanswered();
            if matches!(entry.stage, Stage::Next | Stage::Again) {
                (entry.stage, entry.rest, entry.again_at_ns) = (Stage::Over, Lots(0), NEVER);
            }
        }
        for at in 0..self.entries.len() {
            if !self.entries[at].is_over() {
                self.keep_in_step(way, at);
            }
        }
        self.forget_all();
    }

    /// Whether it makes a position smaller, or what its parent still fills.
    fn is_way_out(&self, way: &Way<'_>, at: usize) -> bool {
        let entry = &self.entries[at];
        let parent_fills = self.parent_filled(at).is_some_and(|(_, is_over)| !is_over);
        entry.order.reduce_only || parent_fills || entry.exits(way.account.position(entry.order.instrument))
    }

    /// Changes an order; a price or a quantity of 0 is left as the order has it now, whatever its last report said. At the
    /// venue, by another in its place where it waits there and cannot be changed, or here while it is held or worked in
    /// parts. Here it cannot become larger than it was wished.
    pub(super) fn change(&mut self, way: &mut Way<'_>, change: Change) -> Result<(), Refusal> {
        if let Some(done) = self.worked.change(way, change) {
            return done;
        }
        let Some(at) = self.last(change.client_order_id) else { return way.wish(IntentKind::Modify(change)) };
        let entry = &mut self.entries[at];
        let change = Change { client_order_id: entry.order.client_order_id, ..change };
        if !entry.is_held() {
            let px = if change.px.0 == 0 { entry.price() } else { change.px };
            let qty = if change.qty.0 == 0 { entry.sent } else { change.qty };
            let change = Change { px, qty, ..change };
            if entry.waits_there() && !entry.takes_changes(way) {
                self.renew(way, at)?;
                let entry = &mut self.entries[at];
                entry.keep_terms();
                entry.order.qty = change.qty;
                entry.stands_at(change.px);
                return Ok(());
            }
            way.wish(IntentKind::Modify(change))?;
            entry.sent = change.qty;
            entry.stands_at(change.px);
            return Ok(());
        }
        let changed = changed(&entry.order, change);
        if changed.qty > entry.order.qty {
            return Err(faulty(TermsFault::Qty));
        }
        if let Some(fault) = changed.fault() {
            return Err(faulty(fault));
        }
        tell_changed(way, &changed)?;
        entry.order = changed;
        Ok(())
    }

    /// Puts the trigger of an order that waits elsewhere: here, or at the venue by a change where that is one of its price,
    /// else by another order in its place.
    pub(super) fn move_trigger(&mut self, way: &mut Way<'_>, id: ClientOrderId, px: Ticks) -> Result<(), Refusal> {
        let unknown = Refusal::new(Check::UnknownOrder, id.0 as i64, 0);
        let at = self.last(id).ok_or(unknown)?;
        let entry = &mut self.entries[at];
        if !entry.order.order_type.has_trigger() || entry.is_pulled || entry.is_ending || entry.is_over() {
            return Err(unknown);
        }
        if px.0 <= 0 {
            return Err(faulty(TermsFault::Trigger));
        }
        let stands = entry.stage == Stage::Venue;
        if stands && entry.takes_changes(way) && entry.order.px == Ticks(0) {
            let id = entry.order.client_order_id;
            way.wish(IntentKind::Modify(Change { client_order_id: id, px, qty: entry.sent }))?;
            entry.place_trigger(px);
        } else if stands {
            self.renew(way, at)?;
            self.entries[at].keep_terms();
            self.entries[at].place_trigger(px);
        } else {
            if entry.is_held() {
                tell_changed(way, &Order { trigger_px: px, ..entry.order })?;
            }
            entry.place_trigger(px);
            self.look_around(entry_instrument(&self.entries[at]));
        }
        Ok(())
    }

    /// The last number of an order that was wished under that one, or the order of that number.
    fn last(&self, id: ClientOrderId) -> Option<usize> {
        let of = |entry: &Entry| {
            let own = entry.order.client_order_id;
            let is_it = own.counter() == id.counter() || entry.root == id.counter();
            is_it && own.epoch() == id.epoch()
        };
        self.entries.iter().rposition(of)
    }

    /// Counters begin anew in each run: one of a run before that was adopted is another order.
    fn position(&self, id: ClientOrderId) -> Option<usize> {
        let at = self.entries.binary_search_by_key(&id.counter(), Entry::counter).ok()?;
        (self.entries[at].order.client_order_id == id).then_some(at)
    }

    /// Finds anew where the prices of an instrument matter.
    fn look_around(&mut self, instrument: InstrumentId) {
        let own = self.entries.iter().filter(|entry| entry.order.instrument == instrument);
        self.near[instrument.index()] = own.fold(Near::NEVER, |near, entry| near.or(entry.near()));
    }
}

fn entry_instrument(entry: &Entry) -> InstrumentId {
    entry.order.instrument
}

/// What an order that has no parent waits for first.
fn first_stage(order: &Order, at_venue: bool) -> Stage {
    if order.order_type.has_trigger() && !at_venue { Stage::Trigger } else { Stage::Venue }
}

/// What is changed here is told as a wish, which brings a report of it: nobody else knows its price and quantity.
fn tell_changed(way: &mut Way<'_>, order: &Order) -> Result<(), Refusal> {
    let Order { client_order_id, qty, .. } = *order;
    way.wish(IntentKind::Modify(Change { client_order_id, px: order.price(), qty }))
}

/// A held order as a change makes it: what is 0 there stays as it is.
fn changed(order: &Order, Change { px, qty, .. }: Change) -> Order {
    let px = if px.0 == 0 { order.px } else { px };
    let qty = if qty.0 == 0 { order.qty } else { qty };
    Order { px, qty, ..*order }
}

fn faulty(fault: TermsFault) -> Refusal {
    Refusal::new(Check::OrderTerms, fault as i64, 0)
}

/// When an order ends by itself; a day's ends with the day (UTC) it was wished on.
fn expiry(order: &Order, now: Nanos) -> Nanos {
    const DAY: u64 = 86_400 * Nanos::SECOND;
    match order.time_in_force {
        TimeInForce::Gtd => Nanos(u64::from(order.expire_at_s) * Nanos::SECOND),
        TimeInForce::Day => Nanos((now.0 / DAY + 1).saturating_mul(DAY)),
        _ => NEVER,
    }
}
