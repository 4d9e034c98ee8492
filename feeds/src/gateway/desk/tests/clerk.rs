//! The engine's table of orders, a fold of what the desk tells by the law of orders.

use super::*;
use engine_model::order::{OrderEvent, OrderStatus, transition};
use std::collections::{BTreeMap, BTreeSet};

/// An order by the engine's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) status: OrderStatus,
    former: OrderStatus,
    pub(super) qty: i64,
    pub(super) filled: i64,
    /// The quantity of changes that are not answered; 0: none.
    asked: i64,
}

impl Row {
    pub(super) fn new(status: OrderStatus, qty: i64) -> Self {
        Self { status, former: status, qty, filled: 0, asked: 0 }
    }

    /// Whether a change is not answered: risk denies another one.
    pub(super) fn is_changing(&self) -> bool {
        self.asked != 0
    }

    fn step(&mut self, event: &OrderEvent) -> Result<(), String> {
        let next = transition(self.status, self.former, event, Lots(self.qty.max(self.asked) - self.filled));
        (self.status, self.former) = next.map_err(|invalid| invalid.to_string())?;
        Ok(())
    }
}

/// The engine's table.
#[derive(Clone, Debug, Default)]
pub(super) struct Clerk {
    pub(super) rows: BTreeMap<ClientOrderId, Row>,
    trades: BTreeSet<(ClientOrderId, u64)>,
    /// What was held when the run began, and what was executed since.
    pub(super) position: i64,
    sides: BTreeMap<ClientOrderId, Side>,
}

impl Clerk {
    /// What the engine does to an order before it asks the venue for it.
    pub(super) fn asks(&mut self, id: ClientOrderId, what: &RequestKind) {
        let row = match what {
            RequestKind::Place(order) => {
                self.sides.insert(id, order.side);
                self.rows.insert(id, Row::new(OrderStatus::Initialized, order.qty.0));
                self.rows.get_mut(&id).expect("there").step(&OrderEvent::Submitted)
            }
            RequestKind::Cancel => self.rows.get_mut(&id).expect("ours").step(&OrderEvent::PendingCancel),
            RequestKind::Modify { qty, .. } => {
                let row = self.rows.get_mut(&id).expect("ours");
                row.asked = row.asked.max(qty.0);
                row.step(&OrderEvent::PendingUpdate)
            }
        };
        row.expect("the law has it");
    }

    /// Folds a reply in as execution does: what the law has no row for is an error, but for two messages that crossed.
    pub(super) fn hears(&mut self, reply: &Reply) -> Result<(), String> {
        let id = reply.client_order_id;
        if let ReplyKind::Opened(opening) = reply.what {
            self.position += opening.qty.0;
            return Ok(());
        }
        if let ReplyKind::Adopted { side, qty, filled, .. } = reply.what {
            self.sides.insert(id, side);
            let row = Row { filled: filled.0, ..Row::new(OrderStatus::Accepted, qty.0) };
            return self.rows.insert(id, row).map_or(Ok(()), |row| Err(format!("{row:?} was adopted twice")));
        }
        let row = self.rows.get_mut(&id).ok_or_else(|| format!("{} was never sent", tell(reply)))?;
        let was = row.status;
        let event = match reply.what {
            ReplyKind::Accepted => OrderEvent::Accepted,
            ReplyKind::Triggered => OrderEvent::Triggered,
            ReplyKind::Rejected(reason) => OrderEvent::Rejected(reason),
            ReplyKind::Canceled => OrderEvent::Canceled,
            ReplyKind::Expired => OrderEvent::Expired,
            ReplyKind::CancelRejected(reason) => OrderEvent::CancelRejected(reason),
            ReplyKind::ModifyRejected(reason) => {
                row.asked = 0;
                OrderEvent::ModifyRejected(reason)
            }
            ReplyKind::Updated { qty, .. } => {
                if qty.0 <= row.filled {
                    return Err(format!("{} of {} are executed", row.filled, qty.0));
                }
                (row.qty, row.asked) = (qty.0, 0);
                OrderEvent::Updated
            }
            ReplyKind::Filled { trade_id, last_px, last_qty, fee, liquidity } => {
                if !self.trades.insert((id, trade_id)) {
                    return Err(format!("execution {trade_id} was told twice"));
                }
                row.filled += last_qty.0;
                self.position += self.sides[&id].sign() * last_qty.0;
                if row.filled > row.qty.max(row.asked) {
                    return Err(format!("{} of {} are executed", row.filled, row.qty));
                }
                row.qty = if row.filled > row.qty { row.asked } else { row.qty };
                OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity }
            }
            ReplyKind::Paid(_) | ReplyKind::ClosedOut { .. } | ReplyKind::Adopted { .. } | ReplyKind::Opened(_) => {
                return Ok(());
            }
        };
        let crossed = matches!(event, OrderEvent::CancelRejected(_) | OrderEvent::ModifyRejected(_));
        match row.step(&event) {
            // The rest stays withdrawn.
            Ok(()) if was.is_terminal() && row.status == OrderStatus::PartiallyFilled => {
                let end = if was == OrderStatus::Expired { OrderEvent::Expired } else { OrderEvent::Canceled };
                row.step(&end)
            }
            Err(_) if crossed => Ok(()),
            stepped => stepped.map_err(|why| format!("{}: {why}", tell(reply))),
        }
    }
}
