//! `hop`: what one 64-byte event costs over one ring, on one thread and across two.
//!
//! Owns: five figures of any queue. On one thread a publication and a take (the instructions); across two pinned threads
//! the stream (as fast as it goes), the round trip through two queues (closed loop: a floor, no latency claim), and the way
//! of one event at 100 thousand and at a million a second (open loop: arrival minus due time, the due time in the event).
//! Never: more than two spinning threads, more than a few seconds.
//!
//! A batch in which the system took either core away is dropped whole and counted.

use crate::call::Call;
use crate::error::BenchError;
use crate::machine::{self, switches_of_this_thread, two_cores};
use crate::pace::{self, Pacer};
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave, percentile};
use engine_ring::affinity::pin;
use engine_ring::clock::Clock;
use engine_ring::ring::{Reader, Spec, Writer, ring};
use serde_json::json;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

/// What is sent: a cache line, like every market event.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub struct Packet(pub [u64; 8]);

/// A queue to be measured.
pub trait Queue: 'static {
    /// Its name in the report.
    const NAME: &'static str;
    /// The end that sends.
    type Sender: Sender + Send + 'static;
    /// The end that receives.
    type Receiver: Receiver + Send + 'static;

    /// A new queue with room for `depth` packets.
    fn pair(depth: usize) -> (Self::Sender, Self::Receiver);
}

/// The end that sends.
pub trait Sender {
    /// Sends, unless the queue is full.
    fn try_send(&mut self, packet: &Packet) -> bool;
}

/// The end that receives.
pub trait Receiver {
    /// Gives up to `limit` waiting packets to `each`, and says how many.
    fn take(&mut self, limit: usize, each: impl FnMut(&Packet)) -> usize;
}

/// As deep as the hot rings of the topology.
const DEPTH: usize = 1_024;
const ROUNDS: usize = 11;
/// Packets in a batch on one thread.
const SAME_THREAD: u64 = 200_000;
/// Packets in a batch of the stream: a few milliseconds, so that some batches are not interrupted.
const STREAM: u64 = 20_000;
/// Round trips in a batch.
const TRIPS: u64 = 2_000;
/// Batches of stream and round trips in a round.
const BATCHES: usize = 5;
/// Open-loop windows of each rate in a round.
const WINDOWS: usize = 8;
/// Packets taken at once, as the stages do.
const TAKE: usize = 16;

/// Our ring with one reader.
pub struct Ours;

impl Queue for Ours {
    const NAME: &'static str = "ringside";
    type Sender = Writer<Packet>;
    type Receiver = Reader<Packet>;

    fn pair(depth: usize) -> (Self::Sender, Self::Receiver) {
        let mut ends = ring(&Spec { name: "hop", depth, readers: &["reader"], taps: &[] });
        match (ends.writer("writer"), ends.reader("reader")) {
            (Ok(writer), Ok(reader)) => (writer, reader),
            _ => unreachable!("both ends were made just now"),
        }
    }
}

impl Sender for Writer<Packet> {
    #[inline]
    fn try_send(&mut self, packet: &Packet) -> bool {
        self.try_publish(*packet).is_ok()
    }
}

impl Receiver for Reader<Packet> {
    #[inline]
    fn take(&mut self, limit: usize, mut each: impl FnMut(&Packet)) -> usize {
        Reader::take(self, limit, |_, packet| each(packet))
    }
}

/// Ours and the rivals given.
pub fn run(call: &Call, rivals: Vec<Contender<'_>>) -> Result<Report, BenchError> {
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let overhead_ns = pace::overhead_ns(100_000);
    let mut contenders = vec![contender::<Ours>()];
    contenders.extend(rivals);
    let series = interleave(&mut contenders, rounds)?;
    let config = json!({
        "event_bytes": size_of::<Packet>(), "depth": DEPTH, "rounds": rounds, "cores": two_cores().map(|(a, b)| [a, b]),
    });
    Ok(Report {
        bench: "hop",
        question: "what does one event cost over one ring?",
        sample: "one way between two threads, 100,000 a second, open loop",
        headline: "one way p50 at 100,000 a second",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns,
        series,
        ours: 1,
        per_second_of: Some("stream_ns"),
        more: serde_json::Map::new(),
    })
}

/// A queue as a contender.
#[must_use]
pub fn contender<'a, Q: Queue>() -> Contender<'a> {
    Contender::new(Q::NAME, round::<Q>)
}

/// Publications and takes on one thread.
pub fn steady(passes: usize) -> Result<u64, BenchError> {
    let (mut sender, mut receiver) = Ours::pair(DEPTH);
    (0..passes).for_each(|_| to_and_fro(&mut sender, &mut receiver));
    Ok(passes as u64 * SAME_THREAD)
}

