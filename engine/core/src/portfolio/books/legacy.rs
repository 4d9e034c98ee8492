//! What an earlier run left, in the books of the one that goes on from it.
//!
//! Each share is one lot at its average cost, whatever the method: of which lots it was made, the earlier run's books tell.
//! What had been earned stands in the part *price*, less fees and with payments in their own; so parts, positions and
//! accounts still sum to the same.

use super::parts::{Part, Parts};
use super::{ATOMS_PER_E8, Books, BooksFault, Owner, is_bookable, rate};
use crate::portfolio::Ledger;
use crate::risk::Legacy;
use engine_model::instrument::InstrumentId;
use engine_model::position::PositionSide;
use engine_model::units::Nanos;

/// One book-keeping in atoms of the settlement.
struct Amounts {
    cost: i128,
    realised: i128,
    fees: i128,
    payments: i128,
}

impl Books {
    /// Goes on from what was left; before any event.
    ///
    /// # Errors
    /// When an amount does not fit.
    pub fn inherit(&mut self, legacy: &Legacy) -> Result<(), BooksFault> {
        for holding in &legacy.holdings {
            let (id, index) = (holding.instrument, holding.instrument.index());
            let amounts = self.amounts(id, &holding.ledger)?;
            self.last_px[index] = Some(holding.px.unwrap_or(holding.ledger.last_px)).filter(|px| px.0 != 0);
            let place = self.accounts[index].side(PositionSide::Net, self.terms.method);
            let position = &mut self.accounts[index].sides[place].1;
            for lots in [&mut position.lots, &mut position.settled] {
                lots.inherit(holding.ledger.qty, amounts.cost, amounts.realised, Nanos(0));
            }
            let settlement = self.settlements[index];
            self.accounts[index].flow(settlement, amounts.payments - amounts.fees);
        }
        for share in &legacy.shares {
            let (id, index) = (share.instrument, share.instrument.index());
            let too_large = BooksFault::TooLarge(id);
            let Amounts { cost, realised, fees, payments } = self.amounts(id, &share.ledger)?;
            let at = self.worths_of(id).unwrap_or_default();
            let place = self.place(id, Owner { strategy: share.strategy, ..Owner::default() }, at);
            let rate = rate(&self.worths, &self.atoms, &self.markets, self.settlements[index]);
            let held = i128::from(share.ledger.qty).checked_mul(at.mark).ok_or(too_large)?;
            let mut parts = Parts::default();
            parts[Part::Price] = realised + held - cost;
            parts[Part::Fee] = -fees;
            parts[Part::Funding] = payments;
            let row = &mut self.rows[index][place];
            let then = row.value();
            row.inherit(share.ledger.qty, [cost, realised], &parts, rate).ok_or(too_large)?;
            self.value += row.value() - then;
        }
        let equity = self.equity();
        (self.curve.peak, self.curve.day_open) = (equity, equity);
        Ok(())
    }

    fn amounts(&self, id: InstrumentId, ledger: &Ledger) -> Result<Amounts, BooksFault> {
        let atoms = &self.atoms[id.index()];
        let of_native = |native| atoms.of_native(native).filter(|amount| is_bookable(*amount));
        let of_quote = |amount: i128| amount.checked_mul(ATOMS_PER_E8).filter(|amount| is_bookable(*amount));
        let amounts = || {
            Some(Amounts {
                cost: of_native(ledger.cost)?,
                realised: of_native(ledger.realised)?,
                fees: of_quote(ledger.fees)?,
                payments: of_quote(ledger.payments)?,
            })
        };
        amounts().ok_or(BooksFault::TooLarge(id))
    }
}
