//! The books: who earned what, by which lots, and what it was made of. The slow half of the portfolio.
//!
//! | kept by | what | read by |
//! |---|---|---|
//! | `Portfolio`, on risk's thread | net quantity, average cost, equity: a few integers an event | every check of an order |
//! | [`Books`], wherever somebody asks | lots, strategies' shares, hedged sides, parts of the profit | people |
//!
//! Both are folds of the same events (reports, and what markets tell), so the books can be made from a running engine's
//! taps as well as from a journal, and never cost the engine anything.
//!
//! **Owns** a [`Row`] for each share of a position, an [`Account`] of each instrument as the venue sees it, and the curve of
//! equity. What the parts of a profit are, and the one rule of rounding, is told in [`Part`] and [`Purse`].
//!
//! **Never** decides anything, reads a clock, or guesses: what does not fit or is of nobody is counted and left out
//! ([`Books::skipped`]), and an asset without a price is named ([`Books::unpriced`]).

mod atoms;
mod legacy;
mod lots;
mod margin;
mod opening;
#[cfg(test)]
mod oracle;
mod parts;
mod report;
mod row;
#[cfg(test)]
mod tests;

pub use atoms::{ATOMS_PER_E8, Atoms};
pub use lots::{Lot, LotMethod, Lots};
pub use margin::Margin;
pub use parts::{Part, Parts, Purse, Rate};
pub use report::{Group, Held, rounded};
pub use row::{Owner, Row, Worths};

use self::opening::{Openings, Waiting};
use crate::market_state::MarketState;
use crate::portfolio::{Worth, worths};
use engine_model::closeout::{Closeout, shares};
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::market::{MarketEvent, Side};
use engine_model::order::OrderEvent;
use engine_model::payment::{AssetId, Payment, PaymentKind};
use engine_model::position::{PositionMode, PositionSide, PositionSideFault};
use engine_model::report::Report;
use engine_model::units::{Lots as Quantity, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use std::fmt;
use std::sync::Arc;

/// Amounts beyond it are not booked: 2^27 of them still sum within 128 bits. A trillion dollars.
const AMOUNT_MAX: i128 = 1 << 100;

/// How the books are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Which lot is closed first.
    pub method: LotMethod,
    /// How the accounts keep positions.
    pub mode: PositionMode,
    /// Dollars at the start.
    pub equity_start: Quote,
}

/// One execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Of what.
    pub instrument: InstrumentId,
    /// Whose, and of which position.
    pub owner: Owner,
    /// Bought or sold.
    pub side: Side,
    /// At.
    pub px: Ticks,
    /// How much.
    pub qty: Quantity,
    /// In 1e-8 of the settlement currency; negative is a rebate.
    pub fee: Quote,
    /// When.
    pub at_ns: Nanos,
}

/// Why something cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooksFault {
    /// The account has no such position.
    Side(PositionSideFault),
    /// A leg of a hedged position would be closed by more than there is.
    Turned {
        /// Which leg.
        side: PositionSide,
        /// What it has.
        qty: i64,
        /// What was executed, signed.
        by: i64,
    },
    /// An amount beyond a trillion, a quantity beyond 64 bits, or a price at which a contract is worth no number of coins.
    TooLarge(InstrumentId),
    /// Prices and quantities of the instrument are finer than an atom together, or its contract is larger than 128 bits.
    TooFine(InstrumentId),
}

impl fmt::Display for BooksFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Side(fault) => fault.fmt(f),
            Self::Turned { side, qty, by } => {
                write!(f, "HEDGED_SIDE_TURNED: {by} lots on a {} position of {qty} would turn it round", side.name())
            }
            Self::TooLarge(id) => write!(f, "instrument {}: an amount that does not fit 128 bits", id.0),
            Self::TooFine(id) => write!(f, "instrument {}: finer than 18 decimals, or larger than 128 bits", id.0),
        }
    }
}

impl std::error::Error for BooksFault {}

/// What is held of an instrument on one side, and what closing has earned.
#[derive(Clone, Debug)]
struct Position {
    /// By the method of the terms, as people ask for it.
    lots: Lots,
    /// By average cost, as venues settle.
    settled: Lots,
}