fn round<Q: Queue>() -> Result<Round, BenchError> {
    let mut round = Round::default();
    round.metrics.push(("same_thread_ns", same_thread::<Q>()));
    let Some((near, far)) = two_cores() else { return Ok(round) };
    let (to_echo, from_near) = Q::pair(DEPTH);
    let (to_near, from_echo) = Q::pair(DEPTH);
    let both = Arc::new(Between { barrier: Barrier::new(2), disturbed: AtomicBool::new(false) });
    let meets = both.clone();
    let echo = std::thread::spawn(move || {
        // A machine that does not let us pin still gives figures; the report says what it is like.
        let _ = pin(far);
        far_side(from_near, to_near, &meets)
    });
    let pacing = std::thread::spawn(move || {
        let _ = pin(near);
        near_side(to_echo, from_echo, &both)
    });
    let mut figures = pacing.join().map_err(|_| BenchError::Thread)?;
    let [slow, fast] = echo.join().map_err(|_| BenchError::Thread)?;
    let metric = |name, value: Option<f64>| value.map(|value| (name, value));
    round.metrics.extend(metric("stream_ns", figures.stream_ns.iter().copied().min_by(f64::total_cmp)));
    round.metrics.extend(metric("round_trip_p50_ns", percentile(&figures.trips_ns, 0.5)));
    round.metrics.extend(metric("round_trip_p99_ns", percentile(&figures.trips_ns, 0.99)));
    let fast = clean(&figures.fast_clean, &fast);
    round.metrics.extend(metric("one_way_1m_p50_ns", percentile(&fast, 0.5)));
    round.metrics.extend(metric("one_way_1m_p99_ns", percentile(&fast, 0.99)));
    let sent: usize = slow.iter().map(|window| window.ways_ns.len()).sum();
    round.samples_ns = clean(&std::mem::take(&mut figures.slow_clean), &slow);
    round.dropped = (sent - round.samples_ns.len()) as u64;
    round.headline_ns = percentile(&round.samples_ns, 0.5);
    Ok(round)
}

/// A publication and a take, one after the other on one thread.
fn same_thread<Q: Queue>() -> f64 {
    let (mut sender, mut receiver) = Q::pair(DEPTH);
    let clock = Clock::machine();
    let batch = |_| {
        let start_ns = clock.now();
        to_and_fro(&mut sender, &mut receiver);
        (clock.now() - start_ns) as f64 / SAME_THREAD as f64
    };
    (0..BATCHES).map(batch).fold(f64::INFINITY, f64::min)
}

#[inline(never)]
fn to_and_fro(sender: &mut impl Sender, receiver: &mut impl Receiver) {
    let mut packet = Packet::default();
    for number in 0..SAME_THREAD {
        packet.0[0] = number;
        black_box(sender.try_send(&packet));
        receiver.take(TAKE, |packet| {
            black_box(packet.0[0]);
        });
    }
}

/// What the two threads share beside the queues.
struct Between {
    barrier: Barrier,
    /// The far side lost its core in this batch.
    disturbed: AtomicBool,
}

impl Between {
    /// Both are ready for the next batch.
    fn begin(&self) {
        self.barrier.wait();
    }

    /// The far side has ended its batch.
    fn far_ends(&self, switches: Option<u64>) {
        self.disturbed.store(switches != switches_of_this_thread(), Ordering::Release);
        self.barrier.wait();
    }

    /// Whether neither side lost its core.
    fn near_ends(&self, switches: Option<u64>) -> bool {
        self.barrier.wait();
        !self.disturbed.load(Ordering::Acquire) && switches == switches_of_this_thread()
    }
}

/// What the near side measures, or knows to be clean.
#[derive(Default)]
struct Near {
    stream_ns: Vec<f64>,
    trips_ns: Vec<u64>,
    slow_clean: Vec<bool>,
    fast_clean: Vec<bool>,
}

/// Sends, and asks for the echo.
fn near_side(mut sender: impl Sender, mut receiver: impl Receiver, both: &Between) -> Near {
    let clock = Clock::machine();
    let mut figures = Near::default();
    for _ in 0..BATCHES {
        both.begin();
        let switches = switches_of_this_thread();
        let ns = stream(&mut sender, &mut receiver, &clock);
        if both.near_ends(switches) {
            figures.stream_ns.push(ns);
        }
    }
    for _ in 0..BATCHES {
        both.begin();
        let switches = switches_of_this_thread();
        let trips_ns = trips(&mut sender, &mut receiver, &clock);
        if both.near_ends(switches) {
            figures.trips_ns.extend(trips_ns);
        }
    }
    for (rate_per_s, cleans) in [(100_000, &mut figures.slow_clean), (1_000_000, &mut figures.fast_clean)] {
        for _ in 0..WINDOWS {
            both.begin();
            let switches = switches_of_this_thread();
            let mut pacer = Pacer::window(rate_per_s);
            while let Some(due_ns) = pacer.wait() {
                push(&mut sender, &Packet([due_ns, 0, 0, 0, 0, 0, 0, 0]));
            }
            push(&mut sender, &Packet([END; 8]));
            let window = pacer.end();
            cleans.push(both.near_ends(switches) && window.clean);
        }
    }
    figures
}

