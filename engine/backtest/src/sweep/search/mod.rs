//! In which order points are tried.
//!
//! A [`Plan`] says which way and how far. Some ways know all points beforehand (all of them, or by chance), the others look
//! at what came out. All depend on nothing but the space, the seed and the scores, so that a sweep can be repeated.

mod cmaes;
mod nsga2;
mod random;
mod tpe;

use super::objective::Scores;
use super::space::Space;
use crate::dice::Dice;
use engine_analytics::indicator::catalogue::nearest;
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

/// Trials at most.
pub const TRIALS_MAX: u64 = 1_000_000;
/// Trials at most of a search that looks back at each of them.
pub const LOOKING_BACK_MAX: u64 = 10_000;

/// A method by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every point.
    Grid,
    /// Points by chance, each once.
    Random,
    /// Where good ones are dense and bad ones are not.
    Tpe,
    /// From a cloud that moves and stretches towards the better.
    Cmaes,
    /// Children of those that few others are better than in everything.
    Nsga2,
}

/// Trials that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodFault {
    /// No method has that name.
    Unknown {
        /// What was asked for.
        found: String,
    },
    /// More points than are all tried.
    Grid {
        /// How many.
        points: u64,
    },
    /// A number for a method that tries all.
    GridTrials,
    /// None, or more than are waited for.
    Trials {
        /// Which method.
        method: Method,
        /// How many.
        found: u64,
    },
    /// A part of what cannot be parted: each trial depends on those before.
    Shard {
        /// Which method.
        method: Method,
    },
    /// Several measures for a method that can only tell more from less.
    Objectives {
        /// Which method.
        method: Method,
        /// How many.
        found: usize,
    },
}

impl Display for MethodFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { found } => {
                let meant = nearest(found, Method::ALL.into_iter().map(Method::name));
                write!(f, "no method is called {found}; nearest: {}", meant.join(", "))
            }
            Self::Grid { points } => write!(
                f,
                "a grid of {points} points, accepted: at most {TRIALS_MAX}; take wider steps, or random with --trials"
            ),
            Self::GridTrials => write!(f, "a grid tries every point: leave --trials out, or take random"),
            Self::Trials { method, found } => {
                write!(f, "found {found} trials, accepted with {}: from 1 to {}", method.name(), method.trials_max())
            }
            Self::Shard { method } => {
                let name = method.name();
                write!(f, "{name} looks at the trials before and cannot be parted, accepted: grid, random")
            }
            Self::Objectives { method, found } => {
                let name = method.name();
                write!(f, "found {found} measures, accepted with {name}: one; several with grid, random, nsga2")
            }
        }
    }
}

impl std::error::Error for MethodFault {}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Grid, Self::Random, Self::Tpe, Self::Cmaes, Self::Nsga2];

    /// As users type it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::Tpe => "tpe",
            Self::Cmaes => "cmaes",
            Self::Nsga2 => "nsga2",
        }
    }

    /// The method of that name; `genetic` is another one of `nsga2`.
    pub fn find(found: &str) -> Result<Self, MethodFault> {
        let known = if found == "genetic" { Self::Nsga2.name() } else { found };
        let named = Self::ALL.into_iter().find(|method| method.name() == known);
        named.ok_or_else(|| MethodFault::Unknown { found: found.to_owned() })
    }

    /// Whether it can look for so many measures at once.
    pub(super) fn check(self, objectives: usize) -> Result<(), MethodFault> {
        match self {
            Self::Tpe | Self::Cmaes if objectives > 1 => {
                Err(MethodFault::Objectives { method: self, found: objectives })
            }
            Self::Grid | Self::Random | Self::Tpe | Self::Cmaes | Self::Nsga2 => Ok(()),
        }
    }

    /// Whether it looks at what came out: then nobody knows beforehand which points it comes to.
    pub(super) fn looks_back(self) -> bool {
        matches!(self, Self::Tpe | Self::Cmaes | Self::Nsga2)
    }

    /// Trials that may be asked for.
    #[must_use]
    pub fn trials_max(self) -> u64 {
        match self {
            Self::Grid | Self::Random => TRIALS_MAX,
            Self::Tpe | Self::Cmaes | Self::Nsga2 => LOOKING_BACK_MAX,
        }
    }
}

/// What is searched and how; checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) method: Method,
    pub(super) trials: u64,
    pub(super) seed: u64,
}

/// Trials where nobody says how many.
const TRIALS: u64 = 100;

impl Plan {
    /// Of a space; no point is tried twice, and none that breaks a condition, so there are never more trials than points.
    pub fn new(space: &Space, method: Method, trials: Option<u64>, seed: u64) -> Result<Self, MethodFault> {
        let points = space.tried();
        let trials = match (method, trials) {
            (_, Some(found)) if found == 0 || found > method.trials_max() => {
                return Err(MethodFault::Trials { method, found });
            }
            (Method::Grid, Some(_)) => return Err(MethodFault::GridTrials),
            (Method::Grid, None) if points > TRIALS_MAX => return Err(MethodFault::Grid { points }),
            (Method::Grid, None) => points,
            (_, trials) => trials.unwrap_or(TRIALS).min(points),
        };
        Ok(Self { method, trials, seed })
    }

    /// In which order.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// How many trials.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }
}

/// The scores so far, by point.
pub(super) type Known = BTreeMap<u64, Scores>;

/// A search that goes along.
pub(super) struct Searching<'a> {
    space: &'a Space,
    method: Method,
    dice: Dice,
    parzen: tpe::Parzen,
    cloud: cmaes::Cloud,
    family: nsga2::Family,
}

impl<'a> Searching<'a> {
    pub(super) fn new(space: &'a Space, plan: Plan) -> Self {
        let (cloud, family) = (cmaes::Cloud::new(space), nsga2::Family::new(plan.trials));
        Self { space, method: plan.method, dice: Dice(plan.seed), parzen: tpe::Parzen::new(space), cloud, family }
    }

    /// The next points, at most `left`, none of them tried before and at least one while there is one.
    pub(super) fn ask(&mut self, known: &Known, left: u64) -> Vec<u64> {
        let (space, dice) = (self.space, &mut self.dice);
        let asked = match self.method {
            Method::Grid => {
                return (known.len() as u64..space.tried()).take(left as usize).map(|rank| space.nth(rank)).collect();
            }
            Method::Random => return random::draw(space, dice, known, left),
            Method::Tpe => self.parzen.ask(space, dice, known),
            Method::Cmaes => self.cloud.ask(space, dice, known),
            Method::Nsga2 => self.family.ask(space, dice, known),
        };
        let mut fresh: Vec<u64> = Vec::new();
        for point in asked {
            let is_new = !known.contains_key(&point) && !fresh.contains(&point);
            if is_new && space.holds(point) && (fresh.len() as u64) < left {
                fresh.push(point);
            }
        }
        // Where a search only comes back to what it knows, chance leads it out.
        let fresh = if fresh.is_empty() { random::draw(space, dice, known, left.min(1)) } else { fresh };
        self.parzen.asked.clone_from(&fresh);
        self.family.asked.clone_from(&fresh);
        fresh
    }
}

#[cfg(test)]
mod tests;
