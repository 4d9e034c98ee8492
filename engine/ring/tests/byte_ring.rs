//! The byte ring: records come whole, in order, around the end of the memory, and a full ring says so.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::byte_ring::{ByteReader, byte_ring};
use engine_ring::ring::Full;
use proptest::prelude::*;
use std::collections::VecDeque;

const BYTES: usize = 8_192;
/// Of a record's length.
const FRAME: usize = 4;

fn next(reader: &mut ByteReader) -> Option<Vec<u8>> {
    let mut record = vec![1, 2, 3];
    reader.take_into(&mut record).then_some(record)
}

#[test]
fn a_record_of_several_parts_is_one_record() {
    let (mut writer, mut reader) = byte_ring(BYTES);
    assert_eq!(next(&mut reader), None);
    writer.try_push(&[b"ab", b"", b"cde"]).unwrap();
    writer.try_push(&[]).unwrap();
    assert_eq!([next(&mut reader), next(&mut reader), next(&mut reader)], [Some(b"abcde".into()), Some(vec![]), None]);
}

#[test]
fn a_record_lies_around_the_end_of_the_memory() {
    let (mut writer, mut reader) = byte_ring(BYTES);
    let long: Vec<u8> = (0..5_000_u32).map(|at| at as u8).collect();
    for start in 0..200 {
        writer.try_push(&[&long[start..]]).unwrap();
        assert_eq!(next(&mut reader).unwrap(), &long[start..]);
    }
}

#[test]
fn a_full_ring_takes_nothing_and_goes_on_once_there_is_room() {
    let (mut writer, mut reader) = byte_ring(BYTES);
    writer.try_push(&[&[1; BYTES - 2 * FRAME]]).unwrap();
    assert_eq!(writer.try_push(&[&[2]]), Err(Full));
    writer.try_push(&[]).unwrap();
    assert_eq!((writer.try_push(&[]), writer.used()), (Err(Full), BYTES as u64));
    assert_eq!(next(&mut reader).unwrap().len(), BYTES - 2 * FRAME);
    writer.try_push(&[&[3]]).unwrap();
    assert_eq!([next(&mut reader), next(&mut reader), next(&mut reader)], [Some(vec![]), Some(vec![3]), None]);
    assert_eq!(writer.try_push(&[&[4; BYTES]]), Err(Full), "longer than the ring");
    assert_eq!(next(&mut reader), None);
}

#[test]
fn what_lies_in_the_ring_is_taken_after_the_writer_is_gone() {
    let (mut writer, mut reader) = byte_ring(BYTES);
    writer.try_push(&[b"last"]).unwrap();
    assert!(next(&mut reader).is_some() && !reader.is_over());
    writer.try_push(&[b"words"]).unwrap();
    drop(writer);
    assert!(next(&mut reader).is_some() && next(&mut reader).is_none() && reader.is_over());
}

#[test]
fn records_pushed_by_one_thread_are_taken_whole_by_another() {
    const RECORDS: u32 = 200_000;
    let (mut writer, mut reader) = byte_ring(BYTES);
    let writing = std::thread::spawn(move || {
        for number in 0..RECORDS {
            let body = [number as u8; 300];
            let body = &body[..number as usize % 300];
            while writer.try_push(&[&number.to_le_bytes(), body]).is_err() {
                std::thread::yield_now();
            }
        }
    });
    let (mut record, mut expected) = (Vec::new(), 0_u32);
    while !reader.is_over() {
        if !reader.take_into(&mut record) {
            std::thread::yield_now();
            continue;
        }
        let (number, body) = record.split_at(4);
        assert_eq!(number, expected.to_le_bytes());
        assert!(body.len() == expected as usize % 300 && body.iter().all(|byte| *byte == expected as u8));
        expected += 1;
    }
    assert_eq!(expected, RECORDS);
    writing.join().unwrap();
}

proptest! {
    /// The same as a queue of vectors with a count of bytes.
    #[test]
    fn behaves_as_its_slow_twin(steps in prop::collection::vec(prop::option::weighted(0.6, 0..6_000_usize), 1..200)) {
        let (mut writer, mut reader) = byte_ring(BYTES);
        let (mut twin, mut used) = (VecDeque::<Vec<u8>>::new(), 0);
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Some(length) => {
                    let record: Vec<u8> = (0..length).map(|at| (at * 7 + number) as u8).collect();
                    let fits = used + FRAME + length <= BYTES;
                    prop_assert_eq!(writer.try_push(&[&record]).is_ok(), fits);
                    if fits {
                        used += FRAME + length;
                        twin.push_back(record);
                    }
                }
                None => {
                    let expected = twin.pop_front();
                    used -= expected.as_ref().map_or(0, |record| FRAME + record.len());
                    prop_assert_eq!(next(&mut reader), expected);
                }
            }
            prop_assert_eq!(writer.used(), used as u64);
        }
    }
}
