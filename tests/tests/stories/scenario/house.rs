//! The stages of a scenario in one of the three layouts, and when they rest.
//!
//! Inline the story turns the crank itself. In the other layouts the engine's own driver runs the same stages on threads
//! that sleep when they have nothing to do, and between two lines of a file the story waits until all of them rest. It
//! does so by counting rounds, never by the time that passes.

use engine_ring::Crank;
use engine_ring::driver::{Running, launch};
use engine_ring::flag::StopFlag;
use engine_ring::layout::{Group, Idle, Layout};
use engine_ring::stage::{Poll, Stage};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Rounds with work after which a scenario that does not rest never will.
const ROUNDS_MAX: usize = 10_000;
/// A thread without work looks again after this long. None of them spins: there may be more of them than cores.
const NAP: Duration = Duration::from_micros(50);

/// Which layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Inline,
    /// One thread for everything that trades, one for the journal, as `config/base.toml` has them.
    Shared,
    /// A thread each.
    Dedicated,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Inline, Self::Shared, Self::Dedicated];
}

/// A stage that the story may look into while it rests.
pub(super) struct Open<S> {
    name: String,
    stage: Arc<Mutex<S>>,
    turns: Arc<Turns>,
}

/// What a stage tells of its rounds.
#[derive(Default)]
struct Turns {
    rounds: AtomicU64,
    worked: AtomicU64,
    is_asleep: AtomicBool,
}

impl<S: Stage> Open<S> {
    pub(super) fn new(stage: S) -> Self {
        Self { name: stage.name().to_owned(), stage: Arc::new(Mutex::new(stage)), turns: Arc::default() }
    }

    pub(super) fn look(&self) -> MutexGuard<'_, S> {
        self.stage.lock().expect("no stage panicked")
    }

    /// Asleep it reads nothing.
    pub(super) fn sleep(&self, is_asleep: bool) {
        self.turns.is_asleep.store(is_asleep, Ordering::SeqCst);
    }

    fn other_end(&self) -> Self {
        Self { name: self.name.clone(), stage: Arc::clone(&self.stage), turns: Arc::clone(&self.turns) }
    }
}

impl<S: Stage> Stage for Open<S> {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&mut self) {
        self.look().start();
    }

    fn poll(&mut self) -> Poll {
        let Turns { rounds, worked, is_asleep } = &*self.turns;
        let poll = if is_asleep.load(Ordering::SeqCst) { Poll::Idle } else { self.look().poll() };
        // Work first, then the round: who sees the round sees the work.
        worked.fetch_add(u64::from(poll == Poll::Worked), Ordering::SeqCst);
        rounds.fetch_add(1, Ordering::SeqCst);
        poll
    }

    fn finish(&mut self) {
        self.look().finish();
    }
}

/// Stages that are gathered for a run, in the topology's order.
#[derive(Default)]
pub(super) struct Stages {
    stages: Vec<Box<dyn Stage>>,
    turns: Vec<Arc<Turns>>,
}

impl Stages {
    /// The story keeps an end to look in by.
    pub(super) fn open<S: Stage>(&mut self, stage: S) -> Open<S> {
        let open = Open::new(stage);
        self.turns.push(Arc::clone(&open.turns));
        self.stages.push(Box::new(open.other_end()));
        open
    }

    pub(super) fn run(self, kind: Kind) -> House {
        let Self { stages, turns } = self;
        let names: Vec<String> = stages.iter().map(|stage| stage.name().to_owned()).collect();
        let layout = match kind {
            Kind::Inline => {
                let mut crank = Crank::new(stages);
                crank.start();
                return House { turns, driver: Driver::Crank(crank) };
            }
            Kind::Shared => {
                let (cold, hot) = names.split_last().expect("stages, the journal last");
                let group = |name: &str, stages: &[String]| Group {
                    name: name.to_owned(),
                    core: None,
                    idle: Idle::Sleep(NAP),
                    stages: stages.to_vec(),
                };
                Layout::Shared(vec![group("hot", hot), group("cold", std::slice::from_ref(cold))])
            }
            Kind::Dedicated => Layout::Dedicated { first_core: 0, idle: Idle::Sleep(NAP) },
        };
        let stop = StopFlag::new();
        let running = launch(stages, &layout, stop.clone()).expect("the layout fits the stages");
        House { turns, driver: Driver::Threads(running, stop) }
    }
}

/// The stages under way.
pub(super) struct House {
    turns: Vec<Arc<Turns>>,
    driver: Driver,
}

enum Driver {
    Crank(Crank),
    Threads(Running, StopFlag),
}

impl House {
    /// Until every stage rests.
    pub(super) fn settle(&mut self) {
        match &mut self.driver {
            Driver::Crank(crank) => {
                let rests = (0..ROUNDS_MAX).any(|_| crank.turn() != Poll::Worked);
                assert!(rests, "the stages do not come to rest");
            }
            Driver::Threads(_, stop) => {
                let all_rest = wait_for_rest(&self.turns, stop);
                assert!(all_rest, "the stages do not come to rest, or one of them panicked");
            }
        }
    }

    /// Everybody says his last words.
    pub(super) fn end(self) {
        match self.driver {
            Driver::Crank(mut crank) => crank.finish(),
            Driver::Threads(running, stop) => {
                stop.raise();
                running.join().expect("no stage panicked");
            }
        }
    }
}

/// Between two moments every stage made a whole round, and none of them worked: then nothing was on its way at the first.
fn wait_for_rest(turns: &[Arc<Turns>], stop: &StopFlag) -> bool {
    let rounds = || turns.iter().map(|turns| turns.rounds.load(Ordering::SeqCst)).collect::<Vec<_>>();
    let worked = || turns.iter().map(|turns| turns.worked.load(Ordering::SeqCst)).sum::<u64>();
    for _ in 0..ROUNDS_MAX {
        // In this order: work that ends between the two is then seen as done after the first moment.
        let worked_then = worked();
        let then = rounds();
        // Two more rounds: the first may have begun before the moment, the second lies wholly after it.
        while !rounds().iter().zip(&then).all(|(now, then)| *now >= then + 2) {
            if stop.is_raised() {
                return false;
            }
            std::thread::sleep(NAP);
        }
        if worked() == worked_then {
            return true;
        }
    }
    false
}
