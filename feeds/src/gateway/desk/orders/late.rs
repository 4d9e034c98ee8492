//! Executions that are missing: counted by the venue and not told, perhaps lost, perhaps of a change that came about late.
//!
//! Never: an end before them, unless they were looked for.

use super::super::Now;
use super::{Entry, FILL_WITHIN_NS, Life, NEVER, Orders};
use crate::gateway::heard::OrderState;
use engine_model::instrument::InstrumentId;
use engine_model::order::{ClientOrderId, OrderStatus};
use engine_model::units::{Lots, Nanos};

impl Orders {
    /// The venue counts more of an order that is over than was told: what is missing is asked for, as late fills. Behind a
    /// rejection, or a whole execution, the law admits none.
    pub(super) fn count(&mut self, id: ClientOrderId, filled: Lots, now: Now) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let admits = matches!(entry.status(), OrderStatus::Canceled | OrderStatus::Expired);
        if !admits || filled <= entry.filled {
            return;
        }
        entry.stated = entry.stated.max(filled);
        if entry.fills_at_ns == NEVER {
            (entry.fills_at_ns, entry.fills_asked) = (now.timer_ns + FILL_WITHIN_NS, 0);
        }
        let due = entry.fills_at_ns;
        self.look_by(due);
    }

    /// More than the order can have been executed: it may have been changed by an answer that was given up, and that is told
    /// before the fill. So the order is asked for, and the fill again behind that. One that is still too much is told.
    pub(super) fn is_held_back(&mut self, id: ClientOrderId, filled: Lots, now: Now) -> bool {
        let Some(entry) = self.living(id).filter(|entry| entry.exceeds(filled)) else { return false };
        entry.excess_ns = entry.excess_ns.min(now.timer_ns);
        let is_known = entry.sized_ns > entry.excess_ns;
        if !is_known {
            entry.stated = entry.stated.max(filled);
            self.doubt(id, now);
        }
        !is_known
    }

    /// The end that the venue's silence about an order states: it knows of no such order. Never a rejection: behind that
    /// the law admits no fill, and one may come after all.
    pub(in crate::gateway::desk) fn vanished(&mut self, id: ClientOrderId, now: Now) {
        let Some(entry) = self.living(id) else { return };
        (entry.end, entry.ask_at_ns) = (Some(OrderState::Canceled), NEVER);
        self.settle(id, Nanos(0), now);
    }

    /// The fills of an instrument, or of all, since then were told whole, asked for at that time of the timers.
    pub(in crate::gateway::desk) fn searched(&mut self, of: Option<InstrumentId>, since: Nanos, asked_ns: u64) {
        let is_answered = |entry: &Entry| {
            entry.life != Life::Over
                && !entry.is_searched
                && of.is_none_or(|of| entry.known.order.instrument == of)
                && (since <= entry.whole_at && entry.missing_ns <= asked_ns)
        };
        loop {
            let found = self.entries.iter().find(|(_, entry)| is_answered(entry)).map(|(id, _)| *id);
            let Some(id) = found else { return };
            self.searched_of(id, asked_ns);
        }
    }

    /// The same of the fills of one order.
    pub(in crate::gateway::desk) fn searched_of(&mut self, id: ClientOrderId, asked_ns: u64) {
        let Some(entry) = self.living(id).filter(|entry| entry.missing_ns <= asked_ns) else { return };
        entry.is_searched = true;
        if entry.filled >= entry.stated {
            entry.fills_at_ns = NEVER;
        }
    }
}
