//! A venue made of software, for paper trading and backtests.
//!
//! Owns: the [`venue`] that stands at the other end of the request and reply rings when no real one does; [`bars`],
//! what a rule would have come to over candles; [`sweep`], many such runs and how much of the best is luck; [`candles`],
//! candles as a market that goes through every stage; [`ticks`], what a run of all stages came to; [`declared`], what can be
//! set of a strategy.
//! Never: the wall clock, chance that nobody seeded, a socket. The core does not know that this crate exists.

pub mod bars;
pub mod candles;
pub mod declared;
mod dice;
pub mod sweep;
pub mod ticks;
pub mod venue;
