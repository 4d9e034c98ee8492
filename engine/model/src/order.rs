//! Orders and the law of their lives: one match over (status, event). Names follow FIX and NautilusTrader.
//! *Denied* is our no, *Rejected* the venue's.

use crate::instrument::InstrumentId;
use crate::market::Side;
use crate::refusal::Refusal;
use crate::report::Liquidity;
use crate::units::{Lots, Quote, Ticks};
use crate::venue::RejectReason;
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

/// How an order is priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum OrderType {
    /// At `px` or better.
    #[default]
    Limit = 0,
    /// At what is there; risk turns it into an IOC limit at the collar before it leaves.
    Market = 1,
}

/// How long an order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TimeInForce {
    /// Until canceled.
    #[default]
    Gtc = 0,
    /// Immediate or cancel.
    Ioc = 1,
    /// Fill or kill.
    Fok = 2,
}

/// What is to be bought or sold. Says nothing of permission: see `Approved` in `engine/core/src/risk`.
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
    /// Limit price; ignored for market orders.
    pub px: Ticks,
    /// Quantity, positive.
    pub qty: Lots,
}

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OrderStatus {
    /// Made, not yet judged.
    #[default]
    Initialized = 0,
    /// Refused by us.
    Denied = 1,
    /// Held on our side until its trigger.
    Emulated = 2,
    /// Its trigger came; about to be submitted.
    Released = 3,
    /// Sent, not yet acknowledged.
    Submitted = 4,
    /// Standing at the venue.
    Accepted = 5,
    /// Refused by the venue.
    Rejected = 6,
    /// A stop whose trigger came at the venue.
    Triggered = 7,
    /// A change was asked for.
    PendingUpdate = 8,
    /// A cancel was asked for.
    PendingCancel = 9,
    /// Filled in part.
    PartiallyFilled = 10,
    /// Filled whole.
    Filled = 11,
    /// Withdrawn.
    Canceled = 12,
    /// Its time ran out.
    Expired = 13,
}

impl OrderStatus {
    /// Whether nothing more can happen to the order: it holds no room at the venue and in no table.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Denied | Self::Rejected | Self::Filled | Self::Canceled | Self::Expired)
    }

    /// The name used in JSON and messages, as FIX and NautilusTrader spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialized => "INITIALIZED",
            Self::Denied => "DENIED",
            Self::Emulated => "EMULATED",
            Self::Released => "RELEASED",
            Self::Submitted => "SUBMITTED",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Triggered => "TRIGGERED",
            Self::PendingUpdate => "PENDING_UPDATE",
            Self::PendingCancel => "PENDING_CANCEL",
            Self::PartiallyFilled => "PARTIALLY_FILLED",
            Self::Filled => "FILLED",
            Self::Canceled => "CANCELED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderEvent {
    /// It was made.
    #[default]
    Initialized,
    /// Risk said no.
    Denied(Refusal),
    /// It is held on our side.
    Emulated,
    /// Its trigger came on our side.
    Released,
    /// It was sent.
    Submitted,
    /// The venue has it.
    Accepted,
    /// The venue refused it.
    Rejected(RejectReason),
    /// Its trigger came at the venue.
    Triggered,
    /// A change was asked for.
    PendingUpdate,
    /// A cancel was asked for.
    PendingCancel,
    /// The change took effect.
    Updated,
    /// The change was refused.
    ModifyRejected(RejectReason),
    /// The cancel was refused.
    CancelRejected(RejectReason),
    /// It was withdrawn.
    Canceled,
    /// Its time ran out.
    Expired,
    /// It executed, in whole or in part.
    Filled {
        /// The venue's id of the execution.
        trade_id: u64,
        /// Price of this execution.
        last_px: Ticks,
        /// Quantity of this execution.
        last_qty: Lots,
        /// Fee of this execution, settlement currency.
        fee: Quote,
        /// Whether we rested or crossed.
        liquidity: Liquidity,
    },
}
