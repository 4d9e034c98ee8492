//! Moments, quantiles and what two series have in common. Sums run from the first value to the last, so the same series gives
//! the same bits everywhere.

/// The quotient, where there is one.
#[must_use]
pub fn ratio(a: f64, b: f64) -> Option<f64> {
    let quotient = a / b;
    (b != 0.0 && quotient.is_finite()).then_some(quotient)
}

/// The plain mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    ratio(values.iter().sum(), values.len() as f64)
}

/// Standard deviation with `ddof` degrees of freedom given up: 0 of the population, 1 of a sample.
#[must_use]
pub fn deviation(values: &[f64], ddof: usize) -> Option<f64> {
    let (mean, left) = (mean(values)?, values.len().checked_sub(ddof)?);
    ratio(values.iter().map(|x| (x - mean) * (x - mean)).sum(), left as f64).map(f64::sqrt)
}

/// Central moments of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Mean of the squares, cubes and fourth powers of the distance from the mean.
    pub second: f64,
    /// See `second`.
    pub third: f64,
    /// See `second`.
    pub fourth: f64,
}

impl Moments {
    /// Of a series; `None` of nothing.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let (mean, n) = (mean(values)?, values.len() as f64);
        let power = |power: i32| values.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        let (second, third, fourth) = (power(2), power(3), power(4));
        Some(Self { count: values.len(), mean, second, third, fourth })
    }

    /// Standard deviation of a sample.
    #[must_use]
    pub fn sample_deviation(&self) -> Option<f64> {
        let n = self.count as f64;
        ratio(self.second * n, n - 1.0).map(f64::sqrt)
    }

    /// Skewness, biased as moments are.
    #[must_use]
    pub fn skew(&self) -> Option<f64> {
        ratio(self.third, self.second * self.second.sqrt())
    }

    /// Kurtosis beyond a normal curve's 3, biased as moments are.
    #[must_use]
    pub fn excess_kurtosis(&self) -> Option<f64> {
        ratio(self.fourth, self.second * self.second).map(|whole| whole - 3.0)
    }
}

/// The quantile at `share` (0 to 1) of an ordered series, between two values in proportion: position `share * (n - 1)`.
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    let (low, high) = (*sorted.get(below)?, *sorted.get(above)?);
    Some(low + (high - low) * (at - at.floor()))
}

/// The same of a series in any order, which is left in another one: it is sorted only as far as needed.
#[must_use]
pub fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let at = share * values.len().checked_sub(1)? as f64;
    let (_, low, above) = values.select_nth_unstable_by(at.floor() as usize, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (high - low) * (at - at.floor()))
}

/// An ordered copy.
#[must_use]
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// How two series of one length move together, per sample (ddof 1).
#[must_use]
pub fn covariance(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mean_a, mean_b) = (mean(a)?, mean(b)?);
    let sum = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
    (a.len() == b.len()).then(|| ratio(sum, a.len() as f64 - 1.0))?
}

/// Pearson's correlation.
#[must_use]
pub fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    ratio(covariance(a, b)?, (covariance(a, a)? * covariance(b, b)?).sqrt())
}

/// Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs.
#[must_use]
pub fn rank_correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    correlation(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for equal in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let shared = from as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|at| ranks[*at] = shared);
        from += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_mean_and_one_value_no_spread() {
        assert_eq!((mean(&[]), deviation(&[], 0), quantile(&mut [], 0.5)), (None, None, None));
        assert_eq!((mean(&[3.0]), deviation(&[3.0], 1), deviation(&[3.0], 0)), (Some(3.0), None, Some(0.0)));
        assert_eq!(Moments::of(&[2.0, 2.0]).unwrap().skew(), None, "no spread, no skew");
        assert_eq!(correlation(&[1.0, 2.0], &[5.0, 5.0]), None);
        assert_eq!(covariance(&[1.0, 2.0], &[1.0, 2.0, 3.0]), None, "series of two lengths have nothing in common");
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours_in_proportion() {
        let values = [4.0, 1.0, 3.0, 2.0];
        for (share, wanted) in [(0.0, 1.0), (0.5, 2.5), (0.9, 3.7), (1.0, 4.0)] {
            assert_eq!(quantile(&mut values.clone(), share), Some(wanted), "{share}");
            assert_eq!(quantile_of_sorted(&sorted(&values), share), Some(wanted), "{share}");
        }
    }

    #[test]
    fn ranks_that_are_equal_share_their_mean() {
        assert_eq!(ranks(&[10.0, 20.0, 10.0, 30.0]), [1.5, 3.0, 1.5, 4.0]);
        assert_eq!(rank_correlation(&[1.0, 2.0, 3.0], &[1.0, 8.0, 27.0]), Some(1.0), "rising is enough");
    }
}
