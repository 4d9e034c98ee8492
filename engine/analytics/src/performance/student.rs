//! Student's t fitted to returns by maximum likelihood: a curve with tails as fat as they were seen.

use super::special::{student_log_height, student_point};
use super::stats::{mean, quantile};

/// The fitted curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Student {
    /// Degrees of freedom: the fewer, the fatter the tails.
    pub degrees: f64,
    /// Its middle.
    pub middle: f64,
    /// Its width.
    pub scale: f64,
}

/// Rounds of the fit at most; it settles in some tens.
const ROUNDS_MAX: u32 = 1_000;
/// Where it counts as settled, as a share.
const SETTLED: f64 = 1e-9;
/// Degrees looked at, as logarithms: from very fat to as good as normal.
const DEGREES: (f64, f64) = (-1.6, 6.9);

impl Student {
    /// Fits by Liu and Rubin's ECME (1995): weights for middle and width, then the likeliest degrees. `None` of fewer than
    /// three values and of values that do not differ.
    #[must_use]
    pub fn fit(returns: &[f64]) -> Option<Self> {
        let middle = quantile(&mut returns.to_vec(), 0.5)?;
        let width = mean(&returns.iter().map(|r| (r - middle).abs()).collect::<Vec<_>>())?;
        if returns.len() < 3 || width <= 0.0 {
            return None;
        }
        let mut at = Self { degrees: 4.0, middle, scale: width };
        for _ in 0..ROUNDS_MAX {
            let next = at.round(returns);
            let moved = (next.degrees / at.degrees - 1.0).abs() + (next.scale / at.scale - 1.0).abs();
            at = next;
            if moved < SETTLED {
                break;
            }
        }
        Some(at)
    }

    /// The loss that a period exceeds once in `1 / (1 - confidence)` times.
    #[must_use]
    pub fn var(&self, confidence: f64) -> f64 {
        -(self.middle + self.scale * student_point(1.0 - confidence, self.degrees))
    }

    fn round(self, returns: &[f64]) -> Self {
        let weight = |r: f64| (self.degrees + 1.0) / (self.degrees + ((r - self.middle) / self.scale).powi(2));
        let sum: f64 = returns.iter().map(|r| weight(*r)).sum();
        let middle = returns.iter().map(|r| weight(*r) * r).sum::<f64>() / sum;
        let spread = returns.iter().map(|r| weight(*r) * (r - middle).powi(2)).sum::<f64>() / returns.len() as f64;
        let settled = Self { middle, scale: spread.sqrt(), ..self };
        Self { degrees: settled.likeliest(returns), ..settled }
    }

    /// The golden section over the logarithm of the degrees.
    fn likeliest(self, returns: &[f64]) -> f64 {
        const GOLDEN: f64 = 0.618_033_988_749_894_8;
        let likelihood = |log: f64| -> f64 {
            let degrees = log.exp();
            let base = student_log_height(0.0, degrees) * returns.len() as f64;
            let off = |r: &f64| ((r - self.middle) / self.scale).powi(2) / degrees;
            base - f64::midpoint(degrees, 1.0) * returns.iter().map(|r| off(r).ln_1p()).sum::<f64>()
        };
        let (mut low, mut high) = DEGREES;
        let (mut a, mut b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        let (mut at_a, mut at_b) = (likelihood(a), likelihood(b));
        while high - low > 1e-7 {
            if at_a > at_b {
                (high, b, at_b, a) = (b, a, at_a, b - GOLDEN * (b - low));
                at_a = likelihood(a);
            } else {
                (low, a, at_a, b) = (a, b, at_b, a + GOLDEN * (high - a));
                at_b = likelihood(b);
            }
        }
        f64::midpoint(low, high).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_differ_has_no_curve() {
        assert_eq!((Student::fit(&[]), Student::fit(&[0.1, 0.1, 0.1]), Student::fit(&[0.1, 0.2])), (None, None, None));
    }

    #[test]
    fn a_curve_is_found_again_from_its_own_points() {
        let from = Student { degrees: 5.0, middle: 0.01, scale: 0.02 };
        let points: Vec<f64> = (1..8_000)
            .map(|n| from.middle + from.scale * student_point(f64::from(n) / 8_000.0, from.degrees))
            .collect();
        let found = Student::fit(&points).unwrap();
        // The outermost points of 8,000 are missing, so the tails look a little thinner.
        assert!((found.degrees - 5.0).abs() < 0.2, "{found:?}");
        assert!((found.middle - 0.01).abs() < 1e-6 && (found.scale - 0.02).abs() < 5e-4, "{found:?}");
    }
}
