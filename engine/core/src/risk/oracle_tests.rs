//! All checks again, slowly: an oracle that remembers every event and counts everything anew for each order, and random
//! markets, orders and fills to hold the judge against it. Also the properties that must hold for any order.

use super::test_desk::{Desk, Entry, US, wide};
use super::test_world::{World, random_limits};
use super::*;
use crate::journal::record::Judgement;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT};
use crate::test_random::Random;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::intent::IntentKind;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::{Order, OrderStatus, OrderType};
use engine_model::refusal::Check;
use engine_model::units::Ticks;
use std::collections::{BTreeMap, BTreeSet};

const IDS: [InstrumentId; 4] = [LINEAR, SPOT, INVERSE, CROSS];
const CENT8: i128 = 100_000_000;

/// What the oracle remembers: everything, in lists.
struct Oracle<'a> {
    desk: &'a Desk,
    limits: Limits,
    state: TradingState,
    day_open: i128,
}

/// One instrument's prices as its events tell them.
#[derive(Default)]
struct Prices {
    synced: bool,
    bid: Option<i64>,
    ask: Option<i64>,
    top_at: u64,
    mark: Option<i64>,
    mark_at: u64,
    last_known: Option<i64>,
}

impl Oracle<'_> {
    fn instrument(&self, id: InstrumentId) -> &Instrument {
        self.desk.instruments.get(id)
    }

    fn prices(&self, id: InstrumentId) -> Prices {
        let mut prices = Prices::default();
        for entry in &self.desk.entries {
            let Entry::Market(event) = entry else { continue };
            if event.at.instrument != id {
                continue;
            }
            match event.change {
                MarketChange::Book(state) => {
                    prices.synced = state == BookState::Synced;
                    if !prices.synced {
                        (prices.bid, prices.ask) = (None, None);
                    }
                }
                MarketChange::Top { bid, ask, .. } => {
                    prices.bid = (bid.qty.0 > 0).then_some(bid.px.0);
                    prices.ask = (ask.qty.0 > 0).then_some(ask.px.0);
                    prices.top_at = event.at.received_at_ns.0;
                }
                MarketChange::Mark { px } => {
                    prices.mark = Some(px.0);
                    prices.mark_at = event.at.received_at_ns.0;
                }
                _ => {}
            }
            prices.last_known = prices.value().or(prices.last_known);
        }
        prices
    }

    /// Every fill of the instrument: signed lots, price, fee.
    fn fills(&self, id: InstrumentId) -> Vec<(i64, i64, i64)> {
        let mut fills = Vec::new();
        for entry in &self.desk.entries {
            if let Entry::Report(report) = entry
                && report.instrument == id
                && let OrderEvent::Filled { last_px, last_qty, fee, .. } = report.event
            {
                fills.push((report.side.sign() * last_qty.0, last_px.0, fee.0));
            }
        }
        fills
    }

    fn position(&self, id: InstrumentId) -> i64 {
        self.fills(id).iter().map(|fill| fill.0).sum()
    }

    /// Approved orders that are not known to be over: id, instrument, side, lots left.
    fn working(&self) -> Vec<(ClientOrderId, InstrumentId, Side, i64)> {
        let mut orders = BTreeMap::new();
        for entry in &self.desk.entries {
            match entry {
                Entry::Decision(Decision { what: DecisionKind::Submit(order), .. }) => {
                    orders.insert(order.client_order_id, (order.instrument, order.side, order.qty.0));
                }
                Entry::Report(report) if orders.contains_key(&report.client_order_id) => {
                    let over = [OrderStatus::Denied, OrderStatus::Rejected, OrderStatus::Filled];
                    let ended = [OrderStatus::Canceled, OrderStatus::Expired];
                    let left = if over.contains(&report.status) || ended.contains(&report.status) {
                        0
                    } else {
                        report.qty.0 - report.filled_qty.0
                    };
                    orders.insert(report.client_order_id, (report.instrument, report.side, left));
                }
                _ => {}
            }
        }
        let alive = orders.into_iter().filter(|(_, (_, _, left))| *left > 0);
        alive.map(|(id, (instrument, side, left))| (id, instrument, side, left)).collect()
    }

    fn working_lots(&self, id: InstrumentId, side: Side) -> i64 {
        self.working().iter().filter(|w| w.1 == id && w.2 == side).map(|w| w.3).sum()
    }

    /// Dollars of a quantity in 1e-8, rounded away from zero (all test instruments but CROSS come out even).
    fn dollars(&self, id: InstrumentId, px: i64, lots: i64) -> i128 {
        let instrument = self.instrument(id);
        let (px, lots) = (i128::from(px), i128::from(lots));
        match instrument.kind {
            ContractKind::Inverse => lots * 100 * CENT8,
            _ => {
                let places = u32::from(instrument.grid.price_decimals + instrument.grid.qty_decimals);
                let (value, unit) = (px * lots * CENT8, 10i128.pow(places));
                if value % unit == 0 { value / unit } else { value / unit + value.signum() }
            }
        }
    }

    /// Profit after fees in 1e-8 dollars. Contracts that settle in dollars: what was paid, plus what it is worth. Those
    /// that settle in coins: average cost at 1e-16 coins, as the house rule is.
    fn profit(&self, id: InstrumentId) -> i128 {
        let fills = self.fills(id);
        let Some(last) = fills.last() else { return 0 };
        let px = self.prices(id).last_known.unwrap_or(last.1);
        match id {
            CROSS => 0,
            INVERSE => inverse_profit(&fills, px),
            _ => fills.iter().map(|(lots, at, fee)| self.dollars(id, px - at, *lots) - i128::from(*fee)).sum(),
        }
    }

    fn equity(&self) -> i128 {
        let start = i128::from(self.desk.risk.portfolio().equity_start().0);
        start + IDS.iter().map(|id| self.profit(*id)).sum::<i128>()
    }

    /// The larger of the two positions that working orders could make, in dollars.
    fn worst(&self, id: InstrumentId, more: Option<(Side, i64)>) -> i128 {
        let lots = |side| self.working_lots(id, side) + more.filter(|m| m.0 == side).map_or(0, |m| m.1);
        let position = self.position(id);
        let worst = (position + lots(Side::Buy)).abs().max((position - lots(Side::Sell)).abs());
        if id == CROSS || worst == 0 { 0 } else { self.dollars(id, self.prices(id).last_known.unwrap(), worst) }
    }

    fn tokens(&self) -> i128 {
        let rate = i128::from(self.limits.message_rate_per_s);
        let depth = i128::from(self.limits.message_burst) * 1_000_000_000;
        let (mut parts, mut then) = (depth, 0i128);
        let refill = |parts: i128, ns: i128| (parts + ns * rate).min(depth);
        for entry in &self.desk.entries {
            if let Entry::Decision(decision) = entry
                && decision.strategy == US
                && matches!(decision.what, DecisionKind::Submit(_) | DecisionKind::Cancel(_))
            {
                let at = i128::from(decision.at_ns.0);
                parts = (refill(parts, at - then) - 1_000_000_000).max(0);
                then = at;
            }
        }
        refill(parts, i128::from(self.desk.now.0) - then) / 1_000_000_000
    }

    /// Every check that the order breaks. `order` is priced already.
    fn judge(&self, order: &Order, expected: ClientOrderId) -> BTreeSet<Check> {
        let limits = &self.limits;
        let id = order.instrument;
        let instrument = self.instrument(id);
        let prices = self.prices(id);
        let sign = order.side.sign();
        let (qty, px) = (order.qty.0, order.px.0);
        let dollars_known = id != CROSS;
        let limit_order = order.order_type == OrderType::Limit;
        let mut broken = BTreeSet::new();
        let mut check = |check: Check, ok: bool| {
            if !ok {
                broken.insert(check);
            }
        };
        let before = self.position(id) + sign * self.working_lots(id, order.side);
        let after = before + sign * qty;
        let reduces = before * sign < 0 && after * sign <= 0;
        let equity = self.equity();
        let loss = self.day_open - equity;
        let full = self.desk.outside.full.is_some_and(|(used, slots)| used > slots);

        check(Check::Killed, !self.desk.outside.killed);
        check(Check::TradingState, self.state != TradingState::Halted);
        check(Check::Reducing, self.state != TradingState::Reducing || reduces);
        let lost = |bps: i64| loss * 10_000 > i128::from(bps) * self.day_open.max(0);
        check(Check::DailyLoss, !lost(limits.daily_loss_halt_bps) && (reduces || !lost(limits.daily_loss_reduce_bps)));
        check(Check::ClientOrderId, order.client_order_id == expected);
        check(Check::OrderTerms, matches!(order.order_type, OrderType::Limit | OrderType::Market));
        check(Check::BookNotSynced, prices.synced);
        let mid2 = prices.mid2();
        let age = self.desk.now.0 - prices.top_at;
        check(Check::StalePrice, mid2.is_some() && age <= limits.price_age_max_ns);
        check(Check::NoConversion, dollars_known);
        check(Check::OrderQtyMin, qty >= instrument.min_qty.0.max(1));
        check(Check::OrderQtyMax, qty <= instrument.max_qty.0.min(limits.order_qty_max_lots));
        if limit_order {
            let value = if px > 0 { self.dollars(id, px, qty) } else { 0 };
            check(Check::OrderNotionalMin, value >= i128::from(instrument.min_notional.0.max(1)));
        }
        let mid_up = mid2.map(|mid2| (mid2 + 1) / 2);
        let dearest = mid_up.max(limit_order.then_some(px)).filter(|px| *px > 0);
        let value = dearest.map_or(0, |px| self.dollars(id, px, qty));
        check(Check::OrderNotionalMax, !dollars_known || value <= i128::from(limits.order_notional_max.0));
        if let Some(mid2) = mid2 {
            let beyond = i128::from((2 * px - mid2) * sign) * 10_000;
            check(Check::PriceCollar, beyond <= i128::from(limits.price_collar_bps) * i128::from(mid2));
        }
        check(Check::ReduceOnly, !order.reduce_only || reduces);
        if let (true, Some(at)) = (dollars_known, prices.value()) {
            let share = |part: i128, unit: i128, limit: i64| part * unit <= i128::from(limit) * equity.max(0);
            if !reduces {
                let position = self.dollars(id, at, after.abs());
                check(Check::PositionNotional, position <= i128::from(limits.position_notional_max.0));
                check(Check::PositionShare, share(position, 10_000, limits.position_share_max_bps));
            }
            let (worst_before, worst_after) = (self.worst(id, None), self.worst(id, Some((order.side, qty))));
            if worst_after > worst_before {
                let others: i128 = IDS.iter().filter(|i| **i != id).map(|i| self.worst(*i, None)).sum();
                check(Check::Leverage, share(others + worst_after, 100, limits.leverage_max_pct));
            }
        }
        check(Check::MessageRate, self.tokens() >= 1);
        check(Check::OpenOrders, self.working().len() < self.desk.clerk.orders().open_max());
        check(Check::Backpressure, !full);
        let spot = instrument.kind == ContractKind::Spot;
        check(Check::ShortSpot, !(spot && order.side == Side::Sell && after < 0));
        broken
    }
}

