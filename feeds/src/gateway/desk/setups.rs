//! How the account is set up at the venue, held against what the run expects: leverage, margin and position mode of its
//! contracts.
//!
//! Looked at behind the round that each opening of lines begins with, behind every tenth, and behind each round what differs:
//! a person changes it seldom, and waits for it when he has. Of a contract that differs only what makes a position smaller
//! passes: a wrong leverage is no danger to a close, and a stop that does not leave is one.
//!
//! Owns: what the venue stated last. Never: a change at the venue; a verdict out of an answer that stated nothing (a refusal,
//! a time-out): what was found before stands, good or bad, and is asked for again.

use super::gauges::Trouble;
use crate::gateway::ask::Ask;
use crate::gateway::heard::{Answer, Heard};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments, Name};
use engine_model::order::Order;
use engine_model::setup::Setup;

/// Rounds between two looks at everything.
const EVERY: u8 = 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Setups {
    expected: Setup,
    contracts: Box<[Contract]>,
    /// Whether the account keeps two sides, at venues where one answer tells it of all contracts.
    is_two_way: Option<bool>,
    /// The same, of the answer that is under way.
    two_way_told: Option<bool>,
    /// The last answer about that stated nothing.
    is_mode_unsure: bool,
    /// The next question; `None` between two looks.
    step: Option<usize>,
    /// Whether this look is at everything, or at what differs.
    is_full: bool,
    /// Rounds until the next look at everything.
    rounds: u8,
}

#[derive(Clone, Copy, Debug)]
struct Contract {
    id: InstrumentId,
    symbol: Name,
    /// Of the answer that is under way.
    told: Setup,
    /// What the venue stated last.
    found: Option<Setup>,
    /// The last answer stated nothing.
    is_unsure: bool,
    /// What differed when people were told last.
    said: Option<Setup>,
}

impl Setups {
    pub(super) fn new(own: &[InstrumentId], instruments: &Instruments) -> Self {
        let contracts = own.iter().map(|id| instruments.get(*id)).filter(|of| of.kind != ContractKind::Spot);
        let contract = |of: &Instrument| Contract {
            id: of.id,
            symbol: of.symbol,
            told: Setup::default(),
            found: None,
            is_unsure: false,
            said: None,
        };
        Self {
            expected: Setup::ONE_WAY,
            contracts: contracts.map(contract).collect(),
            is_two_way: None,
            two_way_told: None,
            is_mode_unsure: false,
            step: None,
            is_full: false,
            rounds: 0,
        }
    }

    pub(super) fn expect(&mut self, expected: Setup) {
        self.expected = expected;
    }

    /// Lines are up again: a look that was under way is over, and the next round has a whole one behind it.
    pub(super) fn look_now(&mut self) {
        (self.rounds, self.step) = (0, None);
    }

    /// A round is done: a look begins, if one is due.
    pub(super) fn begin(&mut self) {
        self.is_full = self.rounds == 0;
        self.rounds = self.rounds.saturating_sub(1);
        self.step = Some(0);
    }

    /// The question that is next; `None`: the look is over. The mode of one contract is asked for on behalf of all: where
    /// each has its own, the answer about its setup tells it.
    pub(super) fn question(&mut self) -> Option<Ask> {
        while let Some(step) = self.step.filter(|step| *step <= self.contracts.len()) {
            let ask = match step.checked_sub(1) {
                None => self.contracts.first().filter(|_| self.is_mode_due()).map(|of| Ask::Mode(of.id)),
                Some(place) => Some(&self.contracts[place]).filter(|of| self.is_due(of)).map(|of| Ask::Setup(of.id)),
            };
            if ask.is_some() {
                return ask;
            }
            self.step = Some(step + 1);
        }
        if self.step.take().is_some() && self.is_full {
            self.rounds = EVERY - 1;
        }
        None
    }

    fn is_mode_due(&self) -> bool {
        self.is_full || self.is_mode_unsure || self.is_two_way == Some(true)
    }

    fn is_due(&self, contract: &Contract) -> bool {
        self.is_full || contract.is_unsure || self.differs(contract).is_some()
    }

