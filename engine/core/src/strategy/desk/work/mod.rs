//! Orders that are worked in parts: by an algorithm, slice after slice, on our side.
//!
//! **Owns** a fixed table of such orders and of their slices. At most one slice of an order stands or is under way; what an
//! earlier one might still fill, though it is said to be over, is not given to another for [`DOUBT_NS`]. So what all slices
//! did and may do never passes the order, whatever overtakes what on the way; execution looks at that once more before
//! each slice leaves.
//!
//! **Never** tells how far an order is (execution does, behind the reports of its slices), judges, reads a clock, allocates
//! once running.
//!
//! | what | its slices |
//! |---|---|
//! | TWAP, VWAP, implementation shortfall | IOC at the best of the other side, as far as the schedule allows by now |
//! | POV | the same, as far as its part of what was traded allows |
//! | sniper | the same, as much as is shown, when that is at the limit |
//! | iceberg | rest at the limit, as much as is to be shown |
//! | peg | rest at a distance from the touch, and follow it |

mod drive;
mod parent;
#[cfg(test)]
mod tests;
mod told;

use self::parent::{Child, News, Parent, Stage};
use super::way::Way;
use super::{NEVER, expiry, faulty};
use engine_model::algorithm::{Algorithm, Manner, Random, Work, schedule::Schedule};
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, IntentKind};
use engine_model::order::{ClientOrderId, Contingency, Order, TermsFault};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Nanos, Ticks};

/// Orders that are worked at once.
const WORKED_MAX: usize = 32;
/// Slices that stand, or are in doubt, at once: one that stands and seven in doubt for each order, as many as can end in
/// [`DOUBT_NS`].
const SLICES_MAX: usize = WORKED_MAX * 8;
/// For so long after a slice is said to be over, a fill of it may come that was under way; afterwards what it did not fill is
/// given to the next one. Venues tell fills and ends over one connection within milliseconds; two seconds are a hundred times
/// that.
pub(super) const DOUBT_NS: u64 = 2 * Nanos::SECOND;

/// The table.
#[derive(Debug)]
pub(super) struct Worked {
    /// In the order of their numbers.
    parents: Vec<Parent>,
    /// In the order of their numbers.
    children: Vec<Child>,
    /// When the first order has something to do of its own accord.
    due_at_ns: Nanos,
}

impl Worked {
    pub(super) fn new() -> Self {
        let (parents, children) = (Vec::with_capacity(WORKED_MAX), Vec::with_capacity(SLICES_MAX));
        Self { parents, children, due_at_ns: NEVER }
    }

    /// Orders that are not over, or of which a slice still stands.
    pub(super) fn count(&self) -> usize {
        self.parents.len()
    }

    pub(super) fn due_at_ns(&self) -> Nanos {
        self.due_at_ns
    }

    /// Whether an event of that instrument can matter.
    #[inline]
    pub(super) fn listens(&self, instrument: InstrumentId) -> bool {
        self.parents.iter().any(|parent| parent.order.instrument == instrument)
    }

    /// Takes an order that shows a part of itself.
    pub(super) fn take_iceberg(&mut self, way: &mut Way<'_>, order: Order) -> Result<ClientOrderId, Refusal> {
        let iceberg = Algorithm::Iceberg { display: order.display_qty };
        let Ok(work) = Work::new(iceberg, Manner::default()) else { return Err(faulty(TermsFault::Display)) };
        self.take(way, order, &work)
    }

