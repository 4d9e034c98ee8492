//! The world that the judge of the bench knows: instruments of five venues, positions, resting orders, prices that move.
//!
//! Owns: its making through the gate itself (every position and every resting order was judged, sent and answered), the
//! steps between two judgements, and the way back: what passed is withdrawn, what was denied is told, so that the next
//! judgement finds as many orders and the same positions. Never: a reading of a clock, time is the world's own.

use crate::engine;
use crate::error::BenchError;
use crate::random::Random;
use engine_core::execution::{Execution, Reports};
use engine_core::risk::{Decision, DecisionKind, Kin, Outside, Risk, Rules, Terms};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::limit::Limits;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::Order;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{Reply, ReplyKind, VenueId};
use std::sync::Arc;

/// Where is traded; the first is the one for coins themselves, the others have contracts.
const VENUES: [VenueId; 5] =
    [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::Bybit, VenueId::Okx, VenueId::Hyperliquid];
/// Dollars of each coin at the start. Every venue has all of them, so each price has four peers.
const COINS: [i64; 10] = [60_000, 3_000, 500, 150, 80, 40, 25, 10, 5, 2];
/// How many instruments that are.
pub(super) const INSTRUMENTS: usize = VENUES.len() * COINS.len();
const STRATEGIES: usize = 4;
const PRICE_DECIMALS: u8 = 4;
const QTY_DECIMALS: u8 = 3;
/// Orders at rest on each instrument, half of them bids.
const RESTING: i64 = 4;
/// Orders at rest in all.
pub(super) const OPEN_ORDERS: usize = INSTRUMENTS * RESTING as usize;
/// Worth of an order, of a position, and of an order that is too large, in dollars.
const ORDER_USD: i64 = 250;
const POSITION_USD: i64 = 2_000;
const TOO_LARGE_USD: i64 = 12_000;
/// From one judgement to the next: so no strategy and no venue hears more than it may by the usual rates.
const STEP_NS: u64 = 25 * Nanos::MILLI;
/// Steps from one position to the next.
const POSITION_STEPS: usize = 8;
/// Prices that move in a step: each of the fifty is younger than a third of a second at any time.
pub(super) const MOVES: usize = 4;
/// The furthest that a price wanders from its start. Orders at rest lie beyond.
const WANDER_BPS: i64 = 20;
/// Where the nearest order at rest is, and how far each is behind the one before.
const REST_BPS: i64 = 40;

/// Judge and clerk, and the markets that they hear of.
pub(super) struct World {
    instruments: Arc<Instruments>,
    risk: Risk,
    clerk: Execution,
    random: Random,
    now: Nanos,
    /// By instrument: price at the start, and price now.
    bases: Vec<i64>,
    mids: Vec<i64>,
    moved: usize,
    wishes: usize,
    trades: u64,
}

impl World {
    /// Positions taken, orders at rest, the warm-up over.
    pub(super) fn new(seed: u64) -> Result<Self, BenchError> {
        let instruments = Arc::new(Instruments::new(instruments()));
        let limits = limits();
        let kin = |n: usize| {
            let coin = n % COINS.len();
            Kin { is_major: coin < 3, sector: 1 + (coin % 4) as u8, cluster: coin as u16 }
        };
        let rules = Rules { kin: (0..INSTRUMENTS).map(kin).collect(), ..Rules::open(limits, &instruments) };
        let rows = OPEN_ORDERS + 1;
        let terms = Terms { epoch: 1, equity_start: Quote::whole(1_000_000), open_orders_max: rows };
        let bases: Vec<i64> =
            (0..INSTRUMENTS).map(|n| COINS[n % COINS.len()] * 10_i64.pow(PRICE_DECIMALS.into())).collect();
        let mut world = Self {
            risk: Risk::new(instruments.clone(), &rules, terms),
            clerk: Execution::new(instruments.clone(), rows),
            instruments,
            random: Random::new(seed),
            now: Nanos(1_700_000_000 * Nanos::SECOND),
            mids: bases.clone(),
            bases,
            moved: 0,
            wishes: 0,
            trades: 0,
        };
        for n in 0..INSTRUMENTS {
            world.hear(n, MarketChange::Book(BookState::Synced));
            world.quote(n);
        }
        world.take_positions()?;
        world.rest_orders()?;
        let warm_at = world.now.plus(limits.warm_up_ns);
        while world.now < warm_at {
            world.step();
        }
        Ok(world)
    }

