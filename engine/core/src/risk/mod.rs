//! The judge: every wish and every command passes here, people's as well as strategies'.
//!
//! **Owns** limits and trading state, what working orders could still do, the markets and the portfolio as far as they
//! decide, and the only pen that signs [`Approved`].
//!
//! **Never** reads a clock, scans the book-keeping to judge one order, lets a float decide, or changes the trading state
//! at any other moment than when it judges: given the same events up to [`Decision::seen`] it decides the same.
//!
//! Enter at [`Risk`] (the judge, without rings), [`stage`] (the judge at its rings), [`check`] (each check alone).

mod approved;
mod brief;
mod bucket;
pub mod check;
pub mod decision;
mod exposure;
mod judge;
mod later;
#[cfg(test)]
mod oracle_tests;
mod replay;
pub mod stage;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
pub(crate) mod test_desk;
#[cfg(test)]
pub(crate) mod test_world;
#[cfg(test)]
mod tests;

pub use approved::Approved;
pub use decision::{Breaches, Cause, Decision, DecisionKind, Denial, Wish};
pub use exposure::{Exposure, Working};
pub use replay::Question;

use crate::execution::order_table::OrderTable;
use crate::market_state::MarketState;
use crate::portfolio::{Portfolio, saturated};
use bucket::Bucket;
use engine_model::command::{Command, CommandKind};
use engine_model::image::PortfolioImage;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::{Seen, StrategyId};
use engine_model::limit::{Limits, TradingState};
use engine_model::market::MarketEvent;
use engine_model::order::{ClientOrderId, OrderEvent};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote};
use std::sync::Arc;

/// What is fixed for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The run's number: part of every client order id.
    pub epoch: u32,
    /// Dollars at the start.
    pub equity_start: Quote,
    /// Rows of the order table. Execution must have as many.
    pub open_orders_max: usize,
}

/// What a judgement depends on that no event tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// The kill switch is on.
    pub killed: bool,
    /// The `order` ring has only its reserve left: slots used with this one, slots that orders may use.
    pub full: Option<(u64, u64)>,
}

/// What is kept of each strategy.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// The last counter of its client order ids.
    counter: u32,
    bucket: Bucket,
}

/// The judge.
#[derive(Clone, Debug)]
pub struct Risk {
    instruments: Arc<Instruments>,
    limits: Limits,
    terms: Terms,
    state: TradingState,
    /// Day of `day_open`, counted from the epoch; `None` before the first judgement.
    day: Option<u64>,
    /// Equity at the day's start, 1e-8 dollars.
    day_open: i128,
    seen: Seen,
    accounts: Box<[Account; 256]>,
    markets: Box<[MarketState]>,
    portfolio: Portfolio,
    exposure: Exposure,
    orders: OrderTable,
    /// Instruments whose dollars are older than their price, position or working orders.
    stale: Vec<InstrumentId>,
    is_stale: Box<[bool]>,
    /// Something became old since the day's loss was held against its limits.
    is_unwatched: bool,
    approved_count: u64,
    denied_count: u64,
}

impl Risk {
    /// Flat, active, and nothing seen. Allocates all that it will ever need.
    #[must_use]
    pub fn new(instruments: Arc<Instruments>, limits: Limits, terms: Terms) -> Self {
        let count = instruments.len();
        Self {
            limits,
            terms,
            state: TradingState::Active,
            day: None,
            day_open: i128::from(terms.equity_start.0),
            seen: Seen::default(),
            accounts: Box::new([Account::default(); 256]),
            markets: vec![MarketState::default(); count].into_boxed_slice(),
            portfolio: Portfolio::new(&instruments, terms.equity_start),
            exposure: Exposure::new(count),
            orders: OrderTable::new(terms.open_orders_max),
            stale: Vec::with_capacity(count),
            is_stale: vec![false; count].into_boxed_slice(),
            is_unwatched: false,
            approved_count: 0,
            denied_count: 0,
            instruments,
        }
    }

