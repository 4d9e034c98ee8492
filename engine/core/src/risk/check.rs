//! The checks, each alone: what was found, what is allowed, and the no that tells both. All are inclusive (a value equal
//! to its limit passes), all compare integers wide enough not to overflow, none looks further than its arguments.

use crate::portfolio::wide::saturating_product;
use engine_model::instrument::InstrumentId;
use engine_model::limit::{Limits, TradingState};
use engine_model::market::{BookState, Side};
use engine_model::order::{ClientOrderId, Order, TermsFault};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;

/// What a check says.
pub type Verdict = Result<(), Refusal>;

/// 1/10000.
pub(super) const BPS: i64 = 10_000;
/// 1/100.
pub(super) const PERCENT: i64 = 100;

/// Out of line: what nearly never happens must not stand between the checks that always do.
#[cold]
#[inline(never)]
fn refuse(check: Check, value: i128, limit: i128) -> Verdict {
    let shown = |wide: i128| i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX });
    Err(Refusal { check, value: shown(value), limit: shown(limit) })
}

fn refuse_if(broken: bool, check: Check, value: i128, limit: i128) -> Verdict {
    if broken { refuse(check, value, limit) } else { Ok(()) }
}

fn at_most(check: Check, value: impl Into<i128>, limit: impl Into<i128>) -> Verdict {
    let (value, limit) = (value.into(), limit.into());
    refuse_if(value > limit, check, value, limit)
}

fn at_least(check: Check, value: impl Into<i128>, limit: impl Into<i128>) -> Verdict {
    let (value, limit) = (value.into(), limit.into());
    refuse_if(value < limit, check, value, limit)
}

