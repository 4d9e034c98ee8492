//! The runs of a sweep, over all threads that are given.

use super::front::told;
use super::memory::{Memory, Scope};
use super::objective::{OBJECTIVES_MAX, Objective, Scores};
use super::past::{Came, Ground, Past, PastFault};
use super::search::{Known, MethodFault, Plan, Searching};
use super::space::Space;
use engine_analytics::performance::curve;
use std::fmt::{Display, Formatter};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What every run of a sweep has in common.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    /// The bars, and who trades on them.
    pub past: &'a dyn Past,
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
#[derive(Clone, Debug, Default, PartialEq)]
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
    pub equity_final: Option<f64>,
    /// Sharpe's ratio of a bar, not annual.
    pub sharpe_per_bar: Option<f64>,
    /// The deepest fall, a negative share.
    pub max_drawdown: Option<f64>,
    /// Closed positions.
    pub trades: usize,
    /// Fees of closed positions.
    pub fees: f64,
    /// Why it has no value: it could not be run, or its strategy gave up on the way. Then nothing else of it is told.
    pub fault: Option<String>,
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
    /// A point at which the strategy cannot be.
    Point {
        /// Which.
        set: Vec<(&'static str, f64)>,
        /// Why.
        fault: PastFault,
    },
    /// A run that cannot be.
    Run {
        /// At which point.
        set: Vec<(&'static str, f64)>,
        /// Why.
        fault: PastFault,
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
            Self::Point { set, fault } | Self::Run { set, fault } => {
                let set: Vec<String> = set.iter().map(|(name, value)| format!("{name} {value}")).collect();
                write!(f, "{}: {fault}", set.join(", "))
            }
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
        if shard != Shard::WHOLE && plan.method.looks_back() {
            return Err(SweepFault::Method(MethodFault::Shard { method: plan.method }));
        }
        self.whole().search(plan, shard, done)
    }

    /// A search over all bars.
    pub(super) fn whole(&self) -> Hunt<'_> {
        Hunt::over(self, std::slice::from_ref(&(0..self.past.bars())), Scope::Whole)
    }

    /// The parameters of a point that are tried.
    pub(super) fn set(&self, point: u64) -> Vec<(&'static str, f64)> {
        self.space.values(point).collect()
    }

    /// Bars that the neediest point needs.
    pub fn needs(&self) -> Result<usize, SweepFault> {
        let set = self.set(self.space.neediest());
        self.past.needs(&set).map_err(|fault| SweepFault::Point { set, fault })
    }

    /// A trial out of what its run came to.
    pub(super) fn trial_of(&self, number: u64, point: u64, came: Came) -> Trial {
        let mut scores = [0.0; OBJECTIVES_MAX];
        for ((objective, found), score) in self.objectives.iter().zip(came.objectives).zip(&mut scores) {
            *score = objective.score(found);
        }
        // Whoever was worth nothing in between has lost, whatever came of it in the end.
        if came.max_drawdown.is_some_and(curve::is_ruin) {
            scores[..self.objectives.len()].fill(f64::NEG_INFINITY);
        }
        let Came { objectives, equity_final, sharpe_per_bar, max_drawdown, trades, fees } = came;
        let (equity_final, fault) = (Some(equity_final), None);
        Trial { number, point, objectives, scores, equity_final, sharpe_per_bar, max_drawdown, trades, fees, fault }
    }

    /// One that was tried and has no value.
    fn without_value(&self, number: u64, point: u64, fault: &PastFault) -> Trial {
        let mut scores = [0.0; OBJECTIVES_MAX];
        scores[..self.objectives.len()].fill(f64::NEG_INFINITY);
        Trial { number, point, scores, fault: Some(fault.to_string()), ..Trial::default() }
    }

    /// Of all that is asked, in its order, over all threads. After a fault nothing more is begun; of several it is the first
    /// one's.
    pub(super) fn spread<A: Sync, B: Send>(
        &self,
        asked: &[A],
        one: impl Fn(&A) -> Result<B, SweepFault> + Sync,
    ) -> Result<Vec<B>, SweepFault> {
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || {
            let mut ran = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(asked) = asked.get(at) else { break };
                let came = one(asked);
                is_over.fetch_or(came.is_err(), Ordering::Relaxed);
                ran.push((at, came));
            }
            ran
        };
        let threads = self.threads.clamp(1, asked.len().max(1));
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
        ran.sort_by_key(|(at, _)| *at);
        ran.into_iter().map(|(_, came)| came).collect()
    }
}

/// One search over some of a sweep's bars: over stretches that are each begun anew.
pub(super) struct Hunt<'a> {
    sweep: &'a Sweep<'a>,
    scope: Scope,
    ground: Box<dyn Ground + 'a>,
}

impl<'a> Hunt<'a> {
    pub(super) fn over(sweep: &'a Sweep<'a>, parts: &[Range<usize>], scope: Scope) -> Self {
        Self { sweep, scope, ground: sweep.past.over(parts, sweep.objectives) }
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
            for (_, point) in &ours {
                let set = sweep.set(*point);
                // Who knows all points is refused before anything ran; of one that searches it is a trial without a value.
                if let Err(fault) = self.ground.announce(&set)
                    && !plan.method.looks_back()
                {
                    return Err(SweepFault::Point { set, fault });
                }
            }
            let ran = sweep.spread(&ours, |(number, point)| {
                let trial = self.trial(*number, *point);
                done(1);
                trial
            })?;
            known.extend(ran.iter().map(|trial| (trial.point, told(trial.scores))));
            trials.extend(ran);
        }
        Ok(trials)
    }

    /// As it is known, else run and kept: one that cannot be run, too, for it would not the next time either.
    fn trial(&self, number: u64, point: u64) -> Result<Trial, SweepFault> {
        let (memory, scope) = (self.sweep.memory, self.scope);
        if let Some(known) = memory.known(scope, point) {
            return Ok(Trial { number, ..known });
        }
        let trial = match self.ground.run(&self.sweep.set(point)) {
            Ok(came) => self.sweep.trial_of(number, point, came),
            Err(fault) => self.sweep.without_value(number, point, &fault),
        };
        memory.keep(scope, &trial).map_err(|told| SweepFault::Memory { told })?;
        Ok(trial)
    }

    /// The account's value along the run of a point.
    pub(super) fn account(&self, point: u64) -> Result<Vec<f64>, SweepFault> {
        let set = self.sweep.set(point);
        self.ground.account(&set).map_err(|fault| SweepFault::Run { set, fault })
    }
}
