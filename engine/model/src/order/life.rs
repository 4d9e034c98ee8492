//! The law of an order's life: fourteen states, what can happen, and one match over (status, event).

use crate::closeout::Closeout;
use crate::payment::Payment;
use crate::position::Opening;
use crate::refusal::Refusal;
use crate::report::Liquidity;
use crate::steer::Steer;
use crate::units::{Lots, Quote, Ticks};
use crate::venue::RejectReason;
use std::fmt;

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
    /// Over (the group *closed*): it holds no room at the venue. Only a late fill can still come, and only after
    /// `Canceled` or `Expired`.
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

    /// Every status, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Initialized,
        Self::Denied,
        Self::Emulated,
        Self::Released,
        Self::Submitted,
        Self::Accepted,
        Self::Rejected,
        Self::Triggered,
        Self::PendingUpdate,
        Self::PendingCancel,
        Self::PartiallyFilled,
        Self::Filled,
        Self::Canceled,
        Self::Expired,
    ];

    /// Still with us: the venue has not heard of it.
    #[must_use]
    pub const fn is_active_local(self) -> bool {
        matches!(self, Self::Initialized | Self::Emulated | Self::Released)
    }

    /// Something was asked of the venue and is not answered.
    #[must_use]
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Submitted | Self::PendingUpdate | Self::PendingCancel)
    }

    /// Stands at the venue as far as we know.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::Triggered | Self::PendingUpdate | Self::PendingCancel | Self::PartiallyFilled
        )
    }
}

/// How far an order is that is worked in parts. What is left of it is in its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Counter of the slice that executed.
    pub slice: u32,
    /// Slices that have left so far.
    pub slices: u32,
    /// Price of this execution.
    pub last_px: Ticks,
    /// Quantity of this execution.
    pub last_qty: Lots,
    /// Average price of all so far, in 1/1000 tick, rounded down.
    pub average_milliticks: i64,
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
    /// The change was refused by us: the venue never heard of it, and the order is as it was.
    ModifyDenied {
        /// Why.
        refusal: Refusal,
        /// Whether risk had granted it, and counted with it until now: it was barred, or crossed other news, behind risk.
        was_granted: bool,
    },
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
    /// A slice of it executed: told of the order that is worked in parts, behind the slice's own report.
    Worked(Progress),
    /// Money moved without an execution: of this order (a fee in another asset), or of none (id 0: funding, interest). Not
    /// a step of an order's life: the law has no row for it, and whoever folds orders passes it by.
    Paid(Payment),
    /// The account held that when the run began. As [`Paid`](Self::Paid) no step of an order.
    Opened(Opening),
    /// The venue closed a position of ours by an execution that it placed itself. Of no order (id 0), and no step of one's
    /// life.
    ClosedOut(Closeout),
    /// A person asked that of the strategy. Of no order, either.
    Steered(Steer),
}

impl OrderEvent {
    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Initialized => "OrderInitialized",
            Self::Denied(_) => "OrderDenied",
            Self::Emulated => "OrderEmulated",
            Self::Released => "OrderReleased",
            Self::Submitted => "OrderSubmitted",
            Self::Accepted => "OrderAccepted",
            Self::Rejected(_) => "OrderRejected",
            Self::Triggered => "OrderTriggered",
            Self::PendingUpdate => "OrderPendingUpdate",
            Self::PendingCancel => "OrderPendingCancel",
            Self::Updated => "OrderUpdated",
            Self::ModifyRejected(_) => "OrderModifyRejected",
            Self::ModifyDenied { .. } => "OrderModifyDenied",
            Self::CancelRejected(_) => "OrderCancelRejected",
            Self::Canceled => "OrderCanceled",
            Self::Expired => "OrderExpired",
            Self::Filled { .. } => "OrderFilled",
            Self::Worked(_) => "OrderWorked",
            Self::Paid(_) => "AccountPaid",
            Self::Opened(_) => "PositionOpened",
            Self::ClosedOut(_) => "PositionClosedOut",
            Self::Steered(_) => "StrategySteered",
        }
    }

    /// Whether it is of the account or of a strategy, and no step of an order's life: whoever folds orders passes it by.
    #[must_use]
    pub const fn is_of_account(&self) -> bool {
        matches!(self, Self::Paid(_) | Self::Opened(_) | Self::ClosedOut(_) | Self::Steered(_))
    }
}

