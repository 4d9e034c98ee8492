//! Indicators beyond TA-Lib's, by the definitions that are in common use. Each says its own at its type. What has no oracle
//! of another engine is held against a slow definition in `slow_tests`.

pub mod cycle;
pub mod flow;
pub mod microstructure;
pub mod momentum;
pub mod overlap;
pub mod statistic;
pub mod trend;
pub mod volatility;
pub mod volume;

#[cfg(test)]
mod slow_tests;
