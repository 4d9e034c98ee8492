//! The desk against slow, plain twins, and what no sequence of events may break.

mod closed;
mod late;
mod unfriendly;

use super::trigger::{Near, Prices, Trigger};
use crate::strategy::seat::{Floor, Seat};
use crate::test_instruments::{LINEAR, instruments};
use crate::test_random::Random;
use engine_model::closeout::{Cause, Closeout};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::{Change, Intent, IntentKind, StrategyId};
use engine_model::market::{MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{
    ClientOrderId, Contingency, OffsetUnit, Order, OrderEvent, OrderStatus, OrderType, Progress, TimeInForce,
    TriggerType,
};
use engine_model::payment::Payment;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::ring::{Reader, Spec, ring};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod stops;

/// What one price does to a stop, an if-touched or a trailing order, told without any cleverness: all prices so far are
/// kept and looked at again.
struct SlowTrigger {
    order: Order,
    seen: Vec<(i64, bool)>,
}

impl SlowTrigger {
    /// The price that counts, doubled.
    fn price(&self, prices: &Prices) -> Option<i64> {
        let buys = self.order.side == Side::Buy;
        let own = prices.touch.map(|(bid, ask)| 2 * if buys { ask.0 } else { bid.0 });
        let two = |px: Option<Ticks>| px.map(|px| 2 * px.0);
        match self.order.trigger_type {
            TriggerType::LastPrice | TriggerType::DoubleLast => two(prices.last),
            TriggerType::MarkPrice => two(prices.mark),
            TriggerType::IndexPrice => two(prices.index),
            TriggerType::BidAsk | TriggerType::DoubleBidAsk => own,
            TriggerType::MidPoint => prices.touch.map(|(bid, ask)| bid.0 + ask.0),
            TriggerType::LastOrBidAsk => two(prices.last).or(own),
        }
    }

    /// Where the trigger lies, from all prices so far.
    fn level(&self) -> Option<i64> {
        let order = &self.order;
        let given = Some(order.trigger_px.0).filter(|px| *px > 0);
        if order.trailing_offset == 0 {
            return given;
        }
        let offset = i64::from(order.trailing_offset);
        let behind = |doubled: i64| {
            let (down, up) = (doubled.div_euclid(2), (doubled + 1).div_euclid(2));
            let px = if order.side == Side::Buy { up } else { down };
            let distance = match order.offset_unit {
                OffsetUnit::Ticks => offset,
                OffsetUnit::Bps => (px * offset + 9_999) / 10_000,
            };
            if order.side == Side::Buy { px + distance } else { px - distance }
        };
        let all = self.seen.iter().map(|(doubled, _)| behind(*doubled)).filter(|px| *px > 0).chain(given);
        if order.side == Side::Buy { all.min() } else { all.max() }
    }

    fn watch(&mut self, prices: &Prices) -> bool {
        let Some(doubled) = self.price(prices) else { return false };
        self.seen.push((doubled, false));
        let rises = (self.order.side == Side::Buy) != self.order.order_type.is_if_touched();
        let hit = self.level().is_some_and(|px| if rises { doubled >= 2 * px } else { doubled <= 2 * px });
        if let Some(last) = self.seen.last_mut() {
            last.1 = hit;
        }
        let needed =
            if matches!(self.order.trigger_type, TriggerType::DoubleLast | TriggerType::DoubleBidAsk) { 2 } else { 1 };
        self.seen.len() >= needed && self.seen.iter().rev().take(needed).all(|(_, hit)| *hit)
    }
}

fn prices(random: &mut Random, px: i64) -> Prices {
    let none = Prices::default();
    let at = Some(Ticks(px));
    match random.below(4) {
        0 => Prices { last: at, ..none },
        1 => Prices { mark: at, ..none },
        2 => Prices { index: at, ..none },
        _ => Prices { touch: Some((Ticks(px), Ticks(px + 1 + random.below(3) as i64))), ..none },
    }
}

fn triggered(random: &mut Random, px: i64) -> Order {
    let kinds = [OrderType::StopMarket, OrderType::MarketIfTouched, OrderType::TrailingStopMarket];
    let order_type = kinds[random.below(3) as usize];
    let side = if random.once_in(2) { Side::Buy } else { Side::Sell };
    let away = 1 + random.below(12) as i64;
    let rises = (side == Side::Buy) != order_type.is_if_touched();
    let given = !order_type.trails() || random.once_in(2);
    Order {
        instrument: LINEAR,
        side,
        order_type,
        qty: Lots(10),
        trigger_px: Ticks(if given { px + if rises { away } else { -away } } else { 0 }),
        trigger_type: TriggerType::ALL[random.below(8) as usize],
        trailing_offset: if order_type.trails() { 1 + random.below(15) as u32 } else { 0 },
        offset_unit: if random.once_in(2) { OffsetUnit::Ticks } else { OffsetUnit::Bps },
        ..Order::default()
    }
}

#[test]
fn a_trigger_is_pulled_when_the_slow_twin_says_so_and_nothing_happens_where_it_is_not_near() {
    let (mut pulled, mut passed_by) = (BTreeMap::<(u8, u8), u32>::new(), 0);
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let mut px = 10_000;
        let order = triggered(&mut random, px);
        assert_eq!(order.fault(), None, "{order:?}");
        let (mut trigger, mut slow) = (Trigger::new(&order), SlowTrigger { order, seen: Vec::new() });
        for step in 0..200 {
            px += random.below(9) as i64 - 4;
            let prices = prices(&mut random, px);
            let is_near = prices.range().is_some_and(|range| trigger.near().meets(range));
            let before = trigger;
            let (found, expected) = (trigger.watch(&prices), slow.watch(&prices));
            assert_eq!(found, expected, "seed {seed} step {step}: {order:?} {prices:?} {trigger:?}");
            assert_eq!(trigger.px().map(|px| px.0), slow.level(), "seed {seed} step {step}: {order:?}");
            if !is_near {
                assert_eq!(trigger, before, "seed {seed} step {step}: passed by at {prices:?}");
                passed_by += 1;
            }
            if found {
                *pulled.entry((order.order_type as u8, order.trigger_type as u8)).or_default() += 1;
                break;
            }
        }
    }
    assert_eq!(pulled.len(), 3 * 8, "every type by every price: {pulled:?}");
    assert!(pulled.values().all(|count| *count > 20), "{pulled:?}");
    assert!(passed_by > 100_000, "{passed_by}");
    assert!(!Near::NEVER.meets((Ticks(i64::MIN), Ticks(i64::MAX))));
}

