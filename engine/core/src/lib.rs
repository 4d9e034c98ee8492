//! The trading core: the stages and the map of what runs.
//!
//! Owns: the topology, books and candles, strategies, risk, portfolio, execution, the journal, and the state hash.
//!
//! Never: sockets, async, venues' formats, users, a wall clock, files except the journal's. Time is handed in.
//!
//! Enter at [`topology`] (what runs).

/// Books of whole messages, and what leaves for the `market` ring.
pub mod market;
/// The one declaration of what runs, checked while compiling.
pub mod topology;
