//! One thread of a run: a crank, a ladder, and an orderly end.
//!
//! Owns the loop every thread runs: turn, rest, watch for stop and for arming, drain, finish. A panic in a stage is caught
//! here: it stops the whole run, the other stages still say their last words, and the caller gets the stage's name.

use crate::affinity::{PinError, pin};
use crate::alloc_guard::AllocGuard;
use crate::clock::Clock;
use crate::crank::Crank;
use crate::driver::Panicked;
use crate::flag::{StopFlag, Switch};
use crate::idle::Ladder;
use crate::layout::Group;
use crate::pulse::{Beat, Pulse};
use crate::quiescence::{Quiescence, Since};
use crate::stage::{Poll, Stage};
use crate::stage_gauges::ThreadGauges;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

const _: () =
    assert!(cfg!(panic = "unwind"), "no profile aborts on a panic: the other stages' last words would be lost");

/// How long a stopped run may take to come to rest. A source that does not stop producing, or a reader that died, must not
/// keep it alive.
const DRAIN_MAX_NS: u64 = 1_000_000_000;
/// A draining thread sleeps this long between rounds without work: it has time, and others may need its core.
const DRAIN_SLEEP: Duration = Duration::from_micros(50);

/// What all threads of a run share.
#[derive(Clone)]
pub(crate) struct Signals {
    pub(crate) stop: StopFlag,
    pub(crate) arm: Switch,
    pub(crate) quiescence: Arc<Quiescence>,
    pub(crate) pulse: Option<Arc<Pulse>>,
}

/// A thread's work.
pub(crate) struct Worker {
    index: usize,
    crank: Crank,
    ladder: Ladder,
    gauges: Arc<ThreadGauges>,
    signals: Signals,
    /// Seen by other processes.
    beat: Option<Beat>,
}

/// What is left of a thread's work when it ends.
pub(crate) struct Ended {
    pub(crate) stages: Vec<Box<dyn Stage>>,
    pub(crate) turns: u64,
    pub(crate) panicked: Option<Panicked>,
}

impl Worker {
    pub(crate) fn new(
        index: usize,
        mut crank: Crank,
        group: &Group,
        gauges: Arc<ThreadGauges>,
        signals: Signals,
    ) -> Self {
        if !group.idle.spins() {
            crank.time_every_turn();
        }
        let beat = signals.pulse.as_ref().and_then(|pulse| pulse.beat(index));
        Self { index, crank, ladder: Ladder::new(group.idle), gauges, signals, beat }
    }

    /// The gauges of the thread this will run on.
    pub(crate) fn gauges(&self) -> Arc<ThreadGauges> {
        self.gauges.clone()
    }

    /// The end of a thread that was never let go.
    pub(crate) fn unstarted(self) -> Ended {
        Ended { stages: self.crank.into_stages(), turns: 0, panicked: None }
    }

    /// Pins the calling thread, if its group wants that.
    pub(crate) fn pin(core: Option<usize>) -> Result<Option<usize>, PinError> {
        core.map_or(Ok(None), |core| pin(core).map(|()| Some(core)))
    }

    /// Runs from start to finish.
    pub(crate) fn run(mut self) -> Ended {
        // Lives on this thread: what it counts is this thread's.
        let mut guard = None;
        let mut since = self.signals.quiescence.before();
        let worked = catch_unwind(AssertUnwindSafe(|| {
            self.crank.start();
            self.turn_until_stop(&mut guard);
            self.drain(&mut since);
        }));
        self.show_allocations(guard.as_ref());
        let mut panicked = worked.err().map(|panic| self.stop_after(&*panic));
        self.signals.quiescence.leave(self.index);
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.crank.finish())) {
            let said = self.stop_after(&*panic);
            panicked.get_or_insert(said);
        }
        let turns = self.crank.turns();
        Ended { stages: self.crank.into_stages(), turns, panicked }
    }

    fn turn_until_stop(&mut self, guard: &mut Option<AllocGuard>) {
        while !self.signals.stop.is_raised() {
            match self.crank.turn() {
                Poll::Worked => self.ladder.worked(),
                quiet => {
                    self.show_allocations(guard.as_ref());
                    self.ladder.rest(&mut self.crank, quiet, &self.gauges);
                }
            }
            self.arm_when_told(guard);
            if let Some(beat) = &self.beat {
                beat.beat();
            }
        }
    }

    /// Keeps polling until nothing is on its way between the threads any more.
    fn drain(&mut self, since: &mut Since) {
        let quiescence = self.signals.quiescence.clone();
        let clock = Clock::machine();
        let deadline_ns = clock.now() + DRAIN_MAX_NS;
        quiescence.mark(since);
        while clock.now() < deadline_ns {
            let round = self.crank.turn();
            quiescence.tell(self.index, round);
            if quiescence.rested(since) {
                break;
            }
            if round != Poll::Worked {
                std::thread::sleep(DRAIN_SLEEP);
            }
        }
    }

    #[inline]
    fn arm_when_told(&self, guard: &mut Option<AllocGuard>) {
        if guard.is_none() && self.signals.arm.is_on() {
            *guard = AllocGuard::arm();
            self.gauges.shown.armed.set(u64::from(guard.is_some()));
        }
    }

    #[inline]
    fn show_allocations(&self, guard: Option<&AllocGuard>) {
        if let Some(guard) = guard {
            self.gauges.shown.allocations.set(guard.allocations());
        }
    }

    /// Stops the run because the stage at work panicked, and takes that stage out: nobody knows what state it is in.
    fn stop_after(&mut self, panic: &(dyn Any + Send)) -> Panicked {
        self.signals.stop.raise();
        let stage = self.crank.at_work();
        self.crank.remove_at_work();
        Panicked { stage, thread: self.gauges.name.clone(), message: message_of(panic) }
    }
}

/// The words of a panic, if it had any.
fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
