//! The recorder: a copy of what a feed is given, in the order in which its session sees it, on its way to capture files.
//!
//! Two halves. The [`Tap`] belongs to the feed: it copies bytes into a ring that was allocated before, and goes on. The
//! [`Recorder`] belongs to whoever started it: behind it a thread of its own formats, compresses and writes
//! ([`super::writer`]).
//!
//! Owns: what a record is between the two, and the counts. A record that finds the ring full is not written, and never in
//! silence: it is counted, and the file says where.
//! Never: a wait, an allocation or a call into the system on the feed's thread; what the bytes mean.

use super::writer::Writer;
use engine_ring::byte_ring::{ByteWriter, byte_ring};
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::flag::StopFlag;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

/// Where a recording goes, and how much of it into one file.
#[derive(Clone, Debug)]
pub struct RecorderSettings {
    /// The folder; made if it is not there.
    pub folder: PathBuf,
    /// What the names of its files begin with: a venue.
    pub name: String,
    /// What comes next in them, from the time of a file's first record: must sort as the time does.
    pub stamp: fn(u64) -> String,
    /// What the paths of REST answers begin with.
    pub rest_url: String,
    /// Bytes that may wait for the writing thread, a power of two.
    pub ring_bytes: usize,
    /// A file is followed by another once it has that many bytes, compressed.
    pub file_bytes_max: u64,
    /// Or once it spans that much time.
    pub file_ns_max: u64,
}

impl RecorderSettings {
    /// 32 MiB of room: 1.6 s of 100,000 messages of 200 bytes, and any REST answer. A file an hour, or 256 MiB of it.
    #[must_use]
    pub fn new(folder: PathBuf, name: String, stamp: fn(u64) -> String, rest_url: String) -> Self {
        let (ring_bytes, file_bytes_max, file_ns_max) = (32 << 20, 256 << 20, 3_600_000_000_000);
        Self { folder, name, stamp, rest_url, ring_bytes, file_bytes_max, file_ns_max }
    }
}

/// What the feed's side counts.
#[derive(Debug, Default)]
pub struct TapCounts {
    /// Records handed over.
    pub records: Counter,
    /// Records that found no room.
    pub dropped: Counter,
    /// Most bytes that waited at once.
    pub waiting_max: Counter,
}

/// What the writing thread counts.
#[derive(Debug, Default)]
pub struct WriterCounts {
    /// Records that the system has.
    pub written: Counter,
    /// Bytes that the system has, compressed.
    pub bytes: Counter,
    /// Files begun.
    pub files: Counter,
    /// Records whose bytes are no UTF-8, which the container cannot hold: written with replacements.
    pub replaced: Counter,
}

/// How a recording is doing: each group has one writer, anybody reads.
#[derive(Debug, Default)]
pub struct RecorderGauges {
    /// The feed's side.
    pub tap: CachePadded<TapCounts>,
    /// The thread's side.
    pub writer: CachePadded<WriterCounts>,
    pub(super) fault: OnceLock<String>,
}

impl RecorderGauges {
    /// What the system said when writing failed, if it did: nothing is written from then on.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// Records that were handed over or dropped and that no file has. Some may be under way before the end.
    #[must_use]
    pub fn missing(&self) -> u64 {
        let came = self.tap.records.get() + self.tap.dropped.get();
        came.saturating_sub(self.writer.written.get())
    }
}

/// What a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Frame = 0,
    Answer = 1,
    Open = 2,
}

/// What stands before the bytes of a record in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) line: u32,
    pub(super) at_ns: u64,
    /// Records dropped before this one.
    pub(super) dropped: u64,
    /// How many of the bytes are the URL.
    pub(super) url_bytes: u32,
}

/// Bytes of a head.
const HEAD_BYTES: usize = 25;

impl Head {
    fn encode(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        bytes[0] = self.kind as u8;
        bytes[1..5].copy_from_slice(&self.line.to_le_bytes());
        bytes[5..13].copy_from_slice(&self.at_ns.to_le_bytes());
        bytes[13..21].copy_from_slice(&self.dropped.to_le_bytes());
        bytes[21..].copy_from_slice(&self.url_bytes.to_le_bytes());
        bytes
    }

