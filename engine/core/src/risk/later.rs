//! Judgements of orders that are known already: held ones at their submission and again when they are let go, and changes.
//!
//! A held order is judged by what no price can change: its own size, the state of trading, how many there are. What it
//! would do to a position is asked when it is let go, for until then it does nothing. So it may always become smaller.

use crate::execution::OrderRow;
use crate::risk::approved::Approved;
use crate::risk::check::{self, order as single, pace, price, state};
use crate::risk::decision::{DecisionKind, Denial, Wish};
use crate::risk::every::{Case, Verdicts};
use crate::risk::{Outside, Risk};
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, StrategyId};
use engine_model::order::{ClientOrderId, Order, OrderStatus};
use engine_model::planted::planted;
use engine_model::refusal::{Check, Refusal};
use engine_model::steer::Mode;
use engine_model::units::{Lots, Nanos};

impl Risk {
    /// Judges an order that is to be held.
    #[cold]
    pub(super) fn judge_held(
        &mut self,
        strategy: StrategyId,
        order: &Order,
        now: Nanos,
        outside: &Outside,
    ) -> DecisionKind {
        let (expected, place) = (self.next_id(strategy), self.place(strategy));
        let slot = self.desks[order.instrument.index()].slot;
        self.fill_buckets(place, slot, now);
        let case = Case { strategy, place, expected, order, now, outside, is_new: true };
        let found = self.check_held(&case);
        let trader = &mut self.traders[place];
        if order.client_order_id == expected {
            trader.counter += 1;
        }
        if !found.breaches.is_empty() {
            return self.denied(order, Wish::Hold, found);
        }
        trader.bucket.take(trader.limits[0].message_burst); // the venue hears nothing
        self.orders.hold(order, strategy);
        DecisionKind::Hold(Approved::grant(*order))
    }

    fn check_held(&self, case: &Case<'_>) -> Verdicts {
        let Case { order, outside, .. } = *case;
        let (trader, desk) = (&self.traders[case.place], &self.desks[order.instrument.index()]);
        let limits = self.limits_at(case.place, case.now);
        let scale = self.portfolio.scale(order.instrument);
        // The price that is known of it: its limit, else its trigger, else none.
        let px = order.price();
        let value = if px.0 > 0 { scale.notional(px, i128::from(order.qty.0)) } else { Some(0) };
        let (used, slots) = outside.full.unwrap_or_default();
        let mut found = Verdicts::default();
        found.note(state::killed(outside.killed));
        found.note(state::trading_state(self.state_for(case.place, order.instrument)));
        // What it would do to a position is asked when it is let go.
        if trader.steered.mode() == Mode::Stopped {
            found.note(state::mode(Mode::Stopped, order.side, 0, 0));
        }
        found.note(state::allowed(trader.hand(order.instrument).is_allowed, order.instrument));
        found.note(single::client_order_id(order.client_order_id, case.expected));
        found.note(single::terms(order));
        found.note(single::conversion(scale.is_dollar_quoted(), order.instrument));
        found.note(single::overflow(value.is_some(), order.qty));
        found.note(single::qty_min(order.qty, desk.min_qty));
        // What can only reduce is as large as what it reduces, see `check_order`.
        let sizes = self.sizes(order);
        let exits = order.reduce_only || check::reduces(order.side, sizes.before, sizes.after);
        found.note(single::qty_max(order.qty, desk.max_qty, if exits { i64::MAX } else { limits.order_qty_max_lots }));
        if let (true, Some(value)) = (scale.is_dollar_quoted() && px.0 > 0, value) {
            found.note(single::notional_min(value, desk.min_notional));
            if !exits {
                found.note(single::notional_max(value, limits.order_notional_max.0));
            }
        }
        self.check_held_limit(case, &mut found);
        found.note(pace::message_rate(trader.bucket.tokens(limits.message_burst)));
        let (with_this, rows) = (self.orders.open_count() as u64 + 1, self.orders.open_max() as u64);
        found.note(pace::open_orders(Check::OpenOrders, with_this, u64::from(limits.open_orders_max).min(rows)));
        found.note(pace::backpressure(used, slots));
        found
    }

    /// An order is let go where the market is at its trigger. If its limit lies beyond the collar from there, that is known
    /// by now: an order that was taken and cannot leave when it is pulled protects nothing.
    fn check_held_limit(&self, case: &Case<'_>, found: &mut Verdicts) {
        let Case { order, place, .. } = *case;
        let collar = self.collar_of(place, order.instrument);
        let mid_doubled = self.markets[order.instrument.index()].mid_doubled();
        let from = if order.trigger_px.0 > 0 { Some(2 * i128::from(order.trigger_px.0)) } else { mid_doubled };
        let Some(from) = from else { return };
        found.note(price::limit_offset(order.offset_unit, order.limit_offset, from, collar));
        if order.order_type.has_trigger() && order.px.0 > 0 && order.trigger_px.0 > 0 {
            found.note(price::collar(order.side, order.px, from, collar));
        }
    }

