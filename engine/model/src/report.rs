//! Our truth about orders: one report for each transition, published by execution, read by risk, strategies, the journal
//! and the bridges. Whoever folds the reports has the order table.

use crate::instrument::InstrumentId;
use crate::intent::StrategyId;
use crate::market::Side;
use crate::order::{ClientOrderId, OrderEvent, OrderStatus};
use crate::units::{Lots, Nanos, Ticks};

/// Whether an execution rested or crossed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Liquidity {
    /// It rested.
    #[default]
    Maker = 0,
    /// It crossed the spread.
    Taker = 1,
}

/// One transition of one order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub struct Report {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// Whose.
    pub strategy: StrategyId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Which side.
    pub side: Side,
    /// What happened.
    pub event: OrderEvent,
    /// The status after it.
    pub status: OrderStatus,
    /// Counter of the order that this one is a slice of; 0 = none.
    pub parent: u32,
    /// Order quantity.
    pub qty: Lots,
    /// Order price (0 for a market order).
    pub px: Ticks,
    /// Filled so far, this event included.
    pub filled_qty: Lots,
    /// The venue's time; 0 for what happened on our side.
    pub venue_at_ns: Nanos,
    /// When we knew.
    pub received_at_ns: Nanos,
}

const _: () = assert!(size_of::<Report>() == 128, "a report is two cache lines");
