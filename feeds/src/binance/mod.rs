//! Binance: spot, USD-M and COIN-M. One protocol with three sets of hosts and two sequence rules.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, [`from_exchange_info`] reads which
//! instruments there are; `session` says how the venue is talked to, `gateway` and `sign` how orders are.

pub(crate) mod decode;
mod fast;
mod listing;
mod template;

pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

pub(crate) use listing::describe;
pub use listing::from_exchange_info;
