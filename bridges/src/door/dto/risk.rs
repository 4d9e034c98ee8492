//! Limits.

use super::{side_name, told_ns};
use crate::desk::sight::Sight;
use crate::desk::{Desk, risk as desk};
use crate::hub::verdicts::{self, DENIALS_KEPT, StateSetBy};
use engine_core::risk::stage::RiskCounters;
use engine_model::instrument::{Instrument, Instruments};
use engine_model::limit::{Scope, TradingState};
use engine_model::order::OrderType;
use engine_model::units::Quote;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `/api/v1/risk/limits`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LimitsInForce {
    /// `ACTIVE`, `REDUCING` or `HALTED`.
    pub trading_state: Option<String>,
    /// Who set it so: `COMMAND`, risk's cause (`DAILY_LOSS`, `KILLED`, `CIRCUIT_BREAKER` …), or `RUN_BEFORE`, which left it
    /// so; `null` while it never was anything else.
    pub trading_state_set_by: Option<String>,
    /// Strategies, venues and instruments that are not active. The strictest state counts.
    pub halts: Vec<Halt>,
    /// When the engine told the positions that use is computed from.
    pub at_ns: Option<u64>,
    /// In the order of configuration.
    pub limits: Vec<Limit>,
    /// Checks that orders have broken in this run; empty for whoever does not see the whole account.
    pub broken: Vec<Broken>,
    /// The last orders that did not pass, oldest first.
    pub denied: Vec<Denied>,
    /// Decisions that the bridge came too late for: `denied` lacks them.
    pub missed: u64,
}

/// A strategy, venue or instrument that is not active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Halt {
    /// `strategy:1`, `venue:bybit`, `instrument:BTCUSDT.bybit`.
    pub scope: String,
    /// `REDUCING` or `HALTED`.
    pub state: String,
    /// `COMMAND`, risk's cause, or `RUN_BEFORE`.
    pub set_by: String,
}

/// A check, and how many orders have broken it. One order can break several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Broken {
    /// The check's stable code.
    pub check: String,
    /// How many.
    pub orders: u64,
}

/// An order that did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Denied {
    /// When risk said no.
    pub at_ns: u64,
    /// Ours.
    pub client_order_id: String,
    /// Index of the strategy; 0 is the operator.
    pub strategy: u8,
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `BUY` or `SELL`.
    pub side: String,
    /// `null` for a market order.
    pub px: Option<String>,
    /// Quantity.
    pub qty: String,
    /// Every check that it broke, worst first.
    pub checks: Vec<String>,
    /// What the worst one found, in the check's unit; `null`, as the next three, where it is a figure of the account and
    /// whoever asks sees a part of it.
    pub value: Option<i64>,
    /// What the worst one allows.
    pub limit: Option<i64>,
    /// How much of that was left without this order.
    pub headroom: Option<i64>,
    /// The price in ticks, or the quantity in lots, that would have passed it; 0: none would.
    pub passes: Option<i64>,
}

/// One limit, inclusive: a value equal to it passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Limit {
    /// As in configuration.
    pub name: String,
    /// `usd`, `bps`, `percent`, `lots`, `ns`, `per_second` or `orders`.
    pub unit: String,
    /// `null`: only the venue's own limit holds.
    pub limit: Option<Amount>,
    /// What positions use of it; `null` for a limit that judges single orders, while unknown, and for whoever does not see
    /// the whole account.
    pub used: Option<Amount>,
    /// Used over limit.
    pub used_ratio: Option<f64>,
    /// What is left of it; negative when it is broken.
    pub headroom: Option<Amount>,
    /// `OK`, `NEAR` from four fifths on, or `BROKEN`.
    pub state: Option<String>,
    /// The instrument that uses most.
    pub by: Option<String>,
}

/// A number: money as a decimal string, counts as integers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Amount {
    /// Money.
    Text(String),
    /// Anything else.
    Integer(i64),
}

impl LimitsInForce {
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        let instruments = desk.instruments();
        let portfolio = desk.portfolio(sight);
        let verdicts = desk.verdicts(sight);
        let denied = verdicts.denied.all.last(DENIALS_KEPT);
        Self {
            trading_state: desk.trading_state().map(|state| state.name().to_owned()),
            trading_state_set_by: verdicts.whole.map(|(_, by)| setter(by).to_owned()),
            halts: verdicts.scopes.iter().map(|halt| Halt::new(instruments, halt)).collect(),
            at_ns: portfolio.and_then(|p| told_ns(p.at_ns)),
            limits: desk.limits(sight).iter().map(|limit| Limit::new(instruments, limit)).collect(),
            broken: if sight.is_whole() { Broken::list(&desk.gauges.counters.risk) } else { Vec::new() },
            denied: denied.iter().map(|d| Denied::new(instruments.get(d.denial.order.instrument), d, sight)).collect(),
            missed: verdicts.missed,
        }
    }
}

pub(super) fn setter(by: StateSetBy) -> &'static str {
    match by {
        StateSetBy::RunBefore => "RUN_BEFORE",
        StateSetBy::Command => "COMMAND",
        StateSetBy::Risk(cause) => cause.name(),
    }
}

impl Halt {
    fn new(instruments: &Instruments, (scope, state, by): &(Scope, TradingState, StateSetBy)) -> Self {
        Self {
            scope: scope.name(instruments.iter().as_slice()),
            state: state.name().to_owned(),
            set_by: setter(*by).to_owned(),
        }
    }
}

impl Broken {
    /// Those that were broken at all, worst check first.
    fn list(risk: &RiskCounters) -> Vec<Self> {
        risk.broken()
            .filter(|(_, orders)| *orders > 0)
            .map(|(check, orders)| Self { check: check.code().to_owned(), orders })
            .collect()
    }
}

impl Denied {
    fn new(instrument: &Instrument, denied: &verdicts::Denied, sight: &Sight) -> Self {
        let denial = &denied.denial;
        let (order, figures) = (&denial.order, sight.figures(&denial.refusal));
        Self {
            at_ns: denied.at_ns.0,
            client_order_id: order.client_order_id.to_string(),
            strategy: denied.strategy.0,
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            side: side_name(order.side),
            px: (order.order_type == OrderType::Limit).then(|| instrument.grid.price_text(order.px)),
            qty: instrument.grid.qty_text(order.qty),
            checks: denial.breaches.iter().map(|check| check.code().to_owned()).collect(),
            value: figures.map(|it| it.value),
            limit: figures.map(|it| it.limit),
            headroom: figures.map(|it| it.headroom),
            passes: figures.map(|it| it.passes),
        }
    }
}

impl Limit {
    fn new(instruments: &Instruments, limit: &desk::LimitUse) -> Self {
        Self {
            name: limit.name.to_owned(),
            unit: limit.unit.name().to_owned(),
            limit: limit.limit.map(|amount| Amount::new(limit.unit, amount)),
            used: limit.used.map(|amount| Amount::new(limit.unit, amount)),
            used_ratio: limit.share(),
            headroom: limit.headroom().map(|amount| Amount::new(limit.unit, amount)),
            state: limit.state().map(str::to_owned),
            by: limit.by.map(|id| {
                let instrument = instruments.get(id);
                format!("{}.{}", instrument.symbol, instrument.venue.name())
            }),
        }
    }
}

impl Amount {
    fn new(unit: engine_model::limit::Unit, amount: i64) -> Self {
        match unit {
            engine_model::limit::Unit::Usd => Self::Text(Quote(amount).to_string()),
            _ => Self::Integer(amount),
        }
    }
}
