//! How good a run was and how bad it may become: measures over returns, equity and closed trades.
//!
//! Owns: the definitions, one each, as the tables that people compare by have them. What cannot be told (a ratio without a
//! divisor, a mean of nothing) is `None`, never 0 and never infinite.
//! Never: money. These are floats over finished numbers.
//!
//! Enter at [`curve`] (equity) and [`trades`] (closed trades). [`loss`] is value at risk and [`coverage`] what tests it,
//! [`portfolio`] the same for several assets and their weights, [`drawdown`] and [`calendar`] what a report shows,
//! [`overfit`] how much of a winner is luck, [`folds`] what may be learned from beside a test, [`stats`] what all stand on.

pub mod calendar;
pub mod coverage;
pub mod curve;
pub mod drawdown;
pub mod folds;
pub mod loss;
pub mod overfit;
pub mod portfolio;
pub mod special;
pub mod stats;
pub mod student;
pub mod trades;

#[cfg(test)]
mod oracle_tests;
