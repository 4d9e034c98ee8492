//! Pure mathematics over model values.
//!
//! Owns: indicators and measures of order flow, as streams (one value in, the newest result out), and the signals made of
//! them. Floats are at home here and nowhere below.
//! Never: state that outlives the caller, orders, prices that somebody trades at.
//!
//! Enter at [`indicator`], at [`bar`] for what trades are cut into, or at [`flow`] for what they and quotes say themselves;
//! [`tail`] is how bad a day may become, [`performance`] how good a finished run was; [`mask`] is how they ask many things at
//! once.

pub mod bar;
pub mod flow;
pub mod indicator;
pub mod mask;
pub mod performance;
pub mod signal;
pub mod tail;

#[cfg(test)]
mod oracle;
