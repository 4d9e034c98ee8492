//! Bybit's private side: the line that tells, the line on which orders are entered, REST, and the venue's own dead-man
//! switch.
//!
//! Owns: signatures, routes, texts and codes. Never: an order's truth, which is `crate::account`'s.

mod clerk;
pub(super) mod rest;
pub(super) mod socket;
pub(super) mod switch;
mod texts;

#[cfg(test)]
mod tests;
