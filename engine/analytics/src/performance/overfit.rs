//! How much of a winner is luck: the more that was tried, the better the best looks.

use super::curve::probability_above;
use super::special::normal_point;
use super::stats::{self, Moments};
use std::cmp::Ordering;

/// Euler and Mascheroni's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// A winner, and the ratio that the best of as many lucky ones would have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deflated {
    /// Sharpe's ratio of a period that the best of so many trials without any skill is expected to have.
    pub expected: f64,
    /// How sure it is that the winner's is above that.
    pub probability: f64,
}

/// Deflates the winner's ratio by what was tried (Bailey and Lopez de Prado, "The deflated Sharpe ratio", 2014). Ratios are
/// those of a period, not annual, of the trials that have one; `tried` counts all: who was ruined, or never traded, was a
/// chance to be lucky, too. `None` of fewer than two ratios, or where nothing differs.
#[must_use]
pub fn deflated_sharpe(winner: &Moments, ratios: &[f64], tried: usize) -> Option<Deflated> {
    let spread = stats::deviation(ratios, 1).filter(|spread| *spread > 0.0)?;
    let count = tried.max(ratios.len()) as f64;
    let best = normal_point(1.0 - 1.0 / count) * (1.0 - GAMMA);
    let expected = spread * (best + GAMMA * normal_point(1.0 - 1.0 / (count * std::f64::consts::E)));
    let per_period = stats::ratio(winner.mean, winner.sample_deviation()?)?;
    let probability = probability_above(per_period, expected, winner)?;
    Some(Deflated { expected, probability })
}

/// What comes of picking the best of a half and looking at the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overfit {
    /// Ways in which the blocks were halved.
    pub splits: usize,
    /// Share of them in which the winner of one half was below the middle of the other: the probability of overfitting.
    pub probability: f64,
    /// Mean of the logits of the winner's rank in the other half; above 0 is better than the middle.
    pub mean_logit: f64,
}

/// Blocks at most: there are 12,870 ways to halve 16.
pub const BLOCKS_MAX: usize = 16;

/// Combinatorially symmetric cross-validation (Bailey, Borwein, Lopez de Prado and Zhu 2017): the returns of each trial, cut
/// into `blocks` equal stretches of time (an even number, at most [`BLOCKS_MAX`]), each half of them once for picking and
/// once for looking. What is left over at the end does not count. Trials that are equally good share the mean of their ranks.
/// `None` of fewer than two trials, of less than two periods a block, or where all are equally good: then there is no winner.
#[must_use]
pub fn probability_of_overfitting(trials: &[Vec<f64>], blocks: usize) -> Option<Overfit> {
    let periods = trials.iter().map(Vec::len).min()?;
    let length = periods.checked_div(blocks)?;
    if trials.len() < 2 || length < 2 || blocks > BLOCKS_MAX || !blocks.is_multiple_of(2) {
        return None;
    }
    // Sums by block: a half's ratio is made of its blocks' without walking along the returns again.
    let sums: Vec<Vec<Sum>> = trials.iter().map(|trial| trial.chunks_exact(length).map(Sum::of).collect()).collect();
    let whole: Vec<_> = sums.iter().map(|trial| Sum::ratio(trial[..blocks].iter().enumerate())).collect();
    if whole.iter().all(|ratio| ratio.partial_cmp(&whole[0]).is_some_and(Ordering::is_eq)) {
        return None;
    }
    let (mut splits, mut below, mut logits) = (0, 0, 0.0);
    for half in 0_u32..1 << blocks {
        if half.count_ones() as usize != blocks / 2 {
            continue;
        }
        let ratios = |inside: bool| -> Vec<f64> {
            let is_taken = |block: usize| ((half >> block) & 1 == 1) == inside;
            sums.iter()
                .map(|trial| Sum::ratio(trial[..blocks].iter().enumerate().filter(|(n, _)| is_taken(*n))))
                .collect()
        };
        let (picked, looked_at) = (ratios(true), ratios(false));
        let winner = (0..picked.len()).reduce(|best, other| if picked[other] > picked[best] { other } else { best })?;
        let orders = looked_at.iter().map(|ratio| ratio.partial_cmp(&looked_at[winner]));
        let beside = |found| orders.clone().filter(|order| *order == Some(found)).count() as f64;
        let rank = beside(Ordering::Less) + f64::midpoint(beside(Ordering::Equal), 1.0);
        let share = rank / (looked_at.len() as f64 + 1.0);
        let logit = (share / (1.0 - share)).ln();
        splits += 1;
        below += usize::from(logit <= 0.0);
        logits += logit;
    }
    let of = |sum: f64| sum / splits as f64;
    Some(Overfit { splits, probability: of(below as f64), mean_logit: of(logits) })
}

/// Count, sum and sum of squares of a block.
#[derive(Clone, Copy, Default)]
struct Sum([f64; 3]);

