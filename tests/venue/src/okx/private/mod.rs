//! OKX's private side: the line on which orders are entered and all is told, and REST.
//!
//! Owns: signatures, routes, texts and codes. Never: an order's truth, which is `crate::account`'s.

mod algo;
mod clerk;
pub(super) mod rest;
pub(super) mod socket;
mod texts;

pub(super) use texts::code;

#[cfg(test)]
mod tests;
