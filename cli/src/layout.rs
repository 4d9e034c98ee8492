//! From the layout of the configuration, which names stages of the topology, to the driver's, which names those that run:
//! one stage a venue, none for what takes no part.

use crate::boot::venue_stage_name;
use engine_core::config::{self, Config, LayoutKind};
use engine_core::topology::Stage as Place;
use engine_model::venue::VenueId;
use engine_ring::affinity::cores;
use engine_ring::layout::{Group, Idle, Layout};
use std::time::Duration;

/// The driver's layout.
///
/// `is_paced`: whether each event waits for the consequences of the one before, as in a replay.
pub(crate) fn layout(config: &Config, venues: &[VenueId], has_journal: bool, is_paced: bool) -> Layout {
    match config.layout.kind {
        LayoutKind::Inline if is_paced => Layout::Inline,
        // A live engine is watched while it runs: its crank is turned by one thread of its own.
        LayoutKind::Inline => Layout::Shared(vec![inline(venues, has_journal)]),
        LayoutKind::Shared => {
            let groups = config.layout.groups.iter().map(|group| shared(group, venues, has_journal));
            Layout::Shared(groups.filter(|group| !group.stages.is_empty()).collect())
        }
        LayoutKind::Dedicated => {
            let threads = venues.len() + Place::PLACED.len() - 1 - usize::from(!has_journal);
            Layout::Dedicated { first_core: config.layout.first_core, idle: dedicated_idle(threads, is_paced) }
        }
    }
}

/// What the machine lacks of the layout, if anything: the cores that it asks for and that we may not use.
pub(crate) fn lacking(config: &Config, venues: &[VenueId], usable: &[usize]) -> Option<String> {
    match config.layout.kind {
        LayoutKind::Inline => None,
        LayoutKind::Shared => {
            let is_missing = |core: &usize| !usable.contains(core);
            let groups = config.layout.groups.iter();
            let missing =
                groups.filter_map(|g| g.core.filter(is_missing).map(|core| format!("{} on core {core}", g.name)));
            let missing: Vec<String> = missing.collect();
            (!missing.is_empty()).then(|| {
                format!("layout.group wants {}, this process may use {usable:?}; it runs unpinned", missing.join(", "))
            })
        }
        LayoutKind::Dedicated => {
            let threads = venues.len() + Place::PLACED.len() - 1;
            (usable.len() < threads).then(|| {
                format!(
                    "layout dedicated wants {threads} cores, this process may use {usable:?}; some threads share one"
                )
            })
        }
    }
}

/// The cores that hot threads are pinned to: research stays off them.
pub(crate) fn hot_cores(config: &Config) -> Vec<usize> {
    let usable = cores();
    match config.layout.kind {
        LayoutKind::Inline => Vec::new(),
        LayoutKind::Shared => config.layout.groups.iter().filter_map(|group| group.core).collect(),
        LayoutKind::Dedicated => {
            let threads = config.venues.len() + Place::PLACED.len() - 1;
            usable.iter().cycle().skip(config.layout.first_core).take(threads.min(usable.len())).copied().collect()
        }
    }
}

fn stages(of: &[Place], venues: &[VenueId], has_journal: bool) -> Vec<String> {
    let names = |stage: &Place| match stage {
        Place::Venue => venues.iter().map(|venue| venue_stage_name(*venue)).collect(),
        Place::Journal if !has_journal => Vec::new(),
        Place::Bridge => Vec::new(),
        other => vec![other.name().to_owned()],
    };
    of.iter().flat_map(names).collect()
}

fn inline(venues: &[VenueId], has_journal: bool) -> Group {
    let stages = stages(&Place::PLACED, venues, has_journal);
    Group { name: LayoutKind::Inline.name().to_owned(), core: None, idle: Idle::HOT, stages }
}

fn shared(group: &config::Group, venues: &[VenueId], has_journal: bool) -> Group {
    let idle = match group.idle {
        config::Idle::SpinThenBlock(spin) => Idle::SpinThenPark { spin, park: PARK },
        config::Idle::Sleep(pause) => Idle::Sleep(pause),
    };
    Group {
        name: group.name.clone(),
        // A core that this machine does not have: run unpinned rather than not at all; see `lacking`.
        core: group.core.filter(|core| cores().contains(core)),
        idle,
        stages: stages(&group.stages, venues, has_journal),
    }
}

/// Longest block in a poller: the bound on how late a hot thread sees what comes by a ring instead of a socket.
const PARK: Duration = Duration::from_millis(1);

/// Threads of their own may spin only where each has a core of its own; on a small machine they would starve each other
/// (medians of milliseconds were measured), so there they sleep; or, where each of them waits only for the others and
/// the next event is always there, hand the core round. A replay over four threads on two cores takes 6.8 µs a message
/// yielding and 115 sleeping when nobody else wants the cores, and 29 to 33 against 159 to 173 beside five jobs that do.
fn dedicated_idle(threads: usize, is_paced: bool) -> Idle {
    match is_paced {
        _ if cores().len() >= threads => Idle::HOT,
        true => Idle::Yield,
        false => Idle::Sleep(Duration::from_micros(50)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_that_the_process_may_not_use_is_named_and_none_is_missed_where_there_is() {
        let mut config = crate::config::read(None).expect("the defaults are accepted");
        let venues = [VenueId::BinanceSpot];
        assert_eq!(lacking(&config, &venues, &[0, 1]), None);
        let told = "layout.group wants hot on core 1, this process may use [0]; it runs unpinned";
        assert_eq!(lacking(&config, &venues, &[0]).as_deref(), Some(told));
        config.layout.kind = LayoutKind::Dedicated;
        let told = "layout dedicated wants 5 cores, this process may use [0, 1]; some threads share one";
        assert_eq!(lacking(&config, &venues, &[0, 1]).as_deref(), Some(told));
        config.layout.kind = LayoutKind::Inline;
        assert_eq!(lacking(&config, &venues, &[0]), None);
    }

    #[test]
    fn a_live_engine_in_one_line_has_a_thread_that_turns_every_stage() {
        let mut config = crate::config::read(None).expect("the defaults are accepted");
        config.layout.kind = LayoutKind::Inline;
        let venues = [VenueId::BinanceSpot, VenueId::BinanceUsdm];
        let Layout::Shared(groups) = layout(&config, &venues, true, false) else { panic!("a thread") };
        let [group] = &groups[..] else { panic!("one thread: {groups:?}") };
        let stages = ["venue.binance-spot", "venue.binance-usdm", "strategy", "risk", "execution", "journal"];
        assert_eq!(group.stages, stages);
        assert_eq!(layout(&config, &venues, true, true), Layout::Inline, "a replay's crank is turned by its caller");
    }
}
