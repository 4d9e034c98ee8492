//! All accounts of a venue, and what is done to their orders from outside: entry, change, withdrawal, time.
//!
//! Owns: the rules' enforcing, ids, the log of events. Never: a market of its own, a text.

use super::config::AccountConfig;
use super::event::{Cause, Event};
use super::ledger::{Account, Execution};
use super::order::{Order, Refusal, Stands, State, Which};
use super::rules::{Counted, Rules};
use super::truth::AccountTruth;
use crate::listing::Listing;
use crate::market::Book;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::venue::VenueId;
use std::collections::BTreeMap;

/// First ids: as long as the real ones, and none of the market's own.
const ORDER_ID: u64 = 28_000_000_000;
const TRADE_ID: u64 = 5_000_000_000;

pub(crate) struct Accounts {
    pub(crate) rules: Rules,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) list: Vec<Account>,
    order_id: u64,
    trade_id: u64,
    event_number: u64,
    events: Vec<Event>,
    /// What accounts took of levels since the market last touched them, by instrument, side of the level, price: the
    /// market knows nothing of it, and an account is not to take the same lots twice.
    taken: BTreeMap<(usize, u8, i64), i64>,
}

/// An order and whose it is, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) account: usize,
    pub(crate) place: usize,
}

impl Accounts {
    pub(crate) fn new(venue: VenueId, listings: &[Listing], configs: &[AccountConfig]) -> Self {
        let rules = Rules::of(venue);
        let account = |config: &AccountConfig| {
            let limits = rules.limits.len();
            let mut account = Account::new(config.keys.clone(), config.opening(listings), listings.len(), limits);
            account.setup = config.setup;
            account
        };
        Self {
            list: configs.iter().map(account).collect(),
            instruments: listings.iter().map(|listing| listing.instrument).collect(),
            rules,
            order_id: ORDER_ID,
            trade_id: TRADE_ID,
            event_number: 0,
            events: Vec::new(),
            taken: BTreeMap::new(),
        }
    }

    /// An account as it is.
    pub(crate) fn truth(&self, account: usize) -> Option<AccountTruth> {
        self.list.get(account).map(|account| AccountTruth::of(account, &self.instruments))
    }

