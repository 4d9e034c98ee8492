//! Indicators of one series, streaming. Each is a value with `update(x) -> Option<…>`: `None` while it warms up, then a
//! result for every input. Conventions are TA-Lib's (unstable period 0): averages are seeded with the plain mean.
//!
//! All take a fixed, small number of steps an update and allocate nothing after they are made.

mod ema;
mod macd;
mod rsi;

pub use ema::Ema;
pub use macd::{Macd, MacdValue};
pub use rsi::Rsi;

#[cfg(test)]
mod oracle_tests;
