//! What an answer means for what was asked, and what the lack of one does.

use super::gauges::Trouble;
use super::orders::{Cancel, Life};
use super::verdict::{Here, Step, There, step};
use super::{Asked, BANNED, DOUBT_MAX_NS, DOUBT_NS, Desk, Now, Phase, Post, SILENCE_MAX_MS, SLOW_MS, TRY_AGAIN_NS};
use crate::gateway::ask::{Ask, AskId, Known};
use crate::gateway::call::Way;
use crate::gateway::heard::Answer;
use engine_model::order::{ClientOrderId, Order};
use engine_model::planted::planted;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// What a body in nobody's words says, with its status: a no of the front is one to a question; what was to be done it may
/// have passed on before it said so.
pub(super) fn unreadable(ask: &Ask, status: u16) -> Answer {
    let is_no = (400..500).contains(&status) && !ask.is_action();
    if is_no { Answer::Refused(RejectReason::Other) } else { Answer::Unknown }
}

impl Desk {
    pub(super) fn answered(&mut self, id: AskId, answer: Answer, now: Now, post: &mut dyn Post) {
        // One that was late is known to be unknown already, and its order is being asked for.
        let Some(asked) = self.asked.get(id).copied() else { return };
        self.asked.remove(id);
        if let Answer::Later { wait_ms } = answer {
            self.slower(&asked, wait_ms, now);
        }
        match asked.ask {
            Ask::Place(order) => self.placed(&order, answer, now),
            Ask::Cancel(known) | Ask::CancelByRest(known) => self.canceled(&known, answer, now),
            Ask::Modify(known, px, qty) => self.modified(known.id(), (px, qty, asked.at_ns), answer, now),
            Ask::Order(known) => self.looked_up(&known, asked.at_ns, answer, now),
            Ask::Prepare(what) => self.prepared(id, what, answer, now, post),
            Ask::FillsOf(known, _) if answer == Answer::Done => self.orders.searched_of(known.id(), asked.at_ns),
            Ask::FillsOf(..) => {}
            Ask::OpenOrders(_) | Ask::Fills(..) | Ask::Balances | Ask::Positions | Ask::Mode(_) | Ask::Setup(_) => {
                self.round_answered(id, &asked, answer, now);
            }
            Ask::DeadMan(_, 0) => self.ending = self.ending.saturating_sub(1),
            Ask::DeadMan(of, _) => self.dead_man_answered(of, asked.at_ns, answer, now),
            Ask::CancelAll(of) => self.all_canceled(of, answer, now, post),
        }
        if self.phase == Phase::Ready {
            self.look(now, post);
        }
    }

    /// A limit that an order met is one of orders: cancels and questions have their own, and find it out themselves.
    fn slower(&mut self, asked: &Asked, wait_ms: u32, now: Now) {
        match (asked.is_of_orders(), wait_ms) {
            (_, 0) => self.purses.slow_down(SLOW_MS, now.timer_ns),
            (true, wait_ms) => self.purses.slow_down(u64::from(wait_ms), now.timer_ns),
            (false, wait_ms) => self.silence(asked.way, u64::from(wait_ms), now),
        }
    }

    /// The venue wants to hear nothing on that way for so long.
    fn silence(&mut self, way: Way, wait_ms: u64, now: Now) {
        self.troubles.push(Trouble::Silence { way, wait_ms });
        self.purses.silence(way, wait_ms, now.timer_ns);
    }

    /// An answer by REST has the status of a passed limit: of orders, if one met it. Who is banned is silent altogether.
    pub(super) fn limited(&mut self, id: AskId, status: u16, wait_ms: u64, now: Now) {
        let is_of_orders = self.asked.get(id).is_some_and(Asked::is_of_orders);
        match (status == BANNED, is_of_orders) {
            (true, _) => self.silence(Way::Get, wait_ms, now),
            // Until the venue's time, however far that is: cancels pass.
            (false, true) => self.purses.slow_down(wait_ms, now.timer_ns),
            (false, false) => self.silence(Way::Get, wait_ms.min(SILENCE_MAX_MS), now),
        }
    }

    pub(super) fn placed(&mut self, order: &Order, answer: Answer, now: Now) {
        let id = order.client_order_id;
        if planted("gateway/lost-answer-is-a-no") && answer == Answer::Unknown {
            return self.orders.reject(id, RejectReason::Unavailable, Nanos(0), now);
        }
        let is_new = self.orders.living(id).is_some_and(|entry| entry.life == Life::Sent);
        match answer {
            Answer::Done if self.manners.answer_is_final => self.orders.accept(id, Nanos(0), now),
            // The news will tell; if it does not come, it is asked for.
            Answer::Done if is_new => {
                if let Some(entry) = self.orders.living(id) {
                    entry.ask_at_ns = now.timer_ns + self.rules.answer_within_ns;
                    let due = entry.ask_at_ns;
                    self.orders.look_by(due);
                }
            }
            Answer::Done => {}
            // We never use an id twice: somebody on the way did, and the order is there.
            Answer::Refused(RejectReason::DuplicateId) => self.orders.doubt(id, now),
            Answer::Refused(reason) if is_new => {
                self.rejects += 1;
                self.orders.reject(id, reason, Nanos(0), now);
            }
            Answer::Later { .. } if is_new => {
                self.rejects += 1;
                self.orders.reject(id, RejectReason::RateLimited, Nanos(0), now);
            }
            // It was heard of, and is refused: the venue contradicts itself.
            Answer::Refused(_) | Answer::Later { .. } | Answer::Unknown | Answer::More | Answer::NoSuchOrder => {
                self.orders.doubt(id, now)
            }
        }
    }

