//! Why an indicator could not be made.

use super::Param;
use std::error::Error;
use std::fmt::{Display, Formatter, Result};

/// What was found, and what would have been accepted.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// No indicator has that name.
    UnknownName {
        /// What was asked for.
        found: String,
        /// The names that are most like it, the nearest first.
        nearest: Vec<&'static str>,
    },
    /// The indicator has no such parameter.
    UnknownParam {
        /// Which indicator.
        indicator: &'static str,
        /// What was set.
        found: String,
        /// The names that are most like it, the nearest first.
        nearest: Vec<&'static str>,
    },
    /// A parameter is out of its range, or has a fraction that it may not have.
    ParamRange {
        /// Which indicator.
        indicator: &'static str,
        /// Which parameter.
        param: Param,
        /// What it was set to.
        found: f64,
    },
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::UnknownName { found, nearest } => {
                write!(f, "no indicator is called {found}; nearest: {}", nearest.join(", "))
            }
            Self::UnknownParam { indicator, found, nearest } if nearest.is_empty() => {
                write!(f, "{indicator} has no parameters, found {found}")
            }
            Self::UnknownParam { indicator, found, nearest } => {
                write!(f, "{indicator} has no parameter {found}; nearest: {}", nearest.join(", "))
            }
            Self::ParamRange { indicator, param: Param { name, min, max, whole, .. }, found } => {
                let kind = if *whole { "whole number" } else { "number" };
                write!(f, "{indicator} {name}: found {found}, accepted: a {kind} from {min} to {max}")
            }
        }
    }
}

impl Error for Fault {}
