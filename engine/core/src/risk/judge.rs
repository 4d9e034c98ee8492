//! One judgement: gather the facts of an order, hold every check against them, sign or refuse.

use crate::risk::approved::Approved;
use crate::risk::check::{self, Verdict};
use crate::risk::decision::{Breaches, Decision, DecisionKind, Denial, Wish};
use crate::risk::{Outside, Risk};
use engine_model::instrument::ContractKind;
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::refusal::Refusal;
use engine_model::units::{Lots, Nanos, Ticks};

/// Every breach found, and the worst of them in full.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdicts {
    pub(super) breaches: Breaches,
    pub(super) worst: Refusal,
}

impl Verdicts {
    #[inline(always)]
    pub(super) fn note(&mut self, verdict: Verdict) {
        if let Err(refusal) = verdict {
            self.add(refusal);
        }
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, refusal: Refusal) {
        if self.breaches.is_empty() || refusal.check < self.worst.check {
            self.worst = refusal;
        }
        self.breaches = self.breaches.with(refusal.check);
    }
}

/// An order's sizes; an amount is `None` where it overflows, and zero where there is no price to compute it with (then
/// the checks of the book refuse).
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Position if every working order of this side filled, without and with this one.
    before: i128,
    after: i128,
    /// Value at its own limit price, 1e-8 dollars.
    value: Option<i128>,
    /// Value at its limit price or the mid, whichever is more.
    value_max: Option<i128>,
    /// Value of `after`.
    position: Option<i128>,
    /// Value of the instrument's worst position, either way, without and with this order.
    worst_before: i128,
    worst_after: Option<i128>,
}

impl Sizes {
    fn fits(&self) -> bool {
        let amounts = [self.value, self.value_max, self.position, self.worst_after];
        amounts.iter().all(Option::is_some) && self.after.abs() <= i128::from(i64::MAX)
    }
}

impl Risk {
    /// Judges one wish, at `now`.
    ///
    /// # Panics
    /// When it has read less than the strategy had when it wished.
    pub fn judge(&mut self, intent: &Intent, now: Nanos, outside: Outside) -> Decision {
        assert!(self.seen.covers(&intent.seen), "judging on {:?} what was wished on {:?}", self.seen, intent.seen);
        let what = match &intent.what {
            IntentKind::Submit(order) => self.judge_order(intent.strategy, order, now, outside),
            IntentKind::Cancel(id) => self.judge_cancel(intent.strategy, *id, now, DecisionKind::Cancel),
            IntentKind::Expire(id) => self.judge_cancel(intent.strategy, *id, now, DecisionKind::Expire),
            IntentKind::Hold(order) => self.judge_held(intent.strategy, order, now, outside),
            IntentKind::Release(order) => self.judge_release(intent.strategy, order, now, outside),
            IntentKind::Modify(change) => self.judge_change(intent.strategy, change, now, outside),
        };
        Decision { seen: self.seen, at_ns: now, caused_at_ns: intent.caused_at_ns, strategy: intent.strategy, what }
    }

    /// Cancels pass every limit. They need an open order of the one who asks; the operator may withdraw any.
    fn judge_cancel(
        &mut self,
        strategy: StrategyId,
        id: ClientOrderId,
        now: Nanos,
        granted: fn(ClientOrderId) -> DecisionKind,
    ) -> DecisionKind {
        let own = |owner| owner == strategy || strategy == StrategyId(0);
        if !self.orders.get_open(id).is_some_and(|row| own(row.strategy)) {
            return DecisionKind::CancelDenied(id);
        }
        self.take_token(strategy, now);
        granted(id)
    }

    /// Counts a message that no limit refuses.
    pub(super) fn take_token(&mut self, strategy: StrategyId, now: Nanos) {
        let (rate, burst) = (self.limits.message_rate_per_s, self.limits.message_burst);
        let bucket = &mut self.accounts[usize::from(strategy.0)].bucket;
        bucket.fill(now, rate);
        bucket.take(burst);
    }

    fn judge_order(&mut self, strategy: StrategyId, wished: &Order, now: Nanos, outside: Outside) -> DecisionKind {
        self.refresh();
        let (rate, burst) = (self.limits.message_rate_per_s, self.limits.message_burst);
        let expected = self.next_id(strategy);
        let priced;
        let order = match wished.order_type {
            OrderType::Limit => wished,
            _ => {
                priced = self.priced(wished);
                &priced
            }
        };
        self.accounts[usize::from(strategy.0)].bucket.fill(now, rate);
        let denial = if self.surely_passes(strategy, order, expected, now, outside) {
            if cfg!(test) {
                let breaches = self.check_all(strategy, order, expected, now, outside).breaches;
                assert!(breaches.is_empty(), "{order:?} breaks {breaches:?}");
            }
            None
        } else {
            self.denial(strategy, wished, order, expected, now, outside)
        };
        let account = &mut self.accounts[usize::from(strategy.0)];
        if wished.client_order_id == expected {
            account.counter += 1; // a refused order has used its id, too
        }
        if let Some(denial) = denial {
            self.denied_count += 1;
            return DecisionKind::Denied(denial);
        }
        assert!(order.order_type == OrderType::Limit, "a market order without a price passed");
        account.bucket.take(burst);
        self.approved_count += 1;
        self.orders.begin(order, strategy);
        self.exposure.add(order.instrument, order.side, order.qty);
        self.outdate(order.instrument);
        DecisionKind::Submit(Approved::grant(*order))
    }

