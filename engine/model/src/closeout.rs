//! Executions that a venue placed on our account, not we: a liquidation, what its fund took over, a deleveraging; and what it
//! kept of coins as its fee.
//!
//! They are of no order, but for the last. Whose position they closed is worked out by whoever keeps positions by strategy,
//! from [`Cause::counts`] and [`shares`], which are the same for all of them.

use crate::intent::StrategyId;
use crate::position::Opening;
use crate::units::{Lots, Quote, Ticks};

/// Why a venue closed a position, in part or whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// Too little stood behind it: sold or bought in the market by the venue.
    #[default]
    Liquidation = 0,
    /// The market did not take it: the venue's fund did, at the price at which nothing was left.
    Takeover = 1,
    /// Deleveraged: it was in profit, and another account's loss was more than the venue's fund could bear.
    Deleveraging = 2,
    /// A fee in the coin of the instrument: what the account holds is less than was bought. Told behind the execution that it
    /// is of, in whole lots at its price, so that its worth is booked once: as the fee.
    CoinFee = 3,
}

impl Cause {
    /// In order of their numbers.
    pub const ALL: [Self; 4] = [Self::Liquidation, Self::Takeover, Self::Deleveraging, Self::CoinFee];

    /// Whether what `holder` holds counts when it is shared out: of a fee only what its payer has, the strategy of the order.
    #[must_use]
    pub fn counts(self, holder: StrategyId, payer: StrategyId) -> bool {
        self != Self::CoinFee || holder == payer
    }

    /// The word used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Liquidation => "LIQUIDATION",
            Self::Takeover => "TAKEOVER",
            Self::Deleveraging => "DELEVERAGING",
            Self::CoinFee => "COIN_FEE",
        }
    }
}

/// One execution that the venue placed. On which side is told with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closeout {
    /// Why.
    pub cause: Cause,
    /// The venue's id of the execution.
    pub trade_id: u64,
    /// Its price.
    pub px: Ticks,
    /// Its quantity, positive.
    pub qty: Lots,
    /// What it cost, in the settlement currency.
    pub fee: Quote,
}

impl Closeout {
    /// Ticks times lots beyond it are no execution; as for those of our own orders.
    pub const SIZE_MAX: i128 = 1 << 96;

    /// Whether it can have been executed, and money be computed from it.
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        let is_held = self.qty.0 <= Opening::LOTS_MAX;
        self.px.0 > 0 && self.qty.0 > 0 && is_held && self.px.0 as i128 * self.qty.0 as i128 <= Self::SIZE_MAX
    }
}

/// Signed parts of a close-out of `by` lots (a sale: negative), one for each of `held` in its order, and what is of nobody
/// among them.
///
/// Who held what was closed loses by what each held; nobody more than that. Between two fractions of a lot the earlier one
/// gets the larger part, so the parts sum to `by` exactly.
pub fn shares(by: i64, held: impl Iterator<Item = i64> + Clone, mut each: impl FnMut(usize, i64)) -> i64 {
    let of = |held: i64| if (held < 0) == (by > 0) && held != 0 { i128::from(held).abs() } else { 0 };
    let mut whole: i128 = held.clone().map(of).sum();
    let closed = i128::from(by).abs().min(whole);
    let mut left = closed;
    for (place, held) in held.map(of).enumerate().filter(|(_, held)| *held > 0) {
        // Two numbers of 63 bits: what is left is never more than who is left holds.
        let part = (left * held + whole - 1) / whole;
        (left, whole) = (left - part, whole - held);
        if part > 0 {
            each(place, part as i64 * by.signum());
        }
    }
    by - closed as i64 * by.signum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(by: i64, held: &[i64]) -> (Vec<i64>, i64) {
        let mut parts = vec![0; held.len()];
        let rest = shares(by, held.iter().copied(), |place, part| parts[place] = part);
        (parts, rest)
    }

    #[test]
    fn who_held_it_loses_it_by_what_he_held() {
        assert_eq!(parts(-4, &[6, 2]), (vec![-3, -1], 0));
        assert_eq!(parts(4, &[-6, 5, -2]), (vec![3, 0, 1], 0), "who is on the other side keeps what he has");
        assert_eq!(parts(-9, &[6, -1, 2]), (vec![-6, 0, -2], -1), "more than they hold is of the account");
        assert_eq!(parts(-1, &[1, 1, 1]), (vec![-1, 0, 0], 0));
        assert_eq!(parts(-2, &[1, 1, 1]), (vec![-1, -1, 0], 0));
        assert_eq!(parts(-5, &[]), (vec![], -5));
    }

    #[test]
    fn a_fee_in_coins_is_its_payers_and_all_else_of_whoever_holds() {
        let [payer, other] = [StrategyId(3), StrategyId(4)];
        for cause in Cause::ALL {
            let counts = [payer, other].map(|holder| cause.counts(holder, payer));
            assert_eq!(counts, [true, cause != Cause::CoinFee], "{}", cause.name());
        }
    }

    #[test]
    fn parts_sum_to_the_whole_and_pass_nobodys_position() {
        let held = [i64::MAX, 7, -3, 1, i64::MAX, 0, 12];
        for by in [-1, -19, -1_000_003, i64::MIN + 1] {
            let (parts, rest) = parts(by, &held);
            assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>() + i128::from(rest), i128::from(by));
            assert!(
                parts.iter().zip(held).all(|(part, held)| *part == 0 || (*part < 0 && held + part >= 0)),
                "{parts:?}"
            );
        }
    }
}
