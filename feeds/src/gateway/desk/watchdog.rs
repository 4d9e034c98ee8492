//! For venues without a dead-man switch: a thread of its own that withdraws everything when the venue's stage stands still.
//!
//! It shares nothing with the stage but a counter of its turns: neither socket, nor REST thread, nor tongue. A process that
//! dies takes it along; that is what a venue's own switch is for.

use super::gauges::{GatewayGauges, Trouble};
use super::mail::{method, request};
use super::stage::GatewaySettings;
use crate::gateway::ask::{Ask, AskId};
use crate::gateway::call::Call;
use crate::gateway::heard::Heard;
use crate::gateway::tongue::{Place, Tongue, Unable};
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
/// Of each of its questions to the tongue: there is one at a time.
const ID: AskId = AskId(1);

/// The thread's leash.
#[derive(Debug)]
pub(super) struct Watchdog {
    stop: StopFlag,
}

struct Dog {
    tongue: Box<dyn Tongue>,
    rest: RestClient,
    /// The number of its last request.
    last: u64,
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
            last: 0,
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

    /// Whether nothing of ours stands there any more, as far as the venue says.
    fn withdraw(&mut self, instrument: InstrumentId, call: &mut Call) -> bool {
        let all = Ask::CancelAll(instrument);
        match self.tongue.ask(&all, ID, Nanos(self.clock.now()), call) {
            Ok(()) => self.was_heard(call),
            // The venue withdraws by its own ids: those that stand are asked for first.
            Err(Unable::NotYet) => match self.stands(instrument, call) {
                None => false,
                Some(false) => true,
                Some(true) => self.tongue.ask(&all, ID, Nanos(self.clock.now()), call).is_ok() && self.was_heard(call),
            },
            Err(Unable::NotThere) => false,
        }
    }

    /// Whether anything stands on the instrument; `None`: the venue did not say.
    fn stands(&mut self, instrument: InstrumentId, call: &mut Call) -> Option<bool> {
        let open = Ask::OpenOrders(instrument);
        self.tongue.ask(&open, ID, Nanos(self.clock.now()), call).ok()?;
        let Some(Outcome::Body(body)) = self.answer(call) else { return None };
        let mut heard = Vec::new();
        self.tongue.hear(Place::Rest(ID, open, 200), &body, &mut heard).ok()?;
        Some(heard.iter().any(|said| matches!(said, Heard::Order(_))))
    }

    fn was_heard(&mut self, call: &Call) -> bool {
        match self.answer(call) {
            Some(Outcome::Body(_)) => true,
            // A venue that has nothing to withdraw may call that a fault of ours.
            Some(Outcome::Failed(NetError::Status { status, .. }, _)) => (400..500).contains(&status),
            _ => false,
        }
    }

    /// What came of a request; `None`: nothing in time. What comes later is nobody's.
    fn answer(&mut self, call: &Call) -> Option<Outcome> {
        self.last += 1;
        let job = Job::Send { id: self.last, request: request(call, method(call.way)?), weight: 1, body: Vec::new() };
        self.rest.try_ask(job).ok()?;
        let until = Instant::now() + self.answer_within;
        while Instant::now() < until {
            match self.rest.try_take() {
                Some(answer) if answer.id == self.last => return Some(answer.outcome),
                Some(_) => {}
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
        None
    }
}
