//! Questions asked once: path and query in, JSON out.

pub(super) mod derivatives;
pub(super) mod engine;
pub(super) mod market;
pub(super) mod portfolio;
pub(super) mod risk;
