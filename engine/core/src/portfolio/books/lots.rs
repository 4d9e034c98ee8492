//! Lots of one position: what was bought when for how much, and what closing it earned, by average, first in or last in.
//!
//! The rule of rounding, the same as the [`Ledger`](crate::portfolio::Ledger)'s: closing a part of a lot takes its share of
//! the lot's cost, cut towards zero; what the division cannot share out stays in the lot. So nothing is lost or made, and
//! `realised == cash + cost` holds to the last atom, by whatever method.

use crate::portfolio::wide::quotient;
use engine_model::units::Nanos;
use std::collections::VecDeque;

/// Which lot is closed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LotMethod {
    /// There is one lot, at the average cost.
    #[default]
    Average,
    /// The oldest.
    Fifo,
    /// The newest.
    Lifo,
}

impl LotMethod {
    /// The word used in JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
        }
    }
}

/// One lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Signed quantity; never 0.
    pub qty: i64,
    /// What it cost, in atoms.
    pub cost: i128,
    /// When it was opened; an average one, when its first part was.
    pub opened_at_ns: Nanos,
    /// Whether the account held it when the run began; an average one, its first part.
    pub is_opening: bool,
}

/// The lots of one position. Money in atoms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lots {
    method: LotMethod,
    /// Oldest first, all of one sign.
    open: VecDeque<Lot>,
    qty: i64,
    cost: i128,
    realised: i128,
    cash: i128,
    fills: u64,
    /// Lots and cash that are of no execution: what the account held when the run began.
    before: (i64, i128),
}

impl Lots {
    /// None open.
    #[must_use]
    pub fn new(method: LotMethod) -> Self {
        Self { method, ..Self::default() }
    }

    /// Books an execution of `qty` lots (a sale: negative) that paid `cash` (a purchase: negative). The quantity with it
    /// must fit 64 bits: see [`Lots::fits`].
    pub fn book(&mut self, qty: i64, cash: i128, at: Nanos) {
        self.exchange(qty, cash, at, false);
        self.fills += 1;
    }

    /// The last two executions were one, booked in two parts.
    pub(super) fn join_last(&mut self) {
        self.fills = self.fills.saturating_sub(1);
    }

    /// Books what the account held when the run began, as if that had been executed for `cash`.
    pub fn open_with(&mut self, qty: i64, cash: i128, at: Nanos) {
        self.exchange(qty, cash, at, true);
        self.before = (self.before.0 + qty, self.before.1 + cash);
    }

    /// Goes on from what was left: `qty` lots that cost `cost`, and what closing had earned.
    pub(super) fn inherit(&mut self, qty: i64, cost: i128, realised: i128, at: Nanos) {
        if qty != 0 {
            self.open_lot(Lot { qty, cost, opened_at_ns: at, is_opening: true });
        }
        self.cost = cost;
        (self.qty, self.realised, self.cash) = (qty, realised, realised - cost);
    }

    fn exchange(&mut self, qty: i64, cash: i128, at: Nanos, is_opening: bool) {
        let closes = if self.qty.signum() == -qty.signum() { qty.abs().min(self.qty.abs()) } else { 0 };
        let closing_cash = share(cash, closes, qty.abs());
        let closed_cost = self.close(closes);
        self.realised += closing_cash - closed_cost;
        self.cost -= closed_cost;
        let opens = qty - qty.signum() * closes;
        if opens != 0 {
            self.open_lot(Lot { qty: opens, cost: closing_cash - cash, opened_at_ns: at, is_opening });
        }
        self.qty += qty;
        self.cash += cash;
    }

    /// Whether the position with `qty` lots more is one of 64 bits.
    #[must_use]
    pub fn fits(&self, qty: i64) -> bool {
        self.qty.checked_add(qty).is_some_and(|sum| sum != i64::MIN) && qty != i64::MIN
    }

    fn open_lot(&mut self, lot: Lot) {
        self.cost += lot.cost;
        match self.open.back_mut() {
            Some(one) if self.method == LotMethod::Average => {
                one.qty += lot.qty;
                one.cost += lot.cost;
            }
            _ => self.open.push_back(lot),
        }
    }

    /// Takes `lots` out of the open ones, and says what they had cost.
    fn close(&mut self, lots: i64) -> i128 {
        let mut left = lots;
        let mut cost = 0;
        while left > 0 {
            let next = if self.method == LotMethod::Lifo { self.open.back_mut() } else { self.open.front_mut() };
            let Some(lot) = next else { break };
            let taken = left.min(lot.qty.abs());
            let part = share(lot.cost, taken, lot.qty.abs());
            lot.cost -= part;
            lot.qty -= lot.qty.signum() * taken;
            cost += part;
            left -= taken;
            if lot.qty == 0 {
                if self.method == LotMethod::Lifo {
                    self.open.pop_back()
                } else {
                    self.open.pop_front()
                };
            }
        }
        assert!(left == 0, "{left} lots to close that are not open");
        cost
    }

    /// Open lots, oldest first.
    pub fn open(&self) -> impl ExactSizeIterator<Item = &Lot> {
        self.open.iter()
    }

