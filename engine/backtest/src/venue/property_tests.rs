//! Random markets and random orders against the laws: nothing is filled that was not traded or shown, nobody is passed by
//! who came later, the same input gives the same replies, nothing is lost on a full ring, nothing is allocated.

use super::PaperConfig;
use super::fixture::{Bench, MS, bench, bench_of, bench_with, level, limit};
use super::latency::{Latency, Spread};
use engine_core::config::{Hundredths, QueueModel};
use engine_model::market::{Level, MarketSink, Side};
use engine_model::order::{ClientOrderId, Order, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::Nanos;
use engine_model::venue::{RejectReason, Reply, ReplyKind, RequestKind, VenueId};
use engine_ring::alloc_guard::{CountingAllocator, allocations_on_this_thread};
use std::collections::BTreeMap;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn lots(&mut self) -> i64 {
        1 + self.below(9) as i64
    }

    fn side(&mut self) -> Side {
        if self.below(2) == 0 { Side::Buy } else { Side::Sell }
    }
}

/// The true market behind the messages: levels, and what of them the client has not been shown yet.
struct Truth {
    sides: [BTreeMap<i64, i64>; 2],
    unshown: [BTreeMap<i64, i64>; 2],
}

impl Truth {
    fn new(dice: &mut Dice) -> Self {
        let side = |from: i64, step: i64, dice: &mut Dice| (0..8).map(|i| (from + i * step, dice.lots())).collect();
        Self { sides: [side(100, -1, dice), side(101, 1, dice)], unshown: Default::default() }
    }

    fn best(&self, side: Side) -> Option<Level> {
        let levels = &self.sides[side as usize];
        let best = if side == Side::Buy { levels.last_key_value() } else { levels.first_key_value() };
        best.map(|(px, qty)| level(*px, *qty))
    }

    fn set(&mut self, side: Side, px: i64, qty: i64) {
        match qty {
            0 => self.sides[side as usize].remove(&px),
            _ => self.sides[side as usize].insert(px, qty),
        };
        self.unshown[side as usize].insert(px, qty);
    }

    /// A maker comes or leaves, without crossing.
    fn wiggle(&mut self, dice: &mut Dice) {
        let side = dice.side();
        let px = 96 + dice.below(10) as i64;
        let far = self.best(side.opposite()).map_or(px + side.sign(), |l| l.px.0);
        if (far - px) * side.sign() > 0 {
            let qty = if dice.below(3) == 0 { 0 } else { dice.lots() };
            self.set(side, px, qty);
        }
    }

    /// A taker hits the best level.
    fn hit(&mut self, aggressor: Side, dice: &mut Dice) -> Option<Level> {
        let best = self.best(aggressor.opposite())?;
        let lots = dice.lots().min(best.qty.0);
        self.set(aggressor.opposite(), best.px.0, best.qty.0 - lots);
        Some(level(best.px.0, lots))
    }

    fn take_unshown(&mut self) -> [Vec<Level>; 2] {
        std::mem::take(&mut self.unshown).map(|side| side.into_iter().map(|(px, qty)| level(px, qty)).collect())
    }
}

/// What there was to be had, by side of our order and price.
#[derive(Default)]
struct Offered {
    /// Traded by the opposite aggressor at exactly that price.
    traded: BTreeMap<(bool, i64), i64>,
    /// Shown by book messages on the far side at that price: each message's quantity, once a message.
    shown: BTreeMap<(bool, i64), i64>,
    /// Prices that were traded at.
    through: Vec<(bool, i64)>,
    /// What is left of each level as last shown: less trades told since, less what we took since.
    left: BTreeMap<(bool, i64), i64>,
}

/// All queue models in turn: the laws hold for each.
fn config_of(seed: u64) -> PaperConfig {
    let models = QueueModel::all(Hundredths(300));
    PaperConfig { queue: models[seed as usize % models.len()].1, ..PaperConfig::of(VenueId::BinanceSpot) }
}

