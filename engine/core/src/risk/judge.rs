//! One judgement: gather the facts of an order, hold every check against them, sign or refuse.

use crate::risk::approved::Approved;
use crate::risk::check::{self, price};
use crate::risk::decision::{Cause, Decision, DecisionKind, Denial, Wish};
use crate::risk::every::{Case, Verdicts};
use crate::risk::{Outside, Risk};
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::limit::Limits;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::planted::planted;
use engine_model::refusal::Check;
use engine_model::units::Nanos;

impl Risk {
    /// Judges one wish, at `now`.
    ///
    /// # Panics
    /// When it has read less than the strategy had when it wished.
    pub fn judge(&mut self, intent: &Intent, now: Nanos, outside: Outside) -> Decision {
        let covers = self.seen.covers(&intent.seen) || planted("risk/judges-on-less-than-was-known");
        assert!(covers, "judging on {:?} what was wished on {:?}", self.seen, intent.seen);
        let what = match &intent.what {
            IntentKind::Submit(order) => self.judge_order(intent.strategy, order, now, &outside),
            IntentKind::Cancel(id) => self.judge_cancel(intent.strategy, *id, now, DecisionKind::Cancel),
            IntentKind::Expire(id) => self.judge_cancel(intent.strategy, *id, now, DecisionKind::Expire),
            IntentKind::Hold(order) => self.judge_held(intent.strategy, order, now, &outside),
            IntentKind::Release(order) => self.judge_release(intent.strategy, order, now, &outside),
            IntentKind::Modify(change) => self.judge_change(intent.strategy, change, now, &outside),
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
        let is_anyones = planted("risk/cancels-of-others-pass");
        let own = |owner| owner == strategy || strategy == StrategyId(0) || is_anyones;
        let Some(row) = self.orders.get_open(id).copied().filter(|row| own(row.strategy)) else {
            return DecisionKind::CancelDenied(id);
        };
        let (place, slot) = (self.place(strategy), self.desks[row.instrument.index()].slot);
        self.fill_buckets(place, slot, now);
        self.take_tokens(place, slot);
        if row.is_held || strategy == StrategyId(0) {
            self.orders.amend(row.withdrawn());
        }
        granted(id)
    }

    #[inline]
    pub(super) fn fill_buckets(&mut self, place: usize, slot: usize, now: Nanos) {
        let trader = &mut self.traders[place];
        trader.bucket.fill(now, trader.limits[0].message_rate_per_s);
        self.venues[slot].bucket.fill(now, self.limits.venue_rate_per_s);
    }

    #[inline]
    pub(super) fn take_tokens(&mut self, place: usize, slot: usize) {
        let trader = &mut self.traders[place];
        if !planted("risk/messages-not-counted") {
            trader.bucket.take(trader.limits[0].message_burst);
        }
        self.venues[slot].bucket.take(self.limits.venue_burst);
    }

    fn judge_order(&mut self, strategy: StrategyId, wished: &Order, now: Nanos, outside: &Outside) -> DecisionKind {
        self.refresh();
        let (expected, place) = (self.next_id(strategy), self.place(strategy));
        let priced;
        let order = match wished.order_type {
            OrderType::Limit => wished,
            _ => {
                priced = self.priced(strategy, wished, now);
                &priced
            }
        };
        let slot = self.desks[order.instrument.index()].slot;
        self.fill_buckets(place, slot, now);
        let trader = &mut self.traders[place];
        trader.batch.forget(now);
        trader.minute.turn(now);
        let case = Case { strategy, place, expected, order, now, outside, is_new: true };
        let passed = self.surely_passes(&case);
        let denial = match passed {
            Some(_) => {
                if cfg!(test) {
                    let breaches = self.check_all(&case).breaches;
                    assert!(breaches.is_empty(), "{order:?} breaks {breaches:?}");
                }
                None
            }
            None => self.denial(&case, wished),
        };
        if wished.client_order_id == expected {
            self.traders[place].counter += 1; // a refused order has used its id, too
        }
        if let Some(denial) = denial {
            self.deny(&case, &denial);
            return DecisionKind::Denied(denial);
        }
        assert!(order.order_type != OrderType::Market, "a market order without a price passed");
        let value = passed.unwrap_or_else(|| self.shown_value(order));
        self.take_tokens(place, slot);
        self.passed(place, order, value, now);
        self.orders.begin(order, strategy);
        self.begins(order);
        DecisionKind::Submit(Approved::grant(*order))
    }

    /// Remembers an order that may leave, for those that come after it.
    #[inline]
    pub(super) fn passed(&mut self, place: usize, order: &Order, value: i64, now: Nanos) {
        let trader = &mut self.traders[place];
        trader.batch.note(now, value);
        trader.minute.note_order();
        trader.hands[order.instrument.index()].recent.note(order, now);
        self.approved_count += 1;
    }

    /// From now on all of the order may fill.
    #[inline]
    pub(super) fn begins(&mut self, order: &Order) {
        if !order.is_weightless() {
            self.exposure.add(order.instrument, order.side, order.qty);
        }
        let desk = &mut self.desks[order.instrument.index()];
        if !order.order_type.has_trigger() {
            desk.own.add(order.side, order.px);
        }
        desk.open_orders += 1;
        self.venues[desk.slot].open_orders += 1;
        self.outdate(order.instrument);
    }

    /// What an order that passed the long way counts as in its batch.
    #[cold]
    pub(super) fn shown_value(&self, order: &Order) -> i64 {
        check::shown(self.sizes(order).value_max.unwrap_or(i128::MAX))
    }

    /// Counts a no, and halts whoever repeats himself too often.
    #[cold]
    #[inline(never)]
    pub(super) fn deny(&mut self, case: &Case<'_>, denial: &Denial) {
        self.denied_count += 1;
        let trader = &mut self.traders[case.place];
        let many = trader.limits[0].duplicates_halt;
        if denial.breaches.contains(Check::DuplicateOrder) && trader.duplicates.note(case.now, many) {
            self.halt_soon(case.strategy, Cause::Duplicates);
        }
        if self.is_closing(case) {
            self.leave_dust(case, denial);
        }
    }

    /// The long way: every breach of the order, if there is one.
    #[cold]
    #[inline(never)]
    fn denial(&self, case: &Case<'_>, wished: &Order) -> Option<Denial> {
        let Verdicts { breaches, worst } = self.check_all(case);
        let refusal = self.explained(case, worst);
        (!breaches.is_empty()).then_some(Denial { order: *wished, wish: Wish::Submit, breaches, refusal })
    }

    /// A market order as the IOC limit order at the collar that it becomes; without a mid it stays what it is and cannot
    /// pass.
    #[cold]
    #[inline(never)]
    pub(super) fn priced(&self, strategy: StrategyId, order: &Order, now: Nanos) -> Order {
        let place = self.place(strategy);
        let (limits, flattens) = (&self.traders[place].limits[0], self.flattens(strategy, order));
        let by_book = || {
            let collar_bps = self.market_collar(limits, order.instrument);
            // What closes everything does not deny itself by where it is put.
            let collar_bps = if flattens { collar_bps.min(limits.price_collar_hard_bps) } else { collar_bps };
            Some((self.markets[order.instrument.index()].mid_doubled()?, collar_bps))
        };
        let beside = flattens.then(|| self.terms_beside(order.instrument, now)).flatten();
        let by = beside.or_else(by_book);
        match (order.order_type, by) {
            (OrderType::Market, Some((px_doubled, collar_bps))) => Order {
                order_type: OrderType::Limit,
                time_in_force: TimeInForce::Ioc,
                post_only: false,
                px: price::collar_px(order.side, px_doubled, collar_bps),
                ..*order
            },
            _ => *order,
        }
    }

    /// How far beyond the mid a market order of the instrument is limited.
    pub(super) fn market_collar(&self, limits: &Limits, id: InstrumentId) -> i64 {
        let desk = &self.desks[id.index()];
        if desk.is_major { limits.market_collar_bps } else { limits.market_collar_others_bps }
    }

    /// The limits that hold for a trader at `now`: those of a warm-up, or as they are.
    #[inline]
    pub(super) fn limits_at(&self, place: usize, now: Nanos) -> &Limits {
        let is_warming = self.warm_at.is_none_or(|until| now < until);
        &self.traders[place].limits[usize::from(is_warming && self.limits.warm_up_ns > 0)]
    }

    /// Whether the order is one by which risk itself closes a position.
    #[inline]
    pub(super) fn is_closing(&self, case: &Case<'_>) -> bool {
        let closes = self.is_flattening || self.stops.closes(case.order.instrument);
        closes && case.strategy == StrategyId(0) && case.order.reduce_only
    }
}
