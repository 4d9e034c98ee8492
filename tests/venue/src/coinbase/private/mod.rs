//! Coinbase's private side: REST and a channel, both proven by a token that the client signs for each.
//!
//! Owns: tokens, routes, texts and words of refusal. Never: an order's truth, which is `crate::account`'s.

mod clerk;
pub(super) mod line;
mod proven;
pub(super) mod rest;
#[cfg(test)]
mod tests;
mod texts;
