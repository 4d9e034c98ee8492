//! How much of a parent order may be done by when: a table worked out once, at submission.
//!
//! Integers only, so that every machine and every replay has the same parts.

use super::{Algorithm, Random, SLICES_MAX, WHOLE_BPS, Work};
use crate::units::{Lots, Nanos};

/// Parts of a whole, as fine as the table counts them.
const WHOLE: i128 = 1_000_000_000_000;

/// By when how much, in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From the begin.
    after_ns: [u64; SLICES_MAX],
    /// In all, with this part.
    until_now: [Lots; SLICES_MAX],
    count: usize,
}

impl Schedule {
    /// Of a quantity; `None` for an algorithm without a schedule.
    #[must_use]
    pub fn new(work: &Work, qty: Lots) -> Option<Self> {
        let count = work.algorithm().slices() as usize;
        if count == 0 {
            return None;
        }
        let mut schedule = Self { after_ns: [0; SLICES_MAX], until_now: [Lots(0); SLICES_MAX], count };
        let shares = shares(work.algorithm(), count);
        let slice_ns = work.algorithm().duration_ms() * Nanos::MILLI / count as u64;
        let manner = work.manner();
        let mut random = Random::new(manner.seed);
        for part in 0..count {
            let jitter_ns = u128::from(slice_ns) * u128::from(random.upto(manner.time_jitter_bps)) / WHOLE_BPS as u128;
            schedule.after_ns[part] = slice_ns * part as u64 + jitter_ns as u64;
            let share = |part: usize| (i128::from(qty.0) * shares[part] + WHOLE / 2) / WHOLE;
            let (before, after) = (if part == 0 { 0 } else { share(part - 1) }, share(part));
            let size_bps = i128::from(random.upto(2 * manner.size_jitter_bps)) - i128::from(manner.size_jitter_bps);
            let jittered = after + (after - before) * size_bps / i128::from(WHOLE_BPS);
            let least = if part == 0 { 0 } else { schedule.until_now[part - 1].0 };
            let whole = i64::try_from(jittered).unwrap_or(qty.0);
            schedule.until_now[part] = Lots(whole.clamp(least, qty.0));
        }
        schedule.until_now[count - 1] = qty;
        Some(schedule)
    }

    /// How much in all may be done so long after the begin.
    #[must_use]
    pub fn allowed(&self, after_ns: u64) -> Lots {
        let begun = self.after_ns[..self.count].iter().take_while(|begin| **begin <= after_ns).count();
        if begun == 0 { Lots(0) } else { self.until_now[begun - 1] }
    }

    /// When the next part begins, from the begin of all.
    #[must_use]
    pub fn next_after_ns(&self, after_ns: u64) -> Option<u64> {
        self.after_ns[..self.count].iter().copied().find(|begin| *begin > after_ns)
    }

    /// Parts.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.count
    }

    /// When a part begins, from the begin of all.
    #[must_use]
    pub fn begins_after_ns(&self, part: usize) -> u64 {
        self.after_ns[part]
    }

    /// What a part adds.
    #[must_use]
    pub fn part(&self, part: usize) -> Lots {
        let before = if part == 0 { Lots(0) } else { self.until_now[part - 1] };
        Lots(self.until_now[part].0 - before.0)
    }
}

/// The share of the whole that is done with each part, in all, in 1/[`WHOLE`].
fn shares(algorithm: &Algorithm, count: usize) -> [i128; SLICES_MAX] {
    let mut shares = [WHOLE; SLICES_MAX];
    match algorithm {
        Algorithm::Vwap { profile, .. } => {
            let parts = profile.parts_bps();
            for (part, share) in shares.iter_mut().enumerate().take(count) {
                *share = volume_until(parts, (part + 1) as i128, count as i128);
            }
        }
        Algorithm::Shortfall { urgency_centi, .. } => shares = shortfall_parts(*urgency_centi, count),
        _ => {
            for (part, share) in shares.iter_mut().enumerate().take(count) {
                *share = WHOLE * (part + 1) as i128 / count as i128;
            }
        }
    }
    shares
}

/// The share of the usual volume until `at` of `of` of the time: even within each part of the profile.
fn volume_until(parts_bps: &[u16], at: i128, of: i128) -> i128 {
    let scaled = at * parts_bps.len() as i128; // in 1/of of a part
    let (full, rest) = ((scaled / of) as usize, scaled % of);
    let done: i128 = parts_bps[..full].iter().map(|part| i128::from(*part)).sum();
    let within = parts_bps.get(full).map_or(0, |part| i128::from(*part) * rest);
    (done * of + within) * WHOLE / (of * i128::from(WHOLE_BPS))
}

/// The optimal trajectory of R. Almgren and N. Chriss, *Optimal execution of portfolio transactions*, Journal of Risk 3
/// (2000/2001), section 2.2: what is left after part `j`, `x_j`, satisfies their difference equation
///
/// `(x_{j-1} - 2 x_j + x_{j+1}) / tau^2 = kappa~^2 x_j`, with `x_N = 0` and `kappa~^2 = lambda sigma^2 / eta~`
///
/// (`lambda` aversion to risk, `sigma` volatility, `eta~` temporary impact, `tau` length of a part), whose solution is their
/// `x_j = sinh(kappa (T - t_j)) / sinh(kappa T) X`. It is run backwards from the end, so no hyperbolic function is needed.
///
/// `urgency_centi` is `100 kappa~ T`, a number without a unit: how often the order's risk outgrows its impact over the whole
/// duration `T`. 0 sells evenly (their minimum impact), 100 to 300 is usual, much more is all at once.
#[must_use]
pub fn shortfall_parts(urgency_centi: u32, count: usize) -> [i128; SLICES_MAX] {
    let mut left = [0i128; SLICES_MAX + 1];
    let steps = count as i128;
    // (kappa~ tau)^2 = (urgency / 100 / N)^2, in 1/WHOLE.
    let per_step = i128::from(urgency_centi) * i128::from(urgency_centi) * WHOLE / (10_000 * steps * steps);
    left[count - 1] = WHOLE; // any unit: only ratios matter
    for j in (1..count).rev() {
        // With 64 parts and an urgency of 20 the first is 1e9 times the last: 31 digits of the 38 that there are.
        left[j - 1] = 2 * left[j] + left[j] * per_step / WHOLE - left[j + 1];
    }
    let mut shares = [WHOLE; SLICES_MAX];
    for (part, share) in shares.iter_mut().enumerate().take(count) {
        *share = WHOLE - left[part + 1] * WHOLE / left[0];
    }
    shares
}
