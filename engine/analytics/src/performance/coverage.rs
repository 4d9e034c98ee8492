//! Whether value at risk kept its promise: how often losses went beyond it (Kupiec 1995), and whether those came one by one
//! or in clusters (Christoffersen 1998).

use super::loss;
use super::special::{chi_square_1_above, chi_square_2_above};

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Periods looked at.
    pub periods: usize,
    /// Those whose loss was beyond.
    pub exceedances: usize,
    /// Followed each other: neither, only the second, only the first, both beyond.
    pub transitions: [usize; 4],
    /// Kupiec's likelihood ratio, and how likely one as large is if the promise holds.
    pub kupiec: (f64, f64),
    /// Christoffersen's of independence.
    pub independence: (f64, f64),
    /// How likely both together are.
    pub conditional_p: f64,
}

/// Tests the historical value at risk of the last `window` returns against the return that followed, all along a series.
/// `None` where the series is not longer than the window.
#[must_use]
pub fn of_historical(returns: &[f64], window: usize, confidence: f64) -> Option<Coverage> {
    let pairs = returns.windows(window.checked_add(1)?);
    let is_beyond = |pair: &[f64]| {
        let (next, before) = pair.split_last()?;
        Some(*next < -loss::historical(before, confidence)?.var)
    };
    let beyond: Vec<bool> = pairs.map(is_beyond).collect::<Option<_>>()?;
    (!beyond.is_empty()).then(|| test(&beyond, 1.0 - confidence))
}

/// Tests a promise made by somebody else: for each return the loss that was promised for its period before it began, as a
/// positive share. `None` of nothing, and where there is not one for each.
#[must_use]
pub fn of_promised(returns: &[f64], promised: &[f64], confidence: f64) -> Option<Coverage> {
    let beyond: Vec<bool> = returns.iter().zip(promised).map(|(r, loss)| *r < -loss).collect();
    (!beyond.is_empty() && returns.len() == promised.len()).then(|| test(&beyond, 1.0 - confidence))
}

/// Tests a sequence of periods in which the loss was beyond or was not; `promised` is the share that should be.
#[must_use]
pub fn test(beyond: &[bool], promised: f64) -> Coverage {
    let (n, x) = (beyond.len(), beyond.iter().filter(|is| **is).count());
    let mut transitions = [0; 4];
    beyond.windows(2).for_each(|pair| transitions[usize::from(pair[0]) * 2 + usize::from(pair[1])] += 1);
    let kupiec = -2.0 * (likelihood(n - x, x, promised) - likelihood(n - x, x, x as f64 / n as f64));
    let [n00, n01, n10, n11] = transitions;
    let share = |beyond: usize, not: usize| if beyond == 0 { 0.0 } else { beyond as f64 / (beyond + not) as f64 };
    let free = likelihood(n00 + n10, n01 + n11, share(n01 + n11, n00 + n10));
    let bound = likelihood(n00, n01, share(n01, n00)) + likelihood(n10, n11, share(n11, n10));
    let independence = -2.0 * (free - bound);
    Coverage {
        periods: n,
        exceedances: x,
        transitions,
        kupiec: (kupiec, chi_square_1_above(kupiec.max(0.0))),
        independence: (independence, chi_square_1_above(independence.max(0.0))),
        conditional_p: chi_square_2_above((kupiec + independence).max(0.0)),
    }
}

/// Logarithm of how likely so many were not and were beyond; nothing to the power of nothing is one.
fn likelihood(not: usize, beyond: usize, share: f64) -> f64 {
    let part = |count: usize, share: f64| if count == 0 { 0.0 } else { count as f64 * share.ln() };
    part(not, 1.0 - share) + part(beyond, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_that_is_kept_exactly_has_no_ratio_and_never_beyond_is_told() {
        let mut beyond = vec![false; 100];
        (0..5).for_each(|n| beyond[n * 20] = true);
        let kept = test(&beyond, 0.05);
        assert!(kept.kupiec.0.abs() < 1e-9 && (kept.kupiec.1 - 1.0).abs() < 1e-4, "{kept:?}");
        let never = test(&[false; 50], 0.05);
        assert!((never.kupiec.0 + 2.0 * 50.0 * 0.95_f64.ln()).abs() < 1e-12, "{never:?}");
        assert_eq!((never.independence, never.transitions), ((0.0, 1.0), [49, 0, 0, 0]));
        assert_eq!(of_historical(&[0.1; 10], 10, 0.95), None, "nothing follows the window");
    }

    #[test]
    fn a_promise_of_somebody_else_is_held_against_its_own_period() {
        let returns = [-0.02, 0.01, -0.03, -0.01];
        let found = of_promised(&returns, &[0.01, 0.01, 0.03, 0.005], 0.95).unwrap();
        assert_eq!(
            (found.periods, found.exceedances, found.transitions),
            (4, 2, [1, 1, 1, 0]),
            "as large is not beyond"
        );
        assert_eq!(of_promised(&returns, &[0.01; 3], 0.95), None, "a promise too few");
        assert_eq!(of_promised(&[], &[], 0.95), None);
    }
}