/// A seat whose wishes are carried out by nobody but the test.
struct Bench {
    seat: Seat,
    floor: Floor,
    intents: Reader<Intent>,
    /// Of what was wished.
    sides: BTreeMap<ClientOrderId, Side>,
    /// Market orders that left: no word of ours reaches them any more.
    taking: BTreeSet<ClientOrderId>,
}

impl Bench {
    fn new() -> Self {
        Self::of(instruments())
    }

    fn of(all: Arc<Instruments>) -> Self {
        let mut ends = ring(&Spec { name: "intent", depth: 1_024, readers: &["risk"], taps: &[] });
        let intents = ends.reader("risk").expect("free");
        let floor = Floor::new(Arc::clone(&all), ends.writer("strategy").expect("free"));
        Self {
            seat: Seat::new(StrategyId(1), 5, all.len()),
            floor,
            intents,
            sides: BTreeMap::new(),
            taking: BTreeSet::new(),
        }
    }

    fn at(&mut self, seconds: u64) -> &mut Self {
        self.floor.now = Nanos(seconds * Nanos::SECOND);
        self.seat.on_time(&mut self.floor);
        self
    }

    fn wishes(&mut self) -> Vec<IntentKind> {
        let mut read = Vec::new();
        self.intents.take(1_024, |_, intent| read.push(intent.what));
        for wish in &read {
            if let IntentKind::Submit(order) | IntentKind::Hold(order) | IntentKind::Release(order) = wish {
                self.sides.insert(order.client_order_id, order.side);
            }
            if let IntentKind::Submit(order) | IntentKind::Release(order) = wish
                && order.order_type == OrderType::Market
            {
                self.taking.insert(order.client_order_id);
            }
        }
        read
    }

    /// A venue that carries everything out at once.
    fn obey(&mut self, family: &mut BTreeMap<ClientOrderId, Twin>) {
        loop {
            let wishes = self.wishes();
            if wishes.is_empty() {
                return;
            }
            wishes.into_iter().for_each(|wish| carry_out(self, family, wish));
        }
    }

