//! The driver: three layouts and one result, an orderly end, a panic that stops everything.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::affinity::cores;
use engine_ring::clock::Clock;
use engine_ring::driver::{Finished, LaunchError, Panicked, launch};
use engine_ring::flag::{StopFlag, Switch};
use engine_ring::layout::{Group, Idle, Layout, LayoutError};
use engine_ring::ring::{Reader, Spec, Writer, ring};
use engine_ring::stage::{Poll, Stage, StageExt};
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

const EVENTS: u64 = 20_000;

/// Publishes the numbers up to a bound, then raises stop.
struct Source {
    out: Writer<u64>,
    until: u64,
    stop: StopFlag,
}

impl Stage for Source {
    fn name(&self) -> &str {
        "source"
    }

    fn poll(&mut self) -> Poll {
        if self.out.published() == self.until {
            self.stop.raise();
            return Poll::Idle;
        }
        match self.out.try_publish(self.out.published()) {
            Ok(_) => Poll::Worked,
            Err(_) => Poll::Blocked,
        }
    }
}

/// Passes on what it reads, changed.
struct Relay {
    input: Reader<u64>,
    out: Writer<u64>,
}

impl Stage for Relay {
    fn name(&self) -> &str {
        "relay"
    }

    fn poll(&mut self) -> Poll {
        let room = self.out.room().min(16);
        if room == 0 && self.input.has_next() {
            return Poll::Blocked;
        }
        let out = &mut self.out;
        Poll::from_count(self.input.take(room, |_, event| {
            out.try_publish(event * 3).unwrap();
        }))
    }
}

/// Folds what it reads into a hash that depends on the order.
struct Sink {
    input: Reader<u64>,
    hash: u64,
    lives: &'static str,
    panics_at: Option<u64>,
}

impl Stage for Sink {
    fn name(&self) -> &str {
        "sink"
    }

    fn start(&mut self) {
        assert_eq!(self.lives, "");
        self.lives = "started";
    }

    fn poll(&mut self) -> Poll {
        let (hash, panics_at) = (&mut self.hash, self.panics_at);
        Poll::from_count(self.input.take(8, |sequence, event| {
            assert!(Some(sequence) != panics_at, "event {sequence} is not for me");
            *hash = (*hash ^ event).wrapping_mul(0x100_0000_01b3);
        }))
    }

    fn finish(&mut self) {
        assert_eq!(self.lives, "started");
        self.lives = "finished";
    }
}

fn stages(stop: &StopFlag, panics_at: Option<u64>) -> Vec<Box<dyn Stage>> {
    stages_until(EVENTS, stop, panics_at)
}

fn stages_until(until: u64, stop: &StopFlag, panics_at: Option<u64>) -> Vec<Box<dyn Stage>> {
    let mut first = ring(&Spec { name: "first", depth: 32, readers: &["relay"], taps: &[] });
    let mut second = ring(&Spec { name: "second", depth: 8, readers: &["sink"], taps: &[] });
    let source = Source { out: first.writer("source").unwrap(), until, stop: stop.clone() };
    let relay = Relay { input: first.reader("relay").unwrap(), out: second.writer("relay").unwrap() };
    let sink = Sink { input: second.reader("sink").unwrap(), hash: 0, lives: "", panics_at };
    vec![Box::new(source), Box::new(relay), Box::new(sink)]
}

fn group(name: &str, core: Option<usize>, idle: Idle, stages: &[&str]) -> Group {
    Group { name: name.into(), core, idle, stages: stages.iter().map(|&stage| stage.into()).collect() }
}

fn shared() -> Layout {
    let nap = Idle::Sleep(Duration::from_micros(50));
    Layout::Shared(vec![group("hot", None, Idle::HOT, &["source", "sink"]), group("slow", None, nap, &["relay"])])
}

fn dedicated() -> Layout {
    Layout::Dedicated { first_core: 0, idle: Idle::HOT }
}

fn finish(layout: &Layout) -> Finished {
    let stop = StopFlag::new();
    launch(stages(&stop, None), layout, stop).unwrap().join().unwrap()
}

fn sink_of(finished: Finished) -> Box<Sink> {
    finished.stages.into_iter().nth(2).unwrap().into_stage::<Sink>().ok().unwrap()
}

