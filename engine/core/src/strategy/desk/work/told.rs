//! What reports are to orders that are worked in parts, and to their slices.

use super::parent::{Child, News, Stage};
use super::{DOUBT_NS, Worked};
use crate::strategy::desk::follow::{TRIES_MAX, passes};
use crate::strategy::desk::{NEVER, way::Way};
use engine_model::order::{OrderEvent, OrderStatus};
use engine_model::refusal::Check;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::RejectReason;

impl Worked {
    /// Takes a report in; `false` for one of none of these.
    pub(in crate::strategy::desk) fn on_report(&mut self, way: &mut Way<'_>, report: &Report) -> bool {
        if let Some(at) = self.position(report.client_order_id) {
            self.on_parent(way, at, report);
        } else if let Some(child) = self.child(report) {
            self.on_child(way, child, report);
        } else {
            return false;
        }
        self.forget();
        self.look_ahead();
        true
    }

    fn child(&self, report: &Report) -> Option<usize> {
        let of = |child: &Child| child.order.client_order_id;
        self.children.binary_search_by_key(&report.client_order_id, of).ok()
    }

    fn on_parent(&mut self, way: &mut Way<'_>, at: usize, report: &Report) {
        let parent = &mut self.parents[at];
        if report.event == OrderEvent::Emulated {
            parent.stage = parent.stage.after(News::Held);
            parent.begun_at_ns = way.now;
            let duration_ns = parent.work.algorithm().duration_ms() * Nanos::MILLI;
            if duration_ns > 0 {
                parent.ends_at_ns = parent.ends_at_ns.min(way.now.plus(duration_ns));
            }
        } else if report.status.is_terminal() {
            parent.stage = parent.stage.after(News::Closed);
        }
        self.drive(way, at);
    }

    fn on_child(&mut self, way: &mut Way<'_>, child: usize, report: &Report) {
        let Some(at) = self.parents.iter().position(|parent| parent.counter() == self.children[child].order.parent)
        else {
            return;
        };
        let slice = &mut self.children[child];
        let more = report.filled_qty.0 - slice.filled.0;
        slice.filled = report.filled_qty;
        if more > 0 {
            self.parents[at].filled.0 += more;
            self.parents[at].refused = 0;
        }
        self.note_change(way, child, at, report);
        if report.status.is_terminal() {
            self.end(way, child, at, report);
        }
        self.drive(way, at);
    }

    /// What was asked of a slice that stands, and what came of it.
    fn note_change(&mut self, way: &Way<'_>, child: usize, at: usize, report: &Report) {
        let slice = &mut self.children[child];
        match report.event {
            OrderEvent::Updated => {
                (slice.order.px, slice.order.qty, slice.asked) = (report.px, report.qty, None);
                self.parents[at].refused = 0;
            }
            OrderEvent::ModifyRejected(_) | OrderEvent::ModifyDenied { .. } => {
                slice.asked = None;
                // A venue that is busy for a moment changes it later, and its place is kept until then.
                slice.is_fixed |= match report.event {
                    OrderEvent::ModifyRejected(reason) => !reason.passes(),
                    _ => false,
                };
                self.pause(at, way.now);
            }
            OrderEvent::PendingCancel if !slice.is_ending => {
                // Somebody else withdraws it: the order is not wanted any more.
                slice.is_ending = true;
                let parent = &mut self.parents[at];
                parent.stage = parent.stage.after(News::Withdrawn);
            }
            OrderEvent::CancelRejected(_) => {
                slice.is_ending = false;
                self.pause(at, way.now);
            }
            _ => {}
        }
        let slice = &mut self.children[child];
        let stands =
            matches!(report.status, OrderStatus::Accepted | OrderStatus::Triggered | OrderStatus::PartiallyFilled);
        slice.is_settled = stands && slice.asked.is_none();
    }

    /// A slice is said to be over.
    fn end(&mut self, way: &Way<'_>, child: usize, at: usize, report: &Report) {
        let (slice, now) = (self.children[child], way.now);
        let rests = self.parents[at].work.algorithm().rests();
        let may_fill = matches!(report.status, OrderStatus::Canceled | OrderStatus::Expired);
        if may_fill && slice.leaves() > Lots(0) {
            let until = slice.doubted_until_ns.unwrap_or(now.plus(DOUBT_NS));
            self.children[child].doubted_until_ns = Some(until);
        } else {
            self.children.remove(child);
        }
        let goes_on = match report.event {
            OrderEvent::Denied(refusal) if refusal.check == Check::DuplicateOrder => {
                self.parents[at].gap_ns = refusal.limit.max(0) as u64;
                true
            }
            OrderEvent::Denied(refusal) => passes(refusal.check),
            // The third: it took what there was, and that was nothing.
            OrderEvent::Rejected(reason) => {
                reason.passes() || matches!(reason, RejectReason::PostOnlyWouldTake | RejectReason::CannotFillWhole)
            }
            // One that takes is over at once, filled or not; one that rests was ended by its venue, unless we asked for it.
            OrderEvent::Filled { .. } if rests => return,
            _ if rests && slice.is_ending => {
                self.parents[at].refused = 0; // it stood until we asked: where nothing is changed, that is its `Updated`
                return;
            }
            _ if rests => true,
            _ => {
                self.parents[at].refused = 0; // a market that moves away is no reason to give up
                true
            }
        };
        let is_tried_enough = self.parents[at].refused >= TRIES_MAX;
        self.pause(at, now);
        if !goes_on || is_tried_enough {
            let parent = &mut self.parents[at];
            (parent.stage, parent.due_at_ns) = (parent.stage.after(News::Withdrawn), NEVER);
        }
    }

    /// Lets go of orders that are over and of which no slice stands.
    fn forget(&mut self) {
        let mut at = 0;
        while at < self.parents.len() {
            let (counter, is_over) = (self.parents[at].counter(), self.parents[at].stage == Stage::Over);
            if is_over && self.live(counter).is_none() {
                self.children.retain(|child| child.order.parent != counter);
                self.parents.remove(at);
            } else {
                at += 1;
            }
        }
    }
}
