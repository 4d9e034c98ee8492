//! How long to wait before the next try: doubling, bounded, with jitter so that a fleet does not return in step.
//!
//! Owns no clock and no random source: the seed is handed in, the caller adds the result to its own time.

/// Doubling waits with jitter.
#[derive(Clone, Debug)]
pub struct Backoff {
    first_ns: u64,
    max_ns: u64,
    next_ns: u64,
    random: u64,
}

impl Backoff {
    /// Waits start at `first_ns` and never pass `max_ns`.
    #[must_use]
    pub fn new(first_ns: u64, max_ns: u64, seed: u64) -> Self {
        let first_ns = first_ns.clamp(1, max_ns.max(1));
        // Xorshift never leaves zero, so zero is not a seed.
        Self { first_ns, max_ns: max_ns.max(1), next_ns: first_ns, random: seed | 1 }
    }

    /// The next wait: between half and the whole of the current bound, which doubles.
    pub fn next_wait_ns(&mut self) -> u64 {
        let bound = self.next_ns;
        self.next_ns = bound.saturating_mul(2).min(self.max_ns);
        let half = bound / 2;
        half + self.random() % (bound - half + 1)
    }

    /// Back to the first wait: something worked.
    pub fn reset(&mut self) {
        self.next_ns = self.first_ns;
    }

    /// Xorshift64: jitter needs spread, not secrecy.
    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound_and_fall_back_after_success() {
        let mut backoff = Backoff::new(100, 1_000, 7);
        for bound in [100, 200, 400, 800, 1_000, 1_000] {
            let wait = backoff.next_wait_ns();
            assert!((bound / 2..=bound).contains(&wait), "{wait} is not within half and whole of {bound}");
        }
        backoff.reset();
        assert!(backoff.next_wait_ns() <= 100);
    }

    #[test]
    fn two_seeds_do_not_return_in_step_and_one_seed_repeats_itself() {
        let waits = |seed| {
            let mut backoff = Backoff::new(1_000_000, 1_000_000_000, seed);
            [(); 5].map(|()| backoff.next_wait_ns())
        };
        assert_ne!(waits(1), waits(5));
        assert_eq!(waits(9), waits(9));
    }

    #[test]
    fn extreme_bounds_do_not_overflow() {
        let mut backoff = Backoff::new(u64::MAX, u64::MAX, 0);
        assert!(backoff.next_wait_ns() >= u64::MAX / 2);
        assert!(Backoff::new(0, 0, 0).next_wait_ns() <= 1);
    }
}
