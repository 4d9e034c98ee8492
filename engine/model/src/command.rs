//! What people ask of a running engine. Commands go through risk like any wish.

use crate::intent::StrategyId;
use crate::limit::{Scope, TradingState};
use crate::steer::Steer;
use crate::units::Nanos;
use crate::venue::VenueId;

/// A command on the `command` ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub struct Command {
    /// Matches the answer to the question.
    pub id: u64,
    /// When it was asked.
    pub asked_at_ns: Nanos,
    /// What is asked.
    pub what: CommandKind,
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommandKind {
    /// Withdraw every working order.
    #[default]
    CancelAll,
    /// Change whether orders pass. `Halted` also withdraws every working order of the scope.
    SetTradingState {
        /// Of what.
        scope: Scope,
        /// To what.
        state: TradingState,
    },
    /// The engine ends: halt everything. Says nothing of the run after this one.
    End,
    /// Halt everything, and close every position by reduce-only orders.
    Flatten,
    /// What we know of a venue's account agrees with what the venue says, or no longer does: its gate for orders.
    SetGate {
        /// Which venue.
        venue: VenueId,
        /// Whether orders pass.
        is_open: bool,
    },
    /// One limit of the run becomes that, and of every strategy as far as its own is not tighter. Never looser than it was
    /// when the run began.
    SetLimit {
        /// Place in [`Limits::TABLE`](crate::limit::Limits::TABLE).
        limit: u8,
        /// In units as stored.
        value: i64,
    },
    /// A strategy starts, pauses, stops or takes another parameter. Execution tells it so, among its reports.
    Steer {
        /// Which.
        strategy: StrategyId,
        /// What is asked of it.
        what: Steer,
    },
}
