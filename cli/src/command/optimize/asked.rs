//! What was typed.

use crate::args::Optimize;
use crate::exit::Exit;
use crate::typed;
use engine_backtest::declared::Declared;
use engine_backtest::sweep::condition::Condition;
use engine_backtest::sweep::cross::Cross;
use engine_backtest::sweep::objective::Objective;
use engine_backtest::sweep::run::Shard;
use engine_backtest::sweep::search::{Method, MethodFault, Plan};
use engine_backtest::sweep::space::{Choice, Space};
use engine_backtest::sweep::walk::Walk;
use serde_json::Value;
use std::fmt::Display;

/// What a sweep is asked for; of the bars nothing is known yet.
pub(super) struct Asked {
    pub(super) space: Space,
    pub(super) objectives: Vec<Objective>,
    pub(super) plan: Plan,
    pub(super) shard: Shard,
    pub(super) walk: Option<Walk>,
    pub(super) cross: Option<Folds>,
}

/// How a cross-validation is cut; what is not said is a hundredth of the bars.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folds {
    groups: usize,
    test: usize,
    purge: Option<usize>,
    embargo: Option<usize>,
}

impl Folds {
    /// Over so many bars.
    pub(super) fn over(self, bars: usize) -> Cross {
        let Self { groups, test, purge, embargo } = self;
        let hundredth = bars.div_ceil(100);
        Cross { groups, test, purge: purge.unwrap_or(hundredth), embargo: embargo.unwrap_or(hundredth) }
    }
}

fn usage<F: Display>(key: &'static str) -> impl Fn(F) -> Exit {
    move |fault| Exit::Usage(format!("{key}: {fault}"))
}

/// Reads it all.
pub(super) fn asked(args: &Optimize, of: &Declared) -> Result<Asked, Exit> {
    let choices = typed::object("--space", &args.space)?.into_iter();
    let choices: Vec<(String, Choice)> = choices.map(|(name, found)| choice(name, &found)).collect::<Result<_, _>>()?;
    let space = Space::new(of.clone(), &choices).map_err(usage("--space"))?;
    let conditions = args.where_.iter().map(|text| Condition::parse(of, text));
    let conditions = conditions.collect::<Result<Vec<_>, _>>().map_err(usage("--where"))?;
    let space = space.held(conditions).map_err(usage("--where"))?;
    let method = Method::find(&args.method).map_err(usage("--method"))?;
    let objectives = Objective::list(&args.objective).map_err(usage("--objective"))?;
    let plan = Plan::new(&space, method, args.trials, args.seed).map_err(|fault| match fault {
        MethodFault::Grid { .. } => usage("--space")(fault),
        fault => usage("--trials")(fault),
    })?;
    let shard = args.shard.as_deref().map_or(Ok(Shard::WHOLE), shard)?;
    let walk = args.walk_forward.as_deref().map(walk).transpose()?;
    let cross = args.cross_validate.as_deref().map(folds).transpose()?;
    let other = walk.map(|_| "--walk-forward").or(cross.map(|_| "--cross-validate"));
    if let Some(other) = other.filter(|_| shard != Shard::WHOLE) {
        return Err(Exit::Usage(format!("--shard: found one with {other}, accepted: one of them")));
    }
    Ok(Asked { space, objectives, plan, shard, walk, cross })
}

fn choice(name: String, found: &Value) -> Result<(String, Choice), Exit> {
    let told = || {
        let accepted = "a list of numbers, or {\"min\": X, \"max\": X, \"step\": X}";
        Exit::Usage(format!("--space {name}: found {found}, accepted: {accepted}"))
    };
    let choice = match found {
        Value::Array(values) => {
            let values: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
            values.map(Choice::Values)
        }
        Value::Object(range) if range.len() == 3 => {
            let [min, max, step] = ["min", "max", "step"].map(|key| range.get(key).and_then(Value::as_f64));
            min.zip(max).zip(step).map(|((min, max), step)| Choice::Range { min, max, step })
        }
        _ => None,
    };
    let choice = choice.ok_or_else(told)?;
    Ok((name, choice))
}

fn shard(found: &str) -> Result<Shard, Exit> {
    let parts = found.split_once('/').and_then(|(at, of)| Some((at.parse::<u64>().ok()?, of.parse::<u64>().ok()?)));
    match parts {
        Some((at, of)) if (1..=of).contains(&at) => Ok(Shard { index: at - 1, of }),
        _ => Err(Exit::Usage(format!("--shard: found {found}, accepted: I/N with I from 1 to N"))),
    }
}

fn walk(text: &str) -> Result<Walk, Exit> {
    let found = typed::object("--walk-forward", text)?;
    let length = |key| found.get(key).and_then(Value::as_u64).and_then(|bars| usize::try_from(bars).ok());
    match (length("train"), length("test")) {
        (Some(train), Some(test)) if found.len() == 2 => Ok(Walk { train, test }),
        _ => {
            let told = format!("--walk-forward: found {text}, accepted: {{\"train\": BARS, \"test\": BARS}}");
            Err(Exit::Usage(told))
        }
    }
}

fn folds(text: &str) -> Result<Folds, Exit> {
    let found = typed::object("--cross-validate", text)?;
    let keys = ["groups", "test", "purge", "embargo"];
    let whole = |key| found.get(key).map(|value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok()));
    let told = || {
        let accepted = "{\"groups\": N, \"test\": N, \"purge\": BARS, \"embargo\": BARS}, the last three if wanted";
        Exit::Usage(format!("--cross-validate: found {text}, accepted: {accepted}"))
    };
    match keys.map(whole) {
        [Some(Some(groups)), test, purge, embargo] if found.keys().all(|key| keys.contains(&key.as_str())) => {
            let optional = |value: Option<Option<usize>>| value.map(|value| value.ok_or_else(told)).transpose();
            let (test, purge, embargo) = (optional(test)?.unwrap_or(1), optional(purge)?, optional(embargo)?);
            Ok(Folds { groups, test, purge, embargo })
        }
        _ => Err(told()),
    }
}
