//! What a job does: whether that can be asked for, as a line, and as the words that our own program is called with.
//!
//! Never: a shell, a path that somebody typed (data is named as the store of history names it), a word that could be taken
//! for another flag.

use super::JobsError;
use super::known::Known;
use super::past::{self, Stock};
use crate::door::dto::{
    JobChoice, JobFigure, JobPast, JobTerms, JobWalk, JobWork, NewBackfill, NewBacktest, NewOptimization,
};
use crate::store::history::kind::Period;
use crate::time;
use engine_analytics::indicator::catalogue::Param;
use engine_backtest::bars::rule::RuleName;
use engine_backtest::sweep::condition::Condition;
use engine_backtest::sweep::objective::Objective;
use engine_backtest::sweep::search::Method;
use engine_backtest::sweep::space::{Choice, Space};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

/// Trials of a job: its answer has a line for each, and must fit into a row of the database.
pub(crate) const TRIALS_MAX: u64 = 10_000;
/// Where nothing is said, and the method does not try all.
const TRIALS_DEFAULT: u64 = 100;
/// Conditions of a search: each is held against each point before it is taken on.
const CONDITIONS_MAX: usize = 16;
/// Ten years back are enough for one job.
pub(super) const DAYS_MAX: u32 = 3_660;
/// Longest symbol of a venue.
const SYMBOL_CHARS_MAX: usize = 64;
/// Shares of a default that are tried around it.
const AROUND: [f64; 5] = [0.5, 0.75, 1.0, 1.5, 2.0];
/// Of a usual search.
const USUAL_TRIALS: u64 = 200;
const DAY_NS: u64 = 86_400 * Nanos::SECOND;

/// Kinds of jobs, as they are named.
pub(crate) const KINDS: [&str; 6] = ["backtest", "optimize", "backfill", "report", "snapshot", "backup"];

/// What is wrong with work that may be begun later, as far as that can be said without the store of history.
#[must_use]
pub fn fault(work: &JobWork) -> Option<String> {
    work.holds().err().map(|error| error.to_string())
}