    /// Takes in a market event.
    #[inline]
    pub fn on_market(&mut self, event: &MarketEvent) {
        let read = &mut self.seen.market[self.instruments.slot(event.at.venue)];
        *read = read.wrapping_add(1);
        let id = event.at.instrument;
        let market = &mut self.markets[id.index()];
        let then = market.known_px();
        market.apply(event);
        let moved = market.known_px() != then;
        if moved && (self.portfolio.has_traded(id) || !self.exposure.working(id).is_none()) {
            self.outdate(id);
        }
    }

    /// Takes in a report.
    ///
    /// # Panics
    /// When the report is no lawful step of an order: execution publishes no others, so one of the two folds is wrong.
    pub fn on_report(&mut self, report: &Report) {
        self.seen.report = self.seen.report.wrapping_add(1);
        if let OrderEvent::Paid(payment) = report.event {
            self.portfolio.pay(report.instrument, &payment, |id| self.markets[id.index()].known_px());
            return self.outdate(report.instrument);
        }
        let denied = matches!(report.event, OrderEvent::Denied(_));
        if denied && self.orders.get(report.client_order_id).is_none() {
            return; // our own no, coming back: it was never working
        }
        let change = match self.orders.apply(report) {
            Ok(change) => change,
            Err(anomaly) => panic!("report of {}: {anomaly:?}", report.client_order_id),
        };
        let (id, row) = (change.row.instrument, change.row);
        self.exposure.add(id, row.side, Lots(row.leaves().0 - change.leaves_before.0));
        if let OrderEvent::Filled { last_px, last_qty, fee, .. } = report.event {
            self.portfolio.book(id, row.side, last_px, last_qty, fee);
        }
        self.outdate(id);
    }

    /// Obeys a command.
    pub fn on_command(&mut self, command: &Command, now: Nanos) -> Decision {
        if let CommandKind::SetTradingState(state) = command.what {
            self.state = state;
        }
        let what = DecisionKind::CommandTaken { id: command.id, what: command.what };
        Decision { seen: self.seen, at_ns: now, caused_at_ns: command.asked_at_ns, strategy: StrategyId(0), what }
    }

    /// Holds the day's loss and the kill switch against the trading state, before each wish and each command is judged.
    /// Risk only ever tightens by itself; loosening takes a command.
    pub fn review(&mut self, now: Nanos, killed: bool) -> Option<Decision> {
        self.refresh();
        self.turn_day(now);
        self.judge_loss(now, killed)
    }

    /// Whether something moved the loss since it was last held against its limits. Without a fill there is none.
    #[inline]
    #[must_use]
    pub fn is_unwatched(&self) -> bool {
        self.is_unwatched && self.portfolio.fills() > 0
    }

    /// Holds the day's loss against its limits between two judgements: with quotes resting, it waits for no wish. A day
    /// that turns here is told, because a replay knows the moments of records only.
    pub fn watch_loss(&mut self, now: Nanos) -> Option<Decision> {
        if !self.is_unwatched() {
            return None;
        }
        self.refresh();
        if self.turn_day(now) {
            let what = DecisionKind::DayOpened { equity: self.equity() };
            return Some(self.own(now, what));
        }
        self.judge_loss(now, false)
    }

    fn judge_loss(&mut self, now: Nanos, killed: bool) -> Option<Decision> {
        self.is_unwatched = false;
        if !killed && self.loses_little() { None } else { self.tighten(now, killed) }
    }

    /// Out of line: what nearly never happens must not stand before every judgement.
    #[cold]
    #[inline(never)]
    fn tighten(&mut self, now: Nanos, killed: bool) -> Option<Decision> {
        let step = |limits: &Limits, reduces| check::daily_loss(limits, self.day_loss(), self.day_open, reduces);
        let (state, cause) = if killed {
            (TradingState::Halted, Cause::Killed)
        } else if step(&self.limits, true).is_err() {
            (TradingState::Halted, Cause::DailyLoss)
        } else if step(&self.limits, false).is_err() {
            (TradingState::Reducing, Cause::DailyLoss)
        } else {
            return None;
        };
        if state as u8 <= self.state as u8 {
            return None;
        }
        self.state = state;
        Some(self.own(now, DecisionKind::State { state, cause }))
    }

