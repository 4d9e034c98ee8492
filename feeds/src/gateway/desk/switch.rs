//! The venue's dead-man switch: which instruments it guards, until when, and when each is due to be told again.
//!
//! No order passes while one of them is not guarded, so a switch that is refused, or that has more instruments than the
//! venue lets us feed, stops orders instead of leaving them alone. Fed only while we hear the venue and the engine hears us.
//!
//! Owns the times. Never: a message; it is turned off only by [`Desk::tick_end`], with no order left.

use super::orders::NEVER;
use super::{Desk, NotSent, Now, PREPARE_AGAIN_NS, Post, TRY_AGAIN_NS};
use crate::gateway::ask::Ask;
use crate::gateway::desk::gauges::Trouble;
use crate::gateway::heard::Answer;
use crate::gateway::tongue::DeadMan;
use engine_model::instrument::InstrumentId;

const SECOND_NS: u64 = 1_000_000_000;

/// The switch of one instrument, or of the whole account.
#[derive(Clone, Copy, Debug)]
struct Guard {
    of: InstrumentId,
    /// To be told again.
    due_ns: u64,
    /// By the last answer it waits until then.
    until_ns: u64,
}

/// The switch. Guards nothing, and is asked nothing, where the venue has none.
#[derive(Debug)]
pub(super) struct Switch {
    seconds: u32,
    is_fed: bool,
    guards: Box<[Guard]>,
    not_before_ns: u64,
    /// Whether it was ever told anything.
    is_armed: bool,
    /// How many were told that it is over.
    off: usize,
}

impl Switch {
    pub(super) fn new(manners: Option<DeadMan>, own: &[InstrumentId]) -> Self {
        let count = manners.map_or(0, |switch| if switch.by_instrument { own.len() } else { own.len().min(1) });
        let guards = own[..count].iter().map(|of| Guard { of: *of, due_ns: NEVER, until_ns: 0 }).collect();
        let (seconds, is_fed) = manners.map_or((0, false), |switch| (switch.seconds, switch.is_fed));
        Self { seconds, is_fed, guards, not_before_ns: 0, is_armed: false, off: 0 }
    }

    /// Lines are up: what was set before may have run out.
    pub(super) fn begin(&mut self, now_ns: u64) {
        self.guards.iter_mut().for_each(|guard| (guard.due_ns, guard.until_ns) = (now_ns, 0));
    }

    /// Whether it guards everything.
    pub(super) fn holds(&self, now_ns: u64) -> bool {
        self.guards.iter().all(|guard| guard.until_ns > now_ns)
    }

    fn wait_ns(&self) -> u64 {
        u64::from(self.seconds) * SECOND_NS
    }

    /// The one that waits longest: none is fed twice before another that was due.
    fn next_due(&mut self, now_ns: u64) -> Option<&mut Guard> {
        let due = |guard: &&mut Guard| guard.due_ns <= now_ns;
        self.guards.iter_mut().filter(due).min_by_key(|guard| guard.due_ns)
    }
}

impl Desk {
    /// Feeds the switch, each instrument at a third of its time. Not while replies wait for the engine: whoever cannot be
    /// told of orders must not keep them standing.
    pub(super) fn feed_dead_man(&mut self, now: Now, post: &mut dyn Post) {
        let every_ns = self.switch.wait_ns() / 3;
        if self.is_backed_up() || now.timer_ns < self.switch.not_before_ns {
            return;
        }
        while let Some(of) = self.switch.next_due(now.timer_ns).map(|guard| guard.of) {
            let sent = self.send(Ask::DeadMan(of, self.switch.seconds), now, post);
            let Some(guard) = self.switch.next_due(now.timer_ns) else { return };
            match sent {
                Ok(_) => {
                    guard.due_ns = now.timer_ns + every_ns;
                    self.switch.is_armed = true;
                }
                // The venue has none for it.
                Err(NotSent::NotThere) => (guard.due_ns, guard.until_ns) = (NEVER, NEVER),
                Err(_) => {
                    self.switch.not_before_ns = now.timer_ns + TRY_AGAIN_NS;
                    return;
                }
            }
        }
    }

    pub(super) fn dead_man_answered(&mut self, of: InstrumentId, asked_ns: u64, answer: Answer, now: Now) {
        let wait_ns = self.switch.wait_ns();
        let Some(guard) = self.switch.guards.iter_mut().find(|guard| guard.of == of) else { return };
        if answer == Answer::Done && self.switch.is_fed {
            guard.until_ns = guard.until_ns.max(asked_ns + wait_ns);
        } else if answer == Answer::Done {
            // Set, and not fed: until a line is lost.
            (guard.due_ns, guard.until_ns) = (NEVER, NEVER);
        } else {
            guard.due_ns = guard.due_ns.min(now.timer_ns + PREPARE_AGAIN_NS);
            self.troubles.push(Trouble::DeadMan);
        }
    }

    /// Turns it off, as far as there is a budget. Whether every one was told.
    pub(super) fn turn_off(&mut self, now: Now, post: &mut dyn Post) -> bool {
        while self.switch.is_armed
            && let Some(guard) = self.switch.guards.get(self.switch.off).copied()
        {
            match self.send(Ask::DeadMan(guard.of, 0), now, post) {
                Ok(_) => self.ending += 1,
                Err(NotSent::NotThere) => {}
                Err(_) => return false,
            }
            self.switch.off += 1;
        }
        true
    }
}
