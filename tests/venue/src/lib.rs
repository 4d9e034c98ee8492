//! A simulated exchange on loopback sockets that speaks a real venue's protocol.
//!
//! Owns: a seeded market (`market`), accounts that trade on it (`account`), the one thread that serves both (`server`),
//! faults on request (`fault`), and each protocol in a folder of its own: its texts, what it told so far, its sessions, its
//! private side where it has one (`protocol` is the list of them). What a client sees differs from the real venue only by its
//! address.
//!
//! Never: any knowledge of our feeds or engine; a spin; an unbounded buffer; randomness that the seed does not give.
//!
//! Enter at [`SimulatedVenue::start`]; the market by itself is [`market::Market`]. Whoever adds a private side begins at
//! `account`.

pub mod account;
#[cfg(test)]
mod at_hand;
mod binance;
mod bitget;
mod bybit;
mod candle;
mod coinbase;
mod connection;
mod deribit;
mod exchange;
mod fault;
mod figures;
mod floor;
mod gate;
mod http;
mod hyperliquid;
mod kraken;
mod kraken_futures;
mod listing;
mod margin;
pub mod market;
mod moment;
mod object;
mod okx;
mod past;
pub mod proof;
mod protocol;
mod random;
mod server;
mod stream;
mod text;
mod venue;
mod view;
mod weights;

pub use exchange::Truth;
pub use fault::Fault;
pub use figures::Figures;
pub use listing::Listing;
pub use past::{PastCandle, PastTrade};
pub use venue::{Config, SimulatedVenue};

#[cfg(test)]
mod tests;
