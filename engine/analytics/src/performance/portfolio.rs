//! Several assets together: what each adds to the risk, and weights that follow from the risk alone.

use super::loss::{self, Tail};
use super::special::normal_point;
use super::stats::{self, ratio};

/// Who brings which part of a portfolio's value at risk. Lists are in the order of the assets.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The whole's, from a normal curve.
    pub var: f64,
    /// By how much it would grow for one more of each.
    pub marginal: Vec<f64>,
    /// Weight times that: these add up to the whole.
    pub component: Vec<f64>,
    /// Each with its weight, by itself.
    pub standalone: Vec<f64>,
    /// What the whole is less than before each came.
    pub incremental: Vec<f64>,
    /// By how much the whole is less than the sum of them by themselves, as a share of it.
    pub diversification: f64,
}

/// The sample covariance of each with each; `None` if series differ in length or are too short.
#[must_use]
pub fn covariance(returns: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    returns.iter().map(|a| returns.iter().map(|b| stats::covariance(a, b)).collect()).collect()
}

/// Takes a portfolio's value at risk apart, by a normal curve.
#[must_use]
pub fn parts(returns: &[Vec<f64>], weights: &[f64], confidence: f64) -> Option<Parts> {
    let z = normal_point(1.0 - confidence);
    let means: Vec<f64> = returns.iter().map(|series| stats::mean(series)).collect::<Option<_>>()?;
    let covariance = covariance(returns).filter(|matrix| matrix.len() == weights.len())?;
    let spread = |weights: &[f64]| dot(weights, &times(&covariance, weights)).sqrt();
    let var = |weights: &[f64]| -(dot(weights, &means) + z * spread(weights));
    let (whole, total) = (var(weights), ratio(1.0, spread(weights))?);
    let pull = times(&covariance, weights);
    let marginal: Vec<f64> = means.iter().zip(&pull).map(|(mean, pull)| -(mean + z * pull * total)).collect();
    let alone = |at: usize| {
        let mean = if weights[at] < 0.0 { -means[at] } else { means[at] };
        weights[at].abs() * -(mean + z * covariance[at][at].sqrt())
    };
    let without = |at: usize| -> Vec<f64> {
        weights.iter().enumerate().map(|(n, weight)| if n == at { 0.0 } else { *weight }).collect()
    };
    let standalone: Vec<f64> = (0..weights.len()).map(alone).collect();
    Some(Parts {
        var: whole,
        component: weights.iter().zip(&marginal).map(|(weight, marginal)| weight * marginal).collect(),
        marginal,
        incremental: (0..weights.len()).map(|at| whole - var(&without(at))).collect(),
        diversification: 1.0 - ratio(whole, standalone.iter().sum())?,
        standalone,
    })
}

/// What the portfolio as it is now would have made in each period there was; as many as all assets have.
#[must_use]
pub fn returns(returns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let periods = returns.iter().map(Vec::len).min().unwrap_or(0);
    let of = |period: usize| weights.iter().zip(returns).map(|(weight, series)| weight * series[period]).sum();
    (0..periods).map(of).collect()
}

/// What the portfolio as it is now would have lost in each period there was.
#[must_use]
pub fn historical(of_each: &[Vec<f64>], weights: &[f64], confidence: f64) -> Option<Tail> {
    loss::historical(&returns(of_each, weights), confidence)
}

/// Weights of the least variance that sum to one; some may be negative. `None` where an asset is a copy of others, or does
/// not move.
#[must_use]
pub fn least_variance(covariance: &[Vec<f64>]) -> Option<Vec<f64>> {
    // Of correlations, which have one size whatever the assets' are: only so a pivot says how much of an asset is its own.
    let own: Vec<f64> = covariance.iter().enumerate().map(|(at, row)| row[at].sqrt()).collect();
    if !own.iter().all(|spread| *spread > 0.0) {
        return None;
    }
    let of_row =
        |(row, spread): (&Vec<f64>, &f64)| row.iter().zip(&own).map(|(x, other)| x / (spread * other)).collect();
    let solved =
        solve(covariance.iter().zip(&own).map(of_row).collect(), own.iter().map(|spread| 1.0 / spread).collect())?;
    to_one(solved.iter().zip(&own).map(|(weight, spread)| weight / spread).collect())
}