    pub(super) fn canceled(&mut self, known: &Known, answer: Answer, now: Now) {
        let id = known.id();
        let Some(entry) = self.orders.living(id).filter(|entry| entry.cancel == Cancel::Asked) else { return };
        match answer {
            Answer::Done => {
                // The end comes as news; if it does not, it is asked for.
                entry.ask_at_ns = entry.ask_at_ns.min(now.timer_ns + self.rules.answer_within_ns);
                entry.cancel = Cancel::Doubted;
                let due = entry.ask_at_ns;
                self.orders.look_by(due);
            }
            // A clock, a line, a venue that is busy: the wish outlives them.
            Answer::Later { .. } | Answer::Refused(RejectReason::Unavailable | RejectReason::RateLimited) => {
                entry.cancel = if planted("gateway/cancel-dropped") { Cancel::None } else { Cancel::Wanted };
                entry.cancel_at_ns = entry.cancel_at_ns.max(now.timer_ns + TRY_AGAIN_NS);
                let due = entry.cancel_at_ns;
                self.orders.look_by(due);
            }
            // Executed, not arrived yet, or gone: the venue says which when it is asked.
            Answer::Refused(RejectReason::UnknownOrder) | Answer::NoSuchOrder | Answer::Unknown | Answer::More => {
                entry.cancel = Cancel::Doubted;
                self.orders.doubt(id, now);
            }
            Answer::Refused(reason) => self.orders.refuse_cancel(id, reason, now),
        }
    }

    /// The news may have been faster than the answer, and another change be under way by now.
    fn modified(&mut self, id: ClientOrderId, (px, qty, sent_ns): (Ticks, Lots, u64), answer: Answer, now: Now) {
        let change = self.orders.living(id).and_then(|entry| entry.change);
        if change.is_none_or(|change| change.sent_ns != sent_ns) {
            return;
        }
        match answer {
            Answer::Done if self.manners.answer_is_final => self.orders.change(id, px, qty, Nanos(0), now),
            Answer::Refused(reason) => self.orders.refuse_change(id, reason, now),
            Answer::Later { .. } => self.orders.refuse_change(id, RejectReason::RateLimited, now),
            // Taken in: the news will tell.
            Answer::Done => self.ask_for_change(id, now),
            Answer::Unknown | Answer::More | Answer::NoSuchOrder => self.orders.doubt(id, now),
        }
    }

    /// Asked for when the change can no longer be on its way: what the venue says before that is how the order was.
    fn ask_for_change(&mut self, id: ClientOrderId, now: Now) {
        let wait_ns = self.rules.answer_within_ns;
        let Some(entry) = self.orders.living(id) else { return };
        let Some(change) = entry.change else { return };
        entry.ask_at_ns = now.timer_ns.max(change.sent_ns + wait_ns);
        let due = entry.ask_at_ns;
        self.orders.look_by(due);
    }

    /// The answer to a question about one order. Its news came just before, if it has any.
    fn looked_up(&mut self, known: &Known, asked_ns: u64, answer: Answer, now: Now) {
        let id = known.id();
        let grace_ns = 2 * self.rules.answer_within_ns;
        let Some(entry) = self.orders.living(id) else { return };
        // What was sent may still be on its way; only then does silence state that it never came. And a venue forgets orders
        // that were executed: first its fills are looked through.
        let may_arrive = now.timer_ns.saturating_sub(entry.sent_ns) < grace_ns;
        let there = match answer {
            Answer::Done => return self.stood(id, asked_ns, now),
            Answer::NoSuchOrder if planted("gateway/absence-believed-at-once") => There::Gone,
            Answer::NoSuchOrder if entry.is_searched && !may_arrive => There::Gone,
            Answer::NoSuchOrder | Answer::Refused(_) | Answer::Later { .. } | Answer::Unknown | Answer::More => {
                There::Silent
            }
        };
        if answer == Answer::NoSuchOrder && !entry.is_searched && !may_arrive {
            entry.missing_ns = entry.missing_ns.min(now.timer_ns);
            entry.fills_at_ns = entry.fills_at_ns.min(now.timer_ns);
        }
        match step(Here::Known(entry.status()), there) {
            Step::End => self.orders.vanished(id, now),
            _ => self.ask_again(id, now),
        }
    }

    /// The venue told how an order is. Where it stands as it was, the change that was under way did not happen, and cannot
    /// any more.
    fn stood(&mut self, id: ClientOrderId, asked_ns: u64, now: Now) {
        let change = self.orders.living(id).and_then(|entry| entry.change);
        match change {
            Some(change) if asked_ns >= change.sent_ns + self.rules.answer_within_ns => {
                self.orders.refuse_change(id, RejectReason::Unavailable, now);
            }
            Some(_) => self.ask_for_change(id, now),
            None => {}
        }
    }

    pub(super) fn ask_again(&mut self, id: ClientOrderId, now: Now) {
        let Some(entry) = self.orders.living(id) else { return };
        let wait_ns = (DOUBT_NS << entry.asked.min(8)).min(DOUBT_MAX_NS);
        entry.asked += 1;
        entry.ask_at_ns = now.timer_ns + wait_ns;
        let due = entry.ask_at_ns.min(entry.fills_at_ns);
        self.orders.look_by(due);
    }

    /// What carries a message says that it never left us.
    pub(super) fn not_sent(&mut self, id: AskId, now: Now, post: &mut dyn Post) {
        self.answered(id, Answer::Refused(RejectReason::Unavailable), now, post);
    }

    /// No answer will come: it may have happened or not.
    pub(super) fn unknown_outcome(&mut self, id: AskId, now: Now, post: &mut dyn Post) {
        self.answered(id, Answer::Unknown, now, post);
    }
}
