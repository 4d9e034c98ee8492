//! How contracts are set up on the accounts of live settings, as their venues tell it.

use super::Line;
use crate::exit::Exit;
use crate::setups::{Found, found};
use crate::{gateways, venues};
use engine_core::config::{Config, Mode, Venue};
use engine_model::instrument::Instruments;
use engine_ring::clock::Clock;
use std::sync::atomic::AtomicBool;

const NAME: &str = "account";

/// A line for each contract; one for each venue that could not be asked.
pub(super) fn lines(config: &Config) -> Vec<Line> {
    if config.run.mode != Mode::Live {
        return vec![Line::ok(NAME, "paper: there is none")];
    }
    let clock = Clock::machine();
    let of = |venue: &Venue| {
        let instruments = venues::instruments(std::slice::from_ref(venue), &clock, &AtomicBool::new(false))?;
        let (key, settings) = (gateways::key(venue)?, gateways::settings(venue, 0, config.run.seed));
        Ok((found(&settings, &key, &instruments, &clock).map_err(Exit::Failed)?, instruments))
    };
    config
        .venues
        .iter()
        .flat_map(|venue| of(venue).map_or_else(|why| failed(venue, &why), |all| told(venue, all)))
        .collect()
}

fn failed(venue: &Venue, why: &Exit) -> Vec<Line> {
    let found = format!("{}: {}", venue.id.name(), why.message().unwrap_or_default());
    vec![Line::fail(NAME, found, "its key, its addresses and the network are what it takes")]
}

fn told(venue: &Venue, (found, instruments): (Found, Instruments)) -> Vec<Line> {
    let (name, expected) = (venue.id.name(), venue.account.expected);
    if found.is_empty() && expected.names_terms() {
        let found = format!("{name}: it tells leverage and margin of nothing here, and {expected} is expected");
        return vec![Line::fail(
            NAME,
            found,
            "take leverage and margin_mode out of its [[venue]], and look there yourself",
        )];
    }
    if found.is_empty() {
        return vec![Line::ok(NAME, format!("{name}: it tells leverage and margin of nothing here"))];
    }
    let line = |(of, setup): &(_, _)| {
        let found = format!("{name} {}: {setup}", instruments.get(*of).symbol);
        match expected.is_met_by(setup) {
            true => Line::ok(NAME, found),
            false => Line::fail(
                NAME,
                format!("{found}; expected {expected}"),
                "of it only what reduces passes until it is: change it at the venue, or leverage and margin_mode of its [[venue]]",
            ),
        }
    };
    found.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;
    use engine_model::instrument::InstrumentId;
    use engine_model::setup::{MarginMode, Setup};
    use engine_model::venue::VenueId;

    #[test]
    fn an_account_that_is_set_up_otherwise_is_a_failure_that_says_what_to_do() {
        let mut venue = crate::config::read_venue(None, VenueId::BinanceUsdm).expect("listed");
        venue.account.expected = Setup { leverage_e2: Some(1_000), ..Setup::ONE_WAY };
        let grid = engine_model::instrument::Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 };
        let of = feeds::metadata::assumed(VenueId::BinanceUsdm, "BTCUSDT", grid).expect("known");
        let line = |leverage_e2| {
            let setup =
                Setup { leverage_e2: Some(leverage_e2), margin: Some(MarginMode::Cross), is_two_way: Some(false) };
            let lines = told(&venue, (vec![(InstrumentId(0), setup)], Instruments::new(vec![of])));
            lines.into_iter().next().expect("one")
        };
        assert_eq!(line(1_000).state, State::Ok);
        let wrong = line(2_000);
        assert_eq!(wrong.state, State::Fail);
        let expected = "binance-usdm BTCUSDT: leverage 20, cross margin, one-way; expected leverage 10, one-way";
        assert_eq!(wrong.found, expected);
        assert!(wrong.advice.expect("some").contains("margin_mode"));
    }
}