#[test]
fn inline_shared_and_dedicated_give_the_same_result() {
    let yielding = Layout::Dedicated { first_core: 0, idle: Idle::Yield };
    let sinks = [Layout::Inline, shared(), dedicated(), yielding].map(|layout| sink_of(finish(&layout)));
    for sink in &sinks {
        assert_eq!(sink.input.position(), EVENTS, "all that was on its way at the stop has arrived");
        assert_eq!(sink.hash, sinks[0].hash);
        assert_eq!(sink.lives, "finished");
    }
    assert_ne!(sinks[0].hash, 0);
}

#[test]
fn stages_come_back_in_the_order_they_were_launched_in() {
    for layout in [Layout::Inline, shared(), dedicated()] {
        let finished = finish(&layout);
        let names: Vec<&str> = finished.stages.iter().map(|stage| stage.name()).collect();
        assert_eq!(names, ["source", "relay", "sink"], "{layout:?}");
    }
}

#[test]
fn stage_that_panics_stops_the_whole_run_and_is_named() {
    for layout in [Layout::Inline, shared(), dedicated()] {
        let stop = StopFlag::new();
        let running = launch(stages(&stop, Some(50)), &layout, stop.clone()).unwrap();
        let panicked = running.join().unwrap_err();
        assert_eq!((panicked.stage.as_str(), panicked.message.as_str()), ("sink", "event 50 is not for me"));
        assert!(stop.is_raised());
    }
}

#[test]
fn stop_from_outside_ends_a_run_that_would_go_on() {
    let stop = StopFlag::new();
    let running = launch(stages_until(u64::MAX, &stop, None), &shared(), stop.clone()).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    stop.raise();
    let sink = sink_of(running.join().unwrap());
    assert!(sink.input.position() > 0);
    assert_eq!(sink.lives, "finished");
}

#[test]
fn layout_that_does_not_fit_starts_nothing() {
    let stop = StopFlag::new();
    let layout = Layout::Shared(vec![group("hot", None, Idle::HOT, &["source", "sink"])]);
    let error = launch(stages(&stop, None), &layout, stop).unwrap_err();
    assert!(matches!(error, LaunchError::Layout(LayoutError::NotPlaced(stage)) if stage == "relay"));
}

/// Does the same thing at every poll, and may panic at its start or finish.
struct Steady {
    name: &'static str,
    does: fn() -> Poll,
    panics: &'static str,
    parks: u32,
    source: Option<io::PipeReader>,
    finished: Switch,
}

impl Steady {
    fn new(name: &'static str, does: fn() -> Poll) -> Self {
        Self { name, does, panics: "", parks: 0, source: None, finished: Switch::new() }
    }
}

impl Stage for Steady {
    fn name(&self) -> &str {
        self.name
    }

    fn start(&mut self) {
        assert!(self.panics != "start", "cannot start");
    }

    fn poll(&mut self) -> Poll {
        (self.does)()
    }

    fn source(&self) -> Option<RawFd> {
        self.source.as_ref().map(AsRawFd::as_raw_fd)
    }

    fn park(&mut self, limit: Duration) {
        self.parks += 1;
        std::thread::sleep(limit);
    }

    fn finish(&mut self) {
        assert!(self.panics != "finish", "cannot finish");
        self.finished.set(true);
    }
}

fn works_hard() -> Poll {
    let since = Instant::now();
    while since.elapsed() < Duration::from_micros(200) {
        std::hint::spin_loop();
    }
    Poll::Worked
}

/// Runs stages on one thread for a while.
fn run_for(time: Duration, stages: Vec<Box<dyn Stage>>, idle: Idle) -> Result<Finished, Panicked> {
    let names: Vec<String> = stages.iter().map(|stage| stage.name().to_owned()).collect();
    let layout = Layout::Shared(vec![Group { name: "one".into(), core: None, idle, stages: names }]);
    let running = launch(stages, &layout, StopFlag::new()).unwrap();
    std::thread::sleep(time);
    running.stop();
    running.join()
}

