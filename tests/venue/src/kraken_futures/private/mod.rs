//! Kraken Futures' private side: orders and questions by REST, and the feeds that a signed challenge opens on a socket.
//!
//! Owns: signatures, routes, texts and refusals. Never: an order's truth, which is `crate::account`'s.

mod clerk;
pub(super) mod feeds;
pub(super) mod rest;
#[cfg(test)]
mod tests;
mod texts;

use crate::account::ApiKey;
use crate::proof::{Hash, base64, digest, from_base64, hmac};

/// What a key makes of words: base64 HMAC-SHA512, with the decoded secret, over their SHA-256.
fn signed(key: ApiKey, words: &[u8]) -> String {
    let secret = from_base64(key.secret).unwrap_or_default();
    base64(&hmac(Hash::Sha512, &secret, &digest(Hash::Sha256, words)))
}
