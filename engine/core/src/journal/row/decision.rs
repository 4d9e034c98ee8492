//! The row of a decision.

use super::order::OrderRow;
use super::{RefusalRow, ScopeRow, SteerRow, cause, trading_state, venue, wish};
use crate::journal::record::{Judgement, Verdict};
use crate::risk::{Breaches, Decision};
use engine_model::command::CommandKind;
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, Seen, StrategyId};
use engine_model::order::ClientOrderId;
use engine_model::steer::Steer;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VENUES_MAX;
use rkyv::{Archive, Deserialize, Serialize};

/// Nobody steers him.
const OPERATOR: u8 = 0;

#[derive(Archive, Serialize, Deserialize)]
enum VerdictRow {
    Submit(OrderRow),
    Hold(OrderRow),
    Release(OrderRow),
    Modify { id: u64, px: i64, qty: i64 },
    Denied { order: OrderRow, wish: u8, breaches: u64, refusal: RefusalRow },
    Cancel(u64),
    Expire(u64),
    CancelDenied(u64),
    CancelAll { id: u64 },
    SetTradingState { id: u64, scope: ScopeRow, state: u8 },
    Flatten { id: u64 },
    End { id: u64 },
    SetGate { id: u64, venue: u8, is_open: bool },
    State { scope: ScopeRow, state: u8, cause: u8 },
    DayOpened { equity: i64 },
    Stop { instrument: u32, cause: Option<u8>, best: i64, px: i64 },
    Marked { equity: i64, loss: i64, fall: i64 },
    Steer { id: u64, strategy: u8, what: SteerRow },
}

/// See [`Judgement`].
#[derive(Archive, Serialize, Deserialize)]
pub(in crate::journal) struct DecisionRow {
    seen_market: [u32; VENUES_MAX],
    seen_report: u32,
    at_ns: u64,
    caused_at_ns: u64,
    strategy: u8,
    verdict: VerdictRow,
}

impl From<&Decision> for DecisionRow {
    fn from(decision: &Decision) -> Self {
        let judgement = Judgement::from(decision);
        Self {
            seen_market: judgement.seen.market,
            seen_report: judgement.seen.report,
            at_ns: judgement.at_ns.0,
            caused_at_ns: judgement.caused_at_ns.0,
            strategy: judgement.strategy.0,
            verdict: VerdictRow::from(&judgement.verdict),
        }
    }
}

impl From<&Verdict> for VerdictRow {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Submit(order) => Self::Submit(order.into()),
            Verdict::Hold(order) => Self::Hold(order.into()),
            Verdict::Release(order) => Self::Release(order.into()),
            Verdict::Modify(Change { client_order_id, px, qty }) => {
                Self::Modify { id: client_order_id.0, px: px.0, qty: qty.0 }
            }
            Verdict::Expire(id) => Self::Expire(id.0),
            Verdict::Denied { order, wish, breaches, refusal } => {
                let (breaches, refusal) = (breaches.bits(), refusal.into());
                Self::Denied { order: order.into(), wish: *wish as u8, breaches, refusal }
            }
            Verdict::Cancel(id) => Self::Cancel(id.0),
            Verdict::CancelDenied(id) => Self::CancelDenied(id.0),
            Verdict::Command { id, what } => Self::from_command(*id, what),
            Verdict::State { scope, state, cause } => {
                Self::State { scope: scope.into(), state: *state as u8, cause: *cause as u8 }
            }
            Verdict::Stop { instrument, cause, best, px } => {
                let cause = cause.map(|cause| cause as u8);
                Self::Stop { instrument: instrument.0, cause, best: best.0, px: px.0 }
            }
            Verdict::DayOpened { equity } => Self::DayOpened { equity: equity.0 },
            Verdict::Marked { equity, loss, fall } => Self::Marked { equity: equity.0, loss: loss.0, fall: fall.0 },
        }
    }
}

