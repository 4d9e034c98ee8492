//! The flow of one instrument: orders placed around a wandering fair price, cancels, takers.
//!
//! A resting order's price is the fair price less (bid) or plus (ask) a log-uniform distance; when the fair price has
//! moved, a new order crosses what became stale and trades. Placing and cancelling balance around [`LEVELS`] levels a
//! side, so depth reverts to its mean; takers lean towards the fair price, so the mid follows it.
//!
//! Every change keeps best bid < best ask, and no side ever falls below [`LEVELS_MIN`] levels.

use super::{Book, Change, FILL_PARTS, Fill, Outcome, SUBTICKS};
use crate::listing::Listing;
use crate::random::Random;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};

/// Levels a side that placing and cancelling balance around.
const LEVELS: u64 = 90;
/// Levels that a taker must leave standing.
const LEVELS_MIN: usize = 20;
/// Of a thousand events, those that are takers; the rest places or cancels.
const TAKER_PER_MILLE: u64 = 70;
/// Of a thousand takers in a burst, liquidations.
const LIQUIDATION_PER_MILLE: u64 = 15;
/// Of a thousand orders and cancels, those at the best price: half of a real book's traffic is there.
const JOIN_PER_MILLE: u64 = 350;
/// Of a thousand orders that would cross a stale quote, those that catch it before its maker withdraws it.
const STALE_TAKEN_PER_MILLE: u64 = 200;
/// The reach of resting orders: 1/200 of the price.
const REACH_DIVISOR: u64 = 200;
/// The fair price is pulled to its anchor by 1/4096 of the distance an event, the anchor follows by 1/16384: over
/// seconds the price reverts, over minutes it wanders.
const PULL: i64 = 4_096;
const DRIFT: i64 = 16_384;

pub(super) struct Flow {
    random: Random,
    book: Book,
    fair_subticks: i64,
    anchor_subticks: i64,
    floor_subticks: i64,
    wander_subticks: u64,
    reach_bits: u32,
    typical_lots: u64,
    lots_max: i64,
    wait_ns: u64,
    update_id: u64,
    update_id_step: u64,
    trade_id: u64,
    aggregate_id: u64,
}

