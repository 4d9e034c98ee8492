//! The own lock-free structures under the model checker: every interleaving and every value an atomic may show.
//!
//! Build and run: `RUSTFLAGS="--cfg loom" cargo test -p engine-ring --test loom --release`, in a target folder of its own.
//! An ordinary build leaves this file empty.
//!
//! A model is worth what it can catch. So both sides of every structure are spawned (a side on the model's main thread was
//! seen to be explored once), a floor on the explored interleavings is asserted, and each ordering the code stands on is
//! taken away in turn: all fifteen weakenings must be caught.
#![cfg(loom)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it expects by failing")]

use engine_ring::byte_ring::byte_ring;
use engine_ring::lossy::{Tap, Tapped, lossy};
use engine_ring::ring::settled;
use engine_ring::ring_gauges::RingGauges;
use engine_ring::snapshot::snapshot;
use engine_ring::sync::{Weakness, plant};
use loom::model::Builder;
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A thread is interrupted at most this often in an interleaving. Without a bound the models are seven times larger and
/// catch the same; every weakening is caught with two.
const PREEMPTIONS: usize = 4;

/// A value of two words that contradict each other when torn.
type Pair = [u64; 2];

fn pair(value: u64) -> Pair {
    [value, !value]
}

fn value_of(pair: Pair) -> u64 {
    assert_eq!(pair[1], !pair[0], "torn: {pair:x?}");
    pair[0]
}

/// Explores a model and says how many interleavings there were. The count lives outside the model.
fn explore(model: fn()) -> u64 {
    let explored = Arc::new(AtomicU64::new(0));
    let counting = explored.clone();
    let mut builder = Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(move || {
        counting.fetch_add(1, Ordering::Relaxed);
        model();
    });
    explored.load(Ordering::Relaxed)
}

/// One writer, one tap that looks `looks` times. Each event must be whole and the one its sequence says; what was read and
/// what was missed must add up.
fn lossy_model(depth: usize, events: u64, looks: usize) {
    let mut writer = lossy::<Pair>(depth);
    let tap = writer.tap(Arc::default());
    let reading = thread::spawn(move || read(tap, looks));
    let writing = thread::spawn(move || {
        for sequence in 0..events {
            writer.publish(&pair(sequence + 100));
        }
    });
    reading.join().unwrap();
    writing.join().unwrap();
}

fn read(mut tap: Tap<Pair>, looks: usize) {
    let mut expected = 0;
    for _ in 0..looks {
        match tap.next() {
            Tapped::Event(sequence, event) => {
                assert_eq!(sequence, expected, "skipped in silence");
                assert_eq!(value_of(event), sequence + 100, "an event of another lap");
                expected += 1;
            }
            Tapped::Lapped { missed } => {
                assert!(missed > 0);
                expected += missed;
            }
            Tapped::Empty => {}
        }
        assert_eq!(tap.position(), expected);
    }
}

/// One writer, one reader. A value must be whole and never older than the one before.
fn snapshot_model() {
    let (mut writer, mut reader) = snapshot::<Pair>();
    let writing = thread::spawn(move || {
        for value in 1..=3 {
            writer.write(pair(value));
        }
    });
    let reading = thread::spawn(move || {
        let mut newest = 0;
        for _ in 0..3 {
            let seen = *reader.read();
            if seen != Pair::default() {
                assert!(value_of(seen) >= newest, "went back");
                newest = value_of(seen);
            }
        }
    });
    writing.join().unwrap();
    reading.join().unwrap();
}

/// A tap that is lapped: one slot, so every event overwrites the one before.
fn lossy_one_slot() {
    lossy_model(1, 2, 2);
}

/// A tap on two slots, so that a slot is free while the other is written.
fn lossy_two_slots() {
    lossy_model(2, 3, 2);
}

#[test]
fn lossy_reader_never_sees_a_torn_event() {
    let (one, two) = (explore(lossy_one_slot), explore(lossy_two_slots));
    println!("explored {one} interleavings on one slot, {two} on two");
    assert!(one >= 1_000, "only {one} interleavings explored");
    assert!(two >= 1_000, "only {two} interleavings explored");
}

#[test]
fn snapshot_reader_never_sees_a_torn_value() {
    let explored = explore(snapshot_model);
    println!("explored {explored} interleavings");
    assert!(explored >= 100, "only {explored} interleavings explored");
}

