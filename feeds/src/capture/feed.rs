//! A recording as a venue's stage: one record a poll, through the same session as live bytes.
//!
//! Inputs: the recording. Outputs: the sink's. State: how far it has read, the session, the clock's hand, which it alone
//! moves: a replay's time is the receive time of the record in hand.
//!
//! Paced, it hands out the next record only when everybody downstream has finished with the last one, so that the
//! consequences of each message are complete before the next, in every layout alike. Unpaced, it goes as fast as the
//! sink takes it.

use super::{Direction, Recording};
use crate::session::Session;
use engine_model::market::MarketSink;
use engine_model::units::Nanos;
use engine_ring::clock::ClockHand;
use engine_ring::flag::{StopFlag, Switch};
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest sleep of a poll: whoever ends the run waits no longer for it.
const NAP_MAX: Duration = Duration::from_millis(50);

/// Whether the next record waits for its predecessor's consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Until everybody downstream has come to rest: the same run in every layout.
    Settled,
    /// Not at all: only a full ring holds it back.
    Free,
}

/// Replays one venue's recording into a sink.
pub struct CaptureFeed<S, F> {
    name: String,
    recording: Arc<Recording>,
    next: usize,
    session: Session,
    sink: S,
    pace: Pace,
    settled: F,
    hand: ClockHand,
    now: Nanos,
    end: End,
    done: StopFlag,
    warm: Warm,
    speed: Speed,
}

/// How long a replay takes.
#[derive(Clone, Copy, Debug)]
enum Speed {
    /// As short as it can.
    Maximal,
    /// As long as the recording: from when its first record was handed out, and the time of that record.
    Original(Option<(Instant, u64)>),
}

impl Speed {
    /// How long a record of that time has still to wait.
    fn wait(&mut self, at_ns: u64) -> Duration {
        let Self::Original(began) = self else { return Duration::ZERO };
        let (began, first_ns) = began.get_or_insert_with(|| (Instant::now(), at_ns));
        Duration::from_nanos(at_ns.saturating_sub(*first_ns)).saturating_sub(began.elapsed())
    }
}

/// How far the end of the recording has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Records are left, or their consequences are still under way.
    Ahead,
    /// The sink has said its last words; they are under way.
    Told,
    /// All is done.
    Reached,
}

/// When the run is warm: what allocates, allocates before that.
#[derive(Clone, Debug, Default)]
pub struct Warm {
    /// Records to hand out first.
    pub after: usize,
    /// What is switched on then.
    pub switch: Switch,
}

impl<S: MarketSink, F: FnMut() -> bool> CaptureFeed<S, F> {
    /// `settled` says whether everybody downstream has read all that was published. `done` is raised when the last
    /// record has been handed out, the sink has said its last words, and the consequences of both are complete.
    #[expect(clippy::too_many_arguments, reason = "each is a different thing that the caller alone has; called once")]
    pub fn new(
        name: String,
        recording: Arc<Recording>,
        session: Session,
        sink: S,
        pace: Pace,
        settled: F,
        hand: ClockHand,
        done: StopFlag,
        warm: Warm,
    ) -> Self {
        let (next, now, end) = (0, Nanos(0), End::Ahead);
        Self { name, recording, next, session, sink, pace, settled, hand, now, end, done, warm, speed: Speed::Maximal }
    }

    /// Lets as much time pass between records as passed between them when they came.
    #[must_use]
    pub fn at_original_speed(self) -> Self {
        Self { speed: Speed::Original(None), ..self }
    }

    /// Sleeps until the next record is due, or for a while. Nothing is kept from work: whoever has any has it from the
    /// record before, and that is complete.
    fn is_early(&mut self) -> bool {
        let Some(record) = self.recording.get(self.next) else { return false };
        let wait = self.speed.wait(record.received_at_ns);
        if wait > Duration::ZERO {
            std::thread::sleep(wait.min(NAP_MAX));
        }
        wait > NAP_MAX
    }

    /// The session: counts, trade totals, state of the books.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The sink: the books.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Records handed out so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.next
    }

    /// Session and sink, when the run is over.
    #[must_use]
    pub fn into_parts(self) -> (Session, S) {
        (self.session, self.sink)
    }

    /// What the sink has due before the next record happens at its own time. `false` when there is nothing.
    fn stand_at_what_is_due(&mut self) -> bool {
        let Some(record) = self.recording.get(self.next) else { return false };
        let Some(due) = self.sink.next_due().filter(|due| due.0 > self.now.0 && due.0 <= record.received_at_ns) else {
            return false;
        };
        self.now = due;
        self.hand.set(due.0);
        true
    }

    fn hand_out(&mut self) {
        let Some(record) = self.recording.get(self.next) else { return };
        if self.next == self.warm.after {
            self.warm.switch.set(true);
        }
        self.next += 1;
        match record.direction {
            Direction::Other => return,
            Direction::Open => return self.session.on_open(record.channel, record.url.unwrap_or_default()),
            Direction::In | Direction::Rest => {}
        }
        // Sources stamped by different clocks may go back a little; ours never does.
        self.now = self.now.max(Nanos(record.received_at_ns));
        self.hand.set(self.now.0);
        match record.direction {
            Direction::Rest => self.session.on_rest(record.url, record.payload, self.now, &mut self.sink),
            _ => self.session.on_frame(record.channel, record.payload, self.now, &mut self.sink),
        }
    }
}