    /// That question is put anew: what a part of an earlier answer said is forgotten.
    pub(super) fn asks(&mut self, ask: &Ask) {
        match ask {
            Ask::Mode(_) => self.two_way_told = None,
            Ask::Setup(of) => self.contract(*of).into_iter().for_each(|contract| contract.told = Setup::default()),
            _ => {}
        }
    }

    /// Something was told in answer to that question.
    pub(super) fn hear(&mut self, ask: Ask, said: &Heard) {
        match ask {
            Ask::Mode(_) => {
                let mut told = Setup { is_two_way: self.two_way_told, ..Setup::default() };
                said.tell(&mut told);
                self.two_way_told = told.is_two_way;
            }
            Ask::Setup(of) => self.contract(of).into_iter().for_each(|contract| said.tell(&mut contract.told)),
            _ => {}
        }
    }

    /// The venue has no words for it.
    pub(super) fn skip(&mut self) {
        self.step = self.step.map(|step| step + 1);
    }

    /// The answer to that question is over. What differs is told once, and again when it is another.
    pub(super) fn answered(&mut self, ask: Ask, answer: Answer, troubles: &mut Vec<Trouble>) {
        self.skip();
        let is_stated = answer == Answer::Done;
        match ask {
            Ask::Mode(of) => {
                self.is_mode_unsure = !is_stated;
                self.is_two_way = self.two_way_told.filter(|_| is_stated).or(self.is_two_way);
                let is_known = self.contract(of).is_some_and(|contract| contract.found.is_some());
                if is_known || self.is_two_way == Some(true) {
                    self.tell(of, troubles);
                }
            }
            Ask::Setup(of) => {
                if let Some(contract) = self.contract(of) {
                    // An empty list states nothing either.
                    let stated = Some(contract.told).filter(|told| is_stated && *told != Setup::default());
                    contract.is_unsure = stated.is_none();
                    contract.found = stated.or(contract.found);
                }
                self.tell(of, troubles);
            }
            _ => {}
        }
    }

    fn tell(&mut self, of: InstrumentId, troubles: &mut Vec<Trouble>) {
        let (expected, is_two_way) = (self.expected, self.is_two_way);
        let Some(contract) = self.contract(of) else { return };
        let off = differs(contract, expected, is_two_way);
        let symbol = contract.symbol;
        match (contract.said, off) {
            (before, Some(found)) if before != off => troubles.push(Trouble::Setup { symbol, found, expected }),
            (Some(_), None) => {
                let found = contract.found.unwrap_or_default();
                troubles.push(Trouble::SetupAgrees { symbol, found });
            }
            _ => {}
        }
        contract.said = off;
    }

    /// Whether an order may be entered as far as this goes. `makes_smaller`: it does by its side and size.
    pub(super) fn admits(&self, order: &Order, makes_smaller: bool) -> bool {
        let Some(contract) = self.contracts.iter().find(|contract| contract.id == order.instrument) else {
            return true;
        };
        match self.differs(contract) {
            None => true,
            // A plain sell beside a long is a short of its own there.
            Some(found) if found.is_two_way == Some(true) => order.reduce_only,
            Some(_) => makes_smaller,
        }
    }

    /// Contracts that are not set up as expected, or of which that is not known though it has to be.
    pub(super) fn off(&self) -> usize {
        self.contracts.iter().filter(|contract| self.differs(contract).is_some()).count()
    }

    fn differs(&self, contract: &Contract) -> Option<Setup> {
        differs(contract, self.expected, self.is_two_way)
    }

    fn contract(&mut self, of: InstrumentId) -> Option<&mut Contract> {
        self.contracts.iter_mut().find(|contract| contract.id == of)
    }
}

/// What is there, where it is not what is expected.
fn differs(contract: &Contract, expected: Setup, is_two_way: Option<bool>) -> Option<Setup> {
    let found = contract.found.unwrap_or_default();
    let found = Setup { is_two_way: found.is_two_way.or(is_two_way), ..found };
    (!expected.is_met_by(&found)).then_some(found)
}
