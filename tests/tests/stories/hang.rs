//! The kill word against an engine of which something hangs: eight ways, 25 seeds each. Behind the word no order is handed
//! to the venue, whoever stands still and whenever he wakes; and once everybody is awake nothing is open.

use crate::engine::{EPOCH, Parts, Plan, put_together};
use crate::scenario::instruments;
use crate::scratch::Scratch;
use engine_backtest::venue::{Latency, PaperMarket};
use engine_core::config::Rings;
use engine_core::execution::stage::ExecutionStage;
use engine_core::journal::stage::JournalStage;
use engine_core::risk::Rules;
use engine_core::risk::stage::RiskStage;
use engine_core::topology::{Ring, Stage as Place};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::{Change, Intent, IntentKind, Seen, StrategyId};
use engine_model::limit::{Limits, TradingState};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink as _, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderType};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::{Clock, ClockHand};
use engine_ring::flag::Switch;
use engine_ring::lossy::Tap;
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::Stage as _;
use std::sync::Arc;

const NOON: Nanos = Nanos(1_767_268_800 * Nanos::SECOND);
const VENUE: VenueId = VenueId::BinanceUsdm;
const BTC: InstrumentId = InstrumentId(0);
const SEEDS: u64 = 25;
const MID: i64 = 600_000;

/// Who stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hangs {
    Nobody,
    /// It wishes on as if nothing had happened, and reads no report: the ring behind execution fills up.
    Strategy,
    Risk,
    Execution,
    /// Its disk, or its thread: every ring that it reads fills up.
    Journal,
    /// It takes no request and answers none.
    Venue,
    /// Nobody reads the taps of the slow side.
    Bridge,
    /// All at once but the one who wishes.
    Everybody,
}

const ALL: [Hangs; 8] = [
    Hangs::Nobody,
    Hangs::Strategy,
    Hangs::Risk,
    Hangs::Execution,
    Hangs::Journal,
    Hangs::Venue,
    Hangs::Bridge,
    Hangs::Everybody,
];

/// One seed, one sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

struct World {
    instruments: Arc<Instruments>,
    random: Random,
    now: Nanos,
    hand: ClockHand,
    paper: PaperMarket,
    risk: RiskStage,
    execution: ExecutionStage,
    journal: JournalStage,
    kill: Switch,
    market: Reader<MarketEvent>,
    reports: Reader<Report>,
    intents: Writer<Intent>,
    _tap: Tap<engine_core::risk::Decision>,
    counter: u32,
    /// Orders that were wished for, and those that were wished to be held.
    entered: Vec<Order>,
    held: Vec<Order>,
    /// Changes that left for the venue, and held orders that did.
    left: [u64; 2],
    update_id: u64,
    _scratch: Scratch,
}

impl World {
    fn new(seed: u64) -> Self {
        let instruments = Arc::new(instruments());
        let (clock, mut hand) = Clock::manual();
        hand.set(NOON.0);
        let scratch = Scratch::new();
        let rings = Rings::default().with(Ring::Order, 128).with(Ring::Request, 64).with(Ring::Report, 64);
        let rules = Rules::open(Limits::wide(), &instruments);
        let Parts { mut wiring, mut papers, risk, execution, journal, kill } = put_together(&Plan {
            instruments: &instruments,
            venues: &[VENUE],
            spoken: &[],
            rules: &rules,
            equity: Quote::whole(1_000_000),
            open_orders_max: 512,
            rings,
            latency: Latency::default(),
            collateral: None,
            clock,
            journal: Some(scratch.path()),
        });
        let mut world = Self {
            market: wiring.market_readers(Place::Strategy).expect("free").remove(0).1,
            reports: wiring.report().reader(Place::Strategy.name()).expect("free"),
            intents: wiring.intent().writer(Place::Strategy.name()).expect("free"),
            _tap: wiring.order().tap(Place::Bridge.name()).expect("free"),
            instruments,
            random: Random(seed),
            now: NOON,
            hand,
            paper: papers.remove(0),
            risk,
            execution,
            journal: journal.expect("asked for"),
            kill,
            counter: 0,
            entered: Vec::new(),
            held: Vec::new(),
            left: [0; 2],
            update_id: 0,
            _scratch: scratch,
        };
        world.book();
        world
    }

    /// The market moves a little, so that quotes are filled now and then.
    fn book(&mut self) {
        let mid = MID + self.random.below(20) as i64 - 10;
        let level = |px| Level { px: Ticks(px), qty: Lots(1_000) };
        self.update_id += 1;
        let at = Stamp { venue_at_ns: self.now, received_at_ns: self.now, instrument: BTC, venue: VENUE };
        let applied = self.paper.book_snapshot(at, self.update_id, &[level(mid - 1)], &[level(mid + 1)]);
        assert_eq!(applied, Applied::Valid);
    }

