//! The crank: stages in table order, each polled once a turn.
//!
//! Owns the stages of one thread and what their gauges show. Turned by the caller (tests, backtests) or by a worker thread;
//! it is the same crank. Never sleeps, never makes a thread.
//!
//! Reading the clock costs 9 ns, a whole turn of idle stages perhaps 10: so only one turn in [`SAMPLED`] is timed and its
//! times are scaled up. A thread that sleeps between turns has few of them and times each.

use crate::clock::Clock;
use crate::stage::{Poll, Stage};
use crate::stage_gauges::StageGauges;
use std::sync::Arc;

/// A spinning crank times one turn in this many: the two clock reads a stage then cost it 0.3 ns a turn.
const SAMPLED: u64 = 64;

/// Some stages and the handle that turns them.
pub struct Crank {
    seats: Vec<Seat>,
    clock: Clock,
    turns: u64,
    /// One turn in this many is timed; a power of two.
    sampled: u64,
    /// Which seat is being polled: says who panicked.
    at: usize,
}

/// A stage and its counts since the gauges were last shown.
struct Seat {
    stage: Box<dyn Stage>,
    gauges: Arc<StageGauges>,
    polls: [u64; 3],
    last: Poll,
}

impl Crank {
    /// A crank over `stages`, polled in this order. Call [`Crank::start`] before the first turn.
    #[must_use]
    pub fn new(stages: Vec<Box<dyn Stage>>) -> Self {
        let seat = |stage: Box<dyn Stage>| Seat {
            gauges: Arc::new(StageGauges::new(stage.name())),
            stage,
            polls: [0; 3],
            last: Poll::Idle,
        };
        let seats = stages.into_iter().map(seat).collect();
        Self { seats, clock: Clock::machine(), turns: 0, sampled: SAMPLED, at: 0 }
    }

    /// Times every turn: for a crank that sleeps between turns.
    pub(crate) fn time_every_turn(&mut self) {
        self.sampled = 1;
    }

    /// Starts every stage, in order.
    pub fn start(&mut self) {
        for index in 0..self.seats.len() {
            self.at = index;
            let seat = &mut self.seats[index];
            seat.stage.start();
            let now_ns = self.clock.now();
            seat.gauges.shown.started_at_ns.set(now_ns);
            seat.gauges.shown.heartbeat.beat(now_ns);
        }
    }

    /// Polls every stage once, in order.
    #[inline]
    pub fn turn(&mut self) -> Poll {
        self.turns += 1;
        if self.turns & (self.sampled - 1) == 0 { self.timed_turn() } else { self.plain_turn() }
    }

    #[inline]
    fn plain_turn(&mut self) -> Poll {
        let mut turn = Poll::Idle;
        for (index, seat) in self.seats.iter_mut().enumerate() {
            self.at = index;
            let poll = seat.poll();
            turn = turn.and(poll);
        }
        turn
    }

    fn timed_turn(&mut self) -> Poll {
        let mut turn = Poll::Idle;
        let mut before_ns = self.clock.now();
        for (index, seat) in self.seats.iter_mut().enumerate() {
            self.at = index;
            let poll = seat.poll();
            let now_ns = self.clock.now();
            seat.show(poll, now_ns.saturating_sub(before_ns) * self.sampled, now_ns);
            before_ns = now_ns;
            turn = turn.and(poll);
        }
        turn
    }

    /// Turns until a whole turn found nothing to do, at most `bound` times; what the last turn came to.
    pub fn until_idle(&mut self, bound: usize) -> Poll {
        let mut last = Poll::Idle;
        for _ in 0..bound {
            last = self.turn();
            if last == Poll::Idle {
                break;
            }
        }
        last
    }

    /// Finishes every stage, in order.
    pub fn finish(&mut self) {
        let now_ns = self.clock.now();
        for index in 0..self.seats.len() {
            self.at = index;
            self.seats[index].show(Poll::Idle, 0, now_ns);
            self.seats[index].stage.finish();
        }
    }

    /// The stages, in order.
    #[must_use]
    pub fn into_stages(self) -> Vec<Box<dyn Stage>> {
        self.seats.into_iter().map(|seat| seat.stage).collect()
    }

    /// The stages' gauges, in order.
    #[must_use]
    pub fn gauges(&self) -> Vec<Arc<StageGauges>> {
        self.seats.iter().map(|seat| seat.gauges.clone()).collect()
    }

    /// How often the crank was turned.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Lets the first stage from `from` on that has a source of its own wait for it; the seat after it, or `None` if no
    /// stage has a source.
    pub(crate) fn park(&mut self, from: usize, limit: std::time::Duration) -> Option<usize> {
        let count = self.seats.len();
        (from..from + count).map(|seat| seat % count).find(|&seat| {
            self.at = seat;
            self.seats[seat].stage.park(limit)
        })
    }

    /// Books `ns` of waiting to the stages that were blocked, and shows that all live.
    pub(crate) fn note_wait(&mut self, ns: u64, now_ns: u64) {
        for seat in &mut self.seats {
            let waited_for = if seat.last == Poll::Blocked { Poll::Blocked } else { Poll::Idle };
            seat.show(waited_for, ns, now_ns);
        }
    }

    /// The name of the stage that is or was last at work.
    pub(crate) fn at_work(&self) -> String {
        self.seats.get(self.at).map_or_else(String::new, |seat| seat.gauges.name.clone())
    }

    /// Removes the stage that is or was last at work.
    pub(crate) fn remove_at_work(&mut self) {
        if self.at < self.seats.len() {
            self.seats.remove(self.at);
        }
    }
}

impl Seat {
    #[inline]
    fn poll(&mut self) -> Poll {
        self.last = self.stage.poll();
        self.polls[self.last as usize] += 1;
        self.last
    }

    /// Shows the counts so far and `ns` more of what `poll` was.
    fn show(&mut self, poll: Poll, ns: u64, now_ns: u64) {
        let shown = &*self.gauges.shown;
        match poll {
            Poll::Worked => shown.busy_ns.add(ns),
            Poll::Blocked => shown.blocked_ns.add(ns),
            Poll::Idle => {}
        }
        shown.idle_polls.set(self.polls[Poll::Idle as usize]);
        shown.worked_polls.set(self.polls[Poll::Worked as usize]);
        shown.blocked_polls.set(self.polls[Poll::Blocked as usize]);
        shown.heartbeat.beat(now_ns);
    }
}

impl std::fmt::Debug for Crank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stages: Vec<&str> = self.seats.iter().map(|seat| seat.stage.name()).collect();
        f.debug_struct("Crank").field("stages", &stages).field("turns", &self.turns).finish_non_exhaustive()
    }
}
