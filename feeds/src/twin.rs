//! The slow twin of every fast way: what one takes, the general way reads as the same, of real frames and of frames with a
//! few bytes changed.

use crate::capture::{Direction, Recording};
use crate::decoded::{Decoded, Scratch};
use crate::grid::{Grids, RunGrids};
use crate::metadata;
use crate::venue::Decoder;
use engine_model::instrument::Instruments;
use engine_model::venue::VenueId;
use std::path::{Path, PathBuf};

/// Frames longer than this are not changed: a change in a book of 5 MB is found by the levels, not by the shape.
const CHANGED_BYTES_MAX: usize = 4_096;
/// Changed copies of each frame.
const CHANGES: usize = 6;

/// A fast way and the general one, each with what it has learnt.
struct Twins<F> {
    fast: F,
    run: RunGrids,
    out: Scratch,
    general: Decoder,
    grids: Grids,
    general_out: Scratch,
}

impl<F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>> Twins<F> {
    fn new(venue: VenueId, instruments: &Instruments, fast: F) -> Self {
        let Grids::Run(run) = Grids::of_run(venue, instruments) else { unreachable!("it is of a run") };
        let (general, grids) = (Decoder::new(venue), Grids::of_run(venue, instruments));
        Self { fast, run, out: Scratch::new(), general, grids, general_out: Scratch::new() }
    }

    /// Whether the fast way took it. White space in front makes it one for the general way.
    fn frame(&mut self, bytes: &[u8]) -> bool {
        self.out.clear();
        let Some(fast) = (self.fast)(&mut self.run, bytes, &mut self.out) else { return false };
        let spaced = [b" ", bytes].concat();
        let general = self.general.frame(&mut self.grids, 0, &spaced, &mut self.general_out);
        let told = || String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]);
        match (fast, general) {
            // One event is one, whether alone or in a list.
            (Decoded::Book(_), Ok(Decoded::Many)) => assert_eq!([fast], *self.general_out.many(), "{}", told()),
            (_, general) => {
                assert_eq!(Ok(fast), general, "{}", told());
                if fast == Decoded::Many {
                    assert_eq!(self.out.many(), self.general_out.many(), "{}", told());
                }
            }
        }
        for (ours, general) in [(&self.out.bids, &self.general_out.bids), (&self.out.asks, &self.general_out.asks)] {
            assert_eq!(ours.get(ours.all()), general.get(general.all()), "{}", told());
        }
        assert_eq!(self.out.socket_sequence, self.general_out.socket_sequence, "{}", told());
        true
    }

    /// The frame, and copies of it with a byte changed, left out, put in or doubled, or cut.
    fn frame_and_changes(&mut self, bytes: &[u8], random: &mut u64) -> bool {
        let taken = self.frame(bytes);
        let mut next = |below: usize| {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*random >> 33) as usize % below.max(1)
        };
        for _ in 0..if (1..=CHANGED_BYTES_MAX).contains(&bytes.len()) { CHANGES } else { 0 } {
            let mut changed = bytes.to_vec();
            let (at, byte) = (next(bytes.len()), b"0123456789.-\",:[]{} \\eEx\xff\x01"[next(26)]);
            match next(5) {
                0 | 1 => changed[at] = byte,
                2 => drop(changed.remove(at)),
                3 => changed.insert(at, byte),
                _ => changed.truncate(at),
            }
            let _ = self.frame(&changed);
        }
        taken
    }
}

/// Every frame of these captures through both. How many the fast way took; `None`, and says so, where there are none.
pub(crate) fn check<F>(venue: VenueId, files: &[&str], fast: F) -> Option<usize>
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
{
    Some(check_recording(venue, &captures(files)?, fast))
}

/// These captures; `None`, and says so, where there are none.
pub(crate) fn captures(files: &[&str]) -> Option<Recording> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("RINGSIDE_SHARED").map_or(beside, PathBuf::from).join("data");
    let files: Vec<_> = files.iter().map(|file| root.join(file)).collect();
    if let Some(absent) = files.iter().find(|file| !file.is_file()) {
        eprintln!("skipped: {} not found", absent.display());
        return None;
    }
    Some(Recording::read(&files).expect("a capture"))
}

/// The same of frames given.
pub(crate) fn check_frames<F>(venue: VenueId, frames: &[String], fast: F) -> usize
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
{
    let line = |raw: &String| serde_json::json!({"ts": 1, "ch": "a", "dir": "in", "raw": raw}).to_string();
    let lines: Vec<_> = frames.iter().map(line).collect();
    let mut recording = Recording::default();
    recording.append(Path::new("test"), lines.join("\n").as_bytes()).expect("a capture");
    check_recording(venue, &recording, fast)
}

fn check_recording<F>(venue: VenueId, recording: &Recording, fast: F) -> usize
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
{
    let mut twins = Twins::new(venue, &metadata::infer(recording, venue), fast);
    let mut random = 1;
    let frames = recording.iter().filter(|record| record.direction == Direction::In);
    frames.filter(|record| twins.frame_and_changes(record.payload, &mut random)).count()
}
