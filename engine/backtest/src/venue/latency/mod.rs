//! The time things take on their way, and what is on its way.
//!
//! One axis is used: the time at which *we receive* market data. The venue's state at venue time `v` is seen at
//! `v + feed`. An order sent at `s` reaches the venue at venue time `s + order`, and what it meets there is what we see
//! only at `s + order + feed`: that is when it is matched. What happens at `r` on the axis happened at venue time
//! `r - feed`, so its reply reaches us at `r - feed + reply`, but never before the event that made it (`r`).
//! Captured data has its real feed delay in its receive times already: `feed_ns` 0 is right for an order path that is
//! about as fast as the feed.
//!
//! A leg is constant, drawn from a distribution, or as recorded ([`leg`]). Whatever is drawn, requests arrive in the order
//! sent and replies in the order in which they happened, as over one connection.
//!
//! Owns: the legs with their dice, and first-in-first-out queues by due time. Never: a clock; the seed is handed in.

mod leg;

pub use leg::OrderTimes;

use crate::dice::Dice;
use engine_model::units::Nanos;
use leg::{Leg, Way};
use std::collections::VecDeque;
use std::sync::Arc;

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

/// How the legs spread around a [`Latency`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Not at all.
    #[default]
    None,
    /// Any time from the latency up to this one alike.
    Uniform(Latency),
    /// Log-normal: the latency is the median, this one the 99th percentile.
    LogNormal(Latency),
    /// Order and reply as often short and long as measured; the feed's leg is constant.
    Empirical(Arc<[OrderTimes]>),
    /// Order and reply as measured at that time, rising by when they were sent; the feed's leg is constant. In between it is
    /// interpolated, as by `hftbacktest`'s `IntpOrderLatency`.
    Recorded(Arc<[OrderTimes]>),
}

/// The legs of one direction: requests and replies draw from dice of their own.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    feed: Leg,
    order: Leg,
    reply: Leg,
    dice: Dice,
    /// Of the last reply: the venue's own time never runs back, nor does that at which replies arrive.
    last_venue_at_ns: Nanos,
    last_reply_at_ns: Nanos,
}

impl Ways {
    pub(super) fn new(latency: Latency, spread: &Spread, seed: u64) -> Self {
        let legs = |make: fn(u64, u64) -> Leg, high: &Latency| {
            let Latency { feed_ns, order_ns, reply_ns } = latency;
            (make(feed_ns, high.feed_ns), make(order_ns, high.order_ns), make(reply_ns, high.reply_ns))
        };
        let feed = Leg::Constant(latency.feed_ns);
        let (feed, order, reply) = match spread {
            Spread::None => legs(|ns, _| Leg::Constant(ns), &latency),
            Spread::Uniform(high) => legs(Leg::uniform, high),
            Spread::LogNormal(p99) => legs(Leg::log_normal, p99),
            Spread::Empirical(times) => (feed, Leg::empirical(times, Way::There), Leg::empirical(times, Way::Back)),
            Spread::Recorded(times) => {
                (feed, Leg::Recorded(Arc::clone(times), Way::There), Leg::Recorded(Arc::clone(times), Way::Back))
            }
        };
        Self { feed, order, reply, dice: Dice(seed), last_venue_at_ns: Nanos(0), last_reply_at_ns: Nanos(0) }
    }

    /// When a request that was sent then is matched.
    pub(super) fn matched_at(&mut self, sent_at_ns: Nanos) -> Nanos {
        let order_ns = self.order.take(sent_at_ns, &mut self.dice);
        let feed_ns = self.feed.take(sent_at_ns, &mut self.dice);
        sent_at_ns.plus(order_ns.saturating_add(feed_ns))
    }

    /// The venue's own time of what we saw then, and when the reply to it reaches us.
    pub(super) fn replied_at(&mut self, at_ns: Nanos) -> (Nanos, Nanos) {
        let venue_at_ns = Nanos(at_ns.0.saturating_sub(self.feed.take(at_ns, &mut self.dice)));
        self.last_venue_at_ns = self.last_venue_at_ns.max(venue_at_ns);
        let reply_ns = self.reply.take(self.last_venue_at_ns, &mut self.dice);
        self.last_reply_at_ns = self.last_venue_at_ns.plus(reply_ns).max(at_ns).max(self.last_reply_at_ns);
        (self.last_venue_at_ns, self.last_reply_at_ns)
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
        let ways = |latency| Ways::new(latency, &Spread::None, 1);
        let mut slow_reply = ways(Latency { feed_ns: 3, order_ns: 10, reply_ns: 20 });
        let matched = slow_reply.matched_at(Nanos(100));
        assert_eq!(matched, Nanos(113));
        assert_eq!(slow_reply.replied_at(matched), (Nanos(110), Nanos(130)), "sent + order + reply");
        let mut slow_feed = ways(Latency { feed_ns: 50, order_ns: 10, reply_ns: 20 });
        assert_eq!(slow_feed.replied_at(Nanos(500)), (Nanos(450), Nanos(500)));
    }

    #[test]
    fn drawn_legs_differ_by_seed_and_stay_between_their_bounds() {
        let (low, high) =
            (Latency { feed_ns: 1, order_ns: 10, reply_ns: 20 }, Latency { feed_ns: 9, order_ns: 99, reply_ns: 99 });
        let matched = |seed| {
            let mut ways = Ways::new(low, &Spread::Uniform(high), seed);
            (0..100).map(|_| ways.matched_at(Nanos(1_000)).0 - 1_000).collect::<Vec<u64>>()
        };
        assert_eq!(matched(1), matched(1));
        assert_ne!(matched(1), matched(2));
        assert!(matched(1).iter().all(|ns| (11..=108).contains(ns)));
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
