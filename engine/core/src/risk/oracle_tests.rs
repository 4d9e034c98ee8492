//! The judge against the slow oracle, and the properties that must hold for any order.

use super::oracle::Oracle;
use super::test_desk::{Desk, Entry, US, wide};
use super::test_world::{World, random_limits};
use super::tests::LOT;
use super::*;
use crate::journal::record::Judgement;
use crate::test_instruments::LINEAR;
use crate::test_random::{Random, seeds};
use engine_model::intent::{Change, IntentKind};
use engine_model::limit::Tighter;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::refusal::Check;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind};
use std::collections::{BTreeMap, BTreeSet};

/// Worlds of twenty orders; 50,000 of them in a long run are a million.
const WORLDS: u64 = 1_000;

fn oracle(desk: &Desk, entries: usize) -> Oracle<'_> {
    Oracle {
        instruments: &desk.instruments,
        rules: &desk.rules,
        entries: &desk.entries[..entries],
        now: desk.now.0,
        outside: desk.outside,
        equity_start: i128::from(desk.risk.portfolio().equity_start().0),
        rows: desk.clerk.orders().open_max(),
    }
}

/// What risk would judge: a market order as the limit order that it becomes.
fn priced(desk: &Desk, oracle: &Oracle<'_>, order: &Order) -> Order {
    match (order.order_type, oracle.prices(order.instrument).mid2()) {
        (OrderType::Market, Some(mid2)) => {
            // The furthest tick that the collar allows, found by walking.
            let limits = &desk.rules.limits;
            let is_major = desk.rules.kin_of(order.instrument).is_major;
            let bps = if is_major { limits.market_collar_bps } else { limits.market_collar_others_bps };
            let sign = order.side.sign();
            let beyond = |px: i64| i128::from((2 * px - mid2) * sign) * 10_000;
            let allowed = i128::from(bps) * i128::from(mid2);
            let guess = mid2 / 2 + sign * (i128::from(mid2 / 2) * i128::from(bps) / 10_000) as i64;
            let mut px = guess - 4 * sign;
            while beyond(px + sign) <= allowed {
                px += sign;
            }
            let time_in_force = TimeInForce::Ioc;
            Order { order_type: OrderType::Limit, time_in_force, px: Ticks(px.max(1)), ..*order }
        }
        _ => *order,
    }
}

