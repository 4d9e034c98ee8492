//! Through whom a protocol speaks for a client: one request, one teller.
//!
//! Owns: the key's right to trade, and the faults of the moment. Never: a signature, a text.

use super::accounts::{Accounts, At};
use super::entry::Change;
use super::key::ApiKey;
use super::mishap::{ACK_DELAY_NS, Deed, Fate, Mishaps, OrderFault, PrivateFault};
use super::order::{Entry, Fill, Order, Refusal, Trigger, Which};
use super::wallet::{Balance, Position};
use crate::market::Market;
use engine_model::instrument::Name;
use engine_model::market::Side;
use engine_model::setup::MarginMode;

/// Who speaks: an account by one of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) account: usize,
    pub(crate) key: ApiKey,
}

pub(crate) struct Teller<'a> {
    accounts: &'a mut Accounts,
    market: &'a Market,
    mishaps: &'a mut Mishaps,
    at_ns: u64,
    fate: Fate,
}

impl<'a> Teller<'a> {
    /// `at_ns`: venue time since the epoch.
    pub(crate) fn new(accounts: &'a mut Accounts, market: &'a Market, mishaps: &'a mut Mishaps, at_ns: u64) -> Self {
        Self { accounts, market, mishaps, at_ns, fate: Fate::Sent }
    }

    /// Venue time since the epoch, in nanoseconds.
    pub(crate) fn at_ns(&self) -> u64 {
        self.at_ns
    }

    /// The same in milliseconds.
    pub(crate) fn at_ms(&self) -> u64 {
        self.at_ns() / 1_000_000
    }

    /// What becomes of the answer. For the server; a protocol answers in any case.
    pub(crate) fn fate(&self) -> Fate {
        self.fate
    }

    /// Whose key that is.
    pub(crate) fn holder(&self, key_id: &str) -> Option<Holder> {
        self.holders().find(|holder| holder.key.id == key_id)
    }

