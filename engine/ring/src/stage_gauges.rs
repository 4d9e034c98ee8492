//! What anybody may know about a stage and its thread while they run.
//!
//! Owns the numbers a crank shows: how the stage's time divides, how often it was polled, when it last lived. Written by
//! the thread that polls, readable from any. Times are measured on one turn in some (see the crank) and scaled.

use crate::counter::{CachePadded, Counter, Heartbeat};

/// A stage's gauges.
#[derive(Debug)]
pub struct StageGauges {
    /// The stage's name.
    pub name: String,
    pub(crate) shown: CachePadded<Shown>,
}

/// The numbers, on lines of their own.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) heartbeat: Heartbeat,
    pub(crate) started_at_ns: Counter,
    pub(crate) idle_polls: Counter,
    pub(crate) worked_polls: Counter,
    pub(crate) blocked_polls: Counter,
    pub(crate) busy_ns: Counter,
    pub(crate) blocked_ns: Counter,
}

/// How a stage's time divides, in thousandths of the time since it started; the three sum to 1000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Working.
    pub busy_permille: u32,
    /// Polled with nothing to do, parked, or waiting for its turn behind the other stages of its thread.
    pub idle_permille: u32,
    /// Held back by a full output.
    pub blocked_permille: u32,
}

impl StageGauges {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), shown: CachePadded::default() }
    }

    /// When the stage was last seen alive.
    #[must_use]
    pub fn heartbeat(&self) -> &Heartbeat {
        &self.shown.heartbeat
    }

    /// Polls that found nothing, polls that worked, polls that were blocked.
    #[must_use]
    pub fn polls(&self) -> (u64, u64, u64) {
        let Shown { idle_polls, worked_polls, blocked_polls, .. } = &*self.shown;
        (idle_polls.get(), worked_polls.get(), blocked_polls.get())
    }

    /// How the stage's time divided from its start to its last heartbeat.
    #[must_use]
    pub fn shares(&self) -> Shares {
        let Shown { heartbeat, started_at_ns, busy_ns, blocked_ns, .. } = &*self.shown;
        let lived_ns = heartbeat.last_at_ns().unwrap_or(0).saturating_sub(started_at_ns.get());
        let permille = |ns: u64| (u128::from(ns) * 1000 / u128::from(lived_ns.max(1))).min(1000) as u32;
        let busy_permille = permille(busy_ns.get());
        let blocked_permille = permille(blocked_ns.get()).min(1000 - busy_permille);
        Shares { busy_permille, blocked_permille, idle_permille: 1000 - busy_permille - blocked_permille }
    }
}

/// A thread's gauges.
#[derive(Debug)]
pub struct ThreadGauges {
    /// The thread's name: its group's.
    pub name: String,
    pub(crate) shown: CachePadded<ThreadShown>,
}

#[derive(Debug, Default)]
pub(crate) struct ThreadShown {
    pub(crate) armed: Counter,
    pub(crate) allocations: Counter,
    pub(crate) parks: Counter,
    pub(crate) parked_ns: Counter,
}

impl ThreadGauges {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), shown: CachePadded::default() }
    }

    /// Allocations on this thread since the run was armed; `None` before that, or if nothing counts them.
    #[must_use]
    pub fn allocations(&self) -> Option<u64> {
        (self.shown.armed.get() != 0).then(|| self.shown.allocations.get())
    }

    /// How often the thread parked or slept.
    #[must_use]
    pub fn parks(&self) -> u64 {
        self.shown.parks.get()
    }

    /// How long it was parked or asleep in all.
    #[must_use]
    pub fn parked_ns(&self) -> u64 {
        self.shown.parked_ns.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_a_thousand_even_when_samples_overshoot() {
        let gauges = StageGauges::new("s");
        assert_eq!(gauges.shares(), Shares { busy_permille: 0, idle_permille: 1000, blocked_permille: 0 });
        gauges.shown.started_at_ns.set(1_000);
        gauges.shown.heartbeat.beat(2_000);
        gauges.shown.busy_ns.set(250);
        gauges.shown.blocked_ns.set(500);
        assert_eq!(gauges.shares(), Shares { busy_permille: 250, idle_permille: 250, blocked_permille: 500 });
        gauges.shown.busy_ns.set(5_000);
        assert_eq!(gauges.shares(), Shares { busy_permille: 1000, idle_permille: 0, blocked_permille: 0 });
    }
}
