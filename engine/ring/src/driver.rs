//! The driver: turns stages into a run, in whichever layout.
//!
//! Owns threads: spawning, pinning, stopping, handing the stages back. The same stages over the same rings run inline (the
//! caller's thread, in [`Running::join`]), in shared groups, or each on its own; their results are the same because a stage
//! cannot tell. Measures how far apart the layout's cores are and says so in [`Running::placement`], for the log.
//!
//! Never decides what happens when pinning is refused (it says so and goes on), never keeps other threads waiting for one
//! that panicked.

use crate::affinity::{PinError, cores};
use crate::clock::Clock;
use crate::crank::Crank;
use crate::flag::{StopFlag, Switch};
use crate::layout::{Group, Idle, Layout, LayoutError};
use crate::placement::{Distance, probe};
use crate::pulse::{Fact, Pulse};
use crate::quiescence::Quiescence;
use crate::stage::Stage;
use crate::stage_gauges::{Shares, StageGauges, ThreadGauges};
use crate::worker::{Ended, Signals, Worker};
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

/// A run under way.
pub struct Running {
    threads: Vec<Thread>,
    inline: Option<Box<Worker>>,
    signals: Signals,
    order: Vec<String>,
    stages: Vec<Arc<StageGauges>>,
    distances: Vec<Distance>,
}

/// One thread, as the driver sees it.
struct Thread {
    gauges: Arc<ThreadGauges>,
    stages: Vec<Arc<StageGauges>>,
    core: Result<Option<usize>, PinError>,
    idle: Idle,
    handle: JoinHandle<Ended>,
}

/// A run that came to its end.
pub struct Finished {
    /// The stages, in the order they were launched in.
    pub stages: Vec<Box<dyn Stage>>,
    /// What each thread did.
    pub threads: Vec<ThreadReport>,
}

/// What one thread did.
#[derive(Clone, Debug)]
pub struct ThreadReport {
    /// Its name.
    pub name: String,
    /// The core it was pinned to, `None` if it was not to be, or why it could not be.
    pub core: Result<Option<usize>, PinError>,
    /// Allocations on it after the run was armed and before its stages said goodbye; `None` if it was never armed or
    /// nothing counts allocations.
    pub allocations: Option<u64>,
    /// Turns of its crank.
    pub turns: u64,
    /// How often it parked or slept.
    pub parks: u64,
    /// Its stages and how their time divided.
    pub stages: Vec<(String, Shares)>,
}

/// A run did not start.
#[derive(Debug)]
pub enum LaunchError {
    /// The layout does not fit the stages or the machine.
    Layout(LayoutError),
    /// The system gave no thread.
    Spawn {
        /// The thread's name.
        thread: String,
        /// Why.
        source: std::io::Error,
    },
}

/// A stage panicked, and the run was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// The stage.
    pub stage: String,
    /// The thread it ran on.
    pub thread: String,
    /// What it said.
    pub message: String,
}

/// How pinning went on a thread.
type Pinned = (usize, Result<Option<usize>, PinError>);

/// What a run is held by from outside.
#[derive(Clone, Debug, Default)]
pub struct Reins {
    /// Ends it.
    pub stop: StopFlag,
    /// The switch behind [`Running::arm`], for a stage that knows by itself when the warm-up is over.
    pub arm: Switch,
    /// Where its threads beat, if anybody watches.
    pub pulse: Option<Arc<Pulse>>,
}

/// Starts a run of `stages` (in the topology's order) in `layout`; it ends when `stop` is raised, by whomever.
///
/// Returns when every thread is pinned or was refused. An inline run makes no thread: it happens in [`Running::join`].
///
/// # Errors
/// If the layout does not fit, or a thread could not be made; no stage was started then.
pub fn launch(stages: Vec<Box<dyn Stage>>, layout: &Layout, stop: StopFlag) -> Result<Running, LaunchError> {
    launch_held(stages, layout, Reins { stop, ..Reins::default() })
}

/// The same, with more than a stop flag to hold it by.
///
/// # Errors
/// As [`launch`].
pub fn launch_held(stages: Vec<Box<dyn Stage>>, layout: &Layout, reins: Reins) -> Result<Running, LaunchError> {
    let Reins { stop, arm, pulse } = reins;
    let order: Vec<String> = stages.iter().map(|stage| stage.name().to_owned()).collect();
    let names: Vec<&str> = order.iter().map(String::as_str).collect();
    let groups = layout.plan(&names, cores()).map_err(LaunchError::Layout)?;
    let threads = groups.len().max(1);
    if let Some(pulse) = &pulse {
        pulse.set(Fact::Threads, threads as u64);
    }
    let signals = Signals { stop, arm, quiescence: Arc::new(Quiescence::new(threads)), pulse };
    let mut running = Running {
        threads: Vec::new(),
        inline: None,
        signals,
        order,
        stages: Vec::new(),
        distances: distances(&groups, cores()),
    };
    if groups.is_empty() {
        running.place_inline(stages);
    } else {
        running.spawn(stages, groups)?;
    }
    Ok(running)
}

