//! What may be tried: some parameters of a strategy, each with the values that it may have.

use super::condition::Condition;
use crate::declared::{Declared, SetFault};
use std::fmt::{Display, Formatter};

/// Values of one parameter at most.
pub const VALUES_MAX: usize = 100_000;
/// Points at most: beyond it a number of a point would not be exact in JSON.
pub const POINTS_MAX: u64 = 1 << 53;
/// Of the parameters that conditions are about, ways to set them at most: each is looked at once.
pub const WAYS_MAX: u64 = 1_000_000;

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
    of: Declared,
    axes: Vec<Axis>,
    size: u64,
    held: Option<Held>,
}

/// What of a space holds its conditions.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    conditions: Vec<Condition>,
    /// Axes that they are about, in order, and the others.
    about: Vec<usize>,
    others: Vec<usize>,
    /// The ways to set those that hold them, as numbers whose last axis turns fastest.
    ways: Vec<u64>,
}

/// A space that cannot be.
#[derive(Clone, Debug, PartialEq)]
pub enum SpaceFault {
    /// No parameter is named.
    Empty {
        /// The strategy.
        of: Declared,
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
    /// A value that the strategy does not take.
    Set(SetFault),
    /// More ways to set what the conditions are about than are looked at.
    Ways {
        /// How many.
        found: u64,
    },
    /// No point holds all conditions.
    NoneHolds,
}

impl Display for SpaceFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty { of } => {
                write!(f, "found no parameter, expected at least one of {}: {}", of.strategy, of.names())
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
            Self::Set(fault) => fault.fmt(f),
            Self::Ways { found } => {
                write!(f, "found {found} ways to set its parameters, accepted: at most {WAYS_MAX}; take a wider step")
            }
            Self::NoneHolds => write!(f, "found no point of the space that holds, expected at least one"),
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
    pub fn new(of: impl Into<Declared>, choices: &[(String, Choice)]) -> Result<Self, SpaceFault> {
        let of = of.into();
        let mut axes = Vec::new();
        for (name, choice) in choices {
            let values = values(name, choice)?;
            for value in &values {
                of.check(name, *value).map_err(SpaceFault::Set)?;
            }
            axes.extend(of.params.iter().find(|param| param.name == name).map(|p| Axis { name: p.name, values }));
        }
        if axes.is_empty() {
            return Err(SpaceFault::Empty { of });
        }
        // In the strategy's order, however they were typed: the same space has the same numbers.
        axes.sort_by_key(|axis| of.params.iter().position(|param| param.name == axis.name));
        let found: f64 = axes.iter().map(|axis| axis.values.len() as f64).product();
        if found > POINTS_MAX as f64 {
            return Err(SpaceFault::Points { found });
        }
        let size = axes.iter().map(|axis| axis.values.len() as u64).product();
        Ok(Self { of, axes, size, held: None })
    }

    /// With conditions that a point must hold to be tried. A parameter that is not tried is its default.
    pub fn held(mut self, conditions: Vec<Condition>) -> Result<Self, SpaceFault> {
        if conditions.is_empty() {
            return Ok(self);
        }
        let places = |name: &str| self.of.params.iter().position(|param| param.name == name);
        let of_param: Vec<Option<usize>> = self.axes.iter().map(|axis| places(axis.name)).collect();
        let is_about =
            |axis: &usize| conditions.iter().any(|of| of.params().any(|param| of_param[*axis] == Some(param)));
        let (about, others): (Vec<usize>, Vec<usize>) = (0..self.axes.len()).partition(is_about);
        let found = about.iter().map(|axis| self.axes[*axis].values.len() as u64).try_fold(1_u64, u64::checked_mul);
        let count =
            found.filter(|found| *found <= WAYS_MAX).ok_or(SpaceFault::Ways { found: found.unwrap_or(u64::MAX) })?;
        let mut values = self.of.defaults();
        let mut ways = Vec::new();
        for way in 0..count {
            for (axis, place) in about.iter().zip(self.turned(&about, way)) {
                if let Some(param) = of_param[*axis] {
                    values[param] = self.axes[*axis].values[place];
                }
            }
            if conditions.iter().all(|condition| condition.holds(|param| values[param])) {
                ways.push(way);
            }
        }
        if ways.is_empty() {
            return Err(SpaceFault::NoneHolds);
        }
        self.held = Some(Held { conditions, about, others, ways });
        Ok(self)
    }

    /// Where a number lies on some of the axes, of which the last turns fastest.
    fn turned(&self, axes: &[usize], number: u64) -> Vec<usize> {
        let mut left = number;
        let mut places: Vec<usize> = axes
            .iter()
            .rev()
            .map(|axis| {
                let length = self.axes[*axis].values.len() as u64;
                let place = left % length;
                left /= length;
                place as usize
            })
            .collect();
        places.reverse();
        places
    }

    /// The conditions.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        self.held.as_ref().map_or(&[], |held| &held.conditions)
    }

    /// How many points hold the conditions.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.held.as_ref().map_or(self.size, |held| held.ways.len() as u64 * self.others_size(held))
    }

    fn others_size(&self, held: &Held) -> u64 {
        held.others.iter().map(|axis| self.axes[*axis].values.len() as u64).product()
    }

    /// The `rank`th point that holds the conditions: without any, the point of that number.
    #[must_use]
    pub fn nth(&self, rank: u64) -> u64 {
        let Some(held) = &self.held else { return rank };
        let others = self.others_size(held);
        let mut places = vec![0; self.axes.len()];
        let about = self.turned(&held.about, held.ways[(rank / others) as usize]);
        held.about.iter().zip(about).for_each(|(axis, place)| places[*axis] = place);
        let rest = self.turned(&held.others, rank % others);
        held.others.iter().zip(rest).for_each(|(axis, place)| places[*axis] = place);
        self.point(&places)
    }

    /// Whether a point holds the conditions.
    #[must_use]
    pub fn holds(&self, point: u64) -> bool {
        let Some(held) = &self.held else { return true };
        let places = self.places(point);
        let number = held
            .about
            .iter()
            .fold(0, |number, axis| number * self.axes[*axis].values.len() as u64 + places[*axis] as u64);
        held.ways.binary_search(&number).is_ok()
    }

    /// So many parameters that mean nothing, with so many values each: for searches that are tried on functions.
    #[cfg(test)]
    pub(super) fn of_places(axes: usize, values: usize) -> Self {
        let axis = Axis { name: "x", values: (0..values).map(|n| n as f64).collect() };
        let of = crate::bars::rule::RuleName::SmaCross.into();
        Self { of, axes: vec![axis; axes], size: (values as u64).pow(axes as u32), held: None }
    }

    /// Whose parameters.
    #[must_use]
    pub fn of(&self) -> &Declared {
        &self.of
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
        self.turned(&(0..self.axes.len()).collect::<Vec<_>>(), point)
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

    /// A point that needs at least as many bars as any that is tried: a parameter needs the more the larger it is.
    #[must_use]
    pub fn neediest(&self) -> u64 {
        let mut places: Vec<usize> = self.axes.iter().map(|axis| axis.values.len() - 1).collect();
        if let Some(held) = &self.held {
            held.about.iter().for_each(|axis| places[*axis] = 0);
            for way in &held.ways {
                let turned = self.turned(&held.about, *way);
                held.about.iter().zip(turned).for_each(|(axis, place)| places[*axis] = places[*axis].max(place));
            }
        }
        self.point(&places)
    }
}
