//! The short way to a yes: whether an order surely passes every check, told in 64 bits.
//!
//! Nearly every order passes and nearly every amount fits 64 bits. So this asks first, and only where it cannot say yes does
//! [`Risk::check_all`] look: in 128 bits, at every check, with the numbers that a denial tells. Never laxer than the checks
//! (tests compare the two at every judgement), and stricter only where that saves work: then the long way lets it pass.
//!
//! Never says no.

use crate::risk::Risk;
use crate::risk::check::{BPS, is_share_within};
use crate::risk::desk::Desk;
use crate::risk::every::Case;
use crate::risk::{Outside, trader::Trader};
use engine_model::limit::{Limits, TradingState};
use engine_model::margin::MarginAtMost;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::planted::planted;
use engine_model::steer::Mode;
use engine_model::units::{Lots, Nanos};

/// An order's amounts in 1e-8 dollars.
struct Amounts {
    /// At its own limit price.
    value: i64,
    /// At its limit price or the mid, whichever is more.
    value_max: i64,
    /// The instrument's worst position with it, either way: at least that of its own side.
    worst: i64,
    /// The position if every working order of its side filled, with it, in lots.
    after: i64,
}

/// Where nothing is anybody's yes, the long way is taken.
fn yes(is: bool) -> Option<()> {
    is.then_some(())
}

impl Risk {
    /// The order's worth in 1e-8 dollars, if it surely passes every check of [`Risk::check_all`].
    #[inline]
    pub(super) fn surely_passes(&self, case: &Case<'_>) -> Option<i64> {
        let Case { order, outside, expected, place, .. } = *case;
        yes(*outside == Outside::default()
            && self.state_for(place, order.instrument) == TradingState::Active
            && order.client_order_id == expected
            && order.order_type == OrderType::Limit
            && order.time_in_force != TimeInForce::Fok // not every venue knows it
            && order.px.0 > 0 // at a price of nothing or less even an inverse contract is worth nothing
            && !order.reduce_only
            && self.loses_little())?;
        let (trader, desk) = (&self.traders[place], &self.desks[order.instrument.index()]);
        yes(trader.purse.is_calm() && trader.steered.mode() == Mode::Running)?;
        self.may_be_spoken(case, trader, desk)?;
        self.may_be_priced(order, case.now, &trader.limits[0], desk)?;
        self.may_be_held(case, trader, desk)
    }

    /// Whether it is allowed, and neither too often nor too many.
    #[inline]
    fn may_be_spoken(&self, case: &Case<'_>, trader: &Trader, desk: &Desk) -> Option<()> {
        let Case { order, now, .. } = *case;
        let (limits, venue) = (&trader.limits[0], &self.venues[desk.slot]);
        let hand = trader.hand(order.instrument);
        let (orders, allowed) = trader.minute.ratio(limits.orders_per_fill_max);
        let open = self.orders.open_count();
        yes(hand.is_allowed
            && !venue.is_closed
            && trader.bucket.has_more_than(0, limits.message_burst)
            && venue.bucket.has_more_than(self.tokens_kept(), self.limits.venue_burst)
            && hand.recent.same_since(order, now).is_none_or(|since| since >= limits.duplicate_window_ns)
            && orders <= allowed
            && desk.open_orders < limits.open_orders_instrument_max
            && venue.open_orders < limits.open_orders_venue_max
            && open < self.orders.open_max().min(limits.open_orders_max as usize))
    }

    /// Whether the market is young and whole, and the order's price not beyond the collars.
    #[inline]
    fn may_be_priced(&self, order: &Order, now: Nanos, limits: &Limits, desk: &Desk) -> Option<()> {
        let market = &self.markets[order.instrument.index()];
        let mid_doubled = i64::try_from(market.mid_doubled()?).ok()?;
        let twice = order.px.0.checked_mul(2)?;
        let beyond = |reference: i64| {
            let above = twice.checked_sub(reference)?;
            Some(if order.side == Side::Buy { above.max(0) } else { above.checked_neg()?.max(0) })
        };
        let collar = if desk.is_major { limits.price_collar_bps } else { limits.price_collar_others_bps };
        let reference = market.value_px()?.0.checked_mul(2)?;
        let meets = desk.own.nearest(order.side).is_some_and(|own| match order.side {
            Side::Buy => order.px >= own,
            Side::Sell => order.px <= own,
        });
        yes(now.since(market.top_at_ns) <= limits.price_age_max_ns
            && market.bid.px < market.ask.px
            && self.venues[desk.slot].skew.ns() <= self.limits.clock_skew_max_ns
            && desk.pulse.pause_left(now) == 0
            && !meets
            && (is_share_within(beyond(mid_doubled)?, mid_doubled, collar, BPS)
                || planted("risk/short-way-without-collar"))
            && is_share_within(beyond(reference)?, reference, limits.price_collar_hard_bps, BPS)
            && (!desk.is_compared || self.is_like_its_peers(order, now, limits)))
    }

