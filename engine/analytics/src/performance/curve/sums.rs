//! One walk along a curve for everything that adds up: blocks small enough for the nearest cache, each summed in lanes.
//!
//! Moments are taken about a value near the mean (the mean of the first returns), so that what hardly differs does not vanish
//! in the rounding, and what does not differ at all comes to exactly nothing.

use crate::performance::stats::Moments;

/// Returns in a block, 2 KiB.
const BLOCK: usize = 256;
/// Returns whose mean the moments are taken about.
const NEAR: usize = 64;
/// Additions that do not wait for each other.
const LANES: usize = 4;
/// Parts of a block whose logarithms are added up side by side: each needs the one before it.
const STRANDS: usize = 4;
/// Returns in each.
const STRAND: usize = BLOCK / STRANDS;
/// Below it the logarithm's series is exact to a float's last digit after eight terms.
const SMALL: f64 = 0.01;

/// Sums over a curve's returns, the benchmark's beside them (0 without one).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    count: usize,
    /// What moments are taken about.
    about: (f64, f64),
    powers: [f64; 4],
    /// Of the benchmark's distance, its square, its product with ours, and of the square of their difference.
    held: [f64; 4],
    pub(super) gains: f64,
    /// As a magnitude.
    pub(super) losses: f64,
    /// Of the squares of the losses.
    pub(super) downside: f64,
    /// Of the curve's logarithm, of its square, and of it times the bar.
    log: [f64; 3],
    last_log: f64,
}

impl Sums {
    /// Walks along; `each` hears the returns, a block at a time.
    pub(super) fn of(equity: &[f64], prices: Option<&[f64]>, mut each: impl FnMut(&[f64])) -> Self {
        let count = equity.len().saturating_sub(1);
        let (mut returns, mut held) = ([0.0; BLOCK], [0.0; BLOCK]);
        let mut sums = Self { count, about: (near(equity), prices.map_or(0.0, near)), ..Self::default() };
        for from in (0..count).step_by(BLOCK) {
            let until = count.min(from + BLOCK);
            let returns = &mut returns[..until - from];
            to_returns(&equity[from..=until], returns);
            sums.add(returns);
            sums.add_log(from, returns);
            if let Some(prices) = prices {
                let held = &mut held[..until - from];
                to_returns(&prices[from..=until], held);
                sums.add_held(returns, held);
            }
            each(returns);
        }
        sums
    }

    fn add(&mut self, returns: &[f64]) {
        let mut lanes = [[0.0; LANES]; 7];
        let mut add = |lane: usize, r: f64| {
            // Comparisons, for `min` and `max` make four steps of what is one: they ask for NaN, too.
            let (d, loss) = (r - self.about.0, if r < 0.0 { r } else { 0.0 });
            let square = d * d;
            lanes[0][lane] += d;
            lanes[1][lane] += square;
            lanes[2][lane] += square * d;
            lanes[3][lane] += square * square;
            lanes[4][lane] += if r > 0.0 { r } else { 0.0 };
            lanes[5][lane] -= loss;
            lanes[6][lane] += loss * loss;
        };
        let (whole, rest) = returns.as_chunks::<LANES>();
        for chunk in whole {
            (0..LANES).for_each(|lane| add(lane, chunk[lane]));
        }
        rest.iter().enumerate().for_each(|(lane, r)| add(lane, *r));
        let [first, second, third, fourth, gains, losses, downside] = lanes.map(|lanes| lanes.iter().sum::<f64>());
        self.powers.iter_mut().zip([first, second, third, fourth]).for_each(|(sum, new)| *sum += new);
        self.gains += gains;
        self.losses += losses;
        self.downside += downside;
    }