    /// A few wishes of every kind that hands something to a venue.
    fn wish(&mut self) {
        for _ in 0..=self.random.below(4) {
            let what = self.wished();
            let mut seen = Seen { report: self.reports.position() as u32, ..Seen::default() };
            seen.market[self.instruments.slot(VENUE)] = self.market.position() as u32;
            let intent = Intent { strategy: StrategyId(1), seen, caused_at_ns: self.now, what };
            if self.intents.try_publish(intent).is_err() {
                continue;
            }
            match what {
                IntentKind::Submit(order) => self.entered.push(order),
                IntentKind::Hold(order) => self.held.push(order),
                _ => continue,
            }
            self.counter += 1;
        }
    }

    /// An order below or above the market, one that is held there, a held one that is let go, or a change.
    fn wished(&mut self) -> IntentKind {
        let order = self.order();
        let recent = self.random.below(8) as usize;
        match self.random.below(6) {
            0 => IntentKind::Hold(Order { order_type: OrderType::StopLimit, trigger_px: order.px, ..order }),
            1 if !self.held.is_empty() => {
                let held = self.held.swap_remove(recent.min(self.held.len() - 1));
                IntentKind::Release(Order { order_type: OrderType::Limit, trigger_px: Ticks(0), ..held })
            }
            2 | 3 if self.entered.len() > recent => {
                let Order { client_order_id, side, .. } = self.entered[self.entered.len() - 1 - recent];
                let px = Ticks(MID - side.sign() * (5 + self.random.below(200) as i64));
                IntentKind::Modify(Change { client_order_id, px, qty: Lots(1 + self.random.below(3) as i64) })
            }
            _ => IntentKind::Submit(order),
        }
    }

    fn order(&mut self) -> Order {
        let side = if self.random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let px = Ticks(MID - side.sign() * (5 + self.random.below(200) as i64));
        let client_order_id = ClientOrderId::new(1, EPOCH, self.counter + 1);
        Order { client_order_id, instrument: BTC, side, px, qty: Lots(1), ..Order::default() }
    }

    /// One turn of everybody who does not hang, at 100 µs each.
    fn turn(&mut self, hangs: Hangs) {
        let is_up = |stage| hangs != stage && hangs != Hangs::Everybody;
        self.now = self.now.plus(100_000);
        self.hand.set(self.now.0);
        if is_up(Hangs::Venue) {
            self.paper.turn(self.now);
        }
        if is_up(Hangs::Strategy) {
            self.market.take(usize::MAX, |_, _| ());
            let left = &mut self.left;
            self.reports.take(usize::MAX, |_, report| match report.event {
                OrderEvent::PendingUpdate => left[0] += 1,
                OrderEvent::Released => left[1] += 1,
                _ => {}
            });
        }
        if is_up(Hangs::Risk) {
            self.risk.poll();
        }
        if is_up(Hangs::Execution) {
            self.execution.poll();
        }
        if is_up(Hangs::Journal) {
            self.journal.poll();
        }
    }

    /// Orders handed to the venue so far.
    fn placed(&self) -> u64 {
        self.execution.counters().placed.get()
    }

    /// Trades for a while, then the word is thrown while somebody hangs, who later wakes.
    fn story(mut self, hangs: Hangs) -> [u64; 2] {
        for _ in 0..20 + self.random.below(60) {
            self.wish();
            if self.random.below(3) == 0 {
                self.book();
            }
            self.turn(Hangs::Nobody);
        }
        assert!(self.placed() > 10, "{hangs:?}: it trades");
        // The one hangs before the word is thrown: what it leaves on its rings is under way.
        for _ in 0..self.random.below(30) {
            self.wish();
            self.turn(hangs);
        }
        self.kill.set(true);
        let placed = self.placed();
        for _ in 0..300 {
            self.wish();
            self.turn(hangs);
            assert_eq!(self.placed(), placed, "{hangs:?}: an order left behind the kill word");
        }
        let awake_at = self.now;
        while self.execution.execution().orders().open_count() > 0 {
            self.wish();
            self.turn(Hangs::Nobody);
            assert_eq!(self.placed(), placed, "{hangs:?}: an order left when it woke");
            let took_ms = self.now.since(awake_at) / Nanos::MILLI;
            assert!(took_ms <= 250, "{hangs:?}: orders are open 250 ms after the last one woke");
        }
        assert_eq!(self.risk.risk().trading_state(), TradingState::Halted, "{hangs:?}");
        self.left
    }
}

#[test]
fn behind_the_kill_word_nothing_leaves_whoever_hangs() {
    for hangs in ALL {
        let left = (0..SEEDS).map(|seed| World::new(seed).story(hangs));
        let [changes, releases] = left.fold([0, 0], |all, left| [all[0] + left[0], all[1] + left[1]]);
        assert!(changes > SEEDS && releases > SEEDS, "{hangs:?}: {changes} changes and {releases} held orders left");
    }
}
