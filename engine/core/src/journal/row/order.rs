//! The rows of an order and of a report.

use super::{
    RefusalRow, SteerRow, closeout_cause, contingency, contingency_number, liquidity, offset_unit, order_status,
    order_type, payment_kind, reject_reason, side, time_in_force, trigger_type,
};
use engine_model::closeout::Closeout;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::order::{ClientOrderId, Order, OrderEvent, Progress};
use engine_model::payment::{AssetId, Payment};
use engine_model::position::Opening;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use rkyv::{Archive, Deserialize, Serialize};

#[derive(Archive, Serialize, Deserialize)]
pub(super) struct OrderRow {
    client_order_id: u64,
    instrument: u32,
    side: u8,
    order_type: u8,
    time_in_force: u8,
    post_only: bool,
    reduce_only: bool,
    px: i64,
    qty: i64,
    trigger_px: i64,
    display_qty: i64,
    trigger_type: u8,
    offset_unit: u8,
    contingency: u8,
    trailing_offset: u32,
    limit_offset: u32,
    expire_at_s: u32,
    parent: u32,
    list: u32,
}

impl From<&Order> for OrderRow {
    fn from(order: &Order) -> Self {
        Self {
            client_order_id: order.client_order_id.0,
            instrument: order.instrument.0,
            side: order.side as u8,
            order_type: order.order_type as u8,
            time_in_force: order.time_in_force as u8,
            post_only: order.post_only,
            reduce_only: order.reduce_only,
            px: order.px.0,
            qty: order.qty.0,
            trigger_px: order.trigger_px.0,
            display_qty: order.display_qty.0,
            trigger_type: order.trigger_type as u8,
            offset_unit: order.offset_unit as u8,
            contingency: contingency_number(order.contingency),
            trailing_offset: order.trailing_offset,
            limit_offset: order.limit_offset,
            expire_at_s: order.expire_at_s,
            parent: order.parent,
            list: order.list,
        }
    }
}

impl OrderRow {
    pub(super) fn into_order(self) -> Option<Order> {
        Some(Order {
            client_order_id: ClientOrderId(self.client_order_id),
            instrument: InstrumentId(self.instrument),
            side: side(self.side)?,
            order_type: order_type(self.order_type)?,
            time_in_force: time_in_force(self.time_in_force)?,
            post_only: self.post_only,
            reduce_only: self.reduce_only,
            px: Ticks(self.px),
            qty: Lots(self.qty),
            trigger_px: Ticks(self.trigger_px),
            display_qty: Lots(self.display_qty),
            trigger_type: trigger_type(self.trigger_type)?,
            offset_unit: offset_unit(self.offset_unit)?,
            contingency: contingency(self.contingency)?,
            trailing_offset: self.trailing_offset,
            limit_offset: self.limit_offset,
            expire_at_s: self.expire_at_s,
            parent: self.parent,
            list: self.list,
        })
    }
}

#[derive(Archive, Serialize, Deserialize)]
enum OrderEventRow {
    Initialized,
    Denied(RefusalRow),
    Emulated,
    Released,
    Submitted,
    Accepted,
    Rejected { reason: u8 },
    Triggered,
    PendingUpdate,
    PendingCancel,
    Updated,
    ModifyRejected { reason: u8 },
    ModifyDenied { refusal: RefusalRow, was_granted: bool },
    CancelRejected { reason: u8 },
    Canceled,
    Expired,
    Filled { trade_id: u64, last_px: i64, last_qty: i64, fee: i64, liquidity: u8 },
    Paid { kind: u8, asset: u16, amount: i64 },
    Worked { slice: u32, slices: u32, last_px: i64, last_qty: i64, average_milliticks: i64 },
    Opened { qty: i64, avg_px_milliticks: i64 },
    ClosedOut { cause: u8, trade_id: u64, px: i64, qty: i64, fee: i64 },
    Steered(SteerRow),
}

impl From<&OrderEvent> for OrderEventRow {
    fn from(event: &OrderEvent) -> Self {
        match *event {
            OrderEvent::Initialized => Self::Initialized,
            OrderEvent::Denied(refusal) => Self::Denied(RefusalRow::from(&refusal)),
            OrderEvent::Emulated => Self::Emulated,
            OrderEvent::Released => Self::Released,
            OrderEvent::Submitted => Self::Submitted,
            OrderEvent::Accepted => Self::Accepted,
            OrderEvent::Rejected(reason) => Self::Rejected { reason: reason as u8 },
            OrderEvent::Triggered => Self::Triggered,
            OrderEvent::PendingUpdate => Self::PendingUpdate,
            OrderEvent::PendingCancel => Self::PendingCancel,
            OrderEvent::Updated => Self::Updated,
            OrderEvent::ModifyRejected(reason) => Self::ModifyRejected { reason: reason as u8 },
            OrderEvent::ModifyDenied { refusal, was_granted } => {
                Self::ModifyDenied { refusal: RefusalRow::from(&refusal), was_granted }
            }
            OrderEvent::CancelRejected(reason) => Self::CancelRejected { reason: reason as u8 },
            OrderEvent::Canceled => Self::Canceled,
            OrderEvent::Expired => Self::Expired,
            OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity } => Self::Filled {
                trade_id,
                last_px: last_px.0,
                last_qty: last_qty.0,
                fee: fee.0,
                liquidity: liquidity as u8,
            },
            OrderEvent::Worked(Progress { slice, slices, last_px, last_qty, average_milliticks }) => {
                Self::Worked { slice, slices, last_px: last_px.0, last_qty: last_qty.0, average_milliticks }
            }
            OrderEvent::Paid(Payment { kind, asset, amount }) => {
                Self::Paid { kind: kind as u8, asset: asset.0, amount: amount.0 }
            }
            OrderEvent::Opened(Opening { qty, avg_px_milliticks }) => Self::Opened { qty: qty.0, avg_px_milliticks },
            OrderEvent::Steered(what) => Self::Steered(SteerRow::from(&what)),
            OrderEvent::ClosedOut(Closeout { cause, trade_id, px, qty, fee }) => {
                Self::ClosedOut { cause: cause as u8, trade_id, px: px.0, qty: qty.0, fee: fee.0 }
            }
        }
    }
}

