//! Backtests over recorded ticks: what a run through every stage came to.
//!
//! Owns: the [`Watch`], a stage behind all others that folds what they publish into the books, a curve of equity at even
//! times, round trips ([`rounds`]), and what risk refused ([`refused`]).
//! Its prices and equity are floats, read from exact books: for measures and drawings.
//! Never: a word in what is traded, but one: while it warms up, nothing is. What strategies, risk, execution and venues do is
//! what they do live.
//!
//! It reads lossy taps, as a bridge does. On the crank's own thread nothing laps it; were it lapped all the same,
//! [`Outcome::missed`] says so and the run is worth nothing.

pub mod refused;
pub mod rounds;
pub mod waiting;

#[cfg(test)]
mod tests;

use engine_core::journal::record::Judgement;
use engine_core::portfolio::books::{ATOMS_PER_E8, Books, BooksFault, Terms as BookTerms};
use engine_core::portfolio::costs::Costs;
use engine_core::risk::decision::Decision;
use engine_core::strategy::board::Board;
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::Instruments;
use engine_model::limit::{Scope, TradingState};
use engine_model::market::{MarketChange, MarketEvent};
use engine_model::order::OrderEvent;
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Nanos, Quote};
use engine_ring::ring::{Tap, Tapped, Writer};
use engine_ring::stage::{Poll, Stage};
use refused::Refused;
use rounds::{Round, Rounds};
use std::sync::Arc;
use waiting::Waiting;

/// Orders whose costs are told one by one; the others are in all sums.
const ORDERS_KEPT: usize = 1_000;
/// A silence of more than so many samples is told as one: between two recordings there may be a year.
const SILENCE_MAX: u64 = 1_000;
/// Samples at most: eleven days of seconds.
pub const SAMPLES_MAX: usize = 1_000_000;

/// What it reads, and the one thing that it may say.
pub struct Ends {
    /// A tap of each venue's `market` ring.
    pub market: Vec<Tap<MarketEvent>>,
    /// Of `order`.
    pub order: Tap<Decision>,
    /// Of `report`.
    pub report: Tap<Report>,
    /// Holds trading while it warms up.
    pub command: Writer<Command>,
    /// Whether a strategy gave up.
    pub board: Arc<Board>,
}

/// On which terms a run is watched.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The account at the start, in dollars.
    pub equity_start: Quote,
    /// Between two samples of equity, in ns; at least 1.
    pub every_ns: u64,
    /// So long strategies hear the market and no order of theirs passes, in ns; 0: not at all.
    pub warm_up_ns: u64,
}

/// What a run came to. Columns have one length: a row a sample, from the end of the warm-up on.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// When, in ms since the epoch.
    pub time_ms: Vec<i64>,
    /// The account's value in dollars.
    pub equity: Vec<f64>,
    /// Of each instrument the middle of its book, `NaN` before there was one.
    pub middles: Vec<Vec<f64>>,
    /// Samples with a position in anything.
    pub held: usize,
    /// Positions that were opened and left.
    pub rounds: Vec<Round>,
    /// Those that are open at the end.
    pub open: Vec<Round>,
    /// What the profit is made of.
    pub books: Books,
    /// What executions have cost.
    pub costs: Costs,
    /// What risk refused, and what it halted.
    pub refused: Refused,
    /// Executions of ours that rested.
    pub made: u64,
    /// Executions of ours that crossed the spread.
    pub taken: u64,
    /// Events that ran past the watch: with any, nothing here is whole.
    pub missed: u64,
    /// Whether there were more samples to take than [`SAMPLES_MAX`]: then the curve ends too early.
    pub is_cut: bool,
    /// When the first and the last event of a market came.
    pub span: Option<(Nanos, Nanos)>,
    /// Why a strategy gave up, if one did: from there on nobody traded, so no figure here is that of a strategy.
    pub fault: Option<String>,
}

