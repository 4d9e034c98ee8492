//! What accounts held when the run began: booked at the first price that the run saw of the instrument, whichever of the two
//! is told first.
//!
//! So the profit of before is in no part and no sum of the run. What a venue settles when such a lot is closed counts from
//! its own average price, and so does [`Books::ledger`] where the venue told one.

use super::{Books, BooksFault, Owner, is_bookable, rate};
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::position::Opening;
use engine_model::units::{Lots as Quantity, Nanos, Ticks};

/// A milli-tick's share of a tick.
const MILLI: i64 = 1_000;

/// What was held of an instrument, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) instrument: InstrumentId,
    pub(super) owner: Owner,
    pub(super) opening: Opening,
    pub(super) at_ns: Nanos,
}

/// First prices, and what waits for one.
#[derive(Clone, Debug)]
pub(super) struct Openings {
    first_px: Box<[Option<Ticks>]>,
    waiting: Vec<Waiting>,
}

impl Openings {
    pub(super) fn new(instruments: usize) -> Self {
        Self { first_px: vec![None; instruments].into(), waiting: Vec::new() }
    }

    /// A price is known. What waited for it, if it is the first.
    pub(super) fn first_price(&mut self, id: InstrumentId, px: Ticks) -> Option<Waiting> {
        let first = &mut self.first_px[id.index()];
        if first.is_some() {
            return None;
        }
        *first = Some(px);
        let place = self.waiting.iter().position(|waiting| waiting.instrument == id)?;
        Some(self.waiting.swap_remove(place))
    }

    /// Gives it back if it can be booked now.
    pub(super) fn told(&mut self, held: Waiting) -> Option<Waiting> {
        if self.first_px[held.instrument.index()].is_some() {
            return Some(held);
        }
        self.waiting.push(held);
        None
    }
}

impl Books {
    /// Books what was held, at the instrument's first price.
    pub(super) fn open(&mut self, held: &Waiting) -> Result<(), BooksFault> {
        let Waiting { instrument: id, owner, opening, at_ns } = *held;
        let index = id.index();
        let too_large = BooksFault::TooLarge(id);
        let px = self.openings.first_px[index].ok_or(too_large)?;
        let (qty, side) = (opening.qty.0, if opening.qty.0 > 0 { Side::Buy } else { Side::Sell });
        if !opening.is_possible() {
            return Err(too_large);
        }
        let cash = |px| self.atoms[index].cash(side, px, Quantity(qty.abs())).filter(|cash| is_bookable(*cash));
        let worth = cash(px).ok_or(too_large)?;
        // As venues settle: from their average. Between two ticks in a straight line, which for a contract paid in coins is
        // as exact as the average itself.
        let settled = match (Ticks(opening.avg_px_milliticks / MILLI), opening.avg_px_milliticks % MILLI) {
            (Ticks(0), 0) => worth,
            (below, 0) => cash(below).ok_or(too_large)?,
            (below, part) => {
                let (low, high) = cash(below).zip(cash(Ticks(below.0 + 1))).ok_or(too_large)?;
                low + (high - low) * i128::from(part) / i128::from(MILLI)
            }
        };
        let at = self.worths_of(id).ok_or(too_large)?;
        let place = self.place(id, owner, at);
        let rate = rate(&self.worths, &self.atoms, &self.markets, self.settlements[index]);
        let row = &mut self.rows[index][place];
        let then = row.value();
        row.opened(qty, worth, at_ns, rate).ok_or(too_large)?;
        self.value += row.value() - then;
        let account = self.accounts[index].side(owner.side, self.terms.method);
        let position = &mut self.accounts[index].sides[account].1;
        position.lots.open_with(qty, worth, at_ns);
        position.settled.open_with(qty, settled, at_ns);
        self.watch();
        Ok(())
    }
}