impl JobWork {
    /// As in the database and in answers.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Backtest(_) => KINDS[0],
            Self::Optimize(_) => KINDS[1],
            Self::Backfill(_) => KINDS[2],
            Self::Report => KINDS[3],
            Self::Snapshot => KINDS[4],
            Self::Backup => KINDS[5],
        }
    }

    /// In a line.
    pub(crate) fn about(&self) -> String {
        match self {
            Self::Backtest(NewBacktest { strategy, params, past, terms }) => {
                let params: Vec<String> = params.iter().map(|(name, value)| format!("{name} {value}")).collect();
                let params = if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
                format!("{strategy}{params} over {}, {}", span(past), costs(terms))
            }
            Self::Optimize(NewOptimization { strategy, method, past, terms, .. }) => {
                format!("{strategy} by {method} over {}, {}", span(past), costs(terms))
            }
            Self::Backfill(NewBackfill { venue, symbol, candles, .. }) => match candles {
                Some(length) => format!("{length} candles of {symbol} from {venue}"),
                None => format!("trades of {symbol} from {venue}"),
            },
            Self::Report => "how the account stands".to_owned(),
            Self::Snapshot => "how every market stands".to_owned(),
            Self::Backup => "a copy of the database".to_owned(),
        }
    }

    /// Whether it can be done, as far as that is known before it is.
    pub(crate) fn check(&self, stock: &Stock) -> Result<(), JobsError> {
        self.holds()?;
        match self {
            Self::Backtest(NewBacktest { past, .. }) | Self::Optimize(NewOptimization { past, .. }) => {
                past::check(past, stock)
            }
            Self::Backfill(_) | Self::Report | Self::Snapshot | Self::Backup => Ok(()),
        }
    }

    /// The same without a look at what the store of history has.
    fn holds(&self) -> Result<(), JobsError> {
        match self {
            Self::Backtest(of) => {
                let known = Known::find(&of.strategy)?;
                let set = of.params.iter().map(|(name, value)| (name.as_str(), *value));
                known.can_be(set).map_err(|fault| bad("params", &shown(&of.params), fault))?;
                past::holds(&of.past)?;
                terms_hold(&known, &of.terms)
            }
            Self::Optimize(of) => {
                let known = Known::find(&of.strategy)?;
                tried(of, &known)?;
                past::holds(&of.past)?;
                terms_hold(&known, &of.terms)
            }
            Self::Backfill(of) => backfill_holds(of),
            Self::Report | Self::Snapshot | Self::Backup => Ok(()),
        }
    }

    /// What our program is called with; `None`: it is done here.
    pub(crate) fn args(&self, history: &Path, venues: &Path, now: Nanos) -> Option<Vec<String>> {
        let store = || format!("--store={}", history.display());
        let mut args = match self {
            Self::Backtest(of) => {
                let mut args = vec!["backtest".to_owned(), format!("--strategy={}", of.strategy), store()];
                args.push(format!("--params={}", shown(&of.params)));
                args.extend(over(&of.past, now).chain(terms(&of.strategy, &of.terms)));
                args
            }
            Self::Optimize(of) => {
                let mut args = vec!["optimize".to_owned(), format!("--strategy={}", of.strategy), store()];
                args.push(format!("--space={}", shown(&of.space)));
                args.extend(of.conditions.iter().map(|condition| format!("--where={condition}")));
                args.push(format!("--method={}", of.method));
                args.extend(of.objective.iter().map(|name| format!("--objective={name}")));
                let is_grid = of.method == Method::Grid.name();
                let trials = of.trials.or((!is_grid).then_some(TRIALS_DEFAULT));
                args.extend(trials.map(|trials| format!("--trials={trials}")));
                args.extend(of.seed.map(|seed| format!("--seed={seed}")));
                let walk = |JobWalk { train, test }| format!("--walk-forward={{\"train\": {train}, \"test\": {test}}}");
                args.extend(of.walk_forward.map(walk));
                args.extend(over(&of.past, now).chain(terms(&of.strategy, &of.terms)));
                args
            }
            Self::Backfill(of) => {
                let (from, to) = backfill_span(of, now);
                let mut args = vec!["data".to_owned(), "backfill".to_owned(), store()];
                args.push(format!("--venue={}", of.venue));
                args.push(format!("--symbol={}", of.symbol));
                args.push(format!("--kind={}", if of.candles.is_some() { "candles" } else { "trades" }));
                args.extend(of.candles.iter().map(|length| format!("--interval={length}")));
                args.push(format!("--from={}", time::utc(from.max(1))));
                args.extend(to.map(|to| format!("--to={}", time::utc(to))));
                args.push(format!("--config={}", venues.display()));
                args
            }
            Self::Report | Self::Snapshot | Self::Backup => return None,
        };
        args.push("--json".to_owned());
        Some(args)
    }

    /// The numbers of a result that people ask for first.
    pub(crate) fn figures(&self, result: &Value) -> Vec<JobFigure> {
        let of = |place: &Value, names: &[&str]| -> Vec<JobFigure> {
            names.iter().map(|name| JobFigure { name: (*name).to_owned(), value: place[*name].as_f64() }).collect()
        };
        match self {
            Self::Backtest(_) => {
                let names =
                    ["total_return", "sharpe", "sortino", "max_drawdown", "trades", "win_rate", "profit_factor"];
                let mut figures = of(&result["metrics"], &names);
                // Of either way; it is no measure of the curve, but money.
                figures.push(JobFigure { name: "final_equity".to_owned(), value: result["equity_final"].as_f64() });
                figures
            }
            Self::Optimize(_) => {
                let best = &result["best"];
                let mut figures = of(best, &["objective", "final_equity", "max_drawdown", "trades"]);
                let params = best["params"].as_object().into_iter().flatten();
                figures.extend(params.map(|(name, value)| JobFigure { name: name.clone(), value: value.as_f64() }));
                figures.extend(of(result, &["deflated_sharpe", "pbo"]));
                figures
            }
            Self::Backfill(_) => of(result, &["rows", "fetched", "gaps"]),
            Self::Report => of(&result["performance"], &["orders", "fills", "denied"]),
            Self::Snapshot => Vec::new(),
            Self::Backup => of(result, &["bytes", "audit_rows"]),
        }
    }
}