    fn trade(&mut self, px: i64) {
        let at = Stamp { instrument: LINEAR, ..Stamp::default() };
        let (px, qty, aggressor) = (Ticks(px), Lots(1), Side::Sell);
        let event = MarketEvent { at, change: MarketChange::Trade { px, qty, aggressor, trade_id: 0 } };
        let prices = self.floor.prices(&event);
        self.seat.on_market(&mut self.floor, &prices, &event);
    }

    fn cancel(&mut self, id: ClientOrderId) -> Result<(), Refusal> {
        self.seat.context(&mut self.floor, Nanos(0)).cancel(id)
    }

    fn submit(&mut self, order: Order) -> Result<ClientOrderId, Check> {
        self.seat.context(&mut self.floor, Nanos(0)).submit(order).map_err(|refusal| refusal.check)
    }

    fn list(&mut self, parent: Option<Order>, tie: Contingency, orders: &[Order]) -> Result<ClientOrderId, Check> {
        let mut context = self.seat.context(&mut self.floor, Nanos(0));
        let done = match parent {
            Some(parent) => context.submit_with_children(parent, tie, orders),
            None => context.submit_list(tie, orders),
        };
        done.map_err(|refusal| refusal.check)
    }

    fn report(&mut self, id: ClientOrderId, event: OrderEvent, status: OrderStatus, qty: i64, filled: i64) {
        let (strategy, instrument) = (StrategyId(1), LINEAR);
        let (qty, filled_qty) = (Lots(qty), Lots(filled));
        let (client_order_id, px) = (id, Ticks(600_000));
        let side = self.sides.get(&id).copied().unwrap_or_default();
        let of = Report { client_order_id, strategy, instrument, side, ..Report::default() };
        self.seat.on_report(&mut self.floor, &Report { event, status, qty, px, filled_qty, ..of });
    }

    fn position(&self) -> i64 {
        self.seat.account().position(LINEAR).0
    }

    /// The venue closes so much of what is held, or keeps it as the fee of an order.
    fn close_out(&mut self, cause: Cause, of: ClientOrderId, qty: i64) {
        let part = -qty * self.position().signum();
        let closeout = Closeout { cause, qty: Lots(qty), ..Closeout::default() };
        let report = Report { client_order_id: of, instrument: LINEAR, ..Report::default() };
        self.seat.closed_out(&mut self.floor, &report, &closeout, part);
    }
}

fn fill(qty: i64) -> OrderEvent {
    let (last_px, liquidity) = (Ticks(600_010), Default::default());
    OrderEvent::Filled { trade_id: 1, last_px, last_qty: Lots(qty), fee: Quote(0), liquidity }
}

fn limit(side: Side, px: i64, qty: i64) -> Order {
    Order { instrument: LINEAR, side, px: Ticks(px), qty: Lots(qty), ..Order::default() }
}

fn stop(side: Side, trigger: i64, qty: i64) -> Order {
    let order_type = OrderType::StopMarket;
    Order { order_type, px: Ticks(0), trigger_px: Ticks(trigger), ..limit(side, 0, qty) }
}

/// One order of a family as a venue would have it.
#[derive(Clone, Copy, Debug, Default)]
struct Twin {
    total: i64,
    filled: i64,
    is_live: bool,
    is_over: bool,
}

