//! What risk said no to, and why, as its decisions tell.

use super::whose::{Authors, Shared, Whose};
use engine_core::risk::decision::{Cause, Decision, DecisionKind, Denial};
use engine_model::command::CommandKind;
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::order::Order;
use engine_model::refusal::Refusal;
use engine_model::units::Nanos;
use std::collections::BTreeMap;

/// Denials kept.
pub(crate) const DENIALS_KEPT: usize = 50;

/// An order that did not pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Denied {
    pub(crate) at_ns: Nanos,
    pub(crate) strategy: StrategyId,
    pub(crate) denial: Denial,
}

impl Denied {
    pub(crate) fn whose(&self, authors: &Authors) -> Whose {
        let order = &self.denial.order;
        authors.whose(order.client_order_id, self.strategy, order.parent)
    }
}

/// An order that a strategy wished for, and what risk said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wished {
    pub(crate) at_ns: Nanos,
    /// The event that led to it was received then.
    pub(crate) caused_at_ns: Nanos,
    pub(crate) order: Order,
    /// `None`: it passed.
    pub(crate) refusal: Option<Refusal>,
}

impl Wished {
    /// Of a decision about a new order of a strategy's.
    fn of(decision: &Decision) -> Option<Self> {
        let (order, refusal) = match decision.what {
            DecisionKind::Submit(order) | DecisionKind::Hold(order) | DecisionKind::Release(order) => (*order, None),
            DecisionKind::Denied(denial) => (denial.order, Some(denial.refusal)),
            _ => return None,
        };
        let Decision { at_ns, caused_at_ns, .. } = *decision;
        (decision.strategy != StrategyId(0)).then_some(Self { at_ns, caused_at_ns, order, refusal })
    }
}

/// Who set the trading state as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateSetBy {
    /// As the run before left it.
    RunBefore,
    Command,
    Risk(Cause),
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Verdicts {
    pub(crate) denied: Shared<Denied>,
    /// Of the whole, which stands before what the engine shows: that is written later. `None`: it is as it was at the start.
    pub(crate) whole: Option<(TradingState, StateSetBy)>,
    /// Strategies, venues and instruments that are not active, in the order in which they were set.
    pub(crate) scopes: Vec<(Scope, TradingState, StateSetBy)>,
    /// The last order that each strategy wished for, by its number.
    pub(crate) wishes: BTreeMap<StrategyId, Wished>,
    /// Limits that people set in this run, by place in the table: the last one of each counts.
    pub(crate) limits: Vec<(u8, i64)>,
    /// The newest command that risk has taken.
    pub(crate) command_taken: u64,
    /// Decisions that the pump was too late for.
    pub(crate) missed: u64,
}

impl Verdicts {
    /// With the states that the run began with.
    pub(super) fn new(begun: &[(Scope, TradingState)]) -> Self {
        let mut verdicts = Self {
            denied: Shared::new(DENIALS_KEPT),
            whole: None,
            scopes: Vec::new(),
            wishes: BTreeMap::new(),
            limits: Vec::new(),
            command_taken: 0,
            missed: 0,
        };
        begun.iter().for_each(|(scope, state)| verdicts.set(*scope, *state, StateSetBy::RunBefore));
        verdicts
    }

    pub(super) fn take(&mut self, decision: &Decision, authors: &Authors) {
        if let DecisionKind::CommandTaken { id, .. } = decision.what {
            self.command_taken = self.command_taken.max(id);
        }
        if let Some(wished) = Wished::of(decision) {
            self.wishes.insert(decision.strategy, wished);
        }
        match decision.what {
            DecisionKind::Denied(denial) => {
                let denied = Denied { at_ns: decision.at_ns, strategy: decision.strategy, denial };
                self.denied.push(denied, |gone| gone.whose(authors));
            }
            DecisionKind::State { scope, state, cause } => self.set(scope, state, StateSetBy::Risk(cause)),
            DecisionKind::Stop { cause: Some(cause), .. } => {
                self.set(Scope::Strategy(decision.strategy), TradingState::Halted, StateSetBy::Risk(cause));
            }
            DecisionKind::CommandTaken { what: CommandKind::SetTradingState { scope, state }, .. } => {
                self.set(scope, state, StateSetBy::Command);
            }
            DecisionKind::CommandTaken { what: CommandKind::Flatten | CommandKind::End, .. } => {
                self.set(Scope::Whole, TradingState::Halted, StateSetBy::Command);
            }
            DecisionKind::CommandTaken { what: CommandKind::SetLimit { limit, value }, .. } => {
                self.limits.retain(|(known, _)| *known != limit);
                self.limits.push((limit, value));
            }
            DecisionKind::CommandTaken {
                what: CommandKind::CancelAll | CommandKind::SetGate { .. } | CommandKind::Steer { .. },
                ..
            }
            | DecisionKind::Submit(_)
            | DecisionKind::Hold(_)
            | DecisionKind::Release(_)
            | DecisionKind::Modify(_)
            | DecisionKind::Expire(_)
            | DecisionKind::Cancel(_)
            | DecisionKind::CancelDenied(_)
            | DecisionKind::DayOpened { .. }
            | DecisionKind::Stop { cause: None, .. }
            | DecisionKind::Marked { .. } => {}
        }
    }

    fn set(&mut self, scope: Scope, state: TradingState, by: StateSetBy) {
        if scope == Scope::Whole {
            self.whole = Some((state, by));
            return;
        }
        self.scopes.retain(|(known, ..)| *known != scope);
        if state != TradingState::Active {
            self.scopes.push((scope, state, by));
        }
    }
}
