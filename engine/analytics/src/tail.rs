//! How much a day may lose: value at risk and expected shortfall at 99 %, from the returns of the last day's minutes.
//!
//! Three estimates, of which the worst counts: historical (what the worst minutes were), parametric (a normal curve of the
//! same spread) and Cornish-Fisher (that curve, bent by skew and fat tails). A minute's loss becomes a day's by the square
//! root of time; a drift is not believed.
//!
//! Kept by adding and subtracting whole numbers, so nothing drifts and the same returns give the same estimate everywhere;
//! floats are made of them only when an estimate is asked for, and only whole numbers leave.

use crate::performance::special::bent;

/// Returns remembered: the minutes of a day.
pub const WINDOW: usize = 1_440;
/// Losses are told apart by 1/10000, up to here; what is worse counts as this.
const BUCKETS: usize = 512;
/// 1/1000000 in a 1/10000.
const PPM_PER_BPS: i32 = 100;
/// Largest return that is taken as it is, in 1/1000000: half and double.
const RETURN_MAX: i32 = 1_000_000;
/// Of a normal curve: the point that one in a hundred exceeds, and the mean of those.
const Z: f64 = 2.326_347_874_040_841;
const MEAN_BEYOND_Z: f64 = 2.665_214_220_345_808;
/// Where Cornish and Fisher's series still rises: skew and excess kurtosis beyond are taken as these.
const SKEW_MAX: f64 = 1.0;
const KURTOSIS_MAX: f64 = 8.0;

/// A day's loss in 1/10000 of what is held, rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// One day in a hundred loses more.
    pub var_bps: i64,
    /// Mean of such days.
    pub cvar_bps: i64,
}

impl Estimate {
    /// The worse of both, each by itself.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { var_bps: self.var_bps.max(other.var_bps), cvar_bps: self.cvar_bps.max(other.cvar_bps) }
    }
}

/// The window of one instrument. Allocates once.
#[derive(Clone, Debug)]
pub struct Tail {
    returns: Box<[i32; WINDOW]>,
    next: usize,
    count: usize,
    /// Sums of the returns, their squares, cubes and fourth powers.
    sums: [i128; 4],
    /// How many lost so many 1/10000, rounded up; gains are at 0.
    losses: Box<[u16; BUCKETS]>,
}

impl Default for Tail {
    fn default() -> Self {
        let (returns, losses) = (Box::new([0; WINDOW]), Box::new([0; BUCKETS]));
        Self { returns, next: 0, count: 0, sums: [0; 4], losses }
    }
}

impl Tail {
    /// Takes in a minute's return, in 1/1000000; the oldest leaves.
    pub fn push(&mut self, ppm: i64) {
        let now = ppm.clamp(-i64::from(RETURN_MAX), i64::from(RETURN_MAX)) as i32;
        if self.count == WINDOW {
            self.add(self.returns[self.next], -1);
        } else {
            self.count += 1;
        }
        self.returns[self.next] = now;
        self.next = (self.next + 1) % WINDOW;
        self.add(now, 1);
    }

    fn add(&mut self, ppm: i32, sign: i128) {
        let mut power = sign;
        for sum in &mut self.sums {
            power *= i128::from(ppm);
            *sum += power;
        }
        let bucket = &mut self.losses[bucket(ppm)];
        *bucket = if sign > 0 { *bucket + 1 } else { *bucket - 1 };
    }

    /// The returns that it is made of, oldest first, in parts of a million.
    pub fn returns(&self) -> impl Iterator<Item = i32> + '_ {
        let oldest = (self.next + WINDOW - self.count) % WINDOW;
        (0..self.count).map(move |at| self.returns[(oldest + at) % WINDOW])
    }

    /// Minutes in the window.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The worst of the three estimates; nothing is at risk before there is a return.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        if self.count == 0 {
            return Estimate::default();
        }
        self.historical().max(self.parametric()).max(self.cornish_fisher())
    }

    /// Of the worst minutes there were: one in a hundred, at least one.
    #[must_use]
    pub fn historical(&self) -> Estimate {
        let worst = self.count.div_ceil(100).max(1);
        let (mut left, mut sum, mut var) = (worst, 0, 0);
        for (bps, many) in self.losses.iter().enumerate().rev() {
            let taken = left.min(usize::from(*many));
            (left, sum) = (left - taken, sum + taken * bps);
            if left == 0 {
                var = bps;
                break;
            }
        }
        of_a_day(var as f64, sum as f64 / worst as f64)
    }

    /// Of a normal curve with the same spread.
    #[must_use]
    pub fn parametric(&self) -> Estimate {
        let spread = self.spread_bps();
        of_a_day(Z * spread, MEAN_BEYOND_Z * spread)
    }

    /// Of that curve with the same skew and kurtosis.
    #[must_use]
    pub fn cornish_fisher(&self) -> Estimate {
        let spread = self.spread_bps();
        let [_, _, third, fourth] = self.moments();
        let variance = (spread * f64::from(PPM_PER_BPS)).powi(2);
        if variance <= 0.0 {
            return Estimate::default();
        }
        let skew = (third / (variance * variance.sqrt())).clamp(-SKEW_MAX, SKEW_MAX);
        let kurtosis = (fourth / (variance * variance) - 3.0).clamp(0.0, KURTOSIS_MAX);
        let var = (-bent(-Z, skew, kurtosis)).max(0.0) * spread;
        of_a_day(var, var * MEAN_BEYOND_Z / Z)
    }

    fn spread_bps(&self) -> f64 {
        self.moments()[1].max(0.0).sqrt() / f64::from(PPM_PER_BPS)
    }

    /// Central moments, first to fourth.
    fn moments(&self) -> [f64; 4] {
        let n = self.count.max(1) as f64;
        let [m1, m2, m3, m4] = self.sums.map(|sum| sum as f64 / n);
        [
            0.0,
            m2 - m1 * m1,
            m3 - 3.0 * m1 * m2 + 2.0 * m1.powi(3),
            m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1.powi(4),
        ]
    }
}