/// A venue that answers in random order and fills at random, and a family of tied orders at it. What must hold at the end,
/// whatever happened on the way, is told from the sums alone.
fn random_family(seed: u64, tie: Contingency, has_parent: bool) -> (Vec<Twin>, usize) {
    let mut random = Random::new(seed);
    let mut bench = Bench::new();
    let children = [limit(Side::Sell, 610_000, 10), limit(Side::Sell, 620_000, 10)];
    let parent = has_parent.then(|| limit(Side::Buy, 600_000, 10));
    let first = bench.list(parent, tie, &children).expect("room");
    let mut family: BTreeMap<ClientOrderId, Twin> = BTreeMap::new();
    let mut waiting: Vec<IntentKind> = Vec::new();
    for _ in 0..120 {
        waiting.extend(bench.wishes());
        // The venue is one: it takes wishes in order, at moments of its own.
        if !waiting.is_empty() && !random.once_in(4) {
            carry_out(&mut bench, &mut family, waiting.remove(0));
            continue;
        }
        let live: Vec<ClientOrderId> = family.iter().filter(|(_, twin)| twin.is_live).map(|(id, _)| *id).collect();
        if live.is_empty() {
            continue;
        }
        let id = live[random.below(live.len() as u64) as usize];
        let twin = family.get_mut(&id).expect("live");
        if random.once_in(12) && (id == first || !has_parent) {
            (twin.is_live, twin.is_over) = (false, true);
            let Twin { total, filled, .. } = *twin;
            bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, total, filled);
            continue;
        }
        let qty = 1 + random.below((twin.total - twin.filled).min(3) as u64) as i64;
        twin.filled += qty;
        let is_filled = twin.filled == twin.total;
        (twin.is_live, twin.is_over) = (!is_filled, is_filled);
        let status = if is_filled { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
        let Twin { total, filled, .. } = *twin;
        bench.report(id, fill(qty), status, total, filled);
    }
    while let Some(wish) = {
        waiting.extend(bench.wishes());
        if waiting.is_empty() { None } else { Some(waiting.remove(0)) }
    } {
        carry_out(&mut bench, &mut family, wish);
    }
    (family.into_values().collect(), bench.seat.desk().followed())
}

fn carry_out(bench: &mut Bench, family: &mut BTreeMap<ClientOrderId, Twin>, wish: IntentKind) {
    match wish {
        IntentKind::Hold(order) => {
            family.insert(order.client_order_id, Twin::default());
            bench.report(order.client_order_id, OrderEvent::Emulated, OrderStatus::Emulated, order.qty.0, 0);
        }
        IntentKind::Submit(order) | IntentKind::Release(order) => {
            let id = order.client_order_id;
            if family.get(&id).is_some_and(|twin| twin.is_over) {
                return;
            }
            family.insert(id, Twin { total: order.qty.0, is_live: true, ..Twin::default() });
            bench.report(id, OrderEvent::Accepted, OrderStatus::Accepted, order.qty.0, 0);
        }
        IntentKind::Modify(change) => {
            let id = change.client_order_id;
            let twin = family.get_mut(&id).expect("known");
            if !twin.is_live || change.qty.0 <= twin.filled {
                return;
            }
            twin.total = change.qty.0;
            let status = if twin.filled > 0 { OrderStatus::PartiallyFilled } else { OrderStatus::Accepted };
            let filled = twin.filled;
            bench.report(id, OrderEvent::Updated, status, change.qty.0, filled);
        }
        IntentKind::Cancel(id) | IntentKind::Expire(id) => {
            let twin = family.get_mut(&id).expect("known");
            if twin.is_over {
                return;
            }
            (twin.is_live, twin.is_over) = (false, true);
            let Twin { total, filled, .. } = *twin;
            bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, total, filled);
        }
    }
}

#[test]
fn children_never_stand_for_more_than_their_parent_filled_and_end_with_it() {
    let mut met = [0; 4];
    for seed in 0..1_500 {
        let (family, followed) = random_family(seed, Contingency::Ouo, true);
        let (parent, children) = (family[0], &family[1..]);
        let filled: i64 = children.iter().map(|child| child.filled).sum();
        // A fill that crosses a change on its way may be one too many; what still stands never is.
        for child in children {
            let others: i64 = filled - child.filled;
            let allowed = (parent.filled - others).max(child.filled);
            assert!(!child.is_live || child.total <= allowed, "seed {seed}: {family:?}");
        }
        if parent.is_over && parent.filled == 0 {
            assert!(children.iter().all(|child| child.is_over && child.filled == 0), "seed {seed}: {family:?}");
            met[0] += 1;
        }
        if parent.is_over && parent.filled > 0 && filled >= parent.filled {
            assert!(children.iter().all(|child| child.is_over), "seed {seed}: {family:?}");
            assert_eq!(followed, 0, "seed {seed}: nothing is followed that is over");
            met[1] += 1;
        }
        // Whatever filled, and whole, before its entry had filled to the end: what came after has an exit, too.
        let standing = |child: &Twin| child.total - child.filled;
        let exits = children.iter().filter(|child| child.is_live).map(standing).max().unwrap_or(0);
        assert!(exits >= parent.filled - filled, "seed {seed}: {family:?}");
        met[2] += usize::from(
            children.iter().any(|child| child.is_over && child.filled == child.total) && children.len() > 2,
        );
        met[3] += usize::from(filled <= parent.filled);
    }
    assert!(met[..3].iter().all(|count| *count > 20) && met[3] > 750, "{met:?}");
}

