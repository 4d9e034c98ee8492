//! How much may still be asked of a venue: orders in a window that moves, cancels in one of their own, questions by the
//! minute, the dead-man switch apart from them, and silences that the venue asks for.
//!
//! A cancel counts against orders, where venues count both; neither orders nor what others use ever count against a cancel.
//! A venue counts lines and REST apart, so a silence by REST leaves a healthy line its orders and cancels, and the other way.
//!
//! Owns no clock. Never: decides what is worth asking.

use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::tongue::Allowance;
use crate::net::budget::Budget;
use std::collections::VecDeque;

const MILLI_NS: u64 = 1_000_000;
/// Of what is at hand for questions, rounds leave one part of so many to those about single orders.
const LEFT_BY_ROUNDS: u32 = 3;

/// The budgets of one venue.
#[derive(Debug)]
pub(super) struct Purses {
    allowance: Allowance,
    /// When each unit of the last window was spent, oldest first; never more than the allowance.
    spent_ns: VecDeque<u64>,
    /// The same, of cancels alone.
    canceled_ns: VecDeque<u64>,
    questions: Budget,
    /// Of the switch alone: no round and no look-up may starve it.
    switch: Budget,
    /// By REST, and on lines.
    silent_until_ns: [u64; 2],
    /// Orders wait, cancels and questions do not.
    orders_until_ns: u64,
}

impl Purses {
    pub(super) fn new(allowance: Allowance, switch_a_minute: u32, now_ns: u64) -> Self {
        Self {
            spent_ns: VecDeque::with_capacity(allowance.orders as usize),
            canceled_ns: VecDeque::with_capacity(allowance.orders as usize),
            questions: Budget::new(allowance.questions_a_minute, now_ns),
            switch: Budget::new(switch_a_minute, now_ns),
            allowance,
            silent_until_ns: [0; 2],
            orders_until_ns: 0,
        }
    }

    /// Pays for a message, or says that it cannot be had now.
    pub(super) fn pay(&mut self, call: &Call, now_ns: u64) -> bool {
        if now_ns < *self.silent_until(call.way) {
            return false;
        }
        let weight = call.weight;
        match call.purse {
            Purse::Questions => return self.questions.take(weight, now_ns).is_ok(),
            Purse::Switch => return self.switch.take(weight, now_ns).is_ok(),
            Purse::Orders => {
                let least = self.allowance.kept_for_cancels.saturating_add(weight);
                if now_ns < self.orders_until_ns || self.left(now_ns) < least {
                    return false;
                }
            }
            Purse::Cancels => {
                if left_of(&mut self.canceled_ns, &self.allowance, now_ns) < weight {
                    return false;
                }
                spend(&mut self.canceled_ns, &self.allowance, weight, now_ns);
            }
        }
        spend(&mut self.spent_ns, &self.allowance, weight, now_ns);
        true
    }

    /// Whether a round may put its next question: what became of single orders can always be asked beside it.
    pub(super) fn spares_rounds(&mut self, now_ns: u64) -> bool {
        self.questions.has_one_in(LEFT_BY_ROUNDS, now_ns)
    }

    /// What is left of the orders' window.
    pub(super) fn left(&mut self, now_ns: u64) -> u32 {
        left_of(&mut self.spent_ns, &self.allowance, now_ns)
    }

    /// The venue counts more than we do: other programs use the account.
    pub(super) fn used(&mut self, used: u32, now_ns: u64) {
        let own = self.allowance.orders - self.left(now_ns);
        spend(&mut self.spent_ns, &self.allowance, used.saturating_sub(own), now_ns);
    }

    /// The venue asks for silence on that way.
    pub(super) fn silence(&mut self, way: Way, wait_ms: u64, now_ns: u64) {
        let until_ns = self.silent_until(way);
        *until_ns = (*until_ns).max(now_ns.saturating_add(wait_ms.saturating_mul(MILLI_NS)));
    }

    fn silent_until(&mut self, way: Way) -> &mut u64 {
        let [by_rest, on_lines] = &mut self.silent_until_ns;
        if matches!(way, Way::Line(_)) { on_lines } else { by_rest }
    }

    /// The venue wants fewer orders.
    pub(super) fn slow_down(&mut self, wait_ms: u64, now_ns: u64) {
        self.orders_until_ns = self.orders_until_ns.max(now_ns.saturating_add(wait_ms.saturating_mul(MILLI_NS)));
    }
}