/// One random run. Gives all replies and checks each fill as it comes.
struct Run {
    bench: Bench,
    dice: Dice,
    truth: Truth,
    late_trades: Vec<(u64, Side, Level)>,
    offered: Offered,
    orders: BTreeMap<ClientOrderId, Order>,
    filled: BTreeMap<ClientOrderId, i64>,
    replies: Vec<Reply>,
    counter: u32,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut run = Self {
            bench: bench_of(config_of(seed), 1 << 12),
            truth: Truth::new(&mut dice),
            dice,
            late_trades: Vec::new(),
            offered: Offered::default(),
            orders: BTreeMap::new(),
            filled: BTreeMap::new(),
            replies: Vec::new(),
            counter: 0,
        };
        let sides = [0, 1].map(|s: usize| run.truth.sides[s].iter().map(|(p, q)| level(*p, *q)).collect::<Vec<_>>());
        run.show(&sides);
        run.bench.snapshot(&sides[0], &sides[1]);
        run
    }

    fn show(&mut self, sides: &[Vec<Level>; 2]) {
        for (far, levels) in sides.iter().enumerate() {
            for l in levels {
                let key = (far == Side::Sell as usize, l.px.0);
                *self.offered.shown.entry(key).or_default() += l.qty.0;
                self.offered.left.insert(key, l.qty.0);
            }
        }
    }

    fn step(&mut self) {
        self.bench.now_ms += 1;
        match self.dice.below(10) {
            0..=3 => self.truth.wiggle(&mut self.dice),
            4..=5 => self.trade(),
            6..=7 => self.delta(),
            8 => self.place(),
            _ => self.cancel(),
        }
        let replies = self.bench.turn();
        replies.iter().for_each(|reply| self.check(reply));
        self.replies.extend(replies);
    }

    /// A trade happens; it is told now, or only after the next book message, which shows it first.
    fn trade(&mut self) {
        let aggressor = self.dice.side();
        let Some(hit) = self.truth.hit(aggressor, &mut self.dice) else { return };
        if self.dice.below(2) == 0 {
            self.tell(self.bench.now_ms, aggressor, hit);
            // The book shows it later.
            let left = self.offered.left.entry((aggressor == Side::Buy, hit.px.0)).or_default();
            *left = (*left - hit.qty.0).max(0);
        } else {
            self.late_trades.push((self.bench.now_ms, aggressor, hit));
        }
    }

    fn tell(&mut self, at_ms: u64, aggressor: Side, hit: Level) {
        let buys = aggressor == Side::Sell;
        *self.offered.traded.entry((buys, hit.px.0)).or_default() += hit.qty.0;
        self.offered.through.push((buys, hit.px.0));
        self.bench.trade(at_ms, aggressor, hit);
    }

    fn delta(&mut self) {
        let sides = self.truth.take_unshown();
        self.show(&sides);
        let now_ms = self.bench.now_ms;
        self.bench.delta(now_ms, &sides[0], &sides[1]);
        for (at_ms, aggressor, hit) in std::mem::take(&mut self.late_trades) {
            self.tell(at_ms, aggressor, hit);
        }
    }

    fn place(&mut self) {
        self.counter += 1;
        let id = ClientOrderId::new(1, 1, self.counter);
        let side = self.dice.side();
        let px = 98 + self.dice.below(6) as i64;
        let time_in_force =
            [TimeInForce::Gtc, TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok][self.dice.below(4) as usize];
        let order = Order { time_in_force, ..limit(id, side, px, self.dice.lots()) };
        self.orders.insert(id, order);
        self.bench.request(id, RequestKind::Place(order));
    }

    fn cancel(&mut self) {
        if self.counter > 0 {
            let id = ClientOrderId::new(1, 1, 1 + self.dice.below(u64::from(self.counter)) as u32);
            self.bench.request(id, RequestKind::Cancel);
        }
    }

    fn check(&mut self, reply: &Reply) {
        let ReplyKind::Filled { last_px, last_qty, liquidity, .. } = reply.what else { return };
        let order = self.orders[&reply.client_order_id];
        let filled = self.filled.entry(order.client_order_id).or_default();
        *filled += last_qty.0;
        assert!(last_qty.0 > 0 && *filled <= order.qty.0, "more was filled than ordered: {order:?}");
        let better = (order.px.0 - last_px.0) * order.side.sign();
        assert!(if liquidity == Liquidity::Maker { better == 0 } else { better >= 0 }, "a worse price than the limit");
        if liquidity == Liquidity::Maker {
            return self.check_priority(&order);
        }
        let left = self.offered.left.entry((order.side == Side::Buy, last_px.0)).or_default();
        *left -= last_qty.0;
        assert!(*left >= 0, "{} too much was taken at {last_px:?}", -*left);
    }

    /// Who came earlier at the same or a better price, and still rests, is not passed.
    fn check_priority(&self, order: &Order) {
        for (id, earlier) in self.orders.range(..order.client_order_id) {
            let same = earlier.side == order.side && earlier.px == order.px;
            let done = self.filled.get(id).copied().unwrap_or(0) == earlier.qty.0 || self.is_out(*id);
            assert!(!same || done, "{:?} was filled before {earlier:?}", order.client_order_id);
        }
    }

    fn is_out(&self, id: ClientOrderId) -> bool {
        self.replies
            .iter()
            .any(|r| r.client_order_id == id && matches!(r.what, ReplyKind::Canceled | ReplyKind::Rejected(_)))
    }

    /// All fills at a price, of one side, against all that was ever offered for it.
    fn check_conservation(&self) {
        let mut maker = BTreeMap::new();
        let mut taker = BTreeMap::new();
        for reply in &self.replies {
            let ReplyKind::Filled { last_px, last_qty, liquidity, .. } = reply.what else { continue };
            let buys = self.orders[&reply.client_order_id].side == Side::Buy;
            let sums = if liquidity == Liquidity::Maker { &mut maker } else { &mut taker };
            *sums.entry((buys, last_px.0)).or_insert(0) += last_qty.0;
        }
        let at = |map: &BTreeMap<(bool, i64), i64>, key| map.get(&key).copied().unwrap_or(0);
        for (key, lots) in taker {
            assert!(
                lots <= at(&self.offered.shown, key),
                "taken {lots} at {key:?}, shown {}",
                at(&self.offered.shown, key)
            );
        }
        for ((buys, px), lots) in maker {
            let sign = if buys { 1 } else { -1 };
            let went_through = self.offered.through.iter().any(|(b, p)| *b == buys && (px - p) * sign > 0);
            let shown: i64 = self
                .offered
                .shown
                .iter()
                .filter(|((b, p), _)| *b == buys && (px - p) * sign >= 0)
                .map(|(_, q)| q)
                .sum();
            let traded = at(&self.offered.traded, (buys, px));
            assert!(
                went_through || lots <= traded + shown,
                "{lots} filled at {px}: {traded} traded, {shown} shown beyond"
            );
        }
    }
}

