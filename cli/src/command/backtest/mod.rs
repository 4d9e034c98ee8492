//! `backtest`: a strategy over candles of the past, by the rule over bars or through every stage, or over recorded ticks.
//!
//! Owns: what was typed, which way it goes, files, and how a run is told.
//! Never: what a run comes to; that is `engine_backtest::bars`, and `engine_backtest::ticks`.

mod asked;
mod lint;
pub(crate) mod page;
pub(crate) mod tell;
#[cfg(test)]
pub(crate) mod tests;
mod ticks;
pub(crate) mod unknown;
mod view;

use crate::args::Backtest;
use crate::command::replay::is_script;
use crate::exit::Exit;
use crate::series::Source;
use crate::{output, typed};
use engine_backtest::bars::rule::RuleName;
use engine_backtest::bars::run::run as run_over;
use engine_core::strategy::catalog::CATALOGUE;
use std::time::Instant;

pub(crate) use asked::{Bars, Input, bars, is_short, periods_per_year, rule, terms};
pub(crate) use ticks::files as captures;

/// Runs the command.
pub(crate) fn run(args: &Backtest) -> Result<(), Exit> {
    if !args.ticks.capture.is_empty() {
        args.of.belongs("--capture")?;
        return ticks::run(args);
    }
    if is_staged(args) {
        return ticks::run_candles(args);
    }
    if let Some(key) = of_stages(args) {
        let told = format!("{key}: found beside the rule over bars, accepted: with --through-stages or --capture");
        return Err(Exit::Usage(told));
    }
    let input = Source::typed(args.input.as_ref(), &args.of)?;
    let (rule, terms) = (rule(&args.past.strategy, &args.params)?, terms(&args.past.terms)?);
    let Bars { series, input } = bars(input, &rule)?;
    if args.lint {
        return lint::run(&rule, &series, args.json);
    }
    let periods = periods_per_year(args.past.periods_per_year, &series)?;
    let began = Instant::now();
    let mut report = run_over(&series, &rule, &terms, periods).map_err(|fault| Exit::Failed(fault.into()))?;
    if is_short(&series) {
        report.curve = report.curve.without_annual();
    }
    let elapsed = began.elapsed();
    if let Some(path) = &args.equity_out {
        typed::write("--equity-out", path, &tell::equity(&series, &report))?;
    }
    if let Some(path) = &args.trades_out {
        typed::write("--trades-out", path, &tell::trades(&report))?;
    }
    let told =
        tell::Told { input: &input, rule: &rule, terms: &terms, series: &series, report: &report, periods, elapsed };
    if let Some(path) = &args.report {
        typed::write("--report", path, &page::page(&view::view(&told, &input.name)))?;
    }
    if args.json { output::print_json(&told.json()) } else { output::print(&told.text()) }
}

/// Whether candles go through every stage: as typed, or because only the engine has the strategy.
fn is_staged(args: &Backtest) -> bool {
    let name = args.past.strategy.as_str();
    let is_rule = RuleName::find(name).is_ok();
    args.staged.through_stages || !is_rule && (is_script(name) || CATALOGUE.iter().any(|known| known.name == name))
}

/// What was typed that the rule over bars knows nothing of.
fn of_stages(args: &Backtest) -> Option<&'static str> {
    let Backtest { ticks, staged, .. } = args;
    let typed = [
        ("--venue", ticks.venue.is_some()),
        ("--sample", ticks.sample.is_some()),
        ("--config", ticks.config.is_some()),
        ("--warm-up", ticks.warm_up.is_some()),
        ("--instrument", staged.instrument.is_some()),
        ("--tick", staged.tick.is_some()),
        ("--lot", staged.lot.is_some()),
        ("--candle", staged.candle.is_some()),
        ("--path", staged.path.is_some()),
        ("--steps", staged.steps.is_some()),
    ];
    typed.into_iter().find(|(_, is_typed)| *is_typed).map(|(key, _)| key)
}