/// The distances between the cores that are used, neighbour to neighbour; of a single one, to the first core beside it, where
/// the threads that are not pinned are at home. A core that refuses is left out here: pinning will say so.
fn distances(groups: &[Group], usable: &[usize]) -> Vec<Distance> {
    let mut used: Vec<usize> = groups.iter().filter_map(|group| group.core).collect();
    if let [only] = used[..] {
        used.extend(usable.iter().find(|core| **core != only));
    }
    used.sort_unstable();
    used.dedup();
    used.windows(2).filter_map(|pair| probe(pair[0], pair[1]).ok()).collect()
}

impl Running {
    fn place_inline(&mut self, stages: Vec<Box<dyn Stage>>) {
        let crank = Crank::new(stages);
        self.stages = crank.gauges();
        let group = Group { name: "inline".to_owned(), core: None, idle: Idle::HOT, stages: Vec::new() };
        let gauges = Arc::new(ThreadGauges::new(&group.name));
        self.inline = Some(Box::new(Worker::new(0, crank, &group, gauges, self.signals.clone())));
    }

    /// Makes the threads, waits until each is pinned or was refused, then lets them all go.
    fn spawn(&mut self, mut stages: Vec<Box<dyn Stage>>, groups: Vec<Group>) -> Result<(), LaunchError> {
        // Made here, so that the first calibration does not happen on a hot thread.
        let _calibrated = Clock::machine();
        let (pinned, outcomes) = mpsc::channel();
        let mut starts = Vec::with_capacity(groups.len());
        for group in &groups {
            let crank = Crank::new(take_group(&mut stages, group));
            starts.push(self.spawn_group(crank, group, pinned.clone())?);
        }
        drop(pinned);
        for (index, core) in outcomes {
            self.threads[index].core = core;
        }
        let all = self.threads.iter().flat_map(|thread| thread.stages.iter().cloned());
        self.stages = in_order(all.collect(), &self.order, |gauges| &gauges.name);
        for start in starts {
            // A thread that is gone already is reported when it is joined.
            let _ = start.send(());
        }
        Ok(())
    }

    /// Makes a group's thread, which pins itself, says how that went, and waits to be let go.
    fn spawn_group(&mut self, crank: Crank, group: &Group, pinned: Sender<Pinned>) -> Result<Sender<()>, LaunchError> {
        let (index, core) = (self.threads.len(), group.core);
        let (stages, gauges) = (crank.gauges(), Arc::new(ThreadGauges::new(&group.name)));
        let worker = Worker::new(index, crank, group, gauges.clone(), self.signals.clone());
        let (start, started) = mpsc::channel();
        let run = move || {
            let _ = pinned.send((index, Worker::pin(core)));
            drop(pinned);
            // The other end is dropped when a later thread could not be made: then nothing starts.
            if started.recv().is_ok() { worker.run() } else { worker.unstarted() }
        };
        let spawned = std::thread::Builder::new().name(group.name.clone()).spawn(run);
        let handle = spawned.map_err(|source| LaunchError::Spawn { thread: group.name.clone(), source })?;
        self.threads.push(Thread { gauges, stages, core: Ok(None), idle: group.idle, handle });
        Ok(start)
    }

    /// Tells every thread to count its allocations from now on: the warm-up is over.
    pub fn arm(&self) {
        self.signals.arm.set(true);
    }

    /// The switch behind [`Running::arm`], for whoever knows when the warm-up is over.
    #[must_use]
    pub fn arming(&self) -> Switch {
        self.signals.arm.clone()
    }

    /// Raises the run's stop flag.
    pub fn stop(&self) {
        self.signals.stop.raise();
    }

    /// The stages' gauges, in the order they were launched in.
    #[must_use]
    pub fn stages(&self) -> &[Arc<StageGauges>] {
        &self.stages
    }

    /// The threads' gauges; none for an inline run.
    pub fn threads(&self) -> impl Iterator<Item = &Arc<ThreadGauges>> {
        self.threads.iter().map(|thread| &thread.gauges)
    }

    /// How far apart the layout's cores are.
    #[must_use]
    pub fn distances(&self) -> &[Distance] {
        &self.distances
    }

