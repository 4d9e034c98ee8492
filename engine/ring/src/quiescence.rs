//! When has a stopped run come to rest?
//!
//! Owns the question each thread asks after stop was raised, while it keeps polling: is there still something on its way
//! to me? A thread may leave when, between two moments, every thread made a whole round and none of them did any work: then
//! nothing was in flight at the first moment. Threads that left or died count as resting. Never waits by itself.

use crate::counter::{CachePadded, Counter};
use crate::stage::Poll;

/// What the threads tell each other while they drain.
pub(crate) struct Quiescence(Vec<CachePadded<Told>>);

/// One thread's word.
#[derive(Default)]
struct Told {
    worked: Counter,
    rounds: Counter,
    left: Counter,
}

/// The first of the two moments, as one thread saw it.
pub(crate) struct Since {
    worked: u64,
    rounds: Vec<u64>,
}

impl Quiescence {
    pub(crate) fn new(threads: usize) -> Self {
        Self((0..threads).map(|_| CachePadded::default()).collect())
    }

    /// Thread `me` made a round.
    pub(crate) fn tell(&self, me: usize, round: Poll) {
        // Work first, then the round: who sees the round sees the work.
        if round == Poll::Worked {
            self.0[me].worked.add(1);
        }
        self.0[me].rounds.set_release(self.0[me].rounds.get() + 1);
    }

    /// Thread `me` polls no more.
    pub(crate) fn leave(&self, me: usize) {
        self.0[me].left.set_release(1);
    }

    /// A moment before all work: made before the run, because a run does not allocate.
    pub(crate) fn before(&self) -> Since {
        Since { worked: 0, rounds: vec![0; self.0.len()] }
    }

    /// Moves `since` up to now.
    pub(crate) fn mark(&self, since: &mut Since) {
        for (told, rounds) in self.0.iter().zip(&mut since.rounds) {
            *rounds = told.rounds.get_acquire();
        }
        since.worked = self.worked();
    }

    /// Whether every thread has rested since then; moves `since` up to now if somebody worked.
    pub(crate) fn rested(&self, since: &mut Since) -> bool {
        // Two more rounds: the first may have begun before the moment, the second lies wholly after it.
        let whole_round = |(told, &then): (&CachePadded<Told>, &u64)| {
            told.left.get_acquire() != 0 || told.rounds.get_acquire() >= then + 2
        };
        let all_round = self.0.iter().zip(&since.rounds).all(whole_round);
        if self.worked() != since.worked {
            self.mark(since);
            return false;
        }
        all_round
    }

    fn worked(&self) -> u64 {
        self.0.iter().map(|told| told.worked.get()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_rests_after_two_rounds_without_work() {
        let all = Quiescence::new(1);
        let mut since = all.before();
        all.mark(&mut since);
        all.tell(0, Poll::Idle);
        assert!(!all.rested(&mut since));
        all.tell(0, Poll::Idle);
        assert!(all.rested(&mut since));
    }

    #[test]
    fn nobody_rests_while_another_has_not_come_round_or_worked() {
        let all = Quiescence::new(2);
        let mut since = all.before();
        all.mark(&mut since);
        for _ in 0..5 {
            all.tell(0, Poll::Idle);
        }
        assert!(!all.rested(&mut since), "thread 1 has not polled since");
        all.tell(1, Poll::Worked);
        all.tell(1, Poll::Idle);
        assert!(!all.rested(&mut since), "its work may have been for us");
        for me in [0, 1, 0, 1] {
            all.tell(me, Poll::Idle);
        }
        assert!(all.rested(&mut since));
    }

    #[test]
    fn a_thread_that_left_is_not_waited_for() {
        let all = Quiescence::new(2);
        let mut since = all.before();
        all.mark(&mut since);
        all.leave(1);
        all.tell(0, Poll::Blocked);
        all.tell(0, Poll::Blocked);
        assert!(all.rested(&mut since));
    }
}
