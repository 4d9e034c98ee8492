//! `sweep`: one run of a sweep, of a thousand points over a hundred thousand bars, on one thread.
//!
//! Owns: what is swept (the crossing of two plain averages by Sharpe's ratio), and what a search that looks back costs beside
//! its runs. Never: the doubt beside the winner, which is told once a sweep.

use crate::backtest::{series, terms};
use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave};
use engine_backtest::bars::rule::RuleName;
use engine_backtest::bars::series::Series;
use engine_backtest::sweep::by_bars::ByBars;
use engine_backtest::sweep::memory::Forgetful;
use engine_backtest::sweep::objective::Objective;
use engine_backtest::sweep::run::{Shard, Sweep, Trial};
use engine_backtest::sweep::search::{Method, Plan};
use engine_backtest::sweep::space::{Choice, Space};
use engine_ring::clock::Clock;
use serde_json::{Map, json};
use std::fmt::Display;
use std::hint::black_box;

const BARS: usize = 100_000;
const ROUNDS: usize = 9;
/// Bars of the runs beside which a search is measured: next to nothing.
const FEW: usize = 600;
/// Trials of it.
const LOOKED_BACK: u64 = 2_000;

fn told(fault: impl Display) -> BenchError {
    BenchError::Bars(fault.to_string())
}

/// 25 fast ones by 40 slow ones.
fn space() -> Result<Space, BenchError> {
    let range = |name: &str, max, step| (name.to_owned(), Choice::Range { min: step, max, step });
    Space::new(RuleName::SmaCross, &[range("fast", 125.0, 5.0), range("slow", 400.0, 10.0)]).map_err(told)
}

fn search(series: &Series, method: Method, trials: Option<u64>) -> Result<Vec<Trial>, BenchError> {
    let (space, terms, objectives) = (space()?, terms(), Objective::list("sharpe").map_err(told)?);
    let plan = Plan::new(&space, method, trials, 1).map_err(told)?;
    let (objectives, memory, rule) = (&objectives[..], &Forgetful, RuleName::SmaCross);
    let past = ByBars { rule, series, terms: &terms, periods_per_year: 525_600.0 };
    let sweep = Sweep { past: &past, space: &space, objectives, threads: 1, memory };
    sweep.search(plan, Shard::WHOLE, &|_| ()).map_err(told)
}

/// Ours.
pub fn run(call: &Call) -> Result<Report, BenchError> {
    let (long, rounds) = (series(call.seed, BARS)?, call.rounds.unwrap_or(ROUNDS));
    let short = long.part(0..FEW);
    let before = machine::before();
    let clock = Clock::machine();
    let round = || {
        let timed = |series: &Series, method, trials| {
            let start_ns = clock.now();
            let ran = black_box(search(series, method, trials)?).len();
            Ok::<f64, BenchError>((clock.now() - start_ns) as f64 / ran as f64)
        };
        let headline_ns = Some(timed(&long, Method::Grid, None)?);
        let looks_back = Some(LOOKED_BACK.min(space()?.size()));
        let metrics = vec![
            ("grid, 600 bars", timed(&short, Method::Grid, None)?),
            ("tpe, 600 bars", timed(&short, Method::Tpe, looks_back)?),
            ("nsga2, 600 bars", timed(&short, Method::Nsga2, looks_back)?),
        ];
        Ok(Round { headline_ns, metrics, ..Round::default() })
    };
    let all = interleave(&mut [Contender::new("ringside", round)], rounds)?;
    let config = json!({
        "strategy": "sma_cross", "points": space()?.size(), "bars": BARS, "seed": call.seed, "rounds": rounds,
    });
    Ok(Report {
        bench: "sweep",
        question: "what does one run of a sweep of 1,000 points over 100,000 bars cost, on one thread?",
        sample: "no single runs: they share their averages",
        headline: "one run of a grid; each search beside it over 600 bars, where hardly anything is run",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: None,
        series: all,
        ours: 1,
        per_second_of: Some("-"),
        more: Map::new(),
    })
}

/// Grids, nothing timed; says how many runs that were.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let series = series(call.seed, BARS)?;
    let mut runs = 0;
    for _ in 0..passes {
        runs += black_box(search(&series, Method::Grid, None)?).len() as u64;
    }
    Ok(runs)
}
