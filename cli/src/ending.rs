//! The end of trading: a halt, and the wait until no order works any more.
//!
//! Owns: who asks for the halt, and for how long its consequences are waited for.
//! Never: stops a stage; the venues still match and answer while this waits.

use anyhow::Context as _;
use bridges::BridgeHandle;
use engine_core::execution::stage::ExecutionCounters;
use engine_core::topology::{Ring, Stage as Place};
use engine_model::command::{Command, CommandKind};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use engine_ring::ring::Writer;
use engine_ring::ring_gauges::RingGauges;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Longest wait for stages to do what lies before them.
pub(crate) const SETTLE_WITHIN: Duration = Duration::from_secs(2);

/// Who holds the writing end of `command`: the bridge, or the run itself where there is none.
pub(crate) enum Voice {
    Bridge(BridgeHandle),
    /// `before`: commands that were put on its ring already: at the start the limits and the flatten of a run before.
    Own {
        command: Writer<Command>,
        clock: Clock,
        before: u64,
    },
}

impl Voice {
    pub(crate) fn bridge(&self) -> Option<&BridgeHandle> {
        match self {
            Self::Bridge(bridge) => Some(bridge),
            Self::Own { .. } => None,
        }
    }

    /// Not `CancelAll`: strategies go on until they are stopped, and would quote anew what was withdrawn.
    fn halt(&mut self) -> anyhow::Result<u64> {
        self.say(CommandKind::End)
    }

    /// Puts a command on its ring: its place there, from 1.
    pub(crate) fn say(&mut self, what: CommandKind) -> anyhow::Result<u64> {
        match self {
            Self::Bridge(bridge) => Ok(bridge.commands().send(what)?),
            Self::Own { command, clock, before } => {
                let asked = Command { id: *before + 1, asked_at_ns: Nanos(clock.now()), what };
                command.try_publish(asked).ok().context("the ring of commands is full")?;
                *before += 1;
                Ok(*before)
            }
        }
    }
}

/// What is looked at while trading ends.
pub(crate) struct Trading<'a> {
    pub(crate) rings: &'a [Arc<RingGauges>],
    pub(crate) execution: &'a ExecutionCounters,
    pub(crate) stop: &'a StopFlag,
}

impl Trading<'_> {
    /// Halts, which withdraws every working order and lets no new one pass, and waits until the venues have answered. How
    /// many orders are left open by then: none, unless a stage or a venue does not answer.
    pub(crate) fn end(&self, voice: &mut Voice, within: Duration) -> u64 {
        let (commands, orders) = (self.ring(Ring::Command), self.ring(Ring::Order));
        let halt = match voice.halt() {
            Ok(halt) => halt,
            Err(error) => {
                tracing::error!("working orders are not withdrawn: {error:#}");
                return self.execution.open.get();
            }
        };
        let until = Instant::now() + within;
        self.wait(until, || commands.consumed() >= halt);
        // All that was approved before the halt stands before this place, and nothing is approved behind it.
        let last = orders.published();
        let is_carried_out = || orders.readers().all(|(name, at)| name != Place::Execution.name() || at >= last);
        self.wait(until, || is_carried_out() && self.execution.open.get() == 0);
        let open = self.execution.open.get();
        match open {
            0 => {}
            _ if self.stop.is_raised() => tracing::error!(open, "orders are still open: the run stopped by itself"),
            _ => tracing::error!(open, ?within, "orders are still open: their venues have not answered"),
        }
        open
    }

    fn ring(&self, ring: Ring) -> &RingGauges {
        let found = self.rings.iter().find(|gauges| gauges.name == ring.name());
        found.unwrap_or_else(|| panic!("the topology has a ring `{}`", ring.name()))
    }

    fn wait(&self, until: Instant, done: impl Fn() -> bool) {
        while !done() && Instant::now() < until && !self.stop.is_raised() {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
