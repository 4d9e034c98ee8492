//! `optimize`: many backtests of one strategy, and how much of the best is luck.
//!
//! Owns: what was typed, the bar of progress, the file of a sweep that was broken off, and how a sweep is told.
//! Never: what is tried and judged; that is `engine_backtest::sweep`.

mod asked;
mod heat;
mod page;
mod state;
mod tell;
#[cfg(test)]
mod tests;

use crate::args::Optimize;
use crate::command::backtest::{self, Bars};
use crate::exit::Exit;
use crate::output::{self, Progress};
use crate::series::Source;
use crate::typed;
use anyhow::Context as _;
use engine_backtest::bars::series::Series;
use engine_backtest::sweep::cross::Cross;
use engine_backtest::sweep::run::{Shard, Sweep, SweepFault};
use engine_backtest::sweep::search::MethodFault;
use engine_backtest::sweep::space::Axis;
use engine_backtest::sweep::walk::Walk;
use serde_json::{Map, Value, json};
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

/// Everything that is asked is checked before the first run.
fn sweep(args: &Optimize) -> Result<tell::Told, Exit> {
    let asked = asked::asked(args)?;
    let terms = backtest::terms(&args.past.terms)?;
    let neediest = asked.space.neediest().map_err(|fault| Exit::Failed(fault.into()))?;
    let Bars { series, input } = backtest::bars(Source::typed(args.input.as_ref(), &args.of)?, &neediest)?;
    let periods_per_year = backtest::periods_per_year(args.past.periods_per_year, &series)?;
    let windows = match asked.walk {
        Some(walk) => {
            let windows = walk.check(series.len(), neediest.needs());
            windows.map_err(|fault| Exit::Usage(format!("--walk-forward: {fault}")))?
        }
        None => 0,
    };
    let cross = asked.cross.map(|folds| folds.over(series.len()));
    let splits = match cross {
        Some(cross) => {
            let splits = cross.check(series.len(), neediest.needs());
            splits.map_err(|fault| Exit::Usage(format!("--cross-validate: {fault}")))?
        }
        None => 0,
    };
    let threads = std::thread::available_parallelism().context("how many cores there are")?.get();
    let (space, objectives) = (&asked.space, &asked.objectives);
    let names = identity(args, (&asked, cross), &series, &backtest::tell::terms(&terms, periods_per_year));
    let state = State::open(args.state.as_deref(), &args.merge, &Identity { names, objectives })?;
    if state.torn > 0 {
        tracing::warn!("--state: its last {} bytes were torn off by a kill: what they told is run again", state.torn);
    }
    let sweep = Sweep { series: &series, terms: &terms, periods_per_year, space, objectives, threads, memory: &state };
    let progress = Progress::until((asked.plan.trials() / asked.shard.of).max(1) * (1 + windows + splits));
    let over = AtomicU64::new(0);
    let done = |more| progress.at(over.fetch_add(more, Ordering::Relaxed) + more);
    let failed = |fault: SweepFault| match fault {
        SweepFault::Method(fault @ MethodFault::Objectives { .. }) => Exit::Usage(format!("--objective: {fault}")),
        SweepFault::Method(fault) => Exit::Usage(format!("--shard: {fault}")),
        fault => Exit::Failed(fault.into()),
    };
    let began = Instant::now();
    let trials = sweep.search(asked.plan, asked.shard, &done).map_err(failed)?;
    let elapsed = began.elapsed();
    // The winner of a part is not the winner: it is doubted where the parts are put together.
    let doubt = if asked.shard == Shard::WHOLE { sweep.doubt(&trials).map_err(failed)? } else { None };
    let walked = asked.walk.map(|walk| sweep.walk(walk, asked.plan, &done)).transpose().map_err(failed)?;
    let crossed = cross.map(|cross| sweep.cross(cross, asked.plan, &done)).transpose().map_err(failed)?;
    let crossed = cross.zip(crossed);
    progress.end();
    state.end()?;
    let reused = state.reused();
    let (method, seed, bars, is_short) = (args.method.clone(), args.seed, series.len(), backtest::is_short(&series));
    let told = tell::Told {
        input,
        is_short,
        asked,
        method,
        seed,
        terms,
        periods_per_year,
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

/// What a trial depends on, by name. Not the shard: parts of one sweep may know of each other.
fn identity(
    args: &Optimize,
    (asked, cross): (&asked::Asked, Option<Cross>),
    series: &Series,
    terms: &Value,
) -> Map<String, Value> {
    let columns = [series.open(), series.high(), series.low(), series.close()];
    let prices = columns.iter().flat_map(|column| column.iter()).flat_map(|price| price.to_bits().to_le_bytes());
    let times = series.time_ms().iter().flat_map(|ms| ms.to_le_bytes());
    let bars = engine_core::state::text_hash(&prices.chain(times).collect::<Vec<u8>>());
    let axis = |axis: &Axis| (axis.name.to_owned(), json!(axis.values));
    let named = [
        ("build", json!(env!("RINGSIDE_BUILD"))),
        ("strategy", json!(asked.space.rule_name().name())),
        ("space", Value::Object(asked.space.axes().iter().map(axis).collect())),
        ("where", json!(asked.space.conditions().iter().map(ToString::to_string).collect::<Vec<_>>())),
        ("method", json!(asked.plan.method().name())),
        ("objectives", json!(asked.objectives.iter().map(ToString::to_string).collect::<Vec<_>>())),
        ("trials", json!(asked.plan.trials())),
        ("seed", json!(args.seed)),
        ("terms", terms.clone()),
        ("bars", json!(series.len())),
        ("prices", json!(engine_core::state::hex(&bars))),
        ("walk_forward", json!(asked.walk.map(|Walk { train, test }| [train, test]))),
        ("cross_validation", json!(cross.map(|Cross { groups, test, purge, embargo }| [groups, test, purge, embargo]))),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
