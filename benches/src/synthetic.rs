//! Frames made up from a seed, in the venue's real shape: a book of USD-M futures whose middle wanders, one depth frame of
//! five bids and five asks after the other, with quotes and trades between them where a stream is wanted.
//!
//! Owns: [`DepthFrames`], which can be drawn for ever without allocating. Never: a book (each frame is a valid delta by
//! construction: what the middle passes over is deleted in the same frame).

use crate::error::BenchError;
use crate::random::Random;
use feeds::capture::Recording;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

/// The symbol.
pub const SYMBOL: &str = "BTCUSDT";
/// Frames before they repeat, with other sequence numbers.
const PATTERNS: usize = 512;
/// Levels of each side in a frame.
const LEVELS: i64 = 5;
/// Levels of each side in the snapshot: about what hangs around a real top.
const DEPTH: i64 = 500;
/// The middle at the start, in tenths; it comes back to it after all patterns.
const MIDDLE: i64 = 600_000;
/// Update ids in a frame; ids have thirteen digits, as the venue's.
const IDS: u64 = 5_012;
const FIRST_ID: u64 = 5_123_107_832_006;
const FIRST_MS: u64 = 1_723_161_255_000;

/// Depth frames without end.
#[derive(Clone, Debug)]
pub struct DepthFrames {
    patterns: Vec<Pattern>,
    next: usize,
    last_id: u64,
    ms: u64,
}

/// A frame and where its numbers stand.
#[derive(Clone, Debug)]
struct Pattern {
    bytes: Vec<u8>,
    times: [usize; 2],
    first_id: usize,
    last_id: usize,
    previous_id: usize,
}

impl DepthFrames {
    /// The frames of that seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut middle = MIDDLE;
        let patterns = (0..PATTERNS).map(|at| {
            // Up in the first half, down in the second, so that the last pattern leads to the first.
            let step = if at < PATTERNS / 2 { 1 } else { -1 };
            middle += step;
            pattern(&mut random, middle, step)
        });
        Self { patterns: patterns.collect(), next: 0, last_id: FIRST_ID, ms: FIRST_MS }
    }

    /// The REST snapshot that the first frame continues.
    #[must_use]
    pub fn snapshot(&self) -> String {
        let side = |sign: i64| {
            let levels = (1..=DEPTH).map(|level| [price(MIDDLE + sign * level), "0.500".to_owned()]);
            levels.collect::<Vec<_>>()
        };
        json!({"lastUpdateId": FIRST_ID, "bids": side(-1), "asks": side(1)}).to_string()
    }

    /// The URL that a recorder would have asked for the snapshot.
    #[must_use]
    pub fn snapshot_url() -> String {
        format!("/fapi/v1/depth?symbol={SYMBOL}&limit=1000")
    }

    /// The next frame. Valid until the call after.
    #[inline]
    pub fn next_frame(&mut self) -> &[u8] {
        let pattern = &mut self.patterns[self.next];
        self.next = (self.next + 1) % PATTERNS;
        self.ms += 1;
        pattern.times.iter().for_each(|&at| put(&mut pattern.bytes, at, self.ms));
        put(&mut pattern.bytes, pattern.first_id, self.last_id + 1);
        put(&mut pattern.bytes, pattern.previous_id, self.last_id);
        self.last_id += IDS;
        put(&mut pattern.bytes, pattern.last_id, self.last_id);
        &pattern.bytes
    }

    /// Bytes of a frame, on average.
    #[must_use]
    pub fn bytes_mean(&self) -> usize {
        self.patterns.iter().map(|pattern| pattern.bytes.len()).sum::<usize>() / PATTERNS
    }
}

/// The frame that leaves the book around `middle`, which has just moved by `step`.
fn pattern(random: &mut Random, middle: i64, step: i64) -> Pattern {
    let mut text = String::from("{\"e\":\"depthUpdate\",\"E\":");
    let number = |text: &mut String, digits: u64| {
        let at = text.len();
        // A string takes whatever is written to it.
        let _ = write!(text, "{digits}");
        at
    };
    let event_time = number(&mut text, FIRST_MS);
    text += ",\"T\":";
    let times = [event_time, number(&mut text, FIRST_MS)];
    text += &format!(",\"s\":\"{SYMBOL}\",\"U\":");
    let first_id = number(&mut text, FIRST_ID);
    text += ",\"u\":";
    let last_id = number(&mut text, FIRST_ID);
    text += ",\"pu\":";
    let previous_id = number(&mut text, FIRST_ID);
    // What stands where the middle is now, or was before, is passed over: one level of one side.
    let bids = side(random, middle, -1, (step < 0).then_some(middle));
    let asks = side(random, middle, 1, (step > 0).then_some(middle));
    text += &format!(",\"b\":[{bids}],\"a\":[{asks}]}}");
    Pattern { bytes: text.into_bytes(), times, first_id, last_id, previous_id }
}

