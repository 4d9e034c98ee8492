//! A journal's copy elsewhere, byte for byte, as its bytes come.
//!
//! Owns the files of the copy. What comes is proved like what is read from a disk before a byte of it is written: checksum,
//! chain, sequence; and a mark is written when what stands before it is on *this* disk, too. So the copy is a journal like
//! any other, whenever it is cut off.
//! Never: fills a hole, or begins anywhere but where it ended.

use super::disk::segment_name;
use super::format::{Damage, HEAD_BYTES, Head, MARK, PROLOGUE_BYTES, Prologue, has_marks};
use super::reader::{Cursor, Fault, Reader};
use super::trail::Trail;
use engine_model::planted::planted;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Bytes without a mark at most: as many as one group of the writer can be.
const PENDING_MAX: usize = 64 << 20;

/// Bytes of a journal, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Number of the segment.
    pub segment: u32,
    /// In its file.
    pub offset: u64,
    /// Of its file, room that was set aside included.
    pub length: u64,
    /// As they stand there.
    pub bytes: &'a [u8],
    /// Their writer is gone: no mark will come behind them.
    pub is_last: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Mirror {
    folder: PathBuf,
    epoch: u32,
    prologue: Option<(Prologue, bool)>,
    /// Behind what is written.
    at: Cursor,
    /// What came behind that and no mark stands behind.
    pending: Vec<u8>,
    file: Option<File>,
}

impl Mirror {
    /// Of the run of that number, in a folder which may hold the beginning of its copy.
    ///
    /// # Errors
    /// What the system says; what is wrong with the copy.
    pub fn open(folder: &Path, epoch: u32) -> io::Result<Result<Self, Fault>> {
        std::fs::create_dir_all(folder)?;
        let (folder, pending) = (folder.to_owned(), Vec::new());
        let mut mirror = Self { folder, epoch, prologue: None, at: Cursor::default(), pending, file: None };
        let first = mirror.first();
        if !first.exists() {
            return Ok(Ok(mirror));
        }
        let mut trail = match Trail::open(&first)? {
            Ok(Some(trail)) => trail,
            Ok(None) => return Ok(Ok(mirror)),
            Err(fault) => return Ok(Err(fault)),
        };
        loop {
            match trail.read()? {
                Ok(true) => trail.skip_entries(),
                Ok(false) => break,
                Err(fault) => return Ok(Err(fault)),
            }
        }
        mirror.at = trail.proven();
        mirror.prologue = Some((*trail.prologue(), true));
        // What was cut off within a group comes once more.
        let file = OpenOptions::new().write(true).open(mirror.path())?;
        let length = file.metadata()?.len();
        file.set_len(mirror.at.offset)?;
        file.set_len(length.max(mirror.at.offset))?;
        mirror.file = Some(file);
        Ok(Ok(mirror))
    }

    /// The first file of the copy.
    #[must_use]
    pub fn first(&self) -> PathBuf {
        self.folder.join(segment_name(self.epoch, 0))
    }

    fn path(&self) -> PathBuf {
        self.folder.join(segment_name(self.epoch, self.at.segment))
    }

    /// From where its bytes are wanted: behind what is on the disk.
    #[must_use]
    pub fn at(&self) -> Cursor {
        self.at
    }

    /// Takes the next bytes, and writes what can be believed of them.
    ///
    /// # Errors
    /// What the disk says; what is wrong with them. Nothing of them is written then.
    pub fn take(&mut self, chunk: &Chunk<'_>) -> io::Result<Result<(), Fault>> {
        let Chunk { segment, offset, length, bytes, is_last } = *chunk;
        let end = self.at.offset + self.pending.len() as u64;
        let is_next = (segment, offset) == (self.at.segment + 1, 0) && self.pending.is_empty();
        if is_next && self.at.offset > 0 {
            self.turn()?;
        } else if (segment, offset) != (self.at.segment, end) {
            return Ok(Err(Fault { segment, offset, damage: Damage::Foreign { found: segment } }));
        }
        if self.pending.len() + bytes.len() > PENDING_MAX {
            return Ok(Err(Fault { segment, offset, damage: Damage::Torn }));
        }
        self.pending.extend_from_slice(bytes);
        let begun = match self.begun() {
            Ok(Some(begun)) => begun,
            Ok(None) => return Ok(Ok(())),
            Err(damage) => return Ok(Err(Fault { segment, offset: 0, damage })),
        };
        let end = match self.proved(begun, is_last) {
            Ok(end) => end,
            Err(fault) => return Ok(Err(fault)),
        };
        self.write(end)?;
        self.set_length(length)?;
        Ok(Ok(()))
    }

