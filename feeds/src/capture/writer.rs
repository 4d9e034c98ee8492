//! The thread behind a recorder: records into lines, lines into compressed blocks, blocks into files that follow each other.
//!
//! A block is a whole zstandard frame of its own, written in one go about each second: whatever kills the process, a file is
//! readable up to its last block. Files are named by the time of their first record and never opened twice.
//!
//! Never: makes the feed wait. When the system refuses a write, the thread says so, goes on emptying the ring, and writes
//! nothing more: half a record would spoil the file behind it.

use super::recorder::{Head, Kind, RecorderGauges, RecorderSettings};
use engine_ring::byte_ring::ByteReader;
use engine_ring::flag::StopFlag;
use serde::Serialize;
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of lines that make a block.
const BLOCK_BYTES: usize = 4 << 20;
/// A block is written after that time, however small.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How long the thread sleeps when nothing waits: the ring has room for far more.
const NAP: Duration = Duration::from_millis(1);
/// Market data shrinks to a tenth; higher levels cost several times as much for little more.
const LEVEL: i32 = 1;

/// A line of the container.
#[derive(Serialize)]
struct Line<'a> {
    ts: u64,
    ch: &'a str,
    dir: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
}

/// What the thread works with.
pub(super) struct Writer {
    settings: RecorderSettings,
    ring: ByteReader,
    gauges: Arc<RecorderGauges>,
    finishing: StopFlag,
    compressor: zstd::bulk::Compressor<'static>,
    file: Option<Growing>,
    files: Vec<PathBuf>,
    /// Lines of the next block.
    block: Vec<u8>,
    /// Records in it, and the times of the first and the last.
    records: u64,
    first_at_ns: u64,
    last_at_ns: u64,
    flushed_at: Instant,
    /// Dropped records of which the file has told.
    told_dropped: u64,
    /// By line.
    names: Vec<String>,
}

/// The file that is written to.
struct Growing {
    file: File,
    bytes: u64,
    first_at_ns: u64,
}

