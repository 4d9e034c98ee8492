//! Binance as it speaks: spot, USD-M, COIN-M.

pub(crate) mod depth;
pub(crate) mod names;
pub(crate) mod rest;
pub(crate) mod session;
pub(crate) mod wire;
