//! The row of what a run began with.

use super::legacy::LegacyRow;
use super::{ScopeRow, contract_kind, trading_state, venue};
use crate::journal::record::Run;
use crate::risk::{Kin, Losses, Mandate, Rules};
use engine_model::instrument::{Grid, Instrument, InstrumentId, Name};
use engine_model::intent::StrategyId;
use engine_model::limit::Limits;
use engine_model::margin::{MarginTier, MarginTiers};
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
    /// None: nobody told them.
    margin_tiers: Vec<MarginTierRow>,
}

#[derive(Archive, Serialize, Deserialize)]
struct MarginTierRow {
    up_to: i64,
    leverage_max: u16,
    maintenance_ppm: u32,
}

/// A limit under its key, so that a file of another table is told by name.
#[derive(Archive, Serialize, Deserialize)]
struct LimitRow {
    key: String,
    value: i64,
}

#[derive(Archive, Serialize, Deserialize)]
struct MandateRow {
    strategy: u8,
    instruments: Vec<u32>,
    limits: Vec<LimitRow>,
}

#[derive(Archive, Serialize, Deserialize)]
struct KinRow {
    is_major: bool,
    sector: u8,
    cluster: u16,
}

#[derive(Archive, Serialize, Deserialize)]
struct RulesRow {
    limits: Vec<LimitRow>,
    mandates: Vec<MandateRow>,
    kin: Vec<KinRow>,
    states: Vec<(ScopeRow, u8)>,
    /// Strategy (0 is the account), day, loss of it, fall from the peak.
    losses: Vec<(u8, u64, i64, i64)>,
    closed_gates: Vec<u8>,
    legacy: Option<LegacyRow>,
}

/// See [`Run`].
#[derive(Archive, Serialize, Deserialize)]
pub(in crate::journal) struct RunRow {
    instruments: Vec<InstrumentRow>,
    rules: RulesRow,
    equity_start: i64,
    open_orders_max: u32,
    is_live: bool,
    /// Names of the strategies, by number from 1.
    strategies: Vec<String>,
}

impl From<&Run> for RunRow {
    fn from(run: &Run) -> Self {
        Self {
            instruments: run.instruments.iter().zip(&run.margin_tiers).map(InstrumentRow::from).collect(),
            rules: RulesRow::from(&*run.rules),
            equity_start: run.equity_start.0,
            open_orders_max: run.open_orders_max,
            is_live: run.is_live,
            strategies: run.strategies.clone(),
        }
    }
}

impl RunRow {
    pub(in crate::journal) fn into_run(self) -> Option<Run> {
        let margin_tiers = self.instruments.iter().map(InstrumentRow::margin_tiers).collect::<Option<_>>()?;
        let instruments =
            self.instruments.into_iter().zip(0..).map(|(row, index)| row.into_instrument(InstrumentId(index)));
        Some(Run {
            instruments: instruments.collect::<Option<_>>()?,
            margin_tiers,
            rules: Box::new(self.rules.into_rules()?),
            equity_start: Quote(self.equity_start),
            open_orders_max: self.open_orders_max,
            is_live: self.is_live,
            strategies: self.strategies,
        })
    }
}

impl From<&MarginTier> for MarginTierRow {
    fn from(tier: &MarginTier) -> Self {
        Self { up_to: tier.up_to.0, leverage_max: tier.leverage_max, maintenance_ppm: tier.maintenance_ppm }
    }
}

impl From<(&Instrument, &Option<MarginTiers>)> for InstrumentRow {
    fn from((i, tiers): (&Instrument, &Option<MarginTiers>)) -> Self {
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
            margin_tiers: tiers.iter().flat_map(MarginTiers::steps).map(|(tier, _)| tier.into()).collect(),
        }
    }
}

impl InstrumentRow {
    /// `None` where they do not hold together.
    fn margin_tiers(&self) -> Option<Option<MarginTiers>> {
        if self.margin_tiers.is_empty() {
            return Some(None);
        }
        let tier = |row: &MarginTierRow| {
            let MarginTierRow { up_to, leverage_max, maintenance_ppm } = *row;
            MarginTier { up_to: Quote(up_to), leverage_max, maintenance_ppm }
        };
        let tiers: Vec<MarginTier> = self.margin_tiers.iter().map(tier).collect();
        MarginTiers::new(&tiers).ok().map(Some)
    }

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

fn limit_rows(limits: &Limits) -> Vec<LimitRow> {
    Limits::TABLE.iter().map(|row| LimitRow { key: row.key.to_owned(), value: row.get(limits) }).collect()
}

/// Every limit of this build, and no other.
fn into_limits(rows: &[LimitRow]) -> Option<Limits> {
    let mut limits = Limits::default();
    for row in rows {
        Limits::row(&row.key)?.set(&mut limits, row.value);
    }
    (rows.len() == Limits::TABLE.len()).then_some(limits)
}

impl From<&Rules> for RulesRow {
    fn from(rules: &Rules) -> Self {
        let mandate = |mandate: &Mandate| MandateRow {
            strategy: mandate.strategy.0,
            instruments: mandate.instruments.iter().map(|id| id.0).collect(),
            limits: limit_rows(&mandate.limits),
        };
        let kin = |kin: &Kin| KinRow { is_major: kin.is_major, sector: kin.sector, cluster: kin.cluster };
        Self {
            limits: limit_rows(&rules.limits),
            mandates: rules.mandates.iter().map(mandate).collect(),
            kin: rules.kin.iter().map(kin).collect(),
            states: rules.states.iter().map(|(scope, state)| (scope.into(), *state as u8)).collect(),
            losses: rules.losses.iter().map(|(of, told)| (of.0, told.day, told.loss.0, told.fall.0)).collect(),
            closed_gates: rules.closed_gates.iter().map(|venue| *venue as u8).collect(),
            legacy: rules.legacy.as_deref().map(LegacyRow::from),
        }
    }
}

impl RulesRow {
    fn into_rules(self) -> Option<Rules> {
        let mandate = |row: MandateRow| {
            Some(Mandate {
                strategy: StrategyId(row.strategy),
                instruments: row.instruments.into_iter().map(InstrumentId).collect(),
                limits: into_limits(&row.limits)?,
            })
        };
        let kin = |row: KinRow| Kin { is_major: row.is_major, sector: row.sector, cluster: row.cluster };
        let losses = |(of, day, loss, fall)| (StrategyId(of), Losses { day, loss: Quote(loss), fall: Quote(fall) });
        let state = |(scope, state): (ScopeRow, u8)| Some((scope.into_scope()?, trading_state(state)?));
        Some(Rules {
            limits: into_limits(&self.limits)?,
            mandates: self.mandates.into_iter().map(mandate).collect::<Option<_>>()?,
            kin: self.kin.into_iter().map(kin).collect(),
            states: self.states.into_iter().map(state).collect::<Option<_>>()?,
            losses: self.losses.into_iter().map(losses).collect(),
            closed_gates: self.closed_gates.into_iter().map(venue).collect::<Option<_>>()?,
            legacy: self.legacy.map(|row| Box::new(row.into_legacy())),
        })
    }
}
