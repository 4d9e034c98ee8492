//! `optimize`: many backtests of one strategy, and how much of the best is luck.
//!
//! Owns: what was typed, the bar of progress, the file of a sweep that was broken off, and how a sweep is told.
//! Never: what is tried and judged; that is `engine_backtest::sweep`.

mod asked;
mod heat;
mod page;
mod stages;
mod state;
mod tell;
#[cfg(test)]
mod tests;

use crate::args::Optimize;
use crate::command::backtest::{self, Bars, Input, Market, Way};
use crate::exit::Exit;
use crate::output::{self, Progress};
use crate::series::Source;
use crate::typed;
use anyhow::Context as _;
use asked::Asked;
use engine_backtest::bars::rule::{Rule, RuleName};
use engine_backtest::bars::series::Series;
use engine_backtest::sweep::by_bars::ByBars;
use engine_backtest::sweep::cross::Cross;
use engine_backtest::sweep::memory::Forgetful;
use engine_backtest::sweep::past::Past;
use engine_backtest::sweep::run::{Shard, Sweep, SweepFault};
use engine_backtest::sweep::search::MethodFault;
use engine_backtest::sweep::space::Axis;
use engine_backtest::sweep::walk::Walk;
use engine_core::state::{hex, text_hash};
use serde_json::{Map, Value, json};
use stages::ThroughStages;
use state::{Identity, State};
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Runs the command.
pub(crate) fn run(args: &Optimize) -> Result<(), Exit> {
    let found = sweep(args)?;
    if let Some(path) = &args.report {
        typed::write("--report", path, &page::page(&found))?;
    }
    let is_coloured = output::is_coloured(std::io::stdout().is_terminal());
    if args.json { output::print_json(&found.json()) } else { output::print(&found.text(is_coloured)) }
}

/// What is searched, whichever way its trials go.
struct Over<'a> {
    past: &'a dyn Past,
    asked: Asked,
    input: Input,
    /// Less than a day.
    is_short: bool,
    by: &'static str,
    terms: Value,
    /// A hash of all that a trial depends on and that no other name tells.
    hash: String,
}

/// Everything that is asked is checked before the first run.
fn sweep(args: &Optimize) -> Result<tell::Told, Exit> {
    let over = args.over();
    match backtest::way(&over)? {
        Way::Bars(rule) => by_bars(args, rule),
        Way::Stages => through_stages(args),
    }
}

/// By the rule over bars.
fn by_bars(args: &Optimize, rule: RuleName) -> Result<tell::Told, Exit> {
    let asked = asked::asked(args, &rule.into())?;
    let terms = backtest::terms(&args.past.terms)?;
    let neediest = Rule::new(rule, asked.space.values(asked.space.neediest()));
    let neediest = neediest.map_err(|fault| Exit::Failed(fault.into()))?;
    let Bars { series, input } = backtest::bars(Source::typed(args.input.as_ref(), &args.of)?, &neediest)?;
    let periods_per_year = backtest::periods_per_year(args.past.periods_per_year, &series)?;
    let past = ByBars { rule, series: &series, terms: &terms, periods_per_year };
    let (is_short, hash) = (backtest::is_short(&series), hash(&series));
    let terms = backtest::tell::terms(&terms, periods_per_year);
    searched(args, Over { past: &past, asked, input, is_short, by: "bars", terms, hash })
}

