//! What a run is judged by, out of its configuration: who may trade what, by which limits, and which coins belong together.

use engine_core::config::Config;
use engine_core::risk::{Kin, Mandate, Rules};
use engine_core::strategy::catalog::Strategy;
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};

/// The rules of a run of these strategies, each under its number: 1, 2 and so on.
pub(crate) fn rules(
    config: &Config,
    instruments: &Instruments,
    strategies: &[Strategy],
    states: Vec<(Scope, TradingState)>,
) -> Rules {
    let mandate = |(index, strategy): (usize, &Strategy)| {
        let listed = config.strategies.get(index).filter(|listed| listed.name == strategy.name());
        Mandate {
            strategy: StrategyId(index as u8 + 1),
            instruments: strategy.instruments(),
            limits: listed.map_or(config.limits, |listed| listed.limits),
        }
    };
    Rules {
        limits: config.limits,
        mandates: strategies.iter().enumerate().map(mandate).collect(),
        kin: instruments.iter().map(|instrument| kin(config, instruments, instrument)).collect(),
        states,
        closed_gates: Vec::new(),
    }
}

fn kin(config: &Config, instruments: &Instruments, of: &Instrument) -> Kin {
    let has = |coins: &Vec<String>| coins.iter().any(|coin| coin == of.base.as_str());
    let coins = &config.coins;
    // A coin in no cluster moves by itself, and with itself on every venue: the first instrument of it gives the number.
    let first = instruments.iter().find(|other| other.base == of.base).map_or(of.id, |other| other.id);
    let listed = coins.clusters.iter().position(has);
    let cluster = listed.unwrap_or(coins.clusters.len() + first.index());
    Kin {
        is_major: has(&coins.majors),
        sector: coins.sectors.iter().position(has).map_or(0, |place| place as u8 + 1),
        cluster: u16::try_from(cluster).unwrap_or(u16::MAX),
    }
}
