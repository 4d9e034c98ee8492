//! What is not known of orders, and when it is asked for.
//!
//! Never: a question; the desk asks.

use super::{Entry, Life, NEVER, Now, Orders};
use engine_model::order::ClientOrderId;

impl Orders {
    /// The next look at orders is due no later than then.
    pub(in super::super) fn look_by(&mut self, at_ns: u64) {
        self.due_ns = self.due_ns.min(at_ns);
    }

    /// What became of an order is not known: it is asked for before anything else.
    pub(in super::super) fn doubt(&mut self, id: ClientOrderId, now: Now) {
        if let Some(entry) = self.living(id) {
            entry.doubt(now);
            self.look_by(now.timer_ns);
        }
    }

    /// The same of every order that is like that. How many were not doubted before.
    pub(in super::super) fn doubt_all(&mut self, is_it: impl Fn(&Entry) -> bool, now: Now) -> u64 {
        let mut count = 0;
        let living = |entry: &&mut Entry| entry.life != Life::Over && entry.ask_at_ns == NEVER;
        for entry in self.entries.values_mut().filter(living).filter(|entry| is_it(entry)) {
            entry.doubt(now);
            count += 1;
        }
        if count > 0 {
            self.look_by(now.timer_ns);
        }
        count
    }
}