/// One instrument's account, as the venue sees it: no strategies, no parts.
#[derive(Clone, Debug)]
pub struct Account {
    /// Lots of each position side that has traded.
    sides: Vec<(PositionSide, Position)>,
    /// Fees, payments: asset, and received less paid in atoms.
    flows: Vec<(AssetId, i128)>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Books {
    instruments: Arc<Instruments>,
    terms: Terms,
    atoms: Box<[Atoms]>,
    worths: Box<[Worth]>,
    settlements: Box<[AssetId]>,
    markets: Box<[MarketState]>,
    last_px: Box<[Option<Ticks>]>,
    openings: Openings,
    rows: Box<[Vec<Row>]>,
    accounts: Box<[Account]>,
    /// What all rows are worth, in atoms of a dollar.
    value: i128,
    curve: Curve,
    skipped: u64,
}

/// The curve of equity, in atoms of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// Highest so far.
    pub peak: i128,
    /// Deepest fall from a peak so far.
    pub drawdown_max: i128,
    /// Equity when the day (UTC) of the last event began, or the books did.
    pub day_open: i128,
    /// That day, from the epoch.
    day: Option<u64>,
}

impl Books {
    /// Flat in everything.
    ///
    /// # Errors
    /// [`BooksFault::TooFine`]: such an instrument's amounts would be cut.
    pub fn new(instruments: Arc<Instruments>, terms: Terms) -> Result<Self, BooksFault> {
        let count = instruments.len();
        let atoms = instruments.iter().map(|i| Atoms::new(i).ok_or(BooksFault::TooFine(i.id)));
        let atoms = atoms.collect::<Result<Box<[Atoms]>, BooksFault>>()?;
        let start = i128::from(terms.equity_start.0) * ATOMS_PER_E8;
        Ok(Self {
            worths: worths(&instruments),
            settlements: instruments.iter().map(|i| instruments.asset(i.settlement()).unwrap_or_default()).collect(),
            markets: vec![MarketState::default(); count].into_boxed_slice(),
            last_px: vec![None; count].into_boxed_slice(),
            openings: Openings::new(count),
            rows: vec![Vec::new(); count].into_boxed_slice(),
            accounts: vec![Account { sides: Vec::new(), flows: Vec::new() }; count].into_boxed_slice(),
            value: 0,
            curve: Curve { peak: start, drawdown_max: 0, day_open: start, day: None },
            skipped: 0,
            atoms,
            instruments,
            terms,
        })
    }

    /// The run began with `equity`: for who learns it only later. The curve moves along.
    pub fn start_from(&mut self, equity: Quote) {
        let by = (i128::from(equity.0) - i128::from(self.terms.equity_start.0)) * ATOMS_PER_E8;
        self.terms.equity_start = equity;
        self.curve.peak += by;
        self.curve.day_open += by;
    }

    /// Takes in what a market tells.
    pub fn on_market(&mut self, event: &MarketEvent) {
        let id = event.at.instrument;
        let market = &mut self.markets[id.index()];
        let told =
            |market: &MarketState| (market.known_px(), market.index, market.mid_doubled(), market.bid, market.ask);
        let then = told(market);
        market.apply(event);
        if then == told(market) {
            return;
        }
        self.turn_day(event.at.received_at_ns);
        let px = self.markets[id.index()].known_px();
        if let Some(waiting) = px.and_then(|px| self.openings.first_price(id, px)) {
            self.skipped += u64::from(self.open(&waiting).is_err());
        }
        if !self.rows[id.index()].is_empty() {
            self.move_rows(id);
        }
        if then.0 != self.markets[id.index()].known_px() {
            self.price_assets(id);
        }
        self.watch();
    }

