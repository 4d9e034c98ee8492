//! Judgements of orders that are known already: held ones at their submission and again when they are let go, and changes.
//!
//! A held order is judged by what no price can change: its own size, the state of trading, how many there are. What it
//! would do to a position is asked when it is let go, for until then it does nothing.

use crate::execution::OrderRow;
use crate::risk::approved::Approved;
use crate::risk::check;
use crate::risk::decision::{DecisionKind, Denial, Wish};
use crate::risk::judge::Verdicts;
use crate::risk::{Outside, Risk};
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, StrategyId};
use engine_model::order::{ClientOrderId, Order, OrderStatus};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Nanos};

impl Risk {
    /// Judges an order that is to be held.
    #[cold]
    pub(super) fn judge_held(
        &mut self,
        strategy: StrategyId,
        order: &Order,
        now: Nanos,
        outside: Outside,
    ) -> DecisionKind {
        let (rate, burst) = (self.limits.message_rate_per_s, self.limits.message_burst);
        let expected = self.next_id(strategy);
        self.accounts[usize::from(strategy.0)].bucket.fill(now, rate);
        let found = self.check_held(strategy, order, expected, outside);
        let account = &mut self.accounts[usize::from(strategy.0)];
        if order.client_order_id == expected {
            account.counter += 1;
        }
        if !found.breaches.is_empty() {
            return self.denied(order, Wish::Hold, found);
        }
        account.bucket.take(burst);
        self.orders.hold(order, strategy);
        DecisionKind::Hold(Approved::grant(*order))
    }

    fn check_held(&self, strategy: StrategyId, order: &Order, expected: ClientOrderId, outside: Outside) -> Verdicts {
        let limits = &self.limits;
        let instrument = self.instruments.get(order.instrument);
        let scale = self.portfolio.scale(order.instrument);
        let tokens = self.accounts[usize::from(strategy.0)].bucket.tokens(limits.message_burst);
        // The price that is known of it: its limit, else its trigger, else none.
        let px = Some(order.px).filter(|px| px.0 > 0).unwrap_or(order.trigger_px);
        let value = if px.0 > 0 { scale.notional(px, i128::from(order.qty.0)) } else { Some(0) };
        let (used, slots) = outside.full.unwrap_or_default();
        let mut found = Verdicts::default();
        found.note(check::killed(outside.killed));
        found.note(check::trading_state(self.state));
        found.note(check::client_order_id(order.client_order_id, expected));
        found.note(check::terms(order));
        found.note(check::conversion(scale.is_dollar_quoted(), order.instrument));
        found.note(check::overflow(value.is_some(), order.qty));
        found.note(check::qty_min(order.qty, instrument.min_qty));
        found.note(check::qty_max(order.qty, instrument.max_qty, limits.order_qty_max_lots));
        if let (true, Some(value)) = (scale.is_dollar_quoted() && px.0 > 0, value) {
            found.note(check::notional_min(value, instrument.min_notional.0));
            found.note(check::notional_max(value, limits.order_notional_max.0));
        }
        found.note(check::message_rate(tokens));
        found.note(check::open_orders(self.orders.open_count() + 1, self.orders.open_max()));
        found.note(check::backpressure(used, slots));
        found
    }

    /// Judges a held order again, as the plain order that it is now.
    #[cold]
    pub(super) fn judge_release(
        &mut self,
        strategy: StrategyId,
        wished: &Order,
        now: Nanos,
        outside: Outside,
    ) -> DecisionKind {
        self.refresh();
        let Order { client_order_id: id, instrument, side, .. } = *wished;
        let is_it = |row: &OrderRow| (row.strategy, row.instrument, row.side) == (strategy, instrument, side);
        let row = self.orders.get_open(id).copied().filter(|row| row.is_held && is_it(row));
        let order = self.priced(wished);
        let Some(row) = row.and_then(|row| row.let_go(order.px, order.qty)) else {
            return self.denied(wished, Wish::Release, unknown(id));
        };
        let (rate, burst) = (self.limits.message_rate_per_s, self.limits.message_burst);
        self.accounts[usize::from(strategy.0)].bucket.fill(now, rate);
        let found = self.check_all(strategy, &order, id, now, outside);
        if !found.breaches.is_empty() {
            return self.denied(wished, Wish::Release, found);
        }
        self.accounts[usize::from(strategy.0)].bucket.take(burst);
        self.approved_count += 1;
        self.orders.amend(row);
        self.exposure.add(instrument, side, row.leaves());
        self.outdate(instrument);
        DecisionKind::Release(Approved::grant(order))
    }

    /// Judges a change as if the order were gone and what it becomes were new; until it is answered the worse of both
    /// counts. Less at the same price passes every limit, as a cancel does.
    #[cold]
    pub(super) fn judge_change(
        &mut self,
        strategy: StrategyId,
        change: &Change,
        now: Nanos,
        outside: Outside,
    ) -> DecisionKind {
        let Change { client_order_id: id, px, qty } = *change;
        let stands = |row: &OrderRow| {
            let settled =
                matches!(row.status, OrderStatus::Accepted | OrderStatus::Triggered | OrderStatus::PartiallyFilled);
            settled && row.asked_qty == Lots(0) && (row.strategy == strategy || strategy == StrategyId(0))
        };
        let old = self.orders.get_open(id).copied().filter(stands);
        let Some((old, new)) = old.and_then(|old| Some((old, old.asked(px, qty)?))) else {
            let order = Order { client_order_id: id, px, qty, ..Order::default() };
            return self.denied(&order, Wish::Modify, unknown(id));
        };
        let (instrument, side, leaves) = (old.instrument, old.side, old.leaves());
        let whole = Order { client_order_id: id, instrument, side, px, qty, ..Order::default() };
        if px != old.px || qty > old.qty {
            let rate = self.limits.message_rate_per_s;
            self.accounts[usize::from(strategy.0)].bucket.fill(now, rate);
            self.count(instrument, |risk| risk.exposure.add(instrument, side, Lots(-leaves.0)));
            let left = Order { qty: Lots(qty.0 - old.filled_qty.0), ..whole };
            let found = self.check_all(strategy, &left, id, now, outside);
            self.count(instrument, |risk| risk.exposure.add(instrument, side, leaves));
            if !found.breaches.is_empty() {
                return self.denied(&whole, Wish::Modify, found);
            }
        }
        self.take_token(strategy, now);
        self.orders.amend(new);
        self.exposure.add(instrument, side, Lots(new.leaves().0 - leaves.0));
        self.outdate(instrument);
        DecisionKind::Modify(Approved::grant(*change))
    }

    fn count(&mut self, instrument: InstrumentId, change: impl FnOnce(&mut Self)) {
        change(self);
        self.outdate(instrument);
        self.refresh();
    }

    fn denied(&mut self, order: &Order, wish: Wish, found: Verdicts) -> DecisionKind {
        self.denied_count += 1;
        let Verdicts { breaches, worst: Refusal { value, limit, .. } } = found;
        DecisionKind::Denied(Denial { order: *order, wish, breaches, value, limit })
    }
}

/// Nothing is held, or stands settled, under that id.
fn unknown(id: ClientOrderId) -> Verdicts {
    let mut found = Verdicts::default();
    found.note(Err(Refusal { check: Check::UnknownOrder, value: id.0 as i64, limit: 0 }));
    found
}
