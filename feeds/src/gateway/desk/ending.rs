//! The end of a run: no order passes any more, what still stands is withdrawn, and only then the venue's switch is turned
//! off. Lines close behind it.
//!
//! Never: turns the switch off while an order is open or unknown. What cannot be withdrawn in time is left to the switch,
//! and told.

use super::orders::{Cancel, Entry, Life};
use super::{Desk, NotSent, Now, PREPARE_AGAIN_NS, Phase, Post};
use crate::gateway::ask::Ask;
use crate::gateway::desk::gauges::Trouble;
use crate::gateway::heard::Answer;
use engine_model::instrument::InstrumentId;

/// Longest wait for the answers to the last messages of a run.
const END_WITHIN_NS: u64 = 4_000_000_000;
/// Between two tries to withdraw with a key that is refused.
const REFUSED_WITHDRAW_NS: u64 = 5_000_000_000;

impl Desk {
    pub(super) fn end(&mut self, now: Now, post: &mut dyn Post) {
        if matches!(self.phase, Phase::Ending | Phase::Ended) {
            return;
        }
        (self.phase, self.end_by_ns, self.withdraw_at_ns) = (Phase::Ending, now.timer_ns + END_WITHIN_NS, now.timer_ns);
        self.go_on_ending(now, post);
    }

    /// What time alone brings at the end.
    pub(super) fn tick_end(&mut self, now: Now, post: &mut dyn Post) {
        let orders = self.orders.open();
        let is_late = now.timer_ns >= self.end_by_ns;
        if is_late && orders > 0 {
            self.troubles.push(Trouble::LeftOpen { orders });
        }
        if is_late || self.go_on_ending(now, post) {
            self.phase = Phase::Ended;
        }
    }

    /// The key is refused: what stands is withdrawn as far as REST still takes it, and the key is tried again now and then.
    pub(super) fn tick_refused(&mut self, now: Now, post: &mut dyn Post) {
        if now.timer_ns >= self.prepare_at_ns {
            (self.phase, self.prepared) = (Phase::Preparing, 0);
        } else if now.timer_ns >= self.withdraw_at_ns {
            self.withdraw_at_ns = now.timer_ns + REFUSED_WITHDRAW_NS;
            self.withdraw_all(now, post);
        }
    }

    /// Whether the run ended in order, with no order that may stand.
    pub(super) fn has_nothing_left(&self) -> bool {
        matches!(self.phase, Phase::Ending | Phase::Ended) && self.orders.open() == 0
    }

    /// Whether nothing is left to do.
    fn go_on_ending(&mut self, now: Now, post: &mut dyn Post) -> bool {
        if self.orders.open() > 0 {
            if now.timer_ns >= self.withdraw_at_ns {
                self.withdraw_at_ns = now.timer_ns + PREPARE_AGAIN_NS;
                self.withdraw_all(now, post);
            }
            return false;
        }
        self.turn_off(now, post) && self.ending == 0
    }

    /// By REST, on each instrument that an order of ours may stand on: one message each, whatever the lines do.
    fn withdraw_all(&mut self, now: Now, post: &mut dyn Post) {
        for at in 0..self.own.len() {
            let of = self.own[at];
            let stands = |entry: &Entry| entry.life != Life::Over && entry.known.order.instrument == of;
            if !self.orders.entries.iter().any(|(_, entry)| stands(entry)) {
                continue;
            }
            match self.send(Ask::CancelAll(of), now, post) {
                // The venue withdraws what is named to it: the list comes first. What fails here is tried again.
                Err(NotSent::NotYet) => drop(self.send(Ask::OpenOrders(of), now, post)),
                Err(NotSent::NotThere) => self.wish_canceled(of, now),
                _ => {}
            }
        }
    }

    /// One by one, at a venue that has no other way.
    fn wish_canceled(&mut self, of: InstrumentId, now: Now) {
        let is_left = |entry: &Entry| {
            entry.life != Life::Over && entry.known.order.instrument == of && entry.cancel == Cancel::None
        };
        loop {
            let found = self.orders.entries.iter().find(|(_, entry)| is_left(entry)).map(|(id, _)| *id);
            let Some(entry) = found.and_then(|id| self.orders.living(id)) else { break };
            entry.cancel = Cancel::Wanted;
        }
        self.orders.look_by(now.timer_ns);
    }

    /// What became of each is asked for. Where the venue withdraws by halves the other is asked for at once.
    pub(super) fn all_canceled(&mut self, of: InstrumentId, answer: Answer, now: Now, post: &mut dyn Post) {
        match answer {
            Answer::Done => _ = self.orders.doubt_all(|entry| entry.known.order.instrument == of, now),
            // What fails here is tried again.
            Answer::More => drop(self.send(Ask::CancelAll(of), now, post)),
            _ => {}
        }
    }
}
