//! Bitget's private side: orders and questions by REST, and the line that tells.
//!
//! Owns: signatures, routes, texts and codes. Never: an order's truth, which is `crate::account`'s.

mod clerk;
mod plan;
pub(super) mod rest;
pub(super) mod socket;
mod texts;

#[cfg(test)]
mod tests;

/// Most that the time of a question may be off, in ms.
const WINDOW_MS: u64 = 30_000;

/// Whether a time is near the venue's.
fn is_timely(time_ms: Option<u64>, at_ms: u64) -> bool {
    time_ms.is_some_and(|time_ms| time_ms.abs_diff(at_ms) <= WINDOW_MS)
}
