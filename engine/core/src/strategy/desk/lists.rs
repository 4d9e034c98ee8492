//! Tied orders: children that wait for their parent's fills, and orders that cancel or update one another.
//!
//! How much an order may be is worked out anew from what the others of its family have filled, after every report; so no
//! sequence of reports can lead to another quantity than their sum does.

use super::entry::{Entry, Stage};
use super::follow::ROOM_NS;
use super::way::Way;
use super::{Desk, faulty};
use engine_model::intent::{Change, IntentKind};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderStatus, OrderType, TermsFault};
use engine_model::planted::planted;
use engine_model::refusal::Refusal;
use engine_model::units::{Lots, Nanos};

/// Cancels of another order that its venue refuses before a stop leaves all the same: 4 s. One that may only reduce waits
/// on, while the cancel is asked for again: risk counts what stands, and would deny it.
const REFUSALS_MAX: u8 = 4;
/// Noes in a row to making an order smaller before it is withdrawn and entered anew: 1.75 s.
const CHANGES_REFUSED_MAX: u8 = 3;

impl Desk {
    /// Takes a list: all of it, or nothing. With a parent, the others are its children and wait for its fills; `tie` says
    /// what they are to each other. The parent is held as well until all its children are: what is denied a child of what
    /// protects it never enters.
    pub(in crate::strategy) fn take_list(
        &mut self,
        way: &mut Way<'_>,
        parent: Option<Order>,
        tie: Contingency,
        orders: &[Order],
    ) -> Result<ClientOrderId, Refusal> {
        let count = orders.len() + usize::from(parent.is_some());
        if tie == Contingency::Spawned {
            return Err(faulty(TermsFault::List)); // slices are the desk's to make
        }
        self.room_for(count)?;
        way.room_for(count)?;
        let first = way.account.next_id()?.counter();
        let list = if tie == Contingency::None { 0 } else { first + u32::from(parent.is_some()) };
        let parent_counter = if parent.is_some() { first } else { 0 };
        let tied = |order: &Order| Order { parent: parent_counter, contingency: tie, list, ..*order };
        let whole = || parent.into_iter().chain(orders.iter().map(tied));
        for order in whole() {
            let is_working_in_parts = order.display_qty.0 != 0;
            let fault = if is_working_in_parts { Some(TermsFault::Display) } else { order.fault() };
            if let Some(fault) = fault.or_else(|| expired(&order, way)) {
                return Err(faulty(fault));
            }
        }
        if tie == Contingency::Ouo && whole().filter(|order| order.list != 0 && cannot_shrink(order, way)).count() > 1 {
            return Err(faulty(TermsFault::Unchangeable));
        }
        let mut ids = None;
        // Two exits of one position at the venue, only where neither can do more than exit.
        let only_exits = orders.iter().all(|order| order.reduce_only);
        for order in whole() {
            let is_primary = parent.is_some() && order.parent == 0;
            let at_venue = (is_primary || only_exits) && self.waits_there(way, &order);
            let stage = match parent {
                None => super::first_stage(&order, at_venue),
                Some(_) if is_primary => Stage::Children,
                Some(_) => Stage::Parent,
            };
            let id = self.follow_new(way, order, stage, at_venue, Some(first))?;
            ids = ids.or(Some(id));
        }
        ids.ok_or(faulty(TermsFault::List))
    }

    /// Brings a family in step with what was filled of it.
    pub(super) fn settle(&mut self, way: &mut Way<'_>, family: u32) {
        for at in 0..self.entries.len() {
            if self.entries[at].family == family && !self.entries[at].is_over() {
                self.keep_in_step(way, at);
            }
        }
    }