/// Five levels of a side, best first, one of which may be a deletion.
fn side(random: &mut Random, middle: i64, sign: i64, gone: Option<i64>) -> String {
    let mut levels: Vec<String> = gone.iter().map(|px| format!("[\"{}\",\"0.000\"]", price(*px))).collect();
    for level in 1..=LEVELS - levels.len() as i64 {
        let lots = 1 + random.below(40_000);
        levels.push(format!("[\"{}\",\"{}.{:03}\"]", price(middle + sign * level), lots / 1_000, lots % 1_000));
    }
    levels.join(",")
}

/// With two decimals, though the grid has one: as the venue sends them.
fn price(tenths: i64) -> String {
    format!("{}.{}0", tenths / 10, tenths % 10)
}

/// Writes `number` over digits that are as many.
#[inline]
fn put(bytes: &mut [u8], at: usize, mut number: u64) {
    let mut end = at;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    for digit in bytes[at..end].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Messages of a made-up stream.
const MESSAGES: usize = 100_000;

/// A recording in the mixture of a real one: of a hundred frames 7 are depth, 70 quotes, 23 trades.
pub fn recording(seed: u64) -> Result<Recording, BenchError> {
    let mut random = Random::new(seed);
    let mut depth = DepthFrames::new(seed);
    let mut lines = String::new();
    let mut at_ns = FIRST_MS * 1_000_000;
    let mut line = |direction: &str, url: Option<String>, raw: &str, lines: &mut String| {
        at_ns += 3_500_000;
        let line = json!({"ts": at_ns, "ch": "made-up", "dir": direction, "url": url, "raw": raw});
        let _ = writeln!(lines, "{line}");
    };
    line("rest", Some(DepthFrames::snapshot_url()), &depth.snapshot(), &mut lines);
    for number in 0..MESSAGES {
        let raw = match random.below(100) {
            0..7 => String::from_utf8_lossy(depth.next_frame()).into_owned(),
            7..77 => quote(&mut random, number),
            _ => trade(&mut random, number),
        };
        line("in", None, &raw, &mut lines);
    }
    let mut recording = Recording::default();
    recording.append(Path::new("made-up"), lines.as_bytes())?;
    Ok(recording)
}

fn quote(random: &mut Random, number: usize) -> String {
    let (px, lots, ms) = (MIDDLE + random.below(200) as i64, 1 + random.below(999), FIRST_MS + number as u64);
    let (bid, ask, id) = (price(px), price(px + 1), FIRST_ID + number as u64);
    format!(
        "{{\"e\":\"bookTicker\",\"u\":{id},\"s\":\"{SYMBOL}\",\"b\":\"{bid}\",\"B\":\"0.{lots:03}\",\"a\":\"{ask}\",\"A\":\"1.{lots:03}\",\"T\":{ms},\"E\":{ms}}}"
    )
}

fn trade(random: &mut Random, number: usize) -> String {
    let (px, lots, ms) = (price(MIDDLE + random.below(200) as i64), 1 + random.below(999), FIRST_MS + number as u64);
    let maker = random.happens(50);
    format!(
        "{{\"e\":\"trade\",\"E\":{ms},\"T\":{ms},\"s\":\"{SYMBOL}\",\"t\":{},\"p\":\"{px}\",\"q\":\"0.{lots:03}\",\"X\":\"MARKET\",\"m\":{maker}}}",
        3_725_000_000 + number as u64
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_frames_and_another_seed_others() {
        let frames = |seed| {
            let mut frames = DepthFrames::new(seed);
            (0..3 * PATTERNS).map(|_| frames.next_frame().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(frames(7), frames(7));
        assert_ne!(frames(7), frames(8));
    }

    #[test]
    fn numbers_are_written_over_as_many_digits() {
        let mut bytes = b"\"U\":99999,".to_vec();
        put(&mut bytes, 4, 123);
        assert_eq!(bytes, b"\"U\":00123,");
    }
}
