//! Every strategy in random markets that fill, part-fill and deny what it wishes: it never panics, trades nothing but what
//! it was given, never sells coins that it has not, never wishes for more than it was allowed, takes no memory once it is
//! warm, and does and remembers the same the second time.

use crate::strategy::catalog::CATALOGUE;
use crate::strategy::stage::tests::{Floor, denied, made};
use crate::test_random::Random;
use engine_model::intent::IntentKind;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::{Order, OrderEvent, OrderStatus, OrderType};
use engine_model::steer::Steer;
use engine_model::units::{Lots, Nanos, Ticks};

/// Short windows, so that a market of some minutes has all that a strategy waits for.
const QUICK: [(&str, i64); 22] = [
    ("candle_ms", 500),
    ("rsi", 3),
    ("low", 45),
    ("high", 60),
    ("fast", 2),
    ("slow", 5),
    ("signal", 2),
    ("entry", 4),
    ("exit", 2),
    ("n", 12),
    ("lookback", 3),
    ("slow_factor", 3),
    ("enter_bps", 5),
    ("exit_bps", 1),
    ("quotes", 5),
    ("enter_centi", 100),
    ("burst_quote", 500),
    ("move_bps", 1),
    ("quiet_ms", 10),
    ("bars", 4),
    ("run", 2),
    ("half_life_max", 1_000),
];

/// What one order may be worth beyond the parameter that says so: prices move between the look and the wish's reading.
const WORTH_MAX: i64 = 2_100;

struct World {
    floor: Floor,
    random: Random,
    /// By instrument.
    mids: [i64; 3],
    held: [i64; 3],
    open: Vec<Order>,
    told: Vec<String>,
    at_ms: u64,
}

impl World {
    fn step(&mut self) {
        let Self { random, floor, mids, .. } = self;
        self.at_ms += random.below(400);
        let id = random.below(3) as u32;
        let mid = &mut mids[id as usize];
        *mid = (*mid + random.within(-60, 60)).max(50);
        let (mid, spread) = (*mid, random.within(1, 20));
        floor.at(self.at_ms);
        match random.below(40) {
            0 => floor.book(id, BookState::Lost),
            1..=3 => floor.book(id, BookState::Synced),
            4..=20 => floor.trade(id, mid),
            21 => {
                let closed = *random.pick(&[Side::Buy, Side::Sell]);
                floor.market(id, MarketChange::Liquidation { px: Ticks(mid), qty: Lots(random.within(1, 80)), closed })
            }
            22 => {
                let rate_e8 = random.within(-20_000, 60_000);
                floor.market(id, MarketChange::Funding { rate_e8, next_at_ns: Nanos(0), interval_s: 28_800 })
            }
            _ => floor.top(id, mid - spread, mid + spread, random.within(-10_000, 10_000) as i16),
        };
        if random.once_in(60) {
            let what = *random.pick(&[Steer::Pause, Steer::Stop, Steer::Start, Steer::Start, Steer::Start]);
            floor.steer(1, what);
        }
        self.listen();
        self.answer();
    }

    fn listen(&mut self) {
        for intent in self.floor.intents() {
            self.told.push(format!("{:?}", intent.what));
            match intent.what {
                IntentKind::Submit(order) | IntentKind::Hold(order) | IntentKind::Release(order) => {
                    self.check(&order);
                    self.open.retain(|open| open.client_order_id != order.client_order_id);
                    self.open.push(order);
                }
                _ => {}
            }
        }
    }

    fn check(&self, order: &Order) {
        assert!(order.qty.0 > 0, "{order:?}");
        assert!(order.px.0 > 0 || order.order_type != OrderType::Limit, "{order:?}");
        let px = if order.px.0 > 0 { order.px.0 } else { self.mids[order.instrument.index()] };
        assert!(order.qty.0 * px / 10_000 <= WORTH_MAX, "{order:?} at {px}");
    }

    /// The venue's turn: fills, parts of fills, denials, cancels. Coins that are not there are sold by nobody.
    fn answer(&mut self) {
        for at in (0..self.open.len()).rev() {
            if !self.random.once_in(3) {
                continue;
            }
            let order = self.open.swap_remove(at);
            let (number, held) = (order.client_order_id.counter(), &mut self.held[order.instrument.index()]);
            let is_coin = order.instrument.index() == 0;
            match self.random.below(6) {
                0 => self.floor.report(1, number, denied(), OrderStatus::Denied),
                1 => self.floor.report(1, number, OrderEvent::Canceled, OrderStatus::Canceled),
                _ => {
                    let signed = order.side.sign() * order.qty.0;
                    assert!(!is_coin || *held + signed >= 0 || order.reduce_only, "{held} coins are held: {order:?}");
                    if is_coin && *held + signed < 0 {
                        continue; // a venue would not let it: it was for less
                    }
                    *held += signed;
                    self.floor.fill(1, number, order.qty.0, OrderStatus::Filled)
                }
            };
            self.listen();
        }
    }
}

/// What was wished in a market, and what is remembered behind it.
fn run(name: &str, instruments: &[u32], seed: u64) -> (Vec<String>, [u8; 32]) {
    let entry = CATALOGUE.iter().find(|entry| entry.name == name).expect("known");
    let has = |&(name, value): &(&str, i64)| {
        let param = entry.params.iter().find(|param| param.name == name)?;
        Some((param.name, value.clamp(param.min, param.max)))
    };
    let params: Vec<(&str, i64)> = QUICK.iter().filter_map(has).collect();
    let floor = Floor::of(vec![made(name, instruments, &params)], 64);
    let (mids, random) = ([100_000, 100_050, 50_000], Random::new(seed));
    let mut world = World { floor, random, mids, held: [0; 3], open: Vec::new(), told: Vec::new(), at_ms: 1_000 };
    for id in 0..3 {
        world.floor.at(1_000).book(id, BookState::Synced);
    }
    (0..4_000).for_each(|_| world.step());
    (world.told, world.floor.state())
}

#[test]
fn every_strategy_keeps_to_its_mandate_in_any_market_and_does_the_same_twice() {
    let mut idle = Vec::new();
    for entry in &CATALOGUE {
        let all: &[u32] = match entry.name {
            "pairs" => &[1, 2],
            "funding_carry" | "basis" => &[0, 1],
            "router" => &[1],
            _ => &[0, 1, 2],
        };
        let mut wished = 0;
        for seed in 1..=3 {
            let first = run(entry.name, all, seed);
            wished += first.0.len();
            assert!(first == run(entry.name, all, seed), "{}, seed {seed}: not the same the second time", entry.name);
        }
        if wished == 0 {
            idle.push(entry.name);
        }
    }
    assert_eq!(idle, Vec::<&str>::new(), "these were not tried: they never wished for anything");
}