    /// Judges a held order again, as the plain order that it is now.
    #[cold]
    pub(super) fn judge_release(
        &mut self,
        strategy: StrategyId,
        wished: &Order,
        now: Nanos,
        outside: &Outside,
    ) -> DecisionKind {
        self.refresh();
        let Order { client_order_id: id, instrument, side, .. } = *wished;
        let is_it = |row: &OrderRow| (row.strategy, row.instrument, row.side) == (strategy, instrument, side);
        let row = self.orders.get_open(id).copied().filter(|row| row.is_held && !row.is_withdrawn && is_it(row));
        let place = self.place(strategy);
        let order = self.priced(strategy, wished, now);
        let Some(row) = row.and_then(|row| row.let_go(order.price(), order.qty)).map(|row| row.sent_as(&order)) else {
            return self.denied(wished, Wish::Release, unknown(id));
        };
        let slot = self.desks[instrument.index()].slot;
        self.fill_buckets(place, slot, now);
        self.traders[place].batch.forget(now);
        self.traders[place].minute.turn(now);
        let case = Case { strategy, place, expected: id, order: &order, now, outside, is_new: true };
        let found = self.check_all(&case);
        if !found.breaches.is_empty() {
            let worst = self.explained(&case, found.worst);
            return self.denied(wished, Wish::Release, Verdicts { worst, ..found });
        }
        let value = self.shown_value(&order);
        self.take_tokens(place, slot);
        self.passed(place, &order, value, now);
        self.orders.amend(row);
        self.begins(&Order { qty: row.leaves(), ..order });
        DecisionKind::Release(Approved::grant(order))
    }

    /// Judges a change as if the order were gone and what it becomes were new; until it is answered the worse of both
    /// counts. Less at the same price passes every limit, as a cancel does. What it adds is of its second as a new order is.
    #[cold]
    pub(super) fn judge_change(
        &mut self,
        strategy: StrategyId,
        change: &Change,
        now: Nanos,
        outside: &Outside,
    ) -> DecisionKind {
        let Change { client_order_id: id, px, qty } = *change;
        if let Some(row) = self.orders.get_open(id).copied().filter(|row| row.is_held) {
            return self.judge_held_change(strategy, &row, change, now);
        }
        let stands = |row: &OrderRow| {
            let settled =
                matches!(row.status, OrderStatus::Accepted | OrderStatus::Triggered | OrderStatus::PartiallyFilled);
            settled && !row.is_changing() && (row.strategy == strategy || strategy == StrategyId(0))
        };
        let old = self.orders.get_open(id).copied().filter(stands);
        let Some((old, new)) = old.and_then(|old| Some((old, old.granted(px, qty)?))) else {
            let order = Order { client_order_id: id, px, qty, ..Order::default() };
            return self.denied(&order, Wish::Modify, unknown(id));
        };
        let (instrument, side, weight) = (old.instrument, old.side, old.weight());
        let whole = old.changed_to(px, qty);
        let (place, slot) = (self.place(strategy), self.desks[instrument.index()].slot);
        self.fill_buckets(place, slot, now);
        self.traders[place].batch.forget(now);
        if px != old.px || qty > old.qty {
            self.count(instrument, |risk| risk.exposure.add(instrument, side, Lots(-weight.0)));
            let left = Order { qty: Lots(qty.0 - old.filled_qty.0), ..whole };
            let case = Case { strategy, place, expected: id, order: &left, now, outside, is_new: false };
            let mut found = self.check_all(&case);
            found.worst = self.explained(&case, found.worst);
            self.count(instrument, |risk| risk.exposure.add(instrument, side, weight));
            if !found.breaches.is_empty() {
                return self.denied(&whole, Wish::Modify, found);
            }
        }
        self.take_tokens(place, slot);
        // What it adds counts with the orders of its second: else many changes do what no order may.
        let left = |px, qty: Lots| Order { qty: Lots(qty.0 - old.filled_qty.0), ..old.changed_to(px, qty) };
        let added = self.shown_value(&left(px, qty)).saturating_sub(self.shown_value(&left(old.px, old.qty)));
        if added > 0 && !planted("risk/changes-cost-nothing") {
            self.traders[place].batch.note(now, added);
        }
        self.orders.amend(if strategy == StrategyId(0) { new.cut_to(qty) } else { new });
        self.exposure.add(instrument, side, Lots(new.weight().0 - weight.0));
        self.outdate(instrument);
        DecisionKind::Modify(Approved::grant(*change))
    }

    /// A held order that becomes smaller, or waits elsewhere, passes every limit: it is judged when it is let go. No venue
    /// hears of it.
    fn judge_held_change(&mut self, strategy: StrategyId, row: &OrderRow, change: &Change, now: Nanos) -> DecisionKind {
        let Change { client_order_id, px, qty } = *change;
        let (place, slot) = (self.place(strategy), self.desks[row.instrument.index()].slot);
        self.fill_buckets(place, slot, now);
        let is_own = row.strategy == strategy || strategy == StrategyId(0);
        if !is_own || row.is_withdrawn || qty > row.qty || row.changed(px, qty).is_none() {
            let order = Order { client_order_id, px, qty, ..Order::default() };
            return self.denied(&order, Wish::Modify, unknown(client_order_id));
        }
        let trader = &mut self.traders[place];
        trader.bucket.take(trader.limits[0].message_burst);
        DecisionKind::Modify(Approved::grant(*change))
    }

    fn count(&mut self, instrument: InstrumentId, change: impl FnOnce(&mut Self)) {
        change(self);
        self.outdate(instrument);
        self.refresh();
    }

    fn denied(&mut self, order: &Order, wish: Wish, found: Verdicts) -> DecisionKind {
        self.denied_count += 1;
        let Verdicts { breaches, worst: refusal } = found;
        DecisionKind::Denied(Denial { order: *order, wish, breaches, refusal })
    }
}

/// Nothing is held, or stands settled, under that id.
fn unknown(id: ClientOrderId) -> Verdicts {
    let mut found = Verdicts::default();
    found.note(Err(Refusal::new(Check::UnknownOrder, id.0 as i64, 0)));
    found
}