/// Weights in inverse proportion to each one's own deviation.
#[must_use]
pub fn inverse_volatility(covariance: &[Vec<f64>]) -> Option<Vec<f64>> {
    to_one(covariance.iter().enumerate().map(|(at, row)| 1.0 / row[at].sqrt()).collect())
}

/// Rounds over all assets at most; ten assets settle in some tens.
const ROUNDS_MAX: u32 = 10_000;

/// Positive weights with which each asset brings the same part of the variance, one coordinate after the other
/// (Griveau-Billion, Richard and Roncalli 2013).
#[must_use]
pub fn risk_parity(covariance: &[Vec<f64>]) -> Option<Vec<f64>> {
    // Which part does not matter, as long as it is the same for all: the weights are scaled to one at the end.
    let part = ratio(1.0, covariance.len() as f64)?;
    let mut weights = inverse_volatility(covariance)?;
    for _ in 0..ROUNDS_MAX {
        let mut moved = 0.0_f64;
        for (at, row) in covariance.iter().enumerate() {
            let others = dot(row, &weights) - row[at] * weights[at];
            let next = (-others + (others * others + 4.0 * row[at] * part).sqrt()) / (2.0 * row[at]);
            moved = moved.max((next / weights[at] - 1.0).abs());
            weights[at] = next;
        }
        if moved < 1e-12 {
            return to_one(weights);
        }
    }
    None
}

fn to_one(weights: Vec<f64>) -> Option<Vec<f64>> {
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| ratio(weight, sum)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn times(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

/// A pivot of correlations that is smaller is what rounding left of nothing: the asset moves as others do.
const OWN_MIN: f64 = 1e-10;

/// Gauss's elimination, the largest pivot first.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (above, below) = matrix.split_at_mut(column + 1);
        let lead = above.last()?;
        if lead[column].abs() < OWN_MIN {
            return None;
        }
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[column] / lead[column];
            row.iter_mut().zip(lead).for_each(|(cell, top)| *cell -= factor * top);
            right[column + 1 + offset] -= factor * right[column];
        }
    }
    for column in (0..n).rev() {
        let known: f64 = (column + 1..n).map(|at| matrix[column][at] * right[at]).sum();
        right[column] = (right[column] - known) / matrix[column][column];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_move_apart_each_brings_its_part() {
        let covariance = [vec![0.04, 0.0], vec![0.0, 0.01]];
        let near = |got: Option<Vec<f64>>, wanted: [f64; 2]| {
            let got = got.unwrap();
            assert!(got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?}");
        };
        near(least_variance(&covariance), [0.2, 0.8]);
        near(inverse_volatility(&covariance), [1.0 / 3.0, 2.0 / 3.0]);
        near(risk_parity(&covariance), [1.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(least_variance(&[vec![0.01, 0.01], vec![0.01, 0.01]]), None, "one is a copy of the other");
        let of_two: Vec<Vec<f64>> = {
            let (a, b): (Vec<f64>, Vec<f64>) =
                (0..40).map(|n| ((f64::from(n) * 0.7).sin() * 1e-3, (f64::from(n) * 1.3).cos())).unzip();
            let both = a.iter().zip(&b).map(|(a, b)| 0.3 * a + 0.7 * b).collect();
            vec![a, b, both]
        };
        let mixed = super::covariance(&of_two).unwrap();
        assert_eq!(least_variance(&mixed), None, "one is a mixture of the others, whatever rounding leaves");
        assert!(least_variance(&super::covariance(&of_two[..2]).unwrap()).is_some());
        assert_eq!(least_variance(&[vec![0.0, 0.0], vec![0.0, 0.01]]), None, "one does not move");
        assert_eq!(parts(&[vec![0.1, 0.2]], &[0.5, 0.5], 0.95), None, "a weight too many");
    }
}
