//! Gate's private side: logins and orders on the sockets that also tell the market, private channels, REST.
//!
//! Owns: signatures, routes, texts and labels. Never: an order's truth, which is `crate::account`'s.

mod auto;
mod clerk;
pub(super) mod rest;
pub(super) mod socket;
mod texts;

#[cfg(test)]
mod tests;

use crate::account::Holder;
use crate::listing::Listing;

/// Most that the time of a question may be off, in seconds.
const WINDOW_S: u64 = 60;

/// Whether a time in seconds is near the venue's.
fn is_timely(time_s: Option<u64>, at_ms: u64) -> bool {
    time_s.is_some_and(|time_s| time_s.abs_diff(at_ms / 1_000) <= WINDOW_S)
}

/// What the owner of an account is called here.
fn user_id(holder: Holder) -> u64 {
    1_000_001 + holder.account as u64
}

/// The instrument of that name.
fn find(listings: &[Listing], name: &str) -> Option<usize> {
    listings.iter().position(|listing| listing.name() == name)
}