/// Around the defaults of a strategy: for who asks for no more than its best.
pub(crate) fn usual_search(strategy: &str, past: JobPast) -> Result<JobWork, JobsError> {
    let around = |param: &Param| {
        let value = |share: f64| {
            let value = (param.default * share).clamp(param.min, param.max);
            if param.whole { value.round() } else { value }
        };
        let mut values = AROUND.map(value).to_vec();
        values.dedup();
        (param.name.to_owned(), JobChoice::Values(values))
    };
    let known = Known::find(strategy)?;
    let declared = known.declared();
    let space: BTreeMap<String, JobChoice> =
        declared.params.iter().filter(|param| known.is_tried(param.name)).map(around).collect();
    let points: usize =
        space.values().map(|choice| if let JobChoice::Values(all) = choice { all.len() } else { 1 }).product();
    let (method, trials) =
        if points as u64 <= USUAL_TRIALS { (Method::Grid, None) } else { (Method::Tpe, Some(USUAL_TRIALS)) };
    Ok(JobWork::Optimize(NewOptimization {
        strategy: strategy.to_owned(),
        space,
        conditions: Vec::new(),
        method: method.name().to_owned(),
        objective: None,
        trials,
        seed: None,
        walk_forward: None,
        past,
        terms: JobTerms::usual(),
    }))
}

pub(super) fn bad(what: &'static str, found: &str, why: impl Display) -> JobsError {
    JobsError::Bad { what, found: found.to_owned(), expected: vec![why.to_string()] }
}

