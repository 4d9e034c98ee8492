//! What time brings: lines that come and go, what must be asked for before them and now and then, answers that are late,
//! orders that something is due of.

use super::orders::{self, NEVER};
use super::{DEAF_AFTER, Desk, NotSent, Now, PREPARE_AGAIN_NS, Phase, Post, TRY_AGAIN_NS};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::call::Way;
use crate::gateway::desk::gauges::Trouble;
use crate::gateway::heard::Answer;
use engine_model::instrument::Name;
use engine_model::order::ClientOrderId;
use engine_model::units::Nanos;

/// After a token was not said to be kept.
const KEEP_AGAIN_NS: u64 = 60_000_000_000;
/// Orders looked at in one go.
const DUE: [ClientOrderId; 32] = [ClientOrderId(0); 32];

impl Desk {
    /// A line is welcome.
    pub(super) fn line_up(&mut self, line: usize, now: Now) {
        self.lines_up |= 1 << line;
        if self.manners.orders_on == Some(line) {
            self.silent_since_ns = NEVER;
        }
        if self.phase == Phase::Opening {
            self.reconcile_if_open(now);
        }
    }

    fn reconcile_if_open(&mut self, now: Now) {
        if self.lines_up.count_ones() as usize == self.manners.lines.len() {
            self.phase = Phase::Reconciling;
            self.round.start_full(now.timer_ns);
            self.setups.look_now();
            self.switch.begin(now.timer_ns);
        }
    }

    /// A line is gone, and with it the answers to what was asked on it. It was last heard at `heard_ns` of the timers: on a
    /// line that died in silence that is long ago.
    pub(super) fn line_down(&mut self, line: usize, heard_ns: u64, now: Now, post: &mut dyn Post) {
        self.lines_up &= !(1 << line);
        self.deaf[line] = 0;
        if self.manners.orders_on == Some(line) {
            self.silent_since_ns = now.timer_ns;
        }
        if matches!(self.phase, Phase::Ready | Phase::Reconciling) {
            self.lost_since(heard_ns, now);
        }
        if !matches!(self.phase, Phase::Ending | Phase::Ended | Phase::Refused) {
            (self.phase, self.prepared, self.prepare_at_ns) = (Phase::Preparing, 0, now.timer_ns);
        }
        while let Some(id) = self.first_on(line) {
            self.unknown_outcome(id, now, post);
        }
    }

    /// From a little before: what was under way then may have been lost, too.
    fn lost_since(&mut self, heard_ns: u64, now: Now) {
        let ago_ns = now.timer_ns.saturating_sub(heard_ns).saturating_add(self.rules.answer_within_ns * 2);
        self.round.lost(Nanos(now.venue.0.saturating_sub(ago_ns)));
    }

    /// Something was said on a line that nobody here understands: it may have been an execution.
    pub(super) fn misheard(&mut self, now: Now) {
        match self.phase {
            Phase::Ready => {
                self.phase = Phase::Reconciling;
                self.round.start_full(now.timer_ns);
            }
            // Where the round is over its executions were asked for before.
            Phase::Reconciling if !self.round.is_under_way() => self.round.start_full(now.timer_ns),
            Phase::Reconciling => self.round.repeat(),
            _ => return,
        }
        self.lost_since(now.timer_ns, now);
    }

    fn first_on(&self, line: usize) -> Option<AskId> {
        self.asked.iter().find(|(_, asked)| asked.way == Way::Line(line)).map(|(id, _)| *id)
    }

    /// Whether lines may be opened.
    pub(super) fn opens_lines(&self) -> bool {
        matches!(self.phase, Phase::Opening | Phase::Reconciling | Phase::Ready)
    }

    /// What time alone brings.
    pub(super) fn tick(&mut self, now: Now, post: &mut dyn Post) {
        self.find_late(now, post);
        match self.phase {
            Phase::Preparing => self.prepare(now, post),
            Phase::Reconciling | Phase::Ready => {
                self.feed_dead_man(now, post);
                self.go_round(now, post);
                self.keep(now, post);
                self.admit(now);
            }
            Phase::Ending => self.tick_end(now, post),
            Phase::Refused => self.tick_refused(now, post),
            Phase::Opening | Phase::Ended => {}
        }
        self.look(now, post);
    }

    pub(super) fn find_late(&mut self, now: Now, post: &mut dyn Post) {
        while let Some((by_ns, id)) = self.late.front().copied()
            && by_ns <= now.timer_ns
        {
            self.late.pop_front();
            let Some(asked) = self.asked.get(id).copied() else { continue };
            self.unknown_outcome(id, now, post);
            if let Way::Line(line) = asked.way {
                self.deaf[line] += 1;
                if self.deaf[line] >= DEAF_AFTER {
                    post.give_up(line);
                }
            }
        }
    }

    fn prepare(&mut self, now: Now, post: &mut dyn Post) {
        if self.preparing.is_some() || now.timer_ns < self.prepare_at_ns {
            return;
        }
        let next = self.manners.before.get(self.prepared).copied();
        match next {
            // Looked at before the start, see `inspect`.
            Some(Prepare::Rights) => self.prepared += 1,
            Some(what) => match self.send(Ask::Prepare(what), now, post) {
                Ok(id) => self.preparing = Some(id),
                Err(NotSent::NotThere) => self.prepared += 1,
                Err(_) => self.prepare_at_ns = now.timer_ns + PREPARE_AGAIN_NS,
            },
            None => {
                self.phase = Phase::Opening;
                self.orders.begins(now);
                self.again_at_ns = self.manners.again.map_or(NEVER, |(_, every_ns)| now.timer_ns + every_ns);
                self.reconcile_if_open(now);
            }
        }
    }

