//! How long one way takes: always the same, drawn from a distribution, or as it was recorded.
//!
//! A distribution is a table of its quantiles, made once; a draw is a place in the table, in whole numbers. So a seed gives
//! the same draws everywhere, and a draw costs a multiplication.
//!
//! Owns: tables and draws. Never: a clock, a seed of its own.

use crate::dice::Dice;
use engine_model::units::Nanos;
use std::sync::Arc;

/// Places of a table: a draw lies between two of them.
const PLACES: u64 = 1_024;
/// The standard normal's 99th percentile.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// One order's times, as somebody measured them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderTimes {
    /// When it was sent, by our clock.
    pub sent_at_ns: Nanos,
    /// When the venue matched it, by the venue's.
    pub matched_at_ns: Nanos,
    /// When its reply was here, by ours.
    pub replied_at_ns: Nanos,
}

/// One way.
#[derive(Clone, Debug)]
pub(super) enum Leg {
    /// Always so many ns.
    Constant(u64),
    /// Quantiles in ns, rising, the first of probability 0 and the last of 1.
    Drawn(Box<[u64]>),
    /// By when it began: a line between one order's time and the next one's; before the first and after the last, theirs.
    Recorded(Arc<[OrderTimes]>, Way),
}

/// Which part of an order's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    There,
    Back,
}

impl Leg {
    /// Every time between the two alike.
    pub(super) fn uniform(low_ns: u64, high_ns: u64) -> Self {
        Self::Drawn([low_ns, high_ns.max(low_ns)].into())
    }

    /// Log-normal with that median and 99th percentile; longer than ten times the percentile it never is.
    pub(super) fn log_normal(median_ns: u64, p99_ns: u64) -> Self {
        if median_ns == 0 || p99_ns <= median_ns {
            return Self::Constant(median_ns);
        }
        let sigma = (p99_ns as f64 / median_ns as f64).ln() / NORMAL_P99;
        let at = |place: u64| {
            // The ends are those of half a place inside.
            let share = (place as f64).clamp(0.5, PLACES as f64 - 0.5) / PLACES as f64;
            let ns = median_ns as f64 * (sigma * normal_quantile(share)).exp();
            (ns as u64).min(p99_ns.saturating_mul(10))
        };
        Self::Drawn((0..=PLACES).map(at).collect())
    }

    /// As often short and long as those that were measured.
    pub(super) fn empirical(times: &[OrderTimes], way: Way) -> Self {
        let mut measured: Vec<u64> = times.iter().map(|times| way.ns(times)).collect();
        measured.sort_unstable();
        match measured.as_slice() {
            [] => Self::Constant(0),
            [only] => Self::Constant(*only),
            _ => Self::Drawn(measured.into()),
        }
    }

    /// How long the way takes that begins then.
    pub(super) fn take(&self, at_ns: Nanos, dice: &mut Dice) -> u64 {
        match self {
            Self::Constant(ns) => *ns,
            Self::Drawn(quantiles) => draw(quantiles, dice.throw()),
            Self::Recorded(times, way) => interpolate(times, *way, at_ns),
        }
    }
}

impl Way {
    fn begins(self, times: &OrderTimes) -> Nanos {
        match self {
            Self::There => times.sent_at_ns,
            Self::Back => times.matched_at_ns,
        }
    }

    fn ns(self, times: &OrderTimes) -> u64 {
        let ends = match self {
            Self::There => times.matched_at_ns,
            Self::Back => times.replied_at_ns,
        };
        ends.0.saturating_sub(self.begins(times).0)
    }
}

/// A place in the table by a throw, and the rest of it the share of the way to the next place.
fn draw(quantiles: &[u64], throw: u64) -> u64 {
    let steps = (quantiles.len() - 1) as u128;
    let place = u128::from(throw) * steps;
    let (index, share) = ((place >> 64) as usize, place as u64);
    let (low, high) = (quantiles[index], quantiles[index + 1]);
    low + ((u128::from(high - low) * u128::from(share)) >> 64) as u64
}

