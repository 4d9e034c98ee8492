//! Value at risk and what lies beyond it: how much a period loses once in `1 / (1 - confidence)` times, as a positive share.

use super::special::{bent, normal_height, normal_point};
use super::stats::{self, Moments, mean};

/// The factor by which yesterday's variance counts, of J. P. Morgan's RiskMetrics.
const DECAY: f64 = 0.94;

/// A loss and the mean of what is worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// Value at risk.
    pub var: f64,
    /// Expected shortfall, also called conditional value at risk.
    pub cvar: f64,
}

/// From the returns there were: their quantile, and the mean of those at or below it.
#[must_use]
pub fn historical(returns: &[f64], confidence: f64) -> Option<Tail> {
    let at = stats::quantile_of_sorted(&stats::sorted(returns), 1.0 - confidence)?;
    let beyond: Vec<f64> = returns.iter().copied().filter(|r| *r <= at).collect();
    Some(Tail { var: -at, cvar: -mean(&beyond)? })
}

/// From a normal curve of the same mean and sample deviation.
#[must_use]
pub fn normal(returns: &[f64], confidence: f64) -> Option<Tail> {
    let (mean, spread, z) = (mean(returns)?, stats::deviation(returns, 1)?, normal_point(1.0 - confidence));
    Some(Tail { var: -(mean + z * spread), cvar: -(mean - spread * normal_height(z) / (1.0 - confidence)) })
}

/// The same over `periods` of them, each by itself: the mean grows with time, the spread with its root.
#[must_use]
pub fn normal_over(returns: &[f64], confidence: f64, periods: f64) -> Option<f64> {
    let (mean, spread, z) = (mean(returns)?, stats::deviation(returns, 1)?, normal_point(1.0 - confidence));
    Some(-(periods * mean + z * spread * periods.sqrt()))
}

/// From that curve bent by skew and kurtosis (Cornish and Fisher 1938).
#[must_use]
pub fn cornish_fisher(returns: &[f64], confidence: f64) -> Option<f64> {
    let (moments, z) = (Moments::of(returns)?, normal_point(1.0 - confidence));
    let (skew, kurtosis) = (moments.skew()?, moments.excess_kurtosis()?);
    Some(-(moments.mean + bent(z, skew, kurtosis) * moments.sample_deviation()?))
}

/// From a variance in which the latest returns count most; it starts at the first return's square, a drift is not believed.
#[must_use]
pub fn weighted(returns: &[f64], confidence: f64) -> Option<f64> {
    let (first, rest) = returns.split_first()?;
    let variance = rest.iter().fold(first * first, |variance, r| DECAY * variance + (1.0 - DECAY) * r * r);
    Some(-normal_point(1.0 - confidence) * variance.sqrt())
}

/// How deep below its peak a curve is in its worst times: the quantile of its depths (positive), and the mean of those at or
/// beyond it.
#[must_use]
pub fn drawdown(equity: &[f64], confidence: f64) -> Option<Tail> {
    let depths: Vec<f64> = super::drawdown::depths(equity).map(|depth| -depth).collect();
    let at = stats::quantile_of_sorted(&stats::sorted(&depths), confidence)?;
    let beyond: Vec<f64> = depths.iter().copied().filter(|depth| *depth >= at).collect();
    Some(Tail { var: at, cvar: mean(&beyond)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nothing_no_loss_is_known() {
        assert_eq!((historical(&[], 0.95), normal(&[], 0.95), weighted(&[], 0.95)), (None, None, None));
        assert_eq!((normal(&[0.1], 0.95), cornish_fisher(&[0.1, 0.1], 0.95)), (None, None));
    }

    #[test]
    fn beyond_the_value_at_risk_it_is_worse() {
        let returns: Vec<f64> = (0..100).map(|n| f64::from(n) / 1_000.0 - 0.04).collect();
        for tail in [historical(&returns, 0.95).unwrap(), normal(&returns, 0.95).unwrap()] {
            assert!(tail.cvar > tail.var && tail.var > 0.0, "{tail:?}");
        }
    }
}