impl OrderEventRow {
    fn into_event(self) -> Option<OrderEvent> {
        Some(match self {
            Self::Initialized => OrderEvent::Initialized,
            Self::Denied(refusal) => OrderEvent::Denied(refusal.into_refusal()?),
            Self::Emulated => OrderEvent::Emulated,
            Self::Released => OrderEvent::Released,
            Self::Submitted => OrderEvent::Submitted,
            Self::Accepted => OrderEvent::Accepted,
            Self::Rejected { reason } => OrderEvent::Rejected(reject_reason(reason)?),
            Self::Triggered => OrderEvent::Triggered,
            Self::PendingUpdate => OrderEvent::PendingUpdate,
            Self::PendingCancel => OrderEvent::PendingCancel,
            Self::Updated => OrderEvent::Updated,
            Self::ModifyRejected { reason } => OrderEvent::ModifyRejected(reject_reason(reason)?),
            Self::ModifyDenied { refusal, was_granted } => {
                OrderEvent::ModifyDenied { refusal: refusal.into_refusal()?, was_granted }
            }
            Self::CancelRejected { reason } => OrderEvent::CancelRejected(reject_reason(reason)?),
            Self::Canceled => OrderEvent::Canceled,
            Self::Expired => OrderEvent::Expired,
            Self::Filled { trade_id, last_px, last_qty, fee, liquidity: made } => OrderEvent::Filled {
                trade_id,
                last_px: Ticks(last_px),
                last_qty: Lots(last_qty),
                fee: Quote(fee),
                liquidity: liquidity(made)?,
            },
            Self::Worked { slice, slices, last_px, last_qty, average_milliticks } => {
                let (last_px, last_qty) = (Ticks(last_px), Lots(last_qty));
                OrderEvent::Worked(Progress { slice, slices, last_px, last_qty, average_milliticks })
            }
            Self::Paid { kind, asset, amount } => {
                OrderEvent::Paid(Payment { kind: payment_kind(kind)?, asset: AssetId(asset), amount: Quote(amount) })
            }
            Self::Opened { qty, avg_px_milliticks } => {
                OrderEvent::Opened(Opening { qty: Lots(qty), avg_px_milliticks })
            }
            Self::Steered(row) => OrderEvent::Steered(row.into_steer()),
            Self::ClosedOut { cause, trade_id, px, qty, fee } => {
                let (cause, px, qty, fee) = (closeout_cause(cause)?, Ticks(px), Lots(qty), Quote(fee));
                OrderEvent::ClosedOut(Closeout { cause, trade_id, px, qty, fee })
            }
        })
    }
}

/// See [`Report`].
#[derive(Archive, Serialize, Deserialize)]
pub(in crate::journal) struct ReportRow {
    client_order_id: u64,
    strategy: u8,
    instrument: u32,
    side: u8,
    event: OrderEventRow,
    status: u8,
    parent: u32,
    qty: i64,
    px: i64,
    filled_qty: i64,
    venue_at_ns: u64,
    received_at_ns: u64,
}

impl From<&Report> for ReportRow {
    fn from(report: &Report) -> Self {
        Self {
            client_order_id: report.client_order_id.0,
            strategy: report.strategy.0,
            instrument: report.instrument.0,
            side: report.side as u8,
            event: OrderEventRow::from(&report.event),
            status: report.status as u8,
            parent: report.parent,
            qty: report.qty.0,
            px: report.px.0,
            filled_qty: report.filled_qty.0,
            venue_at_ns: report.venue_at_ns.0,
            received_at_ns: report.received_at_ns.0,
        }
    }
}

impl ReportRow {
    pub(in crate::journal) fn into_report(self) -> Option<Report> {
        Some(Report {
            client_order_id: ClientOrderId(self.client_order_id),
            strategy: StrategyId(self.strategy),
            instrument: InstrumentId(self.instrument),
            side: side(self.side)?,
            event: self.event.into_event()?,
            status: order_status(self.status)?,
            parent: self.parent,
            qty: Lots(self.qty),
            px: Ticks(self.px),
            filled_qty: Lots(self.filled_qty),
            venue_at_ns: Nanos(self.venue_at_ns),
            received_at_ns: Nanos(self.received_at_ns),
        })
    }
}
