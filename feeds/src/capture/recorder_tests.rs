//! What a recorder writes is what the container's reader finds: all of it, in order, over as many files as it takes.

use super::recorder::{Recorder, RecorderSettings, Tap, record};
use super::{Direction, Recording};
use engine_model::units::Nanos;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("ringside-recorder-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies where the system tidies up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings(folder: &Path) -> RecorderSettings {
    let stamp = |at_ns: u64| format!("{at_ns:020}");
    RecorderSettings::new(folder.to_owned(), "venue".into(), stamp, "http://host".into())
}

fn begin(settings: RecorderSettings) -> (Tap, Recorder) {
    record(settings, 5).expect("a folder below the temporary one")
}

fn names(files: &[PathBuf]) -> Vec<&str> {
    files.iter().filter_map(|file| file.file_name()?.to_str()).collect()
}

#[test]
fn what_was_handed_over_is_found_again_byte_for_byte() {
    let folder = Folder::new();
    let (mut tap, recorder) = begin(settings(&folder.0));
    let odd = "\u{0}\"\\/\n\u{1f}é\u{2028}😀";
    tap.opened(0, 10, "ws://host/stream");
    tap.opened(1, 11, "ws://host/market");
    tap.frame(1, 12, odd.as_bytes());
    tap.answer("/depth?symbol=A", 9, b"{}");
    tap.frame(0, 13, b"");
    tap.frame(0, 14, b"\xff\xfe");
    let gauges = recorder.gauges();
    let files = recorder.finish();
    assert_eq!(names(&files), ["venue-00000000000000000005-0000.ndjson.zst"]);
    assert_eq!((gauges.missing(), gauges.writer.written.get(), gauges.writer.replaced.get()), (0, 6, 1));
    assert_eq!(gauges.fault(), None);
    let recording = Recording::read(&files).expect("a capture");
    let found: Vec<_> = recording.iter().map(|r| (r.received_at_ns, r.direction, r.url, r.payload)).collect();
    let expected = [
        (10, Direction::Open, Some("ws://host/stream"), &b""[..]),
        (11, Direction::Open, Some("ws://host/market"), b""),
        (12, Direction::In, None, odd.as_bytes()),
        (9, Direction::Rest, Some("http://host/depth?symbol=A"), b"{}"),
        (13, Direction::In, None, b""),
        (14, Direction::In, None, "\u{fffd}\u{fffd}".as_bytes()),
    ];
    assert_eq!(found, expected);
    let channels: Vec<u32> = recording.iter().map(|r| r.channel).collect();
    assert_eq!((channels[0], channels[1], channels[2], channels[4]), (0, 1, 1, 0), "lines stay apart");
}

#[test]
fn a_recorder_follows_its_tap_into_the_end() {
    let folder = Folder::new();
    let (mut tap, recorder) = begin(settings(&folder.0));
    tap.frame(0, 1, b"last words");
    drop(tap);
    while recorder.gauges().missing() > 0 {
        std::thread::yield_now();
    }
    assert_eq!(Recording::read(&recorder.finish()).expect("a capture").len(), 1);
}

#[test]
fn files_follow_each_other_by_time_and_by_size_and_sort_as_they_were_written() {
    for (file_bytes_max, file_ns_max) in [(1, u64::MAX), (u64::MAX, Nanos::SECOND)] {
        let folder = Folder::new();
        let (mut tap, recorder) = begin(RecorderSettings { file_bytes_max, file_ns_max, ..settings(&folder.0) });
        // Two blocks and a half, over some seconds each.
        let payload = vec![b'x'; 1 << 20];
        for at in 1..=10 {
            while tap.ring_is_busy() {
                std::thread::yield_now();
            }
            tap.frame(0, at * Nanos::SECOND, &payload);
        }
        let files = recorder.finish();
        // A busy machine may write smaller blocks, and so other files.
        assert!(files.len() >= 2, "{files:?}");
        assert!(files.is_sorted(), "{files:?}");
        let recording = Recording::read(&files).expect("a capture");
        let times: Vec<u64> = recording.iter().map(|record| record.received_at_ns / Nanos::SECOND).collect();
        assert_eq!(times, (1..=10).collect::<Vec<_>>());
    }
}

#[test]
fn a_full_ring_is_counted_and_told_where_it_happened() {
    let folder = Folder::new();
    let (mut tap, recorder) = begin(RecorderSettings { ring_bytes: 4_096, ..settings(&folder.0) });
    tap.frame(0, 1, b"before");
    tap.frame(0, 2, &[b'x'; 5_000]);
    tap.frame(0, 3, &[b'x'; 5_000]);
    tap.frame(0, 4, b"after");
    tap.frame(0, 5, &[b'x'; 5_000]);
    let gauges = recorder.gauges();
    let files = recorder.finish();
    assert_eq!((gauges.tap.records.get(), gauges.tap.dropped.get(), gauges.missing()), (2, 3, 3));
    let recording = Recording::read(&files).expect("a capture");
    let told: Vec<_> = recording.iter().map(|record| (record.direction, record.payload)).collect();
    let expected = [
        (Direction::In, &b"before"[..]),
        (Direction::Other, b"2 records were dropped here"),
        (Direction::In, b"after"),
        (Direction::Other, b"1 records were dropped here"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_at_once_and_a_file_is_never_opened_twice() {
    let folder = Folder::new();
    assert!(record(settings(Path::new("/dev/null/folder")), 5).is_err());
    let first = begin(settings(&folder.0));
    let refusal = record(settings(&folder.0), 5).expect_err("the same name").to_string();
    assert!(refusal.contains("venue-00000000000000000005-0000"), "{refusal}");
    drop(first.0);
    assert_eq!(first.1.finish().len(), 1);
}

/// As fast as it can, waiting only where the ring is full: a feed would drop there.
#[test]
fn a_million_messages_come_through_ring_and_thread_without_a_loss() {
    const MESSAGES: u64 = 1_000_000;
    let folder = Folder::new();
    let (mut tap, recorder) = begin(settings(&folder.0));
    let started = Instant::now();
    let mut message = [b'.'; 200];
    let mut waits = 0_u64;
    for number in 0..MESSAGES {
        let (digits, _) = message.split_at_mut(20);
        write!(&mut *digits, "{number:020}").expect("twenty digits");
        while tap.ring_is_busy() {
            waits += 1;
            std::thread::yield_now();
        }
        tap.frame(0, number, &message);
    }
    let pushed = started.elapsed();
    let gauges = recorder.gauges();
    let files = recorder.finish();
    let written = started.elapsed();
    assert_eq!((gauges.tap.dropped.get(), gauges.missing(), gauges.fault()), (0, 0, None));
    let rate = MESSAGES as f64 / written.as_secs_f64();
    let bytes = gauges.writer.bytes.get();
    println!("{rate:.0} messages/s to the file ({pushed:?} pushed, {waits} waits, {written:?} written, {bytes} bytes)");
    let recording = Recording::read(&files).expect("a capture");
    assert_eq!(recording.len() as u64, MESSAGES);
    for (number, record) in (0..).zip(recording.iter()) {
        let told = std::str::from_utf8(&record.payload[..20]).ok().and_then(|digits| digits.parse::<u64>().ok());
        assert!(told == Some(number) && record.payload.len() == 200, "record {number} is {told:?}");
        assert_eq!(record.received_at_ns, number);
    }
}
