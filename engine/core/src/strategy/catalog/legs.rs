//! Coins bought and the same amount of a contract sold: two legs that are worth nothing together, whatever the price does.

use super::towards::{at, ioc};
use crate::strategy::context::Context;
use crate::strategy::play::Unfit;
use crate::strategy::sizing::Sizing;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::units::{Lots, Quote};

/// A spot market, and a linear contract on the same coin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Legs {
    pub(super) spot: InstrumentId,
    pub(super) contract: InstrumentId,
}

impl Legs {
    /// The first is the spot market.
    pub(super) fn new(instruments: &[InstrumentId]) -> Self {
        Self { spot: instruments[0], contract: instruments[1] }
    }

    /// Whether they are what they should be.
    pub(super) fn check(self, instruments: &Instruments) -> Result<(), Unfit> {
        let (spot, contract) = (instruments.get(self.spot), instruments.get(self.contract));
        let kinds = (spot.kind, contract.kind);
        if kinds == (ContractKind::Spot, ContractKind::Linear) && spot.base == contract.base {
            return Ok(());
        }
        let (spot, contract) = (spot.symbol, contract.symbol);
        Err(Unfit(format!("{spot} and {contract}: must be a spot market and then a linear contract on the same coin")))
    }

    /// One step to both legs, or to none. The coins first, worth `worth`; then as much of the contract is sold as there are
    /// coins, as soon as they are known, and as much bought back as there are fewer. Nothing while an order works on a leg.
    pub(super) fn towards(self, context: &mut Context<'_>, is_wanted: bool, worth: Quote) -> Option<()> {
        if context.working().iter().any(|working| [self.spot, self.contract].contains(&working.order.instrument)) {
            return None;
        }
        let (spot, contract) = (context.instrument(self.spot), context.instrument(self.contract));
        let (spot_touch, contract_touch) = (context.view(spot.id).touch()?, context.view(contract.id).touch()?);
        let (sizing, on_contract) = (Sizing::new(spot), Sizing::new(contract));
        let (coins, sold) = (context.position(spot.id), Lots(-context.position(contract.id).0));
        // A refusal is remembered by nobody: the next call asks again.
        let held = sizing.check_size(spot_touch.0, coins);
        if let (Ok(qty), false) = (held, is_wanted) {
            let _ = context.submit(ioc(spot.id, Side::Sell, spot_touch, qty.min(spot.max_qty), true));
        }
        if held.is_err() && is_wanted && sold.0 <= 0 {
            let qty = sizing.order_size(at(Side::Buy, spot_touch), worth).ok()?;
            return context.submit(ioc(spot.id, Side::Buy, spot_touch, qty, false)).ok().map(|_| ());
        }
        let aim = if is_wanted && held.is_ok() { same_amount(spot, coins, contract)? } else { Lots(0) };
        let more = aim.0.saturating_sub(sold.0);
        let (side, qty) = if more > 0 { (Side::Sell, more) } else { (Side::Buy, -more) };
        let qty = on_contract.check_size(at(side, contract_touch), Lots(qty).min(contract.max_qty)).ok()?;
        context.submit(ioc(contract.id, side, contract_touch, qty, side == Side::Buy)).ok().map(|_| ())
    }
}

/// The same amount of a coin in lots of another instrument, rounded down.
fn same_amount(of: &Instrument, qty: Lots, to: &Instrument) -> Option<Lots> {
    let atoms = |instrument: &Instrument| {
        let one = i128::from(instrument.grid.lot_step).checked_mul(i128::from(instrument.contract_size))?;
        one.checked_mul(10i128.checked_pow(18u32.checked_sub(u32::from(instrument.size_decimals()))?)?)
    };
    let amount = atoms(of)?.checked_mul(i128::from(qty.0))?;
    i64::try_from(amount.checked_div(atoms(to)?)?).ok().map(Lots)
}
