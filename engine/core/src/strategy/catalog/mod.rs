//! The closed list of strategies. A new one is a file here and a line in each match; the compiler names the matches.

mod bracket;
mod imbalance_maker;
mod router;
mod rsi_macd;
mod worker;

pub use bracket::Bracket;
pub use imbalance_maker::ImbalanceMaker;
pub use router::RoutedOrders;
pub use rsi_macd::RsiMacd;
pub use worker::Worker;

use super::context::Context;
use super::params::{Param, ParamFault};
use super::route::router::RouteFault;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::MarketEvent;
use engine_model::report::Report;

/// A strategy of the catalogue, with its parameters and what it remembers.
#[derive(Debug)]
pub enum Strategy {
    /// Buys a fall that has turned, on candles.
    RsiMacd(RsiMacd),
    /// Quotes both sides of the top, leaning with the book's imbalance and against its inventory.
    ImbalanceMaker(ImbalanceMaker),
    /// Follows the imbalance with an entry, a target and a trailing stop that know of each other.
    Bracket(Bracket),
    /// Buys or sells a pair over all venues that list it.
    Router(RoutedOrders),
    /// One order an instrument, worked in parts by an algorithm.
    Worker(Worker),
}

/// The name of every strategy and its parameters.
pub const CATALOGUE: [(&str, &[Param]); 11] = [
    (rsi_macd::NAME, &rsi_macd::PARAMS),
    (imbalance_maker::NAME, &imbalance_maker::PARAMS),
    (bracket::NAME, &bracket::PARAMS),
    (router::NAME, &router::PARAMS),
    (worker::NAMES[0].0, worker::NAMES[0].2),
    (worker::NAMES[1].0, worker::NAMES[1].2),
    (worker::NAMES[2].0, worker::NAMES[2].2),
    (worker::NAMES[3].0, worker::NAMES[3].2),
    (worker::NAMES[4].0, worker::NAMES[4].2),
    (worker::NAMES[5].0, worker::NAMES[5].2),
    (worker::NAMES[6].0, worker::NAMES[6].2),
];

impl Strategy {
    /// The strategy of that name, trading these instruments, with the parameters given and defaults for the rest.
    pub fn new(name: &str, instruments: &[InstrumentId], params: &[(String, i64)]) -> Result<Self, ParamFault> {
        if instruments.is_empty() {
            return Err(ParamFault::NoInstrument);
        }
        match name {
            rsi_macd::NAME => RsiMacd::new(instruments, params).map(Self::RsiMacd),
            imbalance_maker::NAME => ImbalanceMaker::new(instruments, params).map(Self::ImbalanceMaker),
            bracket::NAME => Bracket::new(instruments, params).map(Self::Bracket),
            router::NAME => RoutedOrders::new(instruments, params).map(Self::Router),
            _ => match Worker::new(name, instruments, params) {
                Some(worker) => worker.map(Self::Worker),
                None => Err(ParamFault::UnknownStrategy(name.to_owned())),
            },
        }
    }

