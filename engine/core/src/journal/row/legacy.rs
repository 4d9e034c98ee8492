//! The row of what a run went on from.

use crate::portfolio::Ledger;
use crate::risk::Legacy;
use crate::risk::legacy::{Holding, LeftStop, Share};
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::position::Opening;
use engine_model::units::{Lots, Nanos, Ticks};
use rkyv::{Archive, Deserialize, Serialize};

/// See [`Ledger`].
#[derive(Archive, Serialize, Deserialize)]
struct LedgerRow {
    qty: i64,
    cost: i128,
    realised: i128,
    fees: i128,
    payments: i128,
    fills: u64,
    last_px: i64,
    opening_qty: i64,
    opening_avg_px_milliticks: i64,
}

#[derive(Archive, Serialize, Deserialize)]
struct HoldingRow {
    instrument: u32,
    ledger: LedgerRow,
    px: Option<i64>,
}

/// Highest bit of a time, which none has for 200 years to come: the stop was pulled.
const PULLED: u64 = 1 << 63;

#[derive(Archive, Serialize, Deserialize)]
struct ShareRow {
    strategy: u8,
    instrument: u32,
    ledger: LedgerRow,
    /// Entered at, with [`PULLED`]; best price since.
    stop: Option<(u64, i64)>,
}

/// See [`Legacy`].
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct LegacyRow {
    run: u32,
    state_hash: [u8; 32],
    holdings: Vec<HoldingRow>,
    shares: Vec<ShareRow>,
}

impl From<&Ledger> for LedgerRow {
    fn from(ledger: &Ledger) -> Self {
        let Ledger { qty, cost, realised, fees, payments, fills, last_px, opening } = *ledger;
        let Opening { qty: opening_qty, avg_px_milliticks } = opening;
        Self {
            qty,
            cost,
            realised,
            fees,
            payments,
            fills,
            last_px: last_px.0,
            opening_qty: opening_qty.0,
            opening_avg_px_milliticks: avg_px_milliticks,
        }
    }
}

impl LedgerRow {
    fn into_ledger(self) -> Ledger {
        let Self { qty, cost, realised, fees, payments, fills, last_px, opening_qty, opening_avg_px_milliticks } = self;
        let opening = Opening { qty: Lots(opening_qty), avg_px_milliticks: opening_avg_px_milliticks };
        Ledger { qty, cost, realised, fees, payments, fills, last_px: Ticks(last_px), opening }
    }
}

impl From<&Legacy> for LegacyRow {
    fn from(legacy: &Legacy) -> Self {
        let holding = |holding: &Holding| HoldingRow {
            instrument: holding.instrument.0,
            ledger: LedgerRow::from(&holding.ledger),
            px: holding.px.map(|px| px.0),
        };
        let share = |share: &Share| ShareRow {
            strategy: share.strategy.0,
            instrument: share.instrument.0,
            ledger: LedgerRow::from(&share.ledger),
            stop: share.stop.map(|stop| {
                let pulled = if stop.is_pulled { PULLED } else { 0 };
                (stop.entered_at.0 & !PULLED | pulled, stop.best.0)
            }),
        };
        Self {
            run: legacy.run,
            state_hash: legacy.state_hash,
            holdings: legacy.holdings.iter().map(holding).collect(),
            shares: legacy.shares.iter().map(share).collect(),
        }
    }
}

impl LegacyRow {
    pub(super) fn into_legacy(self) -> Legacy {
        let holding = |row: HoldingRow| Holding {
            instrument: InstrumentId(row.instrument),
            ledger: row.ledger.into_ledger(),
            px: row.px.map(Ticks),
        };
        let share = |row: ShareRow| Share {
            strategy: StrategyId(row.strategy),
            instrument: InstrumentId(row.instrument),
            ledger: row.ledger.into_ledger(),
            stop: row.stop.map(|(at, best)| LeftStop {
                entered_at: Nanos(at & !PULLED),
                best: Ticks(best),
                is_pulled: at & PULLED != 0,
            }),
        };
        Legacy {
            run: self.run,
            state_hash: self.state_hash,
            holdings: self.holdings.into_iter().map(holding).collect(),
            shares: self.shares.into_iter().map(share).collect(),
        }
    }
}