impl<S, F> Stage for CaptureFeed<S, F>
where
    S: MarketSink + Send + 'static,
    F: FnMut() -> bool + Send + 'static,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn poll(&mut self) -> Poll {
        if self.sink.turn(self.now) {
            return Poll::Worked;
        }
        let finished = self.next == self.recording.len();
        if self.end == End::Reached {
            return Poll::Idle;
        }
        // The end waits for rest in either pace: `done` promises complete consequences.
        let must_settle = finished || self.pace == Pace::Settled;
        if !self.sink.ready() || (must_settle && !(self.settled)()) {
            return Poll::Blocked;
        }
        if self.is_early() {
            return Poll::Idle;
        }
        match self.end {
            End::Ahead if !finished => {
                if !self.stand_at_what_is_due() {
                    self.hand_out();
                }
            }
            End::Ahead => {
                self.sink.end(self.now);
                self.end = End::Told;
            }
            End::Told | End::Reached => {
                self.done.raise();
                self.end = End::Reached;
            }
        }
        Poll::Worked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata;
    use engine_model::market::{Applied, Level, MarketEvent, Stamp, VerifiedMessage};
    use engine_model::venue::VenueId;
    use engine_ring::clock::Clock;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A sink that notes when it was called.
    struct Notes {
        clock: Clock,
        seen_at_ns: Vec<u64>,
        ready: bool,
    }

    impl MarketSink for Notes {
        fn book_snapshot(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
            Applied::Valid
        }
        fn book_delta(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
            Applied::Valid
        }
        fn book_verified(
            &mut self,
            at: Stamp,
            message: &VerifiedMessage<'_>,
            _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
        ) -> Applied {
            match message.is_snapshot {
                true => self.book_snapshot(at, message.update_id, message.bids, message.asks),
                false => self.book_delta(at, message.update_id, message.bids, message.asks),
            }
        }
        fn book_lost(&mut self, _: Stamp) {}
        fn event(&mut self, event: MarketEvent) {
            assert_eq!(event.at.received_at_ns.0, self.clock.now());
            self.seen_at_ns.push(self.clock.now());
        }
        fn ready(&self) -> bool {
            self.ready
        }
        fn turn(&mut self, _: Nanos) -> bool {
            false
        }
    }

    fn line(ts: u64, dir: &str) -> String {
        let raw = r#"{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1.5","q":"2","T":1,"m":true}"#;
        serde_json::json!({"ts": ts, "ch": "a", "dir": dir, "raw": raw}).to_string()
    }

    fn feed(pace: Pace, settled: Arc<AtomicBool>, done: StopFlag) -> CaptureFeed<Notes, impl FnMut() -> bool + Send> {
        let lines = [line(10, "in"), line(11, "out"), line(9, "in"), line(12, "in")].join("\n");
        let mut recording = Recording::default();
        recording.append(Path::new("test"), lines.as_bytes()).expect("valid");
        let instruments = metadata::infer(&recording, VenueId::BinanceSpot);
        let session = Session::new(VenueId::BinanceSpot, &instruments, 0);
        let (clock, hand) = Clock::manual();
        let sink = Notes { clock, seen_at_ns: Vec::new(), ready: true };
        let settled = move || settled.load(Ordering::Relaxed);
        CaptureFeed::new(
            "venue".to_owned(),
            Arc::new(recording),
            session,
            sink,
            pace,
            settled,
            hand,
            done,
            Warm::default(),
        )
    }

    #[test]
    fn a_paced_feed_waits_until_everybody_has_finished_with_the_last_record() {
        let (settled, done) = (Arc::new(AtomicBool::new(false)), StopFlag::new());
        let mut feed = feed(Pace::Settled, settled.clone(), done.clone());
        assert_eq!((feed.poll(), feed.position()), (Poll::Blocked, 0));
        settled.store(true, Ordering::Relaxed);
        for expected in 1..=4 {
            assert_eq!((feed.poll(), feed.position()), (Poll::Worked, expected));
        }
        settled.store(false, Ordering::Relaxed);
        assert_eq!((feed.poll(), done.is_raised()), (Poll::Blocked, false));
        settled.store(true, Ordering::Relaxed);
        assert_eq!((feed.poll(), done.is_raised()), (Poll::Worked, false), "the sink's last words are under way");
        assert_eq!((feed.poll(), done.is_raised()), (Poll::Worked, true));
        assert_eq!(feed.poll(), Poll::Idle);
    }

    #[test]
    fn the_clock_follows_the_records_and_never_goes_back() {
        let done = StopFlag::new();
        let mut feed = feed(Pace::Free, Arc::new(AtomicBool::new(true)), done.clone());
        while feed.poll() != Poll::Idle {}
        let (session, sink) = feed.into_parts();
        assert_eq!(sink.seen_at_ns, [10, 10, 12]);
        assert_eq!((session.counts().messages, done.is_raised()), (3, true));
    }

    #[test]
    fn at_original_speed_a_replay_takes_as_long_as_its_recording() {
        let lines = [line(1_000_000_000, "in"), line(1_060_000_000, "in"), line(1_200_000_000, "in")].join("\n");
        let mut recording = Recording::default();
        recording.append(Path::new("test"), lines.as_bytes()).expect("valid");
        let feed = feed(Pace::Settled, Arc::new(AtomicBool::new(true)), StopFlag::new());
        let mut feed = CaptureFeed { recording: Arc::new(recording), ..feed }.at_original_speed();
        let began = Instant::now();
        while feed.position() < 3 {
            assert_ne!(feed.poll(), Poll::Blocked);
        }
        assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
        assert_eq!(feed.sink.seen_at_ns, [1_000_000_000, 1_060_000_000, 1_200_000_000]);
    }

    #[test]
    fn a_full_sink_holds_back_a_free_feed() {
        let mut feed = feed(Pace::Free, Arc::new(AtomicBool::new(false)), StopFlag::new());
        feed.sink.ready = false;
        assert_eq!((feed.poll(), feed.position()), (Poll::Blocked, 0));
        feed.sink.ready = true;
        assert_eq!((feed.poll(), feed.position()), (Poll::Worked, 1));
    }
}
