//! Questions asked once: path and query in, JSON out.

pub(super) mod alert;
pub(super) mod analysis;
pub(super) mod command;
pub(super) mod derivatives;
pub(super) mod engine;
pub(super) mod flow;
pub(super) mod jobs;
pub(super) mod market;
pub(super) mod order;
pub(super) mod people;
pub(super) mod portfolio;
pub(super) mod risk;
pub(super) mod session;
pub(super) mod trading;
