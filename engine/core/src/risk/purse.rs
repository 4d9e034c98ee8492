//! What each strategy has made by itself, held against losses of its own: whoever loses too much is reduced or halted, the
//! others go on.
//!
//! Owns a [`Purse`] for each strategy: its share of every position, and equity as if the account were its alone. What risk
//! closes is taken from those who hold it. Kept by adding and subtracting; where one strategy alone trades an instrument, its
//! share is what the portfolio has counted already. Looked at every ten seconds, when marks are written down.
//!
//! Never: decides for the account as a whole.

use crate::portfolio::{Ledger, dollars, saturated};
use crate::risk::check::loss;
use crate::risk::desk::Adopted;
use crate::risk::every::{Case, Verdicts};
use crate::risk::ladder::{Ladder, Steps};
use crate::risk::trader::Trader;
use crate::risk::{Cause, DecisionKind, Losses, Risk};
use crate::tape::carry;
use engine_model::closeout::{Closeout, shares};
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::limit::TradingState;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};

/// One strategy's part of an instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    ledger: Ledger,
    /// As last valued, 1e-8 dollars.
    profit: i128,
}

carry!(Share { ledger, profit });

/// One strategy's money.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    pub(super) ladder: Ladder,
    /// The account's at the start of the run, with what this strategy made since; 1e-8 dollars.
    pub(super) equity: i128,
    /// By instrument.
    shares: Box<[Share]>,
    /// Day, loss and fall as they were told last.
    told: (u64, i128, i128),
    /// They are others by now, and to be told.
    is_untold: bool,
}

carry!(Purse { ladder, equity, shares, told, is_untold });

impl Purse {
    pub(super) fn new(equity: Quote, before: Option<Losses>, instruments: usize) -> Self {
        let equity = i128::from(equity.0);
        let shares = vec![Share::default(); instruments].into_boxed_slice();
        Self { ladder: Ladder::new(equity, before), equity, shares, told: (0, 0, 0), is_untold: false }
    }

    /// Whether none of its steps is reached.
    #[inline]
    pub(super) fn is_calm(&self) -> bool {
        self.ladder.is_calm(self.equity)
    }

    #[inline]
    fn value(&mut self, id: InstrumentId, profit: i128) {
        let then = std::mem::replace(&mut self.shares[id.index()].profit, profit);
        self.equity += profit - then;
    }

    /// Its share of an instrument.
    pub(super) fn share(&self, id: InstrumentId) -> &Ledger {
        &self.shares[id.index()].ledger
    }

    fn ledger(&mut self, id: InstrumentId) -> &mut Ledger {
        &mut self.shares[id.index()].ledger
    }

    /// Loss of the day, fall from the peak and loss within five minutes, each with what it is a part of.
    pub(super) fn used(&self) -> [(i128, i128); 3] {
        let Ladder { day_open, peak, high, .. } = self.ladder;
        let (lost, fall) = self.ladder.lost(self.equity);
        [(lost, day_open), (fall, peak), (high - self.equity, day_open)]
    }

    /// Nothing lost is nothing to tell, whatever the day.
    fn to_tell(&self) -> (u64, i128, i128) {
        let (loss, fall) = self.ladder.lost(self.equity);
        if (loss, fall) == (0, 0) { (0, 0, 0) } else { (self.ladder.day(), loss, fall) }
    }

    /// Its own position in lots.
    pub(super) fn qty(&self, id: InstrumentId) -> i64 {
        self.shares[id.index()].ledger.qty
    }
}

/// Who has ever held what, and what is to be done about losses.
#[derive(Clone, Debug)]
pub(super) struct Holders {
    /// Places of traders, by instrument, in the order in which they came.
    pub(super) of: Box<[Vec<u16>]>,
    /// Somebody's step may be reached.
    is_alarmed: bool,
    /// Traders whose losses are to be told.
    untold: usize,
}

