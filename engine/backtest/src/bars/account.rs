//! What wanted positions come to, bar by bar:
//!
//! 1. What was wanted differently after the last close is traded at this bar's open: buys pay `open * (1 + slippage)`, sells
//!    get `open * (1 - slippage)`, each fill pays `|units| * price * fee` at once. Turning round is two fills at one open.
//! 2. Stop and target stand at a share from the close at which the position was wanted, and live from the bar it begins in.
//!    The stop is looked at first: `low <= stop` leaves at `min(stop, open)`, else `high >= target` leaves at
//!    `max(target, open)`; a short position mirrored. No slippage there. What left so comes again only when something else
//!    has been wanted in between.
//! 3. Equity is `cash + units * close`.
//!
//! What is open at the end stays open: it counts in the equity and is no trade.

use super::changes::Changes;
use super::series::Series;
use engine_analytics::performance::trades::Trade;
use engine_analytics::signal::Wanted;
use std::fmt::{Display, Formatter};

/// How much is bought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizing {
    /// As many units each time; nobody asks whether they can be paid.
    Units(f64),
    /// As many as the cash buys after the fee, in fractions. Cannot be short.
    AllIn,
}

/// The terms of a run. Shares, not percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Cash at the start.
    pub cash: f64,
    /// Of each fill's value.
    pub fee: f64,
    /// By how much a price is worse than the open.
    pub slippage: f64,
    /// How much is bought.
    pub sizing: Sizing,
    /// Loss at which a position is left.
    pub stop: Option<f64>,
    /// Gain at which it is left.
    pub target: Option<f64>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { cash: 100_000.0, fee: 0.0, slippage: 0.0, sizing: Sizing::Units(1.0), stop: None, target: None }
    }
}

/// A position that was opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Never `Flat`.
    pub side: Wanted,
    /// How much, positive.
    pub units: f64,
    /// The bar at whose open.
    pub entry_bar: usize,
    /// At which price.
    pub entry_px: f64,
    /// Paid for the fill.
    pub entry_fee: f64,
    stop: f64,
    target: f64,
}

impl Position {
    fn has_levels(&self) -> bool {
        !(self.stop.is_nan() && self.target.is_nan())
    }
}

/// Why a position was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Something else was wanted.
    Signal,
    /// It had lost enough.
    Stop,
    /// It had won enough.
    Target,
}

/// A position that was left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closed {
    /// As it was opened.
    pub position: Position,
    /// The price it was left at.
    pub exit_px: f64,
    /// Why.
    pub left: Left,
    /// For the measures.
    pub trade: Trade,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Closed positions, in the order of time.
    pub trades: Vec<Closed>,
    /// What is open at the end.
    pub open: Option<Position>,
    /// The account's value at each close.
    pub equity: Vec<f64>,
    /// Closes with a position.
    pub held: usize,
}

/// A run that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFault {
    /// Short with all the cash.
    ShortAllIn {
        /// At whose open.
        bar: usize,
    },
}

impl Display for RunFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self::ShortAllIn { bar } = self;
        write!(f, "row {} (below the names): a short position is wanted, which sizing [\"allin\"] ", bar + 1)?;
        f.write_str("cannot have: take [\"units\", U]")
    }
}

impl std::error::Error for RunFault {}

/// What becomes of the account's value at each close: kept, or measured and let go. It hears of every close once, in order.
pub(crate) trait Keep {
    /// So many closes with nothing but cash.
    fn flat(&mut self, closes: usize, cash: f64);
    /// Closes with a position, signed.
    fn held(&mut self, closes: &[f64], cash: f64, units: f64);
    /// The last value that it heard of.
    fn last(&self) -> Option<f64>;
}

/// All of it, a value each.
impl Keep for Vec<f64> {
    fn flat(&mut self, closes: usize, cash: f64) {
        self.resize(self.len() + closes, cash);
    }

    fn held(&mut self, closes: &[f64], cash: f64, units: f64) {
        self.extend(closes.iter().map(|close| cash + units * close));
    }

    fn last(&self) -> Option<f64> {
        <[f64]>::last(self).copied()
    }
}

/// An account that began with the cash of the terms, told as one that began with more or less.
struct Scaled<'a, K> {
    kept: &'a mut K,
    by: f64,
}

