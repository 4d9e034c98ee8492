//! What a run is judged by, out of its configuration: who may trade what, by which limits, and which coins belong together.

use engine_core::config::Config;
use engine_core::risk::{Kin, Losses, Mandate, Rules};
use engine_core::strategy::catalog::Strategy;
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::margin::{MarginTier, MarginTiers};
use engine_model::venue::VenueId;

/// What outlived the run before.
type Kept = (Vec<(Scope, TradingState)>, Vec<(StrategyId, Losses)>);

/// The rules of a run of these strategies, each under its number: 1, 2 and so on.
pub(crate) fn rules(
    config: &Config,
    instruments: &Instruments,
    strategies: &[Strategy],
    (states, losses): Kept,
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
        losses,
        closed_gates: Vec::new(),
        legacy: None,
    }
}

/// The instruments, each with the margin table that its venue told and that of the configuration: where there are both, with
/// one that is cheaper than neither. That they differ is said in the log, by the first step that does.
pub(crate) fn with_margin(config: &Config, listed: Instruments) -> Instruments {
    let mut tiers = listed.all_margin_tiers();
    for (instrument, told) in listed.iter().zip(&mut tiers) {
        let is_it =
            |(venue, symbol): &(VenueId, String)| *venue == instrument.venue && symbol == instrument.symbol.as_str();
        let own = config.margin.iter().find(|table| table.instruments.iter().any(is_it)).map(|table| table.tiers);
        *told = match (own, *told) {
            (Some(own), Some(told)) => {
                warn_of(instrument, &own, &told);
                // Two tables that hold together have one that is cheaper than neither.
                Some(own.stricter(&told).unwrap_or(own))
            }
            (own, told) => own.or(told),
        };
    }
    listed.with_margin_tiers(tiers)
}

fn warn_of(instrument: &Instrument, own: &MarginTiers, told: &MarginTiers) {
    let Some((ours, theirs)) = own.differs(told) else { return };
    let (venue, symbol) = (instrument.venue.name(), instrument.symbol.as_str());
    let words = |step: &MarginTier| {
        let (up_to, leverage, rate) = (step.up_to, step.leverage_max, step.maintenance_ppm);
        format!("to {up_to}: {leverage} times, {rate} ppm")
    };
    let (ours, theirs) = (words(ours), words(theirs));
    tracing::warn!(
        venue,
        symbol,
        ours,
        theirs,
        "risk.margin and the venue's own table differ: the stricter of both counts"
    );
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

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{ContractKind, Grid, InstrumentId, Name};
    use engine_model::units::{Lots, Quote};

    #[test]
    fn a_table_of_the_configuration_counts_beside_the_venues_and_in_place_of_none() {
        let of = |id, symbol: &str| Instrument {
            id: InstrumentId(id),
            venue: VenueId::Bybit,
            symbol: Name::new(symbol).expect("fits"),
            base: Name::default(),
            quote: Name::default(),
            kind: ContractKind::Linear,
            grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(100),
            min_notional: Quote::ZERO,
        };
        let told = MarginTiers::conservative();
        let listed = Instruments::new(vec![of(0, "BTCUSDT"), of(1, "ETHUSDT"), of(2, "SOLUSDT")]);
        let listed = listed.with_margin_tiers(vec![Some(told), Some(told), None]);
        let own =
            MarginTiers::first_of(&told.steps().map(|(step, _)| *step).take(2).collect::<Vec<_>>()).expect("holds");
        let table = |symbol: &str| engine_core::config::MarginTable {
            instruments: vec![(VenueId::Bybit, symbol.to_owned()), (VenueId::Okx, "ETHUSDT".to_owned())],
            tiers: own,
        };
        let config = Config { margin: vec![table("BTCUSDT")], ..crate::config::read(None).expect("the defaults") };
        let tiers = with_margin(&config, listed.clone()).all_margin_tiers();
        let stricter = own.stricter(&told).expect("holds");
        assert_eq!(tiers, [Some(stricter), Some(told), None], "the venue's table is dearer beyond the second step");
        assert_ne!(stricter, told, "and that of the configuration ends sooner");
        let alone = Config { margin: vec![table("SOLUSDT")], ..crate::config::read(None).expect("the defaults") };
        assert_eq!(with_margin(&alone, listed).all_margin_tiers(), [Some(told), Some(told), Some(own)]);
    }
}
