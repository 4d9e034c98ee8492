//! A simulated exchange on loopback sockets that speaks Binance's real protocol.
//!
//! Owns: a seeded market (`market`), the protocol's texts (`wire`, `rest`), the one thread that serves them (`server`),
//! and faults on request (`fault`). What a client sees differs from the real venue only by its address.
//!
//! Never: any knowledge of our feeds or engine; a spin; an unbounded buffer; randomness that the seed does not give.
//!
//! Enter at [`SimulatedVenue::start`]; the market by itself is [`market::Market`].

pub mod listing;
pub mod market;
pub mod random;

#[cfg(test)]
mod tests;
