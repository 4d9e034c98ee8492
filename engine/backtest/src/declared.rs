//! What can be set of a strategy, and how it is called: the same for a rule over bars and for a strategy of the engine.
//!
//! Owns: names and bounds, and what is said of one that does not hold them. Never: what a value means.

use crate::bars::rule::RuleName;
use engine_analytics::indicator::catalogue::{Param, nearest};
use engine_core::strategy::play::Entry;
use std::borrow::Cow;
use std::fmt::{Display, Formatter};

/// A strategy's name and its parameters, in its own order.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// As users type it.
    pub strategy: Cow<'static, str>,
    /// What can be set.
    pub params: Cow<'static, [Param]>,
}

/// A value that a strategy does not take.
#[derive(Clone, Debug, PartialEq)]
pub enum SetFault {
    /// The strategy has no such parameter.
    Unknown {
        /// Which strategy.
        of: Declared,
        /// What was set.
        found: String,
    },
    /// A value that it may not have.
    Range {
        /// Which strategy.
        strategy: Cow<'static, str>,
        /// Which parameter.
        param: Param,
        /// What it was set to.
        found: f64,
    },
}

impl Display for SetFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { of: Declared { strategy, params }, found } if params.is_empty() => {
                write!(f, "{strategy} has no parameter {found}: it has none")
            }
            Self::Unknown { of: Declared { strategy, params }, found } => {
                let near = nearest(found, params.iter().map(|param| param.name));
                write!(f, "{strategy} has no parameter {found}; nearest: {}", near.join(", "))
            }
            Self::Range { strategy, param: Param { name, min, max, whole, .. }, found } => {
                let kind = if *whole { "whole number" } else { "number" };
                write!(f, "{strategy} {name}: found {found}, accepted: a {kind} from {min} to {max}")
            }
        }
    }
}

impl std::error::Error for SetFault {}

impl Declared {
    /// The place of a parameter that may have that value.
    pub fn check(&self, name: &str, found: f64) -> Result<usize, SetFault> {
        let at = self.params.iter().position(|param| param.name == name);
        let at = at.ok_or_else(|| SetFault::Unknown { of: self.clone(), found: name.to_owned() })?;
        let param = self.params[at];
        let is_whole = !param.whole || found.fract().total_cmp(&0.0).is_eq();
        if (param.min..=param.max).contains(&found) && is_whole {
            return Ok(at);
        }
        Err(SetFault::Range { strategy: self.strategy.clone(), param, found })
    }

    /// What each is when nobody says.
    #[must_use]
    pub fn defaults(&self) -> Vec<f64> {
        self.params.iter().map(|param| param.default).collect()
    }

    /// Names of all of them, with commas.
    #[must_use]
    pub fn names(&self) -> String {
        self.params.iter().map(|param| param.name).collect::<Vec<_>>().join(", ")
    }
}

impl From<RuleName> for Declared {
    fn from(rule: RuleName) -> Self {
        Self { strategy: Cow::Borrowed(rule.name()), params: Cow::Borrowed(rule.params()) }
    }
}

/// Whole numbers, which a float holds: none of the engine's parameters is as large as 2^53.
impl From<&Entry> for Declared {
    fn from(entry: &Entry) -> Self {
        let float = |whole: i64| whole as f64;
        let params = entry.params.iter().map(|param| Param {
            name: param.name,
            default: float(param.default),
            min: float(param.min),
            max: float(param.max),
            whole: true,
        });
        Self { strategy: Cow::Borrowed(entry.name), params: params.collect() }
    }
}
