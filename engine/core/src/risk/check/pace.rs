//! How often, and how many at once.

use super::{Verdict, at_least, at_most};
use engine_model::refusal::Check;

/// A message wants a token of its strategy.
pub fn message_rate(tokens: u64) -> Verdict {
    at_most(Check::MessageRate, 1, tokens)
}

/// And one of the venue's, beyond those that are kept for cancels.
pub fn venue_rate(tokens: u64, kept: u64) -> Verdict {
    at_most(Check::VenueRate, 1, tokens.saturating_sub(kept))
}

/// The same order again needs time to have passed.
pub fn duplicate(same_since_ns: Option<u64>, window_ns: u64) -> Verdict {
    same_since_ns.map_or(Ok(()), |since| at_least(Check::DuplicateOrder, since, window_ns))
}

/// Orders within this minute, against those that its fills allow.
pub fn order_to_trade(orders: u64, allowed: u64) -> Verdict {
    at_most(Check::OrderToTrade, orders, allowed)
}

/// Open orders, with this one: of the instrument, at the venue, or in all.
pub fn open_orders(check: Check, with_this: u64, max: u64) -> Verdict {
    at_most(check, with_this, max)
}

/// The ring behind has room for it.
pub fn backpressure(used: u64, slots: u64) -> Verdict {
    at_most(Check::Backpressure, used, slots)
}
