//! What a live run finds on its accounts before it begins, and what follows from it.
//!
//! Never: a start beside a position that nobody takes over. The engine would begin flat and count its own fills alone: limits
//! and *reduce only* would be counted from a lie. Nor one beside orders that nobody withdraws or adopts.

use crate::exit::Exit;
use anyhow::{Context as _, anyhow};
use engine_core::config::{Foreign, Run, Standing};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::order::ClientOrderId;
use engine_ring::clock::Clock;
use feeds::gateway::desk::{GatewaySettings, Holding, survey, withdraw_standing};
use feeds::gateway::key::Key;

/// Nothing stands on the venue's instruments and every position is flat, or the run does not begin. Of the orders that it is
/// to adopt the one of the latest run.
pub(crate) fn clear(
    settings: &GatewaySettings,
    key: &Key,
    instruments: &Instruments,
    clock: &Clock,
    run: &Run,
) -> Result<Option<ClientOrderId>, Exit> {
    let venue = settings.venue.name();
    let look = || survey(settings, key, instruments, clock).context(venue).map_err(Exit::Failed);
    let standing = run.standing;
    let mut held = look()?;
    if let Some((both, what)) = both_ways(&held) {
        let symbol = instruments.get(both).symbol;
        return Err(Exit::Refused(format!(
            "{venue}: the account {what} a long and a short of {symbol} side by side (hedge mode), and the engine keeps one net \
             position: set the account to one-way mode there"
        )));
    }
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
    if run.takes_over {
        let (positions, orders): (Vec<_>, _) = held.into_iter().partition(|(_, holding)| !is_orders(holding));
        tell(&positions, instruments).for_each(|found| tracing::warn!(venue, "taken over: {found}"));
        held = orders;
    }
    if held.iter().all(|(_, holding)| is_minded(holding, run)) {
        let (ours, theirs): (Vec<_>, Vec<_>) = held.iter().copied().partition(|(_, holding)| is_all_ours(holding));
        tell(&ours, instruments).for_each(|found| tracing::warn!(venue, "adopted: {found}"));
        let rule = run.foreign.name();
        tell(&theirs, instruments).for_each(|found| tracing::warn!(venue, rule, "orders of somebody else: {found}"));
        return Ok(latest(&held));
    }
    let found: Vec<String> = tell(&held, instruments).collect();
    let advice = match has_orders(&held) {
        true => {
            "close positions there, or say run.standing_positions = \"adopt\"; withdraw orders there, or say \
             run.standing_orders = \"withdraw\"; \"adopt\" takes over those of runs before; of others run.foreign_orders says \
             what becomes of them"
        }
        false => {
            "close it there, or trade another account; run.standing_positions = \"adopt\" takes it over, as part of the run"
        }
    };
    Err(Exit::Refused(format!(
        "{venue}: the account is not flat, and the engine would count from a flat one: {}; {advice}",
        found.join("; ")
    )))
}

/// Refuses to begin beside an order of a run whose number is not lower: it would be nobody's here, neither adopted nor
/// counted, and perhaps its run lives on another machine.
pub(crate) fn is_before(venue: &str, latest: Option<ClientOrderId>, epoch: u32) -> Result<(), Exit> {
    let Some(id) = latest.filter(|id| id.epoch() >= epoch) else { return Ok(()) };
    Err(Exit::Refused(format!(
        "{venue}: order {id} stands there, of run {}, and this run would be {epoch}: only orders of runs with a lower number are \
         adopted. Another machine may trade on this account: end its run; or withdraw the order there, or say \
         run.standing_orders = \"withdraw\"",
        id.epoch()
    )))
}

fn latest(held: &[(InstrumentId, Holding)]) -> Option<ClientOrderId> {
    let ids =
        held.iter().filter_map(|(_, holding)| if let Holding::Orders { one, .. } = holding { *one } else { None });
    ids.max_by_key(|id| id.epoch())
}

