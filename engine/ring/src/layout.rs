//! Which stage runs on which thread and core.
//!
//! Owns the layout as configuration and its check: [`Layout::plan`] turns it into groups, or says what is wrong with it,
//! before any thread exists. Never two spinning threads on one core: three spinners on two cores were measured at medians
//! of 12 to 16 *milliseconds*, against 0.2 microseconds in one thread.

use std::fmt;
use std::time::Duration;

/// Who turns the crank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No thread: the caller does, in table order.
    Inline,
    /// Named groups of stages, a thread for each group.
    Shared(Vec<Group>),
    /// A thread for each stage, on consecutive cores from `first_core` on (counted among the usable cores). If there are
    /// fewer cores than stages the cores are dealt round again, and only the first stage on a core keeps its `idle` if
    /// that spins; the others sleep.
    Dedicated {
        /// Where to begin, as an index into the usable cores.
        first_core: usize,
        /// What a stage's thread does when idle.
        idle: Idle,
    },
}

/// Some stages on one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The thread's name.
    pub name: String,
    /// The core to pin it to.
    pub core: Option<usize>,
    /// What the thread does when its stages are idle.
    pub idle: Idle,
    /// The stages, polled in this order.
    pub stages: Vec<String>,
}

/// What a thread does when its stages are idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Spins without end: for an isolated core.
    Spin,
    /// Spins for `spin` after the last work, then waits on a stage's own source, or sleeps, at most `park` at a time.
    SpinThenPark {
        /// How long to spin.
        spin: Duration,
        /// How long to wait at most: the delay of work that arrives by a ring while the thread waits on a socket.
        park: Duration,
    },
    /// Gives the core away between polls (`sched_yield`) and never sleeps: for more threads than cores that wait for each
    /// other and for nothing else, such as a replay. Three stages on two cores were measured, open loop at 10,000 events a
    /// second, at medians of 2.6 to 2.8 ms, against 12 to 16 ms when they spin and 0.2 µs in one thread. Four threads on two
    /// cores hand an event round and back in 7 µs as long as nobody else wants the cores; who does gets a whole time slice
    /// with each yield. A call costs 120 ns and the core stays busy, so what waits for a socket should park instead.
    Yield,
    /// Sleeps at most this long (or waits on a stage's own source).
    Sleep(Duration),
}

/// How long a dedicated stage sleeps which had to give up its spinning.
const CROWDED_SLEEP: Duration = Duration::from_micros(200);

impl Idle {
    /// A hot thread on a machine it shares: 100 microseconds of spinning, then naps of at most a millisecond.
    pub const HOT: Self = Self::SpinThenPark { spin: Duration::from_micros(100), park: Duration::from_millis(1) };

    /// Whether the thread keeps its core from others while it has nothing to do.
    #[must_use]
    pub fn spins(self) -> bool {
        match self {
            Self::Spin => true,
            Self::SpinThenPark { spin, .. } => !spin.is_zero(),
            Self::Yield | Self::Sleep(_) => false,
        }
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spin => f.write_str("spins"),
            Self::SpinThenPark { spin, park } => write!(f, "spins {spin:?}, then parks up to {park:?}"),
            Self::Yield => f.write_str("yields"),
            Self::Sleep(limit) => write!(f, "sleeps up to {limit:?}"),
        }
    }
}

/// What is wrong with a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// Two stages have the same name.
    SameName(String),
    /// A group names a stage that does not exist.
    UnknownStage {
        /// The group.
        group: String,
        /// The name.
        stage: String,
    },
    /// A stage is named twice.
    PlacedTwice {
        /// The stage.
        stage: String,
        /// The group that named it first.
        first: String,
        /// The group that named it again.
        second: String,
    },
    /// No group names this stage.
    NotPlaced(String),
    /// A group wants a core the process may not use.
    NoSuchCore {
        /// The group.
        group: String,
        /// The core.
        core: usize,
        /// The cores there are.
        usable: Vec<usize>,
    },
    /// Two spinning groups share a core.
    TwoSpinners {
        /// The core.
        core: usize,
        /// One group.
        first: String,
        /// The other.
        second: String,
    },
    /// More spinning groups than cores.
    TooManySpinners {
        /// How many groups spin.
        spinners: usize,
        /// How many cores there are.
        cores: usize,
    },
}