carry!(Holders { of, is_alarmed, untold });

impl Holders {
    pub(super) fn new(instruments: usize, traders: usize) -> Self {
        let of = (0..instruments).map(|_| Vec::with_capacity(traders)).collect();
        Self { of, is_alarmed: false, untold: 0 }
    }

    #[inline]
    pub(super) fn is_alarmed(&self) -> bool {
        self.is_alarmed
    }

    #[inline]
    pub(super) fn is_untold(&self) -> bool {
        self.untold > 0
    }
}

impl Trader {
    /// Other steps: the state or what is counted from a peak changed.
    pub(super) fn step(&mut self) {
        self.purse.ladder.set_floor(&Steps::of_strategy(&self.limits[0], self.state));
    }

    /// Whoever lets it trade again has seen its fall.
    pub(super) fn forgive_fall(&mut self) {
        self.purse.ladder.resume(self.purse.equity);
        self.step();
    }

    fn look(&mut self, now: Nanos) {
        let steps = Steps::of_strategy(&self.limits[0], self.state);
        self.purse.ladder.look(self.purse.equity, now, &steps);
    }
}

impl Risk {
    /// Books an execution with whom it is of. What risk closes as the operator is of those who hold it.
    pub(super) fn book_share(&mut self, report: &Report, px: Ticks, qty: Lots, fee: Quote) {
        let (id, side) = (report.instrument, report.side);
        let (mut left, mut fee_left) = (qty.0, fee.0);
        if report.strategy == StrategyId(0) {
            // Of those first whose stop it was.
            let all = 0..self.holders.of[id.index()].len();
            for (is_stopped, n) in [true, false].into_iter().flat_map(|first| all.clone().map(move |n| (first, n))) {
                let place = usize::from(self.holders.of[id.index()][n]);
                if self.stops.closes_of(id, place) != is_stopped {
                    continue;
                }
                let held = self.traders[place].purse.qty(id);
                let part = if held.signum() == -side.sign() { left.min(held.saturating_abs()) } else { 0 };
                if part > 0 {
                    let its = i128::from(fee.0) * i128::from(part) / i128::from(qty.0);
                    let its = if part == left { fee_left } else { saturated(its).0 };
                    self.book_part(place, report, px, Lots(part), Quote(its));
                    (left, fee_left) = (left - part, fee_left - its);
                }
            }
        }
        if left > 0 {
            self.book_part(self.place(report.strategy), report, px, Lots(left), Quote(fee_left));
        }
    }

    /// Books an execution that the venue placed with those who held what it closed, each by what he held, as strategies and
    /// books do; what nobody held is the operator's.
    #[cold]
    pub(super) fn close_share(&mut self, report: &Report, closeout: &Closeout) {
        let (id, by) = (report.instrument, report.side.sign() * closeout.qty.0);
        let mut parts = [0; 1 << u8::BITS];
        let counts = |place: u8| closeout.cause.counts(StrategyId(place), report.strategy);
        let held = (1..=u8::MAX).zip(self.traders.iter().skip(1));
        let held = held.map(|(place, trader)| if counts(place) { trader.purse.qty(id) } else { 0 });
        let rest = shares(by, held, |n, part| parts[n + 1] = part);
        parts[0] = rest;
        let (mut so_far, mut told) = (0, 0);
        for place in (1..self.traders.len()).chain([0]).filter(|place| parts[*place] != 0) {
            let lots = parts[place].abs();
            so_far += i128::from(lots);
            let due = saturated(i128::from(closeout.fee.0) * so_far / i128::from(closeout.qty.0)).0;
            self.book_part(place, report, closeout.px, Lots(lots), Quote(due - told));
            told = due;
        }
    }

    fn book_part(&mut self, place: usize, report: &Report, px: Ticks, qty: Lots, fee: Quote) {
        let id = report.instrument;
        self.holds(place, id);
        let scale = self.portfolio.scale(id);
        self.traders[place].purse.ledger(id).book(scale, report.side, px, qty, fee);
        self.set_stop(place, id, px, report.received_at_ns);
    }

