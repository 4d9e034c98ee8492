//! Amounts in atoms, 1e-18 of their asset: fine enough that nothing of an instrument is ever cut, but for the coins of an
//! inverse contract, which are no finite decimals: those are cut towards zero to the [`Scale`]'s 1e-16, as the venue cuts
//! them to 1e-8.

use crate::portfolio::Scale;
use crate::portfolio::wide::product;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};

/// Atoms in one unit of 1e-8.
pub const ATOMS_PER_E8: i128 = 10_000_000_000;
/// Decimals of an atom.
const DECIMALS: u32 = 18;
/// Atoms in a native unit of an inverse contract.
const ATOMS_PER_COIN_UNIT: i128 = 100;

/// One instrument's factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atoms {
    scale: Scale,
    inverse: bool,
    /// Linear and spot: atoms of quote in one tick and lot. Inverse: atoms of base in one lot over one tick.
    each: i128,
    /// Atoms of the base in one lot.
    base: i128,
    /// A tick is `tick / power` of quote.
    tick: i128,
    power: i128,
}

impl Atoms {
    /// `None` where an amount would not be a whole number of atoms, or does not fit.
    #[must_use]
    pub fn new(instrument: &Instrument) -> Option<Self> {
        let grid = &instrument.grid;
        let (tick, size) =
            (i128::from(grid.tick_step), i128::from(grid.lot_step) * i128::from(instrument.contract_size));
        let (px, qty) = (u32::from(grid.price_decimals), u32::from(instrument.size_decimals()));
        let power_of = |exponent: u32| 10i128.checked_pow(exponent);
        let inverse = instrument.kind == ContractKind::Inverse;
        let each = if inverse {
            size.checked_mul(power_of((DECIMALS + px).checked_sub(qty)?)?)? / tick
        } else {
            tick.checked_mul(size)?.checked_mul(power_of(DECIMALS.checked_sub(px + qty)?)?)?
        };
        let base = size.checked_mul(power_of(DECIMALS.checked_sub(qty)?)?)?;
        Some(Self { scale: Scale::new(instrument), inverse, each, base, tick, power: power_of(px)? })
    }

    /// What an execution pays (positive) or costs, before fees, in atoms of the settlement. `None`: overflow, or a price at
    /// which an inverse contract is worth no number of coins.
    #[must_use]
    pub fn cash(&self, side: Side, px: Ticks, qty: Lots) -> Option<i128> {
        self.of_native(self.scale.cash(side, px, i128::from(qty.0))?)
    }

    /// What one lot held long is worth at `px`, in atoms of the settlement: of an inverse contract a debt of coins. What
    /// more lots are worth is a multiple of it, so what is shared out among strategies sums to what the venue sees. `None`:
    /// overflow, or a price at which an inverse contract is worth no number of coins.
    #[must_use]
    pub fn lot(&self, px: Ticks) -> Option<i128> {
        if self.inverse {
            return (px.0 > 0).then(|| -(self.each / i128::from(px.0)));
        }
        product(self.each, i128::from(px.0))
    }

    /// The factors of risk's half.
    #[must_use]
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// Native units of the [`Scale`] in atoms. `None`: overflow.
    #[must_use]
    pub fn of_native(&self, native: i128) -> Option<i128> {
        native.checked_mul(if self.inverse { ATOMS_PER_COIN_UNIT } else { self.each })
    }

    /// Atoms of the settlement as native units of the [`Scale`], rounded up: a cost is never told smaller.
    #[must_use]
    pub fn native(&self, atoms: i128) -> i128 {
        let each = if self.inverse { ATOMS_PER_COIN_UNIT } else { self.each };
        atoms.div_euclid(each) + i128::from(atoms.rem_euclid(each) > 0)
    }

    /// Amounts of quote as amounts of the base at `px`, rounded down. `None`: overflow, or no positive price.
    #[must_use]
    pub fn quote_in_base(&self, amount: i128, px: Ticks) -> Option<i128> {
        let each = product(self.tick, i128::from(px.0))?;
        (each > 0).then(|| amount.checked_mul(self.power).map(|wide| wide.div_euclid(each)))?
    }

    /// Lots of spot as atoms of the base.
    #[must_use]
    pub fn base(&self, lots: i64) -> Option<i128> {
        product(self.base, i128::from(lots))
    }

    /// Atoms of the base as atoms of quote at `px`, rounded down. `None`: overflow.
    #[must_use]
    pub fn base_in_quote(&self, atoms: i128, px: Ticks) -> Option<i128> {
        let each = product(self.tick, i128::from(px.0))?;
        // In two steps: the product of a balance of 10^31 atoms and a price need not fit.
        let (whole, rest) = (atoms.div_euclid(self.power), atoms.rem_euclid(self.power));
        whole.checked_mul(each)?.checked_add(rest.checked_mul(each)?.div_euclid(self.power))
    }

    /// Value of `qty` lots at `px` in units of 1e-8 quote, signed as they are. `None`: overflow.
    #[must_use]
    pub fn notional(&self, px: Ticks, qty: i64) -> Option<i128> {
        let value = self.scale.notional(px, i128::from(qty).abs())?;
        Some(if qty < 0 { -value } else { value })
    }
}
