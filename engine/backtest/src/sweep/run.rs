//! The runs of a sweep, over all threads that are given.

use super::front::told;
use super::memory::{Memory, Scope};
use super::objective::{OBJECTIVES_MAX, Objective, Scores};
use super::search::{Known, Method, MethodFault, Plan, Searching};
use super::shared::Shared;
use super::space::Space;
use crate::bars::account::{RunFault, Terms};
use crate::bars::brief::{Brief, Stretches};
use crate::bars::rule::RuleFault;
use crate::bars::run::{Report, run_over};
use crate::bars::series::Series;
use engine_analytics::performance::curve;
use std::fmt::{Display, Formatter};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What every run of a sweep has in common.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    /// The bars.
    pub series: &'a Series,
    /// On which terms.
    pub terms: &'a Terms,
    /// Bars in a year.
    pub periods_per_year: f64,
    /// What may be tried.
    pub space: &'a Space,
    /// What is looked for, at least one and at most [`OBJECTIVES_MAX`]; by the first a single winner is picked.
    pub objectives: &'a [Objective],
    /// Threads to run on, at least 1. What comes out does not depend on it.
    pub threads: usize,
    /// What is known of an earlier run of the same sweep. What comes out does not depend on it, either.
    pub memory: &'a dyn Memory,
}

/// A run of a sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Its place in the order of trials, from 0; in a shard, in that of the whole.
    pub number: u64,
    /// Its point of the space.
    pub point: u64,
    /// What was looked for, in its order; `None` behind the last.
    pub objectives: [Option<f64>; OBJECTIVES_MAX],
    /// The same, more being better.
    pub scores: Scores,
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

impl Trial {
    /// What was looked for first.
    #[must_use]
    pub fn objective(&self) -> Option<f64> {
        self.objectives[0]
    }

    /// The same, more being better, `-inf` where it cannot be told.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.scores[0]
    }

    /// Whether its account was worth nothing at some close.
    #[must_use]
    pub fn is_ruined(&self) -> bool {
        self.max_drawdown.is_some_and(curve::is_ruin)
    }
}

/// A part of a sweep: of every `of` trials the one that leaves `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u64,
    /// How many parts.
    pub of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };
}

/// A sweep that cannot be.
#[derive(Clone, Debug, PartialEq)]
pub enum SweepFault {
    /// Trials that cannot be.
    Method(MethodFault),
    /// A strategy that cannot be.
    Rule(RuleFault),
    /// A run that cannot be.
    Run {
        /// At which point.
        point: u64,
        /// Why.
        fault: RunFault,
    },
    /// What was found could not be kept.
    Memory {
        /// Why.
        told: String,
    },
}

impl Display for SweepFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Method(fault) => fault.fmt(f),
            Self::Rule(fault) => fault.fmt(f),
            Self::Run { point, fault } => write!(f, "point {point}: {fault}"),
            Self::Memory { told } => f.write_str(told),
        }
    }
}

impl std::error::Error for SweepFault {}

/// The winner by what is looked for first; of equals the first that was tried. `None` where it cannot be told of any.
#[must_use]
pub fn best(trials: &[Trial]) -> Option<&Trial> {
    let told = trials.iter().filter(|trial| trial.score() > f64::NEG_INFINITY);
    told.reduce(|best, other| if other.score() > best.score() { other } else { best })
}

impl Sweep<'_> {
    /// The trials of a plan, or those of a shard, in their order. `done` hears how many more are over, on any thread.
    pub fn search(&self, plan: Plan, shard: Shard, done: &(dyn Fn(u64) + Sync)) -> Result<Vec<Trial>, SweepFault> {
        if shard != Shard::WHOLE && !matches!(plan.method, Method::Grid | Method::Random) {
            return Err(SweepFault::Method(MethodFault::Shard { method: plan.method }));
        }
        Hunt::over(self, std::slice::from_ref(self.series), Scope::Whole).search(plan, shard, done)
    }

    /// One run over all bars.
    pub fn report(&self, point: u64) -> Result<Report, SweepFault> {
        Hunt::over(self, std::slice::from_ref(self.series), Scope::Whole).report(point)
    }

    fn is_brief(&self) -> bool {
        self.objectives.iter().all(Objective::is_brief)
    }

    fn looked_for(&self, of: impl Fn(&Objective) -> Option<f64>) -> ([Option<f64>; OBJECTIVES_MAX], Scores) {
        let (mut found, mut scores) = ([None; OBJECTIVES_MAX], [0.0; OBJECTIVES_MAX]);
        for ((objective, found), score) in self.objectives.iter().zip(&mut found).zip(&mut scores) {
            *found = of(objective);
            *score = objective.score(*found);
        }
        (found, scores)
    }

    pub(super) fn trial_of(&self, number: u64, point: u64, report: &Report) -> Trial {
        let (objectives, mut scores) = self.looked_for(|objective| objective.of(report, self.terms));
        // Whoever was worth nothing in between has lost, whatever came of it in the end.
        if report.curve.is_ruined() {
            scores[..self.objectives.len()].fill(f64::NEG_INFINITY);
        }
        Trial {
            number,
            point,
            objectives,
            scores,
            equity_final: report.equity_final(self.terms),
            sharpe_per_bar: report.curve.sharpe.map(|annual| annual / self.periods_per_year.sqrt()),
            max_drawdown: report.curve.max_drawdown,
            trades: report.outcome.trades.len(),
            fees: report.outcome.trades.iter().map(|closed| closed.trade.fees).sum(),
        }
    }
}

