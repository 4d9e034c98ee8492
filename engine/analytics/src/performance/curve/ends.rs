//! The 5th and the 95th percentile of a curve's returns, without sorting them and without keeping them.

use super::returns;
use crate::mask::{WORD, packed, places};
use crate::performance::stats;

/// Returns of which the place of a percentile is guessed.
const SAMPLE: usize = 1_024;
/// How far beside its place in the sample it may lie; four deviations of that place.
const SLACK: usize = 28;
/// Below so many a plain selection is as fast.
const FEW: usize = 8 * SAMPLE;
/// The percentiles, as shares.
const SHARES: [f64; 2] = [0.05, 0.95];

/// Guesses from a sample between which values each percentile lies, then keeps no others.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    count: usize,
    /// For each percentile, the least and the greatest that it may be; `None` where there are few.
    bounds: Option<[(f64, f64); 2]>,
    /// Returns below the bounds of the first, and not below those of the second.
    beside: [usize; 2],
    /// Returns within the bounds.
    inside: [Vec<f64>; 2],
}

impl Ends {
    /// Of a curve whose returns are about to come.
    pub(super) fn of(equity: &[f64]) -> Self {
        let count = equity.len().saturating_sub(1);
        let (beside, inside) = ([0; 2], [Vec::new(), Vec::new()]);
        if count < FEW {
            return Self { count, bounds: None, beside, inside };
        }
        let places = (0..count).step_by(count / SAMPLE).take(SAMPLE);
        let sample: Vec<f64> = places.map(|at| equity[at + 1] / equity[at] - 1.0).collect();
        let sample = stats::sorted(&sample);
        let bounds = SHARES.map(|share| {
            let at = (share * SAMPLE as f64) as usize;
            (sample[at.saturating_sub(SLACK)], sample[(at + SLACK).min(SAMPLE - 1)])
        });
        Self { count, bounds: Some(bounds), beside, inside }
    }

    /// Takes the next returns. Most are looked at once and left.
    pub(super) fn take(&mut self, returns: &[f64]) {
        let Some(bounds) = self.bounds else { return };
        let [(_, low_to), (high_from, _)] = bounds;
        let is_kept = |value: f64| u8::from(value <= low_to) | not_below(value, high_from);
        let (words, rest) = returns.as_chunks::<WORD>();
        for word in words {
            // As many as are known beforehand are compared together.
            places(packed(&word.map(is_kept))).for_each(|at| self.keep(word[at], bounds));
        }
        rest.iter().filter(|value| is_kept(**value) == 1).for_each(|value| self.keep(*value, bounds));
    }

    fn keep(&mut self, value: f64, [(low_from, low_to), (high_from, high_to)]: [(f64, f64); 2]) {
        self.beside[0] += usize::from(value < low_from);
        self.beside[1] += usize::from(not_below(value, high_from));
        if value <= low_to {
            if value >= low_from {
                self.inside[0].push(value);
            }
        } else if value <= high_to {
            self.inside[1].push(value);
        }
    }

    /// Both percentiles, between two values in proportion. Where the guess was wrong the curve is gone along again.
    pub(super) fn end(self, equity: &[f64]) -> Option<[f64; 2]> {
        let found = if self.bounds.is_some() { self.guessed() } else { None };
        found.or_else(|| {
            let mut all = returns(equity);
            Some([stats::quantile(&mut all, SHARES[0])?, stats::quantile(&mut all, SHARES[1])?])
        })
    }

    fn guessed(self) -> Option<[f64; 2]> {
        let below = [self.beside[0], self.count - self.beside[1]];
        let mut found = [0.0; 2];
        for (n, (mut inside, (share, below))) in self.inside.into_iter().zip(SHARES.into_iter().zip(below)).enumerate()
        {
            let at = share * (self.count - 1) as f64;
            let place = (at.floor() as usize).checked_sub(below)?;
            if place + 1 >= inside.len() {
                return None;
            }
            let (_, first, above) = inside.select_nth_unstable_by(place, f64::total_cmp);
            let (first, next) = (*first, above.iter().copied().min_by(f64::total_cmp)?);
            found[n] = first + (next - first) * (at - at.floor());
        }
        Some(found)
    }
}

/// 1 where it is not: what is no number is above all that are.
#[inline]
fn not_below(value: f64, other: f64) -> u8 {
    u8::from(value < other) ^ 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guess_finds_what_sorting_finds() {
        let mut state = 3_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        for shape in 0..5 {
            let mut value = 100.0;
            let steps = (0..50_000).map(|n| match shape {
                0 => draw(),
                1 => draw().powi(9),
                2 if n % 2 == 0 => 0.0,
                3 => f64::from(n) * 1e-6,
                4 => 0.0,
                _ => draw() * draw(),
            });
            let equity: Vec<f64> = steps
                .map(|step| {
                    value *= 1.0 + step * 1e-3;
                    value
                })
                .collect();
            let sorted = stats::sorted(&returns(&equity));
            let wanted = SHARES.map(|share| stats::quantile_of_sorted(&sorted, share).unwrap());
            let mut ends = Ends::of(&equity);
            returns(&equity).chunks(256).for_each(|block| ends.take(block));
            let kept: usize = ends.inside.iter().map(Vec::len).sum();
            assert!(kept < 20_000 || shape == 2 || shape == 4, "shape {shape}: {kept} kept");
            assert_eq!(ends.end(&equity), Some(wanted), "shape {shape}");
        }
    }
}
