//! Cross-validation: the winner of all bars but some groups of them, held against those groups; each choice of groups once.
//!
//! What is trained on stands clear of what is tested (`purge` bars before a test and after it, `embargo` more after it),
//! and each stretch of it is begun anew and ends without a look beyond: no price of a test is known when a winner is
//! picked. A test knows the bars before it, as one who trades knows the past.

use super::memory::Scope;
use super::run::{Hunt, Shard, Sweep, SweepFault, Trial, best};
use super::search::Plan;
use engine_analytics::performance::curve::CurveMeasures;
use engine_analytics::performance::folds::{Span, combinations, groups, trainable};
use std::fmt::{Display, Formatter};
use std::ops::Range;

/// Splits at most: each is a sweep of its own.
pub const SPLITS_MAX: usize = 1_000;
/// Groups at most.
const GROUPS_MAX: usize = 100;

/// How the bars are cut. With one group a test it is k-fold, with more it is combinatorial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cross {
    /// Groups of bars that follow each other.
    pub groups: usize,
    /// How many of them are a test.
    pub test: usize,
    /// Bars on either side of a test that are not trained on: as many as what was bought is held.
    pub purge: usize,
    /// Bars more that are not, after it.
    pub embargo: usize,
}

/// A cut that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossFault {
    /// Numbers that make no folds.
    Numbers {
        /// As asked for.
        cross: Cross,
    },
    /// More splits than are waited for.
    Splits {
        /// How many, at least.
        found: usize,
    },
    /// A split that leaves nothing to learn from.
    Short {
        /// Which, from 1.
        split: usize,
        /// Bars of its longest stretch.
        longest: usize,
        /// Bars that the neediest point needs.
        needs: usize,
    },
}

impl Display for CrossFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Numbers { cross: Cross { groups, test, .. } } => write!(
                f,
                "found {groups} groups, {test} of them a test; accepted: from 2 to {GROUPS_MAX} groups of at least 2 bars, \
                 a test of at least 1 and less than all"
            ),
            Self::Splits { found } => {
                write!(
                    f,
                    "found at least {found} splits, accepted: at most {SPLITS_MAX}; take fewer groups or smaller tests"
                )
            }
            Self::Short { split, longest, needs } => write!(
                f,
                "split {split}: its longest stretch to learn from has {longest} bars, the strategy needs {needs}; take fewer \
                 groups, or less purge and embargo"
            ),
        }
    }
}

impl std::error::Error for CrossFault {}

/// One split: what was learned from, and how its winner did elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Stretches that the winner was picked from.
    pub train: Vec<Range<usize>>,
    /// Groups of bars that it was measured on.
    pub test: Vec<Range<usize>>,
    /// The winner; its measures are those of the training. `None` where what is looked for cannot be told of any trial:
    /// then nothing is held over its tests.
    pub winner: Option<Trial>,
    /// Over all its tests, one after another, each from the close before it. Nothing where the winner failed in one.
    pub tested: CurveMeasures,
    /// Why it failed there, if it did.
    pub fault: Option<String>,
}

/// All splits.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossed {
    /// In the order of their groups.
    pub splits: Vec<Split>,
    /// Ways through all bars on which each bar was tested: with one group a test there is one. The nth is made of the nth
    /// test of each group. Nothing of one with a test in which the winner failed.
    pub paths: Vec<CurveMeasures>,
    /// Runs that it took.
    pub runs: u64,
}

/// A split before it is run.
#[derive(Debug)]
struct Cut {
    train: Vec<Range<usize>>,
    /// Numbers of groups.
    test: Vec<usize>,
}

impl Cross {
    /// How many splits there are over so many bars.
    pub fn check(self, bars: usize, needs: usize) -> Result<u64, CrossFault> {
        let Self { groups, test, .. } = self;
        if !(2..=GROUPS_MAX).contains(&groups) || test == 0 || test >= groups || bars / groups < 2 {
            return Err(CrossFault::Numbers { cross: self });
        }
        // Taken and left are counted alike; the product stays whole at each step.
        let found = (0..test.min(groups - test)).try_fold(1, |ways: usize, n| {
            let more = ways * (groups - n) / (n + 1);
            if more > SPLITS_MAX { Err(CrossFault::Splits { found: more }) } else { Ok(more) }
        })?;
        for (n, cut) in self.cuts(bars, needs).into_iter().enumerate() {
            if cut.train.is_empty() {
                let longest = self.cuts(bars, 0)[n].train.iter().map(Range::len).max().unwrap_or(0);
                return Err(CrossFault::Short { split: n + 1, longest, needs });
            }
        }
        Ok(found as u64)
    }

