//! How much of a winner is luck.

use super::run::{Sweep, SweepFault, Trial, best};
use engine_analytics::performance::curve;
use engine_analytics::performance::overfit::{
    BLOCKS_MAX, Deflated, Overfit, deflated_sharpe, probability_of_overfitting,
};
use engine_analytics::performance::stats::Moments;

/// Trials whose returns are held against each other, at most: each is kept whole, and each of 12,870 splits looks at all.
pub const COMPARED_MAX: usize = 200;

/// The doubt beside a winner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubt {
    /// The winner's ratio against that of the best of as many lucky ones; of all trials.
    pub deflated: Option<Deflated>,
    /// How often the winner of a half is none in the other.
    pub overfit: Option<Overfit>,
    /// Trials that the latter looked at.
    pub compared: usize,
}

impl Sweep<'_> {
    /// Judges the winner of all trials; `None` where there is none. Their returns are run again: of no more than
    /// [`COMPARED_MAX`], evenly spread over the order of trials, the winner among them.
    pub fn doubt(&self, trials: &[Trial]) -> Result<Option<Doubt>, SweepFault> {
        let Some(winner) = best(trials) else { return Ok(None) };
        let returns = |point| {
            let report = self.report(point)?;
            // Of an account that was worth nothing there are none.
            Ok((!report.curve.is_ruined()).then(|| curve::returns(&report.outcome.equity)))
        };
        let ratios: Vec<f64> = trials.iter().filter_map(|trial| trial.sharpe_per_bar).collect();
        let moments = returns(winner.point)?.and_then(|returns| Moments::of(&returns));
        let deflated = moments.and_then(|moments| deflated_sharpe(&moments, &ratios));
        let step = trials.len().div_ceil(COMPARED_MAX - 1);
        let spread = trials.iter().enumerate().filter(|(n, trial)| n % step == 0 || trial.number == winner.number);
        let compared: Vec<Option<Vec<f64>>> =
            spread.map(|(_, trial)| returns(trial.point)).collect::<Result<_, _>>()?;
        let compared: Vec<Vec<f64>> = compared.into_iter().flatten().collect();
        let overfit = probability_of_overfitting(&compared, BLOCKS_MAX);
        Ok(Some(Doubt { deflated, overfit, compared: compared.len() }))
    }
}