    /// What the account held before the run is whose it was adopted as, and has a stop from now on as all that he holds.
    pub(super) fn open_share(&mut self, id: InstrumentId, px: Ticks, adopted: &Adopted) {
        let place = self.place(adopted.strategy);
        self.holds(place, id);
        let scale = self.portfolio.scale(id);
        self.traders[place].purse.ledger(id).open(scale, px, &adopted.opening);
        self.set_stop(place, id, px, adopted.at);
    }

    /// What an earlier run left of an instrument is whose it was.
    pub(super) fn inherit_share(&mut self, place: usize, id: InstrumentId, ledger: &Ledger) {
        self.holds(place, id);
        *self.traders[place].purse.ledger(id) = *ledger;
    }

    fn holds(&mut self, place: usize, id: InstrumentId) {
        let holders = &mut self.holders.of[id.index()];
        if !holders.contains(&(place as u16)) {
            holders.push(place as u16); // never grows: room for every trader, each once
        }
    }

    /// Books money that moved without an execution: a fee with whose order it was, funding with those who hold what pays,
    /// interest with nobody. `foreign`: 1e-8 dollars that a fee in another asset took.
    pub(super) fn pay_share(&mut self, report: &Report, payment: &Payment, foreign: i128) {
        let (id, amount) = (report.instrument, i128::from(payment.amount.0));
        let place = self.place(report.strategy);
        match payment.kind {
            _ if !self.portfolio.settles_in(id, payment.asset) => self.traders[place].purse.equity -= foreign,
            PaymentKind::Fee => {
                self.holds(place, id);
                self.traders[place].purse.ledger(id).fees -= amount;
            }
            PaymentKind::Interest | PaymentKind::Insurance => {
                self.holds(0, id);
                self.traders[0].purse.ledger(id).payments += amount;
            }
            PaymentKind::Funding => self.share_funding(id, amount),
        }
    }

    /// Shares funding out among those who hold the side that the account is on, by what each holds; of no position it is the
    /// operator's. By the net alone a late payment would be multiplied: after it was due the net may be a lot, or none.
    fn share_funding(&mut self, id: InstrumentId, amount: i128) {
        let net = self.portfolio.qty(id);
        let of = |qty: i64| if qty.signum() == net.signum() { i128::from(qty).abs() } else { 0 };
        let holders = self.holders.of[id.index()].iter().map(|place| usize::from(*place));
        let whole: i128 = holders.clone().map(|place| of(self.traders[place].purse.qty(id))).sum();
        if whole == 0 {
            self.holds(0, id);
            self.traders[0].purse.ledger(id).payments += amount;
            return;
        }
        let (mut so_far, mut told) = (0, 0);
        for place in holders {
            let purse = &mut self.traders[place].purse;
            so_far += of(purse.qty(id));
            let due = amount * so_far / whole;
            purse.ledger(id).payments += due - told;
            told = due;
        }
    }

    /// Values every share of an instrument at `px`, behind the portfolio.
    #[inline]
    pub(super) fn value_shares(&mut self, id: InstrumentId, px: Option<Ticks>) {
        match *self.holders.of[id.index()].as_slice() {
            [] => {}
            [place] => {
                let purse = &mut self.traders[usize::from(place)].purse;
                purse.value(id, self.portfolio.value(id).profit());
                // Nobody looks at the steps of number 0, so it is never calm, and need not be.
                self.holders.is_alarmed |= place != 0 && !purse.is_calm();
            }
            _ => self.value_each(id, px),
        }
    }