/// One search over some of a sweep's bars: over stretches that are each begun anew.
pub(super) struct Hunt<'a> {
    sweep: &'a Sweep<'a>,
    parts: &'a [Series],
    scope: Scope,
    /// What many runs look at, a stretch each.
    shared: Vec<Shared<'a>>,
}

impl<'a> Hunt<'a> {
    pub(super) fn over(sweep: &'a Sweep<'a>, parts: &'a [Series], scope: Scope) -> Self {
        Self { sweep, parts, scope, shared: parts.iter().map(Shared::new).collect() }
    }

    /// See [`Sweep::search`].
    pub(super) fn search(
        &mut self,
        plan: Plan,
        shard: Shard,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Trial>, SweepFault> {
        let sweep = self.sweep;
        plan.method.check(sweep.objectives.len()).map_err(SweepFault::Method)?;
        let mut searching = Searching::new(sweep.space, plan);
        let (mut trials, mut known) = (Vec::new(), Known::new());
        // Those who know all beforehand are asked once; the others after each look at what came out.
        let mut asked = 0;
        while asked < plan.trials {
            let points = searching.ask(&known, plan.trials - asked);
            let numbered = (asked..).zip(points.iter().copied());
            let ours: Vec<(u64, u64)> = numbered.filter(|(number, _)| number % shard.of == shard.index).collect();
            asked += points.len() as u64;
            if sweep.is_brief() {
                for (_, point) in &ours {
                    let columns = sweep.space.rule(*point).map_err(SweepFault::Rule)?.columns();
                    self.shared
                        .iter_mut()
                        .for_each(|shared| columns.iter().for_each(|column| shared.announce(*column)));
                }
            }
            let ran = self.run_all(&ours, done)?;
            known.extend(ran.iter().map(|trial| (trial.point, told(trial.scores))));
            trials.extend(ran);
        }
        Ok(trials)
    }

    fn report(&self, point: u64) -> Result<Report, SweepFault> {
        let Sweep { space, terms, periods_per_year, .. } = *self.sweep;
        let rule = space.rule(point).map_err(SweepFault::Rule)?;
        run_over(self.parts, &rule, terms, periods_per_year).map_err(|fault| SweepFault::Run { point, fault })
    }

    /// As it is known, else run and kept.
    fn trial(&self, number: u64, point: u64) -> Result<Trial, SweepFault> {
        let (memory, scope) = (self.sweep.memory, self.scope);
        if let Some(known) = memory.known(scope, point) {
            return Ok(Trial { number, ..known });
        }
        let trial = self.ran(number, point)?;
        memory.keep(scope, &trial).map_err(|told| SweepFault::Memory { told })?;
        Ok(trial)
    }

    fn ran(&self, number: u64, point: u64) -> Result<Trial, SweepFault> {
        let sweep = self.sweep;
        let brief = if sweep.is_brief() { self.brief(point)? } else { None };
        let Some(brief) = brief else { return Ok(sweep.trial_of(number, point, &self.report(point)?)) };
        let (objectives, scores) = sweep.looked_for(|objective| objective.of_brief(&brief));
        Ok(Trial {
            number,
            point,
            objectives,
            scores,
            equity_final: brief.equity_final,
            sharpe_per_bar: brief.sharpe_per_bar,
            max_drawdown: brief.curve.max_drawdown,
            trades: brief.trades.len(),
            fees: brief.trades.iter().map(|closed| closed.trade.fees).sum(),
        })
    }

    /// One run with no more measures than a trial has. `None` where only the whole curve can tell them.
    fn brief(&self, point: u64) -> Result<Option<Brief>, SweepFault> {
        let Sweep { space, terms, periods_per_year, .. } = *self.sweep;
        let rule = space.rule(point).map_err(SweepFault::Rule)?;
        let mut stretches = Stretches::new();
        for (part, shared) in self.parts.iter().zip(&self.shared) {
            let columns: Vec<_> = rule.columns().into_iter().map(|column| shared.get(column)).collect();
            let columns: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
            let gone = stretches.go(part, &rule.judged(part, &columns), terms);
            gone.map_err(|fault| SweepFault::Run { point, fault })?;
        }
        Ok(stretches.end(terms, periods_per_year))
    }

    /// The runs in the order of their numbers; of several faults the first one's.
    fn run_all(&self, points: &[(u64, u64)], done: &(dyn Fn(u64) + Sync)) -> Result<Vec<Trial>, SweepFault> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut ran = Vec::new();
            while let Some((number, point)) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                ran.push((*number, self.trial(*number, *point)));
                done(1);
            }
            ran
        };
        let threads = self.sweep.threads.clamp(1, points.len().max(1));
        let mut ran = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut ran = work();
            for other in others {
                match other.join() {
                    Ok(theirs) => ran.extend(theirs),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            ran
        });
        ran.sort_by_key(|(number, _)| *number);
        ran.into_iter().map(|(_, trial)| trial).collect()
    }
}
