//! A whole run: who decides, what happens, what it is worth.

use super::account::{self, Outcome, RunFault, Terms};
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
    let wanted = rule.wanted(series);
    let outcome = account::run(series, &wanted, terms)?;
    let curve = Curve { equity: &outcome.equity, benchmark: Some(series.close()), periods_per_year };
    let closed: Vec<Trade> = outcome.trades.iter().map(|closed| closed.trade).collect();
    let trades = trades::measure(&closed, outcome.held, series.len());
    Ok(Report { curve: curve::measure(&curve), trades, wanted, outcome })
}
