//! Whether a request is who it says it is, and not too old.
//!
//! Owns: keys, signatures, the window of time. Never: what is asked.

use super::params::Params;
use super::refusal::No;
use crate::account::{Holder, Teller};
use crate::proof::{Hash, from_base64, hex, hmac, is_ed25519};

const WINDOW_MS: u64 = 5_000;
const WINDOW_MS_MAX: u64 = 60_000;
/// How far a client's clock may be ahead.
const AHEAD_MS: u64 = 1_000;

/// Whose key that is.
pub(super) fn holder(key_id: Option<&str>, teller: &Teller<'_>) -> Result<Holder, No> {
    let key_id = key_id.filter(|id| !id.is_empty()).ok_or_else(|| No::new(401, -2014, "API-key format invalid."))?;
    teller.holder(key_id).ok_or_else(No::key)
}

/// Checks the signature of what was signed, and the time.
pub(super) fn check(holder: Holder, params: &Params, signed: &str, teller: &Teller<'_>) -> Result<(), No> {
    let signature = params.need("signature")?;
    if !is_signature(holder, signed, signature) {
        return Err(No::new(400, -1022, "Signature for this request is not valid."));
    }
    check_time(params, teller)
}

/// Checks the time that a request names.
pub(super) fn check_time(params: &Params, teller: &Teller<'_>) -> Result<(), No> {
    let (at_ms, now_ms) = (params.need_number("timestamp")?, teller.at_ms());
    let window_ms = params.number("recvWindow")?.unwrap_or(WINDOW_MS);
    if window_ms > WINDOW_MS_MAX {
        return Err(No::new(400, -1131, "recvWindow must be less than 60000."));
    }
    if at_ms >= now_ms + AHEAD_MS {
        return Err(No::new(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."));
    }
    if now_ms.saturating_sub(at_ms) > window_ms {
        return Err(No::new(400, -1021, "Timestamp for this request is outside of the recvWindow."));
    }
    Ok(())
}

/// Whether the key is of the kind that a session may log on with.
pub(super) fn is_ed25519_key(holder: Holder) -> bool {
    holder.key.secret.starts_with("-----BEGIN")
}

fn is_signature(holder: Holder, signed: &str, signature: &str) -> bool {
    if is_ed25519_key(holder) {
        return from_base64(signature).is_some_and(|bytes| is_ed25519(holder.key.secret, signed.as_bytes(), &bytes));
    }
    hex(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), signed.as_bytes())).eq_ignore_ascii_case(signature)
}

/// What a REST request's signature is of: query and body as they were sent, one behind the other, without the signature.
pub(super) fn signed_of_forms(query: &str, body: &str) -> String {
    let without = |form: &str| {
        let pairs = form.split('&').filter(|pair| !pair.starts_with("signature="));
        pairs.collect::<Vec<_>>().join("&")
    };
    without(query) + &without(body)
}
