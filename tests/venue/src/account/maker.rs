//! What the market does to orders that stand: an account's order is not in the public book, so it is executed when the
//! market would have met it.
//!
//! At its price after everyone who stood there before it; at once when something trades behind it, or when someone places
//! on the other side what it would have met.

use super::accounts::{Accounts, At};
use super::order::State;
use crate::market::{Change, Fill, Outcome};
use engine_model::market::Side;

impl Accounts {
    /// Plays an event of the market.
    pub(crate) fn meet(&mut self, outcome: &Outcome, at_ns: u64) {
        for change in &outcome.changes {
            self.forget_taken(outcome.instrument, change.side, change.level.px.0);
        }
        for account in 0..self.list.len() {
            if self.list[account].open.is_empty() {
                continue;
            }
            for fill in &outcome.fills {
                self.meet_trade(account, outcome.instrument, fill, at_ns);
            }
            for change in &outcome.changes {
                self.meet_change(account, outcome.instrument, change, at_ns);
            }
        }
    }

    /// Open orders of that side at that price or better, the first to trade first.
    fn standing(&self, account: usize, instrument: usize, side: Side, px: i64) -> Vec<At> {
        let mut standing = self.open(account, Some(instrument));
        let behind = |at: &At| self.order(*at).px.map_or(i64::MIN, |own| (own - px) * side.sign());
        standing.retain(|at| self.order(*at).side == side && !self.order(*at).waits && behind(at) >= 0);
        // A stable sort: of one price the oldest first.
        standing.sort_by_key(|at| -behind(at));
        standing
    }

    fn meet_trade(&mut self, account: usize, instrument: usize, trade: &Fill, at_ns: u64) {
        // How much of the trade reached the price, and how much of that went to this account already.
        let (traded, mut had) = (trade.level.qty.0, 0);
        for at in self.standing(account, instrument, trade.aggressor.opposite(), trade.level.px.0) {
            if self.order(at).px != Some(trade.level.px.0) {
                self.fill(at, i64::MAX, at_ns);
                continue;
            }
            let reaches = traded - had;
            let ahead = self.order(at).queue_ahead;
            self.set_queue_ahead(at, (ahead - reaches).max(0));
            had += self.fill(at, reaches - ahead, at_ns);
        }
    }

    fn meet_change(&mut self, account: usize, instrument: usize, change: &Change, at_ns: u64) {
        let (px, qty) = (change.level.px.0, change.level.qty.0);
        for at in self.standing(account, instrument, change.side, px) {
            if self.order(at).px == Some(px) {
                // Whoever withdrew may have stood before it: nobody stands before it who is not there.
                let ahead = self.order(at).queue_ahead.min(qty);
                self.set_queue_ahead(at, ahead);
            }
        }
        let mut left = qty;
        for at in self.standing(account, instrument, change.side.opposite(), px) {
            left -= self.fill(at, left, at_ns);
        }
    }

    fn set_queue_ahead(&mut self, at: At, lots: i64) {
        self.list[at.account].orders[at.place].queue_ahead = lots;
    }

    /// Executes at the order's own price what there is of it, at most so many lots; gives how many. A reduce-only order
    /// whose position is gone ends.
    fn fill(&mut self, at: At, lots_max: i64, at_ns: u64) -> i64 {
        if lots_max <= 0 || !self.order(at).is_open() {
            return 0;
        }
        let qty = self.executable(at).min(lots_max);
        match self.order(at).px {
            Some(px) if qty > 0 => self.execute(at, px, qty, true, at_ns),
            _ => self.end(at, State::Canceled, at_ns),
        }
        qty
    }
}