    pub(super) fn keep_in_step(&mut self, way: &mut Way<'_>, at: usize) {
        if self.entries[at].stage == Stage::Children {
            self.wait_for_children(way, at);
        }
        if self.is_exited(at) && !self.entries[at].is_ending {
            self.withdraw(way, at);
        }
        let entry = self.entries[at];
        if entry.order.parent == 0 && entry.order.list == 0 || entry.is_slice() || entry.is_ending {
            return;
        }
        let id = entry.order.client_order_id;
        let qty = self.allowed(at);
        let waits = entry.is_held() || entry.stage == Stage::Again || entry.waits_there();
        let is_spent = qty <= entry.filled || entry.is_too_small_for(qty);
        if is_spent && !self.more_may_come(at) || self.is_canceled_by_another(at) {
            self.withdraw(way, at);
            return;
        }
        if is_spent && !waits {
            // Nothing is left to exit, but its parent still fills: it comes back with what that brings.
            if self.renew(way, at).is_err() {
                self.look_again(way.now);
            }
            return;
        }
        if matches!(entry.stage, Stage::Due | Stage::Again) {
            self.owes = true; // it may have waited for this
        } else if entry.stage == Stage::Parent && qty.0 > 0 {
            let waits = entry.waits_here();
            self.entries[at].stage = if waits { Stage::Trigger } else { Stage::Due };
            self.owes |= !waits;
        } else if entry.is_settled() && !entry.takes() && qty != entry.sent {
            // What is not made smaller for the asking stands for more than there is: by another order, then.
            let is_stuck = qty < entry.sent && entry.refused >= CHANGES_REFUSED_MAX;
            let renews = entry.waits_there() && qty.0 <= 0 || !entry.takes_changes(way) || is_stuck;
            let change = Change { client_order_id: id, px: entry.price(), qty };
            let wished = if renews { self.renew(way, at) } else { way.wish(IntentKind::Modify(change)) };
            match wished {
                Ok(()) if !renews => self.entries[at].sent = qty,
                Ok(()) if is_stuck => self.entries[at].refused = 0,
                Ok(()) => {}
                Err(_) => self.look_again(way.now),
            }
        }
    }

    /// Whether an order of which nothing is left may have more to do: while its parent fills, unless it did all that it was
    /// wished for, or gave way.
    fn more_may_come(&self, at: usize) -> bool {
        let entry = self.entries[at];
        let parent_fills = self.parent_filled(at).is_some_and(|(_, is_over)| !is_over);
        let done = entry.filled.0 + self.filled_before(at).0;
        parent_fills && done < entry.order.qty.0 && !self.gave_way(at)
    }

    /// Whether it would rest at its limit while another of its list, whose price has come, exits all there is.
    pub(super) fn gave_way(&self, at: usize) -> bool {
        let Entry { root, order, .. } = self.entries[at];
        let has_come = |other: &Entry| {
            let is_rival = other.root != root && other.order.list == order.list && !other.is_over();
            is_rival && other.is_pulled && other.order.order_type.has_trigger()
        };
        order.list != 0 && !order.order_type.has_trigger() && self.entries.iter().any(has_come)
    }

    /// A parent goes on its way when every order of its family is held, and ends with the first that was denied.
    fn wait_for_children(&mut self, way: &mut Way<'_>, at: usize) {
        let Entry { family, is_ending, .. } = self.entries[at];
        let own = || self.entries.iter().filter(|entry| entry.family == family);
        if own().any(|entry| entry.status == OrderStatus::Denied) {
            if !is_ending {
                self.withdraw(way, at);
            }
        } else if own().all(|entry| entry.status != OrderStatus::Initialized) {
            let waits = self.entries[at].waits_here();
            self.entries[at].stage = if waits { Stage::Trigger } else { Stage::Due };
            self.owes |= !waits;
        }
    }

    /// Whether it stands at the venue while the price of what exits it has come: what it still filled would have to be
    /// exited at once.
    fn is_exited(&self, at: usize) -> bool {
        let Entry { root, stage, .. } = self.entries[at];
        let exits = |child: &Entry| {
            let was_pulled = child.is_pulled && matches!(child.stage, Stage::Due | Stage::Venue | Stage::Again);
            child.order.parent == root && child.order.order_type.has_trigger() && was_pulled
        };
        stage == Stage::Venue && self.entries.iter().any(exits)
    }

    /// Withdraws an order to enter it anew as it is to be: see [`Desk::end`]. Without room nothing is changed.
    pub(super) fn renew(&mut self, way: &mut Way<'_>, at: usize) -> Result<(), Refusal> {
        let entry = &mut self.entries[at];
        way.wish(IntentKind::Cancel(entry.order.client_order_id))?;
        (entry.is_ending, entry.renews) = (true, true);
        Ok(())
    }

    /// What found no room is worked out anew, whatever is heard meanwhile.
    fn look_again(&mut self, now: Nanos) {
        self.due_at_ns = self.due_at_ns.min(now.plus(ROOM_NS));
    }

