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
        LayoutKind::Inline => Layout::Inline,
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

fn shared(group: &config::Group, venues: &[VenueId], has_journal: bool) -> Group {
    let names = |stage: &Place| match stage {
        Place::Venue => venues.iter().map(|venue| venue_stage_name(*venue)).collect(),
        Place::Journal if !has_journal => Vec::new(),
        Place::Bridge => Vec::new(),
        other => vec![other.name().to_owned()],
    };
    let idle = match group.idle {
        config::Idle::SpinThenBlock(spin) => Idle::SpinThenPark { spin, park: PARK },
        config::Idle::Sleep(pause) => Idle::Sleep(pause),
    };
    Group {
        name: group.name.clone(),
        // A core that this machine does not have: run unpinned rather than not at all; the log says where each thread is.
        core: group.core.filter(|core| cores().contains(core)),
        idle,
        stages: group.stages.iter().flat_map(names).collect(),
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
