//! `backtest`: a strategy over candles of the past, or over recorded ticks through every stage.
//!
//! Owns: what was typed, files, and how a run is told.
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
use crate::exit::Exit;
use crate::series::Source;
use crate::{output, typed};
use engine_backtest::bars::run::run as run_over;
use std::time::Instant;

pub(crate) use asked::{Bars, Input, bars, is_short, periods_per_year, rule, terms};
pub(crate) use ticks::files as captures;

/// Runs the command.
pub(crate) fn run(args: &Backtest) -> Result<(), Exit> {
    if !args.ticks.capture.is_empty() {
        args.of.belongs("--capture")?;
        return ticks::run(args);
    }
    if args.ticks.venue.is_some() || args.ticks.sample.is_some() {
        let key = if args.ticks.venue.is_some() { "--venue" } else { "--sample" };
        return Err(Exit::Usage(format!("{key}: found without --capture, which it is about")));
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
