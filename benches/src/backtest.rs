//! `backtest`: one bar of a whole backtest over a million of them: what is wanted, the account with its list of trades, the
//! equity, all measures.
//!
//! Owns: what is run (the crossing of plain averages of 20 and 50, a unit at a time, a fee on every fill), and what of it the
//! parts cost. Never: reading or telling; the bars lie ready, the report is dropped.

use crate::call::Call;
use crate::error::BenchError;
use crate::indicators::{BARS, Bars};
use crate::machine;
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave};
use engine_backtest::bars::account::{self, Terms};
use engine_backtest::bars::rule::{Rule, RuleName};
use engine_backtest::bars::run;
use engine_backtest::bars::series::{Bar, Series};
use engine_ring::clock::Clock;
use serde_json::{Map, json};
use std::hint::black_box;

const ROUNDS: usize = 15;
/// Bars of a year of minutes.
const PERIODS: f64 = 525_600.0;
/// Empty measurements of which the shortest counts.
const EMPTY: usize = 1_000;

/// So many bars of the walk of a seed.
pub(crate) fn series(seed: u64, bars: usize) -> Result<Series, BenchError> {
    let (walk, mut series) = (Bars::of(seed), Series::default());
    for row in 0..bars {
        let [open, high, low, close] = [&walk.open, &walk.high, &walk.low, &walk.close].map(|column| column[row]);
        let bar = Bar { time_ms: row as i64 * 60_000, open, high, low, close };
        series.push(bar).map_err(|fault| BenchError::Bars(fault.to_string()))?;
    }
    Ok(series)
}

/// On which terms.
pub(crate) fn terms() -> Terms {
    Terms { fee: 0.001, ..Terms::default() }
}

/// Ours.
pub fn run(call: &Call) -> Result<Report, BenchError> {
    let (series, terms, rounds) = (series(call.seed, BARS)?, terms(), call.rounds.unwrap_or(ROUNDS));
    let rule = Rule::new(RuleName::SmaCross, []).map_err(|fault| BenchError::Bars(fault.to_string()))?;
    let told = |fault: account::RunFault| BenchError::Bars(fault.to_string());
    let before = machine::before();
    let clock = Clock::machine();
    let wanted = rule.wanted(&series);
    let whole = run::run(&series, &rule, &terms, PERIODS).map_err(told)?;
    let per_bar = |start_ns: u64| (clock.now() - start_ns) as f64 / BARS as f64;
    let empty = (0..EMPTY).map(|_| per_bar(clock.now())).fold(f64::INFINITY, f64::min);
    let round = || {
        let start_ns = clock.now();
        black_box(run::run(&series, &rule, &terms, PERIODS).map_err(told)?);
        let headline_ns = Some(per_bar(start_ns));
        let start_ns = clock.now();
        black_box(rule.wanted(&series));
        let decides = per_bar(start_ns);
        let start_ns = clock.now();
        black_box(account::run(&series, &wanted, &terms).map_err(told)?);
        let metrics = vec![("wanted", decides), ("account", per_bar(start_ns))];
        Ok(Round { headline_ns, metrics, ..Round::default() })
    };
    let all = interleave(&mut [Contender::new("ringside", round)], rounds)?;
    let config = json!({
        "strategy": "sma_cross", "fast": 20, "slow": 50, "bars": BARS, "trades": whole.outcome.trades.len(),
        "seed": call.seed, "rounds": rounds,
    });
    Ok(Report {
        bench: "backtest",
        question: "what does one bar of a whole backtest cost, trades and all measures counted?",
        sample: "no single bars: a run goes over all of them",
        headline: "one bar of a run; wanted is the part that decides, account the part that trades, the rest measures",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: Some(empty),
        series: all,
        ours: 1,
        per_second_of: Some("-"),
        more: Map::new(),
    })
}

/// Whole runs, nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let (series, terms) = (series(call.seed, BARS)?, terms());
    let rule = Rule::new(RuleName::SmaCross, []).map_err(|fault| BenchError::Bars(fault.to_string()))?;
    for _ in 0..passes {
        black_box(run::run(&series, &rule, &terms, PERIODS).map_err(|fault| BenchError::Bars(fault.to_string()))?);
    }
    Ok((passes * BARS) as u64)
}
