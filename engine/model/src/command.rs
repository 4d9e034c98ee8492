//! What people ask of a running engine. Commands go through risk like any wish.

use crate::limit::TradingState;
use crate::units::Nanos;

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
    /// Change whether orders pass. `Halted` also withdraws every working order.
    SetTradingState(TradingState),
}