/// An instrument that is held both ways, or may be: the next order would not meet the position that it is to close.
fn both_ways(held: &[(InstrumentId, Holding)]) -> Option<(InstrumentId, &'static str)> {
    let positions = held.iter().filter(|(_, holding)| matches!(holding, Holding::Position(_))).map(|(of, _)| *of);
    let is_twice = |of: &InstrumentId| positions.clone().filter(|other| other == of).count() > 1;
    let may = || held.iter().find(|(_, holding)| *holding == Holding::TwoWay).map(|(of, _)| (*of, "may hold"));
    positions.clone().find(|of| is_twice(of)).map(|of| (of, "holds")).or_else(may)
}

/// Orders that somebody minds: those of runs before are adopted, and of others a rule says what becomes of them.
fn is_minded(holding: &Holding, run: &Run) -> bool {
    match *holding {
        Holding::Position(_) | Holding::TwoWay => false,
        Holding::Orders { all, in_our_form, .. } => {
            (in_our_form == 0 || run.standing == Standing::Adopt)
                && (in_our_form == all || run.foreign != Foreign::Refuse)
        }
    }
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
            Holding::TwoWay => format!("{} is kept in hedge mode", instrument.symbol),
            Holding::Orders { all, one: None, .. } => format!("{all} orders stand on {}", instrument.symbol),
            Holding::Orders { all, in_our_form, one: Some(one) } => format!(
                "{all} orders stand on {}, {in_our_form} of them of an earlier run or another process ({one})",
                instrument.symbol
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::Lots;

    fn orders(one: Option<ClientOrderId>) -> (InstrumentId, Holding) {
        (InstrumentId(0), Holding::Orders { all: 1, in_our_form: usize::from(one.is_some()), one })
    }

    #[test]
    fn whose_orders_may_stand_at_the_start_is_what_the_two_rules_say() {
        let mut run = crate::config::read(None).expect("the defaults").run;
        let id = Some(ClientOrderId::new(1, 4, 9));
        let of = |all, in_our_form| Holding::Orders { all, in_our_form, one: id.filter(|_| in_our_form > 0) };
        // Ours alone, theirs alone, both.
        let all = [of(2, 2), of(2, 0), of(2, 1)];
        for (standing, foreign, minded) in [
            (Standing::Refuse, Foreign::Refuse, [false, false, false]),
            (Standing::Adopt, Foreign::Refuse, [true, false, false]),
            (Standing::Refuse, Foreign::Leave, [false, true, false]),
            (Standing::Adopt, Foreign::Leave, [true, true, true]),
            (Standing::Adopt, Foreign::Withdraw, [true, true, true]),
        ] {
            (run.standing, run.foreign) = (standing, foreign);
            assert_eq!(all.each_ref().map(|holding| is_minded(holding, &run)), minded, "{standing:?} {foreign:?}");
        }
        assert!(!is_minded(&Holding::Position(Lots(1)), &run));
    }

    #[test]
    fn a_run_does_not_begin_beside_orders_of_a_run_with_a_higher_number_or_its_own() {
        let held = [orders(Some(ClientOrderId::new(1, 4, 9))), orders(None), orders(Some(ClientOrderId::new(2, 7, 3)))];
        let latest = latest(&held);
        assert_eq!(latest, Some(ClientOrderId::new(2, 7, 3)));
        assert!(is_before("bybit", latest, 8).is_ok());
        assert!(is_before("bybit", None, 1).is_ok());
        for epoch in [7, 6] {
            let refused = is_before("bybit", latest, epoch).expect_err("not lower");
            assert_eq!(refused.code(), 3);
            let told = refused.message().expect("words");
            assert!(told.contains("R2-7-3") && told.contains("run 7") && told.contains(&epoch.to_string()), "{told}");
        }
    }

    #[test]
    fn an_account_that_holds_both_sides_or_may_is_no_place_to_begin() {
        let of = InstrumentId(0);
        let position = |lots| (of, Holding::Position(Lots(lots)));
        assert_eq!(both_ways(&[position(3), orders(None)]), None);
        assert_eq!(both_ways(&[position(3), position(-2)]), Some((of, "holds")));
        assert_eq!(both_ways(&[(of, Holding::TwoWay)]), Some((of, "may hold")));
        let run = crate::config::read(None).expect("the defaults").run;
        assert!(!is_minded(&Holding::TwoWay, &run));
    }
}
