//! For venues without a dead-man switch: a thread of its own that withdraws everything when the venue's stage stands still.
//!
//! It shares nothing with the stage but a counter of its turns: neither socket, nor REST thread, nor tongue. A process that
//! dies takes it along; that is what a venue's own switch is for.

use super::gauges::{GatewayGauges, Trouble};
use super::mail::{method, request};
use super::stage::GatewaySettings;
use crate::gateway::ask::{Ask, AskId};
use crate::gateway::call::Call;
use crate::gateway::tongue::Tongue;
use crate::net::error::NetError;
use crate::net::rest::{Job, Outcome, RestClient};
use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The thread's leash.
#[derive(Debug)]
pub(super) struct Watchdog {
    stop: StopFlag,
}

struct Dog {
    tongue: Box<dyn Tongue>,
    rest: RestClient,
    own: Vec<InstrumentId>,
    still_after: Duration,
    answer_within: Duration,
    clock: Clock,
    gauges: Arc<GatewayGauges>,
    stop: StopFlag,
}

impl Watchdog {
    /// Starts to watch. The first turn must come within the time, too.
    pub(super) fn start(
        tongue: Box<dyn Tongue>,
        rest: RestClient,
        own: Vec<InstrumentId>,
        settings: &GatewaySettings,
        clock: &Clock,
        gauges: &Arc<GatewayGauges>,
    ) -> Result<Self, NetError> {
        let stop = StopFlag::new();
        let dog = Dog {
            tongue,
            rest,
            own,
            still_after: settings.still_after,
            answer_within: settings.answer_within,
            clock: clock.clone(),
            gauges: Arc::clone(gauges),
            stop: stop.clone(),
        };
        let started = thread::Builder::new().name("watchdog".to_owned()).spawn(move || dog.watch());
        started.map_err(|source| NetError::System { what: "starting the watchdog", source })?;
        Ok(Self { stop })
    }

    /// An orderly end: nothing is left to withdraw.
    pub(super) fn dismiss(self) {
        self.stop.raise();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.raise();
    }
}

impl Dog {
    fn watch(mut self) {
        let (mut seen, mut since, mut has_bitten) = (0, Instant::now(), false);
        while !self.stop.is_raised() {
            thread::sleep(LOOK_EVERY);
            let turns = self.gauges.turns.get();
            if turns != seen {
                (seen, since, has_bitten) = (turns, Instant::now(), false);
            } else if !has_bitten && since.elapsed() >= self.still_after {
                let failed = self.withdraw_all();
                // What failed is tried again at the next look.
                has_bitten = failed == 0;
                self.gauges.watchdog.add(1);
                self.gauges.trouble(Trouble::Watchdog { still_s: since.elapsed().as_secs(), failed });
            }
        }
    }

    /// On how many instruments it failed.
    fn withdraw_all(&mut self) -> usize {
        let mut call = Call::default();
        let own = std::mem::take(&mut self.own);
        let failed = own.iter().filter(|instrument| !self.withdraw(**instrument, &mut call)).count();
        self.own = own;
        failed
    }

    fn withdraw(&mut self, instrument: InstrumentId, call: &mut Call) -> bool {
        let now = Nanos(self.clock.now());
        if self.tongue.ask(&Ask::CancelAll(instrument), AskId(1), now, call).is_err() {
            return false;
        }
        let Some(method) = method(call.way) else { return false };
        let job = Job::Send { id: 1, request: request(call, method), weight: 1, body: Vec::new() };
        if self.rest.try_ask(job).is_err() {
            return false;
        }
        let until = Instant::now() + self.answer_within;
        while Instant::now() < until {
            match self.rest.try_take().map(|answer| answer.outcome) {
                Some(Outcome::Body(_)) => return true,
                // A venue that has nothing to withdraw may call that a fault of ours.
                Some(Outcome::Failed(NetError::Status { status, .. }, _)) => return (400..500).contains(&status),
                Some(_) => return false,
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
        false
    }
}
