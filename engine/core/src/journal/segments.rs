//! The segments of one run, as they are written: one after the other, in room that was set aside.
//!
//! Owns where the next byte goes, the marks between groups, and the segment that stands ready. A segment that is half full
//! has the next one made: only that can find the disk full, and half a segment is left for what must still be written
//! (cancels, above all).
//! Never: tries again what failed. The caller stops at the first error.

use super::disk::{Page, segment_name};
use super::format::{HEAD_BYTES, Head, PROLOGUE_BYTES, Place, Prologue};
use super::volume::{Segment, Volume};
use engine_model::planted::planted;
use std::io;

/// Bytes set aside for a segment, where the configuration says nothing else.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// The segments of a run.
#[derive(Debug)]
pub(super) struct Segments {
    volume: Box<dyn Volume>,
    prologue: Prologue,
    segment_bytes: u64,
    file: Box<dyn Segment>,
    number: u32,
    /// Where the next byte goes.
    offset: u64,
    /// Bytes set aside for this one.
    reserved: u64,
    next: Option<Box<dyn Segment>>,
    end: End,
}

/// Behind a record: the sequence of the next one, and the checksum of the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) sequence: u64,
    pub(super) previous: u32,
}

impl Segments {
    /// Begins a journal in its first file, which is empty: its prologue is on the disk when this returns.
    pub(super) fn begin(
        volume: Box<dyn Volume>,
        mut file: Box<dyn Segment>,
        prologue: &Prologue,
        segment_bytes: u64,
    ) -> io::Result<Self> {
        let segment_bytes = segment_bytes.max((PROLOGUE_BYTES + 2 * HEAD_BYTES) as u64);
        let head = prologue.encode();
        file.reserve(segment_bytes)?;
        file.write_at(&head, 0)?;
        file.sync()?;
        let end = End { sequence: 0, previous: crc32c::crc32c(&head[..PROLOGUE_BYTES - 4]) };
        let (offset, reserved, prologue) = (PROLOGUE_BYTES as u64, segment_bytes, *prologue);
        Ok(Self { volume, prologue, segment_bytes, file, number: 0, offset, reserved, next: None, end })
    }

    /// Writes a group and syncs it once; its records are on the disk when this returns.
    pub(super) fn commit(&mut self, group: &[Page]) -> io::Result<()> {
        for page in group.iter().filter(|page| !page.bytes.is_empty()) {
            if self.offset + (page.bytes.len() + HEAD_BYTES) as u64 > self.reserved {
                self.turn(page.bytes.len())?;
            }
            self.file.write_at(&page.bytes, self.offset)?;
            self.offset += page.bytes.len() as u64;
            self.end = page.end;
            if planted("journal/mark-before-its-sync") {
                self.file.write_at(&Head::mark(self.end.sequence, self.end.previous), self.offset)?;
                self.offset += HEAD_BYTES as u64;
            }
        }
        self.sync()
    }

    /// Syncs, and says so to whoever reads this one day. The mark itself goes to the disk with the next group.
    fn sync(&mut self) -> io::Result<()> {
        if !planted("journal/no-sync") {
            self.file.sync()?;
        }
        self.file.write_at(&Head::mark(self.end.sequence, self.end.previous), self.offset)?;
        self.offset += HEAD_BYTES as u64;
        Ok(())
    }

    /// Goes on in the next segment; `bytes` must fit into it.
    fn turn(&mut self, bytes: usize) -> io::Result<()> {
        if !planted("journal/segment-left-unsynced") {
            self.sync()?;
            self.file.truncate(self.offset)?;
        }
        let mut next = match self.next.take() {
            Some(next) => next,
            None => self.made()?,
        };
        let wanted = (PROLOGUE_BYTES + bytes + HEAD_BYTES) as u64;
        self.reserved = self.segment_bytes;
        if wanted > self.reserved {
            next.reserve(wanted)?;
            self.reserved = wanted;
        }
        self.number += 1;
        let place = Place { segment: self.number, first_sequence: self.end.sequence };
        next.write_at(&self.prologue.encode_at(place), 0)?;
        self.file = next;
        self.offset = PROLOGUE_BYTES as u64;
        Ok(())
    }

    /// Whether the next segment is wanted by now.
    pub(super) fn wants_next(&self) -> bool {
        self.next.is_none() && self.offset > self.reserved / 2
    }

    /// Makes the next segment. An error is no end: what is written goes into this one as long as there is room.
    pub(super) fn prepare(&mut self) -> io::Result<()> {
        self.next = Some(self.made()?);
        Ok(())
    }

    fn made(&mut self) -> io::Result<Box<dyn Segment>> {
        let name = segment_name(self.prologue.epoch, self.number + 1);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
        let mut file = self.volume.create(&name).map_err(named)?;
        match file.reserve(self.segment_bytes) {
            Ok(()) => Ok(file),
            Err(error) => {
                drop(file);
                self.volume.remove(&name).map_err(named)?;
                Err(named(error))
            }
        }
    }

    /// The disk that they lie on.
    pub(super) fn volume(&self) -> &dyn Volume {
        &*self.volume
    }

    /// Gives back what was set aside and not needed. All that was written is on the disk when this returns.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.file.truncate(self.offset)?;
        if self.next.take().is_some() {
            self.volume.remove(&segment_name(self.prologue.epoch, self.number + 1))?;
        }
        Ok(())
    }
}
