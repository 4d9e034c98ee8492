//! Orders: what is to be bought or sold ([`Order`]), the words for how and when ([`terms`]), and the law of their lives
//! ([`transition`]). Names follow FIX and NautilusTrader. *Denied* is our no, *Rejected* the venue's.

mod life;
pub mod terms;

pub use life::{InvalidTransition, OrderEvent, OrderStatus, Progress, transition};
pub use terms::{Contingency, OffsetUnit, OrderType, TermsFault, TimeInForce, TriggerType};

use crate::instrument::InstrumentId;
use crate::market::Side;
use crate::units::{Lots, Ticks};
use std::fmt;

/// Our id of an order (FIX ClOrdID 11): deterministic, never reused.
/// Bits 63..56 strategy, 55..32 epoch of the run, 31..0 counter from 1. 0 is no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientOrderId(pub u64);

impl ClientOrderId {
    /// The id of the `counter`-th order of a strategy in a run.
    #[must_use]
    pub const fn new(strategy: u8, epoch: u32, counter: u32) -> Self {
        assert!(epoch < 1 << 24, "an epoch has 24 bits");
        Self((strategy as u64) << 56 | (epoch as u64) << 32 | counter as u64)
    }

    /// The strategy's bits.
    #[must_use]
    pub const fn strategy(self) -> u8 {
        (self.0 >> 56) as u8
    }

    /// The epoch's bits.
    #[must_use]
    pub const fn epoch(self) -> u32 {
        (self.0 >> 32) as u32 & 0x00ff_ffff
    }

    /// The counter's bits.
    #[must_use]
    pub const fn counter(self) -> u32 {
        self.0 as u32
    }
}

impl fmt::Display for ClientOrderId {
    /// As the venue gets it: `R1-2-3` = strategy 1, epoch 2, order 3.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}-{}-{}", self.strategy(), self.epoch(), self.counter())
    }
}

/// What is to be bought or sold, and when. Says nothing of permission: see `Approved` in `engine/core/src/risk`.
///
/// An ordinary order fills in the first nine fields. The others are zero unless its type, time in force or list asks for
/// them ([`Order::fault`] tells which); a venue that does not know of them never sees them, see
/// [`Native`](crate::native::Native).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Our id.
    pub client_order_id: ClientOrderId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How it is priced.
    pub order_type: OrderType,
    /// How long it stands.
    pub time_in_force: TimeInForce,
    /// Must rest: the venue rejects it if it would take.
    pub post_only: bool,
    /// May only make the position smaller.
    pub reduce_only: bool,
    /// Limit price, of the types that have one; 0 for a trailing stop, whose limit follows its trigger.
    pub px: Ticks,
    /// Quantity, positive.
    pub qty: Lots,
    /// The price at which it is let go (FIX StopPx 99); a trailing stop may leave it 0: then it is the first price less the
    /// offset.
    pub trigger_px: Ticks,
    /// Most that is shown at once (FIX MaxFloor 111); 0 = all.
    pub display_qty: Lots,
    /// Which price pulls the trigger.
    pub trigger_type: TriggerType,
    /// In what the two offsets are counted.
    pub offset_unit: OffsetUnit,
    /// How it is tied to other orders of its strategy.
    pub contingency: Contingency,
    /// How far a trailing stop's trigger stays behind the best price since.
    pub trailing_offset: u32,
    /// How far beyond its trigger a trailing stop limit's limit lies.
    pub limit_offset: u32,
    /// When a `Gtd` order ends: seconds of Unix time.
    pub expire_at_s: u32,
    /// Counter of the order whose fills let this one go, or that this is a slice of; 0 = none.
    pub parent: u32,
    /// Counter of the first of the orders that are tied to each other; 0 = none.
    pub list: u32,
}

const _: () = assert!(size_of::<Order>() <= 80, "an order fits a request of two cache lines and an intent of two");