    /// Time goes on and prices move. The judge hears of it; what that is worth it finds out when it judges.
    pub(super) fn step(&mut self) {
        self.now = self.now.plus(STEP_NS);
        for _ in 0..MOVES {
            let n = self.moved % INSTRUMENTS;
            self.moved += 1;
            let (base, stride) = (self.bases[n], self.bases[n] / 10_000);
            let moved = self.mids[n] - stride + self.random.below(2 * stride as u64 + 1) as i64;
            self.mids[n] = moved.clamp(base - base * WANDER_BPS / 10_000, base + base * WANDER_BPS / 10_000);
            self.quote(n);
        }
    }

    /// The next wish: an order of the usual size at the touch, instruments and strategies in turn. Coins are only bought:
    /// nobody sells what he does not have.
    pub(super) fn good(&mut self) -> Intent {
        self.wish(ORDER_USD)
    }

    /// The same, larger than one order may be.
    pub(super) fn too_large(&mut self) -> Intent {
        self.wish(TOO_LARGE_USD)
    }

    /// One judgement, as the stage does it: the losses against their limits, then the wish.
    #[inline(never)]
    pub(super) fn judge(&mut self, intent: &Intent) -> (Option<Decision>, Decision) {
        let review = self.risk.review(self.now, false);
        (review, self.risk.judge(intent, self.now, Outside::default()))
    }

    /// Carries out what was judged and takes it back: an order that passed rests and is withdrawn, a no is told.
    pub(super) fn undo(&mut self, decision: &Decision) {
        if let Some(order) = self.carry_out(decision) {
            self.answer(&order, ReplyKind::Accepted);
            self.answer(&order, ReplyKind::Canceled);
        }
    }

    /// Orders at rest.
    pub(super) fn open_orders(&self) -> usize {
        self.clerk.orders().open_count()
    }

    /// Instruments that something is held of.
    pub(super) fn positions(&self) -> usize {
        (0..INSTRUMENTS).filter(|n| self.risk.portfolio().qty(id(*n)) != 0).count()
    }

    /// Orders that passed, and wishes that did not.
    #[cfg(test)]
    pub(super) fn counts(&self) -> (u64, u64) {
        self.risk.counts()
    }

    fn take_positions(&mut self) -> Result<(), BenchError> {
        for n in (0..INSTRUMENTS).filter(|n| is_held(*n)) {
            // So slowly that what a strategy orders in a second is within its limit while warming up.
            (0..POSITION_STEPS).for_each(|_| self.step());
            let side = if is_spot(n) || n % 4 < 2 { Side::Buy } else { Side::Sell };
            let order = self.enter(n, side, self.touch(n, side), POSITION_USD)?;
            self.trades += 1;
            let (trade_id, last_px, last_qty) = (self.trades, order.px, order.qty);
            let (fee, liquidity) = (Quote(0), Liquidity::Maker);
            self.answer(&order, ReplyKind::Filled { trade_id, last_px, last_qty, fee, liquidity });
        }
        Ok(())
    }

    fn rest_orders(&mut self) -> Result<(), BenchError> {
        for (rank, n) in (0..RESTING).flat_map(|rank| (0..INSTRUMENTS).map(move |n| (rank, n))) {
            self.step();
            let side = if rank % 2 == 0 { Side::Buy } else { Side::Sell };
            let px = self.bases[n] - side.sign() * self.bases[n] * (REST_BPS + 10 * rank) / 10_000;
            self.enter(n, side, px, ORDER_USD)?;
        }
        Ok(())
    }

    /// An order that must pass, and that the venue takes.
    fn enter(&mut self, n: usize, side: Side, px: i64, usd: i64) -> Result<Order, BenchError> {
        self.wishes += 1;
        let intent = self.submission(n, side, px, usd);
        let (_, decision) = self.judge(&intent);
        let order = self.carry_out(&decision).ok_or_else(|| BenchError::Judged(format!("{:?}", decision.what)))?;
        self.answer(&order, ReplyKind::Accepted);
        Ok(order)
    }