#[test]
fn the_first_fill_of_one_withdraws_the_other() {
    let (mut met, mut alone) = (0, 0);
    for seed in 0..1_500 {
        let (family, _) = random_family(seed, Contingency::Oco, false);
        let filled = family.iter().filter(|twin| twin.filled > 0).count();
        if filled > 0 {
            let untouched = family.iter().filter(|twin| twin.filled == 0);
            assert!(untouched.into_iter().all(|twin| twin.is_over), "seed {seed}: {family:?}");
            met += 1;
            alone += usize::from(filled == 1);
        }
    }
    // The venue may fill both before it reads the cancel; it must not be the rule.
    assert!(met > 1_000 && alone > met / 2, "{alone} of {met}");
}

#[test]
fn what_one_fills_the_other_is_made_smaller_by() {
    let mut exact = 0;
    for seed in 0..1_500 {
        let (family, _) = random_family(seed, Contingency::Ouo, false);
        let filled: i64 = family.iter().map(|twin| twin.filled).sum();
        let standing: i64 =
            family.iter().filter(|twin| twin.is_live).map(|twin| twin.total - twin.filled).max().unwrap_or(0);
        let was_canceled = family.iter().any(|twin| twin.is_over && twin.filled == 0);
        assert!(standing <= (10 - filled).max(0) || was_canceled, "seed {seed}: {family:?}");
        exact += usize::from(filled <= 10);
    }
    // A fill may cross the change that it makes necessary; it must not be the rule.
    assert!(exact > 750, "{exact} of 1,500");
}

#[test]
fn slices_of_an_iceberg_add_up_to_it_exactly() {
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        let (qty, shown) = (20 + random.below(200) as i64, 1 + random.below(19) as i64);
        let whole = Order { display_qty: Lots(shown), ..limit(Side::Buy, 600_000, qty) };
        let first = bench.submit(whole).expect("room");
        assert!(matches!(bench.wishes()[..], [IntentKind::Hold(order)] if order.qty == whole.qty));
        bench.report(first, OrderEvent::Emulated, OrderStatus::Emulated, qty, 0);
        let (mut filled, mut slices) = (0, Vec::new());
        let stops_at = if random.once_in(4) { random.below(qty as u64) as i64 } else { qty };
        while let Some(IntentKind::Submit(slice)) = bench.wishes().pop() {
            assert!(slice.qty.0 <= shown && slice.px == whole.px, "{slice:?}");
            assert_eq!(slice.parent, first.counter());
            slices.push(slice.client_order_id.counter());
            let id = slice.client_order_id;
            assert_eq!(filled + slice.qty.0 + bench.seat.desk().hidden(first).0, qty, "nothing is lost, nothing twice");
            bench.report(id, OrderEvent::Accepted, OrderStatus::Accepted, slice.qty.0, 0);
            if filled >= stops_at {
                bench.cancel(first).expect("there");
                assert_eq!(bench.wishes(), [IntentKind::Cancel(id)], "its slice first");
                bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, slice.qty.0, 0);
                assert_eq!(bench.wishes(), [IntentKind::Cancel(first)], "then the order");
                bench.report(first, OrderEvent::Canceled, OrderStatus::Canceled, qty, filled);
                break;
            }
            let mut own = 0;
            while own < slice.qty.0 {
                let part = 1 + random.below((slice.qty.0 - own) as u64) as i64;
                own += part;
                let status = if own == slice.qty.0 { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
                bench.report(id, fill(part), status, slice.qty.0, own);
                let done = filled + own;
                let status = if done == qty { OrderStatus::Filled } else { OrderStatus::Emulated };
                bench.report(first, OrderEvent::Worked(Progress::default()), status, qty, done);
            }
            filled += own;
        }
        assert!(filled == qty || stops_at < qty, "seed {seed}: {filled} of {qty}");
        assert_eq!(bench.wishes(), [], "seed {seed}: nothing follows");
        assert_eq!((bench.seat.desk().followed(), bench.seat.desk().hidden(first)), (0, Lots(0)), "seed {seed}");
        assert!(slices.is_sorted(), "numbers only rise: {slices:?}");
    }
}

