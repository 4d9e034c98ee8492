//! The dollars of a strategy's orders within the last second.

use crate::tape::carry;
use engine_model::units::Nanos;

/// Entries remembered.
const KEPT: usize = 256;
/// So many orders within a second each have an entry of their own. Beyond them those of one slice share one, and are
/// remembered as long as the youngest: at most a slice too long, never too short. 128 and 101 slices fit [`KEPT`].
const EXACT: usize = 128;
/// How long an entry is shared.
const SLICE_NS: u64 = 10 * Nanos::MILLI;
/// How far back.
const WINDOW_NS: u64 = Nanos::SECOND;

/// A queue of (when, dollars) with their sum.
#[derive(Clone, Debug)]
pub(in crate::risk) struct Batch {
    orders: Box<[(Nanos, i128); KEPT]>,
    oldest: usize,
    count: usize,
    sum: i128,
    /// When the newest entry began.
    newest_began: Nanos,
}

carry!(Batch { orders, oldest, count, sum, newest_began });

impl Default for Batch {
    fn default() -> Self {
        Self { orders: Box::new([(Nanos(0), 0); KEPT]), oldest: 0, count: 0, sum: 0, newest_began: Nanos(0) }
    }
}

impl Batch {
    /// Forgets what is a second old.
    #[inline]
    pub(in crate::risk) fn forget(&mut self, now: Nanos) {
        while self.count > 0 && now.since(self.orders[self.oldest].0) >= WINDOW_NS {
            self.sum -= self.orders[self.oldest].1;
            self.oldest = (self.oldest + 1) % KEPT;
            self.count -= 1;
        }
    }

    /// 1e-8 dollars of the orders that are remembered.
    #[inline]
    pub(in crate::risk) fn sum(&self) -> i128 {
        self.sum
    }

    /// Remembers an order.
    #[inline]
    pub(in crate::risk) fn note(&mut self, now: Nanos, dollars: i64) {
        self.sum += i128::from(dollars);
        if self.count >= EXACT && now.since(self.newest_began) < SLICE_NS {
            let newest = &mut self.orders[(self.oldest + self.count - 1) % KEPT];
            *newest = (now, newest.1 + i128::from(dollars));
            return;
        }
        assert!(self.count < KEPT, "more slices than a second has: what is old was not forgotten");
        self.orders[(self.oldest + self.count) % KEPT] = (now, i128::from(dollars));
        self.newest_began = now;
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_of_the_last_second_to_the_nanosecond_and_beyond_its_memory_it_is_more_than_any_limit() {
        let mut batch = Batch::default();
        batch.note(Nanos(5), 7);
        batch.note(Nanos(6), 8);
        batch.forget(Nanos(4 + WINDOW_NS));
        assert_eq!(batch.sum(), 15);
        batch.forget(Nanos(5 + WINDOW_NS));
        assert_eq!(batch.sum(), 8);
        // Two hundred thousand within a second: none is forgotten early, none is remembered a slice too long.
        let mut batch = Batch::default();
        let step = 5_000;
        for number in 0..400_000u64 {
            let now = Nanos(number * step);
            batch.forget(now);
            batch.note(now, 1);
            let within = i128::from((number + 1).min(WINDOW_NS / step));
            let slice = i128::from(SLICE_NS / step);
            assert!((within..=within + slice).contains(&batch.sum()), "{number}: {} of {within}", batch.sum());
        }
    }
}