impl Prices {
    fn mid2(&self) -> Option<i64> {
        if self.synced { Some(self.bid? + self.ask?) } else { None }
    }

    fn value(&self) -> Option<i64> {
        self.mark.filter(|_| !self.mark_is_old()).or(self.mid2().map(|mid2| mid2 / 2))
    }

    fn mark_is_old(&self) -> bool {
        self.mark.is_some() && self.mark_at + 10_000_000_000 < self.top_at
    }
}

fn inverse_profit(fills: &[(i64, i64, i64)], px: i64) -> i128 {
    // A contract is 100 dollars; a price of n tenths buys 100 * 10 / n coins, here in 1e-16.
    let coins = |lots: i64, at: i64| i128::from(lots.abs()) * 100 * 10 * 10i128.pow(16) / i128::from(at);
    let (mut position, mut cost, mut realised, mut fees) = (0i64, 0i128, 0i128, 0i128);
    for (lots, at, fee) in fills {
        let got = coins(*lots, *at) * i128::from(lots.signum());
        let closing = if position.signum() * lots.signum() < 0 { lots.abs().min(position.abs()) } else { 0 };
        let got_closing = got * i128::from(closing) / i128::from(lots.abs());
        let cost_closed = if closing == 0 { 0 } else { cost * i128::from(closing) / i128::from(position.abs()) };
        realised += got_closing - cost_closed;
        cost = cost - cost_closed - (got - got_closing);
        position += lots;
        fees += i128::from(*fee);
    }
    let open = -coins(position, px) * i128::from(position.signum()) - cost;
    let dollars = |coins: i128, places: u32| (coins * i128::from(px)).div_euclid(10i128.pow(places));
    dollars(realised, 9) + dollars(open, 9) - -dollars(-fees, 1)
}

