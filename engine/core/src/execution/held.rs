//! Orders that the venue does not have, or has and is asked to change: held on our side, let go, changed.

use super::{Anomaly, Execution, OrderRow, Outcome};
use engine_model::intent::{Change, StrategyId};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::planted::planted;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::{Reply, ReplyKind, RequestKind};

impl Execution {
    pub(super) fn hold(&mut self, order: &Order, strategy: StrategyId, now: Nanos) -> Outcome {
        let report = self.step(OrderRow::held(order, strategy), OrderEvent::Emulated, now);
        Outcome { request: None, reports: [Some(report), None, None] }
    }

    /// The row of a held order; a release that crossed its end is noted.
    pub(super) fn held(&mut self, id: ClientOrderId) -> Option<OrderRow> {
        let row = self.orders.get_open(id).copied().filter(|row| row.is_held);
        if row.is_none() {
            self.anomalies.note(Anomaly::CrossedCancel, id);
        }
        row
    }

    pub(super) fn release(
        &mut self,
        order: &Order,
        barred: Option<Refusal>,
        decided_at_ns: Nanos,
        now: Nanos,
    ) -> Outcome {
        let Some(row) = self.held(order.client_order_id).and_then(|row| row.let_go(order.price(), order.qty)) else {
            return Outcome::default();
        };
        if let Some(refusal) = barred {
            return self.release_and_deny(row, refusal, now);
        }
        let request = self.request(&row, RequestKind::Place(*order), decided_at_ns, now);
        let reports = self.step_twice(row, OrderEvent::Released, OrderEvent::Submitted, now);
        Outcome { request: Some(request), reports }
    }

    /// Judged again when its trigger came.
    pub(super) fn release_and_deny(&mut self, row: OrderRow, refusal: Refusal, now: Nanos) -> Outcome {
        let row = OrderRow { is_held: false, ..row };
        let reports = self.step_twice(row, OrderEvent::Released, OrderEvent::Denied(refusal), now);
        Outcome { request: None, reports }
    }

    pub(super) fn change(
        &mut self,
        change: &Change,
        barred: Option<Refusal>,
        decided_at_ns: Nanos,
        now: Nanos,
    ) -> Outcome {
        let Change { client_order_id: id, px, qty } = *change;
        let Some(row) = self.orders.get_open(id).copied() else {
            self.anomalies.note(Anomaly::CrossedCancel, id); // its end was faster, and is told
            return Outcome::default();
        };
        if row.is_held {
            return self.change_held(row, change, now); // nothing is barred that does not leave
        }
        if let Some(refusal) = barred {
            return self.deny_change(row, refusal, true, now);
        }
        let more = Lots((qty.0 - row.qty.0).max(0));
        // One question at a time: an answer does not tell which it answers.
        let stands = row.status.is_open() && row.status != OrderStatus::PendingCancel && !row.is_changing();
        let Some(row) = row.asked(px, qty).filter(|_| stands) else {
            self.anomalies.note(Anomaly::CrossedCancel, id); // its withdrawal, or a fill, was faster
            return self.deny_change(row, Refusal::new(Check::UnknownOrder, id.0 as i64, 0), true, now);
        };
        if let Some(refusal) = self.beyond_primary(&row, more) {
            return self.deny_change(row, refusal, true, now);
        }
        let request = self.request(&row, RequestKind::Modify { px, qty }, decided_at_ns, now);
        // The report tells what is asked for; the order stays what it is until the venue says otherwise.
        let report = self.step(OrderRow { px, qty, ..row }, OrderEvent::PendingUpdate, now);
        Outcome { request: Some(request), reports: [Some(report), None, None] }
    }

    /// Its desk has changed it already: told, so that whoever folds reports has its price and quantity. Nothing leaves.
    fn change_held(&mut self, row: OrderRow, change: &Change, now: Nanos) -> Outcome {
        let Some(changed) = row.changed(change.px, change.qty) else {
            return self.deny_change(
                row,
                Refusal::new(Check::UnknownOrder, row.client_order_id.0 as i64, 0),
                true,
                now,
            );
        };
        let changed = if planted("execution/held-change-untold") { row } else { changed };
        let report = self.step(changed, OrderEvent::Updated, now);
        Outcome { request: None, reports: [Some(report), None, None] }
    }

    /// Tells who wished for a change that there will be none. `was_granted`: risk counts with it.
    pub(super) fn deny_change(&mut self, row: OrderRow, refusal: Refusal, was_granted: bool, now: Nanos) -> Outcome {
        let report = self.step(row, OrderEvent::ModifyDenied { refusal, was_granted }, now);
        Outcome { request: None, reports: [Some(report), None, None] }
    }

    fn step_twice(&mut self, row: OrderRow, first: OrderEvent, second: OrderEvent, now: Nanos) -> super::Reports {
        let id = row.client_order_id;
        let first = self.step(row, first, now);
        let row = self.orders.get(id).copied();
        [Some(first), row.map(|row| self.step(row, second, now)), None]
    }

    /// Why so much more of a slice would be too much: the last gate before the venue, whatever was wished and judged. What
    /// all slices of an order did and may do never passes its quantity, and nothing leaves once it is over.
    pub(super) fn beyond_primary(&self, slice: &OrderRow, more: Lots) -> Option<Refusal> {
        let primary = self.orders.get(slice.primary()?).filter(|row| row.is_held)?;
        let limit = if primary.status.is_terminal() { 0 } else { primary.qty.0 };
        let value = primary.committed.0.saturating_add(more.0);
        let is_beyond = value > limit && !planted("execution/slices-pass-their-parent");
        is_beyond.then(|| Refusal::new(Check::ParentQty, value, limit))
    }

    /// What a slice's execution is to the order that is worked in parts.
    pub(super) fn worked(&mut self, slice: &OrderRow, reply: &Reply) -> Option<Report> {
        let ReplyKind::Filled { last_px, last_qty, .. } = reply.what else { return None };
        let primary = self.orders.get(slice.primary()?).copied().filter(|row| row.is_held)?;
        let event = OrderEvent::Worked(primary.progress(slice.client_order_id, last_px, last_qty));
        match primary.after(&event) {
            Ok(after) => Some(self.publish(&after, event, reply.venue_at_ns, reply.received_at_ns)),
            Err(anomaly) => {
                self.anomalies.note(anomaly, primary.client_order_id);
                None
            }
        }
    }
}