#[test]
fn gauges_tell_busy_from_idle_from_blocked() {
    let steady = |name, does| Box::new(Steady::new(name, does)) as Box<dyn Stage>;
    let time = Duration::from_millis(50);
    let busy = run_for(time, vec![steady("busy", works_hard), steady("idle", || Poll::Idle)], Idle::HOT).unwrap();
    let shares = |finished: &Finished, index: usize| finished.threads[0].stages[index].1;
    assert!(shares(&busy, 0).busy_permille > 900, "{:?}", busy.threads);
    assert!(shares(&busy, 1).idle_permille > 950, "{:?}", busy.threads);
    let stages = vec![steady("blocked", || Poll::Blocked), steady("idle", || Poll::Idle)];
    let blocked = run_for(time, stages, Idle::Sleep(Duration::from_millis(1))).unwrap();
    assert!(shares(&blocked, 0).blocked_permille > 800, "{:?}", blocked.threads);
    assert!(shares(&blocked, 1).idle_permille > 950, "{:?}", blocked.threads);
    assert!(blocked.threads[0].parks > 0);
    let yielding = run_for(time, vec![steady("blocked", || Poll::Blocked)], Idle::Yield).unwrap();
    // No share is asked for: whoever got the core meanwhile decides how much of the time was ours.
    assert!(shares(&yielding, 0).blocked_permille > shares(&yielding, 0).busy_permille, "{:?}", yielding.threads);
    assert_eq!(yielding.threads[0].parks, 0, "who yields never sleeps");
}

#[test]
fn idle_thread_waits_for_all_sources_at_once_and_tells_only_who_was_called() {
    let ((quiet, _keep), (called, mut bell)) = (io::pipe().unwrap(), io::pipe().unwrap());
    let with = |name, source| Box::new(Steady { source: Some(source), ..Steady::new(name, || Poll::Idle) });
    let stages: Vec<Box<dyn Stage>> = vec![with("quiet", quiet), with("called", called)];
    bell.write_all(b"x").unwrap();
    // A nap of ten seconds: without the second source's call the run could not end in time.
    let finished = run_for(Duration::from_millis(50), stages, Idle::Sleep(Duration::from_secs(10))).unwrap();
    let parks = finished.stages.into_iter().map(|stage| stage.into_stage::<Steady>().ok().unwrap().parks);
    let parks: Vec<u32> = parks.collect();
    assert!(parks[0] == 0 && parks[1] > 2, "{parks:?}");
}

#[test]
fn idle_thread_with_one_source_lets_it_wait() {
    let (source, _keep) = io::pipe().unwrap();
    let stage = Box::new(Steady { source: Some(source), ..Steady::new("one", || Poll::Idle) });
    let nap = Idle::Sleep(Duration::from_millis(1));
    let finished = run_for(Duration::from_millis(50), vec![stage], nap).unwrap();
    let stage = finished.stages.into_iter().next().unwrap().into_stage::<Steady>().ok().unwrap();
    assert!(stage.parks > 2, "{}", stage.parks);
}

#[test]
fn panic_at_start_or_finish_is_reported_like_one_at_work() {
    for panics in ["start", "finish"] {
        let bad = Box::new(Steady { panics, ..Steady::new("bad", || Poll::Idle) });
        let good = Box::new(Steady::new("good", || Poll::Idle));
        let finished = [bad.finished.clone(), good.finished.clone()];
        let panicked = run_for(Duration::ZERO, vec![bad, good], Idle::HOT).unwrap_err();
        assert_eq!(
            finished.map(|finished| finished.is_on()),
            [false, true],
            "only the stage that panicked is left out"
        );
        assert_eq!(panicked.to_string(), format!("stage `bad` on thread `one` panicked: cannot {panics}"));
    }
}

#[test]
fn pinned_threads_say_where_they_are_and_how_far_apart() {
    let stop = StopFlag::new();
    let running = launch(stages(&stop, None), &dedicated(), stop).unwrap();
    let placement = running.placement();
    let core = cores()[0];
    assert!(placement.contains(&format!("thread source: source, core {core}, spins 100\u{b5}s")), "{placement}");
    assert_eq!(running.distances().len(), cores().len().min(3) - 1, "{placement}");
    assert_eq!(running.refused().count(), 0);
    let finished = running.join().unwrap();
    assert_eq!(finished.threads[0].core, Ok(Some(core)));
}

#[test]
fn gauges_can_be_read_while_the_run_goes_on() {
    let stop = StopFlag::new();
    let running = launch(stages_until(u64::MAX, &stop, None), &shared(), stop).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let names: Vec<&str> = running.stages().iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["source", "relay", "sink"]);
    let now_ns = Clock::machine().now();
    for stage in running.stages() {
        assert!(stage.heartbeat().age_ns(now_ns).unwrap() < 1_000_000_000, "{stage:?}");
        assert!(stage.polls().1 > 0, "{stage:?}");
    }
    running.stop();
    running.join().unwrap();
}