/// An event that the law has no row for. Counted and named by who met it, never applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTransition {
    /// Where the order was.
    pub status: OrderStatus,
    /// What was said to have happened.
    pub event: OrderEvent,
}

impl fmt::Display for InvalidTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not possible while {}", self.event.name(), self.status.name())
    }
}

/// The law of an order's life: the status after `event`, and the status that a refused change or cancel would give back
/// (equal to the status itself unless something is pending).
///
/// `leaves_qty` is what is left to fill after the event; a fill asks for it, and a refused change, behind which an order may
/// be whole that would have become larger.
#[rustfmt::skip]
pub const fn transition(
    status: OrderStatus,
    former: OrderStatus,
    event: &OrderEvent,
    leaves_qty: Lots,
) -> Result<(OrderStatus, OrderStatus), InvalidTransition> {
    use OrderEvent as E;
    use OrderStatus::{
        Accepted, Canceled, Denied, Emulated, Expired, Filled, Initialized, PartiallyFilled, PendingCancel, PendingUpdate,
        Rejected, Released, Submitted, Triggered,
    };
    let filled = if leaves_qty.0 > 0 { PartiallyFilled } else { Filled };
    let as_it_was = if leaves_qty.0 > 0 { former } else { Filled };
    let next = match (status, event) {
        (Initialized, E::Denied(_))                => Denied,           // risk said no
        (Initialized, E::Emulated)                 => Emulated,
        (Initialized, E::Released)                 => Released,
        (Initialized, E::Submitted)                => Submitted,        // the ordinary life
        (Initialized, E::Accepted)                 => Accepted,         // from here to the blank line: external orders,
        (Initialized, E::Triggered)                => Triggered,        // found at the venue and made known to us
        (Initialized, E::Rejected(_))              => Rejected,         // in the state they are in
        (Initialized, E::Canceled)                 => Canceled,
        (Initialized, E::Expired)                  => Expired,

        (Emulated, E::Released)                    => Released,
        (Emulated, E::Updated)                     => Emulated,         // changed where it is held
        (Emulated, E::Canceled)                    => Canceled,         // the venue never knew of it
        (Emulated, E::Expired)                     => Expired,

        (Released, E::Submitted)                   => Submitted,
        (Released, E::Denied(_))                   => Denied,           // judged again when its trigger came
        (Released, E::Canceled)                    => Canceled,

        (Submitted, E::Accepted)                   => Accepted,
        (Submitted, E::Rejected(_))                => Rejected,
        (Submitted, E::PendingUpdate)              => PendingUpdate,
        (Submitted, E::PendingCancel)              => PendingCancel,    // withdrawn before the venue answered
        (Submitted, E::Filled { .. })              => filled,           // the fill overtook the acknowledgement
        (Submitted, E::Canceled)                   => Canceled,         // IOC and FOK: nothing was there

        (Accepted, E::PendingUpdate)               => PendingUpdate,
        (Accepted, E::PendingCancel)               => PendingCancel,
        (Accepted, E::Updated)                     => Accepted,         // changed in place
        (Accepted, E::ModifyRejected(_))           => Accepted,         // the acknowledgement, or a fill, was faster than
        (Accepted, E::CancelRejected(_))           => Accepted,         // the refusal: told, so that nobody waits for it
        (Accepted, E::Triggered)                   => Triggered,
        (Accepted, E::Filled { .. })               => filled,
        (Accepted, E::Canceled)                    => Canceled,         // also unasked: self-trade prevention, the venue
        (Accepted, E::Expired)                     => Expired,
        (Accepted, E::Rejected(_))                 => Rejected,         // late refusal

        (Triggered, E::PendingUpdate)              => PendingUpdate,
        (Triggered, E::PendingCancel)              => PendingCancel,
        (Triggered, E::Updated)                    => Triggered,
        (Triggered, E::ModifyRejected(_))          => Triggered,
        (Triggered, E::CancelRejected(_))          => Triggered,
        (Triggered, E::Filled { .. })              => filled,
        (Triggered, E::Canceled)                   => Canceled,
        (Triggered, E::Expired)                    => Expired,
        (Triggered, E::Rejected(_))                => Rejected,

        (PendingUpdate, E::Updated)                => former,
        (PendingUpdate, E::ModifyRejected(_))      => as_it_was,
        (PendingUpdate, E::CancelRejected(_))      => PendingUpdate,    // the cancel of before
        (PendingUpdate, E::Accepted)               => Accepted,         // the acknowledgement of before
        (PendingUpdate, E::Triggered)              => Triggered,
        (PendingUpdate, E::PendingUpdate)          => PendingUpdate,    // asked again
        (PendingUpdate, E::PendingCancel)          => PendingCancel,
        (PendingUpdate, E::Filled { .. })          => filled,
        (PendingUpdate, E::Canceled)               => Canceled,
        (PendingUpdate, E::Expired)                => Expired,
        (PendingUpdate, E::Rejected(_))            => Rejected,

        (PendingCancel, E::CancelRejected(_))      => former,
        (PendingCancel, E::Accepted)               => Accepted,         // the acknowledgement of before
        (PendingCancel, E::Updated)                => PendingCancel,    // the change of before
        (PendingCancel, E::ModifyRejected(_))      => if leaves_qty.0 > 0 { PendingCancel } else { Filled },
        (PendingCancel, E::PendingCancel)          => PendingCancel,    // asked again
        (PendingCancel, E::Filled { .. })          => filled,           // the fill won the race
        (PendingCancel, E::Canceled)               => Canceled,
        (PendingCancel, E::Expired)                => Expired,
        (PendingCancel, E::Rejected(_))            => Rejected,

        (PartiallyFilled, E::PendingUpdate)        => PendingUpdate,
        (PartiallyFilled, E::PendingCancel)        => PendingCancel,
        (PartiallyFilled, E::Updated)              => PartiallyFilled,
        (PartiallyFilled, E::ModifyRejected(_))    => filled,           // the fill was faster than the refusal
        (PartiallyFilled, E::CancelRejected(_))    => PartiallyFilled,
        (PartiallyFilled, E::Filled { .. })        => filled,
        (PartiallyFilled, E::Canceled)             => Canceled,         // the rest was withdrawn
        (PartiallyFilled, E::Expired)              => Expired,

        (Emulated | Submitted | Accepted | Triggered | PendingUpdate | PendingCancel | PartiallyFilled, E::ModifyDenied { .. })
                                                   => status,           // nothing left for the venue

        (Emulated | Canceled | Expired, E::Worked(_)) => if leaves_qty.0 > 0 { status } else { Filled }, // by its slices

        (Canceled, E::Filled { .. })               => filled,           // was in flight when the cancel took effect
        (Expired, E::Filled { .. })                => filled,           // likewise; Nautilus calls this final, money does not

        _ => return Err(InvalidTransition { status, event: *event }),   // Denied, Rejected, Filled: nothing more happens
    };
    let pending = matches!(next, PendingUpdate | PendingCancel);
    let was_pending = matches!(status, PendingUpdate | PendingCancel);
    let former = match (pending, was_pending) {
        (true, true) => former,                                         // a second question: the first one's answer stands
        (true, false) => status,
        (false, _) => next,
    };
    Ok((next, former))
}