    /// Takes in a report: what executed, what the venue closed, and what was paid. What cannot be booked is counted.
    pub fn on_report(&mut self, report: &Report) {
        let owner = Owner { strategy: report.strategy, ..Owner::default() };
        let booked = match report.event {
            OrderEvent::Filled { last_px, last_qty, fee, .. } => self.fill(&Fill {
                instrument: report.instrument,
                owner,
                side: report.side,
                px: last_px,
                qty: last_qty,
                fee,
                at_ns: report.received_at_ns,
            }),
            OrderEvent::Opened(opening) => {
                let (instrument, at_ns) = (report.instrument, report.received_at_ns);
                match self.openings.told(Waiting { instrument, owner, opening, at_ns }) {
                    Some(held) => self.open(&held),
                    None => Ok(()),
                }
            }
            OrderEvent::ClosedOut(closeout) => self.close_out(report, &closeout),
            OrderEvent::Paid(payment) => self.pay(report.instrument, owner.strategy, &payment, report.received_at_ns),
            _ => return,
        };
        self.skipped += u64::from(booked.is_err());
    }

    /// Books one execution.
    ///
    /// # Errors
    /// Names what does not fit; then nothing was booked.
    pub fn fill(&mut self, fill: &Fill) -> Result<(), BooksFault> {
        let (id, index) = (fill.instrument, fill.instrument.index());
        self.terms.mode.admit(fill.owner.side).map_err(BooksFault::Side)?;
        self.turn_day(fill.at_ns);
        let too_large = BooksFault::TooLarge(id);
        let cash =
            self.atoms[index].cash(fill.side, fill.px, fill.qty).filter(|cash| is_bookable(*cash)).ok_or(too_large)?;
        let fee = i128::from(fill.fee.0) * ATOMS_PER_E8;
        let qty = fill.side.sign().checked_mul(fill.qty.0).filter(|qty| *qty != 0).ok_or(too_large)?;
        self.doubt(fill, qty)?;
        self.last_px[index] = Some(fill.px);
        if self.markets[index].known_px().is_none() {
            self.move_rows(id); // nobody tells a price: all are worth what was last paid
        }
        let at = self.worths_of(id).ok_or(too_large)?;
        let place = self.place(id, fill.owner, at);
        let account = self.accounts[index].side(fill.owner.side, self.terms.method);
        let row = &self.rows[index][place];
        let then = row.value();
        let rate = rate(&self.worths, &self.atoms, &self.markets, self.settlements[index]);
        let row = &mut self.rows[index][place];
        row.filled(qty, cash, fee, fill.at_ns, rate).ok_or(too_large)?;
        self.value += row.value() - then;
        let settlement = self.settlements[index];
        let account_of = &mut self.accounts[index];
        let position = &mut account_of.sides[account].1;
        position.lots.book(qty, cash, fill.at_ns);
        position.settled.book(qty, cash, fill.at_ns);
        account_of.flow(settlement, -fee);
        self.watch();
        Ok(())
    }

    /// The last two executions of a strategy in an instrument were one, told in two parts by somebody who looked at the books
    /// in between: it counts once.
    pub fn join_last(&mut self, id: InstrumentId, strategy: StrategyId) {
        let owner = Owner { strategy, ..Owner::default() };
        let rows = self.rows[id.index()].iter_mut().filter(|row| row.owner == owner);
        rows.for_each(Row::join_last);
        let sides = self.accounts[id.index()].sides.iter_mut().filter(|(side, _)| *side == owner.side);
        sides.for_each(|(_, position)| {
            position.lots.join_last();
            position.settled.join_last();
        });
    }

    /// Books an execution that the venue placed: of those that held what it closed, by what each held; of strategy 0 what
    /// nobody did. The fee is shared by quantity, the last one takes what is left of it.
    fn close_out(&mut self, report: &Report, closeout: &Closeout) -> Result<(), BooksFault> {
        let (id, by) = (report.instrument, report.side.sign() * closeout.qty.0);
        let counts = |of: StrategyId| of != StrategyId(0) && closeout.cause.counts(of, report.strategy);
        let held = self.rows[id.index()].iter().filter(|row| counts(row.owner.strategy));
        let mut held: Vec<(Owner, i64)> = held.map(|row| (row.owner, row.lots().qty())).collect();
        held.sort_unstable_by_key(|(owner, _)| *owner);
        let mut parts = Vec::with_capacity(held.len() + 1);
        let rest = shares(by, held.iter().map(|(_, qty)| *qty), |place, part| parts.push((held[place].0, part)));
        if rest != 0 {
            parts.push((Owner::default(), rest));
        }
        let (mut so_far, mut told) = (0, 0);
        for (owner, part) in parts {
            so_far += i128::from(part.abs());
            let due = i128::from(closeout.fee.0) * so_far / i128::from(closeout.qty.0);
            let fee = Quote((due - told) as i64);
            told = due;
            let (px, qty, at_ns) = (closeout.px, Quantity(part.abs()), report.received_at_ns);
            self.fill(&Fill { instrument: id, owner, side: report.side, px, qty, fee, at_ns })?;
        }
        Ok(())
    }

