//! Kraken's private side: REST proven by nonce and signature, a token, and the channels and orders that it opens on the line.
//!
//! Owns: signatures, routes, texts and refusals. Never: an order's truth, which is `crate::account`'s.

mod clerk;
pub(super) mod line;
pub(super) mod rest;
#[cfg(test)]
mod tests;
mod texts;

use crate::account::{ApiKey, Holder, Teller};
use crate::proof::{Hash, base64, digest};

/// The token that a key is given. The venue's is good for 15 minutes until it opens a channel; this one for ever.
fn token(key: ApiKey) -> String {
    base64(&digest(Hash::Sha256, format!("token of {}", key.id).as_bytes()))
}

/// Whose token that is.
fn holder(teller: &Teller<'_>, given: &str) -> Option<Holder> {
    teller.holders().find(|holder| token(holder.key) == given)
}
