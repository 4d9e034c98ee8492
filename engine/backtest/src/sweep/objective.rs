//! What a sweep looks for: measures of a run, each the more the better, or the less.

use crate::bars::brief::{Brief, MEASURES};
use engine_analytics::indicator::catalogue::nearest;
use engine_analytics::performance::curve::CurveMeasures;
use engine_analytics::performance::trades::TradeMeasures;
use std::fmt::{Display, Formatter};

/// The account's value at the end; not among the measures of a curve, for it is money.
const FINAL_EQUITY: &str = "final_equity";

/// Measures that are looked for at once, at most: of more, hardly a run is worse than another in all.
pub const OBJECTIVES_MAX: usize = 4;

/// A run's measures as numbers of which more is better, `-inf` where one cannot be told; 0 behind those that are looked for.
pub type Scores = [f64; OBJECTIVES_MAX];

/// A measure and which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objective {
    name: &'static str,
    is_less_better: bool,
}

/// Measures that cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectiveFault {
    /// No measure has that name.
    Unknown {
        /// What was asked for.
        found: String,
    },
    /// More than can be looked for at once.
    Many {
        /// How many.
        found: usize,
    },
    /// The same measure again.
    Twice {
        /// Which.
        name: &'static str,
    },
}

impl Display for ObjectiveFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { found } => {
                let meant = nearest(found.trim_start_matches('-'), names()).join(", ");
                write!(f, "no measure is called {found}; nearest: {meant} (a - before it: the less the better)")
            }
            Self::Many { found } => write!(f, "found {found} measures, accepted: at most {OBJECTIVES_MAX}"),
            Self::Twice { name } => write!(f, "found {name} twice, expected each measure once"),
        }
    }
}

impl std::error::Error for ObjectiveFault {}

fn names() -> impl Iterator<Item = &'static str> {
    let curve = CurveMeasures::default().named().into_iter();
    let measures = curve.chain(TradeMeasures::default().named());
    measures.map(|(name, _)| name).chain([FINAL_EQUITY])
}

impl Objective {
    /// By the name of a measure; with `-` before it, the less the better.
    pub fn find(found: &str) -> Result<Self, ObjectiveFault> {
        let bare = found.strip_prefix('-');
        let name = names().find(|name| *name == bare.unwrap_or(found));
        let name = name.ok_or_else(|| ObjectiveFault::Unknown { found: found.to_owned() })?;
        Ok(Self { name, is_less_better: bare.is_some() })
    }

    /// Several, with commas between; the first is the one that a single winner is picked by.
    pub fn list(found: &str) -> Result<Vec<Self>, ObjectiveFault> {
        let list = found.split(',').map(|name| Self::find(name.trim())).collect::<Result<Vec<_>, _>>()?;
        if list.len() > OBJECTIVES_MAX {
            return Err(ObjectiveFault::Many { found: list.len() });
        }
        match list.iter().enumerate().find(|(n, of)| list[..*n].iter().any(|other| other.name == of.name)) {
            Some((_, twice)) => Err(ObjectiveFault::Twice { name: twice.name }),
            None => Ok(list),
        }
    }

    /// The measure of a run; `None` where it cannot be told.
    #[must_use]
    pub fn of(&self, curve: &CurveMeasures, trades: &TradeMeasures, equity_final: f64) -> Option<f64> {
        if self.name == FINAL_EQUITY {
            return Some(equity_final);
        }
        curve.named().into_iter().chain(trades.named()).find(|(name, _)| *name == self.name)?.1
    }

    /// Whether a brief run knows it.
    #[must_use]
    pub fn is_brief(&self) -> bool {
        self.name == FINAL_EQUITY || MEASURES.contains(&self.name) || self.is_of_trades()
    }

    fn is_of_trades(&self) -> bool {
        TradeMeasures::default().named().iter().any(|(name, _)| *name == self.name)
    }

    /// The measure of a brief run; for an objective that [is one](Self::is_brief).
    #[must_use]
    pub fn of_brief(&self, brief: &Brief) -> Option<f64> {
        if self.name == FINAL_EQUITY {
            return Some(brief.equity_final);
        }
        if self.is_of_trades() {
            return brief.trade_measures().named().into_iter().find(|(name, _)| *name == self.name)?.1;
        }
        brief.curve.named().into_iter().find(|(name, _)| *name == self.name)?.1
    }

    /// As a number of which more is better; what cannot be told is worse than all that can.
    #[must_use]
    pub fn score(&self, measure: Option<f64>) -> f64 {
        let known = measure.filter(|measure| !measure.is_nan());
        known.map_or(f64::NEG_INFINITY, |measure| if self.is_less_better { -measure } else { measure })
    }
}

impl Display for Objective {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.is_less_better { "-" } else { "" }, self.name)
    }
}
