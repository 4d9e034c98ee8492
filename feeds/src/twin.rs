//! A fast way beside the general one, over the frames of a capture and over frames with a few bytes changed: what the fast
//! way takes, the general way says too, to the last level.
//!
//! Owns: that comparison, for tests. Never: frames of one venue.

use crate::capture::{Direction, Recording};
use crate::decoded::{Decoded, Scratch};
use crate::error::FrameError;
use crate::grid::{Grids, RunGrids};
use crate::metadata;
use engine_model::market::Level;
use engine_model::venue::VenueId;
use std::path::Path;

/// Changed frames made of each one of a capture.
const CHANGES: u64 = 24;

/// The two ways of a decoder, and frames of shapes that the capture lacks: the fast way takes them all.
pub(crate) struct Ways<'a, F, G> {
    pub(crate) more: &'a [&'a str],
    pub(crate) fast: F,
    pub(crate) general: G,
}

/// How many of a capture's frames with that word in them the fast way takes, and how many there are; `None` without the
/// capture, and says so.
pub(crate) fn check<F, G>(venue: VenueId, file: &str, word: &[u8], mut ways: Ways<'_, F, G>) -> Option<(usize, usize)>
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
    G: FnMut(&mut Grids, &[u8], &mut Scratch) -> Result<Decoded, FrameError>,
{
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("RINGSIDE_SHARED").map_or(beside, Into::into);
    let path = root.join("data").join(file);
    if !path.is_file() {
        eprintln!("skipped: {} not found", path.display());
        return None;
    }
    let recording = Recording::read(&[path]).expect("readable");
    let mut grids = Grids::of_run(venue, &metadata::infer(&recording, venue));
    let (mut scratch, mut taken, mut all) = (Scratch::new(), 0, 0);
    let mut random = 1;
    let recorded = recording.iter().filter(|record| record.direction == Direction::In).map(|record| record.payload);
    let more = ways.more.iter().map(|frame| frame.as_bytes()).flat_map(|frame| [frame; 8]);
    for frame in recorded.chain(more) {
        let is_fast = one(&mut ways, &mut grids, frame, &mut scratch);
        if frame.windows(word.len()).any(|window| window == word) {
            all += 1;
            taken += usize::from(is_fast);
        }
        for _ in 0..CHANGES {
            let changed = changed(frame, &mut random);
            one(&mut ways, &mut grids, &changed, &mut scratch);
        }
    }
    Some((taken, all))
}

/// One frame both ways; whether the fast way took it.
fn one<F, G>(ways: &mut Ways<'_, F, G>, grids: &mut Grids, frame: &[u8], scratch: &mut Scratch) -> bool
where
    F: FnMut(&mut RunGrids, &[u8], &mut Scratch) -> Option<Decoded>,
    G: FnMut(&mut Grids, &[u8], &mut Scratch) -> Result<Decoded, FrameError>,
{
    let Grids::Run(run) = grids else { panic!("made for a run") };
    scratch.clear();
    let Some(decoded) = (ways.fast)(run, frame, scratch) else { return false };
    let fast = (Ok(decoded), inside(&decoded, scratch));
    let decoded = (ways.general)(grids, frame, scratch);
    let general = (decoded, decoded.map(|decoded| inside(&decoded, scratch)).unwrap_or_default());
    assert_eq!(fast, general, "{}", String::from_utf8_lossy(frame));
    true
}

/// What of a message is in the scratch: levels with their numbers, events.
fn inside(decoded: &Decoded, scratch: &Scratch) -> (Vec<(Level, Option<u64>)>, Vec<Decoded>) {
    match decoded {
        Decoded::Book(book) => {
            let rows = [scratch.bids.rows(book.bids), scratch.asks.rows(book.asks)];
            let row_ids = |rows: crate::decoded::Rows<'_>, at: usize| rows.row_ids.get(at).copied();
            let levels = rows
                .iter()
                .flat_map(|rows| rows.levels.iter().enumerate().map(move |(at, level)| (*level, row_ids(*rows, at))));
            (levels.collect(), Vec::new())
        }
        Decoded::Many => (Vec::new(), scratch.many().to_vec()),
        _ => (Vec::new(), Vec::new()),
    }
}

/// The frame with one to three bytes changed, left out, put in, or cut.
fn changed(frame: &[u8], random: &mut u64) -> Vec<u8> {
    let mut next = |below: usize| {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*random >> 33) as usize % below.max(1)
    };
    let mut bytes = frame.to_vec();
    for _ in 0..=next(3) {
        let (at, byte) = (next(bytes.len()), b"0123456789.-\",:[]{}e \\\xff"[next(23)]);
        match next(8) {
            _ if bytes.is_empty() => {}
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, byte),
            2 => bytes.truncate(at),
            3 => bytes.swap(at, at / 2),
            _ => bytes[at] = byte,
        }
    }
    bytes
}
