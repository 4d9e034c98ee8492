//! Hyperliquid's private side: actions signed by wallets, on the line and by REST; questions, which anyone may ask of any
//! account; what an account's followers are told.
//!
//! Owns: signatures, routes, texts. Never: an order's truth, which is `crate::account`'s.

mod clerk;
pub(super) mod rest;
pub(super) mod socket;
mod texts;
pub(super) mod wallet;

#[cfg(test)]
mod tests;
