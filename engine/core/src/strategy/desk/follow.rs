//! What the desk does as market, reports and time come in.

use super::entry::{Entry, Stage};
use super::trigger::Prices;
use super::way::Way;
use super::{Desk, NEVER};
use engine_model::instrument::InstrumentId;
use engine_model::intent::IntentKind;
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent, OrderStatus, OrderType};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// Times that an order is entered anew without a fill, before it is given up: 28 s. What exits a position is not, and nothing
/// is while the venue is not reconciled.
pub(super) const TRIES_MAX: u8 = 10;
/// How soon what found no room is wished for again.
pub(super) const ROOM_NS: u64 = Nanos::MILLI;

impl Desk {
    /// An event that may matter: triggers are pulled, in the order in which the orders were wished.
    #[cold]
    #[inline(never)]
    pub(in crate::strategy) fn on_market(&mut self, way: &mut Way<'_>, instrument: InstrumentId, prices: &Prices) {
        for entry in &mut self.entries {
            let waits = entry.stage == Stage::Trigger && !entry.is_ending && entry.order.instrument == instrument;
            if waits && entry.trigger.watch(prices) {
                (entry.stage, entry.is_pulled) = (Stage::Due, true);
                self.owes = true;
            }
        }
        self.look_around(instrument);
        self.pay(way);
    }

    /// A report about one of the strategy's orders.
    pub(in crate::strategy) fn on_report(&mut self, way: &mut Way<'_>, report: &Report) {
        if report.event.is_of_account() {
            return; // no step of an order: its status and quantities say nothing
        }
        if self.worked.on_report(way, report) {
            self.pay(way);
            return;
        }
        let Some(at) = self.position(report.client_order_id) else {
            self.pay(way);
            return;
        };
        let entry = &mut self.entries[at];
        (entry.status, entry.filled) = (report.status, report.filled_qty);
        match report.event {
            OrderEvent::Filled { last_px, .. } => (entry.last_px, entry.is_pulled) = (last_px, true),
            OrderEvent::Triggered => entry.is_pulled = true,
            OrderEvent::Accepted => (entry.refused, entry.before, entry.is_given_up) = (0, None, false),
            OrderEvent::Emulated => entry.before = None,
            // It was changed here: what is told of that is not later than what is known.
            OrderEvent::Updated | OrderEvent::ModifyDenied { .. } if report.status == OrderStatus::Emulated => {
                self.pay(way);
                return;
            }
            OrderEvent::PendingCancel => entry.is_ending = true, // whoever asked: its end is no accident then
            OrderEvent::Updated | OrderEvent::ModifyRejected(_) | OrderEvent::ModifyDenied { .. } => {
                entry.sent = report.qty;
                entry.stands_at(report.px);
                if report.event == OrderEvent::Updated {
                    entry.refused = 0;
                }
            }
            // Nothing comes in its place: whoever asked for that hears of it, and the order is as it was.
            OrderEvent::CancelRejected(_) if entry.before.is_some() && !entry.is_tied() => {
                entry.restore_terms();
                (entry.renews, entry.is_ending) = (false, false);
            }
            OrderEvent::CancelRejected(_) => {
                entry.restore_terms();
                entry.renews = false;
                // Not at once: that would be a circle. Whether it is still to be withdrawn is worked out anew then.
                (entry.is_ending, entry.again_at_ns) = (true, way.now.plus(back_off(entry.refused)));
                entry.refused = entry.refused.saturating_add(1);
                self.due_at_ns = self.due_at_ns.min(entry.again_at_ns);
            }
            _ => {}
        }
        let is_refused = matches!(
            report.event,
            OrderEvent::ModifyRejected(_) | OrderEvent::ModifyDenied { .. } | OrderEvent::CancelRejected(_)
        );
        if is_refused && !report.status.is_terminal() {
            self.shrink_later(at, way.now);
            return; // another change is asked for again after other news of the family
        }
        if report.event == OrderEvent::Updated && !entry.is_tied() {
            // Of one that is tied to others, its quantity is worked out anew; of one by itself it is what the venue has,
            // behind what was filled under its other numbers: so large it is entered again.
            let before = self.filled_before(at);
            self.entries[at].order.qty = Lots(report.qty.0 + before.0);
        }
        let entry = &self.entries[at];
        let (family, instrument) = (entry.family, entry.order.instrument);
        if report.status.is_terminal() && !entry.has_ended() {
            self.end(way, at, &report.event);
        }
        self.settle(way, family);
        self.pay(way);
        self.forget(family);
        self.look_around(instrument);
    }

