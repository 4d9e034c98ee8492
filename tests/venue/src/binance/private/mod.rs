//! Binance's private side: REST routes, the WebSocket API, user streams; spot, USD-M and COIN-M.
//!
//! Owns: signatures, routes, texts and codes. Never: an order's truth, which is `crate::account`'s.

mod algo;
mod auth;
mod clerk;
pub(super) mod futures;
mod params;
mod refusal;
pub(super) mod rest;
pub(super) mod socket;
mod spot;
mod words;

use crate::account::{Holder, Teller};
use crate::proof::{Hash, digest, hex};

/// The key under which futures' user stream of an account is listened to.
pub(super) fn listen_key(holder: Holder) -> String {
    hex(&digest(Hash::Sha256, format!("listen key of {}", holder.key.id).as_bytes()))
}

/// How much of each limit of orders is used: the interval's number and letter, used, most.
fn order_counts(holder: Holder, teller: &Teller<'_>) -> Vec<(u64, char, u32, u32)> {
    let interval = |(window_ns, used, most): (u64, u32, u32)| {
        let seconds = window_ns / 1_000_000_000;
        match seconds {
            86_400.. => (seconds / 86_400, 'D', used, most),
            60.. => (seconds / 60, 'M', used, most),
            _ => (seconds, 'S', used, most),
        }
    };
    teller.used(holder).into_iter().map(interval).collect()
}

#[cfg(test)]
mod tests;
