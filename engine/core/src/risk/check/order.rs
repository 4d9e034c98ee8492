//! One order by itself.

use super::{BPS, Verdict, at_least, at_most, reduces, refuse, refuse_if, share_at_most};
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, TermsFault};
use engine_model::refusal::Check;
use engine_model::units::Lots;

/// Ids come in order, so that none is used twice.
pub fn client_order_id(id: ClientOrderId, expected: ClientOrderId) -> Verdict {
    refuse_if(id != expected, Check::ClientOrderId, i128::from(id.0), i128::from(expected.0))
}

/// The order is one that its venue knows: what waits for something is held on our side and let go as another.
pub fn native(order: &Order, of: &Instrument) -> Verdict {
    refuse_if(!of.venue.native().takes(order, of.kind), Check::OrderTerms, i128::from(TermsFault::NotNative as u8), 0)
}

/// The order's terms do not contradict each other.
pub fn terms(order: &Order) -> Verdict {
    match order.fault() {
        Some(fault) => refuse(Check::OrderTerms, i128::from(fault as u8), 0),
        None => Ok(()),
    }
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

/// At most a share of what the market trades in a day.
pub fn volume(qty: Lots, day: i64, max_bps: i64) -> Verdict {
    share_at_most(Check::VolumeShare, i128::from(qty.0), i128::from(day), max_bps, BPS)
}

/// At least the venue's smallest value, and something.
pub fn notional_min(value: i128, venue_min: i64) -> Verdict {
    at_least(Check::OrderNotionalMin, value, venue_min.max(1))
}

/// At most our largest value.
pub fn notional_max(value: i128, max: i64) -> Verdict {
    at_most(Check::OrderNotionalMax, value, max)
}

/// With what was ordered within the last second.
pub fn batch(value: i128, max: i64) -> Verdict {
    at_most(Check::BatchNotional, value, max)
}

/// A reduce-only order must make the position smaller, whatever is working.
pub fn reduce_only(flag: bool, side: Side, before: i128, after: i128) -> Verdict {
    refuse_if(flag && !reduces(side, before, after), Check::ReduceOnly, after, before)
}

/// Spot cannot be sold short.
pub fn short_spot(is_spot: bool, side: Side, after: i128) -> Verdict {
    refuse_if(is_spot && side == Side::Sell && after < 0, Check::ShortSpot, after, 0)
}
