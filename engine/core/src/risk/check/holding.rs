//! What would be held, at worst.

use super::{BPS, PERCENT, Verdict, at_most, refuse, share_at_most};
use crate::portfolio::wide::saturating_product;
use engine_model::refusal::Check;

/// The position at worst, in dollars.
pub fn notional(value: i128, max: i64) -> Verdict {
    at_most(Check::PositionNotional, value, max)
}

/// A value at worst, as a share of equity: of a position, a sector, a cluster, a venue, or of initial margin.
pub fn share(check: Check, value: i128, equity: i128, max_bps: i64) -> Verdict {
    share_at_most(check, value, equity, max_bps, BPS)
}

/// Everything at worst, as a share of equity.
pub fn leverage(gross: i128, equity: i128, max_percent: i64) -> Verdict {
    share_at_most(Check::Leverage, gross, equity, max_percent, PERCENT)
}

/// A loss that was told in dollars times 1/10000, as a share of equity.
pub fn tail(check: Check, loss_bps: i128, equity: i128, max_bps: i64) -> Verdict {
    share_at_most(check, loss_bps, equity, max_bps, 1)
}

/// The move of all prices at once, against us, that leaves no more than the maintenance margin of all contracts.
pub fn liquidation(free: i128, contracts: i128, min_bps: i64) -> Verdict {
    let found = saturating_product(free, i128::from(BPS));
    let wanted = saturating_product(contracts, i128::from(min_bps));
    if contracts <= 0 || found >= wanted {
        return Ok(());
    }
    refuse(Check::LiquidationDistance, found.div_euclid(contracts), i128::from(min_bps))
}

/// What nobody has estimated lately is a breach.
pub fn model_age(age_ns: u64, max_ns: u64) -> Verdict {
    at_most(Check::ModelStale, age_ns, max_ns)
}
