//! Strategies that a job can run over candles: the rules over bars, and those of the engine that candles tell enough for.
//!
//! Never: a script. It would be a file that somebody names, and nobody names one to a job.

use super::JobsError;
use super::work::{TRIALS_MAX, bad};
use crate::door::dto::JobTerms;
use engine_analytics::indicator::catalogue::nearest;
use engine_backtest::bars::rule::RuleName;
use engine_backtest::declared::Declared;
use engine_backtest::sweep::space::Space;
use engine_core::strategy::catalog::CATALOGUE;
use engine_core::strategy::params::Given;
use engine_core::strategy::play::{Entry, Need};
use engine_model::instrument::InstrumentId;

/// One of them.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// By its rule over bars.
    Rule(RuleName),
    /// Through every stage.
    Staged(&'static Entry),
}

impl Known {
    pub(super) fn find(name: &str) -> Result<Self, JobsError> {
        if let Ok(rule) = RuleName::find(name) {
            return Ok(Self::Rule(rule));
        }
        if name.ends_with(".rhai") {
            let told =
                "a strategy of the engine: a job names no file, and `ringside backtest` and `optimize` run scripts";
            return Err(bad("strategy", name, told));
        }
        let Some(entry) = CATALOGUE.iter().find(|entry| entry.name == name) else {
            let near = nearest(name, CATALOGUE.iter().map(|entry| entry.name)).join(", ");
            return Err(bad("strategy", name, format!("a strategy of the engine; nearest: {near}")));
        };
        let defaults: Vec<i64> = entry.params.iter().map(|param| param.default).collect();
        let needs = if entry.instruments.0 > 1 { Some(Need::Instruments) } else { lives_on(entry, &defaults)? };
        match needs {
            Some(need) => {
                let told = format!("one that lives on what candles tell, and not on {}", need.told());
                Err(bad("strategy", name, told))
            }
            None => Ok(Self::Staged(entry)),
        }
    }

    pub(super) fn declared(&self) -> Declared {
        match self {
            Self::Rule(rule) => Declared::from(*rule),
            Self::Staged(entry) => Declared::from(*entry),
        }
    }

    /// Whether it can be made with that set; the rest has its defaults.
    pub(super) fn can_be<'a>(&self, set: impl IntoIterator<Item = (&'a str, f64)>) -> Result<(), String> {
        let declared = self.declared();
        let mut values = declared.defaults();
        for (name, value) in set {
            values[declared.check(name, value).map_err(|fault| fault.to_string())?] = value;
        }
        let Self::Staged(entry) = self else { return Ok(()) };
        // Whole numbers: that was checked.
        let values: Vec<i64> = values.into_iter().map(|value| value as i64).collect();
        lives_on(entry, &values).map(|_| ()).map_err(|fault| fault.to_string())
    }

    /// Whether it can be made at each point, where no more points are tried than an answer holds.
    pub(super) fn can_be_all(&self, space: &Space) -> Result<(), JobsError> {
        let tried = space.tried();
        let ranks = if tried <= TRIALS_MAX { 0..tried } else { 0..0 };
        for point in ranks.map(|rank| space.nth(rank)) {
            self.can_be(space.values(point)).map_err(|fault| {
                let set: Vec<String> = space.values(point).map(|(name, value)| format!("{name} {value}")).collect();
                bad("space", &set.join(", "), format!("points that `where` leaves in and that can be: {fault}"))
            })?;
        }
        Ok(())
    }

    /// What belongs to the rule over bars alone.
    pub(super) fn takes(&self, terms: &JobTerms) -> Result<(), JobsError> {
        let of_bars = [("stop", terms.stop), ("target", terms.target), ("units", terms.units)];
        let typed = of_bars.into_iter().find_map(|(what, value)| Some((what, value?)));
        match (self, typed) {
            (Self::Staged(entry), Some((what, value))) => {
                let told = format!("none: {} goes through every stage, and sizes itself by its parameters", entry.name);
                Err(bad(what, &value.to_string(), told))
            }
            (Self::Rule(_) | Self::Staged(_), _) => Ok(()),
        }
    }

    /// Whether a search around the defaults tries that parameter: how long a bar is says the candles, and how much is bought
    /// makes nothing better or worse.
    pub(super) fn is_tried(&self, name: &str) -> bool {
        matches!(self, Self::Rule(_)) || !(name.ends_with("_ms") || name.ends_with("_quote"))
    }
}

/// The first thing that it lives on beside prices.
fn lives_on(entry: &'static Entry, values: &[i64]) -> Result<Option<Need>, JobsError> {
    let made = entry.check(&Given::new(&[InstrumentId(0)], values));
    let made = made.map_err(|fault| bad("params", entry.name, fault))?;
    Ok(made.needs().first().copied())
}