impl Layout {
    /// The layout's groups for these stages on these cores; empty for [`Layout::Inline`].
    ///
    /// # Errors
    /// What is wrong with the layout, the first thing found.
    pub fn plan(&self, stages: &[&str], cores: &[usize]) -> Result<Vec<Group>, LayoutError> {
        if let Some(twice) = stages.iter().enumerate().find(|(at, name)| stages[..*at].contains(name)) {
            return Err(LayoutError::SameName((*twice.1).to_owned()));
        }
        let groups = match self {
            Self::Inline => return Ok(Vec::new()),
            Self::Shared(groups) => groups.clone(),
            Self::Dedicated { first_core, idle } => dedicated(stages, cores, *first_core, *idle),
        };
        check_stages(&groups, stages)?;
        check_cores(&groups, cores)?;
        Ok(groups)
    }
}

/// A group for each stage.
fn dedicated(stages: &[&str], cores: &[usize], first_core: usize, idle: Idle) -> Vec<Group> {
    let group = |(at, stage): (usize, &&str)| Group {
        name: (*stage).to_owned(),
        core: (!cores.is_empty()).then(|| cores[(first_core + at) % cores.len()]),
        idle: if idle.spins() && at >= cores.len() { Idle::Sleep(CROWDED_SLEEP) } else { idle },
        stages: vec![(*stage).to_owned()],
    };
    stages.iter().enumerate().map(group).collect()
}

fn check_stages(groups: &[Group], stages: &[&str]) -> Result<(), LayoutError> {
    let placed = || groups.iter().flat_map(|group| group.stages.iter().map(move |stage| (stage, &group.name)));
    for (at, (stage, group)) in placed().enumerate() {
        if !stages.contains(&stage.as_str()) {
            return Err(LayoutError::UnknownStage { group: group.clone(), stage: stage.clone() });
        }
        if let Some((_, first)) = placed().take(at).find(|(other, _)| *other == stage) {
            let (stage, first, second) = (stage.clone(), first.clone(), group.clone());
            return Err(LayoutError::PlacedTwice { stage, first, second });
        }
    }
    match stages.iter().find(|name| !placed().any(|(stage, _)| stage == *name)) {
        Some(name) => Err(LayoutError::NotPlaced((*name).to_owned())),
        None => Ok(()),
    }
}

fn check_cores(groups: &[Group], cores: &[usize]) -> Result<(), LayoutError> {
    for group in groups {
        if let Some(core) = group.core.filter(|core| !cores.contains(core)) {
            return Err(LayoutError::NoSuchCore { group: group.name.clone(), core, usable: cores.to_vec() });
        }
    }
    let spinning: Vec<&Group> = groups.iter().filter(|group| group.idle.spins()).collect();
    for (at, group) in spinning.iter().enumerate() {
        let same_core = |other: &&&Group| group.core.is_some() && other.core == group.core;
        if let (Some(first), Some(core)) = (spinning[..at].iter().find(same_core), group.core) {
            return Err(LayoutError::TwoSpinners { core, first: first.name.clone(), second: group.name.clone() });
        }
    }
    if spinning.len() > cores.len() {
        return Err(LayoutError::TooManySpinners { spinners: spinning.len(), cores: cores.len() });
    }
    Ok(())
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameName(stage) => write!(f, "two stages are named `{stage}`"),
            Self::UnknownStage { group, stage } => {
                write!(f, "group `{group}` names stage `{stage}`, which does not exist")
            }
            Self::PlacedTwice { stage, first, second } => {
                write!(f, "stage `{stage}` is placed in group `{first}` and again in group `{second}`")
            }
            Self::NotPlaced(stage) => write!(f, "stage `{stage}` is in no group"),
            Self::NoSuchCore { group, core, usable } => {
                write!(f, "group `{group}` wants core {core}, this process may use {usable:?}")
            }
            Self::TwoSpinners { core, first, second } => {
                write!(f, "groups `{first}` and `{second}` would both spin on core {core}")
            }
            Self::TooManySpinners { spinners, cores } => {
                write!(f, "{spinners} groups would spin on {cores} cores")
            }
        }
    }
}

impl std::error::Error for LayoutError {}
