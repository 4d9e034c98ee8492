//! Limits.

use crate::desk::risk as desk;
use engine_model::instrument::Instruments;
use serde::{Deserialize, Serialize};

/// `/api/v1/risk/limits`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitsInForce {
    /// `ACTIVE`, `REDUCING` or `HALTED`.
    pub trading_state: Option<String>,
    /// When the engine told the positions that use is computed from.
    pub at_ns: Option<u64>,
    /// In the order of configuration.
    pub limits: Vec<Limit>,
}

/// One limit, inclusive: a value equal to it passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// As in configuration.
    pub name: String,
    /// `usd`, `bps`, `percent`, `lots`, `ns`, `per_second` or `orders`.
    pub unit: String,
    /// `null`: only the venue's own limit holds.
    pub limit: Option<Amount>,
    /// What positions use of it; `null` for a limit that judges single orders, and while unknown.
    pub used: Option<Amount>,
    /// Used over limit.
    pub used_ratio: Option<f64>,
    /// The instrument that uses most.
    pub by: Option<String>,
}

/// A number: money as a decimal string, counts as integers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// Money.
    Text(String),
    /// Anything else.
    Integer(i64),
}

impl Limit {
    pub(crate) fn list(instruments: &Instruments, uses: &[desk::LimitUse]) -> Vec<Self> {
        uses.iter().map(|limit| Self::new(instruments, limit)).collect()
    }

    fn new(instruments: &Instruments, limit: &desk::LimitUse) -> Self {
        Self {
            name: limit.name.to_owned(),
            unit: limit.unit.name().to_owned(),
            limit: limit.limit.map(|amount| Amount::new(limit.unit, amount)),
            used: limit.used.map(|amount| Amount::new(limit.unit, amount)),
            used_ratio: limit.share(),
            by: limit.by.map(|id| {
                let instrument = instruments.get(id);
                format!("{}.{}", instrument.symbol, instrument.venue.name())
            }),
        }
    }
}

impl Amount {
    fn new(unit: desk::Unit, amount: i64) -> Self {
        match unit {
            desk::Unit::Usd => Self::Text(engine_model::units::Quote(amount).to_string()),
            _ => Self::Integer(amount),
        }
    }
}