#[test]
fn no_order_is_filled_beyond_what_was_traded_or_shown_nor_out_of_turn() {
    let mut fills = 0;
    for seed in 0..300 {
        let mut run = Run::new(seed);
        (0..600).for_each(|_| run.step());
        run.check_conservation();
        fills += run.filled.len();
    }
    assert!(fills > 5_000, "{fills} orders were filled: the runs are worth something");
}

#[test]
fn the_same_input_gives_the_same_replies() {
    let replies = |seed| {
        let mut run = Run::new(seed);
        (0..2_000).for_each(|_| run.step());
        run.replies
    };
    assert_eq!(replies(7), replies(7));
    assert_ne!(replies(7), replies(8));
}

/// Ways that are drawn: a seed gives its own replies and always the same, and none overtakes another.
#[test]
fn drawn_ways_depend_on_the_seed_alone_and_keep_the_order() {
    let replies = |seed| {
        let spread = Spread::LogNormal(Latency { feed_ns: MS, order_ns: 40 * MS, reply_ns: 60 * MS });
        let latency = Latency { feed_ns: MS / 10, order_ns: 5 * MS, reply_ns: 5 * MS };
        let mut run = Run::new(3);
        run.bench = bench_of(PaperConfig { latency, spread, seed, ..PaperConfig::of(VenueId::BinanceSpot) }, 1 << 12);
        run.bench.snapshot(&[level(100, 50)], &[level(101, 50)]);
        let mut replies = Vec::new();
        for counter in 1..400 {
            run.bench.now_ms += 1;
            let id = ClientOrderId::new(1, 1, counter);
            run.bench.request(id, RequestKind::Place(limit(id, Side::Buy, 90, 1)));
            run.bench.request(id, RequestKind::Cancel);
            replies.extend(run.bench.turn());
        }
        run.bench.now_ms += 10_000;
        replies.extend(run.bench.turn());
        replies
    };
    let first = replies(1);
    assert_eq!(first, replies(1));
    let arrivals = |replies: &[Reply]| replies.iter().map(|reply| reply.received_at_ns).collect::<Vec<_>>();
    assert_ne!(arrivals(&first), arrivals(&replies(2)));
    assert_eq!(first.len(), 2 * 399);
    assert!(arrivals(&first).is_sorted_by_key(|at| *at));
    let ids = first.iter().map(|reply| reply.client_order_id.counter());
    assert!(ids.eq((1..400).flat_map(|counter| [counter, counter])), "as asked, so answered");
}

