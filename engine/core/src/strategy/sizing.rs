//! Money to lots, exactly: integers of 128 bits, rounded down, so that a budget is never passed by rounding.

use engine_model::instrument::{ContractKind, Instrument};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Quote, Ticks};

/// An instrument, and what one lot of it is worth in 64 bits, worked out once for all sizes of one look.
#[derive(Clone, Copy, Debug)]
pub struct Sizing<'a> {
    instrument: &'a Instrument,
    lot_value: Option<i64>,
}

impl<'a> Sizing<'a> {
    /// Sizes of that instrument.
    #[inline]
    #[must_use]
    pub fn new(instrument: &'a Instrument) -> Self {
        Self { instrument, lot_value: instrument.lot_value() }
    }

    /// The instrument.
    #[must_use]
    pub fn instrument(&self) -> &'a Instrument {
        self.instrument
    }

    /// The most lots that `budget` buys at `px`, at most the venue's largest order. `None` where there is no answer: a
    /// price of zero or below, or numbers beyond 128 bits.
    #[inline]
    #[must_use]
    pub fn lots_within(&self, px: Ticks, budget: Quote) -> Option<Lots> {
        let lots = match self.within_short(px, budget) {
            Some(lots) => lots,
            None => i64::try_from(within_wide(self.instrument, px, budget)?).unwrap_or(i64::MAX),
        };
        Some(Lots(lots.min(self.instrument.max_qty.0)))
    }

    /// Whether the venue takes an order of that size at that price.
    #[inline]
    pub fn check_size(&self, px: Ticks, qty: Lots) -> Result<Lots, Refusal> {
        let floor = self.instrument.min_qty.0.max(1);
        if qty.0 < floor {
            return Err(Refusal::new(Check::OrderQtyMin, qty.0, floor));
        }
        let Some(notional) = self.notional(px, qty) else {
            return Err(Refusal::new(Check::Overflow, qty.0, i64::MAX));
        };
        if notional < self.instrument.min_notional {
            let (value, limit) = (notional.0, self.instrument.min_notional.0);
            return Err(Refusal::new(Check::OrderNotionalMin, value, limit));
        }
        Ok(qty)
    }

    /// An order's size for a budget: rounded down to lots, then held against the venue's minimum.
    #[inline]
    pub fn order_size(&self, px: Ticks, budget: Quote) -> Result<Lots, Refusal> {
        match self.lots_within(px, budget) {
            Some(qty) => self.check_size(px, qty),
            None => Err(Refusal::new(Check::Overflow, px.0, i64::MAX)),
        }
    }

    /// One lot at that price, where that fits 64 bits, as it does for nearly every order.
    #[inline]
    fn worth(&self, px: Ticks) -> Option<i64> {
        match self.instrument.kind {
            ContractKind::Inverse => self.lot_value,
            ContractKind::Spot | ContractKind::Linear => self.lot_value?.checked_mul(px.0),
        }
    }

    #[inline]
    fn notional(&self, px: Ticks, qty: Lots) -> Option<Quote> {
        match self.worth(px).and_then(|worth| worth.checked_mul(qty.0)) {
            Some(units) => Some(Quote(units)),
            None => self.instrument.notional(px, qty),
        }
    }

    /// [`within_wide`] where every step fits 64 bits: one division of 64 bits in place of one of 128 and its 170
    /// instructions. `None` says nothing.
    #[inline]
    fn within_short(&self, px: Ticks, budget: Quote) -> Option<i64> {
        let worth = self.worth(px)?;
        (worth > 0 && budget.0 >= 0).then(|| budget.0 / worth)
    }
}

