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
    /// Trials that have no Sharpe ratio: those that failed or were ruined, and those whose account never moved. Their
    /// number is in what luck is expected to come to; in its spread they cannot be.
    pub without_ratio: usize,
}

impl Sweep<'_> {
    /// Judges the winner of all trials; `None` where there is none. Their returns are run again: of no more than
    /// [`COMPARED_MAX`], evenly spread over the order of trials, the winner among them. Those without a value have no
    /// returns.
    pub fn doubt(&self, trials: &[Trial]) -> Result<Option<Doubt>, SweepFault> {
        let Some(winner) = best(trials) else { return Ok(None) };
        let whole = self.whole();
        let returns = |point: u64| Ok(returns_to_ruin(&whole.account(point)?));
        let ratios: Vec<f64> = trials.iter().filter_map(|trial| trial.sharpe_per_bar).collect();
        let moments = Moments::of(&returns(winner.point)?);
        let deflated = moments.and_then(|moments| deflated_sharpe(&moments, &ratios, trials.len()));
        let valued: Vec<&Trial> = trials.iter().filter(|trial| trial.fault.is_none()).collect();
        let step = valued.len().div_ceil(COMPARED_MAX - 1);
        let spread = valued.iter().enumerate().filter(|(n, trial)| n % step == 0 || trial.number == winner.number);
        let points: Vec<u64> = spread.map(|(_, trial)| trial.point).collect();
        let compared = self.spread(&points, |point| returns(*point))?;
        let overfit = probability_of_overfitting(&compared, BLOCKS_MAX);
        let without_ratio = trials.len() - ratios.len();
        Ok(Some(Doubt { deflated, overfit, compared: compared.len(), without_ratio }))
    }
}

/// Returns of an account that is lost for good where it is worth nothing: all of it at that close, and nothing behind it. Of
/// one that never is, those that it has.
fn returns_to_ruin(equity: &[f64]) -> Vec<f64> {
    let whole = equity.iter().position(|worth| *worth <= 0.0).unwrap_or(equity.len());
    let mut returns = curve::returns(&equity[..whole]);
    if whole > 0 && whole < equity.len() {
        returns.push(-1.0);
    }
    returns.resize(equity.len().saturating_sub(1), 0.0);
    returns
}

#[cfg(test)]
mod tests {
    use super::returns_to_ruin;

    #[test]
    fn who_is_ruined_has_lost_all_at_that_close_and_nothing_behind_it() {
        assert_eq!(returns_to_ruin(&[100.0, 50.0, 75.0]), [-0.5, 0.5]);
        assert_eq!(returns_to_ruin(&[100.0, 50.0, -10.0, 40.0, 80.0]), [-0.5, -1.0, 0.0, 0.0]);
        assert_eq!((returns_to_ruin(&[]), returns_to_ruin(&[5.0])), (vec![], vec![]));
    }
}
