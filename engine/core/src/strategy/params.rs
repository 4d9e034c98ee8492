//! A strategy's parameters: a table of names, units and ranges, and how given values are held against it. What comes out
//! is complete and in range; nobody downstream sees a name.

use std::fmt;

/// One parameter of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name; the last word is the unit.
    pub name: &'static str,
    /// Taken when none is given.
    pub default: i64,
    /// Least value, inclusive.
    pub min: i64,
    /// Largest value, inclusive.
    pub max: i64,
    /// What it does and why the default is what it is.
    pub why: &'static str,
}

/// Why parameters were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamFault {
    /// No strategy of that name.
    UnknownStrategy(String),
    /// The strategy has no parameter of that name.
    UnknownParam(String),
    /// The same parameter twice.
    Repeated(String),
    /// Out of range.
    OutOfRange {
        /// Which.
        param: Param,
        /// What was given.
        value: i64,
    },
    /// Each is in range, together they make no sense.
    Relation(&'static str),
    /// No instrument to trade.
    NoInstrument,
}

impl fmt::Display for ParamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownStrategy(name) => write!(f, "there is no strategy `{name}`"),
            Self::UnknownParam(name) => write!(f, "there is no parameter `{name}`"),
            Self::Repeated(name) => write!(f, "parameter `{name}` is given twice"),
            Self::OutOfRange { param, value } => {
                write!(f, "parameter `{}` is {value}, must be {} to {}", param.name, param.min, param.max)
            }
            Self::Relation(what) => f.write_str(what),
            Self::NoInstrument => f.write_str("a strategy needs at least one instrument"),
        }
    }
}

impl std::error::Error for ParamFault {}

/// The values of a table of `N` parameters, in the order of the table.
pub(super) fn read<const N: usize>(table: &[Param; N], given: &[(String, i64)]) -> Result<[i64; N], ParamFault> {
    let mut values = table.map(|param| param.default);
    let mut seen = [false; N];
    for (name, value) in given {
        let Some(at) = table.iter().position(|param| param.name == name) else {
            return Err(ParamFault::UnknownParam(name.clone()));
        };
        if std::mem::replace(&mut seen[at], true) {
            return Err(ParamFault::Repeated(name.clone()));
        }
        let param = table[at];
        if !(param.min..=param.max).contains(value) {
            return Err(ParamFault::OutOfRange { param, value: *value });
        }
        values[at] = *value;
    }
    Ok(values)
}
