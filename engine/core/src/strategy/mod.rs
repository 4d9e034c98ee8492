//! The strategy room: what wishes for orders, and the stage that lets it.
//!
//! Owns: the strategies of the catalogue, what each of them sees and remembers of its own orders and positions.
//! Never: a clock, a socket, a decision about permission (risk judges every wish), floats for prices or quantities.

/// What a strategy knows of its own orders and positions: a fold of the reports.
pub mod account;
/// Candles of several lengths, and which of them are over.
pub mod bars;
/// What people may read of the strategies of a run.
pub mod board;
/// The list of strategies.
pub mod catalog;
/// What a strategy sees and may do during one call.
pub mod context;
/// What venues do not do for us: triggers, trailing stops, expiry, slices, tied orders.
pub mod desk;
/// A strategy of a run, with its bars and parameters.
mod hosted;
/// The desk of people: their orders as wishes of a strategy.
pub mod manual;
/// The way out for wishes.
mod outbox;
/// A strategy's parameters: names, units, ranges, and how they are read.
pub mod params;
/// What a strategy is: its calls, its row.
pub mod play;
/// Smart routing: one wish over several venues.
pub mod route;
/// Where a strategy sits, and the floor that all share.
pub mod seat;
/// Money to lots, exactly.
pub mod sizing;
/// The stage that feeds strategies and publishes their intents.
pub mod stage;
/// What a strategy sees of one instrument's market.
pub mod view;

pub use stage::{StrategyCounters, StrategyStage, Time};