/// The time of the stream, by packet, until the far side says that it has them all.
fn stream(sender: &mut impl Sender, receiver: &mut impl Receiver, clock: &Clock) -> f64 {
    let start_ns = clock.now();
    let mut packet = Packet::default();
    for number in 0..STREAM {
        packet.0[0] = number;
        push(sender, &packet);
    }
    pull(receiver);
    (clock.now() - start_ns) as f64 / STREAM as f64
}

fn trips(sender: &mut impl Sender, receiver: &mut impl Receiver, clock: &Clock) -> Vec<u64> {
    let mut trips_ns = Vec::with_capacity(TRIPS as usize);
    for number in 0..TRIPS {
        let start_ns = clock.now();
        push(sender, &Packet([number; 8]));
        pull(receiver);
        trips_ns.push(clock.now() - start_ns);
    }
    trips_ns
}

/// Arrivals of one window.
struct Arrivals {
    ways_ns: Vec<u64>,
}

/// In place of a due time: the window is over.
const END: u64 = u64::MAX;

/// Receives, and echoes; the ways of each window at the two rates.
fn far_side(mut receiver: impl Receiver, mut sender: impl Sender, both: &Between) -> [Vec<Arrivals>; 2] {
    let clock = Clock::machine();
    for _ in 0..BATCHES {
        both.begin();
        let switches = switches_of_this_thread();
        let mut received = 0;
        while received < STREAM {
            received += take(&mut receiver, |packet| {
                black_box(packet.0[0]);
            });
        }
        push(&mut sender, &Packet::default());
        both.far_ends(switches);
    }
    for _ in 0..BATCHES {
        both.begin();
        let switches = switches_of_this_thread();
        for _ in 0..TRIPS {
            let packet = pull(&mut receiver);
            push(&mut sender, &packet);
        }
        both.far_ends(switches);
    }
    [100_000_usize, 1_000_000]
        .map(|rate| (0..WINDOWS).map(|_| arrivals(&mut receiver, both, &clock, rate / 500)).collect())
}

fn arrivals(receiver: &mut impl Receiver, both: &Between, clock: &Clock, expected: usize) -> Arrivals {
    let mut ways_ns = Vec::with_capacity(expected);
    both.begin();
    let switches = switches_of_this_thread();
    let mut ended = false;
    while !ended {
        take(receiver, |packet| match packet.0[0] {
            END => ended = true,
            due_ns => ways_ns.push(clock.now().saturating_sub(due_ns)),
        });
    }
    both.far_ends(switches);
    Arrivals { ways_ns }
}

fn clean(cleans: &[bool], windows: &[Arrivals]) -> Vec<u64> {
    let kept = cleans.iter().zip(windows).filter(|(clean, _)| **clean);
    kept.flat_map(|(_, window)| window.ways_ns.iter().copied()).collect()
}

#[inline]
fn push(sender: &mut impl Sender, packet: &Packet) {
    while !sender.try_send(packet) {
        spin_loop();
    }
}

#[inline]
fn pull(receiver: &mut impl Receiver) -> Packet {
    let mut pulled = None;
    while pulled.is_none() {
        take(receiver, |packet| pulled = Some(*packet));
    }
    pulled.unwrap_or_default()
}

/// Takes what is there. No pause hint: it is what `BusySpin` does, the same for every contender.
#[inline]
fn take(receiver: &mut impl Receiver, each: impl FnMut(&Packet)) -> u64 {
    receiver.take(TAKE, each) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_of_our_ring_loses_no_packet() {
        let (mut sender, mut receiver) = Ours::pair(DEPTH);
        let mut received = 0;
        for number in 0..10 * DEPTH as u64 {
            push(&mut sender, &Packet([number; 8]));
            assert_eq!(pull(&mut receiver).0, [number; 8]);
            received += 1;
        }
        assert_eq!(received, 10 * DEPTH);
    }

    #[test]
    fn only_windows_that_both_sides_call_clean_are_kept() {
        let windows = [Arrivals { ways_ns: vec![1, 2] }, Arrivals { ways_ns: vec![3] }];
        assert_eq!(clean(&[false, true], &windows), [3]);
    }
}