impl<K: Keep> Keep for Scaled<'_, K> {
    fn flat(&mut self, closes: usize, cash: f64) {
        self.kept.flat(closes, cash * self.by);
    }

    fn held(&mut self, closes: &[f64], cash: f64, units: f64) {
        self.kept.held(closes, cash * self.by, units * self.by);
    }

    fn last(&self) -> Option<f64> {
        self.kept.last()
    }
}

/// An account over several stretches of bars, one after another. Each is begun with the cash of the terms and without a
/// position; its value goes on from where the stretch before ended, as a share. Profits of trades stay those of their
/// stretch.
#[derive(Clone, Debug)]
pub(crate) struct Course<K> {
    pub(crate) kept: K,
    pub(crate) trades: Vec<Closed>,
    /// At the end of the last stretch.
    pub(crate) open: Option<Position>,
    pub(crate) held: usize,
    /// How many there were.
    pub(crate) bars: usize,
}

impl<K: Keep> Course<K> {
    pub(crate) fn new(kept: K) -> Self {
        Self { kept, trades: Vec::new(), open: None, held: 0, bars: 0 }
    }

    /// Runs along a stretch. Bars of trades count from the beginning of the first one.
    pub(crate) fn go(&mut self, series: &Series, wanted: &[Wanted], terms: &Terms) -> Result<(), RunFault> {
        // Who has nothing left has nothing to go on with.
        let by = self.kept.last().map_or(1.0, |last| last / terms.cash).max(0.0);
        let (kept, before) = (&mut self.kept, self.bars);
        let went = go(series, wanted, terms, Scaled { kept, by });
        let went = went.map_err(|RunFault::ShortAllIn { bar }| RunFault::ShortAllIn { bar: bar + before })?;
        self.bars += series.len();
        self.held += went.held;
        let moved = |position: Position| Position { entry_bar: position.entry_bar + before, ..position };
        self.open = went.open.map(moved);
        if self.trades.is_empty() && before == 0 {
            self.trades = went.trades;
            return Ok(());
        }
        self.trades.extend(went.trades.into_iter().map(|closed| {
            let (entry_bar, exit_bar) = (closed.trade.entry_bar + before, closed.trade.exit_bar + before);
            let trade = Trade { entry_bar, exit_bar, ..closed.trade };
            Closed { position: moved(closed.position), trade, ..closed }
        }));
        Ok(())
    }
}

/// The account while a run goes on.
struct Account<'a, K> {
    series: &'a Series,
    terms: &'a Terms,
    cash: f64,
    position: Option<Position>,
    kept: K,
    trades: Vec<Closed>,
    held: usize,
}

/// What a run came to beside its equity.
struct Went<K> {
    kept: K,
    trades: Vec<Closed>,
    open: Option<Position>,
    held: usize,
}

/// Runs an account along; `wanted` has a position for each bar's close.
///
/// # Panics
/// If there are more or fewer of them than bars.
pub fn run(series: &Series, wanted: &[Wanted], terms: &Terms) -> Result<Outcome, RunFault> {
    let Went { kept, trades, open, held } = go(series, wanted, terms, Vec::with_capacity(series.len()))?;
    Ok(Outcome { trades, open, equity: kept, held })
}

/// The same, with the equity where it is wanted.
fn go<K: Keep>(series: &Series, wanted: &[Wanted], terms: &Terms, kept: K) -> Result<Went<K>, RunFault> {
    assert_eq!(series.len(), wanted.len(), "a wanted position for each bar");
    let mut account = Account { series, terms, cash: terms.cash, position: None, kept, trades: Vec::new(), held: 0 };
    let mut changes = Changes::of(wanted);
    // Stretches of bars over which the same was wanted after the close before.
    let mut bar = 0;
    while bar < series.len() {
        let end = changes.next().unwrap_or(series.len());
        // What was wanted after its first close is had from the next bar on; after the last close, never.
        account.hold(bar, (bar + 1).min(series.len()));
        if bar + 1 < series.len() {
            account.turn(bar + 1, wanted[bar])?;
        }
        account.hold(bar + 1, end);
        bar = end;
    }
    let Account { position: open, kept, trades, held, .. } = account;
    Ok(Went { kept, trades, open, held })
}

