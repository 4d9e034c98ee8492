//! Whether there is a price to judge by, and how far from it an order may be.

use super::{BPS, Verdict, at_most, refuse_if, share_at_most};
use engine_model::market::{BookState, Side};
use engine_model::order::OffsetUnit;
use engine_model::planted::planted;
use engine_model::refusal::Check;
use engine_model::units::Ticks;

/// Only a book in sync prices.
pub fn book_synced(state: BookState) -> Verdict {
    refuse_if(state != BookState::Synced, Check::BookNotSynced, state as i128, BookState::Synced as i128)
}

/// And one whose sides do not meet.
pub fn book_crossed(bid: Ticks, ask: Ticks) -> Verdict {
    at_most(Check::BookCrossed, i128::from(bid.0) - i128::from(ask.0), -1)
}

/// The top must be young. A book without a top on both sides has no age and prices nothing, whatever the limit.
pub fn stale(age_ns: Option<u64>, age_max_ns: u64) -> Verdict {
    let age = age_ns.map_or(i128::MAX, i128::from);
    let is_old = age > i128::from(age_max_ns) && !planted("risk/stale-price-passes");
    refuse_if(is_old, Check::StalePrice, age, i128::from(age_max_ns))
}

/// The venue's clock and ours must agree, or neither ages nor windows mean anything.
pub fn clock_skew(skew_ns: u64, max_ns: u64) -> Verdict {
    at_most(Check::ClockSkew, skew_ns, max_ns)
}

/// One venue's price against what the venues say together, both in the same unit.
pub fn deviation(own: i128, median: i128, max_bps: i64) -> Verdict {
    share_at_most(Check::ReferenceDeviation, (own - median).abs(), median, max_bps, BPS)
}

/// After too large a move nothing is added for a while.
pub fn volatility(left_ns: u64) -> Verdict {
    at_most(Check::VolatilityPause, left_ns, 0)
}

/// A limit price may not lie far on the aggressive side of the mid.
pub fn collar(side: Side, px: Ticks, mid_doubled: i128, collar_bps: i64) -> Verdict {
    let side = if planted("risk/collar-on-the-wrong-side") { side.opposite() } else { side };
    share_at_most(Check::PriceCollar, beyond(side, px, mid_doubled), mid_doubled, collar_bps, BPS)
}

/// Nor a limit that trails lie far beyond the trigger that it will have.
pub fn limit_offset(unit: OffsetUnit, offset: u32, trigger_doubled: i128, collar_bps: i64) -> Verdict {
    match unit {
        OffsetUnit::Bps => at_most(Check::PriceCollar, offset, collar_bps),
        OffsetUnit::Ticks => {
            share_at_most(Check::PriceCollar, 2 * i128::from(offset), trigger_doubled, collar_bps, BPS)
        }
    }
}

/// Nor, whatever the book says, of the venue's mark.
pub fn hard_collar(side: Side, px: Ticks, reference_doubled: i128, collar_bps: i64) -> Verdict {
    share_at_most(Check::PriceCollarHard, beyond(side, px, reference_doubled), reference_doubled, collar_bps, BPS)
}

fn beyond(side: Side, px: Ticks, reference_doubled: i128) -> i128 {
    ((2 * i128::from(px.0) - reference_doubled) * i128::from(side.sign())).max(0)
}

/// The furthest price that [`collar`] lets pass: where a market order's limit goes. At least one tick.
#[must_use]
pub fn collar_px(side: Side, reference_doubled: i128, collar_bps: i64) -> Ticks {
    let (whole, bps) = (i128::from(BPS), i128::from(collar_bps));
    let px = match side {
        Side::Buy => (reference_doubled * (whole + bps)).div_euclid(2 * whole),
        Side::Sell => -(-(reference_doubled * (whole - bps))).div_euclid(2 * whole),
    };
    Ticks(i64::try_from(px.max(1)).unwrap_or(i64::MAX))
}

/// An order of ours must not meet another one of ours.
pub fn self_match(side: Side, px: Ticks, nearest: Option<Ticks>) -> Verdict {
    let Some(Ticks(own)) = nearest else { return Ok(()) };
    let meets = match side {
        Side::Buy if planted("risk/own-order-met-at-its-price") => px.0 > own,
        Side::Buy => px.0 >= own,
        Side::Sell => px.0 <= own,
    };
    refuse_if(meets, Check::SelfMatch, i128::from(px.0), i128::from(own) - i128::from(side.sign()))
}
