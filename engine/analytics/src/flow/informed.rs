//! Whether somebody knows more: VPIN (Easley, López de Prado, O'Hara 2012) and Kyle's lambda (Kyle 1985).

use super::bar::FlowBar;
use super::{Trade, known, ratio};
use crate::indicator::Filter;
use crate::indicator::block::{CoMoments, Sma};

/// Volume-synchronised probability of informed trading: trades are filled into buckets of one volume, in order, split at
/// their edges; the mean over the last full buckets of `|bought - sold| / volume`.
#[derive(Clone, Debug)]
pub struct Vpin {
    bucket: f64,
    length: usize,
    filled: f64,
    signed: f64,
    mean: Sma,
    value: Option<f64>,
}

impl Vpin {
    /// Of the last `length` buckets of volume `bucket`. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(bucket: f64, length: usize) -> Self {
        assert!(bucket > 0.0, "a bucket of nothing");
        Self { bucket, length, filled: 0.0, signed: 0.0, mean: Sma::new(length), value: None }
    }

    /// Takes the next trade. `full` is told of each bucket that it fills, with that bucket's imbalance; of those that a trade
    /// fills alone, which are one like the other, no more than the mean looks back at.
    pub fn update(&mut self, trade: &Trade, mut full: impl FnMut(f64, Option<f64>)) {
        let mut left = trade.amount;
        if self.bucket - self.filled <= left {
            let taken = self.bucket - self.filled;
            left -= taken;
            self.fill((self.signed + trade.sign() * taken).abs() / self.bucket, &mut full);
            let rest = left % self.bucket;
            let buckets = ((left - rest) / self.bucket).round() as usize;
            (0..buckets.min(self.length)).for_each(|_| self.fill(1.0, &mut full));
            (self.filled, self.signed, left) = (0.0, 0.0, rest);
        }
        self.filled += left;
        self.signed += trade.sign() * left;
    }

    fn fill(&mut self, imbalance: f64, full: &mut impl FnMut(f64, Option<f64>)) {
        self.value = known(self.mean.next(imbalance));
        full(imbalance, self.value);
    }

    /// VPIN after the last full bucket; `None` before there were `length`.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.value
    }
}

/// Kyle's lambda: how far a unit of signed volume moves the price. Slope, with intercept, of the least squares of a bar's
/// change of close on its delta, over the last so many changes.
#[derive(Clone, Debug)]
pub struct Kyle {
    close: f64,
    both: CoMoments,
}

impl Kyle {
    /// Over `length` bars. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { close: f64::NAN, both: CoMoments::new(length) }
    }

    /// Takes the next closed bar; `None` before there were `length` changes, or where all deltas are one.
    #[inline]
    pub fn update(&mut self, bar: &FlowBar) -> Option<f64> {
        self.next(bar.close, bar.delta.value())
    }

    /// The same of a closed bar of which only close and delta are known.
    #[inline]
    pub fn next(&mut self, close: f64, delta: f64) -> Option<f64> {
        let change = close - std::mem::replace(&mut self.close, close);
        let both = self.both.next(delta, change)?;
        ratio(both.cov, both.var_x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;

    fn trade(signed: f64) -> Trade {
        let aggressor = if signed > 0.0 { Side::Buy } else { Side::Sell };
        Trade { time_ms: 0, aggressor, price: 1.0, amount: signed.abs() }
    }

    /// Bucket by bucket; amounts are whole eighths, so that nothing is rounded.
    fn slow(bucket: f64, length: usize, trades: &[f64]) -> Option<f64> {
        let (mut buckets, mut filled, mut signed) = (Vec::new(), 0.0, 0.0_f64);
        for amount in trades {
            let mut left = amount.abs();
            while bucket - filled <= left {
                left -= bucket - filled;
                signed += amount.signum() * (bucket - filled);
                buckets.push(signed.abs() / bucket);
                (filled, signed) = (0.0, 0.0);
            }
            (filled, signed) = (filled + left, signed + amount.signum() * left);
        }
        let last = &buckets[buckets.len().checked_sub(length)?..];
        Some(last.iter().sum::<f64>() / length as f64)
    }

    #[test]
    fn a_trade_of_many_buckets_is_what_bucket_by_bucket_comes_to() {
        let mut state = 7_u64;
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        let mut seen = 0;
        for _ in 0..300 {
            let (bucket, length) = ((1 + dice(40)) as f64 / 8.0, 1 + dice(6) as usize);
            let trades: Vec<f64> = (0..30)
                .map(|_| {
                    let most = if dice(5) == 0 { 900 } else { 20 };
                    let amount = (1 + dice(most)) as f64 / 8.0;
                    if dice(2) == 0 { amount } else { -amount }
                })
                .collect();
            let mut vpin = Vpin::new(bucket, length);
            for (n, signed) in trades.iter().enumerate() {
                vpin.update(&trade(*signed), |_, _| ());
                let (found, wanted) = (vpin.value(), slow(bucket, length, &trades[..=n]));
                let is_same = match (found, wanted) {
                    (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
                    (found, wanted) => found == wanted,
                };
                assert!(is_same, "bucket {bucket}, length {length}: found {found:?}, expected {wanted:?}");
                seen += usize::from(wanted.is_some());
            }
        }
        assert!(seen > 5_000, "{seen} values do not try it");
    }

    #[test]
    fn a_trade_of_a_million_million_buckets_is_told_of_those_that_the_mean_looks_back_at() {
        for (bucket, amount) in [(1.0, 1e12), (1e-12, 1e12), (1e-300, 1e300)] {
            let (mut vpin, mut told) = (Vpin::new(bucket, 5), 0);
            vpin.update(&trade(-amount), |imbalance, _| {
                assert!((imbalance - 1.0).abs() < 1e-12);
                told += 1;
            });
            assert_eq!((told, vpin.value()), (6, Some(1.0)), "{amount} in buckets of {bucket}");
            vpin.update(&trade(bucket * 0.5), |_, _| ());
        }
    }
}