/// See the module.
pub struct Watch {
    ends: Ends,
    terms: Terms,
    rounds: Rounds,
    /// Of each instrument, now.
    middles: Vec<f64>,
    ticks: Vec<f64>,
    /// When the next sample is due.
    due: Option<Nanos>,
    /// Whether the last sample had a position.
    was_held: bool,
    /// Who waits for a price, where somebody asks.
    waiting: Option<Waiting>,
    out: Outcome,
}

impl Watch {
    /// Of a run that has not begun.
    ///
    /// # Errors
    /// If an instrument's amounts do not fit the books.
    pub fn new(ends: Ends, instruments: Arc<Instruments>, terms: Terms) -> Result<Self, BooksFault> {
        assert!(terms.every_ns > 0, "samples at even times");
        let count = instruments.len();
        let book_terms = BookTerms { equity_start: terms.equity_start, ..BookTerms::default() };
        let out = Outcome {
            time_ms: Vec::new(),
            equity: Vec::new(),
            middles: vec![Vec::new(); count],
            held: 0,
            rounds: Vec::new(),
            open: Vec::new(),
            books: Books::new(Arc::clone(&instruments), book_terms)?,
            costs: Costs::new(Arc::clone(&instruments), ORDERS_KEPT)?,
            refused: Refused::default(),
            made: 0,
            taken: 0,
            missed: 0,
            is_cut: false,
            span: None,
            fault: None,
        };
        let ticks = instruments.iter().map(|instrument| instrument.grid.tick_size()).collect();
        let rounds = Rounds::new(instruments);
        Ok(Self {
            ends,
            terms,
            rounds,
            middles: vec![f64::NAN; count],
            ticks,
            due: None,
            was_held: false,
            waiting: None,
            out,
        })
    }

    /// The same, and tells who waits for a price.
    #[must_use]
    pub fn with_waiting(self, waiting: Waiting) -> Self {
        Self { waiting: Some(waiting), ..self }
    }

    /// What it came to, when the run is over.
    #[must_use]
    pub fn into_outcome(mut self) -> Outcome {
        if let Some((_, last)) = self.out.span.filter(|_| self.due.is_some()) {
            self.sample_until(last);
            self.sample_end(last);
        }
        self.out.costs.finish();
        self.out.fault = self.ends.board.rows.iter().find_map(|row| row.fault()).map(str::to_owned);
        self.out.open = self.rounds.open(&self.out.books);
        self.out
    }

    fn take_market(&mut self) -> usize {
        let mut taken = 0;
        for venue in 0..self.ends.market.len() {
            loop {
                match self.ends.market[venue].next() {
                    Tapped::Event(_, event) => self.on_market(&event),
                    Tapped::Lapped { missed } => self.out.missed += missed,
                    Tapped::Empty => break,
                }
                taken += 1;
            }
        }
        taken
    }

    fn take_orders(&mut self) -> usize {
        let mut taken = 0;
        loop {
            match self.ends.order.next() {
                Tapped::Event(_, decision) => self.on_decision(&Judgement::from(&decision)),
                Tapped::Lapped { missed } => self.out.missed += missed,
                Tapped::Empty => return taken,
            }
            taken += 1;
        }
    }

    fn on_decision(&mut self, judgement: &Judgement) {
        self.out.costs.on_decision(judgement);
        self.out.refused.on_decision(judgement);
        self.waiting.iter_mut().for_each(|waiting| waiting.on_decision(judgement));
    }

    fn take_reports(&mut self) -> usize {
        let mut taken = 0;
        loop {
            match self.ends.report.next() {
                Tapped::Event(_, report) => self.on_report(&report),
                Tapped::Lapped { missed } => self.out.missed += missed,
                Tapped::Empty => return taken,
            }
            taken += 1;
        }
    }

    fn on_market(&mut self, event: &MarketEvent) {
        let at = event.at.received_at_ns;
        self.pass(at);
        if let MarketChange::Top { bid, ask, .. } = event.change
            && bid.qty.0 > 0
            && ask.qty.0 > 0
        {
            let id = event.at.instrument.index();
            self.middles[id] = (bid.px.0 as f64 + ask.px.0 as f64) * 0.5 * self.ticks[id];
        }
        self.waiting.iter_mut().for_each(|waiting| waiting.on_market(event));
        self.out.books.on_market(event);
        self.out.costs.on_market(event);
    }