    /// The long way: every breach of the order, if there is one.
    #[cold]
    #[inline(never)]
    fn denial(
        &self,
        strategy: StrategyId,
        wished: &Order,
        order: &Order,
        expected: ClientOrderId,
        now: Nanos,
        outside: Outside,
    ) -> Option<Denial> {
        let Verdicts { breaches, worst } = self.check_all(strategy, order, expected, now, outside);
        let (order, wish) = (*wished, Wish::Submit);
        let denial = Denial { order, wish, breaches, value: worst.value, limit: worst.limit };
        (!breaches.is_empty()).then_some(denial)
    }

    /// A market order as the IOC limit order at the collar that it becomes; without a mid it stays what it is and cannot
    /// pass.
    #[cold]
    #[inline(never)]
    pub(super) fn priced(&self, order: &Order) -> Order {
        let mid = self.markets[order.instrument.index()].mid_doubled();
        match (order.order_type, mid) {
            (OrderType::Market, Some(mid_doubled)) => Order {
                order_type: OrderType::Limit,
                time_in_force: TimeInForce::Ioc,
                post_only: false,
                px: check::collar_px(order.side, mid_doubled, self.limits.price_collar_bps),
                ..*order
            },
            _ => *order,
        }
    }

    /// Every check, in the order of their weight. All are made, so that all that is wrong is told at once.
    pub(super) fn check_all(
        &self,
        strategy: StrategyId,
        order: &Order,
        expected: ClientOrderId,
        now: Nanos,
        outside: Outside,
    ) -> Verdicts {
        let limits = &self.limits;
        let instrument = self.instruments.get(order.instrument);
        let market = &self.markets[order.instrument.index()];
        let mid_doubled = market.mid_doubled();
        let age_ns = mid_doubled.map(|_| now.since(market.top_at_ns));
        let tokens = self.accounts[usize::from(strategy.0)].bucket.tokens(limits.message_burst);
        let is_spot = instrument.kind == ContractKind::Spot;
        let dollars = self.portfolio.scale(order.instrument).is_dollar_quoted();
        let Order { side, qty, .. } = *order;
        let sizes = self.sizes(order);
        let Sizes { before, after, .. } = sizes;
        let (used, slots) = outside.full.unwrap_or_default();

        let mut found = Verdicts::default();
        found.note(check::killed(outside.killed));
        found.note(check::trading_state(self.state));
        found.note(check::reducing(self.state, side, before, after));
        found.note(check::daily_loss(limits, self.day_loss(), self.day_open, check::reduces(side, before, after)));
        found.note(check::client_order_id(order.client_order_id, expected));
        found.note(check::native(order, instrument.venue));
        found.note(check::book_synced(market.book));
        found.note(check::stale_price(age_ns, limits.price_age_max_ns));
        found.note(check::conversion(dollars, order.instrument));
        found.note(check::overflow(sizes.fits(), qty));
        found.note(check::qty_min(qty, instrument.min_qty));
        found.note(check::qty_max(qty, instrument.max_qty, limits.order_qty_max_lots));
        if let (OrderType::Limit, Some(value)) = (order.order_type, sizes.value) {
            found.note(check::notional_min(value, instrument.min_notional.0));
        }
        if let (true, Some(value)) = (dollars, sizes.value_max) {
            found.note(check::notional_max(value, limits.order_notional_max.0));
        }
        if let Some(mid_doubled) = mid_doubled {
            found.note(check::price_collar(side, order.px, mid_doubled, limits.price_collar_bps));
        }
        found.note(check::reduce_only(order.reduce_only, side, before, after));
        // What makes a position smaller must pass, even while price or loss have put it beyond the limit. Through flat and
        // out on the other side is a new position, however small.
        let grows = !check::reduces(side, before, after);
        if let (true, true, Some(position)) = (dollars, grows, sizes.position) {
            found.note(check::position_notional(position, limits.position_notional_max.0));
            found.note(check::position_share(position, self.portfolio.equity(), limits.position_share_max_bps));
        }
        if let (true, Some(worst)) = (dollars, sizes.worst_after)
            && worst > sizes.worst_before
        {
            let gross = self.exposure.gross() - sizes.worst_before + worst;
            found.note(check::leverage(gross, self.portfolio.equity(), limits.leverage_max_pct));
        }
        found.note(check::message_rate(tokens));
        // One that is known is not one more: it is let go, or changed.
        let others = self.orders.open_count() - usize::from(self.orders.get_open(expected).is_some());
        found.note(check::open_orders(others + 1, self.orders.open_max()));
        found.note(check::backpressure(used, slots));
        found.note(check::short_spot(is_spot, side, after));
        found
    }

    fn sizes(&self, order: &Order) -> Sizes {
        let Order { instrument, side, qty: Lots(qty), px, .. } = *order;
        let market = &self.markets[instrument.index()];
        let scale = self.portfolio.scale(instrument);
        let working = self.exposure.working(instrument);
        let position = self.portfolio.qty(instrument);
        let lots = i128::from(qty);
        let before = working.position_if_filled(position, side);
        let after = before + i128::from(side.sign()) * lots;
        let own_px = (order.order_type == OrderType::Limit).then_some(px);
        let value_px = market.value_px();
        let at = |px: Option<Ticks>, lots: i128| match px {
            Some(Ticks(px)) if px <= 0 => Some(0), // worth nothing: below any minimum
            Some(px) => scale.notional(px, lots),
            None => Some(0),
        };
        Sizes {
            before,
            after,
            value: at(own_px, lots),
            value_max: at(own_px.max(market.mid_up()), lots),
            position: at(value_px, after.abs()),
            worst_before: self.exposure.worst(instrument),
            worst_after: at(value_px, working.with(side, lots).worst(position)),
        }
    }
}