/// One resting order behind a deep level; each lot of a trade is told by trade and by book, in random order. What gets
/// past the order's place is at most what was traded less what stood before it, to the lot, whichever came first.
#[test]
fn trade_and_book_never_move_the_queue_twice() {
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let mut bench = bench();
        let stood = 5 + dice.below(40) as i64;
        bench.snapshot(&[level(100, stood)], &[level(101, 5)]);
        let id = ClientOrderId::new(0, 0, 1);
        bench.request(id, RequestKind::Place(limit(id, Side::Buy, 100, 1_000)));
        bench.turn();
        let (mut displayed, mut traded, mut filled) = (stood, 0, 0);
        for _ in 0..60 {
            bench.now_ms += 10;
            let happened_ms = bench.now_ms - 5;
            // Others join behind us; then a trade takes from the front.
            displayed += dice.below(4) as i64;
            let lots = (1 + dice.below(6) as i64).min(displayed);
            displayed -= lots;
            traded += lots;
            let (hit, shown) = (level(100, lots), [level(100, displayed)]);
            if lots > 0 && dice.below(2) == 0 {
                bench.trade(happened_ms, Side::Sell, hit);
                bench.delta(happened_ms + 1, &shown, &[]);
            } else {
                bench.delta(happened_ms + 1, &shown, &[]);
                bench.trade(happened_ms, Side::Sell, hit);
            }
            for reply in bench.turn() {
                if let ReplyKind::Filled { last_qty, .. } = reply.what {
                    filled += last_qty.0;
                }
            }
            assert!(
                filled <= (traded - stood).max(0),
                "seed {seed}: {filled} filled, {traded} traded, {stood} before us"
            );
        }
        assert!(traded <= stood || filled > 0, "seed {seed}: {traded} traded, {stood} before us, nothing filled");
    }
}

#[test]
fn a_full_reply_ring_delays_and_loses_nothing() {
    let mut bench = bench_with(Latency::default(), 8);
    bench.snapshot(&[level(100, 5)], &[level(101, 5)]);
    for counter in 1..=300 {
        let id = ClientOrderId::new(0, 0, counter);
        bench.request(id, RequestKind::Place(limit(id, Side::Buy, 100, 1)));
    }
    let mut told = Vec::new();
    for _ in 0..100 {
        told.extend(bench.turn());
    }
    let ids: Vec<_> = told.iter().map(|reply| reply.client_order_id.counter()).collect();
    assert_eq!(ids, (1..=300).collect::<Vec<_>>());
    let full = told.iter().filter(|r| r.what == ReplyKind::Rejected(RejectReason::TooManyOrders)).count();
    assert_eq!(full, 100, "200 may rest");
}

#[test]
fn a_venue_that_is_not_heard_takes_nothing_further_in() {
    let mut bench = bench_with(Latency::default(), 8);
    bench.snapshot(&[level(100, 5)], &[level(101, 5)]);
    let mut counter = 0;
    let mut told = 0;
    // Rejections need no room on the book: with nobody reading, they pile up.
    for _ in 0..20 {
        while bench.requests.room() > 0 {
            counter += 1;
            let id = ClientOrderId::new(0, 0, counter);
            bench.request(id, RequestKind::Place(limit(id, Side::Buy, 100, 0)));
        }
        bench.paper.turn(Nanos(bench.now_ms * MS));
    }
    assert!(!bench.paper.ready(), "the feed is asked to hold its messages");
    assert!(counter < 8_000, "requests back up to their ring");
    while told < counter {
        told += bench.turn().len() as u32;
    }
    assert!(bench.paper.ready());
}