    fn on_report(&mut self, report: &Report) {
        self.sample_until(report.received_at_ns);
        self.waiting.iter_mut().for_each(|waiting| waiting.on_report(report));
        if let OrderEvent::Filled { liquidity, .. } = report.event {
            match liquidity {
                Liquidity::Maker => self.out.made += 1,
                Liquidity::Taker => self.out.taken += 1,
            }
        }
        let sample = self.out.equity.len().saturating_sub(1);
        self.rounds.on_report(report, &mut self.out.books, sample, &mut self.out.rounds);
        self.out.costs.on_report(report);
    }

    /// Time comes to `at`: the run is warm, or a sample is due. Even times count from the first event, warm or not.
    fn pass(&mut self, at: Nanos) {
        let (begun, _) = *self.out.span.get_or_insert((at, at));
        self.out.span = Some((begun, at));
        if self.due.is_none() && at.since(begun) >= self.terms.warm_up_ns {
            let passed = at.since(begun).div_ceil(self.terms.every_ns);
            self.due = Some(begun.plus(passed * self.terms.every_ns));
            if self.terms.warm_up_ns > 0 {
                self.command(at, TradingState::Active);
            }
        }
        self.sample_until(at);
    }

    /// The `command` ring holds many more than the two that a run needs, and nobody else writes to it.
    fn command(&mut self, at: Nanos, state: TradingState) {
        let what = CommandKind::SetTradingState { scope: Scope::Whole, state };
        let told = self.ends.command.try_publish(Command {
            id: u64::from(state == TradingState::Active),
            asked_at_ns: at,
            what,
        });
        assert!(told.is_ok(), "no room for a command in a run that nobody else commands");
    }

    /// Samples what was known before `at`, at each even time up to it.
    fn sample_until(&mut self, at: Nanos) {
        let Some(mut due) = self.due.filter(|due| *due <= at) else { return };
        let equity = dollars(self.out.books.equity());
        let is_held = self.rounds.is_holding();
        if at.since(due) / self.terms.every_ns > SILENCE_MAX {
            self.sample(due, equity, is_held);
            due = at;
        }
        while due <= at && self.out.equity.len() < SAMPLES_MAX {
            self.sample(due, equity, is_held);
            due = Nanos(due.0 + self.terms.every_ns);
        }
        self.out.is_cut |= due <= at;
        self.due = Some(due);
    }

    /// The last row is how it ended: in place of one of the same time, which only knew what came before.
    fn sample_end(&mut self, at: Nanos) {
        if self.out.time_ms.last() == Some(&((at.0 / 1_000_000) as i64)) {
            self.out.time_ms.pop();
            self.out.equity.pop();
            self.out.held -= usize::from(self.was_held);
            self.out.middles.iter_mut().for_each(|column| _ = column.pop());
        }
        let equity = dollars(self.out.books.equity());
        self.sample(at, equity, self.rounds.is_holding());
    }

    fn sample(&mut self, at: Nanos, equity: f64, is_held: bool) {
        self.out.time_ms.push((at.0 / 1_000_000) as i64);
        self.out.equity.push(equity);
        self.out.held += usize::from(is_held);
        self.was_held = is_held;
        self.out.middles.iter_mut().zip(&self.middles).for_each(|(column, middle)| column.push(*middle));
    }
}

/// To 1e-8, so that what is a number of cents is told as one.
fn dollars(atoms: i128) -> f64 {
    (atoms / ATOMS_PER_E8) as f64 / 1e8
}

impl Stage for Watch {
    fn name(&self) -> &str {
        "watch"
    }

    /// Nothing trades before it is warm: not even at the first event.
    fn start(&mut self) {
        if self.terms.warm_up_ns > 0 {
            self.command(Nanos(0), TradingState::Halted);
        }
    }

    /// Markets before reports: what a market caused is reported behind it.
    fn poll(&mut self) -> Poll {
        Poll::from_count(self.take_market() + self.take_orders() + self.take_reports())
    }
}