/// As JSON. What was read from JSON can be written as such.
fn shown(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What a fill costs: what a result is worth depends on it more than on anything.
fn costs(terms: &JobTerms) -> String {
    let percent = |share: Option<f64>| (share.unwrap_or(0.0) * 1e6).round() / 1e4;
    match (percent(terms.fee), percent(terms.slippage)) {
        (0.0, 0.0) => "without fees".to_owned(),
        (fee, 0.0) => format!("fee {fee} %"),
        (fee, slippage) => format!("fee {fee} %, slippage {slippage} %"),
    }
}

fn span(JobPast { data, timeframe, from_ns, to_ns, days }: &JobPast) -> String {
    let day = |at: &u64| time::utc(*at).chars().take(10).collect::<String>();
    let from = from_ns.as_ref().map(|at| format!(" from {}", day(at))).unwrap_or_default();
    let to = to_ns.as_ref().map(|at| format!(" to {}", day(at))).unwrap_or_default();
    let days = days.map(|days| format!(", {days} days back")).unwrap_or_default();
    format!("{timeframe} of {data}{from}{to}{days}")
}

/// Whether what is tried can be, and is not more than an answer holds.
fn tried(of: &NewOptimization, known: &Known) -> Result<(), JobsError> {
    let choices: Vec<(String, Choice)> = of
        .space
        .iter()
        .map(|(name, choice)| {
            let choice = match choice {
                JobChoice::Values(values) => Choice::Values(values.clone()),
                JobChoice::Range(range) => Choice::Range { min: range.min, max: range.max, step: range.step },
            };
            (name.clone(), choice)
        })
        .collect();
    let declared = known.declared();
    let space = Space::new(declared.clone(), &choices).map_err(|fault| bad("space", &shown(&of.space), fault))?;
    if of.conditions.len() > CONDITIONS_MAX {
        return Err(bad("where", &of.conditions.len().to_string(), format!("at most {CONDITIONS_MAX} conditions")));
    }
    let read = |text: &String| Condition::parse(&declared, text).map_err(|fault| bad("where", text, fault));
    let conditions = of.conditions.iter().map(read).collect::<Result<_, _>>()?;
    let space = space.held(conditions).map_err(|fault| bad("where", &of.conditions.join(", "), fault))?;
    let method = Method::find(&of.method).map_err(|_| JobsError::Bad {
        what: "method",
        found: of.method.clone(),
        expected: Method::ALL.map(|method| method.name().to_owned()).to_vec(),
    })?;
    if let Some(name) = &of.objective {
        Objective::find(name).map_err(|fault| bad("objective", name, fault))?;
    }
    let most = || format!("1 to {TRIALS_MAX}");
    let trials = match (method, of.trials) {
        (Method::Grid, None) => space.tried(),
        (Method::Grid, Some(found)) => return Err(bad("trials", &found.to_string(), "none: a grid tries every point")),
        (_, trials) => trials.unwrap_or(TRIALS_DEFAULT),
    };
    let what = if method == Method::Grid { "points of the space" } else { "trials" };
    if !(1..=TRIALS_MAX).contains(&trials) {
        return Err(bad(what, &trials.to_string(), most()));
    }
    known.can_be_all(&space)
}

/// Only that they are numbers at all: what they may be is the program's that takes them, and it says so.
fn terms_hold(known: &Known, of: &JobTerms) -> Result<(), JobsError> {
    known.takes(of)?;
    let shares = [("fee", of.fee), ("slippage", of.slippage), ("stop", of.stop), ("target", of.target)];
    for (what, share) in shares {
        if let Some(found) = share.filter(|share| !(0.0..=0.5).contains(share)) {
            return Err(bad(what, &found.to_string(), "a share from 0 to 0.5 (0.001 is a tenth of a percent)"));
        }
    }
    for (what, found) in [("cash", of.cash), ("units", of.units)] {
        if let Some(found) = found.filter(|found| !(found.is_finite() && *found > 0.0)) {
            return Err(bad(what, &found.to_string(), "a number above 0"));
        }
    }
    Ok(())
}

fn over(past: &JobPast, now: Nanos) -> impl Iterator<Item = String> {
    let at = |key: &str, at: Option<u64>| at.map(|at| format!("--{key}={}", time::utc(at.max(1))));
    [
        Some(format!("--data={}", past.data)),
        Some(format!("--tf={}", past.timeframe)),
        at("from", past.from_ns.or_else(|| past.days.map(|days| back(past.to_ns, days, now)))),
        at("to", past.to_ns),
    ]
    .into_iter()
    .flatten()
}

fn terms(strategy: &str, of: &JobTerms) -> impl Iterator<Item = String> {
    let number = |key: &str, value: Option<f64>| value.map(|value| format!("--{key}={value}"));
    let sizing = of.units.map_or_else(|| "[\"allin\"]".to_owned(), |units| format!("[\"units\", {units}]"));
    let sizing = RuleName::find(strategy).is_ok().then(|| format!("--sizing={sizing}"));
    [
        number("cash", of.cash),
        number("fee", of.fee),
        number("slippage", of.slippage),
        number("stop", of.stop),
        number("target", of.target),
        sizing,
    ]
    .into_iter()
    .flatten()
}

fn backfill_holds(of: &NewBackfill) -> Result<(), JobsError> {
    if VenueId::from_name(&of.venue).is_none() {
        let expected = VenueId::ALL.map(|venue| venue.name().to_owned()).to_vec();
        return Err(JobsError::Bad { what: "venue", found: of.venue.clone(), expected });
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ':' | '/' | '-' | '_' | '.' | '@');
    if of.symbol.is_empty() || of.symbol.chars().count() > SYMBOL_CHARS_MAX || !of.symbol.chars().all(is_plain) {
        return Err(bad("symbol", &of.symbol, "the venue's own spelling, like BTCUSDT"));
    }
    if let Some(length) = of.candles.as_deref().filter(|length| Period::parse(length).is_none()) {
        return Err(bad("candles", length, "a length, like 1m, 1h, 1d"));
    }
    match (of.from_ns, of.days) {
        (Some(from), None) if of.to_ns.is_none_or(|to| from < to) => Ok(()),
        (Some(from), None) => Err(bad("from_ns", &from.to_string(), "a time before to_ns")),
        (None, Some(1..=DAYS_MAX)) => Ok(()),
        (None, Some(days)) => Err(bad("days", &days.to_string(), format!("1 to {DAYS_MAX}"))),
        _ => Err(bad("from_ns, days", "both or none", "one of them")),
    }
}

/// So many days before that time, else before now.
fn back(to_ns: Option<u64>, days: u32, now: Nanos) -> u64 {
    to_ns.unwrap_or(now.0).saturating_sub(u64::from(days) * DAY_NS)
}

fn backfill_span(of: &NewBackfill, now: Nanos) -> (u64, Option<u64>) {
    let end = of.to_ns.unwrap_or(now.0);
    let back = of.days.map_or(0, |days| u64::from(days) * DAY_NS);
    (of.from_ns.unwrap_or_else(|| end.saturating_sub(back)), of.to_ns)
}
