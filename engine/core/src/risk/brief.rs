//! The short way to a yes: whether an order surely passes every check, told in 64 bits.
//!
//! Nearly every order passes and nearly every amount fits 64 bits. So this asks first, and only where it cannot say yes does
//! [`Risk::check_all`] look: in 128 bits, at every check, with the numbers that a denial tells. Never laxer than the checks
//! (tests compare the two at every judgement), and stricter only where that saves work: then the long way lets it pass.
//!
//! Never says no.

use crate::risk::check::{BPS, PERCENT, is_share_within};
use crate::risk::{Outside, Risk};
use engine_model::instrument::ContractKind;
use engine_model::intent::StrategyId;
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
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

impl Risk {
    /// Whether the order surely passes every check of [`Risk::check_all`].
    #[inline]
    pub(super) fn surely_passes(
        &self,
        strategy: StrategyId,
        order: &Order,
        expected: ClientOrderId,
        now: Nanos,
        outside: Outside,
    ) -> bool {
        let tokens = self.accounts[usize::from(strategy.0)].bucket.tokens(self.limits.message_burst);
        self.state == TradingState::Active
            && outside == Outside::default()
            && order.client_order_id == expected
            && order.order_type == OrderType::Limit
            && order.time_in_force != TimeInForce::Fok // not every venue knows it
            && order.px.0 > 0 // at a price of nothing or less even an inverse contract is worth nothing
            && !order.reduce_only
            && tokens > 0
            && self.orders.open_count() < self.orders.open_max()
            && self.loses_little()
            && self.may_be_priced(order, now) == Some(true)
            && self.may_be_held(order) == Some(true)
    }

    /// Whether the day's loss is surely within both of its limits.
    #[inline]
    pub(super) fn loses_little(&self) -> bool {
        let (Ok(loss), Ok(day_open)) = (i64::try_from(self.day_loss()), i64::try_from(self.day_open)) else {
            return false;
        };
        let bps = self.limits.daily_loss_reduce_bps.min(self.limits.daily_loss_halt_bps);
        is_share_within(loss, day_open, bps, BPS)
    }

    /// Whether the market is young and the order's price not beyond the collar.
    #[inline]
    fn may_be_priced(&self, order: &Order, now: Nanos) -> Option<bool> {
        let limits = &self.limits;
        let market = &self.markets[order.instrument.index()];
        let mid_doubled = i64::try_from(market.mid_doubled()?).ok()?;
        let above = order.px.0.checked_mul(2)?.checked_sub(mid_doubled)?;
        let beyond = match order.side {
            Side::Buy => above.max(0),
            Side::Sell => above.min(0).checked_neg()?,
        };
        let is_young = now.since(market.top_at_ns) <= limits.price_age_max_ns;
        Some(is_young && is_share_within(beyond, mid_doubled, limits.price_collar_bps, BPS))
    }

    /// Whether quantity, value and what would be held are within their limits.
    #[inline]
    fn may_be_held(&self, order: &Order) -> Option<bool> {
        let Order { instrument: id, side, qty, .. } = *order;
        let limits = &self.limits;
        let instrument = self.instruments.get(id);
        let equity = i64::try_from(self.portfolio.equity()).ok()?;
        let others = i64::try_from(self.exposure.gross() - self.exposure.worst(id)).ok()?;
        let Amounts { value, value_max, worst, after } = self.amounts(order)?;
        let is_short_spot = instrument.kind == ContractKind::Spot && side == Side::Sell && after < 0;
        let passes = self.portfolio.scale(id).is_dollar_quoted()
            && qty.0 >= instrument.min_qty.0.max(1)
            && qty.0 <= instrument.max_qty.0.min(limits.order_qty_max_lots)
            && value >= instrument.min_notional.0.max(1)
            && value_max <= limits.order_notional_max.0
            // The worst of both sides is at least that of the order's own, which is what the checks ask for.
            && worst <= limits.position_notional_max.0
            && is_share_within(worst, equity, limits.position_share_max_bps, BPS)
            && is_share_within(others.checked_add(worst)?, equity, limits.leverage_max_pct, PERCENT)
            && !is_short_spot;
        Some(passes)
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
