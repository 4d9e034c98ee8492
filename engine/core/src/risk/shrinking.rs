//! Withdrawing what would make a position larger, once a state has fallen to reducing: what passed before stands at venues
//! and would fill. Risk wishes for it as the operator, one order after the other; what a venue refuses to withdraw
//! execution asks for again, see `execution/wanted.rs`.
//!
//! Owns: whether a look is due, and the list of one look. A look is due when a state changes, and behind each report that
//! leaves more working than there is to close.
//!
//! Never: withdraws what only reduces, with all that stays on its side; an order of risk's own; one that is held on our side
//! (it is judged when it is let go, and denied); asks for an order twice while the states stay as they are.

use crate::risk::Risk;
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, OrderStatus};
use engine_model::planted::planted;
use engine_model::units::Nanos;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Shrinking {
    /// Some scope only reduces.
    is_on: bool,
    is_due: bool,
    /// What the last look found and is not wished for yet, the next one last.
    ids: Vec<ClientOrderId>,
    /// Lots that stay on the closing side, by instrument, while a look lasts.
    staying: Box<[i128]>,
}

crate::tape::carry!(Shrinking { is_on, is_due } fixed { ids, staying });

impl Shrinking {
    pub(super) fn new(instruments: usize, orders: usize) -> Self {
        let staying = vec![0; instruments].into_boxed_slice();
        Self { is_on: false, is_due: false, ids: Vec::with_capacity(orders), staying }
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

    /// Looks once at every working order: those that are to be withdrawn are wished for by [`Risk::next_shrinking`].
    #[cold]
    pub fn look_for_growing(&mut self) {
        self.shrinking.is_due = false;
        let mut found = std::mem::take(&mut self.shrinking.ids);
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
                found.push(row.client_order_id); // never grows: room for every row
            } else if self.closes(row.instrument, row.side) {
                staying[row.instrument.index()] += i128::from(row.weight().0);
            }
        }
        // Of several that close together more than there is, those of the lower numbers stay; before them all that wait at a
        // trigger, for a stop is what ends a loss, and a target only what ends a gain.
        found.sort_unstable_by_key(|id| (self.orders.get_open(*id).is_some_and(|row| !row.waits), *id));
        found.retain(|id| {
            let Some(row) = self.orders.get_open(*id) else { return false };
            let stays = &mut staying[row.instrument.index()];
            let with_it = *stays + i128::from(row.weight().0);
            let fits = with_it <= i128::from(self.portfolio.qty(row.instrument)).abs();
            let reduces = self.closes(row.instrument, row.side) && fits || planted("risk/growing-orders-stay");
            *stays = if reduces { with_it } else { *stays };
            !reduces
        });
        found.reverse();
        (self.shrinking.ids, self.shrinking.staying) = (found, staying);
    }

    /// The next wish to withdraw an order that the last look found.
    pub fn next_shrinking(&mut self, now: Nanos) -> Option<Intent> {
        let what = IntentKind::Cancel(self.shrinking.ids.pop()?);
        Some(Intent { strategy: StrategyId(0), seen: self.seen, caused_at_ns: now, what })
    }

    /// There was no room for all of them: what is left is looked at again.
    pub fn shrink_later(&mut self) {
        self.shrinking.is_due |= !self.shrinking.ids.is_empty();
    }

    /// Whether an order of that side makes what is held smaller.
    fn closes(&self, id: InstrumentId, side: Side) -> bool {
        i128::from(self.portfolio.qty(id)) * i128::from(side.sign()) < 0
    }
}
