//! The entries of a journal as they lie on the disk, however long it is: at most two segments are in memory.
//!
//! Owns: which segments are loaded. What is believed of them is [`reader`](super::reader)'s.
//! Never: writes.

use super::format::{Damage, PROLOGUE_BYTES, Prologue, is_unwritten};
use super::reader::{Cursor, Entry, Fault, Reader};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

/// Entries that are read ahead.
const AHEAD: usize = 1_024;

/// An iterator over the entries of one journal; ends after the first fault.
#[derive(Debug)]
pub struct Stream {
    /// By number; `None`: missing.
    files: Vec<Option<PathBuf>>,
    /// Whole where it is read and the one behind that; of later ones the prologue, of earlier ones nothing.
    bytes: Vec<Vec<u8>>,
    /// The first one that is whole.
    whole_from: Option<usize>,
    prologue: Prologue,
    has_marks: bool,
    /// Behind what is in `ahead`.
    end: (Cursor, u64),
    /// With the place behind each, and how much was synced there.
    ahead: VecDeque<(Entry, Cursor, u64)>,
    /// Behind what was given out.
    at: (Cursor, u64),
    /// What comes behind `ahead`, once it is known.
    over: Option<Option<Fault>>,
}

impl Stream {
    /// Reads the first prologue.
    pub(super) fn open(files: Vec<Option<PathBuf>>) -> Result<Self, Fault> {
        let (bytes, ahead) = (vec![Vec::new(); files.len()], VecDeque::with_capacity(AHEAD));
        let (prologue, at) = (Prologue::default(), (Cursor::default(), 0));
        let mut stream =
            Self { files, bytes, whole_from: None, prologue, has_marks: true, end: at, ahead, at, over: None };
        // Of a journal that is read on from its middle no more than that.
        stream.load_prologues()?;
        let reader = Reader::over(stream.bytes.iter().map(Vec::as_slice).collect())?;
        let (prologue, has_marks, cursor) = (*reader.prologue(), reader.has_marks(), reader.cursor());
        (stream.at, stream.end) = ((cursor, 0), (cursor, 0));
        Ok(Self { prologue, has_marks, ..stream })
    }

    /// Reads on from there. What stands before must be what led there; it was synced.
    #[must_use]
    pub fn from(mut self, at: Cursor) -> Self {
        self.ahead.clear();
        (self.at, self.end, self.over) = ((at, at.sequence), (at, at.sequence), None);
        self
    }

    /// Who wrote it.
    #[must_use]
    pub fn prologue(&self) -> &Prologue {
        &self.prologue
    }

    /// Behind what was given out so far.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.at.0
    }

    /// The sequence of the first record that is not known to have been on the disk, as far as marks told by then.
    #[must_use]
    pub fn synced(&self) -> u64 {
        self.at.1
    }

    /// Whole is the first one only where it does not begin like one.
    fn load_prologues(&mut self) -> Result<(), Fault> {
        for number in 0..self.files.len() {
            self.bytes[number] = self.read(number, PROLOGUE_BYTES as u64)?;
        }
        if self.bytes.first().is_some_and(|first| is_unwritten(first)) {
            self.bytes[0] = self.read(0, u64::MAX)?;
        }
        Ok(())
    }

    fn load(&mut self, from: usize) -> Result<(), Fault> {
        let whole = self.whole_from.map_or(0..0, |from| from..from + 2);
        for number in 0..self.files.len() {
            let is_wanted = (from..from + 2).contains(&number);
            if is_wanted && !whole.contains(&number) {
                self.bytes[number] = self.read(number, u64::MAX)?;
            } else if number < from {
                self.bytes[number] = Vec::new();
            }
        }
        self.whole_from = Some(from);
        Ok(())
    }

    fn read(&self, number: usize, most: u64) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let Some(path) = &self.files[number] else { return Ok(bytes) };
        let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
        let segment = u32::try_from(number).unwrap_or(u32::MAX);
        read.map(|_| bytes).map_err(|_: io::Error| Fault { segment, offset: 0, damage: Damage::Unreadable })
    }

    /// Reads ahead; what is there afterwards is in `ahead` and `over`.
    fn refill(&mut self) -> Result<(), Fault> {
        while self.ahead.is_empty() && self.over.is_none() {
            let from = self.end.0.segment as usize;
            self.load(from)?;
            let segments = self.bytes.iter().map(Vec::as_slice).collect();
            let mut reader = Reader::resumed(segments, self.end, self.prologue, self.has_marks);
            let is_here = |reader: &Reader<'_>| reader.cursor().segment as usize == from;
            while self.ahead.len() < AHEAD && is_here(&reader) {
                match reader.next() {
                    Some(Ok(entry)) => self.ahead.push_back((entry, reader.cursor(), reader.synced())),
                    // Behind a segment that held no record stands one that was not loaded.
                    None if !is_here(&reader) => break,
                    Some(Err(fault)) if fault.segment as usize > from + 1 && fault.offset > 0 => break,
                    other => {
                        self.over = Some(other.and_then(Result::err));
                        break;
                    }
                }
            }
            self.end = (reader.cursor(), reader.synced());
        }
        Ok(())
    }
}

impl Iterator for Stream {
    type Item = Result<Entry, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(fault) = self.refill() {
            self.over = Some(None);
            return Some(Err(fault));
        }
        if let Some((entry, cursor, synced)) = self.ahead.pop_front() {
            self.at = (cursor, synced);
            return Some(Ok(entry));
        }
        self.at = self.end;
        self.over.as_mut().and_then(Option::take).map(Err)
    }
}
