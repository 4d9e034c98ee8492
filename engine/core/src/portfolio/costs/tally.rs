//! What executions of one order, strategy, venue or instrument have cost: all sums, so that tallies add up.

use super::measure::{Lag, Measure};
use super::{AMOUNT_MAX, HORIZONS};
use engine_model::payment::AssetId;

/// The sums. Amounts are in atoms of the settlement currency where nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Orders with an execution.
    pub orders: u64,
    /// Executions.
    pub fills: u64,
    /// Lots, all sides together.
    pub qty: i128,
    /// What was paid and received, unsigned.
    pub value: i128,
    /// Fees; negative is a rebate.
    pub fees: i128,
    /// Fees in other assets than the settlement currency, in atoms of those: in no other sum.
    pub other_fees: Vec<(AssetId, i128)>,
    /// Worse than the middle at the decision, before fees.
    pub arrival: Measure,
    /// The same with fees: the implementation shortfall of what was executed.
    pub shortfall: Measure,
    /// Worse than the best opposite price at the decision.
    pub touch: Measure,
    /// Twice as much worse than the middle as it stood when the execution was told.
    pub spread: Measure,
    /// What the market then did in favour of the position, after each of [`HORIZONS`].
    pub markouts: [Measure; HORIZONS.len()],
    /// From the event that led to an order to the decision.
    pub decide: Lag,
    /// From the decision to the order's being sent.
    pub send: Lag,
    /// From there to the venue's having it.
    pub ack: Lag,
    /// From being sent to the first execution.
    pub first_fill: Lag,
}

/// One execution, in atoms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Executed {
    /// Signed lots.
    pub(super) lots: i64,
    /// Twice what was received (negative: paid).
    pub(super) cash_doubled: i128,
    /// Paid.
    pub(super) fee: i128,
}

/// Twice what a lot was worth at the prices that an execution is held against.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Against {
    pub(super) arrival: Option<i128>,
    pub(super) touch: Option<i128>,
    pub(super) middle: Option<i128>,
}

impl Against {
    /// Whether the lots are worth an amount that is taken in, at every price.
    pub(super) fn fits(&self, done: &Executed) -> bool {
        [self.arrival, self.touch, self.middle].into_iter().flatten().all(|lot| done.fits(lot))
    }
}

impl Executed {
    /// Whether its lots are worth an amount that is taken in.
    pub(super) fn fits(&self, lot_doubled: i128) -> bool {
        self.worth(lot_doubled).is_some_and(|worth| worth.unsigned_abs() / 2 <= AMOUNT_MAX)
    }

    /// Twice the value of its lots at a price, signed as they are.
    fn worth(&self, lot_doubled: i128) -> Option<i128> {
        i128::from(self.lots).checked_mul(lot_doubled)
    }

    /// Twice what it is worth at a price less what was paid: the gain.
    fn gain(&self, lot_doubled: i128) -> Option<(i128, i128)> {
        let worth = self.worth(lot_doubled)?;
        Some((self.cash_doubled.checked_add(worth)?, worth))
    }
}

impl Tally {
    /// One execution. `None`: a sum that does not fit.
    pub(super) fn filled(&mut self, done: &Executed, against: &Against) -> Option<()> {
        self.fills += 1;
        self.qty += i128::from(done.lots.unsigned_abs());
        self.value = self.value.checked_add(done.cash_doubled.abs() / 2)?;
        self.fees = self.fees.checked_add(done.fee)?;
        if let Some(lot) = against.arrival {
            let (gain, worth) = done.gain(lot)?;
            self.arrival.add(-gain, worth)?;
            self.shortfall.add(done.fee.checked_mul(2)?.checked_sub(gain)?, worth)?;
        }
        if let Some(lot) = against.touch {
            let (gain, worth) = done.gain(lot)?;
            self.touch.add(-gain, worth)?;
        }
        if let Some(lot) = against.middle {
            let (gain, worth) = done.gain(lot)?;
            self.spread.add(gain.checked_mul(-2)?, worth)?;
        }
        Some(())
    }

    /// Where the market stands after horizon `at`.
    pub(super) fn marked(&mut self, at: usize, done: &Executed, lot_doubled: i128) -> Option<()> {
        let (gain, _) = done.gain(lot_doubled)?;
        self.markouts[at].add(gain, done.cash_doubled)
    }

    /// A fee apart from an execution, in the settlement currency; of the shortfall where the order has an arrival.
    pub(super) fn charged(&mut self, fee: i128, has_arrival: bool) -> Option<()> {
        self.fees = self.fees.checked_add(fee)?;
        if has_arrival {
            self.shortfall.amount_doubled = self.shortfall.amount_doubled.checked_add(fee.checked_mul(2)?)?;
        }
        Some(())
    }

    /// A fee in another asset.
    pub(super) fn charged_in(&mut self, asset: AssetId, fee: i128) -> Option<()> {
        let sum = self.other_fee(asset);
        *sum = sum.checked_add(fee)?;
        Some(())
    }

    /// Both together.
    pub(super) fn join(&mut self, other: &Self) {
        self.orders += other.orders;
        self.fills += other.fills;
        self.qty += other.qty;
        self.value += other.value;
        self.fees += other.fees;
        for (asset, fee) in &other.other_fees {
            *self.other_fee(*asset) += fee;
        }
        self.arrival.join(&other.arrival);
        self.shortfall.join(&other.shortfall);
        self.touch.join(&other.touch);
        self.spread.join(&other.spread);
        for (sum, more) in self.markouts.iter_mut().zip(&other.markouts) {
            sum.join(more);
        }
        self.decide.join(&other.decide);
        self.send.join(&other.send);
        self.ack.join(&other.ack);
        self.first_fill.join(&other.first_fill);
    }

    fn other_fee(&mut self, asset: AssetId) -> &mut i128 {
        let at = self.other_fees.partition_point(|(known, _)| *known < asset);
        if self.other_fees.get(at).is_none_or(|(known, _)| *known != asset) {
            self.other_fees.insert(at, (asset, 0));
        }
        &mut self.other_fees[at].1
    }
}