#[test]
fn the_judge_and_the_slow_oracle_never_disagree() {
    let mut alone: BTreeMap<Check, u32> = BTreeMap::new();
    let mut met: BTreeMap<Check, u32> = BTreeMap::new();
    let (mut orders, mut approved, mut on_old_mark) = (0u32, 0u32, 0u32);
    for seed in seeds(WORLDS) {
        let mut world = World::new(seed);
        for _ in 0..20 {
            for _ in 0..world.random.below(5) {
                world.step();
            }
            let mut order = world.order();
            if order.order_type == OrderType::Limit && world.random.once_in(30) {
                order.order_type = OrderType::MarketToLimit; // no venue knows it
            }
            let (expected, state) = (world.desk.risk.next_id(US), world.desk.risk.trading_state());
            let asked = world.desk.entries.len();
            let decision = world.desk.ask(IntentKind::Submit(order));
            // What risk said of the states by itself counts already; what the order led to does not.
            let of_us = |entry: &Entry| matches!(entry, Entry::Decision(told) if *told == decision);
            let until = world.desk.entries[asked..].iter().position(of_us).expect("it was told");
            let reviewed = oracle(&world.desk, asked).reviewed(state);
            let oracle = oracle(&world.desk, asked + until);
            assert_eq!(world.desk.risk.trading_state(), reviewed, "seed {seed}");
            assert_eq!(i128::from(world.desk.risk.equity().0), oracle.equity(), "seed {seed}");
            let want = oracle.judge(&priced(&world.desk, &oracle, &order), expected, reviewed);
            on_old_mark += u32::from(oracle.prices(order.instrument).mark_is_old());
            orders += 1;
            match decision.what {
                DecisionKind::Submit(_) => {
                    assert!(want.is_empty(), "seed {seed}: {order:?} passed, but breaks {want:?}");
                    approved += 1;
                }
                DecisionKind::Denied(denial) => {
                    let found: BTreeSet<Check> = denial.breaches.iter().collect();
                    assert_eq!(found, want, "seed {seed}: {order:?} {:?}", denial.refusal);
                    assert_eq!(Some(&denial.refusal.check), want.first(), "the worst is told");
                    found.iter().for_each(|check| *met.entry(*check).or_default() += 1);
                    if want.len() == 1 {
                        *alone.entry(denial.refusal.check).or_default() += 1;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(approved > orders / 10, "only {approved} of {orders} passed");
    assert!(on_old_mark > orders / 250, "only {on_old_mark} of {orders} met a mark that is told no more");
    // Every check must have been the only one to say no, or the comparison would not miss it. Some never are: a kill and a
    // loss beyond a step are told with the state, a lost book with its age, an overflow needs insane quantities, and three
    // venues of one coin and an hour of trades are not in these worlds (tests.rs has them). What is left of a parent is
    // execution's to look at.
    use Check::{
        BookNotSynced, CircuitBreaker, DailyLoss, Drawdown, EmergencyFlatten, Killed, LossSpeed, Overflow, ParentQty,
        ReferenceDeviation, StrategyDrawdown, StrategyHalt, StrategyLoss, StrategyLossSpeed, UnknownOrder, VolumeShare,
    };
    let never = [
        Killed,
        DailyLoss,
        CircuitBreaker,
        EmergencyFlatten,
        Drawdown,
        LossSpeed,
        StrategyHalt,
        StrategyDrawdown,
        StrategyLoss,
        StrategyLossSpeed,
        Overflow,
        UnknownOrder,
        BookNotSynced,
        ReferenceDeviation,
        VolumeShare,
        ParentQty,
    ];
    for check in [DailyLoss, CircuitBreaker, Drawdown, StrategyHalt, StrategyDrawdown, StrategyLoss, StrategyLossSpeed]
    {
        assert!(met.get(&check).is_some_and(|count| *count >= 10), "{check:?} hardly met: {met:?}");
    }
    for check in Check::ALL {
        let count = alone.get(&check).copied().unwrap_or(0);
        assert!(never.contains(&check) || count >= 2, "{check:?} alone only {count} times: {alone:?}");
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
            let (place, expected) = (risk.place(US), risk.next_id(US));
            let order = risk.priced(US, &order, now);
            let case =
                every::Case { strategy: US, place, expected, order: &order, now, outside: &outside, is_new: true };
            let before = risk.check_all(&case).breaches;
            risk.set_limits(tight);
            let after = risk.check_all(&case).breaches;
            risk.set_limits(loose);
            assert_eq!(after.bits() & before.bits(), before.bits(), "seed {seed}: {order:?} {loose:?} {tight:?}");
            changed += u32::from(after != before);
            world.desk.ask(IntentKind::Submit(order));
        }
    }
    assert!(changed > 5_000, "the tightening was felt only {changed} times");
}

/// Some limits tighter. What acts at another moment than the check (a pause that was not begun, a history that was not asked
/// for) is left out.
fn tighter(limits: &Limits, random: &mut Random) -> Limits {
    const LATER: [&str; 5] =
        ["volatility_pause_bps", "volatility_pause_s", "var_prior_bps", "warm_up_s", "message_rate_per_s"];
    let mut tight = *limits;
    let some = random_limits(random);
    for row in Limits::TABLE.iter().filter(|row| !LATER.contains(&row.key)) {
        if random.once_in(6) {
            let half = |value: i64| if row.tighter == Tighter::Down { value / 2 } else { value };
            row.tighten(&mut tight, half(row.get(&some)));
        }
    }
    // A smaller bucket keeps fewer tokens for cancels, too.
    tight.venue_burst = limits.venue_burst.min(tight.venue_burst.max(1));
    tight.cancel_reserve_pct = if tight.venue_burst == limits.venue_burst { tight.cancel_reserve_pct } else { 0 };
    if limits.cancel_reserve_pct > tight.cancel_reserve_pct {
        (tight.venue_burst, tight.cancel_reserve_pct) = (limits.venue_burst, limits.cancel_reserve_pct);
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
fn a_second_of_orders_and_changes_is_what_the_oracle_makes_of_it() {
    let mut met = [0; 3];
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let mut desk = Desk::new(Limits { batch_notional_max: Quote(12 * LOT), ..wide() });
        let mut ids = Vec::new();
        for _ in 0..60 {
            desk.wait(random.below(200) * Nanos::MILLI);
            let px = 600_000 - random.below(100) as i64;
            if !ids.is_empty() && random.once_in(2) {
                let id: ClientOrderId = ids[random.below(ids.len() as u64) as usize];
                let (px, qty) = (Ticks(px), Lots(random.within(2, 6)));
                let change = Change { client_order_id: id, px, qty };
                if let DecisionKind::Modify(_) = desk.ask(IntentKind::Modify(change)).what {
                    met[0] += 1;
                    let is_made = !random.once_in(3);
                    let refused = ReplyKind::ModifyRejected(RejectReason::Filter);
                    desk.reply(id, if is_made { ReplyKind::Updated { px, qty } } else { refused });
                }
                continue;
            }
            let order = desk.order(LINEAR, Side::Buy, px, random.within(2, 6));
            let judged = oracle(&desk, desk.entries.len()).judge(&order, order.client_order_id, TradingState::Active);
            let is_too_much = judged.contains(&Check::BatchNotional);
            let asked = desk.submit(order);
            assert_eq!(asked.is_err(), is_too_much, "seed {seed}: {asked:?}");
            met[1 + usize::from(is_too_much)] += 1;
            if let Ok(id) = asked {
                desk.reply(id, ReplyKind::Accepted);
                if random.once_in(2) {
                    desk.fill(id, px, 1);
                }
                ids.push(id);
            }
        }
    }
    assert!(met.iter().all(|count| *count > 500), "{met:?}");
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
    let mut met = [0; 9];
    for seed in 0..300 {
        let mut world = World::new(seed);
        world.desk.is_watched = true;
        let terms = world.desk.risk.terms;
        let mut again = Risk::new(world.desk.instruments.clone(), &world.desk.rules, terms);
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
        DecisionKind::Marked { .. } => 7,
        DecisionKind::Stop { .. } => 8,
        other => panic!("no world wishes for {other:?}"),
    }
}