impl Sum {
    fn of(returns: &[f64]) -> Self {
        Self([returns.len() as f64, returns.iter().sum(), returns.iter().map(|r| r * r).sum()])
    }

    /// Mean over sample deviation of all; a trial that never moved is as good as nothing.
    fn ratio<'a>(blocks: impl Iterator<Item = (usize, &'a Self)>) -> f64 {
        let [n, sum, squares] =
            blocks.fold([0.0; 3], |all, (_, block)| std::array::from_fn(|at| all[at] + block.0[at]));
        let variance = (squares - sum * sum / n) / (n - 1.0);
        if variance > 0.0 { sum / n / variance.sqrt() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{json_of, oracles, text};

    #[test]
    fn the_winner_of_a_thousand_trials_is_deflated_as_elsewhere() {
        let Some(oracles) = oracles() else { return };
        let expected = json_of(&oracles.join("ml/expected.json.gz"));
        // A row a period, a column a trial, no names.
        let all = text(&oracles.join("ml/trial_returns.csv.gz"));
        let rows: Vec<Vec<f64>> =
            all.lines().map(|row| row.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
        let trials: Vec<Vec<f64>> = (0..rows[0].len()).map(|n| rows.iter().map(|row| row[n]).collect()).collect();
        let ratio = |trial: &Vec<f64>| stats::mean(trial).unwrap() / stats::deviation(trial, 1).unwrap();
        let ratios: Vec<f64> = trials.iter().map(ratio).collect();
        let best = expected["deflated_sharpe"]["best"].as_u64().unwrap() as usize;
        assert!(ratios.iter().all(|ratio| *ratio <= ratios[best]));
        let deflated = deflated_sharpe(&Moments::of(&trials[best]).unwrap(), &ratios, ratios.len()).unwrap();
        let near = |got: f64, wanted: &serde_json::Value| {
            let wanted = wanted.as_f64().unwrap();
            // The file keeps six digits of returns that the engine had in full.
            assert!((got - wanted).abs() <= 1e-5 * wanted.abs(), "found {got}, expected {wanted}");
        };
        near(deflated.expected, &expected["deflated_sharpe"]["sr0"]);
        near(deflated.probability, &expected["deflated_sharpe"]["dsr"]);
        let blocks = expected["pbo"]["blocks"].as_u64().unwrap() as usize;
        let overfit = probability_of_overfitting(&trials, blocks).unwrap();
        assert_eq!(expected["pbo"]["splits"], overfit.splits);
        near(overfit.probability, &expected["pbo"]["pbo"]);
        near(overfit.mean_logit, &expected["pbo"]["mean_logit"]);
    }

    #[test]
    fn equals_share_a_rank_and_there_is_no_winner_among_them() {
        let (still, loser) = (vec![0.0; 40], (0..40).map(|n| [-0.2, 0.1][n % 2]).collect::<Vec<_>>());
        assert_eq!(probability_of_overfitting(&vec![still.clone(); 5], 4), None, "nothing ever traded");
        assert_eq!(probability_of_overfitting(&vec![loser.clone(); 5], 4), None, "all traded alike");
        let found = probability_of_overfitting(&[still.clone(), loser, still], 4).unwrap();
        // Of three, the winner shares ranks 2 and 3.
        let logit = f64::ln(2.5 / 1.5);
        assert_eq!((found.splits, found.probability), (6, 0.0));
        assert!((found.mean_logit - logit).abs() < 1e-12, "found {}, expected {logit}", found.mean_logit);
    }

    #[test]
    fn one_trial_cannot_be_overfitted_and_an_odd_cut_is_none() {
        let trial = vec![0.1, -0.1, 0.2, 0.0, 0.1, 0.1, 0.3, -0.2];
        assert_eq!(probability_of_overfitting(std::slice::from_ref(&trial), 4), None);
        assert_eq!(probability_of_overfitting(&[trial.clone(), trial.clone()], 3), None);
        assert_eq!(probability_of_overfitting(&[trial.clone(), trial.clone()], 8), None, "a period a block");
        let long = vec![0.1; 200];
        assert_eq!(probability_of_overfitting(&[long.clone(), long], 32), None, "more ways than anybody waits for");
        let moments = Moments::of(&trial).unwrap();
        let of = |ratios: &[f64], tried: usize| deflated_sharpe(&moments, ratios, tried);
        assert_eq!((of(&[0.1], 9), of(&[0.1, 0.1], 9)), (None, None));
    }

    #[test]
    fn a_trial_without_a_ratio_was_a_chance_to_be_lucky_too() {
        let moments = Moments::of(&[0.1, -0.1, 0.2, 0.0, 0.1, 0.1, 0.3, -0.2]).unwrap();
        let ratios = [0.1, 0.3, -0.2, 0.25];
        let of = |tried| deflated_sharpe(&moments, &ratios, tried).unwrap();
        assert!(of(40).expected > of(4).expected && of(40).probability < of(4).probability);
        assert_eq!(of(0), of(4), "no fewer than there are ratios");
    }
}
