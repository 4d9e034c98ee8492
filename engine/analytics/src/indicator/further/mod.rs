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

/// `off`, or 0 where it is no more than what floats round `of` by: quotients by rounding make signals out of a market that
/// stands still.
#[inline]
fn beyond_rounding(off: f64, of: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    if off.abs() <= ROUNDING * of.abs() { 0.0 } else { off }
}

#[cfg(test)]
mod slow_tests;
