//! Message rate: a token bucket that is filled by the time handed in.

use crate::tape::carry;
use engine_model::units::Nanos;

/// Parts of a token: at a rate of n per second, one nanosecond adds n parts. Nothing is rounded.
const PARTS: u64 = Nanos::SECOND;

/// One strategy's bucket. Full at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::risk) struct Bucket {
    /// Parts missing from a full bucket.
    missing: u64,
    filled_at_ns: Nanos,
}

carry!(Bucket { missing, filled_at_ns });

impl Bucket {
    /// Adds what time has brought since the last filling. A clock that went back adds nothing.
    pub(in crate::risk) fn fill(&mut self, now: Nanos, per_second: u32) {
        let parts = u128::from(now.since(self.filled_at_ns)) * u128::from(per_second);
        self.missing = self.missing.saturating_sub(u64::try_from(parts).unwrap_or(u64::MAX));
        self.filled_at_ns = self.filled_at_ns.max(now);
    }

    /// Whole tokens in a bucket of `depth`.
    #[must_use]
    pub(in crate::risk) fn tokens(&self, depth: u32) -> u64 {
        (u64::from(depth) * PARTS).saturating_sub(self.missing) / PARTS
    }

    /// Whether more than `kept` tokens are in a bucket of `depth`: as [`Bucket::tokens`] would tell, without dividing.
    #[inline]
    #[must_use]
    pub(in crate::risk) fn has_more_than(&self, kept: u64, depth: u32) -> bool {
        self.missing.saturating_add(kept.saturating_add(1).saturating_mul(PARTS)) <= u64::from(depth) * PARTS
    }

    /// Takes a token, or what there is: a cancel is never refused and leaves no debt.
    pub(in crate::risk) fn take(&mut self, depth: u32) {
        self.missing = (self.missing + PARTS).min(u64::from(depth) * PARTS);
    }

    /// Writes both fields, little-endian.
    pub(in crate::risk) fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.missing.to_le_bytes());
        hasher.update(&self.filled_at_ns.0.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_empties_and_fills_at_its_rate_to_the_nanosecond() {
        let mut bucket = Bucket::default();
        let start = Nanos(5 * Nanos::SECOND);
        bucket.fill(start, 10);
        for left in (0..20).rev() {
            assert!(bucket.has_more_than(left, 20));
            bucket.take(20);
            assert_eq!(bucket.tokens(20), left);
            assert!(!bucket.has_more_than(left, 20));
        }
        bucket.take(20);
        assert_eq!(bucket.tokens(20), 0, "no debt");
        bucket.fill(start.plus(99_999_999), 10);
        assert_eq!(bucket.tokens(20), 0, "one nanosecond short of a tenth of a second");
        bucket.fill(start.plus(100_000_000), 10);
        assert_eq!(bucket.tokens(20), 1);
        bucket.fill(start, 10);
        assert_eq!(bucket.tokens(20), 1, "a clock that goes back adds nothing");
        bucket.fill(start.plus(100_000_000), 10);
        assert_eq!(bucket.tokens(20), 1, "nor adds the same time twice");
        bucket.fill(Nanos(u64::MAX), u32::MAX);
        assert_eq!(bucket.tokens(20), 20, "and never more than its depth");
    }
}
