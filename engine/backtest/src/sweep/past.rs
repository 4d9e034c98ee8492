//! What runs a trial: parameters and stretches of bars in, measures and an account out. The search, the walk, the
//! cross-validation and the doubt know no more of a strategy.
//!
//! Owns: the seam. [`super::by_bars`] is the rule over bars behind it; a strategy that goes through every stage stands behind
//! it where the stages are put together.

use super::objective::{OBJECTIVES_MAX, Objective};
use crate::bars::account::RunFault;
use crate::bars::rule::RuleFault;
use std::fmt::{self, Debug, Display};
use std::ops::Range;

/// Parameters that are set, by name; the others have their defaults.
pub type Set = [(&'static str, f64)];

/// Bars of the past, and somebody who trades on them.
pub trait Past: Debug + Sync {
    /// How many bars.
    fn bars(&self) -> usize;

    /// What each run begins with.
    fn cash(&self) -> f64;

    /// Values of an account in a year.
    fn periods_per_year(&self) -> f64;

    /// Bars that are needed before there can be an opinion.
    fn needs(&self, set: &Set) -> Result<usize, PastFault>;

    /// Those stretches, for many runs that look for the same. Each is begun anew; the account goes on as a share.
    fn over<'a>(&'a self, parts: &[Range<usize>], looked_for: &'a [Objective]) -> Box<dyn Ground + 'a>;

    /// The account from the close before a test on, knowing the bars from `begin` on: what was wanted at that close is traded
    /// at the test's first open. A test that begins with the first bar has no close before it.
    fn tested(&self, set: &Set, begin: usize, test: &Range<usize>) -> Result<Vec<f64>, PastFault>;

    /// The same of somebody who does nothing.
    fn idle(&self, test: &Range<usize>) -> Vec<f64> {
        vec![self.cash(); test.end - test.start.saturating_sub(1)]
    }
}

/// Stretches of a past.
pub trait Ground: Sync {
    /// It will be run so, or cannot be: said of all that are known before the first of them is run. What cannot be is refused
    /// where all points are known, and run all the same, to a fault, where they are searched.
    fn announce(&mut self, set: &Set) -> Result<(), PastFault>;

    /// One run. A fault where there is none, or where it gave up on the way: what came of that is nobody's strategy.
    fn run(&self, set: &Set) -> Result<Came, PastFault>;

    /// The account's value along it.
    fn account(&self, set: &Set) -> Result<Vec<f64>, PastFault>;
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Came {
    /// What was looked for, in its order; `None` behind the last.
    pub objectives: [Option<f64>; OBJECTIVES_MAX],
    /// The account's value at the end.
    pub equity_final: f64,
    /// Sharpe's ratio of a bar, not annual.
    pub sharpe_per_bar: Option<f64>,
    /// The deepest fall, a negative share.
    pub max_drawdown: Option<f64>,
    /// Closed positions.
    pub trades: usize,
    /// Fees of closed positions.
    pub fees: f64,
}

/// A run that cannot be.
#[derive(Clone, Debug, PartialEq)]
pub enum PastFault {
    /// A rule that cannot be.
    Rule(RuleFault),
    /// What it wants cannot be had.
    Run(RunFault),
    /// As whoever runs it says.
    Told(String),
}

impl Display for PastFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(fault) => Display::fmt(fault, f),
            Self::Run(fault) => Display::fmt(fault, f),
            Self::Told(told) => f.write_str(told),
        }
    }
}

impl std::error::Error for PastFault {}

/// What is looked for, as `of` tells each.
#[must_use]
pub fn looked_for(all: &[Objective], of: impl Fn(&Objective) -> Option<f64>) -> [Option<f64>; OBJECTIVES_MAX] {
    let mut found = [None; OBJECTIVES_MAX];
    all.iter().zip(&mut found).for_each(|(objective, found)| *found = of(objective));
    found
}

/// Adds an account that began with the cash of the start to a curve, as one that goes on. Who has nothing left has nothing to
/// go on with: two losses of more than all are no gain.
pub fn go_on(curve: &mut Vec<f64>, equity: &[f64], cash: f64) {
    let grown = curve.last().map_or(1.0, |last| last / cash).max(0.0);
    curve.extend(equity.iter().skip(1).map(|worth| worth * grown));
}
