//! What the venue wants behind what is held, and where it would close it. Asked by people: risk asks
//! [`liquidation`](crate::portfolio::margin::liquidation) itself.
//!
//! The account is taken as one, cross: all equity is behind every position. That is what a paper run is, and what a live one
//! is at a venue where it keeps everything; where money is split over venues the venue's own figure is nearer.

use super::parts::Rate;
use super::report::Held;
use super::{ATOMS_PER_E8, Books, rate};
use crate::portfolio::margin::{Liquidation, cross_wallet, liquidation};
use engine_model::instrument::ContractKind;

/// Of one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margin {
    /// Value at the mark, unsigned, in 1e-8 quote.
    pub value: i128,
    /// What opening it takes at the most leverage that its step allows, in 1e-8 quote.
    pub initial: i128,
    /// What must stay, in 1e-8 quote.
    pub maintenance: i128,
    /// Where the venue closes it.
    pub liquidation: Liquidation,
}

impl Books {
    /// Of a position that is a contract and held; `None` of spot, of nothing, and of what does not fit.
    #[must_use]
    pub fn margin(&self, held: &Held<'_>) -> Option<Margin> {
        let tiers = self.instruments.margin_tiers(held.instrument);
        let value = self.contract_value(held)?;
        // One that nobody can value leaves the sum untold: without it too much would seem to stand behind the others.
        let of_all = self.positions().filter(|other| self.is_contract(other)).map(|of| self.maintenance_dollars(&of));
        let of_all: Option<i128> = of_all.sum();
        let own = self.maintenance_dollars(held)?;
        let atoms = &self.atoms[held.instrument.index()];
        let settlement = rate(&self.worths, &self.atoms, &self.markets, self.settlements[held.instrument.index()]);
        let equity = self.equity().div_euclid(ATOMS_PER_E8);
        let own_unrealised = settlement.dollars(held.unrealised)?.div_euclid(ATOMS_PER_E8);
        let cost = atoms.native(held.lots.cost());
        let wallet = of_all.and_then(|all| settlement.of_dollars(cross_wallet(equity, -own_unrealised, all - own)));
        Some(Margin {
            value,
            initial: tiers.initial(value, u16::MAX),
            maintenance: tiers.maintenance(value)?,
            liquidation: wallet.map_or(Liquidation::Untellable, |wallet| {
                liquidation(atoms.scale(), tiers, held.lots.qty(), cost, wallet)
            }),
        })
    }

    fn is_contract(&self, held: &Held<'_>) -> bool {
        self.instruments.get(held.instrument).kind != ContractKind::Spot && held.lots.qty() != 0
    }

    fn contract_value(&self, held: &Held<'_>) -> Option<i128> {
        let px = held.mark_px.filter(|_| self.is_contract(held))?;
        self.atoms[held.instrument.index()].notional(px, held.lots.qty()).map(i128::abs)
    }

    fn maintenance_dollars(&self, held: &Held<'_>) -> Option<i128> {
        let maintenance = self.instruments.margin_tiers(held.instrument).maintenance(self.contract_value(held)?)?;
        let quote = self.instruments.asset(self.instruments.get(held.instrument).quote)?;
        match rate(&self.worths, &self.atoms, &self.markets, quote) {
            Rate::Unknown => None,
            rate => rate.dollars(maintenance),
        }
    }
}