    /// Why the execution of `qty` lots cannot be booked, if it cannot.
    fn doubt(&self, fill: &Fill, qty: i64) -> Result<(), BooksFault> {
        let index = fill.instrument.index();
        let row = self.rows[index].iter().find(|row| row.owner == fill.owner);
        let (side, held) = (fill.owner.side, row.map_or(0, |row| row.lots().qty()));
        let after = i128::from(held) + i128::from(qty);
        let turns = match side {
            PositionSide::Net => false,
            PositionSide::Long => after < 0,
            PositionSide::Short => after > 0,
        };
        if turns {
            return Err(BooksFault::Turned { side, qty: held, by: qty });
        }
        let account = self.accounts[index].sides.iter().find(|(known, _)| *known == side);
        let fits = account.is_none_or(|(_, position)| position.lots.fits(qty) && position.settled.fits(qty));
        let priced = self.atoms[index].lot(fill.px).is_some();
        if fits && priced { Ok(()) } else { Err(BooksFault::TooLarge(fill.instrument)) }
    }

    /// Books money that moved without an execution. A fee is of the strategy whose order it was; funding is shared out
    /// among the strategies by what each holds; interest is of the account, which is strategy 0.
    ///
    /// # Errors
    /// Names what does not fit; then nothing was booked.
    pub fn pay(
        &mut self,
        id: InstrumentId,
        strategy: StrategyId,
        payment: &Payment,
        at_ns: Nanos,
    ) -> Result<(), BooksFault> {
        self.turn_day(at_ns);
        let index = id.index();
        let amount = i128::from(payment.amount.0) * ATOMS_PER_E8;
        let too_large = BooksFault::TooLarge(id);
        let at = self.worths_of(id).unwrap_or_default();
        let (part, shares) = match payment.kind {
            PaymentKind::Fee => (Part::Fee, vec![(self.place_of(id, strategy, at), amount)]),
            // What the fund took over was a loss that a fee made, or that nobody will ask for.
            PaymentKind::Insurance => (Part::Fee, vec![(self.place_of(id, StrategyId(0), at), amount)]),
            PaymentKind::Interest => (Part::Interest, vec![(self.place_of(id, StrategyId(0), at), amount)]),
            PaymentKind::Funding => (Part::Funding, self.shares(id, amount, at)),
        };
        for (place, amount) in shares {
            let rate = rate(&self.worths, &self.atoms, &self.markets, payment.asset);
            let row = &mut self.rows[index][place];
            let then = row.value();
            row.paid(part, payment.asset, amount, rate).ok_or(too_large)?;
            self.value += row.value() - then;
            self.accounts[index].flow(payment.asset, amount);
        }
        self.watch();
        Ok(())
    }

