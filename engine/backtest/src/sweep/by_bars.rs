//! The rule over bars, as what a sweep runs.

use super::objective::Objective;
use super::past::{Came, Ground, Past, PastFault, Set, looked_for};
use super::shared::Shared;
use crate::bars::account::{self, Terms};
use crate::bars::brief::{Brief, Stretches};
use crate::bars::rule::{Rule, RuleName};
use crate::bars::run::{Report, run_over};
use crate::bars::series::Series;
use std::ops::Range;

/// Bars, a rule, and on which terms it trades.
#[derive(Clone, Copy, Debug)]
pub struct ByBars<'a> {
    /// Who decides.
    pub rule: RuleName,
    /// The bars.
    pub series: &'a Series,
    /// On which terms.
    pub terms: &'a Terms,
    /// Bars in a year.
    pub periods_per_year: f64,
}

impl ByBars<'_> {
    fn rule(&self, set: &Set) -> Result<Rule, PastFault> {
        Rule::new(self.rule, set.iter().copied()).map_err(PastFault::Rule)
    }

    /// What a trial tells of a whole report.
    pub(super) fn came(&self, report: &Report, objectives: &[Objective]) -> Came {
        let equity_final = report.equity_final(self.terms);
        Came {
            objectives: looked_for(objectives, |one| one.of(&report.curve, &report.trades, equity_final)),
            equity_final,
            sharpe_per_bar: report.curve.sharpe.map(|annual| annual / self.periods_per_year.sqrt()),
            max_drawdown: report.curve.max_drawdown,
            trades: report.outcome.trades.len(),
            fees: report.outcome.trades.iter().map(|closed| closed.trade.fees).sum(),
        }
    }
}

impl Past for ByBars<'_> {
    fn bars(&self) -> usize {
        self.series.len()
    }

    fn cash(&self) -> f64 {
        self.terms.cash
    }

    fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }

    fn needs(&self, set: &Set) -> Result<usize, PastFault> {
        Ok(self.rule(set)?.needs())
    }

    fn over<'a>(&'a self, parts: &[Range<usize>], looked_for: &'a [Objective]) -> Box<dyn Ground + 'a> {
        let shared = parts.iter().map(|part| Shared::new(self.series.part(part.clone()))).collect();
        Box::new(Over { past: self, looked_for, is_brief: looked_for.iter().all(Objective::is_brief), shared })
    }

    fn tested(&self, set: &Set, begin: usize, test: &Range<usize>) -> Result<Vec<f64>, PastFault> {
        let from = test.start.saturating_sub(1);
        let known: Series = self.series.part(begin..test.end);
        let wanted = self.rule(set)?.wanted(&known);
        let (bars, wanted) = (self.series.part(from..test.end), &wanted[from - begin..]);
        let outcome = account::run(&bars, wanted, self.terms).map_err(PastFault::Run)?;
        Ok(outcome.equity)
    }
}

/// Some of the bars, and what many runs look at.
#[derive(Debug)]
struct Over<'a> {
    past: &'a ByBars<'a>,
    looked_for: &'a [Objective],
    is_brief: bool,
    /// A stretch each.
    shared: Vec<Shared>,
}

impl Over<'_> {
    fn report(&self, set: &Set) -> Result<Report, PastFault> {
        let ByBars { terms, periods_per_year, .. } = *self.past;
        let parts = self.shared.iter().map(Shared::series);
        run_over(parts, &self.past.rule(set)?, terms, periods_per_year).map_err(PastFault::Run)
    }

    /// One run with no more measures than a trial has. `None` where only the whole curve can tell them.
    fn brief(&self, set: &Set) -> Result<Option<Brief>, PastFault> {
        let ByBars { terms, periods_per_year, .. } = *self.past;
        let rule = self.past.rule(set)?;
        let mut stretches = Stretches::new();
        for shared in &self.shared {
            let columns: Vec<_> = rule.columns().into_iter().map(|column| shared.get(column)).collect();
            let columns: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
            let series = shared.series();
            stretches.go(series, &rule.judged(series, &columns), terms).map_err(PastFault::Run)?;
        }
        Ok(stretches.end(terms, periods_per_year))
    }
}

impl Ground for Over<'_> {
    fn announce(&mut self, set: &Set) -> Result<(), PastFault> {
        let columns = self.past.rule(set)?.columns();
        for shared in self.shared.iter_mut().filter(|_| self.is_brief) {
            columns.iter().for_each(|column| shared.announce(*column));
        }
        Ok(())
    }

    fn run(&self, set: &Set) -> Result<Came, PastFault> {
        let brief = if self.is_brief { self.brief(set)? } else { None };
        let Some(brief) = brief else { return Ok(self.past.came(&self.report(set)?, self.looked_for)) };
        Ok(Came {
            objectives: looked_for(self.looked_for, |one| one.of_brief(&brief)),
            equity_final: brief.equity_final,
            sharpe_per_bar: brief.sharpe_per_bar,
            max_drawdown: brief.curve.max_drawdown,
            trades: brief.trades.len(),
            fees: brief.trades.iter().map(|closed| closed.trade.fees).sum(),
        })
    }

    fn account(&self, set: &Set) -> Result<Vec<f64>, PastFault> {
        Ok(self.report(set)?.outcome.equity)
    }
}