/// An event on ring A makes an event on ring B. Whoever finds both rings settled must see what came of it all.
fn settled_model() {
    let rings = [RingGauges::modelled(), RingGauges::modelled()];
    // Stand-ins for the cursors of the two gating rings, which the model cannot see.
    let word = || loom::sync::atomic::AtomicU64::new(0);
    let (cursors, outcome) = (Arc::new([word(), word()]), Arc::new(word()));
    let (a, b) = (0, 1);
    let (relay_rings, relay_cursors) = (rings.clone(), cursors.clone());
    let relay = thread::spawn(move || {
        if relay_cursors[a].load(Ordering::Acquire) == 1 {
            relay_rings[b].count_published();
            relay_cursors[b].store(1, Ordering::Release);
            relay_rings[a].show_consumed(1);
        }
    });
    let (sink_rings, sink_cursors, sink_outcome) = (rings.clone(), cursors.clone(), outcome.clone());
    let sink = thread::spawn(move || {
        if sink_cursors[b].load(Ordering::Acquire) == 1 {
            sink_outcome.store(1, Ordering::Relaxed);
            sink_rings[b].show_consumed(1);
        }
    });
    let source = thread::spawn(move || {
        rings[a].count_published();
        cursors[a].store(1, Ordering::Release);
        if settled(&rings) {
            assert_eq!(outcome.load(Ordering::Relaxed), 1, "settled, but something was on its way");
        }
    });
    for thread in [relay, sink, source] {
        thread.join().unwrap();
    }
}

#[test]
fn rings_are_settled_only_when_all_that_followed_is_done() {
    let explored = explore(settled_model);
    println!("explored {explored} interleavings");
    assert!(explored >= 100, "only {explored} interleavings explored");
}

/// Two records on a ring that has room for one: the second waits for the first one's bytes, and lies around the end.
fn byte_ring_model() {
    let (mut writer, mut reader) = byte_ring(8);
    let writing = thread::spawn(move || {
        writer.try_push(&[&[7]]).unwrap();
        for _ in 0..2 {
            if writer.try_push(&[&[8], &[9]]).is_ok() {
                break;
            }
        }
    });
    let reading = thread::spawn(move || {
        let (mut record, mut seen) = (Vec::new(), 0);
        for _ in 0..3 {
            if reader.take_into(&mut record) {
                assert_eq!(record, [&[7][..], &[8, 9]][seen], "torn");
                seen += 1;
            } else if reader.is_over() {
                break;
            }
        }
    });
    writing.join().unwrap();
    reading.join().unwrap();
}

#[test]
fn byte_ring_records_come_whole_and_in_order() {
    let explored = explore(byte_ring_model);
    println!("explored {explored} interleavings");
    assert!(explored >= 100, "only {explored} interleavings explored");
}

/// The model that must catch a weakness, and the words it must use.
fn model_against(weakness: Weakness) -> (fn(), &'static [&'static str]) {
    use Weakness::*;
    match weakness {
        CommitRelaxed | BeginFenceMissing | FirstLookRelaxed | SecondLookFenceMissing | SecondLookMissing => {
            (lossy_one_slot, &["torn", "an event of another lap"])
        }
        HandOverWithoutRelease | TakeBackWithoutAcquire | TakeFreshWithoutAcquire | GiveBackWithoutRelease => {
            (snapshot_model, &["Causality violation"])
        }
        BytesWrittenRelaxed | BytesSeenRelaxed | BytesFreedRelaxed | BytesFreedSeenRelaxed => {
            (byte_ring_model, &["Causality violation"])
        }
        PositionShownRelaxed | PositionSeenRelaxed => (settled_model, &["settled, but something was on its way"]),
    }
}

#[test]
fn every_planted_weakening_is_caught() {
    keep_expected_panics_quiet();
    for weakness in Weakness::ALL {
        let (model, words) = model_against(weakness);
        // A thread for each: the plant is per thread, and a model that failed leaves its thread's scheduler behind.
        let weakened = std::thread::Builder::new().name(WEAKENED.to_owned()).spawn(move || {
            plant(Some(weakness));
            explore(model)
        });
        let caught = weakened
            .unwrap()
            .join()
            .map(|explored| panic!("{weakness:?} went unseen through {explored} interleavings"));
        let said = said(&*caught.unwrap_err());
        assert!(words.iter().any(|words| said.contains(words)), "{weakness:?} was caught for another reason: {said}");
        println!("{weakness:?}: {}", said.lines().next().unwrap_or_default());
    }
}

/// The name of threads whose panics are the point.
const WEAKENED: &str = "weakened";

fn keep_expected_panics_quiet() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(WEAKENED) {
            loud(panic);
        }
    }));
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
