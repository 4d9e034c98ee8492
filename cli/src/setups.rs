//! How the contracts of a live run are set up on its accounts, told before it begins.
//!
//! What differs is no reason not to begin: the gateway lets nothing of such a contract grow until it agrees. What the venue
//! cannot tell is.
//!
//! Never: a change at the venue.

use crate::exit::Exit;
use anyhow::Context as _;
use engine_core::config::Venue;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::setup::Setup;
use engine_ring::clock::Clock;
use feeds::gateway::desk::{GatewaySettings, setups};
use feeds::gateway::key::Key;

/// By contract, of a venue that tells it.
pub(crate) type Found = Vec<(InstrumentId, Setup)>;

/// Asks the venue.
pub(crate) fn found(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> anyhow::Result<Found> {
    setups(settings, key, instruments, clock).context(settings.venue.name())
}

/// Writes down what is found. Refused is what is expected of a venue that tells nothing of the kind.
pub(crate) fn look(
    venue: &Venue,
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
) -> Result<(), Exit> {
    let (name, expected) = (venue.id.name(), venue.account.expected);
    let found = match found(settings, key, instruments, clock) {
        Ok(found) => found,
        // The gateway asks again, and lets nothing grow before it knows what it has to.
        Err(error) => {
            tracing::warn!(venue = name, "how contracts are set up there is not known: {error:#}");
            return Ok(());
        }
    };
    let has_contracts = instruments.iter().any(|of| of.venue == venue.id && of.kind != ContractKind::Spot);
    if found.is_empty() && has_contracts && expected.names_terms() {
        return Err(Exit::Refused(format!(
            "{name}: the venue does not tell leverage and margin of a contract, and {expected} is expected: take leverage and \
             margin_mode out of its [[venue]], and look there yourself"
        )));
    }
    for (of, setup) in found {
        tracing::info!(venue = name, symbol = %instruments.get(of).symbol, "{}", told(&expected, &setup));
    }
    Ok(())
}

fn told(expected: &Setup, found: &Setup) -> String {
    match expected.is_met_by(found) {
        true if expected.names_terms() => format!("set up as expected: {found}"),
        true => format!("set up at the venue: {found}; nothing else is expected"),
        false => {
            format!("set up at the venue: {found}; expected {expected}: of it only what reduces passes until it is")
        }
    }
}