    fn add_held(&mut self, returns: &[f64], held: &[f64]) {
        let mut lanes = [[0.0; LANES]; 4];
        let mut add = |lane: usize, r: f64, b: f64| {
            let (d, e) = (r - self.about.0, b - self.about.1);
            lanes[0][lane] += e;
            lanes[1][lane] += e * e;
            lanes[2][lane] += d * e;
            lanes[3][lane] += (d - e) * (d - e);
        };
        let ((ours, rest), (theirs, other_rest)) = (returns.as_chunks::<LANES>(), held.as_chunks::<LANES>());
        for (r, b) in ours.iter().zip(theirs) {
            (0..LANES).for_each(|lane| add(lane, r[lane], b[lane]));
        }
        rest.iter().zip(other_rest).enumerate().for_each(|(lane, (r, b))| add(lane, *r, *b));
        self.held.iter_mut().zip(lanes).for_each(|(sum, lanes)| *sum += lanes.iter().sum::<f64>());
    }

    fn add_log(&mut self, from: usize, returns: &[f64]) {
        let mut steps = [0.0; BLOCK];
        let steps = &mut steps[..returns.len()];
        steps.iter_mut().zip(returns).for_each(|(step, r)| *step = series(*r));
        let is_small = |r: f64| r.abs() < SMALL;
        if !returns.iter().fold(true, |all, r| all & is_small(*r)) {
            let large = steps.iter_mut().zip(returns).filter(|(_, r)| !is_small(**r));
            large.for_each(|(step, r)| *step = r.ln_1p());
        }
        let Ok(steps) = <&[f64; BLOCK]>::try_from(&*steps) else {
            let mut strand = Strand::default();
            steps.iter().enumerate().for_each(|(bar, step)| strand.take(*step, bar as f64));
            return self.follow(from, steps.len(), &strand);
        };
        let mut strands = [Strand::default(); STRANDS];
        for at in 0..STRAND {
            (0..STRANDS).for_each(|n| strands[n].take(steps[n * STRAND + at], at as f64));
        }
        strands.iter().enumerate().for_each(|(n, strand)| self.follow(from + n * STRAND, STRAND, strand));
    }

    /// Takes a strand of so many bars, the first of which is `from`, behind what was.
    fn follow(&mut self, from: usize, bars: usize, strand: &Strand) {
        let (start, from, n) = (self.last_log, from as f64, bars as f64);
        self.log[0] += n * start + strand.sum;
        self.log[1] += start * (n * start + 2.0 * strand.sum) + strand.squares;
        self.log[2] += start * (n * from + n * (n - 1.0) / 2.0) + from * strand.sum + strand.with_bar;
        self.last_log += strand.log;
    }

    /// Of the returns.
    pub(super) fn moments(&self) -> Option<Moments> {
        let n = self.count as f64;
        let [m1, m2, m3, m4] = self.powers.map(|sum| sum / n);
        (self.count > 0).then(|| Moments {
            count: self.count,
            mean: self.about.0 + m1,
            second: (m2 - m1 * m1).max(0.0),
            third: m3 - 3.0 * m1 * m2 + 2.0 * m1.powi(3),
            fourth: m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1.powi(4),
        })
    }

    /// Mean of the benchmark's returns; the sums of squares about it, of products, and of the squares of the difference.
    pub(super) fn held(&self) -> Held {
        let (n, [sum, squares, products, apart]) = (self.count as f64, self.held);
        let ours = self.powers[0];
        Held {
            mean: self.about.1 + sum / n,
            squares: squares - sum * sum / n,
            products: products - sum * ours / n,
            apart: apart - (ours - sum) * (ours - sum) / n,
        }
    }

    /// R squared of the curve's logarithm against time; no number where there is none.
    pub(super) fn straightness(&self) -> f64 {
        let (n, [sum, squares, with_bar]) = (self.count as f64, self.log);
        let with_time = with_bar - sum * (n - 1.0) / 2.0;
        let of_time = n * (n * n - 1.0) / 12.0;
        with_time * with_time / (of_time * (squares - sum * sum / n))
    }
}