impl Flow {
    pub(super) fn new(seed: u64, listing: &Listing, dense_ids: bool) -> Self {
        let px = listing.start_px.0.unsigned_abs();
        let flow_per_s = u64::from(listing.flow_per_s.max(1));
        // A uniform step of half width h has deviation h / sqrt(3); n steps a second add up to sqrt(n) deviations.
        let wander =
            px * SUBTICKS as u64 * u64::from(listing.wander_bps) * 173 / (1_000_000 * flow_per_s.isqrt().max(1));
        let mut random = Random::branch(seed, listing.instrument.symbol.as_str());
        let mut flow = Self {
            book: Book::default(),
            fair_subticks: listing.start_px.0 * SUBTICKS,
            anchor_subticks: listing.start_px.0 * SUBTICKS,
            floor_subticks: listing.start_px.0 * SUBTICKS / 2,
            wander_subticks: wander.max(1),
            reach_bits: (px / REACH_DIVISOR).max(2).ilog2() + 1,
            typical_lots: listing.typical_qty.0.unsigned_abs().max(1),
            lots_max: (listing.typical_qty.0 * 400).max(400),
            wait_ns: 1_000_000_000 / flow_per_s,
            update_id: 1_000_000 + random.below(1_000_000_000),
            update_id_step: if dense_ids { 1 } else { 48 },
            trade_id: 1_000_000 + random.below(1_000_000_000),
            aggregate_id: 1_000_000 + random.below(100_000_000),
            random,
        };
        flow.fill_both_sides(&mut Outcome::default());
        flow
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    pub(super) fn update_id(&self) -> u64 {
        self.update_id
    }

    pub(super) fn fair_subticks(&self) -> i64 {
        self.fair_subticks
    }

    pub(super) fn top(&self) -> (Level, Level) {
        (self.book.best(Side::Buy), self.book.best(Side::Sell))
    }

    /// Wait until this instrument's next event.
    pub(super) fn wait_ns(&mut self, burst: u64) -> u64 {
        self.random.exponential(self.wait_ns / burst.max(1)).max(1)
    }

    /// One event.
    pub(super) fn step(&mut self, burst: u64, out: &mut Outcome) {
        self.wander(burst);
        let side = self.any_side();
        if self.random.chance(TAKER_PER_MILLE) {
            let liquidation = burst > 1 && self.random.chance(LIQUIDATION_PER_MILLE);
            let aggressor = self.leaning_side();
            let qty = self.qty();
            self.take(aggressor, None, qty, liquidation, out);
        } else if self.random.below(2 * LEVELS) >= self.book.depth(side) as u64 {
            self.place(side, out);
        } else {
            self.cancel(side, out);
        }
        self.fill_both_sides(out);
    }

    fn wander(&mut self, burst: u64) {
        let step = self.random.around_zero(self.wander_subticks * burst.isqrt().max(1));
        let pull = (self.anchor_subticks - self.fair_subticks) / PULL;
        self.fair_subticks = (self.fair_subticks + step + pull).max(self.floor_subticks);
        self.anchor_subticks += (self.fair_subticks - self.anchor_subticks) / DRIFT;
    }

    fn any_side(&mut self) -> Side {
        if self.random.chance(500) { Side::Buy } else { Side::Sell }
    }

    /// Three takers in four trade towards the fair price.
    fn leaning_side(&mut self) -> Side {
        let (bid, ask) = self.top();
        let towards = if (bid.px.0 + ask.px.0) * SUBTICKS / 2 < self.fair_subticks { Side::Buy } else { Side::Sell };
        if self.random.chance(750) { towards } else { towards.opposite() }
    }

    /// Heavy tail: one in eight is four times, one in 64 sixteen times as large.
    fn qty(&mut self) -> i64 {
        let base = self.typical_lots / 8 + self.random.below(self.typical_lots);
        let factor = match self.random.below(64) {
            0 => 16,
            1..=8 => 4,
            _ => 1,
        };
        (base * factor).max(1) as i64
    }

    /// A limit order around the fair price: takes what it crosses, the rest stands.
    fn place(&mut self, side: Side, out: &mut Outcome) {
        let fair_px = self.fair_subticks.div_euclid(SUBTICKS);
        let distance = self.random.log_uniform(self.reach_bits) as i64;
        let px = match side {
            _ if self.random.chance(JOIN_PER_MILLE) => self.book.best(side).px.0,
            Side::Buy => fair_px - distance,
            Side::Sell => fair_px + 1 + distance,
        };
        let qty = self.qty();
        let crosses = self.crosses(side, px);
        let rest = match crosses {
            true if self.random.chance(STALE_TAKEN_PER_MILLE) => self.take(side, Some(px), qty, false, out),
            true => self.withdraw_stale(side, px, qty, out),
            false => qty,
        };
        if rest > 0 && !self.crosses(side, px) {
            let stands = self.book.qty_at(side, px);
            self.change(side, px, (stands + rest).min(self.lots_max), out);
        }
    }

    fn crosses(&self, side: Side, px: i64) -> bool {
        let best = self.book.best(side.opposite());
        best.qty.0 > 0 && (px - best.px.0) * side.sign() >= 0
    }

    /// Makers withdraw what an order at `px` would take, before it is taken. Gives back `qty`.
    fn withdraw_stale(&mut self, side: Side, px: i64, qty: i64, out: &mut Outcome) -> i64 {
        let far = side.opposite();
        while self.crosses(side, px) && self.book.depth(far) > LEVELS_MIN {
            self.change(far, self.book.best(far).px.0, 0, out);
        }
        qty
    }

    /// Withdraws a part, or the whole, of some level; nearer levels more often, the best most often.
    fn cancel(&mut self, side: Side, out: &mut Outcome) {
        let depth = self.book.depth(side);
        if depth <= LEVELS_MIN {
            return;
        }
        let index = match self.random.chance(JOIN_PER_MILLE) {
            true => 0,
            false => self.random.below(depth as u64).min(self.random.below(depth as u64)),
        };
        let level = self.book.nth(side, index as usize);
        let left = if self.random.chance(600) { 0 } else { self.random.below(level.qty.0.unsigned_abs()) as i64 };
        self.change(side, level.px.0, left, out);
    }

    /// Executes up to `qty` against the far side, at `limit` or better; gives back what is left.
    fn take(&mut self, aggressor: Side, limit: Option<i64>, qty: i64, liquidation: bool, out: &mut Outcome) -> i64 {
        let far = aggressor.opposite();
        let mut left = qty;
        while left > 0 && self.book.depth(far) > LEVELS_MIN {
            let best = self.book.best(far);
            if limit.is_some_and(|px| (px - best.px.0) * aggressor.sign() < 0) {
                break;
            }
            let filled = left.min(best.qty.0);
            left -= filled;
            self.change(far, best.px.0, best.qty.0 - filled, out);
            let fill = self.fill(aggressor, Level { px: best.px, qty: Lots(filled) }, liquidation);
            out.fills.push(fill);
        }
        left
    }

    fn fill(&mut self, aggressor: Side, level: Level, liquidation: bool) -> Fill {
        let mut parts = [Lots(0); FILL_PARTS];
        let mut left = level.qty.0;
        let makers = 1 + self.random.below(FILL_PARTS as u64) as usize;
        for part in &mut parts[1..makers] {
            part.0 = self.random.below(left.unsigned_abs()) as i64;
            left -= part.0;
        }
        parts[0].0 = left;
        let fill = Fill {
            level,
            aggressor,
            parts,
            first_trade_id: self.trade_id + 1,
            aggregate_id: self.aggregate_id + 1,
            liquidation,
        };
        self.trade_id += fill.trades().count() as u64;
        self.aggregate_id += 1;
        fill
    }

    fn change(&mut self, side: Side, px: i64, qty: i64, out: &mut Outcome) {
        self.update_id += 1 + self.random.below(self.update_id_step);
        self.book.set(side, px, qty);
        let level = Level { px: Ticks(px), qty: Lots(qty) };
        out.changes.push(Change { side, level, update_id: self.update_id });
    }

    /// Keeps both sides deep enough, and drops the furthest levels of one that grew far beyond its mean.
    fn fill_both_sides(&mut self, out: &mut Outcome) {
        for side in [Side::Buy, Side::Sell] {
            // A side that cannot be filled around the fair price (the other side stands there) grows at its far end.
            while self.book.depth(side) < LEVELS_MIN + 10 {
                let worst = self.book.worst(side);
                let from = if worst.qty.0 == 0 { self.fair_subticks.div_euclid(SUBTICKS) } else { worst.px.0 };
                let px = from - side.sign() * (1 + self.random.log_uniform(self.reach_bits / 2) as i64);
                let qty = self.qty();
                self.change(side, px, qty, out);
            }
            while self.book.depth(side) as u64 > 3 * LEVELS {
                let worst = self.book.worst(side);
                self.change(side, worst.px.0, 0, out);
            }
        }
    }
}
