//! Judging again what was judged before: the journal's way to the state that a run ended in.

use crate::execution::Anomaly;
use crate::risk::{Breaches, Cause, Decision, Outside, Risk};
use engine_model::command::Command;
use engine_model::intent::Intent;
use engine_model::order::OrderEvent;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::Nanos;

/// What a recorded decision had answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A wish.
    Wish(Intent),
    /// A command.
    Command(Command),
    /// None: risk changed the trading state by itself, for this cause.
    Own(Cause),
    /// None: a day began between two judgements, or ten seconds passed.
    Mark,
}

impl Outside {
    /// What a denial tells: the kill switch, the sentinel and a full ring are in no event, but among the breaches.
    #[must_use]
    pub fn of_denial(breaches: Breaches, worst: Refusal) -> Self {
        let told = |check| {
            breaches.contains(check).then_some(match worst.check == check {
                true => (worst.value as u64, worst.limit as u64),
                false => (1, 0), // how full is not told, only that it was
            })
        };
        let (full, journal) = (told(Check::Backpressure), told(Check::JournalHealth));
        let (killed, unwatched) = (breaches.contains(Check::Killed), breaches.contains(Check::Unwatched));
        Self { killed, unwatched, scarce: breaches.contains(Check::DiskScarce), full, journal }
    }
}

impl Risk {
    /// Why a report out of a file cannot follow, if it cannot: asked before [`Risk::on_report`], which is told by execution
    /// and panics.
    #[must_use]
    pub fn doubt(&self, report: &Report) -> Option<Anomaly> {
        match report.event {
            // Execution passes on no other.
            OrderEvent::Opened(opening) if !opening.is_possible() => return Some(Anomaly::ImpossibleFill),
            OrderEvent::ClosedOut(closeout) if !closeout.is_possible() => return Some(Anomaly::ImpossibleFill),
            event if event.is_of_account() => return None, // of any order or none
            _ => {}
        }
        let id = report.client_order_id;
        let Some(row) = self.orders.get(id) else {
            // Our own no is the only report of an order that was never approved.
            return match report.event {
                OrderEvent::Denied(_) => None,
                // Adopted, of a run before.
                OrderEvent::Accepted => self.orders.look(report).err(),
                _ => Some(self.orders.absence(id)),
            };
        };
        // A change, asked for or made, and letting go are the reports that bring another price and quantity.
        let is_change = matches!(report.event, OrderEvent::Updated | OrderEvent::PendingUpdate | OrderEvent::Released);
        let is_ahead = matches!(report.event, OrderEvent::Filled { .. }) && report.filled_qty > row.qty;
        let (px, qty) = match (is_change, is_ahead) {
            (true, _) => (report.px, report.qty),
            (_, true) => (row.px, row.asked_qty), // filled beyond what it was: the change under way was made
            _ => (row.px, row.qty),
        };
        let of_row = (row.strategy, row.instrument, row.side, px, qty);
        if of_row != (report.strategy, report.instrument, report.side, report.px, report.qty) {
            return Some(Anomaly::InvalidTransition);
        }
        self.orders.look(report).err()
    }

    /// Decides again. The caller has fed every event up to the record's `seen`, and compares: a decision that differs from
    /// the record, or `None`, means that the run cannot be replayed.
    pub fn answer(&mut self, question: &Question, now: Nanos, outside: Outside) -> Option<Decision> {
        if *question == Question::Mark {
            return self.watch_loss(now);
        }
        if let Question::Own(_) = question {
            self.decided = None; // this one was decided, whatever was before it
        }
        // Every judgement begins with a review. In the run it changed nothing here, or it would stand in the record.
        let reviewed = self.review(now, outside.killed);
        match question {
            _ if reviewed.is_some() => reviewed,
            Question::Own(_) | Question::Mark => None,
            Question::Command(command) => Some(self.on_command(command, now)),
            Question::Wish(intent) => Some(self.judge(intent, now, outside)),
        }
    }
}
