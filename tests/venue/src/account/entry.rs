//! How an order gets in, or is changed: the checks, what it takes at once, and where the rest goes.
//!
//! Never: an order that the account cannot pay for; a level taken twice.

use super::accounts::{Accounts, At};
use super::event::Cause;
use super::ledger::{bound_e8, bound_in};
use super::money::{Round, part, value_e8};
use super::order::{Amount, Entry, Order, Refusal, Stands, State, Trigger, Which};
use crate::market::Book;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};

/// A price further from the market than this factor is a slip.
const PRICE_FACTOR: i64 = 5;

/// What an order would take at once: price and lots, best first.
pub(super) type Plan = Vec<(i64, i64)>;

fn lots(plan: &Plan) -> i64 {
    plan.iter().map(|(_, qty)| qty).sum()
}

/// What an open order is to become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) px: i64,
    /// Whole, not what is left.
    pub(super) qty: i64,
    /// `None`: it keeps the one it has.
    pub(super) client_id: Option<&'a str>,
}

impl Accounts {
    /// Enters an order; it may be done already when this returns. `book`: of its instrument.
    pub(crate) fn place(&mut self, account: usize, entry: Entry, book: &Book, at_ns: u64) -> Result<At, Refusal> {
        self.spend(account, at_ns)?;
        let instrument = self.instruments[entry.instrument];
        let qty = self.wanted_lots(account, &entry, book)?;
        check_grid(&instrument, &entry, qty, book)?;
        self.check_id(account, &entry.client_id)?;
        if self.list[account].open.len() >= self.rules.open_orders_max {
            return Err(Refusal::TooManyOpen);
        }
        let plan = self.plan(entry.instrument, entry.side, entry.px, qty, book);
        let would_take = entry.post_only && !plan.is_empty();
        let cannot_fill = entry.stands == Stands::AllOrNothing && lots(&plan) < qty;
        if would_take && self.rules.refuses_taking_post_only {
            return Err(Refusal::WouldTake);
        }
        if cannot_fill && self.rules.refuses_unfilled_fok {
            return Err(Refusal::CannotFill);
        }
        if !entry.reduce_only
            && self.needed_e8(&instrument, entry.side, entry.px, qty, &plan)
                > self.free_e8(account, &instrument, entry.side)
        {
            return Err(Refusal::Balance);
        }
        let at = self.enter(account, entry, qty, None, at_ns);
        match (would_take, cannot_fill) {
            (true, _) => self.end(at, State::Canceled, at_ns),
            (_, true) => self.end(at, self.rules.left_over, at_ns),
            _ => self.run(at, plan, book, at_ns),
        }
        Ok(at)
    }

    /// Changes price and quantity (whole, not what is left). It keeps its place in the queue only where its price stays and
    /// its quantity falls.
    pub(super) fn modify(
        &mut self,
        account: usize,
        which: Which<'_>,
        change: Change<'_>,
        book: &Book,
        at_ns: u64,
    ) -> Result<At, Refusal> {
        let Change { px, qty, client_id } = change;
        let at = self.open_order(account, which)?;
        let order = self.order(at).clone();
        let instrument = self.instruments[order.instrument];
        if order.waiting().is_some() {
            self.change_waiting(at, change, at_ns);
            return Ok(at);
        }
        if (order.px, order.qty) == (Some(px), qty) {
            return Err(Refusal::NoChange);
        }
        if qty <= order.filled {
            return Err(Refusal::Unchangeable);
        }
        let entry = Entry { px: Some(px), amount: Amount::Lots(qty), ..entry_of(&order) };
        check_grid(&instrument, &entry, qty, book)?;
        let plan = self.plan(order.instrument, order.side, Some(px), qty - order.filled, book);
        if order.post_only && !plan.is_empty() {
            return Err(Refusal::WouldTake);
        }
        let more = self.needed_e8(&instrument, order.side, Some(px), qty - order.filled, &plan) - order.locked_e8;
        if !order.reduce_only && more > self.free_e8(account, &instrument, order.side) {
            return Err(Refusal::Balance);
        }
        let keeps_place = order.px == Some(px) && qty < order.qty;
        if let Some(client_id) = client_id.filter(|id| *id != order.client_id) {
            self.check_id(account, client_id)?;
            self.list[account].rename(at.place, client_id);
        }
        self.reshape(at, px, qty, at_ns);
        if !keeps_place {
            self.run(at, plan, book, at_ns);
        }
        Ok(at)
    }

    /// What is asked for in lots.
    fn wanted_lots(&self, account: usize, entry: &Entry, book: &Book) -> Result<i64, Refusal> {
        let instrument = &self.instruments[entry.instrument];
        let qty = match entry.amount {
            Amount::Lots(qty) => qty,
            Amount::Quote(budget_e8) => self.affordable(entry.instrument, entry.side, budget_e8, book),
        };
        if !entry.reduce_only {
            return Ok(qty);
        }
        let reducible = self.list[account].reducible(entry.instrument, entry.side);
        match (instrument.kind, reducible) {
            (ContractKind::Spot, _) | (_, 0) => Err(Refusal::NothingToReduce),
            _ => Ok(qty.min(reducible)),
        }
    }

    /// Lots that so much money buys, or so many sold bring.
    fn affordable(&self, instrument: usize, side: Side, budget_e8: i128, book: &Book) -> i64 {
        let (mut left_e8, mut sum) = (budget_e8, 0);
        for (px, qty) in self.takeable(instrument, side, None, book) {
            let level_e8 = value_e8(&self.instruments[instrument], px, qty, Round::Up);
            if level_e8 > left_e8 {
                return sum + i64::try_from(left_e8 * i128::from(qty) / level_e8.max(1)).unwrap_or(0);
            }
            (left_e8, sum) = (left_e8 - level_e8, sum + qty);
        }
        sum
    }

