//! What the account holds when the run begins, taken over: told to the engine once, before any order passes.
//!
//! A position of a contract is what the venue's answer says less our own fills by then, as the round has found it; of an
//! instrument of spot it is what the account has of the coin. While orders are adopted an execution may be in one answer and
//! not yet in the other, so both are believed when two looks agree.
//!
//! Owns: whose it is, and what it was entered at. Never: a profit; an order; a coin that no instrument of the run is of.

use super::{Desk, Now};
use engine_model::instrument::InstrumentId;

/// See the module.
#[derive(Debug)]
pub(super) struct Takeover {
    /// By instrument: the place of a strategy, or 0 of the operator.
    owners: Box<[u8]>,
    /// By instrument: what the position was entered at on average by the venue, in 1/1000 tick; 0: not told.
    pub(super) entered: Box<[i64]>,
}

impl Takeover {
    pub(super) fn new(owners: Box<[u8]>) -> Self {
        Self { entered: vec![0; owners.len()].into(), owners }
    }

    pub(super) fn owner(&self, of: InstrumentId) -> u8 {
        self.owners[of.index()]
    }
}

impl Desk {
    /// Of contracts: what the account held beside our fills is counted with them from now on.
    pub(super) fn take_over_positions(&mut self, now: Now) {
        let (Some(takeover), Some(base)) = (&self.takeover, &mut self.round.base) else { return };
        for id in &self.round.contracts {
            let qty = std::mem::take(&mut base[id.index()]);
            self.orders.open_with(*id, takeover.owner(*id), qty, takeover.entered[id.index()], now);
        }
    }
}
