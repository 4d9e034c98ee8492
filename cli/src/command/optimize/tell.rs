//! How a sweep is told: as JSON, as text.

use super::asked::Asked;
use super::heat;
use crate::command::backtest::Input;
use crate::command::backtest::tell::number;
use crate::command::backtest::unknown::{RUINED, SHORT};
use engine_analytics::performance::curve::CurveMeasures;
use engine_analytics::performance::stats;
use engine_backtest::sweep::cross::{Cross, Crossed, Split};
use engine_backtest::sweep::front::front;
use engine_backtest::sweep::judge::Doubt;
use engine_backtest::sweep::run::{Shard, Trial, best};
use engine_backtest::sweep::sensitivity::{Cell, Side, sensitivity};
use engine_backtest::sweep::walk::{Walked, Window};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

/// Trials that people are shown.
const SHOWN: usize = 10;

pub(super) fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:.4}"))
}

fn tested(of: &CurveMeasures) -> Value {
    json!({"return": of.total_return, "sharpe": of.sharpe, "max_drawdown": of.max_drawdown})
}

/// Mean, sample deviation (0 of one) and least.
fn spread(values: &[f64]) -> Option<[f64; 3]> {
    let mean = stats::mean(values)?;
    let deviation = stats::deviation(values, 1).unwrap_or(0.0);
    Some([mean, deviation, values.iter().copied().fold(f64::INFINITY, f64::min)])
}

/// Why a stretch has no winner.
const NO_WINNER: &str = "what is looked for cannot be told of any trial of it, so nothing was held";

/// Numbers, from 1, of those without a winner.
fn without_winner<'a>(winners: impl Iterator<Item = &'a Option<Trial>>) -> Vec<usize> {
    (1..).zip(winners).filter(|(_, winner)| winner.is_none()).map(|(number, _)| number).collect()
}

/// Those that failed, by their number from 1.
fn faults<'a>(all: impl Iterator<Item = Option<&'a str>>) -> Vec<(usize, &'a str)> {
    (1..).zip(all).filter_map(|(number, fault)| Some((number, fault?))).collect()
}