    fn wish(&mut self, usd: i64) -> Intent {
        let n = self.wishes % INSTRUMENTS;
        self.wishes += 1;
        let side = if is_spot(n) || self.random.happens(50) { Side::Buy } else { Side::Sell };
        self.submission(n, side, self.touch(n, side), usd)
    }

    fn submission(&self, n: usize, side: Side, px: i64, usd: i64) -> Intent {
        let strategy = StrategyId(1 + (self.wishes % STRATEGIES) as u8);
        let order = Order {
            client_order_id: self.risk.next_id(strategy),
            instrument: id(n),
            side,
            px: Ticks(px),
            qty: Lots(usd * 10_i64.pow(QTY_DECIMALS.into()) / COINS[n % COINS.len()]),
            ..Order::default()
        };
        Intent { strategy, seen: *self.risk.seen(), caused_at_ns: self.now, what: IntentKind::Submit(order) }
    }

    /// The best price of one's own side.
    fn touch(&self, n: usize, side: Side) -> i64 {
        self.mids[n] - side.sign()
    }

    fn quote(&mut self, n: usize) {
        let level = |px| Level { px: Ticks(px), qty: Lots(1_000) };
        let (bid, ask) = (level(self.touch(n, Side::Buy)), level(self.touch(n, Side::Sell)));
        self.hear(n, MarketChange::Top { bid, ask, imbalance_bps: 0 });
    }

    fn hear(&mut self, n: usize, change: MarketChange) {
        let venue = self.instruments.get(id(n)).venue;
        let at = Stamp { received_at_ns: self.now, venue_at_ns: self.now, instrument: id(n), venue };
        self.risk.on_market(&MarketEvent { at, change });
    }

    /// The order that leaves, if it passed.
    fn carry_out(&mut self, decision: &Decision) -> Option<Order> {
        let outcome = self.clerk.on_decision(decision, self.now, None);
        self.tell(outcome.reports);
        match decision.what {
            DecisionKind::Submit(order) => Some(*order),
            _ => None,
        }
    }

    fn answer(&mut self, order: &Order, what: ReplyKind) {
        let Order { client_order_id, instrument, .. } = *order;
        let (venue_at_ns, received_at_ns) = (self.now, self.now);
        let reports = self.clerk.on_reply(&Reply { client_order_id, instrument, venue_at_ns, received_at_ns, what });
        self.tell(reports);
    }

    fn tell(&mut self, reports: Reports) {
        reports.iter().flatten().for_each(|report| self.risk.on_report(report));
    }
}

/// All as they are by default, but the orders that may rest in all (200 do) and the orders of a fill (nothing fills here);
/// and a stop behind every position, which nothing pulls.
fn limits() -> Limits {
    Limits {
        open_orders_max: OPEN_ORDERS as u32 + 1,
        orders_per_fill_max: 1_000_000,
        stop_trailing_bps: 500,
        stop_atr_pct: 10_000,
        stop_age_ns: 30 * Nanos::DAY,
        ..Limits::default()
    }
}

fn id(n: usize) -> InstrumentId {
    InstrumentId(n as u32)
}

fn is_spot(n: usize) -> bool {
    n < COINS.len()
}

/// Every coin itself, and every other contract.
fn is_held(n: usize) -> bool {
    is_spot(n) || n.is_multiple_of(2)
}

fn instruments() -> Vec<Instrument> {
    let name = |text: &str| Name::new(text).unwrap_or_default();
    let instrument = |n: usize| {
        let base = format!("C{}", n % COINS.len());
        Instrument {
            id: id(n),
            venue: VENUES[n / COINS.len()],
            symbol: name(&format!("{base}USDT")),
            base: name(&base),
            kind: if is_spot(n) { ContractKind::Spot } else { ContractKind::Linear },
            grid: Grid { price_decimals: PRICE_DECIMALS, tick_step: 1, qty_decimals: QTY_DECIMALS, lot_step: 1 },
            max_qty: Lots(1_000_000_000),
            ..engine::instrument()
        }
    };
    (0..INSTRUMENTS).map(instrument).collect()
}