/// What risk would judge: a market order as the limit order that it becomes.
fn priced(desk: &Desk, order: &Order) -> Order {
    let limits = *desk.risk.limits();
    let oracle = Oracle { desk, limits, state: TradingState::Active, day_open: 0 };
    match (order.order_type, oracle.prices(order.instrument).mid2()) {
        (OrderType::Market, Some(mid2)) => {
            // The furthest tick that the collar allows, found by walking.
            let sign = order.side.sign();
            let beyond = |px: i64| i128::from((2 * px - mid2) * sign) * 10_000;
            let allowed = i128::from(limits.price_collar_bps) * i128::from(mid2);
            let guess = mid2 / 2 + sign * (i128::from(mid2 / 2) * i128::from(limits.price_collar_bps) / 10_000) as i64;
            let mut px = guess - 4 * sign;
            while beyond(px + sign) <= allowed {
                px += sign;
            }
            Order { order_type: OrderType::Limit, px: Ticks(px.max(1)), ..*order }
        }
        _ => *order,
    }
}

/// The loss ladder and the kill switch, before an order is judged.
fn reviewed(world: &World, state: TradingState, day_open: i128) -> TradingState {
    let limits = *world.desk.risk.limits();
    let loss = day_open - Oracle { desk: &world.desk, limits, state, day_open }.equity();
    let beyond = |bps: i64| loss * 10_000 > i128::from(bps) * day_open.max(0);
    if world.desk.outside.killed || beyond(limits.daily_loss_halt_bps) || state == TradingState::Halted {
        TradingState::Halted
    } else if beyond(limits.daily_loss_reduce_bps) || state == TradingState::Reducing {
        TradingState::Reducing
    } else {
        TradingState::Active
    }
}

