//! What a live run finds on its accounts before it begins, and what follows from it.
//!
//! Never: a start with a position. The engine begins flat and counts its own fills alone: limits and *reduce only* would be
//! counted from a lie. Nor one beside orders that nobody withdraws or adopts.

use crate::exit::Exit;
use anyhow::{Context as _, anyhow};
use engine_core::config::Standing;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_ring::clock::Clock;
use feeds::gateway::desk::{GatewaySettings, Holding, survey, withdraw_standing};
use feeds::gateway::key::Key;

/// Nothing stands on the venue's instruments and every position is flat, or the run does not begin.
pub(crate) fn clear(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
    standing: Standing,
) -> Result<(), Exit> {
    let venue = settings.venue.name();
    let look = || survey(settings, key, instruments, clock).context(venue).map_err(Exit::Failed);
    let mut held = look()?;
    let has_orders = |held: &[(InstrumentId, Holding)]| held.iter().any(|(_, holding)| is_orders(holding));
    if standing == Standing::Withdraw && has_orders(&held) {
        tell(&held, instruments).for_each(|found| tracing::warn!(venue, "withdrawn before the start: {found}"));
        let failed = withdraw_standing(settings, key, instruments, clock).context(venue).map_err(Exit::Failed)?;
        held = look()?;
        if failed > 0 && has_orders(&held) {
            let left: Vec<String> = tell(&held, instruments).collect();
            return Err(Exit::Failed(anyhow!(
                "{venue}: orders could not be withdrawn before the start: {}",
                left.join("; ")
            )));
        }
    }
    if standing == Standing::Adopt && held.iter().all(|(_, holding)| is_all_ours(holding)) {
        tell(&held, instruments).for_each(|found| tracing::warn!(venue, "adopted: {found}"));
        return Ok(());
    }
    if held.is_empty() {
        return Ok(());
    }
    let found: Vec<String> = tell(&held, instruments).collect();
    let advice = match has_orders(&held) {
        true => {
            "close positions there; withdraw orders there, or say run.standing_orders = \"withdraw\"; \"adopt\" takes over \
             those of runs before, and no other"
        }
        false => "close it there, or trade another account",
    };
    Err(Exit::Refused(format!(
        "{venue}: the account is not flat, and the engine would count from a flat one: {}; {advice}",
        found.join("; ")
    )))
}

/// Orders of runs before, and no other.
fn is_all_ours(holding: &Holding) -> bool {
    matches!(holding, Holding::Orders { all, in_our_form, .. } if all == in_our_form)
}

fn is_orders(holding: &Holding) -> bool {
    matches!(holding, Holding::Orders { .. })
}

/// Each in words.
fn tell(held: &[(InstrumentId, Holding)], instruments: &Instruments) -> impl Iterator<Item = String> {
    held.iter().map(|(of, holding)| {
        let instrument = instruments.get(*of);
        match *holding {
            Holding::Position(qty) => format!("{} holds {}", instrument.symbol, instrument.grid.qty_text(qty)),
            Holding::Orders { all, one: None, .. } => format!("{all} orders stand on {}", instrument.symbol),
            Holding::Orders { all, in_our_form, one: Some(one) } => format!(
                "{all} orders stand on {}, {in_our_form} of them of an earlier run or another process ({one})",
                instrument.symbol
            ),
        }
    })
}