fn bucket(ppm: i32) -> usize {
    let loss = (-ppm).max(0);
    ((loss + PPM_PER_BPS - 1) / PPM_PER_BPS).min(BUCKETS as i32 - 1) as usize
}

/// From a minute's loss in 1/10000 to a day's; nobody loses more than there is.
fn of_a_day(var: f64, cvar: f64) -> Estimate {
    let day = |minute: f64| (minute * (WINDOW as f64).sqrt()).ceil().clamp(0.0, 10_000.0) as i64;
    Estimate { var_bps: day(var), cvar_bps: day(cvar) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64, as everywhere in tests.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Nearly normal: the sum of twelve even draws.
    fn bell(state: &mut u64, spread_ppm: i64) -> i64 {
        let sum: i64 = (0..12).map(|_| (random(state) % 2_001) as i64 - 1_000).sum();
        sum * spread_ppm / 2_000
    }

    #[test]
    fn what_left_the_window_leaves_no_trace() {
        let mut state = 1;
        let returns: Vec<i64> = (0..5_000).map(|_| bell(&mut state, 900)).collect();
        let (mut rolled, mut fresh) = (Tail::default(), Tail::default());
        returns.iter().for_each(|ppm| rolled.push(*ppm));
        returns[5_000 - WINDOW..].iter().for_each(|ppm| fresh.push(*ppm));
        assert_eq!((rolled.sums, &rolled.losses), (fresh.sums, &fresh.losses));
        assert_eq!(rolled.estimate(), fresh.estimate());
    }

    #[test]
    fn the_three_agree_on_a_normal_day_and_the_worst_counts() {
        let mut state = 7;
        let mut tail = Tail::default();
        (0..WINDOW).for_each(|_| tail.push(bell(&mut state, 1_000)));
        // A minute of 10 bps: a day of 379, of which 2.33 times are 883.
        for estimate in [tail.historical(), tail.parametric(), tail.cornish_fisher()] {
            assert!((800..=1_000).contains(&estimate.var_bps), "{estimate:?}");
            assert!(estimate.cvar_bps >= estimate.var_bps, "{estimate:?}");
        }
        let calm = tail.parametric();
        // One minute in fifty falls by 1 %: the normal curve sees the spread only, the others the tail.
        (0..WINDOW).for_each(|n| tail.push(if n % 50 == 0 { -10_000 } else { bell(&mut state, 1_000) }));
        let (bent, seen) = (tail.cornish_fisher(), tail.historical());
        assert!(tail.parametric().var_bps > calm.var_bps && bent.var_bps > tail.parametric().var_bps, "{bent:?}");
        assert_eq!(seen.var_bps, 3_795, "100 bps times the root of 1440, rounded up");
        assert_eq!(tail.estimate(), bent.max(seen).max(tail.parametric()));
    }

    #[test]
    fn history_is_the_plain_quantile_of_what_was_sorted() {
        let mut state = 3;
        let mut tail = Tail::default();
        let mut sorted: Vec<i64> = (0..700)
            .map(|_| {
                let ppm = bell(&mut state, 2_000);
                tail.push(ppm);
                ((-ppm).max(0) + 99).min(51_199) / 100
            })
            .collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(tail.historical(), of_a_day(sorted[6] as f64, sorted[..7].iter().sum::<i64>() as f64 / 7.0));
    }

    #[test]
    fn without_a_move_nothing_is_at_risk_and_no_return_is_too_wild() {
        let mut tail = Tail::default();
        assert_eq!(tail.estimate(), Estimate::default());
        (0..10).for_each(|_| tail.push(0));
        assert_eq!(tail.estimate(), Estimate::default());
        [i64::MIN, i64::MAX].into_iter().for_each(|ppm| tail.push(ppm));
        assert_eq!(tail.estimate(), Estimate { var_bps: 10_000, cvar_bps: 10_000 });
    }
}