    /// A head, and what follows it: the URL, the payload. `None` of what [`Tap`] never pushes.
    pub(super) fn decode(record: &[u8]) -> Option<(Self, &[u8], &[u8])> {
        let (head, rest) = record.split_first_chunk::<HEAD_BYTES>()?;
        let kind = [Kind::Frame, Kind::Answer, Kind::Open].into_iter().find(|kind| *kind as u8 == head[0])?;
        let word = |at: usize| head[at..].first_chunk().copied().map(u32::from_le_bytes);
        let long = |at: usize| head[at..].first_chunk().copied().map(u64::from_le_bytes);
        let head = Self { kind, line: word(1)?, at_ns: long(5)?, dropped: long(13)?, url_bytes: word(21)? };
        let (url, payload) = rest.split_at_checked(head.url_bytes as usize)?;
        Some((head, url, payload))
    }
}

/// The feed's end.
#[derive(Debug)]
pub struct Tap {
    ring: ByteWriter,
    rest_url: Box<str>,
    gauges: Arc<RecorderGauges>,
}

impl Tap {
    /// A frame of a line.
    #[inline]
    pub fn frame(&mut self, line: u32, at_ns: u64, frame: &[u8]) {
        self.push(Kind::Frame, line, at_ns, ["", ""], frame);
    }

    /// The answer to a question of that path and query.
    pub fn answer(&mut self, path: &str, at_ns: u64, body: &[u8]) {
        let rest_url = std::mem::take(&mut self.rest_url);
        self.push(Kind::Answer, 0, at_ns, [&rest_url, path], body);
        self.rest_url = rest_url;
    }

    /// What comes by that line from now on begins anew.
    pub fn opened(&mut self, line: u32, at_ns: u64, url: &str) {
        self.push(Kind::Open, line, at_ns, [url, ""], &[]);
    }

    /// Whether more than half of the ring is taken: who need not go on could wait.
    #[cfg(test)]
    pub(super) fn ring_is_busy(&self) -> bool {
        self.ring.used() > self.ring.capacity() / 2
    }

    #[inline]
    fn push(&mut self, kind: Kind, line: u32, at_ns: u64, url: [&str; 2], payload: &[u8]) {
        let counts = &self.gauges.tap;
        let url_bytes = url.iter().map(|part| part.len()).sum::<usize>() as u32;
        let head = Head { kind, line, at_ns, dropped: counts.dropped.get(), url_bytes };
        match self.ring.try_push(&[&head.encode(), url[0].as_bytes(), url[1].as_bytes(), payload]) {
            Ok(()) => {
                counts.records.add(1);
                counts.waiting_max.raise_to(self.ring.used());
            }
            Err(_) => counts.dropped.add(1),
        }
    }
}

/// The other end: a thread that writes, until [`Recorder::finish`].
#[derive(Debug)]
pub struct Recorder {
    gauges: Arc<RecorderGauges>,
    finishing: StopFlag,
    thread: JoinHandle<Vec<PathBuf>>,
}

/// Begins a recording: the folder and its first file are there when this returns.
///
/// # Errors
/// What the system says.
pub fn record(settings: RecorderSettings, now_ns: u64) -> io::Result<(Tap, Recorder)> {
    let gauges = Arc::new(RecorderGauges::default());
    let (ring, reader) = byte_ring(settings.ring_bytes);
    let finishing = StopFlag::new();
    let rest_url = settings.rest_url.clone().into();
    let thread_name = format!("rec-{}", settings.name);
    let writer = Writer::begin(settings, reader, Arc::clone(&gauges), finishing.clone(), now_ns)?;
    let thread = std::thread::Builder::new().name(thread_name).spawn(move || writer.run())?;
    Ok((Tap { ring, rest_url, gauges: Arc::clone(&gauges) }, Recorder { gauges, finishing, thread }))
}

impl Recorder {
    /// How it is doing.
    #[must_use]
    pub fn gauges(&self) -> Arc<RecorderGauges> {
        Arc::clone(&self.gauges)
    }

    /// Writes what was handed over so far and ends; the files, oldest first. What a tap hands over afterwards is dropped.
    #[must_use]
    pub fn finish(self) -> Vec<PathBuf> {
        self.finishing.raise();
        self.thread.join().unwrap_or_else(|_| {
            self.gauges.fault.get_or_init(|| "the writing thread panicked".to_owned());
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_comes_back_as_it_went() {
        for kind in [Kind::Frame, Kind::Answer, Kind::Open] {
            let head = Head { kind, line: 0x0102_0304, at_ns: u64::MAX - 7, dropped: 1 << 40, url_bytes: 3 };
            let record = [&head.encode()[..], b"urlpayload"].concat();
            assert_eq!(Head::decode(&record), Some((head, &b"url"[..], &b"payload"[..])));
            assert_eq!(Head::decode(&record[..HEAD_BYTES + 2]), None);
        }
        assert_eq!(Head::decode(&[9; HEAD_BYTES]), None);
    }
}
