//! `basis`: sells a contract that is dearer than its coins, buys the coins, and waits until both cost the same.
//!
//! Looks every `every_ms` and with each of its fills. Enters while the contract's bid is at least `enter_bps` above the
//! coins' ask, so the whole of it is earned; leaves when it is at most `exit_bps`. The first instrument is the spot market,
//! the second a linear contract on the same coin: dated, whose end brings both together, or perpetual, whose funding does.

use super::funding_carry::premium_bps;
use super::legs::Legs;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{Call, Entry, Play, Retuned, Unfit, ns};
use engine_model::instrument::Instruments;
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use engine_model::units::Quote;

pub(super) const ENTRY: Entry = Entry {
    name: "basis",
    idea: "a contract must cost what its coins cost when it ends: what is paid above that is earned by waiting",
    risks: "it grows before it falls, and asks for margin meanwhile; between the legs the price moves; four orders pay fees",
    params: &PARAMS,
    instruments: (2, 2),
    is_fixed: false,
    make: &|given| Basis::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 4] = [
    Param::new("every_ms", 250, (10, 86_400_000), "time between two looks; it is gone in seconds"),
    Param::new("enter_bps", 50, (1, 10_000), "dearer by so much is entered; four takers' fees are 20 to 40"),
    Param::new("exit_bps", 5, (-10_000, 9_999), "dearer by so much is left; the last bit takes longest"),
    Param::order_quote("worth of the coins; a hundred times a venue's usual minimum"),
];

#[derive(Debug)]
struct Basis {
    every_ns: u64,
    legs: Legs,
    enter_bps: i64,
    exit_bps: i64,
    worth: Quote,
    is_wanted: bool,
}

impl Basis {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [every_ms, enter_bps, exit_bps, order_quote] = given.values();
        if exit_bps >= enter_bps {
            return Err(ParamFault::Relation("`exit_bps` must be below `enter_bps`"));
        }
        let (legs, worth) = (Legs::new(given.instruments), Quote::whole(order_quote));
        Ok(Self { every_ns: ns(every_ms), legs, enter_bps, exit_bps, worth, is_wanted: false })
    }

    fn look(&mut self, call: &mut Call<'_, '_>) {
        let Some(bps) = premium_bps(call, self.legs) else { return };
        self.is_wanted = bps >= self.enter_bps || self.is_wanted && bps > self.exit_bps;
        self.legs.towards(call, self.is_wanted, self.worth);
    }
}

impl Play for Basis {
    fn every_ns(&self) -> Option<u64> {
        Some(self.every_ns)
    }

    fn sit(&mut self, instruments: &Instruments) -> Result<(), Unfit> {
        self.legs.check(instruments)
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

    /// It keeps its legs.
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        *self = Self { is_wanted: self.is_wanted, ..Self::new(given)? };
        Ok(Retuned::InPlace)
    }
}
