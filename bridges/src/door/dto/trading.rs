//! Orders and executions page by page, strategies.

use super::risk::setter;
use super::{Fill, OpenOrder, told_ns};
use crate::desk::Desk;
use crate::desk::portfolio as desk;
use crate::desk::sight::Sight;
use crate::desk::steering;
use crate::desk::strategies::StrategyNow;
use crate::door::body::Asked;
use crate::operator::words::ToldParam;
use engine_core::portfolio::books::{ATOMS_PER_E8, Group};
use engine_core::portfolio::saturated;
use engine_model::instrument::Instruments;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `/api/v1/trading/orders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrdersPage {
    /// In the order of their ids.
    pub open: Vec<OpenOrder>,
    /// Open orders in all.
    pub total: usize,
    /// There are more: ask with `skip` set to this.
    pub next_skip: Option<usize>,
    /// Whether `total` is all there is: `false` once the bridge came too late for a report.
    pub complete: bool,
}

/// `/api/v1/trading/executions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Executions {
    /// Oldest first.
    pub fills: Vec<Fill>,
    /// Executions of the run, of which the last 200 are kept.
    pub total: u64,
    /// There are older ones: ask with `before` set to this.
    pub older: Option<u64>,
    /// Reports that the bridge came too late for.
    pub missed: u64,
}

/// `/api/v1/trading/strategies`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Strategies {
    /// `ACTIVE`, `REDUCING` or `HALTED`, of the whole run; the stricter of it and a strategy's own counts.
    pub trading_state: Option<String>,
    /// In the order of configuration.
    pub strategies: Vec<StrategyStatus>,
}

/// How a strategy stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StrategyStatus {
    /// Its number, from 1.
    pub strategy: u8,
    /// As in configuration.
    pub name: String,
    /// Whose it is, by name; absent: the house's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// What it was asked to be: `RUNNING`, `PAUSED` or `STOPPED`; `FAILED` is one that gave up by itself.
    pub mode: Option<String>,
    /// Why it gave up the first time, if it did.
    pub fault: Option<String>,
    /// Whether its parameters stand while it runs.
    pub is_fixed: bool,
    /// Its parameters in force.
    pub params: Vec<ToldParam>,
    /// What risk lets it do: `ACTIVE`, `REDUCING` or `HALTED`. The stricter of it and `mode` counts.
    pub state: String,
    /// Who set that; `null`: nobody did.
    pub state_set_by: Option<String>,
    /// Open orders.
    pub open_orders: usize,
    /// Executions.
    pub fills: Option<u64>,
    /// Closed, before fees.
    pub realised_usd: Option<String>,
    /// Open at the mark.
    pub unrealised_usd: Option<String>,
    /// All it has earned, fees and payments included.
    pub profit_usd: Option<String>,
    /// Reading of what it holds, unsigned.
    pub gross_usd: Option<String>,
    /// When it last executed, of the executions that are kept.
    pub last_fill_ns: Option<u64>,
    /// When risk last refused an order of it, of the denials that are kept.
    pub last_denied_ns: Option<u64>,
}

/// Asks for `PATCH /api/v1/trading/strategies/{strategy}/params`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParams {
    /// New values by the parameters' names, in their units. What is not named stays.
    pub params: BTreeMap<String, i64>,
}

impl Asked for NewParams {
    const FIELDS: &'static [&'static str] = &["params: {\"fast\": 10, \"slow\": 40}"];
}

impl OrdersPage {
    pub(crate) fn new(instruments: &Instruments, page: &desk::OrdersPage) -> Self {
        Self {
            open: OpenOrder::list(instruments, &page.open),
            total: page.total,
            next_skip: page.next_skip,
            complete: page.complete,
        }
    }
}

impl Executions {
    pub(crate) fn new(instruments: &Instruments, page: &desk::ExecutionsPage) -> Self {
        Self {
            fills: super::Fills::new(instruments, &page.reports).fills,
            total: page.total,
            older: page.older,
            missed: page.missed,
        }
    }
}

impl Strategies {
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        Self {
            trading_state: desk.trading_state().map(|state| state.name().to_owned()),
            strategies: desk.strategies(sight).iter().map(StrategyStatus::new).collect(),
        }
    }
}

impl StrategyStatus {
    pub(crate) fn new(strategy: &StrategyNow<'_>) -> Self {
        let row = strategy.row;
        let money = |of: fn(&Group) -> i128| strategy.earned.as_ref().map(|earned| dollars(of(earned)));
        Self {
            strategy: strategy.id.0,
            name: strategy.name.to_owned(),
            owner: strategy.owner.map(str::to_owned),
            mode: row.map(|row| row.mode().name().to_owned()),
            fault: row.and_then(|row| row.fault()).map(str::to_owned),
            is_fixed: row.is_some_and(steering::is_fixed),
            params: row.map(steering::params).unwrap_or_default(),
            state: strategy.state.name().to_owned(),
            state_set_by: strategy.set_by.map(|by| setter(by).to_owned()),
            open_orders: strategy.open_orders,
            fills: strategy.earned.map(|earned| earned.fills),
            realised_usd: money(|earned| earned.realised / ATOMS_PER_E8),
            unrealised_usd: money(|earned| earned.unrealised / ATOMS_PER_E8),
            profit_usd: money(|earned| earned.parts.total() / ATOMS_PER_E8),
            gross_usd: money(|earned| earned.gross),
            last_fill_ns: strategy.last_fill.and_then(told_ns),
            last_denied_ns: strategy.last_denied.and_then(told_ns),
        }
    }
}

/// Of units of 1e-8.
fn dollars(units: i128) -> String {
    saturated(units).to_string()
}
