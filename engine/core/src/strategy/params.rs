//! A strategy's parameters: a table of names, units and ranges, and how given values are held against it. What comes out
//! is complete and in range; nobody downstream sees a name.

use engine_analytics::indicator::catalogue::nearest;
use engine_model::instrument::InstrumentId;
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

impl Param {
    /// A row of a table.
    #[must_use]
    pub const fn new(name: &'static str, default: i64, (min, max): (i64, i64), why: &'static str) -> Self {
        Self { name, default, min, max, why }
    }

    /// How long a candle is.
    pub(super) const fn candle_ms(default: i64) -> Self {
        Self::new("candle_ms", default, (100, 86_400_000), "length of a candle; one minute has trades in it")
    }

    /// What a position or an order is worth.
    pub(super) const fn order_quote(why: &'static str) -> Self {
        Self::new("order_quote", 500, (1, 10_000_000), why)
    }

    /// The unit, which the last word of the name says.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self.name.rsplit('_').next() {
            Some("ms") => "milliseconds",
            Some("s") => "seconds",
            Some("ticks") => "ticks",
            Some("bps") => "bps",
            Some("flag") => "0 or 1",
            Some("quote") => "whole units of the quote currency",
            Some("deci") => "tenths",
            Some("centi") => "hundredths",
            _ => "candles or points",
        }
    }
}

/// What a strategy is made with: complete and in range.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// What it trades, in the order in which it was listed.
    pub instruments: &'a [InstrumentId],
    values: &'a [i64],
}

impl<'a> Given<'a> {
    /// `values` stand in the order of the strategy's table.
    #[must_use]
    pub fn new(instruments: &'a [InstrumentId], values: &'a [i64]) -> Self {
        Self { instruments, values }
    }

    /// The values, in the order of the table.
    ///
    /// # Panics
    /// When the table has another length: a strategy takes its own table apart.
    #[must_use]
    pub fn values<const N: usize>(&self) -> [i64; N] {
        assert!(self.values.len() == N, "the table has {} parameters, {N} are taken", self.values.len());
        std::array::from_fn(|at| self.values[at])
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &'a [i64] {
        self.values
    }
}

/// Why parameters were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamFault {
    /// No strategy of that name.
    UnknownStrategy(String),
    /// The strategy has no parameter of that name.
    UnknownParam {
        /// What was given.
        name: String,
        /// The names that are most like it, the nearest first.
        nearest: Vec<String>,
    },
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
    /// Fewer or more instruments than it trades.
    Instruments {
        /// How many were given.
        found: usize,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
    /// It was sized by them when it began.
    Fixed(&'static str),
    /// It cannot begin with them.
    Broken(String),
}

impl fmt::Display for ParamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownStrategy(name) => write!(f, "there is no strategy `{name}`"),
            Self::UnknownParam { name, nearest } if nearest.is_empty() => {
                write!(f, "there is no parameter `{name}`: it has none")
            }
            Self::UnknownParam { name, nearest } => {
                write!(f, "there is no parameter `{name}`; nearest: {}", nearest.join(", "))
            }
            Self::Repeated(name) => write!(f, "parameter `{name}` is given twice"),
            Self::OutOfRange { param, value } => {
                write!(f, "parameter `{}` is {value}, must be {} to {}", param.name, param.min, param.max)
            }
            Self::Relation(what) => f.write_str(what),
            Self::NoInstrument => f.write_str("a strategy needs at least one instrument"),
            Self::Instruments { found, least, most } if least == most => {
                write!(f, "{found} instruments, it trades {least}")
            }
            Self::Instruments { found, least, most } => write!(f, "{found} instruments, it trades {least} to {most}"),
            Self::Broken(why) => write!(f, "it cannot begin: {why}"),
            Self::Fixed(name) => write!(f, "the parameters of `{name}` stand while it runs: it began by them"),
        }
    }
}

impl std::error::Error for ParamFault {}

/// The values of a table, in its order: those given, and defaults for the rest.
pub(super) fn complete(table: &[Param], given: &[(String, i64)]) -> Result<Box<[i64]>, ParamFault> {
    let mut values: Box<[i64]> = table.iter().map(|param| param.default).collect();
    let mut seen = vec![false; table.len()];
    for (name, value) in given {
        let Some(at) = table.iter().position(|param| param.name == name) else {
            let nearest = nearest(name, table.iter().map(|param| param.name)).into_iter().map(str::to_owned).collect();
            return Err(ParamFault::UnknownParam { name: name.clone(), nearest });
        };
        if std::mem::replace(&mut seen[at], true) {
            return Err(ParamFault::Repeated(name.clone()));
        }
        check(&table[at], *value)?;
        values[at] = *value;
    }
    Ok(values)
}

/// Whether a value is in range.
pub(super) fn check(param: &Param, value: i64) -> Result<(), ParamFault> {
    let is_in = (param.min..=param.max).contains(&value);
    if is_in { Ok(()) } else { Err(ParamFault::OutOfRange { param: *param, value }) }
}