/// `part / whole <= limit / unit`, without dividing; a whole of nothing or less allows nothing. Shows the share rounded
/// up, so that what is refused never looks allowed.
fn share_at_most(check: Check, part: i128, whole: i128, limit: i64, unit: i64) -> Verdict {
    let (limit, unit) = (i128::from(limit), i128::from(unit));
    let allowed = if whole > 0 { saturating_product(limit, whole) } else { 0 };
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

/// Nothing passes while the kill switch is on.
pub fn killed(on: bool) -> Verdict {
    at_most(Check::Killed, on, 0)
}

/// Nothing passes while halted.
pub fn trading_state(state: TradingState) -> Verdict {
    refuse_if(state == TradingState::Halted, Check::TradingState, state as i128, 0)
}

/// While reducing, only what makes the position smaller passes.
pub fn reducing(state: TradingState, side: Side, before: i128, after: i128) -> Verdict {
    refuse_if(state == TradingState::Reducing && !reduces(side, before, after), Check::Reducing, after, before)
}

/// Beyond the first step of the day's loss only reducing orders pass, beyond the second none.
pub fn daily_loss(limits: &Limits, loss: i128, day_open: i128, reduces: bool) -> Verdict {
    let step = |bps| share_at_most(Check::DailyLoss, loss, day_open, bps, BPS);
    step(limits.daily_loss_halt_bps).and(if reduces { Ok(()) } else { step(limits.daily_loss_reduce_bps) })
}

/// Ids come in order, so that none is used twice.
pub fn client_order_id(id: ClientOrderId, expected: ClientOrderId) -> Verdict {
    refuse_if(id != expected, Check::ClientOrderId, i128::from(id.0), i128::from(expected.0))
}

/// The order is one that its venue knows: what waits for something is held on our side and let go as another.
pub fn native(order: &Order, venue: VenueId) -> Verdict {
    refuse_if(!venue.native().takes(order), Check::OrderTerms, i128::from(TermsFault::NotNative as u8), 0)
}

/// The order's terms do not contradict each other.
pub fn terms(order: &Order) -> Verdict {
    match order.fault() {
        Some(fault) => refuse(Check::OrderTerms, i128::from(fault as u8), 0),
        None => Ok(()),
    }
}

/// Only a book in sync prices.
pub fn book_synced(state: BookState) -> Verdict {
    refuse_if(state != BookState::Synced, Check::BookNotSynced, state as i128, BookState::Synced as i128)
}

/// The top must be young. A book without a top on both sides has no age and prices nothing, whatever the limit.
pub fn stale_price(age_ns: Option<u64>, age_max_ns: u64) -> Verdict {
    let age = age_ns.map_or(i128::MAX, i128::from);
    refuse_if(age > i128::from(age_max_ns), Check::StalePrice, age, i128::from(age_max_ns))
}

/// Limits are in dollars; what cannot be told in dollars cannot be judged.
pub fn conversion(is_dollar_quoted: bool, instrument: InstrumentId) -> Verdict {
    refuse_if(!is_dollar_quoted, Check::NoConversion, i128::from(instrument.0), 0)
}

/// What does not fit is refused, not wrapped.
pub fn overflow(fits: bool, qty: Lots) -> Verdict {
    refuse_if(!fits, Check::Overflow, i128::from(qty.0), i128::from(i64::MAX))
}

/// At least the venue's smallest quantity, and one lot.
pub fn qty_min(qty: Lots, venue_min: Lots) -> Verdict {
    at_least(Check::OrderQtyMin, qty.0, venue_min.0.max(1))
}

/// At most the venue's largest quantity, and ours.
pub fn qty_max(qty: Lots, venue_max: Lots, own_max: i64) -> Verdict {
    at_most(Check::OrderQtyMax, qty.0, venue_max.0.min(own_max))
}

/// At least the venue's smallest value, and something.
pub fn notional_min(value: i128, venue_min: i64) -> Verdict {
    at_least(Check::OrderNotionalMin, value, venue_min.max(1))
}

/// At most our largest value.
pub fn notional_max(value: i128, max: i64) -> Verdict {
    at_most(Check::OrderNotionalMax, value, max)
}

/// A limit price may not lie far on the aggressive side of the mid.
pub fn price_collar(side: Side, px: Ticks, mid_doubled: i128, collar_bps: i64) -> Verdict {
    let beyond = (2 * i128::from(px.0) - mid_doubled) * i128::from(side.sign());
    share_at_most(Check::PriceCollar, beyond.max(0), mid_doubled, collar_bps, BPS)
}

/// The furthest price that [`price_collar`] lets pass: where a market order's limit goes. At least one tick.
#[must_use]
pub fn collar_px(side: Side, mid_doubled: i128, collar_bps: i64) -> Ticks {
    let (whole, bps) = (i128::from(BPS), i128::from(collar_bps));
    let px = match side {
        Side::Buy => (mid_doubled * (whole + bps)).div_euclid(2 * whole),
        Side::Sell => -(-(mid_doubled * (whole - bps))).div_euclid(2 * whole),
    };
    Ticks(i64::try_from(px.max(1)).unwrap_or(i64::MAX))
}

/// A reduce-only order must make the position smaller, whatever is working.
pub fn reduce_only(flag: bool, side: Side, before: i128, after: i128) -> Verdict {
    refuse_if(flag && !reduces(side, before, after), Check::ReduceOnly, after, before)
}

/// The position at worst, in dollars.
pub fn position_notional(value: i128, max: i64) -> Verdict {
    at_most(Check::PositionNotional, value, max)
}

/// The position at worst, as a share of equity.
pub fn position_share(value: i128, equity: i128, max_bps: i64) -> Verdict {
    share_at_most(Check::PositionShare, value, equity, max_bps, BPS)
}

/// Everything at worst, as a share of equity.
pub fn leverage(gross: i128, equity: i128, max_percent: i64) -> Verdict {
    share_at_most(Check::Leverage, gross, equity, max_percent, PERCENT)
}

/// A message wants a token.
pub fn message_rate(tokens: u64) -> Verdict {
    at_most(Check::MessageRate, 1, tokens)
}

/// The order table has a row for it.
pub fn open_orders(with_this: usize, max: usize) -> Verdict {
    at_most(Check::OpenOrders, with_this as u64, max as u64)
}

/// The ring behind has room for it.
pub fn backpressure(used: u64, slots: u64) -> Verdict {
    at_most(Check::Backpressure, used, slots)
}

/// Spot cannot be sold short.
pub fn short_spot(is_spot: bool, side: Side, after: i128) -> Verdict {
    refuse_if(is_spot && side == Side::Sell && after < 0, Check::ShortSpot, after, 0)
}

/// Whether going from `before` to `after` (positions if every working order of this side filled) only makes the position
/// smaller: towards flat, and not through it.
#[must_use]
pub fn reduces(side: Side, before: i128, after: i128) -> bool {
    match side {
        Side::Buy => before < 0 && after <= 0,
        Side::Sell => before > 0 && after >= 0,
    }
}
