//! The vocabulary of the house: plain values that every room speaks.
//!
//! Owns: units, instruments, market events, intents, orders and their lifecycle, reports, positions, limits,
//! commands, images, refusals, and the one seam between a venue's decoder and the books ([`market::MarketSink`]).
//!
//! Never: threads, clocks, input or output, serialization, floats in a value that crosses a ring.
//!
//! Enter at [`market`] (what venues tell), [`order`] (the lifecycle table) and [`refusal`] (every named no).

pub mod algorithm;
pub mod closeout;
pub mod command;
pub mod fixed_map;
pub mod image;
pub mod instrument;
pub mod intent;
pub mod limit;
pub mod margin;
pub mod market;
pub mod native;
pub mod order;
pub mod payment;
pub mod planted;
pub mod position;
pub mod refusal;
pub mod report;
pub mod setup;
pub mod steer;
pub mod units;
pub mod venue;

mod decimal;