    /// The threads that could not be pinned, and why. They run all the same; a caller that wants none such stops the run.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &PinError)> {
        self.threads.iter().filter_map(|thread| Some((thread.gauges.name.as_str(), thread.core.as_ref().err()?)))
    }

    /// Which stage runs where, and how far apart the cores are: a line for each, for the log.
    #[must_use]
    pub fn placement(&self) -> String {
        let mut lines: Vec<String> = self.threads.iter().map(Thread::describe).collect();
        if self.threads.is_empty() {
            lines.push(format!("inline: {}, on the caller's thread", self.order.join(", ")));
        }
        lines.extend(self.distances.iter().map(Distance::to_string));
        lines.push(format!("clock: {}", Clock::machine().describe()));
        lines.join("\n")
    }

    /// Waits for the run to end (an inline run happens here) and gives the stages back.
    ///
    /// # Errors
    /// If a stage panicked: the first one that did.
    pub fn join(self) -> Result<Finished, Panicked> {
        let (mut stages, mut threads, mut panicked) = (Vec::new(), Vec::new(), None);
        let mut note = |ended: Ended, thread: ThreadReport| {
            stages.extend(ended.stages);
            threads.push(ThreadReport { turns: ended.turns, ..thread });
            panicked = panicked.take().or(ended.panicked);
        };
        if let Some(worker) = self.inline {
            let gauges = worker.gauges();
            let ended = worker.run();
            note(ended, ThreadReport::of(&gauges, Ok(None), &self.stages));
        }
        for Thread { gauges, stages, core, handle, .. } in self.threads {
            // A worker catches its stages' panics; what gets past that is a bug of the driver's own.
            let ended = handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            note(ended, ThreadReport::of(&gauges, core, &stages));
        }
        match panicked {
            Some(panicked) => Err(panicked),
            None => Ok(Finished { stages: in_order(stages, &self.order, |stage| stage.name()), threads }),
        }
    }
}

/// Takes a group's stages out of all stages, in the group's order.
fn take_group(stages: &mut Vec<Box<dyn Stage>>, group: &Group) -> Vec<Box<dyn Stage>> {
    let mut take = |name: &String| {
        let at = stages.iter().position(|stage| stage.name() == name);
        at.map(|at| stages.remove(at))
    };
    group.stages.iter().filter_map(&mut take).collect()
}

/// Sorts things by the place of their names in `order`.
fn in_order<T>(mut things: Vec<T>, order: &[String], name: impl Fn(&T) -> &str) -> Vec<T> {
    things.sort_by_key(|thing| order.iter().position(|ordered| ordered == name(thing)));
    things
}

impl Thread {
    fn describe(&self) -> String {
        let stages: Vec<&str> = self.stages.iter().map(|stage| stage.name.as_str()).collect();
        let place = match &self.core {
            Ok(Some(core)) => format!("core {core}"),
            Ok(None) => "any core".to_owned(),
            Err(refusal) => format!("not pinned ({refusal})"),
        };
        format!("thread {}: {}, {place}, {}", self.gauges.name, stages.join(", "), self.idle)
    }
}

impl ThreadReport {
    fn of(gauges: &ThreadGauges, core: Result<Option<usize>, PinError>, stages: &[Arc<StageGauges>]) -> Self {
        let stages = stages.iter().map(|stage| (stage.name.clone(), stage.shares())).collect();
        let (allocations, parks) = (gauges.allocations(), gauges.parks());
        Self { name: gauges.name.clone(), core, allocations, turns: 0, parks, stages }
    }
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout(_) => f.write_str("the layout does not fit"),
            Self::Spawn { thread, .. } => write!(f, "the system gave no thread for `{thread}`"),
        }
    }
}

impl std::error::Error for LaunchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Layout(layout) => Some(layout),
            Self::Spawn { source, .. } => Some(source),
        }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage, thread, message } = self;
        write!(f, "stage `{stage}` on thread `{thread}` panicked: {message}")
    }
}

impl std::error::Error for Panicked {}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("stages", &self.order)
            .field("threads", &self.threads.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished").field("threads", &self.threads).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_single_pinned_core_is_measured_against_the_one_beside_it() {
        let group = |core| Group { name: "hot".to_owned(), core, idle: Idle::HOT, stages: Vec::new() };
        let groups = [group(cores().last().copied()), group(None)];
        let measured: Vec<_> = distances(&groups, cores()).iter().map(|d| (d.from, d.to)).collect();
        match cores() {
            [first, .., last] => assert_eq!(measured, [(*first, *last)]),
            _ => assert_eq!(measured, []),
        }
        assert!(distances(&[group(None)], cores()).is_empty(), "nothing is pinned, nothing is measured");
    }
}
