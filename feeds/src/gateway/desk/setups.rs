//! How the account is set up at the venue, held against what the run expects: leverage, margin and position mode of its
//! contracts.
//!
//! Looked at by the round behind each opening of lines, then in every tenth, and in each while something differs: a person
//! changes it seldom, and waits for the gate when he has. No order passes while something differs.
//!
//! Owns: what was found. Never: a change at the venue.

use super::gauges::Trouble;
use crate::gateway::ask::Ask;
use crate::gateway::heard::Heard;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments, Name};
use engine_model::setup::Setup;

/// Rounds between two looks.
const EVERY: u8 = 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Setups {
    expected: Setup,
    contracts: Box<[Contract]>,
    /// Rounds until the next look; 0: this one looks.
    rounds: u8,
}

#[derive(Clone, Copy, Debug)]
struct Contract {
    id: InstrumentId,
    symbol: Name,
    /// Told in the look that is under way.
    told: Setup,
    /// What the last look found, where it is not what is expected.
    off: Option<Setup>,
}

impl Setups {
    pub(super) fn new(own: &[InstrumentId], instruments: &Instruments) -> Self {
        let contracts = own.iter().map(|id| instruments.get(*id)).filter(|of| of.kind != ContractKind::Spot);
        let contract = |of: &engine_model::instrument::Instrument| Contract {
            id: of.id,
            symbol: of.symbol,
            told: Setup::default(),
            off: None,
        };
        Self { expected: Setup::ONE_WAY, contracts: contracts.map(contract).collect(), rounds: 0 }
    }

    pub(super) fn expect(&mut self, expected: Setup) {
        self.expected = expected;
    }

    /// Lines are up again: what was changed meanwhile is seen before any order.
    pub(super) fn look_now(&mut self) {
        self.rounds = 0;
    }

    /// The question of a step; `None` behind the last. The mode of one contract is asked for on behalf of all: where each has
    /// its own, the answer about its setup tells it.
    pub(super) fn question(&self, step: usize) -> Option<Ask> {
        if self.rounds > 0 {
            return None;
        }
        match step.checked_sub(1) {
            None => self.contracts.first().map(|contract| Ask::Mode(contract.id)),
            Some(step) => self.contracts.get(step).map(|contract| Ask::Setup(contract.id)),
        }
    }

    /// Something was told in answer to that question.
    pub(super) fn hear(&mut self, ask: Ask, said: &Heard) {
        let (Ask::Mode(of) | Ask::Setup(of)) = ask else { return };
        let Some(told) = self.contracts.iter_mut().find(|contract| contract.id == of).map(|of| &mut of.told) else {
            return;
        };
        said.tell(told);
    }

    /// A round is done. What differs is told once, and again when it is another.
    pub(super) fn round_done(&mut self, troubles: &mut Vec<Trouble>) {
        if self.rounds > 0 {
            self.rounds -= 1;
            return;
        }
        let expected = self.expected;
        for contract in &mut self.contracts {
            let found = std::mem::take(&mut contract.told);
            let off = (!expected.is_met_by(&found)).then_some(found);
            let symbol = contract.symbol;
            match (contract.off, off) {
                (before, Some(found)) if before != off => {
                    troubles.push(Trouble::Setup { symbol, found, expected });
                }
                (Some(_), None) => troubles.push(Trouble::SetupAgrees { symbol, found }),
                _ => {}
            }
            contract.off = off;
        }
        self.rounds = if self.off() == 0 { EVERY - 1 } else { 0 };
    }

    /// Contracts that are not set up as expected.
    pub(super) fn off(&self) -> usize {
        self.contracts.iter().filter(|contract| contract.off.is_some()).count()
    }
}
