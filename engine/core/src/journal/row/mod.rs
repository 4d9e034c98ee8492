//! Rows: plain mirrors of the vocabulary with fixed layouts, so that the engine's own types may change while old files
//! stay readable. rkyv, checked (`bytecheck`) before anything is believed; numbers of enums are checked here.

pub(super) mod decision;
mod legacy;
pub(super) mod market;
mod order;
pub(super) mod run;

pub(super) use order::ReportRow;

use crate::risk::{Cause, Wish};
use engine_model::algorithm::AlgorithmKind;
use engine_model::closeout;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::market::{BookState, Side};
use engine_model::order::{Contingency, OffsetUnit, OrderStatus, OrderType, TimeInForce, TriggerType};
use engine_model::payment::PaymentKind;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Liquidity;
use engine_model::steer::Steer;
use engine_model::venue::{RejectReason, VenueId};
use rkyv::{Archive, Deserialize, Serialize};

/// Layout of the rows in this build.
pub(super) const ROW_VERSION: u16 = 7;

fn contract_kind(number: u8) -> Option<ContractKind> {
    [ContractKind::Spot, ContractKind::Linear, ContractKind::Inverse].into_iter().find(|k| *k as u8 == number)
}

fn order_type(number: u8) -> Option<OrderType> {
    OrderType::ALL.into_iter().find(|t| *t as u8 == number)
}

fn time_in_force(number: u8) -> Option<TimeInForce> {
    TimeInForce::ALL.into_iter().find(|t| *t as u8 == number)
}

fn trigger_type(number: u8) -> Option<TriggerType> {
    TriggerType::ALL.into_iter().find(|t| *t as u8 == number)
}

fn offset_unit(number: u8) -> Option<OffsetUnit> {
    [OffsetUnit::Ticks, OffsetUnit::Bps].into_iter().find(|u| *u as u8 == number)
}

/// Algorithms are numbered from here.
const PRIMARY: u8 = 16;

fn contingency_number(contingency: Contingency) -> u8 {
    match contingency {
        Contingency::None => 0,
        Contingency::Oco => 1,
        Contingency::Ouo => 2,
        Contingency::Spawned => 3,
        Contingency::Primary(algorithm) => PRIMARY + algorithm as u8,
    }
}

fn contingency(number: u8) -> Option<Contingency> {
    let ties = [Contingency::None, Contingency::Oco, Contingency::Ouo, Contingency::Spawned];
    let mut all = ties.into_iter().chain(AlgorithmKind::ALL.map(Contingency::Primary));
    all.find(|known| contingency_number(*known) == number)
}

fn wish(number: u8) -> Option<Wish> {
    [Wish::Submit, Wish::Hold, Wish::Release, Wish::Modify].into_iter().find(|w| *w as u8 == number)
}

pub(crate) fn cause(number: u8) -> Option<Cause> {
    Cause::ALL.into_iter().find(|c| *c as u8 == number)
}

fn venue(number: u8) -> Option<VenueId> {
    VenueId::ALL.into_iter().find(|v| *v as u8 == number)
}

pub(crate) fn side(number: u8) -> Option<Side> {
    [Side::Buy, Side::Sell].into_iter().find(|s| *s as u8 == number)
}

pub(crate) fn book_state(number: u8) -> Option<BookState> {
    [BookState::Waiting, BookState::Synced, BookState::Lost].into_iter().find(|s| *s as u8 == number)
}

fn liquidity(number: u8) -> Option<Liquidity> {
    [Liquidity::Maker, Liquidity::Taker].into_iter().find(|l| *l as u8 == number)
}

pub(crate) fn trading_state(number: u8) -> Option<TradingState> {
    TradingState::ALL.into_iter().find(|s| *s as u8 == number)
}

pub(crate) fn order_status(number: u8) -> Option<OrderStatus> {
    OrderStatus::ALL.into_iter().find(|s| *s as u8 == number)
}

fn closeout_cause(number: u8) -> Option<closeout::Cause> {
    closeout::Cause::ALL.into_iter().find(|c| *c as u8 == number)
}

fn payment_kind(number: u8) -> Option<PaymentKind> {
    PaymentKind::ALL.into_iter().find(|k| *k as u8 == number)
}

fn reject_reason(number: u8) -> Option<RejectReason> {
    RejectReason::ALL.into_iter().find(|r| *r as u8 == number)
}

/// A refusal as it is written down.
#[derive(Archive, Serialize, Deserialize)]
struct RefusalRow {
    check: u8,
    value: i64,
    limit: i64,
    headroom: i64,
    passes: i64,
}

impl From<&Refusal> for RefusalRow {
    fn from(refusal: &Refusal) -> Self {
        let Refusal { check, value, limit, headroom, passes } = *refusal;
        Self { check: check as u8, value, limit, headroom, passes }
    }
}

impl RefusalRow {
    fn into_refusal(self) -> Option<Refusal> {
        let Self { check, value, limit, headroom, passes } = self;
        let check = Check::ALL.into_iter().find(|known| *known as u8 == check)?;
        Some(Refusal { check, value, limit, headroom, passes })
    }
}

/// What was asked of a strategy, as it is written down.
#[derive(Archive, Serialize, Deserialize)]
enum SteerRow {
    Start,
    Pause,
    Stop,
    Set { param: u8, value: i64, is_last: bool },
    Withdraw,
}

impl From<&Steer> for SteerRow {
    fn from(steer: &Steer) -> Self {
        match *steer {
            Steer::Start => Self::Start,
            Steer::Pause => Self::Pause,
            Steer::Stop => Self::Stop,
            Steer::Set { param, value, is_last } => Self::Set { param, value, is_last },
            Steer::Withdraw => Self::Withdraw,
        }
    }
}

impl SteerRow {
    fn into_steer(self) -> Steer {
        match self {
            Self::Start => Steer::Start,
            Self::Pause => Steer::Pause,
            Self::Stop => Steer::Stop,
            Self::Set { param, value, is_last } => Steer::Set { param, value, is_last },
            Self::Withdraw => Steer::Withdraw,
        }
    }
}

/// What a trading state is of, as it is written down.
#[derive(Archive, Serialize, Deserialize)]
enum ScopeRow {
    Whole,
    Strategy(u8),
    Venue(u8),
    Instrument(u32),
}

impl From<&Scope> for ScopeRow {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Whole => Self::Whole,
            Scope::Strategy(strategy) => Self::Strategy(strategy.0),
            Scope::Venue(venue) => Self::Venue(*venue as u8),
            Scope::Instrument(instrument) => Self::Instrument(instrument.0),
        }
    }
}

impl ScopeRow {
    fn into_scope(self) -> Option<Scope> {
        Some(match self {
            Self::Whole => Scope::Whole,
            Self::Strategy(number) => Scope::Strategy(StrategyId(number)),
            Self::Venue(number) => Scope::Venue(venue(number)?),
            Self::Instrument(number) => Scope::Instrument(InstrumentId(number)),
        })
    }
}
