//! Where one strategy sits, and the floor that all share. A call of a strategy is made from both.
//!
//! Owns: what each knows of its own orders, its desk; what all see of the market and of the time. Never: a ring to read
//! from, the strategy itself.

use super::account::{Account, Working};
use super::context::Context;
use super::desk::Desk;
use super::desk::trigger::Prices;
use super::desk::way::Way;
use super::outbox::Outbox;
use super::view::View;
use engine_model::closeout::{Cause, Closeout};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::{Intent, Seen, StrategyId};
use engine_model::market::MarketEvent;
use engine_model::native::StopsAt;
use engine_model::order::OrderStatus;
use engine_model::refusal::Refusal;
use engine_model::report::Report;
use engine_model::steer::Mode;
use engine_model::units::{Lots, Nanos};
use engine_ring::ring::Writer;
use std::sync::Arc;

/// What all strategies of a run share.
#[derive(Debug)]
pub struct Floor {
    pub(super) instruments: Arc<Instruments>,
    pub(super) views: Box<[View]>,
    pub(super) outbox: Outbox,
    /// By instrument: what a taker pays, in millionths of the value.
    pub(super) taker_fees_ppm: Box<[i64]>,
    /// How far the stage has read.
    pub seen: Seen,
    /// The time that was handed in.
    pub now: Nanos,
}

impl Floor {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(instruments: Arc<Instruments>, intents: Writer<Intent>) -> Self {
        let views = vec![View::default(); instruments.len()].into_boxed_slice();
        let taker_fees_ppm = vec![0; instruments.len()].into_boxed_slice();
        Self { instruments, views, outbox: Outbox::new(intents), taker_fees_ppm, seen: Seen::default(), now: Nanos(0) }
    }

    /// What a taker pays for each instrument, in millionths of the value. Nothing, where it was not told.
    pub fn set_taker_fees(&mut self, ppm: impl Fn(&Instrument) -> i64) {
        self.instruments.iter().for_each(|i| self.taker_fees_ppm[i.id.index()] = ppm(i));
    }

    /// Takes a market event in, before any seat hears of it.
    #[inline]
    pub fn fold(&mut self, event: &MarketEvent) {
        self.views[event.at.instrument.index()].fold(event);
    }

    /// Passes a wish on as it is, past every desk and account: for whoever numbers its own orders.
    pub fn pass(&mut self, intent: Intent) -> Result<(), Refusal> {
        self.outbox.begin();
        self.outbox.send(intent)
    }

    /// The prices that it tells to triggers.
    #[inline]
    #[must_use]
    pub fn prices(&self, event: &MarketEvent) -> Prices {
        Prices::of(&event.change, self.views[event.at.instrument.index()].book)
    }
}

/// One strategy's place.
#[derive(Debug)]
pub struct Seat {
    pub(super) account: Account,
    pub(super) desk: Desk,
    pub(super) mode: Mode,
}

impl Seat {
    /// A strategy without orders. `epoch` numbers the run, 24 bits.
    #[must_use]
    pub fn new(strategy: StrategyId, epoch: u32, instruments: usize) -> Self {
        let (account, desk) = (Account::new(strategy, epoch, instruments), Desk::new(instruments));
        Self { account, desk, mode: Mode::Running }
    }

    /// The same, its stops held there.
    #[must_use]
    pub fn with_stops(mut self, stops: StopsAt) -> Self {
        self.desk.stops = stops;
        self
    }

    /// What it knows of its own orders.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Its desk.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Withdraws what it has standing that could make a position larger; whether something found no room, and is withdrawn
    /// when this is asked again.
    pub(super) fn withdraw(&mut self, floor: &mut Floor) -> bool {
        let now = floor.now;
        self.give_up(floor, true);
        for at in 0..self.account.working().len() {
            let working = self.account.working().get(at).copied();
            let leaves = |w: &Working| w.status != OrderStatus::PendingCancel && !self.account.only_reduces(at);
            if let Some(working) = working.filter(leaves)
                && self.context(floor, now).cancel(working.order.client_order_id).is_err()
            {
                return true;
            }
        }
        false
    }

    /// What its desk means to enter anew is not to come; `keeps_exits`: but for what makes a position smaller.
    pub(super) fn give_up(&mut self, floor: &mut Floor, keeps_exits: bool) {
        let (Self { account, desk, .. }, now) = (self, floor.now);
        desk.give_up(&mut way(account, floor, now), keeps_exits);
    }

    /// What it sees and may do in one call.
    #[inline]
    pub fn context<'a>(&'a mut self, floor: &'a mut Floor, caused_at_ns: Nanos) -> Context<'a> {
        Context::new(self, floor, caused_at_ns)
    }

    /// The desk's turn with a market event that the floor has taken in.
    #[inline]
    pub fn on_market(&mut self, floor: &mut Floor, prices: &Prices, event: &MarketEvent) {
        if self.desk.is_near(event.at.instrument, prices) {
            let Self { account, desk, .. } = self;
            desk.on_market(&mut way(account, floor, event.at.received_at_ns), event.at.instrument, prices);
        }
        if self.desk.works(event.at.instrument) {
            let Self { account, desk, .. } = self;
            desk.on_worked_market(&mut way(account, floor, event.at.received_at_ns), event);
        }
    }

    /// Takes a report about one of its orders in; the desk has its turn.
    #[inline]
    pub fn on_report(&mut self, floor: &mut Floor, report: &Report) {
        self.account.fold(report);
        if self.desk.followed() > 0 {
            let Self { account, desk, .. } = self;
            desk.on_report(&mut way(account, floor, report.received_at_ns), report);
        }
    }

    /// A part of its position is gone that none of its orders closed, in lots (a sale: negative): the venue closed it, or
    /// kept it as a fee.
    #[cold]
    pub fn closed_out(&mut self, floor: &mut Floor, report: &Report, closeout: &Closeout, part: i64) {
        let before = self.account.position(report.instrument);
        self.account.closed_out(report.instrument, part);
        if self.desk.followed() == 0 {
            return;
        }
        let Self { account, desk, .. } = self;
        let way = &mut way(account, floor, report.received_at_ns);
        match closeout.cause {
            Cause::CoinFee => desk.charge(way, report.client_order_id, Lots(part.abs())),
            Cause::Liquidation | Cause::Takeover | Cause::Deleveraging => {
                desk.shrink_exits(way, report.instrument, before);
            }
        }
    }

    /// The desk's turn with the time, if something is due.
    #[inline]
    pub fn on_time(&mut self, floor: &mut Floor) {
        if self.desk.due_at_ns() <= floor.now {
            let (Self { account, desk, .. }, now) = (self, floor.now);
            desk.on_time(&mut way(account, floor, now));
        }
    }
}

fn way<'a>(account: &'a mut Account, floor: &'a mut Floor, caused_at_ns: Nanos) -> Way<'a> {
    floor.outbox.begin();
    let Floor { instruments, views, outbox, seen, now, .. } = floor;
    Way { now: *now, caused_at_ns, seen: *seen, instruments, views, account, outbox }
}
