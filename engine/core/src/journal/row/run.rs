//! The row of what a run began with.

use super::{contract_kind, venue};
use crate::journal::record::Run;
use engine_model::instrument::{Grid, Instrument, InstrumentId, Name};
use engine_model::limit::Limits;
use engine_model::units::{Lots, Quote};
use rkyv::{Archive, Deserialize, Serialize};

#[derive(Archive, Serialize, Deserialize)]
struct InstrumentRow {
    venue: u8,
    symbol: String,
    base: String,
    quote: String,
    kind: u8,
    price_decimals: u8,
    tick_step: i64,
    qty_decimals: u8,
    lot_step: i64,
    contract_size: i64,
    contract_decimals: u8,
    min_qty: i64,
    max_qty: i64,
    min_notional: i64,
}

#[derive(Archive, Serialize, Deserialize)]
struct LimitsRow {
    order_qty_max_lots: i64,
    order_notional_max: i64,
    price_collar_bps: i64,
    position_notional_max: i64,
    position_share_max_bps: i64,
    leverage_max_pct: i64,
    daily_loss_reduce_bps: i64,
    daily_loss_halt_bps: i64,
    price_age_max_ns: u64,
    message_rate_per_s: u32,
    message_burst: u32,
}

/// See [`Run`].
#[derive(Archive, Serialize, Deserialize)]
pub(in crate::journal) struct RunRow {
    instruments: Vec<InstrumentRow>,
    limits: LimitsRow,
    equity_start: i64,
    open_orders_max: u32,
}

impl From<&Run> for RunRow {
    fn from(run: &Run) -> Self {
        Self {
            instruments: run.instruments.iter().map(InstrumentRow::from).collect(),
            limits: LimitsRow::from(&run.limits),
            equity_start: run.equity_start.0,
            open_orders_max: run.open_orders_max,
        }
    }
}

impl RunRow {
    pub(in crate::journal) fn into_run(self) -> Option<Run> {
        let instruments =
            self.instruments.into_iter().zip(0..).map(|(row, index)| row.into_instrument(InstrumentId(index)));
        Some(Run {
            instruments: instruments.collect::<Option<_>>()?,
            limits: self.limits.into_limits(),
            equity_start: Quote(self.equity_start),
            open_orders_max: self.open_orders_max,
        })
    }
}

impl From<&Instrument> for InstrumentRow {
    fn from(i: &Instrument) -> Self {
        Self {
            venue: i.venue as u8,
            symbol: i.symbol.as_str().to_owned(),
            base: i.base.as_str().to_owned(),
            quote: i.quote.as_str().to_owned(),
            kind: i.kind as u8,
            price_decimals: i.grid.price_decimals,
            tick_step: i.grid.tick_step,
            qty_decimals: i.grid.qty_decimals,
            lot_step: i.grid.lot_step,
            contract_size: i.contract_size,
            contract_decimals: i.contract_decimals,
            min_qty: i.min_qty.0,
            max_qty: i.max_qty.0,
            min_notional: i.min_notional.0,
        }
    }
}

impl InstrumentRow {
    fn into_instrument(self, id: InstrumentId) -> Option<Instrument> {
        let on_grid = |decimals: u8, step: i64| decimals <= 18 && step >= 1;
        let size_decimals = self.qty_decimals.saturating_add(self.contract_decimals);
        if !on_grid(self.price_decimals, self.tick_step) || !on_grid(size_decimals, self.lot_step) {
            return None;
        }
        Some(Instrument {
            id,
            venue: venue(self.venue)?,
            symbol: Name::new(&self.symbol)?,
            base: Name::new(&self.base)?,
            quote: Name::new(&self.quote)?,
            kind: contract_kind(self.kind)?,
            grid: Grid {
                price_decimals: self.price_decimals,
                tick_step: self.tick_step,
                qty_decimals: self.qty_decimals,
                lot_step: self.lot_step,
            },
            contract_size: self.contract_size,
            contract_decimals: self.contract_decimals,
            min_qty: Lots(self.min_qty),
            max_qty: Lots(self.max_qty),
            min_notional: Quote(self.min_notional),
        })
    }
}

impl From<&Limits> for LimitsRow {
    fn from(l: &Limits) -> Self {
        Self {
            order_qty_max_lots: l.order_qty_max_lots,
            order_notional_max: l.order_notional_max.0,
            price_collar_bps: l.price_collar_bps,
            position_notional_max: l.position_notional_max.0,
            position_share_max_bps: l.position_share_max_bps,
            leverage_max_pct: l.leverage_max_pct,
            daily_loss_reduce_bps: l.daily_loss_reduce_bps,
            daily_loss_halt_bps: l.daily_loss_halt_bps,
            price_age_max_ns: l.price_age_max_ns,
            message_rate_per_s: l.message_rate_per_s,
            message_burst: l.message_burst,
        }
    }
}

impl LimitsRow {
    fn into_limits(self) -> Limits {
        Limits {
            order_qty_max_lots: self.order_qty_max_lots,
            order_notional_max: Quote(self.order_notional_max),
            price_collar_bps: self.price_collar_bps,
            position_notional_max: Quote(self.position_notional_max),
            position_share_max_bps: self.position_share_max_bps,
            leverage_max_pct: self.leverage_max_pct,
            daily_loss_reduce_bps: self.daily_loss_reduce_bps,
            daily_loss_halt_bps: self.daily_loss_halt_bps,
            price_age_max_ns: self.price_age_max_ns,
            message_rate_per_s: self.message_rate_per_s,
            message_burst: self.message_burst,
        }
    }
}