    /// Who holds what of the side that the account is on pays or gets that share of `amount`: the shares sum to it exactly.
    /// By the net alone a late payment would be multiplied, where strategies hold against each other.
    fn shares(&mut self, id: InstrumentId, amount: i128, at: Worths) -> Vec<(usize, i128)> {
        let rows = &self.rows[id.index()];
        let net: i128 = rows.iter().map(|row| i128::from(row.lots().qty())).sum();
        let of = |row: &Row| i128::from(row.lots().qty()).saturating_mul(net.signum()).max(0);
        let held: i128 = rows.iter().map(of).sum();
        if held == 0 {
            return vec![(self.place_of(id, StrategyId(0), at), amount)];
        }
        let (mut so_far, mut told) = (0, 0);
        let mut shares = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            so_far += of(row);
            // A product of two 64-bit numbers and 10^10: at most 2^97 by 2^63 only if somebody pays a trillion.
            let due = match amount.checked_mul(so_far) {
                Some(product) => product / held,
                None => amount / held * so_far,
            };
            let due = if place + 1 == rows.len() { amount } else { due };
            if due != told {
                shares.push((place, due - told));
            }
            told = due;
        }
        shares
    }

    fn place_of(&mut self, id: InstrumentId, strategy: StrategyId, at: Worths) -> usize {
        let of = self.rows[id.index()].iter().position(|row| row.owner.strategy == strategy);
        of.unwrap_or_else(|| self.place(id, Owner { strategy, ..Owner::default() }, at))
    }

    fn place(&mut self, id: InstrumentId, owner: Owner, at: Worths) -> usize {
        let index = id.index();
        let known = self.rows[index].iter().position(|row| row.owner == owner);
        known.unwrap_or_else(|| {
            self.rows[index].push(Row::new(owner, self.terms.method, self.settlements[index], at));
            self.rows[index].len() - 1
        })
    }

    fn move_rows(&mut self, id: InstrumentId) {
        let index = id.index();
        let Some(at) = self.worths_of(id) else {
            self.skipped += 1;
            return;
        };
        let rate = rate(&self.worths, &self.atoms, &self.markets, self.settlements[index]);
        for row in &mut self.rows[index] {
            let then = row.value();
            match row.moved(at, rate) {
                Some(()) => self.value += row.value() - then,
                None => self.skipped += 1,
            }
        }
    }

    /// The price of an instrument is what other assets' dollars are made by.
    fn price_assets(&mut self, id: InstrumentId) {
        for asset in (0..self.worths.len()).filter(|asset| self.worths[*asset] == Worth::By(id)) {
            let asset = AssetId(asset as u16);
            let rate = rate(&self.worths, &self.atoms, &self.markets, asset);
            for row in self.rows.iter_mut().flatten() {
                let then = row.value();
                match row.priced(asset, rate) {
                    Some(()) => self.value += row.value() - then,
                    None => self.skipped += 1,
                }
            }
        }
    }

    /// What a lot is worth now; the price of the last execution stands in where the market has told none.
    fn worths_of(&self, id: InstrumentId) -> Option<Worths> {
        let (atoms, market) = (&self.atoms[id.index()], &self.markets[id.index()]);
        let mark = atoms.lot(market.known_px().or(self.last_px[id.index()])?)?;
        let index = market.index.filter(|px| px.0 > 0).and_then(|px| atoms.lot(px));
        let has_middle = market.mid_doubled().is_some();
        let touch = |px| atoms.lot(px).filter(|_| has_middle);
        let middle_doubled = touch(market.bid.px).zip(touch(market.ask.px)).map(|(bid, ask)| bid + ask);
        Some(Worths { mark, index, middle_doubled })
    }

    fn turn_day(&mut self, now: Nanos) {
        const DAY: u64 = 86_400 * Nanos::SECOND;
        let today = now.0 / DAY;
        if self.curve.day.is_none_or(|day| today > day) {
            self.curve.day = Some(today);
            self.curve.day_open = self.equity();
        }
    }

    fn watch(&mut self) {
        let equity = self.equity();
        self.curve.peak = self.curve.peak.max(equity);
        self.curve.drawdown_max = self.curve.drawdown_max.max(self.curve.peak - equity);
    }

    /// Equity in atoms of a dollar.
    #[must_use]
    pub fn equity(&self) -> i128 {
        i128::from(self.terms.equity_start.0) * ATOMS_PER_E8 + self.value
    }

    /// Peak, drawdown, the day's start.
    #[must_use]
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    /// How they are kept.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Of what run.
    #[must_use]
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// Executions, payments and prices that could not be booked: with any, the books are not whole.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Rows with their instruments, in the order of those.
    pub fn rows(&self) -> impl Iterator<Item = (InstrumentId, &Row)> {
        (0..).map(InstrumentId).zip(&self.rows).flat_map(|(id, rows)| rows.iter().map(move |row| (id, row)))
    }

    /// Assets that something was booked in and no price is known of: their dollars are missing.
    #[must_use]
    pub fn unpriced(&self) -> Vec<AssetId> {
        let purses = self.rows().flat_map(|(_, row)| row.purses());
        let mut assets: Vec<AssetId> = purses.filter(|purse| purse.is_unpriced()).map(|purse| purse.asset).collect();
        assets.sort_unstable();
        assets.dedup();
        assets
    }

    /// Whether the parts, row by row, are what the accounts say: realised and unrealised profit of every instrument, and
    /// all that was paid, asset by asset, to the last atom. A fault in the books, not in the market, if not.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let dollars: i128 = self.rows().map(|(_, row)| row.parts().total()).sum();
        dollars == self.value && (0..self.rows.len()).all(|index| self.instrument_adds_up(index))
    }

    fn instrument_adds_up(&self, index: usize) -> bool {
        let account = &self.accounts[index];
        let settlement = self.settlements[index];
        let mut due = account.flows.clone();
        let at = self.worths_of(InstrumentId(index as u32)).unwrap_or_default();
        for (_, Position { lots, .. }) in &account.sides {
            let earned = lots.realised() + i128::from(lots.qty()) * at.mark - lots.cost();
            match due.iter_mut().find(|(asset, _)| *asset == settlement) {
                Some((_, sum)) => *sum += earned,
                None => due.push((settlement, earned)),
            }
        }
        let purses = || self.rows[index].iter().flat_map(Row::purses);
        let of =
            |asset| purses().filter(|purse| purse.asset == asset).map(|purse| purse.native().total()).sum::<i128>();
        due.iter().all(|(asset, sum)| of(*asset) == *sum)
            && purses().all(|purse| due.iter().any(|(asset, _)| *asset == purse.asset) || purse.native().total() == 0)
    }

    /// What the venue's own ledger must show for the run: of each venue and asset the change of the balance in atoms.
    /// Spot moves both legs; a contract settles what closing has realised by average cost.
    #[must_use]
    pub fn ledger(&self) -> Vec<(VenueId, AssetId, i128)> {
        let mut ledger: Vec<(VenueId, AssetId, i128)> = Vec::new();
        let mut book = |venue, asset, amount| match ledger.iter_mut().find(|(v, a, _)| (*v, *a) == (venue, asset)) {
            Some((_, _, sum)) => *sum += amount,
            None => ledger.push((venue, asset, amount)),
        };
        for (instrument, account) in self.instruments.iter().zip(&self.accounts) {
            let (venue, index) = (instrument.venue, instrument.id.index());
            let is_spot = instrument.kind == ContractKind::Spot;
            for (asset, amount) in &account.flows {
                book(venue, *asset, *amount);
            }
            for (_, Position { settled: lots, .. }) in &account.sides {
                let (executed, paid) = lots.executed();
                book(venue, self.settlements[index], if is_spot { paid } else { lots.realised() });
                let base = self.instruments.asset(instrument.base).filter(|_| is_spot);
                if let Some((base, held)) = base.zip(self.atoms[index].base(executed)) {
                    book(venue, base, held);
                }
            }
        }
        ledger.sort_unstable();
        ledger
    }
}