/// Through every stage.
fn through_stages(args: &Optimize) -> Result<tell::Told, Exit> {
    let market = Market::typed(args.over())?;
    let asked = asked::asked(args, &market.declared())?;
    let folds = [("--walk-forward", asked.walk.is_some()), ("--cross-validate", asked.cross.is_some())];
    let typed = [("--warm-up", args.staged.warm_up.is_some()), ("--sample", args.staged.sample.is_some())];
    let first = |of: [(&'static str, bool); 2]| of.into_iter().find(|(_, is_there)| *is_there).map(|(key, _)| key);
    if let Some((fold, key)) = first(folds).zip(first(typed)) {
        let told = format!("{key}: found with {fold}, accepted: one of them; a test is warm by what came before it");
        return Err(Exit::Usage(told));
    }
    let told = market.terms().into_iter().map(|(name, of)| (name.to_owned(), json!(of)));
    let (terms, hash) = (Value::Object(told.collect()), market.hash());
    let past = ThroughStages::new(&market);
    let (input, is_short) = (market.input().clone(), past.is_short());
    searched(args, Over { past: &past, asked, input, is_short, by: "stages", terms, hash })
}

fn searched(args: &Optimize, over: Over<'_>) -> Result<tell::Told, Exit> {
    let failed = |fault: SweepFault| match fault {
        SweepFault::Method(fault @ MethodFault::Objectives { .. }) => Exit::Usage(format!("--objective: {fault}")),
        SweepFault::Method(fault) => Exit::Usage(format!("--shard: {fault}")),
        fault @ SweepFault::Point { .. } => {
            Exit::Usage(format!("--space: {fault}; leave such points out with --where"))
        }
        fault => Exit::Failed(fault.into()),
    };
    let threads = std::thread::available_parallelism().context("how many cores there are")?.get();
    let (past, space, objectives) = (over.past, &over.asked.space, &over.asked.objectives);
    let bars = past.bars();
    let needs = Sweep { past, space, objectives, threads, memory: &Forgetful }.needs().map_err(failed)?;
    let windows = match over.asked.walk {
        Some(walk) => walk.check(bars, needs).map_err(|fault| Exit::Usage(format!("--walk-forward: {fault}")))?,
        None => 0,
    };
    let cross = over.asked.cross.map(|folds| folds.over(bars));
    let splits = match cross {
        Some(cross) => cross.check(bars, needs).map_err(|fault| Exit::Usage(format!("--cross-validate: {fault}")))?,
        None => 0,
    };
    let names = identity(args, &over, cross);
    let state = State::open(args.state.as_deref(), &args.merge, &Identity { names, objectives })?;
    if state.torn > 0 {
        tracing::warn!("--state: its last {} bytes were torn off by a kill: what they told is run again", state.torn);
    }
    let sweep = Sweep { past, space, objectives, threads, memory: &state };
    let (plan, shard) = (over.asked.plan, over.asked.shard);
    let progress = Progress::until((plan.trials() / shard.of).max(1) * (1 + windows + splits));
    let ran = AtomicU64::new(0);
    let done = |more| progress.at(ran.fetch_add(more, Ordering::Relaxed) + more);
    let began = Instant::now();
    let trials = sweep.search(plan, shard, &done).map_err(failed)?;
    let elapsed = began.elapsed();
    // The winner of a part is not the winner: it is doubted where the parts are put together.
    let doubt = if shard == Shard::WHOLE { sweep.doubt(&trials).map_err(failed)? } else { None };
    let walked = over.asked.walk.map(|walk| sweep.walk(walk, plan, &done)).transpose().map_err(failed)?;
    let crossed = cross.map(|cross| sweep.cross(cross, plan, &done)).transpose().map_err(failed)?;
    let crossed = cross.zip(crossed);
    progress.end();
    state.end()?;
    let (reused, method, seed) = (state.reused(), args.method.clone(), args.seed);
    let Over { asked, input, is_short, by, terms, .. } = over;
    let told = tell::Told {
        input,
        is_short,
        by,
        asked,
        method,
        seed,
        terms,
        bars,
        threads,
        trials,
        reused,
        doubt,
        walked,
        crossed,
        elapsed,
    };
    Ok(told)
}

/// Of the prices and times of bars.
fn hash(series: &Series) -> String {
    let columns = [series.open(), series.high(), series.low(), series.close()];
    let prices = columns.iter().flat_map(|column| column.iter()).flat_map(|price| price.to_bits().to_le_bytes());
    let times = series.time_ms().iter().flat_map(|ms| ms.to_le_bytes());
    hex(&text_hash(&prices.chain(times).collect::<Vec<u8>>()))
}

/// What a trial depends on, by name. Not the shard: parts of one sweep may know of each other.
fn identity(args: &Optimize, over: &Over<'_>, cross: Option<Cross>) -> Map<String, Value> {
    let asked = &over.asked;
    let axis = |axis: &Axis| (axis.name.to_owned(), json!(axis.values));
    let named = [
        ("build", json!(env!("RINGSIDE_BUILD"))),
        ("strategy", json!(asked.space.of().strategy)),
        ("by", json!(over.by)),
        ("space", Value::Object(asked.space.axes().iter().map(axis).collect())),
        ("where", json!(asked.space.conditions().iter().map(ToString::to_string).collect::<Vec<_>>())),
        ("method", json!(asked.plan.method().name())),
        ("objectives", json!(asked.objectives.iter().map(ToString::to_string).collect::<Vec<_>>())),
        ("trials", json!(asked.plan.trials())),
        ("seed", json!(args.seed)),
        ("terms", over.terms.clone()),
        ("bars", json!(over.past.bars())),
        ("prices", json!(over.hash)),
        ("walk_forward", json!(asked.walk.map(|Walk { train, test }| [train, test]))),
        ("cross_validation", json!(cross.map(|Cross { groups, test, purge, embargo }| [groups, test, purge, embargo]))),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
