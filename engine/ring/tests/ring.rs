//! The gating ring: order, refusal, claims, positions, and the twin that is obviously right.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::claim::{ClaimError, End};
use engine_ring::ring::{Ends, Full, Reader, Spec, Tapped, Writer, ring, settled};
use proptest::prelude::*;
use std::collections::VecDeque;

fn ends(depth: usize, readers: &[&str], taps: &[&str]) -> Ends<u64> {
    ring(&Spec { name: "r", depth, readers, taps })
}

fn pair(depth: usize) -> (Writer<u64>, Reader<u64>) {
    let mut ends = ends(depth, &["a"], &[]);
    (ends.writer("w").unwrap(), ends.reader("a").unwrap())
}

fn read_all(reader: &mut Reader<u64>) -> Vec<(u64, u64)> {
    let mut read = Vec::new();
    reader.take(usize::MAX, |sequence, event| read.push((sequence, *event)));
    read
}

#[test]
fn events_come_out_in_order_with_sequences_from_zero() {
    let (mut writer, mut reader) = pair(8);
    assert_eq!(writer.try_publish(10), Ok(0));
    assert_eq!(writer.try_publish(11), Ok(1));
    assert_eq!(read_all(&mut reader), [(0, 10), (1, 11)]);
    assert_eq!(read_all(&mut reader), []);
    assert_eq!((writer.published(), reader.position()), (2, 2));
}

#[test]
fn full_ring_refuses_and_counts_until_a_slot_is_released() {
    let mut ends = ends(2, &["a"], &["t"]);
    let (mut writer, mut reader, mut tap) =
        (ends.writer("w").unwrap(), ends.reader("a").unwrap(), ends.tap("t").unwrap());
    writer.try_publish(1).unwrap();
    writer.try_publish(2).unwrap();
    assert_eq!(writer.try_publish(3), Err(Full));
    assert_eq!(writer.room(), 0);
    assert_eq!(ends.gauges().refusals(), 1);
    assert_eq!(reader.take(1, |_, _| {}), 1);
    assert_eq!(writer.room(), 1);
    assert_eq!(writer.try_publish(3), Ok(2));
    let tapped = [tap.next(), tap.next(), tap.next()];
    assert!(tapped.contains(&Tapped::Event(2, 3)), "a refused event is not tapped, the ring goes on: {tapped:?}");
}

#[test]
fn slowest_of_four_readers_holds_the_writer() {
    let names = ["a", "b", "c", "d"];
    let mut ends = ends(4, &names, &[]);
    let mut writer = ends.writer("w").unwrap();
    let mut readers = names.map(|name| ends.reader(name).unwrap());
    for event in 0..4 {
        writer.try_publish(event).unwrap();
    }
    for reader in &mut readers[..3] {
        assert_eq!(reader.take(10, |_, _| {}), 4);
    }
    assert_eq!(writer.try_publish(4), Err(Full));
    assert_eq!(readers[3].take(3, |_, _| {}), 3);
    assert_eq!(writer.room(), 3);
    assert_eq!(writer.try_publish(4), Ok(4));
    assert_eq!(ends.gauges().depth_used(), 2);
}

#[test]
fn events_in_the_ring_survive_their_writer() {
    let (mut writer, mut reader) = pair(4);
    writer.try_publish(1).unwrap();
    writer.try_publish(2).unwrap();
    drop(writer);
    assert!(reader.has_next());
    assert_eq!(read_all(&mut reader), [(0, 1), (1, 2)]);
    assert_eq!(read_all(&mut reader), []);
}

#[test]
fn reader_shows_its_position_only_after_the_whole_batch() {
    let mut ends = ends(8, &["a"], &[]);
    let (mut writer, mut reader) = (ends.writer("w").unwrap(), ends.reader("a").unwrap());
    let gauges = [ends.gauges()];
    writer.try_publish(1).unwrap();
    writer.try_publish(2).unwrap();
    let mut inside = Vec::new();
    reader.take(8, |_, _| inside.push((gauges[0].consumed(), settled(&gauges))));
    assert_eq!(inside, [(0, false), (0, false)]);
    assert!(settled(&gauges));
    assert_eq!(gauges[0].readers().collect::<Vec<_>>(), [("a", 2)]);
}

