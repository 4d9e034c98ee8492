//! Deribit's private side: methods on a socket that has logged in, and by REST with a signature each.
//!
//! Owns: signatures, methods, texts and codes. Never: an order's truth, which is `crate::account`'s.

mod clerk;
mod methods;
pub(super) mod rest;
pub(super) mod socket;
#[cfg(test)]
mod tests;
mod texts;

use super::rpc::{No, no, word};
use crate::account::{Holder, Teller};
use crate::proof::{Hash, hex, hmac};
use serde_json::Value;

/// Most that the time of a login may be off, in ms.
const WINDOW_MS: u64 = 60_000;

const INVALID_CREDENTIALS: No = no(13_004, "invalid_credentials");

/// Whose words those are, if time, nonce and signature say so.
fn proven(teller: &Teller<'_>, id: &str, [time, nonce, data]: [&str; 3], signature: &str) -> Result<Holder, No> {
    let holder = teller.holder(id).ok_or(INVALID_CREDENTIALS)?;
    let is_timely = time.parse::<u64>().is_ok_and(|at_ms| at_ms.abs_diff(teller.at_ms()) <= WINDOW_MS);
    let expected =
        hex(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), format!("{time}\n{nonce}\n{data}").as_bytes()));
    if is_timely && expected == signature { Ok(holder) } else { Err(INVALID_CREDENTIALS) }
}

/// Whose login that is, and what it tells: a token that nobody needs here, and what may be done with it.
fn login(params: &Value, teller: &Teller<'_>) -> Result<(Holder, String), No> {
    let [id, time, nonce, data, signature] =
        ["client_id", "timestamp", "nonce", "data", "signature"].map(|name| word(params, name).unwrap_or_default());
    if word(params, "grant_type").as_deref() != Some("client_signature") {
        return Err(no(-32_602, "Invalid params"));
    }
    let holder = proven(teller, &id, [&time, &nonce, &data], &signature)?;
    let rights = holder.key.rights;
    let trade = if rights.trade { "trade:read_write" } else { "trade:read" };
    let wallet = if rights.withdraw { "wallet:read_write" } else { "wallet:read" };
    let scope = format!("account:read block_trade:none connection custody:none {trade} {wallet}");
    let result = format!(
        r#"{{"token_type":"bearer","scope":"{scope}","refresh_token":"r","expires_in":900,"access_token":"t","sid":"s"}}"#
    );
    Ok((holder, result))
}
