//! The crank: stages in table order, each polled once a turn.
//!
//! Owns the stages of one thread and what their gauges show. Turned by the caller (tests, backtests) or by a worker thread;
//! it is the same crank. Never sleeps, never makes a thread.
//!
//! Reading the clock costs 9 ns, a whole turn of idle stages perhaps 10: so only one turn in [`SAMPLED`] is timed and its
//! times are scaled up. Turns that are long against the clock's price, and those of a thread that sleeps between them, are
//! timed each; so a core lost for 10 ms in a timed turn is not booked 64 times.

use crate::clock::Clock;
use crate::sources::Sources;
use crate::stage::{Poll, Stage};
use crate::stage_gauges::StageGauges;
use std::sync::Arc;

/// A spinning crank times one turn in this many: the two clock reads a stage then cost it 0.3 ns a turn.
const SAMPLED: u64 = 64;
/// After a stage took longer than this the next turn is timed again, and nothing is scaled up.
const LONG_NS: u64 = 100_000;

/// Polls of one source in a row before the other sources of the thread have their turn: a bound, so
/// that a burst of one venue does not starve another's.
const FOLLOWED: usize = 32;

/// Some stages and the handle that turns them.
pub struct Crank {
    seats: Vec<Seat>,
    clock: Clock,
    turns: u64,
    /// One turn in this many is timed.
    sampled: u64,
    /// The turn that was timed last, and the one that is timed next.
    timed: (u64, u64),
    /// Which seat is being polled: says who panicked.
    at: usize,
    /// How many seats have said their last words.
    finished: usize,
    sources: Sources,
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
        Self {
            seats,
            clock: Clock::machine(),
            turns: 0,
            sampled: SAMPLED,
            timed: (0, SAMPLED),
            at: 0,
            finished: 0,
            sources: Sources::new(std::iter::empty()),
        }
    }

    /// Times every turn: for a crank that sleeps between turns.
    pub(crate) fn time_every_turn(&mut self) {
        self.sampled = 1;
        self.timed = (0, 1);
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
        self.sources = Sources::new(self.seats.iter().map(|seat| seat.stage.source()));
    }

    /// Polls every stage once, in order.
    #[inline]
    pub fn turn(&mut self) -> Poll {
        self.turns += 1;
        if self.turns >= self.timed.1 { self.timed_turn() } else { self.plain_turn() }
    }

    #[inline]
    fn plain_turn(&mut self) -> Poll {
        let mut turn = Poll::Idle;
        for index in 0..self.seats.len() {
            let poll = self.poll_seat(index);
            turn = turn.and(poll);
            if poll == Poll::Worked && self.sources.count() > 1 && self.sources.has(index) {
                self.follow(index);
            }
        }
        turn
    }

    /// What a source brought has its consequences before the other sources are asked: asking costs a call into the system
    /// each, 1 to 2 microseconds that an order would wait. The same source goes on while it has more, in bounds.
    fn follow(&mut self, source: usize) {
        for _ in 0..FOLLOWED {
            for index in 0..self.seats.len() {
                if !self.sources.has(index) {
                    self.poll_seat(index);
                }
            }
            if self.poll_seat(source) != Poll::Worked {
                break;
            }
        }
    }

    #[inline]
    fn poll_seat(&mut self, index: usize) -> Poll {
        self.at = index;
        self.seats[index].poll()
    }

    fn timed_turn(&mut self) -> Poll {
        let mut turn = Poll::Idle;
        let stands_for = self.turns - self.timed.0;
        let mut next_in = self.sampled;
        let mut before_ns = self.clock.now();
        for (index, seat) in self.seats.iter_mut().enumerate() {
            self.at = index;
            let poll = seat.poll();
            let now_ns = self.clock.now();
            let took_ns = now_ns.saturating_sub(before_ns);
            let is_long = took_ns > LONG_NS;
            seat.show(poll, if is_long { took_ns } else { took_ns * stands_for }, now_ns);
            next_in = if is_long { 1 } else { next_in };
            before_ns = now_ns;
            turn = turn.and(poll);
        }
        self.timed = (self.turns, self.turns + next_in);
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

    /// Finishes every stage that is not finished yet, in order.
    pub fn finish(&mut self) {
        let now_ns = self.clock.now();
        while let Some(seat) = self.seats.get_mut(self.finished) {
            self.at = self.finished;
            seat.show(Poll::Idle, 0, now_ns);
            seat.stage.finish();
            self.finished += 1;
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

    /// Waits at most `limit` until the source of at least one stage has something; `false` at once if no stage has a source.
    pub(crate) fn park(&mut self, limit: std::time::Duration) -> bool {
        match self.sources.count() {
            0 => return false,
            // One source waits by itself: one call into the system less.
            1 => self.park_those(limit, |sources, place| sources.has(place)),
            _ => {
                self.sources.wait(limit);
                self.park_those(std::time::Duration::ZERO, Sources::is_ready);
            }
        }
        true
    }

    fn park_those(&mut self, limit: std::time::Duration, which: impl Fn(&Sources, usize) -> bool) {
        for place in 0..self.seats.len() {
            if which(&self.sources, place) {
                self.at = place;
                self.seats[place].stage.park(limit);
            }
        }
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    /// Works a given number of times, and writes down everything that happens to it.
    struct Scribe(&'static str, u32, Sender<String>);

    impl Scribe {
        fn note(&self, what: &str) {
            let _ = self.2.send(format!("{} {what}", self.0));
        }
    }

    impl Stage for Scribe {
        fn name(&self) -> &str {
            self.0
        }

        fn start(&mut self) {
            self.note("starts");
        }

        fn poll(&mut self) -> Poll {
            if self.1 == 0 {
                return Poll::Idle;
            }
            self.1 -= 1;
            self.note("works");
            Poll::Worked
        }

        fn finish(&mut self) {
            self.note("finishes");
        }
    }

    fn crank(stages: &[(&'static str, u32)]) -> (Crank, Receiver<String>) {
        let (sender, receiver) = channel();
        let scribe =
            |&(name, works): &(&'static str, u32)| Box::new(Scribe(name, works, sender.clone())) as Box<dyn Stage>;
        (Crank::new(stages.iter().map(scribe).collect()), receiver)
    }

    #[test]
    fn stages_are_polled_in_order_until_a_whole_turn_is_idle() {
        let (mut crank, notes) = crank(&[("a", 1), ("b", 2)]);
        crank.start();
        assert_eq!(crank.until_idle(10), Poll::Idle);
        assert_eq!(crank.turns(), 3);
        crank.finish();
        let notes: Vec<String> = notes.try_iter().collect();
        let expected = ["a starts", "b starts", "a works", "b works", "b works", "a finishes", "b finishes"];
        assert_eq!(notes, expected);
    }

    #[test]
    fn until_idle_keeps_its_bound() {
        let (mut crank, _notes) = crank(&[("a", 100)]);
        assert_eq!(crank.until_idle(7), Poll::Worked);
        assert_eq!(crank.turns(), 7);
    }

    /// A source that has something to do for a while.
    struct Spring(&'static str, u32, Sender<String>, std::io::PipeReader);

    impl Stage for Spring {
        fn name(&self) -> &str {
            self.0
        }

        fn poll(&mut self) -> Poll {
            let _ = self.2.send(self.0.to_owned());
            self.1 = self.1.saturating_sub(1);
            Poll::from_count(self.1 as usize)
        }

        fn source(&self) -> Option<std::os::fd::RawFd> {
            Some(std::os::fd::AsRawFd::as_raw_fd(&self.3))
        }
    }

    #[test]
    fn what_one_source_brings_has_its_consequences_before_another_is_asked() {
        let (sender, receiver) = channel();
        let spring = |name, count| {
            let (end, _) = std::io::pipe().unwrap();
            Box::new(Spring(name, count, sender.clone(), end)) as Box<dyn Stage>
        };
        let scribe = Box::new(Scribe("reader", 9, sender.clone()));
        let mut crank = Crank::new(vec![spring("a", 3), spring("b", 1), scribe]);
        crank.start();
        receiver.try_iter().for_each(drop);
        crank.turn();
        let notes: Vec<String> = receiver.try_iter().collect();
        assert_eq!(notes, ["a", "reader works", "a", "reader works", "a", "b", "reader works"]);
    }

    #[test]
    fn gauges_count_every_poll_by_what_it_came_to() {
        let (mut crank, _notes) = crank(&[("a", 70)]);
        crank.start();
        for _ in 0..2 * SAMPLED {
            crank.turn();
        }
        assert_eq!(crank.gauges()[0].polls(), (2 * SAMPLED - 70, 70, 0));
        assert!(crank.gauges()[0].heartbeat().last_at_ns().is_some());
    }

    /// Loses its core in the turn that is timed.
    struct Interrupted(u64);

    impl Stage for Interrupted {
        fn name(&self) -> &str {
            "interrupted"
        }

        fn poll(&mut self) -> Poll {
            self.0 += 1;
            if self.0 == SAMPLED {
                std::thread::sleep(Duration::from_millis(2));
            }
            Poll::Worked
        }
    }

    #[test]
    fn a_core_lost_in_a_timed_turn_is_booked_once() {
        let mut crank = Crank::new(vec![Box::new(Interrupted(0))]);
        crank.start();
        for _ in 0..SAMPLED {
            crank.turn();
        }
        let busy_ns = crank.gauges()[0].shown.busy_ns.get();
        assert!((2_000_000..SAMPLED * 2_000_000).contains(&busy_ns), "{busy_ns} ns");
    }
}