#[test]
fn each_end_is_handed_out_once_and_the_message_names_it() {
    let mut ends = ends(2, &["risk", "journal"], &["bridge"]);
    let _writer = ends.writer("strategy").unwrap();
    let error = ends.writer("market").unwrap_err();
    assert_eq!(error.to_string(), "writer of ring `r` claimed by `market` is already held by `strategy`");
    let again = ends.writer("execution").unwrap_err().to_string();
    assert!(again.ends_with("held by `strategy`"), "who was refused does not hold it: {again}");
    let _reader = ends.reader("risk").unwrap();
    let error = ends.reader("risk").unwrap_err();
    assert!(matches!(error, ClaimError::Taken { end: End::Reader, .. }));
    let error = ends.reader("bridge").unwrap_err();
    assert_eq!(error.to_string(), "ring `r` has no reader `bridge`: it grants risk, journal");
    let error = ends.tap("risk").unwrap_err();
    assert_eq!(error.to_string(), "ring `r` has no tap `risk`: it grants bridge");
    assert_eq!(ends.unclaimed(), ["reader `journal` of ring `r`", "tap `bridge` of ring `r`"]);
    let _rest = (ends.reader("journal").unwrap(), ends.tap("bridge").unwrap());
    assert_eq!(ends.unclaimed(), [""; 0]);
}

#[test]
fn ring_without_taps_says_so() {
    let error = ends(2, &["a"], &[]).tap("bridge").unwrap_err();
    assert_eq!(error.to_string(), "ring `r` has no tap `bridge`: it grants no tap at all");
}

#[test]
#[should_panic(expected = "ring `r`: depth must be a power of two, not 3")]
fn depth_must_be_a_power_of_two() {
    let _ = ends(3, &["a"], &[]);
}

#[test]
#[should_panic(expected = "ring `r`: 1 to 4 gating readers, not 0")]
fn ring_needs_a_reader() {
    let _ = ends(2, &[], &["t"]);
}

/// What a random test does next.
#[derive(Clone, Debug)]
enum Step {
    Publish,
    Take { reader: usize, limit: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let take = (0..3_usize, 0..6_usize).prop_map(|(reader, limit)| Step::Take { reader, limit });
    prop::collection::vec(prop_oneof![3 => Just(Step::Publish), 2 => take], 0..400)
}

proptest! {
    #[test]
    fn ring_does_what_three_queues_would(steps in steps(), bits in 0..5_u32) {
        let depth = 1 << bits;
        let mut ends = ends(depth, &["a", "b", "c"], &[]);
        let mut writer = ends.writer("w").unwrap();
        let mut readers = ["a", "b", "c"].map(|name| ends.reader(name).unwrap());
        let mut twins = [const { VecDeque::new() }; 3];
        let mut next = 0;
        for step in steps {
            match step {
                Step::Publish => {
                    let room = depth - twins.iter().map(VecDeque::len).max().unwrap();
                    prop_assert_eq!(writer.room().min(1), room.min(1));
                    prop_assert!(writer.room() <= room);
                    if room <= depth / 2 {
                        prop_assert_eq!(writer.room(), room, "a reserve of half the ring can be kept");
                    }
                    let expected = if room > 0 { Ok(next) } else { Err(Full) };
                    prop_assert_eq!(writer.try_publish(next * 7), expected);
                    if room > 0 {
                        twins.iter_mut().for_each(|twin| twin.push_back((next, next * 7)));
                        next += 1;
                    }
                }
                Step::Take { reader, limit } => {
                    let twin = &mut twins[reader];
                    prop_assert_eq!(readers[reader].has_next(), !twin.is_empty());
                    let expected: Vec<_> = twin.drain(..limit.min(twin.len())).collect();
                    let mut read = Vec::new();
                    let count = readers[reader].take(limit, |sequence, &event| read.push((sequence, event)));
                    prop_assert_eq!(count, expected.len());
                    prop_assert_eq!(read, expected);
                }
            }
            let gauges = [ends.gauges()];
            prop_assert_eq!(settled(&gauges), twins.iter().all(VecDeque::is_empty));
        }
    }
}

#[test]
fn four_threads_read_everything_a_fifth_writes() {
    const EVENTS: u64 = 200_000;
    let names = ["a", "b", "c", "d"];
    let mut ends = ends(64, &names, &[]);
    let mut writer = ends.writer("w").unwrap();
    let readers = names.map(|name| ends.reader(name).unwrap());
    let reading = readers.map(|mut reader| {
        std::thread::spawn(move || {
            let mut expected = 0;
            while expected < EVENTS {
                let took = reader.take(16, |sequence, &event| {
                    assert_eq!((sequence, event), (expected, expected ^ 0x55));
                    expected += 1;
                });
                if took == 0 {
                    std::thread::yield_now();
                }
            }
        })
    });
    let mut next = 0;
    while next < EVENTS {
        match writer.try_publish(next ^ 0x55) {
            Ok(_) => next += 1,
            // A reader that failed would keep the writer waiting for ever.
            Err(Full) if reading.iter().any(std::thread::JoinHandle::is_finished) => break,
            Err(Full) => std::thread::yield_now(),
        }
    }
    for thread in reading {
        thread.join().unwrap();
    }
    assert!(settled(&[ends.gauges()]));
}
