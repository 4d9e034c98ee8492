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

    /// What came of a request; `None`: it could not be asked, or nothing matters any more.
    fn answer(&mut self, call: &Call) -> Option<Outcome> {
        self.last += 1;
        let job = Job::Send { id: self.last, request: request(call, method(call.way)?), weight: 1, body: Vec::new() };
        self.rest.try_ask(job).ok()?;
        // The REST thread answers everything, if only with a failure when its time is over. Until then nothing else is asked:
        // what comes is the answer to this.
        while !self.stop.is_raised() {
            match self.rest.try_take() {
                Some(answer) if answer.id == self.last => return Some(answer.outcome),
                Some(_) => {}
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FrameError;
    use crate::gateway::call::{Purse, Way};
    use crate::gateway::desk::mail;
    use crate::gateway::heard::Heard;
    use crate::gateway::text::Text;
    use crate::gateway::tongue::{Allowance, Manners, Place, Unable};
    use crate::net::endpoint::Endpoint;
    use engine_model::venue::VenueId;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};

    static MANNERS: Manners = Manners {
        rest: "",
        rights: None,
        lines: &[],
        before: &[],
        again: None,
        orders_on: None,
        answer_is_final: true,
        can_modify: false,
        allowance: Allowance { orders: 1, orders_window_ms: 1, kept_for_cancels: 0, questions_a_minute: 1 },
        dead_man: None,
    };

    /// Can withdraw, and nothing else.
    struct Curt;

    impl Tongue for Curt {
        fn manners(&self) -> &'static Manners {
            &MANNERS
        }

        fn line_path(&self, _: usize, _: &mut Text) {}

        fn greet(&mut self, _: usize, _: usize, _: Nanos, _: &mut Call) -> bool {
            false
        }

        fn ask(&mut self, ask: &Ask, _: AskId, _: Nanos, call: &mut Call) -> Result<(), Unable> {
            let Ask::CancelAll(instrument) = ask else { return Err(Unable::NotThere) };
            call.begin(Way::Delete, Purse::Cancels);
            call.path.put(&format!("/{}", instrument.0));
            Ok(())
        }

        fn hear(&mut self, _: Place, _: &[u8], _: &mut Vec<Heard>) -> Result<(), FrameError> {
            Ok(())
        }
    }

    const STILL_AFTER: Duration = Duration::from_millis(600);
    const ANSWER_WITHIN: Duration = Duration::from_millis(500);
    /// Longest that a test waits for what must come.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A venue that answers with these statuses, 0 for silence, and 200 ever after; and what it was asked.
    fn venue(statuses: &'static [u16]) -> (Endpoint, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let endpoint = Endpoint::rest(&format!("http://{}", listener.local_addr().expect("bound"))).expect("good");
        let (asked, questions) = channel();
        thread::spawn(move || {
            let (mut statuses, mut silent) = (statuses.iter(), Vec::new());
            for stream in listener.incoming().map(|stream| stream.expect("a client")) {
                let mut lines = BufReader::new(stream.try_clone().expect("a copy")).lines().map_while(Result::ok);
                while let Some(first) = lines.next() {
                    while lines.next().is_some_and(|line| !line.is_empty()) {}
                    let _test_may_be_over = asked.send(first);
                    let status = statuses.next().copied().unwrap_or(200);
                    if status == 0 {
                        silent.push(stream);
                        break;
                    }
                    write!(&stream, "HTTP/1.1 {status} So\r\nContent-Length: 2\r\n\r\n{{}}").expect("sent");
                }
            }
        });
        (endpoint, questions)
    }

    /// A watchdog over two instruments, the turns that it counts, what the venue was asked.
    fn watch(statuses: &'static [u16]) -> (Watchdog, Arc<GatewayGauges>, Receiver<String>) {
        let (endpoint, questions) = venue(statuses);
        let settings = GatewaySettings { still_after: STILL_AFTER, ..GatewaySettings::new(VenueId::BinanceSpot, 1, 1) };
        let clock = Clock::machine();
        let rest = mail::rest(&endpoint, None, ANSWER_WITHIN, &clock, None).expect("a thread");
        let gauges = Arc::new(GatewayGauges::new(settings.venue));
        let own = vec![InstrumentId(0), InstrumentId(1)];
        let dog = Watchdog::start(Box::new(Curt), rest, own, &settings, &clock, &gauges).expect("a thread");
        (dog, gauges, questions)
    }

    fn next(questions: &Receiver<String>) -> String {
        questions.recv_timeout(PATIENCE).expect("asked")
    }

    /// What it tells of so many times that it acted.
    fn told(gauges: &GatewayGauges, times: usize) -> Vec<String> {
        let (start, mut told) = (Instant::now(), Vec::new());
        while told.len() < times {
            assert!(start.elapsed() < PATIENCE, "{told:?}");
            thread::sleep(Duration::from_millis(5));
            told.extend(gauges.take_trouble().map(|trouble| trouble.to_string()));
        }
        told
    }

    #[test]
    fn a_stage_that_turns_is_left_alone_and_one_that_stands_still_loses_its_orders_once() {
        let (dog, gauges, questions) = watch(&[]);
        for _ in 0..STILL_AFTER.as_millis() * 3 / 20 {
            gauges.turns.add(1);
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (0, None));
        let since = Instant::now();
        assert_eq!([next(&questions), next(&questions)], ["DELETE /0 HTTP/1.1", "DELETE /1 HTTP/1.1"]);
        assert!(since.elapsed() >= STILL_AFTER - LOOK_EVERY, "too soon: {:?}", since.elapsed());
        thread::sleep(STILL_AFTER * 2);
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (1, None));
        // It turned once more, and stands again.
        gauges.turns.add(1);
        assert_eq!(next(&questions), "DELETE /0 HTTP/1.1");
        dog.dismiss();
    }

    #[test]
    fn one_that_was_dismissed_does_nothing() {
        let (dog, gauges, questions) = watch(&[]);
        dog.dismiss();
        thread::sleep(STILL_AFTER * 2);
        assert_eq!((gauges.watchdog.get(), questions.try_recv().ok()), (0, None));
    }

    /// An answer to the question before is none to this one: else one instrument would be taken for withdrawn because
    /// another was.
    #[test]
    fn one_question_is_asked_at_a_time_and_what_failed_is_asked_again() {
        let (_dog, gauges, questions) = watch(&[0, 200, 500, 200]);
        let rounds = told(&gauges, 3);
        let failed = |text: &String| text.contains("1 instruments could not be withdrawn");
        assert_eq!(rounds.iter().map(failed).collect::<Vec<_>>(), [true, true, false], "{rounds:?}");
        let asked: Vec<String> = questions.try_iter().collect();
        assert_eq!(asked, ["DELETE /0 HTTP/1.1", "DELETE /1 HTTP/1.1"].repeat(3));
    }
}
