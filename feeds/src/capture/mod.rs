//! Recorded bytes: capture v1, written while a feed runs and read whole before a replay begins.
//!
//! Owns: the container (`.ndjson`, plain, gzip or zstandard, `-` for standard input; several files are one stream) and the
//! records in it, in one allocation; and the recorder, which writes it. Never: what the payloads mean.

pub mod feed;
pub mod recorder;
#[cfg(test)]
mod recorder_tests;
mod writer;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest line of a container: a payload of 16 MiB with every byte escaped, and its frame.
const LINE_MAX: u64 = 128 << 20;

/// Why a capture cannot be read.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// The file cannot be opened or read, or does not decompress.
    #[error("cannot read capture {}", file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is no record of capture v1.
    #[error("{}:{line} is not a capture record", file.display())]
    Record {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line is longer than any payload can be.
    #[error("{}:{line} is longer than 128 MiB", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: u64,
    },
}

/// Where a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A frame that a socket received.
    In,
    /// A REST answer.
    Rest,
    /// A socket was opened: not a message.
    Open,
    /// What the recorder sent: not a message.
    Other,
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// When it was received.
    pub received_at_ns: u64,
    /// Where it came from.
    pub direction: Direction,
    /// The socket it came by.
    pub channel: u32,
    /// URL of a REST answer or a socket, where it was kept.
    pub url: Option<&'a str>,
    /// The payload. Binary payloads (`b64`) are empty: no venue that is read here sends any.
    pub payload: &'a [u8],
}

/// A whole stream in memory.
#[derive(Debug, Default)]
pub struct Recording {
    text: String,
    spans: Vec<Span>,
    channels: Vec<String>,
}

#[derive(Clone, Debug)]
struct Span {
    received_at_ns: u64,
    direction: Direction,
    channel: u32,
    url: Option<Range<usize>>,
    payload: Range<usize>,
}

/// A line of the container.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(deserialize_with = "time")]
    ts: u64,
    #[serde(default, borrow)]
    ch: Cow<'a, str>,
    #[serde(borrow)]
    dir: Cow<'a, str>,
    #[serde(default, borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    raw: Cow<'a, str>,
}

/// The time of a record: not beyond what a signed number holds, because what follows is reckoned from it.
fn time<'de, D: Deserializer<'de>>(value: D) -> Result<u64, D::Error> {
    const LATEST: u64 = i64::MAX as u64;
    match u64::deserialize(value)? {
        ts @ 0..=LATEST => Ok(ts),
        ts => Err(D::Error::custom(format_args!("`ts` {ts} is no time in ns, at most {LATEST}"))),
    }
}

impl Recording {
    /// Reads files in the order given, as one stream.
    pub fn read<P: AsRef<Path>>(files: &[P]) -> Result<Self, CaptureError> {
        let mut recording = Self::default();
        for file in files {
            let file = file.as_ref();
            let reader = open(file).map_err(|source| CaptureError::Read { file: file.into(), source })?;
            recording.append(file, reader)?;
        }
        Ok(recording)
    }

    /// Appends the lines of an open container; `name` is what errors call it.
    pub fn append(&mut self, name: &Path, mut reader: impl BufRead) -> Result<(), CaptureError> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut line);
            match read.map_err(|source| CaptureError::Read { file: name.into(), source })? as u64 {
                0 => break,
                LINE_MAX => return Err(CaptureError::Line { file: name.into(), line: number }),
                _ if line.trim_ascii().is_empty() => {}
                _ => {
                    let record = serde_json::from_slice(&line);
                    self.push(&record.map_err(|source| CaptureError::Record {
                        file: name.into(),
                        line: number,
                        source,
                    })?);
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, line: &Line<'_>) {
        let direction = match &*line.dir {
            "in" => Direction::In,
            "rest" => Direction::Rest,
            "conn" => Direction::Open,
            _ => Direction::Other,
        };
        let mut keep = |text: &str| {
            let start = self.text.len();
            self.text.push_str(text);
            start..self.text.len()
        };
        let url = line.url.as_deref().map(&mut keep);
        let payload = keep(&line.raw);
        let known = self.channels.iter().rposition(|channel| *channel == line.ch);
        let channel = known.unwrap_or_else(|| {
            self.channels.push(line.ch.clone().into_owned());
            self.channels.len() - 1
        });
        self.spans.push(Span { received_at_ns: line.ts, direction, channel: channel as u32, url, payload });
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The record at that place.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<Record<'_>> {
        self.spans.get(place).map(|span| Record {
            received_at_ns: span.received_at_ns,
            direction: span.direction,
            channel: span.channel,
            url: span.url.clone().map(|url| &self.text[url]),
            payload: &self.text.as_bytes()[span.payload.clone()],
        })
    }

    /// Every record, in order.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

/// The lines of a file, decompressed by the ending of its name; `-` is standard input.
///
/// # Errors
/// If it cannot be opened.
pub fn open(file: &Path) -> std::io::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let plain = BufReader::new(File::open(file)?);
    Ok(match file.extension().and_then(|ending| ending.to_str()) {
        Some("zst") => Box::new(BufReader::new(zstd::Decoder::with_buffer(plain)?)),
        Some("gz") => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(plain))),
        _ => Box::new(plain),
    })
}
