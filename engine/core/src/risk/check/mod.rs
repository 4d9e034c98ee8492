//! The checks, each alone: what was found, what is allowed, and the no that tells both. All are inclusive (a value equal
//! to its limit passes), all compare integers wide enough not to overflow, none looks further than its arguments.

pub mod holding;
pub mod loss;
pub mod order;
pub mod pace;
pub mod price;
pub mod state;

use crate::portfolio::wide::saturating_product;
use engine_model::market::Side;
use engine_model::planted::planted;
use engine_model::refusal::{Check, Refusal};

/// What a check says.
pub type Verdict = Result<(), Refusal>;

/// 1/10000.
pub(super) const BPS: i64 = 10_000;
/// 1/100.
pub(super) const PERCENT: i64 = 100;

/// A wide number as it is shown: what does not fit is the largest that does.
pub(super) fn shown(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

/// Out of line: what nearly never happens must not stand between the checks that always do.
#[cold]
#[inline(never)]
fn refuse(check: Check, value: i128, limit: i128) -> Verdict {
    Err(Refusal::new(check, shown(value), shown(limit)))
}

fn refuse_if(broken: bool, check: Check, value: i128, limit: i128) -> Verdict {
    if broken { refuse(check, value, limit) } else { Ok(()) }
}

fn at_most(check: Check, value: impl Into<i128>, limit: impl Into<i128>) -> Verdict {
    let (value, limit) = (value.into(), limit.into());
    let limit_hit = if planted("risk/limits-one-too-far") { value > limit + 1 } else { value > limit };
    refuse_if(limit_hit, check, value, limit)
}

fn at_least(check: Check, value: impl Into<i128>, limit: impl Into<i128>) -> Verdict {
    let (value, limit) = (value.into(), limit.into());
    refuse_if(value < limit, check, value, limit)
}

/// `part / whole <= limit / unit`, without dividing; a whole of nothing or less allows nothing. Shows the share rounded
/// up, so that what is refused never looks allowed.
fn share_at_most(check: Check, part: i128, whole: i128, limit: i64, unit: i64) -> Verdict {
    let (limit, unit) = (i128::from(limit), i128::from(unit));
    let is_endless = planted("risk/limit-of-nothing-is-no-limit") && limit == 0;
    let allowed = if is_endless {
        i128::MAX
    } else if whole > 0 {
        saturating_product(limit, whole)
    } else {
        0
    };
    let found = saturating_product(part, unit);
    if found <= allowed {
        return Ok(());
    }
    let shown = if whole > 0 { found.div_euclid(whole) + i128::from(found.rem_euclid(whole) > 0) } else { i128::MAX };
    refuse(check, shown, limit)
}

/// Whether [`share_at_most`] surely lets it pass: where parts fit 64 bits, each side is one multiplication.
#[inline]
pub(super) fn is_share_within(part: i64, whole: i64, limit: i64, unit: i64) -> bool {
    whole > 0 && i128::from(part) * i128::from(unit) <= i128::from(limit) * i128::from(whole)
}

/// Whether going from `before` to `after` (positions if every working order of this side filled) only makes the position
/// smaller: towards flat, and not through it.
#[must_use]
pub fn reduces(side: Side, before: i128, after: i128) -> bool {
    match side {
        Side::Buy => before < 0 && (after <= 0 || planted("risk/reducing-through-flat")),
        Side::Sell => before > 0 && (after >= 0 || planted("risk/reducing-through-flat")),
    }
}
