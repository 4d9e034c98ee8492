//! What the account holds when the run begins, taken over: told to the engine once, before any order passes.
//!
//! A position of a contract is what the venue's answer says less our own fills by then, as the round has found it; of an
//! instrument of spot it is what the account has of the coin. While orders are adopted an execution may be in one answer and
//! not yet in the other, so both are believed when two looks agree.
//!
//! Owns: whose it is, and what was heard of it. Never: a profit; an order; a coin that no instrument of the run is of.

use super::{Desk, Now};
use engine_model::instrument::{ContractKind, Instrument, Name};

/// See the module.
#[derive(Debug)]
pub(super) struct Takeover {
    /// By instrument: the place of a strategy, or 0 of the operator.
    owners: Box<[u8]>,
    /// By instrument: what the position was entered at on average by the venue, in 1/1000 tick; 0: not told.
    pub(super) entered: Box<[i64]>,
    /// By instrument: what the account has of its coin by the venue's last word, in 1e-8.
    coins_e8: Box<[i64]>,
    /// By instrument: what coins were found by the look before.
    before: Option<Box<[i64]>>,
    is_done: bool,
}

impl Takeover {
    pub(super) fn new(owners: Box<[u8]>) -> Self {
        let nothing: Box<[i64]> = vec![0; owners.len()].into();
        Self { owners, entered: nothing.clone(), coins_e8: nothing, before: None, is_done: false }
    }
}

impl Desk {
    /// What the account has of an asset. Of several instruments of one coin the first has it.
    pub(super) fn has_coins(&mut self, asset: Name, amount_e8: i64) {
        let Some(takeover) = self.takeover.as_mut().filter(|takeover| !takeover.is_done) else { return };
        let is_of = |of: &&Instrument| of.kind == ContractKind::Spot && of.base == asset;
        let mut own = self.own.iter().map(|id| self.orders.instrument(*id));
        if let Some(of) = own.find(is_of) {
            takeover.coins_e8[of.id.index()] = amount_e8;
        }
    }

    /// Of contracts: what the account held beside our fills is counted with them from now on.
    pub(super) fn take_over_positions(&mut self, now: Now) {
        let (Some(takeover), Some(base)) = (&self.takeover, &mut self.round.base) else { return };
        for id in &self.round.contracts {
            let qty = std::mem::take(&mut base[id.index()]);
            self.orders.open_with(*id, takeover.owners[id.index()], qty, takeover.entered[id.index()], now);
        }
    }

    /// Of spot: coins that orders of the venue could sell.
    pub(super) fn take_over_coins(&mut self, now: Now) {
        let is_known = self.unknown() == 0;
        let Some(takeover) = self.takeover.as_mut().filter(|takeover| !takeover.is_done) else { return };
        let mut found = takeover.coins_e8.clone();
        for id in &self.own {
            let of = self.orders.instrument(*id);
            let held = lots(of, found[id.index()]).saturating_sub(self.orders.net[id.index()]);
            // Less than the smallest order is dust: nobody could trade it.
            let is_held = of.kind == ContractKind::Spot && held >= of.min_qty.0.max(1);
            found[id.index()] = if is_held { held } else { 0 };
        }
        if self.orders.adopted > 0 && !(is_known && takeover.before.as_ref() == Some(&found)) {
            takeover.before = Some(found);
            return self.round.repeat();
        }
        takeover.is_done = true;
        for id in &self.own {
            self.orders.open_with(*id, takeover.owners[id.index()], found[id.index()], 0, now);
        }
    }
}

/// Whole lots of spot in so much of the coin.
fn lots(of: &Instrument, amount_e8: i64) -> i64 {
    let lots = i128::from(amount_e8) * 10i128.pow(u32::from(of.size_decimals()))
        / (100_000_000 * i128::from(of.grid.lot_step.max(1)));
    i64::try_from(lots).unwrap_or(i64::MAX)
}
