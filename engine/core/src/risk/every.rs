//! Every check, held against the facts of one order: the long way, in 128 bits, with the numbers that a denial tells.

use crate::portfolio::wide::product;
use crate::risk::beside::KNOWN_MAX_NS;
use crate::risk::check::{self, Verdict, holding, loss, order as single, pace, price, state};
use crate::risk::decision::Breaches;
use crate::risk::desk::PEERS_MIN;
use crate::risk::exposure::Weight;
use crate::risk::{Outside, Risk};
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::limit::Limits;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::planted::planted;
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Nanos, Ticks};

/// Venues that are compared with each other, at most.
const PEERS_MAX: usize = 16;

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

/// Whose wish is judged, when, by what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) strategy: StrategyId,
    /// Place among the traders.
    pub(super) place: usize,
    /// The id that the order must have.
    pub(super) expected: ClientOrderId,
    pub(super) order: &'a Order,
    pub(super) now: Nanos,
    pub(super) outside: &'a Outside,
    /// Not held before, and no change of one that stands.
    pub(super) is_new: bool,
}

/// An order's sizes; an amount is `None` where it overflows, and zero where there is no price to compute it with (then
/// the checks of the book refuse).
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Position if every working order of this side filled, without and with this one.
    pub(super) before: i128,
    pub(super) after: i128,
    /// Value at its own limit price, 1e-8 dollars.
    pub(super) value: Option<i128>,
    /// Value at its limit price or the mid, whichever is more.
    pub(super) value_max: Option<i128>,
    /// Value of `after`.
    pub(super) position: Option<i128>,
    /// Value of the instrument's worst position, either way, with this order.
    pub(super) worst_after: Option<i128>,
}

impl Sizes {
    fn fits(&self) -> bool {
        let amounts = [self.value, self.value_max, self.position, self.worst_after];
        amounts.iter().all(Option::is_some) && self.after.abs() <= i128::from(i64::MAX)
    }
}

/// Whether a price is known of it: its limit, or where it waits.
fn is_priced(order: &Order) -> bool {
    order.order_type == OrderType::Limit || order.order_type.has_trigger() && order.price().0 > 0
}

/// Of the first of them, and how many they are.
#[inline]
pub(super) fn median(all: impl Iterator<Item = i128>) -> Option<(i128, usize)> {
    let mut mids = [0; PEERS_MAX];
    let mut count = 0;
    for (place, mid) in mids.iter_mut().zip(all) {
        *place = mid;
        count += 1;
    }
    let mids = &mut mids[..count];
    mids.sort_unstable();
    let middle = mids.get(count.checked_sub(1)? / 2)?;
    Some(((middle + mids[count / 2]) / 2, count))
}

impl Risk {
    /// Every check, in the order of their weight. All are made, so that all that is wrong is told at once.
    pub(super) fn check_all(&self, case: &Case<'_>) -> Verdicts {
        let sizes = self.sizes(case.order);
        let mut found = Verdicts::default();
        self.check_state(case, &sizes, &mut found);
        self.check_price(case, &sizes, &mut found);
        self.check_order(case, &sizes, &mut found);
        self.check_holding(case, &sizes, &mut found);
        self.check_pace(case, &mut found);
        found
    }

    fn check_state(&self, case: &Case<'_>, sizes: &Sizes, found: &mut Verdicts) {
        let Case { order, outside, .. } = *case;
        let desk = &self.desks[order.instrument.index()];
        let (behind, behind_max) = outside.journal.unwrap_or_default();
        found.note(state::killed(outside.killed));
        found.note(state::gate(!self.venues[desk.slot].is_closed));
        found.note(state::journal(behind, behind_max));
        found.note(state::allowed(self.traders[case.place].hand(order.instrument).is_allowed, order.instrument));
        if self.is_closing(case) {
            return; // the way out of a loss is not barred by the loss
        }
        let trading = self.state_for(case.place, order.instrument);
        let reduces = check::reduces(order.side, sizes.before, sizes.after);
        found.note(state::trading_state(trading));
        found.note(state::reducing(trading, order.side, sizes.before, sizes.after));
        found.note(state::mode(self.traders[case.place].steered.mode(), order.side, sizes.before, sizes.after));
        let (limits, equity) = (&self.limits, self.portfolio.equity());
        let (lost, open) = (self.day_loss(), self.ladder.day_open);
        found.note(loss::emergency(limits, lost, open));
        found.note(loss::circuit_breaker(limits, lost, open));
        found.note(loss::drawdown(limits, equity, self.ladder.peak));
        found.note(state::watched(!outside.unwatched, reduces));
        found.note(state::disk(outside.scarce, reduces));
        if !reduces {
            found.note(loss::daily_loss(limits, lost, open));
            found.note(loss::speed(limits, equity, self.ladder.high, open));
        }
        self.check_own_loss(case, reduces, found);
    }