fn commas(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// Mean, deviation and least of the ratios of all paths; of some alone they would be those of survivors.
pub(super) fn sharpe_of(paths: &[CurveMeasures]) -> Result<[f64; 3], String> {
    let found = |is: fn(&CurveMeasures) -> bool, what: &str| {
        let numbered = (1..).zip(paths).filter(|(_, path)| is(path)).map(|(number, _): (usize, _)| number.to_string());
        let numbers: Vec<String> = numbered.collect();
        let told = || format!("{} of {} paths {what} ({})", numbers.len(), paths.len(), numbers.join(", "));
        (!numbers.is_empty()).then(told)
    };
    if let Some(told) = found(CurveMeasures::is_ruined, "were ruined") {
        return Err(format!("{told}: of the others alone it would be that of survivors"));
    }
    if let Some(told) = found(|path| path.total_return.is_none(), "have a test in which the winner failed") {
        return Err(format!("{told}: of the others alone it would be that of survivors"));
    }
    if let Some(told) = found(|path| path.sharpe.is_none(), "have none") {
        return Err(format!("{told}: their account moved at no bar, or at each by the same"));
    }
    let ratios: Vec<f64> = paths.iter().filter_map(|path| path.sharpe).collect();
    spread(&ratios).ok_or_else(|| "there is no path".to_owned())
}

/// A sweep, and what was asked.
pub(super) struct Told {
    pub(super) input: Input,
    /// Less than a day.
    pub(super) is_short: bool,
    /// By the rule over bars, or through the stages.
    pub(super) by: &'static str,
    pub(super) asked: Asked,
    pub(super) method: String,
    pub(super) seed: u64,
    pub(super) terms: Value,
    pub(super) bars: usize,
    pub(super) threads: usize,
    pub(super) trials: Vec<Trial>,
    /// Trials over all bars that a file knew.
    pub(super) reused: u64,
    pub(super) doubt: Option<Doubt>,
    pub(super) walked: Option<Walked>,
    pub(super) crossed: Option<(Cross, Crossed)>,
    pub(super) elapsed: Duration,
}

impl Told {
    /// The contract of `--json`.
    pub(super) fn json(&self) -> Value {
        let Asked { space, objectives, shard, .. } = &self.asked;
        let deflated = self.doubt.and_then(|doubt| doubt.deflated);
        let overfit = self.doubt.and_then(|doubt| doubt.overfit);
        json!({
            "input": self.input.json(),
            "strategy": space.of().strategy,
            "by": self.by,
            "method": self.method,
            "objective": objectives[0].to_string(),
            "objectives": objectives.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "seed": self.seed,
            "shard": (*shard != Shard::WHOLE).then(|| format!("{}/{}", shard.index + 1, shard.of)),
            "space": space.axes().iter().map(|axis| {
                (axis.name.to_owned(), axis.values.iter().copied().map(number).collect())
            }).collect::<Map<_, Value>>(),
            "where": space.conditions().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "points": space.size(),
            "points_left_out": space.size() - space.tried(),
            "terms": self.terms,
            "bars": self.bars,
            "trials": self.trials.iter().map(|trial| self.trial(trial)).collect::<Vec<_>>(),
            "best": best(&self.trials).map(|trial| self.trial(trial)),
            "front": self.front().map(|front| front.into_iter().map(|trial| self.trial(trial)).collect::<Vec<_>>()),
            "deflated_sharpe": deflated.map(|deflated| deflated.probability),
            "luck_sharpe_per_bar": deflated.map(|deflated| deflated.expected),
            "pbo": overfit.map(|overfit| overfit.probability),
            "pbo_trials": self.doubt.map(|doubt| doubt.compared),
            "pbo_splits": overfit.map(|overfit| overfit.splits),
            "ruined": self.ruined(),
            "failed": self.failed().count(),
            "without_sharpe": self.doubt.map(|doubt| doubt.without_ratio),
            "sensitivity": self.sensitivity(),
            "walk_forward": self.walked.as_ref().map(|walked| self.walked(walked)),
            "cross_validation": self.crossed.as_ref().map(|(cross, crossed)| self.crossed(*cross, crossed)),
            "unknown": self.unknown(),
            "notes": self.notes(),
            "reused": self.reused,
            "threads": self.threads,
            "elapsed_ns": self.elapsed.as_nanos() as u64,
            "runs_per_s": self.runs_per_s(),
        })
    }

    /// Why something that was asked for is not told.
    fn unknown(&self) -> Map<String, Value> {
        let mut unknown = Map::new();
        let mut say = |names: &[&str], why: &str| {
            names.iter().for_each(|name| _ = unknown.insert((*name).to_owned(), json!(why)));
        };
        let (luck, overfitting) = (["deflated_sharpe", "luck_sharpe_per_bar"], ["pbo", "pbo_splits"]);
        if best(&self.trials).is_none() {
            say(&["best"], "what is looked for cannot be told of any trial");
        }
        if let Some((_, Err(why))) = self.crossed.as_ref().map(|(cross, crossed)| (cross, sharpe_of(&crossed.paths))) {
            let names = ["mean", "deviation", "least"].map(|name| format!("cross_validation.sharpe_{name}"));
            say(&names.each_ref().map(String::as_str), &why);
        }
        match &self.doubt {
            _ if self.asked.shard != Shard::WHOLE => {
                let why =
                    "this is a part of a sweep: what of the best is luck is told where the parts are put together";
                say(&[&luck[..], &overfitting, &["pbo_trials", "without_sharpe"]].concat(), why);
            }
            None => say(&[&luck[..], &overfitting, &["pbo_trials", "without_sharpe"]].concat(), "there is no best"),
            Some(doubt) => {
                if doubt.deflated.is_none() {
                    say(&luck, "fewer than two trials have a Sharpe ratio, or all have the same, or the best has none");
                }
                if doubt.overfit.is_none() {
                    let why = "fewer than two trials have returns, or there are fewer than 33 bars, or all trials did the same";
                    say(&overfitting, why);
                }
            }
        }
        unknown
    }

    /// What a reader should know who believes the numbers.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.is_short {
            notes
                .push(format!("{SHORT}: of what is annual here the order of trials says something, and no value does"));
        }
        let (ruined, tried) = (self.ruined(), self.trials.len());
        if ruined > 0 {
            notes.push(format!(
                "{ruined} of {tried} trials were ruined: they count among those that were tried, and have lost all from there on"
            ));
        }
        notes.extend(self.failed_notes());
        let (windows, splits) = self.without_winner();
        for (what, numbers) in [("windows", windows), ("splits", splits)].iter().filter(|(_, all)| !all.is_empty()) {
            notes.push(format!("{what} without a winner: {}; {NO_WINNER}", commas(numbers)));
        }
        let left = self.left_over();
        if left > 0 {
            notes.push(format!("the last {left} bars belong to no window of --walk-forward"));
        }
        notes
    }

    /// Trials without a value.
    fn failed(&self) -> impl Iterator<Item = (&Trial, &str)> {
        self.trials.iter().filter_map(|trial| Some((trial, trial.fault.as_deref()?)))
    }

    /// How many failed, and why the first did: trials, and winners in their tests.
    fn failed_notes(&self) -> impl Iterator<Item = String> {
        let note = |what: &str, numbers: Vec<usize>, why: &str| {
            format!("{what} in which the winner failed: {} (first: {why})", commas(&numbers))
        };
        let mut failed = self.failed();
        let first = failed.next().map(|(trial, why)| {
            let (count, tried, params) = (1 + failed.count(), self.trials.len(), self.params_text(trial));
            format!("{count} of {tried} trials failed and have no value (first: {params}: {why})")
        });
        let windows = self.walked.iter().flat_map(|walked| &walked.windows).map(|window| window.fault.as_deref());
        let splits = self.crossed.iter().flat_map(|(_, crossed)| &crossed.splits).map(|split| split.fault.as_deref());
        let tests = [("windows", faults(windows)), ("splits", faults(splits))];
        let tests = tests.into_iter().filter_map(move |(what, faults)| {
            let why = faults.first()?.1;
            Some(note(what, faults.iter().map(|(number, _)| *number).collect(), why))
        });
        first.into_iter().chain(tests)
    }

    /// Trials whose account was worth nothing at some close.
    fn ruined(&self) -> usize {
        self.trials.iter().filter(|trial| trial.is_ruined()).count()
    }

    /// Of the walk and of the cross-validation.
    fn without_winner(&self) -> (Vec<usize>, Vec<usize>) {
        let windows = self.walked.iter().flat_map(|walked| &walked.windows);
        let splits = self.crossed.iter().flat_map(|(_, crossed)| &crossed.splits);
        (without_winner(windows.map(|window| &window.winner)), without_winner(splits.map(|split| &split.winner)))
    }

    /// Bars at the end that no window of a walk has.
    fn left_over(&self) -> usize {
        self.asked.walk.filter(|_| self.walked.is_some()).map_or(0, |walk| walk.left_over(self.bars))
    }

    /// Why what was looked for cannot be told of a trial.
    fn why<'a>(&self, trial: &'a Trial) -> Option<&'a str> {
        match trial.objective() {
            _ if trial.fault.is_some() => trial.fault.as_deref(),
            Some(_) => None,
            None if trial.is_ruined() => Some(RUINED),
            None if trial.trades == 0 && self.by == "stages" => {
                Some("no position was closed: `backtest` with these parameters says what risk refused")
            }
            None if trial.trades == 0 => Some("no position was closed"),
            None => Some("it is a ratio whose divisor is 0 in this run: `backtest` with these parameters says which"),
        }
    }

    fn runs_per_s(&self) -> f64 {
        (self.trials.len() as u64 - self.reused) as f64 / self.elapsed.as_secs_f64()
    }

    fn sensitivity(&self) -> Value {
        let found = sensitivity(&self.asked.space, &self.trials);
        let cell = |cell: &Cell| json!({"count": cell.count, "mean": cell.mean});
        let side = |side: &Side| {
            let values: Vec<[Value; 2]> =
                side.values.iter().map(|(least, most)| [number(*least), number(*most)]).collect();
            let cells: Vec<Value> = side.cells.iter().map(cell).collect();
            json!({"name": side.name, "values": values, "cells": cells, "share": side.share})
        };
        json!({
            "parameters": found.sides.iter().map(side).collect::<Vec<_>>(),
            "around_best": found.around.map(|around| json!({
                "objective": around.winner, "count": around.count, "mean": around.mean, "worst": around.worst,
            })),
        })
    }

    fn params(&self, trial: &Trial) -> Map<String, Value> {
        self.asked.space.values(trial.point).map(|(name, value)| (name.to_owned(), number(value))).collect()
    }

    /// Where more than one measure was looked for: the trials that none is better than in everything.
    pub(super) fn front(&self) -> Option<Vec<&Trial>> {
        (self.asked.objectives.len() > 1).then(|| front(&self.trials))
    }

    fn trial(&self, trial: &Trial) -> Value {
        let names = self.asked.objectives.iter().map(ToString::to_string);
        let objectives: Map<String, Value> =
            names.zip(trial.objectives).map(|(name, value)| (name, json!(value))).collect();
        let is_told = trial.fault.is_none();
        json!({
            "trial": trial.number, "params": self.params(trial), "objective": trial.objective(),
            "objectives": objectives, "unknown": self.why(trial),
            "final_equity": trial.equity_final, "sharpe_per_bar": trial.sharpe_per_bar,
            "max_drawdown": trial.max_drawdown, "fault": trial.fault,
            "trades": is_told.then_some(trial.trades), "closed_fees": is_told.then_some(trial.fees),
        })
    }

    fn crossed(&self, cross: Cross, crossed: &Crossed) -> Value {
        let ends = |ranges: &[Range<usize>]| -> Vec<[usize; 2]> {
            ranges.iter().map(|range| [range.start, range.end]).collect()
        };
        let split = |split: &Split| {
            let (train, test) = (json!(ends(&split.train)), json!(ends(&split.test)));
            self.stretch((train, test), split.winner.as_ref(), (&split.tested, split.fault.as_deref()))
        };
        let sharpe = sharpe_of(&crossed.paths).ok();
        json!({
            "groups": cross.groups, "test": cross.test, "purge": cross.purge, "embargo": cross.embargo,
            "splits": crossed.splits.iter().map(split).collect::<Vec<_>>(),
            "splits_without_winner": self.without_winner().1,
            "paths": crossed.paths.iter().map(tested).collect::<Vec<_>>(),
            "paths_ruined": crossed.paths.iter().filter(|path| path.is_ruined()).count(),
            "sharpe_mean": sharpe.map(|[mean, _, _]| mean), "sharpe_deviation": sharpe.map(|[_, deviation, _]| deviation),
            "sharpe_least": sharpe.map(|[_, _, least]| least), "runs": crossed.runs,
        })
    }

    fn walked(&self, walked: &Walked) -> Value {
        let window = |window: &Window| {
            let ends = |range: &Range<usize>| json!([range.start, range.end]);
            let (train, test) = (ends(&window.train), ends(&window.test));
            self.stretch((train, test), window.winner.as_ref(), (&window.tested, window.fault.as_deref()))
        };
        let windows: Vec<Value> = walked.windows.iter().map(window).collect();
        json!({
            "windows": windows, "windows_without_winner": self.without_winner().0, "tested": tested(&walked.tested),
            "bars_left_over": self.left_over(), "runs": walked.runs,
        })
    }

    /// A window or a split.
    fn stretch(
        &self,
        (train, test): (Value, Value),
        winner: Option<&Trial>,
        (of, fault): (&CurveMeasures, Option<&str>),
    ) -> Value {
        json!({
            "train": train, "test": test, "params": winner.map(|winner| self.params(winner)),
            "objective": winner.and_then(Trial::objective), "tested": tested(of),
            "unknown": fault.or(winner.is_none().then_some(NO_WINNER)),
        })
    }

    /// For people; with colours, if their terminal has them.
    pub(super) fn text(&self, is_coloured: bool) -> String {
        let Asked { space, shard, .. } = &self.asked;
        let mut text = format!(
            "{} over {} bars{}: {} of {} points by {}, seed {}\n",
            space.of().strategy,
            self.bars,
            if self.by == "stages" { " through every stage" } else { "" },
            self.trials.len(),
            space.size(),
            self.method,
            self.seed
        );
        let left_out = space.size() - space.tried();
        if left_out > 0 {
            let conditions: Vec<String> = space.conditions().iter().map(ToString::to_string).collect();
            _ = writeln!(text, "{left_out} points left out, which break {}", conditions.join(", "));
        }
        text.push_str(&self.ranked());
        if *shard == Shard::WHOLE {
            let deflated = self.doubt.and_then(|doubt| doubt.deflated).map(|deflated| deflated.probability);
            let overfit = self.doubt.and_then(|doubt| doubt.overfit).map(|overfit| overfit.probability);
            let compared = self.doubt.map_or(0, |doubt| doubt.compared);
            _ = writeln!(text, "\n  deflated Sharpe {}   how sure it is that the best is no luck", shown(deflated));
            let of = format!("of {compared} trials compared");
            _ = writeln!(
                text,
                "  overfitting     {}   how likely the best of the past is below the middle, {of}",
                shown(overfit)
            );
        } else {
            _ = writeln!(
                text,
                "\n  part {} of {}: what of the best is luck is told by the whole",
                shard.index + 1,
                shard.of
            );
        }
        text.push_str(&heat::text(self, is_coloured));
        self.walked.iter().for_each(|walked| text.push_str(&self.windows(walked)));
        self.crossed.iter().for_each(|(cross, crossed)| text.push_str(&self.splits(*cross, crossed)));
        let reused = if self.reused > 0 { format!(", {} of them known before", self.reused) } else { String::new() };
        self.notes().iter().for_each(|note| _ = writeln!(text, "\n  {note}"));
        let (runs, threads) = (self.trials.len(), self.threads);
        _ = writeln!(text, "\n  {runs} runs{reused}: {:.0} a second on {threads} threads", self.runs_per_s());
        text
    }

    /// The best by what is looked for; where that is several measures, the front.
    fn ranked(&self) -> String {
        let mut text = "\n  ".to_owned();
        let objectives = &self.asked.objectives;
        objectives.iter().for_each(|objective| _ = write!(text, "{:>14}", objective.to_string()));
        _ = writeln!(text, "{:>18}{:>10}{:>8}   parameters", "final equity", "deepest", "trades");
        let by_first = || {
            let mut ranked: Vec<&Trial> = self.trials.iter().collect();
            ranked.sort_by(|a, b| b.score().total_cmp(&a.score()).then(a.number.cmp(&b.number)));
            ranked
        };
        let front = self.front();
        let beyond = front.as_ref().map(|front| (front.len(), self.trials.len()));
        for trial in front.unwrap_or_else(by_first).into_iter().take(SHOWN) {
            text.push_str("  ");
            trial.objectives[..objectives.len()].iter().for_each(|found| _ = write!(text, "{:>14}", shown(*found)));
            let deepest = trial.max_drawdown.map_or_else(|| "n/a".to_owned(), |fall| format!("{:.1} %", fall * 100.0));
            let (equity, params) = (equity(trial), self.params_text(trial));
            _ = writeln!(text, "{equity:>18}{deepest:>10}{:>8}   {params}", trial.trades);
        }
        if let Some((front, of)) = beyond {
            let which = if front > SHOWN { format!(", of which {SHOWN} are shown") } else { String::new() };
            _ = writeln!(text, "\n  front {front} of {of}{which}: no trial is better than one of them in everything");
        }
        text
    }

    fn windows(&self, walked: &Walked) -> String {
        let mut text = "\nWalking forward: the winner of each stretch, on the bars after it\n".to_owned();
        for window in &walked.windows {
            let test = format!("{}..{}", window.test.start, window.test.end);
            let params = self.winner_text(window.winner.as_ref());
            _ = writeln!(text, "  {test:<18}{:>12}   {params}", percent(window.tested.total_return));
        }
        _ = writeln!(text, "  {:<18}{:>12}", "all of them", percent(walked.tested.total_return));
        text
    }

    fn splits(&self, cross: Cross, crossed: &Crossed) -> String {
        let Cross { groups, test, purge, embargo } = cross;
        let mut text = format!(
            "\nCross-validation: the winner of all bars but {test} of {groups} groups, on those; {purge} bars purged, \
             {embargo} under embargo\n"
        );
        for split in crossed.splits.iter().take(SHOWN) {
            let tests: Vec<String> = split.test.iter().map(|test| format!("{}..{}", test.start, test.end)).collect();
            let (tests, params) = (tests.join(" "), self.winner_text(split.winner.as_ref()));
            _ = writeln!(text, "  {tests:<24}{:>12}   {params}", percent(split.tested.total_return));
        }
        if let Some(more) = crossed.splits.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            _ = writeln!(text, "  and {more} more");
        }
        let count = crossed.paths.len();
        let of =
            if count == 1 { "the path through all tests".to_owned() } else { format!("{count} paths through all") };
        _ = match sharpe_of(&crossed.paths) {
            Ok([mean, deviation, least]) => {
                writeln!(text, "  Sharpe of {of}: {mean:.4} (deviation {deviation:.4}, least {least:.4})")
            }
            Err(why) => writeln!(text, "  Sharpe of {of}: n/a ({why})"),
        };
        text
    }

    /// What a window or a split was held by.
    pub(super) fn winner_text(&self, winner: Option<&Trial>) -> String {
        winner.map_or_else(|| "no winner".to_owned(), |winner| self.params_text(winner))
    }

    pub(super) fn params_text(&self, trial: &Trial) -> String {
        let params = self.asked.space.values(trial.point).map(|(name, value)| format!("{name} {value}"));
        params.collect::<Vec<_>>().join(", ")
    }
}

