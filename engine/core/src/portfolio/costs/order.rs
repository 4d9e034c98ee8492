//! What is known of one order's cost.

use super::tally::Tally;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderStatus};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Ticks};

/// The market when an order was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Best bid.
    pub bid: Ticks,
    /// Best ask.
    pub ask: Ticks,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderCost {
    /// Which.
    pub id: ClientOrderId,
    /// Whose.
    pub strategy: StrategyId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Bought or sold.
    pub side: Side,
    /// Status; `None` until a report told it.
    pub status: Option<OrderStatus>,
    /// Wished.
    pub qty: Lots,
    /// The order that it is part of: the one it is a slice of or waits for, else the first of its list.
    pub part_of: Option<ClientOrderId>,
    /// What its price is held against: the market when it was decided; of a slice, when the whole was. `None`: no decision
    /// is known, or the book told no middle then.
    pub arrival: Option<Arrival>,
    /// The market when this order was decided.
    pub touch: Option<Arrival>,
    /// Receive time of the event that led to it.
    pub caused_at_ns: Option<Nanos>,
    /// When it was decided: of a held one with a trigger, when it was let go.
    pub decided_at_ns: Option<Nanos>,
    /// When it was sent.
    pub sent_at_ns: Option<Nanos>,
    /// When the venue was known to have it.
    pub acked_at_ns: Option<Nanos>,
    /// When its first execution was known.
    pub first_fill_at_ns: Option<Nanos>,
    /// Held with a trigger: what comes of it is decided when it is let go.
    pub(super) waits: bool,
    /// The sums.
    pub tally: Tally,
}

impl OrderCost {
    pub(super) fn wished(order: &Order) -> Self {
        let id = order.client_order_id;
        Self {
            qty: order.qty,
            part_of: part_of(order),
            ..Self::bare(id, StrategyId(id.strategy()), order.instrument, order.side)
        }
    }

    /// An order that nothing is known of but what a report tells.
    pub(super) fn reported(report: &Report) -> Self {
        Self::bare(report.client_order_id, report.strategy, report.instrument, report.side)
    }

    fn bare(id: ClientOrderId, strategy: StrategyId, instrument: InstrumentId, side: Side) -> Self {
        Self {
            id,
            strategy,
            instrument,
            side,
            status: None,
            qty: Lots(0),
            part_of: None,
            arrival: None,
            touch: None,
            caused_at_ns: None,
            decided_at_ns: None,
            sent_at_ns: None,
            acked_at_ns: None,
            first_fill_at_ns: None,
            waits: false,
            tally: Tally::default(),
        }
    }

    /// Whether it is over, as far as it was told.
    pub(super) fn is_over(&self) -> bool {
        self.status.is_some_and(OrderStatus::is_terminal)
    }
}

/// The id of the order that this one is part of.
fn part_of(order: &Order) -> Option<ClientOrderId> {
    let id = order.client_order_id;
    let counter = if order.parent == 0 { order.list } else { order.parent };
    (counter != 0 && counter != id.counter()).then(|| ClientOrderId::new(id.strategy(), id.epoch(), counter))
}