#[test]
fn an_order_ends_at_its_time_held_or_sent_and_a_day_ends_with_the_day() {
    let mut bench = Bench::new();
    bench.at(86_400 * 9 + 100);
    let until = |order: Order, expire_at_s| Order { time_in_force: TimeInForce::Gtd, expire_at_s, ..order };
    let sent = bench.submit(until(limit(Side::Buy, 600_000, 5), 86_400 * 9 + 110)).expect("room");
    let held = bench.submit(until(stop(Side::Sell, 590_000, 5), 86_400 * 9 + 120)).expect("room");
    let day = Order { time_in_force: TimeInForce::Day, ..limit(Side::Buy, 600_000, 5) };
    let day = bench.submit(day).expect("room");
    let late = bench.submit(until(limit(Side::Buy, 600_000, 5), 86_400 * 9 + 100));
    assert_eq!(late, Err(Check::OrderTerms), "its time is over before it begins");
    assert_eq!(bench.wishes().len(), 3);
    let mut wishes_at = |seconds: u64| bench.at(86_400 * 9 + seconds).wishes();
    assert_eq!(wishes_at(109), []);
    assert_eq!(wishes_at(110), [IntentKind::Expire(sent)]);
    assert_eq!(wishes_at(119), [], "asked once");
    assert_eq!(wishes_at(121), [IntentKind::Expire(held)]);
    assert_eq!(wishes_at(86_399), []);
    assert_eq!(wishes_at(86_400), [IntentKind::Expire(day)]);
}

#[test]
fn lists_are_taken_whole_or_not_at_all_and_terms_that_contradict_each_other_are_refused() {
    let mut bench = Bench::new();
    let (entry, target) = (limit(Side::Buy, 600_000, 5), limit(Side::Sell, 610_000, 5));
    let broken = Order { trigger_px: Ticks(1), ..target };
    assert_eq!(bench.list(Some(entry), Contingency::Ouo, &[target, broken]), Err(Check::OrderTerms));
    assert_eq!(bench.list(None, Contingency::Spawned, &[target]), Err(Check::OrderTerms));
    assert_eq!(bench.list(None, Contingency::Oco, &[Order { display_qty: Lots(1), ..entry }]), Err(Check::OrderTerms));
    assert_eq!(bench.submit(Order { parent: 7, ..entry }), Err(Check::OrderTerms), "tied by hand");
    assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0), "no id is used up");
    let mut taken = 0;
    while bench.list(Some(entry), Contingency::Ouo, &[target, stop(Side::Sell, 590_000, 5)]).is_ok() {
        taken += 3;
        bench.wishes();
    }
    assert_eq!(taken, 255, "the table has 256 places, and lists are not cut");
}

/// A run's number is part of every id, and a restart never uses one again (the journal's folder hands them out): so the
/// same wishes get the same counters, and no id of before.
#[test]
fn the_same_wishes_get_the_same_numbers_and_another_run_none_of_them() {
    let ids = |epoch: u32| {
        let mut bench = Bench::new();
        bench.seat = Seat::new(StrategyId(1), epoch, instruments().len());
        let iceberg = Order { display_qty: Lots(2), ..limit(Side::Buy, 600_000, 5) };
        let first = bench.submit(iceberg).expect("room");
        bench
            .list(Some(limit(Side::Buy, 600_000, 5)), Contingency::Ouo, &[stop(Side::Sell, 590_000, 5)])
            .expect("room");
        bench.report(first, OrderEvent::Emulated, OrderStatus::Emulated, 5, 0);
        let ids = bench.wishes().into_iter().map(|wish| match wish {
            IntentKind::Submit(order) | IntentKind::Hold(order) => order.client_order_id,
            other => panic!("{other:?}"),
        });
        ids.collect::<Vec<_>>()
    };
    let (before, again, after) = (ids(5), ids(5), ids(6));
    assert_eq!(before, again);
    assert_eq!(before.iter().map(|id| id.counter()).collect::<Vec<_>>(), [1, 2, 3, 4], "slices take the next number");
    assert!(after.iter().all(|id| !before.contains(id) && id.epoch() == 6), "{after:?}");
}

