//! A random market with random orders, fills and commands, for tests. A seed is a world.

use super::test_desk::{Desk, EPOCH, wide};
use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT};
use crate::test_random::Random;
use engine_model::command::CommandKind;
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::order::Order;
use engine_model::units::Ticks;
use engine_model::venue::{RejectReason, ReplyKind};
use std::collections::BTreeMap;

pub(crate) fn random_limits(random: &mut Random) -> Limits {
    Limits {
        order_qty_max_lots: random.within(5, 40),
        order_notional_max: Quote::whole(random.within(300, 3_000)),
        price_collar_bps: random.within(5, 300),
        position_notional_max: Quote::whole(random.within(500, 6_000)),
        position_share_max_bps: random.within(300, 6_000),
        leverage_max_pct: random.within(20, 120),
        daily_loss_reduce_bps: random.within(5, 200),
        daily_loss_halt_bps: random.within(100, 500),
        price_age_max_ns: random.within(1, 3) as u64 * 1_000_000_000,
        message_rate_per_s: random.within(1, 30) as u32,
        message_burst: random.within(3, 30) as u32,
    }
}

/// A random limit is tight for some orders and wide for others; two in three are none, so that each is heard.
fn some_limits(random: &mut Random) -> Limits {
    let (tight, wide) = (random_limits(random), wide());
    macro_rules! either {
        ($($field:ident),*) => { Limits { $($field: if random.once_in(3) { tight.$field } else { wide.$field }),* } };
    }
    either!(
        order_qty_max_lots,
        order_notional_max,
        price_collar_bps,
        position_notional_max,
        position_share_max_bps,
        leverage_max_pct,
        daily_loss_reduce_bps,
        daily_loss_halt_bps,
        price_age_max_ns,
        message_rate_per_s,
        message_burst
    )
}

pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) random: Random,
    mids: BTreeMap<InstrumentId, i64>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let limits = some_limits(&mut random);
        let mut desk = Desk::with(limits, random.within(2_000, 20_000), 6, |instrument| {
            if instrument.id == LINEAR {
                (instrument.min_qty, instrument.max_qty) = (Lots(3), Lots(35));
            }
        });
        desk.market(CROSS, MarketChange::Book(BookState::Synced));
        desk.top(CROSS, 4_999, 5_001);
        let mids = BTreeMap::from([(LINEAR, 600_000), (SPOT, 300_000), (INVERSE, 600_000), (CROSS, 5_000)]);
        Self { desk, random, mids }
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
            5 => self.desk.outside.full = self.random.once_in(6).then(|| (self.random.below(3), 1)),
            6 => {
                let states = [TradingState::Reducing, TradingState::Halted];
                let state = if self.random.once_in(4) { *self.random.pick(&states) } else { TradingState::Active };
                self.desk.state(state);
            }
            7 if self.random.once_in(5) => self.desk.command(CommandKind::CancelAll),
            8..=14 => self.venue_speaks(),
            15 if self.random.once_in(5) => {
                self.desk.cancel(ClientOrderId::new(1, EPOCH, 1));
            }
            _ => self.quote(id),
        }
    }

    fn quote(&mut self, id: InstrumentId) {
        let moved = self.mids[&id] + self.random.within(-600, 600) * self.mids[&id] / 600_000;
        self.mids.insert(id, moved);
        self.desk.market(id, MarketChange::Book(BookState::Synced));
        let half = self.random.within(1, 3);
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
        order.reduce_only = self.random.once_in(10);
        if self.random.once_in(40) {
            order.client_order_id = ClientOrderId::new(1, EPOCH, self.random.within(1, 300) as u32);
        }
        order
    }
}