impl<K: Keep> Account<'_, K> {
    /// Something else was wanted after the last close.
    fn turn(&mut self, bar: usize, wanted: Wanted) -> Result<(), RunFault> {
        let open = self.series.open()[bar];
        if let Some(position) = self.position.filter(|position| position.side != wanted) {
            self.leave(position, bar, open * (1.0 - position.side.sign() * self.terms.slippage), Left::Signal);
        }
        if wanted == Wanted::Flat || self.position.is_some() {
            return Ok(());
        }
        let px = open * (1.0 + wanted.sign() * self.terms.slippage);
        let units = match self.terms.sizing {
            Sizing::Units(units) => units,
            Sizing::AllIn if wanted == Wanted::Short => return Err(RunFault::ShortAllIn { bar }),
            Sizing::AllIn => self.cash / (px * (1.0 + self.terms.fee)),
        };
        let fee = self.pay(wanted, units, px);
        let (signal, sign) = (self.series.close()[bar - 1], wanted.sign());
        let at = |share: Option<f64>, sign: f64| share.map_or(f64::NAN, |share| signal * (1.0 + sign * share));
        let (stop, target) = (at(self.terms.stop, -sign), at(self.terms.target, sign));
        self.position =
            Some(Position { side: wanted, units, entry_bar: bar, entry_px: px, entry_fee: fee, stop, target });
        Ok(())
    }

    /// Goes along bars over which nothing else is wanted.
    fn hold(&mut self, mut bar: usize, end: usize) {
        while let Some(position) = self.position.filter(|_| bar < end) {
            let reached = if position.has_levels() { self.first_reached(&position, bar, end) } else { None };
            let until = reached.map_or(end, |(bar, ..)| bar);
            self.value(&position, bar, until);
            bar = until;
            if let Some((bar, px, left)) = reached {
                self.leave(position, bar, px, left);
            }
        }
        if bar < end {
            self.kept.flat(end - bar, self.cash);
        }
    }

    /// The account's value at closes with a position.
    fn value(&mut self, position: &Position, from: usize, until: usize) {
        self.kept.held(&self.series.close()[from..until], self.cash, position.side.sign() * position.units);
        self.held += until - from;
    }

    fn first_reached(&self, position: &Position, from: usize, end: usize) -> Option<(usize, f64, Left)> {
        (from..end).find_map(|bar| self.reached(position, bar).map(|(px, left)| (bar, px, left)))
    }

    /// Whether the bar reached a position's stop or target, and where it was left then.
    fn reached(&self, position: &Position, bar: usize) -> Option<(f64, Left)> {
        let (open, high, low) = (self.series.open()[bar], self.series.high()[bar], self.series.low()[bar]);
        // Where there is none the level is no number, and nothing is beyond that.
        let (stop, target) = (position.stop, position.target);
        match position.side {
            Wanted::Long if low <= stop => Some((stop.min(open), Left::Stop)),
            Wanted::Long if high >= target => Some((target.max(open), Left::Target)),
            Wanted::Short if high >= stop => Some((stop.max(open), Left::Stop)),
            Wanted::Short if low <= target => Some((target.min(open), Left::Target)),
            Wanted::Long | Wanted::Short | Wanted::Flat => None,
        }
    }

    fn leave(&mut self, position: Position, bar: usize, px: f64, left: Left) {
        let (units, sign) = (position.units, position.side.sign());
        let fee = self.pay(if sign > 0.0 { Wanted::Short } else { Wanted::Long }, units, px);
        let fees = position.entry_fee + fee;
        let pnl = (px - position.entry_px) * units * sign - fees;
        let share = pnl / (units * position.entry_px);
        let trade = Trade { entry_bar: position.entry_bar, exit_bar: bar, fees, pnl, share };
        self.trades.push(Closed { position, exit_px: px, left, trade });
        self.position = None;
    }

    /// One fill; returns its fee.
    fn pay(&mut self, side: Wanted, units: f64, px: f64) -> f64 {
        let fee = units * px * self.terms.fee;
        self.cash -= side.sign() * units * px + fee;
        fee
    }
}
