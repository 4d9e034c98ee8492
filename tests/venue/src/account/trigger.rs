//! Orders that wait for a price: they stand at the venue, in no book, until the market comes there; then they are what they
//! would have been without.
//!
//! Last is a trade of the market; mark and index are the price that its flow trades around. What binds money of another order
//! binds nothing while it waits, and the account may be too poor when its time comes: then it is withdrawn.

use super::accounts::{Accounts, At};
use super::entry::{Change, check_grid};
use super::event::Cause;
use super::order::{Amount, By, Entry, Order, Refusal, State, Trigger, Which};
use crate::market::{Market, Outcome, SUBTICKS};

impl Accounts {
    /// Enters an order that waits. Its quantity is held against the position when it is let go, not before.
    pub(crate) fn wait(
        &mut self,
        account: usize,
        entry: Entry,
        trigger: Trigger,
        market: &Market,
        at_ns: u64,
    ) -> Result<At, Refusal> {
        self.spend(account, at_ns)?;
        let (instrument, book) = (self.instruments[entry.instrument], market.book(entry.instrument));
        let Amount::Lots(qty) = entry.amount else { return Err(Refusal::TooSmall) };
        check_grid(&instrument, &Entry { px: entry.px.or(Some(trigger.px)), ..entry.clone() }, qty, book)?;
        self.check_id(account, &entry.client_id)?;
        if self.list[account].open.len() >= self.rules.open_orders_max {
            return Err(Refusal::TooManyOpen);
        }
        // No trade is at hand: what one would get stands for the last of them.
        let px = match trigger.by {
            By::Last => book.best(entry.side.opposite()).px.0,
            By::Mark | By::Index => market.fair_subticks(entry.instrument) / SUBTICKS,
        };
        if trigger.is_pulled_by(px) {
            return Err(Refusal::WouldTrigger);
        }
        Ok(self.enter(account, entry, qty, Some(trigger), at_ns))
    }

    /// Changes one that waits. The price of a market order is its trigger.
    pub(super) fn change_waiting(&mut self, at: At, change: Change<'_>, at_ns: u64) {
        let order = &mut self.list[at.account].orders[at.place];
        match (order.px, &mut order.trigger) {
            (None, Some(trigger)) => trigger.px = change.px,
            _ => order.px = Some(change.px),
        }
        (order.qty, order.changed_at_ns) = (change.qty, at_ns);
        self.tell(at, Cause::Changed);
    }

    /// Lets go what waited for the prices of an event.
    pub(crate) fn pull(&mut self, outcome: &Outcome, market: &Market, at_ns: u64) {
        for account in 0..self.list.len() {
            for at in self.open(account, Some(outcome.instrument)) {
                let is_pulled = self.order(at).waiting().is_some_and(|trigger| {
                    let fair = market.fair_subticks(outcome.instrument) / SUBTICKS;
                    match trigger.by {
                        By::Last => outcome.fills.iter().any(|fill| trigger.is_pulled_by(fill.level.px.0)),
                        By::Mark | By::Index => trigger.is_pulled_by(fair),
                    }
                });
                if is_pulled {
                    self.let_go(at, market, at_ns);
                }
            }
        }
    }

    /// The market has come to its price, whether or not it did: also a fault that a test wants.
    pub(crate) fn let_go(&mut self, at: At, market: &Market, at_ns: u64) {
        let order = &mut self.list[at.account].orders[at.place];
        (order.waits, order.changed_at_ns) = (false, at_ns);
        self.tell(at, Cause::Triggered);
        let Order { instrument, side, px, reduce_only, .. } = *self.order(at);
        let (listed, book) = (self.instruments[instrument], market.book(instrument));
        let plan = self.plan(instrument, side, px, self.executable(at), book);
        let is_poor = !reduce_only && {
            let needed = self.needed_e8(&listed, side, px, self.order(at).qty, &plan);
            needed > self.free_e8(at.account, &listed, side)
        };
        if is_poor || self.executable(at) == 0 {
            return self.end(at, State::Canceled, at_ns);
        }
        self.list[at.account].rebind(at.place, &self.rules, &listed);
        self.run(at, plan, book, at_ns);
    }

    /// One that waits, to be let go out of turn.
    pub(crate) fn waiting(&self, account: usize, which: Which<'_>) -> Option<At> {
        self.find(account, which).filter(|at| self.order(*at).waiting().is_some())
    }
}
