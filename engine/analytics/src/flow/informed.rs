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
        Self { bucket, filled: 0.0, signed: 0.0, mean: Sma::new(length), value: None }
    }

    /// Takes the next trade. `full` is told of each bucket that it fills, with that bucket's imbalance; a trade of many
    /// buckets fills as many.
    pub fn update(&mut self, trade: &Trade, mut full: impl FnMut(f64, Option<f64>)) {
        let mut left = trade.amount;
        while self.bucket - self.filled <= left {
            let taken = self.bucket - self.filled;
            left -= taken;
            let imbalance = (self.signed + trade.sign() * taken).abs() / self.bucket;
            (self.filled, self.signed) = (0.0, 0.0);
            self.value = known(self.mean.next(imbalance));
            full(imbalance, self.value);
        }
        self.filled += left;
        self.signed += trade.sign() * left;
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