    fn check_price(&self, case: &Case<'_>, sizes: &Sizes, found: &mut Verdicts) {
        let Case { order, now, .. } = *case;
        let limits = &self.traders[case.place].limits[0];
        let (desk, market) = (&self.desks[order.instrument.index()], &self.markets[order.instrument.index()]);
        if let Some((_, px_doubled)) = self.beside(case.strategy, order, now) {
            let collar = self.collar_of(case.place, order.instrument);
            found.note(price::collar(order.side, order.px, px_doubled, collar));
            found.note(price::hard_collar(order.side, order.px, px_doubled, limits.price_collar_hard_bps));
            return;
        }
        let mid_doubled = market.mid_doubled();
        found.note(price::book_synced(market.book));
        let mut age = (now.since(market.top_at_ns), limits.price_age_max_ns);
        if self.flattens(case.strategy, order) && age.0 > age.1 {
            age = (now.since(market.known_at_ns()), KNOWN_MAX_NS); // there is no other price by now, either
        }
        let (age_ns, age_max_ns) = age;
        found.note(price::stale(mid_doubled.map(|_| age_ns), age_max_ns));
        let (is_closing, reduces) = (self.is_closing(case), check::reduces(order.side, sizes.before, sizes.after));
        if !is_closing {
            found.note(price::clock_skew(self.venues[desk.slot].skew.ns(), self.limits.clock_skew_max_ns));
        }
        if !reduces {
            found.note(price::volatility(desk.pulse.pause_left(now)));
        }
        let takes = matches!(order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        // A way out that takes what is there now is not barred by a quote of ours: it may meet it, and rests nowhere itself.
        if order.order_type == OrderType::Limit && !is_closing && !(reduces && takes) {
            found.note(price::self_match(order.side, order.px, desk.own.nearest(order.side)));
        }
        let Some(mid_doubled) = mid_doubled else { return };
        found.note(price::book_crossed(market.bid.px, market.ask.px));
        let collar = self.collar_of(case.place, order.instrument);
        let reference = market.value_px().map_or(mid_doubled, |px| 2 * i128::from(px.0));
        // What waits is let go where the market is at its trigger; what it is by then, it is not yet.
        let (px, near, far) = match order.order_type.has_trigger() {
            true => (order.price(), 2 * i128::from(order.trigger_px.0), 2 * i128::from(order.trigger_px.0)),
            false => (order.px, mid_doubled, reference),
        };
        found.note(price::collar(order.side, px, near, collar));
        found.note(price::hard_collar(order.side, px, far, limits.price_collar_hard_bps));
        if let Some((own, median)) = self.reference(order.instrument, now, limits).filter(|_| !is_closing) {
            found.note(price::deviation(own, median, limits.reference_deviation_max_bps));
        }
    }

    /// How far beyond the mid an order may be limited.
    pub(super) fn collar_of(&self, place: usize, id: InstrumentId) -> i64 {
        let limits = &self.traders[place].limits[0];
        if self.desks[id.index()].is_major { limits.price_collar_bps } else { limits.price_collar_others_bps }
    }

    /// The instrument's mid and the median of its peers' young ones, itself included, where there are enough.
    pub(super) fn reference(&self, id: InstrumentId, now: Nanos, limits: &Limits) -> Option<(i128, i128)> {
        let desk = &self.desks[id.index()];
        if !desk.is_compared {
            return None;
        }
        let (median, count) = median(desk.peers.iter().filter_map(|peer| self.young_mid(*peer, now, limits)))?;
        let own = self.young_mid(id, now, limits).filter(|_| count >= PEERS_MIN)?;
        Some((own, median))
    }

    /// Twice the mid in the unit that venues are compared in, while it is young.
    #[inline]
    pub(super) fn young_mid(&self, id: InstrumentId, now: Nanos, limits: &Limits) -> Option<i128> {
        let market = &self.markets[id.index()];
        let is_young = now.since(market.top_at_ns) <= limits.price_age_max_ns;
        let mid = market.mid_doubled().filter(|_| is_young)?;
        product(mid, i128::from(self.desks[id.index()].tick?))
    }

    fn check_order(&self, case: &Case<'_>, sizes: &Sizes, found: &mut Verdicts) {
        let Case { order, .. } = *case;
        let Sizes { before, after, .. } = *sizes;
        let trader = &self.traders[case.place];
        let desk = &self.desks[order.instrument.index()];
        let limits = if self.is_closing(case) { &self.limits } else { self.limits_at(case.place, case.now) };
        let dollars = self.portfolio.scale(order.instrument).is_dollar_quoted();
        found.note(single::client_order_id(order.client_order_id, case.expected));
        found.note(single::native(order, self.instruments.get(order.instrument)));
        found.note(single::conversion(dollars, order.instrument));
        found.note(single::overflow(sizes.fits(), order.qty));
        found.note(single::qty_min(order.qty, desk.min_qty));
        // What makes a position smaller must pass, as large as that is, and in a warm-up too: a stop that is denied for its
        // size is a position without one. The venue's own maximum holds in any case.
        let exits =
            !self.is_closing(case) && check::reduces(order.side, before, after) && !planted("risk/exits-limited");
        let own_max = if exits { i64::MAX } else { limits.order_qty_max_lots };
        found.note(single::qty_max(order.qty, desk.max_qty, own_max));
        if !self.is_closing(case) && !exits {
            found.note(single::volume(order.qty, desk.volume.day(), limits.order_volume_share_max_bps));
        }
        if let (true, Some(value)) = (is_priced(order), sizes.value) {
            found.note(single::notional_min(value, desk.min_notional));
        }
        if let (true, Some(value), false) = (dollars, sizes.value_max, exits) {
            found.note(single::notional_max(value, limits.order_notional_max.0));
            if !self.is_closing(case) {
                found.note(single::batch(trader.batch.sum() + value, limits.batch_notional_max.0));
            }
        }
        found.note(single::reduce_only(order.reduce_only, order.side, before, after));
        found.note(single::short_spot(desk.is_spot, order.side, after));
    }

    /// What makes a position smaller must pass, even while price or loss have put it beyond the limit. Through flat and out
    /// on the other side is a new position, however small.
    fn check_holding(&self, case: &Case<'_>, sizes: &Sizes, found: &mut Verdicts) {
        let Case { order, now, .. } = *case;
        let id = order.instrument;
        if !self.portfolio.scale(id).is_dollar_quoted() {
            return;
        }
        let (limits, equity) = (self.limits_at(case.place, now), self.portfolio.equity());
        let grows = !check::reduces(order.side, sizes.before, sizes.after);
        if let (true, Some(position)) = (grows, sizes.position) {
            found.note(holding::notional(position, limits.position_notional_max.0));
            found.note(holding::share(Check::PositionShare, position, equity, limits.position_share_max_bps));
        }
        let then = self.exposure.weight(id);
        let Some(worst) = sizes.worst_after.filter(|worst| *worst > then.worth) else { return };
        let [sector, cluster, venue] = self.exposure.groups(id).map(|group| group - then.worth + worst);
        found.note(holding::share(Check::SectorShare, sector, equity, limits.sector_share_max_bps));
        found.note(holding::share(Check::ClusterShare, cluster, equity, limits.cluster_share_max_bps));
        found.note(holding::share(Check::VenueShare, venue, equity, limits.venue_share_max_bps));
        let after = self.weight_after(id, worst);
        let free = equity - after.maintenance;
        found.note(holding::leverage(after.worth, equity, limits.leverage_max_pct));
        found.note(holding::share(Check::MarginUse, after.initial, equity, limits.margin_use_max_bps));
        if after.contracts > self.exposure.total().contracts {
            found.note(holding::liquidation(free, after.contracts, limits.liquidation_distance_min_bps));
        }
        found.note(holding::tail(Check::ValueAtRisk, after.var, equity, limits.var_max_bps));
        found.note(holding::tail(Check::ExpectedShortfall, after.cvar, equity, limits.cvar_max_bps));
        found.note(holding::model_age(self.model_age(id, now), limits.model_age_max_ns));
    }

    /// Everything, with that worst position of one instrument.
    pub(super) fn weight_after(&self, id: InstrumentId, worst: i128) -> Weight {
        let (then, of) = (self.exposure.weight(id), self.exposure.weigh(id, worst));
        self.exposure.total().exchanged(then, &of)
    }

    /// Age of the oldest history that an order depends on; none where there never was a price.
    #[inline]
    pub(super) fn model_age(&self, id: InstrumentId, now: Nanos) -> u64 {
        let age = |sampled_at: Option<Nanos>| sampled_at.map_or(0, |at| now.since(at));
        age(self.desks[id.index()].pulse.sampled_at()).max(age(self.oldest_model))
    }

    fn check_pace(&self, case: &Case<'_>, found: &mut Verdicts) {
        let Case { order, now, outside, .. } = *case;
        let trader = &self.traders[case.place];
        let (limits, desk) = (&trader.limits[0], &self.desks[order.instrument.index()]);
        let venue = &self.venues[desk.slot];
        let (used, slots) = outside.full.unwrap_or_default();
        found.note(pace::message_rate(trader.bucket.tokens(limits.message_burst)));
        found.note(pace::venue_rate(venue.bucket.tokens(self.limits.venue_burst), self.tokens_kept()));
        let same_since = trader.hand(order.instrument).recent.same_since(order, now);
        // A loss that is cut in equal steps repeats itself, and waits for no order of its strategy.
        let is_closing = self.is_closing(case);
        let (orders, allowed) = trader.minute.ratio(limits.orders_per_fill_max);
        if case.is_new && !is_closing {
            found.note(pace::duplicate(same_since, limits.duplicate_window_ns));
            found.note(pace::order_to_trade(orders, allowed));
        }
        let of = |max: u32| u64::from(max);
        // One that is known is not one more: it is let go, or changed.
        let known = self.orders.get_open(case.expected);
        let is_working = u64::from(known.is_some_and(|row| row.leaves().0 > 0));
        let (of_instrument, of_venue) = (of(desk.open_orders) + 1 - is_working, of(venue.open_orders) + 1 - is_working);
        let (of_all, rows) =
            (self.orders.open_count() as u64 + 1 - u64::from(known.is_some()), self.orders.open_max() as u64);
        if !is_closing {
            let (instrument_max, venue_max) = (limits.open_orders_instrument_max, limits.open_orders_venue_max);
            found.note(pace::open_orders(Check::OpenOrdersInstrument, of_instrument, of(instrument_max)));
            found.note(pace::open_orders(Check::OpenOrdersVenue, of_venue, of(venue_max)));
        }
        let all_max = if is_closing { rows } else { of(limits.open_orders_max).min(rows) };
        found.note(pace::open_orders(Check::OpenOrders, of_all, all_max));
        found.note(pace::backpressure(used, slots));
    }

    /// Tokens of a venue's bucket that only cancels may use.
    #[inline]
    pub(super) fn tokens_kept(&self) -> u64 {
        u64::from(self.limits.venue_burst) * u64::from(self.limits.cancel_reserve_pct) / 100
    }

    pub(super) fn sizes(&self, order: &Order) -> Sizes {
        let Order { instrument, side, qty: Lots(qty), .. } = *order;
        let market = &self.markets[instrument.index()];
        let scale = self.portfolio.scale(instrument);
        let working = self.exposure.working(instrument);
        let position = self.portfolio.qty(instrument);
        let lots = i128::from(qty);
        // What the venue lets reduce only opens nothing, whatever else is working.
        let weightless = order.is_weightless();
        let before = if weightless { i128::from(position) } else { working.position_if_filled(position, side) };
        let after = before + i128::from(side.sign()) * lots;
        let own_px = is_priced(order).then_some(order.price());
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
            worst_after: at(value_px, working.with(side, if weightless { 0 } else { lots }).worst(position)),
        }
    }
}