    /// Stretches too short for any opinion are left out.
    fn cuts(self, bars: usize, needs: usize) -> Vec<Cut> {
        let groups = groups(bars, self.groups);
        let spans: Vec<Span> = (0..bars).map(|from| Span { from, until: from.saturating_add(self.purge) }).collect();
        let cut = |test: Vec<usize>| {
            let tests: Vec<Range<usize>> = test.iter().map(|group| groups[*group].clone()).collect();
            let clear = trainable(&spans, &tests, self.embargo);
            let stretches = clear.chunk_by(|a, b| a + 1 == *b).map(|run| run[0]..run[0] + run.len());
            Cut { train: stretches.filter(|run| run.len() >= needs.max(2)).collect(), test }
        };
        combinations(self.groups, self.test).into_iter().map(cut).collect()
    }
}

impl Sweep<'_> {
    /// Runs a checked [`Cross`]: each split is searched as the whole would be.
    pub fn cross(&self, cross: Cross, plan: Plan, done: &(dyn Fn(u64) + Sync)) -> Result<Crossed, SweepFault> {
        let bars = self.past.bars();
        let needs = self.needs()?;
        let groups = groups(bars, cross.groups);
        let (mut splits, mut runs) = (Vec::new(), 0);
        // For each group what its tests came to, in the order of splits.
        let mut grown: Vec<Vec<Result<Vec<f64>, String>>> = vec![Vec::new(); cross.groups];
        for (n, cut) in (0..).zip(cross.cuts(bars, needs)) {
            let trials = Hunt::over(self, &cut.train, Scope::Split(n)).search(plan, Shard::WHOLE, done)?;
            runs += trials.len() as u64 + cut.test.len() as u64;
            let winner = best(&trials).cloned();
            let test: Vec<Range<usize>> = cut.test.iter().map(|group| groups[*group].clone()).collect();
            let equities: Vec<_> = test.iter().map(|test| self.tested(0, test, winner.as_ref())).collect();
            let tested = self.joined(&equities);
            let fault = equities.iter().find_map(|equity| equity.as_ref().err()).cloned();
            for (group, equity) in cut.test.iter().zip(equities) {
                grown[*group].push(equity);
            }
            splits.push(Split { train: cut.train, test, winner, tested, fault });
        }
        // Each group is tested as often as every other one.
        let count = grown[0].len();
        let path = |n: usize| self.joined(grown.iter().map(|tests| &tests[n]));
        Ok(Crossed { splits, paths: (0..count).map(path).collect(), runs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bar_of_training_is_near_a_test() {
        let cross = Cross { groups: 6, test: 2, purge: 7, embargo: 11 };
        let cuts = cross.cuts(600, 10);
        assert_eq!((cuts.len(), cross.check(600, 10)), (15, Ok(15)));
        let groups = groups(600, 6);
        for cut in cuts {
            for train in &cut.train {
                for test in cut.test.iter().map(|group| &groups[*group]) {
                    let is_before = train.end + 7 <= test.start;
                    let is_after = train.start >= test.end + 7 + 11;
                    assert!(is_before || is_after, "{train:?} is near {test:?}");
                }
            }
            // What is left out is no more than that.
            let left: usize = cut.train.iter().map(Range::len).sum();
            let near = if cut.test[1] == cut.test[0] + 1 { 1 } else { 2 } * 25;
            let is_at_the_end = [cut.test[0] == 0, cut.test[1] == 5];
            let spared = if is_at_the_end[0] { 7 } else { 0 } + if is_at_the_end[1] { 18 } else { 0 };
            assert_eq!(left, 400 - near + spared, "{cut:?}");
        }
    }

    #[test]
    fn what_cannot_be_cut_is_refused_by_name() {
        let cross = Cross { groups: 5, test: 1, purge: 0, embargo: 0 };
        assert_eq!(cross.check(100, 20), Ok(5));
        for bad in [
            Cross { groups: 1, ..cross },
            Cross { test: 0, ..cross },
            Cross { test: 5, ..cross },
            Cross { groups: 101, ..cross },
        ] {
            assert_eq!(bad.check(100, 1), Err(CrossFault::Numbers { cross: bad }));
        }
        assert_eq!(cross.check(9, 1), Err(CrossFault::Numbers { cross }), "a bar a group");
        let many = Cross { groups: 20, test: 10, ..cross };
        assert!(matches!(many.check(1_000, 1), Err(CrossFault::Splits { .. })));
        let short = Cross { purge: 30, ..cross }.check(100, 35);
        assert_eq!(short, Err(CrossFault::Short { split: 2, longest: 30, needs: 35 }));
    }
}