    /// The venue kept so many coins of what an order bought: who exits it has so many less.
    #[cold]
    pub(in crate::strategy) fn charge(&mut self, way: &mut Way<'_>, id: ClientOrderId, kept: Lots) {
        let Some(at) = self.position(id) else { return };
        let Entry { family, charged, .. } = &mut self.entries[at];
        *charged = Lots(charged.0 + kept.0);
        let family = *family;
        self.settle(way, family);
        self.pay(way);
        self.forget(family);
    }

    /// An order has ended: what is left of it.
    fn end(&mut self, way: &Way<'_>, at: usize, event: &OrderEvent) {
        let takes_a_place = self.entries[at].before.is_some() && matches!(event, OrderEvent::Denied(_));
        let was_let_go = (self.entries[at].stage == Stage::Venue || takes_a_place) && !self.is_parent(at);
        let was_too_large = self.was_sized_before(at, event);
        let entry = &mut self.entries[at];
        let exits = entry.exits(way.account.position(entry.order.instrument));
        entry.end();
        entry.again_at_ns = NEVER;
        let is_withdrawn = matches!(event, OrderEvent::Canceled | OrderEvent::Expired); // venues differ in the word
        // However a child ends on its way to be entered anew, its parent's fills are still to be exited.
        let comes_back = entry.is_child() || entry.waits_there() && is_withdrawn;
        if std::mem::take(&mut entry.renews) && comes_back {
            (entry.stage, entry.is_ending) = (Stage::Again, false);
        } else if was_let_go && entry.stage == Stage::Over && !entry.is_ending && !entry.is_given_up {
            match was_too_large {
                true => entry.try_again(way.now, exits),
                false => entry.go_on(event, way.now, exits),
            }
        }
        self.owes |= entry.stage == Stage::Next || entry.stage == Stage::Again && entry.again_at_ns == NEVER;
        self.due_at_ns = self.due_at_ns.min(entry.again_at_ns);
    }

    /// An exit leaves with what its parent filled, before the word of what the venue kept or closed of it, and sells more
    /// than is there: the venue says so, or risk, where that had heard the word. It is as large as it should be by now.
    fn was_sized_before(&self, at: usize, event: &OrderEvent) -> bool {
        let is_too_large = matches!(
            event,
            OrderEvent::Denied(Refusal { check: Check::ShortSpot | Check::ReduceOnly, .. })
                | OrderEvent::Rejected(RejectReason::InsufficientFunds | RejectReason::ReduceOnly)
        );
        if !is_too_large {
            return false;
        }
        let Entry { order: Order { parent, .. }, closed, .. } = self.entries[at];
        closed.0 > 0 || parent != 0 && self.entries.iter().any(|entry| entry.root == parent && entry.charged.0 > 0)
    }

    /// Ends the orders whose time ran out, and looks again at those that were refused.
    pub(in crate::strategy) fn on_time(&mut self, way: &mut Way<'_>) {
        let now = way.now;
        self.worked.on_time(way);
        self.due_at_ns = NEVER;
        let mut ended = false;
        for entry in &mut self.entries {
            if entry.stage == Stage::Over {
                continue;
            }
            if entry.again_at_ns <= now {
                entry.is_ending &= entry.stage != Stage::Venue; // its cancel was refused
                entry.again_at_ns = NEVER;
                self.owes = true;
            }
            self.due_at_ns = self.due_at_ns.min(entry.again_at_ns);
            if entry.is_ending {
                continue;
            }
            if entry.expire_at_ns > now {
                self.due_at_ns = self.due_at_ns.min(entry.expire_at_ns);
            } else if matches!(entry.stage, Stage::Next | Stage::Again) {
                (entry.stage, entry.rest, ended) = (Stage::Over, Lots(0), true);
            } else if way.wish(IntentKind::Expire(entry.order.client_order_id)).is_ok() {
                (entry.is_ending, entry.rest) = (true, Lots(0));
            } else {
                self.due_at_ns = now; // no room: again at the next call
            }
        }
        for at in 0..self.entries.len() {
            if !self.entries[at].is_over() {
                self.keep_in_step(way, at);
            }
        }
        self.pay(way);
        if ended {
            self.forget_all();
        }
    }

    /// Wishes for what is owed; what finds no room stays owed.
    pub(super) fn pay(&mut self, way: &mut Way<'_>) {
        if !std::mem::take(&mut self.owes) {
            return;
        }
        let mut at = 0;
        while at < self.entries.len() {
            let paid = match self.entries[at].stage {
                Stage::Due => self.let_go(way, at),
                Stage::Next => self.spawn(way, at),
                Stage::Again => {
                    at = self.shed(at);
                    self.enter_again(way, at)
                }
                _ => true,
            };
            self.owes |= !paid;
            at += 1;
        }
        if self.owes {
            self.due_at_ns = self.due_at_ns.min(way.now.plus(ROOM_NS)); // also where nothing is heard meanwhile
        }
    }

