//! A strategy of the engine or a script through every stage, as what a sweep runs: each trial is the run that `backtest`
//! makes of the same parameters, no more and no less.

use crate::command::backtest::{Market, failed, measures, samples_per_year};
use crate::exit::Exit;
use engine_backtest::candles::Candles;
use engine_backtest::sweep::objective::Objective;
use engine_backtest::sweep::past::{Came, Ground, Past, PastFault, Set, go_on, looked_for};
use engine_backtest::ticks::Outcome;
use engine_backtest::ticks::rounds::Round;
use engine_core::strategy::catalog::Strategy;
use engine_model::units::Nanos;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThroughStages<'a> {
    market: &'a Market,
}

impl<'a> ThroughStages<'a> {
    pub(super) fn new(market: &'a Market) -> Self {
        Self { market }
    }

    /// Whether the candles, the last one with its length, span less than a day.
    pub(super) fn is_short(&self) -> bool {
        let candles = self.market.candles();
        let [first, last] = [candles.list().first(), candles.list().last()].map(|of| of.map_or(Nanos(0), |of| of.at));
        last.since(first) + candles.period_ns() < 24 * 3_600 * Nanos::SECOND
    }

    /// Parameters of the engine's strategies are whole numbers, and the space has seen to that.
    fn seat(&self, set: &Set) -> Result<Strategy, PastFault> {
        let mut params: Vec<_> = set.iter().map(|(name, value)| ((*name).to_owned(), *value as i64)).collect();
        self.market.seat(&mut params).map_err(told)
    }

    /// One run; none where the strategy gave up, for from there on nobody traded.
    fn ran(&self, set: &Set, candles: Arc<Candles>, warm_up: Duration) -> Result<Outcome, PastFault> {
        let (_, outcome) = self.market.run(self.seat(set)?, &[candles], warm_up).map_err(told)?;
        match &outcome.fault {
            Some(fault) => Err(PastFault::Told(failed(fault))),
            None => Ok(outcome),
        }
    }

    fn part(&self, places: Range<usize>) -> Arc<Candles> {
        let all = self.market.candles();
        if places == (0..all.list().len()) { Arc::clone(all) } else { Arc::new(all.part(places)) }
    }
}

impl Past for ThroughStages<'_> {
    fn bars(&self) -> usize {
        self.market.candles().list().len()
    }

    fn cash(&self) -> f64 {
        self.market.cash()
    }

    fn periods_per_year(&self) -> f64 {
        samples_per_year(self.market.sample())
    }

    /// Nobody but the strategy knows: one that has seen too few does nothing.
    fn needs(&self, _: &Set) -> Result<usize, PastFault> {
        Ok(1)
    }

    fn over<'a>(&'a self, parts: &[Range<usize>], looked_for: &'a [Objective]) -> Box<dyn Ground + 'a> {
        let parts = parts.iter().map(|part| self.part(part.clone())).collect();
        Box::new(Over { past: self, parts, looked_for })
    }

    /// Orders pass from the last price of the candle before the test on, so that what that candle's close made somebody want
    /// is executed at the test's first price.
    fn tested(&self, set: &Set, begin: usize, test: &Range<usize>) -> Result<Vec<f64>, PastFault> {
        let list = self.market.candles().list();
        let before = test.start.checked_sub(1).filter(|before| *before >= begin);
        let warm_up_ns = before.map_or(0, |before| list[before].at.since(list[begin].at) + self.market.close_told_ns());
        let (candles, warm_up) = (self.part(begin..test.end), Duration::from_nanos(warm_up_ns));
        Ok(self.ran(set, candles, warm_up)?.equity)
    }

    fn idle(&self, test: &Range<usize>) -> Vec<f64> {
        vec![self.cash(); test.len() + 1]
    }
}

/// Some of the candles, a stretch each.
#[derive(Debug)]
struct Over<'a> {
    past: &'a ThroughStages<'a>,
    parts: Vec<Arc<Candles>>,
    looked_for: &'a [Objective],
}

impl Over<'_> {
    /// The account along all stretches, its round trips, and how many of its values had a position.
    fn ran(&self, set: &Set) -> Result<(Vec<f64>, Vec<Round>, usize), PastFault> {
        let ThroughStages { market } = self.past;
        let (mut equity, mut rounds, mut held) = (Vec::new(), Vec::new(), 0);
        for part in &self.parts {
            let outcome = self.past.ran(set, Arc::clone(part), market.warm_up())?;
            if equity.is_empty() {
                equity = outcome.equity;
            } else {
                go_on(&mut equity, &outcome.equity, market.cash());
            }
            rounds.extend(outcome.rounds);
            held += outcome.held;
        }
        Ok((equity, rounds, held))
    }
}

impl Ground for Over<'_> {
    fn announce(&mut self, set: &Set) -> Result<(), PastFault> {
        self.past.seat(set).map(|_| ())
    }

    fn run(&self, set: &Set) -> Result<Came, PastFault> {
        let (equity, rounds, held) = self.ran(set)?;
        let periods_per_year = self.past.periods_per_year();
        let (curve, trades) = measures(&equity, &rounds, held, periods_per_year);
        let equity_final = equity.last().copied().unwrap_or_else(|| self.past.cash());
        Ok(Came {
            objectives: looked_for(self.looked_for, |one| one.of(&curve, &trades, equity_final)),
            equity_final,
            sharpe_per_bar: curve.sharpe.map(|annual| annual / periods_per_year.sqrt()),
            max_drawdown: curve.max_drawdown,
            trades: rounds.len(),
            fees: rounds.iter().map(|round| round.fees).sum(),
        })
    }

    fn account(&self, set: &Set) -> Result<Vec<f64>, PastFault> {
        self.ran(set).map(|(equity, ..)| equity)
    }
}

fn told(exit: Exit) -> PastFault {
    PastFault::Told(exit.message().unwrap_or_else(|| "it was broken off".to_owned()))
}

#[cfg(test)]
#[path = "stages_tests.rs"]
mod tests;