#[cold]
#[inline(never)]
fn within_wide(instrument: &Instrument, px: Ticks, budget: Quote) -> Option<i128> {
    let grid = &instrument.grid;
    let one = i128::from(grid.lot_step).checked_mul(i128::from(instrument.contract_size))?;
    let (one, decimals) = match instrument.kind {
        ContractKind::Inverse => (one, u32::from(instrument.size_decimals())),
        ContractKind::Spot | ContractKind::Linear => {
            let price = i128::from(px.0).checked_mul(i128::from(grid.tick_step))?;
            (one.checked_mul(price)?, u32::from(grid.price_decimals) + u32::from(instrument.size_decimals()))
        }
    };
    if one <= 0 || budget.0 < 0 {
        return None;
    }
    // budget * 1e-8 / (one * 10^-decimals), with both sides made whole.
    Some(match decimals.checked_sub(8) {
        Some(more) => i128::from(budget.0).checked_mul(10i128.checked_pow(more)?)? / one,
        None => i128::from(budget.0) / one.checked_mul(10i128.pow(8 - decimals))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{Grid, InstrumentId, Name};
    use engine_model::venue::VenueId;
    use proptest::prelude::*;

    fn instrument(kind: ContractKind, grid: Grid, contract_size: i64) -> Instrument {
        let name = |text| Name::new(text).expect("short");
        Instrument {
            id: InstrumentId(0),
            venue: VenueId::BinanceSpot,
            symbol: name("X"),
            base: name("X"),
            quote: name("USDT"),
            kind,
            grid,
            contract_size,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(i64::MAX),
            min_notional: Quote::whole(5),
        }
    }

    fn grid(price_decimals: u8, qty_decimals: u8) -> Grid {
        Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 }
    }

    #[test]
    fn a_budget_buys_whole_lots_and_the_minimum_is_the_venues() {
        let spot = instrument(ContractKind::Spot, grid(2, 5), 1);
        assert_eq!(Sizing::new(&spot).order_size(Ticks(6_183_763), Quote::whole(500)), Ok(Lots(808)));
        let refusal =
            Sizing::new(&spot).order_size(Ticks(6_183_763), Quote::whole(5)).expect_err("8 lots are worth 4.95");
        assert_eq!((refusal.check, refusal.limit), (Check::OrderNotionalMin, Quote::whole(5).0));
        assert_eq!(Sizing::new(&spot).order_size(Ticks(50_000), Quote::whole(5)), Ok(Lots(1_000)), "just the minimum");
        let refusal = Sizing::new(&spot).order_size(Ticks(6_183_763), Quote(1)).expect_err("less than one lot");
        assert_eq!((refusal.check, refusal.value, refusal.limit), (Check::OrderQtyMin, 0, 1));
        let inverse = instrument(ContractKind::Inverse, grid(1, 0), 100);
        assert_eq!(Sizing::new(&inverse).order_size(Ticks(618_376), Quote::whole(550)), Ok(Lots(5)));
        let tiny = instrument(ContractKind::Linear, grid(11, 0), 1);
        assert_eq!(Sizing::new(&tiny).order_size(Ticks(74_408), Quote::whole(10)), Ok(Lots(13_439_415)));
        assert!(Sizing::new(&spot).order_size(Ticks(0), Quote::whole(5)).is_err());
        assert!(Sizing::new(&spot).order_size(Ticks(-1), Quote::whole(5)).is_err());
    }

    proptest! {
        /// The lots fit into the budget and one more would not. The model's own notional is the judge.
        #[test]
        fn the_size_is_the_largest_within_the_budget(
            px in 1..i64::MAX / 4, budget in 0..i64::MAX / 4, price_decimals in 0..=11u8, qty_decimals in 0..=8u8,
            tick_step in 1..50i64, lot_step in 1..50i64, contract_size in 1..1_000i64, kind in 0..3usize,
        ) {
            let kind = [ContractKind::Spot, ContractKind::Linear, ContractKind::Inverse][kind];
            let grid = Grid { price_decimals, tick_step, qty_decimals, lot_step };
            let contract_size = if kind == ContractKind::Spot { 1 } else { contract_size };
            let instrument = instrument(kind, grid, contract_size);
            let qty = Sizing::new(&instrument).lots_within(Ticks(px), Quote(budget)).expect("within 128 bits");
            let value = |qty: i64| instrument.notional(Ticks(px), Lots(qty)).map_or(i64::MAX, |notional| notional.0);
            prop_assert!(value(qty.0) <= budget, "{qty:?} cost {}", value(qty.0));
            prop_assert!(qty.0 == i64::MAX || value(qty.0 + 1) > budget, "{} would fit", qty.0 + 1);
        }

        /// Both ways to the same number, where prices and budgets are those of real orders.
        #[test]
        fn the_short_way_is_taken_and_agrees_with_the_long_one(
            px in 1..1_i64 << 24, budget in 0..1_i64 << 50, price_decimals in 0..=3u8, qty_decimals in 0..=5u8,
            tick_step in 1..10i64, contract_size in 1..=100i64, kind in 0..3usize,
        ) {
            let kind = [ContractKind::Spot, ContractKind::Linear, ContractKind::Inverse][kind];
            let grid = Grid { price_decimals, tick_step, qty_decimals, lot_step: 1 };
            let instrument = instrument(kind, grid, contract_size);
            let short = Sizing::new(&instrument).within_short(Ticks(px), Quote(budget)).map(i128::from);
            prop_assert!(short.is_some());
            prop_assert_eq!(short, within_wide(&instrument, Ticks(px), Quote(budget)));
        }
    }
}
