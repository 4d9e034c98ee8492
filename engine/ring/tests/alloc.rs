//! The counting allocator, and that nothing in this room allocates once it runs.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::alloc_guard::{AllocGuard, CountingAllocator, allocations_on_this_thread, is_counting};
use engine_ring::clock::Clock;
use engine_ring::driver::launch;
use engine_ring::flag::StopFlag;
use engine_ring::layout::{Group, Idle, Layout};
use engine_ring::ring::{Reader, Spec, Tapped, Writer, ring};
use engine_ring::snapshot::snapshot;
use engine_ring::stage::{Poll, Stage};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn allocations_are_counted_on_their_own_thread_only() {
    assert!(is_counting());
    let guard = AllocGuard::arm().unwrap();
    let mut grown: Vec<u64> = Vec::with_capacity(1);
    grown.extend_from_slice(&[1, 2, 3]);
    let zeroed = std::hint::black_box(vec![0_u8; 100]);
    assert_eq!(guard.allocations(), 3, "an allocation, a reallocation, a zeroed allocation");
    drop((grown, zeroed));
    assert_eq!(guard.disarm(), 3, "freeing is not allocating");
    let before = allocations_on_this_thread();
    let (sender, receiver) = std::sync::mpsc::sync_channel::<()>(0);
    let other = std::thread::spawn(move || {
        receiver.recv().unwrap();
        let guard = AllocGuard::arm().unwrap();
        drop(std::hint::black_box(vec![1_u8; 64]));
        guard.disarm()
    });
    let spawned = allocations_on_this_thread() - before;
    sender.send(()).unwrap();
    assert_eq!(other.join().unwrap(), 1);
    assert!(spawned > 0);
}

#[test]
fn rings_taps_snapshots_and_clocks_do_not_allocate_when_used() {
    let mut ends = ring::<[u64; 16]>(&Spec { name: "r", depth: 64, readers: &["a", "b"], taps: &["t"] });
    let mut writer = ends.writer("w").unwrap();
    let (mut a, mut b, mut tap) = (ends.reader("a").unwrap(), ends.reader("b").unwrap(), ends.tap("t").unwrap());
    let (mut latest, mut image) = snapshot::<[u64; 16]>();
    let (clock, (manual, mut hand)) = (Clock::machine(), Clock::manual());
    let gauges = [ends.gauges()];
    let guard = AllocGuard::arm().unwrap();
    for round in 0..100_000 {
        let _ = writer.try_publish([round; 16]);
        if round % 7 == 0 {
            a.take(16, |_, event| latest.write(*event));
            b.take(16, |_, _| {});
        }
        if round % 900 == 0 {
            while tap.next() != Tapped::Empty {}
        }
        hand.set(round);
        std::hint::black_box((image.read(), clock.now(), manual.now(), writer.room()));
        std::hint::black_box(engine_ring::ring::settled(&gauges));
    }
    assert!(gauges[0].refusals() == 0 && gauges[0].taps().next().unwrap().1.laps.get() > 0);
    assert_eq!(guard.disarm(), 0);
}

struct Source(Writer<u64>);

impl Stage for Source {
    fn name(&self) -> &str {
        "source"
    }

    fn poll(&mut self) -> Poll {
        self.0.try_publish(1).map_or(Poll::Blocked, |_| Poll::Worked)
    }
}

/// Allocates once for every event if told to.
struct Sink {
    input: Reader<u64>,
    wasteful: bool,
}

impl Stage for Sink {
    fn name(&self) -> &str {
        "sink"
    }

    fn poll(&mut self) -> Poll {
        let wasteful = self.wasteful;
        Poll::from_count(self.input.take(16, |_, event| {
            if wasteful {
                std::hint::black_box(Box::new(*event));
            }
        }))
    }

    fn finish(&mut self) {
        drop(std::hint::black_box(vec![1_u8; 64]));
    }
}

/// Allocations of the source's and the sink's thread, in a run that was armed after it had worked for a while.
fn armed_run(wasteful: bool) -> [Option<u64>; 2] {
    let mut ends = ring(&Spec { name: "r", depth: 64, readers: &["sink"], taps: &[] });
    let source = Source(ends.writer("source").unwrap());
    let sink = Sink { input: ends.reader("sink").unwrap(), wasteful };
    let nap = Idle::Sleep(Duration::from_micros(100));
    let group = |name: &str| Group { name: name.into(), core: None, idle: nap, stages: vec![name.into()] };
    let layout = Layout::Shared(vec![group("source"), group("sink")]);
    let stop = StopFlag::new();
    let running = launch(vec![Box::new(source), Box::new(sink)], &layout, stop.clone()).unwrap();
    assert!(running.threads().all(|thread| thread.allocations().is_none()), "not armed yet");
    std::thread::sleep(Duration::from_millis(5));
    running.arm();
    while ends.gauges().consumed() < 5_000 && !stop.is_raised() {
        std::thread::sleep(Duration::from_millis(1));
    }
    running.stop();
    let finished = running.join().unwrap();
    [finished.threads[0].allocations, finished.threads[1].allocations]
}

#[test]
fn armed_run_reports_no_allocation_of_the_driver_itself() {
    assert_eq!(armed_run(false), [Some(0), Some(0)]);
}

#[test]
fn armed_run_reports_the_thread_that_allocates() {
    let [source, sink] = armed_run(true);
    assert_eq!(source, Some(0));
    assert!(sink.unwrap() > 100, "{sink:?}");
}
