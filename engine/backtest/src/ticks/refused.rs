//! What risk refused in a run, and what it halted: out of its decisions.
//!
//! Owns: how often each check said no, the first time that it did, and each trading state with its reason. Words are the
//! edge's.

use engine_core::journal::record::{Judgement, Verdict};
use engine_core::risk::decision::{Breaches, Cause};
use engine_model::command::CommandKind;
use engine_model::limit::{Scope, TradingState};
use engine_model::order::Order;
use engine_model::refusal::{Check, Refusal};
use engine_model::units::Nanos;

/// Changes of state that are told one by one; the others are counted.
pub const STATES_KEPT: usize = 100;

/// The first order that a check was the worst breach of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First {
    /// When it was denied.
    pub at: Nanos,
    /// As it was wished.
    pub order: Order,
    /// What was found, and what is allowed.
    pub refusal: Refusal,
}

/// How often a check said no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Orders that it was the worst breach of: these sum to all that were denied.
    pub count: u64,
    /// Orders that broke it, too, beside a worse one: they would be denied again if that one let them pass.
    pub also: u64,
    /// The first of those counted; `None` where it never was the worst.
    pub first: Option<First>,
}

/// Why a trading state is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The warm-up began or ended.
    WarmUp,
    /// Risk itself.
    Risk(Cause),
}

/// A trading state that became another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// When.
    pub at: Nanos,
    /// Of what.
    pub scope: Scope,
    /// To what.
    pub state: TradingState,
    /// Why.
    pub by: SetBy,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    rows: [Row; Check::ALL.len()],
    states: Vec<StateChange>,
    states_more: u64,
}

impl Default for Refused {
    fn default() -> Self {
        Self { rows: [Row::default(); Check::ALL.len()], states: Vec::new(), states_more: 0 }
    }
}

impl Refused {
    /// Every check that was broken, the one that denied most first; of equals the worse one.
    #[must_use]
    pub fn checks(&self) -> Vec<(Check, Row)> {
        let rows = Check::ALL.into_iter().zip(self.rows);
        let mut broken: Vec<(Check, Row)> = rows.filter(|(_, row)| row.count + row.also > 0).collect();
        broken.sort_by_key(|(_, row)| std::cmp::Reverse((row.count, row.also)));
        broken
    }

    /// The first [`STATES_KEPT`] changes of state, and how many came behind them.
    #[must_use]
    pub fn states(&self) -> (&[StateChange], u64) {
        (&self.states, self.states_more)
    }

    pub(super) fn on_decision(&mut self, judgement: &Judgement) {
        let at = judgement.at_ns;
        let change = |scope, state, by| StateChange { at, scope, state, by };
        match judgement.verdict {
            Verdict::Denied { order, breaches, refusal, .. } => self.deny(breaches, First { at, order, refusal }),
            Verdict::State { scope, state, cause } => self.note(change(scope, state, SetBy::Risk(cause))),
            Verdict::Stop { cause: Some(cause), .. } => {
                self.note(change(Scope::Strategy(judgement.strategy), TradingState::Halted, SetBy::Risk(cause)));
            }
            Verdict::Command { what: CommandKind::SetTradingState { scope, state }, .. } => {
                self.note(change(scope, state, SetBy::WarmUp));
            }
            _ => {}
        }
    }

    fn deny(&mut self, breaches: Breaches, first: First) {
        let worst = first.refusal.check;
        let row = &mut self.rows[worst as usize];
        row.count += 1;
        row.first.get_or_insert(first);
        breaches.iter().filter(|check| *check != worst).for_each(|check| self.rows[check as usize].also += 1);
    }

    fn note(&mut self, change: StateChange) {
        if self.states.len() < STATES_KEPT { self.states.push(change) } else { self.states_more += 1 }
    }
}
