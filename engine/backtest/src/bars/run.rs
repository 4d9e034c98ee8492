//! A whole run: who decides, what happens, what it is worth.

use super::account::{Course, Outcome, RunFault, Terms};
use super::rule::Rule;
use super::series::Series;
use engine_analytics::performance::curve::{self, Curve, CurveMeasures};
use engine_analytics::performance::trades::{self, Trade, TradeMeasures};
use engine_analytics::signal::Wanted;

/// A run and its measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The position wanted after each close.
    pub wanted: Vec<Wanted>,
    /// What happened.
    pub outcome: Outcome,
    /// Of the equity, held against somebody who bought at the first close and kept.
    pub curve: CurveMeasures,
    /// Of the closed positions.
    pub trades: TradeMeasures,
}

impl Report {
    /// The account's value at the end; the cash where there was no bar.
    #[must_use]
    pub fn equity_final(&self, terms: &Terms) -> f64 {
        self.outcome.equity.last().copied().unwrap_or(terms.cash)
    }

    /// All measures with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Option<f64>)> {
        self.curve.named().into_iter().chain(self.trades.named())
    }
}

/// Runs a strategy over bars and measures it.
pub fn run(series: &Series, rule: &Rule, terms: &Terms, periods_per_year: f64) -> Result<Report, RunFault> {
    run_over([series], rule, terms, periods_per_year)
}

/// Runs a strategy over several stretches of bars, each begun anew with the cash of the start; the account's value and that
/// of who bought and kept go on from one to the next as shares.
pub fn run_over<'a>(
    parts: impl IntoIterator<Item = &'a Series>,
    rule: &Rule,
    terms: &Terms,
    periods_per_year: f64,
) -> Result<Report, RunFault> {
    let parts: Vec<&Series> = parts.into_iter().collect();
    let bars: usize = parts.iter().map(|part| part.len()).sum();
    let mut course = Course::new(Vec::with_capacity(bars));
    let (mut wanted, mut joined) = (Vec::new(), Vec::new());
    for part in &parts {
        let here = rule.wanted(part);
        course.go(part, &here, terms)?;
        wanted = if wanted.is_empty() { here } else { [wanted, here].concat() };
    }
    let bought = match parts[..] {
        [part] => part.close(),
        _ => {
            for part in &parts {
                let by = joined.last().zip(part.close().first()).map_or(1.0, |(last, first)| last / first);
                joined.extend(part.close().iter().map(|close| close * by));
            }
            &joined
        }
    };
    let Course { kept: equity, trades: closed, open, held, .. } = course;
    let outcome = Outcome { trades: closed, open, equity, held };
    let curve = Curve { equity: &outcome.equity, benchmark: Some(bought), periods_per_year };
    let closed: Vec<Trade> = outcome.trades.iter().map(|closed| closed.trade).collect();
    let trades = trades::measure(&closed, outcome.held, bars);
    Ok(Report { curve: curve::measure(&curve), trades, wanted, outcome })
}