/// Whatever thread reads first: one reply is on its way at a time, after the market event that caused it.
#[test]
fn a_paced_venue_says_one_thing_at_a_time_and_is_ready_when_all_is_said() {
    let mut bench = bench();
    bench.snapshot(&[level(100, 5)], &[level(101, 5)]);
    let id = ClientOrderId::new(0, 0, 1);
    bench.request(id, RequestKind::Place(limit(id, Side::Buy, 101, 7)));
    bench.pace();
    assert!(!bench.paper.ready(), "a request waits");
    let now = Nanos(bench.now_ms * MS);
    bench.paper.turn(now);
    assert!(!bench.paper.ready() && !bench.replies.has_next(), "market events were published and not consumed");
    let mut told = Vec::new();
    for _ in 0..2 {
        bench.market.take(1 << 14, |_, _| ());
        bench.paper.turn(now);
        bench.paper.turn(now);
        assert!(!bench.paper.ready());
        assert_eq!(bench.replies.take(1 << 12, |_, reply| told.push(reply.what)), 1);
    }
    assert!(matches!(told[..], [ReplyKind::Accepted, ReplyKind::Filled { .. }]), "{told:?}");
    assert!(bench.paper.ready());
}

/// A replay's clock can stand where the venue has something to do.
#[test]
fn it_tells_when_it_has_something_to_do() {
    let mut bench = bench_with(Latency { feed_ns: 0, order_ns: 5 * MS, reply_ns: 3 * MS }, 8);
    bench.snapshot(&[level(100, 5)], &[level(101, 5)]);
    assert_eq!(bench.paper.next_due(), None);
    let id = ClientOrderId::new(0, 0, 1);
    bench.request(id, RequestKind::Place(limit(id, Side::Buy, 100, 1)));
    bench.turn();
    assert_eq!(bench.paper.next_due(), Some(Nanos(1_005 * MS)));
    bench.now_ms = 1_005;
    bench.turn();
    assert_eq!(bench.paper.next_due(), Some(Nanos(1_008 * MS)));
    bench.now_ms = 1_008;
    assert_eq!(bench.turn().len(), 1);
    assert_eq!(bench.paper.next_due(), None);
}

#[test]
fn nothing_is_allocated_once_it_runs() {
    let mut run = Run::new(3);
    (0..3_000).for_each(|_| run.step());
    let mut bench = run.bench;
    let mut counter = 10_000;
    let mut round = |bench: &mut Bench| {
        bench.now_ms += 1;
        let px = 100 + i64::from(counter % 3);
        bench.snapshot(&[level(px, 50), level(px - 1, 50)], &[level(px + 1, 50), level(px + 2, 50)]);
        for _ in 0..5 {
            counter += 1;
            let id = ClientOrderId::new(1, 1, counter);
            bench.request(id, RequestKind::Place(limit(id, Side::Buy, px + i64::from(counter % 3) - 1, 7)));
        }
        bench.paper.turn(Nanos(bench.now_ms * MS));
        bench.trade(bench.now_ms, Side::Sell, level(px, 60));
        bench.delta(bench.now_ms, &[level(px, 0)], &[level(px, 9)]);
        for old in counter - 5..counter {
            bench.request(ClientOrderId::new(1, 1, old), RequestKind::Cancel);
        }
        bench.paper.turn(Nanos(bench.now_ms * MS));
        bench.replies.take(1 << 12, |_, _| ());
        bench.market.take(1 << 14, |_, _| ());
    };
    (0..100).for_each(|_| round(&mut bench));
    let before = allocations_on_this_thread();
    (0..2_000).for_each(|_| round(&mut bench));
    assert_eq!(allocations_on_this_thread() - before, 0);
}
