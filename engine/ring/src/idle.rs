//! What a thread does when its stages have nothing to do.
//!
//! Owns the ladder: spin for a bounded time, then park on a stage's own source, else sleep; or yield. Waking a sleeping
//! thread costs 6 to 50 microseconds and a spinning thread costs a core, so the choice belongs to the layout. Never decides
//! *who* may spin: that is checked in [`crate::layout`].

use crate::clock::Clock;
use crate::crank::Crank;
use crate::layout::Idle;
use crate::stage::Poll;
use crate::stage_gauges::ThreadGauges;
use std::time::Duration;

/// How long a thread sleeps when its outputs are full: long enough to let the reader have the core, short against the 10 ms
/// of burst a hot ring holds.
const BLOCKED_SLEEP: Duration = Duration::from_micros(50);

/// A thread's place on the ladder.
pub(crate) struct Ladder {
    idle: Idle,
    clock: Clock,
    /// When the current idle spell began.
    since_ns: Option<u64>,
}

impl Ladder {
    pub(crate) fn new(idle: Idle) -> Self {
        Self { idle, clock: Clock::machine(), since_ns: None }
    }

    /// There was work: back to the bottom.
    #[inline]
    pub(crate) fn worked(&mut self) {
        self.since_ns = None;
    }

    /// There was none: spin, step aside, or wait a while.
    #[inline]
    pub(crate) fn rest(&mut self, crank: &mut Crank, turn: Poll, gauges: &ThreadGauges) {
        match self.idle {
            Idle::Spin => std::hint::spin_loop(),
            Idle::SpinThenPark { spin, park } => {
                let now_ns = self.clock.now();
                let since_ns = *self.since_ns.get_or_insert(now_ns);
                if now_ns.saturating_sub(since_ns) < spin.as_nanos() as u64 {
                    std::hint::spin_loop();
                } else {
                    self.wait(crank, turn, park, gauges);
                }
            }
            Idle::Yield => self.give_way(crank),
            Idle::Sleep(limit) => self.wait(crank, turn, limit, gauges),
        }
    }

    /// Lets whoever else wants the core have it. Not a park: the thread is ready all the while.
    fn give_way(&mut self, crank: &mut Crank) {
        let before_ns = self.clock.now();
        std::thread::yield_now();
        let now_ns = self.clock.now();
        crank.note_wait(now_ns.saturating_sub(before_ns), now_ns);
    }

    #[cold]
    fn wait(&mut self, crank: &mut Crank, turn: Poll, limit: Duration, gauges: &ThreadGauges) {
        let before_ns = self.clock.now();
        if turn == Poll::Blocked {
            // The input is ready: its source would return at once. What is missing is the reader's progress.
            std::thread::sleep(BLOCKED_SLEEP.min(limit));
        } else if !crank.park(limit) {
            std::thread::sleep(limit);
        }
        let now_ns = self.clock.now();
        let waited_ns = now_ns.saturating_sub(before_ns);
        crank.note_wait(waited_ns, now_ns);
        gauges.shown.parks.add(1);
        gauges.shown.parked_ns.add(waited_ns);
    }
}
