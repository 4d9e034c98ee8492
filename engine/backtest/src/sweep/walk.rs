//! Walking forward: the winner of each stretch of the past, held against the stretch after it.

use super::memory::Scope;
use super::past::go_on;
use super::run::{Hunt, Shard, Sweep, SweepFault, Trial, best};
use super::search::Plan;
use engine_analytics::performance::curve::{self, Curve, CurveMeasures};
use std::fmt::{Display, Formatter};
use std::ops::Range;

/// Lengths of the stretches, in bars. The windows move on by `test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Bars that the winner is picked from.
    pub train: usize,
    /// Bars after them that it is measured on.
    pub test: usize,
}

/// A walk that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkFault {
    /// What was asked for.
    pub walk: Walk,
    /// Bars that there are.
    pub bars: usize,
    /// Bars that the neediest point needs.
    pub needs: usize,
}

impl Display for WalkFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { walk: Walk { train, test }, bars, needs } = self;
        write!(f, "found train {train}, test {test}, accepted: train at least {needs} (what the strategy needs), ")?;
        write!(f, "test at least 1, both together at most {bars} bars")
    }
}

impl std::error::Error for WalkFault {}

/// One step of a walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Bars that the winner was picked from.
    pub train: Range<usize>,
    /// Bars that it was measured on.
    pub test: Range<usize>,
    /// The winner; its measures are those of the training. `None` where what is looked for cannot be told of any trial:
    /// then nothing is held over the test.
    pub winner: Option<Trial>,
    /// Over the test's bars, from the close before them. Nothing where the winner failed there.
    pub tested: CurveMeasures,
    /// Why it failed there, if it did.
    pub fault: Option<String>,
}

/// A whole walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Walked {
    /// In the order of time.
    pub windows: Vec<Window>,
    /// All tests as one curve. Nothing where a winner failed in its test: without it they would be those of survivors.
    pub tested: CurveMeasures,
    /// Runs that it took.
    pub runs: u64,
}

impl Walk {
    /// The windows over so many bars; what is left over at the end is not tested.
    fn windows(self, bars: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let begins = (0..bars).step_by(self.test);
        let windows = begins.map(move |begin| begin..begin + self.train);
        windows.map(move |train| (train.clone(), train.end..train.end + self.test)).take_while(move |w| w.1.end <= bars)
    }

    /// Bars at the end that belong to no window, of so many.
    #[must_use]
    pub fn left_over(self, bars: usize) -> usize {
        bars - self.windows(bars).last().map_or(0, |(_, test)| test.end)
    }

    /// How many windows there are over so many bars.
    pub fn check(self, bars: usize, needs: usize) -> Result<u64, WalkFault> {
        let is_right = self.test > 0 && self.train >= needs && self.train.saturating_add(self.test) <= bars;
        if is_right { Ok(self.windows(bars).count() as u64) } else { Err(WalkFault { walk: self, bars, needs }) }
    }
}

impl Sweep<'_> {
    /// Walks a checked [`Walk`]: each window is searched as the whole would be, and its winner goes on into the test knowing
    /// the training's bars, but with the cash of the start. A window without a winner is one in which nothing is held.
    pub fn walk(&self, walk: Walk, plan: Plan, done: &(dyn Fn(u64) + Sync)) -> Result<Walked, SweepFault> {
        let (mut windows, mut runs) = (Vec::new(), 0);
        let mut equities: Vec<Result<Vec<f64>, String>> = Vec::new();
        for (n, (train, test)) in (0..).zip(walk.windows(self.past.bars())) {
            let trials =
                Hunt::over(self, std::slice::from_ref(&train), Scope::Window(n)).search(plan, Shard::WHOLE, done)?;
            runs += trials.len() as u64 + 1;
            let winner = best(&trials).cloned();
            let equity = self.tested(train.start, &test, winner.as_ref());
            let (tested, fault) = (self.joined(std::slice::from_ref(&equity)), equity.as_ref().err().cloned());
            equities.push(equity);
            windows.push(Window { train, test, winner, tested, fault });
        }
        let tested = self.joined(&equities);
        Ok(Walked { windows, tested, runs })
    }

    /// The account of a winner over a test, knowing the bars from `begin` on; or why it failed there. Without a winner the
    /// cash stays what it is.
    pub(super) fn tested(&self, begin: usize, test: &Range<usize>, winner: Option<&Trial>) -> Result<Vec<f64>, String> {
        let Some(Trial { point, .. }) = winner else { return Ok(self.past.idle(test)) };
        self.past.tested(&self.set(*point), begin, test).map_err(|fault| fault.to_string())
    }

    /// Measures of accounts that each began with the cash of the start, as of one that goes on; of none, if one failed.
    pub(super) fn joined<'e>(&self, equities: impl IntoIterator<Item = &'e Result<Vec<f64>, String>>) -> CurveMeasures {
        let mut equity = vec![self.past.cash()];
        for one in equities {
            let Ok(one) = one else { return CurveMeasures::default() };
            go_on(&mut equity, one, self.past.cash());
        }
        curve::measure(&Curve { equity: &equity, benchmark: None, periods_per_year: self.past.periods_per_year() })
    }
}
