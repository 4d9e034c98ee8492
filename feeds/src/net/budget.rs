//! A token bucket in a venue's own unit, request weight. Owns no clock: every call is told the time.
//!
//! A bucket of size b that refills at r a second lets b + 60 r through in the worst minute. Half of the allowed weight
//! is therefore size and half is refill: the venue's limit holds for every window of a minute, not only on average.

const MINUTE_NS: u128 = 60_000_000_000;

/// Request weight that may be spent.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Weight times [`MINUTE_NS`]: refilling is then exact integer arithmetic.
    level: u128,
    size: u64,
    refill_per_minute: u64,
    filled_at_ns: u64,
    silent_until_ns: u64,
}

impl Budget {
    /// At most `weight_per_minute` in any minute; starts full.
    #[must_use]
    pub fn new(weight_per_minute: u32, now_ns: u64) -> Self {
        let size = u64::from(weight_per_minute).div_ceil(2).max(1);
        let refill_per_minute = (u64::from(weight_per_minute) / 2).max(1);
        let level = u128::from(size) * MINUTE_NS;
        Self { level, size, refill_per_minute, filled_at_ns: now_ns, silent_until_ns: 0 }
    }

    /// Takes `weight`, or says how many nanoseconds to wait first. More than the whole bucket is let through when it is
    /// full: it could never be had otherwise.
    pub fn take(&mut self, weight: u32, now_ns: u64) -> Result<(), u64> {
        if now_ns < self.silent_until_ns {
            return Err(self.silent_until_ns - now_ns);
        }
        self.refill(now_ns);
        let wanted = u128::from(u64::from(weight).min(self.size)) * MINUTE_NS;
        match self.level.checked_sub(wanted) {
            Some(rest) => {
                self.level = rest;
                Ok(())
            }
            None => {
                let missing = (wanted - self.level).div_ceil(u128::from(self.refill_per_minute));
                Err(u64::try_from(missing).unwrap_or(u64::MAX))
            }
        }
    }

    /// Whether one part of so many of a whole bucket is left.
    pub fn has_one_in(&mut self, parts: u32, now_ns: u64) -> bool {
        self.refill(now_ns);
        self.level * u128::from(parts) >= u128::from(self.size) * MINUTE_NS
    }

    /// Nothing more until `wait_ns` have passed: the venue said so.
    pub fn pause(&mut self, wait_ns: u64, now_ns: u64) {
        self.silent_until_ns = self.silent_until_ns.max(now_ns.saturating_add(wait_ns));
    }

    fn refill(&mut self, now_ns: u64) {
        let elapsed_ns = now_ns.saturating_sub(self.filled_at_ns);
        let full = u128::from(self.size) * MINUTE_NS;
        self.level = full.min(self.level + u128::from(elapsed_ns) * u128::from(self.refill_per_minute));
        self.filled_at_ns = self.filled_at_ns.max(now_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Takes as often as allowed, as early as allowed, and returns when each went through.
    fn spend(budget: &mut Budget, weight: u32, times: usize) -> Vec<u64> {
        let mut now = 0;
        let mut taken = Vec::new();
        while taken.len() < times {
            match budget.take(weight, now) {
                Ok(()) => taken.push(now),
                Err(wait) => now += wait,
            }
        }
        taken
    }

    #[test]
    fn no_window_of_a_minute_passes_the_limit() {
        for (limit, weight) in [(6_000u32, 250u32), (2_400, 20), (100, 7)] {
            let taken = spend(&mut Budget::new(limit, 0), weight, 200);
            for (first, start) in taken.iter().enumerate() {
                let within = taken[first..].iter().take_while(|at| **at < start + 60 * SECOND).count() as u32;
                assert!(within * weight <= limit, "{within} requests of {weight} within a minute, {limit} allowed");
            }
        }
    }

    #[test]
    fn a_wait_that_was_told_is_enough() {
        let mut budget = Budget::new(600, 0);
        while budget.take(50, 0).is_ok() {}
        let wait = budget.take(50, 0).expect_err("empty");
        assert!(budget.take(50, wait - SECOND / 10).is_err());
        assert_eq!(budget.take(50, wait), Ok(()));
    }

    #[test]
    fn a_pause_outlasts_tokens_and_a_shorter_later_pause() {
        let mut budget = Budget::new(6_000, 0);
        budget.pause(10 * SECOND, 0);
        budget.pause(SECOND, 0);
        assert_eq!(budget.take(1, 4 * SECOND), Err(6 * SECOND));
        assert_eq!(budget.take(1, 10 * SECOND), Ok(()));
    }

    #[test]
    fn more_than_the_bucket_is_possible_when_it_is_full() {
        let mut budget = Budget::new(100, 0);
        assert_eq!(budget.take(1_000, 0), Ok(()));
        assert!(budget.take(1_000, SECOND).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_creates_nothing() {
        let mut budget = Budget::new(2, 10 * SECOND);
        assert_eq!(budget.take(1, 10 * SECOND), Ok(()));
        assert!(budget.take(1, 0).is_err());
        assert!(budget.take(1, 11 * SECOND).is_err());
    }
}
