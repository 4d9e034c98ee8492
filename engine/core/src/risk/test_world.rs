//! A random market with random orders, fills and commands, for tests. A seed is a world.

use super::test_desk::{Desk, US, wide};
use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT};
use crate::test_random::Random;
use engine_model::command::CommandKind;
use engine_model::instrument::Instrument;
use engine_model::limit::Row;
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::order::Order;
use engine_model::steer::Steer;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind};
use std::collections::BTreeMap;

/// A number that refuses some of the orders of a random world and lets others pass, as it is stored.
fn tight(key: &str, random: &mut Random) -> i64 {
    let mut dollars = |low, high| random.within(low, high) * Quote::ONE;
    match key {
        "order_notional_max_usd" => dollars(300, 3_000),
        "batch_notional_max_usd" => dollars(1_000, 5_000),
        "position_notional_max_usd" => dollars(500, 6_000),
        "order_volume_share_max_bps" => random.within(1, 100),
        "order_qty_max_lots" => random.within(5, 40),
        "price_collar_bps" | "price_collar_others_bps" => random.within(5, 300),
        "price_collar_hard_bps" => random.within(5, 350),
        "market_collar_bps" | "market_collar_others_bps" => random.within(0, 400),
        "reference_deviation_max_bps" => random.within(1, 20),
        "price_age_max_ms" => random.within(1, 3) * 1_000_000_000,
        "clock_skew_max_ms" => random.within(100, 900) * 1_000_000,
        "volatility_pause_bps" => random.within(10, 60),
        "volatility_pause_s" => random.within(1, 20) * 1_000_000_000,
        "position_share_max_bps" | "sector_share_max_bps" => random.within(300, 6_000),
        "cluster_share_max_bps" | "venue_share_max_bps" => random.within(300, 6_000),
        "cluster_correlation_bps" => random.within(0, 10_000),
        "leverage_max_pct" => random.within(20, 120),
        "margin_use_max_bps" => random.within(20, 600),
        "liquidation_distance_min_bps" => random.within(9_000, 60_000),
        "liquidation_flatten_bps" => random.within(1_000, 8_000),
        "var_max_bps" | "cvar_max_bps" => random.within(20, 700),
        "var_prior_bps" => random.within(500, 3_000),
        "model_age_max_s" => random.within(1, 15) * 1_000_000_000,
        "open_orders_instrument_max" => random.within(1, 4),
        "open_orders_venue_max" | "open_orders_max" => random.within(2, 5),
        "message_rate_per_s" => random.within(1, 30),
        "venue_rate_per_s" => random.within(1, 3),
        "message_burst" => random.within(3, 30),
        "venue_burst" => random.within(3, 10),
        "cancel_reserve_pct" => random.within(0, 60),
        "duplicate_window_ms" => random.within(100, 5_000) * 1_000_000,
        "duplicates_halt" | "same_side_fills_halt" | "rejects_halt" => random.within(2, 8),
        "orders_per_fill_max" => random.within(1, 10),
        "daily_loss_reduce_bps" => random.within(5, 200),
        "daily_loss_halt_bps" | "daily_loss_flatten_bps" => random.within(100, 500),
        "loss_speed_max_bps" => random.within(5, 100),
        "drawdown_max_bps" => random.within(50, 500),
        "strategy_loss_reduce_bps" => random.within(5, 200),
        "strategy_loss_halt_bps" => random.within(100, 500),
        "strategy_loss_speed_max_bps" => random.within(5, 100),
        "strategy_drawdown_max_bps" => random.within(20, 200),
        "stop_trailing_bps" => random.within(5, 60),
        "stop_atr_pct" => random.within(50, 500),
        "stop_age_s" => random.within(1, 20) * 1_000_000_000,
        "warm_up_pct" => random.within(10, 90),
        "warm_up_s" => random.within(1, 60) * 1_000_000_000,
        other => panic!("{other} is new: say here what is tight"),
    }
}