fn left_of(spent_ns: &mut VecDeque<u64>, allowance: &Allowance, now_ns: u64) -> u32 {
    let window_ns = u64::from(allowance.orders_window_ms) * MILLI_NS;
    while spent_ns.front().is_some_and(|at_ns| now_ns.saturating_sub(*at_ns) >= window_ns) {
        spent_ns.pop_front();
    }
    allowance.orders.saturating_sub(spent_ns.len() as u32)
}

/// More than the window has is as much as all of it, whatever a venue says.
fn spend(spent_ns: &mut VecDeque<u64>, allowance: &Allowance, weight: u32, now_ns: u64) {
    for _ in 0..weight.min(allowance.orders) {
        if spent_ns.len() == allowance.orders as usize {
            spent_ns.pop_front();
        }
        spent_ns.push_back(now_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::call::Way;

    fn purses() -> Purses {
        let allowance = Allowance { orders: 10, orders_window_ms: 1_000, kept_for_cancels: 3, questions_a_minute: 4 };
        Purses::new(allowance, 8, 0)
    }

    fn count_on(way: Way, purses: &mut Purses, purse: Purse, now_ns: u64) -> usize {
        let mut call = Call::default();
        call.begin(way, purse);
        (0..100).filter(|_| purses.pay(&call, now_ns)).count()
    }

    fn count(purses: &mut Purses, purse: Purse, now_ns: u64) -> usize {
        count_on(Way::Get, purses, purse, now_ns)
    }

    #[test]
    fn orders_leave_the_cancels_their_share() {
        let mut purses = purses();
        assert_eq!(count(&mut purses, Purse::Orders, 0), 7);
        assert_eq!(count(&mut purses, Purse::Cancels, 0), 10, "orders never count against a cancel");
        assert_eq!(count(&mut purses, Purse::Orders, 999 * MILLI_NS), 0);
        assert_eq!(count(&mut purses, Purse::Orders, 1_000 * MILLI_NS), 7, "the window has moved");
        assert_eq!(count(&mut purses, Purse::Questions, 1_000 * MILLI_NS), 2, "half of a minute's are at hand");
        assert_eq!(count(&mut purses, Purse::Switch, 1_000 * MILLI_NS), 4, "questions do not starve the switch");
    }

    #[test]
    fn rounds_leave_a_third_to_questions_about_orders() {
        let allowance = Allowance { questions_a_minute: 18, ..purses().allowance };
        let mut purses = Purses::new(allowance, 8, 0);
        let mut call = Call::default();
        call.begin(Way::Get, Purse::Questions);
        let rounds = (0..100).take_while(|_| purses.spares_rounds(0) && purses.pay(&call, 0)).count();
        assert_eq!((rounds, count(&mut purses, Purse::Questions, 0)), (7, 2), "nine are at hand");
    }

    #[test]
    fn what_the_venue_says_counts() {
        let mut purses = purses();
        purses.used(8, 0);
        assert_eq!((purses.left(0), count(&mut purses, Purse::Orders, 0)), (2, 0));
        purses.used(1, 0);
        assert_eq!(purses.left(0), 2, "less than we know of is no gift");
        purses.slow_down(5_000, 0);
        assert_eq!(count(&mut purses, Purse::Orders, 2_000 * MILLI_NS), 0);
        purses.used(u32::MAX, 2_000 * MILLI_NS);
        assert_eq!(
            count(&mut purses, Purse::Cancels, 2_000 * MILLI_NS),
            10,
            "a cancel is not slowed down, whoever trades"
        );
    }

    #[test]
    fn silence_on_one_way_is_none_on_the_other() {
        let mut purses = purses();
        purses.silence(Way::Get, 9_000, 0);
        for purse in [Purse::Orders, Purse::Cancels, Purse::Questions, Purse::Switch] {
            assert_eq!(count_on(Way::Post, &mut purses, purse, 8_999 * MILLI_NS), 0, "silence is silence");
        }
        assert_eq!(count_on(Way::Line(1), &mut purses, Purse::Cancels, 8_999 * MILLI_NS), 10);
        assert_eq!(count(&mut purses, Purse::Cancels, 9_999 * MILLI_NS), 10);
        purses.silence(Way::Line(0), 1_000, 20_000 * MILLI_NS);
        assert_eq!(count_on(Way::Line(1), &mut purses, Purse::Cancels, 20_999 * MILLI_NS), 0);
        assert_eq!(count(&mut purses, Purse::Cancels, 20_999 * MILLI_NS), 10);
    }
}
