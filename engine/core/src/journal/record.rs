//! What a journal says, entry by entry.

use super::format::{Damage, RecordKind};
use super::row::decision::DecisionRow;
use super::row::market::MarketRow;
use super::row::run::RunRow;
use super::row::{ROW_VERSION, ReportRow};
use crate::risk::{Breaches, Cause, Decision, DecisionKind, Outside, Question};
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::Instrument;
use engine_model::intent::{Intent, IntentKind, Seen, StrategyId};
use engine_model::limit::{Limits, TradingState};
use engine_model::market::MarketEvent;
use engine_model::order::{ClientOrderId, Order};
use engine_model::refusal::Refusal;
use engine_model::report::Report;
use engine_model::units::{Nanos, Quote};
use rkyv::rancor::Error as RowError;

/// What a run began with.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Every instrument, by index.
    pub instruments: Vec<Instrument>,
    /// What risk held orders against.
    pub limits: Limits,
    /// Equity at the start.
    pub equity_start: Quote,
    /// Rows of the order table.
    pub open_orders_max: u32,
}

/// A decision as it was written down. Not a [`Decision`]: reading a file must not be a way to an approved order. A replay
/// judges [`Judgement::intent`] again and compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How far risk had read.
    pub seen: Seen,
    /// When it decided.
    pub at_ns: Nanos,
    /// Receive time of the event that led to it.
    pub caused_at_ns: Nanos,
    /// Whose wish.
    pub strategy: StrategyId,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The order left, as it stands here.
    Submit(Order),
    /// The order did not leave.
    Denied {
        /// As it was wished.
        order: Order,
        /// Every check that it broke.
        breaches: Breaches,
        /// The worst one.
        refusal: Refusal,
    },
    /// The order was to be withdrawn.
    Cancel(ClientOrderId),
    /// There was no such open order.
    CancelDenied(ClientOrderId),
    /// A command was obeyed; it was asked at `caused_at_ns`.
    Command {
        /// Matches the answer to the question.
        id: u64,
        /// What was asked.
        what: CommandKind,
    },
    /// Risk itself changed the trading state.
    State {
        /// To what.
        state: TradingState,
        /// Why.
        cause: Cause,
    },
    /// A day began between two judgements.
    DayOpened {
        /// Equity then.
        equity: Quote,
    },
}

impl From<&Decision> for Judgement {
    fn from(decision: &Decision) -> Self {
        let verdict = match decision.what {
            DecisionKind::Submit(order) => Verdict::Submit(*order),
            DecisionKind::Denied(denial) => {
                Verdict::Denied { order: denial.order, breaches: denial.breaches, refusal: denial.refusal() }
            }
            DecisionKind::Cancel(id) => Verdict::Cancel(id),
            DecisionKind::CancelDenied(id) => Verdict::CancelDenied(id),
            DecisionKind::CommandTaken { id, what } => Verdict::Command { id, what },
            DecisionKind::State { state, cause } => Verdict::State { state, cause },
            DecisionKind::DayOpened { equity } => Verdict::DayOpened { equity },
        };
        let Decision { seen, at_ns, caused_at_ns, strategy, .. } = *decision;
        Self { seen, at_ns, caused_at_ns, strategy, verdict }
    }
}

impl Judgement {
    /// What risk was asked.
    #[must_use]
    pub fn question(&self) -> Question {
        let wish = |what| {
            let Self { strategy, seen, caused_at_ns, .. } = *self;
            Question::Wish(Intent { strategy, seen, caused_at_ns, what })
        };
        match self.verdict {
            Verdict::Submit(order) | Verdict::Denied { order, .. } => wish(IntentKind::Submit(order)),
            Verdict::Cancel(id) | Verdict::CancelDenied(id) => wish(IntentKind::Cancel(id)),
            Verdict::Command { id, what } => Question::Command(Command { id, asked_at_ns: self.caused_at_ns, what }),
            Verdict::State { cause, .. } => Question::Own(cause),
            Verdict::DayOpened { .. } => Question::Day,
        }
    }

    /// What no event tells, as far as the verdict gives it away.
    #[must_use]
    pub fn outside(&self) -> Outside {
        match self.verdict {
            Verdict::Denied { breaches, refusal, .. } => Outside::of_denial(breaches, refusal),
            Verdict::State { cause, .. } => Outside { killed: cause == Cause::Killed, full: None },
            _ => Outside::default(),
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The first one.
    Run(Run),
    /// Of a `market` ring.
    Market(MarketEvent),
    /// Of the `order` ring.
    Decision(Judgement),
    /// Of the `report` ring.
    Report(Report),
}

impl Record {
    /// Believes `payload` only as far as it can be proved.
    pub fn decode(kind: RecordKind, version: u16, payload: &[u8]) -> Result<Self, Damage> {
        if version != ROW_VERSION {
            return Err(Damage::Kind { kind: kind as u16, version });
        }
        match kind {
            RecordKind::Run => {
                rkyv::from_bytes::<RunRow, RowError>(payload).ok().and_then(RunRow::into_run).map(Self::Run)
            }
            RecordKind::Market => {
                rkyv::from_bytes::<MarketRow, RowError>(payload).ok().and_then(MarketRow::into_event).map(Self::Market)
            }
            RecordKind::Decision => rkyv::from_bytes::<DecisionRow, RowError>(payload)
                .ok()
                .and_then(DecisionRow::into_judgement)
                .map(Self::Decision),
            RecordKind::Report => {
                rkyv::from_bytes::<ReportRow, RowError>(payload).ok().and_then(ReportRow::into_report).map(Self::Report)
            }
        }
        .ok_or(Damage::Payload)
    }
}
