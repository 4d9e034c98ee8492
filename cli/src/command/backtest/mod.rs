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

use crate::args::{Backtest, OverCandles, Staged};
use crate::command::replay::{is_script, unknown_strategy};
use crate::exit::Exit;
use crate::series::Source;
use crate::{output, typed};
use engine_backtest::bars::rule::RuleName;
use engine_backtest::bars::run::run as run_over;
use engine_core::strategy::catalog::CATALOGUE;
use std::time::Instant;

pub(crate) use asked::{Bars, Input, bars, is_short, periods_per_year, rule, terms};
pub(crate) use ticks::candles::Market;
#[cfg(test)]
pub(crate) use ticks::candles::told as run_told;
pub(crate) use ticks::files as captures;
pub(crate) use ticks::tell::{failed, measures, periods_per_year as samples_per_year};

/// Runs the command.
pub(crate) fn run(args: &Backtest) -> Result<(), Exit> {
    if !args.ticks.capture.is_empty() {
        args.of.belongs("--capture")?;
        return ticks::run(args);
    }
    let over = args.over();
    if way(&over)? == Way::Stages {
        return ticks::run_candles(args);
    }
    if let [_, _, ..] = over.input {
        let told = format!("--input: found {} files beside the rule over bars, accepted: one", over.input.len());
        return Err(Exit::Usage(told + "; several with --through-stages"));
    }
    let input = Source::typed(over.input.first(), over.of)?;
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

/// Which way candles go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By that rule, over bars.
    Bars(RuleName),
    /// Through every stage: as typed, or because only the engine has the strategy.
    Stages,
}

/// As typed; what belongs to the other way is refused.
pub(crate) fn way(over: &OverCandles<'_>) -> Result<Way, Exit> {
    let name = over.past.strategy.as_str();
    let is_known = || is_script(name) || CATALOGUE.iter().any(|known| known.name == name);
    match RuleName::find(name) {
        Ok(rule) if !over.staged.through_stages => match of_stages(over.staged) {
            Some(key) => {
                Err(Exit::Usage(format!("{key}: found beside the rule over bars, accepted: with --through-stages")))
            }
            None => Ok(Way::Bars(rule)),
        },
        Err(_) if !is_known() => Err(unknown_strategy(name)),
        Ok(_) | Err(_) => Ok(Way::Stages),
    }
}

/// What was typed that the rule over bars knows nothing of.
fn of_stages(staged: &Staged) -> Option<&'static str> {
    let typed = [
        ("--venue", staged.venue.is_some()),
        ("--config", staged.config.is_some()),
        ("--warm-up", staged.warm_up.is_some()),
        ("--sample", staged.sample.is_some()),
        ("--instrument", !staged.instrument.is_empty()),
        ("--tick", !staged.tick.is_empty()),
        ("--lot", !staged.lot.is_empty()),
        ("--candle", staged.candle.is_some()),
        ("--path", staged.path.is_some()),
        ("--steps", staged.steps.is_some()),
    ];
    typed.into_iter().find(|(_, is_typed)| *is_typed).map(|(key, _)| key)
}
