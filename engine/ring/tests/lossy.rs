//! The lossy ring: nothing is torn, nothing is skipped in silence, and the writer never waits.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::lossy::{LossyWriter, Tap, TapGauge, Tapped, lossy};
use engine_ring::ring::Event;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

fn tapped<E: Event>(depth: usize) -> (LossyWriter<E>, Tap<E>) {
    let writer = lossy(depth);
    let tap = writer.tap(Arc::default());
    (writer, tap)
}

#[test]
fn tap_reads_in_order_and_then_finds_nothing() {
    let (mut writer, mut tap) = tapped::<u64>(4);
    assert_eq!(tap.next(), Tapped::Empty);
    writer.publish(&7);
    writer.publish(&8);
    assert_eq!([tap.next(), tap.next(), tap.next()], [Tapped::Event(0, 7), Tapped::Event(1, 8), Tapped::Empty]);
}

#[test]
fn lapped_reader_learns_how_many_it_missed() {
    let mut writer = lossy::<u64>(8);
    let gauge = Arc::default();
    let mut tap = writer.tap(Arc::clone(&gauge));
    for event in 0..20 {
        writer.publish(&event);
    }
    assert_eq!(tap.next(), Tapped::Lapped { missed: 16 });
    let rest: Vec<_> = std::iter::from_fn(|| match tap.next() {
        Tapped::Event(sequence, event) => Some((sequence, event)),
        Tapped::Lapped { .. } | Tapped::Empty => None,
    })
    .collect();
    assert_eq!(rest, [(16, 16), (17, 17), (18, 18), (19, 19)], "it goes on half a ring behind the newest");
    let TapGauge { position, missed, laps } = &**gauge;
    assert_eq!((position.get(), missed.get(), laps.get()), (20, 16, 1));
}

#[test]
fn ring_exactly_full_is_not_a_lap() {
    let (mut writer, mut tap) = tapped::<u64>(4);
    for event in 0..4 {
        writer.publish(&event);
    }
    assert_eq!(tap.next(), Tapped::Event(0, 0));
    writer.publish(&4);
    assert_eq!(tap.next(), Tapped::Event(1, 1));
    writer.publish(&5);
    writer.publish(&6);
    assert_eq!(tap.next(), Tapped::Lapped { missed: 3 }, "sequence 2 was overwritten by 6");
}

#[test]
fn tap_made_later_reads_from_then_on() {
    let mut writer = lossy::<u64>(4);
    for event in 0..9 {
        writer.publish(&event);
    }
    let mut tap = writer.tap(Arc::default());
    assert_eq!(tap.next(), Tapped::Empty);
    writer.publish(&9);
    assert_eq!(tap.next(), Tapped::Event(9, 9));
}

/// 21 bytes in a row of 24 with a hole, and an enumeration whose other values would be invalid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    One = 1,
    Nine = 9,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
struct Holes {
    small: u8,
    large: u64,
    kind: Kind,
    text: Option<&'static str>,
    tail: [u16; 3],
}

/// Sends some values through three slots' worth of laps.
fn round_trip<E: Event + PartialEq + std::fmt::Debug>(values: &[E]) {
    let (mut writer, mut tap) = tapped::<E>(2);
    for (sequence, value) in values.iter().enumerate() {
        writer.publish(value);
        assert_eq!(tap.next(), Tapped::Event(sequence as u64, *value));
    }
}

#[test]
fn events_of_any_size_and_with_padding_come_out_as_they_went_in() {
    round_trip::<()>(&[(); 5]);
    round_trip(&[1_u8, 2, 3, 255, 0]);
    round_trip(&[[1_u16, 2, 3, 4, 5], [6; 5], [7; 5], [0xffff; 5]]);
    round_trip(&[[1_u8; 7], [2; 7], [3; 7]]);
    round_trip(&[[u64::MAX; 16], [0x0123_4567_89ab_cdef; 16], [0; 16]]);
    let holes = Holes { small: 1, large: u64::MAX, kind: Kind::Nine, text: Some("still here"), tail: [1, 2, 3] };
    round_trip(&[holes, Holes::default(), holes, Holes { text: None, ..holes }]);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Publish,
    Next,
}

proptest! {
    /// The twin keeps every event ever published. The tap must show each one, in order, or say that it is gone; and it may
    /// say so only of events that had left the ring.
    #[test]
    fn tap_shows_or_owns_up_to_every_event(
        steps in prop::collection::vec(prop_oneof![3 => Just(Step::Publish), 2 => Just(Step::Next)], 0..600),
        bits in 0..5_u32,
    ) {
        let depth = 1_u64 << bits;
        let (mut writer, mut tap) = tapped::<[u64; 8]>(depth as usize);
        let mut waiting = VecDeque::new();
        let mut published = 0;
        for step in steps {
            match step {
                Step::Publish => {
                    prop_assert_eq!(writer.publish(&[published; 8]), published);
                    waiting.push_back(published);
                    published += 1;
                }
                Step::Next => match tap.next() {
                    Tapped::Event(sequence, event) => {
                        prop_assert_eq!(waiting.pop_front(), Some(sequence));
                        prop_assert_eq!(event, [sequence; 8]);
                    }
                    Tapped::Lapped { missed } => {
                        prop_assert!(waiting[0] + depth < published + 1, "{} had not left the ring", waiting[0]);
                        waiting.drain(..missed as usize);
                        prop_assert!(waiting.len() as u64 <= depth, "what it goes on with is still there");
                    }
                    Tapped::Empty => prop_assert!(waiting.is_empty()),
                },
            }
        }
    }
}

#[test]
fn tap_under_a_racing_writer_sees_whole_events_and_accounts_for_all() {
    const EVENTS: u64 = 400_000;
    let (mut writer, mut tap) = tapped::<[u64; 16]>(2);
    let writing = std::thread::spawn(move || {
        for sequence in 0..EVENTS {
            writer.publish(&[sequence; 16]);
        }
    });
    let (mut seen, mut missed_in_all) = (0, 0);
    while seen + missed_in_all < EVENTS {
        match tap.next() {
            Tapped::Event(sequence, event) => {
                assert_eq!(event, [sequence; 16]);
                assert_eq!(sequence, seen + missed_in_all, "skipped in silence");
                seen += 1;
            }
            Tapped::Lapped { missed } => missed_in_all += missed,
            Tapped::Empty => std::thread::yield_now(),
        }
    }
    writing.join().unwrap();
    assert_eq!((tap.next(), seen + missed_in_all), (Tapped::Empty, EVENTS));
}
