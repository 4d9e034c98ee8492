//! How fast may be sent. Telegram takes about thirty messages a second of a bot and one a second in a chat, short
//! bursts apart; whoever sends more is told to wait, and waits longer each time.

use engine_model::units::Nanos;

/// A bucket: so many at once, one more each so often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    burst: u32,
    every_ns: u64,
    left: u32,
    /// From when on the next one is counted.
    since: Nanos,
}

impl Bucket {
    pub(super) const fn new(burst: u32, every_ns: u64) -> Self {
        Self { burst, every_ns, left: burst, since: Nanos(0) }
    }

    /// From when on one may be taken: now, or a time to come.
    pub(super) fn free_at(&mut self, now: Nanos) -> Nanos {
        self.fill(now);
        if self.left > 0 { now } else { self.since.plus(self.every_ns) }
    }

    /// Takes one.
    pub(super) fn take(&mut self, now: Nanos) {
        self.fill(now);
        self.left = self.left.saturating_sub(1);
    }

    fn fill(&mut self, now: Nanos) {
        let come = now.since(self.since) / self.every_ns;
        let come = u32::try_from(come).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(come).min(self.burst);
        self.since = if self.left == self.burst { now } else { self.since.plus(u64::from(come) * self.every_ns) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time() {
        let mut bucket = Bucket::new(2, 10);
        for (now, free_at) in [(100, 100), (100, 100), (100, 110), (105, 110), (110, 110), (111, 120)] {
            assert_eq!(bucket.free_at(Nanos(now)), Nanos(free_at), "at {now}");
            if now >= free_at {
                bucket.take(Nanos(now));
            }
        }
        assert_eq!(bucket.free_at(Nanos(1_000)), Nanos(1_000));
        (0..2).for_each(|_| bucket.take(Nanos(1_000)));
        assert_eq!(bucket.free_at(Nanos(1_000)), Nanos(1_010), "time does not save up more than a burst");
    }
}