    /// Where the records begin of what is pending; `None`: not even the prologue is whole.
    fn begun(&mut self) -> Result<Option<Cursor>, Damage> {
        if self.at.offset > 0 {
            return Ok(Some(self.at));
        }
        let Some(head) = self.pending.get(..PROLOGUE_BYTES) else { return Ok(None) };
        let (prologue, place, crc) = Prologue::decode(head)?;
        let is_of_run = match self.prologue {
            Some((known, _)) if self.at.segment > 0 => prologue == known,
            _ => prologue.epoch == self.epoch,
        };
        if !is_of_run || place.segment != self.at.segment {
            return Err(Damage::Foreign { found: place.segment });
        }
        if place.first_sequence != self.at.sequence {
            return Err(Damage::Sequence { found: place.first_sequence, expected: self.at.sequence });
        }
        self.prologue = Some((prologue, has_marks(head)));
        let previous = if self.at.segment == 0 { crc } else { self.at.previous };
        Ok(Some(Cursor { offset: PROLOGUE_BYTES as u64, previous, ..self.at }))
    }

    /// How far what is pending can be believed.
    fn proved(&self, begun: Cursor, is_last: bool) -> Result<Cursor, Fault> {
        let Some((prologue, has_marks)) = self.prologue else { return Ok(self.at) };
        let window = &self.pending[(begun.offset - self.at.offset) as usize..];
        let mut reader = Reader::over_window(window, None, (begun, begun.sequence), prologue, has_marks);
        for entry in &mut reader {
            match entry {
                Ok(_) | Err(Fault { damage: Damage::Torn, .. }) => {}
                Err(_) if planted("standby/bytes-not-proved") => {}
                Err(fault) => return Err(fault),
            }
        }
        let end = if is_last { reader.cursor() } else { reader.proven() };
        if planted("standby/bytes-not-proved") {
            return Ok(Cursor { offset: self.at.offset + self.pending.len() as u64, ..end });
        }
        Ok(end)
    }

    /// Writes up to there: first without the marks, and those when the rest is on the disk.
    fn write(&mut self, end: Cursor) -> io::Result<()> {
        let (at, count) = (self.at.offset, (end.offset - self.at.offset) as usize);
        if count == 0 {
            return Ok(());
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let path = self.path();
                let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
                File::open(&self.folder)?.sync_all()?;
                file
            }
        };
        let mut bytes: Vec<u8> = self.pending.drain(..count).collect();
        let marks = marks(&bytes, if at == 0 { PROLOGUE_BYTES } else { 0 });
        let whole: Vec<[u8; HEAD_BYTES]> = marks
            .iter()
            .map(|mark| {
                std::mem::replace(bytes[*mark..].first_chunk_mut().unwrap_or(&mut [0; HEAD_BYTES]), [0; HEAD_BYTES])
            })
            .collect();
        file.write_all_at(&bytes, at)?;
        file.sync_data()?;
        for (mark, bytes) in marks.iter().zip(whole) {
            file.write_all_at(&bytes, at + *mark as u64)?;
        }
        (self.at, self.file) = (end, Some(file));
        Ok(())
    }

    /// As much room as the writer has; what came and is not written yet lies within it.
    fn set_length(&mut self, length: u64) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let wanted = length.max(self.at.offset);
        if file.metadata()?.len() == wanted { Ok(()) } else { file.set_len(wanted) }
    }

    /// Goes on in the next segment: nothing comes behind what this one holds.
    fn turn(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.set_len(self.at.offset)?;
            file.sync_all()?;
        }
        self.at = Cursor { segment: self.at.segment + 1, offset: 0, ..self.at };
        Ok(())
    }
}

/// Where marks stand among whole records.
fn marks(bytes: &[u8], from: usize) -> Vec<usize> {
    let (mut marks, mut at) = (Vec::new(), from);
    while let Some(head) = bytes.get(at..).and_then(|rest| rest.first_chunk()).map(Head::decode) {
        if head.kind == MARK {
            marks.push(at);
        }
        at += HEAD_BYTES + head.length as usize;
    }
    marks
}

#[cfg(test)]
#[path = "mirror_tests.rs"]
mod tests;