    /// Whether more than half of the venues are near: then their median is.
    fn is_like_its_peers(&self, order: &Order, now: Nanos, limits: &Limits) -> bool {
        let Some((own, median)) = self.reference(order.instrument, now, limits) else { return true };
        match (i64::try_from((own - median).abs()), i64::try_from(median)) {
            (Ok(off), Ok(median)) => is_share_within(off, median, limits.reference_deviation_max_bps, BPS),
            _ => false,
        }
    }

    /// Whether quantity, value and what would be held are within their limits.
    #[inline]
    fn may_be_held(&self, case: &Case<'_>, trader: &Trader, desk: &Desk) -> Option<i64> {
        let Case { order, now, .. } = *case;
        let Order { instrument: id, side, qty, .. } = *order;
        let limits = self.limits_at(case.place, now);
        let equity = i64::try_from(self.portfolio.equity()).ok().filter(|equity| *equity > 0)?;
        let Amounts { value, value_max, worst, after } = self.amounts(order)?;
        let is_short_spot = desk.is_spot && side == Side::Sell && after < 0;
        let batch = i64::try_from(trader.batch.sum()).ok()?.checked_add(value_max)?;
        // Rounded down: at most a ten-thousandth of a cent of it is lost.
        let step = equity / BPS;
        let share = |bps: i64| step.saturating_mul(bps);
        yes(self.portfolio.scale(id).is_dollar_quoted()
            && qty.0 >= desk.min_qty.0
            && qty.0 <= desk.max_qty.0.min(limits.order_qty_max_lots)
            && is_share_within(qty.0, desk.volume.day(), limits.order_volume_share_max_bps, BPS)
            && value >= desk.min_notional
            && value_max <= limits.order_notional_max.0
            && batch <= limits.batch_notional_max.0
            // The worst of both sides is at least that of the order's own, which is what the checks ask for.
            && worst <= limits.position_notional_max.0
            && worst <= share(limits.position_share_max_bps)
            && !is_short_spot)?;
        let then = self.exposure.weight(id);
        let grows = worst.checked_sub(i64::try_from(then.worth).ok()?)?;
        if grows <= 0 {
            return Some(value_max);
        }
        let with = |sum: i128| i64::try_from(sum).ok()?.checked_add(grows);
        let [sector, cluster, venue] = self.exposure.groups(id);
        let total = self.exposure.total();
        yes(with(sector)? <= share(limits.sector_share_max_bps)
            && with(cluster)? <= share(limits.cluster_share_max_bps)
            && with(venue)? <= share(limits.venue_share_max_bps)
            && with(total.worth)? <= (equity / 100).saturating_mul(limits.leverage_max_pct)
            && self.model_age(id, now) <= limits.model_age_max_ns)?;
        let (var_bps, cvar_bps) = self.exposure.tail_bps(id);
        let tail = |sum: i128, own: i128, bps: i64| i64::try_from(sum - own).ok()?.checked_add(worst.checked_mul(bps)?);
        yes(tail(total.var, then.var, var_bps)? <= equity.saturating_mul(limits.var_max_bps)
            && tail(total.cvar, then.cvar, cvar_bps)? <= equity.saturating_mul(limits.cvar_max_bps))?;
        // Coins take no margin, but nothing grows while too much of it is used.
        let tiers = self.exposure.margin(id);
        let with_this = tiers.map_or(Some(MarginAtMost::default()), |tiers| tiers.at_most(worst))?;
        let of = |sum: i128, own: i128, this: i64| i64::try_from(sum - own).ok()?.checked_add(this);
        yes(of(total.initial, then.initial, with_this.initial)? <= share(limits.margin_use_max_bps))?;
        if tiers.is_some() {
            let free = equity.checked_sub(of(total.maintenance, then.maintenance, with_this.maintenance)?)?;
            let wanted = i128::from(with(total.contracts)?) * i128::from(limits.liquidation_distance_min_bps);
            yes(i128::from(free) * i128::from(BPS) >= wanted)?;
        }
        Some(value_max)
    }

    #[inline]
    fn amounts(&self, order: &Order) -> Option<Amounts> {
        let Order { instrument: id, side, qty: Lots(qty), px, .. } = *order;
        let market = &self.markets[id.index()];
        let scale = self.portfolio.scale(id);
        let working = self.exposure.working(id);
        let held = self.portfolio.qty(id);
        let (buys, sells) = (i64::try_from(working.buys).ok()?, i64::try_from(working.sells).ok()?);
        let (buys, sells) = match side {
            Side::Buy => (buys.checked_add(qty)?, sells),
            Side::Sell => (buys, sells.checked_add(qty)?),
        };
        let (long, short) = (held.checked_add(buys)?, held.checked_sub(sells)?);
        let worst_lots = long.checked_abs()?.max(short.checked_abs()?);
        Some(Amounts {
            value: scale.short_notional(px, qty)?,
            value_max: scale.short_notional(px.max(market.mid_up()?), qty)?,
            worst: scale.short_notional(market.value_px()?, worst_lots)?,
            after: if side == Side::Buy { long } else { short },
        })
    }
}
