//! A journal that is read while it grows: what came since the last look, and how much of that its writer had synced.
//!
//! Owns: how far it was read. A mark behind a record says that it is on the disk; what no mark stands behind may be there
//! and is told apart.
//! Never: writes; takes what is being written for damage. A fault counts when the next look finds the very same.

use super::format::{Damage, PROLOGUE_BYTES, Prologue, has_marks, is_unwritten};
use super::reader::{Cursor, Entry, Fault, Reader};
use super::stored::{prologue_begun_in, segment_path};
use engine_model::planted::planted;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Bytes that are read at a time. A block of them that is all zeros is room that nobody has written to.
const BLOCK: usize = 256 << 10;
/// Blocks that are read in one look.
const BLOCKS: usize = 8;

/// See the module.
#[derive(Debug)]
pub struct Trail {
    first: PathBuf,
    prologue: Prologue,
    has_marks: bool,
    /// Behind what was read.
    at: Cursor,
    /// Of the first record that no mark stands behind.
    synced: u64,
    /// Behind the last mark.
    proven: Cursor,
    /// Read and not taken, each with the place behind it.
    entries: VecDeque<(Entry, Cursor)>,
    file: Option<(u32, File)>,
}

/// What stands behind the place to which a journal was read.
struct Look {
    window: Vec<u8>,
    next: Option<Vec<u8>>,
    /// There is more than was read.
    is_cut: bool,
}

impl Trail {
    /// From the beginning of the journal that begins in that file; `None`: its prologue is not whole yet.
    ///
    /// # Errors
    /// What the system says; what is wrong with its prologue.
    pub fn open(first: &Path) -> io::Result<Result<Option<Self>, Fault>> {
        seen_twice(|| Self::begin(first))
    }

    fn begin(first: &Path) -> io::Result<Result<Option<Self>, Fault>> {
        let mut head = Vec::new();
        read_from(&File::open(first)?, 0, PROLOGUE_BYTES, &mut head)?;
        let reader = match Reader::new(&head) {
            Ok(reader) => reader,
            Err(_) if prologue_begun_in(first)?.is_some() => return Ok(Ok(None)),
            Err(fault) => return Ok(Err(fault)),
        };
        let (prologue, at) = (*reader.prologue(), reader.cursor());
        Ok(Ok(Some(Self {
            first: first.to_owned(),
            prologue,
            has_marks: has_marks(&head),
            at,
            synced: 0,
            proven: at,
            entries: VecDeque::new(),
            file: None,
        })))
    }

    /// From there on. What stands before must be what led there, and on the disk.
    #[must_use]
    pub fn from(self, at: Cursor) -> Self {
        Self { at, synced: at.sequence, proven: at, entries: VecDeque::new(), ..self }
    }

    /// Who wrote it.
    #[must_use]
    pub fn prologue(&self) -> &Prologue {
        &self.prologue
    }

    /// Behind the last mark that was read.
    #[must_use]
    pub fn proven(&self) -> Cursor {
        self.proven
    }

    /// Behind the last whole record that was read, with a mark behind it or not.
    #[must_use]
    pub fn read_to(&self) -> Cursor {
        self.at
    }

    /// Reads what came since, some megabytes at most; whether that was anything.
    ///
    /// # Errors
    /// What the system says; what is wrong with the journal.
    pub fn read(&mut self) -> io::Result<Result<bool, Fault>> {
        seen_twice(|| self.look())
    }

    fn look(&mut self) -> io::Result<Result<bool, Fault>> {
        let mut blocks = BLOCKS;
        loop {
            let Look { window, next, is_cut } = self.see(blocks)?;
            let at = (self.at, self.synced);
            let mut reader = Reader::over_window(&window, next.as_deref(), at, self.prologue, self.has_marks);
            let mut entries = VecDeque::new();
            let mut behind = self.at;
            let fault = loop {
                match reader.next() {
                    Some(Ok(entry)) => {
                        behind = reader.cursor();
                        entries.push_back((entry, behind));
                    }
                    // Its writer is at it; or it goes on behind what was read.
                    None | Some(Err(Fault { damage: Damage::Torn, .. })) => break None,
                    Some(Err(fault)) => break Some(fault),
                }
            };
            let proven = reader.proven();
            // A segment whose prologue is not whole has not begun.
            if (proven.segment, proven.offset) > (behind.segment, behind.offset) {
                behind = proven;
            }
            let is_stuck = behind == self.at;
            if is_stuck && is_cut {
                // A record longer than a look, or one that only what lies further on can judge.
                blocks = usize::MAX;
                continue;
            }
            if let Some(fault) = fault {
                return Ok(Err(fault));
            }
            (self.at, self.synced, self.proven) = (behind, reader.synced(), proven);
            self.entries.extend(entries);
            return Ok(Ok(!is_stuck));
        }
    }

    fn see(&mut self, blocks: usize) -> io::Result<Look> {
        let Cursor { segment, offset, .. } = self.at;
        let open = |number| File::open(segment_path(&self.first, number));
        // Before this one: when it had begun, all of this one was written.
        let next = match open(segment + 1) {
            Ok(file) => {
                let mut bytes = Vec::new();
                read_from(&file, 0, BLOCK, &mut bytes)?;
                // One whose prologue is not there to its end, its checksum, has not begun.
                bytes.get(PROLOGUE_BYTES - 4..).is_some_and(|rest| !is_unwritten(rest)).then_some(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let file = match self.file.take() {
            Some((number, file)) if number == segment => file,
            _ => open(segment)?,
        };
        let (mut window, mut is_cut, mut is_end) = (Vec::new(), true, false);
        for _ in 0..blocks {
            let before = window.len();
            is_end = read_from(&file, offset + before as u64, BLOCK, &mut window)?;
            if is_end || (next.is_none() && is_unwritten(&window[before..])) {
                is_cut = false;
                break;
            }
        }
        self.file = Some((segment, file));
        Ok(Look { window, next: next.filter(|_| is_end), is_cut })
    }

    /// The next record that a mark stands behind, and the place behind it.
    pub fn next_synced(&mut self) -> Option<(Entry, Cursor)> {
        let is_synced = |(entry, _): &(Entry, Cursor)| {
            entry.head.sequence < self.synced || planted("standby/reads-what-is-not-synced")
        };
        self.entries.front().is_some_and(is_synced).then(|| self.entries.pop_front()).flatten()
    }

    /// Forgets what was read and not taken: only places are wanted.
    pub fn skip_entries(&mut self) {
        self.entries.clear();
    }
}

/// Looks until nothing is wrong, or the same is wrong twice in a row: who reads while another writes may see the end of what
/// is written before its beginning, and the next look sees both.
pub(super) fn seen_twice<T, E: PartialEq>(
    mut look: impl FnMut() -> io::Result<Result<T, E>>,
) -> io::Result<Result<T, E>> {
    let mut found = None;
    loop {
        match look()? {
            Err(fault) if found.as_ref() != Some(&fault) => found = Some(fault),
            read => return Ok(read),
        }
    }
}

/// Appends up to so many bytes from there; whether the file ends before that.
pub(super) fn read_from(file: &File, offset: u64, most: usize, into: &mut Vec<u8>) -> io::Result<bool> {
    let (before, mut read) = (into.len(), 0);
    into.resize(before + most, 0);
    while read < most {
        match file.read_at(&mut into[before + read..], offset + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    into.truncate(before + read);
    Ok(read < most)
}
