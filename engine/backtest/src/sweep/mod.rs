//! Sweeps: a strategy run with many parameters over the same bars, and how much of the winner is luck.
//!
//! Owns: which points are tried and in which order (the same seed, the same trials, however many threads), and the judgement
//! of what came out. A point of which one moving window is no shorter than the other is a trial like any
//! other, unless a condition leaves it out.
//! Never: what a run comes to (that is behind [`past`]), a file, a clock, randomness that nobody seeded.
//!
//! [`space`] is what may be tried, [`condition`] what must hold between parameters, [`objective`] what is looked for,
//! [`past`] who runs a trial, [`by_bars`] the rule over bars as one, [`search`] in which order, [`run`] the runs themselves,
//! [`front`] the runs that no other one is better than in everything, [`judge`] the doubt beside the winner, [`walk`] the
//! winner of each past held against its future, [`cross`] the winner of all but a test, purged and embargoed, held against
//! that test; [`memory`] is what a broken off one had found, [`sensitivity`] how what came out depends on each parameter.

pub mod by_bars;
pub mod condition;
pub mod cross;
pub mod front;
pub mod judge;
pub mod memory;
pub mod objective;
pub mod past;
pub mod run;
pub mod search;
pub mod sensitivity;
mod shared;
pub mod space;
pub mod walk;

#[cfg(test)]
mod tests;
