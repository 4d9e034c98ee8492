//! Binance: spot, USD-M and COIN-M. One protocol with three sets of hosts and two sequence rules.
//!
//! Enter at [`session`]: frames in, market data out. [`wire`] says what the venue sends, [`metadata`] how to learn which
//! instruments there are; [`feed`] is the stage that connects it all to the venue.

mod chain;
mod decode;
mod fast;
mod keep;
mod line;
mod overlap;
mod snapshots;
mod talk;
mod template;
mod watched;

pub mod feed;
pub mod gauges;

pub mod metadata;
pub mod route;
pub mod session;
pub mod settings;
pub mod wire;

/// Levels a side that one message may have. A REST snapshot has at most 5,000; the largest book of a capture 5,393.
pub const LEVELS_MAX: usize = 32_768;

/// Default bound on deltas that wait for snapshots: one minute of the busiest real stream (19 depth messages a second of
/// 68 levels) takes 1.4 MB, and snapshots come within seconds.
pub const KEEP_BYTES: usize = 8 << 20;