    pub(super) fn check_id(&self, account: usize, client_id: &str) -> Result<(), Refusal> {
        let last = self.find(account, Which::Client(client_id)).map(|at| self.order(at).is_open());
        let in_use = last.is_some_and(|open| open || self.rules.client_ids_are_for_ever);
        if in_use && !client_id.is_empty() { Err(Refusal::DuplicateClientId) } else { Ok(()) }
    }

    pub(super) fn plan(&self, instrument: usize, side: Side, limit: Option<i64>, qty: i64, book: &Book) -> Plan {
        let mut left = qty;
        let mut plan = Vec::new();
        for (px, there) in self.takeable(instrument, side, limit, book) {
            if left == 0 {
                break;
            }
            plan.push((px, left.min(there)));
            left -= left.min(there);
        }
        plan
    }

    /// What must be free for it: the whole at its limit, or what a market order takes.
    pub(super) fn needed_e8(
        &self,
        instrument: &Instrument,
        side: Side,
        px: Option<i64>,
        qty: i64,
        plan: &Plan,
    ) -> i128 {
        let one = |px: i64, qty: i64| {
            let fee = match instrument.kind {
                ContractKind::Spot => 0,
                _ => part(value_e8(instrument, px, qty, Round::Up), self.rules.taker_ppm, Round::Up),
            };
            bound_e8(&self.rules, instrument, side, px, qty) + fee
        };
        px.map_or_else(|| plan.iter().map(|&(px, qty)| one(px, qty)).sum(), |px| one(px, qty))
    }

    pub(super) fn free_e8(&self, account: usize, instrument: &Instrument, side: Side) -> i128 {
        self.list[account].wallet.get(bound_in(instrument, side)).free_e8()
    }

    pub(super) fn enter(&mut self, account: usize, entry: Entry, qty: i64, trigger: Option<Trigger>, at_ns: u64) -> At {
        let id = self.next_order_id();
        let order = Order {
            id,
            client_id: if entry.client_id.is_empty() { format!("venue{id}") } else { entry.client_id },
            instrument: entry.instrument,
            side: entry.side,
            px: entry.px,
            qty,
            filled: 0,
            filled_value_e8: 0,
            stands: entry.stands,
            post_only: entry.post_only,
            reduce_only: entry.reduce_only,
            trigger,
            waits: trigger.is_some(),
            state: State::Open,
            entered_at_ns: at_ns,
            changed_at_ns: at_ns,
            former_client_id: None,
            locked_e8: 0,
            queue_ahead: 0,
        };
        let instrument = self.instruments[order.instrument];
        let place = self.list[account].enter(order);
        self.list[account].rebind(place, &self.rules, &instrument);
        let at = At { account, place };
        self.tell(at, Cause::Entered);
        at
    }

    fn reshape(&mut self, at: At, px: i64, qty: i64, at_ns: u64) {
        let order = &mut self.list[at.account].orders[at.place];
        (order.px, order.qty, order.changed_at_ns) = (Some(px), qty, at_ns);
        let instrument = self.instruments[order.instrument];
        self.list[at.account].rebind(at.place, &self.rules, &instrument);
        self.tell(at, Cause::Changed);
    }

    /// Takes what was planned; the rest stands at the end of the queue, or ends.
    pub(super) fn run(&mut self, at: At, plan: Plan, book: &Book, at_ns: u64) {
        let Order { instrument, side, px, stands, .. } = *self.order(at);
        for (px, qty) in plan {
            self.note_taken(instrument, side, px, qty);
            self.execute(at, px, qty, false, at_ns);
        }
        if !self.order(at).is_open() {
            return;
        }
        match (px, stands) {
            (Some(px), Stands::UntilCanceled | Stands::Until(_)) => {
                self.list[at.account].orders[at.place].queue_ahead = book.qty_at(side, px);
            }
            _ => self.end(at, self.rules.left_over, at_ns),
        }
    }
}

/// Whether price and quantity are such that the venue would look at them.
pub(super) fn check_grid(instrument: &Instrument, entry: &Entry, qty: i64, book: &Book) -> Result<(), Refusal> {
    let best = book.best(entry.side.opposite()).px.0;
    let px = entry.px.unwrap_or(best);
    if px <= 0 || px > best.saturating_mul(PRICE_FACTOR) || px.saturating_mul(PRICE_FACTOR) < best {
        return Err(Refusal::Price);
    }
    if qty < instrument.min_qty.0.max(1) && !entry.reduce_only || qty <= 0 {
        return Err(Refusal::TooSmall);
    }
    if qty > instrument.max_qty.0 {
        return Err(Refusal::TooLarge);
    }
    match instrument.notional(Ticks(px), Lots(qty)) {
        Some(notional) if notional < instrument.min_notional && !entry.reduce_only => Err(Refusal::NotionalTooSmall),
        Some(_) => Ok(()),
        None => Err(Refusal::TooLarge),
    }
}

/// What would have asked for it as it stands.
fn entry_of(order: &Order) -> Entry {
    Entry {
        client_id: order.client_id.clone(),
        instrument: order.instrument,
        side: order.side,
        px: order.px,
        amount: Amount::Lots(order.qty),
        stands: order.stands,
        post_only: order.post_only,
        reduce_only: order.reduce_only,
    }
}