    /// Every key of every account.
    pub(crate) fn holders(&self) -> impl Iterator<Item = Holder> + '_ {
        let of = |(account, owner): (usize, &'_ super::ledger::Account)| {
            owner.keys.iter().map(move |&key| Holder { account, key }).collect::<Vec<_>>()
        };
        self.accounts.list.iter().enumerate().flat_map(of)
    }

    /// To be called when a login is about to be granted.
    pub(crate) fn logs_in(&mut self) {
        if self.mishaps.happens(PrivateFault::CutAfterLogin) {
            self.fate = Fate::SentThenCut;
        }
    }

    /// To be called when a private subscription is about to be granted.
    pub(crate) fn subscribes(&mut self) {
        if self.mishaps.happens(PrivateFault::CutBeforeSubscribed) {
            self.fate = Fate::Cut;
        }
    }

    /// Enters an order: as it is when this returns, which may be done.
    pub(crate) fn place(&mut self, holder: Holder, entry: Entry) -> Result<Order, Refusal> {
        self.act(holder, Deed::Place, |teller, fault| {
            let book = teller.market.book(entry.instrument);
            let at = teller.accounts.place(holder.account, entry, book, teller.at_ns)?;
            if fault == Some(OrderFault::FillBeforeAck) {
                teller.accounts.execute_whole(at, teller.at_ns);
            }
            Ok(teller.accounts.order(at).clone())
        })
    }

    /// Enters an order that waits for a price.
    pub(crate) fn wait(&mut self, holder: Holder, entry: Entry, trigger: Trigger) -> Result<Order, Refusal> {
        self.act(holder, Deed::Place, |teller, fault| {
            let at = teller.accounts.wait(holder.account, entry, trigger, teller.market, teller.at_ns)?;
            if fault == Some(OrderFault::FillBeforeAck) {
                teller.accounts.let_go(at, teller.market, teller.at_ns);
            }
            Ok(teller.accounts.order(at).clone())
        })
    }

    /// Changes an open order's price in ticks and its whole quantity in lots.
    pub(crate) fn modify(&mut self, holder: Holder, which: Which<'_>, px: i64, qty: i64) -> Result<Order, Refusal> {
        self.act(holder, Deed::Modify, |teller, _| {
            let instrument = teller.order(holder, which).ok_or(Refusal::NoSuchOrder)?.instrument;
            let book = teller.market.book(instrument);
            teller.accounts.spend(holder.account, teller.at_ns)?;
            let change = Change { px, qty, client_id: None };
            let at = teller.accounts.modify(holder.account, which, change, book, teller.at_ns)?;
            Ok(teller.accounts.order(at).clone())
        })
    }

    /// The same, under another client id from then on, and not counted against the limits.
    pub(crate) fn amend(
        &mut self,
        holder: Holder,
        which: Which<'_>,
        px: i64,
        qty: i64,
        client_id: &str,
    ) -> Result<Order, Refusal> {
        self.act(holder, Deed::Modify, |teller, _| {
            let instrument = teller.order(holder, which).ok_or(Refusal::NoSuchOrder)?.instrument;
            let book = teller.market.book(instrument);
            let change = Change { px, qty, client_id: Some(client_id) };
            let at = teller.accounts.modify(holder.account, which, change, book, teller.at_ns)?;
            Ok(teller.accounts.order(at).clone())
        })
    }

    /// Withdraws an open order.
    pub(crate) fn cancel(&mut self, holder: Holder, which: Which<'_>) -> Result<Order, Refusal> {
        self.act(holder, Deed::Cancel, |teller, fault| {
            if let (Some(OrderFault::CancelFillRace), Some(at)) = (fault, teller.accounts.find(holder.account, which)) {
                match teller.accounts.waiting(holder.account, which) {
                    Some(at) => teller.accounts.let_go(at, teller.market, teller.at_ns),
                    None => teller.accounts.execute_whole(at, teller.at_ns),
                }
            }
            let at = teller.accounts.cancel(holder.account, which, teller.at_ns)?;
            Ok(teller.accounts.order(at).clone())
        })
    }

    /// Withdraws every open order, of one instrument or of all: those that were.
    pub(crate) fn cancel_all(&mut self, holder: Holder, instrument: Option<usize>) -> Result<Vec<Order>, Refusal> {
        self.cancel_those(holder, instrument, |_| true)
    }

    /// The same of those that are like that.
    pub(crate) fn cancel_those(
        &mut self,
        holder: Holder,
        instrument: Option<usize>,
        is_it: impl Fn(&Order) -> bool,
    ) -> Result<Vec<Order>, Refusal> {
        self.act(holder, Deed::Cancel, |teller, _| {
            let canceled = teller.accounts.cancel_those(holder.account, instrument, is_it, teller.at_ns);
            Ok(canceled.into_iter().map(|at| teller.accounts.order(at).clone()).collect())
        })
    }

    /// Has everything withdrawn after so many nanoseconds unless told again; 0: no more.
    pub(crate) fn dead_man(&mut self, holder: Holder, instrument: Option<usize>, after_ns: u64) {
        let due_at_ns = (after_ns > 0).then_some(self.at_ns + after_ns);
        self.accounts.set_dead_man(holder.account, instrument, due_at_ns);
    }

    /// An order, open or done.
    pub(crate) fn order(&self, holder: Holder, which: Which<'_>) -> Option<&Order> {
        self.accounts.find(holder.account, which).map(|at| self.accounts.order(at))
    }

    /// Open orders, oldest first.
    pub(crate) fn open_orders(&self, holder: Holder, instrument: Option<usize>) -> Vec<&Order> {
        let open = self.accounts.open(holder.account, instrument);
        open.into_iter().map(|At { account, place }| &self.accounts.list[account].orders[place]).collect()
    }

    /// Every order there ever was, oldest first.
    pub(crate) fn all_orders(&self, holder: Holder) -> &[Order] {
        &self.accounts.list[holder.account].orders
    }

    /// Executions from that time on, in nanoseconds since the epoch, oldest first.
    pub(crate) fn fills(&self, holder: Holder, since_ns: u64) -> impl Iterator<Item = &Fill> + '_ {
        self.accounts.list[holder.account].fills.iter().filter(move |fill| fill.at_ns >= since_ns)
    }

    /// Whether it says that it keeps longs and shorts side by side.
    pub(crate) fn is_two_way(&self, holder: Holder) -> bool {
        self.accounts.list[holder.account].setup.is_two_way == Some(true)
    }

    /// Which leverage it says that contracts have, as it is written: 10 or 12.5.
    pub(crate) fn leverage(&self, holder: Holder) -> String {
        let leverage_e2 = self.accounts.list[holder.account].setup.leverage_e2.unwrap_or(0);
        (f64::from(leverage_e2) / 100.0).to_string()
    }

    /// Whether it says that positions stand on what was set aside for each.
    pub(crate) fn is_isolated(&self, holder: Holder) -> bool {
        self.accounts.list[holder.account].setup.margin == Some(MarginMode::Isolated)
    }

    /// What is held, by asset.
    pub(crate) fn balances(&self, holder: Holder) -> impl Iterator<Item = (Name, Balance)> + '_ {
        self.accounts.list[holder.account].wallet.iter()
    }

    /// The best bid in ticks.
    pub(crate) fn px(&self, instrument: usize) -> i64 {
        self.market.book(instrument).best(Side::Buy).px.0
    }

    /// By instrument; flat ones too.
    pub(crate) fn positions(&self, holder: Holder) -> &[Position] {
        &self.accounts.list[holder.account].positions
    }

    /// How much of each limit of orders is used: the window in nanoseconds, used, most.
    pub(crate) fn used(&self, holder: Holder) -> Vec<(u64, u32, u32)> {
        let used = self.accounts.used(holder.account, self.at_ns);
        self.accounts.rules.limits.iter().zip(used).map(|(limit, used)| (limit.window_ns, used, limit.max)).collect()
    }

    /// Does it, or not, or says that it did not, as the faults of the moment have it.
    fn act<T>(
        &mut self,
        holder: Holder,
        deed: Deed,
        does: impl FnOnce(&mut Self, Option<OrderFault>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if !holder.key.rights.trade {
            return Err(Refusal::NoTradeRight);
        }
        let fault = self.mishaps.next_order(deed);
        if let Some(OrderFault::Status { status, acted: false }) = fault {
            return Err(Refusal::Status(status));
        }
        let done = does(self, fault);
        match fault {
            Some(OrderFault::Status { status, .. }) => return Err(Refusal::Status(status)),
            Some(OrderFault::ReplyLost) => self.fate = Fate::Lost,
            Some(OrderFault::ReplyDelayed(late)) => {
                self.fate = Fate::Delayed(u64::try_from(late.as_nanos()).unwrap_or(u64::MAX));
            }
            Some(OrderFault::FillBeforeAck) => self.fate = Fate::Delayed(ACK_DELAY_NS),
            Some(OrderFault::Cut) => self.fate = Fate::Cut,
            Some(OrderFault::CancelFillRace) | None => {}
        }
        done
    }
}