impl Account {
    fn side(&mut self, side: PositionSide, method: LotMethod) -> usize {
        self.sides.iter().position(|(known, _)| *known == side).unwrap_or_else(|| {
            let (lots, settled) = (Lots::new(method), Lots::new(LotMethod::Average));
            self.sides.push((side, Position { lots, settled }));
            self.sides.len() - 1
        })
    }

    fn flow(&mut self, asset: AssetId, amount: i128) {
        match self.flows.iter_mut().find(|(known, _)| *known == asset) {
            Some((_, sum)) => *sum += amount,
            None => self.flows.push((asset, amount)),
        }
    }
}

fn is_bookable(amount: i128) -> bool {
    amount.unsigned_abs() <= AMOUNT_MAX.unsigned_abs()
}

/// What an asset is in dollars now.
fn rate<'s>(worths: &[Worth], atoms: &'s [Atoms], markets: &[MarketState], asset: AssetId) -> Rate<'s> {
    match worths.get(usize::from(asset.0)) {
        Some(Worth::Par) => Rate::Par,
        Some(Worth::By(id)) => match markets[id.index()].known_px() {
            Some(px) => Rate::At(&atoms[id.index()], px),
            None => Rate::Unknown,
        },
        Some(Worth::Unknown) | None => Rate::Unknown,
    }
}