/// A fee in another coin is told under the order's id, with nothing in it of the order.
#[test]
fn a_bracket_whose_fee_is_paid_in_another_coin_keeps_its_exits() {
    let mut bench = Bench::new();
    let children = [limit(Side::Sell, 610_000, 10), stop(Side::Sell, 590_000, 10)];
    let entry = bench.list(Some(limit(Side::Buy, 600_000, 10)), Contingency::Ouo, &children).expect("room");
    let mut family = BTreeMap::new();
    bench.obey(&mut family);
    bench.report(entry, fill(10), OrderStatus::Filled, 10, 10);
    bench.obey(&mut family);
    bench.report(entry, OrderEvent::Paid(Payment::default()), OrderStatus::Initialized, 0, 0);
    assert_eq!(bench.wishes(), []);
    assert_eq!(bench.seat.desk().followed(), 3);
}

/// Venues differ in the word for what a market order did not get.
#[test]
fn a_market_to_limit_order_leaves_its_rest_whether_it_is_said_to_be_canceled_or_expired() {
    for (event, status) in [(OrderEvent::Canceled, OrderStatus::Canceled), (OrderEvent::Expired, OrderStatus::Expired)]
    {
        let mut bench = Bench::new();
        let order_type = OrderType::MarketToLimit;
        let first = bench.submit(Order { order_type, ..limit(Side::Buy, 0, 10) }).expect("room");
        bench.wishes();
        bench.report(first, fill(4), OrderStatus::PartiallyFilled, 10, 4);
        bench.report(first, event, status, 10, 4);
        let wishes = bench.wishes();
        let [IntentKind::Submit(rest)] = wishes.as_slice() else { panic!("{status:?}: {wishes:?}") };
        assert_eq!((rest.order_type, rest.qty, rest.px), (OrderType::Limit, Lots(6), Ticks(600_010)));
    }
}

/// The one could not be made smaller by what the other fills.
#[test]
fn two_that_rest_update_one_another_only_where_orders_can_be_changed() {
    let at = |venue| {
        let moved = instruments().iter().map(|instrument| Instrument { venue, ..*instrument }).collect();
        Arc::new(Instruments::new(moved))
    };
    let mut bench = Bench::of(at(VenueId::Hyperliquid));
    let (low, high) = (limit(Side::Sell, 610_000, 5), limit(Side::Sell, 620_000, 5));
    let (entry, exit) = (limit(Side::Buy, 600_000, 5), stop(Side::Sell, 590_000, 5));
    assert_eq!(bench.list(None, Contingency::Ouo, &[low, high]), Err(Check::OrderTerms));
    assert_eq!(bench.list(Some(entry), Contingency::Ouo, &[low, high, exit]), Err(Check::OrderTerms));
    assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0), "no id is used up");
    assert!(bench.list(None, Contingency::Oco, &[low, high]).is_ok());
    assert!(bench.list(Some(entry), Contingency::Ouo, &[low, exit]).is_ok(), "a stop takes its target's place");
    let mut bench = Bench::of(at(VenueId::Bybit));
    assert!(bench.list(None, Contingency::Ouo, &[low, high]).is_ok());
}

#[test]
fn what_was_to_follow_is_forgotten_when_it_is_withdrawn_or_its_time_is_over() {
    let refused = || OrderEvent::Rejected(RejectReason::Unavailable);
    let mut bench = Bench::new();
    let order = Order { time_in_force: TimeInForce::Gtd, expire_at_s: 9, ..stop(Side::Sell, 590_000, 5) };
    for is_withdrawn in [true, false] {
        let id = bench.submit(order).expect("room");
        bench.report(id, OrderEvent::Emulated, OrderStatus::Emulated, 5, 0);
        bench.trade(590_000);
        bench.report(id, refused(), OrderStatus::Rejected, 5, 0);
        assert_eq!((bench.wishes().len(), bench.seat.desk().followed()), (2, 1));
        if is_withdrawn {
            bench.cancel(id).expect("room");
        } else {
            bench.at(9);
        }
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0));
    }
}

