//! Binance: spot, USD-M and COIN-M. One protocol with three sets of hosts and two sequence rules.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, [`from_exchange_info`] reads which
//! instruments there are; [`feed`] is the stage that connects it all to the venue.

pub(crate) mod decode;
mod fast;
mod line;
mod listing;
mod overlap;
mod snapshots;
mod talk;
mod template;
mod watched;

pub mod feed;
pub mod gauges;

pub mod route;
pub mod settings;
pub mod wire;

pub(crate) use listing::describe;
pub use listing::from_exchange_info;