/// What the curve and its benchmark have in common: sums about their means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) mean: f64,
    pub(super) squares: f64,
    pub(super) products: f64,
    pub(super) apart: f64,
}

/// Sums over the logarithm of a part of a curve, begun at 0.
#[derive(Clone, Copy, Debug, Default)]
struct Strand {
    log: f64,
    sum: f64,
    squares: f64,
    /// Of the logarithm times the bar, the strand's first being 0.
    with_bar: f64,
}

impl Strand {
    #[inline]
    fn take(&mut self, step: f64, bar: f64) {
        self.log += step;
        self.sum += self.log;
        self.squares += self.log * self.log;
        self.with_bar += self.log * bar;
    }
}

fn to_returns(values: &[f64], out: &mut [f64]) {
    for (out, pair) in out.iter_mut().zip(values.array_windows()) {
        let [before, now] = pair;
        *out = now / before - 1.0;
    }
}

fn near(values: &[f64]) -> f64 {
    let first = &values[..values.len().min(NEAR + 1)];
    let count = first.len().saturating_sub(1).max(1) as f64;
    first.array_windows().map(|[before, now]| now / before - 1.0).sum::<f64>() / count
}

/// `ln(1 + r)` where `r` is small, in pairs of terms that do not wait for each other.
#[inline]
fn series(r: f64) -> f64 {
    let (square, fourth) = (r * r, r * r * r * r);
    let low = (r - square * 0.5) + square * r * (1.0 / 3.0) - fourth * 0.25;
    let high = (0.2 - r * (1.0 / 6.0)) + square * (1.0 / 7.0 - r * 0.125);
    low + fourth * r * high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_of_the_logarithm_is_the_logarithm() {
        for n in -999..=999 {
            let r = f64::from(n) * 1e-5;
            assert!((series(r) - r.ln_1p()).abs() <= 1e-15 * r.abs(), "{r}: {} {}", series(r), r.ln_1p());
        }
    }

    #[test]
    fn sums_in_blocks_are_the_plain_ones_and_what_never_differs_has_no_spread() {
        let equity: Vec<f64> = (0..1_000).map(|n| 100.0 + f64::from(n * 7 % 31)).collect();
        let mut returns = Vec::new();
        let sums = Sums::of(&equity, None, |block| returns.extend_from_slice(block));
        let (fast, slow) = (sums.moments().unwrap(), Moments::of(&returns).unwrap());
        for (a, b) in
            [(fast.mean, slow.mean), (fast.second, slow.second), (fast.third, slow.third), (fast.fourth, slow.fourth)]
        {
            assert!((a - b).abs() <= 1e-12 * b.abs(), "{fast:?} {slow:?}");
        }
        let doubling: Vec<f64> = (0..600).map(|n| 2.0_f64.powi(n)).collect();
        let sums = Sums::of(&doubling, Some(&doubling), |_| ());
        assert_eq!((sums.moments().unwrap().second, sums.held().squares, sums.held().apart), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_curve_in_strands_is_as_straight_as_its_logarithms_one_by_one() {
        for length in [3, 255, 257, 258, 700] {
            let equity: Vec<f64> = (0..length).map(|n| 100.0 + f64::from(n * 7 % 31) + f64::from(n) / 3.0).collect();
            let logs: Vec<f64> = equity[1..].iter().map(|value| (value / equity[0]).ln()).collect();
            let n = logs.len() as f64;
            let mean = logs.iter().sum::<f64>() / n;
            let (mut both, mut own, mut time) = (0.0, 0.0, 0.0);
            for (bar, log) in logs.iter().enumerate() {
                let at = bar as f64 - (n - 1.0) / 2.0;
                (both, own, time) = (both + at * log, own + (log - mean).powi(2), time + at * at);
            }
            let (found, plain) = (Sums::of(&equity, None, |_| ()).straightness(), both * both / (own * time));
            assert!((found - plain).abs() < 1e-12, "{length}: {found} {plain}");
        }
    }
}