    fn let_go(&mut self, way: &mut Way<'_>, at: usize) -> bool {
        if self.entries[at].is_ending {
            return true;
        }
        let qty = self.allowed(at);
        let entry = &mut self.entries[at];
        if qty.0 <= 0 {
            entry.stage = Stage::Parent; // what updates it has filled it all; its parent may fill more
            return true;
        }
        if entry.is_pulled && self.makes_room(way, at) || self.gave_way(at) {
            return true; // let go when they are over, see `keep_in_step`
        }
        let entry = &mut self.entries[at];
        if way.wish(IntentKind::Release(entry.sent_for(qty))).is_err() {
            return false;
        }
        (entry.stage, entry.sent) = (Stage::Venue, qty);
        true
    }

    /// Of an order that is entered anew again and again only the last number that it bore may still be filled late. Those
    /// before it, of which nothing was filled, are let go: a stop that is moved each minute would fill the desk in hours.
    /// Where the order stands then.
    fn shed(&mut self, at: usize) -> usize {
        let (root, last) = (self.entries[at].root, self.entries[at].counter());
        let is_spent = |entry: &Entry| {
            let is_between = entry.root == root && root < entry.counter() && entry.counter() < last;
            is_between && entry.stage == Stage::Over && entry.filled == Lots(0)
        };
        let before = self.entries.len();
        self.entries.retain(|entry| !is_spent(entry));
        at - (before - self.entries.len())
    }

    /// Enters what an order that was let go has still to do, under another number.
    fn enter_again(&mut self, way: &mut Way<'_>, at: usize) -> bool {
        let done = self.entries[at];
        let allowed = self.allowed(at);
        let left = Lots(allowed.0 - done.filled.0);
        let takes_its_place = done.order.order_type.has_trigger() && done.is_pulled;
        let waits = done.is_too_small_for(allowed) || self.gave_way(at);
        if left.0 <= 0 || waits || done.again_at_ns != NEVER || takes_its_place && self.makes_room(way, at) {
            return true; // not yet: see `keep_in_step` and `on_time`
        }
        if self.room_for(1).is_err() {
            return false;
        }
        let (how, stage): (fn(Order) -> IntentKind, _) = match done.waits_here() {
            true => (IntentKind::Hold, Stage::Trigger),
            false => (IntentKind::Submit, Stage::Venue),
        };
        let Ok(id) = way.enter(done.anew(left), how) else { return false };
        let order = Order { client_order_id: id, ..done.order };
        let (status, filled, charged) = (OrderStatus::Initialized, Lots(0), Lots(0));
        self.entries[at].stage = Stage::Over;
        self.push(Entry { order, stage, status, filled, charged, sent: left, is_too_small: false, ..done });
        true
    }

    /// Enters what follows a market-to-limit order that is done: its rest.
    fn spawn(&mut self, way: &mut Way<'_>, at: usize) -> bool {
        if self.room_for(1).is_err() {
            return false;
        }
        let done = self.entries[at];
        let order = Order {
            qty: done.rest,
            order_type: OrderType::Limit,
            px: done.last_px,
            parent: done.family,
            contingency: Contingency::Spawned,
            ..done.order
        };
        let mut next = Entry {
            order,
            stage: Stage::Venue,
            status: OrderStatus::Initialized,
            filled: Lots(0),
            charged: Lots(0),
            closed: Lots(0),
            last_px: Ticks(0),
            sent: order.qty,
            rest: Lots(0),
            is_ending: false,
            ..done
        };
        let Ok(id) = way.enter(next.plain(order.qty), IntentKind::Submit) else { return false };
        next.order.client_order_id = id;
        (self.entries[at].stage, self.entries[at].rest) = (Stage::Over, Lots(0));
        self.push(next);
        true
    }

    /// Lets go of every family that is over.
    pub(super) fn forget_all(&mut self) {
        let mut at = 0;
        while at < self.entries.len() {
            let (family, before) = (self.entries[at].family, self.entries.len());
            self.forget(family);
            at += usize::from(self.entries.len() == before);
        }
    }

    /// Lets go of a family that is over.
    pub(super) fn forget(&mut self, family: u32) {
        let is_over = |entry: &Entry| entry.family != family || entry.stage == Stage::Over;
        if self.entries.iter().all(is_over) {
            self.entries.retain(|entry| entry.family != family);
        }
    }
}

impl Entry {
    /// The order is over: what is left to follow it, if it ended as it should.
    fn end(&mut self) {
        let is_cut = matches!(self.status, OrderStatus::Canceled | OrderStatus::Expired); // venues differ in the word
        let taken = self.filled.0 > 0 && is_cut && !self.is_ending && !self.is_given_up;
        let leaves_rest = taken && self.order.order_type == OrderType::MarketToLimit;
        self.rest = if leaves_rest { Lots(self.sent.0 - self.filled.0) } else { Lots(0) };
        self.stage = if leaves_rest { Stage::Next } else { Stage::Over };
    }