pub(crate) fn random_limits(random: &mut Random) -> Limits {
    let mut limits = wide();
    Limits::TABLE.iter().for_each(|row| row.set(&mut limits, tight(row.key, random)));
    limits
}

/// A random limit is tight for some orders and wide for others; most are none, so that each is heard.
fn some_limits(random: &mut Random) -> Limits {
    let (tight, mut limits) = (random_limits(random), wide());
    // Losses of the strategy halt it, and then nothing else is heard.
    let rarely = |row: &Row| if row.key.starts_with("strategy_") { 8 } else { 6 };
    Limits::TABLE
        .iter()
        .filter(|row| random.once_in(rarely(row)))
        .for_each(|row| row.set(&mut limits, row.get(&tight)));
    if limits.volatility_pause_bps == tight.volatility_pause_bps {
        limits.volatility_pause_ns = tight.volatility_pause_ns; // one without the other pauses nothing
    }
    limits
}

pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) random: Random,
    mids: BTreeMap<InstrumentId, i64>,
    last: Option<Order>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let limits = some_limits(&mut random);
        let narrow = |instrument: &mut Instrument| {
            if instrument.id == LINEAR {
                (instrument.min_qty, instrument.max_qty) = (Lots(3), Lots(35));
            }
        };
        let (equity, forbids) = (random.within(2_000, 20_000), random.once_in(8));
        let mut desk = Desk::ruled(equity, 6, narrow, |instruments| {
            let mut rules = Rules::open(limits, instruments);
            let kin = |is_major, sector, cluster| Kin { is_major, sector, cluster };
            rules.kin = vec![kin(true, 1, 0), kin(false, 1, 1), kin(true, 0, 0), kin(false, 2, 2)];
            rules.mandates[0].instruments.retain(|id| !forbids || *id != INVERSE);
            rules
        });
        desk.market(CROSS, MarketChange::Book(BookState::Synced));
        desk.top(CROSS, 4_999, 5_001);
        let mids = BTreeMap::from([(LINEAR, 600_000), (SPOT, 300_000), (INVERSE, 600_000), (CROSS, 5_000)]);
        Self { desk, random, mids, last: None }
    }

    fn instrument(&mut self) -> InstrumentId {
        if self.random.once_in(20) { CROSS } else { *self.random.pick(&[LINEAR, SPOT, INVERSE]) }
    }

    /// Something happens that is no order.
    pub(crate) fn step(&mut self) {
        let id = self.instrument();
        let mid = self.mids[&id];
        match self.random.below(20) {
            0 if self.random.once_in(3) => self.desk.market(id, MarketChange::Book(BookState::Lost)),
            1 => self.desk.market(id, MarketChange::Mark { px: Ticks(mid + self.random.within(-50, 50)) }),
            2 if self.random.once_in(3) => {
                let ask = Level { px: Ticks(mid), qty: Lots(1) };
                self.desk.market(id, MarketChange::Top { bid: Level::default(), ask, imbalance_bps: 0 });
            }
            3 => {
                let ns = self.random.below(3_000_000_000);
                self.desk.wait(if self.random.once_in(8) { 10 * ns } else { ns });
            }
            4 => self.desk.outside.killed = self.random.once_in(20),
            5 if self.random.once_in(2) => {
                self.desk.outside.full = self.random.once_in(6).then(|| (self.random.below(3), 1));
            }
            5 if self.random.once_in(3) => self.desk.outside.unwatched = self.random.once_in(6),
            5 if self.random.once_in(3) => self.desk.outside.scarce = self.random.once_in(6),
            5 => self.desk.outside.journal = self.random.once_in(6).then(|| (self.random.below(3), 1)),
            6 => {
                let states = [TradingState::Reducing, TradingState::Halted];
                let state = if self.random.once_in(4) { *self.random.pick(&states) } else { TradingState::Active };
                let scope = match self.random.below(8) {
                    0 => Scope::Strategy(US),
                    1 => Scope::Venue(self.desk.instruments.get(id).venue),
                    2 => Scope::Instrument(id),
                    _ => Scope::Whole,
                };
                self.desk.command(CommandKind::SetTradingState { scope, state });
            }
            7 if self.random.once_in(5) => {
                let (venue, is_open) = (self.desk.instruments.get(id).venue, !self.random.once_in(3));
                self.desk.command(CommandKind::SetGate { venue, is_open });
            }
            16 if self.random.once_in(8) => {
                let ahead = [0, 0, 150_000_000, -700_000_000, 1_200_000_000];
                self.desk.venue_is_ahead_ns = *self.random.pick(&ahead);
            }
            7 if self.random.once_in(5) => self.desk.command(CommandKind::CancelAll),
            7 if self.random.once_in(4) => {
                let what = *self.random.pick(&[Steer::Pause, Steer::Stop, Steer::Start, Steer::Start]);
                self.desk.command(CommandKind::Steer { strategy: US, what });
            }
            8..=14 => self.venue_speaks(),
            15 if self.random.once_in(5) => {
                self.desk.cancel(ClientOrderId::new(1, self.desk.risk.terms.epoch, 1));
            }
            _ => self.quote(id),
        }
    }

    fn quote(&mut self, id: InstrumentId) {
        let moved = self.mids[&id] + self.random.within(-600, 600) * self.mids[&id] / 600_000;
        self.mids.insert(id, moved);
        self.desk.market(id, MarketChange::Book(BookState::Synced));
        let half = if self.random.once_in(40) { -2 } else { self.random.within(1, 3) };
        self.desk.top(id, moved - half, moved + self.random.within(1, 3));
    }

    /// A working order is filled, acknowledged, withdrawn or refused.
    fn venue_speaks(&mut self) {
        let mut ids = Vec::new();
        self.desk.clerk.orders().open_ids(&mut ids);
        if ids.is_empty() {
            return;
        }
        let id = *self.random.pick(&ids);
        let row = *self.desk.clerk.orders().get(id).unwrap();
        match self.random.below(8) {
            0 => self.desk.reply(id, ReplyKind::Canceled),
            1 => self.desk.reply(id, ReplyKind::Expired),
            2 => self.desk.reply(id, ReplyKind::Rejected(RejectReason::Filter)),
            3 => self.desk.reply(id, ReplyKind::Accepted),
            4 => {
                self.desk.cancel(id);
            }
            _ => {
                self.desk.fee = Quote(
                    self.random.within(-1_000, 3 * Quote::ONE / if row.instrument == INVERSE { 60_000 } else { 1 }),
                );
                let qty = self.random.within(1, row.leaves().0);
                let px = row.px.0 + self.random.within(-20, 20);
                self.desk.fill(id, px.max(1), qty);
            }
        }
    }

    pub(crate) fn order(&mut self) -> Order {
        let id = self.instrument();
        let side = *self.random.pick(&[Side::Buy, Side::Sell]);
        let mid = self.mids[&id];
        let px = match self.random.below(60) {
            0 => self.random.within(-5, 1),
            1..=15 => mid + mid * self.random.within(-400, 400) / 10_000,
            _ => mid + self.random.within(-30, 30),
        };
        let qty = match (id, self.random.below(40)) {
            (_, 0) => self.random.within(-2, 1),
            (SPOT, _) => self.random.within(50, 1_500),
            (CROSS, _) => self.random.within(1, 50),
            _ => self.random.within(1, 45),
        };
        let mut order = self.desk.order(id, side, px, qty);
        if self.random.once_in(10) {
            order = Order { px: Ticks(0), ..self.desk.market_order(id, side, qty) };
        }
        if let (Some(last), true) = (self.last, self.random.once_in(12)) {
            order = Order { client_order_id: order.client_order_id, ..last }; // the same again
        }
        self.last = Some(order);
        order.reduce_only = self.random.once_in(10);
        if self.random.once_in(40) {
            let counter = self.random.within(1, 300) as u32;
            order.client_order_id = ClientOrderId::new(1, self.desk.risk.terms.epoch, counter);
        }
        order
    }
}
