//! Orders that are worked in parts, at a venue that does everything that a venue may do, against what can be told from sums
//! alone.

use super::DOUBT_NS;
use crate::strategy::desk::follow::TRIES_MAX;
use crate::strategy::seat::{Floor, Seat};
use crate::test_instruments::{LINEAR, instruments};
use crate::test_random::Random;
use engine_model::algorithm::{Algorithm, Manner, PegTo, Profile, Work};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent, OrderStatus, OrderType, Progress};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::RejectReason;
use engine_ring::ring::{Reader, Spec, ring};
use std::collections::BTreeMap;

const PX: i64 = 600_000;
const QTY: i64 = 400;

/// One order as its venue has it.
#[derive(Clone, Copy, Debug)]
struct Twin {
    order: Order,
    filled: i64,
    /// Of a change under way.
    asked: Option<Order>,
    is_known: bool,
    /// It was said to be over then; what it had left may still be told as filled for a while.
    over_at_ns: Option<u64>,
    /// Nothing of it can fill any more.
    is_gone: bool,
}

impl Twin {
    fn may_fill(&self, now: u64) -> i64 {
        let over = self.is_gone || self.over_at_ns.is_some_and(|at| now >= at + DOUBT_NS);
        if over { 0 } else { self.order.qty.0 - self.filled }
    }
}

struct World {
    seat: Seat,
    floor: Floor,
    intents: Reader<Intent>,
    random: Random,
    parent: ClientOrderId,
    slices: BTreeMap<ClientOrderId, Twin>,
    waiting: Vec<IntentKind>,
    done: i64,
    traded: i64,
    is_over: bool,
    begun_at_ns: u64,
}

impl World {
    fn new(seed: u64, algorithm: Algorithm, manner: Manner, order: Order) -> Self {
        let all = instruments();
        let mut ends = ring(&Spec { name: "intent", depth: 1_024, readers: &["risk"], taps: &[] });
        let intents = ends.reader("risk").expect("free");
        let floor = Floor::new(all.clone(), ends.writer("strategy").expect("free"));
        let mut world = Self {
            seat: Seat::new(StrategyId(1), 5, all.len()),
            floor,
            intents,
            random: Random::new(seed),
            parent: ClientOrderId::new(1, 5, 1),
            slices: BTreeMap::new(),
            waiting: Vec::new(),
            done: 0,
            traded: 0,
            is_over: false,
            begun_at_ns: 0,
        };
        world.floor.now = Nanos(Nanos::SECOND);
        world.begun_at_ns = world.floor.now.0;
        world.market(MarketChange::Book(BookState::Synced));
        world.top(PX, 1_000);
        let work = Work::new(algorithm, manner).expect("in range");
        let id = world.seat.context(&mut world.floor, Nanos(0)).work(order, &work).expect("room");
        assert_eq!(id, world.parent);
        let asked = world.wishes();
        assert!(matches!(asked[..], [IntentKind::Hold(order)] if order.client_order_id == id), "{asked:?}");
        world.tell_parent(OrderEvent::Emulated, OrderStatus::Emulated);
        world
    }

    fn market(&mut self, change: MarketChange) {
        let at = Stamp { instrument: LINEAR, received_at_ns: self.floor.now, ..Stamp::default() };
        let event = MarketEvent { at, change };
        self.floor.fold(&event);
        let prices = self.floor.prices(&event);
        self.seat.on_market(&mut self.floor, &prices, &event);
    }

    fn top(&mut self, bid: i64, qty: i64) {
        let level = |px| Level { px: Ticks(px), qty: Lots(qty) };
        self.market(MarketChange::Top { bid: level(bid), ask: level(bid + 2), imbalance_bps: 0 });
    }

    fn trade(&mut self, qty: i64) {
        self.traded += qty;
        self.market(MarketChange::Trade { px: Ticks(PX), qty: Lots(qty), aggressor: Side::Buy, trade_id: 0 });
    }

    fn pass(&mut self, ns: u64) {
        self.floor.now = self.floor.now.plus(ns);
        self.seat.on_time(&mut self.floor);
    }

    fn wishes(&mut self) -> Vec<IntentKind> {
        let mut read = Vec::new();
        self.intents.take(1_024, |_, intent| read.push(intent.what));
        read
    }

    fn tell(&mut self, order: &Order, event: OrderEvent, status: OrderStatus, filled: i64) {
        let Order { client_order_id, instrument, side, qty, px, .. } = *order;
        let (strategy, filled_qty) = (StrategyId(1), Lots(filled));
        let report = Report {
            client_order_id,
            strategy,
            instrument,
            side,
            event,
            status,
            qty,
            px,
            filled_qty,
            received_at_ns: self.floor.now,
            ..Report::default()
        };
        self.seat.on_report(&mut self.floor, &report);
    }