    /// It is over: whether it is entered anew, for what it did not get or for what its parent fills after it. What `exits` a
    /// position is, as long as that is there.
    fn go_on(&mut self, event: &OrderEvent, now: Nanos, exits: bool) {
        let is_stop = self.order.order_type.has_trigger();
        let was_held = is_stop || self.is_child();
        match event {
            // A venue may be out of reach for long, and what is held is wanted all the while: it is not given up, but
            // for an entry whose moment is over.
            OrderEvent::Denied(Refusal { check: Check::Reconciling, .. })
            | OrderEvent::Rejected(RejectReason::NotReconciled)
                if was_held =>
            {
                self.try_later(now, exits || !self.is_pulled);
            }
            OrderEvent::Denied(refusal) if was_held && passes(refusal.check) => self.try_again(now, exits),
            // The market has come back beyond its limit's collar: it leaves when that is near again.
            OrderEvent::Denied(Refusal { check: Check::PriceCollar | Check::PriceCollarHard, .. })
                if is_stop && exits && self.is_pulled =>
            {
                self.try_again(now, exits);
            }
            OrderEvent::Rejected(reason) if was_held && reason.passes() => self.try_later(now, exits),
            // It was to stand in the place of another, which is gone: that one comes back, as it was.
            OrderEvent::Denied(_) if self.before.is_some() => {
                self.restore_terms();
                self.stage = Stage::Again;
            }
            // It took what there was, and that was nothing: some venues call that a no.
            OrderEvent::Rejected(RejectReason::CannotFillWhole | RejectReason::NoMarket) if is_stop && self.takes() => {
                self.try_later(now, exits);
            }
            // What the venue does not hold, whatever its reason, we do.
            OrderEvent::Rejected(_) if self.waits_there() => (self.at_venue, self.stage) = (false, Stage::Again),
            // A switch of the venue's, its maintenance, a person: unasked in any case, and what it protects is still there.
            OrderEvent::Canceled | OrderEvent::Expired if is_stop && self.waits_there() => {
                (self.at_venue, self.stage) = (false, Stage::Again);
            }
            OrderEvent::Filled { .. } if self.is_child() => self.stage = Stage::Again,
            // Its parent may fill more, and then it is large enough.
            OrderEvent::Denied(Refusal { check: Check::OrderQtyMin | Check::OrderNotionalMin, .. })
            | OrderEvent::Rejected(RejectReason::Filter)
                if self.is_child() =>
            {
                (self.is_too_small, self.stage) = (true, Stage::Again);
            }
            OrderEvent::Canceled | OrderEvent::Expired if is_stop && self.takes() => {
                self.refused = if self.filled.0 > 0 { 0 } else { self.refused };
                self.try_later(now, exits);
            }
            _ => {}
        }
    }

    /// Risk let it pass: within half a second the same order would be a duplicate.
    fn try_later(&mut self, now: Nanos, exits: bool) {
        self.refused = self.refused.max(1);
        self.try_again(now, exits);
    }

    /// An entry that comes minutes late is another one; a stop is wanted until what it protects is gone.
    fn try_again(&mut self, now: Nanos, exits: bool) {
        if exits || self.refused < TRIES_MAX {
            self.again_at_ns = now.plus(back_off(self.refused));
            (self.refused, self.stage) = (self.refused.saturating_add(1), Stage::Again);
        }
    }
}

/// Whether a no of ours says nothing of the order, but of a moment that may pass.
pub(super) fn passes(check: Check) -> bool {
    use Check::{
        Backpressure, BatchNotional, BookCrossed, BookNotSynced, ClockSkew, DiskScarce, DuplicateOrder, JournalHealth,
        MessageRate, OpenOrders, OpenOrdersInstrument, OpenOrdersVenue, OrderToTrade, Reconciling, ReferenceDeviation,
        SelfMatch, StalePrice, Unwatched, VenueRate, VolatilityPause,
    };
    let of_prices =
        matches!(check, BookNotSynced | BookCrossed | StalePrice | ClockSkew | ReferenceDeviation | VolatilityPause);
    let of_pace =
        matches!(check, MessageRate | VenueRate | OrderToTrade | BatchNotional | DuplicateOrder | Backpressure);
    let of_others = matches!(check, SelfMatch | OpenOrders | OpenOrdersInstrument | OpenOrdersVenue);
    of_prices || of_pace || of_others || matches!(check, Reconciling | Unwatched | JournalHealth | DiskScarce)
}

/// Nanoseconds until what was refused so often is tried again: a quarter of a second, doubled up to four seconds.
pub(super) fn back_off(refused: u8) -> u64 {
    (250 * Nanos::MILLI) << refused.min(4)
}
