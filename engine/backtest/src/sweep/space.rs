//! What may be tried: some parameters of a strategy, each with the values that it may have.

use crate::bars::rule::{Rule, RuleFault, RuleName};
use std::fmt::{Display, Formatter};

/// Values of one parameter at most.
pub const VALUES_MAX: usize = 100_000;
/// Points at most: beyond it a number of a point would not be exact in JSON.
pub const POINTS_MAX: u64 = 1 << 53;

/// The values that a parameter may have, as users say it.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// These.
    Values(Vec<f64>),
    /// From `min` on, every `step`, up to `max`.
    Range {
        /// The first.
        min: f64,
        /// None is beyond.
        max: f64,
        /// From one to the next.
        step: f64,
    },
}

/// One parameter and its values, rising.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The parameter.
    pub name: &'static str,
    /// What it may be.
    pub values: Vec<f64>,
}

/// All points: each value of an axis with each of the others. A point is known by its number, the last axis turning fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    rule: RuleName,
    axes: Vec<Axis>,
    size: u64,
}

/// A space that cannot be.
#[derive(Clone, Debug, PartialEq)]
pub enum SpaceFault {
    /// No parameter is named.
    Empty {
        /// The strategy.
        rule: RuleName,
    },
    /// A parameter without a value.
    NoValue {
        /// Which.
        name: String,
    },
    /// The same value again.
    Twice {
        /// Which parameter.
        name: String,
        /// Which value.
        value: f64,
    },
    /// A range that does not go from `min` up to `max`.
    Range {
        /// Which parameter.
        name: String,
        /// As typed.
        choice: [f64; 3],
    },
    /// More values than a parameter may have.
    Values {
        /// Which parameter.
        name: String,
        /// How many, estimated.
        found: f64,
    },
    /// More points than can be numbered.
    Points {
        /// How many, estimated.
        found: f64,
    },
    /// What the strategy refuses.
    Rule(RuleFault),
}

impl Display for SpaceFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty { rule } => {
                let names: Vec<_> = rule.params().iter().map(|param| param.name).collect();
                write!(f, "found no parameter, expected at least one of {}: {}", rule.name(), names.join(", "))
            }
            Self::NoValue { name } => write!(f, "{name}: found no value, expected at least one"),
            Self::Twice { name, value } => write!(f, "{name}: found {value} twice, expected each value once"),
            Self::Range { name, choice: [min, max, step] } => {
                write!(f, "{name}: found min {min}, max {max}, step {step}, accepted: min at most max, step above 0")
            }
            Self::Values { name, found } => {
                write!(f, "{name}: found {found:.0} values, accepted: at most {VALUES_MAX}; take a wider step")
            }
            Self::Points { found } => write!(f, "found {found:e} points, accepted: at most {POINTS_MAX}"),
            Self::Rule(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for SpaceFault {}

fn values(name: &str, choice: &Choice) -> Result<Vec<f64>, SpaceFault> {
    let name = || name.to_owned();
    let too_many =
        |found: f64| if found > VALUES_MAX as f64 { Err(SpaceFault::Values { name: name(), found }) } else { Ok(()) };
    let mut values = match choice {
        Choice::Values(values) => {
            too_many(values.len() as f64)?;
            values.clone()
        }
        Choice::Range { min, max, step } => {
            if !(min <= max && *step > 0.0 && (max - min).is_finite()) {
                return Err(SpaceFault::Range { name: name(), choice: [*min, *max, *step] });
            }
            // A last value that only rounding puts beyond the end belongs to it.
            let steps = ((max - min) / step + 1e-9).floor();
            too_many(steps + 1.0)?;
            (0..=steps as u32).map(|n| min + f64::from(n) * step).collect()
        }
    };
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return Err(SpaceFault::NoValue { name: name() });
    }
    match values.array_windows().find(|[a, b]| a.total_cmp(b).is_eq()) {
        Some([value, _]) => Err(SpaceFault::Twice { name: name(), value: *value }),
        None => Ok(values),
    }
}

impl Space {
    /// Of a strategy; parameters that are not named keep their defaults.
    pub fn new(rule: RuleName, choices: &[(String, Choice)]) -> Result<Self, SpaceFault> {
        let mut axes = Vec::new();
        for (name, choice) in choices {
            let values = values(name, choice)?;
            for value in &values {
                Rule::new(rule, [(name.as_str(), *value)]).map_err(SpaceFault::Rule)?;
            }
            axes.extend(rule.params().iter().find(|param| param.name == name).map(|p| Axis { name: p.name, values }));
        }
        if axes.is_empty() {
            return Err(SpaceFault::Empty { rule });
        }
        // In the strategy's order, however they were typed: the same space has the same numbers.
        axes.sort_by_key(|axis| rule.params().iter().position(|param| param.name == axis.name));
        let found: f64 = axes.iter().map(|axis| axis.values.len() as f64).product();
        if found > POINTS_MAX as f64 {
            return Err(SpaceFault::Points { found });
        }
        let size = axes.iter().map(|axis| axis.values.len() as u64).product();
        Ok(Self { rule, axes, size })
    }

    /// So many parameters that mean nothing, with so many values each: for searches that are tried on functions.
    #[cfg(test)]
    pub(super) fn of_places(axes: usize, values: usize) -> Self {
        let axis = Axis { name: "x", values: (0..values).map(|n| n as f64).collect() };
        Self { rule: RuleName::SmaCross, axes: vec![axis; axes], size: (values as u64).pow(axes as u32) }
    }

    /// Whose parameters.
    #[must_use]
    pub fn rule_name(&self) -> RuleName {
        self.rule
    }

    /// The parameters that are tried.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many points.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where a point lies on each axis.
    #[must_use]
    pub fn places(&self, point: u64) -> Vec<usize> {
        let mut left = point;
        let mut places: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let length = axis.values.len() as u64;
                let place = left % length;
                left /= length;
                place as usize
            })
            .collect();
        places.reverse();
        places
    }

    /// The point at these places, one for each axis.
    #[must_use]
    pub fn point(&self, places: &[usize]) -> u64 {
        let axes = self.axes.iter().zip(places);
        axes.fold(0, |point, (axis, place)| point * axis.values.len() as u64 + *place as u64)
    }

    /// The parameters of a point that are tried.
    pub fn values(&self, point: u64) -> impl Iterator<Item = (&'static str, f64)> {
        self.axes.iter().zip(self.places(point)).map(|(axis, place)| (axis.name, axis.values[place]))
    }

    /// The strategy at a point.
    pub fn rule(&self, point: u64) -> Result<Rule, RuleFault> {
        Rule::new(self.rule, self.values(point))
    }

    /// Bars that the neediest point needs; each parameter needs the more the larger it is.
    pub fn needs(&self) -> Result<usize, RuleFault> {
        Ok(self.rule(self.size - 1)?.needs())
    }
}
