//! A simulated exchange on loopback sockets that speaks Binance's real protocol.
//!
//! Owns: a seeded market (`market`), the protocol's texts (`wire`, `rest`), the one thread that serves them (`server`),
//! and faults on request (`fault`). What a client sees differs from the real venue only by its address.
//!
//! Never: any knowledge of our feeds or engine; a spin; an unbounded buffer; randomness that the seed does not give.
//!
//! Enter at [`SimulatedVenue::start`]; the market by itself is [`market::Market`].

mod candle;
mod connection;
mod depth;
mod exchange;
mod fault;
mod figures;
mod http;
mod listing;
pub mod market;
mod random;
mod rest;
mod server;
mod session;
mod stream;
mod text;
mod venue;
mod wire;

pub use fault::Fault;
pub use figures::Figures;
pub use listing::Listing;
pub use venue::{Config, SimulatedVenue};

#[cfg(test)]
mod tests;
