//! The driver: three layouts and one result, an orderly end, a panic that stops everything.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::driver::{Finished, LaunchError, launch};
use engine_ring::flag::StopFlag;
use engine_ring::layout::{Group, Idle, Layout, LayoutError};
use engine_ring::ring::{Reader, Spec, Writer, ring};
use engine_ring::stage::{Poll, Stage, StageExt};
use std::time::Duration;

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
    let sinks = [Layout::Inline, shared(), dedicated()].map(|layout| sink_of(finish(&layout)));
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
