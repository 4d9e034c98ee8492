//! Where a venue would close a position by force: the first price at which what stands behind it is no more than what must.
//!
//! *Isolated*: what stands behind a position is the margin set aside for it. *Cross*: it is [`cross_wallet`]: the whole
//! balance with what all other positions make of it. Either way the question is the same, so there is one answer to it:
//! [`liquidation`].
//!
//! Exact: fractions are compared as products of integers, and the price is rounded towards where the position is from, so
//! it is told a tick too early rather than too late. A venue's liquidation fee is not in it.
//!
//! **Never** scans: a table has a dozen steps, and the answer is the worst of them. Allocates nothing; risk may ask.

use crate::portfolio::Scale;
use crate::portfolio::scale::Ratio;
use engine_model::margin::{MarginTiers, PPM};
use engine_model::units::Ticks;

/// At what price the venue closes a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liquidation {
    /// At none: flat, or what stands behind it outlasts every price.
    Never,
    /// At this price: a long at it and below, a short at it and above.
    At(Ticks),
    /// The numbers do not fit 128 bits. Whoever compares it with a limit refuses.
    Untellable,
}

/// What stands behind one position under cross margin, in units of 1e-8 of the settlement currency: the balance, with the
/// unrealised profit of all other positions, less the maintenance of all others.
#[must_use]
pub fn cross_wallet(balance: i128, unrealised_of_others: i128, maintenance_of_others: i128) -> i128 {
    balance + unrealised_of_others - maintenance_of_others
}

/// Where `qty` lots that cost `cost` native units (see [`Ledger`](crate::portfolio::Ledger)) are closed by force, with
/// `wallet` units of 1e-8 of the settlement currency behind them.
#[must_use]
pub fn liquidation(scale: &Scale, tiers: &MarginTiers, qty: i64, cost: i128, wallet: i128) -> Liquidation {
    if qty == 0 {
        return Liquidation::Never;
    }
    let mut worst = Liquidation::Never;
    for (tier, deduction) in tiers.steps() {
        let step = Step { rate_ppm: i128::from(tier.maintenance_ppm), deduction };
        let at = if scale.inverse {
            inverse(scale, step, qty, cost, wallet)
        } else {
            linear(scale, step, qty, cost, wallet)
        };
        worst = match (worst, at) {
            (_, None) => return Liquidation::Untellable,
            (Liquidation::At(Ticks(known)), Some(Liquidation::At(Ticks(px)))) => {
                Liquidation::At(Ticks(if qty > 0 { known.max(px) } else { known.min(px) }))
            }
            (Liquidation::Never, Some(at)) => at,
            (known, Some(_)) => known,
        };
    }
    worst
}

/// One step of a table: maintenance is `value * rate_ppm - deduction` in 1e-14 quote.
#[derive(Clone, Copy)]
struct Step {
    rate_ppm: i128,
    deduction: i128,
}

/// Settles in quote. With `k = mul / div` units a tick and lot: `wallet + k * (qty * px - cost)` against
/// `(|qty| * px * k * rate - deduction) / 10^6`.
fn linear(scale: &Scale, step: Step, qty: i64, cost: i128, wallet: i128) -> Option<Liquidation> {
    let Ratio { mul, div } = scale.notional;
    let qty = i128::from(qty);
    // What the position may lose beyond its cost, times 10^6 * div.
    let behind = wallet.checked_mul(PPM)?.checked_add(step.deduction)?.checked_mul(div)?;
    let paid = cost.checked_mul(mul)?.checked_mul(PPM)?;
    let rate = PPM - qty.signum() * step.rate_ppm;
    let each = qty.abs().checked_mul(mul)?.checked_mul(rate)?;
    if qty > 0 { Some(long_at(paid.checked_sub(behind)?, each)) } else { short_at(behind.checked_sub(paid)?, each) }
}

/// Settles in coins. With `value` in 1e-8 quote the same at every price: `wallet - cost -+ value / px` against
/// `maintenance / px`, where the maintenance is of the value and so the same, too.
fn inverse(scale: &Scale, step: Step, qty: i64, cost: i128, wallet: i128) -> Option<Liquidation> {
    let lots = i128::from(qty).abs();
    let whole = scale.notional.div;
    let dear = lots.checked_mul(scale.notional.mul)?.checked_mul(step.rate_ppm)?;
    let maintenance = dear.checked_sub(step.deduction.checked_mul(whole)?)?;
    // Both in native coins times ticks, times 10^6 * coins.div * coin_value.mul * whole.
    let of_value = PPM.checked_mul(scale.coin_value.mul)?.checked_mul(whole)?;
    let value = lots.checked_mul(scale.coins.mul)?.checked_mul(of_value)?;
    let maintenance = maintenance.checked_mul(scale.coin_value.div)?.checked_mul(scale.coins.div)?;
    let wallet = wallet.checked_mul(scale.settled.div)?;
    let per = scale.coins.div.checked_mul(of_value)?;
    if qty > 0 {
        // A long owes value / px coins and got -cost for it.
        let coins = wallet.checked_sub(cost)?;
        let owed = value.checked_add(maintenance)?;
        // With nothing behind it the price does not matter: the highest there is.
        return Some(if coins <= 0 { highest() } else { long_at(owed, coins.checked_mul(per)?) });
    }
    let coins = cost.checked_sub(wallet)?;
    let held = value.checked_sub(maintenance)?;
    // A short holds value / px coins; with the coins paid back by the wallet no price takes them all.
    if coins <= 0 { Some(Liquidation::Never) } else { short_at(held, coins.checked_mul(per)?) }
}

/// The highest price that is not above `amount / each`. At nothing or less a price cannot be.
fn long_at(amount: i128, each: i128) -> Liquidation {
    let px = amount.div_euclid(each);
    match i64::try_from(px) {
        Ok(px) if px > 0 => Liquidation::At(Ticks(px)),
        Ok(_) => Liquidation::Never,
        Err(_) if px > 0 => highest(),
        Err(_) => Liquidation::Never,
    }
}

/// The lowest price that is not below `amount / each`; a short without anything behind it is closed at any price.
fn short_at(amount: i128, each: i128) -> Option<Liquidation> {
    let px = amount.div_euclid(each) + i128::from(amount.rem_euclid(each) > 0);
    Some(i64::try_from(px.max(1)).map_or(Liquidation::Never, |px| Liquidation::At(Ticks(px))))
}

fn highest() -> Liquidation {
    Liquidation::At(Ticks(i64::MAX))
}

#[cfg(test)]
#[path = "margin_tests.rs"]
mod tests;