    /// Net quantity.
    #[must_use]
    pub fn qty(&self) -> i64 {
        self.qty
    }

    /// What the open lots cost.
    #[must_use]
    pub fn cost(&self) -> i128 {
        self.cost
    }

    /// What closing has earned, before fees.
    #[must_use]
    pub fn realised(&self) -> i128 {
        self.realised
    }

    /// All that executions have paid, and what the opening is taken to have cost.
    #[must_use]
    pub fn cash(&self) -> i128 {
        self.cash
    }

    /// What executions alone have bought less sold, in lots, and what they have paid.
    #[must_use]
    pub fn executed(&self) -> (i64, i128) {
        (self.qty - self.before.0, self.cash - self.before.1)
    }

    /// Executions.
    #[must_use]
    pub fn fills(&self) -> u64 {
        self.fills
    }
}

/// `amount * part / whole`, cut towards zero, without a product that need not fit.
pub(super) fn share(amount: i128, part: i64, whole: i64) -> i128 {
    let (part, whole) = (i128::from(part), i128::from(whole.max(1)));
    let (each, rest) = quotient(amount, whole);
    each * part + quotient(rest * part, whole).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_random::Random;

    fn after(method: LotMethod, fills: &[(i64, i128)]) -> Lots {
        let mut lots = Lots::new(method);
        for ((qty, px), at) in fills.iter().zip(1..) {
            lots.book(*qty, -i128::from(*qty) * px, Nanos(at));
        }
        lots
    }

    #[test]
    fn the_method_decides_what_a_sale_earns_and_nothing_else() {
        // 2 at 100, 3 at 110, 1 at 120; 4 sold at 130.
        let fills = [(2, 100), (3, 110), (1, 120), (-4, 130)];
        let earned = |method| after(method, &fills).realised();
        // First in: 2 at 100, 2 at 110. Last in: 1 at 120, 3 at 110. Average: 650 / 6 = 108.33.
        assert_eq!(earned(LotMethod::Fifo), 520 - 420);
        assert_eq!(earned(LotMethod::Lifo), 520 - 450);
        assert_eq!(earned(LotMethod::Average), 520 - 433);
        let open = |method| {
            after(method, &fills).open().map(|lot| (lot.qty, lot.cost, lot.opened_at_ns.0)).collect::<Vec<_>>()
        };
        assert_eq!(open(LotMethod::Fifo), [(1, 110, 2), (1, 120, 3)]);
        assert_eq!(open(LotMethod::Lifo), [(2, 200, 1)]);
        assert_eq!(open(LotMethod::Average), [(2, 217, 1)]);
    }

    #[test]
    fn a_sale_of_more_than_there_is_turns_the_position_round_at_its_own_price() {
        for method in [LotMethod::Average, LotMethod::Fifo, LotMethod::Lifo] {
            let lots = after(method, &[(2, 100), (-5, 130)]);
            assert_eq!((lots.qty(), lots.realised(), lots.cost()), (-3, 60, -390), "{method:?}");
            assert_eq!(lots.open().len(), 1);
        }
    }

    /// Lot after lot in unit lots, each with a price of its own: no lot is ever split.
    fn units(method: LotMethod, fills: &[(i64, i128)]) -> (i128, i128) {
        let mut open: Vec<(i64, i128)> = Vec::new();
        let mut realised = 0;
        for (qty, px) in fills {
            for _ in 0..qty.abs() {
                match open.first() {
                    Some((sign, _)) if *sign == -qty.signum() => {
                        let at = if method == LotMethod::Fifo { 0 } else { open.len() - 1 };
                        let (sign, paid) = open.remove(at);
                        realised += (px - paid) * i128::from(sign);
                    }
                    _ => open.push((qty.signum(), *px)),
                }
            }
        }
        (realised, open.iter().map(|(sign, px)| px * i128::from(*sign)).sum())
    }

    #[test]
    fn first_and_last_in_are_those_of_a_list_of_single_lots_and_nothing_is_lost() {
        let mut random = Random::new(23);
        for _ in 0..3_000 {
            let fills: Vec<(i64, i128)> = (0..random.within(1, 14))
                .map(|_| (random.within(1, 6) * *random.pick(&[1, -1]), i128::from(random.within(90, 110))))
                .collect();
            for method in [LotMethod::Average, LotMethod::Fifo, LotMethod::Lifo] {
                let lots = after(method, &fills);
                assert_eq!(lots.realised(), lots.cash() + lots.cost(), "{method:?} {fills:?}");
                assert_eq!(lots.cost(), lots.open().map(|lot| lot.cost).sum::<i128>());
                assert_eq!(lots.qty(), lots.open().map(|lot| lot.qty).sum::<i64>());
                assert!(lots.open().all(|lot| lot.qty.signum() == lots.qty().signum()));
                if method != LotMethod::Average {
                    assert_eq!((lots.realised(), lots.cost()), units(method, &fills), "{method:?} {fills:?}");
                }
            }
        }
    }
}