    /// Wishes for an order's withdrawal; what finds no room stays owed.
    fn withdraw(&mut self, way: &mut Way<'_>, at: usize) {
        if self.entries[at].stage == Stage::Again {
            self.entries[at].stage = Stage::Over;
            return;
        }
        let id = self.entries[at].order.client_order_id;
        self.entries[at].is_ending = way.wish(IntentKind::Cancel(id)).is_ok();
        if !self.entries[at].is_ending {
            self.look_again(way.now);
        }
    }

    /// An order whose trigger was pulled takes the place of those of its list that stand, and of its parent: they are
    /// withdrawn first, or both could fill, on spot both would need the same coins, and it would meet its parent. Whether
    /// there is one to wait for.
    pub(super) fn makes_room(&mut self, way: &mut Way<'_>, at: usize) -> bool {
        let Order { list, parent, reduce_only, .. } = self.entries[at].order;
        let mut waits = false;
        for place in 0..self.entries.len() {
            let other = self.entries[place];
            let is_rival = list != 0 && other.order.list == list || parent != 0 && other.root == parent;
            if place == at || !is_rival || other.stage != Stage::Venue {
                continue;
            }
            if other.refused >= REFUSALS_MAX && !reduce_only {
                continue; // a position without its stop is worse than one exit too many
            }
            waits = true;
            if !other.is_ending {
                self.withdraw(way, place);
            }
        }
        waits
    }

    /// How much an order may be in all: what was wished, what its parent filled, less what was filled under its other
    /// numbers and by the orders that update it, and what the venue closed of the position that it is to exit.
    pub(super) fn allowed(&self, at: usize) -> Lots {
        let entry = &self.entries[at];
        let own = self.parent_filled(at).map_or(entry.order.qty, |(filled, _)| filled.min(entry.order.qty));
        let own = if planted("desk/child-larger-than-what-filled") { entry.order.qty } else { own };
        let others = match entry.order.contingency {
            Contingency::Ouo => self.filled_by_others(at),
            _ => Lots(0),
        };
        Lots((own.0 - others.0 - self.filled_before(at).0 - entry.closed.0).max(0))
    }

    fn is_canceled_by_another(&self, at: usize) -> bool {
        let is_tied = self.entries[at].order.contingency == Contingency::Oco && !planted("desk/other-of-a-pair-left");
        is_tied && self.filled_by_others(at).0 > 0
    }

    /// What the others of its list filled.
    fn filled_by_others(&self, at: usize) -> Lots {
        let Entry { root, order, .. } = self.entries[at];
        let others = self.entries.iter().filter(|other| other.root != root && other.order.list == order.list);
        others.fold(Lots(0), |sum, other| Lots(sum.0 + other.filled.0))
    }

    /// What was filled of it under other numbers.
    pub(super) fn filled_before(&self, at: usize) -> Lots {
        let Entry { root, .. } = self.entries[at];
        let same = self.entries.iter().enumerate().filter(|(place, other)| *place != at && other.root == root);
        same.fold(Lots(0), |sum, (_, other)| Lots(sum.0 + other.filled.0))
    }

    /// Whether others wait for its fills.
    pub(super) fn is_parent(&self, at: usize) -> bool {
        let Entry { root, .. } = self.entries[at];
        self.entries.iter().any(|other| other.order.parent == root && !other.is_slice())
    }

    /// What its parent filled, less what the venue kept of it, and whether the parent is over; `None` without one.
    pub(super) fn parent_filled(&self, at: usize) -> Option<(Lots, bool)> {
        let Order { parent, .. } = self.entries[at].order;
        if parent == 0 || self.entries[at].is_slice() {
            return None;
        }
        let own = || self.entries.iter().filter(|entry| entry.root == parent);
        let filled = own().fold(Lots(0), |sum, entry| Lots(sum.0 + entry.filled.0 - entry.charged.0));
        Some((filled, own().all(|entry| entry.stage == Stage::Over)))
    }
}

impl Entry {
    /// Whether its venue can be asked to change it as it stands.
    pub(super) fn takes_changes(&self, way: &Way<'_>) -> bool {
        let standing = if self.waits_there() { self.order.order_type } else { OrderType::Limit };
        way.native(&self.order).changes(standing)
    }
}

/// Whether it rests from the first as large as it was sent.
fn cannot_shrink(order: &Order, way: &Way<'_>) -> bool {
    !order.order_type.has_trigger() && !way.native(order).can_modify
}

fn expired(order: &Order, way: &Way<'_>) -> Option<TermsFault> {
    (super::expiry(order, way.now) <= way.now).then_some(TermsFault::Expiry)
}