/// The account's value at the end.
pub(super) fn equity(trial: &Trial) -> String {
    trial.equity_final.map_or_else(|| "n/a".to_owned(), |equity| format!("{equity:.2}"))
}

pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "n/a".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_of_all_paths_is_not_told_of_survivors() {
        let path = |sharpe, fall| CurveMeasures {
            sharpe,
            max_drawdown: Some(fall),
            total_return: Some(0.0),
            ..CurveMeasures::default()
        };
        let (good, bad) = (path(Some(2.0), -0.1), path(Some(-1.0), -0.6));
        assert_eq!(sharpe_of(&[good, bad]).map(|[mean, _, least]| (mean, least)), Ok((0.5, -1.0)));
        let why = sharpe_of(&[good, path(None, -1.2), bad]).expect_err("one was ruined");
        assert_eq!(why, "1 of 3 paths were ruined (2): of the others alone it would be that of survivors");
        let why = sharpe_of(&[path(None, 0.0), good, path(None, 0.0)]).expect_err("two never moved");
        assert_eq!(why, "2 of 3 paths have none (1, 3): their account moved at no bar, or at each by the same");
        let why = sharpe_of(&[good, CurveMeasures::default()]).expect_err("one has a test without a value");
        assert!(why.starts_with("1 of 2 paths have a test in which the winner failed (2): "), "{why}");
        assert!(sharpe_of(&[]).is_err());
    }
}