    fn tell_parent(&mut self, event: OrderEvent, status: OrderStatus) {
        let order = Order { client_order_id: self.parent, instrument: LINEAR, qty: Lots(QTY), ..Order::default() };
        self.is_over |= status.is_terminal();
        self.tell(&order, event, status, self.done);
    }

    fn tell_slice(&mut self, id: ClientOrderId, event: OrderEvent, status: OrderStatus) {
        let twin = self.slices[&id];
        self.tell(&twin.order, event, status, twin.filled);
    }

    /// What an execution is told as: of the slice, and right behind it of the order.
    fn fill(&mut self, id: ClientOrderId, qty: i64) {
        let now = self.floor.now.0;
        let twin = self.slices.get_mut(&id).expect("known");
        assert!(qty <= twin.may_fill(now));
        twin.filled += qty;
        let (whole, late) = (twin.filled == twin.order.qty.0, twin.over_at_ns.is_some());
        twin.is_gone |= whole;
        self.done += qty;
        assert!(self.done <= QTY, "more than there was: {} of {QTY}", self.done);
        let event = OrderEvent::Filled {
            trade_id: 1,
            last_px: Ticks(PX),
            last_qty: Lots(qty),
            fee: Quote(0),
            liquidity: Default::default(),
        };
        let status = if whole { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
        self.tell_slice(id, event, status);
        if late && !whole {
            self.tell_slice(id, OrderEvent::Canceled, OrderStatus::Canceled);
        }
        let progress = Progress { last_qty: Lots(qty), ..Progress::default() };
        let is_whole = self.done == QTY && !self.is_over;
        let status = if is_whole { OrderStatus::Filled } else { OrderStatus::Emulated };
        if !self.is_over {
            self.tell_parent(OrderEvent::Worked(progress), status);
        }
    }

    fn end(&mut self, id: ClientOrderId) {
        let now = self.floor.now.0;
        let twin = self.slices.get_mut(&id).expect("known");
        twin.over_at_ns = Some(now);
        if twin.asked.take().is_some() && twin.order.qty.0 == twin.filled {
            twin.is_gone = true;
        }
        self.tell_slice(id, OrderEvent::Canceled, OrderStatus::Canceled);
    }

    /// The venue, or risk before it, takes a wish.
    fn carry_out(&mut self, wish: IntentKind) {
        match wish {
            IntentKind::Submit(order) => {
                assert_eq!((order.parent, order.contingency), (self.parent.counter(), Contingency::Spawned));
                let id = order.client_order_id;
                let gone = Twin { order, filled: 0, asked: None, is_known: true, over_at_ns: None, is_gone: true };
                self.slices.insert(id, gone);
                match self.random.below(16) {
                    0 => {
                        let refusal = Refusal::new(Check::StalePrice, 2, 1);
                        self.tell_slice(id, OrderEvent::Denied(refusal), OrderStatus::Denied);
                    }
                    1 => {
                        let refusal = Refusal::new(Check::DuplicateOrder, 1, 400 * Nanos::MILLI as i64);
                        self.tell_slice(id, OrderEvent::Denied(refusal), OrderStatus::Denied);
                    }
                    2 => {
                        let reason = OrderEvent::Rejected(RejectReason::Unavailable);
                        self.tell_slice(id, reason, OrderStatus::Rejected);
                    }
                    _ => {
                        self.slices.insert(id, Twin { is_gone: false, is_known: false, ..gone });
                        self.tell_slice(id, OrderEvent::Submitted, OrderStatus::Submitted);
                    }
                }
            }
            IntentKind::Cancel(id) | IntentKind::Expire(id) if id == self.parent => {
                if !self.is_over {
                    self.tell_parent(OrderEvent::Canceled, OrderStatus::Canceled);
                }
            }
            IntentKind::Cancel(id) => {
                let twin = self.slices[&id];
                if twin.is_gone || twin.over_at_ns.is_some() {
                    return;
                }
                self.tell_slice(id, OrderEvent::PendingCancel, OrderStatus::PendingCancel);
                if self.random.once_in(4) {
                    let left = self.slices[&id].may_fill(self.floor.now.0);
                    let qty = self.random.within(1, left);
                    self.fill(id, qty); // crossed it
                }
                if self.slices[&id].is_gone {
                    return;
                }
                if self.random.once_in(5) {
                    let refused = OrderEvent::CancelRejected(RejectReason::Unavailable);
                    return self.tell_slice(id, refused, OrderStatus::Accepted);
                }
                self.end(id);
            }
            IntentKind::Modify(change) => {
                let id = change.client_order_id;
                let twin = self.slices.get_mut(&id).expect("known");
                if twin.is_gone || twin.over_at_ns.is_some() {
                    return;
                }
                assert_eq!(change.qty, twin.order.qty, "a change is of the price alone");
                match self.random.below(4) {
                    0 => {
                        let refused = OrderEvent::ModifyRejected(RejectReason::Unavailable);
                        self.tell_slice(id, refused, OrderStatus::Accepted);
                    }
                    1 => {
                        let refusal = Refusal::new(Check::MessageRate, 1, 0);
                        let refused = OrderEvent::ModifyDenied { refusal, was_granted: false };
                        self.tell_slice(id, refused, OrderStatus::Accepted);
                    }
                    _ => {
                        twin.order.px = change.px;
                        self.tell_slice(id, OrderEvent::Updated, OrderStatus::Accepted);
                    }
                }
            }
            other => panic!("{other:?} is no wish of these"),
        }
    }

    /// One of the things that may happen.
    fn step(&mut self) {
        let read = self.wishes();
        self.waiting.extend(read);
        if !self.waiting.is_empty() && !self.random.once_in(3) {
            let wish = self.waiting.remove(0);
            return self.carry_out(wish);
        }
        let now = self.floor.now.0;
        let open: Vec<ClientOrderId> =
            self.slices.iter().filter(|(_, twin)| twin.may_fill(now) > 0).map(|(id, _)| *id).collect();
        match self.random.below(8) {
            0 | 1 => {
                let ns = self.random.below(900) * Nanos::MILLI;
                self.pass(ns);
            }
            2 | 3 => {
                let (px, qty) = (PX + self.random.within(-6, 6), self.random.within(1, 60));
                self.top(px, qty);
            }
            4 => {
                let qty = self.random.within(1, 40);
                self.trade(qty);
            }
            _ if open.is_empty() => {}
            happens => {
                let id = *self.random.pick(&open);
                let twin = self.slices[&id];
                if !twin.is_known {
                    self.slices.get_mut(&id).expect("known").is_known = true;
                    self.tell_slice(id, OrderEvent::Accepted, OrderStatus::Accepted);
                } else if happens == 7 && twin.over_at_ns.is_none() && twin.order.px.0 != 0 {
                    self.end(id); // also unasked
                } else {
                    let qty = self.random.within(1, twin.may_fill(now));
                    self.fill(id, qty);
                }
            }
        }
    }

    /// What all slices did and may do, those included that are wished and on their way.
    fn at_most(&self) -> i64 {
        let now = self.floor.now.0;
        let open: i64 = self.slices.values().map(|twin| twin.may_fill(now)).sum();
        let on_their_way = self.waiting.iter().map(|wish| match wish {
            IntentKind::Submit(order) => order.qty.0,
            _ => 0,
        });
        self.done + open + on_their_way.sum::<i64>()
    }
}

fn order(side: Side, order_type: OrderType) -> Order {
    let px = match (order_type, side) {
        (OrderType::Market, _) => 0,
        (_, Side::Buy) => PX + 4,
        (_, Side::Sell) => PX - 2,
    };
    Order { instrument: LINEAR, side, order_type, px: Ticks(px), qty: Lots(QTY), ..Order::default() }
}

fn algorithms() -> [Algorithm; 8] {
    let duration_ms = 60_000;
    let profile = Profile::new(&[1_000, 4_000, 3_000, 2_000]).expect("whole");
    let peg = |to| Algorithm::Peg { to, offset_ticks: 1, reprice_ticks: 2 };
    [
        Algorithm::Twap { duration_ms, slices: 10 },
        Algorithm::Vwap { duration_ms, slices: 10, profile },
        Algorithm::Shortfall { duration_ms, slices: 10, urgency_centi: 200 },
        Algorithm::Pov { participation_bps: 2_000, duration_ms: 0 },
        Algorithm::Iceberg { display: Lots(30) },
        Algorithm::Sniper { shown_min: Lots(20) },
        peg(PegTo::Own),
        peg(PegTo::Mid),
    ]
}

#[test]
fn whatever_overtakes_what_slices_never_pass_their_order_nor_its_schedule() {
    let (mut done, mut late, mut whole) = ([0; 8], 0, 0);
    for seed in 0..60 {
        for (which, algorithm) in algorithms().into_iter().enumerate() {
            let side = if seed % 2 == 0 { Side::Buy } else { Side::Sell };
            let waits = matches!(algorithm, Algorithm::Iceberg { .. } | Algorithm::Sniper { .. });
            let order_type = if seed % 3 == 0 && !waits { OrderType::Market } else { OrderType::Limit };
            let manner = Manner { child_max: Lots(if seed % 5 == 0 { 37 } else { 0 }), seed, ..Manner::default() };
            let mut world = World::new(seed, algorithm, manner, order(side, order_type));
            let schedule = engine_model::algorithm::schedule::Schedule::new(
                &Work::new(algorithm, manner).expect("valid"),
                Lots(QTY),
            );
            for step in 0..400 {
                let before = world.slices.len() + world.waiting.len();
                world.step();
                let read = world.wishes();
                world.waiting.extend(read);
                let sum = world.at_most();
                assert!(sum <= QTY, "seed {seed} {algorithm:?} step {step}: {sum} of {QTY}");
                let told = world.seat.desk().worked_committed(world.parent).unwrap_or(Lots(QTY));
                assert!(
                    sum <= told.0,
                    "seed {seed} {algorithm:?} step {step}: the desk counts {told:?}, there are {sum}"
                );
                if world.slices.len() + world.waiting.len() > before {
                    let after_ns = world.floor.now.0 - world.begun_at_ns;
                    let bound = match (&schedule, algorithm) {
                        (Some(schedule), _) => schedule.allowed(after_ns).0,
                        (None, Algorithm::Pov { .. }) => world.traded * 2_000 / 10_000,
                        _ => QTY,
                    };
                    assert!(sum <= bound, "seed {seed} {algorithm:?} step {step}: {sum} where {bound} are allowed");
                }
                late += u32::from(world.slices.values().any(|twin| twin.over_at_ns.is_some() && twin.is_gone));
            }
            done[which] += world.done;
            whole += u32::from(world.done == QTY);
            let _ = world.seat.context(&mut world.floor, Nanos(0)).cancel(world.parent);
            for _ in 0..400 {
                world.pass(100 * Nanos::MILLI);
                let read = world.wishes();
                world.waiting.extend(read);
                while !world.waiting.is_empty() {
                    let wish = world.waiting.remove(0);
                    world.carry_out(wish);
                }
            }
            assert_eq!(world.seat.desk().followed(), 0, "seed {seed} {algorithm:?}: nothing is left");
            let open = world.slices.values().filter(|twin| twin.over_at_ns.is_none() && !twin.is_gone).count();
            assert_eq!(open, 0, "seed {seed} {algorithm:?}: nothing stands");
        }
    }
    assert!(done.iter().all(|done| *done > 60 * QTY / 10), "all of them trade: {done:?}");
    assert!(late > 0 && whole > 0, "{late} late, {whole} whole");
}

/// A slice that is said to be over and then fills after all: nothing of it was given to another meanwhile.
#[test]
fn what_is_in_doubt_is_not_given_to_another_slice_until_the_doubt_is_over() {
    let sniper = Algorithm::Sniper { shown_min: Lots(1) };
    for fills_late in [false, true] {
        let mut world = World::new(1, sniper, Manner::default(), order(Side::Buy, OrderType::Limit));
        let read = world.wishes();
        let [IntentKind::Submit(first)] = read[..] else { panic!("{read:?}") };
        assert_eq!(first.qty, Lots(QTY));
        let id = first.client_order_id;
        let (filled, over_at_ns) = (0, None);
        let twin = Twin { order: first, filled, asked: None, is_known: true, over_at_ns, is_gone: false };
        world.slices.insert(id, twin);
        world.end(id);
        world.pass(DOUBT_NS - 1);
        world.top(PX, 1_000);
        assert_eq!(world.wishes(), [], "it may still fill");
        if fills_late {
            world.fill(id, QTY - 10);
        }
        world.pass(if fills_late { 250 * Nanos::MILLI } else { 1 });
        let read = world.wishes();
        let [IntentKind::Submit(second)] = read[..] else { panic!("{read:?}") };
        assert_eq!(second.qty, Lots(if fills_late { 10 } else { QTY }));
    }
}

/// A peg at the own side of the touch, and the first slice of it as it stands.
fn standing_peg() -> (World, ClientOrderId) {
    let peg = Algorithm::Peg { to: PegTo::Own, offset_ticks: 1, reprice_ticks: 2 };
    let mut world = World::new(1, peg, Manner::default(), order(Side::Buy, OrderType::Limit));
    let id = stand(&mut world);
    (world, id)
}

/// The only wish is a slice; the venue takes it.
fn stand(world: &mut World) -> ClientOrderId {
    let read = world.wishes();
    let [IntentKind::Submit(order)] = read[..] else { panic!("{read:?}") };
    let (filled, over_at_ns) = (0, None);
    let twin = Twin { order, filled, asked: None, is_known: true, over_at_ns, is_gone: false };
    world.slices.insert(order.client_order_id, twin);
    world.tell_slice(order.client_order_id, OrderEvent::Accepted, OrderStatus::Accepted);
    order.client_order_id
}

#[test]
fn a_peg_ends_after_so_many_noes_in_a_row_and_not_in_its_life() {
    let (mut world, mut id) = standing_peg();
    for round in 1..=2 * i64::from(TRIES_MAX) {
        world.top(PX - 3 * (round % 2), 1_000);
        let read = world.wishes();
        let [IntentKind::Modify(_)] = read[..] else { panic!("{round}: {read:?}") };
        world.tell_slice(id, OrderEvent::ModifyRejected(RejectReason::NotAllowed), OrderStatus::Accepted);
        world.pass(250 * Nanos::MILLI);
        assert_eq!(world.wishes(), [IntentKind::Cancel(id)], "round {round}: what is changed never is withdrawn");
        world.end(id);
        world.pass(DOUBT_NS);
        id = stand(&mut world);
    }
    // Nothing stands in between: it is given up.
    let mut tries = 0;
    world.end(id);
    while !world.is_over && tries < 2 * TRIES_MAX {
        world.pass(5 * Nanos::SECOND);
        match world.wishes()[..] {
            [IntentKind::Submit(order)] => {
                let (filled, over_at_ns) = (0, None);
                let twin = Twin { order, filled, asked: None, is_known: true, over_at_ns, is_gone: true };
                world.slices.insert(order.client_order_id, twin);
                let refused = OrderEvent::Rejected(RejectReason::PostOnlyWouldTake);
                world.tell_slice(order.client_order_id, refused, OrderStatus::Rejected);
                tries += 1;
            }
            [IntentKind::Cancel(id)] if id == world.parent => world.is_over = true,
            ref other => panic!("{tries}: {other:?}"),
        }
    }
    assert_eq!(tries, TRIES_MAX, "the end that nobody asked for, and the noes behind it");
}

#[test]
fn a_busy_venue_costs_no_place_in_the_queue() {
    for reason in [RejectReason::Unavailable, RejectReason::RateLimited] {
        let (mut world, id) = standing_peg();
        world.top(PX - 3, 1_000);
        let read = world.wishes();
        let [IntentKind::Modify(first)] = read[..] else { panic!("{read:?}") };
        world.tell_slice(id, OrderEvent::ModifyRejected(reason), OrderStatus::Accepted);
        assert_eq!(world.wishes(), [], "not at once");
        world.pass(250 * Nanos::MILLI);
        assert_eq!(world.wishes(), [IntentKind::Modify(first)], "{reason:?}");
    }
}

#[test]
fn there_is_room_for_so_many_and_what_cannot_be_worked_is_refused() {
    let mut world = World::new(1, algorithms()[0], Manner::default(), order(Side::Buy, OrderType::Limit));
    let mut work = |order: Order, algorithm: Algorithm| {
        let work = Work::new(algorithm, Manner::default()).expect("in range");
        world.seat.context(&mut world.floor, Nanos(0)).work(order, &work).map_err(|refusal| refusal.check)
    };
    let limit = order(Side::Buy, OrderType::Limit);
    let [twap, .., iceberg, sniper, peg, _] = algorithms();
    let market = order(Side::Buy, OrderType::Market);
    for (order, algorithm) in [
        (Order { list: 3, ..limit }, twap),
        (Order { parent: 3, ..limit }, twap),
        (Order { qty: Lots(0), ..limit }, twap),
        (Order { time_in_force: engine_model::order::TimeInForce::Ioc, ..limit }, twap),
        (Order { order_type: OrderType::StopMarket, trigger_px: Ticks(PX), px: Ticks(0), ..limit }, peg),
        (market, iceberg),
        (market, sniper),
        (Order { qty: Lots(30), ..limit }, iceberg),
    ] {
        assert_eq!(work(order, algorithm), Err(Check::OrderTerms), "{order:?} {algorithm:?}");
    }
    for _ in 1..super::WORKED_MAX {
        work(limit, twap).expect("room");
    }
    assert_eq!(work(limit, twap), Err(Check::OpenOrders));
}
