//! The truth of accounts at a simulated venue: keys, orders, executions, balances, positions. The same for every protocol.
//!
//! What a protocol's private side does with it:
//! - It is handed a [`Teller`] with each request. [`Teller::holder`] tells whose key it is ([`Holder`]: account and
//!   [`ApiKey`]); the signature is the protocol's to check (`crate::proof` has the primitives).
//! - It turns the request into an [`Entry`] or a [`Which`] and calls [`Teller::place`], [`Teller::wait`], [`Teller::modify`],
//!   [`Teller::cancel`], [`Teller::cancel_all`], [`Teller::dead_man`]; each gives the [`Order`] as it is after it, or a
//!   [`Refusal`] that the protocol says in its own words and codes. [`Refusal::Status`] is a fault to be said as that HTTP
//!   status; all other faults need nothing of the protocol.
//! - It asks with [`Teller::order`], [`Teller::open_orders`], [`Teller::fills`], [`Teller::balances`],
//!   [`Teller::positions`], [`Teller::used`].
//! - It says [`Teller::logs_in`] and [`Teller::subscribes`] where a login and a private subscription are granted.
//! - Every change of an order, whoever caused it, comes to its sessions as an [`Event`]: the order after it, the execution,
//!   the balances and the position that changed with it. They make their private texts of it.
//!
//! Prices are ticks, quantities lots, money 1e-8 of its asset, times nanoseconds since the epoch at the venue's clock. One
//! position a contract (no hedge mode), cross margin at the leverage of [`Rules`]; no liquidation, no funding.
//!
//! An account's orders are not in the public book and its trades are not in the public stream: one seed gives one market,
//! whoever trades on it. A taker takes what the book shows, and not twice before the market sets the level anew; a maker is
//! executed when the market would have met it (`maker`).
//!
//! Owns: all of that. Never: a text of a protocol, a socket, the wall clock.

mod accounts;
mod config;
mod entry;
mod event;
mod key;
mod ledger;
mod maker;
mod mishap;
mod money;
mod order;
mod rules;
mod teller;
mod trigger;
mod truth;
mod wallet;

pub(crate) use accounts::Accounts;
pub use config::AccountConfig;
pub(crate) use event::{Cause, Event};
pub use key::{
    ApiKey, READER, READER_P256, READER_WALLET, Rights, TRADER, TRADER_ED25519, TRADER_P256, TRADER_WALLET, WITHDRAWER,
    WITHDRAWER_P256, WITHDRAWER_WALLET,
};
pub(crate) use mishap::{Fate, Mishaps};
pub use mishap::{OrderFault, PrivateFault};
pub use order::{Amount, By, Entry, Fill, Order, Refusal, Stands, State, Trigger, Which};
pub(crate) use rules::LEVERAGE;
pub(crate) use teller::{Holder, Teller};
pub use truth::AccountTruth;
pub use wallet::{Balance, Position};

#[cfg(test)]
mod tests;