fn interpolate(times: &[OrderTimes], way: Way, at_ns: Nanos) -> u64 {
    let after = times.partition_point(|times| way.begins(times) <= at_ns);
    let (Some(before), Some(next)) = (after.checked_sub(1).and_then(|i| times.get(i)), times.get(after)) else {
        return times.get(after).or(times.last()).map_or(0, |times| way.ns(times));
    };
    let (x1, x2) = (way.begins(before).0, way.begins(next).0);
    let (y1, y2) = (i128::from(way.ns(before)), i128::from(way.ns(next)));
    let moved = (y2 - y1) * i128::from(at_ns.0 - x1) / i128::from(x2 - x1);
    u64::try_from(y1 + moved).unwrap_or(0)
}

/// The standard normal's quantile, to 1e-9 of itself (Peter Acklam, 2003: a rational function in the middle and one in the
/// tails).
fn normal_quantile(share: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_8,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_4,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, factor| sum * x + factor);
    let tail = |share: f64| {
        let q = (-2.0 * share.ln()).sqrt();
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    };
    if share < 0.024_25 {
        return tail(share);
    }
    if share > 1.0 - 0.024_25 {
        return -tail(1.0 - share);
    }
    let (q, r) = (share - 0.5, (share - 0.5) * (share - 0.5));
    polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorted.
    fn draws(leg: &Leg, seed: u64) -> Vec<u64> {
        let mut dice = Dice(seed);
        let mut draws: Vec<u64> = (0..20_000).map(|_| leg.take(Nanos(1), &mut dice)).collect();
        draws.sort_unstable();
        draws
    }

    #[test]
    fn distributions_have_the_quantiles_that_they_were_given() {
        let uniform = draws(&Leg::uniform(1_000, 3_000), 1);
        assert!(uniform[0] >= 1_000 && uniform[19_999] <= 3_000);
        assert!(uniform[10_000].abs_diff(2_000) < 40, "{}", uniform[10_000]);
        let log_normal = draws(&Leg::log_normal(5_000_000, 40_000_000), 1);
        assert!(log_normal[10_000].abs_diff(5_000_000) < 200_000, "{}", log_normal[10_000]);
        assert!(log_normal[19_800].abs_diff(40_000_000) < 4_000_000, "{}", log_normal[19_800]);
        assert!(log_normal[19_999] <= 400_000_000);
        assert_eq!(draws(&Leg::log_normal(7, 7), 1)[19_999], 7, "no tail");
    }

    #[test]
    fn a_seed_gives_its_own_draws_and_always_the_same() {
        let leg = Leg::uniform(0, 1_000_000_000);
        assert_eq!(draws(&leg, 3), draws(&leg, 3));
        assert_ne!(draws(&leg, 3), draws(&leg, 4));
        assert_eq!(draw(&[10, 20, 40], 0), 10);
        assert_eq!(draw(&[10, 20, 40], 1 << 63), 20);
        assert_eq!(draw(&[10, 20, 40], u64::MAX), 39);
    }

    fn times(rows: &[[u64; 3]]) -> Vec<OrderTimes> {
        let row = |[sent, matched, replied]: &[u64; 3]| OrderTimes {
            sent_at_ns: Nanos(*sent),
            matched_at_ns: Nanos(*matched),
            replied_at_ns: Nanos(*replied),
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn recorded_times_are_met_and_between_two_of_them_lies_a_line() {
        let mut dice = Dice(1);
        let rows: Arc<[OrderTimes]> = times(&[[100, 110, 140], [200, 230, 240]]).into();
        let there = Leg::Recorded(Arc::clone(&rows), Way::There);
        let back = Leg::Recorded(rows, Way::Back);
        let taken = |leg: &Leg, at: [u64; 5], dice: &mut Dice| at.map(|at| leg.take(Nanos(at), dice));
        assert_eq!(taken(&there, [5, 100, 150, 199, 900], &mut dice), [10, 10, 20, 29, 30]);
        assert_eq!(taken(&back, [5, 110, 170, 229, 900], &mut dice), [30, 30, 20, 11, 10]);
    }

    #[test]
    fn measured_times_are_drawn_as_often_as_they_were_met() {
        let rows = times(&[[0, 10, 10], [0, 10, 10], [0, 10, 10], [0, 10, 10], [0, 90, 90]]);
        let drawn = draws(&Leg::empirical(&rows, Way::There), 1);
        assert_eq!((drawn[0], drawn[14_000]), (10, 10));
        assert!(drawn[19_900] > 80);
        assert!(matches!(Leg::empirical(&[], Way::Back), Leg::Constant(0)));
    }
}