impl Writer {
    /// Makes the folder and the first file.
    pub(super) fn begin(
        settings: RecorderSettings,
        ring: ByteReader,
        gauges: Arc<RecorderGauges>,
        finishing: StopFlag,
        now_ns: u64,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(&settings.folder)?;
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        let mut writer = Self {
            settings,
            ring,
            gauges,
            finishing,
            compressor,
            file: None,
            files: Vec::new(),
            block: Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4),
            records: 0,
            first_at_ns: now_ns,
            last_at_ns: now_ns,
            flushed_at: Instant::now(),
            told_dropped: 0,
            names: Vec::new(),
        };
        writer.open()?;
        Ok(writer)
    }

    /// Until it is told to finish, or the feed's end is gone; the files.
    pub(super) fn run(mut self) -> Vec<PathBuf> {
        let mut record = Vec::new();
        loop {
            // Looked at first: what was handed over before it was raised is taken below.
            let finishing = self.finishing.is_raised();
            while self.ring.take_into(&mut record) {
                let taken = self.take(&record);
                self.judge(taken);
            }
            if finishing || self.ring.is_over() {
                break;
            }
            if self.flushed_at.elapsed() >= FLUSH_EVERY {
                let flushed = self.flush();
                self.judge(flushed);
            }
            std::thread::sleep(NAP);
        }
        let closed = self.tell_dropped().and_then(|()| self.flush()).and_then(|()| self.close());
        self.judge(closed);
        self.files
    }

    fn judge(&self, done: io::Result<()>) {
        if let Err(error) = done {
            self.gauges.fault.get_or_init(|| error.to_string());
        }
    }

    fn take(&mut self, record: &[u8]) -> io::Result<()> {
        if self.gauges.fault().is_some() {
            return Ok(());
        }
        let Some((head, url, payload)) = Head::decode(record) else {
            return Err(io::Error::other("a record of the ring is torn"));
        };
        if self.records == 0 {
            self.first_at_ns = head.at_ns;
        }
        self.last_at_ns = head.at_ns;
        if head.dropped > self.told_dropped {
            self.tell_dropped_up_to(head.dropped)?;
        }
        self.write(&head, url, payload)?;
        self.records += 1;
        if self.block.len() >= BLOCK_BYTES { self.flush() } else { Ok(()) }
    }

    fn write(&mut self, head: &Head, url: &[u8], payload: &[u8]) -> io::Result<()> {
        let line = head.line as usize;
        while self.names.len() <= line {
            self.names.push(format!("ws{}", self.names.len()));
        }
        let raw = String::from_utf8_lossy(payload);
        self.gauges.writer.replaced.add(u64::from(matches!(raw, Cow::Owned(_))));
        let (dir, ch) = match head.kind {
            Kind::Frame => ("in", self.names[line].as_str()),
            Kind::Answer => ("rest", "rest"),
            Kind::Open => ("conn", self.names[line].as_str()),
        };
        let url = (!url.is_empty()).then(|| String::from_utf8_lossy(url));
        let raw = (head.kind != Kind::Open).then_some(raw);
        append(&mut self.block, &Line { ts: head.at_ns, ch, dir, url, raw })
    }

    /// What was dropped behind the last record.
    fn tell_dropped(&mut self) -> io::Result<()> {
        match self.gauges.tap.dropped.get() {
            dropped if dropped > self.told_dropped => self.tell_dropped_up_to(dropped),
            _ => Ok(()),
        }
    }

    /// A reader that knows nothing of such lines passes over them; a person finds the place.
    fn tell_dropped_up_to(&mut self, dropped: u64) -> io::Result<()> {
        let raw = Some(format!("{} records were dropped here", dropped - self.told_dropped).into());
        self.told_dropped = dropped;
        append(&mut self.block, &Line { ts: self.last_at_ns, ch: "recorder", dir: "dropped", url: None, raw })
    }

    /// Writes the block; begins another file first, or ends this one afterwards, where that is due.
    fn flush(&mut self) -> io::Result<()> {
        self.flushed_at = Instant::now();
        if self.block.is_empty() || self.gauges.fault().is_some() {
            return Ok(());
        }
        let compressed = self.compressor.compress(&self.block)?;
        if self.file.is_none() {
            self.open()?;
        }
        let Some(growing) = &mut self.file else { return Ok(()) };
        if let Err(error) = growing.file.write_all(&compressed) {
            // A part of a block would make the whole file unreadable. Where that cannot be undone, the error tells enough.
            let _ = growing.file.set_len(growing.bytes);
            return Err(error);
        }
        growing.bytes += compressed.len() as u64;
        let span_ns = self.last_at_ns.saturating_sub(growing.first_at_ns);
        let is_full = growing.bytes >= self.settings.file_bytes_max || span_ns >= self.settings.file_ns_max;
        let counts = &self.gauges.writer;
        counts.bytes.add(compressed.len() as u64);
        counts.written.add(self.records);
        self.records = 0;
        self.block.clear();
        if is_full { self.close() } else { Ok(()) }
    }

    fn open(&mut self) -> io::Result<()> {
        let stamp = (self.settings.stamp)(self.first_at_ns);
        // The number keeps two files of one moment apart.
        let name = format!("{}-{stamp}-{:04}.ndjson.zst", self.settings.name, self.files.len());
        let path = self.settings.folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        self.file = Some(Growing { file, bytes: 0, first_at_ns: self.first_at_ns });
        self.files.push(path);
        self.gauges.writer.files.add(1);
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |growing| growing.file.sync_all())
    }
}

fn append(block: &mut Vec<u8>, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *block, line)?;
    block.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_ring::byte_ring::byte_ring;

    #[test]
    fn a_full_disk_is_told_and_the_ring_is_emptied_all_the_same() {
        let folder = std::env::temp_dir().join(format!("ringside-full-{}", std::process::id()));
        let stamp = |at_ns: u64| at_ns.to_string();
        let settings = RecorderSettings::new(folder.clone(), "venue".into(), stamp, String::new());
        let (mut ring, reader) = byte_ring(1 << 16);
        let (gauges, finishing) = (Arc::<RecorderGauges>::default(), StopFlag::new());
        let mut writer = Writer::begin(settings, reader, Arc::clone(&gauges), finishing, 0).expect("a folder");
        // Opens like any file, and answers every write with "no space left on device".
        let file = OpenOptions::new().write(true).open("/dev/full").expect("every Linux has it");
        writer.file = Some(Growing { file, bytes: 0, first_at_ns: 0 });
        let writing = std::thread::spawn(move || writer.run());
        let head = [0; 25];
        while gauges.fault().is_none() {
            // Full for a moment on a machine that is busy elsewhere: the next one finds room.
            let _ = ring.try_push(&[&head, b"frame"]);
            std::thread::sleep(NAP);
        }
        while ring.used() > 0 {
            std::thread::yield_now();
        }
        drop(ring);
        writing.join().expect("no panic");
        assert!(gauges.fault().is_some_and(|fault| fault.contains("No space left")), "{:?}", gauges.fault());
        assert_eq!((gauges.writer.written.get(), gauges.writer.bytes.get()), (0, 0));
        // What cannot be removed lies where the system tidies up.
        let _ = std::fs::remove_dir_all(folder);
    }
}
