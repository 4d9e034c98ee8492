//! The time things take on their way, and what is on its way.
//!
//! One axis is used: the time at which *we receive* market data. The venue's state at venue time `v` is seen at
//! `v + feed`. An order sent at `s` reaches the venue at venue time `s + order`, and what it meets there is what we see
//! only at `s + order + feed`: that is when it is matched. What happens at `r` on the axis happened at venue time
//! `r - feed`, so its reply reaches us at `r - feed + reply`, but never before the event that made it (`r`).
//! Captured data has its real feed delay in its receive times already: `feed_ns` 0 is right for an order path that is
//! about as fast as the feed.
//!
//! Owns: three constants, and first-in-first-out queues by due time. Never: a clock.

use engine_model::units::Nanos;
use std::collections::VecDeque;

/// How long each leg takes. Constant: the same input gives the same replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the venue's book to us.
    pub feed_ns: u64,
    /// From our gateway to the venue's matching.
    pub order_ns: u64,
    /// From there back to our gateway.
    pub reply_ns: u64,
}

impl Latency {
    /// When a request that was sent then is matched.
    #[must_use]
    pub const fn matched_at(&self, sent_at_ns: Nanos) -> Nanos {
        sent_at_ns.plus(self.order_ns.saturating_add(self.feed_ns))
    }

    /// When the reply to what happened then reaches us.
    #[must_use]
    pub const fn replied_at(&self, at_ns: Nanos) -> Nanos {
        at_ns.plus(self.reply_ns.saturating_sub(self.feed_ns))
    }

    /// The venue's own time of what we saw then.
    #[must_use]
    pub const fn venue_at(&self, at_ns: Nanos) -> Nanos {
        Nanos(at_ns.0.saturating_sub(self.feed_ns))
    }
}

/// Things on their way, in the order in which they left; none overtakes another.
#[derive(Debug)]
pub(super) struct Delayed<T> {
    queue: VecDeque<(Nanos, T)>,
    capacity: usize,
    last_due_ns: Nanos,
}

impl<T> Delayed<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { queue: VecDeque::with_capacity(capacity), capacity, last_due_ns: Nanos(0) }
    }

    /// How many more fit without memory being asked for.
    pub(super) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.queue.len())
    }

    pub(super) fn push(&mut self, due_ns: Nanos, thing: T) {
        debug_assert!(self.room() > 0, "the caller looks for room first");
        self.last_due_ns = self.last_due_ns.max(due_ns);
        self.queue.push_back((self.last_due_ns, thing));
    }

    /// When the first is due.
    pub(super) fn next_due(&self) -> Option<Nanos> {
        self.queue.front().map(|(due_ns, _)| *due_ns)
    }

    /// The first, if it is due.
    pub(super) fn due(&self, now: Nanos) -> Option<&T> {
        self.queue.front().filter(|(due_ns, _)| *due_ns <= now).map(|(_, thing)| thing)
    }

    pub(super) fn pop(&mut self) -> Option<(Nanos, T)> {
        self.queue.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_add_up_to_the_round_trip_and_no_reply_precedes_its_cause() {
        let slow_reply = Latency { feed_ns: 3, order_ns: 10, reply_ns: 20 };
        let matched = slow_reply.matched_at(Nanos(100));
        assert_eq!(matched, Nanos(113));
        assert_eq!(slow_reply.venue_at(matched), Nanos(110));
        assert_eq!(slow_reply.replied_at(matched), Nanos(130), "sent + order + reply");
        let slow_feed = Latency { feed_ns: 50, order_ns: 10, reply_ns: 20 };
        assert_eq!(slow_feed.replied_at(Nanos(500)), Nanos(500));
    }

    #[test]
    fn what_left_first_arrives_first() {
        let mut delayed = Delayed::new(2);
        delayed.push(Nanos(20), 'a');
        delayed.push(Nanos(10), 'b');
        assert_eq!((delayed.due(Nanos(19)), delayed.room()), (None, 0));
        assert_eq!(delayed.due(Nanos(20)), Some(&'a'));
        assert_eq!(delayed.pop(), Some((Nanos(20), 'a')));
        assert_eq!(delayed.pop(), Some((Nanos(20), 'b')));
        assert_eq!(delayed.next_due(), None);
    }
}
