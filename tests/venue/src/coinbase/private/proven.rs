//! The tokens that clients sign (RFC 7519): who speaks, what for, and until when.
//!
//! Owns: the check of one. Never: what it is shown for.

use crate::account::{Holder, Teller};
use crate::proof::{from_base64, is_es256};
use serde_json::Value;

/// Longest life of a token, in seconds.
const VALID_S: u64 = 120;

/// How far ahead of the venue a client's clock may be, in seconds.
const AHEAD_S: u64 = 5;

/// Whose token it is, if it is good now for that address; `None` where it names none.
pub(super) fn holder(teller: &Teller<'_>, token: &str, address: Option<&str>) -> Option<Holder> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let (header, claims) = (object(header)?, object(claims)?);
    let word = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    let holder = teller.holder(&word(&header, "kid")?)?;
    let (begins, ends, now) = (time("nbf")?, time("exp")?, teller.at_ms() / 1_000);
    let is_now = begins <= now + AHEAD_S && now < ends && ends.saturating_sub(begins) <= VALID_S;
    let is_named = word(&header, "alg")? == "ES256"
        && word(&header, "nonce").is_some_and(|nonce| !nonce.is_empty())
        && word(&claims, "iss")? == "cdp"
        && word(&claims, "sub")? == holder.key.id
        && word(&claims, "uri").as_deref() == address;
    let is_signed = is_es256(holder.key.secret, signed.as_bytes(), &bytes(signature)?);
    (is_now && is_named && is_signed).then_some(holder)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    from_base64(&text.replace('-', "+").replace('_', "/"))
}

fn object(text: &str) -> Option<Value> {
    serde_json::from_slice(&bytes(text)?).ok()
}