impl VerdictRow {
    fn from_command(id: u64, what: &CommandKind) -> Self {
        match what {
            CommandKind::CancelAll => Self::CancelAll { id },
            CommandKind::SetTradingState { scope, state } => {
                Self::SetTradingState { id, scope: scope.into(), state: *state as u8 }
            }
            CommandKind::Flatten => Self::Flatten { id },
            CommandKind::End => Self::End { id },
            CommandKind::SetGate { venue, is_open } => Self::SetGate { id, venue: *venue as u8, is_open: *is_open },
            // The operator's parameters are the limits.
            CommandKind::SetLimit { limit, value } => Self::Steer {
                id,
                strategy: OPERATOR,
                what: (&Steer::Set { param: *limit, value: *value, is_last: true }).into(),
            },
            CommandKind::Steer { strategy, what } => Self::Steer { id, strategy: strategy.0, what: what.into() },
        }
    }
}

impl DecisionRow {
    pub(in crate::journal) fn into_judgement(self) -> Option<Judgement> {
        Some(Judgement {
            seen: Seen { market: self.seen_market, report: self.seen_report },
            at_ns: Nanos(self.at_ns),
            caused_at_ns: Nanos(self.caused_at_ns),
            strategy: StrategyId(self.strategy),
            verdict: self.verdict.into_verdict()?,
        })
    }
}

impl VerdictRow {
    fn into_verdict(self) -> Option<Verdict> {
        Some(match self {
            Self::Submit(order) => Verdict::Submit(order.into_order()?),
            Self::Hold(order) => Verdict::Hold(order.into_order()?),
            Self::Release(order) => Verdict::Release(order.into_order()?),
            Self::Modify { id, px, qty } => {
                Verdict::Modify(Change { client_order_id: ClientOrderId(id), px: Ticks(px), qty: Lots(qty) })
            }
            Self::Expire(id) => Verdict::Expire(ClientOrderId(id)),
            Self::Denied { order, wish: of, breaches, refusal } => {
                let (breaches, refusal) = (Breaches::from_bits(breaches)?, refusal.into_refusal()?);
                Verdict::Denied { order: order.into_order()?, wish: wish(of)?, breaches, refusal }
            }
            Self::Cancel(id) => Verdict::Cancel(ClientOrderId(id)),
            Self::CancelDenied(id) => Verdict::CancelDenied(ClientOrderId(id)),
            Self::CancelAll { id } => Verdict::Command { id, what: CommandKind::CancelAll },
            Self::SetTradingState { id, scope, state } => {
                let (scope, state) = (scope.into_scope()?, trading_state(state)?);
                Verdict::Command { id, what: CommandKind::SetTradingState { scope, state } }
            }
            Self::End { id } => Verdict::Command { id, what: CommandKind::End },
            Self::Flatten { id } => Verdict::Command { id, what: CommandKind::Flatten },
            Self::SetGate { id, venue: number, is_open } => {
                Verdict::Command { id, what: CommandKind::SetGate { venue: venue(number)?, is_open } }
            }
            Self::Steer { id, strategy, what } => {
                let (strategy, what) = (StrategyId(strategy), what.into_steer());
                if let (StrategyId(OPERATOR), Steer::Set { param: limit, value, .. }) = (strategy, what) {
                    return Some(Verdict::Command { id, what: CommandKind::SetLimit { limit, value } });
                }
                Verdict::Command { id, what: CommandKind::Steer { strategy, what } }
            }
            Self::State { scope, state, cause: number } => {
                Verdict::State { scope: scope.into_scope()?, state: trading_state(state)?, cause: cause(number)? }
            }
            Self::Stop { instrument, cause: number, best, px } => {
                let cause = match number {
                    Some(number) => Some(cause(number)?),
                    None => None,
                };
                Verdict::Stop { instrument: InstrumentId(instrument), cause, best: Ticks(best), px: Ticks(px) }
            }
            Self::DayOpened { equity } => Verdict::DayOpened { equity: Quote(equity) },
            Self::Marked { equity, loss, fall } => {
                Verdict::Marked { equity: Quote(equity), loss: Quote(loss), fall: Quote(fall) }
            }
        })
    }
}
