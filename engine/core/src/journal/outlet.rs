//! The bytes of a journal on their way to a copy: only what its writer has synced, or what it left when it was gone.
//!
//! The files are the queue: whoever is slow reads later, and neither the writer nor its thread ever knows of him.
//!
//! Owns: how far the bytes were given out. Never: gives out a byte that no mark stands behind while the writer lives, so that
//! a copy never knows more than the disk.

use super::format::PROLOGUE_BYTES;
use super::mirror::Chunk;
use super::reader::{Cursor, Fault, Reader};
use super::stored::{segment_path, sync};
use super::trail::{Trail, read_from};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes that are given out at a time.
pub const CHUNK_BYTES: usize = 256 << 10;

/// See the module.
#[derive(Debug)]
pub struct Outlet {
    first: PathBuf,
    trail: Trail,
    segment: u32,
    offset: u64,
    bytes: Vec<u8>,
    /// The writer is gone: what it left whole is all there will be.
    is_left: bool,
    /// That was said.
    is_over: bool,
}

impl Outlet {
    /// Of the journal that begins in that file, from a place that a copy has come to; `None`: there is no such place in it.
    ///
    /// # Errors
    /// What the system says; what is wrong with the journal.
    pub fn open(first: &Path, from: Cursor) -> io::Result<Result<Option<Self>, Fault>> {
        let trail = match Trail::open(first)? {
            Ok(Some(trail)) => trail,
            Ok(None) => return Ok(Ok(None)),
            Err(fault) => return Ok(Err(fault)),
        };
        let trail = if from == Cursor::default() {
            trail
        } else if is_place_of(first, &trail, from)? {
            trail.from(from)
        } else {
            return Ok(Ok(None));
        };
        let (segment, offset, bytes) = (from.segment, from.offset, Vec::with_capacity(CHUNK_BYTES));
        Ok(Ok(Some(Self { first: first.to_owned(), trail, segment, offset, bytes, is_left: false, is_over: false })))
    }

    /// The process that wrote it is gone. What it left without a mark is put on the disk first.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave(&mut self) -> io::Result<()> {
        if !self.is_left {
            sync(&self.first, self.segment)?;
            self.is_left = true;
        }
        Ok(())
    }

    /// The sequence of the first record that may not be given out yet, as far as was read.
    #[must_use]
    pub fn synced(&self) -> u64 {
        self.trail.proven().sequence
    }

    /// Bytes from that place to the last one that may be given out, as far as was read.
    ///
    /// # Errors
    /// What the system says.
    pub fn behind(&self, at: &Cursor) -> io::Result<u64> {
        let end = self.trail.proven();
        let mut whole = 0;
        for segment in at.segment..end.segment {
            whole += std::fs::metadata(segment_path(&self.first, segment))?.len();
        }
        Ok((whole + end.offset).saturating_sub(at.offset))
    }

    /// All has been given out that there will ever be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The next bytes; `None`: there are none now.
    ///
    /// # Errors
    /// What the system says; what is wrong with the journal.
    pub fn take(&mut self) -> io::Result<Result<Option<Chunk<'_>>, Fault>> {
        while !self.is_over {
            let came = match self.trail.read()? {
                Ok(came) => came,
                Err(fault) => return Ok(Err(fault)),
            };
            self.trail.skip_entries();
            let file = File::open(segment_path(&self.first, self.segment))?;
            let length = file.metadata()?.len();
            let end = if self.is_left { self.trail.read_to() } else { self.trail.proven() };
            let is_past = end.segment > self.segment;
            let ready = if is_past { length } else { end.offset }.saturating_sub(self.offset);
            if ready > 0 {
                self.bytes.clear();
                let most = ready.min(CHUNK_BYTES as u64) as usize;
                read_from(&file, self.offset, most, &mut self.bytes)?;
                let (segment, offset) = (self.segment, self.offset);
                self.offset += self.bytes.len() as u64;
                let is_last = self.is_left && !is_past;
                return Ok(Ok(Some(Chunk { segment, offset, length, bytes: &self.bytes, is_last })));
            }
            if is_past {
                (self.segment, self.offset) = (self.segment + 1, 0);
            } else if !came {
                if self.is_left {
                    self.is_over = true;
                    let (segment, offset) = (self.segment, self.offset);
                    return Ok(Ok(Some(Chunk { segment, offset, length, bytes: &[], is_last: true })));
                }
                break;
            }
        }
        Ok(Ok(None))
    }
}

/// Whether a copy of this journal can have come to that place: behind a mark, or behind what its writer left.
fn is_place_of(first: &Path, trail: &Trail, from: Cursor) -> io::Result<bool> {
    let mut bytes = Vec::new();
    match File::open(segment_path(first, from.segment)) {
        Ok(file) => read_from(&file, 0, usize::try_from(from.offset).unwrap_or(usize::MAX), &mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if bytes.len() < PROLOGUE_BYTES {
        return Ok(false);
    }
    let Ok(mut reader) = Reader::last(from.segment, &bytes) else { return Ok(false) };
    let is_whole = reader.by_ref().all(|entry| entry.is_ok());
    let mut at = reader.cursor();
    if from.segment > 0 && bytes.len() == PROLOGUE_BYTES {
        // What stands before its first record is in the segment before; the copy holds that record against it.
        at.previous = from.previous;
    }
    Ok(is_whole && reader.prologue() == trail.prologue() && at == from)
}