#[test]
fn an_iceberg_that_is_changed_moves_its_slice_and_one_whose_cancel_has_no_room_is_withdrawn_when_there_is() {
    let mut bench = Bench::new();
    let whole = Order { display_qty: Lots(2), ..limit(Side::Buy, 600_000, 6) };
    let first = bench.submit(whole).expect("room");
    bench.report(first, OrderEvent::Emulated, OrderStatus::Emulated, 6, 0);
    let slice = ClientOrderId::new(1, 5, 2);
    bench.wishes();
    bench.report(slice, OrderEvent::Accepted, OrderStatus::Accepted, 2, 0);
    let change = Change { client_order_id: first, px: Ticks(599_000), qty: Lots(6) };
    let mut modify = |change| bench.seat.context(&mut bench.floor, Nanos(0)).modify(change).map_err(|no| no.check);
    assert_eq!(modify(Change { qty: Lots(7), ..change }), Err(Check::OrderTerms), "larger than it was wished");
    assert_eq!(modify(Change { qty: Lots(1), ..change }), Err(Check::OrderTerms), "smaller than what stands");
    modify(change).expect("room");
    let of_slice = Change { client_order_id: slice, qty: Lots(2), ..change };
    assert_eq!(bench.wishes(), [change, of_slice].map(IntentKind::Modify), "told of the whole, asked of the slice");
    while bench.seat.context(&mut bench.floor, Nanos(0)).cancel(ClientOrderId::new(1, 5, 99)).is_ok() {}
    bench.cancel(first).expect("owed");
    assert_eq!(bench.seat.desk().hidden(first), Lots(4));
    bench.wishes();
    bench.at(1);
    assert_eq!(bench.wishes(), [IntentKind::Cancel(slice)]);
}

/// Of ten coins that were bought the venue keeps one: whoever wants to sell ten sells none.
#[test]
fn exits_are_of_what_a_fee_in_coins_has_left() {
    let charged = |bench: &mut Bench, entry| {
        let closeout = Closeout { cause: Cause::CoinFee, qty: Lots(1), ..Closeout::default() };
        let report = Report { client_order_id: entry, instrument: LINEAR, ..Report::default() };
        bench.seat.closed_out(&mut bench.floor, &report, &closeout, -1);
    };
    let submitted = |wishes: Vec<IntentKind>| -> Vec<(ClientOrderId, Lots)> {
        let of = |wish| match wish {
            IntentKind::Submit(order) | IntentKind::Release(order) => Some((order.client_order_id, order.qty)),
            _ => None,
        };
        wishes.into_iter().filter_map(of).collect()
    };
    let denied = [Check::ShortSpot, Check::ReduceOnly].map(|check| OrderEvent::Denied(Refusal::new(check, -1, 0)));
    let rejected = [RejectReason::InsufficientFunds, RejectReason::ReduceOnly].map(OrderEvent::Rejected);
    for no in denied.into_iter().chain(rejected) {
        let mut bench = Bench::new();
        bench.at(1);
        let target = limit(Side::Sell, 610_000, 10);
        let entry = bench.list(Some(limit(Side::Buy, 600_000, 10)), Contingency::Oco, &[target]).expect("room");
        let mut family = BTreeMap::new();
        bench.obey(&mut family);
        bench.report(entry, fill(10), OrderStatus::Filled, 10, 10);
        // It has left before the word of the fee, and is refused for it, by us or by the venue.
        let [(exit, Lots(10))] = submitted(bench.wishes())[..] else { panic!("no exit") };
        charged(&mut bench, entry);
        let status = if matches!(no, OrderEvent::Denied(_)) { OrderStatus::Denied } else { OrderStatus::Rejected };
        bench.report(exit, no, status, 10, 0);
        bench.wishes();
        bench.at(2);
        let [(again, Lots(9))] = submitted(bench.wishes())[..] else { panic!("the position has no exit") };
        bench.report(again, OrderEvent::Accepted, OrderStatus::Accepted, 9, 0);
        bench.report(again, fill(9), OrderStatus::Filled, 9, 9);
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0));
    }
    // Without a fee a no is a no.
    let mut bench = Bench::new();
    bench.at(1);
    let target = limit(Side::Sell, 610_000, 10);
    let entry = bench.list(Some(limit(Side::Buy, 600_000, 10)), Contingency::Oco, &[target]).expect("room");
    bench.obey(&mut BTreeMap::new());
    bench.report(entry, fill(10), OrderStatus::Filled, 10, 10);
    let [(exit, _)] = submitted(bench.wishes())[..] else { panic!("no exit") };
    bench.report(exit, OrderEvent::Denied(Refusal::new(Check::ShortSpot, -1, 0)), OrderStatus::Denied, 10, 0);
    bench.at(2);
    assert_eq!((submitted(bench.wishes()), bench.seat.desk().followed()), (Vec::new(), 0));
}
