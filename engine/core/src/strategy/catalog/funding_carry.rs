//! `funding_carry`: earns the funding of a perpetual contract that longs pay: the coins are bought, as many sold by
//! contract.
//!
//! Looks every `every_ms` and with each of its fills. Enters while the funding rate, as paid over a year at the venue's own
//! interval, is at least `enter_bps`, and the contract costs at most `discount_max_bps` less than the coins. It leaves when
//! the rate is at most `exit_bps`. The first instrument is the spot market, the second the perpetual.

use super::legs::Legs;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{Call, Entry, Need, Play, Retuned, Unfit, ns};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::market::{MarketChange, MarketEvent};
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use engine_model::units::Quote;

pub(super) const ENTRY: Entry = Entry {
    name: "funding_carry",
    idea: "who wants to be long with borrowed money pays for it; who lends his patience earns that without a view of the price",
    risks: "the rate turns before the fees of four orders are earned; between the legs the price moves; a rise asks for margin",
    params: &PARAMS,
    instruments: (2, 2),
    is_fixed: false,
    make: &|given| FundingCarry::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 5] = [
    Param::new("every_ms", 1_000, (10, 86_400_000), "time between two looks; the rate moves in minutes"),
    Param::new(
        "enter_bps",
        2_000,
        (1, 1_000_000),
        "rate of a year that is entered; 20 % earns the fees of four orders in a week",
    ),
    Param::new(
        "exit_bps",
        500,
        (-1_000_000, 1_000_000),
        "rate of a year that is left; below it the money has better uses",
    ),
    Param::new(
        "discount_max_bps",
        5,
        (0, 10_000),
        "how far the contract may be below the coins at entry: that is lost",
    ),
    Param::order_quote("worth of the coins; a hundred times a venue's usual minimum"),
];

const YEAR_S: i128 = 365 * 86_400;
/// Where the venue does not say: every eight hours.
const INTERVAL_S: u32 = 28_800;

#[derive(Debug)]
struct FundingCarry {
    every_ns: u64,
    legs: Legs,
    enter_bps: i128,
    exit_bps: i128,
    discount_max_bps: i64,
    worth: Quote,
    /// Of a year, in bps; unknown until the venue told it.
    yearly_bps: Option<i128>,
    is_wanted: bool,
}

impl FundingCarry {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [every_ms, enter_bps, exit_bps, discount_max_bps, order_quote] = given.values();
        if exit_bps >= enter_bps {
            return Err(ParamFault::Relation("`exit_bps` must be below `enter_bps`"));
        }
        Ok(Self {
            every_ns: ns(every_ms),
            legs: Legs::new(given.instruments),
            enter_bps: i128::from(enter_bps),
            exit_bps: i128::from(exit_bps),
            discount_max_bps,
            worth: Quote::whole(order_quote),
            yearly_bps: None,
            is_wanted: false,
        })
    }

    fn look(&mut self, call: &mut Call<'_, '_>) {
        let Some(yearly_bps) = self.yearly_bps else { return };
        let is_near = || premium_bps(call, self.legs).is_some_and(|bps| bps >= -self.discount_max_bps);
        self.is_wanted = match self.is_wanted {
            true => yearly_bps > self.exit_bps,
            false => yearly_bps >= self.enter_bps && is_near(),
        };
        self.legs.towards(call, self.is_wanted, self.worth);
    }
}

/// How far the contract's bid is above the coins' ask, in bps: what is earned by entering now.
pub(super) fn premium_bps(call: &Call<'_, '_>, legs: Legs) -> Option<i64> {
    let ((_, ask), (bid, _)) = (call.view(legs.spot).touch()?, call.view(legs.contract).touch()?);
    let (spot, contract) = (call.instrument(legs.spot), call.instrument(legs.contract));
    // Two grids: both prices in the finer decimals.
    let decimals = spot.grid.price_decimals.max(contract.grid.price_decimals);
    let wide = |px: i64, of: &Instrument| {
        let finer = 10i128.checked_pow(u32::from(decimals - of.grid.price_decimals))?;
        i128::from(px).checked_mul(i128::from(of.grid.tick_step))?.checked_mul(finer)
    };
    let (paid, earned) = (wide(ask.0, spot)?, wide(bid.0, contract)?);
    i64::try_from(earned.checked_sub(paid)?.checked_mul(10_000)?.checked_div(paid)?).ok()
}

impl Play for FundingCarry {
    fn needs(&self) -> &[Need] {
        &[Need::Funding]
    }

    fn every_ns(&self) -> Option<u64> {
        Some(self.every_ns)
    }

    fn sit(&mut self, instruments: &Instruments) -> Result<(), Unfit> {
        self.legs.check(instruments)
    }

    fn on_market(&mut self, _: &mut Call<'_, '_>, event: &MarketEvent) {
        if let (MarketChange::Funding { rate_e8, interval_s, .. }, true) =
            (event.change, event.at.instrument == self.legs.contract)
        {
            let interval_s = if interval_s == 0 { INTERVAL_S } else { interval_s };
            // 1e-8 is a ten-thousandth of a bp.
            self.yearly_bps = Some(i128::from(rate_e8) * YEAR_S / i128::from(interval_s) / 10_000);
        }
    }

    fn on_report(&mut self, call: &mut Call<'_, '_>, report: &Report) {
        // Not with a denial: what was denied would be wished again at once, and denied again.
        if matches!(report.event, OrderEvent::Filled { .. }) {
            self.look(call);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        self.look(call);
    }

    /// It keeps its legs and the rate.
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        *self = Self { yearly_bps: self.yearly_bps, is_wanted: self.is_wanted, ..Self::new(given)? };
        Ok(Retuned::InPlace)
    }
}
