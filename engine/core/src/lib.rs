//! The trading core: the stages and the map of what runs.
//!
//! Owns: the topology, books and candles, strategies, risk, portfolio, execution, the journal, and the state hash.
//!
//! Never: sockets, async, venues' formats, users, a wall clock, files except the journal's. Time is handed in.
//!
//! Enter at [`topology`] (what runs).

/// What a run is set to, checked.
pub mod config;
/// What each stage counts, as lists that others show.
pub mod counters;
pub mod execution;
/// What the core acted on, in a file that only grows.
pub mod journal;
/// Books of whole messages, and what leaves for the `market` ring.
pub mod market;
pub mod market_state;
pub mod portfolio;
pub mod risk;
/// One number for all that the core holds.
pub mod state;
/// What wishes for orders, and the stage that lets it.
pub mod strategy;
mod tape;
/// The one declaration of what runs, checked while compiling.
pub mod topology;
/// The rings of a run, handed out end by end.
pub mod wiring;

#[cfg(test)]
mod test_instruments;
#[cfg(test)]
mod test_random;
