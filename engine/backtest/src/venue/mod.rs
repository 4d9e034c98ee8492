//! A venue made of software: it matches our orders against real books and trades.
//!
//! Owns: queue position, fees, latency, impact, and the rule that no displayed or traded quantity is used twice.
//! Never: asks whether this is a paper run or a backtest; reads a clock.
//!
//! Enter at [`PaperMarket`]. The argument about quantities is at the top of `queue` and `account`.

mod account;
mod counters;
mod fee;
#[cfg(test)]
pub(crate) mod fixture;
mod funding;
mod impact;
mod latency;
mod liquidation;
mod margin;
mod matching;
mod paper;
mod queue;
mod schedule;
mod shelf;

pub use counters::PaperCounters;
pub use fee::Fees;
pub use latency::{Latency, OrderTimes, Spread};
pub use margin::Collateral;
pub use paper::{PaperConfig, PaperMarket};
pub use queue::Footprint;
pub use schedule::{FeeSchedule, FeeTier};

#[cfg(test)]
mod liquidation_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod route_tests;
#[cfg(test)]
mod scenario_tests;
