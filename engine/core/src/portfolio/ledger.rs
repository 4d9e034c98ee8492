//! One instrument's book-keeping: net quantity, exact cost, exact profit.
//!
//! The law, checked by tests to the last unit: `realised == sum of all cash + cost of what is open`. Average cost divides;
//! what division cannot share out stays in the cost, so nothing is ever lost or made.

use crate::portfolio::scale::Scale;
use crate::portfolio::wide::quotient;
use crate::tape::carry;
use engine_model::market::Side;
use engine_model::planted::planted;
use engine_model::position::Opening;
use engine_model::units::{Lots, Quote, Ticks};

/// One instrument's book-keeping. Money in native units of its [`Scale`], fees in units of 1e-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Net quantity.
    pub qty: i64,
    /// What the open quantity cost.
    pub cost: i128,
    /// What closing has earned, before fees.
    pub realised: i128,
    /// Fees paid.
    pub fees: i128,
    /// Funding and interest: received less paid, in units of 1e-8 of the settlement currency.
    pub payments: i128,
    /// Executions booked.
    pub fills: u64,
    /// Price of the last one.
    pub last_px: Ticks,
    /// What the account held when the run began.
    pub opening: Opening,
}

carry!(Ledger { qty, cost, realised, fees, payments, fills, last_px, opening });

impl Ledger {
    /// Books one execution.
    ///
    /// # Panics
    /// On overflow: execution lets through only fills that leave room for 2^31 of them.
    pub fn book(&mut self, scale: &Scale, side: Side, px: Ticks, qty: Lots, fee: Quote) {
        self.exchange(scale, side, px, qty);
        if !planted("portfolio/fee-forgotten") {
            self.fees += i128::from(fee.0);
        }
        self.fills += 1;
        self.last_px = px;
    }

    /// Books what the account held when the run began, as if it had been bought (a short one: sold) at `px` for nothing: the
    /// first price that the run saw, so that what was earned before is not the run's.
    ///
    /// # Panics
    /// On overflow: execution lets through only an opening that leaves room for 2^31 executions.
    pub fn open(&mut self, scale: &Scale, px: Ticks, opening: &Opening) {
        let side = if opening.qty.0 > 0 { Side::Buy } else { Side::Sell };
        self.exchange(scale, side, px, Lots(opening.qty.0.abs()));
        self.opening = *opening;
    }

    /// Whether anything was ever in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.fills == 0 && self.payments == 0 && self.opening.qty.0 == 0
    }

    fn exchange(&mut self, scale: &Scale, side: Side, px: Ticks, qty: Lots) {
        assert!(qty.0 > 0, "an execution of {} lots", qty.0);
        let Some(cash) = scale.cash(side, px, i128::from(qty.0)) else { panic!("{px:?} x {qty:?} overflows") };
        let signed = side.sign() * qty.0;
        let opposite = self.qty.signum() == -signed.signum();
        let closes = if opposite { qty.0.min(self.qty.abs()) } else { 0 };
        let closes = if planted("portfolio/closed-by-one-lot-less") { (closes - 1).max(0) } else { closes };
        let closing_cash = share(cash, closes, qty.0);
        let closed_cost = share(self.cost, closes, self.qty.abs().max(1));
        self.realised += closing_cash - closed_cost;
        self.cost += -(cash - closing_cash) - closed_cost;
        self.qty = match self.qty.checked_add(signed) {
            Some(qty) => qty,
            None => panic!("the position overflows"),
        };
    }

    /// What closing everything at `px` would earn, in native units. `None`: overflow.
    #[must_use]
    pub fn unrealised(&self, scale: &Scale, px: Ticks) -> Option<i128> {
        if self.qty == 0 {
            return Some(0);
        }
        let is_long = (self.qty > 0) != planted("portfolio/short-valued-as-long");
        let side = if is_long { Side::Sell } else { Side::Buy };
        scale.cash(side, px, i128::from(self.qty).abs())?.checked_sub(self.cost)
    }

    /// Writes every field, little-endian, in the order above.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.qty.to_le_bytes());
        hasher.update(&self.cost.to_le_bytes());
        hasher.update(&self.realised.to_le_bytes());
        hasher.update(&self.fees.to_le_bytes());
        hasher.update(&self.payments.to_le_bytes());
        hasher.update(&self.fills.to_le_bytes());
        hasher.update(&self.last_px.0.to_le_bytes());
        hasher.update(&self.opening.qty.0.to_le_bytes());
        hasher.update(&self.opening.avg_px_milliticks.to_le_bytes());
    }
}

/// `amount * part / whole`, rounded towards zero, without a product that need not fit: long and short are mirror images.
fn share(amount: i128, part: i64, whole: i64) -> i128 {
    let (part, whole) = (i128::from(part), i128::from(whole));
    let (each, rest) = quotient(amount, whole);
    each * part + quotient(rest * part, whole).0
}
