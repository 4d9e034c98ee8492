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

/// Something of a venue: a frame, or the answer from a URL.
#[derive(Clone, Copy)]
struct Said<'a> {
    url: Option<&'a str>,
    is_answer: bool,
    bytes: &'a [u8],
}

impl<F: FnMut(&mut RunGrids, Option<&str>, &[u8], &mut Scratch) -> Option<Decoded>> Twins<F> {
    fn new(venue: VenueId, instruments: &Instruments, fast: F) -> Self {
        let Grids::Run(run) = Grids::of_run(venue, instruments) else { unreachable!("it is of a run") };
        let (general, grids) = (Decoder::new(venue), Grids::of_run(venue, instruments));
        Self { fast, run, out: Scratch::new(), general, grids, general_out: Scratch::new() }
    }

    /// Whether the fast way took it. White space in front makes it one for the general way.
    fn said(&mut self, Said { url, is_answer, bytes }: Said<'_>) -> bool {
        self.out.clear();
        let Some(fast) = (self.fast)(&mut self.run, url, bytes, &mut self.out) else { return false };
        let spaced = [b" ", bytes].concat();
        let general = match is_answer {
            false => self.general.frame(&mut self.grids, 0, &spaced, &mut self.general_out),
            true => self.general.answer(&mut self.grids, url, &spaced, None, &mut self.general_out),
        };
        let told = || String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]);
        match (fast, general) {
            // One event is one, whether alone or in a list.
            (one, Ok(Decoded::Many)) if one != Decoded::Many => {
                assert_eq!([one], *self.general_out.many(), "{}", told());
            }
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
    fn said_and_changed(&mut self, said: Said<'_>, random: &mut u64) -> bool {
        let (taken, bytes) = (self.said(said), said.bytes);
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
            let _ = self.said(Said { bytes: &changed, ..said });
        }
        taken
    }
}

/// Every frame of these captures through both. How many the fast way took; `None`, and says so, where there are none.
pub(crate) fn check<F>(venue: VenueId, files: &[&str], fast: F) -> Option<usize>
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
{
    Some(check_recording(venue, &captures(files)?, Direction::In, without_url(fast)))
}

/// The same of every REST answer, of which the fast way is told the URL.
pub(crate) fn check_answers<F>(venue: VenueId, files: &[&str], fast: F) -> Option<usize>
where
    F: FnMut(&mut RunGrids, Option<&str>, &[u8], &mut Scratch) -> Option<Decoded>,
{
    Some(check_recording(venue, &captures(files)?, Direction::Rest, fast))
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
pub(crate) fn check_frames<F>(venue: VenueId, texts: &[String], fast: F) -> usize
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
{
    let line = |raw: &String| serde_json::json!({"ts": 1, "ch": "a", "dir": "in", "raw": raw}).to_string();
    let lines: Vec<_> = texts.iter().map(line).collect();
    let mut recording = Recording::default();
    recording.append(Path::new("test"), lines.join("\n").as_bytes()).expect("a capture");
    check_recording(venue, &recording, Direction::In, without_url(fast))
}

/// A fast way of frames, which have no URL.
fn without_url<F>(mut fast: F) -> impl FnMut(&mut RunGrids, Option<&str>, &[u8], &mut Scratch) -> Option<Decoded>
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
{
    move |run, _, bytes, out| fast(run, bytes, out)
}

fn check_recording<F>(venue: VenueId, recording: &Recording, direction: Direction, fast: F) -> usize
where
    F: FnMut(&mut RunGrids, Option<&str>, &[u8], &mut Scratch) -> Option<Decoded>,
{
    let mut twins = Twins::new(venue, &metadata::infer(recording, venue), fast);
    let mut random = 1;
    let is_answer = direction == Direction::Rest;
    let all = recording.iter().filter(|record| record.direction == direction);
    let said = all.map(|record| Said { url: record.url, is_answer, bytes: record.payload });
    said.filter(|said| twins.said_and_changed(*said, &mut random)).count()
}