    /// Its name in the catalogue.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RsiMacd(_) => rsi_macd::NAME,
            Self::ImbalanceMaker(_) => imbalance_maker::NAME,
            Self::Bracket(_) => bracket::NAME,
            Self::Router(_) => router::NAME,
            Self::Worker(strategy) => strategy.name(),
        }
    }

    /// What it trades: it hears of these alone.
    #[must_use]
    pub fn instruments(&self) -> Vec<InstrumentId> {
        match self {
            Self::RsiMacd(strategy) => strategy.instruments().collect(),
            Self::ImbalanceMaker(strategy) => strategy.instruments().collect(),
            Self::Bracket(strategy) => strategy.instruments().collect(),
            Self::Router(strategy) => strategy.instruments().collect(),
            Self::Worker(strategy) => strategy.instruments().collect(),
        }
    }

    /// Instruments whose depth it wants to be told beside the top.
    #[must_use]
    pub fn deep(&self) -> Vec<InstrumentId> {
        match self {
            Self::Router(strategy) => strategy.instruments().collect(),
            Self::RsiMacd(_) | Self::ImbalanceMaker(_) | Self::Bracket(_) | Self::Worker(_) => Vec::new(),
        }
    }

    /// Takes its place in a run.
    ///
    /// # Errors
    /// Names an instrument that it cannot trade together with its others.
    pub fn sit(&mut self, instruments: &Instruments) -> Result<(), RouteFault> {
        match self {
            Self::Router(strategy) => strategy.sit(instruments),
            Self::RsiMacd(_) | Self::ImbalanceMaker(_) | Self::Bracket(_) | Self::Worker(_) => Ok(()),
        }
    }

    /// How often it wants to be called without an event, in ns: at whole multiples of it, once for each that passed.
    pub(super) fn timer_ns(&self) -> u64 {
        match self {
            Self::RsiMacd(strategy) => strategy.timer_ns(),
            Self::ImbalanceMaker(strategy) => strategy.timer_ns(),
            Self::Bracket(strategy) => strategy.timer_ns(),
            Self::Router(strategy) => strategy.timer_ns(),
            Self::Worker(strategy) => strategy.timer_ns(),
        }
    }

    /// The market of one of its instruments changed; the context knows it already.
    pub(super) fn on_market(&mut self, context: &mut Context<'_>, event: &MarketEvent) {
        match self {
            Self::RsiMacd(strategy) => strategy.on_market(context, event),
            Self::ImbalanceMaker(strategy) => strategy.on_market(context, event),
            // They look at the market when their time comes; what waits for a price is their desk's.
            Self::Bracket(_) | Self::Worker(_) => {}
            Self::Router(strategy) => strategy.on_market(context),
        }
    }

    /// Something happened to one of its orders; the context knows it already.
    pub(super) fn on_report(&mut self, context: &mut Context<'_>, report: &Report) {
        match self {
            // They read position and working orders when their time comes; nothing is urgent.
            Self::RsiMacd(_) | Self::Bracket(_) => {}
            Self::ImbalanceMaker(strategy) => strategy.on_report(context, report),
            Self::Router(strategy) => strategy.on_report(context, report),
            Self::Worker(strategy) => strategy.on_report(report),
        }
    }

    /// Its time came.
    pub(super) fn on_timer(&mut self, context: &mut Context<'_>) {
        match self {
            Self::RsiMacd(strategy) => strategy.on_timer(context),
            Self::ImbalanceMaker(strategy) => strategy.on_timer(context),
            Self::Bracket(strategy) => strategy.on_timer(context),
            Self::Router(strategy) => strategy.on_timer(context),
            Self::Worker(strategy) => strategy.on_timer(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(params: &[(&str, i64)]) -> Vec<(String, i64)> {
        params.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
    }

    fn fault(name: &str, params: &[(&str, i64)]) -> String {
        Strategy::new(name, &[InstrumentId(0)], &given(params)).expect_err("must be refused").to_string()
    }

    #[test]
    fn every_default_is_within_its_range_and_every_strategy_starts_with_them() {
        for (name, params) in CATALOGUE {
            assert!(params.iter().all(|param| (param.min..=param.max).contains(&param.default)), "{name}");
            assert!(params.iter().all(|param| !param.why.is_empty()), "{name}");
            assert_eq!(Strategy::new(name, &[InstrumentId(0)], &[]).expect("defaults").name(), name);
        }
    }

    #[test]
    fn what_is_unknown_repeated_out_of_range_or_senseless_is_refused_by_name() {
        assert_eq!(fault("martingale", &[]), "there is no strategy `martingale`");
        assert_eq!(fault("rsi_macd", &[("rsl", 3)]), "there is no parameter `rsl`");
        assert_eq!(fault("rsi_macd", &[("rsi", 3), ("rsi", 4)]), "parameter `rsi` is given twice");
        assert_eq!(fault("rsi_macd", &[("rsi", 0)]), "parameter `rsi` is 0, must be 1 to 1000");
        assert!(fault("rsi_macd", &[("low", 70), ("high", 60)]).contains("low"));
        assert!(fault("rsi_macd", &[("fast", 26)]).contains("fast"));
        assert!(fault("imbalance_maker", &[("order_quote", 2_000)]).contains("inventory_max_quote"));
        assert!(matches!(Strategy::new("rsi_macd", &[], &[]), Err(ParamFault::NoInstrument)));
    }
}
