//! The dollars of a strategy's orders within the last second.

use engine_model::units::Nanos;

/// Orders remembered. A strategy that has more of them within a second is refused further ones: the sum is not known.
const KEPT: usize = 256;
/// How far back.
const WINDOW_NS: u64 = Nanos::SECOND;

/// A queue of (when, dollars) with their sum.
#[derive(Clone, Debug)]
pub(in crate::risk) struct Batch {
    orders: Box<[(Nanos, i64); KEPT]>,
    oldest: usize,
    count: usize,
    sum: i128,
}

impl Default for Batch {
    fn default() -> Self {
        Self { orders: Box::new([(Nanos(0), 0); KEPT]), oldest: 0, count: 0, sum: 0 }
    }
}

impl Batch {
    /// Forgets what is a second old.
    #[inline]
    pub(in crate::risk) fn forget(&mut self, now: Nanos) {
        while self.count > 0 && now.since(self.orders[self.oldest].0) >= WINDOW_NS {
            self.sum -= i128::from(self.orders[self.oldest].1);
            self.oldest = (self.oldest + 1) % KEPT;
            self.count -= 1;
        }
    }

    /// 1e-8 dollars of the orders that are remembered; more than any limit when one more could not be.
    #[inline]
    pub(in crate::risk) fn sum(&self) -> i128 {
        if self.count < KEPT { self.sum } else { i128::from(i64::MAX) + 1 }
    }

    /// Remembers an order. There is room: with none, it was refused.
    #[inline]
    pub(in crate::risk) fn note(&mut self, now: Nanos, dollars: i64) {
        assert!(self.count < KEPT, "an order passed that cannot be remembered");
        self.orders[(self.oldest + self.count) % KEPT] = (now, dollars);
        self.count += 1;
        self.sum += i128::from(dollars);
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
        (0..KEPT - 1).for_each(|_| batch.note(Nanos(7), 1));
        assert!(batch.sum() > i128::from(i64::MAX));
        batch.forget(Nanos(6 + WINDOW_NS));
        assert_eq!(batch.sum(), 255);
    }
}