    /// A decision that nobody asked for.
    fn own(&self, now: Nanos, what: DecisionKind) -> Decision {
        Decision { seen: self.seen, at_ns: now, caused_at_ns: now, strategy: StrategyId(0), what }
    }

    /// Writes the whole image, valued now.
    pub fn write_image(&mut self, now: Nanos, image: &mut PortfolioImage) {
        self.refresh();
        self.portfolio.watch();
        let markets = &self.markets;
        self.portfolio.write_image(image, |id| markets[id.index()].value_px());
        image.at_ns = now;
        image.day_open = saturated(self.day_open);
        image.orders = self.approved_count;
        image.denied = self.denied_count;
        image.trading_state = self.state;
    }

    /// Writes what risk alone knows: trading state, day, counts, accounts, working orders, order table. Portfolio and
    /// markets have digests of their own. Allocates: not for the hot path.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[self.state as u8]);
        hasher.update(&self.day.unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(&self.day_open.to_le_bytes());
        hasher.update(&self.approved_count.to_le_bytes());
        hasher.update(&self.denied_count.to_le_bytes());
        for account in self.accounts.iter() {
            hasher.update(&account.counter.to_le_bytes());
            account.bucket.digest(hasher);
        }
        self.exposure.digest(hasher);
        self.orders.digest(hasher);
    }

    /// What it judges.
    #[must_use]
    pub(super) fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// How far it has read.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Whether orders pass.
    #[must_use]
    pub fn trading_state(&self) -> TradingState {
        self.state
    }

    /// The limits it judges by.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Positions and money.
    #[must_use]
    pub fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Markets, in the order of the instruments.
    #[must_use]
    pub fn markets(&self) -> &[MarketState] {
        &self.markets
    }

    /// What working orders could still do.
    #[must_use]
    pub fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    /// Orders that passed, and wishes that did not.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.approved_count, self.denied_count)
    }

    /// Loss since the day's start in 1e-8 dollars; negative is a gain.
    #[must_use]
    pub fn day_loss(&self) -> i128 {
        self.day_open - self.portfolio.equity()
    }

    /// The id that the next order of a strategy must have.
    #[must_use]
    pub fn next_id(&self, strategy: StrategyId) -> ClientOrderId {
        let counter = self.accounts[usize::from(strategy.0)].counter.saturating_add(1);
        ClientOrderId::new(strategy.0, self.terms.epoch, counter)
    }

    /// Marks an instrument's dollars as old.
    fn outdate(&mut self, id: InstrumentId) {
        self.is_unwatched = true;
        let flag = &mut self.is_stale[id.index()];
        if !*flag {
            *flag = true;
            self.stale.push(id); // never grows: room for every instrument, each at most once
        }
    }

    /// Values anew what became old.
    #[inline]
    fn refresh(&mut self) {
        while let Some(id) = self.stale.pop() {
            self.is_stale[id.index()] = false;
            let px = self.markets[id.index()].known_px();
            self.portfolio.value_at(id, px);
            let (qty, scale) = (self.portfolio.qty(id), self.portfolio.scale(id));
            self.exposure.value_at(id, qty, scale, px);
        }
    }

    /// A new day (UTC) opens with the equity at the first look at it; a time before it does not open the old one again.
    /// Whether one did.
    fn turn_day(&mut self, now: Nanos) -> bool {
        const DAY: u64 = 86_400 * Nanos::SECOND;
        let today = now.0 / DAY;
        let turns = self.day.is_none_or(|day| today > day);
        if turns {
            self.day = Some(today);
            self.day_open = self.portfolio.equity();
        }
        turns
    }

    /// Equity in dollars, as last valued.
    #[must_use]
    pub fn equity(&self) -> Quote {
        saturated(self.portfolio.equity())
    }
}