    pub(super) fn prepared(&mut self, id: AskId, what: Prepare, answer: Answer, now: Now, post: &mut dyn Post) {
        if what == Prepare::KeepToken {
            return self.kept(answer, now, post);
        }
        if self.preparing == Some(id) {
            self.preparing = None;
            match answer {
                Answer::Done => self.prepared += 1,
                Answer::Refused(reason) => {
                    self.troubles.push(Trouble::Unprepared { what, reason });
                    self.prepare_at_ns = now.timer_ns + PREPARE_AGAIN_NS;
                }
                _ => self.prepare_at_ns = now.timer_ns + PREPARE_AGAIN_NS,
            }
        }
    }

    /// A token that the venue does not keep dies, and with it what it opened, perhaps without a word.
    fn kept(&mut self, answer: Answer, now: Now, post: &mut dyn Post) {
        match answer {
            Answer::Done => {}
            Answer::Refused(reason) => {
                self.troubles.push(Trouble::Unprepared { what: Prepare::KeepToken, reason });
                (0..self.manners.lines.len()).for_each(|line| post.give_up(line));
            }
            _ => self.again_at_ns = self.again_at_ns.min(now.timer_ns + KEEP_AGAIN_NS),
        }
    }

    /// Tokens live only if they are kept, and a clock is looked at again: where it was found wrong, and now and then.
    fn keep(&mut self, now: Now, post: &mut dyn Post) {
        if now.timer_ns < self.again_at_ns {
            return;
        }
        let kept = self.manners.again;
        self.again_at_ns = now.timer_ns + kept.map_or(PREPARE_AGAIN_NS, |(_, every_ns)| every_ns);
        let asks = [Some(Prepare::Time), kept.map(|(what, _)| what).filter(|what| *what != Prepare::Time)];
        let is_sent = asks.into_iter().flatten().all(|what| self.send(Ask::Prepare(what), now, post).is_ok());
        if !is_sent {
            self.again_at_ns = now.timer_ns + PREPARE_AGAIN_NS;
        } else if kept.is_none() {
            self.again_at_ns = NEVER;
        }
    }

    /// Looks at every order that has something due: cancels that wait, states and fills that are not known.
    pub(super) fn look(&mut self, now: Now, post: &mut dyn Post) {
        if now.timer_ns < self.orders.due_ns {
            return;
        }
        self.orders.due_ns = NEVER;
        let mut due = DUE;
        let mut count = 0;
        for (id, entry) in self.orders.entries.iter() {
            let next_ns = entry.due_ns();
            if next_ns <= now.timer_ns {
                if count < due.len() {
                    due[count] = *id;
                }
                count += 1;
            } else {
                self.orders.due_ns = self.orders.due_ns.min(next_ns);
            }
        }
        if count > due.len() {
            self.orders.look_by(now.timer_ns + 1);
        }
        for id in due.into_iter().take(count) {
            self.look_at(id, now, post);
            // One thing was due, another of the same order may be later.
            let next_ns = self.orders.entries.get(id).map_or(NEVER, |entry| entry.due_ns());
            self.orders.look_by(next_ns.max(now.timer_ns + 1));
        }
    }

    fn look_at(&mut self, id: ClientOrderId, now: Now, post: &mut dyn Post) {
        self.cancel(id, now, post);
        let Some(entry) = self.orders.entries.get(id).copied() else { return };
        let order = entry.known.order;
        if entry.ask_at_ns <= now.timer_ns {
            let wait_ns = match self.send(Ask::Order(entry.known), now, post) {
                // Its answer, or that it is late, says what is next.
                Ok(_) => 2 * self.rules.answer_within_ns,
                Err(_) => TRY_AGAIN_NS,
            };
            self.postpone(id, wait_ns, now, |entry| &mut entry.ask_at_ns);
        }
        if entry.fills_at_ns <= now.timer_ns {
            let since = entry.missing_since();
            let is_named = entry.known.venue_order_id != Name::default();
            let ask = if is_named { Ask::FillsOf(entry.known, since) } else { Ask::Fills(order.instrument, since) };
            let mut sent = self.send(ask, now, post);
            if sent == Err(NotSent::NotThere) {
                sent = self.send(Ask::Fills(order.instrument, since), now, post);
            }
            if let (Ok(_), Some(entry)) = (sent, self.orders.entries.get_mut(id)) {
                entry.fills_asked += 1;
            }
            let wait_ns = if sent.is_ok() { self.rules.answer_within_ns } else { TRY_AGAIN_NS };
            self.postpone(id, wait_ns, now, |entry| &mut entry.fills_at_ns);
        }
    }

    pub(super) fn postpone(
        &mut self,
        id: ClientOrderId,
        wait_ns: u64,
        now: Now,
        time: impl Fn(&mut orders::Entry) -> &mut u64,
    ) {
        let due = now.timer_ns + wait_ns;
        if let Some(entry) = self.orders.entries.get_mut(id) {
            *time(entry) = due;
            self.orders.look_by(due);
        }
    }
}