#[test]
fn the_judge_and_the_slow_oracle_never_disagree() {
    let mut alone: BTreeMap<Check, u32> = BTreeMap::new();
    let (mut orders, mut approved, mut on_old_mark) = (0u32, 0u32, 0u32);
    for seed in 0..2_500 {
        let mut world = World::new(seed);
        let day_open = i128::from(world.desk.risk.portfolio().equity_start().0);
        for _ in 0..40 {
            for _ in 0..world.random.below(5) {
                world.step();
            }
            let mut order = world.order();
            if order.order_type == OrderType::Limit && world.random.once_in(30) {
                order.order_type = OrderType::StopLimit; // waits for something: not to be sent now
            }
            let limits = *world.desk.risk.limits();
            let state = reviewed(&world, world.desk.risk.trading_state(), day_open);
            let oracle = Oracle { desk: &world.desk, limits, state, day_open };
            let expected = world.desk.risk.next_id(US);
            let want = oracle.judge(&priced(&world.desk, &order), expected);
            let equity = oracle.equity();
            on_old_mark += u32::from(oracle.prices(order.instrument).mark_is_old());
            let decision = world.desk.ask(IntentKind::Submit(order));
            assert_eq!(world.desk.risk.trading_state(), state, "seed {seed}");
            assert_eq!(i128::from(world.desk.risk.equity().0), equity, "seed {seed}");
            orders += 1;
            match decision.what {
                DecisionKind::Submit(_) => {
                    assert!(want.is_empty(), "seed {seed}: {order:?} passed, but breaks {want:?}");
                    approved += 1;
                }
                DecisionKind::Denied(denial) => {
                    let found: BTreeSet<Check> = denial.breaches.iter().collect();
                    assert_eq!(found, want, "seed {seed}: {order:?} {:?}", denial.refusal());
                    assert_eq!(Some(&denial.refusal().check), want.first(), "the worst is told");
                    if want.len() == 1 {
                        *alone.entry(denial.refusal().check).or_default() += 1;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(orders, 100_000);
    assert!(approved > 10_000, "only {approved} of {orders} passed");
    assert!(on_old_mark > 1_000, "only {on_old_mark} of {orders} met a mark that is told no more");
    // Every check must have been the only one to say no, or the comparison would not miss it. Three never are: a kill
    // halts, a halt by loss is told with the state, and overflow cannot be reached with sane quantities (tests.rs).
    for check in Check::ALL {
        let never = [Check::Killed, Check::DailyLoss, Check::Overflow, Check::UnknownOrder, Check::BookNotSynced];
        let count = alone.get(&check).copied().unwrap_or(0);
        assert!(never.contains(&check) || count >= 20, "{check:?} alone only {count} times: {alone:?}");
    }
}

#[test]
fn tightening_a_limit_never_admits_what_was_refused() {
    let mut changed = 0;
    for seed in 0..2_500 {
        let mut world = World::new(seed);
        for _ in 0..40 {
            for _ in 0..world.random.below(4) {
                world.step();
            }
            world.desk.risk.review(world.desk.now, world.desk.outside.killed);
            let order = world.order();
            let loose = world.desk.risk.limits;
            let tight = tighter(&loose, &mut world.random);
            let (now, outside) = (world.desk.now, world.desk.outside);
            let risk = &mut world.desk.risk;
            // A tighter collar also makes another order of a market order; the property is about one and the same.
            let (order, expected) = (risk.priced(&order), risk.next_id(US));
            let before = risk.check_all(US, &order, expected, now, outside).breaches;
            risk.limits = tight;
            let after = risk.check_all(US, &order, expected, now, outside).breaches;
            risk.limits = loose;
            assert_eq!(after.bits() & before.bits(), before.bits(), "seed {seed}: {order:?} {loose:?} {tight:?}");
            changed += u32::from(after != before);
            world.desk.ask(IntentKind::Submit(order));
        }
    }
    assert!(changed > 5_000, "the tightening was felt only {changed} times");
}

/// Some limits lower.
fn tighter(limits: &Limits, random: &mut Random) -> Limits {
    let mut tight = *limits;
    let some = random_limits(random);
    let mut pick = |field: &mut i64, value: i64| {
        if random.once_in(4) {
            *field = value.min(*field);
        }
    };
    pick(&mut tight.order_qty_max_lots, some.order_qty_max_lots);
    pick(&mut tight.order_notional_max.0, some.order_notional_max.0);
    pick(&mut tight.price_collar_bps, some.price_collar_bps);
    pick(&mut tight.position_notional_max.0, some.position_notional_max.0);
    pick(&mut tight.position_share_max_bps, some.position_share_max_bps);
    pick(&mut tight.leverage_max_pct, some.leverage_max_pct);
    pick(&mut tight.daily_loss_reduce_bps, some.daily_loss_reduce_bps);
    pick(&mut tight.daily_loss_halt_bps, some.daily_loss_halt_bps);
    if random.once_in(4) {
        tight.price_age_max_ns = tight.price_age_max_ns.min(some.price_age_max_ns / 2);
    }
    if random.once_in(4) {
        tight.message_burst = tight.message_burst.min(some.message_burst / 2);
    }
    tight
}

#[test]
fn no_order_accepted_while_reducing_grows_a_position_in_whatever_order_the_venue_fills() {
    let mut fills_of_reducing = 0;
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let mut desk = Desk::with(wide(), 1_000_000, 20, |_| {});
        let held = random.within(-20, 20);
        let wish = |desk: &mut Desk, random: &mut Random| {
            let side = *random.pick(&[Side::Buy, Side::Sell]);
            desk.submit(desk.order(LINEAR, side, 600_000, random.within(1, 12))).ok()
        };
        if held != 0 {
            desk.hold(LINEAR, if held > 0 { Side::Buy } else { Side::Sell }, 600_000, held.abs());
        }
        for _ in 0..random.below(4) {
            wish(&mut desk, &mut random);
        }
        desk.state(TradingState::Reducing);
        let mut reducing = BTreeSet::new();
        for _ in 0..12 {
            if random.once_in(2) {
                reducing.extend(wish(&mut desk, &mut random));
                continue;
            }
            let mut ids = Vec::new();
            desk.clerk.orders().open_ids(&mut ids);
            if ids.is_empty() {
                continue;
            }
            let id = *random.pick(&ids);
            let leaves = desk.clerk.orders().get(id).unwrap().leaves().0;
            let before = desk.risk.portfolio().qty(LINEAR).abs();
            desk.fill(id, 600_000, random.within(1, leaves));
            let after = desk.risk.portfolio().qty(LINEAR).abs();
            if reducing.contains(&id) {
                fills_of_reducing += 1;
                assert!(after < before, "seed {seed}: {before} became {after}");
            }
        }
    }
    assert!(fills_of_reducing > 10_000, "{fills_of_reducing}");
}

#[test]
fn what_was_decided_is_decided_again_from_the_record() {
    let hash = |risk: &Risk| {
        let mut hasher = blake3::Hasher::new();
        risk.digest(&mut hasher);
        risk.portfolio().digest(&mut hasher);
        for (index, market) in risk.markets().iter().enumerate() {
            market.digest(InstrumentId(index as u32), &mut hasher);
        }
        hasher.finalize()
    };
    let mut met = [0; 7];
    for seed in 0..300 {
        let mut world = World::new(seed);
        world.desk.is_watched = true;
        let terms = world.desk.risk.terms;
        let mut again = Risk::new(world.desk.instruments.clone(), *world.desk.risk.limits(), terms);
        for _ in 0..100 {
            world.step();
            if world.random.once_in(2) {
                let order = world.order();
                world.desk.ask(IntentKind::Submit(order));
            }
            if world.random.once_in(50) {
                world.desk.wait(40_000 * Nanos::SECOND); // into the next day
            }
        }
        for entry in &world.desk.entries {
            match entry {
                Entry::Market(event) => again.on_market(event),
                Entry::Report(report) => again.on_report(report),
                Entry::Decision(recorded) => {
                    assert_eq!(again.seen(), &recorded.seen, "the record stands where risk stood");
                    // As the journal asks: from what it wrote down, not from the decision itself.
                    let written = Judgement::from(recorded);
                    let decided = again.answer(&written.question(), written.at_ns, written.outside());
                    assert_eq!(decided.as_ref(), Some(recorded), "seed {seed}");
                    met[kind(&recorded.what)] += 1;
                }
            }
        }
        assert_eq!(hash(&again), hash(&world.desk.risk), "seed {seed}");
    }
    assert!(met.iter().all(|count| *count > 50), "{met:?}");
}

fn kind(what: &DecisionKind) -> usize {
    match what {
        DecisionKind::Submit(_) => 0,
        DecisionKind::Denied(_) => 1,
        DecisionKind::Cancel(_) => 2,
        DecisionKind::CancelDenied(_) => 3,
        DecisionKind::CommandTaken { .. } => 4,
        DecisionKind::State { .. } => 5,
        DecisionKind::DayOpened { .. } => 6,
        other => panic!("no world wishes for {other:?}"),
    }
}