    /// Takes an order that is to be worked like that.
    pub(super) fn take(&mut self, way: &mut Way<'_>, order: Order, work: &Work) -> Result<ClientOrderId, Refusal> {
        if order.contingency != Contingency::None || order.parent != 0 || order.list != 0 {
            return Err(faulty(TermsFault::List));
        }
        let display_qty = match *work.algorithm() {
            Algorithm::Iceberg { display } => display,
            _ => Lots(0),
        };
        let contingency = Contingency::Primary(work.algorithm().kind());
        let order = Order { contingency, display_qty, ..order };
        if let Some(fault) = order.fault() {
            return Err(faulty(fault));
        }
        let expires_at_ns = expiry(&order, way.now);
        if expires_at_ns <= way.now {
            return Err(faulty(TermsFault::Expiry));
        }
        let (value, limit) = (self.parents.len() as i64 + 1, WORKED_MAX as i64);
        if value > limit {
            return Err(Refusal::new(Check::OpenOrders, value, limit));
        }
        let id = way.enter(order, IntentKind::Hold)?;
        self.parents.push(Parent {
            order: Order { client_order_id: id, ..order },
            wished: order.qty,
            work: *work,
            schedule: Schedule::new(work, order.qty),
            random: Random::new(work.manner().seed),
            stage: Stage::Asked,
            begun_at_ns: way.now,
            ends_at_ns: expires_at_ns,
            filled: Lots(0),
            traded: 0,
            again_at_ns: Nanos(0),
            refused: 0,
            last: (Ticks(0), Lots(0), Nanos(0)),
            gap_ns: 0,
            due_at_ns: expires_at_ns,
        });
        self.look_ahead();
        Ok(id)
    }

    /// Withdraws an order with its slices; `None` for one that is none of these.
    pub(super) fn cancel(&mut self, way: &mut Way<'_>, id: ClientOrderId) -> Option<Result<(), Refusal>> {
        let at = self.position(id)?;
        let parent = &mut self.parents[at];
        parent.stage = parent.stage.after(News::Withdrawn);
        self.drive(way, at);
        Some(Ok(()))
    }

    /// Gives an order another limit, and less quantity if that is wanted; `None` for one that is none of these. The slice
    /// that stands follows the limit. More than was wished it cannot become, nor less than its slices did and may do.
    pub(super) fn change(&mut self, way: &mut Way<'_>, change: Change) -> Option<Result<(), Refusal>> {
        let at = self.position(change.client_order_id)?;
        let committed = committed(&self.children, &self.parents[at]);
        let parent = &mut self.parents[at];
        let changed = super::changed(&parent.order, change);
        let fault =
            changed.fault().or((changed.qty > parent.order.qty || changed.qty < committed).then_some(TermsFault::Qty));
        if let Some(fault) = fault {
            return Some(Err(faulty(fault)));
        }
        if let Err(refusal) = super::tell_changed(way, &changed) {
            return Some(Err(refusal));
        }
        parent.order = changed;
        self.drive(way, at);
        Some(Ok(()))
    }

    /// What of an order is not shown and not done.
    pub(super) fn hidden(&self, id: ClientOrderId) -> Option<Lots> {
        let parent = &self.parents[self.position(id)?];
        let shown = self.live(parent.counter()).map_or(Lots(0), |at| self.children[at].leaves());
        Some(Lots(parent.order.qty.0 - parent.filled.0 - shown.0))
    }

    /// What the slices of an order did and may still do.
    #[cfg(test)]
    pub(super) fn committed(&self, id: ClientOrderId) -> Option<Lots> {
        self.position(id).map(|at| committed(&self.children, &self.parents[at]))
    }

    fn position(&self, id: ClientOrderId) -> Option<usize> {
        let at = self.parents.binary_search_by_key(&id.counter(), Parent::counter).ok()?;
        (self.parents[at].order.client_order_id == id).then_some(at)
    }

    /// The slice of an order that stands or is under way.
    fn live(&self, parent: u32) -> Option<usize> {
        self.children.iter().position(|child| child.order.parent == parent && child.is_live())
    }

    fn look_ahead(&mut self) {
        self.due_at_ns = self.parents.iter().fold(NEVER, |due, parent| due.min(parent.due_at_ns));
    }
}

/// What the slices of an order did and may still do.
fn committed(children: &[Child], parent: &Parent) -> Lots {
    let own = children.iter().filter(|child| child.order.parent == parent.counter());
    own.fold(parent.filled, |sum, child| Lots(sum.0 + child.leaves().0))
}
