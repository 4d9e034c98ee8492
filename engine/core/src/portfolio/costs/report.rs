//! What people ask: sums by strategy, venue or instrument, orders one by one, and orders that belong together.

use super::Costs;
use super::order::OrderCost;
use super::tally::Tally;
use crate::portfolio::books::Atoms;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::payment::AssetId;
use engine_model::units::{Nanos, Ticks};
use std::collections::BTreeMap;

/// Orders are part of each other no deeper: a leg of a list, a slice of the leg, and as much again.
const DEPTH_MAX: usize = 4;
/// An average price is told in ten thousandths of a tick.
const PARTS_OF_TICK: i128 = 10_000;

/// Orders that belong together: the whole and its slices, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Of what; `None` when of several.
    pub instrument: Option<InstrumentId>,
    /// Bought or sold; `None` when both.
    pub side: Option<Side>,
    /// All sums.
    pub tally: Tally,
}

impl Costs {
    /// Every order with an execution that is still kept, by id.
    pub fn orders(&self) -> impl Iterator<Item = &OrderCost> {
        self.orders.values().filter(|order| order.tally.fills > 0)
    }

    /// One order, whether it executed or not.
    #[must_use]
    pub fn order(&self, id: ClientOrderId) -> Option<&OrderCost> {
        self.orders.get(&id)
    }

    /// Orders with executions that were left out one by one, and are in the totals.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Executions, fees and markouts that do not fit: with any, the figures are not whole.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Of what run.
    #[must_use]
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// Up to when all is in the figures; `None` before the first.
    #[must_use]
    pub fn at_ns(&self) -> Option<Nanos> {
        let newest = (self.newest != Nanos(0)).then_some(self.newest);
        self.waiting.first_key_value().map(|((at, ..), _)| *at).or(newest)
    }

    /// What an instrument settles in.
    #[must_use]
    pub fn settlement(&self, id: InstrumentId) -> AssetId {
        self.settlements[id.index()]
    }

    /// All sums by what `key` says of them, and by what they are in.
    #[must_use]
    pub fn by<K: Ord>(&self, key: impl Fn(InstrumentId, StrategyId) -> K) -> BTreeMap<(K, AssetId), Tally> {
        let mut sums: BTreeMap<(K, AssetId), Tally> = BTreeMap::new();
        for ((id, strategy), tally) in self.totals.iter().filter(|(_, tally)| *tally != &Tally::default()) {
            sums.entry((key(*id, *strategy), self.settlement(*id))).or_default().join(tally);
        }
        sums
    }

    /// Orders that belong together and of which a part has executed, by the id of the outermost, and by what they settle in.
    #[must_use]
    pub fn families(&self) -> BTreeMap<(ClientOrderId, AssetId), Family> {
        let key = |order: &OrderCost| (self.root(order), self.settlement(order.instrument));
        let parts = self.orders().filter(|order| order.part_of.is_some());
        let mut families: BTreeMap<_, Vec<&OrderCost>> = parts.map(|order| (key(order), Vec::new())).collect();
        for order in self.orders() {
            if let Some(members) = families.get_mut(&key(order)) {
                members.push(order);
            }
        }
        families.into_iter().map(|(key, members)| (key, Family::of(&members))).collect()
    }

    fn root(&self, order: &OrderCost) -> ClientOrderId {
        let mut root = order.id;
        let mut part_of = order.part_of;
        for _ in 0..DEPTH_MAX {
            let Some(id) = part_of else { break };
            root = id;
            part_of = self.orders.get(&id).and_then(|whole| whole.part_of);
        }
        root
    }

    /// What the lots of a tally of one instrument cost on average, in ten thousandths of a tick, rounded down: of an inverse
    /// contract the harmonic mean, as venues tell it.
    #[must_use]
    pub fn average_px(&self, id: InstrumentId, tally: &Tally) -> Option<i128> {
        let instrument = self.instruments.get(id);
        let unit = Atoms::new(instrument)?.lot(Ticks(1))?.checked_abs()?;
        let all = unit.checked_mul(tally.qty)?;
        match instrument.kind {
            ContractKind::Inverse => all.checked_mul(PARTS_OF_TICK)?.checked_div(tally.value),
            ContractKind::Linear | ContractKind::Spot => tally.value.checked_mul(PARTS_OF_TICK)?.checked_div(all),
        }
    }
}

impl Family {
    fn of(members: &[&OrderCost]) -> Self {
        let mut tally = Tally::default();
        members.iter().for_each(|order| tally.join(&order.tally));
        Self { instrument: common(members, |order| order.instrument), side: common(members, |order| order.side), tally }
    }
}

/// What all of them say, if they say the same.
fn common<T: PartialEq>(members: &[&OrderCost], of: impl Fn(&OrderCost) -> T) -> Option<T> {
    let first = of(members.first()?);
    members.iter().all(|order| of(order) == first).then_some(first)
}