    /// What happened since it was last asked, in order.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(crate) fn order(&self, at: At) -> &Order {
        &self.list[at.account].orders[at.place]
    }

    pub(crate) fn find(&self, account: usize, which: Which<'_>) -> Option<At> {
        self.list[account].find(which).map(|place| At { account, place })
    }

    /// Open orders, oldest first.
    pub(crate) fn open(&self, account: usize, instrument: Option<usize>) -> Vec<At> {
        let of = |place: &&usize| instrument.is_none_or(|i| self.list[account].orders[**place].instrument == i);
        self.list[account].open.iter().filter(of).map(|&place| At { account, place }).collect()
    }

    /// Counts an order against the limits.
    pub(crate) fn spend(&mut self, account: usize, at_ns: u64) -> Result<(), Refusal> {
        let spent = &mut self.list[account].spent;
        for (limit, (window, used)) in self.rules.limits.iter().zip(spent.iter_mut()) {
            let now = at_ns / limit.window_ns;
            if *window != now {
                (*window, *used) = (now, 0);
            }
            if *used >= limit.max {
                return Err(Refusal::TooMany((now + 1) * limit.window_ns));
            }
        }
        spent.iter_mut().for_each(|(_, used)| *used += 1);
        Ok(())
    }

    /// How much of each limit is used, in the order of [`Rules::limits`].
    pub(crate) fn used(&self, account: usize, at_ns: u64) -> Vec<u32> {
        let now = |(limit, (window, used)): (&super::rules::Limit, &(u64, u32))| {
            if at_ns / limit.window_ns == *window { *used } else { 0 }
        };
        self.rules.limits.iter().zip(&self.list[account].spent).map(now).collect()
    }

    /// An open order, to be worked on.
    pub(crate) fn open_order(&self, account: usize, which: Which<'_>) -> Result<At, Refusal> {
        let at = self.find(account, which).ok_or(Refusal::NoSuchOrder)?;
        let state = self.order(at).state;
        if state == State::Open { Ok(at) } else { Err(Refusal::Done(state)) }
    }

    pub(crate) fn cancel(&mut self, account: usize, which: Which<'_>, at_ns: u64) -> Result<At, Refusal> {
        if self.rules.counted == Counted::All {
            self.spend(account, at_ns)?;
        }
        let at = self.open_order(account, which)?;
        self.end(at, State::Canceled, at_ns);
        Ok(at)
    }

    pub(crate) fn cancel_those(
        &mut self,
        account: usize,
        instrument: Option<usize>,
        is_it: impl Fn(&Order) -> bool,
        at_ns: u64,
    ) -> Vec<At> {
        let mut all = self.open(account, instrument);
        all.retain(|at| is_it(self.order(*at)));
        all.iter().for_each(|&at| self.end(at, State::Canceled, at_ns));
        all
    }

    /// Withdraws everything at that time unless told otherwise before; `None` no more.
    pub(crate) fn set_dead_man(&mut self, account: usize, instrument: Option<usize>, due_at_ns: Option<u64>) {
        let dead_men = &mut self.list[account].dead_men;
        match due_at_ns {
            Some(due) => drop(dead_men.insert(instrument, due)),
            None => drop(dead_men.remove(&instrument)),
        }
    }

    /// When time alone changes something next.
    pub(crate) fn next_at_ns(&self) -> u64 {
        let expiry = |order: &Order| match order.stands {
            Stands::Until(at_ns) => at_ns,
            _ => u64::MAX,
        };
        let of = |account: &Account| {
            let expiries = account.open.iter().map(|&place| expiry(&account.orders[place]));
            expiries.chain(account.dead_men.values().copied()).min()
        };
        self.list.iter().filter_map(of).min().unwrap_or(u64::MAX)
    }

    /// Orders whose time is over, dead men that nobody spoke to.
    pub(crate) fn pass_time(&mut self, at_ns: u64) {
        if self.next_at_ns() > at_ns {
            return;
        }
        for account in 0..self.list.len() {
            for at in self.open(account, None) {
                if matches!(self.order(at).stands, Stands::Until(end) if end <= at_ns) {
                    self.end(at, State::Expired, at_ns);
                }
            }
            let dead_men = &self.list[account].dead_men;
            let due: Vec<_> = dead_men.iter().filter(|(_, due)| **due <= at_ns).map(|(of, _)| *of).collect();
            for instrument in due {
                self.list[account].dead_men.remove(&instrument);
                self.cancel_those(account, instrument, |_| true, at_ns);
            }
        }
    }

    pub(crate) fn next_order_id(&mut self) -> u64 {
        self.order_id += 1;
        self.order_id
    }

    pub(crate) fn tell(&mut self, at: At, cause: Cause) {
        self.event_number += 1;
        let account = &mut self.list[at.account];
        let kind = self.instruments[account.orders[at.place].instrument].kind;
        let event = account.event(at.account, self.event_number, at.place, cause, kind != ContractKind::Spot);
        self.events.push(event);
    }

    pub(crate) fn end(&mut self, at: At, state: State, at_ns: u64) {
        let instrument = self.instruments[self.order(at).instrument];
        self.list[at.account].end(at.place, state, at_ns, &self.rules, &instrument);
        self.tell(at, Cause::Ended);
    }

    /// Executes a part of an order, or the whole.
    pub(crate) fn execute(&mut self, at: At, px: i64, qty: i64, maker: bool, at_ns: u64) {
        self.trade_id += 1;
        let done = Execution { trade_id: self.trade_id, px, qty, maker, at_ns };
        let instrument = self.instruments[self.order(at).instrument];
        self.list[at.account].book(at.place, done, &self.rules, &instrument);
        self.tell(at, Cause::Filled);
    }

    /// Executes all that is left of an order as if the market had come for it.
    pub(crate) fn execute_whole(&mut self, at: At, at_ns: u64) {
        let (px, left) = (self.order(at).px, self.executable(at));
        if let Some(px) = px.filter(|_| left > 0) {
            self.execute(at, px, left, true, at_ns);
        }
    }

    /// Lots of an order that can still be executed: of a reduce-only one no more than the position has.
    pub(crate) fn executable(&self, at: At) -> i64 {
        let order = self.order(at);
        match (order.is_open() && !order.waits, order.reduce_only) {
            (false, _) => 0,
            (true, false) => order.left(),
            (true, true) => order.left().min(self.list[at.account].reducible(order.instrument, order.side)),
        }
    }

    /// What a taker may have of the far side at `limit` or better, best first: price and lots.
    pub(crate) fn takeable<'a>(
        &'a self,
        instrument: usize,
        side: Side,
        limit: Option<i64>,
        book: &'a Book,
    ) -> impl Iterator<Item = (i64, i64)> + 'a {
        let far = side.opposite();
        book.levels(far)
            .map(|level| (level.px.0, level.qty.0))
            .take_while(move |(px, _)| limit.is_none_or(|limit| (limit - px) * side.sign() >= 0))
            .map(move |(px, qty)| (px, qty - self.taken.get(&(instrument, far as u8, px)).copied().unwrap_or(0)))
            .filter(|(_, qty)| *qty > 0)
    }

    pub(crate) fn note_taken(&mut self, instrument: usize, taker: Side, px: i64, qty: i64) {
        *self.taken.entry((instrument, taker.opposite() as u8, px)).or_default() += qty;
    }

    /// The market set a level anew.
    pub(crate) fn forget_taken(&mut self, instrument: usize, side: Side, px: i64) {
        if !self.taken.is_empty() {
            self.taken.remove(&(instrument, side as u8, px));
        }
    }
}
