//! What a venue closes of a position by itself, and the exits of it: what could only close it before can only close what is
//! left.
//!
//! Owns: how much less each exit is from now on. Never: what a fee took, that is its order's (see [`Desk::charge`]); single
//! orders, which are as large as whoever wished for them said.

use super::entry::Entry;
use super::follow::back_off;
use super::way::Way;
use super::{Desk, NEVER};
use engine_model::closeout::shares;
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos};

/// A position before the venue closed a part of it, and what it has left.
#[derive(Clone, Copy, Debug)]
struct Cut {
    instrument: InstrumentId,
    /// Of what exits it.
    side: Side,
    before: i64,
    left: i64,
}

impl Desk {
    /// The venue closed a part of the position, of which the account holds the rest by now.
    #[cold]
    pub(in crate::strategy) fn shrink_exits(&mut self, way: &mut Way<'_>, instrument: InstrumentId, before: Lots) {
        let sign = before.0.signum();
        debug_assert_ne!(sign, 0, "nobody loses what he does not hold");
        let left = (way.account.position(instrument).0 * sign).max(0);
        let side = if sign > 0 { Side::Sell } else { Side::Buy };
        let cut = Cut { instrument, side, before: before.0.abs(), left };
        let mut smaller = std::mem::take(&mut self.smaller);
        self.share_out(&cut, &mut smaller);
        let is_changed = !smaller.is_empty();
        for (at, part) in smaller.drain(..) {
            let whole = self.exit_of_list(&cut, at) + part;
            for other in at..self.entries.len() {
                if self.is_alternative(at, other) {
                    let beyond = self.rest(&cut, other) - whole;
                    self.entries[other].closed.0 += beyond.max(0);
                }
            }
        }
        self.smaller = smaller;
        if !is_changed {
            return;
        }
        for at in 0..self.entries.len() {
            if !self.entries[at].is_over() {
                self.keep_in_step(way, at);
            }
        }
        self.pay(way);
        self.forget_all();
        self.look_around(instrument);
    }

    /// Who exits how much less, so that together they close no more than what is left.
    fn share_out(&self, cut: &Cut, smaller: &mut Vec<(usize, i64)>) {
        let exits = (0..self.entries.len()).map(|at| self.exit_of_list(cut, at));
        let too_much = exits.clone().map(i128::from).sum::<i128>() - i128::from(cut.left);
        if let Ok(too_much @ 1..) = i64::try_from(too_much) {
            shares(-too_much, exits, |at, part| smaller.push((at, part)));
        }
    }

    /// How much the orders that this one is the first of can exit: of a list the most that one of them can, for they make
    /// room for each other; of a child by itself what it can. Zero of all others.
    fn exit_of_list(&self, cut: &Cut, at: usize) -> i64 {
        let is_first = !(0..at).any(|other| self.is_alternative(at, other) && self.rest(cut, other) > 0);
        if !is_first || self.rest(cut, at) == 0 {
            return 0;
        }
        let own = (at..self.entries.len()).filter(|other| self.is_alternative(at, *other));
        let most = own.map(|other| self.rest(cut, other)).max().unwrap_or(0);
        // Two that are nobody's children may be meant to turn a position over: those that could, are.
        if self.entries[at].is_child() || most <= cut.before { most } else { 0 }
    }

    /// Whether both are tied to each other, or are the same.
    fn is_alternative(&self, at: usize, other: usize) -> bool {
        let [own, other] = [&self.entries[at], &self.entries[other]];
        own.root == other.root || own.order.list != 0 && own.order.list == other.order.list
    }

    /// What one order that follows others, or is tied to them, can still do to close such a position.
    fn rest(&self, cut: &Cut, at: usize) -> i64 {
        let Entry { order, filled, .. } = self.entries[at];
        let is_tied = self.entries[at].is_child() || order.list != 0 && !self.entries[at].is_slice();
        let exits = is_tied && order.instrument == cut.instrument && order.side == cut.side;
        if exits && !self.entries[at].is_over() { (self.allowed(at).0 - filled.0).max(0) } else { 0 }
    }

    /// An order that stands for more than it may, and was not made smaller: it is asked for again soon, news or not.
    #[cold]
    pub(super) fn shrink_later(&mut self, at: usize, now: Nanos) {
        let entry = self.entries[at];
        let is_tied = entry.is_child() || entry.order.list != 0;
        if entry.again_at_ns != NEVER || !is_tied || self.allowed(at) >= entry.sent {
            return;
        }
        let again_at_ns = now.plus(back_off(entry.refused));
        let entry = &mut self.entries[at];
        (entry.again_at_ns, entry.refused) = (again_at_ns, entry.refused.saturating_add(1));
        self.due_at_ns = self.due_at_ns.min(again_at_ns);
    }
}