    #[inline(never)]
    fn value_each(&mut self, id: InstrumentId, px: Option<Ticks>) {
        let scale = self.portfolio.scale(id);
        for place in &self.holders.of[id.index()] {
            let purse = &mut self.traders[usize::from(*place)].purse;
            let profit = dollars(scale, purse.ledger(id), px).profit();
            purse.value(id, profit);
            self.holders.is_alarmed |= *place != 0 && !purse.is_calm();
        }
    }

    /// Every ten seconds.
    #[cold]
    pub(super) fn look_at_strategies(&mut self, now: Nanos) {
        for trader in self.traders.iter_mut().skip(1) {
            trader.look(now);
        }
        self.alarm();
    }

    /// Somebody's step may be reached: looked for at the next review.
    pub(super) fn alarm(&mut self) {
        self.holders.is_alarmed = true;
    }

    /// The first strategy that lost more than its state allows, and what it must be. One that the whole already is in is told
    /// when the whole is not.
    pub(super) fn losing_strategy(&mut self) -> Option<(StrategyId, TradingState, Cause)> {
        let found = (0u8..).zip(&self.traders).skip(1).find_map(|(number, trader)| {
            let (state, cause) = trader.due().filter(|(state, _)| *state > trader.state.max(self.state))?;
            Some((StrategyId(number), state, cause))
        });
        self.holders.is_alarmed = found.is_some();
        found
    }

    /// With the account's losses those of strategies are to be told, where they are not as they were told last. Settled here,
    /// at a moment that is written down.
    pub(super) fn tell_strategies(&mut self) {
        // Number 0 is the account itself, which has told its own losses: not those of what nobody's strategy holds.
        for trader in self.traders.iter_mut().skip(1) {
            let purse = &mut trader.purse;
            let is_new = purse.told != purse.to_tell() && !purse.is_untold;
            purse.is_untold |= is_new;
            self.holders.untold += usize::from(is_new);
        }
    }

    /// The next strategy whose losses are to be told.
    pub(super) fn tell_strategy(&mut self) -> Option<(StrategyId, DecisionKind)> {
        if self.holders.untold == 0 {
            return None;
        }
        let (number, trader) = (0u8..).zip(&mut self.traders).find(|(_, trader)| trader.purse.is_untold)?;
        let purse = &mut trader.purse;
        self.holders.untold -= 1;
        (purse.is_untold, purse.told) = (false, purse.to_tell());
        let (equity, (_, loss, fall)) = (saturated(purse.equity), purse.told);
        Some((StrategyId(number), DecisionKind::Marked { equity, loss: saturated(loss), fall: saturated(fall) }))
    }

    /// The strategy's own losses. Risk itself has none.
    pub(super) fn check_own_loss(&self, case: &Case<'_>, reduces: bool, found: &mut Verdicts) {
        if case.place == 0 {
            return;
        }
        let Trader { purse, limits: [limits, _], .. } = &self.traders[case.place];
        let [lost, fall, speed] = purse.used();
        found.note(loss::strategy_halt(limits, lost));
        found.note(loss::strategy_drawdown(limits, fall));
        if !reduces {
            found.note(loss::strategy_loss(limits, lost));
            found.note(loss::strategy_speed(limits, speed));
        }
    }
}

impl Trader {
    /// What its losses ask for, and why.
    fn due(&self) -> Option<(TradingState, Cause)> {
        let (limits, [lost, fall, speed]) = (&self.limits[0], self.purse.used());
        let steps = [
            (loss::strategy_halt(limits, lost).is_err(), TradingState::Halted, Cause::CircuitBreaker),
            (loss::strategy_drawdown(limits, fall).is_err(), TradingState::Halted, Cause::Drawdown),
            (loss::strategy_loss(limits, lost).is_err(), TradingState::Reducing, Cause::DailyLoss),
            (loss::strategy_speed(limits, speed).is_err(), TradingState::Reducing, Cause::LossSpeed),
        ];
        steps.into_iter().find_map(|(is_reached, state, cause)| is_reached.then_some((state, cause)))
    }
}
