//! The 5th and the 95th percentile of many values, without sorting them.

use crate::performance::stats;

/// Values of which the place of a percentile is guessed.
const SAMPLE: usize = 1_024;
/// How far beside its place in the sample it may lie; four deviations of that place.
const SLACK: usize = 28;
/// Below so many a plain selection is as fast.
const FEW: usize = 8 * SAMPLE;
/// The percentiles, as shares.
const SHARES: [f64; 2] = [0.05, 0.95];

/// Both percentiles, between two values in proportion. Leaves the values in another order.
pub(super) fn ends(values: &mut [f64]) -> Option<[f64; 2]> {
    let found = if values.len() < FEW { None } else { by_sample(values) };
    found.or_else(|| Some([stats::quantile(values, SHARES[0])?, stats::quantile(values, SHARES[1])?]))
}

/// Guesses from a sample between which values each lies, then looks at those only; `None` if the guess was wrong.
fn by_sample(values: &[f64]) -> Option<[f64; 2]> {
    let step = values.len() / SAMPLE;
    let sample = stats::sorted(&values.iter().copied().step_by(step).take(SAMPLE).collect::<Vec<_>>());
    let bounds = SHARES.map(|share| {
        let at = (share * SAMPLE as f64) as usize;
        (sample[at.saturating_sub(SLACK)], sample[(at + SLACK).min(SAMPLE - 1)])
    });
    let [(low_from, low_to), (high_from, high_to)] = bounds;
    let (mut below, mut low, mut high) = ([0_usize; 2], Vec::new(), Vec::new());
    for value in values {
        below[0] += usize::from(*value < low_from);
        below[1] += usize::from(*value < high_from);
        if *value <= low_to {
            if *value >= low_from {
                low.push(*value);
            }
        } else if *value >= high_from && *value <= high_to {
            high.push(*value);
        }
    }
    let mut found = [0.0; 2];
    for (n, (inside, (share, below))) in [low, high].iter_mut().zip(SHARES.into_iter().zip(below)).enumerate() {
        let at = share * (values.len() - 1) as f64;
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
            let mut values: Vec<f64> = (0..50_000)
                .map(|n| match shape {
                    0 => draw(),
                    1 => draw().powi(9),
                    2 if n % 2 == 0 => 0.0,
                    3 => f64::from(n),
                    4 => 0.0,
                    _ => draw() * draw(),
                })
                .collect();
            let sorted = stats::sorted(&values);
            let wanted = SHARES.map(|share| stats::quantile_of_sorted(&sorted, share).unwrap());
            assert_eq!(ends(&mut values), Some(wanted), "shape {shape}");
        }
    }
}
