//! What happened to an account, whole, so that a protocol can tell it in as many texts as its venue sends.
//!
//! Owns: the value. Never: a text.

use super::order::{Fill, Order};
use super::wallet::{Balance, Position};
use engine_model::instrument::Name;

/// Why an order changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Entered,
    /// Its price came: it is what it would have been without a trigger.
    Triggered,
    Filled,
    /// Price or quantity are others now.
    Changed,
    /// It ended: [`Order::state`] says how.
    Ended,
}

/// One change of one order, and what came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Position of the account.
    pub(crate) account: usize,
    /// Rising by one a venue, from 1.
    pub(crate) number: u64,
    /// Venue time, in nanoseconds since the epoch.
    pub(crate) at_ns: u64,
    pub(crate) cause: Cause,
    /// As it is after it.
    pub(crate) order: Order,
    /// With [`Cause::Filled`].
    pub(crate) fill: Option<Fill>,
    /// Assets that changed, as they are after it, and by how much the total grew.
    pub(crate) balances: Vec<(Name, Balance, i128)>,
    /// The position after it, of a fill of a contract.
    pub(crate) position: Option<Position>,
}
