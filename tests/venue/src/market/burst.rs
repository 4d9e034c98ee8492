//! Bursts: short spells in which everything happens several times as fast, as after news.

use crate::random::Random;

/// Calm between bursts, mean.
const CALM_NS: u64 = 6_000_000_000;
/// Length of a burst, mean.
const BURST_NS: u64 = 700_000_000;
/// How much faster the flow is in a burst, and how much further the price wanders an event.
const BURST_FACTOR: u64 = 6;

/// The calendar of bursts, drawn as time passes. Time must not go back.
pub(super) struct Bursts {
    random: Random,
    starts_at_ns: u64,
    ends_at_ns: u64,
}

impl Bursts {
    pub(super) fn new(seed: u64) -> Self {
        let mut bursts = Self { random: Random::branch(seed, "bursts"), starts_at_ns: 0, ends_at_ns: 0 };
        bursts.draw();
        bursts
    }

    fn draw(&mut self) {
        self.starts_at_ns = self.ends_at_ns + self.random.exponential(CALM_NS);
        self.ends_at_ns = self.starts_at_ns + self.random.exponential(BURST_NS);
    }

    /// The factor of the flow's rate at that time: 1 while calm.
    pub(super) fn at(&mut self, now_ns: u64) -> u64 {
        while now_ns >= self.ends_at_ns {
            self.draw();
        }
        if now_ns >= self.starts_at_ns { BURST_FACTOR } else { 1 }
    }
}
