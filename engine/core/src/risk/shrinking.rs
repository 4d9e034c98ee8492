//! Withdrawing what would make a position larger, once a state has fallen to reducing: what passed before stands at venues
//! and would fill. Risk wishes for it as the operator, one order after the other; what a venue refuses to withdraw
//! execution asks for again, see `execution/wanted.rs`.
//!
//! Owns: whether a look is due, and the list of one look. A look is due when a state changes, and behind each report that
//! leaves more working than there is to close.
//!
//! Never: withdraws what only reduces, with all that stays on its side; an order of risk's own; one that is held on our side
//! (it is judged when it is let go, and denied); asks for an order twice while the states stay as they are.

use crate::execution::OrderRow;
use crate::risk::Risk;
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, Intent, IntentKind, StrategyId};
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, OrderStatus};
use engine_model::planted::planted;
use engine_model::units::{Lots, Nanos};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Shrinking {
    /// Some scope only reduces.
    is_on: bool,
    is_due: bool,
    /// What the last look found and is not wished for yet, the next one last.
    found: Vec<Growing>,
    /// Lots that stay on the closing side, by instrument, while a look lasts.
    staying: Box<[i128]>,
}

crate::tape::carry!(Shrinking { is_on, is_due } fixed { found, staying });

/// An order that would do more than reduce.
#[derive(Clone, Copy, Debug)]
struct Growing {
    id: ClientOrderId,
    /// What it is to be made, with what was executed of it; `None`: it is withdrawn.
    to: Option<Lots>,
}

/// What becomes of an order where only reducing is allowed, with that room left to close.
enum Fate {
    /// With so many of its lots.
    Stays(i128),
    /// It has that quantity afterwards.
    Cut(Lots),
    Goes,
}

impl Shrinking {
    pub(super) fn new(instruments: usize, orders: usize) -> Self {
        let staying = vec![0; instruments].into_boxed_slice();
        Self { is_on: false, is_due: false, found: Vec::with_capacity(orders), staying }
    }
}

impl Risk {
    /// A state changed: everything is looked at anew, also what a venue did not withdraw.
    pub(super) fn look_at_states(&mut self) {
        let is_on = self.states().any(|(_, state)| state == TradingState::Reducing);
        (self.shrinking.is_on, self.shrinking.is_due) = (is_on, is_on);
        self.orders.forget_withdrawn();
    }

    /// Position or working orders of an instrument changed.
    #[inline]
    pub(super) fn shrink_soon(&mut self, id: InstrumentId) {
        if self.shrinking.is_on {
            self.shrinking.is_due |= self.outgrows(id);
        }
    }

    /// Whether working orders of one side may do more than close what is held.
    #[cold]
    fn outgrows(&self, id: InstrumentId) -> bool {
        let (working, qty) = (self.exposure.working(id), i128::from(self.portfolio.qty(id)));
        working.buys > (-qty).max(0) || working.sells > qty.max(0)
    }

    /// Whether orders may have to be withdrawn.
    #[inline]
    #[must_use]
    pub fn is_shrinking(&self) -> bool {
        self.shrinking.is_due
    }

    /// Looks once at every working order: those that are to be withdrawn or made smaller are wished for by
    /// [`Risk::next_shrinking`].
    #[cold]
    pub fn look_for_growing(&mut self) {
        self.shrinking.is_due = false;
        let mut found = std::mem::take(&mut self.shrinking.found);
        let mut staying = std::mem::take(&mut self.shrinking.staying);
        found.clear();
        staying.fill(0);
        for row in self.orders.open() {
            let is_going = row.is_withdrawn || row.status == OrderStatus::PendingCancel;
            if is_going || row.weight().0 == 0 {
                continue;
            }
            let only_reduces = self.state_for(self.place(row.strategy), row.instrument) == TradingState::Reducing;
            if only_reduces && row.strategy != StrategyId(0) {
                found.push(Growing { id: row.client_order_id, to: None }); // never grows: room for every row
            } else if self.closes(row.instrument, row.side) {
                staying[row.instrument.index()] += i128::from(row.weight().0);
            }
        }
        // Of several that close together more than there is, those of the lower numbers stay; before them all stops
        // that wait at a trigger, for a stop is what ends a loss, and a target only what ends a gain.
        found.sort_unstable_by_key(|it| {
            (self.orders.get_open(it.id).is_some_and(|row| !(row.waits && row.is_stop)), it.id)
        });
        found.retain_mut(|it| {
            let Some(row) = self.orders.get_open(it.id) else { return false };
            let stays = &mut staying[row.instrument.index()];
            let room = i128::from(self.portfolio.qty(row.instrument)).abs() - *stays;
            match self.fate(row, room) {
                Fate::Stays(lots) => *stays += lots,
                Fate::Cut(qty) => (*stays, it.to) = (*stays + room, Some(qty)),
                Fate::Goes => return true,
            }
            it.to.is_some()
        });
        found.reverse();
        (self.shrinking.found, self.shrinking.staying) = (found, staying);
    }

    fn fate(&self, row: &OrderRow, room: i128) -> Fate {
        let weight = i128::from(row.weight().0);
        let closes = self.closes(row.instrument, row.side);
        if planted("risk/growing-orders-stay") {
            return Fate::Stays(0);
        }
        if closes && weight <= room {
            return Fate::Stays(weight);
        }
        if !(closes && room > 0 && row.waits) || planted("risk/stop-goes-with-its-surplus") {
            return Fate::Goes;
        }
        match row.status == OrderStatus::Accepted && !row.is_changing() {
            // Its answer comes first; what it makes of it is looked at then.
            false => Fate::Stays(room),
            true if row.is_cut => Fate::Goes,
            true => Fate::Cut(Lots(row.filled_qty.0 + room as i64)), // less than its weight, so it fits
        }
    }

    /// The next wish to withdraw an order that the last look found, or to make it smaller.
    pub fn next_shrinking(&mut self, now: Nanos) -> Option<Intent> {
        let Growing { id, to } = self.shrinking.found.pop()?;
        let change = |row: &OrderRow, qty| IntentKind::Modify(Change { client_order_id: id, px: row.px, qty });
        let cut = to.and_then(|qty| self.orders.get_open(id).map(|row| change(row, qty)));
        let what = cut.unwrap_or(IntentKind::Cancel(id));
        Some(Intent { strategy: StrategyId(0), seen: self.seen, caused_at_ns: now, what })
    }

    /// There was no room for all of them: what is left is looked at again.
    pub fn shrink_later(&mut self) {
        self.shrinking.is_due |= !self.shrinking.found.is_empty();
    }

    /// Whether an order of that side makes what is held smaller.
    fn closes(&self, id: InstrumentId, side: Side) -> bool {
        i128::from(self.portfolio.qty(id)) * i128::from(side.sign()) < 0
    }
}
