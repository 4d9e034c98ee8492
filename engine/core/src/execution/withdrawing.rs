//! Orders that are to be withdrawn as soon as there is room for it.
//!
//! **Owns** one list a venue, so that what waits for a full one costs the others nothing, and one of those that no venue has.
//!
//! **Never** looks at more than the heads of the lists to find the next; a list's head is an order that is not over.

use crate::execution::order_table::OrderTable;
use engine_model::instrument::Instruments;
use engine_model::order::ClientOrderId;
use engine_model::planted::planted;
use engine_model::venue::VenueId;

/// Place of the list of those that no venue has: held on our side.
const HERE: usize = 0;

#[derive(Clone, Debug)]
pub(super) struct Withdrawing {
    /// First those that are held, then by the slot of their venue; each descending: its last is its next.
    lists: Box<[Vec<ClientOrderId>]>,
    /// By slot.
    venues: Box<[VenueId]>,
    /// Ids in all lists.
    waiting: usize,
    /// Where a withdrawal gathers those that it reaches.
    open: Vec<ClientOrderId>,
    kept: Vec<ClientOrderId>,
}

impl Withdrawing {
    pub(super) fn new(instruments: &Instruments, open_orders_max: usize) -> Self {
        let venues: Box<[VenueId]> = {
            let mut venues: Vec<(usize, VenueId)> = instruments.venues().collect();
            venues.sort_unstable_by_key(|(slot, _)| *slot);
            venues.into_iter().map(|(_, venue)| venue).collect()
        };
        let room = || Vec::with_capacity(open_orders_max * 2);
        let lists = (0..=venues.len()).map(|_| room()).collect();
        Self { lists, venues, waiting: 0, open: room(), kept: room() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Whether some of them are at the venue of that slot.
    pub(super) fn is_waiting_at(&self, slot: usize) -> bool {
        self.lists.get(slot + 1).is_some_and(|list| !list.is_empty())
    }

    /// One more, which is open.
    pub(super) fn add(&mut self, id: ClientOrderId, orders: &OrderTable, instruments: &Instruments) {
        let at = list_of(id, orders, instruments).unwrap_or(HERE);
        let list = &mut self.lists[at];
        if list.len() == list.capacity() {
            // Those that ended behind their head: there are at least as many of them as open orders.
            let before = list.len();
            list.retain(|id| orders.get_open(*id).is_some());
            self.waiting -= before - list.len();
        }
        if let Err(next) = place(list, id) {
            list.insert(next, id);
            self.waiting += 1;
        }
    }

    /// All open orders that are reached; and those that were to be withdrawn before.
    pub(super) fn add_all(
        &mut self,
        orders: &OrderTable,
        instruments: &Instruments,
        is_reached: impl Fn(ClientOrderId) -> bool,
    ) {
        let Self { lists, open, kept, waiting, .. } = self;
        orders.open_ids(open);
        *waiting = 0;
        for (at, list) in lists.iter_mut().enumerate() {
            let own = open.iter().rev().filter(|id| list_of(**id, orders, instruments) == Some(at));
            kept.extend(own.filter(|id| is_reached(**id) || place(list, **id).is_ok()));
            if planted("execution/withdrawn-in-the-wrong-order") {
                kept.reverse();
            }
            std::mem::swap(list, kept);
            kept.clear();
            *waiting += list.len();
        }
    }

    /// Takes the next of them, the oldest of those whose venue has room; `None`: nothing is left that could go now.
    pub(super) fn next(
        &mut self,
        orders: &OrderTable,
        instruments: &Instruments,
        mut has_room: impl FnMut(VenueId) -> bool,
    ) -> Option<ClientOrderId> {
        loop {
            let mut next: Option<(ClientOrderId, usize)> = None;
            for (at, list) in self.lists.iter().enumerate() {
                let Some(id) = list.last() else { continue };
                let is_older = next.is_none_or(|(oldest, _)| *id < oldest);
                if is_older && (at == HERE || has_room(self.venues[at - 1])) {
                    next = Some((*id, at));
                }
            }
            let (id, at) = next?;
            self.lists[at].pop();
            self.waiting -= 1;
            self.forget(at, orders);
            match list_of(id, orders, instruments) {
                Some(now) if now != at => self.add(id, orders, instruments), // it was let go meanwhile
                _ => return Some(id),
            }
        }
    }

    /// An order is over: it waits for nothing.
    pub(super) fn is_over(&mut self, slot: usize, orders: &OrderTable) {
        if !self.is_empty() {
            self.forget(HERE, orders);
            self.forget(slot + 1, orders);
        }
    }

    /// Lets go of the heads of a list that are over.
    fn forget(&mut self, at: usize, orders: &OrderTable) {
        let list = &mut self.lists[at];
        while list.last().is_some_and(|id| orders.get_open(*id).is_none()) {
            list.pop();
            self.waiting -= 1;
        }
    }
}

/// Where an open order waits to be withdrawn.
fn list_of(id: ClientOrderId, orders: &OrderTable, instruments: &Instruments) -> Option<usize> {
    let row = orders.get_open(id)?;
    Some(if row.is_held { HERE } else { instruments.slot(instruments.get(row.instrument).venue) + 1 })
}

/// Where an order stands among those that are to be withdrawn, or would.
fn place(withdrawing: &[ClientOrderId], id: ClientOrderId) -> Result<usize, usize> {
    withdrawing.binary_search_by(|other| id.cmp(other))
}
