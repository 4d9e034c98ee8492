//! The venue's clock, as well as we know it: told in an answer, which was on its way for as long as the question or longer.
//!
//! The middle of a round trip is wrong by half of it at most, so the sample of the quickest one counts until it is old: one
//! answer that a line held back must not set our time off, for a venue refuses orders whose time it does not like.
//!
//! Owns: the difference. Never: a clock.

use engine_model::units::Nanos;

/// So long the quickest sample counts. Clocks drift apart by milliseconds in that time.
const KEPT_NS: u64 = 300_000_000_000;

/// How far the venue's clock is ahead of ours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VenueClock {
    offset_ns: i64,
    /// How long the round trip of the sample took that it is by, and when that ended, by our clock.
    sample: Option<(u64, Nanos)>,
}

impl VenueClock {
    /// The time at the venue when it is `ours` here.
    pub(super) fn at(&self, ours: Nanos) -> Nanos {
        Nanos(ours.0.saturating_add_signed(self.offset_ns))
    }

    /// Its clock stood at `told` some time between question and answer, by ours.
    pub(super) fn learn(&mut self, told: Nanos, asked: Nanos, answered: Nanos) {
        let trip_ns = answered.since(asked);
        let is_better = |(best_ns, at): (u64, Nanos)| trip_ns <= best_ns || answered.since(at) >= KEPT_NS;
        if !self.sample.is_none_or(is_better) {
            return;
        }
        let middle = i128::from(asked.0) + i128::from(trip_ns / 2);
        self.offset_ns = i64::try_from(i128::from(told.0) - middle).unwrap_or(0);
        self.sample = Some((trip_ns, answered));
    }

    /// The venue refuses our time: whatever it says next is better.
    pub(super) fn doubt(&mut self) {
        self.sample = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_quickest_answer_counts_until_it_is_old_or_doubted() {
        let mut clock = VenueClock::default();
        let mut learn = |asked_s: u64, trip_ns: u64, ahead_s: u64, is_doubted: bool| {
            if is_doubted {
                clock.doubt();
            }
            let (asked, answered) = (Nanos(asked_s * SECOND), Nanos(asked_s * SECOND + trip_ns));
            clock.learn(Nanos(asked.0 + ahead_s * SECOND + trip_ns / 2), asked, answered);
            clock.at(Nanos(0)).0 / SECOND
        };
        assert_eq!(learn(10, 3 * SECOND, 60, false), 60, "better than none");
        assert_eq!(learn(20, SECOND / 10, 61, false), 61);
        assert_eq!(learn(30, 3 * SECOND, 63, false), 61, "it stood in a queue");
        assert_eq!(learn(40, SECOND / 10, 62, false), 62, "as quick, and newer");
        assert_eq!(learn(339, SECOND, 64, false), 62);
        assert_eq!(learn(340, SECOND, 64, false), 64, "the old one is five minutes old");
        assert_eq!(learn(341, 2 * SECOND, 65, true), 65, "the venue refuses what we take for its time");
    }
}
